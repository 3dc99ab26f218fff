#include "model/answers.h"
#include "resource/assignments/assignments.h"
#include "resource/assignments/assignments_ops.h"
#include "resource/computers/computers.h"
#include "resource/groups/groups.h"
#include "resource/policies/policies.h"

/* clang-format off */
#define GROUP_SELECTION \
    { .json = "groupIds", .type = FIELD_ARRAY, .items = FIELD_UUID, .flags = FIELD_NULLABLE, .max = TASK_ITEMS_MAX, .summary = "Groups to act on; required unless allGroups is true" }, \
    { .json = "excludedGroupIds", .type = FIELD_ARRAY, .items = FIELD_UUID, .flags = FIELD_NULLABLE, .max = TASK_ITEMS_MAX, .summary = "Groups to leave out" }, \
    { .json = "filter", .type = FIELD_OBJECT, .flags = FIELD_NULLABLE, .filter_of = &groups_resource, .summary = "Used with allGroups" }, \
    { .json = "allGroups", .type = FIELD_BOOL, .summary = "Act on every group that matches filter, less the excluded ones" }

#define COMPUTER_SELECTION(ids) \
    { .json = ids, .type = FIELD_ARRAY, .items = FIELD_UUID, .flags = FIELD_NULLABLE, .max = TASK_ITEMS_MAX, .summary = "Computers to act on; required unless allComputers is true" }, \
    { .json = "excludedComputerIds", .type = FIELD_ARRAY, .items = FIELD_UUID, .flags = FIELD_NULLABLE, .max = TASK_ITEMS_MAX, .summary = "Computers to leave out" }, \
    { .json = "filter", .type = FIELD_OBJECT, .flags = FIELD_NULLABLE, .filter_of = &computers_resource, .summary = "Used with allComputers" }, \
    { .json = "allComputers", .type = FIELD_BOOL, .summary = "Act on every computer that matches filter, less the excluded ones" }

#define REVISION { .json = "policyRevisionId", .type = FIELD_UUID, .flags = FIELD_REQUIRED, .summary = "Revision to assign" }

static const struct field auto_assign_fields[] = {
    { .json = "policyRevisionId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Any revision of the policy" },
    { .json = "policyId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "The policy" },
};
static const struct field assign_one_fields[] = { REVISION };
static const struct field assign_many_fields[] = { GROUP_SELECTION, REVISION };
static const struct field clear_many_fields[] = { GROUP_SELECTION };
static const struct field computers_fields[] = { COMPUTER_SELECTION("computerIds") };
static const struct field unassign_fields[] = {
    COMPUTER_SELECTION("selectionComputerIds"),
    { .json = "groupId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Only computers that are in this group now" },
    { .json = "computerIds", .type = FIELD_ARRAY, .items = FIELD_UUID, .flags = FIELD_NULLABLE, .max = TASK_ITEMS_MAX, .summary = "Another name for selectionComputerIds" },
};
static const struct field csv_fields[] = {
    { .json = "csvFile", .type = FIELD_FILE, .flags = FIELD_REQUIRED, .summary = "Computer ids or host names, one a line" },
};
static const struct field upload_fields[] = {
    { .json = "PolicyFile", .type = FIELD_FILE, .flags = FIELD_REQUIRED, .summary = "Policy XML" },
    { .json = "AutoAssignPolicyRevision", .type = FIELD_BOOL, .summary = "Give the new revision to every group that has an older one" },
};

#define BODY(var, schema, rows, text) static const struct shape var = { .name = schema, .summary = text, .fields = rows, .count = COUNT_OF(rows) }
BODY(auto_assign_body, "AutoAssignPolicyRevisionToGroupRequest", auto_assign_fields, "One of the two is required; the newest revision is used either way");
BODY(assign_one_body, "AssignPolicyRevisionToGroupRequest", assign_one_fields, "Which revision one group gets");
BODY(assign_many_body, "AssignPolicyRevisionToGroupsRequest", assign_many_fields, "Which revision the groups get");
BODY(clear_many_body, "ClearPolicyFromGroupsRequest", clear_many_fields, "Which groups lose their policy");
BODY(computers_body, "AssignComputersToGroupRequest", computers_fields, "Which computers come into the group");
BODY(unassign_body, "UnassignComputersFromGroupRequest", unassign_fields, "Which computers leave their group");
BODY(csv_form, "AssignComputersByCsvRequest", csv_fields, "Form with the file");
BODY(upload_form, "UploadPolicyRevisionRequest", upload_fields, "Form of a new revision");

static const struct answer task_answers[] = { ANSWER_TASK, ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS };
static const struct answer task_or_done_answers[] = { ANSWER_TASK, ANSWER_DONE("Done"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS };
static const struct answer csv_answers[] = { ANSWER_TASK, ANSWER_400, ANSWER_404, ANSWER_409, ANSWER_413, ANSWER_415, ANSWERS_ALWAYS };
static const struct answer upload_answers[] = {
    ANSWER_ROW(200, ANSWER_UUID, NULL, NULL, "Stored; the body is the policy revision id"),
    ANSWER_400, ANSWER_404, ANSWER_409, ANSWER_413, ANSWER_415, ANSWERS_ALWAYS,
};

#define WRITES(row_method, row_path, row_tag, row_id) \
    .method = row_method, .path = row_path, .id = row_id, .tag = row_tag, .area = AREA_MANAGEMENT, .level = LEVEL_FULL, .work = WORK_WRITE
#define THIS_GROUP "SELECT id FROM computer_group WHERE id = $1"
#define ANSWERED(rows)  .answers = rows, .answer_count = COUNT_OF(rows)
#define JSON_BODY(var)  .body_kind = BODY_JSON, .body = &(var)
#define FORM(var, most) .body_kind = BODY_FORM, .body = &(var), .body_bytes_max = most

const struct route assignments_routes[] = {
    { WRITES(METHOD_DELETE, "Groups/{id}", "Groups", "Groups_Delete"), PERMITS_PATH("Group", "Delete", THIS_GROUP), .run = groups_delete, ANSWERED(task_or_done_answers),
      .summary = "Delete a group; its computers become ungrouped" },
    { WRITES(METHOD_POST, "Groups/AutoAssignPolicyRevision", "Groups", "Groups_AutoAssignPolicyRevision"), PERMITS_ROWS("Group", "AssignPolicy"), .run = groups_auto_assign, JSON_BODY(auto_assign_body), ANSWERED(task_answers),
      .summary = "Give every group of a policy that policy's newest revision" },
    { WRITES(METHOD_POST, "Groups/{id}/AssignPolicyRevision", "Groups", "Groups_AssignPolicyRevision"), PERMITS_PATH("Group", "AssignPolicy", THIS_GROUP), .run = groups_assign_revision, JSON_BODY(assign_one_body), ANSWERED(task_answers),
      .summary = "Assign a policy revision to one group" },
    { WRITES(METHOD_POST, "Groups/AssignPolicyRevision", "Groups", "Groups_AssignPolicyRevisionMany"), PERMITS_ROWS("Group", "AssignPolicy"), .run = groups_assign_revision_many, JSON_BODY(assign_many_body), ANSWERED(task_answers),
      .summary = "Assign a policy revision to several groups" },
    { WRITES(METHOD_PATCH, "Groups/{id}/ClearPolicy", "Groups", "Groups_ClearPolicy"), PERMITS_PATH("Group", "AssignPolicy", THIS_GROUP), .run = groups_clear_policy, ANSWERED(task_or_done_answers),
      .summary = "Take the policy away from one group" },
    { WRITES(METHOD_POST, "Groups/ClearPolicy", "Groups", "Groups_ClearPolicyMany"), PERMITS_ROWS("Group", "AssignPolicy"), .run = groups_clear_policy_many, JSON_BODY(clear_many_body), ANSWERED(task_or_done_answers),
      .summary = "Take the policy away from several groups" },
    { WRITES(METHOD_POST, "Groups/UnassignComputers", "Groups", "Groups_UnassignComputers"), PERMITS_ROWS("Group", "Modify"), .run = groups_unassign_computers, JSON_BODY(unassign_body), ANSWERED(task_or_done_answers),
      .summary = "Take computers out of their groups" },
    { WRITES(METHOD_POST, "Groups/{id}/AssignComputers", "Groups", "Groups_AssignComputers"), PERMITS_PATH("Group", "Modify", THIS_GROUP), .run = groups_assign_computers, JSON_BODY(computers_body), ANSWERED(task_answers),
      .summary = "Put computers in this group (moves them out of any other)" },
    { WRITES(METHOD_POST, "Groups/{id}/AssignComputersByCsv", "Groups", "Groups_AssignComputersByCsv"), PERMITS_PATH("Group", "Modify", THIS_GROUP), .prepare = groups_assign_csv_prepare, .run = groups_assign_csv, FORM(csv_form, CSV_FORM_BYTES_MAX), ANSWERED(csv_answers),
      .summary = "Put the computers listed in a CSV file in this group" },
    { WRITES(METHOD_POST, "Policies/{id}/Upload", "Policies", "Policies_Upload"), PERMITS_PATH("Policy", "Modify", "SELECT id FROM policy WHERE id = $1"), .prepare = policies_upload_prepare, .run = policies_upload, FORM(upload_form, POLICY_FORM_BYTES_MAX), ANSWERED(upload_answers),
      .summary = "Store a new revision" },
};
/* clang-format on */

const size_t assignments_route_count = COUNT_OF(assignments_routes);

const struct task_action *const assignments_task_actions[] = {
    &assign_revision_action, &auto_assign_action,        &upload_action,
    &clear_policy_action,    &delete_group_action,       &assign_computers_action,
    &assign_csv_action,      &unassign_computers_action,
};
const size_t assignments_task_action_count = COUNT_OF(assignments_task_actions);
