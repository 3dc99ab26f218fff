#include "model/answers.h"
#include "resource/roles/roles.h"
#include "resource/roles/roles_ops.h"

/* clang-format off */
static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_ARRAY, &role_row_shape, NULL, "All roles by name"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &role_detail_shape, NULL, "The role"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };

#define ROUTE_ROW(row_path, row_id, row_run, rows, row_summary) \
    .method = METHOD_GET, .path = row_path, .id = row_id, .tag = "Roles", .area = AREA_MANAGEMENT, .level = LEVEL_READ, PERMITS("Role", "Query"), \
    .work = WORK_INLINE, .run = row_run, .resource = &roles_resource, .answers = rows, .answer_count = COUNT_OF(rows), .summary = row_summary

const struct route roles_routes[] = {
    { ROUTE_ROW("Roles", "Roles_List", op_array, list_answers, "List the fine-grained roles (plain array, not paged)") },
    { ROUTE_ROW("Roles/{id}", "Roles_Get", roles_get, get_answers, "Read one role by its id, or by its name (extension)"), .id_type = FIELD_TEXT },
};
/* clang-format on */
const size_t roles_route_count = COUNT_OF(roles_routes);
