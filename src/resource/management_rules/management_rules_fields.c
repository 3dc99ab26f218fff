#include "model/answers.h"
#include "resource/computers/computers.h"
#include "resource/management_rules/management_rules_parts.h"

enum { NAME_CHARACTERS_MAX = 255, HOST_CHARACTERS_MAX = 255, POSITION_MAX = 1000000 };

static const char *const action_values[] = { "Archive", "Delete", "Purge" };
const struct names rule_action_names = { "ManagementRuleAction", action_values,
                                         COUNT_OF(action_values) };

/* clang-format off */
static const struct field row_fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "r.id", .summary = "Id" },
    { .json = "name", .type = FIELD_TEXT, .column = "r.name", .max = NAME_CHARACTERS_MAX, .summary = "Name" },
    { .json = "action", .type = FIELD_ENUM, .names = &rule_action_names, .column = "r.action", .summary = "What is done with the computers" },
    { .json = "enabled", .type = FIELD_BOOL, .column = "r.enabled", .summary = "Rules that are not enabled do nothing" },
    { .json = "days", .type = FIELD_INT, .column = "r.days", .summary = "Days disconnected (Archive), archived (Delete) or deleted (Purge) before the rule applies" },
    { .json = "groupId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .column = "r.group_id", .summary = "Only computers of this group" },
    { .json = "hostType", .type = FIELD_ENUM, .flags = FIELD_NULLABLE, .names = &computer_host_type_names, .column = "r.host_type", .summary = "Only this kind of computer" },
    { .json = "host", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "r.host", .max = HOST_CHARACTERS_MAX, .summary = "Only computers with this text in their name, in any letter case" },
    { .json = "position", .type = FIELD_INT, .column = "r.position", .summary = "Rules run from the lowest position to the highest" },
    { .json = "system", .type = FIELD_BOOL, .column = "r.is_system", .summary = "Only its days can be changed, and it can't be deleted" },
};
const struct shape management_rule_row = {
    .name = "ManagementRuleModel", .summary = "What becomes of computers by itself", .fields = row_fields, .count = COUNT_OF(row_fields), .times = TIME_ZONED,
};
const struct resource management_rules_resource = {
    .name = "ManagementRules", .noun = "management rule", .from = "management_rule r", .key = "r.id",
    .row = &management_rule_row, .order = "r.position, r.id",
};

#define SETTABLE \
    { .json = "enabled", .type = FIELD_BOOL, .summary = "Left out of a new rule: true" }, \
    { .json = "groupId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Only computers of this group; null: of any" }, \
    { .json = "hostType", .type = FIELD_ENUM, .flags = FIELD_NULLABLE, .names = &computer_host_type_names, .summary = "Only this kind of computer; null: any" }, \
    { .json = "host", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .max = HOST_CHARACTERS_MAX, .summary = "Part of the computer's name; null: any" }, \
    { .json = "position", .type = FIELD_INT, .min = 0, .max = POSITION_MAX, .summary = "Place in the order; left out of a new rule: the last" }

static const struct field create_fields[] = {
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_TRIMMED, .min = 1, .max = NAME_CHARACTERS_MAX, .summary = "Name, unique in any letter case" },
    { .json = "action", .type = FIELD_ENUM, .flags = FIELD_REQUIRED, .names = &rule_action_names, .summary = "Archive or Delete" },
    { .json = "days", .type = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1, .max = RULE_DAYS_MAX, .summary = "Days before the rule applies" },
    SETTABLE,
};
static const struct field modify_fields[] = {
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_TRIMMED, .min = 1, .max = NAME_CHARACTERS_MAX, .summary = "New name; left out: stays" },
    { .json = "days", .type = FIELD_INT, .min = 1, .max = RULE_DAYS_MAX, .summary = "New number of days; left out: stays" },
    SETTABLE,
};
static const struct shape create_body = {
    .name = "CreateManagementRuleRequest", .summary = "A new rule", .fields = create_fields, .count = COUNT_OF(create_fields),
};
static const struct shape modify_body = {
    .name = "ModifyManagementRuleRequest", .summary = "Changes of a rule; what is left out stays", .fields = modify_fields, .count = COUNT_OF(modify_fields),
};

static const struct answer list_answers[] = { { 200, ANSWER_ARRAY, &management_rule_row, NULL, NULL, "All rules in their order" }, ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &management_rule_row, NULL, "The rule"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer create_answers[] = { ANSWER_CREATED("Created; the body is its id"), ANSWER_400, ANSWER_409, ANSWERS_ALWAYS };
static const struct answer change_answers[] = { ANSWER_DONE("Done"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS };

#define ROUTE_ROW(row_method, row_path, row_id, row_level, row_work) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "ManagementRules", .extension = true, .versions = API_V3, .area = AREA_MANAGEMENT, .level = row_level, .work = row_work
#define ANSWERED(rows) .answers = rows, .answer_count = COUNT_OF(rows)

const struct route management_rules_routes[] = {
    { ROUTE_ROW(METHOD_GET, "ManagementRules", "ManagementRules_List", LEVEL_READ, WORK_INLINE), PERMITS("ComputerSettings", "Query"), .run = op_array, .resource = &management_rules_resource, ANSWERED(list_answers),
      .summary = "List the rules by which computers are archived, deleted and purged" },
    { ROUTE_ROW(METHOD_POST, "ManagementRules", "ManagementRules_Create", LEVEL_FULL, WORK_WRITE), PERMITS("ComputerSettings", "Modify"), .run = management_rules_create, .body_kind = BODY_JSON, .body = &create_body, ANSWERED(create_answers),
      .summary = "Create a rule" },
    { ROUTE_ROW(METHOD_GET, "ManagementRules/{id}", "ManagementRules_Get", LEVEL_READ, WORK_INLINE), PERMITS("ComputerSettings", "Query"), .run = op_get, .resource = &management_rules_resource, .answer = &management_rule_row, ANSWERED(get_answers),
      .summary = "Read one rule" },
    { ROUTE_ROW(METHOD_PUT, "ManagementRules/{id}", "ManagementRules_Modify", LEVEL_FULL, WORK_WRITE), PERMITS("ComputerSettings", "Modify"), .run = management_rules_modify, .body_kind = BODY_JSON, .body = &modify_body, ANSWERED(change_answers),
      .summary = "Change a rule" },
    { ROUTE_ROW(METHOD_DELETE, "ManagementRules/{id}", "ManagementRules_Delete", LEVEL_FULL, WORK_WRITE), PERMITS("ComputerSettings", "Modify"), .run = management_rules_remove, ANSWERED(change_answers),
      .summary = "Delete a rule" },
};
/* clang-format on */

const size_t management_rules_route_count = COUNT_OF(management_rules_routes);
