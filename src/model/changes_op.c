/* Lists of what changed: a page of changes, the rows that they left, and the ids of those that left none. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "json/write.h"
#include "model/changes.h"
#include "model/list_sql.h"
#include "model/operation.h"
#include "model/reach.h"
#include "model/row_json.h"
#include "store/store.h"

struct delta {
    struct ctx *ctx;
    const struct list *list;
    const struct changes *changes;
    struct change_walk walk; /* where the page begins */
    struct change_walk end;  /* and its last change, when there is one */
    bool found, more;        /* a change is on the page, one follows it */
    int64_t total;           /* changes from the page's first on */
    struct buffer rows;
    const char **keys; /* of the rows, sorted by bytes */
    size_t key_count, key_room;
};

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* --- where it begins ------------------------------------------------------------------------------------------ */

static enum result begin_at_moment(struct delta *delta)
{
    struct ctx *ctx = delta->ctx;
    int64_t moment_us = delta->list->changed_since_us;
    int64_t oldest_us = ctx->now_us - CHANGES_KEPT_DAYS * US_PER_DAY;
    if (moment_us < oldest_us && !delta->changes->for_good) {
        return fail(ctx->error, RESULT_INVALID, "changedSince",
                    "is more than %d days ago: read the list anew with changedSince=all",
                    CHANGES_KEPT_DAYS);
    }
    delta->walk = (struct change_walk){ .taken_us = ctx->now_us, .from_us = moment_us };
    enum result result = store_int(ctx->session, &delta->walk.since, ctx->error,
                                   delta->changes->since, "i", moment_us);
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

/* The first page of a walk fixes where it ends and where the one after it begins. */
static enum result delta_begin(struct delta *delta)
{
    struct ctx *ctx = delta->ctx;
    if (delta->list->changes == LIST_SINCE_MOMENT) {
        TRY(begin_at_moment(delta));
    } else {
        TRY(change_mark_read(ctx, delta->list->resource, delta->list->change_mark, &delta->walk));
    }
    if (delta->walk.inside) {
        return RESULT_OK;
    }
    delta->walk.taken_us = ctx->now_us;
    TRY(changes_bounds(ctx, delta->changes, &delta->walk.next, &delta->walk.until));
    return delta->walk.since > delta->walk.until ? change_mark_foreign(ctx) : RESULT_OK;
}

/* --- the changes ----------------------------------------------------------------------------------------------- */

/* FROM and WHERE of the changes behind the walk's place and, when `end` is given, up to it. */
static void add_changes(const struct delta *delta, const struct change_walk *end, bool reached,
                        struct buffer *sql, struct sql_values *values)
{
    const struct changes *changes = delta->changes;
    const struct change_walk *walk = &delta->walk;
    buffer_print(sql, " FROM %s WHERE %s AND %s >= ", changes->from,
                 changes->where == NULL ? "1 = 1" : changes->where, changes->stamp);
    sql_mark_int(sql, values, walk->since);
    buffer_print(sql, " AND %s < ", changes->stamp);
    sql_mark_int(sql, values, walk->until);
    if (walk->from_us > 0) {
        buffer_print(sql, " AND %s >= ", changes->moment);
        sql_mark_int(sql, values, walk->from_us);
    }
    const struct change_walk *edges[] = { walk->inside ? walk : NULL, end };
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        if (edges[i] != NULL) {
            buffer_print(sql, " AND (%s, %s, %s) %s (", changes->stamp, changes->tie,
                         changes->place, i == 0 ? ">" : "<=");
            sql_mark_int(sql, values, edges[i]->stamp);
            buffer_text(sql, ", ");
            sql_mark_text(sql, values, edges[i]->tie);
            buffer_text(sql, ", ");
            sql_mark_text(sql, values, edges[i]->place);
            buffer_char(sql, ')');
        }
    }
    if (reached) {
        reach_add(delta->ctx, delta->list->resource->object == NULL ? NULL : changes->place, sql,
                  values);
    }
}

static enum result prepared(struct delta *delta, struct buffer *sql, struct sql_values *values,
                            struct statement **out)
{
    struct ctx *ctx = delta->ctx;
    enum result result =
        sql->overflow ? no_memory(ctx) : session_prepare(ctx->session, sql->bytes, out, ctx->error);
    buffer_done(sql);
    if (result == RESULT_OK) {
        sql_bind(*out, values);
    }
    return result;
}

static enum result end_take(struct delta *delta, const struct statement *statement)
{
    const struct slice tie = statement_text(statement, 1);
    const struct slice place = statement_text(statement, 2);
    delta->end.inside = true;
    delta->end.stamp = statement_int(statement, 0);
    delta->end.tie = (struct slice){ slice_dup(delta->ctx->arena, tie), tie.length };
    delta->end.place = (struct slice){ slice_dup(delta->ctx->arena, place), place.length };
    return delta->end.tie.text == NULL || delta->end.place.text == NULL ? no_memory(delta->ctx)
                                                                        : RESULT_OK;
}

/* The last change of the page, and whether one follows. */
static enum result find_end(struct delta *delta, struct sql_values *values)
{
    const struct changes *changes = delta->changes;
    struct statement *statement = NULL;
    struct buffer sql;
    uint32_t count = 0;
    bool row = false;
    values->count = 0;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_print(&sql, "SELECT %s, %s, %s", changes->stamp, changes->tie, changes->place);
    add_changes(delta, NULL, true, &sql, values);
    buffer_print(&sql, " ORDER BY %s, %s, %s LIMIT ", changes->stamp, changes->tie, changes->place);
    sql_mark_int(&sql, values, (int64_t)delta->list->page_size + 1);
    TRY(prepared(delta, &sql, values, &statement));
    delta->end = delta->walk;
    enum result result = statement_step(statement, &row, delta->ctx->error);
    while (result == RESULT_OK && row) {
        if (count == delta->list->page_size) {
            delta->more = true;
            break;
        }
        count++;
        delta->found = true;
        result = end_take(delta, statement);
        if (result == RESULT_OK) {
            result = statement_step(statement, &row, delta->ctx->error);
        }
    }
    statement_reset(statement);
    return result;
}

static enum result count_changes(struct delta *delta, struct sql_values *values)
{
    struct statement *statement = NULL;
    struct buffer sql;
    bool row = false;
    values->count = 0;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_text(&sql, "SELECT COUNT(*)");
    add_changes(delta, NULL, true, &sql, values);
    TRY(prepared(delta, &sql, values, &statement));
    enum result result = statement_step(statement, &row, delta->ctx->error);
    if (result == RESULT_OK && row) {
        delta->total = statement_int(statement, 0);
    }
    statement_reset(statement);
    return result;
}

/* --- the rows they left ------------------------------------------------------------------------------------------ */

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum result key_add(struct delta *delta, struct slice key)
{
    struct arena *arena = delta->ctx->arena;
    if (delta->key_count == delta->key_room) {
        size_t room = delta->key_room == 0 ? 256 : 2 * delta->key_room;
        const char **longer = arena_alloc(arena, room * sizeof(*longer));
        if (longer == NULL) {
            return no_memory(delta->ctx);
        }
        if (delta->key_count > 0) {
            memcpy(longer, delta->keys, delta->key_count * sizeof(*longer));
        }
        delta->keys = longer;
        delta->key_room = room;
    }
    char *copy = slice_dup(arena, key);
    delta->keys[delta->key_count++] = copy;
    return copy == NULL ? no_memory(delta->ctx) : RESULT_OK;
}

static enum result row_add(struct delta *delta, const struct statement *statement, uint32_t key)
{
    struct json_writer writer;
    uint32_t column = 0;
    if (delta->key_count > 0) {
        buffer_char(&delta->rows, ',');
    }
    json_writer_init(&writer, &delta->rows);
    row_write(delta->list->resource->row, delta->ctx->version, statement, &column, &writer);
    return key_add(delta, statement_text(statement, key));
}

static enum result find_rows(struct delta *delta, struct sql_values *values)
{
    const struct resource *resource = delta->list->resource;
    const uint32_t key = row_width(resource->row, delta->ctx->version);
    struct statement *statement = NULL;
    struct buffer sql;
    bool row = false;
    values->count = 0;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_text(&sql, "SELECT ");
    row_columns(delta->ctx, resource->row, &sql, values);
    buffer_print(&sql, ", %s FROM %s", resource->key, resource->from);
    list_where(delta->ctx, delta->list, &sql, values);
    buffer_print(&sql, " AND %s IN (SELECT %s", resource->key, delta->changes->key);
    add_changes(delta, &delta->end, false, &sql, values);
    buffer_char(&sql, ')');
    TRY(prepared(delta, &sql, values, &statement));
    enum result result = statement_step(statement, &row, delta->ctx->error);
    while (result == RESULT_OK && row) {
        result = row_add(delta, statement, key);
        if (result == RESULT_OK) {
            result = statement_step(statement, &row, delta->ctx->error);
        }
    }
    statement_reset(statement);
    return result;
}

/* --- what is gone ------------------------------------------------------------------------------------------------- */

static bool key_is_there(const struct delta *delta, const char *key)
{
    return delta->key_count > 0 &&
           bsearch(&key, delta->keys, delta->key_count, sizeof(*delta->keys), compare_keys) != NULL;
}

static enum result write_gone(struct delta *delta, struct statement *statement,
                              struct json_writer *writer)
{
    const struct resource *resource = delta->list->resource;
    bool row = false;
    TRY(statement_step(statement, &row, delta->ctx->error));
    while (row) {
        char *key = slice_dup(delta->ctx->arena, statement_text(statement, 0));
        if (key == NULL) {
            return no_memory(delta->ctx);
        }
        if (!key_is_there(delta, key)) {
            char moment[TIME_TEXT_BYTES];
            (void)time_format(statement_int(statement, 1), TIME_ZONED, moment);
            json_begin_object(writer);
            if (resource->key_is_number) {
                json_member_int(writer, "id", statement_int(statement, 0));
            } else {
                json_member_text(writer, "id", key);
            }
            json_member_text(writer, "changed", moment);
            json_end_object(writer);
        }
        TRY(statement_step(statement, &row, delta->ctx->error));
    }
    return RESULT_OK;
}

/* The changes are asked for again behind the rows: an object that changed once more in between has moved on, and comes
   with a later page; else its row would be missing here and taken for gone. */
static enum result find_gone(struct delta *delta, struct sql_values *values,
                             struct json_writer *writer)
{
    const struct changes *changes = delta->changes;
    struct statement *statement = NULL;
    struct buffer sql;
    values->count = 0;
    if (delta->key_count > 1) {
        qsort(delta->keys, delta->key_count, sizeof(*delta->keys), compare_keys);
    }
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_print(&sql, "SELECT %s, MAX(%s)", changes->key, changes->moment);
    add_changes(delta, &delta->end, true, &sql, values);
    buffer_print(&sql, " GROUP BY %s ORDER BY MIN(%s), %s", changes->key, changes->stamp,
                 changes->key);
    TRY(prepared(delta, &sql, values, &statement));
    enum result result = write_gone(delta, statement, writer);
    statement_reset(statement);
    return result;
}

/* --- the answer ------------------------------------------------------------------------------------------------------ */

static enum result delta_mark(struct delta *delta, const char **out)
{
    struct change_walk next = { .taken_us = delta->walk.taken_us, .since = delta->walk.next };
    return change_mark_write(delta->ctx, delta->list->resource, delta->more ? &delta->end : &next,
                             out);
}

static void write_head(const struct delta *delta, const char *mark, struct json_writer *writer)
{
    int64_t size = delta->list->page_size;
    json_member_int(writer, "pageNumber", 1);
    json_member_int(writer, "pageSize", size);
    json_member_int(writer, "totalRecordCount", delta->total);
    json_member_int(writer, "pageCount", (delta->total + size - 1) / size);
    json_member_text(writer, "changeMark", mark);
    json_member_bool(writer, "moreChanges", delta->more);
    json_key(writer, "data");
    json_begin_array(writer);
}

static enum result delta_write(struct delta *delta, struct sql_values *values, struct buffer *out)
{
    struct json_writer writer;
    const char *mark = NULL;
    TRY(delta_mark(delta, &mark));
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    write_head(delta, mark, &writer);
    buffer_add(out, delta->rows.bytes == NULL ? "" : delta->rows.bytes, delta->rows.length);
    json_end_array(&writer);
    json_key(&writer, "deleted");
    json_begin_array(&writer);
    if (delta->found) {
        TRY(find_gone(delta, values, &writer));
    }
    json_end_array(&writer);
    json_end_object(&writer);
    out->overflow = out->overflow || delta->rows.overflow;
    return RESULT_OK;
}

enum result op_changes(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct delta delta = { .ctx = ctx, .list = call->list };
    struct sql_values *values = arena_alloc(ctx->arena, sizeof(*values));
    delta.changes = call->list->resource->changes;
    if (values == NULL) {
        return no_memory(ctx);
    }
    TRY(delta_begin(&delta));
    buffer_init(&delta.rows, REPLY_BYTES_MAX);
    enum result result = find_end(&delta, values);
    if (result == RESULT_OK) {
        result = count_changes(&delta, values);
    }
    if (result == RESULT_OK && delta.found) {
        result = find_rows(&delta, values);
    }
    if (result == RESULT_OK) {
        result = delta_write(&delta, values, &reply->body);
        reply->status = 200;
    }
    buffer_done(&delta.rows);
    return result;
}
