#include "model/changes.h"
#include "resource/computers/computers_parts.h"
#include "resource/policies/policies.h"

/* clang-format off */
#define NAMES(variable, schema_name, ...) \
    static const char *const variable##_values[] = { __VA_ARGS__ }; \
    static const struct names variable = { schema_name, variable##_values, COUNT_OF(variable##_values) }
static const char *const host_type_values[] = { "MicrosoftWindows", "MacOS", "Linux", "Unknown" };
const struct names computer_host_type_names = { "HostType", host_type_values, COUNT_OF(host_type_values) };
NAMES(authorisations, "AuthorisationState", "Pending", "Authorised", "Rejected", "Deactivated");
NAMES(connections, "ConnectionStatus", "Connected", "Disconnected", "Archived", "PendingActivation");
NAMES(credentials, "CredentialType", "OAUTH", "CERTIFICATE");
NAMES(command_types, "CommandType", "ApplyPolicy", "ClearPolicy", "RetrieveLogs", "RetrieveStatusInfo", "RenewCertificate", "Deactivate");
NAMES(command_states, "CommandStatus", "Pending", "Sent", "Completed", "Failed", "Expired");
NAMES(log_states, "ComputerLogStatus", "Requested", "Received", "Failed");

#define CONNECTED    "CASE WHEN k.last_connected >= {cutoff} THEN 1 ELSE 0 END"
#define CONNECTION   "CASE WHEN c.archived = 1 THEN 2 WHEN c.authorisation_state = 0 THEN 3 WHEN k.last_connected >= {cutoff} THEN 0 ELSE 1 END"
#define DAYS_AWAY    "CASE WHEN k.last_connected >= {cutoff} THEN 0 ELSE ({now} - CASE WHEN k.last_connected > 0 THEN k.last_connected ELSE c.created END) / 86400000000 END"
#define POLICY_STATE "CASE WHEN g.policy_revision_id IS NULL THEN 2 WHEN c.host_revision_id = g.policy_revision_id THEN 0 ELSE 1 END"
#define DEACTIVATED  "CASE WHEN c.authorisation_state = 3 THEN 1 ELSE 0 END"
#define LOCKED       "CASE WHEN EXISTS (SELECT 1 FROM command q WHERE q.computer_id = c.id AND q.status < 2 AND q.command_type < 2) THEN 1 ELSE 0 END"

#define F(name, field_type, sql, ...) { .json = name, .type = field_type, .column = sql, .summary = __VA_ARGS__ }
#define NULLABLE .flags = FIELD_NULLABLE
#define BY_TEXT(expression) .sort = expression, .sort_is_text = true
#define BY_INT(expression) .sort = expression

static const struct field row_fields[] = {
    F("id", FIELD_UUID, "c.id", "Computer id", .flags = FIELD_REQUIRED, BY_TEXT("c.id")),
    F("hostType", FIELD_ENUM, "c.host_type", "Kind of computer", .names = &computer_host_type_names, BY_INT("c.host_type")),
    F("created", FIELD_TIME, "c.created", "Row made", .flags = FIELD_INDEXED, BY_INT("c.created")),
    F("adapterVersion", FIELD_TEXT, "c.adapter_version", "Adapter version", NULLABLE, BY_TEXT("COALESCE(c.adapter_version, '')")),
    F("packageManagerVersion", FIELD_TEXT, "c.package_manager_version", "Package manager version; NA when it is not installed", NULLABLE, BY_TEXT("c.package_manager_version")),
    F("agentVersion", FIELD_TEXT, "c.agent_version", "Client version", NULLABLE, BY_TEXT("COALESCE(c.agent_version, '')")),
    F("authorisationState", FIELD_ENUM, "c.authorisation_state", "Authorisation state", .names = &authorisations, BY_INT("c.authorisation_state")),
    F("lastConnected", FIELD_TIME, "NULLIF(k.last_connected, 0)", "Last contact", .flags = FIELD_NULLABLE | FIELD_INDEXED, BY_INT("k.last_connected")),
    F("deactivated", FIELD_BOOL, DEACTIVATED, "Deactivated", BY_INT(DEACTIVATED)),
    F("autoDeactivated", FIELD_BOOL, "0", "Deactivated by a rule"),
    F("pendingDeactivation", FIELD_BOOL, "0", "Deactivation waits for the agent"),
    F("deactivatedOn", FIELD_TIME, "NULLIF(0, 0)", "Deactivated on", NULLABLE, BY_INT(DEACTIVATED)),
    F("groupId", FIELD_UUID, "c.group_id", "Group, null when ungrouped", NULLABLE),
    F("groupName", FIELD_TEXT, "g.name", "Name of the group", NULLABLE, BY_TEXT("COALESCE(g.name_key, '')")),
    F("policyId", FIELD_UUID, "r.policy_id", "Policy assigned through the group", NULLABLE),
    F("policyName", FIELD_TEXT, "p.name", "Name of that policy", NULLABLE, BY_TEXT("COALESCE(p.name_key, '')")),
    F("policyRevision", FIELD_INT, "r.revision", "Revision assigned through the group", NULLABLE, BY_INT("COALESCE(r.revision, -1)")),
    F("policyRevisionStatus", FIELD_ENUM, POLICY_STATE, "Does the computer run the assigned revision", .names = &policy_revision_status_names, BY_INT(POLICY_STATE)),
    F("hostPolicyId", FIELD_UUID, "c.host_policy_id", "Policy the computer reports", NULLABLE),
    F("hostPolicyName", FIELD_TEXT, "c.host_policy_name", "Name of the policy the computer reports", NULLABLE, BY_TEXT("COALESCE(c.host_policy_name, '')")),
    F("hostPolicyRevision", FIELD_INT, "c.host_policy_revision", "Revision the computer reports", NULLABLE),
    F("duplicateCount", FIELD_INT, "c.duplicate_count", "Other rows that look like the same machine", BY_INT("c.duplicate_count")),
    F("credentialType", FIELD_ENUM, "c.credential_type", "How the agent signs in", .names = &credentials),
    F("policyUpdateTimeStamp", FIELD_TIME, "c.policy_updated", "Policy last applied (capital S in Stamp)", NULLABLE, BY_INT("COALESCE(c.policy_updated, -1)")),
    F("daysDisconnected", FIELD_INT, DAYS_AWAY, "Whole days since lastConnected, 0 while connected", BY_INT(DAYS_AWAY)),
    F("connectionStatus", FIELD_ENUM, CONNECTION, "Connection status", .names = &connections, BY_INT(CONNECTION)),
    F("archived", FIELD_BOOL, "c.archived", "Archived", BY_INT("c.archived")),
    F("archivedOn", FIELD_TIME, "c.archived_on", "Archived on", NULLABLE, BY_INT("COALESCE(c.archived_on, -1)")),
    F("authorisedOn", FIELD_TIME, "c.authorised", "Authorised on", NULLABLE, BY_INT("COALESCE(c.authorised, -1)")),
    F("host", FIELD_TEXT, "c.host", "Host name", .flags = FIELD_NULLABLE | FIELD_INDEXED, .max = 255, BY_TEXT("c.host_key")),
    F("os", FIELD_TEXT, "c.os", "Operating system caption", NULLABLE, BY_TEXT("COALESCE(c.os, '')")),
    F("domain", FIELD_TEXT, "c.domain", "Domain or workgroup", NULLABLE, BY_TEXT("COALESCE(c.domain, '')")),
    F("locked", FIELD_BOOL, LOCKED, "A policy command is open for this computer"),
    F("errorInfo", FIELD_TEXT, "c.error_info", "Last error of a command or policy", NULLABLE),
};
const struct shape computer_row = {
    .name = "ComputerListItem", .summary = "Row of the list", .fields = row_fields, .count = COUNT_OF(row_fields), .times = TIME_ZONED,
};

/* --- logs and commands --------------------------------------------------------------------------- */

static const struct field log_fields[] = {
    F("id", FIELD_UUID, "l.id", "Log id"),
    F("computerId", FIELD_UUID, "l.computer_id", "Computer id"),
    F("name", FIELD_TEXT, "l.name", "File name", NULLABLE),
    F("status", FIELD_ENUM, "l.status", "Requested, Received or Failed", .names = &log_states),
    F("size", FIELD_INT64, "l.size_bytes", "Bytes", NULLABLE),
    F("requested", FIELD_TIME, "l.requested", "Asked for on", NULLABLE),
    F("created", FIELD_TIME, "l.created", "Received on", NULLABLE),
    F("requestedBy", FIELD_TEXT, "l.requested_by", "User or API account that asked", NULLABLE),
};
const struct shape log_row = {
    .name = "ComputerLogModel", .summary = "One uploaded log", .fields = log_fields, .count = COUNT_OF(log_fields), .times = TIME_BARE,
};
#define COMPUTER_EXISTS "SELECT 1 FROM computer WHERE id = $1 AND deleted_on = 0"
const struct resource computer_logs_resource = {
    .name = "ComputerLogs", .noun = "log", .from = "computer_log l", .key = "l.id", .row = &log_row, .parent = "l.computer_id",
    .parent_exists = COMPUTER_EXISTS, .parent_noun = "computer", .order = "COALESCE(l.requested, l.created) DESC, l.id DESC",
};

static const struct field command_fields[] = {
    F("id", FIELD_UUID, "q.id", "Command id"),
    F("computerId", FIELD_UUID, "q.computer_id", "Computer id"),
    F("taskId", FIELD_UUID, "q.task_id", "Task that made it", NULLABLE),
    F("commandType", FIELD_ENUM, "q.command_type", "Kind of command", .names = &command_types),
    F("status", FIELD_ENUM, "q.status", "State of the command", .names = &command_states),
    F("created", FIELD_TIME, "q.created", "Queued on"),
    F("sent", FIELD_TIME, "q.sent", "Given to the agent on", NULLABLE),
    F("completed", FIELD_TIME, "q.completed", "Answered on", NULLABLE),
    F("result", FIELD_TEXT, "q.result", "Answer or error text", NULLABLE),
};
const struct shape command_row = {
    .name = "ComputerCommandLogModel", .summary = "One command sent to an agent", .fields = command_fields, .count = COUNT_OF(command_fields), .times = TIME_BARE,
};
const struct resource computer_commands_resource = {
    .name = "ComputerCommands", .noun = "command", .from = "command q", .key = "q.id", .row = &command_row, .parent = "q.computer_id",
    .parent_exists = COMPUTER_EXISTS, .parent_noun = "computer", .order = "q.created DESC, q.id DESC",
};

/* --- the detail ----------------------------------------------------------------------------------- */

static const struct field certificate_fields[] = {
    F("thumbprint", FIELD_TEXT, "i.thumbprint", "SHA-256 of the certificate", NULLABLE),
    F("subject", FIELD_TEXT, "i.subject", "Subject", NULLABLE),
    F("issuer", FIELD_TEXT, "i.issuer", "Issuer", NULLABLE),
    F("serialNumber", FIELD_TEXT, "i.serial_number", "Serial number", NULLABLE),
    F("validFrom", FIELD_TIME, "i.valid_from", "Valid from", NULLABLE),
    F("validTo", FIELD_TIME, "i.valid_to", "Valid until", NULLABLE),
    F("renewalRequestedOn", FIELD_TIME, "i.renewal_requested_on", "Renewal queued on", NULLABLE),
};
static const struct shape certificate_shape = {
    .name = "CertificateInformation", .summary = "Client certificate", .fields = certificate_fields, .count = COUNT_OF(certificate_fields), .times = TIME_BARE,
};

static const struct field detail_fields[] = {
    F("id", FIELD_UUID, "c.id", "Computer id", .flags = FIELD_REQUIRED),
    F("hostType", FIELD_ENUM, "c.host_type", "Kind of computer", .names = &computer_host_type_names),
    F("created", FIELD_TIME, "c.created", "Row made"),
    F("adapterVersion", FIELD_TEXT, "c.adapter_version", "Adapter version", NULLABLE),
    F("packageManagerVersion", FIELD_TEXT, "c.package_manager_version", "Package manager version; NA when it is not installed", NULLABLE),
    F("agentVersion", FIELD_TEXT, "c.agent_version", "Client version", NULLABLE),
    F("authorisationState", FIELD_ENUM, "c.authorisation_state", "Authorisation state", .names = &authorisations),
    F("authorised", FIELD_TIME, "c.authorised", "Date and time of authorisation, null before; a date although the name reads like a flag", NULLABLE),
    F("authorisedOn", FIELD_TIME, "c.authorised", "Authorised on", NULLABLE),
    F("connected", FIELD_BOOL, CONNECTED, "Connected now", NULLABLE),
    F("lastConnected", FIELD_TIME, "NULLIF(k.last_connected, 0)", "Last contact", NULLABLE),
    F("deactivated", FIELD_BOOL, DEACTIVATED, "Deactivated"),
    F("autoDeactivated", FIELD_BOOL, "0", "Deactivated by a rule"),
    F("pendingDeactivation", FIELD_BOOL, "0", "Deactivation waits for the agent"),
    F("deactivatedOn", FIELD_TIME, "NULLIF(0, 0)", "Deactivated on", NULLABLE),
    F("groupId", FIELD_UUID, "c.group_id", "Group, null when ungrouped", NULLABLE),
    F("groupName", FIELD_TEXT, "g.name", "Name of the group", NULLABLE),
    F("policyId", FIELD_UUID, "r.policy_id", "Policy assigned through the group", NULLABLE),
    F("policyName", FIELD_TEXT, "p.name", "Name of that policy", NULLABLE),
    F("policyRevision", FIELD_INT, "r.revision", "Revision assigned through the group", NULLABLE),
    F("policyRevisionStatus", FIELD_ENUM, POLICY_STATE, "Does the computer run the assigned revision", .names = &policy_revision_status_names),
    F("endpointInformation", FIELD_JSON, "e.document", "What the agent reports about the machine", .flags = FIELD_REQUIRED, .shape = &endpoint_information_shape),
    F("certificateInformation", FIELD_OBJECT, NULL, "Client certificate", NULLABLE, .shape = &certificate_shape),
    F("hostPolicyId", FIELD_UUID, "c.host_policy_id", "Policy the computer reports", NULLABLE),
    F("hostPolicyName", FIELD_TEXT, "c.host_policy_name", "Name of the policy the computer reports", NULLABLE),
    F("hostPolicyRevision", FIELD_INT, "c.host_policy_revision", "Revision the computer reports", NULLABLE),
    F("hostLastUpdated", FIELD_TIME, "c.host_last_updated", "Agent last reported its details", NULLABLE),
    F("agentLogs", FIELD_ARRAY, NULL, "Uploaded logs", .shape = &log_row, .rows = &computer_logs_resource),
    F("duplicateCount", FIELD_INT, "c.duplicate_count", "Other rows that look like the same machine"),
    F("credentialType", FIELD_ENUM, "c.credential_type", "How the agent signs in", .names = &credentials),
    F("policyUpdateTimeStamp", FIELD_TIME, "c.policy_updated", "Policy last applied (capital S in Stamp)", NULLABLE),
    F("daysDisconnected", FIELD_INT, DAYS_AWAY, "Whole days since lastConnected, 0 while connected"),
    F("connectionStatus", FIELD_ENUM, CONNECTION, "Connection status", .names = &connections),
    F("archived", FIELD_BOOL, "c.archived", "Archived"),
    F("archivedOn", FIELD_TIME, "c.archived_on", "Archived on", NULLABLE),
    F("eventsLost", FIELD_INT64, "s.lost_count", "Events whose sequence numbers never arrived", .flags = FIELD_NULLABLE | FIELD_EXTENSION),
    F("eventsStored", FIELD_INT64, "s.stored_count", "Events stored", .flags = FIELD_NULLABLE | FIELD_EXTENSION),
};
const struct shape computer_detail = {
    .name = "ComputerDetail", .summary = "One computer; the name is endpointInformation.systemName", .fields = detail_fields, .count = COUNT_OF(detail_fields), .times = TIME_BARE,
};

/* --- the list -------------------------------------------------------------------------------------- */

static const char *const os_aliases[] = { "Filter.OperatingSystem", NULL };
static const char *const days_aliases[] = { "Filter.DaysDisconnected", NULL };
#define FILTER_ROW(filter_name, filter_kind, sql, ...) { .name = filter_name, .kind = filter_kind, .column = sql, .summary = __VA_ARGS__ }
#define BASE .base_table_only = true
static const struct filter filters[] = {
    FILTER_ROW("ComputerId", FILTER_UUID, "c.id", "Id of the computer", BASE),
    FILTER_ROW("Host", FILTER_CONTAINS, "c.host_key", "Part of the host name", BASE),
    FILTER_ROW("HostType", FILTER_ENUM, "c.host_type", "Kind of computer", .names = &computer_host_type_names, BASE),
    FILTER_ROW("AgentVersion", FILTER_CONTAINS, "c.agent_version", "Client version, e.g. 5.6.126.0", BASE),
    FILTER_ROW("AdapterVersion", FILTER_CONTAINS, "c.adapter_version", "Adapter version, e.g. 20.5.195.0", BASE),
    FILTER_ROW("PackageManagerVersion", FILTER_CONTAINS, "c.package_manager_version", "Package manager version, e.g. 20.5.195.0", BASE),
    FILTER_ROW("AuthorisationState", FILTER_ENUM_TEXT, "c.authorisation_state", "State: Pending, Authorised, Rejected or Deactivated", .names = &authorisations, BASE),
    FILTER_ROW("LastConnected", FILTER_DATES, "k.last_connected", "Last contact"),
    FILTER_ROW("PolicyRevisionStatus", FILTER_ENUM, POLICY_STATE, "Policy state of the computer", .names = &policy_revision_status_names),
    FILTER_ROW("PolicyId", FILTER_UUID, "r.policy_id", "Policy of the computer's group"),
    FILTER_ROW("PolicyName", FILTER_CONTAINS, "p.name", "Part of the policy name"),
    FILTER_ROW("GroupId", FILTER_UUID, "c.group_id", "Group of the computer", BASE),
    FILTER_ROW("GroupName", FILTER_CONTAINS, "g.name", "Part of the group name"),
    FILTER_ROW("OS", FILTER_CONTAINS, "c.os", "Part of the operating system name", .aliases = os_aliases, BASE),
    FILTER_ROW("Domain", FILTER_CONTAINS, "c.domain", "Part of the domain name", BASE),
    FILTER_ROW("DuplicateOnly", FILTER_SWITCH, NULL, "Only computers whose duplicateCount is above 0", .when_true = "c.duplicate_count > 0", BASE),
    FILTER_ROW("IncludeDeactivated", FILTER_SWITCH, NULL, "Also deactivated computers; default false", .when_false = "c.authorisation_state <> 3", BASE),
    FILTER_ROW("IncludeArchived", FILTER_SWITCH, NULL, "Also archived computers; default true", .when_false = "c.archived = 0", .when_absent = true, BASE),
    FILTER_ROW("PolicyUpdateTimeStamp", FILTER_DATES, "c.policy_updated", "Policy last applied", BASE),
    FILTER_ROW("DaysDisconnected", FILTER_NUMBER, DAYS_AWAY, "Days without contact to compare with", .aliases = days_aliases),
    FILTER_ROW("ConnectionStatus", FILTER_ENUM, CONNECTION, "Connection status", .names = &connections),
    FILTER_ROW("Created", FILTER_DATES, "c.created", "Row created", BASE),
    FILTER_ROW("ArchivedOn", FILTER_DATES, "c.archived_on", "Archived on", BASE),
};

/* Every last_connected is 0 or more. Saying so makes SQLite see that the sort by last contact can walk its index; without
   it the first page of 100,000 computers takes 40 ms instead of 0.5. */
#define LIST_FROM \
    "computer c JOIN computer_contact k ON k.computer_id = c.id AND k.last_connected >= 0" \
    " LEFT JOIN computer_group g ON g.id = c.group_id" \
    " LEFT JOIN policy_revision r ON r.id = g.policy_revision_id" \
    " LEFT JOIN policy p ON p.id = r.policy_id"
static const struct changes row_changes = CHANGES_OF("1");
const struct resource computers_resource = {
    .name = "Computers", .noun = "computer", .from = LIST_FROM,
    .detail_from = LIST_FROM " JOIN computer_endpoint e ON e.computer_id = c.id"
                             " LEFT JOIN computer_identity i ON i.computer_id = c.id"
                             " LEFT JOIN computer_stream s ON s.computer_id = c.id",
    .where = "c.deleted_on = 0", .key = "c.id", .object = "c.group_id", .row = &computer_row, .detail = &computer_detail,
    .filters = filters, .filter_count = COUNT_OF(filters), .default_sort = "created",
    .count_from = "computer c",
    /* No living computer is in the leftover state Deactivated, so the list that leaves those out has them all. */
    .tally = "computer",
    .changes = &row_changes,
    .schema_page = "ComputerPagedResponse", .schema_filter = "ComputerFilterModel",
};
/* clang-format on */
