#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "json/read.h"
#include "resource/computers/computers.h"
#include "resource/groups/groups.h"
#include "resource/management_rules/management_rules_parts.h"
#include "store/store.h"

enum { POSITION_STEP = 100 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the rule");
}

/* --- reading ------------------------------------------------------------------------------------ */

static const char *text_or_null(struct ctx *ctx, const struct statement *row, uint32_t column,
                                bool *complete)
{
    if (statement_is_null(row, column)) {
        return NULL;
    }
    const char *text = slice_dup(ctx->arena, statement_text(row, column));
    *complete = *complete && text != NULL;
    return text;
}

static bool rule_read(struct ctx *ctx, const struct statement *row, struct rule *out)
{
    bool complete = true;
    *out = (struct rule){
        .id = text_or_null(ctx, row, 0, &complete),
        .name = text_or_null(ctx, row, 1, &complete),
        .action = (enum rule_action)statement_int(row, 2),
        .enabled = statement_int(row, 3) != 0,
        .is_system = statement_int(row, 4) != 0,
        .days = statement_int(row, 5),
        .position = statement_int(row, 6),
        .group_id = text_or_null(ctx, row, 7, &complete),
        .host_type = statement_is_null(row, 8) ? -1 : statement_int(row, 8),
        .host = text_or_null(ctx, row, 9, &complete),
    };
    return complete;
}

enum result rules_load(struct ctx *ctx, bool enabled_only, struct rule **out, size_t *out_count)
{
    struct statement *rows = NULL;
    bool row = false;
    bool complete = true;
    size_t count = 0;
    struct rule *rules = arena_alloc(ctx->arena, RULES_MAX * sizeof(*rules));
    if (rules == NULL) {
        return no_memory(ctx);
    }
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT id, name, action, enabled, is_system, days, position, group_id,"
                   " host_type, host FROM management_rule WHERE enabled >= $1"
                   " ORDER BY position, id LIMIT $2",
                   "ii", enabled_only ? INT64_C(1) : INT64_C(0), (int64_t)RULES_MAX));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && complete) {
        complete = rule_read(ctx, rows, &rules[count++]);
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    TRY(result);
    *out = rules;
    *out_count = count;
    return complete ? RESULT_OK : no_memory(ctx);
}

static enum result rule_load(struct ctx *ctx, const char *id, struct rule *out)
{
    struct rule *rules = NULL;
    size_t count = 0;
    TRY(rules_load(ctx, false, &rules, &count));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rules[i].id, id) == 0) {
            *out = rules[i];
            return RESULT_OK;
        }
    }
    return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no management rule with the id %s",
                id);
}

/* --- what a body says ------------------------------------------------------------------------------ */

static int64_t number_of(const struct call *call, const char *member, int64_t when_absent)
{
    const struct json *value = call_member(call, member);
    return json_is(value, JSON_INT) ? value->integer : when_absent;
}

static int64_t choice_of(const struct call *call, const char *member, const struct names *names)
{
    struct slice text = call_text(call, member);
    if (text.length == 0) {
        return number_of(call, member, -1);
    }
    return names_index(names, text.text, text.length);
}

static enum result host_merge(struct ctx *ctx, const struct call *call, struct rule *rule)
{
    struct slice host = slice_trim(call_text(call, "host"));
    rule->host = host.length == 0 ? NULL : slice_fold(ctx->arena, host);
    return host.length > 0 && rule->host == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result group_merge(struct ctx *ctx, const struct call *call, struct rule *rule)
{
    struct group group;
    rule->group_id = call_uuid(ctx, call, "groupId");
    if (rule->group_id == NULL) {
        return RESULT_OK;
    }
    enum result result = group_load(ctx, rule->group_id, &group);
    return result != RESULT_NOT_FOUND ? result
                                      : fail(ctx->error, RESULT_INVALID, "groupId",
                                             "there is no group with the id %s", rule->group_id);
}

static enum result rule_merge(struct ctx *ctx, const struct call *call, struct rule *rule)
{
    struct slice name = slice_trim(call_text(call, "name"));
    if (name.length > 0) {
        rule->name = slice_dup(ctx->arena, name);
        if (rule->name == NULL) {
            return no_memory(ctx);
        }
    }
    rule->days = number_of(call, "days", rule->days);
    rule->position = number_of(call, "position", rule->position);
    rule->enabled = call_bool(call, "enabled", rule->enabled);
    if (call_has(call, "hostType")) {
        rule->host_type = choice_of(call, "hostType", &computer_host_type_names);
    }
    if (call_has(call, "host")) {
        TRY(host_merge(ctx, call, rule));
    }
    return call_has(call, "groupId") ? group_merge(ctx, call, rule) : RESULT_OK;
}

/* --- storing --------------------------------------------------------------------------------------- */

static enum result name_check(struct ctx *ctx, const struct rule *rule, const char **out_key)
{
    int64_t others = 0;
    *out_key = slice_fold(ctx->arena, slice_of(rule->name));
    if (*out_key == NULL) {
        return no_memory(ctx);
    }
    TRY(store_int(ctx->session, &others, ctx->error,
                  "SELECT COUNT(*) FROM management_rule WHERE name_key = $1 AND id <> $2", "tt",
                  *out_key, rule->id));
    return others == 0 ? RESULT_OK
                       : fail(ctx->error, RESULT_CONFLICT, "name",
                              "a management rule with this name exists already");
}

/* The row as it is to be, whether it was there or not. */
static enum result rule_store(struct ctx *ctx, const struct rule *rule)
{
    const char *key = NULL;
    TRY(name_check(ctx, rule, &key));
    TRY(store_run(
        ctx->session, ctx->error,
        "INSERT INTO management_rule (id, name, name_key, action, enabled, is_system, days,"
        " position, group_id, host) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (id) DO UPDATE SET name = $2, name_key = $3, enabled = $5,"
        " days = $7, position = $8, group_id = $9, host = $10",
        "tttiiiiitt", rule->id, rule->name, key, (int64_t)rule->action, (int64_t)rule->enabled,
        (int64_t)rule->is_system, rule->days, rule->position, rule->group_id, rule->host));
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE management_rule SET host_type = CASE WHEN $2 < 0 THEN NULL ELSE $2 END"
                  " WHERE id = $1",
                  "ti", rule->id, rule->host_type));
    /* What the new conditions fit is due now, not within the hour. */
    return store_run(ctx->session, ctx->error,
                     "UPDATE job SET next_run = 0 WHERE name = 'management_rules'", "");
}

/* --- audit ------------------------------------------------------------------------------------------ */

static const char *host_type_name(const struct rule *rule)
{
    return rule->host_type < 0 ? NULL : computer_host_type_names.values[rule->host_type];
}

/* `before` NULL: it is new. */
static void tell_conditions(struct audit_changes *changes, const struct rule *before,
                            const struct rule *after)
{
    const struct rule *was = before;
    audit_change_text(changes, "Name", slice_of(after->name),
                      slice_of(was == NULL ? NULL : was->name));
    audit_change_text(changes, "ComputerGroupId", slice_of(after->group_id),
                      slice_of(was == NULL ? NULL : was->group_id));
    audit_change_text(changes, "HostType", slice_of(host_type_name(after)),
                      slice_of(was == NULL ? NULL : host_type_name(was)));
    audit_change_text(changes, "Host", slice_of(after->host),
                      slice_of(was == NULL ? NULL : was->host));
}

static void tell_numbers(struct audit_changes *changes, const struct rule *before,
                         const struct rule *after)
{
    if (before == NULL) {
        audit_change_text(changes, "Action", slice_of(rule_action_names.values[after->action]),
                          (struct slice){ 0 });
        audit_new_int(changes, "Priority", after->position);
        audit_new_int(changes, "Days", after->days);
        audit_new_bool(changes, "Enabled", after->enabled);
        return;
    }
    audit_change_int(changes, "Priority", after->position, before->position);
    audit_change_int(changes, "Days", after->days, before->days);
    audit_change_bool(changes, "Enabled", after->enabled, before->enabled);
}

static enum result audit_rule(struct ctx *ctx, const struct rule *before, const struct rule *after)
{
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "ManagementRule",
        .entity_id = after->id,
        .entity_name = slice_of(after->name),
        .type = before == NULL ? "CreateManagementRule" : "ModifyManagementRule",
        .details =
            audit_sentence(ctx, "%s management rule \"%s\"", before == NULL ? "Create" : "Modify",
                           before == NULL ? after->name : before->name),
        .object = "managementRuleDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    tell_conditions(&changes, before, after);
    tell_numbers(&changes, before, after);
    if (changes.count == 0) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    return audit_write_changes(ctx, &entry, &changes);
}

static enum result audit_rule_deleted(struct ctx *ctx, const struct rule *rule)
{
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "ManagementRule",
        .entity_id = rule->id,
        .entity_name = slice_of(rule->name),
        .type = "DeleteManagementRule",
        .details = audit_sentence(ctx, "Delete management rule \"%s\"", rule->name),
        .object = "managementRuleDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_change_text(&changes, "Name", (struct slice){ 0 }, slice_of(rule->name));
    audit_change_text(&changes, "Action", (struct slice){ 0 },
                      slice_of(rule_action_names.values[rule->action]));
    audit_flag(&changes, "deleted");
    return audit_write_changes(ctx, &entry, &changes);
}

/* --- operations ------------------------------------------------------------------------------------ */

static enum result last_position(struct ctx *ctx, int64_t *out)
{
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error, "SELECT COUNT(*) FROM management_rule", ""));
    if (count >= RULES_MAX) {
        return fail(ctx->error, RESULT_CONFLICT, NULL, "there are %d rules already, no more fit",
                    RULES_MAX);
    }
    return store_int(ctx->session, out, ctx->error,
                     "SELECT COALESCE(MAX(position), 0) FROM management_rule", "");
}

/* POST ManagementRules. */
enum result management_rules_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct uuid id;
    struct rule rule = { .enabled = true, .host_type = -1 };
    int64_t action = choice_of(call, "action", &rule_action_names);
    if (action == RULE_PURGE) {
        return fail(ctx->error, RESULT_INVALID, "action",
                    "action must be Archive or Delete; the purge rule is there already");
    }
    TRY(last_position(ctx, &rule.position));
    uuid_make(ctx->now_us, &id);
    rule.id = arena_strdup(ctx->arena, id.text);
    rule.action = (enum rule_action)action;
    rule.position += POSITION_STEP;
    TRY(rule_merge(ctx, call, &rule));
    TRY(rule_store(ctx, &rule));
    TRY(audit_rule(ctx, NULL, &rule));
    const char *location = arena_printf(ctx->arena, "/management-api/%s/ManagementRules/%s",
                                        ctx_version_name(ctx), rule.id);
    if (location == NULL) {
        return no_memory(ctx);
    }
    reply_header(reply, "Location", location);
    return reply_uuid(reply, 201, rule.id);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool only_days_differ(const struct rule *a, const struct rule *b)
{
    return same_text(a->name, b->name) && a->enabled == b->enabled && a->position == b->position &&
           same_text(a->group_id, b->group_id) && a->host_type == b->host_type &&
           same_text(a->host, b->host);
}

/* PUT ManagementRules/{id}: members that are left out keep their value. */
enum result management_rules_modify(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct rule before;
    TRY(rule_load(ctx, call->ids[0].text, &before));
    struct rule after = before;
    TRY(rule_merge(ctx, call, &after));
    if (before.is_system && !only_days_differ(&before, &after)) {
        return fail(ctx->error, RESULT_CONFLICT, NULL,
                    "of the rule \"%s\" only days can be changed", before.name);
    }
    TRY(rule_store(ctx, &after));
    TRY(audit_rule(ctx, &before, &after));
    return reply_empty(reply, 204);
}

/* DELETE ManagementRules/{id}. */
enum result management_rules_remove(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct rule rule;
    TRY(rule_load(ctx, call->ids[0].text, &rule));
    if (rule.is_system) {
        return fail(ctx->error, RESULT_CONFLICT, NULL, "the rule \"%s\" can't be deleted",
                    rule.name);
    }
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM management_rule WHERE id = $1", "t",
                  rule.id));
    TRY(audit_rule_deleted(ctx, &rule));
    return reply_empty(reply, 204);
}
