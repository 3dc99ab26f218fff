/* What the files of this folder share; private to it. */
#ifndef RESOURCE_COMPUTERS_COMPUTERS_PARTS_H
#define RESOURCE_COMPUTERS_COMPUTERS_PARTS_H

#include "model/operation.h"
#include "resource/computers/computers.h"
#include "task/task.h"

struct statement;

extern const struct resource computer_commands_resource;
extern const struct resource computer_logs_resource;
extern const struct shape command_row, log_row, computer_row, computer_detail;

/* computers_ops.c */
operation_call computers_authorise, computers_reject, computers_archive, computers_unarchive,
    computers_deactivate, computers_delete, computers_delete_one, computers_archive_one,
    computers_unarchive_one, computers_renew, computers_renew_one, computers_retrieve_logs,
    computers_retrieve_logs_one, computers_retrieve_status, computers_retrieve_status_one;
/* computers_logs.c */
operation_call computer_log_content;

/* computers_actions.c */
extern const struct task_action authorise_action, reject_action, unarchive_action,
    deactivate_action, renew_action, retrieve_logs_action, retrieve_status_action;

/* computers_state.c: what a computer's state allows. */
enum computer_step {
    STEP_AUTHORISE,
    STEP_REJECT,
    STEP_COMMAND,
    STEP_FILE, /* archive, take back, deactivate, delete */
    STEP_COUNT
};
/* False: it has no place in this state. */
bool computer_may(enum computer_authorisation now, enum computer_step step);

/* computers.c */
#define COMPUTER_SELECT                                                                  \
    "SELECT c.id, c.host, c.authorisation_state, c.archived, c.deleted_on, c.group_id,"  \
    " g.policy_revision_id, c.host_revision_id, i.public_key, i.thumbprint, i.valid_to," \
    " k.last_connected, c.decisions"                                                     \
    " FROM computer c JOIN computer_contact k ON k.computer_id = c.id"                   \
    " LEFT JOIN computer_identity i ON i.computer_id = c.id"                             \
    " LEFT JOIN computer_group g ON g.id = c.group_id"
/* A row of it. */
MUST_CHECK enum result computer_read(struct ctx *ctx, const struct statement *row,
                                     struct computer *out);

/* computers_set.c: one statement each, whatever the count. */
/* In the order of `ids`; one that is not there has no id. On a store of several servers their rows are the
   transaction's until it ends. */
MUST_CHECK enum result computers_load_locked(struct ctx *ctx, const char *const *ids, size_t count,
                                             struct computer **out);
enum computers_change {
    COMPUTERS_AUTHORISED,
    COMPUTERS_REJECTED,
    COMPUTERS_ARCHIVED,
    COMPUTERS_BACK,     /* archived no longer */
    COMPUTERS_DELETED,  /* their rows; out of their groups */
    COMPUTERS_LOGS,     /* that they still owe are not awaited any more */
    COMPUTERS_COMMANDS, /* that are open end */
};
/* The rows alone; counts and wakes are the caller's. */
MUST_CHECK enum result computers_change_all(struct ctx *ctx, enum computers_change change,
                                            const char *const *ids, size_t count);
/* How many duplicates those have that are the same machines as these, which were deleted. */
MUST_CHECK enum result computers_recount_twins(struct ctx *ctx, const char *const *ids,
                                               size_t count);
/* The row alone; the counts of the groups are the caller's. NULL: no group. */
MUST_CHECK enum result computers_place_all(struct ctx *ctx, const char *const *ids, size_t count,
                                           const char *group_id);
/* Apply the revision, or clear the one they have; open older policy commands give way. Wakes the computers. */
MUST_CHECK enum result commands_policy_all(struct ctx *ctx, const char *const *ids, size_t count,
                                           const char *revision_id);
/* Changes of the counts of groups, gathered from NULL on so that each group's row is touched once. No group: nothing. */
struct group_counts;
MUST_CHECK enum result group_counts_add(struct ctx *ctx, struct group_counts **counts,
                                        const char *group_id, int64_t computers, int64_t active);
MUST_CHECK enum result group_counts_store(struct ctx *ctx, const struct group_counts *counts);

/* commands.c */
/* Whom a command names as the one who asked, or NULL. */
const char *commands_asker(const struct ctx *ctx);
struct command_order {
    const char *computer_id, *task_id;
    enum command_type type;
};
/* Queues a command; an open one of the same type stays alone (an older policy command gives way). Wakes the computer. */
MUST_CHECK enum result command_queue(struct ctx *ctx, const struct command_order *order);
/* Task of the open command of the type, or NULL. */
MUST_CHECK enum result command_open_task(struct ctx *ctx, const char *computer_id,
                                         enum command_type type, const char **out_task_id);
/* What a changed assignment asks of a computer: apply the group's policy, or clear the one it has. */
MUST_CHECK enum result command_queue_policy(struct ctx *ctx, const char *computer_id,
                                            const char *revision_id, const char *task_id);

/* computers.c */
/* Nobody else changes it until the transaction ends; before anything that moves kept counts. */
MUST_CHECK enum result computer_load_locked(struct ctx *ctx, const char *id, struct computer *out);
MUST_CHECK enum result computer_recount_duplicates(struct ctx *ctx, const char *machine_key);
MUST_CHECK enum result computers_tally(struct ctx *ctx, int64_t more);

#endif
