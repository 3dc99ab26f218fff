/* Lists of users: a filter becomes SQL, a page of ids is read, each user of it is rendered and written. */
#include "base/arena.h"
#include "json/read.h"
#include "json/write.h"
#include "model/row_json.h"
#include "scim/answers.h"
#include "scim/filter_sql.h"
#include "scim/ops.h"
#include "scim/query.h"
#include "scim/scim.h"
#include "scim/user_record.h"
#include "store/store.h"

#define FROM \
    " FROM user_account u LEFT JOIN scim_user s ON s.user_id = u.id WHERE s.deleted IS NULL"

/* One statement that is being put together. */
struct selecting {
    struct ctx *ctx;
    const struct scim_query *query;
    struct buffer text;
    struct sql_values values;
    struct scim_sql sql;
};

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the list");
}

static void selecting_begin(struct selecting *selecting, const char *root, const char *columns)
{
    struct ctx *ctx = selecting->ctx;
    buffer_init(&selecting->text, SQL_BYTES_MAX);
    selecting->values.count = 0;
    selecting->sql = (struct scim_sql){ .arena = ctx->arena,
                                        .text = &selecting->text,
                                        .values = &selecting->values,
                                        .root = root,
                                        .error = ctx->error };
    buffer_text(&selecting->text, columns);
    buffer_text(&selecting->text, FROM);
}

static enum result condition_put(struct selecting *selecting)
{
    if (selecting->query->filter == NULL) {
        return RESULT_OK;
    }
    buffer_text(&selecting->text, " AND ");
    return scim_filter_sql(&selecting->sql, selecting->query->filter);
}

/* What has no value comes last; the order is whole by time and id. */
static enum result order_put(struct selecting *selecting)
{
    const struct scim_query *query = selecting->query;
    const char *direction = query->descending ? " DESC" : "";
    buffer_text(&selecting->text, " ORDER BY ");
    if (query->sorted) {
        buffer_text(&selecting->text, "CASE WHEN ");
        TRY(scim_sort_sql(&selecting->sql, &query->sort));
        buffer_print(&selecting->text, " IS NULL THEN 1 ELSE 0 END%s, ", direction);
        TRY(scim_sort_sql(&selecting->sql, &query->sort));
        buffer_print(&selecting->text, "%s, ", direction);
    }
    /* An index of creation would tempt the planner away from the few users that the filter's own index gives. */
    bool narrow = query->filter != NULL && scim_filter_is_narrow(query->filter);
    buffer_text(&selecting->text, narrow ? "u.created + 0, u.id LIMIT " : "u.created, u.id LIMIT ");
    sql_mark_int(&selecting->text, &selecting->values, query->count);
    buffer_text(&selecting->text, " OFFSET ");
    sql_mark_int(&selecting->text, &selecting->values, query->start - 1);
    return RESULT_OK;
}

static enum result prepare(struct selecting *selecting, struct statement **out)
{
    struct ctx *ctx = selecting->ctx;
    if (selecting->text.overflow) {
        return fail(ctx->error, RESULT_INVALID, "invalidFilter", "the filter has too many terms");
    }
    TRY(session_prepare(ctx->session, selecting->text.bytes, out, ctx->error));
    sql_bind(*out, &selecting->values);
    return RESULT_OK;
}

static enum result count_step(struct selecting *selecting, int64_t *out)
{
    struct statement *statement = NULL;
    bool row = false;
    TRY(condition_put(selecting));
    TRY(prepare(selecting, &statement));
    enum result result = statement_step(statement, &row, selecting->ctx->error);
    *out = result == RESULT_OK && row ? statement_int(statement, 0) : 0;
    statement_reset(statement);
    return result;
}

/* All of them are two counts that need no join. */
static enum result users_count(struct selecting *selecting, const char *root, int64_t *out)
{
    struct ctx *ctx = selecting->ctx;
    if (selecting->query->filter == NULL) {
        return store_int(ctx->session, out, ctx->error,
                         "SELECT (SELECT COUNT(*) FROM user_account) - (SELECT COUNT(*)"
                         " FROM scim_user WHERE deleted IS NOT NULL)",
                         "");
    }
    selecting_begin(selecting, root, "SELECT COUNT(*)");
    enum result result = count_step(selecting, out);
    buffer_done(&selecting->text);
    return result;
}

static enum result ids_step(struct selecting *selecting, const char **ids, size_t *out_count)
{
    struct ctx *ctx = selecting->ctx;
    struct statement *statement = NULL;
    bool row = false;
    *out_count = 0;
    TRY(condition_put(selecting));
    TRY(order_put(selecting));
    TRY(prepare(selecting, &statement));
    enum result result = statement_step(statement, &row, ctx->error);
    while (result == RESULT_OK && row && *out_count < SCIM_PAGE_MAX) {
        ids[*out_count] = slice_dup(ctx->arena, statement_text(statement, 0));
        result =
            ids[*out_count] == NULL ? no_memory(ctx) : statement_step(statement, &row, ctx->error);
        (*out_count)++;
    }
    statement_reset(statement);
    return result;
}

/* Behind the end nothing is looked for: the order would be made of all users. */
static enum result users_look(struct selecting *selecting, const char *root, int64_t *out_total,
                              const char **ids, size_t *out_count)
{
    const struct scim_query *query = selecting->query;
    enum result result = users_count(selecting, root, out_total);
    if (result != RESULT_OK || query->count == 0 || query->start > *out_total) {
        return result;
    }
    selecting_begin(selecting, root, "SELECT u.id");
    result = ids_step(selecting, ids, out_count);
    buffer_done(&selecting->text);
    return result;
}

/* What no index serves may be a filter of hundreds of terms over all users: it must not keep the workers. */
static bool may_be_long(const struct scim_query *query)
{
    bool narrow = query->filter == NULL || scim_filter_is_narrow(query->filter);
    return !narrow || query->sorted;
}

static enum result users_select(struct ctx *ctx, const struct scim_query *query, const char *root,
                                int64_t *out_total, const char **ids, size_t *out_count)
{
    struct error unused;
    struct selecting *selecting = arena_alloc(ctx->arena, sizeof(*selecting));
    if (selecting == NULL) {
        return no_memory(ctx);
    }
    selecting->ctx = ctx;
    selecting->query = query;
    *out_count = 0;
    if (!may_be_long(query)) {
        return users_look(selecting, root, out_total, ids, out_count);
    }
    TRY(session_limit_reads(ctx->session, SCIM_LIST_MS_MAX, ctx->error));
    enum result result = users_look(selecting, root, out_total, ids, out_count);
    enum result restored = session_limit_reads(
        ctx->session, STORE_READ_S_MAX * 1000,
        result == RESULT_OK ? ctx->error : &unused); /* a lost connection begins with it anyway */
    return result == RESULT_OK ? restored : result;
}

static enum result page_write(struct ctx *ctx, const struct scim_query *query, const char *root,
                              struct reply *reply)
{
    struct json_writer writer;
    int64_t total = 0;
    size_t count = 0;
    const char **ids = arena_alloc(ctx->arena, SCIM_PAGE_MAX * sizeof(*ids));
    if (ids == NULL) {
        return no_memory(ctx);
    }
    TRY(users_select(ctx, query, root, &total, ids, &count));
    scim_list_begin(&writer, reply);
    for (size_t i = 0; i < count; i++) {
        struct scim_user user;
        struct json *resource = NULL;
        enum result result = scim_user_load(ctx, ids[i], &user);
        if (result == RESULT_NOT_FOUND) {
            continue; /* it went in between */
        }
        TRY(result);
        TRY(scim_user_render(ctx, &user, root, &resource));
        scim_select(&query->selection, resource);
        json_put_value(&writer, resource);
    }
    /* Clients divide by it: an empty page tells the size that was asked for. */
    const struct scim_list list = { .total = total,
                                    .start = query->start,
                                    .count = count > 0 ? (int64_t)count : query->count };
    scim_list_end(&writer, reply, &list);
    return RESULT_OK;
}

enum result scim_users_list(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct scim_query query;
    const char *root = scim_root(ctx, call);
    TRY(scim_query_read(ctx, &scim_user_kind, call, &query));
    return root == NULL ? no_memory(ctx) : page_write(ctx, &query, root, reply);
}

enum result scim_users_search(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct scim_query query;
    const char *root = scim_root(ctx, call);
    TRY(scim_search_read(ctx, &scim_user_kind, call->body, &query));
    return root == NULL ? no_memory(ctx) : page_write(ctx, &query, root, reply);
}
