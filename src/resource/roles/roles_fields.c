#include "resource/roles/roles.h"
#include "resource/roles/roles_ops.h"

/* clang-format off */
static const struct field permission_fields[] = {
    { .json = "resource", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 64, .summary = "What it is about, e.g. Group" },
    { .json = "action", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 64, .summary = "What may be done, e.g. Query" },
};
const struct shape role_permission_shape = {
    .name = "RolePermission", .summary = "One permission", .fields = permission_fields, .count = COUNT_OF(permission_fields),
};

static const struct field fields[] = {
    { .json = "id", .type = FIELD_UUID, .flags = FIELD_REQUIRED, .column = "r.id", .summary = "Role id" },
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .column = "r.name", .summary = "Name" },
    { .json = "allowPermissions", .type = FIELD_ARRAY, .flags = FIELD_REQUIRED, .column = "r.allow_permissions", .shape = &role_permission_shape, .summary = "Granted" },
    { .json = "denyPermissions", .type = FIELD_ARRAY, .flags = FIELD_REQUIRED, .column = "r.deny_permissions", .shape = &role_permission_shape, .summary = "Denied; wins over a grant" },
};
const struct shape role_row_shape = {
    .name = "RoleListItem", .summary = "Role; the list carries the permissions, too", .fields = fields, .count = COUNT_OF(fields),
};
const struct shape role_detail_shape = {
    .name = "RoleDetail", .summary = "Role", .fields = fields, .count = COUNT_OF(fields),
};
/* clang-format on */

const struct resource roles_resource = {
    .name = "Roles",
    .noun = "role",
    .from = "role r",
    .where = "r.is_fine = 1",
    .key = "r.id",
    .row = &role_row_shape,
    .detail = &role_detail_shape,
    .order = "r.name_key, r.id",
};
