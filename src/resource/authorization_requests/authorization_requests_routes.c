#include "model/answers.h"
#include "resource/authorization_requests/authorization_requests.h"
#include "resource/authorization_requests/authorization_requests_parts.h"

/* clang-format off */
static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_PAGE, NULL, NULL, "One page"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &authorization_request_detail_shape, NULL, "The request"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer notification_answers[] = {
    ANSWER_ROW(200, ANSWER_SHAPE, &notification_answer_shape, "x-correlation-id", "Taken; the same again changes nothing"),
    ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS,
};
static const struct parameter notification_parameters[] = {
    { .name = "x-correlation-id", .in = "header", .type = FIELD_TEXT, .summary = "Kept in the audit and sent back" },
};

#define ROUTE_ROW(row_method, row_path, row_id, row_level, row_work) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "AuthorizationRequest", .area = AREA_JIT, .level = row_level, .work = row_work
#define ANSWERED(rows) .answers = rows, .answer_count = COUNT_OF(rows)

const struct route authorization_requests_routes[] = {
    { ROUTE_ROW(METHOD_POST, "AuthorizationRequest/notification", "AuthorizationRequest_Notification", LEVEL_FULL, WORK_WRITE), PERMITS_ROWS("AuthorizationRequest", "Approve"), .run = authorization_requests_notification,
      .body_kind = BODY_JSON, .body = &notification_body_shape, .parameters = notification_parameters, .parameter_count = COUNT_OF(notification_parameters), ANSWERED(notification_answers),
      .summary = "Take a ticket notification of the request manager or ITSM tool" },
    { ROUTE_ROW(METHOD_GET, "AuthorizationRequest", "AuthorizationRequest_List", LEVEL_READ, WORK_LIST), PERMITS_ROWS("AuthorizationRequest", "Query"), .run = op_list, .resource = &authorization_requests_resource, ANSWERED(list_answers),
      .summary = "List application access requests" },
    { ROUTE_ROW(METHOD_GET, "AuthorizationRequest/{id}", "AuthorizationRequest_Get", LEVEL_READ, WORK_INLINE), PERMITS_ROWS("AuthorizationRequest", "Query"), .run = authorization_requests_get, .resource = &authorization_requests_resource,
      .id_type = FIELD_TEXT, .answer = &authorization_request_detail_shape, ANSWERED(get_answers),
      .summary = "Read one application access request, by its id, the ITSM tool's id or the ticket number" },
};
/* clang-format on */

const size_t authorization_requests_route_count = COUNT_OF(authorization_requests_routes);
