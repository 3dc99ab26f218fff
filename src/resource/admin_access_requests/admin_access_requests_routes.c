#include "model/answers.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "resource/admin_access_requests/admin_access_requests_parts.h"

/* clang-format off */
static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_PAGE, NULL, NULL, "One page"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &admin_detail_shape, NULL, "The request"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer change_answers[] = {
    ANSWER_ROW(200, ANSWER_SHAPE, &admin_answer_shape, "x-correlation-id", "The request as it is now"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS,
};
static const struct parameter change_parameters[] = {
    { .name = "x-correlation-id", .in = "header", .type = FIELD_TEXT, .flags = FIELD_EXTENSION, .summary = "Kept in the audit and sent back" },
};
static const char *const decide_aliases[] = { "AdminAccessRequest/decision", "AdminAccessRequest/notification", NULL };
static const char *const decide_one_aliases[] = { "AdminAccessRequest/{id}/approval", NULL };

#define ROUTE_ROW(row_method, row_path, row_id, row_level, row_work) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "AdminAccessRequest", .area = AREA_JIT, .level = row_level, .work = row_work
#define ANSWERED(rows) .answers = rows, .answer_count = COUNT_OF(rows)
#define CHANGES(row_run, shape) .run = row_run, .body_kind = BODY_JSON, .body = &shape, .parameters = change_parameters, .parameter_count = COUNT_OF(change_parameters), ANSWERED(change_answers)

const struct route admin_access_requests_routes[] = {
    { ROUTE_ROW(METHOD_POST, "AdminAccessRequest/approval", "AdminAccessRequest_Decide", LEVEL_FULL, WORK_WRITE), PERMITS_ROWS("AdminAccessRequest", "Approve"), CHANGES(admin_access_decide, admin_decide_shape), .aliases = decide_aliases,
      .summary = "Approve or deny an admin access request" },
    { ROUTE_ROW(METHOD_POST, "AdminAccessRequest/{id}/decision", "AdminAccessRequest_DecideOne", LEVEL_FULL, WORK_WRITE), PERMITS_ROWS("AdminAccessRequest", "Approve"), CHANGES(admin_access_decide, admin_decide_one_shape), .aliases = decide_one_aliases,
      .summary = "Approve or deny the admin access request in the path" },
    { ROUTE_ROW(METHOD_GET, "AdminAccessRequest", "AdminAccessRequest_List", LEVEL_READ, WORK_LIST), PERMITS_ROWS("AdminAccessRequest", "Query"), .run = op_list, .resource = &admin_access_requests_resource, ANSWERED(list_answers),
      .summary = "List admin access requests" },
    { ROUTE_ROW(METHOD_POST, "AdminAccessRequest", "AdminAccessRequest_Create", LEVEL_FULL, WORK_WRITE), PERMITS_ROWS("AdminAccessRequest", "Create"), CHANGES(admin_access_create, admin_create_shape),
      .summary = "Create an admin access request for a user; already approved when the three decision members are given" },
    { ROUTE_ROW(METHOD_GET, "AdminAccessRequest/{id}", "AdminAccessRequest_Get", LEVEL_READ, WORK_INLINE), PERMITS_ROWS("AdminAccessRequest", "Query"), .run = op_get, .resource = &admin_access_requests_resource, .answer = &admin_detail_shape, ANSWERED(get_answers),
      .summary = "Read one admin access request" },
};
/* clang-format on */

const size_t admin_access_requests_route_count = COUNT_OF(admin_access_requests_routes);
