#include "resource/events/event_partition.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/time.h"
#include "model/operation.h"
#include "resource/events/events.h"
#include "store/dialect.h"
#include "store/store.h"

enum { SQL_BYTES = 512, SHORT_DAYS = 120, MIDDLE_DAYS = 800, MIDDLE_SPAN = 7, LONG_SPAN = 30 };

static const int64_t day_us = INT64_C(86400) * 1000 * 1000;

int64_t event_partition_days(int64_t days_kept)
{
    return days_kept <= SHORT_DAYS ? 1 : days_kept <= MIDDLE_DAYS ? MIDDLE_SPAN : LONG_SPAN;
}

void event_partition_table(const char *parent, const struct event_partition *partition,
                           char out[PARTITION_TABLE_BYTES])
{
    (void)snprintf(out, PARTITION_TABLE_BYTES, "%s_%d_%" PRId64, parent, (int)partition->class,
                   partition->from_us);
}

/* PostgreSQL: attaching a table of its own lets readers and writers of the others go on. */
static enum result table_attach(struct ctx *ctx, const char *parent,
                                const struct event_partition *partition)
{
    char sql[SQL_BYTES];
    char table[PARTITION_TABLE_BYTES];
    event_partition_table(parent, partition, table);
    (void)snprintf(sql, sizeof(sql),
                   "CREATE TABLE %s (LIKE %s INCLUDING ALL);"
                   "ALTER TABLE %s_%d ATTACH PARTITION %s FOR VALUES FROM (%" PRId64
                   ") TO (%" PRId64 ")",
                   table, parent, parent, (int)partition->class, table, partition->from_us,
                   partition->until_us);
    return session_run_script(ctx->session, sql, ctx->error);
}

static enum result partition_add(struct ctx *ctx, const struct event_partition *partition)
{
    TRY(store_run(ctx->session, ctx->error,
                  "INSERT INTO event_partition (class_no, from_us, until_us, dropped, gone_us)"
                  " VALUES ($1, $2, $3, 0, $2)",
                  "iii", (int64_t)partition->class, partition->from_us, partition->until_us));
    if (store_dialect(session_store(ctx->session))->one_server) {
        return RESULT_OK;
    }
    TRY(table_attach(ctx, "event_block", partition));
    return table_attach(ctx, "event_column", partition);
}

/* Partitions of a class from the moment on (or where the last one ends) up to beyond last_us. */
static enum result class_prepare(struct ctx *ctx, enum event_class class, int64_t first_us,
                                 int64_t last_us, int64_t *out_until_us)
{
    int64_t days = 0;
    int64_t until_us = 0;
    TRY(store_int(ctx->session, &days, ctx->error,
                  "SELECT days FROM event_class WHERE class_no = $1", "i", (int64_t) class));
    TRY(store_int(ctx->session, &until_us, ctx->error,
                  "SELECT COALESCE(MAX(until_us), 0) FROM event_partition WHERE class_no = $1", "i",
                  (int64_t) class));
    const int64_t width_us = event_partition_days(days) * day_us;
    while (until_us <= last_us) {
        int64_t from_us = until_us > first_us ? until_us : first_us;
        int64_t start_us = from_us / width_us * width_us;
        const struct event_partition partition = { class, start_us > until_us ? start_us : until_us,
                                                   start_us + width_us };
        TRY(partition_add(ctx, &partition));
        until_us = partition.until_us;
    }
    *out_until_us = until_us;
    return RESULT_OK;
}

static enum result partitions_prepare(struct ctx *ctx, int64_t first_us, int64_t last_us)
{
    int64_t ready_us = INT64_MAX;
    for (int i = 0; i < EVENT_CLASSES; i++) {
        int64_t until_us = 0;
        TRY(class_prepare(ctx, (enum event_class)i, first_us, last_us, &until_us));
        ready_us = until_us < ready_us ? until_us : ready_us;
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE event_clock SET ready_until = $1 WHERE id = 1", "i", ready_us);
}

enum result event_last_ingested(struct ctx *ctx, int64_t *out)
{
    return store_int(ctx->session, out, ctx->error,
                     "SELECT last_ingested FROM event_clock WHERE id = 1", "");
}

static enum result clock_lock(struct ctx *ctx, int64_t *out_last, int64_t *out_ready)
{
    struct statement *row = NULL;
    char sql[SQL_BYTES];
    (void)snprintf(sql, sizeof(sql),
                   "SELECT last_ingested, ready_until FROM event_clock"
                   " WHERE id = 1%s",
                   store_dialect(session_store(ctx->session))->row_lock);
    TRY(store_row(ctx->session, &row, ctx->error, sql, ""));
    *out_last = statement_int(row, 0);
    *out_ready = statement_int(row, 1);
    statement_reset(row);
    return RESULT_OK;
}

enum result event_clock_hold(struct ctx *ctx, int64_t *out_last_us)
{
    int64_t ready = 0;
    return clock_lock(ctx, out_last_us, &ready);
}

enum result event_stamps_take(struct ctx *ctx, int64_t count, int64_t lost, int64_t *out_first_us)
{
    int64_t last = 0;
    int64_t ready = 0;
    TRY(clock_lock(ctx, &last, &ready));
    int64_t first = event_stamp_first(last, time_now_us());
    last = first + (count - 1) * EVENT_STAMP_STEP_US;
    if (last >= ready) {
        TRY(partitions_prepare(ctx, first, last));
    }
    *out_first_us = first;
    return store_run(ctx->session, ctx->error,
                     "UPDATE event_clock SET last_ingested = $1, stored_count = stored_count + $2,"
                     " " EVENT_COUNT_PLUS("lost_count", "$3") " WHERE id = 1",
                     "iii", last, count, lost);
}

enum result event_partition_of(struct ctx *ctx, enum event_class class, int64_t first_us,
                               struct event_partition *out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT from_us, until_us FROM event_partition WHERE class_no = $1"
                  " AND from_us <= $2 ORDER BY from_us DESC LIMIT 1",
                  "ii", (int64_t) class, first_us));
    *out = (struct event_partition){ class, statement_int(row, 0), statement_int(row, 1) };
    statement_reset(row);
    return RESULT_OK;
}
