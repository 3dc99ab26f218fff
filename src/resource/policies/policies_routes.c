#include "model/answers.h"
#include "resource/policies/policies.h"
#include "resource/policies/policies_ops.h"

enum { NAME_CHARACTERS_MAX = 255, DESCRIPTION_CHARACTERS_MAX = 1024 };

/* clang-format off */
static const struct field create_fields[] = {
    { .json = "Name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_TRIMMED, .min = 1, .max = NAME_CHARACTERS_MAX, .summary = "Policy name, unique in any letter case" },
    { .json = "Description", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = DESCRIPTION_CHARACTERS_MAX, .summary = "Text" },
    { .json = "PolicyFile", .type = FIELD_FILE, .flags = FIELD_REQUIRED, .summary = "Policy XML" },
};
static const struct shape create_form = {
    .name = "CreatePolicyRequest", .summary = "Form of a new policy", .fields = create_fields, .count = COUNT_OF(create_fields),
};

static const struct field modify_fields[] = {
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_TRIMMED, .min = 1, .max = NAME_CHARACTERS_MAX, .summary = "New name" },
    { .json = "description", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = DESCRIPTION_CHARACTERS_MAX, .summary = "New text; null clears it, left out: stays" },
};
static const struct shape modify_body = {
    .name = "ModifyPolicyRequest", .summary = "Policy properties", .fields = modify_fields, .count = COUNT_OF(modify_fields),
};

static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_PAGE, NULL, NULL, "One page"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer create_answers[] = {
    ANSWER_CREATED("Created; the body is the policy id"), ANSWER_400, ANSWER_409, ANSWER_413, ANSWER_415, ANSWERS_ALWAYS,
};
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &policy_detail_shape, NULL, "The policy"), ANSWER_404, ANSWERS_ALWAYS };
static const struct answer modify_answers[] = { ANSWER_DONE("Changed"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS };
static const struct answer discard_answers[] = { ANSWER_DONE("Dropped, or there was none"), ANSWER_404, ANSWERS_ALWAYS };
static const struct answer delete_answers[] = { ANSWER_DONE("Deleted"), ANSWER_404, ANSWER_409, ANSWERS_ALWAYS };
static const struct answer content_answers[] = {
    { 200, ANSWER_FILE, NULL, "application/xml", "Content-Disposition ETag", "The policy file, as uploaded" },
    ANSWER_ROW(304, ANSWER_EMPTY, NULL, "ETag", "The same as If-None-Match names"), ANSWER_404, ANSWERS_ALWAYS,
};
static const struct answer revisions_answers[] = { ANSWER_ROW(200, ANSWER_ARRAY, &policy_revision_shape, NULL, "Newest first"), ANSWER_404, ANSWERS_ALWAYS };
static const struct answer groups_answers[] = { ANSWER_ROW(200, ANSWER_ARRAY, &policy_assigned_group_shape, NULL, "By name"), ANSWER_404, ANSWERS_ALWAYS };

#define ROUTE_ROW(row_method, row_path, row_id, row_level, row_work) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "Policies", .area = AREA_MANAGEMENT, .level = row_level, .work = row_work
#define THIS_POLICY "SELECT id FROM policy WHERE id = $1"
#define ANSWERED(rows) .answers = rows, .answer_count = COUNT_OF(rows)

const struct route policies_routes[] = {
    { ROUTE_ROW(METHOD_GET, "Policies", "Policies_List", LEVEL_READ, WORK_LIST), PERMITS_ROWS("Policy", "Query"), .run = op_list, .resource = &policies_resource, ANSWERED(list_answers),
      .summary = "List policies, paged, sorted, filtered" },
    { ROUTE_ROW(METHOD_POST, "Policies", "Policies_Create", LEVEL_FULL, WORK_WRITE), PERMITS("Policy", "Create"), .prepare = policies_create_prepare, .run = policies_create, .body_kind = BODY_FORM, .body = &create_form, .body_bytes_max = POLICY_FORM_BYTES_MAX, ANSWERED(create_answers),
      .summary = "Create a policy from a file" },
    { ROUTE_ROW(METHOD_GET, "Policies/{id}", "Policies_Get", LEVEL_READ, WORK_INLINE), PERMITS_ROWS("Policy", "Query"), .run = op_get, .resource = &policies_resource, .answer = &policy_detail_shape, ANSWERED(get_answers),
      .summary = "Read a policy" },
    { ROUTE_ROW(METHOD_PUT, "Policies/{id}", "Policies_Modify", LEVEL_FULL, WORK_WRITE), PERMITS_PATH("Policy", "Modify", THIS_POLICY), .run = policies_modify, .body_kind = BODY_JSON, .body = &modify_body, ANSWERED(modify_answers),
      .summary = "Change name and description" },
    { ROUTE_ROW(METHOD_PATCH, "Policies/{id}", "Policies_Discard", LEVEL_FULL, WORK_WRITE), PERMITS_PATH("Policy", "Modify", THIS_POLICY), .run = policies_discard, ANSWERED(discard_answers),
      .summary = "Drop the open draft; stored revisions stay" },
    { ROUTE_ROW(METHOD_DELETE, "Policies/{id}", "Policies_Delete", LEVEL_FULL, WORK_WRITE), PERMITS_PATH("Policy", "Delete", THIS_POLICY), .run = policies_delete, ANSWERED(delete_answers),
      .summary = "Delete a policy and its revisions" },
    { ROUTE_ROW(METHOD_GET, "Policies/{id}/Content", "Policies_DownloadLatest", LEVEL_READ, WORK_SLOW), PERMITS_PATH("Policy", "Query", THIS_POLICY), .run = policies_content, ANSWERED(content_answers),
      .summary = "Download the newest revision" },
    { ROUTE_ROW(METHOD_GET, "Policies/{id}/Revisions", "Policies_Revisions", LEVEL_READ, WORK_SLOW), PERMITS_PATH("Policy", "Query", THIS_POLICY), .run = op_array, .resource = &policy_revisions_resource, ANSWERED(revisions_answers),
      .summary = "List the revisions" },
    { ROUTE_ROW(METHOD_GET, "Policies/{id}/AssignedGroups", "Policies_AssignedGroups", LEVEL_READ, WORK_SLOW), PERMITS_PATH("Policy", "Query", THIS_POLICY), .run = op_array, .resource = &policy_groups_resource, ANSWERED(groups_answers),
      .summary = "List the groups that have it" },
    { ROUTE_ROW(METHOD_GET, "Policies/PolicyRevision/{policyRevisionId}/Content", "Policies_DownloadRevision", LEVEL_READ, WORK_SLOW), PERMITS_PATH("Policy", "Query", "SELECT policy_id FROM policy_revision WHERE id = $1"), .run = policies_revision_content, ANSWERED(content_answers),
      .summary = "Download one revision" },
};
/* clang-format on */

const size_t policies_route_count = COUNT_OF(policies_routes);
