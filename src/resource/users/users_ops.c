#include "access/permission.h"
#include "access/principal.h"
#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "model/reach.h"
#include "resource/users/users.h"
#include "resource/users/users_audit.h"
#include "resource/users/users_parts.h"
#include "task/task.h"

enum { INVITE_PAUSE_S = 60 };

/* --- what a body says ------------------------------------------------------------------------------ */

/* A member that this version does not have counts as not sent. */
static const struct json *member(struct ctx *ctx, const struct call *call, const char *name)
{
    bool known = shape_find(call->route->body, name, ctx->version) != NULL;
    return known ? call_member(call, name) : NULL;
}

static const struct json *array_member(struct ctx *ctx, const struct call *call, const char *name)
{
    const struct json *value = member(ctx, call, name);
    return json_is(value, JSON_ARRAY) ? value : NULL;
}

static enum said switch_member(struct ctx *ctx, const struct call *call, const char *name)
{
    const struct json *value = member(ctx, call, name);
    return !json_is(value, JSON_BOOL) ? SAID_NOTHING : value->boolean ? SAID_YES : SAID_NO;
}

static void rights_read(struct ctx *ctx, const struct call *call, struct user_rights *out)
{
    *out = (struct user_rights){
        .only_role_id = member(ctx, call, "roleId") == NULL ? NULL : call_uuid(ctx, call, "roleId"),
        .admin = switch_member(ctx, call, "admin"),
        .all_groups = switch_member(ctx, call, "allGroups"),
        .all_policies = switch_member(ctx, call, "allPolicies"),
        .group_roles = array_member(ctx, call, "groupRoles"),
        .policy_roles = array_member(ctx, call, "policyRoles"),
        .global_roles = array_member(ctx, call, "globalRolesIds"),
        .role_resource = array_member(ctx, call, "roleResource"),
    };
}

static struct slice text_member(const struct call *call, const char *name)
{
    return slice_trim(call_text(call, name));
}

static void order_read(const struct call *call, struct user_order *out)
{
    *out = (struct user_order){
        .email = text_member(call, "emailAddress"),
        .time_zone = text_member(call, "olsonTimeZoneId"),
        .date_format = text_member(call, "dateTimeDisplayFormat"),
        .language = text_member(call, "language"),
        .disabled = !call_bool(call, "enabled", true),
    };
}

/* Whoever may change users but not what they may do must not get at an administrator that way. */
static enum result must_be_equal(struct ctx *ctx, const struct user *user)
{
    return user->is_admin ? access_require(ctx, "User", "AssignRole", NULL) : RESULT_OK;
}

static enum result user_of(struct ctx *ctx, const struct call *call, struct user *out)
{
    TRY(user_load(ctx, call->ids[0].text, out));
    return must_be_equal(ctx, out);
}

/* --- operations -------------------------------------------------------------------------------------- */

/* POST Users */
enum result users_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct user_order order;
    struct user_rights rights;
    struct user user;
    const char *id = NULL;
    order_read(call, &order);
    rights_read(ctx, call, &rights);
    if (user_rights_say_something(&rights)) {
        TRY(access_require(ctx, "User", "AssignRole", NULL));
    }
    TRY(user_create(ctx, &order, &id));
    TRY(user_load(ctx, id, &user));
    TRY(user_set_rights(ctx, &user, &rights));
    if (!user.disabled) {
        TRY(user_invite(ctx, &user));
    }
    TRY(task_completed(ctx, id, "CreateUser", id));
    const char *location =
        arena_printf(ctx->arena, "/management-api/%s/Users/%s", ctx_version_name(ctx), id);
    if (location == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the answer");
    }
    reply_header(reply, "Location", location);
    return reply_uuid(reply, 201, id);
}

/* PUT Users/{id} */
enum result users_modify(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct user user;
    struct user_order order;
    TRY(user_of(ctx, call, &user));
    order_read(call, &order);
    TRY(user_change(ctx, &user, &order));
    return reply_empty(reply, 204);
}

/* PUT Users/{id}/ModifyUserPreferences: everybody their own. */
enum result users_preferences(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct user user;
    struct user_order order;
    TRY(reach_require(ctx, &users_resource, call->ids[0].text));
    TRY(user_load(ctx, call->ids[0].text, &user));
    order_read(call, &order);
    order.email = (struct slice){ 0 };
    TRY(user_change(ctx, &user, &order));
    return reply_empty(reply, 204);
}

/* POST Users/{id}/AssignRole and AssignRoles */
enum result users_assign_roles(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct user user;
    struct user_rights rights;
    TRY(user_load(ctx, call->ids[0].text, &user));
    rights_read(ctx, call, &rights);
    TRY(user_set_rights(ctx, &user, &rights));
    return reply_empty(reply, 204);
}

static enum result set_disabled(struct ctx *ctx, const struct call *call, struct reply *reply,
                                bool disabled)
{
    struct user user;
    TRY(user_of(ctx, call, &user));
    TRY(user_set_disabled(ctx, &user, disabled));
    return reply_empty(reply, 204);
}

/* PATCH Users/{id}/Disable */
enum result users_disable(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return set_disabled(ctx, call, reply, true);
}

/* PATCH Users/{id}/Enable */
enum result users_enable(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return set_disabled(ctx, call, reply, false);
}

/* PATCH Users/{id}/ResendInvite: a mail a minute at most. */
enum result users_resend_invite(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct user user;
    TRY(user_of(ctx, call, &user));
    if (user_may(&user, USER_INVITE) == USER_NEVER) {
        return fail(ctx->error, RESULT_CONFLICT, NULL, "the user %s",
                    user.disabled ? "is disabled" : "has signed in already");
    }
    int64_t next_us = user.invited_us + INVITE_PAUSE_S * US_PER_SECOND;
    if (user.invited_us > 0 && next_us > ctx->now_us) {
        int64_t wait_s = (next_us - ctx->now_us + US_PER_SECOND - 1) / US_PER_SECOND;
        const char *text = arena_printf(ctx->arena, "%lld", (long long)wait_s);
        if (text != NULL) {
            reply_header(reply, "Retry-After", text);
        }
        return fail(ctx->error, RESULT_LIMITED, NULL,
                    "an invitation may be sent once in %d seconds; try again in %lld seconds",
                    INVITE_PAUSE_S, (long long)wait_s);
    }
    TRY(user_invite(ctx, &user));
    TRY(user_audit_event(ctx, user.id, user.email, "ResendUserInvite", "Resend the invitation of"));
    return reply_empty(reply, 204);
}
