#include "server/feeds.h"

#include "base/arena.h"
#include "model/changes.h"
#include "model/operation.h"
#include "model/row_json.h"
#include "resource/activity_audits/activity_audits.h"
#include "resource/authorization_request_audits/authorization_request_audits.h"
#include "resource/events/events.h"
#include "store/store.h"

enum { DOCUMENT_BYTES_MAX = 4 * 1024 * 1024 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a batch");
}

/* --- events -------------------------------------------------------------------------------------------------------- */

static enum result events_read(struct ctx *ctx, int64_t position, size_t items_max,
                               size_t bytes_max, struct delivery_item *out, size_t *out_count)
{
    struct event_item *events = arena_alloc(ctx->arena, items_max * sizeof(*events));
    if (events == NULL) {
        return no_memory(ctx);
    }
    TRY(events_read_after(ctx, position, items_max, bytes_max, events, out_count));
    for (size_t i = 0; i < *out_count; i++) {
        out[i] = (struct delivery_item){
            .feed = FEED_EVENTS,
            .position = (uint64_t)events[i].position,
            .id = events[i].id,
            .computer = events[i].computer_id,
            .time = events[i].time_us,
            .json = events[i].json,
        };
    }
    return RESULT_OK;
}

/* --- rows of the API ----------------------------------------------------------------------------------------------- */

/* How a feed is read from a table: rows as the API shows them, in the order of their positions. */
struct row_feed {
    enum feed feed;
    const struct shape *shape;
    const char *from;
    const char *where; /* or NULL */
    const char *position;
    bool settles; /* only positions below which nothing can be added any more */
    const char *number, *time, *computer;
    const char *id_prefix; /* of items, before the number of the row */
};

static const struct changes request_changes = CHANGES_OF("8");

static const struct row_feed row_feeds[] = {
    { .feed = FEED_ACTIVITY_AUDITS,
      .shape = &activity_audit_detail_shape,
      .from = "activity_audit a",
      .position = "a.id",
      .number = "a.id",
      .time = "a.created",
      .computer = "''",
      .id_prefix = "audit" },
    /* On PostgreSQL numbers of rows do not follow the order of commits; those of transactions that are over do. */
    { .feed = FEED_AUTHORIZATION_REQUESTS,
      .shape = &authorization_request_audit_shape,
      .from = "change ch JOIN authorization_request_audit a ON a.id = CAST(ch.item_id AS BIGINT)"
              " JOIN authorization_request r ON r.id = a.request_id",
      .where = "ch.kind = 8",
      .position = "ch.stamp",
      .settles = true,
      .number = "a.id",
      .time = "a.changed",
      .computer = "r.computer_id",
      .id_prefix = "request" },
};

enum { COLUMN_POSITION, COLUMN_NUMBER, COLUMN_TIME, COLUMN_COMPUTER, COLUMN_FIRST };

static enum result row_sql(struct ctx *ctx, const struct row_feed *feed, int64_t position,
                           size_t items_max, struct buffer *sql, struct sql_values *values)
{
    int64_t settled = 0;
    int64_t until = 0;
    buffer_print(sql, "SELECT %s, %s, %s, %s, ", feed->position, feed->number, feed->time,
                 feed->computer);
    row_columns(ctx, feed->shape, sql, values);
    buffer_print(sql, " FROM %s WHERE %s AND %s > ", feed->from,
                 feed->where == NULL ? "1 = 1" : feed->where, feed->position);
    sql_mark_int(sql, values, position);
    if (feed->settles) {
        TRY(changes_bounds(ctx, &request_changes, &settled, &until));
        buffer_print(sql, " AND %s < ", feed->position);
        sql_mark_int(sql, values, settled);
    }
    buffer_print(sql, " ORDER BY %s, %s LIMIT ", feed->position, feed->number);
    sql_mark_int(sql, values, (int64_t)items_max);
    return sql->overflow ? no_memory(ctx) : RESULT_OK;
}

static enum result row_prepare(struct ctx *ctx, const struct row_feed *feed, int64_t position,
                               size_t items_max, struct statement **out)
{
    struct sql_values *values = arena_alloc(ctx->arena, sizeof(*values));
    struct buffer sql;
    if (values == NULL) {
        return no_memory(ctx);
    }
    values->count = 0;
    buffer_init(&sql, SQL_BYTES_MAX);
    enum result result = row_sql(ctx, feed, position, items_max, &sql, values);
    if (result == RESULT_OK) {
        result = session_prepare(ctx->session, sql.bytes, out, ctx->error);
    }
    buffer_done(&sql);
    if (result == RESULT_OK) {
        sql_bind(*out, values);
    }
    return result;
}

static enum result row_take(struct ctx *ctx, const struct row_feed *feed,
                            const struct statement *row, struct delivery_item *out)
{
    struct buffer text;
    struct json_writer writer;
    uint32_t column = COLUMN_FIRST;
    buffer_init(&text, DOCUMENT_BYTES_MAX);
    json_writer_init(&writer, &text);
    row_write(feed->shape, ctx->version, row, &column, &writer);
    const char *document = text.overflow ? NULL : slice_dup(ctx->arena, buffer_slice(&text));
    size_t length = text.length;
    buffer_done(&text);
    struct slice computer = statement_text(row, COLUMN_COMPUTER);
    *out = (struct delivery_item){
        .feed = feed->feed,
        .position = (uint64_t)statement_int(row, COLUMN_POSITION),
        .id = slice_of(arena_printf(ctx->arena, "%s-%lld", feed->id_prefix,
                                    (long long)statement_int(row, COLUMN_NUMBER))),
        .computer = { slice_dup(ctx->arena, computer), computer.length },
        .time = statement_int(row, COLUMN_TIME),
        .json = { document, length },
    };
    return document == NULL || out->id.length == 0 || out->computer.text == NULL ? no_memory(ctx)
                                                                                 : RESULT_OK;
}

/* The last of equal positions may have been cut off, so that they come as a whole next time. */
static size_t whole_positions(const struct delivery_item *items, size_t count, size_t items_max)
{
    size_t whole = count;
    if (count < items_max) {
        return count;
    }
    while (whole > 0 && items[whole - 1].position == items[count - 1].position) {
        whole--;
    }
    return whole > 0 ? whole : count;
}

static enum result rows_read(struct ctx *ctx, const struct row_feed *feed, int64_t position,
                             size_t items_max, size_t bytes_max, struct delivery_item *out,
                             size_t *out_count)
{
    struct statement *rows = NULL;
    bool row = false;
    size_t count = 0;
    size_t bytes = 0;
    ctx->version = API_V3;
    TRY(row_prepare(ctx, feed, position, items_max, &rows));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && count < items_max) {
        result = row_take(ctx, feed, rows, &out[count]);
        bytes += out[count].json.length;
        count++;
        bool full =
            bytes >= bytes_max && count > 1 && out[count - 1].position != out[count - 2].position;
        if (result != RESULT_OK || full) {
            break;
        }
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    *out_count = whole_positions(out, count, items_max);
    return result;
}

enum result feed_read(struct ctx *ctx, enum feed feed, int64_t position, size_t items_max,
                      size_t bytes_max, struct delivery_item *out, size_t *out_count)
{
    *out_count = 0;
    if (feed == FEED_EVENTS) {
        return events_read(ctx, position, items_max, bytes_max, out, out_count);
    }
    for (size_t i = 0; i < COUNT_OF(row_feeds); i++) {
        if (row_feeds[i].feed == feed) {
            return rows_read(ctx, &row_feeds[i], position, items_max, bytes_max, out, out_count);
        }
    }
    return RESULT_OK;
}
