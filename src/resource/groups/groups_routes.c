#include "model/answers.h"
#include "resource/groups/groups.h"
#include "resource/groups/groups_ops.h"

enum { NAME_CHARACTERS_MAX = 256, DESCRIPTION_CHARACTERS_MAX = 1024 };

/* clang-format off */
static const char *const default_aliases[] = { "isDefault", NULL };

static const struct field create_fields[] = {
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_TRIMMED, .min = 1, .max = NAME_CHARACTERS_MAX, .summary = "Name, unique in any letter case" },
    { .json = "description", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = DESCRIPTION_CHARACTERS_MAX, .summary = "Description" },
    { .json = "default", .type = FIELD_BOOL, .aliases = default_aliases, .summary = "Make it the default group" },
};
static const struct shape create_body = {
    .name = "CreateGroupRequest", .summary = "A new group", .fields = create_fields, .count = COUNT_OF(create_fields),
};

static const struct field modify_fields[] = {
    { .json = "id", .type = FIELD_UUID, .flags = FIELD_REQUIRED, .summary = "Group to change" },
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .min = 1, .max = NAME_CHARACTERS_MAX, .summary = "New name; left out: stays" },
    { .json = "description", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = DESCRIPTION_CHARACTERS_MAX, .summary = "New description; null clears it, left out: stays" },
};
static const struct shape modify_body = {
    .name = "ModifyGroupRequest", .summary = "Changes of a group", .fields = modify_fields, .count = COUNT_OF(modify_fields),
};
static const struct shape modify_one_body = {
    .name = "ModifyGroupByIdRequest", .summary = "Changes of the group in the path", .fields = modify_fields + 1, .count = COUNT_OF(modify_fields) - 1,
};

static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_PAGE, NULL, NULL, "One page"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer create_answers[] = {
    ANSWER_CREATED("Created; the body is its id"), ANSWER_ROW(200, ANSWER_UUID, NULL, NULL, "Same body, older behaviour"),
    ANSWER_400, ANSWER_409, ANSWERS_ALWAYS,
};
static const struct answer modify_answers[] = { ANSWER_DONE("Changed"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &group_detail_shape, NULL, "The group"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer default_answers[] = { ANSWER_DONE("Done; the former default loses the mark"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };

static const char *const mark_default_aliases[] = {
    "Groups/{id}/Default", "Groups/{id}/MarkAsDefault", "Groups/{id}/MarkDefault", "Groups/{id}/SetDefault", NULL,
};

#define ROUTE_ROW(row_method, row_path, row_id, row_level, row_work) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "Groups", .area = AREA_MANAGEMENT, .level = row_level, .work = row_work
#define THIS_GROUP "SELECT id FROM computer_group WHERE id = $1"
#define ANSWERED(rows) .answers = rows, .answer_count = COUNT_OF(rows)

const struct route groups_routes[] = {
    { ROUTE_ROW(METHOD_GET, "Groups", "Groups_List", LEVEL_READ, WORK_LIST), PERMITS_ROWS("Group", "Query"), .run = op_list, .resource = &groups_resource, ANSWERED(list_answers),
      .summary = "List groups, paged, sorted, filtered" },
    { ROUTE_ROW(METHOD_POST, "Groups", "Groups_Create", LEVEL_FULL, WORK_WRITE), PERMITS("Group", "Create"), .run = groups_create, .body_kind = BODY_JSON, .body = &create_body, ANSWERED(create_answers),
      .summary = "Create a group" },
    { ROUTE_ROW(METHOD_PUT, "Groups", "Groups_Modify", LEVEL_FULL, WORK_WRITE), PERMITS_ROWS("Group", "Modify"), .run = groups_modify, .body_kind = BODY_JSON, .body = &modify_body, ANSWERED(modify_answers),
      .summary = "Change name and description (id in the body)" },
    { ROUTE_ROW(METHOD_GET, "Groups/{id}", "Groups_Get", LEVEL_READ, WORK_INLINE), PERMITS_ROWS("Group", "Query"), .run = op_get, .resource = &groups_resource, .answer = &group_detail_shape, ANSWERED(get_answers),
      .summary = "Read one group" },
    { ROUTE_ROW(METHOD_PUT, "Groups/{id}", "Groups_ModifyById", LEVEL_FULL, WORK_WRITE), PERMITS_PATH("Group", "Modify", THIS_GROUP), .run = groups_modify, .body_kind = BODY_JSON, .body = &modify_one_body, ANSWERED(modify_answers),
      .extension = true, .summary = "Change name and description (id in the path)" },
    { ROUTE_ROW(METHOD_PATCH, "Groups/{id}", "Groups_MarkDefault", LEVEL_FULL, WORK_WRITE), PERMITS("Group", "Modify"), .run = groups_mark_default, .aliases = mark_default_aliases, ANSWERED(default_answers),
      .summary = "Make this the default group" },
};
/* clang-format on */

const size_t groups_route_count = COUNT_OF(groups_routes);
