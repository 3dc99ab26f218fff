#include "model/changes.h"
#include "resource/users/users.h"
#include "resource/users/users_parts.h"

/* What a user holds is rows of user_grant; answers show them as JSON texts that the statement puts together. */
#define GRANTS      "FROM user_grant g JOIN role r ON r.id = g.role_id WHERE g.user_id = u.id"
#define ARRAY(rows) "'[' || COALESCE((SELECT reeve_list(x.item) FROM (" rows ") x), '') || ']'"
#define IDS(which)                                                         \
    ARRAY("SELECT '\"' || g.role_id || '\"' AS item " GRANTS " AND " which \
          " ORDER BY r.position, r.id")
#define HAS(which) "CASE WHEN EXISTS (SELECT 1 " GRANTS " AND " which ") THEN 1 ELSE 0 END"
/* The Administrator on everything, on all groups or on all policies is a switch, not a role of the lists. */
#define IS_ADMINISTRATOR "r.built_in = 1 AND r.name = 'Administrator'"
#define OBJECT_ID        "COALESCE('\"' || g.group_id || '\"', '\"' || g.policy_id || '\"', 'null')"
#define OBJECT_TYPE \
    "CASE WHEN g.scope IN (1, 3) THEN '\"Group\"' WHEN g.scope IN (2, 4) THEN '\"Policy\"' ELSE 'null' END"
#define ROLES                                                                                                      \
    ARRAY(                                                                                                         \
        "SELECT '{\"id\":\"' || g.role_id || '\",\"name\":' || r.name_json || ',\"resourceId\":' || " OBJECT_ID    \
        " || ',\"resourceType\":' || " OBJECT_TYPE                                                                 \
        " || ',\"type\":' || CASE r.is_global WHEN 1 THEN '\"Global\"' ELSE '\"Role\"' END || '}' AS item " GRANTS \
        " ORDER BY g.scope, r.position, r.id, " OBJECT_ID)
/* Roles by object; those without one are on everything but in no list of global roles. */
#define ROLE_RESOURCE                                                                                 \
    ARRAY(                                                                                            \
        "SELECT '{\"resourceId\":' || y.object || ',\"resourceType\":' || y.kind || ',\"roleIds\":['" \
        " || reeve_list(y.id) || '],\"roleId\":' || MIN(y.id) || '}' AS item"                         \
        " FROM (SELECT " OBJECT_ID " AS object, " OBJECT_TYPE                                         \
        " AS kind, '\"' || g.role_id || '\"' AS id " GRANTS                                           \
        " AND (g.scope > 2 OR (g.scope = 0 AND r.is_global = 0)) ORDER BY r.position, r.id) y"        \
        " GROUP BY y.object, y.kind ORDER BY y.kind, y.object")
/* The broadest one; whoever is Administrator of all groups is no Administrator. */
#define MAIN_ROLE(column)                                                                  \
    "(SELECT r." column " " GRANTS " ORDER BY CASE WHEN g.scope > 0 AND " IS_ADMINISTRATOR \
    " THEN 9 ELSE g.scope END, r.position, r.id LIMIT 1)"

/* clang-format off */
static const struct field role_fields[] = {
    { .json = "id", .type = FIELD_UUID, .summary = "Role id" },
    { .json = "name", .type = FIELD_TEXT, .summary = "Role name" },
    { .json = "resourceId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Resource the role is limited to" },
    { .json = "resourceType", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Kind of that resource: Group, Policy, or null for everything" },
    { .json = "type", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Global, or Role for a fine-grained one" },
};
static const struct shape role_shape = {
    .name = "UserRoleModel", .summary = "Role of a user", .fields = role_fields, .count = COUNT_OF(role_fields),
};

static const char *const resource_types[] = { "Group", "Policy" };
static const struct names resource_type_names = { "RoleResourceType", resource_types, COUNT_OF(resource_types) };
static const struct field role_resource_fields[] = {
    { .json = "resourceId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Group or policy; null: all of the type, or everything" },
    { .json = "resourceType", .type = FIELD_ENUM, .flags = FIELD_NULLABLE, .names = &resource_type_names, .summary = "Group or Policy; may be left out when resourceId says it" },
    { .json = "roleIds", .type = FIELD_ARRAY, .items = FIELD_UUID, .flags = FIELD_NULLABLE, .max = 100, .summary = "Roles on it" },
    { .json = "roleId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Accepted as a single role; in answers the first one" },
};
const struct shape user_role_resource_shape = {
    .name = "RoleResourceModel", .summary = "Roles on one resource", .fields = role_resource_fields, .count = COUNT_OF(role_resource_fields),
};

#define TEXT(name, sql, sorted, text) { .json = name, .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = sql, .sort = sorted, .sort_is_text = true, .summary = text }
#define COMMON \
    { .json = "id", .type = FIELD_UUID, .column = "u.id", .summary = "User id" }, \
    { .json = "accountName", .type = FIELD_TEXT, .column = "u.email", .sort = "u.email_key", .sort_is_text = true, .summary = "Sign-in name, the e-mail" }, \
    { .json = "emailAddress", .type = FIELD_TEXT, .column = "u.email", .sort = "u.email_key", .sort_is_text = true, .max = EMAIL_CHARACTERS_MAX, .summary = "E-mail" }, \
    { .json = "created", .type = FIELD_TIME, .column = "u.created", .sort = "u.created", .summary = "When created" }, \
    { .json = "lastSignedIn", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "u.last_signed_in", .sort = "COALESCE(u.last_signed_in, 0)", .summary = "Last sign-in, null before the first" }, \
    { .json = "disabled", .type = FIELD_BOOL, .column = "u.disabled", .sort = "u.disabled", .summary = "May not sign in" }, \
    { .json = "roles", .type = FIELD_ARRAY, .flags = FIELD_NULLABLE, .column = ROLES, .shape = &role_shape, .summary = "Roles" }, \
    TEXT("roleName", MAIN_ROLE("name"), "COALESCE(" MAIN_ROLE("name_key") ", '')", "Name of the main role"), \
    TEXT("olsonTimeZoneId", "u.time_zone", "COALESCE(u.time_zone, '')", "IANA zone, e.g. Europe/London"), \
    { .json = "dateTimeDisplayFormat", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "u.date_format", .summary = "e.g. DD/MM/YYYY HH:mm:ss" }, \
    TEXT("language", "u.language", "COALESCE(u.language, '')", "e.g. en"), \
    { .json = "locked", .type = FIELD_BOOL, .column = "0", .summary = "A background change is running" }, \
    { .json = "errorInfo", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "u.error_info", .summary = "Why the last invitation could not be sent" }
#define ROLE_IDS(name, in_versions, which, text) \
    { .json = name, .type = FIELD_ARRAY, .items = FIELD_UUID, .flags = FIELD_NULLABLE, .versions = in_versions, .column = IDS(which), .summary = text }
#define SWITCH(name, which, text) { .json = name, .type = FIELD_BOOL, .versions = API_V23, .column = HAS(which " AND " IS_ADMINISTRATOR), .summary = text }

static const struct field row_fields[] = { COMMON };
static const struct shape row = {
    .name = "UserListItemModel", .summary = "User in a list", .fields = row_fields, .count = COUNT_OF(row_fields), .times = TIME_ZONED,
};
static const struct field detail_fields[] = {
    COMMON,
    { .json = "roleId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .versions = API_V1, .column = MAIN_ROLE("id"), .summary = "Main role" },
    SWITCH("admin", "g.scope = 0", "Administrator of everything"),
    SWITCH("allGroups", "g.scope = 1", "Full permissions on all groups"),
    ROLE_IDS("groupRoles", API_V23, "g.scope = 1 AND NOT (" IS_ADMINISTRATOR ")", "Roles held on all groups"),
    SWITCH("allPolicies", "g.scope = 2", "Full permissions on all policies"),
    ROLE_IDS("policyRoles", API_V23, "g.scope = 2 AND NOT (" IS_ADMINISTRATOR ")", "Roles held on all policies"),
    { .json = "roleResource", .type = FIELD_ARRAY, .flags = FIELD_NULLABLE, .versions = API_V23, .column = ROLE_RESOURCE, .shape = &user_role_resource_shape, .summary = "Roles by resource" },
    ROLE_IDS("globalRolesIds", API_V3, "g.scope = 0 AND r.is_global = 1", "Global roles"),
};
/* The versions differ by their fields only; the name is that of the newest. */
const struct shape user_detail = {
    .name = "UserDetailModel", .summary = "One user", .fields = detail_fields, .count = COUNT_OF(detail_fields), .times = TIME_ZONED,
};

static const struct filter filters[] = {
    { .name = "EmailAddress", .kind = FILTER_CONTAINS, .column = "u.email", .base_table_only = true, .summary = "Part of the e-mail" },
    { .name = "RoleId", .kind = FILTER_UUID_AMONG, .column = "SELECT g.role_id FROM user_grant g WHERE g.user_id = u.id", .base_table_only = true, .summary = "Role that the user holds, on whatever" },
    { .name = "LastSignedIn", .kind = FILTER_DATES, .column = "u.last_signed_in", .base_table_only = true, .summary = "Last sign-in; who never signed in matches no date" },
    { .name = "Disabled", .kind = FILTER_BOOL, .column = "u.disabled", .base_table_only = true, .summary = "Disabled or not" },
    { .name = "Language", .kind = FILTER_CONTAINS, .column = "u.language", .base_table_only = true, .summary = "Language" },
};
/* clang-format on */

static const struct changes row_changes = CHANGES_OF("4");
const struct resource users_resource = {
    .name = "Users",
    .noun = "user",
    .from = "user_account u",
    .key = "u.id",
    .object = "u.email",
    .row = &row,
    .detail = &user_detail,
    .filters = filters,
    .filter_count = COUNT_OF(filters),
    .default_sort = "created",
    .count_from = "user_account u",
    .changes = &row_changes,
    .schema_page = "UserListItemModelPagedResponse",
};
