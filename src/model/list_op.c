/* Lists, page by page, and selections of whole lists. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/write.h"
#include "model/changes.h"
#include "model/list_sql.h"
#include "model/operation.h"
#include "model/page_walk.h"
#include "model/row_json.h"
#include "store/store.h"

/* --- a page ------------------------------------------------------------------------------------------------ */

struct page {
    struct ctx *ctx;
    const struct list *list;
    struct edge from; /* where it begins; count 0: at an offset */
    bool backward;
    struct buffer rows; /* JSON objects with commas between */
    size_t *ends;       /* of each row in `rows`, for turning a backward page */
    uint32_t row_count;
    bool more; /* rows follow in the direction of the page */
    struct edge first, last;
    int64_t total;
    const char *next, *previous; /* cursors; NULL at the ends */
    const char *change_mark;     /* LIST_MARKED, its first page */
};

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

static struct page_walk_key walk_key(const struct page *page, uint32_t page_number)
{
    uint64_t caller = UINT64_C(14695981039346656037);
    for (const char *at = page->ctx->caller; at != NULL && *at != '\0'; at++) {
        caller = (caller ^ (unsigned char)*at) * UINT64_C(1099511628211);
    }
    return (struct page_walk_key){ .caller = caller + page->list->page_size,
                                   .list = list_fingerprint(page->list),
                                   .page_number = page_number };
}

enum { WALK_S_MAX = 86400 };

/* Goes on at the moment when the walk began. */
static bool walk_moment(struct page *page)
{
    struct ctx *ctx = page->ctx;
    if (!list_goes_by_time(page->list)) {
        return true;
    }
    int64_t began_us = page->from.now_us;
    if (began_us > ctx->now_us || began_us < ctx->now_us - WALK_S_MAX * US_PER_SECOND) {
        return false;
    }
    ctx->now_us = began_us;
    return true;
}

static enum result page_begin(struct page *page)
{
    const struct list *list = page->list;
    struct ctx *ctx = page->ctx;
    if (list->by_cursor && list->cursor.length > 0) {
        if (!edge_read(ctx->arena, list, list->cursor, &page->from, &page->backward)) {
            return fail(ctx->error, RESULT_INVALID, "Pagination.Cursor",
                        "must be a cursor of this very list, with the same filters and sorts");
        }
        if (!walk_moment(page)) {
            return fail(ctx->error, RESULT_INVALID, "Pagination.Cursor",
                        "is too old: with these Sorts a walk must end within %d seconds",
                        WALK_S_MAX);
        }
        return RESULT_OK;
    }
    char text[PAGE_WALK_TEXT_BYTES];
    bool walks = !list->by_cursor && list->page_number > 1 && ctx->walks != NULL;
    if (walks) {
        struct page_walk_key key = walk_key(page, list->page_number - 1);
        bool backward = false;
        if (page_walk_get(ctx->walks, &key, ctx->now_us, text)) {
            bool known = edge_read(ctx->arena, list, slice_of(text), &page->from, &backward) &&
                         walk_moment(page);
            page->from.count = known ? page->from.count : 0;
        }
    }
    return RESULT_OK;
}

static enum result page_prepare(struct page *page, struct statement **out, uint32_t *out_edge)
{
    struct ctx *ctx = page->ctx;
    const struct list *list = page->list;
    struct sql_values *values = arena_alloc(ctx->arena, sizeof(*values));
    struct buffer sql;
    if (values == NULL) {
        return no_memory(ctx);
    }
    buffer_init(&sql, SQL_BYTES_MAX);
    list_sql_select(ctx, list, &sql, values, out_edge);
    list_where(ctx, list, &sql, values);
    if (page->from.count > 0) {
        list_sql_beyond(ctx, list, &page->from, page->backward, &sql, values);
    }
    list_sql_order(ctx, list, page->backward, &sql, values);
    buffer_text(&sql, " LIMIT ");
    sql_mark_int(&sql, values, (int64_t)list->page_size + 1);
    if (page->from.count == 0 && !list->by_cursor && list->page_number > 1) {
        buffer_text(&sql, " OFFSET ");
        sql_mark_int(&sql, values, ((int64_t)list->page_number - 1) * list->page_size);
    }
    enum result result =
        sql.overflow ? no_memory(ctx) : session_prepare(ctx->session, sql.bytes, out, ctx->error);
    buffer_done(&sql);
    if (result == RESULT_OK) {
        sql_bind(*out, values);
    }
    return result;
}

static enum result page_row(struct page *page, const struct statement *statement, uint32_t edge)
{
    struct json_writer writer;
    uint32_t column = 0;
    if (page->row_count > 0) {
        buffer_char(&page->rows, ',');
    }
    json_writer_init(&writer, &page->rows);
    row_write(page->list->resource->row, page->ctx->version, statement, &column, &writer);
    page->ends[page->row_count] = page->rows.length;
    bool first = page->row_count == 0;
    /* A cursor goes on behind full pages only, a walk behind any. */
    bool last = page->row_count + 1 == page->list->page_size || !page->list->by_cursor;
    page->row_count++;
    if ((first && !edge_take(page->ctx->arena, page->list, statement, edge, &page->first)) ||
        (last && !edge_take(page->ctx->arena, page->list, statement, edge, &page->last))) {
        return no_memory(page->ctx);
    }
    return RESULT_OK;
}

static enum result page_rows(struct page *page)
{
    struct statement *statement = NULL;
    uint32_t edge = 0;
    bool row = false;
    page->ends = arena_alloc(page->ctx->arena, page->list->page_size * sizeof(size_t));
    if (page->ends == NULL) {
        return no_memory(page->ctx);
    }
    TRY(page_prepare(page, &statement, &edge));
    enum result result = statement_step(statement, &row, page->ctx->error);
    while (result == RESULT_OK && row) {
        if (page->row_count == page->list->page_size) {
            page->more = true;
            break;
        }
        result = page_row(page, statement, edge);
        if (result == RESULT_OK) {
            result = statement_step(statement, &row, page->ctx->error);
        }
    }
    statement_reset(statement);
    return result;
}

static bool count_is_simple(const struct list *list)
{
    for (size_t i = 0; i < list->condition_count; i++) {
        const struct list_condition *condition = &list->conditions[i];
        if (!condition->filter->base_table_only) {
            return false;
        }
    }
    return list->resource->count_from != NULL;
}

static bool is_unfiltered(const struct list *list)
{
    for (size_t i = 0; i < list->condition_count; i++) {
        if (!list->conditions[i].implicit) {
            return false;
        }
    }
    return true;
}

static enum result page_count_rows(struct page *page)
{
    struct ctx *ctx = page->ctx;
    const struct list *list = page->list;
    bool limited = ctx->reach != NULL && list->resource->object != NULL;
    if (list->resource->tally != NULL && is_unfiltered(list) && !limited) {
        return store_int(ctx->session, &page->total, ctx->error,
                         "SELECT amount FROM tally WHERE name = $1", "t", list->resource->tally);
    }
    struct statement *statement = NULL;
    struct sql_values *values = arena_alloc(ctx->arena, sizeof(*values));
    struct buffer sql;
    bool row = false;
    if (values == NULL) {
        return no_memory(ctx);
    }
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_text(&sql, "SELECT COUNT(*) FROM ");
    buffer_text(&sql, count_is_simple(list) ? list->resource->count_from : list->resource->from);
    list_where(ctx, list, &sql, values);
    enum result result = sql.overflow
                             ? no_memory(ctx)
                             : session_prepare(ctx->session, sql.bytes, &statement, ctx->error);
    buffer_done(&sql);
    if (result != RESULT_OK) {
        return result;
    }
    sql_bind(statement, values);
    result = statement_step(statement, &row, ctx->error);
    if (result == RESULT_OK && row) {
        page->total = statement_int(statement, 0);
    }
    statement_reset(statement);
    return result;
}

/* --- its envelope --------------------------------------------------------------------------------------------- */

static void write_data(const struct page *page, struct buffer *out)
{
    if (!page->backward) {
        buffer_add(out, page->rows.bytes == NULL ? "" : page->rows.bytes, page->rows.length);
        return;
    }
    for (uint32_t i = page->row_count; i > 0; i--) {
        size_t start = i == 1 ? 0 : page->ends[i - 2] + 1;
        buffer_add(out, page->rows.bytes + start, page->ends[i - 1] - start);
        if (i > 1) {
            buffer_char(out, ',');
        }
    }
}

static enum result page_cursors(struct page *page)
{
    struct arena *arena = page->ctx->arena;
    const struct list *list = page->list;
    bool begun = list->cursor.length > 0; /* not the first page of the walk */
    if (!list->by_cursor || (page->row_count == 0 && !begun)) {
        return RESULT_OK;
    }
    if (page->row_count == 0) { /* what was here is gone: back from the end, or on from the start */
        const struct edge none = { .now_us = page->ctx->now_us };
        const char *turn = edge_write(arena, list, &none, !page->backward);
        *(page->backward ? &page->next : &page->previous) = turn;
        return turn == NULL ? no_memory(page->ctx) : RESULT_OK;
    }
    page->first.now_us = page->ctx->now_us;
    page->last.now_us = page->ctx->now_us;
    bool more_behind = page->backward ? begun : page->more;
    bool more_before = page->backward ? page->more : begun;
    const struct edge *low = page->backward ? &page->last : &page->first;
    const struct edge *high = page->backward ? &page->first : &page->last;
    page->next = more_behind ? edge_write(arena, list, high, false) : NULL;
    page->previous = more_before ? edge_write(arena, list, low, true) : NULL;
    if ((more_behind && page->next == NULL) || (more_before && page->previous == NULL)) {
        return fail(page->ctx->error, RESULT_INVALID, "Pagination.Cursor",
                    "must not be used with these Sorts: their values in a row exceed %d bytes",
                    EDGE_TEXT_BYTES_MAX);
    }
    return RESULT_OK;
}

/* Clients stop by total, by page count or by a short page: all three must come to the same end, also when rows
   were deleted behind the walker's back. */
static void page_settle(struct page *page, int64_t *out_page_count)
{
    const struct list *list = page->list;
    int64_t size = list->page_size;
    int64_t seen = ((int64_t)list->page_number - 1) * size + page->row_count + (page->more ? 1 : 0);
    bool counts = !list->by_cursor && page->row_count > 0;
    if (counts && page->total < seen) {
        page->total = seen;
    }
    *out_page_count = (page->total + size - 1) / size;
}

static void page_write(struct page *page, struct buffer *out)
{
    struct json_writer writer;
    int64_t page_count = 0;
    page_settle(page, &page_count);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_member_int(&writer, "pageNumber", page->list->page_number);
    json_member_int(&writer, "pageSize", page->list->page_size);
    json_member_int(&writer, "totalRecordCount", page->total);
    json_member_int(&writer, "pageCount", page_count);
    if (page->list->by_cursor) {
        json_member_text(&writer, "nextCursor", page->next);
        json_member_text(&writer, "previousCursor", page->previous);
    }
    if (page->list->changes == LIST_MARKED) {
        json_member_text(&writer, "changeMark", page->change_mark);
    }
    json_key(&writer, "data");
    json_begin_array(&writer);
    write_data(page, out);
    json_end_array(&writer);
    json_end_object(&writer);
}

/* Also at the end of a list, where rows may come, and behind it, where a client that counts pages goes on when
   rows came in between: an offset would give it rows that it has. Not after a first page that is the only one, the
   usual answer to a filter: it would push walks out. */
static void page_remember(struct page *page)
{
    struct ctx *ctx = page->ctx;
    const struct list *list = page->list;
    struct edge *edge = page->row_count > 0 ? &page->last : &page->from;
    bool goes_on = page->more || page->row_count == list->page_size || list->page_number > 1;
    if (list->by_cursor || ctx->walks == NULL || !goes_on || edge->count == 0) {
        return;
    }
    struct page_walk_key key = walk_key(page, list->page_number);
    edge->now_us = ctx->now_us;
    const char *text = edge_write(ctx->arena, list, edge, false);
    if (text != NULL) {
        page_walk_put(ctx->walks, &key, text, ctx->now_us);
    }
}

/* Before the rows are read: what changes from then on comes again by the mark. The mark of a later page would leave out
   what changed in the pages before, so only the first has one. */
static enum result page_mark(struct page *page)
{
    const struct list *list = page->list;
    if (list->changes != LIST_MARKED || list->page_number > 1 || list->cursor.length > 0) {
        return RESULT_OK;
    }
    return change_mark_now(page->ctx, list->resource, &page->change_mark);
}

enum result op_list(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct page page = { .ctx = ctx, .list = call->list };
    if (list_is_of_changes(call->list)) {
        return op_changes(ctx, call, reply);
    }
    TRY(page_mark(&page));
    TRY(page_begin(&page));
    buffer_init(&page.rows, REPLY_BYTES_MAX);
    enum result result = page_rows(&page);
    if (result == RESULT_OK) {
        result = page_count_rows(&page);
    }
    if (result == RESULT_OK) {
        result = page_cursors(&page);
    }
    if (result == RESULT_OK) {
        page_write(&page, &reply->body);
        page_remember(&page);
        reply->body.overflow = reply->body.overflow || page.rows.overflow;
        reply->status = 200;
    }
    buffer_done(&page.rows);
    return result;
}

/* --- selections ------------------------------------------------------------------------------------------------ */

enum result list_select_ids(struct ctx *ctx, const struct list *list, size_t max,
                            const char ***out_ids, size_t *out_count)
{
    struct buffer sql;
    struct statement *statement = NULL;
    struct sql_values *values = arena_alloc(ctx->arena, sizeof(*values));
    bool row = false;
    size_t count = 0;
    size_t room = 1024;
    const char **ids = arena_alloc(ctx->arena, room * sizeof(*ids));
    if (values == NULL || ids == NULL) {
        return no_memory(ctx);
    }
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_print(&sql, "SELECT %s FROM %s", list->resource->key,
                 count_is_simple(list) ? list->resource->count_from : list->resource->from);
    list_where(ctx, list, &sql, values);
    buffer_print(&sql, " ORDER BY %s LIMIT ", list->resource->key);
    sql_mark_int(&sql, values, (int64_t)max + 1);
    enum result result = sql.overflow
                             ? no_memory(ctx)
                             : session_prepare(ctx->session, sql.bytes, &statement, ctx->error);
    buffer_done(&sql);
    if (result != RESULT_OK) {
        return result;
    }
    sql_bind(statement, values);
    result = statement_step(statement, &row, ctx->error);
    while (result == RESULT_OK && row) {
        if (count == max) {
            result = fail(ctx->error, RESULT_TOO_LARGE, NULL,
                          "the selection has more than %zu records", max);
            break;
        }
        if (count == room) {
            const char **longer = arena_alloc(ctx->arena, 2 * room * sizeof(*longer));
            if (longer == NULL) {
                result = no_memory(ctx);
                break;
            }
            memcpy(longer, ids, room * sizeof(*ids));
            ids = longer;
            room *= 2;
        }
        ids[count] = slice_dup(ctx->arena, statement_text(statement, 0));
        if (ids[count++] == NULL) {
            result = no_memory(ctx);
            break;
        }
        result = statement_step(statement, &row, ctx->error);
    }
    statement_reset(statement);
    TRY(result);
    *out_ids = ids;
    *out_count = count;
    return RESULT_OK;
}
