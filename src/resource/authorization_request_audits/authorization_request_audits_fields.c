#include "model/answers.h"
#include "model/changes.h"
#include "model/row_feed.h"
#include "model/stream.h"
#include "resource/authorization_request_audits/authorization_request_audits.h"
#include "resource/authorization_requests/authorization_requests.h"
#include "resource/tickets/tickets.h"

/* clang-format off */
#define NULLABLE_TEXT(name, sql, text) { .json = name, .type = FIELD_TEXT, .column = sql, .flags = FIELD_NULLABLE, .summary = text }
#define EXTENSION_TEXT(name, sql, text) { .json = name, .type = FIELD_TEXT, .column = sql, .flags = FIELD_NULLABLE | FIELD_EXTENSION, .summary = text }
#define SORTED_TEXT(name, sql, text) { .json = name, .type = FIELD_TEXT, .column = sql, .sort = "COALESCE(reeve_fold(" sql "), '')", .sort_is_text = true, .flags = FIELD_NULLABLE, .summary = text }
#define NULLABLE_TIME(name, sql, text) { .json = name, .type = FIELD_TIME, .column = sql, .flags = FIELD_NULLABLE, .summary = text }
#define DECISION(name, text, ...) { .json = name, .type = FIELD_ENUM, .column = "a.decision", .names = &decision_names, .flags = FIELD_NULLABLE, .summary = text, __VA_ARGS__ }

/* The row of the list; the detail has the same and the three objects. */
#define ROW_FIELDS \
    { .json = "id", .type = FIELD_INT64, .column = "a.id", .flags = FIELD_REQUIRED, .summary = "Audit id" }, \
    { .json = "authorizationRequestId", .type = FIELD_UUID, .column = "r.id", .flags = FIELD_NULLABLE, .summary = "Request id" }, \
    SORTED_TEXT("ticketId", "a.ticket_id", "Ticket number"), \
    SORTED_TEXT("user", "r.user_name", "User who asked"), \
    SORTED_TEXT("computerName", "r.computer_name", "Computer name"), \
    SORTED_TEXT("productName", "r.product_name", "Product"), \
    SORTED_TEXT("reason", "r.reason", "Reason given"), \
    DECISION("decision", "Approved, Denied or Pending", .sort = "a.decision"), \
    NULLABLE_TEXT("decisionPerformedByUser", "a.decided_by", "Who decided"), \
    { .json = "decisionTime", .type = FIELD_TIME, .column = "a.decision_time", .sort = "COALESCE(a.decision_time, 0)", .flags = FIELD_NULLABLE, .summary = "When it was decided" }, \
    NULLABLE_TEXT("duration", "a.duration", "How long"), \
    NULLABLE_TIME("startDate", "a.start_date", "Access starts"), \
    { .json = "timeOfRequest", .type = FIELD_TIME, .column = "r.created", .sort = "r.created", .flags = FIELD_NULLABLE, .summary = "When it was asked" }, \
    { .json = "change", .type = FIELD_ENUM, .column = "a.change", .names = &request_change_names, .flags = FIELD_NULLABLE | FIELD_EXTENSION, .summary = "What happened" }, \
    { .json = "changed", .type = FIELD_TIME, .column = "a.changed", .sort = "a.changed", .flags = FIELD_NULLABLE | FIELD_EXTENSION, .summary = "When it happened" }, \
    EXTENSION_TEXT("changedBy", "a.changed_by", "API account, computer or system that did it"), \
    EXTENSION_TEXT("correlationId", "a.correlation_id", "x-correlation-id of the call, or the request id")

static const struct field row_fields[] = { ROW_FIELDS };
static const struct shape row_shape = {
    .name = "AuthorizationRequestAuditModel", .summary = "One line per change of a request", .fields = row_fields, .count = COUNT_OF(row_fields), .times = TIME_PLAIN,
};

static const struct field ticket_fields[] = {
    NULLABLE_TEXT("ticketId", "a.ticket_id", "Ticket number"),
    NULLABLE_TEXT("systemId", "a.system_id", "Key in the ITSM tool"),
    NULLABLE_TEXT("url", "a.ticket_url", "Link to the ticket"),
    { .json = "ticketType", .type = FIELD_ENUM, .column = "a.ticket_type", .names = &ticket_type_names, .flags = FIELD_NULLABLE, .summary = "EPM or ServiceNow" },
};
static const struct shape ticket_shape = {
    .name = "AuditedServiceTicketModel", .summary = "Ticket of the request", .fields = ticket_fields, .count = COUNT_OF(ticket_fields),
};
static const struct field decision_fields[] = {
    DECISION("status", "Pending, Approved or Denied", .versions = API_ALL),
    DECISION("decision", "Approved, Denied or Pending", .versions = API_ALL),
    NULLABLE_TEXT("decisionPerformedByUser", "a.decided_by", "Who decided"),
    NULLABLE_TIME("decisionTime", "a.decision_time", "When"),
    NULLABLE_TEXT("duration", "a.duration", "How long"),
    NULLABLE_TIME("startDate", "a.start_date", "Access starts"),
    NULLABLE_TIME("endDate", "a.end_date", "Access ends"),
    NULLABLE_TEXT("message", "a.message", "Text for the user"),
};
static const struct shape decision_shape = {
    .name = "AuditedAccessDecisionModel", .summary = "Decision on the request", .fields = decision_fields, .count = COUNT_OF(decision_fields), .times = TIME_PLAIN,
};
static const struct field detail_fields[] = {
    ROW_FIELDS,
    { .json = "requestInfo", .type = FIELD_JSON, .column = "r.info", .shape = &authorization_request_info_shape, .summary = "What was asked for" },
    { .json = "serviceTicket", .type = FIELD_OBJECT, .shape = &ticket_shape, .summary = "Its ticket then" },
    { .json = "accessDecision", .type = FIELD_OBJECT, .shape = &decision_shape, .summary = "Its decision then" },
};
const struct shape authorization_request_audit_shape = {
    .name = "AuthorizationRequestAuditDetail", .summary = "One change of a request, as it was then", .fields = detail_fields, .count = COUNT_OF(detail_fields), .times = TIME_PLAIN,
};

static const struct filter filters[] = {
    { .name = "TicketId", .kind = FILTER_CONTAINS, .column = "a.ticket_id", .summary = "Ticket number" },
    { .name = "Decision", .kind = FILTER_ENUM, .column = "a.decision", .names = &decision_names, .summary = "Approved, Denied or Pending" },
    { .name = "User", .kind = FILTER_CONTAINS, .column = "r.user_name", .summary = "User who asked" },
    { .name = "ComputerName", .kind = FILTER_CONTAINS, .column = "r.computer_name", .summary = "Computer the request came from" },
    { .name = "GroupName", .kind = FILTER_CONTAINS, .column = "r.group_name", .summary = "Computer group name" },
    { .name = "Reason", .kind = FILTER_CONTAINS, .column = "r.reason", .summary = "Reason the user gave" },
    { .name = "ProductName", .kind = FILTER_CONTAINS, .column = "r.product_name", .summary = "Product of the application asked for" },
    { .name = "Workstyle", .kind = FILTER_CONTAINS, .column = "r.workstyle", .summary = "Workstyle that raised the request" },
    { .name = "TicketType", .kind = FILTER_ENUM_TEXT, .column = "a.ticket_type", .names = &ticket_type_names, .summary = "EPM or ServiceNow" },
    { .name = "DecisionPerformedByUser", .kind = FILTER_CONTAINS, .column = "a.decided_by", .summary = "Who decided" },
    { .name = "TimeOfRequest", .kind = FILTER_DATES, .column = "r.created", .range_may_be_open = true, .summary = "When it was asked: one or more dates" },
};

static const struct changes row_changes = CHANGES_BY("8", "CAST(ch.item_id AS BIGINT)");
static const struct resource audits_resource = {
    .name = "AuthorizationRequestAudits",
    .noun = "audit",
    .from = "authorization_request_audit a JOIN authorization_request r ON r.id = a.request_id",
    .key = "a.id",
    .key_is_number = true,
    .row = &row_shape,
    .detail = &authorization_request_audit_shape,
    .filters = filters,
    .filter_count = COUNT_OF(filters),
    .default_sort = "timeOfRequest",
    .default_descending = true,
    .changes = &row_changes,
    .schema_page = "AuthorizationRequestAuditPagedResponse",
};

static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_PAGE, NULL, NULL, "One page"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &authorization_request_audit_shape, NULL, "The audit"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };

static const struct parameter stream_parameters[] = { STREAM_PARAMETERS };
static const struct answer stream_answers[] = { STREAM_ANSWERS };
const struct stream_source authorization_request_audits_stream = { .feed = STREAM_REQUESTS, .rows = &authorization_request_audit_feed };

#define ROUTE_ROW(row_path, row_id, row_work) \
    .method = METHOD_GET, .path = row_path, .id = row_id, .tag = "AuthorizationRequestAudits", .area = AREA_AUDIT, .level = LEVEL_READ, PERMITS("AuthorizationRequestAudit", "Query"), .work = row_work, .resource = &audits_resource

const struct route authorization_request_audits_routes[] = {
    { ROUTE_ROW("AuthorizationRequestAudits", "AuthorizationRequestAudits_List", WORK_LIST), .run = op_list, .answers = list_answers, .answer_count = COUNT_OF(list_answers),
      .summary = "List audits of authorisation requests" },
    { ROUTE_ROW("AuthorizationRequestAudits/Stream", "AuthorizationRequestAudits_Stream", WORK_STREAM), .run = op_stream, .stream = &authorization_request_audits_stream, .extension = true, .versions = API_V3, .parameters = stream_parameters, .parameter_count = COUNT_OF(stream_parameters),
      .answers = stream_answers, .answer_count = COUNT_OF(stream_answers), .summary = "Changes of authorisation requests as they come, as server-sent events" },
    { ROUTE_ROW("AuthorizationRequestAudits/{id}", "AuthorizationRequestAudits_Get", WORK_INLINE), .run = op_get, .id_type = FIELD_INT64, .answer = &authorization_request_audit_shape, .answers = get_answers,
      .answer_count = COUNT_OF(get_answers), .summary = "Read one audit of an authorisation request" },
};
/* clang-format on */

/* On PostgreSQL numbers of rows do not follow the order of commits; those of transactions that are over do. */
const struct row_feed authorization_request_audit_feed = {
    .shape = &authorization_request_audit_shape,
    .from = "change ch JOIN authorization_request_audit a ON a.id = CAST(ch.item_id AS BIGINT)"
            " JOIN authorization_request r ON r.id = a.request_id",
    .where = "ch.kind = 8",
    .position = "ch.stamp",
    .settles = &row_changes,
    .number = "a.id",
    .time = "a.changed",
    .computer = "r.computer_id",
    .id_prefix = "request",
    .at = "SELECT stamp - 1 FROM change_moment WHERE moment <= $1 ORDER BY moment DESC LIMIT 1",
};

const size_t authorization_request_audits_route_count =
    COUNT_OF(authorization_request_audits_routes);
