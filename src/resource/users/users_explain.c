/* GET Users/{id}/Permissions/Explain: who may do what on which object, and which rule says so. */
#include "access/permission.h"
#include "access/token.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "json/write.h"
#include "model/reach.h"
#include "resource/users/users.h"
#include "resource/users/users_parts.h"
#include "store/store.h"

/* clang-format off */
static const char *const rule_values[] = { "None", "Scope", "Role", "Everybody", "System", "Disabled" };
static const struct names rule_names = { "PermissionRule", rule_values, COUNT_OF(rule_values) };
static const char *const scope_values[] = { "Everything", "AllGroups", "AllPolicies", "Group", "Policy" };
static const struct names scope_names = { "PermissionScope", scope_values, COUNT_OF(scope_values) };
static const char *const object_values[] = { "None", "Group", "Policy" };
static const struct names object_names = { "PermissionObject", object_values, COUNT_OF(object_values) };

static const struct field fields[] = {
    { .json = "userId", .type = FIELD_UUID, .summary = "User or API account" },
    { .json = "accountName", .type = FIELD_TEXT, .summary = "E-mail, or name of the API account" },
    { .json = "resource", .type = FIELD_TEXT, .summary = "Resource of the permission" },
    { .json = "action", .type = FIELD_TEXT, .summary = "Action of the permission" },
    { .json = "objectType", .type = FIELD_ENUM, .names = &object_names, .summary = "On what the permission can be given one by one" },
    { .json = "objectId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Group or policy it was asked for; null: on the whole, or a computer in no group" },
    { .json = "allowed", .type = FIELD_BOOL, .summary = "The decision" },
    { .json = "rule", .type = FIELD_ENUM, .names = &rule_names, .summary = "What decided: None means that nothing allows it; Everybody, that it holds for what they made themselves" },
    { .json = "roleId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Role that decided" },
    { .json = "roleName", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Its name" },
    { .json = "scope", .type = FIELD_ENUM, .flags = FIELD_NULLABLE, .names = &scope_names, .summary = "On what that role is held" },
    { .json = "reason", .type = FIELD_TEXT, .summary = "The same as a sentence" },
};
/* clang-format on */
const struct shape permission_explanation_shape = {
    .name = "PermissionExplanation",
    .summary = "Why something is allowed or refused",
    .fields = fields,
    .count = COUNT_OF(fields),
};

enum { RULE_DISABLED = RULE_SYSTEM + 1 };

struct question {
    struct principal who;
    bool disabled;
    const struct permission_row *permission;
    const char *object_id;
    struct decision decision;
    int rule; /* enum rule_kind or RULE_DISABLED */
};

static enum result who_read(struct ctx *ctx, const char *id, struct question *out)
{
    struct user user;
    enum result result = user_load(ctx, id, &user);
    if (result == RESULT_NOT_FOUND) {
        return account_principal(ctx->session, id, &out->who, ctx->error);
    }
    TRY(result);
    out->who = (struct principal){ .kind = PRINCIPAL_USER };
    out->disabled = user.disabled;
    (void)snprintf(out->who.id, sizeof(out->who.id), "%s", user.id);
    (void)snprintf(out->who.name, sizeof(out->who.name), "%s", user.email);
    return RESULT_OK;
}

static enum result permission_read(struct ctx *ctx, const struct call *call, struct question *out)
{
    const struct slice *resource = call_query(call, "resource");
    const struct slice *action = call_query(call, "action");
    if (resource == NULL) {
        return fail(ctx->error, RESULT_INVALID, "resource", "resource is required");
    }
    if (action == NULL) {
        return fail(ctx->error, RESULT_INVALID, "action", "action is required");
    }
    out->permission = permission_find(*resource, *action);
    return out->permission != NULL
               ? RESULT_OK
               : fail(ctx->error, RESULT_INVALID, "action",
                      "there is no such permission; those of the role Administrator are all");
}

/* The group or policy that the id means; a computer means its group. */
static enum result object_find(struct ctx *ctx, const char *id, struct question *out)
{
    static const char *const lookups[] = {
        [OBJECT_NONE] = NULL,
        [OBJECT_GROUP] = "SELECT id FROM computer_group WHERE id = $1 UNION ALL"
                         " SELECT group_id FROM computer WHERE id = $1 AND deleted_on = 0",
        [OBJECT_POLICY] = "SELECT id FROM policy WHERE id = $1",
    };
    struct statement *row = NULL;
    const char *sql = lookups[out->permission->kind];
    if (sql == NULL) {
        return fail(ctx->error, RESULT_INVALID, "objectId", "%s::%s is not given on single objects",
                    out->permission->resource, out->permission->action);
    }
    enum result result = store_row(ctx->session, &row, ctx->error, sql, "t", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no %s with the id %s",
                    out->permission->kind == OBJECT_POLICY ? "policy" : "group or computer", id);
    }
    TRY(result);
    bool none = statement_is_null(row, 0);
    out->object_id = none ? NULL : slice_dup(ctx->arena, statement_text(row, 0));
    statement_reset(row);
    return none || out->object_id != NULL
               ? RESULT_OK
               : fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the answer");
}

static enum result object_read(struct ctx *ctx, const struct call *call, struct question *out)
{
    struct uuid id;
    const struct slice *given = call_query(call, "objectId");
    if (given == NULL || given->length == 0) {
        return RESULT_OK;
    }
    if (!uuid_parse(*given, &id)) {
        return fail(ctx->error, RESULT_INVALID, "objectId", "objectId must be a UUID");
    }
    return object_find(ctx, id.text, out);
}

static const char *reason(struct ctx *ctx, const struct question *question)
{
    const struct decision *decision = &question->decision;
    const char *name = question->who.name;
    const char *verb = decision->allowed ? "allows" : "denies";
    switch (question->rule) {
    case RULE_DISABLED:
        return arena_printf(ctx->arena, "%s is disabled, so nothing is allowed", name);
    case RULE_ROLE:
        return arena_printf(ctx->arena, "the role \"%s\", which %s holds on %s, %s it",
                            decision->role_name, name, scope_values[decision->scope], verb);
    case RULE_SCOPE:
        return arena_printf(ctx->arena, "the API account has the access to %s that this needs",
                            area_name(question->permission->area));
    case RULE_EVERYBODY: return "everybody may, for what they made themselves or what is no secret";
    default: return "nothing allows it";
    }
}

static void write_enum(struct json_writer *writer, const char *name, const struct names *names,
                       int value)
{
    json_member_text(writer, name, value < 0 ? NULL : names->values[value]);
}

static enum result answer(struct ctx *ctx, const struct question *question, struct reply *reply)
{
    const struct decision *decision = &question->decision;
    bool by_role = question->rule == RULE_ROLE;
    struct json_writer writer;
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_text(&writer, "userId", question->who.id);
    json_member_text(&writer, "accountName", question->who.name);
    json_member_text(&writer, "resource", question->permission->resource);
    json_member_text(&writer, "action", question->permission->action);
    write_enum(&writer, "objectType", &object_names, (int)question->permission->kind);
    json_member_text(&writer, "objectId", question->object_id);
    json_member_bool(&writer, "allowed", decision->allowed);
    write_enum(&writer, "rule", &rule_names, question->rule);
    json_member_text(&writer, "roleId", by_role ? decision->role_id : NULL);
    json_member_text(&writer, "roleName", by_role ? decision->role_name : NULL);
    write_enum(&writer, "scope", &scope_names, by_role ? (int)decision->scope : -1);
    json_member_text(&writer, "reason", reason(ctx, question));
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}

/* Users may ask about themselves; about others, and about API accounts, who may see users. */
enum result users_explain(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct question question = { .object_id = NULL };
    TRY(reach_require(ctx, &users_resource, call->ids[0].text));
    TRY(who_read(ctx, call->ids[0].text, &question));
    TRY(permission_read(ctx, call, &question));
    TRY(object_read(ctx, call, &question));
    TRY(access_decide(ctx, &question.who, question.permission, question.object_id,
                      &question.decision));
    question.rule = (int)question.decision.rule;
    if (question.disabled) {
        question.decision.allowed = false;
        question.rule = RULE_DISABLED;
    }
    return answer(ctx, &question, reply);
}
