#include "access/role.h"
#include "model/answers.h"
#include "resource/global_roles/global_roles.h"
#include "resource/global_roles/global_roles_ops.h"
#include "resource/roles/roles.h"

/* clang-format off */
#define PERMISSIONS(name, text) { .json = name, .type = FIELD_ARRAY, .flags = FIELD_NULLABLE, .shape = &role_permission_shape, .max = ROLE_PERMISSIONS_MAX, .summary = text }
#define DESCRIPTION { .json = "description", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 1024, .summary = "Description" }

static const struct field create_fields[] = {
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_TRIMMED, .min = 1, .max = ROLE_NAME_CHARACTERS_MAX, .summary = "Name, unique in any letter case" },
    DESCRIPTION, PERMISSIONS("allowPermissions", "Granted"), PERMISSIONS("denyPermissions", "Denied; wins over a grant"),
};
static const struct field modify_fields[] = {
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .min = 1, .max = ROLE_NAME_CHARACTERS_MAX, .summary = "New name; left out: stays" },
    DESCRIPTION, PERMISSIONS("allowPermissions", "Granted; left out: stays"), PERMISSIONS("denyPermissions", "Denied; left out: stays"),
};
static const struct shape create_body = {
    .name = "CreateGlobalRoleRequest", .summary = "A new custom role", .fields = create_fields, .count = COUNT_OF(create_fields),
};
static const struct shape modify_body = {
    .name = "ModifyGlobalRoleRequest", .summary = "Changes of a custom role; what is left out stays", .fields = modify_fields, .count = COUNT_OF(modify_fields),
};

static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_PAGE, NULL, NULL, "One page"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &global_role_detail, NULL, "The role"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer create_answers[] = { ANSWER_CREATED("Created; the body is its id"), ANSWER_400, ANSWER_409, ANSWER_415, ANSWERS_ALWAYS };
static const struct answer change_answers[] = { ANSWER_DONE("Done"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWER_415, ANSWERS_ALWAYS };
static const struct answer delete_answers[] = { ANSWER_DONE("Done"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS };

#define ROUTE_ROW(row_method, row_path, row_id, row_versions, row_level, row_work, row_run, rows, row_summary) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "GlobalRoles", .versions = row_versions, .area = AREA_MANAGEMENT, .level = row_level, \
    .work = row_work, .run = row_run, .answers = rows, .answer_count = COUNT_OF(rows), .summary = row_summary
#define SEES    PERMITS("Role", "Query"), .resource = &global_roles_resource
#define CHANGES PERMITS("Role", "Modify")

const struct route global_roles_routes[] = {
    { ROUTE_ROW(METHOD_GET, "GlobalRoles", "GlobalRoles_List", API_V23, LEVEL_READ, WORK_LIST, op_list, list_answers, "List global roles, paged, sorted, filtered"), SEES },
    { ROUTE_ROW(METHOD_GET, "GlobalRoles/{id}", "GlobalRoles_Get", API_V23, LEVEL_READ, WORK_INLINE, op_get, get_answers, "Read one global role"), SEES },
    { ROUTE_ROW(METHOD_POST, "GlobalRoles", "GlobalRoles_Create", API_V3, LEVEL_FULL, WORK_WRITE, global_roles_create, create_answers, "Create a custom role"),
      CHANGES, .extension = true, .body_kind = BODY_JSON, .body = &create_body },
    { ROUTE_ROW(METHOD_PUT, "GlobalRoles/{id}", "GlobalRoles_Modify", API_V3, LEVEL_FULL, WORK_WRITE, global_roles_modify, change_answers, "Change a custom role"),
      CHANGES, .extension = true, .body_kind = BODY_JSON, .body = &modify_body },
    { ROUTE_ROW(METHOD_DELETE, "GlobalRoles/{id}", "GlobalRoles_Delete", API_V3, LEVEL_FULL, WORK_WRITE, global_roles_delete, delete_answers, "Delete a custom role that nobody holds"),
      CHANGES, .extension = true },
};
/* clang-format on */
const size_t global_roles_route_count = COUNT_OF(global_roles_routes);
