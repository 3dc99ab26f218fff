#include "model/reach.h"

#include <assert.h>
#include <string.h>

#include "model/operation.h"
#include "store/store.h"

static void add_mark(const struct reach *reach, char digit, uint32_t marks[REACH_VALUES_MAX],
                     struct buffer *sql, struct sql_values *values)
{
    size_t index = (size_t)(digit - '0');
    assert(index < reach->value_count && reach->value_count <= REACH_VALUES_MAX);
    if (marks[index] > 0) {
        sql_mark_again(sql, marks[index]);
        return;
    }
    sql_mark_text(sql, values, reach->values[index]);
    marks[index] = values->count;
}

void reach_add(const struct ctx *ctx, const char *object, struct buffer *sql,
               struct sql_values *values)
{
    static const char object_mark[] = "{object}";
    const struct reach *reach = ctx->reach;
    uint32_t marks[REACH_VALUES_MAX] = { 0 };
    if (reach == NULL || object == NULL) {
        return;
    }
    buffer_text(sql, " AND (");
    const char *at = reach->condition;
    for (const char *open = strchr(at, '{'); open != NULL; open = strchr(at, '{')) {
        buffer_add(sql, at, (size_t)(open - at));
        if (strncmp(open, object_mark, strlen(object_mark)) == 0) {
            buffer_text(sql, object);
        } else {
            add_mark(reach, open[1], marks, sql, values);
        }
        at = strchr(open, '}') + 1;
    }
    buffer_text(sql, at);
    buffer_char(sql, ')');
}

enum result reach_has(struct ctx *ctx, const struct resource *resource, const char *id, bool *out)
{
    struct sql_values values;
    struct statement *statement = NULL;
    struct buffer sql;
    values.count = 0;
    *out = true;
    if (ctx->reach == NULL || resource->object == NULL) {
        return RESULT_OK;
    }
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_print(&sql, "SELECT 1 FROM %s WHERE %s = ",
                 resource->count_from != NULL ? resource->count_from : resource->from,
                 resource->key);
    sql_mark_text(&sql, &values, slice_of(id));
    reach_add(ctx, resource->object, &sql, &values);
    enum result result =
        sql.overflow ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the statement")
                     : session_prepare(ctx->session, sql.bytes, &statement, ctx->error);
    buffer_done(&sql);
    if (result != RESULT_OK) {
        return result;
    }
    sql_bind(statement, &values);
    result = statement_step(statement, out, ctx->error);
    statement_reset(statement);
    return result;
}

enum result reach_require(struct ctx *ctx, const struct resource *resource, const char *id)
{
    bool reached = false;
    TRY(reach_has(ctx, resource, id, &reached));
    return reached ? RESULT_OK
                   : fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no %s with the id %s",
                          resource->noun, id);
}
