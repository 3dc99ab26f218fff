#include "model/changes.h"
#include "resource/global_roles/global_roles.h"
#include "resource/global_roles/global_roles_ops.h"
#include "resource/roles/roles.h"

#define USERS "(SELECT COUNT(DISTINCT g.user_id) FROM user_grant g WHERE g.role_id = r.id)"

/* clang-format off */
#define COMMON \
    { .json = "id", .type = FIELD_UUID, .flags = FIELD_REQUIRED, .column = "r.id", .sort = "r.id", .sort_is_text = true, .summary = "Role id" }, \
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .column = "r.name", .sort = "r.name_key", .sort_is_text = true, .summary = "Name, e.g. Administrator" }, \
    { .json = "description", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "r.description", .sort = "COALESCE(r.description, '')", .sort_is_text = true, .summary = "Description" }, \
    { .json = "builtIn", .type = FIELD_BOOL, .column = "r.built_in", .sort = "r.built_in", .summary = "true = built-in, false = custom" }, \
    { .json = "created", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "r.created", .sort = "r.created", .summary = "Made on" }, \
    { .json = "lastModified", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "r.last_modified", .summary = "Changed on" }, \
    { .json = "numberOfUsers", .type = FIELD_INT, .column = USERS, .summary = "Users that hold it" }, \
    { .json = "allowPermissions", .type = FIELD_ARRAY, .column = "r.allow_permissions", .shape = &role_permission_shape, .summary = "Granted" }

static const struct field row_fields[] = { COMMON };
static const struct field detail_fields[] = {
    COMMON,
    { .json = "denyPermissions", .type = FIELD_ARRAY, .column = "r.deny_permissions", .shape = &role_permission_shape, .summary = "Denied; wins over a grant" },
};
static const struct shape row = {
    .name = "GlobalRoleListItem", .summary = "Row of the list", .fields = row_fields, .count = COUNT_OF(row_fields), .times = TIME_ZONED,
};
const struct shape global_role_detail = {
    .name = "GlobalRoleDetail", .summary = "One global role", .fields = detail_fields, .count = COUNT_OF(detail_fields), .times = TIME_ZONED,
};

static const struct filter filters[] = {
    { .name = "Id", .kind = FILTER_UUID, .column = "r.id", .base_table_only = true, .summary = "Id of the role" },
    { .name = "Name", .kind = FILTER_CONTAINS, .column = "r.name", .base_table_only = true, .summary = "Part of the name" },
    { .name = "Description", .kind = FILTER_CONTAINS, .column = "r.description", .base_table_only = true, .summary = "Part of the description" },
    { .name = "BuiltIn", .kind = FILTER_BOOL, .column = "r.built_in", .base_table_only = true, .summary = "Only built-in roles, or only custom ones" },
};
/* clang-format on */

static const struct changes row_changes = CHANGES_OF("5");
const struct resource global_roles_resource = {
    .name = "GlobalRoles",
    .noun = "global role",
    .from = "role r",
    .where = "r.is_global = 1",
    .key = "r.id",
    .row = &row,
    .detail = &global_role_detail,
    .filters = filters,
    .filter_count = COUNT_OF(filters),
    .default_sort = "name",
    .count_from = "role r",
    .changes = &row_changes,
    .schema_page = "GlobalRolePagedResponse",
};
