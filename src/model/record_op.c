/* Operations on one record and on the plain arrays below one. */
#include "json/write.h"
#include "model/operation.h"
#include "model/reach.h"
#include "model/row_json.h"
#include "store/store.h"

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* Text by text: printing long ones costs more than the statement. */
static void add_from(const char *from, const char *where, struct buffer *sql)
{
    buffer_text(sql, " FROM ");
    buffer_text(sql, from);
    buffer_text(sql, " WHERE (");
    buffer_text(sql, where == NULL ? "1 = 1" : where);
    buffer_char(sql, ')');
}

static void add_key(const char *column, struct buffer *sql)
{
    buffer_text(sql, " AND ");
    buffer_text(sql, column);
    buffer_text(sql, " = ");
}

/* --- plain arrays ---------------------------------------------------------------------------------------------- */

static enum result rows_below(struct ctx *ctx, const struct resource *resource, struct slice parent,
                              struct json_writer *writer)
{
    struct buffer sql;
    struct statement *statement = NULL;
    struct sql_values values;
    bool row = false;
    values.count = 0;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_text(&sql, "SELECT ");
    row_columns(ctx, resource->row, &sql, &values);
    add_from(resource->from, resource->where, &sql);
    if (resource->parent != NULL) {
        add_key(resource->parent, &sql);
        sql_mark_text(&sql, &values, parent);
    }
    reach_add(ctx, resource->object, &sql, &values);
    buffer_print(&sql, " ORDER BY %s LIMIT %d", resource->order, ARRAY_ROWS_MAX);
    enum result result = sql.overflow
                             ? no_memory(ctx)
                             : session_prepare(ctx->session, sql.bytes, &statement, ctx->error);
    buffer_done(&sql);
    if (result != RESULT_OK) {
        return result;
    }
    sql_bind(statement, &values);
    json_begin_array(writer);
    result = statement_step(statement, &row, ctx->error);
    const size_t bytes_max = resource->array_bytes_max == 0 ? SIZE_MAX : resource->array_bytes_max;
    while (result == RESULT_OK && row && writer->out->length < bytes_max) {
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

/* --- one record ------------------------------------------------------------------------------------------------ */

struct detail_rows {
    struct row_rows rows;
    struct ctx *ctx;
    struct slice id;
};

static enum result detail_rows_write(struct row_rows *rows, const struct field *field,
                                     struct json_writer *writer)
{
    const struct detail_rows *detail = (const struct detail_rows *)(const void *)rows;
    return rows_below(detail->ctx, field->rows, detail->id, writer);
}

static void mark_key(const struct resource *resource, struct slice id, struct buffer *sql,
                     struct sql_values *values)
{
    int64_t number = 0;
    if (resource->key_is_number) {
        (void)slice_int64(id, &number);
        sql_mark_int(sql, values, number);
    } else {
        sql_mark_text(sql, values, id);
    }
}

static enum result get_prepare(struct ctx *ctx, const struct resource *resource, struct slice id,
                               struct statement **out)
{
    const struct shape *shape = resource->detail != NULL ? resource->detail : resource->row;
    struct sql_values values;
    struct buffer sql;
    values.count = 0;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_text(&sql, "SELECT ");
    row_columns(ctx, shape, &sql, &values);
    add_from(resource->detail_from != NULL ? resource->detail_from : resource->from,
             resource->where, &sql);
    if (id.length > 0) {
        add_key(resource->key, &sql);
        mark_key(resource, id, &sql, &values);
    }
    reach_add(ctx, resource->object, &sql, &values);
    enum result result =
        sql.overflow ? no_memory(ctx) : session_prepare(ctx->session, sql.bytes, out, ctx->error);
    buffer_done(&sql);
    if (result == RESULT_OK) {
        sql_bind(*out, &values);
    }
    return result;
}

enum result op_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const struct resource *resource = call->route->resource;
    const struct shape *shape = resource->detail != NULL ? resource->detail : resource->row;
    struct slice id = call->ids[0];
    struct detail_rows detail = { .rows = { .write = detail_rows_write }, .ctx = ctx, .id = id };
    struct statement *statement = NULL;
    bool row = false;
    TRY(get_prepare(ctx, resource, id, &statement));
    enum result result = statement_step(statement, &row, ctx->error);
    if (result == RESULT_OK && row) {
        struct json_writer writer;
        uint32_t column = 0;
        json_writer_init(&writer, &reply->body);
        row_write_with(shape, ctx->version, statement, &column, &writer, &detail.rows);
        result = detail.rows.result;
    }
    statement_reset(statement);
    TRY(result);
    if (!row && id.length == 0) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no %s", resource->noun);
    }
    if (!row) {
        return not_found(ctx, resource->noun, id);
    }
    reply->status = 200;
    return RESULT_OK;
}
