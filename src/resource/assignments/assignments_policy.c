#include "access/permission.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "model/reach.h"
#include "resource/assignments/assignments.h"
#include "resource/assignments/assignments_audit.h"
#include "resource/assignments/assignments_ops.h"
#include "resource/assignments/group_selection.h"
#include "resource/assignments/id_list.h"
#include "resource/computers/computers.h"
#include "resource/groups/groups.h"
#include "resource/policies/policies.h"
#include "store/store.h"

static bool same_revision(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static enum result change_revision(struct ctx *ctx, const struct group *group,
                                   const char *revision_id, const char *task_id)
{
    if (same_revision(group->policy_revision_id, revision_id)) {
        return RESULT_OK;
    }
    TRY(group_set_revision(ctx, group->id, revision_id));
    TRY(commands_for_group(ctx, group->id,
                           revision_id == NULL ? COMMAND_CLEAR_POLICY : COMMAND_APPLY_POLICY,
                           task_id));
    ctx_wake(ctx, WAKE_GROUP, group->id);
    return RESULT_OK;
}

enum result assign_revision(struct ctx *ctx, const char *group_id, const char *revision_id,
                            const char *task_id)
{
    struct group group;
    TRY(group_load(ctx, group_id, &group));
    return change_revision(ctx, &group, revision_id, task_id);
}

/* --- what the tasks do ------------------------------------------------------------------------ */

/* The argument of these tasks: the task's own id, for the commands, then the revision, if any. */
static enum result run_on_groups(struct ctx *ctx, const char *argument, const char *const *ids,
                                 size_t count, struct task_faults *faults)
{
    struct slice rest = slice_of(argument);
    const char *task_id = slice_dup(ctx->arena, slice_cut(&rest, ' '));
    const char *revision_id = rest.length == 0 ? NULL : rest.text;
    if (task_id == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no room for the task's id");
    }
    if (revision_id != NULL) {
        struct policy_revision revision;
        TRY(policy_revision_load(ctx, revision_id, &revision));
    }
    for (size_t i = 0; i < count; i++) {
        struct group group;
        enum result result = group_load(ctx, ids[i], &group);
        if (result == RESULT_NOT_FOUND) {
            task_fault_add(ctx, faults, ids[i], "the group was deleted meanwhile");
            continue;
        }
        TRY(result);
        if (group.locked) {
            task_fault_add(ctx, faults, ids[i], "the group \"%s\" is locked by another task",
                           group.name);
            continue;
        }
        TRY(change_revision(ctx, &group, revision_id, task_id));
    }
    return RESULT_OK;
}

const struct task_action assign_revision_action = { "AssignPolicyRevision", run_on_groups };
const struct task_action auto_assign_action = { "AutoAssignPolicyRevision", run_on_groups };
const struct task_action upload_action = { "UploadPolicyRevision", run_on_groups };
const struct task_action clear_policy_action = { "ClearPolicy", run_on_groups };

struct group_task {
    const struct task_action *action;
    const char *revision_id; /* NULL: the policy is taken away */
    const char *resource_id;
    struct id_list groups;
    struct task_faults unknown;
    const char *task_id; /* NULL: a new one */
};

static enum result start(struct ctx *ctx, const struct group_task *work, const char **out_task_id)
{
    struct uuid made;
    uuid_make(ctx->now_us, &made);
    const char *task_id = work->task_id != NULL ? work->task_id : made.text;
    struct task_order order = {
        .action = work->action,
        .argument = arena_printf(ctx->arena, "%s %s", task_id,
                                 work->revision_id == NULL ? "" : work->revision_id),
        .resource_id = work->resource_id,
        .ids = work->groups.ids,
        .count = work->groups.count,
        .unknown = &work->unknown,
        .id = arena_strdup(ctx->arena, task_id),
    };
    bool later = false;
    if (order.argument == NULL || order.id == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no room for the task");
    }
    return task_start(ctx, &order, out_task_id, &later);
}

static enum result start_and_reply(struct ctx *ctx, const struct call *call,
                                   const struct group_task *work, struct reply *reply)
{
    const char *task_id = NULL;
    TRY(start(ctx, work, &task_id));
    return reply_task(ctx, call, reply, 200, task_id);
}

/* --- one group -------------------------------------------------------------------------------- */

/* A group that has what is asked for already is no item of the task. */
static enum result change_one(struct ctx *ctx, const struct call *call, struct group_task *work,
                              struct reply *reply)
{
    struct group group;
    TRY(group_load(ctx, call->ids[0].text, &group));
    if (work->revision_id != NULL) {
        struct policy_revision revision;
        TRY(policy_revision_load(ctx, work->revision_id, &revision));
        TRY(access_require(ctx, "Policy", "Query", revision.policy_id));
    }
    TRY(group_must_be_free(ctx, &group));
    work->resource_id = group.id;
    if (same_revision(group.policy_revision_id, work->revision_id)) {
        audit_unchanged(ctx);
    } else {
        TRY(audit_one_group(ctx, &group, work->revision_id, work->action->name));
        TRY(id_list_add(ctx, &work->groups, slice_of(group.id)));
    }
    return start_and_reply(ctx, call, work, reply);
}

/* POST Groups/{id}/AssignPolicyRevision */
enum result groups_assign_revision(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct group_task work = {
        .action = &assign_revision_action,
        .revision_id = call_uuid(ctx, call, "policyRevisionId"),
    };
    if (work.revision_id == NULL) {
        return fail(ctx->error, RESULT_INVALID, "policyRevisionId",
                    "policyRevisionId must name the revision to assign");
    }
    return change_one(ctx, call, &work, reply);
}

/* PATCH Groups/{id}/ClearPolicy */
enum result groups_clear_policy(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct group_task work = { .action = &clear_policy_action };
    return change_one(ctx, call, &work, reply);
}

static enum result change_many(struct ctx *ctx, const struct call *call,
                               const struct group_task *work, struct reply *reply)
{
    if (work->groups.count == 0 && work->unknown.count == 0) {
        audit_unchanged(ctx);
    } else {
        TRY(audit_groups(ctx, &work->groups, work->unknown.count, work->revision_id,
                         work->action->name));
    }
    return start_and_reply(ctx, call, work, reply);
}

/* --- several groups --------------------------------------------------------------------------- */

/* POST Groups/AssignPolicyRevision */
enum result groups_assign_revision_many(struct ctx *ctx, const struct call *call,
                                        struct reply *reply)
{
    struct policy_revision revision;
    struct group_task work = {
        .action = &assign_revision_action,
        .revision_id = call_uuid(ctx, call, "policyRevisionId"),
    };
    if (work.revision_id == NULL) {
        return fail(ctx->error, RESULT_INVALID, "policyRevisionId",
                    "policyRevisionId must name the revision to assign");
    }
    TRY(policy_revision_load(ctx, work.revision_id, &revision));
    TRY(access_require(ctx, "Policy", "Query", revision.policy_id));
    work.resource_id = revision.policy_id;
    TRY(groups_select(ctx, call, &work.groups, &work.unknown));
    return change_many(ctx, call, &work, reply);
}

/* POST Groups/ClearPolicy */
enum result groups_clear_policy_many(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct group_task work = { .action = &clear_policy_action };
    TRY(groups_select(ctx, call, &work.groups, &work.unknown));
    return change_many(ctx, call, &work, reply);
}

/* --- the newest revision ---------------------------------------------------------------------- */

/* Also where the caller's right to call is one on the policy, not on groups. */
static enum result keep_assignable(struct ctx *ctx, struct id_list *list)
{
    const struct reach *callers = ctx->reach;
    size_t kept = 0;
    TRY(access_reach(ctx, "Group", "AssignPolicy", &ctx->reach));
    enum result result = RESULT_OK;
    for (size_t i = 0; i < list->count && result == RESULT_OK; i++) {
        bool reached = false;
        result = reach_has(ctx, &groups_resource, list->ids[i], &reached);
        list->ids[kept] = list->ids[i];
        kept += reached ? 1 : 0;
    }
    list->count = kept;
    ctx->reach = callers;
    return result;
}

/* Groups that have an older revision of the policy, as far as the caller may give them another. */
static enum result groups_behind(struct ctx *ctx, const char *policy_id, const char *newest_id,
                                 struct id_list *out)
{
    struct statement *statement = NULL;
    TRY(store_rows(ctx->session, &statement, ctx->error,
                   "SELECT g.id FROM policy_revision r "
                   "JOIN computer_group g ON g.policy_revision_id = r.id "
                   "WHERE r.policy_id = $1 AND r.id <> $2 ORDER BY g.id",
                   "tt", policy_id, newest_id));
    TRY(id_list_take(ctx, out, statement));
    return keep_assignable(ctx, out);
}

/* The policy that the body means, by its id, by any of its revisions, or by both. */
static enum result policy_meant(struct ctx *ctx, const struct call *call, const char **out)
{
    const char *policy_id = call_uuid(ctx, call, "policyId");
    const char *revision_id = call_uuid(ctx, call, "policyRevisionId");
    if (policy_id == NULL && revision_id == NULL) {
        return fail(ctx->error, RESULT_INVALID, "policyRevisionId",
                    "policyRevisionId or policyId must be given");
    }
    if (revision_id != NULL) {
        struct policy_revision revision;
        TRY(policy_revision_load(ctx, revision_id, &revision));
        if (policy_id != NULL && strcmp(policy_id, revision.policy_id) != 0) {
            return fail(ctx->error, RESULT_INVALID, "policyId",
                        "policyRevisionId is not a revision of policyId");
        }
        policy_id = revision.policy_id;
    }
    *out = policy_id;
    return RESULT_OK;
}

/* POST Groups/AutoAssignPolicyRevision: there is a task to ask for also when no group needed it. */
enum result groups_auto_assign(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const char *policy_id = NULL;
    struct policy_revision newest;
    TRY(policy_meant(ctx, call, &policy_id));
    TRY(policy_newest_revision(ctx, policy_id, &newest));
    TRY(access_require(ctx, "Policy", "Query", newest.policy_id));
    struct group_task work = {
        .action = &auto_assign_action,
        .revision_id = newest.id,
        .resource_id = newest.policy_id,
    };
    TRY(groups_behind(ctx, newest.policy_id, newest.id, &work.groups));
    return change_many(ctx, call, &work, reply);
}

/* --- a new revision --------------------------------------------------------------------------- */

static bool form_says(const struct call *call, const char *name)
{
    const struct form_field *field = call_form(call, name);
    if (field == NULL) {
        return false;
    }
    struct slice value = slice_trim(field->value);
    return slice_is_any_case(value, "true") || slice_is_any_case(value, "on") ||
           slice_is(value, "1");
}

/* The policy is looked for first: 404 and 409 come before what may be wrong with the file. */
enum result policies_upload_prepare(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)reply;
    const struct form_field *file = call_form(call, "PolicyFile");
    struct policy_upload *upload = arena_alloc(ctx->arena, sizeof(*upload));
    if (upload == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no room for the policy file");
    }
    TRY(policy_must_be_free(ctx, call->ids[0].text));
    TRY(policy_upload_make(ctx, file == NULL ? (struct slice){ 0 } : file->value, upload));
    ctx->prepared = upload;
    return RESULT_OK;
}

/* POST Policies/{id}/Upload: the revision, and who gets it, in one transaction. The id that is answered also names
   the task. */
enum result policies_upload(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const char *policy_id = call->ids[0].text;
    const char *revision_id = NULL;
    const char *task_id = NULL;
    struct policy_revision before;
    TRY(policy_newest_revision(ctx, policy_id, &before));
    TRY(policy_store_revision(ctx, policy_id, NULL, ctx->prepared, (struct slice){ 0 },
                              &revision_id));
    struct group_task work = {
        .action = &upload_action,
        .revision_id = revision_id,
        .resource_id = policy_id,
        .task_id = revision_id,
    };
    if (form_says(call, "AutoAssignPolicyRevision")) {
        TRY(groups_behind(ctx, policy_id, revision_id, &work.groups));
    }
    TRY(audit_upload(ctx, &before, revision_id, (struct slice){ 0 }, &work.groups));
    TRY(start(ctx, &work, &task_id));
    return reply_uuid(reply, 200, revision_id);
}
