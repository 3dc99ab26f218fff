#include "access/permission.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "model/operation.h"
#include "model/reach.h"
#include "store/store.h"

/* Rules of a user for a permission: $1 user, $2 resource, $3 action. To see something is implied by every other right
   on it. */
#define RULES                                                           \
    "FROM user_grant g JOIN role_permission p ON p.role_id = g.role_id" \
    " WHERE g.user_id = $1 AND p.resource = $2 AND "                    \
    "(p.action = $3 OR (p.denies = 0 AND $3 = 'Query'))"
/* The same as a part of ctx->reach: {0} user, {1} resource, {2} action. */
#define REACH_OBJECTS(column, denies)                                                        \
    "(SELECT g." column " FROM user_grant g JOIN role_permission p ON p.role_id = g.role_id" \
    " WHERE g.user_id = {0} AND p.resource = {1} AND p.denies = " denies                     \
    " AND (p.action = {2} OR (p.denies = 0 AND {2} = 'Query')) AND g." column " IS NOT NULL)"
#define REACH_LISTED(object, column) \
    object " IN " REACH_OBJECTS(column, "0") " AND " object " NOT IN " REACH_OBJECTS(column, "1")
#define REACH_EXCEPT(column) "{object} IS NULL OR {object} NOT IN " REACH_OBJECTS(column, "1")
/* The rows of a few objects are found by the index on the object. Those of many are better found by walking the list in
   its order, which takes an expression that no index has. */
#define BY_INDEX "{object}"
#define BY_WALK  "COALESCE({object}, '')"
enum { OBJECTS_BY_INDEX_MAX = 8 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* Which grants cover permissions of a kind, and how their objects are limited. */
struct kind {
    enum grant_scope all, one; /* GRANT_EVERYTHING where there is none */
    const char *few, *many, *except;
};
static const struct kind kinds[] = {
    [OBJECT_NONE] = { GRANT_EVERYTHING, GRANT_EVERYTHING, NULL, NULL, NULL },
    [OBJECT_GROUP] = { GRANT_ALL_GROUPS, GRANT_GROUP, REACH_LISTED(BY_INDEX, "group_id"),
                       REACH_LISTED(BY_WALK, "group_id"), REACH_EXCEPT("group_id") },
    [OBJECT_POLICY] = { GRANT_ALL_POLICIES, GRANT_POLICY, REACH_LISTED(BY_INDEX, "policy_id"),
                        REACH_LISTED(BY_WALK, "policy_id"), REACH_EXCEPT("policy_id") },
};

/* --- on the whole -------------------------------------------------------------------------------- */

struct tally {
    bool allowed, denied;          /* for all objects */
    bool allows_some, denies_some; /* for single ones */
    int64_t objects;               /* rules about single ones */
};

static enum result rules_tally(struct ctx *ctx, const struct principal *user,
                               const struct permission_row *permission, struct tally *out)
{
    const struct kind *kind = &kinds[permission->kind];
    struct statement *rows = NULL;
    bool row = false;
    *out = (struct tally){ .allowed = false };
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT g.scope, p.denies, COUNT(*) " RULES
                   " AND g.scope IN (0, $4, $5) GROUP BY g.scope, p.denies",
                   "tttii", user->id, permission->resource, permission->action, (int64_t)kind->all,
                   (int64_t)kind->one));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        bool single = statement_int(rows, 0) >= GRANT_GROUP;
        bool denies = statement_int(rows, 1) != 0;
        bool *mark = single ? (denies ? &out->denies_some : &out->allows_some)
                            : (denies ? &out->denied : &out->allowed);
        *mark = true;
        out->objects += single ? statement_int(rows, 2) : 0;
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result;
}

static enum result reach_make(struct ctx *ctx, const char *condition, const char *first,
                              const struct permission_row *permission, const struct reach **out)
{
    struct reach *reach = arena_alloc(ctx->arena, sizeof(*reach));
    const char *copy = arena_strdup(ctx->arena, first);
    if (reach == NULL || copy == NULL) {
        return no_memory(ctx);
    }
    *reach = (struct reach){ .condition = condition,
                             .values = { slice_of(copy), slice_of(permission->resource),
                                         slice_of(permission->action) },
                             .value_count = 3 };
    *out = reach;
    return RESULT_OK;
}

static enum result user_verdict(struct ctx *ctx, const struct principal *user,
                                const struct permission_row *permission, enum verdict *out_verdict,
                                const struct reach **out_reach)
{
    const struct kind *kind = &kinds[permission->kind];
    struct tally tally;
    TRY(rules_tally(ctx, user, permission, &tally));
    if (tally.denied) {
        *out_verdict = VERDICT_NOTHING;
        return RESULT_OK;
    }
    if (tally.allowed && !tally.denies_some) {
        *out_verdict = VERDICT_ALL;
        return RESULT_OK;
    }
    if (!tally.allowed && !tally.allows_some) {
        *out_verdict = permission->everybodys ? VERDICT_SOME : VERDICT_NOTHING;
        return permission->everybodys
                   ? reach_make(ctx, "{object} = {0}", user->name, permission, out_reach)
                   : RESULT_OK;
    }
    *out_verdict = VERDICT_SOME;
    const char *listed = tally.objects > OBJECTS_BY_INDEX_MAX ? kind->many : kind->few;
    return reach_make(ctx, tally.allowed ? kind->except : listed, user->id, permission, out_reach);
}

enum result access_verdict(struct ctx *ctx, const struct principal *principal,
                           const struct permission_row *permission, enum verdict *out_verdict,
                           const struct reach **out_reach)
{
    *out_reach = NULL;
    if (principal->kind == PRINCIPAL_USER) {
        return user_verdict(ctx, principal, permission, out_verdict, out_reach);
    }
    bool may = principal_may(principal, permission->area, permission->level);
    *out_verdict = may ? VERDICT_ALL : VERDICT_NOTHING;
    return RESULT_OK;
}

/* --- on one object ------------------------------------------------------------------------------- */

/* The rule that decides comes first: those that deny, then the broadest. */
static enum result user_decide(struct ctx *ctx, const struct principal *user,
                               const struct permission_row *permission, const char *object_id,
                               struct decision *out)
{
    const struct kind *kind = &kinds[permission->kind];
    struct statement *row = NULL;
    enum result result = store_row(
        ctx->session, &row, ctx->error,
        "SELECT g.role_id, (SELECT r.name FROM role r WHERE r.id = g.role_id), g.scope, p.denies " RULES
        " AND (g.scope IN (0, $4) OR (g.scope = $5 AND (g.group_id = $6 OR g.policy_id = $6)))"
        " ORDER BY p.denies DESC, g.scope, g.role_id LIMIT 1",
        "tttiit", user->id, permission->resource, permission->action, (int64_t)kind->all,
        (int64_t)kind->one, object_id == NULL ? "" : object_id);
    *out = (struct decision){ .allowed = permission->everybodys,
                              .rule = permission->everybodys ? RULE_EVERYBODY : RULE_NONE };
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK;
    }
    TRY(result);
    *out = (struct decision){
        .allowed = statement_int(row, 3) == 0,
        .rule = RULE_ROLE,
        .role_id = slice_dup(ctx->arena, statement_text(row, 0)),
        .role_name = slice_dup(ctx->arena, statement_text(row, 1)),
        .scope = (enum grant_scope)statement_int(row, 2),
    };
    statement_reset(row);
    return out->role_id == NULL || out->role_name == NULL ? no_memory(ctx) : RESULT_OK;
}

enum result access_decide(struct ctx *ctx, const struct principal *principal,
                          const struct permission_row *permission, const char *object_id,
                          struct decision *out)
{
    if (principal->kind == PRINCIPAL_USER) {
        return user_decide(ctx, principal, permission, object_id, out);
    }
    bool may = principal_may(principal, permission->area, permission->level);
    bool system = principal->kind == PRINCIPAL_SYSTEM;
    *out = (struct decision){ .allowed = may,
                              .rule = system ? RULE_SYSTEM
                                      : may  ? RULE_SCOPE
                                             : RULE_NONE };
    return RESULT_OK;
}

/* --- for the dispatcher -------------------------------------------------------------------------- */

static enum result denied(struct ctx *ctx, const struct principal *principal,
                          const struct permission_row *permission, const char *where)
{
    if (principal->kind == PRINCIPAL_USER) {
        return fail(ctx->error, RESULT_DENIED, NULL,
                    "this needs the permission %s::%s%s, which the user %s does not have",
                    permission->resource, permission->action, where, principal->name);
    }
    return fail(ctx->error, RESULT_DENIED, NULL,
                "this needs %s access to %s, which the API account \"%s\" does not have",
                permission->level == LEVEL_FULL ? "full" : "read", area_name(permission->area),
                principal->name);
}

static const struct permission_row *row_of(const char *resource, const char *action)
{
    const struct permission_row *row = permission_find(slice_of(resource), slice_of(action));
    assert(row != NULL); /* a test walks all routes */
    return row;
}

enum result access_permit(struct ctx *ctx, const struct principal *principal,
                          const struct route *route, const struct reach **out_reach)
{
    enum verdict verdict = VERDICT_NOTHING;
    *out_reach = NULL;
    if (principal->kind != PRINCIPAL_USER) {
        const struct permission_row by_area = { .area = route->area, .level = route->level };
        return principal_may(principal, route->area, route->level)
                   ? RESULT_OK
                   : denied(ctx, principal, &by_area, "");
    }
    if (route->permission.resource == NULL) {
        return fail(ctx->error, RESULT_DENIED, NULL, "this is for API accounts only");
    }
    const struct permission_row *permission =
        row_of(route->permission.resource, route->permission.action);
    TRY(access_verdict(ctx, principal, permission, &verdict, out_reach));
    if (verdict == VERDICT_NOTHING) {
        return denied(ctx, principal, permission, "");
    }
    if (verdict == VERDICT_SOME && route->permission.by == PERMIT_WHOLE) {
        return denied(ctx, principal, permission,
                      permission->kind == OBJECT_POLICY ? " for all policies" : " for all groups");
    }
    return RESULT_OK;
}

/* What hides the object hides it here, too: who can't see it is told that it isn't there. */
static enum result object_denied(struct ctx *ctx, const struct principal *principal,
                                 const struct permission_row *permission, const char *object_id)
{
    struct decision sees;
    if (permission->kind == OBJECT_NONE) {
        return denied(ctx, principal, permission, "");
    }
    TRY(access_decide(ctx, principal, row_of(permission->resource, "Query"), object_id, &sees));
    if (sees.allowed) {
        return denied(ctx, principal, permission, " here");
    }
    return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no such record");
}

enum result access_permit_path(struct ctx *ctx, const struct principal *principal,
                               const struct route *route, struct slice id)
{
    struct statement *row = NULL;
    struct decision decision;
    const char *object_id = NULL;
    assert(route->permission.object != NULL);
    enum result result =
        store_row(ctx->session, &row, ctx->error, route->permission.object, "s", id);
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK; /* the operation says so in its own words */
    }
    TRY(result);
    if (!statement_is_null(row, 0)) {
        object_id = slice_dup(ctx->arena, statement_text(row, 0));
    }
    bool lost = !statement_is_null(row, 0) && object_id == NULL;
    statement_reset(row);
    if (lost) {
        return no_memory(ctx);
    }
    const struct permission_row *permission =
        row_of(route->permission.resource, route->permission.action);
    TRY(access_decide(ctx, principal, permission, object_id, &decision));
    return decision.allowed ? RESULT_OK : object_denied(ctx, principal, permission, object_id);
}

/* --- for operations ------------------------------------------------------------------------------ */

enum result access_require(struct ctx *ctx, const char *resource, const char *action,
                           const char *object_id)
{
    struct decision decision;
    const struct permission_row *permission = row_of(resource, action);
    if (ctx->principal == NULL || ctx->principal->kind == PRINCIPAL_SYSTEM) {
        return RESULT_OK;
    }
    TRY(access_decide(ctx, ctx->principal, permission, object_id, &decision));
    return decision.allowed ? RESULT_OK : object_denied(ctx, ctx->principal, permission, object_id);
}

enum result access_reach(struct ctx *ctx, const char *resource, const char *action,
                         const struct reach **out)
{
    enum verdict verdict = VERDICT_NOTHING;
    const struct permission_row *permission = row_of(resource, action);
    *out = NULL;
    if (ctx->principal == NULL || ctx->principal->kind == PRINCIPAL_SYSTEM) {
        return RESULT_OK;
    }
    TRY(access_verdict(ctx, ctx->principal, permission, &verdict, out));
    return verdict == VERDICT_NOTHING ? denied(ctx, ctx->principal, permission, "") : RESULT_OK;
}
