#include "agent_api/agent_ops.h"
#include "model/answers.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "resource/authorization_requests/authorization_requests.h"

enum {
    TOKEN_BODY_BYTES_MAX = 16 * 1024,
    REPORT_BODY_BYTES_MAX = 256 * 1024,
    EVENTS_BODY_BYTES_MAX = 8 * 1024 * 1024,
    LOG_BODY_BYTES_MAX = 64 * 1024 * 1024,
    PEM_CHARACTERS_MAX = 16 * 1024,
    WAIT_S_MAX = 3600,
    REQUEST_BODY_BYTES_MAX = 16 * 1024,
};

/* clang-format off */
static const char *const state_values[] = { "Pending", "Authorised", "Rejected", "Deactivated", "Archived" };
static const struct names state_names = { "AgentState", state_values, COUNT_OF(state_values) };
static const char *const command_values[] = { "ApplyPolicy", "ClearPolicy", "RetrieveLogs", "RetrieveStatusInfo", "RenewCertificate", "Deactivate" };
static const struct names command_names = { "AgentCommandType", command_values, COUNT_OF(command_values) };
static const char *const outcome_values[] = { "Accepted", "Completed", "Failed" };
static const struct names outcome_names = { "AgentCommandOutcome", outcome_values, COUNT_OF(outcome_values) };

#define F(name, field_type, ...) { .json = name, .type = field_type, .summary = __VA_ARGS__ }
#define REQUIRED .flags = FIELD_REQUIRED
#define NULLABLE .flags = FIELD_NULLABLE
#define SHAPE_ROW(variable, schema, text, rows) static const struct shape variable = { .name = schema, .summary = text, .fields = rows, .count = COUNT_OF(rows) }

static const struct field enrol_fields[] = {
    F("installationId", FIELD_UUID, "Installation id", REQUIRED),
    F("installationKey", FIELD_TEXT, "Installation key", REQUIRED, .max = 256),
    F("csr", FIELD_TEXT, "Certificate request (PKCS #10, PEM)", REQUIRED, .max = PEM_CHARACTERS_MAX),
    F("host", FIELD_TEXT, "Host name", REQUIRED, .max = 255),
    F("hostType", FIELD_TEXT, "MicrosoftWindows, MacOS, Linux or Unknown", .max = 32),
    F("agentVersion", FIELD_TEXT, "Version of the agent", .max = 64),
    F("groupId", FIELD_UUID, "Group to join", NULLABLE),
    F("endpointInformation", FIELD_OBJECT, "The machine", NULLABLE, .shape = &endpoint_information_shape),
};
SHAPE_ROW(enrol_body, "AgentEnrolRequest", "A computer that wants to be known", enrol_fields);
static const struct field enrolled_fields[] = {
    F("computerId", FIELD_UUID, "Its id from now on", REQUIRED),
    F("state", FIELD_ENUM, "Authorised at once when it has a group", REQUIRED, .names = &state_names),
    F("certificate", FIELD_TEXT, "Client certificate (PEM)", REQUIRED),
    F("caCertificate", FIELD_TEXT, "Certificate of the server's CA (PEM)", REQUIRED),
    F("audience", FIELD_TEXT, "aud of assertions", REQUIRED),
    F("checkInIntervalSeconds", FIELD_INT, "Between check-ins that do not wait", REQUIRED),
};
SHAPE_ROW(enrolled, "AgentEnrolled", "An enrolled computer", enrolled_fields);

static const struct field token_fields[] = {
    F("grant_type", FIELD_TEXT, "client_credentials", REQUIRED),
    F("client_assertion_type", FIELD_TEXT, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", REQUIRED),
    F("client_assertion", FIELD_TEXT, "JWT signed with the agent's key: iss = sub = computer id, aud = reeve-agent, exp", REQUIRED),
};
SHAPE_ROW(token_body, "AgentTokenRequest", "RFC 7523 section 2.2", token_fields);
static const struct field token_answer_fields[] = {
    F("access_token", FIELD_TEXT, "Opaque", REQUIRED), F("token_type", FIELD_TEXT, "Bearer", REQUIRED),
    F("expires_in", FIELD_INT, "Seconds", REQUIRED),
};
SHAPE_ROW(token_answer, "AgentToken", "An access token", token_answer_fields);

static const struct field check_in_fields[] = {
    F("agentVersion", FIELD_TEXT, "Version of the agent", NULLABLE, .max = 64),
    F("knownState", FIELD_TEXT, "State of the last answer", NULLABLE, .max = 32),
    F("appliedRevisionId", FIELD_UUID, "Policy revision that runs; null: none", NULLABLE),
    F("knownRevisionId", FIELD_UUID, "Policy revision that was offered and could not be applied; it is not offered again", NULLABLE),
    F("knownDecisions", FIELD_INT64, "version of the decisions of the last answer that had any; 0: of none", NULLABLE, .min = 0, .max = INT64_MAX),
    F("waitSeconds", FIELD_INT, "Wait so long for news", NULLABLE, .min = 0, .max = WAIT_S_MAX),
};
SHAPE_ROW(check_in_body, "AgentCheckInRequest", "What the agent knows", check_in_fields);
static const struct field policy_fields[] = {
    F("revisionId", FIELD_UUID, "Policy revision to fetch", REQUIRED), F("policyId", FIELD_UUID, "Its policy", REQUIRED),
    F("name", FIELD_TEXT, "Name of the policy", REQUIRED), F("revision", FIELD_INT, "Number of the revision", REQUIRED),
    F("sha256", FIELD_TEXT, "Of the document as delivered", REQUIRED), F("size", FIELD_INT64, "Bytes of it", REQUIRED),
};
SHAPE_ROW(policy_shape, "AgentPolicy", "What the agent should run", policy_fields);
static const struct field command_fields[] = {
    F("id", FIELD_UUID, "Command id", REQUIRED), F("type", FIELD_ENUM, "What to do", REQUIRED, .names = &command_names),
    F("logId", FIELD_UUID, "Where the log goes", NULLABLE),
};
SHAPE_ROW(command_shape, "AgentCommand", "A command", command_fields);
static const char *const kind_values[] = { "Application", "Admin" };
static const struct names kind_names = { "AgentRequestKind", kind_values, COUNT_OF(kind_values) };
static const char *const request_state_values[] = { "Pending", "Approved", "Denied", "Used", "Expired", "Lapsed", "Active", "Ending", "Withdrawn", "Ended", "Revoked" };
static const struct names request_state_names = { "AgentRequestState", request_state_values, COUNT_OF(request_state_values) };
static const char *const request_event_values[] = { "Used", "SessionStarted", "SessionEnded" };
static const struct names request_event_names = { "AgentRequestEvent", request_event_values, COUNT_OF(request_event_values) };

static const struct field application_fields[] = {
    F("id", FIELD_UUID, "Made by the agent: the same again is the same request", REQUIRED),
    F("user", FIELD_TEXT, "Who asks", .flags = FIELD_REQUIRED | FIELD_TRIMMED, .max = TICKET_USER_CHARACTERS_MAX),
    F("reason", FIELD_TEXT, "Why", .flags = FIELD_REQUIRED | FIELD_TRIMMED, .max = TICKET_REASON_CHARACTERS_MAX),
    F("application", FIELD_OBJECT, "What is to run", NULLABLE, .shape = &authorization_request_info_shape),
};
SHAPE_ROW(application_body, "AgentApplicationRequest", "A user asks to run an application with rights", application_fields);
static const struct field admin_fields[] = {
    F("id", FIELD_UUID, "Made by the agent: the same again is the same request", REQUIRED),
    F("user", FIELD_TEXT, "Who asks", .flags = FIELD_REQUIRED | FIELD_TRIMMED, .max = TICKET_USER_CHARACTERS_MAX),
    F("userId", FIELD_TEXT, "Id of the user on the computer", NULLABLE, .max = TICKET_USER_CHARACTERS_MAX),
    F("reason", FIELD_TEXT, "Why", NULLABLE, .max = TICKET_REASON_CHARACTERS_MAX),
    F("seconds", FIELD_INT, "Length of the session", NULLABLE, .min = ADMIN_SESSION_S_MIN, .max = ADMIN_SESSION_S_MAX),
};
SHAPE_ROW(admin_body, "AgentAdminRequest", "A user asks for an admin session", admin_fields);
static const struct field event_fields[] = {
    F("event", FIELD_ENUM, "What happened", REQUIRED, .names = &request_event_names),
    F("reason", FIELD_ENUM, "Of the end of a session; left out: UserEnded", NULLABLE, .names = &admin_end_reason_names),
    F("at", FIELD_TIME, "When; left out: now", NULLABLE),
};
SHAPE_ROW(event_body, "AgentRequestOutcome", "What came of a request", event_fields);
static const struct field request_fields[] = {
    F("id", FIELD_UUID, "Request id", REQUIRED), F("kind", FIELD_ENUM, "Kind", REQUIRED, .names = &kind_names),
    F("decision", FIELD_ENUM, "Pending, Approved or Denied", REQUIRED, .names = &decision_names),
    F("state", FIELD_ENUM, "Where it is in its life", REQUIRED, .names = &request_state_names),
    F("user", FIELD_TEXT, "Who asked", NULLABLE), F("userId", FIELD_TEXT, "Id of the user; admin sessions", NULLABLE),
    F("ticketId", FIELD_TEXT, "Ticket number", NULLABLE), F("message", FIELD_TEXT, "Text for the user", NULLABLE),
    F("decisionPerformedByUser", FIELD_TEXT, "Who decided", NULLABLE),
    F("duration", FIELD_TEXT, "Once, Forever, or how long; applications", NULLABLE),
    F("startDate", FIELD_TIME, "Approved from; applications", NULLABLE), F("endDate", FIELD_TIME, "Approved until; applications", NULLABLE),
    F("application", FIELD_OBJECT, "What is to run; applications", NULLABLE, .shape = &authorization_request_info_shape),
    F("seconds", FIELD_INT, "Length of the session; admin sessions", NULLABLE),
    F("sessionStart", FIELD_TIME, "As reported; admin sessions", NULLABLE), F("sessionEnd", FIELD_TIME, "As reported; admin sessions", NULLABLE),
};
SHAPE_ROW(request_shape, "AgentRequest", "A request and its decision", request_fields);
static const struct field decisions_fields[] = {
    F("version", FIELD_INT64, "Goes up with every change", REQUIRED),
    F("items", FIELD_ARRAY, "All that wait or hold, and what changed in the last day", REQUIRED, .shape = &request_shape),
};
SHAPE_ROW(decisions_shape, "AgentDecisions", "The requests of this computer", decisions_fields);

static const struct field check_in_answer_fields[] = {
    F("state", FIELD_ENUM, "State of the computer", REQUIRED, .names = &state_names),
    F("groupId", FIELD_UUID, "Its group", NULLABLE),
    F("policy", FIELD_OBJECT, "What to run, when that is not what runs", NULLABLE, .shape = &policy_shape),
    F("clearPolicy", FIELD_BOOL, "Run no policy any more", REQUIRED),
    F("commands", FIELD_ARRAY, "What to do, oldest first", REQUIRED, .shape = &command_shape),
    F("decisions", FIELD_OBJECT, "The requests of this computer, when they are not what the agent knows", NULLABLE, .shape = &decisions_shape),
    F("report", FIELD_BOOL, "Send a status report", REQUIRED),
    F("nextCheckInSeconds", FIELD_INT, "When to come again, for agents that do not wait", REQUIRED),
    F("serverTime", FIELD_TIME, "Clock of the server", REQUIRED),
};
SHAPE_ROW(check_in_answer, "AgentCheckIn", "What is new", check_in_answer_fields);

static const struct field status_fields[] = {
    F("host", FIELD_TEXT, "Host name", NULLABLE, .max = 255),
    F("agentVersion", FIELD_TEXT, "Version of the agent", NULLABLE, .max = 64),
    F("adapterVersion", FIELD_TEXT, "Version of the adapter", NULLABLE, .max = 64),
    F("endpointInformation", FIELD_OBJECT, "The machine", NULLABLE, .shape = &endpoint_information_shape),
    F("appliedRevisionId", FIELD_UUID, "Policy revision that runs; null: none; left out: not said", NULLABLE),
    F("appliedOn", FIELD_TIME, "When it was applied", NULLABLE),
    F("policyError", FIELD_TEXT, "Why the last policy was not applied; null: it was", NULLABLE, .max = 4096),
};
SHAPE_ROW(status_body, "AgentStatusRequest", "A status report", status_fields);
static const struct field outcome_fields[] = {
    F("status", FIELD_ENUM, "What became of it", REQUIRED, .names = &outcome_names),
    F("result", FIELD_TEXT, "Answer or error text", NULLABLE, .max = 4096),
};
SHAPE_ROW(outcome_body, "AgentCommandResult", "What became of a command", outcome_fields);
static const struct field stored_fields[] = {
    F("nextSequence", FIELD_INT64, "Number of the event that comes next", REQUIRED),
    F("stored", FIELD_INT64, "Events stored now", REQUIRED), F("repeated", FIELD_INT64, "Events that were stored before", REQUIRED),
    F("lost", FIELD_INT64, "Events missing before this batch", REQUIRED),
};
SHAPE_ROW(stored_shape, "AgentEventsStored", "How far the events are stored", stored_fields);
static const struct field renew_fields[] = { F("csr", FIELD_TEXT, "Certificate request of the new key", REQUIRED, .max = PEM_CHARACTERS_MAX) };
SHAPE_ROW(renew_body, "AgentRenewRequest", "A new key", renew_fields);
static const struct field renewed_fields[] = { F("certificate", FIELD_TEXT, "Client certificate (PEM)", REQUIRED) };
SHAPE_ROW(renewed_shape, "AgentRenewed", "The new certificate", renewed_fields);

static const struct parameter events_parameters[] = {
    { .name = "Reeve-First-Sequence", .in = "header", .type = FIELD_INT64, .flags = FIELD_REQUIRED, .min = 1, .max = INT64_MAX / 2, .summary = "Number of the first line's event" },
    { .name = "Content-Encoding", .in = "header", .type = FIELD_TEXT, .summary = "zstd, gzip or identity" },
};
static const struct parameter log_parameters[] = {
    { .name = "Reeve-File-Name", .in = "header", .type = FIELD_TEXT, .summary = "Name of the file" },
};

static const struct parameter policy_parameters[] = {
    { .name = "If-None-Match", .in = "header", .type = FIELD_TEXT, .summary = "ETag of the document that the agent has" },
};

#define USUAL ANSWER_400, ANSWER_ROW(401, ANSWER_PROBLEM, NULL, "WWW-Authenticate", "Token missing or stale, or (type urn:reeve:problem:enrol-again) the computer was deleted"), \
    ANSWER_ROW(403, ANSWER_PROBLEM, NULL, NULL, "The computer was rejected"), ANSWER_ROW(503, ANSWER_PROBLEM, NULL, "Retry-After", "Busy; come again"), ANSWER_500
static const struct answer enrol_answers[] = { ANSWER_ROW(201, ANSWER_SHAPE, &enrolled, NULL, "Enrolled"), USUAL };
static const struct answer token_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &token_answer, NULL, "A token"), ANSWER_413, ANSWER_415, USUAL };
static const struct answer check_in_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &check_in_answer, NULL, "What is new"), USUAL };
static const struct answer done_answers[] = { ANSWER_DONE("Taken"), ANSWER_404, ANSWER_409, USUAL };
static const struct answer policy_answers[] = {
    { 200, ANSWER_FILE, NULL, "application/xml", "ETag X-Policy-Sha256", "The document" }, ANSWER_ROW(304, ANSWER_EMPTY, NULL, "ETag", "The same as before"), ANSWER_404, ANSWER_409, USUAL,
};
static const struct answer events_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &stored_shape, NULL, "Durable"), ANSWER_409, ANSWER_413, ANSWER_415, USUAL };
static const struct answer log_answers[] = { ANSWER_DONE("Stored"), ANSWER_404, ANSWER_409, ANSWER_413, USUAL };
static const struct answer renew_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &renewed_shape, NULL, "Renewed"), ANSWER_409, USUAL };

static const struct answer request_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &request_shape, NULL, "The request as it is now"), ANSWER_404, ANSWER_409, ANSWER_429, USUAL };
static const struct parameter request_parameters[] = {
    { .name = "waitSeconds", .in = "query", .type = FIELD_INT, .min = 0, .max = WAIT_S_MAX, .summary = "Wait so long for the decision" },
};

#define ROUTE_ROW(row_method, row_path, row_id, row_area, row_work, row_run, rows, ...) \
    { .method = row_method, .path = row_path, .id = row_id, .tag = "Agent", .area = row_area, .level = LEVEL_FULL, .work = row_work, .run = row_run, \
      .answers = rows, .answer_count = COUNT_OF(rows), .summary = __VA_ARGS__ }
#define BODY_JSON_OF(shape_of, bytes) .body_kind = BODY_JSON, .body = &shape_of, .body_bytes_max = bytes
#define BODY(shape_of) BODY_JSON_OF(shape_of, REPORT_BODY_BYTES_MAX)
static const struct route routes[] = {
    ROUTE_ROW(METHOD_POST, "enrol", "Agent_Enrol", AREA_NONE, WORK_WRITE, agent_enrol, enrol_answers, "Enrol a computer", BODY(enrol_body)),
    ROUTE_ROW(METHOD_POST, "token", "Agent_Token", AREA_NONE, WORK_INLINE, agent_token, token_answers, "Get an access token by signed assertion", .body_kind = BODY_RAW, .body = &token_body, .body_bytes_max = TOKEN_BODY_BYTES_MAX),
    ROUTE_ROW(METHOD_POST, "check-in", "Agent_CheckIn", AREA_AGENT, WORK_WAIT, agent_check_in, check_in_answers, "Ask what is new, or wait for it", BODY(check_in_body)),
    ROUTE_ROW(METHOD_POST, "status", "Agent_Status", AREA_AGENT, WORK_WRITE, agent_status, done_answers, "Report facts, versions and the policy that runs", BODY(status_body)),
    ROUTE_ROW(METHOD_GET, "policy/{revisionId}", "Agent_Policy", AREA_AGENT, WORK_SLOW, agent_policy, policy_answers, "Fetch the assigned policy revision", .parameters = policy_parameters, .parameter_count = COUNT_OF(policy_parameters)),
    ROUTE_ROW(METHOD_POST, "commands/{id}", "Agent_Command", AREA_AGENT, WORK_WRITE, agent_command, done_answers, "Say what became of a command", BODY(outcome_body)),
    ROUTE_ROW(METHOD_POST, "events", "Agent_Events", AREA_AGENT, WORK_WRITE, agent_events, events_answers, "Send events, one JSON object a line", .prepare = agent_events_prepare, .body_kind = BODY_RAW, .body_bytes_max = EVENTS_BODY_BYTES_MAX, .parameters = events_parameters, .parameter_count = COUNT_OF(events_parameters)),
    ROUTE_ROW(METHOD_POST, "logs/{logId}", "Agent_Log", AREA_AGENT, WORK_WRITE, agent_log, log_answers, "Upload a log that was asked for", .body_kind = BODY_RAW, .body_bytes_max = LOG_BODY_BYTES_MAX, .parameters = log_parameters, .parameter_count = COUNT_OF(log_parameters)),
    ROUTE_ROW(METHOD_POST, "renew", "Agent_Renew", AREA_AGENT, WORK_WRITE, agent_renew, renew_answers, "Renew the certificate, with a new key", BODY(renew_body)),
    ROUTE_ROW(METHOD_POST, "requests/application", "Agent_RequestApplication", AREA_AGENT, WORK_WRITE, agent_request_application, request_answers, "Ask to run an application with rights", BODY_JSON_OF(application_body, REQUEST_BODY_BYTES_MAX)),
    ROUTE_ROW(METHOD_POST, "requests/admin", "Agent_RequestAdmin", AREA_AGENT, WORK_WRITE, agent_request_admin, request_answers, "Ask for an admin session", BODY_JSON_OF(admin_body, REQUEST_BODY_BYTES_MAX)),
    ROUTE_ROW(METHOD_GET, "requests/{id}", "Agent_Request", AREA_AGENT, WORK_WAIT, agent_request_get, request_answers, "Read a request, or wait for its decision", .parameters = request_parameters, .parameter_count = COUNT_OF(request_parameters)),
    ROUTE_ROW(METHOD_POST, "requests/{id}", "Agent_RequestOutcome", AREA_AGENT, WORK_WRITE, agent_request_outcome, request_answers, "Say that an approval was used, or that a session began or ended", BODY_JSON_OF(event_body, REQUEST_BODY_BYTES_MAX)),
};
/* clang-format on */
static const size_t route_count = COUNT_OF(routes);
static const struct route_table tables[] = { { routes, &route_count } };
static const struct tag tags[] = { { "Agent", "What endpoints call" } };

const struct face agent_face = {
    .name = "agent",
    .prefix = "/agent/v1/",
    .tables = tables,
    .table_count = COUNT_OF(tables),
    .tags = tags,
    .tag_count = COUNT_OF(tags),
    .title = "Reeve agent protocol",
    .authenticate = agent_authenticate,
};
