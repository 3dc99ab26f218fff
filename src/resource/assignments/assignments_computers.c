#include "base/arena.h"
#include "json/read.h"
#include "resource/assignments/assignments.h"
#include "resource/assignments/assignments_audit.h"
#include "resource/assignments/assignments_ops.h"
#include "resource/assignments/csv_computers.h"
#include "resource/assignments/id_list.h"
#include "resource/computers/computers.h"
#include "resource/computers/computers_selection.h"
#include "resource/groups/groups.h"
#include "store/store.h"

/* --- what the tasks do ------------------------------------------------------------------------ */

static void fault_all(struct ctx *ctx, struct task_faults *faults, const char *const *ids,
                      size_t count, const char *message)
{
    for (size_t i = 0; i < count; i++) {
        task_fault_add(ctx, faults, ids[i], "%s", message);
    }
}

/* The argument is the group they come into. */
static enum result run_assign(struct ctx *ctx, const char *argument, const char *const *ids,
                              size_t count, struct task_faults *faults)
{
    struct group group;
    enum result result = group_load(ctx, argument, &group);
    if (result == RESULT_NOT_FOUND) {
        fault_all(ctx, faults, ids, count, "the group was deleted meanwhile");
        return RESULT_OK;
    }
    TRY(result);
    return computers_set_group(ctx, ids, count, group.id, faults);
}

static enum result is_in_group(struct ctx *ctx, const char *id, const char *group_id, bool *out)
{
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT COUNT(*) FROM computer WHERE id = $1 AND group_id = $2", "tt", id,
                  group_id));
    *out = count > 0;
    return RESULT_OK;
}

/* With an argument only computers that are in that group still: "assigned to B, then removed from A" must not take them
   out of B. */
static enum result run_unassign(struct ctx *ctx, const char *argument, const char *const *ids,
                                size_t count, struct task_faults *faults)
{
    if (argument == NULL || argument[0] == '\0') {
        return computers_set_group(ctx, ids, count, NULL, faults);
    }
    struct id_list there = { 0 };
    for (size_t i = 0; i < count; i++) {
        bool in_group = false;
        TRY(is_in_group(ctx, ids[i], argument, &in_group));
        if (in_group) {
            TRY(id_list_add(ctx, &there, slice_of(ids[i])));
        }
    }
    return there.count == 0 ? RESULT_OK
                            : computers_set_group(ctx, there.ids, there.count, NULL, faults);
}

/* The group itself goes with its last computer. Deleted computers are kept for a while and may still name it. */
static enum result remove_when_empty(struct ctx *ctx, const char *group_id)
{
    int64_t left = 0;
    TRY(store_int(ctx->session, &left, ctx->error,
                  "SELECT CASE WHEN EXISTS (SELECT 1 FROM computer WHERE group_id = $1 "
                  "AND deleted_on = 0) THEN 1 ELSE 0 END",
                  "t", group_id));
    if (left > 0) {
        return RESULT_OK;
    }
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer SET group_id = NULL WHERE group_id = $1 AND deleted_on > 0", "t",
                  group_id));
    return group_remove(ctx, group_id);
}

static enum result run_delete_group(struct ctx *ctx, const char *argument, const char *const *ids,
                                    size_t count, struct task_faults *faults)
{
    TRY(run_unassign(ctx, argument, ids, count, faults));
    return remove_when_empty(ctx, argument);
}

const struct task_action assign_computers_action = { "AssignComputers", run_assign };
const struct task_action assign_csv_action = { "AssignComputersByCsv", run_assign };
const struct task_action unassign_computers_action = { "UnassignComputers", run_unassign };
const struct task_action delete_group_action = { "DeleteGroup", run_delete_group };

/* Moves the computers of the order, and locks the group while that goes on after the answer. */
static enum result start_moving(struct ctx *ctx, const struct task_order *order,
                                const char **out_task_id, bool *out_later)
{
    TRY(task_start(ctx, order, out_task_id, out_later));
    if (*out_later && order->resource_id != NULL) {
        TRY(group_lock(ctx, order->resource_id, *out_task_id));
    }
    return RESULT_OK;
}

/* --- operations ------------------------------------------------------------------------------- */

/* DELETE Groups/{id} */
enum result groups_delete(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct group group;
    struct statement *statement = NULL;
    struct id_list computers = { 0 };
    TRY(group_load(ctx, call->ids[0].text, &group));
    TRY(group_must_be_free(ctx, &group));
    if (group.is_default) {
        return fail(ctx->error, RESULT_CONFLICT, NULL,
                    "the default group cannot be deleted; make another one the default first");
    }
    TRY(store_rows(ctx->session, &statement, ctx->error,
                   "SELECT id FROM computer WHERE group_id = $1 AND deleted_on = 0 ORDER BY id",
                   "t", group.id));
    TRY(id_list_take(ctx, &computers, statement));
    TRY(audit_delete_group(ctx, &group, &computers));
    if (computers.count == 0) {
        TRY(remove_when_empty(ctx, group.id));
        return reply_empty(reply, 204);
    }
    const struct task_order order = {
        .action = &delete_group_action,
        .argument = group.id,
        .resource_id = group.id,
        .ids = computers.ids,
        .count = computers.count,
    };
    const char *task_id = NULL;
    bool later = false;
    TRY(start_moving(ctx, &order, &task_id, &later));
    return later ? reply_task(ctx, call, reply, 200, task_id) : reply_empty(reply, 204);
}

/* POST Groups/{id}/AssignComputers */
enum result groups_assign_computers(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct group group;
    struct computer_selection selection;
    const char *task_id = NULL;
    bool later = false;
    TRY(group_load(ctx, call->ids[0].text, &group));
    TRY(computers_select(ctx, call, "computerIds", &selection));
    TRY(group_must_be_free(ctx, &group));
    const struct task_order order = {
        .action = &assign_computers_action,
        .argument = group.id,
        .resource_id = group.id,
        .ids = selection.ids,
        .count = selection.count,
        .unknown = &selection.unknown,
    };
    TRY(audit_assign(ctx, &order, &group));
    TRY(start_moving(ctx, &order, &task_id, &later));
    return reply_task(ctx, call, reply, 200, task_id);
}

/* POST Groups/UnassignComputers: the id list has two names; the first one given counts. */
enum result groups_unassign_computers(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct computer_selection selection;
    const char *task_id = NULL;
    bool later = false;
    bool usual = json_is(call_member(call, "selectionComputerIds"), JSON_ARRAY);
    TRY(computers_select(ctx, call, usual ? "selectionComputerIds" : "computerIds", &selection));
    const struct task_order order = {
        .action = &unassign_computers_action,
        .argument = call_uuid(ctx, call, "groupId"),
        .ids = selection.ids,
        .count = selection.count,
        .unknown = &selection.unknown,
    };
    TRY(audit_unassign(ctx, &order));
    TRY(start_moving(ctx, &order, &task_id, &later));
    return later ? reply_task(ctx, call, reply, 200, task_id) : reply_empty(reply, 204);
}

/* --- by file ---------------------------------------------------------------------------------- */

struct csv_work {
    struct id_list computers;
    struct task_faults unknown;
};

/* Reads the file and finds its computers, up to 100,000 of them, outside the transaction. */
enum result groups_assign_csv_prepare(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)reply;
    struct group group;
    TRY(group_load(ctx, call->ids[0].text, &group));
    TRY(group_must_be_free(ctx, &group));
    const struct form_field *file = call_form(call, "csvFile");
    struct csv_work *work = arena_alloc(ctx->arena, sizeof(*work));
    if (work == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no room for the file");
    }
    TRY(csv_computers(ctx, file == NULL ? (struct slice){ 0 } : file->value, &work->computers,
                      &work->unknown));
    ctx->prepared = work;
    return RESULT_OK;
}

/* POST Groups/{id}/AssignComputersByCsv */
enum result groups_assign_csv(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const struct csv_work *work = ctx->prepared;
    struct group group;
    const char *task_id = NULL;
    bool later = false;
    TRY(group_load(ctx, call->ids[0].text, &group));
    TRY(group_must_be_free(ctx, &group));
    const struct task_order order = {
        .action = &assign_csv_action,
        .argument = group.id,
        .resource_id = group.id,
        .ids = work->computers.ids,
        .count = work->computers.count,
        .unknown = &work->unknown,
    };
    TRY(audit_assign(ctx, &order, &group));
    TRY(start_moving(ctx, &order, &task_id, &later));
    return reply_task(ctx, call, reply, 200, task_id);
}
