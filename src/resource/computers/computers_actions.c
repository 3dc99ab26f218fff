/* What bulk work does to each computer; small selections do it at once, large ones in chunks of a task. */
#include "base/arena.h"
#include "resource/computers/computers_parts.h"
#include "resource/computers/computers_selection.h"
#include "resource/groups/groups.h"
#include "store/store.h"

typedef enum result each_call(struct ctx *ctx, const char *argument,
                              const struct computer *computer, struct task_faults *faults);

/* Those that went meanwhile are failed items. */
static bool is_gone(struct ctx *ctx, const struct computer *computer, const char *id,
                    struct task_faults *faults)
{
    bool gone = computer->id == NULL || computer->deleted;
    if (gone) {
        task_fault_add(ctx, faults, id, "the computer was deleted meanwhile");
    }
    return gone;
}

static enum result for_each(struct ctx *ctx, const char *argument, const char *const *ids,
                            size_t count, struct task_faults *faults, each_call *call)
{
    struct computer *computers = NULL;
    TRY(computers_load_locked(ctx, ids, count, &computers));
    for (size_t i = 0; i < count; i++) {
        if (!is_gone(ctx, &computers[i], ids[i], faults)) {
            TRY(call(ctx, argument, &computers[i], faults));
        }
    }
    return RESULT_OK;
}

/* --- authorise, reject ------------------------------------------------------------------------------------------------ */

static enum result authorise_one(struct ctx *ctx, const char *argument,
                                 const struct computer *computer, struct task_faults *faults)
{
    if (!computer_may(computer->authorisation, STEP_AUTHORISE)) {
        return RESULT_OK;
    }
    /* It moves while it is Pending still, so that the policy is asked of it once: where it ends up. */
    struct computer moved = *computer;
    if (argument != NULL) {
        TRY(computers_set_group(ctx, &computer->id, 1, argument, faults));
        TRY(computer_load(ctx, computer->id, &moved));
    }
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer SET authorisation_state = 1, authorised = $2 WHERE id = $1",
                  "ti", moved.id, ctx->now_us));
    TRY(group_count(ctx, moved.group_id, 0, 1));
    ctx_wake(ctx, WAKE_COMPUTER, moved.id);
    return moved.policy_revision_id == NULL
               ? RESULT_OK
               : command_queue_policy(ctx, moved.id, moved.policy_revision_id, NULL);
}

static enum result authorise_run(struct ctx *ctx, const char *argument, const char *const *ids,
                                 size_t count, struct task_faults *faults)
{
    if (argument != NULL) {
        struct group group;
        enum result result = group_load(ctx, argument, &group);
        if (result == RESULT_NOT_FOUND) {
            for (size_t i = 0; i < count; i++) {
                task_fault_add(ctx, faults, ids[i], "the group was deleted meanwhile");
            }
            return RESULT_OK;
        }
        TRY(result);
    }
    return for_each(ctx, argument, ids, count, faults, authorise_one);
}

static enum result reject_one(struct ctx *ctx, const char *argument,
                              const struct computer *computer, struct task_faults *faults)
{
    (void)argument;
    (void)faults;
    if (!computer_may(computer->authorisation, STEP_REJECT)) {
        return RESULT_OK;
    }
    TRY(commands_drop(ctx, computer->id));
    ctx_wake(ctx, WAKE_COMPUTER, computer->id);
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer SET authorisation_state = 2 WHERE id = $1", "t",
                     computer->id);
}

static enum result reject_run(struct ctx *ctx, const char *argument, const char *const *ids,
                              size_t count, struct task_faults *faults)
{
    return for_each(ctx, argument, ids, count, faults, reject_one);
}

/* --- archive, delete ---------------------------------------------------------------------------------------------------- */

static enum result archive_one(struct ctx *ctx, const char *argument,
                               const struct computer *computer, struct task_faults *faults)
{
    (void)argument;
    (void)faults;
    return store_run(
        ctx->session, ctx->error,
        "UPDATE computer SET archived = 1, archived_on = $2 WHERE id = $1 AND archived = 0", "ti",
        computer->id, ctx->now_us);
}

static enum result archive_run(struct ctx *ctx, const char *argument, const char *const *ids,
                               size_t count, struct task_faults *faults)
{
    struct computer *computers = NULL;
    (void)argument;
    TRY(computers_load_locked(ctx, ids, count, &computers));
    const char **there = arena_alloc(ctx->arena, (count + 1) * sizeof(*there));
    size_t there_count = 0;
    if (there == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the computers");
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_gone(ctx, &computers[i], ids[i], faults)) {
            there[there_count++] = computers[i].id;
        }
    }
    return computers_archive_all(ctx, there, there_count);
}

static enum result unarchive_one(struct ctx *ctx, const char *argument,
                                 const struct computer *computer, struct task_faults *faults)
{
    (void)argument;
    (void)faults;
    return computer_came_back(ctx, computer->id);
}

static enum result unarchive_run(struct ctx *ctx, const char *argument, const char *const *ids,
                                 size_t count, struct task_faults *faults)
{
    return for_each(ctx, argument, ids, count, faults, unarchive_one);
}

static enum result machine_key_of(struct ctx *ctx, const char *id, const char **out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error, "SELECT machine_key FROM computer WHERE id = $1",
                  "t", id));
    *out = slice_dup(ctx->arena, statement_text(row, 0));
    statement_reset(row);
    return *out == NULL ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the computer")
                        : RESULT_OK;
}

static enum result delete_one(struct ctx *ctx, const char *argument,
                              const struct computer *computer, struct task_faults *faults)
{
    (void)argument;
    (void)faults;
    const char *machine_key = NULL;
    bool active = computer->authorisation == COMPUTER_AUTHORISED;
    TRY(machine_key_of(ctx, computer->id, &machine_key));
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer SET deleted_on = $2, group_id = NULL WHERE id = $1", "ti",
                  computer->id, ctx->now_us));
    TRY(group_count(ctx, computer->group_id, -1, active ? -1 : 0));
    TRY(computers_tally(ctx, -1));
    TRY(commands_drop(ctx, computer->id));
    ctx_wake(ctx, WAKE_COMPUTER, computer->id);
    return computer_recount_duplicates(ctx, machine_key);
}

static enum result delete_run(struct ctx *ctx, const char *argument, const char *const *ids,
                              size_t count, struct task_faults *faults)
{
    return for_each(ctx, argument, ids, count, faults, delete_one);
}

static enum result deactivate_one(struct ctx *ctx, const char *argument,
                                  const struct computer *computer, struct task_faults *faults)
{
    TRY(archive_one(ctx, argument, computer, faults));
    return delete_one(ctx, argument, computer, faults);
}

static enum result deactivate_run(struct ctx *ctx, const char *argument, const char *const *ids,
                                  size_t count, struct task_faults *faults)
{
    return for_each(ctx, argument, ids, count, faults, deactivate_one);
}

/* --- commands; the argument is the task that made them ------------------------------------------------------------------- */

static enum result command_one(struct ctx *ctx, const char *argument,
                               const struct computer *computer, struct task_faults *faults,
                               enum command_type type)
{
    if (computer->archived || !computer_may(computer->authorisation, STEP_COMMAND)) {
        task_fault_add(ctx, faults, computer->id, "a computer that is %s takes no commands",
                       computer->archived ? "archived" : "rejected");
        return RESULT_OK;
    }
    const struct command_order order = { .computer_id = computer->id,
                                         .task_id = argument,
                                         .type = type };
    return command_queue(ctx, &order);
}

static enum result renew_one(struct ctx *ctx, const char *argument, const struct computer *computer,
                             struct task_faults *faults)
{
    return command_one(ctx, argument, computer, faults, COMMAND_RENEW_CERTIFICATE);
}

static enum result logs_one(struct ctx *ctx, const char *argument, const struct computer *computer,
                            struct task_faults *faults)
{
    return command_one(ctx, argument, computer, faults, COMMAND_RETRIEVE_LOGS);
}

static enum result status_one(struct ctx *ctx, const char *argument,
                              const struct computer *computer, struct task_faults *faults)
{
    return command_one(ctx, argument, computer, faults, COMMAND_RETRIEVE_STATUS_INFO);
}

static enum result renew_run(struct ctx *ctx, const char *argument, const char *const *ids,
                             size_t count, struct task_faults *faults)
{
    return for_each(ctx, argument, ids, count, faults, renew_one);
}

static enum result logs_run(struct ctx *ctx, const char *argument, const char *const *ids,
                            size_t count, struct task_faults *faults)
{
    return for_each(ctx, argument, ids, count, faults, logs_one);
}

static enum result status_run(struct ctx *ctx, const char *argument, const char *const *ids,
                              size_t count, struct task_faults *faults)
{
    return for_each(ctx, argument, ids, count, faults, status_one);
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
