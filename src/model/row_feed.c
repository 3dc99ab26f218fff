#include "model/row_feed.h"

#include <string.h>

#include "base/arena.h"
#include "model/changes.h"
#include "model/operation.h"
#include "model/row_json.h"
#include "store/store.h"

enum { DOCUMENT_BYTES_MAX = 4 * 1024 * 1024 };

enum { COLUMN_POSITION, COLUMN_NUMBER, COLUMN_TIME, COLUMN_COMPUTER, COLUMN_FIRST };

/* What is read: positions behind `after`, up to `until`, at most `rows_max` rows. */
struct row_range {
    int64_t after, until, rows_max;
};

struct row_items {
    struct feed_item *items;
    size_t count, room, bytes;
};

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a batch");
}

/* --- the statement ---------------------------------------------------------------------------------------------- */

static enum result rows_sql(struct ctx *ctx, const struct row_feed *feed,
                            const struct row_range *range, struct buffer *sql,
                            struct sql_values *values)
{
    buffer_print(sql, "SELECT %s, %s, %s, %s, ", feed->position, feed->number, feed->time,
                 feed->computer);
    row_columns(ctx, feed->shape, sql, values);
    buffer_print(sql, " FROM %s WHERE %s AND %s > ", feed->from,
                 feed->where == NULL ? "1 = 1" : feed->where, feed->position);
    sql_mark_int(sql, values, range->after);
    buffer_print(sql, " AND %s <= ", feed->position);
    sql_mark_int(sql, values, range->until);
    buffer_print(sql, " ORDER BY %s, %s LIMIT ", feed->position, feed->number);
    sql_mark_int(sql, values, range->rows_max);
    return sql->overflow ? no_memory(ctx) : RESULT_OK;
}

static enum result rows_prepare(struct ctx *ctx, const struct row_feed *feed,
                                const struct row_range *range, struct statement **out)
{
    struct sql_values *values = arena_alloc(ctx->arena, sizeof(*values));
    struct buffer sql;
    if (values == NULL) {
        return no_memory(ctx);
    }
    values->count = 0;
    buffer_init(&sql, SQL_BYTES_MAX);
    enum result result = rows_sql(ctx, feed, range, &sql, values);
    if (result == RESULT_OK) {
        result = session_prepare(ctx->session, sql.bytes, out, ctx->error);
    }
    buffer_done(&sql);
    if (result == RESULT_OK) {
        sql_bind(*out, values);
    }
    return result;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

static struct feed_item *item_add(struct ctx *ctx, struct row_items *items)
{
    if (items->count == items->room) {
        size_t room = items->room * 2;
        struct feed_item *larger = arena_alloc(ctx->arena, room * sizeof(*larger));
        if (larger == NULL) {
            return NULL;
        }
        memcpy(larger, items->items, items->count * sizeof(*larger));
        items->items = larger;
        items->room = room;
    }
    return &items->items[items->count++];
}

static enum result row_take(struct ctx *ctx, const struct row_feed *feed,
                            const struct statement *row, struct row_items *items)
{
    struct buffer text;
    struct json_writer writer;
    uint32_t column = COLUMN_FIRST;
    struct feed_item *item = item_add(ctx, items);
    if (item == NULL) {
        return no_memory(ctx);
    }
    buffer_init(&text, DOCUMENT_BYTES_MAX);
    json_writer_init(&writer, &text);
    row_write(feed->shape, ctx->version, row, &column, &writer);
    const char *document = text.overflow ? NULL : slice_dup(ctx->arena, buffer_slice(&text));
    size_t length = text.length;
    buffer_done(&text);
    struct slice computer = statement_text(row, COLUMN_COMPUTER);
    *item = (struct feed_item){
        .position = statement_int(row, COLUMN_POSITION),
        .id = slice_of(arena_printf(ctx->arena, "%s-%lld", feed->id_prefix,
                                    (long long)statement_int(row, COLUMN_NUMBER))),
        .computer = { slice_dup(ctx->arena, computer), computer.length },
        .time_us = statement_int(row, COLUMN_TIME),
        .json = { document, length },
    };
    items->bytes += length;
    return document == NULL || item->id.length == 0 || item->computer.text == NULL ? no_memory(ctx)
                                                                                   : RESULT_OK;
}

/* *out_all: the range has no more than what was read. */
static enum result rows_read(struct ctx *ctx, const struct row_feed *feed,
                             const struct row_range *range, size_t bytes_max,
                             struct row_items *items, bool *out_all)
{
    struct statement *rows = NULL;
    bool row = true;
    bool full = false;
    size_t before = items->count;
    TRY(rows_prepare(ctx, feed, range, &rows));
    enum result result = RESULT_OK;
    while (result == RESULT_OK && row && !full) {
        result = statement_step(rows, &row, ctx->error);
        if (result == RESULT_OK && row) {
            result = row_take(ctx, feed, rows, items);
            full = items->bytes >= bytes_max;
        }
    }
    statement_reset(rows);
    *out_all = !full && (int64_t)(items->count - before) < range->rows_max;
    return result;
}

/* Rows of the last position may be missing: it waits for the next time, or, when there is no other, is read to its end. */
static enum result last_position_whole(struct ctx *ctx, const struct row_feed *feed,
                                       struct row_items *items)
{
    int64_t last = items->items[items->count - 1].position;
    size_t whole = items->count;
    bool all = false;
    while (whole > 0 && items->items[whole - 1].position == last) {
        whole--;
    }
    items->count = whole;
    const struct row_range one = { last - 1, last, INT64_MAX };
    return whole > 0 ? RESULT_OK : rows_read(ctx, feed, &one, SIZE_MAX, items, &all);
}

/* The last position that nothing can be added to any more. */
static enum result settled_read(struct ctx *ctx, const struct row_feed *feed, int64_t *out)
{
    int64_t until = 0;
    *out = INT64_MAX;
    if (feed->settles == NULL) {
        return RESULT_OK;
    }
    TRY(changes_bounds(ctx, feed->settles, out, &until));
    (*out)--;
    return RESULT_OK;
}

enum result row_feed_read(struct ctx *ctx, const struct row_feed *feed, int64_t position,
                          size_t items_max, size_t bytes_max, struct feed_item **out,
                          size_t *out_count)
{
    struct row_range range = { .after = position, .rows_max = (int64_t)items_max };
    struct row_items items = { .room = items_max,
                               .items =
                                   arena_alloc(ctx->arena, items_max * sizeof(struct feed_item)) };
    bool all = false;
    *out_count = 0;
    if (items.items == NULL) {
        return no_memory(ctx);
    }
    ctx->version = API_V3;
    TRY(settled_read(ctx, feed, &range.until));
    TRY(rows_read(ctx, feed, &range, bytes_max, &items, &all));
    if (!all && items.count > 0) {
        TRY(last_position_whole(ctx, feed, &items));
    }
    *out = items.items;
    *out_count = items.count;
    return RESULT_OK;
}

/* --- positions ----------------------------------------------------------------------------------------------------- */

static enum result none_is_zero(enum result result, int64_t *out)
{
    *out = result == RESULT_NOT_FOUND ? 0 : *out;
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result row_feed_newest(struct ctx *ctx, const struct row_feed *feed, int64_t *out_position)
{
    if (feed->settles != NULL) {
        return settled_read(ctx, feed, out_position);
    }
    return none_is_zero(store_int(ctx->session, out_position, ctx->error, feed->newest, ""),
                        out_position);
}

enum result row_feed_at(struct ctx *ctx, const struct row_feed *feed, int64_t moment_us,
                        int64_t *out_position)
{
    return none_is_zero(store_int(ctx->session, out_position, ctx->error, feed->at, "i", moment_us),
                        out_position);
}
