/* The operations and task actions of this folder, for its tables. */
#ifndef RESOURCE_ASSIGNMENTS_ASSIGNMENTS_OPS_H
#define RESOURCE_ASSIGNMENTS_ASSIGNMENTS_OPS_H

#include "model/operation.h"
#include "task/task.h"

enum {
    CSV_ROWS_MAX = 100000,
    CSV_FILE_BYTES_MAX = 16 * 1024 * 1024,
    CSV_FORM_BYTES_MAX = CSV_FILE_BYTES_MAX + 64 * 1024
};

operation_call groups_assign_revision;
operation_call groups_assign_revision_many;
operation_call groups_auto_assign;
operation_call groups_clear_policy;
operation_call groups_clear_policy_many;
operation_call policies_upload_prepare;
operation_call policies_upload;

operation_call groups_delete;
operation_call groups_assign_computers;
operation_call groups_unassign_computers;
operation_call groups_assign_csv_prepare;
operation_call groups_assign_csv;

extern const struct task_action assign_revision_action;
extern const struct task_action auto_assign_action;
extern const struct task_action upload_action;
extern const struct task_action clear_policy_action;
extern const struct task_action delete_group_action;
extern const struct task_action assign_computers_action;
extern const struct task_action assign_csv_action;
extern const struct task_action unassign_computers_action;

#endif
