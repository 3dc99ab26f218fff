#include "model/changes.h"
#include "resource/groups/groups.h"
#include "resource/groups/groups_ops.h"
#include "resource/policies/policies.h"

#define STATUS_INDEX                                 \
    "CASE WHEN g.policy_revision_id IS NULL THEN 2 " \
    "WHEN g.policy_revision_id = p.revision_id THEN 0 ELSE 1 END"
/* A lock lasts as long as its task. */
#define IS_LOCKED                                                                        \
    "CASE WHEN EXISTS (SELECT 1 FROM task t WHERE t.id = g.locked_by AND t.status < 2) " \
    "THEN 1 ELSE 0 END"

enum { NAME_CHARACTERS_MAX = 256, DESCRIPTION_CHARACTERS_MAX = 1024 };

/* clang-format off */
static const struct field group_fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "g.id", .sort = "g.id", .sort_is_text = true, .flags = FIELD_REQUIRED, .summary = "Group id" },
    { .json = "name", .type = FIELD_TEXT, .column = "g.name", .sort = "g.name_key", .sort_is_text = true, .flags = FIELD_REQUIRED, .max = NAME_CHARACTERS_MAX, .summary = "Name" },
    { .json = "description", .type = FIELD_TEXT, .column = "g.description", .sort = "COALESCE(g.description, '')", .sort_is_text = true, .flags = FIELD_NULLABLE, .max = DESCRIPTION_CHARACTERS_MAX, .summary = "Description" },
    { .json = "computerCount", .type = FIELD_INT, .column = "g.computer_count", .sort = "g.computer_count", .summary = "All computers in it" },
    { .json = "activeComputers", .type = FIELD_INT, .column = "g.active_count", .sort = "g.active_count", .summary = "Computers that are authorised and not deactivated" },
    { .json = "created", .type = FIELD_TIME, .column = "g.created", .sort = "g.created", .summary = "Made on" },
    { .json = "policyRevisionId", .type = FIELD_UUID, .column = "g.policy_revision_id", .flags = FIELD_NULLABLE, .summary = "Assigned revision" },
    { .json = "policyId", .type = FIELD_UUID, .column = "p.id", .flags = FIELD_NULLABLE, .summary = "Assigned policy" },
    { .json = "policyRevisionStatus", .type = FIELD_ENUM, .column = STATUS_INDEX, .sort = STATUS_INDEX, .names = &policy_revision_status_names, .summary = "OnLatestPolicy when its revision is the newest of its policy" },
    { .json = "policyName", .type = FIELD_TEXT, .column = "p.name", .sort = "COALESCE(p.name_key, '')", .sort_is_text = true, .flags = FIELD_NULLABLE, .summary = "Name of the policy" },
    { .json = "policyAssigned", .type = FIELD_TIME, .column = "g.policy_assigned", .sort = "COALESCE(g.policy_assigned, 0)", .flags = FIELD_NULLABLE, .summary = "Policy assigned on" },
    { .json = "revision", .type = FIELD_INT, .column = "r.revision", .sort = "COALESCE(r.revision, 0)", .flags = FIELD_NULLABLE, .summary = "Number of the assigned revision" },
    { .json = "default", .type = FIELD_BOOL, .column = "g.is_default", .sort = "g.is_default", .summary = "New computers without a group come into it" },
    { .json = "locked", .type = FIELD_BOOL, .column = IS_LOCKED, .summary = "A task moves its computers" },
    { .json = "errorInfo", .type = FIELD_TEXT, .column = "g.error_info", .flags = FIELD_NULLABLE, .summary = "Text of the last failed change" },
};

static const struct shape group_row = {
    .name = "GroupListItem", .summary = "Group in a list", .fields = group_fields, .count = COUNT_OF(group_fields), .times = TIME_ZONED,
};

const struct shape group_detail_shape = {
    .name = "GroupDetail", .summary = "One group", .fields = group_fields, .count = COUNT_OF(group_fields), .times = TIME_BARE,
};

static const char *const active_aliases[] = {
    "Filter.ActiveComputers", "Filter.ComputerCount.Value",
    "Filter.ActiveComputers.Mode", "Filter.ActiveComputers.Logic", "Filter.ComputerCount.Operator", NULL,
};

static const struct filter group_filters[] = {
    { .name = "GroupId", .kind = FILTER_UUID, .column = "g.id", .base_table_only = true, .summary = "Id of the group" },
    { .name = "Name", .kind = FILTER_CONTAINS, .column = "g.name", .base_table_only = true, .summary = "Part of the name" },
    { .name = "Description", .kind = FILTER_CONTAINS, .column = "g.description", .base_table_only = true, .summary = "Part of the description" },
    { .name = "PolicyName", .kind = FILTER_CONTAINS, .column = "p.name", .summary = "Part of the name of the assigned policy" },
    { .name = "PolicyRevisionStatus", .kind = FILTER_ENUM, .column = STATUS_INDEX, .names = &policy_revision_status_names, .summary = "Policy state of the group" },
    { .name = "ComputerCount", .kind = FILTER_INT, .column = "g.computer_count", .base_table_only = true, .summary = "Number of computers, exact" },
    { .name = "ActiveComputers", .kind = FILTER_NUMBER, .column = "g.active_count", .base_table_only = true, .aliases = active_aliases, .summary = "Active computers, compared with a number" },
    { .name = "Created", .kind = FILTER_DATES, .column = "g.created", .base_table_only = true, .summary = "Group created" },
    { .name = "Default", .kind = FILTER_BOOL, .column = "g.is_default", .base_table_only = true, .summary = "Only the default group, or only the others" },
};
/* clang-format on */

static const struct changes row_changes = CHANGES_OF("2");
const struct resource groups_resource = {
    .name = "Groups",
    .noun = "group",
    .from = "computer_group g LEFT JOIN policy_revision r ON r.id = g.policy_revision_id "
            "LEFT JOIN policy p ON p.id = r.policy_id",
    .key = "g.id",
    .object = "g.id",
    .row = &group_row,
    .detail = &group_detail_shape,
    .filters = group_filters,
    .filter_count = COUNT_OF(group_filters),
    .default_sort = "name",
    .count_from = "computer_group g",
    .changes = &row_changes,
    .schema_page = "GroupPagedResponse",
    .schema_filter = "GroupFilterModel",
};
