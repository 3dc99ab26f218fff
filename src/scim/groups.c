/* Groups as a view of roles, for identity providers that push groups: a group is a role, its members are the users who have it
   on everything. Off unless the server is told (--scim-groups roles). */
#include "scim/groups.h"

#include "base/arena.h"
#include "base/uuid.h"
#include "json/read.h"
#include "json/write.h"
#include "resource/roles/roles.h"
#include "scim/answers.h"
#include "scim/ops.h"
#include "scim/role_list.h"
#include "scim/tree.h"
#include "scim/user_record.h"
#include "store/store.h"

enum { GROUP_BYTES_MAX = 16 * 1024 * 1024 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the group");
}

enum result scim_groups_needed(struct ctx *ctx)
{
    return ctx->rules->scim_groups ? RESULT_OK
                                   : fail(ctx->error, RESULT_NOT_FOUND, NULL,
                                          "this server has no groups (--scim-groups)");
}

/* --- reading -------------------------------------------------------------------------------------- */

static bool is_of_members(const struct scim_path *path)
{
    return path->attribute != NULL && slice_is(slice_of(path->attribute->name), "members");
}

static bool filter_needs_members(const struct scim_node *node)
{
    return node != NULL && (is_of_members(&node->path) || filter_needs_members(node->left) ||
                            filter_needs_members(node->right));
}

/* A large group is read quickly by who asks for it without its members, as identity providers do. */
static bool needs_members(const struct scim_query *query, const struct scim_selection *selection)
{
    bool named = false;
    for (size_t i = 0; i < selection->count; i++) {
        named = named || is_of_members(&selection->paths[i]);
    }
    return named == selection->only || (query != NULL && filter_needs_members(query->filter));
}

#define MEMBERS_SELECT                                                               \
    "SELECT u.id, u.email FROM user_grant g JOIN user_account u ON u.id = g.user_id" \
    " LEFT JOIN scim_user s ON s.user_id = u.id"                                     \
    " WHERE g.role_id = $1 AND g.scope = 0 AND s.deleted IS NULL ORDER BY u.created, u.id"

enum result scim_members_each(struct ctx *ctx, const char *role_id, scim_member_take *take,
                              void *context)
{
    struct statement *rows = NULL;
    bool row = false;
    size_t count = 0;
    TRY(store_rows(ctx->session, &rows, ctx->error, MEMBERS_SELECT, "t", role_id));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        if (count++ == SCIM_MEMBERS_MAX) {
            result = fail(ctx->error, RESULT_INVALID, "tooMany",
                          "the group has over %d members; ask with excludedAttributes=members, and "
                          "for its users by filter=roles.value",
                          SCIM_MEMBERS_MAX);
            break;
        }
        result = take(context, statement_text(rows, 0), statement_text(rows, 1));
        result = result == RESULT_OK ? statement_step(rows, &row, ctx->error) : result;
    }
    statement_reset(rows);
    return result;
}

struct member_writing {
    struct ctx *ctx;
    struct json_writer *writer;
    const char *root;
};

static enum result member_write(void *context, struct slice id, struct slice name)
{
    const struct member_writing *writing = context;
    const char *address =
        arena_printf(writing->ctx->arena, "%s/Users/%.*s", writing->root, (int)id.length, id.text);
    json_begin_object(writing->writer);
    json_member_slice(writing->writer, "value", id);
    json_member_text(writing->writer, "$ref", address);
    json_member_slice(writing->writer, "display", name);
    json_member_text(writing->writer, "type", "User");
    json_end_object(writing->writer);
    return address == NULL ? no_memory(writing->ctx) : RESULT_OK;
}

static enum result members_write(struct ctx *ctx, const struct statement *row, const char *root,
                                 struct json_writer *writer)
{
    struct member_writing writing = { ctx, writer, root };
    const char *id = slice_dup(ctx->arena, statement_text(row, ROLE_ID));
    if (id == NULL) {
        return no_memory(ctx);
    }
    json_key(writer, "members");
    json_begin_array(writer);
    enum result result = scim_members_each(ctx, id, member_write, &writing);
    json_end_array(writer);
    return result;
}

static enum result group_render(struct ctx *ctx, const struct statement *row, const char *root,
                                bool whole, struct json **out)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, GROUP_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_key(&writer, "schemas");
    json_begin_array(&writer);
    json_put_text(&writer, scim_group_schema.urn);
    json_end_array(&writer);
    json_member_slice(&writer, "id", statement_text(row, ROLE_ID));
    json_member_slice(&writer, "displayName", statement_text(row, ROLE_NAME));
    enum result result = whole ? members_write(ctx, row, root, &writer) : RESULT_OK;
    if (result == RESULT_OK) {
        result = role_meta_write(ctx, row, &scim_group_kind, root, &writer);
    }
    json_end_object(&writer);
    if (result == RESULT_OK) {
        result = role_tree(ctx, &text, out);
    }
    buffer_done(&text);
    return result;
}

static const struct role_view group_view = {
    .kind = &scim_group_kind,
    .costs = needs_members,
    .render = group_render,
};

enum result scim_groups_list(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    TRY(scim_groups_needed(ctx));
    return role_view_list(ctx, call, reply, &group_view);
}

enum result scim_groups_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    TRY(scim_groups_needed(ctx));
    return role_view_get(ctx, call, reply, &group_view);
}

/* --- members ---------------------------------------------------------------------------------------- */

/* Through the user's own document, so that the change is checked, told and versioned like any other of the user. */
static enum result user_roles_set(struct ctx *ctx, const struct scim_user *user,
                                  const struct role_found *role, bool has)
{
    struct json *document = tree_copy(ctx->arena, user->document);
    struct json *roles = document == NULL ? NULL : tree_member(document, "roles");
    struct json *next = NULL;
    bool found = false;
    for (struct json *at = roles == NULL ? NULL : roles->first; at != NULL; at = next) {
        next = at->next;
        if (slice_is_any_case(json_text_of(json_get(at, "value")), role->name)) {
            found = true;
            if (!has) {
                tree_drop(roles, at);
            }
        }
    }
    if (document == NULL) {
        return no_memory(ctx);
    }
    if (found == has) {
        return RESULT_OK;
    }
    if (has) {
        struct json *element = tree_new(ctx->arena, JSON_OBJECT);
        struct json *value = tree_text(ctx->arena, slice_of(role->name));
        struct json *array = roles != NULL ? roles : tree_new(ctx->arena, JSON_ARRAY);
        if (element == NULL || value == NULL || array == NULL) {
            return no_memory(ctx);
        }
        tree_set(element, "value", value);
        tree_append(array, NULL, element);
        if (roles == NULL) {
            tree_set(document, "roles", array);
        }
    } else if (roles->count == 0) {
        tree_set(document, "roles", NULL);
    }
    return scim_user_replace(ctx, user, document);
}

enum result scim_member_set(struct ctx *ctx, const struct role_found *role, struct slice text,
                            bool has)
{
    struct uuid uuid;
    struct scim_user user;
    const char *id = uuid_parse(text, &uuid) ? arena_strdup(ctx->arena, uuid.text) : NULL;
    enum result result = id == NULL ? RESULT_NOT_FOUND : scim_user_load(ctx, id, &user);
    if (result == RESULT_NOT_FOUND && !has) {
        return RESULT_OK; /* who is not there is no member */
    }
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_INVALID, "invalidValue",
                    "members must hold ids of users, and there is none with \"%.*s\"",
                    (int)(text.length < 64 ? text.length : 64), text.text);
    }
    TRY(result);
    return user_roles_set(ctx, &user, role, has);
}
