/* Which roles a user holds, and on what. A switch of the API is the Administrator there: on everything, on all groups, on
   all policies. */
#include <string.h>

#include "access/permission.h"
#include "access/role.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "json/read.h"
#include "resource/roles/roles.h"
#include "resource/users/users.h"
#include "resource/users/users_audit.h"
#include "store/store.h"

/* Where a role is to be given. */
struct place {
    enum grant_scope scope;
    const char *group_id, *policy_id;
    const char *field; /* of the body, for messages */
};

bool user_rights_say_something(const struct user_rights *rights)
{
    return rights->only_role_id != NULL || rights->admin == SAID_YES ||
           rights->all_groups == SAID_YES || rights->all_policies == SAID_YES ||
           (rights->group_roles != NULL && rights->group_roles->count > 0) ||
           (rights->policy_roles != NULL && rights->policy_roles->count > 0) ||
           (rights->global_roles != NULL && rights->global_roles->count > 0) ||
           (rights->role_resource != NULL && rights->role_resource->count > 0);
}

/* --- one grant ------------------------------------------------------------------------------------- */

static unsigned place_bit(enum grant_scope scope)
{
    switch (scope) {
    case GRANT_EVERYTHING: return ROLE_ON_EVERYTHING;
    case GRANT_ALL_GROUPS:
    case GRANT_GROUP: return ROLE_ON_GROUPS;
    case GRANT_ALL_POLICIES:
    case GRANT_POLICY: return ROLE_ON_POLICIES;
    }
    return 0;
}

static enum result grant_insert(struct ctx *ctx, const struct user *user, const char *role_id,
                                const struct place *place)
{
    return store_run(ctx->session, ctx->error,
                     "INSERT INTO user_grant (user_id, role_id, scope, group_id, policy_id)"
                     " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                     "ttitt", user->id, role_id, (int64_t)place->scope, place->group_id,
                     place->policy_id);
}

static enum result role_known(struct ctx *ctx, const char *role_id, const struct place *place,
                              struct role_found *out)
{
    enum result result = role_load(ctx, role_id, out);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_INVALID, place->field, "%s: there is no role with the id %s",
                    place->field, role_id);
    }
    TRY(result);
    return (out->places & place_bit(place->scope)) != 0
               ? RESULT_OK
               : fail(ctx->error, RESULT_INVALID, place->field,
                      "%s: the role \"%.100s\" can't be given there", place->field, out->name);
}

static enum result grant_role(struct ctx *ctx, const struct user *user, const char *role_id,
                              const struct place *place)
{
    struct role_found role;
    TRY(role_known(ctx, role_id, place, &role));
    return grant_insert(ctx, user, role.id, place);
}

static enum result grant_administrator(struct ctx *ctx, const struct user *user,
                                       enum grant_scope scope)
{
    struct role_found role;
    const struct place place = { .scope = scope, .field = "admin" };
    TRY(role_load_named(ctx, SLICE(ROLE_ADMINISTRATOR), &role));
    return grant_insert(ctx, user, role.id, &place);
}

#define DROP "DELETE FROM user_grant WHERE user_id = $1 AND scope = $2"
#define THE_ADMINISTRATOR \
    " (SELECT r.id FROM role r WHERE r.built_in = 1 AND r.name = '" ROLE_ADMINISTRATOR "')"

static enum result drop_administrator(struct ctx *ctx, const struct user *user,
                                      enum grant_scope scope)
{
    return store_run(ctx->session, ctx->error, DROP " AND role_id IN" THE_ADMINISTRATOR, "ti",
                     user->id, (int64_t)scope);
}

/* --- lists of roles -------------------------------------------------------------------------------- */

static enum result grant_each(struct ctx *ctx, const struct user *user, const struct json *array,
                              const struct place *place)
{
    for (const struct json *at = array->first; at != NULL; at = at->next) {
        struct uuid id;
        if (uuid_parse(json_text_of(at), &id)) {
            TRY(grant_role(ctx, user, id.text, place));
        }
    }
    return RESULT_OK;
}

/* Roles on all groups, or on all policies. Who names roles means these and not all rights. */
static enum result set_all(struct ctx *ctx, const struct user *user, enum said all,
                           const struct json *roles, const struct place *place)
{
    int64_t held = 0;
    bool names_roles = roles != NULL && roles->count > 0;
    if (roles != NULL) {
        TRY(store_run(ctx->session, ctx->error, DROP " AND role_id NOT IN" THE_ADMINISTRATOR, "ti",
                      user->id, (int64_t)place->scope));
    }
    if (all != SAID_NOTHING || names_roles) {
        TRY(drop_administrator(ctx, user, place->scope));
    }
    if (roles != NULL) {
        TRY(grant_each(ctx, user, roles, place));
    }
    if (all != SAID_YES) {
        return RESULT_OK;
    }
    TRY(store_int(ctx->session, &held, ctx->error,
                  "SELECT COUNT(*) FROM user_grant WHERE user_id = $1 AND scope = $2", "ti",
                  user->id, (int64_t)place->scope));
    return held == 0 ? grant_administrator(ctx, user, place->scope) : RESULT_OK;
}

static enum result set_global(struct ctx *ctx, const struct user *user, const struct json *roles)
{
    const struct place place = { .scope = GRANT_EVERYTHING, .field = "globalRolesIds" };
    TRY(store_run(ctx->session, ctx->error,
                  DROP " AND role_id IN (SELECT r.id FROM role r WHERE r.is_global = 1)", "ti",
                  user->id, (int64_t)GRANT_EVERYTHING));
    for (const struct json *at = roles->first; at != NULL; at = at->next) {
        struct uuid id;
        struct role_found role;
        if (!uuid_parse(json_text_of(at), &id)) {
            continue; /* the body's check has refused it already */
        }
        TRY(role_known(ctx, id.text, &place, &role));
        if (!role.is_global) {
            return fail(ctx->error, RESULT_INVALID, place.field,
                        "%s: the role \"%.100s\" is no global role", place.field, role.name);
        }
        TRY(grant_insert(ctx, user, role.id, &place));
    }
    return RESULT_OK;
}

/* --- roles by resource ------------------------------------------------------------------------------ */

static enum result object_exists(struct ctx *ctx, const char *sql, const char *id, bool *out)
{
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error, sql, "t", id));
    *out = count > 0;
    return RESULT_OK;
}

static enum result place_of_object(struct ctx *ctx, const char *id, struct slice type,
                                   struct place *out)
{
    bool found = false;
    bool policy = slice_is_any_case(type, "Policy") || slice_is(type, "1");
    if (!policy) {
        TRY(object_exists(ctx, "SELECT COUNT(*) FROM computer_group WHERE id = $1", id, &found));
        out->scope = GRANT_GROUP;
        out->group_id = found ? id : NULL;
    }
    if (!found && (policy || type.length == 0)) {
        TRY(object_exists(ctx, "SELECT COUNT(*) FROM policy WHERE id = $1", id, &found));
        out->scope = GRANT_POLICY;
        out->policy_id = found ? id : NULL;
    }
    return found ? RESULT_OK
                 : fail(ctx->error, RESULT_INVALID, "roleResource",
                        "roleResource: there is no %s with the id %s",
                        policy             ? "policy"
                        : type.length == 0 ? "group or policy"
                                           : "group",
                        id);
}

static enum result place_of(struct ctx *ctx, const struct json *item, struct place *out)
{
    struct uuid id;
    struct slice type = json_text_of(json_get_any_case(item, "resourceType"));
    *out = (struct place){ .scope = GRANT_EVERYTHING, .field = "roleResource" };
    if (uuid_parse(json_text_of(json_get_any_case(item, "resourceId")), &id)) {
        const char *copy = arena_strdup(ctx->arena, id.text);
        return copy == NULL ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the roles")
                            : place_of_object(ctx, copy, type, out);
    }
    if (type.length > 0) {
        out->scope = slice_is_any_case(type, "Policy") ? GRANT_ALL_POLICIES : GRANT_ALL_GROUPS;
    }
    return RESULT_OK;
}

static enum result set_by_resource(struct ctx *ctx, const struct user *user,
                                   const struct json *items)
{
    TRY(store_run(ctx->session, ctx->error,
                  "DELETE FROM user_grant WHERE user_id = $1 AND (scope > 2 OR (scope = 0 AND"
                  " role_id IN (SELECT r.id FROM role r WHERE r.is_global = 0)))",
                  "t", user->id));
    for (const struct json *at = items->first; at != NULL; at = at->next) {
        struct place place;
        struct uuid single;
        const struct json *roles = json_get_any_case(at, "roleIds");
        TRY(place_of(ctx, at, &place));
        if (json_is(roles, JSON_ARRAY)) {
            TRY(grant_each(ctx, user, roles, &place));
        }
        if (uuid_parse(json_text_of(json_get_any_case(at, "roleId")), &single)) {
            TRY(grant_role(ctx, user, single.text, &place));
        }
    }
    return RESULT_OK;
}

/* --- all of it --------------------------------------------------------------------------------------- */

static enum result set_only(struct ctx *ctx, const struct user *user, const char *role_id)
{
    const struct place place = { .scope = GRANT_EVERYTHING, .field = "roleId" };
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM user_grant WHERE user_id = $1", "t",
                  user->id));
    return grant_role(ctx, user, role_id, &place);
}

static enum result set_lists(struct ctx *ctx, const struct user *user,
                             const struct user_rights *rights)
{
    const struct place groups = { .scope = GRANT_ALL_GROUPS, .field = "groupRoles" };
    const struct place policies = { .scope = GRANT_ALL_POLICIES, .field = "policyRoles" };
    if (rights->admin == SAID_NO) {
        TRY(drop_administrator(ctx, user, GRANT_EVERYTHING));
    }
    if (rights->global_roles != NULL) {
        TRY(set_global(ctx, user, rights->global_roles));
    }
    TRY(set_all(ctx, user, rights->all_groups, rights->group_roles, &groups));
    TRY(set_all(ctx, user, rights->all_policies, rights->policy_roles, &policies));
    return rights->role_resource == NULL ? RESULT_OK
                                         : set_by_resource(ctx, user, rights->role_resource);
}

enum result user_set_roles(struct ctx *ctx, const struct user *user, const char *const *role_ids,
                           size_t count)
{
    const struct place place = { .scope = GRANT_EVERYTHING, .field = "roles" };
    struct user_roles before;
    TRY(user_roles_load(ctx, user->id, &before));
    TRY(store_run(ctx->session, ctx->error, DROP, "ti", user->id, (int64_t)GRANT_EVERYTHING));
    for (size_t i = 0; i < count; i++) {
        TRY(grant_role(ctx, user, role_ids[i], &place));
    }
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE user_account SET last_modified = $2 WHERE id = $1", "ti", user->id,
                  ctx->now_us));
    TRY(user_roles_audit(ctx, user->id, user->email, &before));
    return user->is_admin && !user->disabled ? user_must_leave_an_admin(ctx) : RESULT_OK;
}

enum result user_set_rights(struct ctx *ctx, const struct user *user,
                            const struct user_rights *rights)
{
    struct user_roles before;
    TRY(user_roles_load(ctx, user->id, &before));
    if (rights->admin == SAID_YES) {
        TRY(grant_administrator(ctx, user, GRANT_EVERYTHING)); /* the rest is ignored then */
    } else if (rights->only_role_id != NULL) {
        TRY(set_only(ctx, user, rights->only_role_id));
    } else {
        TRY(set_lists(ctx, user, rights));
    }
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE user_account SET last_modified = $2 WHERE id = $1", "ti", user->id,
                  ctx->now_us));
    TRY(user_roles_audit(ctx, user->id, user->email, &before));
    return user->is_admin && !user->disabled ? user_must_leave_an_admin(ctx) : RESULT_OK;
}
