#include "model/changes.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "resource/admin_access_requests/admin_access_requests_parts.h"

/* The index of the session's state in the names below; null where there never was one. */
#define SESSION_INDEX \
    "CASE r.state WHEN 1 THEN 0 WHEN 2 THEN 1 WHEN 3 THEN 1 WHEN 6 THEN 2 WHEN 7 THEN 3 WHEN 5 THEN 4 WHEN 8 THEN 4 END"
#define AS_TEXT(sql) "CAST(" sql " AS TEXT)"

/* clang-format off */
static const char *const session_values[] = { "NotStarted", "Active", "Ended", "Expired", "Revoked" };
static const struct names session_names = { "AdminSessionState", session_values, COUNT_OF(session_values) };
static const char *const end_reason_values[] = { "UserEnded", "Expired", "Revoked", "Logoff" };
const struct names admin_end_reason_names = { "AdminSessionEndReason", end_reason_values, COUNT_OF(end_reason_values) };
static const char *const verdict_values[] = { "Approved", "Denied" };
static const struct names verdict_names = { "AdminAccessDecision", verdict_values, COUNT_OF(verdict_values) };

#define NULLABLE_TEXT(name, sql, text) { .json = name, .type = FIELD_TEXT, .column = sql, .flags = FIELD_NULLABLE, .summary = text }
#define SORTED_TEXT(name, sql, text) { .json = name, .type = FIELD_TEXT, .column = sql, .sort = "COALESCE(reeve_fold(" sql "), '')", .sort_is_text = true, .flags = FIELD_NULLABLE, .summary = text }
#define TIME(name, sql, order, more, text) { .json = name, .type = FIELD_TIME, .column = sql, .sort = order, .flags = FIELD_NULLABLE | (more), .summary = text }

/* The row of the list; the detail has the same and the session. */
#define ROW_FIELDS \
    { .json = "id", .type = FIELD_UUID, .column = "r.id", .flags = FIELD_REQUIRED, .summary = "Request id" }, \
    { .json = "computerId", .type = FIELD_UUID, .column = "r.computer_id", .flags = FIELD_NULLABLE, .summary = "Computer id" }, \
    SORTED_TEXT("computerName", "r.computer_name", "Computer name"), \
    NULLABLE_TEXT("groupName", "r.group_name", "Group name"), \
    NULLABLE_TEXT("userId", "r.user_id", "User id (SID on Windows)"), \
    SORTED_TEXT("userName", "r.user_name", "User name"), \
    NULLABLE_TEXT("reason", "r.reason", "Reason"), \
    { .json = "duration", .type = FIELD_TEXT, .column = AS_TEXT("r.duration_s"), .sort = "r.duration_s", .flags = FIELD_NULLABLE, .summary = "Asked length in seconds, as text" }, \
    NULLABLE_TEXT("approvedDuration", AS_TEXT("r.approved_s"), "Granted length in seconds, as text"), \
    { .json = "decision", .type = FIELD_ENUM, .column = "r.decision", .sort = "r.decision", .names = &decision_names, .flags = FIELD_NULLABLE, .summary = "Pending, Approved or Denied" }, \
    TIME("decisionTime", "r.decision_time", "COALESCE(r.decision_time, 0)", 0, "When it was decided"), \
    NULLABLE_TEXT("decisionPerformedByUser", "r.decided_by", "Who decided"), \
    NULLABLE_TEXT("message", "r.message", "Text of the decision maker"), \
    NULLABLE_TEXT("systemId", "r.system_id", "Key of the ticket"), \
    SORTED_TEXT("ticketId", "r.ticket_id", "Ticket number"), \
    NULLABLE_TEXT("ticketUrl", "r.ticket_url", "Link to the ticket"), \
    { .json = "ticketType", .type = FIELD_ENUM, .column = "r.ticket_type", .names = &ticket_type_names, .flags = FIELD_NULLABLE, .summary = "EPM or ServiceNow" }, \
    TIME("createdOn", "r.created", "r.created", FIELD_INDEXED, "Created"), \
    TIME("modifiedOn", "r.modified", "r.modified", 0, "Changed")

static const struct field row_fields[] = { ROW_FIELDS };
static const struct shape row_shape = {
    .name = "AdminAccessRequestModel", .summary = "Row of the list", .fields = row_fields, .count = COUNT_OF(row_fields), .times = TIME_PLAIN,
};
static const struct field detail_fields[] = {
    ROW_FIELDS,
    { .json = "sessionState", .type = FIELD_ENUM, .column = SESSION_INDEX, .names = &session_names, .flags = FIELD_NULLABLE, .summary = "State of the session, as its endpoint reports it" },
    TIME("sessionStart", "r.session_start", NULL, 0, "Session began"),
    TIME("sessionEnd", "r.session_end", NULL, 0, "Session ended"),
    { .json = "endReason", .type = FIELD_ENUM, .column = "r.end_reason", .names = &admin_end_reason_names, .flags = FIELD_NULLABLE, .summary = "Why it ended" },
};
const struct shape admin_detail_shape = {
    .name = "AdminAccessRequestDetail", .summary = "One admin access request", .fields = detail_fields, .count = COUNT_OF(detail_fields), .times = TIME_PLAIN,
};

static const struct filter filters[] = {
    { .name = "Decision", .kind = FILTER_ENUM_TEXT, .column = "r.decision", .names = &decision_names, .summary = "Approved, Denied or Pending" },
    { .name = "CreatedOn", .kind = FILTER_SINCE, .column = "r.created", .summary = "Created on this date, or from this moment on: yyyy-MM-ddTHH:mm:ssZ" },
    { .name = "ActiveOnly", .kind = FILTER_SWITCH, .when_true = "r.state < 4", .summary = "Only requests whose session is running or may still start" },
    { .name = "ModifiedOn", .kind = FILTER_SINCE, .column = "r.modified", .summary = "Modified on this date, or from this moment on: yyyy-MM-ddTHH:mm:ssZ" },
    { .name = "ComputerId", .kind = FILTER_UUID, .column = "r.computer_id", .summary = "Computer id" },
    { .name = "UserId", .kind = FILTER_CONTAINS, .column = "r.user_id", .summary = "Id of the computer user (SID on Windows)" },
    { .name = "UserName", .kind = FILTER_CONTAINS, .column = "r.user_name", .summary = "Name of the computer user" },
};

/* --- bodies ------------------------------------------------------------------------------------------------------------------ */

#define MAY(name, bound, text) { .json = name, .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .max = bound, .summary = text }
#define DURATION_FIELD MAY("duration", 16, "Session length in seconds, as text: 300 to 86400")
#define TICKET_FIELDS \
    MAY("systemId", TICKET_ID_CHARACTERS_MAX, "Key of the ticket in the ITSM tool"), \
    MAY("ticketId", TICKET_ID_CHARACTERS_MAX, "Ticket number"), \
    MAY("ticketUrl", TICKET_URL_CHARACTERS_MAX, "Link to the ticket")

static const struct field create_fields[] = {
    { .json = "computerId", .type = FIELD_UUID, .flags = FIELD_REQUIRED, .summary = "Computer id" },
    DURATION_FIELD,
    MAY("userId", TICKET_USER_CHARACTERS_MAX, "User id (SID on Windows); this or userName is needed"),
    MAY("userName", TICKET_USER_CHARACTERS_MAX, "User name: DOMAIN\\name, name@domain or name"),
    MAY("reason", TICKET_REASON_CHARACTERS_MAX, "Reason"),
    TICKET_FIELDS,
    MAY("decision", 16, "Approved or Denied (with the next two) makes a decided request"),
    { .json = "decisionTime", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .summary = "When it was decided" },
    MAY("decisionPerformedByUser", TICKET_USER_CHARACTERS_MAX, "Who decided"),
    MAY("message", TICKET_MESSAGE_CHARACTERS_MAX, "Text of the decision maker"),
};
const struct shape admin_create_shape = {
    .name = "AdminAccessCreateRequest", .summary = "A request on behalf of a user", .fields = create_fields, .count = COUNT_OF(create_fields),
};

static const char *const id_aliases[] = { "id", "adminAccessRequestId", "itsmRequestId", NULL };
static const char *const user_aliases[] = { "user", NULL };
static const struct field decide_fields[] = {
    { .json = "requestId", .type = FIELD_UUID, .flags = FIELD_REQUIRED, .aliases = id_aliases, .summary = "Request to decide" },
    { .json = "decision", .type = FIELD_ENUM, .flags = FIELD_REQUIRED, .names = &verdict_names, .summary = "Approved or Denied" },
    DURATION_FIELD,
    { .json = "decisionPerformedByUser", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .max = TICKET_USER_CHARACTERS_MAX, .aliases = user_aliases, .summary = "Who decides; left out: the API account" },
    MAY("message", TICKET_MESSAGE_CHARACTERS_MAX, "Text of the decision maker"),
    TICKET_FIELDS,
};
const struct shape admin_decide_shape = {
    .name = "AdminAccessDecisionRequest", .summary = "Decision on an admin access request", .fields = decide_fields, .count = COUNT_OF(decide_fields),
};
const struct shape admin_decide_one_shape = {
    .name = "AdminAccessDecisionByIdRequest", .summary = "Decision on the request in the path", .fields = decide_fields + 1, .count = COUNT_OF(decide_fields) - 1,
};

static const struct field answer_fields[] = {
    { .json = "id", .type = FIELD_UUID, .flags = FIELD_REQUIRED, .summary = "Request id" },
    { .json = "decision", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Decision now" },
    { .json = "ticketId", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Ticket number" },
};
const struct shape admin_answer_shape = {
    .name = "AdminAccessRequestResponse", .summary = "The request as it is now", .fields = answer_fields, .count = COUNT_OF(answer_fields),
};
/* clang-format on */

static const struct changes row_changes = CHANGES_OF("7");
const struct resource admin_access_requests_resource = {
    .name = "AdminAccessRequest",
    .noun = "admin access request",
    .from = "admin_access_request r",
    .key = "r.id",
    .object = "r.group_id",
    .row = &row_shape,
    .detail = &admin_detail_shape,
    .filters = filters,
    .filter_count = COUNT_OF(filters),
    .default_sort = "createdOn",
    .default_descending = true,
    .count_from = "admin_access_request r",
    .changes = &row_changes,
    .schema_page = "AdminAccessRequestPagedResponse",
};
