#include "model/answers.h"
#include "resource/users/users.h"
#include "resource/users/users_parts.h"

enum { ROLE_IDS_MAX = 1000, ROLE_RESOURCES_MAX = 10000 };

/* clang-format off */
#define EMAIL { .json = "emailAddress", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .max = EMAIL_CHARACTERS_MAX, .summary = "E-mail; its domain must be an accepted one" }
#define PREFERENCES \
    { .json = "olsonTimeZoneId", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .max = PREFERENCE_CHARACTERS_MAX, .summary = "IANA zone, e.g. Europe/London" }, \
    { .json = "dateTimeDisplayFormat", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .max = PREFERENCE_CHARACTERS_MAX, .summary = "e.g. DD/MM/YYYY HH:mm:ss" }, \
    { .json = "language", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .max = PREFERENCE_CHARACTERS_MAX, .summary = "ISO 639-1 code, e.g. en or en-GB" }
#define ROLE_IDS(name, in_versions, text) { .json = name, .type = FIELD_ARRAY, .items = FIELD_UUID, .flags = FIELD_NULLABLE, .versions = in_versions, .max = ROLE_IDS_MAX, .summary = text }
#define SWITCH(name, in_versions, text)   { .json = name, .type = FIELD_BOOL, .versions = in_versions, .summary = text }
/* `in_v2` and `in_v3`: where the members of each version are. */
#define RIGHTS(since_v2, since_v3) \
    { .json = "roleResource", .type = FIELD_ARRAY, .flags = FIELD_NULLABLE, .versions = API_V23, .shape = &user_role_resource_shape, .max = ROLE_RESOURCES_MAX, .summary = "Roles by resource" }, \
    SWITCH("admin", since_v2, "Administrator of everything; the other members are ignored then"), \
    SWITCH("allGroups", since_v2, "Full permissions on all groups, unless groupRoles names roles"), \
    ROLE_IDS("groupRoles", since_v2, "Roles held on all groups"), \
    SWITCH("allPolicies", since_v2, "Full permissions on all policies, unless policyRoles names roles"), \
    ROLE_IDS("policyRoles", since_v2, "Roles held on all policies"), \
    ROLE_IDS("globalRolesIds", since_v3, "Global roles")

static const struct field create_fields[] = {
    EMAIL, PREFERENCES,
    { .json = "enabled", .type = FIELD_BOOL, .summary = "May sign in; left out: true" },
    { .json = "roleId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .versions = API_V1, .summary = "Role" },
    RIGHTS(API_V23, API_V3),
};
static const struct field modify_fields[] = { EMAIL, PREFERENCES };
static const struct field preference_fields[] = { PREFERENCES };
static const struct field role_fields[] = {
    { .json = "roleId", .type = FIELD_UUID, .flags = FIELD_REQUIRED, .summary = "Role" },
};
/* v3 has left the switches to the global roles; they are taken there all the same. */
static const struct field roles_fields[] = { RIGHTS(API_V23, API_V3) };

#define BODY(variable, schema, text, rows) static const struct shape variable = { .name = schema, .summary = text, .fields = rows, .count = COUNT_OF(rows) }
BODY(create_body, "CreateUserRequest", "New user", create_fields);
BODY(modify_body, "ModifyUserRequest", "User properties; what is left out stays", modify_fields);
BODY(preferences_body, "ModifyUserPreferencesRequest", "Display preferences; what is left out stays", preference_fields);
BODY(role_body, "AssignUserToRoleRequest", "Role for a user, in place of what he has", role_fields);
BODY(roles_body, "AssignUserToRolesRequest", "Roles for a user; lists that are left out stay", roles_fields);

static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_PAGE, NULL, NULL, "One page"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &user_detail, NULL, "The user"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer create_answers[] = { ANSWER_CREATED("Created; the body is the user id"), ANSWER_400, ANSWER_409, ANSWER_415, ANSWERS_ALWAYS };
static const struct answer change_answers[] = { ANSWER_DONE("Changed"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWER_415, ANSWERS_ALWAYS };
static const struct answer state_answers[] = { ANSWER_DONE("Done"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS };
static const struct answer explain_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &permission_explanation_shape, NULL, "The decision and the rule"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };

static const struct parameter explain_parameters[] = {
    { .name = "resource", .in = "query", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .summary = "Resource of the permission, e.g. Group" },
    { .name = "action", .in = "query", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .summary = "Action of the permission, e.g. Modify" },
    { .name = "objectId", .in = "query", .type = FIELD_UUID, .summary = "Group, policy or computer it would be done to" },
};

#define ROUTE_ROW(row_method, row_path, row_id, row_level, row_work, row_run, rows, row_summary) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "Users", .area = AREA_MANAGEMENT, .level = row_level, .work = row_work, \
    .run = row_run, .answers = rows, .answer_count = COUNT_OF(rows), .summary = row_summary
#define JSON(shape_of) .body_kind = BODY_JSON, .body = &(shape_of)
#define SEES           PERMITS_ROWS("User", "Query"), .resource = &users_resource
#define CHANGES        PERMITS("User", "Modify")

const struct route users_routes[] = {
    { ROUTE_ROW(METHOD_GET, "Users", "Users_List", LEVEL_READ, WORK_LIST, op_list, list_answers, "List users, paged, sorted, filtered"), SEES },
    { ROUTE_ROW(METHOD_POST, "Users", "Users_Create", LEVEL_FULL, WORK_WRITE, users_create, create_answers, "Create a user and invite them"), PERMITS("User", "Create"), JSON(create_body) },
    { ROUTE_ROW(METHOD_GET, "Users/{id}", "Users_Get", LEVEL_READ, WORK_INLINE, op_get, get_answers, "Read a user"), SEES },
    { ROUTE_ROW(METHOD_PUT, "Users/{id}", "Users_Modify", LEVEL_FULL, WORK_WRITE, users_modify, change_answers, "Change a user"), CHANGES, JSON(modify_body) },
    { ROUTE_ROW(METHOD_POST, "Users/{id}/AssignRole", "Users_AssignRole", LEVEL_FULL, WORK_WRITE, users_assign_roles, change_answers, "Give a user one role"),
      PERMITS("User", "AssignRole"), JSON(role_body), .versions = API_V1 },
    { ROUTE_ROW(METHOD_POST, "Users/{id}/AssignRoles", "Users_AssignRoles", LEVEL_FULL, WORK_WRITE, users_assign_roles, change_answers, "Set the roles of a user"),
      PERMITS("User", "AssignRole"), JSON(roles_body), .versions = API_V23 },
    { ROUTE_ROW(METHOD_PATCH, "Users/{id}/Disable", "Users_Disable", LEVEL_FULL, WORK_WRITE, users_disable, state_answers, "Disable a user"), CHANGES },
    { ROUTE_ROW(METHOD_PATCH, "Users/{id}/Enable", "Users_Enable", LEVEL_FULL, WORK_WRITE, users_enable, state_answers, "Enable a user"), CHANGES },
    { ROUTE_ROW(METHOD_PUT, "Users/{id}/ModifyUserPreferences", "Users_ModifyPreferences", LEVEL_FULL, WORK_WRITE, users_preferences, change_answers, "Change display preferences"),
      PERMITS_ROWS("UserPreferences", "Modify"), JSON(preferences_body) },
    { ROUTE_ROW(METHOD_PATCH, "Users/{id}/ResendInvite", "Users_ResendInvite", LEVEL_FULL, WORK_WRITE, users_resend_invite, state_answers, "Send the invitation again"), CHANGES },
    { ROUTE_ROW(METHOD_GET, "Users/{id}/Permissions/Explain", "Users_ExplainPermission", LEVEL_READ, WORK_INLINE, users_explain, explain_answers, "Say whether a user or API account may do something, and by which rule"),
      .extension = true, PERMITS_ROWS("User", "Query"), .versions = API_V3, .parameters = explain_parameters, .parameter_count = COUNT_OF(explain_parameters) },
};
/* clang-format on */
const size_t users_route_count = COUNT_OF(users_routes);
