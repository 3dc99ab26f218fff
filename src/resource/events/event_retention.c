/* What is kept no longer goes: when, how, and what stops it. */
#include <stdio.h>

#include "model/operation.h"
#include "resource/events/event_index.h"
#include "resource/events/event_partition.h"
#include "resource/events/event_piece.h"
#include "resource/events/event_words.h"
#include "resource/events/events.h"
#include "store/dialect.h"
#include "store/store.h"

enum {
    BLOCKS_AT_ONCE = 64, /* some megabytes: a step is over in milliseconds */
    PIECES_AT_ONCE = 4,
    SQL_BYTES = 512,
    PERCENT = 100,
};

#define DAY_US INT64_C(86400000000)

/* Partitions that their class keeps no longer ($1: now). */
#define PAST " p.dropped = 0 AND p.until_us + c.days * 86400000000 <= $1"
/* Those of them that no hold needs. What holds of some computers need was looked up before. */
#define DUE                                                                            \
    " FROM event_partition p JOIN event_class c ON c.class_no = p.class_no WHERE" PAST \
    " AND NOT EXISTS (SELECT 1 FROM event_hold h WHERE h.computers = '[]'"             \
    " AND h.from_us < p.until_us AND h.until_us >= p.from_us)"                         \
    " AND NOT EXISTS (SELECT 1 FROM event_hold_look l WHERE l.class_no = p.class_no"   \
    " AND l.from_us = p.from_us AND l.needed = 1)"

static enum result partition_row(struct ctx *ctx, const char *sql, const char *types, int64_t value,
                                 struct event_partition *out, int64_t *out_gone_us)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error, sql, types, value));
    *out = (struct event_partition){ (enum event_class)statement_int(row, 0), statement_int(row, 1),
                                     statement_int(row, 2) };
    *out_gone_us = statement_int(row, 3);
    statement_reset(row);
    return RESULT_OK;
}

/* --- deleting what searches do not see any more ------------------------------------------------------------------------ */

static enum result partition_end(struct ctx *ctx, const struct event_partition *partition)
{
    TRY(store_run(ctx->session, ctx->error,
                  "DELETE FROM event_partition WHERE class_no = $1 AND from_us = $2", "ii",
                  (int64_t)partition->class, partition->from_us));
    TRY(store_run(ctx->session, ctx->error,
                  "DELETE FROM event_hold_look WHERE class_no = $1 AND from_us = $2", "ii",
                  (int64_t)partition->class, partition->from_us));
    return store_run(ctx->session, ctx->error,
                     "UPDATE event_clock SET dropped_count = dropped_count + 1 WHERE id = 1", "");
}

/* PostgreSQL. A reader of years may hold the tables for long: whoever comes behind us must not wait as long. */
static enum result tables_drop(struct ctx *ctx, const struct event_partition *partition)
{
    char sql[SQL_BYTES];
    char blocks[PARTITION_TABLE_BYTES];
    char columns[PARTITION_TABLE_BYTES];
    event_partition_table("event_block", partition, blocks);
    event_partition_table("event_column", partition, columns);
    (void)snprintf(sql, sizeof(sql),
                   "SET LOCAL lock_timeout = '1s'; DROP TABLE %s; DROP TABLE %s;"
                   " SET LOCAL lock_timeout TO DEFAULT",
                   blocks, columns);
    TRY(session_run_script(ctx->session, sql, ctx->error));
    return partition_end(ctx, partition);
}

/* Where the next bite of a table ends: before the row that comes `rows` after from_us, or with the partition. */
static enum result bite_end(struct ctx *ctx, const char *sql,
                            const struct event_partition *partition, int64_t from_us, int64_t rows,
                            int64_t *out)
{
    enum result result = store_int(ctx->session, out, ctx->error, sql, "iiii",
                                   (int64_t)partition->class, from_us, partition->until_us, rows);
    if (result == RESULT_NOT_FOUND) {
        *out = partition->until_us;
        return RESULT_OK;
    }
    return result;
}

static enum result columns_bite(struct ctx *ctx, const struct event_partition *partition,
                                bool *out_left)
{
    int64_t end_us = 0;
    TRY(bite_end(ctx,
                 "SELECT first_ingested FROM event_column WHERE class_no = $1"
                 " AND first_ingested >= $2 AND first_ingested < $3 ORDER BY first_ingested"
                 " LIMIT 1 OFFSET $4",
                 partition, partition->from_us, (int64_t)PIECES_AT_ONCE * EVENT_COLUMNS, &end_us));
    *out_left = end_us < partition->until_us;
    return store_run(ctx->session, ctx->error,
                     "DELETE FROM event_column WHERE class_no = $1 AND first_ingested >= $2"
                     " AND first_ingested < $3",
                     "iii", (int64_t)partition->class, partition->from_us, end_us);
}

/* SQLite. To free a table it has to walk all pages of it, and nobody writes meanwhile; so that is done bite by bite. The pages go to
   the free list, from which the events of the next days take theirs. */
static enum result rows_bite(struct ctx *ctx, const struct event_partition *partition,
                             int64_t gone_us)
{
    int64_t end_us = 0;
    bool left = false;
    TRY(columns_bite(ctx, partition, &left));
    if (left) {
        return RESULT_OK;
    }
    TRY(bite_end(ctx,
                 "SELECT first_ingested FROM event_block WHERE class_no = $1"
                 " AND first_ingested >= $2 AND first_ingested < $3 ORDER BY first_ingested"
                 " LIMIT 1 OFFSET $4",
                 partition, gone_us, BLOCKS_AT_ONCE, &end_us));
    TRY(store_run(ctx->session, ctx->error,
                  "DELETE FROM event_block WHERE class_no = $1 AND first_ingested >= $2"
                  " AND first_ingested < $3",
                  "iii", (int64_t)partition->class, gone_us, end_us));
    if (end_us == partition->until_us) {
        return partition_end(ctx, partition);
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE event_partition SET gone_us = $3 WHERE class_no = $1 AND from_us = $2",
                     "iii", (int64_t)partition->class, partition->from_us, end_us);
}

/* --- holds of computers -------------------------------------------------------------------------------------------------- */

struct look {
    struct event_partition partition;
    char hold_id[37];
    int64_t from_us, until_us; /* of the hold */
};

/* A hold of computers and a partition past its time in its span, which were not looked at yet. */
static enum result look_next(struct ctx *ctx, struct look *out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT p.class_no, p.from_us, p.until_us, h.from_us, h.until_us, h.id"
                  " FROM event_partition p JOIN event_class c ON c.class_no = p.class_no"
                  " JOIN event_hold h ON h.from_us < p.until_us AND h.until_us >= p.from_us"
                  " WHERE h.computers <> '[]' AND" PAST
                  " AND NOT EXISTS (SELECT 1 FROM event_hold_look l WHERE l.hold_id = h.id"
                  " AND l.class_no = p.class_no AND l.from_us = p.from_us) LIMIT 1",
                  "i", ctx->now_us));
    out->partition = (struct event_partition){ (enum event_class)statement_int(row, 0),
                                               statement_int(row, 1), statement_int(row, 2) };
    out->from_us = statement_int(row, 3);
    out->until_us = statement_int(row, 4);
    struct slice id = statement_text(row, 5);
    (void)snprintf(out->hold_id, sizeof(out->hold_id), "%.*s", (int)id.length, id.text);
    statement_reset(row);
    return RESULT_OK;
}

/* Whatever becomes of the clock, nothing new comes into this partition any more. */
static enum result stamps_pass(struct ctx *ctx, const struct event_partition *partition)
{
    return store_run(
        ctx->session, ctx->error,
        "UPDATE event_clock SET last_ingested = $1 WHERE id = 1 AND last_ingested < $1", "i",
        partition->until_us);
}

/* Neither the hold nor the partition changes, so one look is enough. By the name of its table, since PostgreSQL would plan for all
   partitions there are. */
static enum result look_do(struct ctx *ctx, const struct look *look)
{
    const struct event_partition *partition = &look->partition;
    bool local = store_dialect(session_store(ctx->session))->one_server;
    char sql[SQL_BYTES];
    char table[PARTITION_TABLE_BYTES];
    int64_t needed = 0;
    event_partition_table("event_block", partition, table);
    (void)snprintf(sql, sizeof(sql),
                   "SELECT COUNT(*) FROM (SELECT 1 FROM %s WHERE class_no = $1"
                   " AND first_ingested >= $2 AND first_ingested < $3 AND first_ingested <= $4"
                   " AND last_ingested >= $5 AND computer_id IN"
                   " (SELECT computer_id FROM event_hold_computer WHERE hold_id = $6) LIMIT 1) x",
                   local ? "event_block" : table);
    TRY(stamps_pass(ctx, partition));
    TRY(store_int(ctx->session, &needed, ctx->error, sql, "iiiiit", (int64_t)partition->class,
                  partition->from_us, partition->until_us, look->until_us, look->from_us,
                  look->hold_id));
    return store_run(ctx->session, ctx->error,
                     "INSERT INTO event_hold_look (hold_id, class_no, from_us, needed)"
                     " VALUES ($1, $2, $3, $4)",
                     "tiii", look->hold_id, (int64_t)partition->class, partition->from_us, needed);
}

/* --- deciding ----------------------------------------------------------------------------------------------------------- */

static enum result round_done(struct ctx *ctx)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE event_clock SET checked = $1, refused = 0 WHERE id = 1", "i",
                     ctx->now_us);
}

/* How much of all that searches see is due. Pieces are few, whatever the number of events. */
static enum result due_share(struct ctx *ctx, int64_t *out_percent)
{
    int64_t due = 0;
    int64_t all = 0;
    TRY(store_int(ctx->session, &due, ctx->error,
                  "SELECT CAST(COALESCE(SUM(e.event_count), 0) AS BIGINT) FROM event_piece e JOIN"
                  " (SELECT p.class_no, p.from_us, p.until_us" DUE ") d ON e.class_no = d.class_no"
                  " AND e.first_ingested >= d.from_us AND e.first_ingested < d.until_us",
                  "i", ctx->now_us));
    TRY(store_int(ctx->session, &all, ctx->error,
                  "SELECT CAST(COALESCE(SUM(event_count), 0) AS BIGINT) FROM event_piece", ""));
    *out_percent = all == 0 ? 0 : due * PERCENT / all;
    return RESULT_OK;
}

/* Is the clock to be trusted with what is due? `checked` stays when it is not, so that the next round asks again. */
static enum result clock_check(struct ctx *ctx, struct event_round *out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT checked, refused FROM event_clock WHERE id = 1", ""));
    int64_t checked_us = statement_int(row, 0);
    int64_t refused_us = statement_int(row, 1);
    statement_reset(row);
    if (ctx->now_us - checked_us <= EVENT_JUMP_DAYS * DAY_US) {
        return RESULT_OK;
    }
    TRY(due_share(ctx, &out->due_percent));
    out->refused = out->due_percent > EVENT_JUMP_PERCENT;
    out->newly = out->refused && refused_us == 0;
    if (!out->newly) {
        return RESULT_OK;
    }
    return store_run(ctx->session, ctx->error, "UPDATE event_clock SET refused = $1 WHERE id = 1",
                     "i", ctx->now_us);
}

/* Of a piece that the position is in. */
static enum result piece_rest(struct ctx *ctx, const struct statement *row, int64_t position,
                              int64_t *out)
{
    struct piece_text text = { .runs = statement_bytes(row, 2) };
    struct piece_run *runs = NULL;
    size_t count = 0;
    int64_t events = statement_int(row, 0);
    bool good = statement_int(row, 1) == LEVEL_LARGE || piece_text_read(text.runs, &text);
    if (!good || !piece_runs_read(ctx->arena, text.runs, &runs, &count)) {
        return fail(ctx->error, RESULT_BROKEN, NULL, "a piece of the index of events is damaged");
    }
    *out = events - (int64_t)piece_runs_before(runs, count, position + 1);
    return RESULT_OK;
}

enum result events_dropping_after(struct ctx *ctx, const struct event_partition *partition,
                                  int64_t position, int64_t *out)
{
    struct statement *rows = NULL;
    bool row = false;
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT CAST(COALESCE(SUM(event_count), 0) AS BIGINT) FROM event_piece"
                  " WHERE class_no = $1 AND first_ingested >= $2 AND first_ingested < $3"
                  " AND first_ingested > $4",
                  "iiii", (int64_t)partition->class, partition->from_us, partition->until_us,
                  position));
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT event_count, level, packed FROM event_piece"
                   " WHERE class_no = $1 AND first_ingested >= $2 AND first_ingested < $3"
                   " AND first_ingested <= $4 AND last_ingested > $4",
                   "iiii", (int64_t)partition->class, partition->from_us, partition->until_us,
                   position));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        int64_t rest = 0;
        result = piece_rest(ctx, rows, position, &rest);
        count += rest;
        result = result == RESULT_OK ? statement_step(rows, &row, ctx->error) : result;
    }
    statement_reset(rows);
    *out = result == RESULT_OK ? count : *out;
    return result;
}

/* From now on searches do not find it: their totals are exact before and after. */
static enum result partition_take_out(struct ctx *ctx, const struct event_partition *partition,
                                      const struct event_watch *watch, struct event_round *out)
{
    struct statement *row = NULL;
    TRY(stamps_pass(ctx, partition));
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT CAST(COALESCE(SUM(event_count), 0) AS BIGINT),"
                  " COALESCE(MAX(last_ingested), 0) FROM event_piece"
                  " WHERE class_no = $1 AND first_ingested >= $2 AND first_ingested < $3",
                  "iii", (int64_t)partition->class, partition->from_us, partition->until_us));
    out->dropped_events = statement_int(row, 0);
    out->dropped_last_us = statement_int(row, 1);
    statement_reset(row);
    if (watch != NULL && out->dropped_events > 0) {
        TRY(watch->dropping(ctx, partition, out->dropped_last_us, watch->context));
    }
    TRY(store_run(ctx->session, ctx->error,
                  "DELETE FROM event_piece WHERE class_no = $1 AND first_ingested >= $2"
                  " AND first_ingested < $3",
                  "iii", (int64_t)partition->class, partition->from_us, partition->until_us));
    return store_run(ctx->session, ctx->error,
                     "UPDATE event_partition SET dropped = $3 WHERE class_no = $1 AND from_us = $2",
                     "iii", (int64_t)partition->class, partition->from_us, ctx->now_us);
}

/* The next partition that is due. */
static enum result due_step(struct ctx *ctx, const struct event_watch *watch,
                            struct event_round *out)
{
    struct event_partition partition;
    int64_t gone_us = 0;
    enum result result = partition_row(ctx,
                                       "SELECT p.class_no, p.from_us, p.until_us, p.gone_us" DUE
                                       " ORDER BY p.until_us, p.class_no LIMIT 1",
                                       "i", ctx->now_us, &partition, &gone_us);
    if (result == RESULT_NOT_FOUND) {
        TRY(event_words_drop(ctx, &out->more));
        return out->more ? RESULT_OK : round_done(ctx);
    }
    TRY(result);
    TRY(event_lock(ctx, EVENT_LOCK_MERGE)); /* nobody joins its pieces meanwhile */
    TRY(clock_check(ctx, out));
    if (out->refused) {
        return RESULT_OK;
    }
    out->more = true;
    return partition_take_out(ctx, &partition, watch, out);
}

enum result events_retention_step(struct ctx *ctx, const struct event_watch *watch,
                                  struct event_round *out)
{
    struct event_partition partition;
    struct look look;
    int64_t gone_us = 0;
    *out = (struct event_round){ .more = false };
    TRY(event_lock(ctx, EVENT_LOCK_RETENTION));
    enum result result = partition_row(ctx,
                                       "SELECT class_no, from_us, until_us, gone_us"
                                       " FROM event_partition WHERE dropped > $1"
                                       " ORDER BY dropped, class_no LIMIT 1",
                                       "i", 0, &partition, &gone_us);
    if (result == RESULT_OK) {
        out->more = true;
        return store_dialect(session_store(ctx->session))->one_server
                   ? rows_bite(ctx, &partition, gone_us)
                   : tables_drop(ctx, &partition);
    }
    if (result == RESULT_NOT_FOUND) {
        result = look_next(ctx, &look);
    }
    if (result == RESULT_OK) {
        out->more = true;
        return look_do(ctx, &look);
    }
    return result == RESULT_NOT_FOUND ? due_step(ctx, watch, out) : result;
}

enum result events_read_facts(struct ctx *ctx, struct event_facts *out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT stored_count, lost_count, dropped_count, refused FROM event_clock"
                  " WHERE id = 1",
                  ""));
    *out = (struct event_facts){ statement_int(row, 0), statement_int(row, 1),
                                 statement_int(row, 2), statement_int(row, 3) };
    statement_reset(row);
    return RESULT_OK;
}
