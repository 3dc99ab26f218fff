/* Roles as SCIM resources. There are some dozens, so filters and sorting work on the rendered ones. */
#include "resource/roles/roles.h"

#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "json/read.h"
#include "json/write.h"
#include "scim/answers.h"
#include "scim/ops.h"
#include "scim/query.h"
#include "scim/role_list.h"
#include "scim/tree.h"
#include "scim/user_record.h"
#include "store/store.h"

enum { ROLES_MAX = 10000 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the roles");
}

enum result role_meta_write(struct ctx *ctx, const struct statement *row,
                            const struct scim_kind *kind, const char *root,
                            struct json_writer *writer)
{
    struct slice id = statement_text(row, ROLE_ID);
    char made[TIME_TEXT_BYTES];
    char changed[TIME_TEXT_BYTES];
    (void)time_format(statement_int(row, ROLE_CREATED), TIME_ZULU, made);
    (void)time_format(statement_int(row, ROLE_MODIFIED), TIME_ZULU, changed);
    const char *location =
        arena_printf(ctx->arena, "%s%s/%.*s", root, kind->endpoint, (int)id.length, id.text);
    json_key(writer, "meta");
    json_begin_object(writer);
    json_member_text(writer, "resourceType", kind->name);
    json_member_text(writer, "created", made);
    json_member_text(writer, "lastModified", changed);
    json_member_text(writer, "location", location);
    json_end_object(writer);
    return location == NULL ? no_memory(ctx) : RESULT_OK;
}

enum result role_tree(struct ctx *ctx, const struct buffer *text, struct json **out)
{
    const struct json *parsed = NULL;
    if (text->overflow) {
        return no_memory(ctx);
    }
    TRY(json_parse(ctx->arena, buffer_slice(text), &json_limits_usual, &parsed, ctx->error));
    *out = tree_copy(ctx->arena, parsed);
    return *out == NULL ? no_memory(ctx) : RESULT_OK;
}

/* Written as text and read again: a role has a dozen members, and needs no builder of its own. */
static enum result role_render(struct ctx *ctx, const struct statement *row, const char *root,
                               bool whole, struct json **out)
{
    struct buffer text;
    struct json_writer writer;
    struct slice name = statement_text(row, ROLE_NAME);
    (void)whole;
    buffer_init(&text, 64 * 1024);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_key(&writer, "schemas");
    json_begin_array(&writer);
    json_put_text(&writer, scim_role_schema.urn);
    json_end_array(&writer);
    json_member_slice(&writer, "id", statement_text(row, ROLE_ID));
    json_member_slice(&writer, "value", name);
    json_member_slice(&writer, "display", name);
    json_member_slice(&writer, "displayName", name);
    json_member_text(&writer, "type", statement_int(row, ROLE_IS_GLOBAL) != 0 ? "Global" : "Role");
    json_member_bool(&writer, "primary", false);
    enum result result = role_meta_write(ctx, row, &scim_role_kind, root, &writer);
    json_end_object(&writer);
    if (result == RESULT_OK) {
        result = role_tree(ctx, &text, out);
    }
    buffer_done(&text);
    return result;
}

static const struct role_view role_view = { .kind = &scim_role_kind, .render = role_render };

#define ROLE_SELECT \
    "SELECT id, name, is_global, created, COALESCE(last_modified, created) FROM role"

static struct slice sort_text(const struct scim_query *query, const struct json *role)
{
    const struct json *value = json_get(role, query->sort.attribute->name);
    if (query->sort.sub != NULL) {
        value = json_get(value, query->sort.sub->name);
    }
    return json_text_of(value);
}

/* Into its place among those before it; equal ones keep their order. */
static enum result role_place(struct ctx *ctx, const struct scim_query *query, struct json **roles,
                              size_t count)
{
    struct json *role = roles[count];
    const char *own = slice_fold(ctx->arena, sort_text(query, role));
    size_t at = count;
    while (own != NULL && at > 0) {
        const char *other = slice_fold(ctx->arena, sort_text(query, roles[at - 1]));
        int order = other == NULL ? 0 : strcmp(own, other);
        if (other == NULL || (query->descending ? order <= 0 : order >= 0)) {
            break;
        }
        roles[at] = roles[at - 1];
        at--;
    }
    roles[at] = role;
    return own == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result role_take(struct ctx *ctx, const struct scim_query *query, struct json **roles,
                             size_t *count)
{
    if (query->filter != NULL && !scim_filter_fits(ctx->arena, query->filter, roles[*count])) {
        return RESULT_OK;
    }
    if (query->sorted) {
        TRY(role_place(ctx, query, roles, *count));
    }
    (*count)++;
    return RESULT_OK;
}

static bool is_whole(const struct role_view *view, const struct scim_query *query,
                     const struct scim_selection *selection)
{
    return view->costs == NULL || view->costs(query, selection);
}

static enum result roles_load(struct ctx *ctx, const struct role_view *view,
                              const struct scim_query *query, const char *root, struct json **roles,
                              size_t *out_count)
{
    struct statement *rows = NULL;
    bool row = false;
    bool whole = is_whole(view, query, &query->selection);
    *out_count = 0;
    TRY(store_rows(ctx->session, &rows, ctx->error, ROLE_SELECT " ORDER BY position, id", ""));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && *out_count < ROLES_MAX) {
        result = view->render(ctx, rows, root, whole, &roles[*out_count]);
        if (result == RESULT_OK) {
            result = role_take(ctx, query, roles, out_count);
        }
        result = result == RESULT_OK ? statement_step(rows, &row, ctx->error) : result;
    }
    statement_reset(rows);
    return result;
}

enum result role_view_list(struct ctx *ctx, const struct call *call, struct reply *reply,
                           const struct role_view *view)
{
    struct scim_query query;
    struct json_writer writer;
    size_t total = 0;
    int64_t shown = 0;
    const char *root = scim_root(ctx, call);
    struct json **roles = arena_alloc(ctx->arena, (ROLES_MAX + 1) * sizeof(struct json *));
    if (root == NULL || roles == NULL) {
        return no_memory(ctx);
    }
    TRY(scim_query_read(ctx, view->kind, call, &query));
    TRY(roles_load(ctx, view, &query, root, roles, &total));
    scim_list_begin(&writer, reply);
    for (int64_t i = query.start - 1; i < (int64_t)total && shown < query.count; i++) {
        scim_select(&query.selection, roles[i]);
        json_put_value(&writer, roles[i]);
        shown++;
    }
    const struct scim_list list = { .total = (int64_t)total,
                                    .start = query.start,
                                    .count = shown > 0 ? shown : query.count };
    scim_list_end(&writer, reply, &list);
    return RESULT_OK;
}

/* By the name, too, since that is what users hold. */
enum result role_view_get(struct ctx *ctx, const struct call *call, struct reply *reply,
                          const struct role_view *view)
{
    struct role_found role;
    struct scim_selection selection;
    struct statement *row = NULL;
    struct json *resource = NULL;
    const char *root = scim_root(ctx, call);
    if (root == NULL) {
        return no_memory(ctx);
    }
    TRY(scim_selection_read(ctx, view->kind, call, &selection));
    TRY(scim_role_of(ctx, call->ids[0], &role));
    TRY(store_row(ctx->session, &row, ctx->error, ROLE_SELECT " WHERE id = $1", "t", role.id));
    enum result result = view->render(ctx, row, root, is_whole(view, NULL, &selection), &resource);
    statement_reset(row);
    TRY(result);
    scim_select(&selection, resource);
    return scim_reply_resource(reply, 200, resource);
}

enum result scim_roles_list(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return role_view_list(ctx, call, reply, &role_view);
}

/* GET Roles/{id} */
enum result scim_roles_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return role_view_get(ctx, call, reply, &role_view);
}
