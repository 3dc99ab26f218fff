/* The operations that need nothing but their tables: lists, records by id, plain arrays. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/write.h"
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
    bool walking;       /* by page numbers, behind a remembered edge */
    struct buffer rows; /* JSON objects with commas between */
    size_t *ends;       /* of each row in `rows`, for turning a backward page */
    uint32_t row_count;
    bool more; /* rows follow in the direction of the page */
    struct edge first, last;
    int64_t total;
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

static enum result page_begin(struct page *page)
{
    const struct list *list = page->list;
    struct ctx *ctx = page->ctx;
    if (list->by_cursor && list->cursor.length > 0) {
        if (!edge_read(ctx->arena, list, list->cursor, &page->from, &page->backward)) {
            return fail(ctx->error, RESULT_INVALID, "Pagination.Cursor",
                        "must be a cursor of this very list, with the same filters and sorts");
        }
        return RESULT_OK;
    }
    char text[PAGE_WALK_TEXT_BYTES];
    bool walks = !list->by_cursor && list->page_number > 1 && ctx->walks != NULL;
    if (walks) {
        struct page_walk_key key = walk_key(page, list->page_number - 1);
        bool backward = false;
        if (page_walk_get(ctx->walks, &key, ctx->now_us, text)) {
            page->walking = edge_read(ctx->arena, list, slice_of(text), &page->from, &backward);
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
    bool last = page->row_count + 1 == page->list->page_size;
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
        if (!condition->implicit && !condition->filter->base_table_only) {
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
    if (list->resource->tally != NULL && is_unfiltered(list)) {
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

static void write_cursors(const struct page *page, struct json_writer *writer)
{
    struct arena *arena = page->ctx->arena;
    const struct list *list = page->list;
    bool begun = list->cursor.length > 0; /* not the first page of the walk */
    bool more_behind = page->backward ? begun : page->more;
    bool more_before = page->backward ? page->more : begun;
    const struct edge *low = page->backward ? &page->last : &page->first;
    const struct edge *high = page->backward ? &page->first : &page->last;
    bool rows = page->row_count > 0;
    json_member_text(writer, "nextCursor",
                     rows && more_behind && high->count > 0 ? edge_write(arena, list, high, false)
                                                            : NULL);
    json_member_text(writer, "previousCursor",
                     rows && more_before && low->count > 0 ? edge_write(arena, list, low, true)
                                                           : NULL);
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
        write_cursors(page, &writer);
    }
    json_key(&writer, "data");
    json_begin_array(&writer);
    write_data(page, out);
    json_end_array(&writer);
    json_end_object(&writer);
}

static void page_remember(const struct page *page)
{
    struct ctx *ctx = page->ctx;
    if (page->list->by_cursor || ctx->walks == NULL || !page->more || page->last.count == 0) {
        return;
    }
    struct page_walk_key key = walk_key(page, page->list->page_number);
    const char *text = edge_write(ctx->arena, page->list, &page->last, false);
    if (text != NULL) {
        page_walk_put(ctx->walks, &key, text, ctx->now_us);
    }
}

enum result op_list(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct page page = { .ctx = ctx, .list = call->list };
    TRY(page_begin(&page));
    buffer_init(&page.rows, REPLY_BYTES_MAX);
    enum result result = page_rows(&page);
    if (result == RESULT_OK) {
        result = page_count_rows(&page);
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

/* --- one record, plain arrays ---------------------------------------------------------------------------------- */

static enum result rows_below(struct ctx *ctx, const struct resource *resource, struct slice parent,
                              struct json_writer *writer)
{
    struct buffer sql;
    struct statement *statement = NULL;
    struct sql_values *values = arena_alloc(ctx->arena, sizeof(*values));
    bool row = false;
    if (values == NULL) {
        return no_memory(ctx);
    }
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_text(&sql, "SELECT ");
    row_columns(ctx, resource->row, &sql, values);
    buffer_print(&sql, " FROM %s WHERE %s", resource->from,
                 resource->where == NULL ? "1 = 1" : resource->where);
    if (resource->parent != NULL) {
        buffer_print(&sql, " AND %s = ", resource->parent);
        sql_mark_text(&sql, values, parent);
    }
    buffer_print(&sql, " ORDER BY %s LIMIT %d", resource->order, ARRAY_ROWS_MAX);
    enum result result = sql.overflow
                             ? no_memory(ctx)
                             : session_prepare(ctx->session, sql.bytes, &statement, ctx->error);
    buffer_done(&sql);
    if (result != RESULT_OK) {
        return result;
    }
    sql_bind(statement, values);
    json_begin_array(writer);
    result = statement_step(statement, &row, ctx->error);
    while (result == RESULT_OK && row) {
        uint32_t column = 0;
        row_write(resource->row, ctx->version, statement, &column, writer);
        result = statement_step(statement, &row, ctx->error);
    }
    json_end_array(writer);
    statement_reset(statement);
    return result;
}

static enum result not_found(struct ctx *ctx, const char *noun, struct slice id)
{
    return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no %s with the id %.*s", noun,
                (int)id.length, id.text);
}

static enum result parent_check(struct ctx *ctx, const struct resource *resource, struct slice id)
{
    struct statement *statement = NULL;
    enum result result =
        store_row(ctx->session, &statement, ctx->error, resource->parent_exists, "s", id);
    if (result == RESULT_NOT_FOUND) {
        return not_found(ctx, resource->parent_noun, id);
    }
    if (result == RESULT_OK) {
        statement_reset(statement);
    }
    return result;
}

enum result op_array(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const struct resource *resource = call->route->resource;
    struct json_writer writer;
    struct slice parent = { .length = 0 };
    if (resource->parent != NULL) {
        parent = call->ids[0];
        TRY(parent_check(ctx, resource, parent));
    }
    json_writer_init(&writer, &reply->body);
    reply->status = 200;
    return rows_below(ctx, resource, parent, &writer);
}

static const struct field *rows_field(const struct shape *shape)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (shape->fields[i].rows != NULL) {
            return &shape->fields[i];
        }
    }
    return NULL;
}

/* A detail with rows of another resource in it: the empty array that row_write left is filled. */
static enum result detail_rows(struct ctx *ctx, const struct field *field, struct slice id,
                               struct buffer *body)
{
    char mark[96];
    (void)snprintf(mark, sizeof(mark), "\"%s\":[]", field->json);
    char *at = memmem(body->bytes, body->length, mark, strlen(mark));
    if (at == NULL) {
        return RESULT_OK;
    }
    size_t head = (size_t)(at - body->bytes) + strlen(mark) - strlen("[]");
    size_t tail = head + strlen("[]");
    struct slice rest = { body->bytes + tail, body->length - tail };
    char *copy = slice_dup(ctx->arena, rest);
    if (copy == NULL) {
        return no_memory(ctx);
    }
    size_t rest_length = rest.length;
    body->length = head;
    struct json_writer writer;
    json_writer_init(&writer, body);
    TRY(rows_below(ctx, field->rows, id, &writer));
    buffer_add(body, copy, rest_length);
    return RESULT_OK;
}

enum result op_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const struct resource *resource = call->route->resource;
    const struct shape *shape = resource->detail != NULL ? resource->detail : resource->row;
    struct sql_values values;
    struct statement *statement = NULL;
    struct buffer sql;
    bool row = false;
    values.count = 0;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_text(&sql, "SELECT ");
    row_columns(ctx, shape, &sql, &values);
    buffer_print(&sql, " FROM %s WHERE %s AND %s = ",
                 resource->detail_from != NULL ? resource->detail_from : resource->from,
                 resource->where == NULL ? "1 = 1" : resource->where, resource->key);
    sql_mark_text(&sql, &values, call->ids[0]);
    enum result result = sql.overflow
                             ? no_memory(ctx)
                             : session_prepare(ctx->session, sql.bytes, &statement, ctx->error);
    buffer_done(&sql);
    if (result != RESULT_OK) {
        return result;
    }
    sql_bind(statement, &values);
    result = statement_step(statement, &row, ctx->error);
    if (result == RESULT_OK && row) {
        struct json_writer writer;
        uint32_t column = 0;
        json_writer_init(&writer, &reply->body);
        row_write(shape, ctx->version, statement, &column, &writer);
    }
    statement_reset(statement);
    TRY(result);
    if (!row) {
        return not_found(ctx, resource->noun, call->ids[0]);
    }
    reply->status = 200;
    const struct field *nested = rows_field(shape);
    return nested == NULL ? RESULT_OK : detail_rows(ctx, nested, call->ids[0], &reply->body);
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
    buffer_print(&sql, "SELECT %s FROM %s", list->resource->key, list->resource->from);
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
    *out_ids = ids;
    *out_count = count;
    return result;
}
