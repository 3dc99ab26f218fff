#include "resource/global_roles/global_roles_ops.h"

#include <string.h>

#include "access/role.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "json/read.h"
#include "resource/global_roles/global_roles.h"
#include "resource/roles/roles.h"
#include "store/store.h"
#include "task/task.h"

enum { WORDS_BYTES_MAX = 64 * 1024 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the role");
}

/* --- permissions as words ------------------------------------------------------------------------ */

static bool is_word(struct slice text)
{
    return text.length > 0 && memchr(text.text, ' ', text.length) == NULL &&
           memchr(text.text, ':', text.length) == NULL;
}

/* [{resource, action}, …] as "Resource::Action Resource::Action". */
static enum result words_of(struct ctx *ctx, const struct json *array, const char *field,
                            struct slice *out)
{
    struct buffer text;
    buffer_init(&text, WORDS_BYTES_MAX);
    for (const struct json *at = array->first; at != NULL; at = at->next) {
        struct slice resource = json_text_of(json_get_any_case(at, "resource"));
        struct slice action = json_text_of(json_get_any_case(at, "action"));
        if (!is_word(resource) || !is_word(action)) {
            buffer_done(&text);
            return fail(ctx->error, RESULT_INVALID, field, "%s must hold words only", field);
        }
        buffer_add(&text, resource.text, resource.length);
        buffer_text(&text, "::");
        buffer_add(&text, action.text, action.length);
        buffer_char(&text, ' ');
    }
    char *copy = text.overflow ? NULL : slice_dup(ctx->arena, buffer_slice(&text));
    *out = (struct slice){ copy, text.length };
    buffer_done(&text);
    return copy == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result words_given(struct ctx *ctx, const struct call *call, const char *member,
                               struct slice *words)
{
    const struct json *array = call_member(call, member);
    return json_is(array, JSON_ARRAY) ? words_of(ctx, array, member, words) : RESULT_OK;
}

/* What is stored, so that what a body leaves out can stay. */
static enum result words_stored(struct ctx *ctx, const char *text, struct slice *out)
{
    const struct json *array = NULL;
    TRY(json_parse(ctx->arena, slice_of(text), &json_limits_usual, &array, ctx->error));
    return words_of(ctx, array, "permissions", out);
}

/* --- the role ------------------------------------------------------------------------------------ */

static enum result custom_load(struct ctx *ctx, const char *id, struct role_found *out)
{
    TRY(role_load(ctx, id, out));
    if (!out->is_global) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no global role with the id %s",
                    id);
    }
    return out->built_in ? fail(ctx->error, RESULT_CONFLICT, NULL,
                                "the built-in role \"%s\" can't be changed or deleted", out->name)
                         : RESULT_OK;
}

static enum result order_of(struct ctx *ctx, const char *id, struct role_order *out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT name, COALESCE(description, ''), allow_permissions, deny_permissions"
                  " FROM role WHERE id = $1",
                  "t", id));
    const char *texts[4];
    bool complete = true;
    for (uint32_t i = 0; i < COUNT_OF(texts); i++) {
        texts[i] = slice_dup(ctx->arena, statement_text(row, i));
        complete = complete && texts[i] != NULL;
    }
    statement_reset(row);
    if (!complete) {
        return no_memory(ctx);
    }
    *out = (struct role_order){ .id = id,
                                .name = slice_of(texts[0]),
                                .description = slice_of(texts[1]) };
    TRY(words_stored(ctx, texts[2], &out->allows));
    return words_stored(ctx, texts[3], &out->denies);
}

static enum result order_merge(struct ctx *ctx, const struct call *call, struct role_order *order)
{
    struct slice name = slice_trim(call_text(call, "name"));
    order->name = name.length > 0 ? name : order->name;
    if (call_has(call, "description")) {
        order->description = call_text(call, "description");
    }
    TRY(words_given(ctx, call, "allowPermissions", &order->allows));
    return words_given(ctx, call, "denyPermissions", &order->denies);
}

/* --- audit --------------------------------------------------------------------------------------- */

/* An order without a name is none: the role is new, or gone. */
static const struct role_order no_role = { .id = NULL };

static enum result audit_role(struct ctx *ctx, const struct role_order *before,
                              const struct role_order *after, const char *type, const char *verb)
{
    const struct role_order *named = before->id == NULL ? after : before;
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "Role",
        .entity_id = named->id,
        .entity_name = after->id == NULL ? before->name : after->name,
        .type = type,
        .details = audit_sentence(ctx, "%s role \"%.*s\"", verb, (int)named->name.length,
                                  named->name.text),
        .object = "permissionGroupDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_change_text(&changes, "Name", after->name, before->name);
    audit_change_text(&changes, "Description", after->description, before->description);
    audit_change_text(&changes, "Allows", after->allows, before->allows);
    audit_change_text(&changes, "Denies", after->denies, before->denies);
    if (changes.count == 0) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    audit_text(&changes, "permissionSetId", slice_of(named->id));
    if (after->id == NULL) {
        audit_flag(&changes, "deleted");
    }
    return audit_write_changes(ctx, &entry, &changes);
}

/* --- operations ---------------------------------------------------------------------------------- */

/* POST GlobalRoles */
enum result global_roles_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct uuid id;
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error, "SELECT COUNT(*) FROM role", ""));
    if (count >= ROLES_MAX) {
        return fail(ctx->error, RESULT_CONFLICT, NULL, "there are %d roles already, no more fit",
                    ROLES_MAX);
    }
    uuid_make(ctx->now_us, &id);
    struct role_order order = { .id = arena_strdup(ctx->arena, id.text) };
    const char *location = arena_printf(ctx->arena, "/management-api/%s/GlobalRoles/%s",
                                        ctx_version_name(ctx), id.text);
    if (order.id == NULL || location == NULL) {
        return no_memory(ctx);
    }
    TRY(order_merge(ctx, call, &order));
    TRY(role_store(ctx->session, ctx->arena, ctx->now_us, &order, ctx->error));
    TRY(audit_role(ctx, &no_role, &order, "CreateRole", "Create"));
    TRY(task_completed(ctx, order.id, "CreateGlobalRole", order.id));
    reply_header(reply, "Location", location);
    return reply_uuid(reply, 201, order.id);
}

/* PUT GlobalRoles/{id} */
enum result global_roles_modify(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct role_found role;
    struct role_order before;
    TRY(custom_load(ctx, call->ids[0].text, &role));
    TRY(order_of(ctx, role.id, &before));
    struct role_order order = before;
    TRY(order_merge(ctx, call, &order));
    TRY(role_store(ctx->session, ctx->arena, ctx->now_us, &order, ctx->error));
    TRY(audit_role(ctx, &before, &order, "ModifyRole", "Modify"));
    return reply_empty(reply, 204);
}

/* DELETE GlobalRoles/{id} */
enum result global_roles_delete(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct role_found role;
    int64_t users = 0;
    TRY(custom_load(ctx, call->ids[0].text, &role));
    TRY(store_int(ctx->session, &users, ctx->error,
                  "SELECT COUNT(DISTINCT user_id) FROM user_grant WHERE role_id = $1", "t",
                  role.id));
    if (users > 0) {
        return fail(ctx->error, RESULT_CONFLICT, NULL, "%lld users hold the role \"%s\"",
                    (long long)users, role.name);
    }
    struct role_order before;
    TRY(order_of(ctx, role.id, &before));
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM role WHERE id = $1", "t", role.id));
    TRY(audit_role(ctx, &before, &no_role, "DeleteRole", "Delete"));
    return reply_empty(reply, 204);
}
