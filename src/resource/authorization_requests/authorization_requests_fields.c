#include "model/changes.h"
#include "resource/authorization_requests/authorization_requests.h"
#include "resource/authorization_requests/authorization_requests_parts.h"

#define STATUS_TEXT "CASE r.decision WHEN 0 THEN '1000' WHEN 1 THEN '2000' ELSE '2001' END"

enum { FACT_CHARACTERS_MAX = 2048 };

/* clang-format off */
static const char *const status_values[] = { "1000", "2000", "2001" };
const struct names notification_status_names = { "AuthorizationRequestStatus", status_values, COUNT_OF(status_values) };

/* --- what was asked for: stored and given as one document ---------------------------------------------------------------- */

#define FACT(name, text) { .json = name, .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = FACT_CHARACTERS_MAX, .summary = text }
static const struct field info_fields[] = {
    FACT("user", "User who asked"),
    FACT("created", "When it was asked"),
    FACT("hostName", "Computer name"),
    { .json = "reason", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = TICKET_REASON_CHARACTERS_MAX, .summary = "Reason given" },
    FACT("applicationType", "Kind of application, e.g. exe"),
    FACT("action", "Action of the rule"),
    FACT("workstyle", "Workstyle"),
    FACT("trustedOwnership", "Whether the owner of the file is trusted"),
    FACT("productName", "Product name"),
    FACT("productDescription", "Product description"),
    FACT("productVersion", "Product version"),
    FACT("fileName", "File name"),
    FACT("filePath", "Full path"),
    FACT("commandLine", "Command line"),
    FACT("publisher", "Publisher of the signature"),
    FACT("sourceUrl", "Where the file came from"),
    FACT("driveType", "Kind of drive"),
    FACT("btZoneIdentifierExists", "Whether the file carries the agent's download mark"),
    FACT("productCode", "MSI product code"),
    FACT("upgradeCode", "MSI upgrade code"),
    FACT("clsId", "COM class id"),
    FACT("comDisplayName", "COM display name"),
    FACT("token", "Token that would be given"),
    FACT("tokenAssignmentIsShell", "Started from the shell menu"),
    FACT("uacTriggered", "UAC asked for elevation"),
    FACT("downloadSourceUrl", "Download link"),
    FACT("userLanguage", "Language of the user"),
    FACT("sha1Hash", "SHA-1 of the file"),
    FACT("sha256Hash", "SHA-256 of the file"),
    FACT("appxName", "Store app name"),
    FACT("serviceName", "Service name"),
    FACT("bundleUri", "macOS bundle URI"),
    FACT("authRequestUri", "macOS authorisation right"),
};
const struct shape authorization_request_info_shape = {
    .name = "AuthorizationRequestInfo", .summary = "What was asked for", .fields = info_fields, .count = COUNT_OF(info_fields), .flags = SHAPE_OPEN, .times = TIME_PLAIN,
};

/* --- the list --------------------------------------------------------------------------------------------------------------- */

#define NULLABLE_TEXT(name, sql, text) { .json = name, .type = FIELD_TEXT, .column = sql, .flags = FIELD_NULLABLE, .summary = text }
#define SORTED_TEXT(name, sql, text) { .json = name, .type = FIELD_TEXT, .column = sql, .sort = "COALESCE(reeve_fold(" sql "), '')", .sort_is_text = true, .flags = FIELD_NULLABLE, .summary = text }
#define NULLABLE_TIME(name, sql, text) { .json = name, .type = FIELD_TIME, .column = sql, .flags = FIELD_NULLABLE, .summary = text }

static const struct field row_fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "r.id", .flags = FIELD_REQUIRED, .summary = "Request id" },
    { .json = "authorizationRequestId", .type = FIELD_UUID, .column = "r.id", .flags = FIELD_NULLABLE, .summary = "Same as id" },
    SORTED_TEXT("ticketId", "r.ticket_id", "Ticket number"),
    { .json = "ticketType", .type = FIELD_ENUM, .column = "r.ticket_type", .names = &ticket_type_names, .flags = FIELD_NULLABLE, .summary = "EPM or ServiceNow" },
    { .json = "decision", .type = FIELD_ENUM, .column = "r.decision", .sort = "r.decision", .names = &decision_names, .flags = FIELD_NULLABLE, .summary = "Approved, Denied or Pending" },
    NULLABLE_TEXT("status", STATUS_TEXT, "1000, 2000 or 2001"),
    SORTED_TEXT("user", "r.user_name", "User who asked"),
    { .json = "computerId", .type = FIELD_UUID, .column = "r.computer_id", .flags = FIELD_NULLABLE, .summary = "Computer id" },
    SORTED_TEXT("computerName", "r.computer_name", "Computer name"),
    { .json = "groupId", .type = FIELD_UUID, .column = "r.group_id", .flags = FIELD_NULLABLE, .summary = "Group id" },
    SORTED_TEXT("groupName", "r.group_name", "Group name"),
    NULLABLE_TEXT("productName", "r.product_name", "Product"),
    SORTED_TEXT("reason", "r.reason", "Reason given"),
    { .json = "timeOfRequest", .type = FIELD_TIME, .column = "r.created", .sort = "r.created", .flags = FIELD_NULLABLE | FIELD_INDEXED, .summary = "When it was asked" },
    NULLABLE_TEXT("duration", "r.duration", "How long"),
    NULLABLE_TEXT("decisionPerformedByUser", "r.decided_by", "Who decided"),
    { .json = "decisionTime", .type = FIELD_TIME, .column = "r.decision_time", .sort = "COALESCE(r.decision_time, 0)", .flags = FIELD_NULLABLE, .summary = "When it was decided" },
    { .json = "created", .type = FIELD_TIME, .column = "r.created", .sort = "r.created", .flags = FIELD_NULLABLE | FIELD_INDEXED, .summary = "Record made" },
    NULLABLE_TIME("modified", "r.modified", "Record changed"),
};
static const struct shape row_shape = {
    .name = "AuthorizationRequestModel", .summary = "Row of the list", .fields = row_fields, .count = COUNT_OF(row_fields), .times = TIME_PLAIN,
};

static const struct filter filters[] = {
    { .name = "TicketId", .kind = FILTER_CONTAINS, .column = "r.ticket_id", .summary = "Ticket number" },
    { .name = "Decision", .kind = FILTER_ENUM, .column = "r.decision", .names = &decision_names, .summary = "Approved, Denied or Pending" },
    { .name = "User", .kind = FILTER_CONTAINS, .column = "r.user_name", .summary = "User who asked" },
    { .name = "ComputerName", .kind = FILTER_CONTAINS, .column = "r.computer_name", .summary = "Computer the request came from" },
    { .name = "GroupName", .kind = FILTER_CONTAINS, .column = "r.group_name", .summary = "Computer group name" },
    { .name = "Reason", .kind = FILTER_CONTAINS, .column = "r.reason", .summary = "Reason the user gave" },
    { .name = "ProductName", .kind = FILTER_CONTAINS, .column = "r.product_name", .summary = "Product of the application asked for" },
    { .name = "Workstyle", .kind = FILTER_CONTAINS, .column = "r.workstyle", .summary = "Workstyle that raised the request" },
    { .name = "TicketType", .kind = FILTER_ENUM_TEXT, .column = "r.ticket_type", .names = &ticket_type_names, .summary = "EPM or ServiceNow" },
    { .name = "DecisionPerformedByUser", .kind = FILTER_CONTAINS, .column = "r.decided_by", .summary = "Who decided" },
    { .name = "TimeOfRequest", .kind = FILTER_DATES, .column = "r.created", .range_may_be_open = true, .summary = "When it was asked: one or more dates" },
};

/* --- the detail: three objects that are always there ---------------------------------------------------------------------- */

static const struct field ticket_fields[] = {
    NULLABLE_TEXT("ticketId", "r.ticket_id", "Ticket number"),
    NULLABLE_TEXT("systemId", "r.system_id", "Key in the ITSM tool"),
    NULLABLE_TEXT("url", "r.ticket_url", "Link to the ticket"),
    { .json = "ticketType", .type = FIELD_ENUM, .column = "r.ticket_type", .names = &ticket_type_names, .flags = FIELD_NULLABLE, .summary = "EPM or ServiceNow" },
};
static const struct shape ticket_shape = {
    .name = "ServiceTicketModel", .summary = "Ticket of the request", .fields = ticket_fields, .count = COUNT_OF(ticket_fields),
};
static const struct field decision_fields[] = {
    { .json = "status", .type = FIELD_ENUM, .column = "r.decision", .names = &decision_names, .flags = FIELD_NULLABLE, .summary = "Pending, Approved or Denied" },
    { .json = "decision", .type = FIELD_ENUM, .column = "r.decision", .names = &decision_names, .flags = FIELD_NULLABLE, .summary = "Approved, Denied or Pending" },
    NULLABLE_TEXT("decisionPerformedByUser", "r.decided_by", "Who decided"),
    NULLABLE_TIME("decisionTime", "r.decision_time", "When"),
    NULLABLE_TEXT("duration", "r.duration", "How long"),
    NULLABLE_TIME("startDate", "r.start_date", "Access starts"),
    NULLABLE_TIME("endDate", "r.end_date", "Access ends"),
    NULLABLE_TEXT("message", "r.message", "Text for the user"),
};
static const struct shape decision_shape = {
    .name = "AccessDecisionModel", .summary = "Decision on the request", .fields = decision_fields, .count = COUNT_OF(decision_fields), .times = TIME_PLAIN,
};
static const struct field detail_fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "r.id", .flags = FIELD_REQUIRED, .summary = "Request id" },
    { .json = "requestInfo", .type = FIELD_JSON, .column = "r.info", .shape = &authorization_request_info_shape, .flags = FIELD_REQUIRED, .summary = "What was asked for" },
    { .json = "serviceTicket", .type = FIELD_OBJECT, .shape = &ticket_shape, .flags = FIELD_REQUIRED, .summary = "Its ticket" },
    { .json = "accessDecision", .type = FIELD_OBJECT, .shape = &decision_shape, .flags = FIELD_REQUIRED, .summary = "Its decision" },
};
const struct shape authorization_request_detail_shape = {
    .name = "AuthorizationRequestDetail", .summary = "One application access request", .fields = detail_fields, .count = COUNT_OF(detail_fields), .times = TIME_PLAIN,
};

/* --- bodies ------------------------------------------------------------------------------------------------------------------ */

#define NEEDED(name, bound, text) { .json = name, .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_TRIMMED, .min = 1, .max = bound, .summary = text }
static const struct field notification_fields[] = {
    NEEDED("status", 16, "Status code as text: 1000 pending, 2000 approved, 2001 denied"),
    NEEDED("decision", 16, "Approved, Denied or Pending"),
    NEEDED("decisionPerformedByUser", TICKET_USER_CHARACTERS_MAX, "Who decided"),
    NEEDED("duration", 64, "How long access lasts: " "Once, Forever, minutes, hours, days, months"),
    NEEDED("itsmRequestId", TICKET_ID_CHARACTERS_MAX, "Id of the request this answers, or the ITSM tool's key of it, or the ticket number"),
    NEEDED("decisionTime", 64, "When it was decided; no zone is UTC"),
    NEEDED("message", TICKET_MESSAGE_CHARACTERS_MAX, "Text for the user"),
    NEEDED("systemId", TICKET_ID_CHARACTERS_MAX, "Key of the ticket in the ITSM tool"),
    NEEDED("ticketId", TICKET_ID_CHARACTERS_MAX, "Ticket number, e.g. EPM000123"),
    NEEDED("ticketUrl", TICKET_URL_CHARACTERS_MAX, "Link to the ticket"),
};
const struct shape notification_body_shape = {
    .name = "TicketNotificationRequest", .summary = "All ten members are required and not empty", .fields = notification_fields, .count = COUNT_OF(notification_fields),
};
static const struct field notification_answer_fields[] = {
    { .json = "id", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Request id" },
    { .json = "status", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Status code now" },
    { .json = "decision", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Decision now" },
};
const struct shape notification_answer_shape = {
    .name = "TicketNotificationResponse", .summary = "The request as it is now", .fields = notification_answer_fields, .count = COUNT_OF(notification_answer_fields),
};
/* clang-format on */

static const struct changes row_changes = CHANGES_OF("6");
const struct resource authorization_requests_resource = {
    .name = "AuthorizationRequest",
    .noun = "authorization request",
    .from = "authorization_request r",
    .key = "r.id",
    .object = "r.group_id",
    .row = &row_shape,
    .detail = &authorization_request_detail_shape,
    .filters = filters,
    .filter_count = COUNT_OF(filters),
    .default_sort = "created",
    .default_descending = true,
    .count_from = "authorization_request r",
    .changes = &row_changes,
    .schema_page = "AuthorizationRequestPagedResponse",
};
