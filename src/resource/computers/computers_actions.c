/* What bulk work does to each computer; small selections do it at once, large ones in chunks of a task. */
#include <string.h>

#include "base/arena.h"
#include "resource/computers/computers_parts.h"
#include "resource/computers/computers_selection.h"
#include "resource/groups/groups.h"

/* Those of a chunk that work is done to; their rows are the transaction's. */
struct chosen {
    struct computer *computers;
    const char **ids;
    size_t count;
};

/* Those that went meanwhile are failed items; those whose state has no place for the step are left out quietly. */
static enum result choose(struct ctx *ctx, enum computer_step step, const char *const *ids,
                          size_t count, struct task_faults *faults, struct chosen *out)
{
    struct computer *computers = NULL;
    struct chosen chosen = { .ids = arena_alloc(ctx->arena, (count + 1) * sizeof(*chosen.ids)) };
    if (chosen.ids == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the computers");
    }
    TRY(computers_load_locked(ctx, ids, count, &computers));
    for (size_t i = 0; i < count; i++) {
        if (computers[i].id == NULL || computers[i].deleted) {
            task_fault_add(ctx, faults, ids[i], "the computer was deleted meanwhile");
        } else if (computer_may(computers[i].authorisation, step)) {
            chosen.ids[chosen.count] = computers[i].id;
            computers[chosen.count++] = computers[i];
        }
    }
    chosen.computers = computers;
    *out = chosen;
    return RESULT_OK;
}

static void wake_all(struct ctx *ctx, const struct chosen *chosen)
{
    for (size_t i = 0; i < chosen->count; i++) {
        ctx_wake(ctx, WAKE_COMPUTER, chosen->ids[i]);
    }
}

/* --- reject, archive, unarchive, deactivate, delete --------------------------------------------------------------------- */

enum { WORK_CHANGES_MAX = 4 };

struct bulk_work {
    enum computer_step step;
    bool leaves; /* its group, the count of all, and its twins */
    bool wakes;
    size_t count;
    enum computers_change changes[WORK_CHANGES_MAX]; /* in their order */
};

/* clang-format off */
static const struct bulk_work reject_work =     { STEP_REJECT, false, true, 3, { COMPUTERS_LOGS, COMPUTERS_COMMANDS, COMPUTERS_REJECTED } };
static const struct bulk_work archive_work =    { STEP_FILE, false, false, 1, { COMPUTERS_ARCHIVED } };
static const struct bulk_work unarchive_work =  { STEP_FILE, false, false, 1, { COMPUTERS_BACK } };
static const struct bulk_work delete_work =     { STEP_FILE, true, true, 3, { COMPUTERS_DELETED, COMPUTERS_LOGS, COMPUTERS_COMMANDS } };
static const struct bulk_work deactivate_work = { STEP_FILE, true, true, 4, { COMPUTERS_ARCHIVED, COMPUTERS_DELETED, COMPUTERS_LOGS, COMPUTERS_COMMANDS } };
/* clang-format on */

static enum result counts_leave(struct ctx *ctx, const struct chosen *chosen)
{
    struct group_counts *counts = NULL;
    for (size_t i = 0; i < chosen->count; i++) {
        const struct computer *computer = &chosen->computers[i];
        bool active = computer->authorisation == COMPUTER_AUTHORISED;
        TRY(group_counts_add(ctx, &counts, computer->group_id, -1, active ? -1 : 0));
    }
    TRY(group_counts_store(ctx, counts));
    TRY(computers_recount_twins(ctx, chosen->ids, chosen->count));
    return computers_tally(ctx, -(int64_t)chosen->count);
}

static enum result work_run(struct ctx *ctx, const struct bulk_work *work, const char *const *ids,
                            size_t count, struct task_faults *faults)
{
    struct chosen chosen;
    TRY(choose(ctx, work->step, ids, count, faults, &chosen));
    for (size_t i = 0; i < work->count; i++) {
        TRY(computers_change_all(ctx, work->changes[i], chosen.ids, chosen.count));
    }
    if (work->leaves) {
        TRY(counts_leave(ctx, &chosen));
    }
    if (work->wakes) {
        wake_all(ctx, &chosen);
    }
    return RESULT_OK;
}

static enum result reject_run(struct ctx *ctx, const char *argument, const char *const *ids,
                              size_t count, struct task_faults *faults)
{
    (void)argument;
    return work_run(ctx, &reject_work, ids, count, faults);
}

static enum result archive_run(struct ctx *ctx, const char *argument, const char *const *ids,
                               size_t count, struct task_faults *faults)
{
    (void)argument;
    return work_run(ctx, &archive_work, ids, count, faults);
}

static enum result unarchive_run(struct ctx *ctx, const char *argument, const char *const *ids,
                                 size_t count, struct task_faults *faults)
{
    (void)argument;
    return work_run(ctx, &unarchive_work, ids, count, faults);
}

static enum result delete_run(struct ctx *ctx, const char *argument, const char *const *ids,
                              size_t count, struct task_faults *faults)
{
    (void)argument;
    return work_run(ctx, &delete_work, ids, count, faults);
}

static enum result deactivate_run(struct ctx *ctx, const char *argument, const char *const *ids,
                                  size_t count, struct task_faults *faults)
{
    (void)argument;
    return work_run(ctx, &deactivate_work, ids, count, faults);
}

/* --- authorise; the argument is the group, or NULL: each stays where it is ---------------------------------------------- */

/* One call for each revision: whoever has it and is not told yet. */
static enum result policies_tell(struct ctx *ctx, const struct chosen *chosen)
{
    const char **told = arena_alloc(ctx->arena, (chosen->count + 1) * sizeof(*told));
    if (told == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the computers");
    }
    for (size_t first = 0; first < chosen->count; first++) {
        const char *revision = chosen->computers[first].policy_revision_id;
        size_t count = 0;
        for (size_t i = first; revision != NULL && i < chosen->count; i++) {
            struct computer *computer = &chosen->computers[i];
            if (computer->policy_revision_id != NULL &&
                strcmp(computer->policy_revision_id, revision) == 0) {
                computer->policy_revision_id = NULL;
                told[count++] = computer->id;
            }
        }
        TRY(commands_policy_all(ctx, told, count, revision));
    }
    return RESULT_OK;
}

static enum result authorise_chosen(struct ctx *ctx, const struct chosen *chosen)
{
    struct group_counts *counts = NULL;
    TRY(computers_change_all(ctx, COMPUTERS_AUTHORISED, chosen->ids, chosen->count));
    for (size_t i = 0; i < chosen->count; i++) {
        TRY(group_counts_add(ctx, &counts, chosen->computers[i].group_id, 0, 1));
    }
    TRY(group_counts_store(ctx, counts));
    wake_all(ctx, chosen);
    return policies_tell(ctx, chosen);
}

/* They move while they are Pending still, so that the policy is asked of them once: where they end up. */
static enum result move_chosen(struct ctx *ctx, const struct group *group, struct chosen *chosen,
                               struct task_faults *faults)
{
    TRY(computers_set_group(ctx, chosen->ids, chosen->count, group->id, faults));
    for (size_t i = 0; i < chosen->count; i++) {
        chosen->computers[i].group_id = group->id;
        chosen->computers[i].policy_revision_id = group->policy_revision_id;
    }
    return RESULT_OK;
}

static enum result authorise_run(struct ctx *ctx, const char *argument, const char *const *ids,
                                 size_t count, struct task_faults *faults)
{
    struct chosen chosen;
    struct group group = { .id = NULL };
    enum result result = argument == NULL ? RESULT_OK : group_load(ctx, argument, &group);
    if (result == RESULT_NOT_FOUND) {
        for (size_t i = 0; i < count; i++) {
            task_fault_add(ctx, faults, ids[i], "the group was deleted meanwhile");
        }
        return RESULT_OK;
    }
    TRY(result);
    TRY(choose(ctx, STEP_AUTHORISE, ids, count, faults, &chosen));
    if (group.id != NULL) {
        TRY(move_chosen(ctx, &group, &chosen, faults));
    }
    return authorise_chosen(ctx, &chosen);
}

/* --- commands; the argument is the task that made them ------------------------------------------------------------------- */

static enum result commands_run(struct ctx *ctx, const struct command_order *order,
                                const char *const *ids, size_t count, struct task_faults *faults)
{
    struct chosen chosen;
    TRY(choose(ctx, STEP_FILE, ids, count, faults, &chosen));
    for (size_t i = 0; i < chosen.count; i++) {
        const struct computer *computer = &chosen.computers[i];
        struct command_order one = *order;
        one.computer_id = computer->id;
        if (computer->archived || !computer_may(computer->authorisation, STEP_COMMAND)) {
            task_fault_add(ctx, faults, computer->id, "a computer that is %s takes no commands",
                           computer->archived ? "archived" : "rejected");
        } else {
            TRY(command_queue(ctx, &one));
        }
    }
    return RESULT_OK;
}

static enum result renew_run(struct ctx *ctx, const char *argument, const char *const *ids,
                             size_t count, struct task_faults *faults)
{
    const struct command_order order = { .task_id = argument, .type = COMMAND_RENEW_CERTIFICATE };
    return commands_run(ctx, &order, ids, count, faults);
}

static enum result logs_run(struct ctx *ctx, const char *argument, const char *const *ids,
                            size_t count, struct task_faults *faults)
{
    const struct command_order order = { .task_id = argument, .type = COMMAND_RETRIEVE_LOGS };
    return commands_run(ctx, &order, ids, count, faults);
}

static enum result status_run(struct ctx *ctx, const char *argument, const char *const *ids,
                              size_t count, struct task_faults *faults)
{
    const struct command_order order = { .task_id = argument,
                                         .type = COMMAND_RETRIEVE_STATUS_INFO };
    return commands_run(ctx, &order, ids, count, faults);
}

const struct task_action authorise_action = { "AuthoriseComputers", authorise_run };
const struct task_action reject_action = { "RejectComputers", reject_run };
const struct task_action archive_action = { "ArchiveComputers", archive_run };
const struct task_action unarchive_action = { "UnarchiveComputers", unarchive_run };
const struct task_action deactivate_action = { "DeactivateComputers", deactivate_run };
const struct task_action delete_action = { "DeleteComputers", delete_run };
const struct task_action renew_action = { "RenewCertificate", renew_run };
const struct task_action retrieve_logs_action = { "RetrieveLogs", logs_run };
const struct task_action retrieve_status_action = { "RetrieveStatusInfo", status_run };

const struct task_action *const computers_task_actions[] = {
    &authorise_action, &reject_action,        &archive_action,
    &unarchive_action, &deactivate_action,    &delete_action,
    &renew_action,     &retrieve_logs_action, &retrieve_status_action,
};
const size_t computers_task_action_count = COUNT_OF(computers_task_actions);
