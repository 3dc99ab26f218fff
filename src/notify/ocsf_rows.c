/* Which member becomes which attribute, which class a record has, and what it needs besides. */
#include "notify/format_ocsf.h"

/* clang-format off */
#define K(kind) OCSF_KIND(RECORD_##kind)
#define EVERY_EVENT (K(PROCESS) | K(FILE) | K(MODULE) | K(APPLICATION) | K(LOGON) | K(GROUP) | K(POLICY) | K(OTHER))
#define SYSTEM (K(PROCESS) | K(FILE) | K(MODULE))
#define NOT_POLICY (EVERY_EVENT & ~K(POLICY))
#define REQUESTS (K(REQUEST) | K(DECISION))

/* --- names and their numbers ----------------------------------------------------------------------------------------- */

static const struct ocsf_name outcomes[] = {
    { "success", 1, "Success" }, { "failure", 2, "Failure" }, { "unknown", 0, "Unknown" }, { 0 },
};
static const struct ocsf_name decisions[] = {
    { "Approved", 1, "Success" }, { "Denied", 2, "Failure" }, { 0 },
};
static const struct ocsf_name systems[] = {
    { "windows", 100, "Windows" }, { "linux", 200, "Linux" }, { "macos", 300, "macOS" }, { "mac", 300, "macOS" }, { "darwin", 300, "macOS" }, { 0 },
};
static const struct ocsf_name chassis[] = {
    { "server", 1, "Server" }, { "desktop", 2, "Desktop" }, { "workstation", 2, "Desktop" }, { "laptop", 3, "Laptop" }, { "notebook", 3, "Laptop" }, { "tablet", 4, "Tablet" },
    { "virtual", 6, "Virtual" }, { "virtual machine", 6, "Virtual" }, { 0 },
};
static const struct ocsf_name file_types[] = {
    { "file", 1, "Regular File" }, { "dir", 2, "Folder" }, { "directory", 2, "Folder" }, { "symlink", 7, "Symbolic Link" }, { 0 },
};
static const struct ocsf_name md5[] = { { "md5", 1, "MD5" }, { 0 } };
static const struct ocsf_name sha1[] = { { "sha1", 2, "SHA-1" }, { 0 } };
static const struct ocsf_name sha256[] = { { "sha256", 3, "SHA-256" }, { 0 } };
static const struct ocsf_name sha384[] = { { "sha384", 99, "SHA-384" }, { 0 } };
static const struct ocsf_name sha512[] = { { "sha512", 4, "SHA-512" }, { 0 } };
static const struct ocsf_name ssdeep[] = { { "ssdeep", 5, "CTPH" }, { 0 } };
static const struct ocsf_name tlsh[] = { { "tlsh", 6, "TLSH" }, { 0 } };

const struct ocsf_name ocsf_severities[] = {
    { "", 0, "Unknown" }, { "", 1, "Informational" }, { "", 2, "Low" }, { "", 3, "Medium" }, { "", 4, "High" }, { 0 },
};
const struct ocsf_name ocsf_actions[] = { { "", 1, "Allowed" }, { "", 2, "Denied" }, { 0 } };
const struct ocsf_name ocsf_dispositions[] = {
    { "", 1, "Allowed" }, { "", 2, "Blocked" }, { "", 8, "Approved" }, { "", 17, "Logged" }, { "", 99, "Cancelled by the user" }, { 0 },
};

/* --- members and attributes --------------------------------------------------------------------------------------------- */

static const struct ocsf_row event_rows[] = {
    { "@timestamp", "time", OCSF_TIME, 0, NULL },
    { "EPMWinMac.Configuration.Identifier", "policy.uid", OCSF_TEXT, NOT_POLICY, NULL },
    { "EPMWinMac.Configuration.Identifier", "entity.uid", OCSF_TEXT, K(POLICY), NULL },
    { "EPMWinMac.Configuration.Name", "policy.name", OCSF_TEXT, NOT_POLICY, NULL },
    { "EPMWinMac.Configuration.Name", "entity.name", OCSF_TEXT, K(POLICY), NULL },
    { "EPMWinMac.Configuration.RevisionNumber", "policy.version", OCSF_TEXT, NOT_POLICY, NULL },
    { "EPMWinMac.Configuration.RevisionNumber", "entity.version", OCSF_TEXT, K(POLICY), NULL },
    { "EPMWinMac.Configuration.Workstyle.Description", "policy.group.desc", OCSF_TEXT, NOT_POLICY, NULL },
    { "EPMWinMac.Configuration.Workstyle.Identifier", "policy.group.uid", OCSF_TEXT, NOT_POLICY, NULL },
    { "EPMWinMac.Configuration.Workstyle.Name", "policy.group.name", OCSF_TEXT, NOT_POLICY, NULL },
    { "EPMWinMac.GroupId", "device.groups[].uid", OCSF_TEXT, 0, NULL },
    { "EPMWinMac.PrivilegedGroup.Access", "privileges", OCSF_TEXTS, K(GROUP), NULL },
    { "EPMWinMac.PrivilegedGroup.Name", "group.name", OCSF_TEXT, K(GROUP), NULL },
    { "EPMWinMac.PrivilegedGroup.RID", "group.uid", OCSF_TEXT, K(GROUP), NULL },
    { "EPMWinMac.ServiceControl.Service.DisplayName", "app.name", OCSF_TEXT, K(APPLICATION), NULL },
    { "EPMWinMac.ServiceControl.Service.Name", "app.uid", OCSF_TEXT, K(APPLICATION), NULL },
    { "EPMWinMac.Session.Identifier", "process.session.uid", OCSF_TEXT, K(PROCESS), NULL },
    { "EPMWinMac.Session.Identifier", "session.uid", OCSF_TEXT, K(LOGON), NULL },
    { "EPMWinMac.TenantId", "metadata.tenant_uid", OCSF_TEXT, 0, NULL },
    { "agent.id", "device.uid", OCSF_TEXT, 0, NULL },
    { "agent.id", "device.agent_list[].uid", OCSF_TEXT, 0, NULL },
    { "agent.name", "device.agent_list[].name", OCSF_TEXT, 0, NULL },
    { "agent.version", "device.agent_list[].version", OCSF_TEXT, 0, NULL },
    { "event.ReceivedAt", "metadata.logged_time", OCSF_TIME, 0, NULL },
    { "event.code", "metadata.event_code", OCSF_TEXT, 0, NULL },
    { "event.dataset", "metadata.log_name", OCSF_TEXT, 0, NULL },
    { "event.end", "end_time", OCSF_TIME, 0, NULL },
    { "event.id", "metadata.uid", OCSF_TEXT, 0, NULL },
    { "event.ingested", "metadata.processed_time", OCSF_TIME, 0, NULL },
    { "event.original", "raw_data", OCSF_TEXT, 0, NULL },
    { "event.outcome", "status_id", OCSF_NUMBERED, 0, outcomes },
    { "event.provider", "metadata.log_provider", OCSF_TEXT, 0, NULL },
    { "event.reason", "status_detail", OCSF_TEXT, 0, NULL },
    { "event.sequence", "metadata.sequence", OCSF_INT, 0, NULL },
    { "event.start", "start_time", OCSF_TIME, 0, NULL },
    { "file.DriveType", "@file.drive_type", OCSF_TEXT, 0, NULL },
    { "file.SourceUrl", "@file.url.url_string", OCSF_TEXT, 0, NULL },
    { "file.accessed", "@file.accessed_time", OCSF_TIME, 0, NULL },
    { "file.code_signature.team_id", "@file.signature.developer_uid", OCSF_TEXT, 0, NULL },
    { "file.code_signature.timestamp", "@file.signature.created_time", OCSF_TIME, 0, NULL },
    { "file.created", "@file.created_time", OCSF_TIME, 0, NULL },
    { "file.directory", "@file.parent_folder", OCSF_TEXT, 0, NULL },
    { "file.hash.md5", "@file.hashes", OCSF_HASH, 0, md5 },
    { "file.hash.sha1", "@file.hashes", OCSF_HASH, 0, sha1 },
    { "file.hash.sha256", "@file.hashes", OCSF_HASH, 0, sha256 },
    { "file.hash.sha384", "@file.hashes", OCSF_HASH, 0, sha384 },
    { "file.hash.sha512", "@file.hashes", OCSF_HASH, 0, sha512 },
    { "file.hash.ssdeep", "@file.hashes", OCSF_HASH, 0, ssdeep },
    { "file.hash.tlsh", "@file.hashes", OCSF_HASH, 0, tlsh },
    { "file.mime_type", "@file.mime_type", OCSF_TEXT, 0, NULL },
    { "file.mtime", "@file.modified_time", OCSF_TIME, 0, NULL },
    { "file.name", "@file.name", OCSF_TEXT, 0, NULL },
    { "file.owner", "@file.owner.name", OCSF_TEXT, 0, NULL },
    { "file.path", "@file.path", OCSF_TEXT, 0, NULL },
    { "file.pe.company", "@file.company_name", OCSF_TEXT, 0, NULL },
    { "file.pe.description", "@file.desc", OCSF_TEXT, 0, NULL },
    { "file.pe.file_version", "@file.version", OCSF_TEXT, 0, NULL },
    { "file.pe.original_file_name", "@file.internal_name", OCSF_TEXT, 0, NULL },
    { "file.size", "@file.size", OCSF_INT, 0, NULL },
    { "file.type", "@file.type_id", OCSF_NUMBERED, 0, file_types },
    { "file.uid", "@file.owner.uid", OCSF_TEXT, 0, NULL },
    { "host.ChassisType", "device.type_id", OCSF_NUMBERED, 0, chassis },
    { "host.architecture", "device.hw_info.cpu_architecture", OCSF_TEXT, 0, NULL },
    { "host.domain", "device.domain", OCSF_TEXT, 0, NULL },
    { "host.hostname", "device.hostname", OCSF_TEXT, 0, NULL },
    { "host.hostname", "dst_endpoint.hostname", OCSF_TEXT, K(LOGON), NULL },
    { "host.id", "device.uid_alt", OCSF_TEXT, 0, NULL },
    { "host.ip", "device.ip", OCSF_ADDRESS, 0, NULL },
    { "host.ip", "dst_endpoint.ip", OCSF_ADDRESS, K(LOGON), NULL },
    { "host.mac", "device.mac", OCSF_FIRST, 0, NULL },
    { "host.name", "device.name", OCSF_TEXT, 0, NULL },
    { "host.os.kernel", "device.os.kernel_release", OCSF_TEXT, 0, NULL },
    { "host.os.name", "device.os.name", OCSF_TEXT, 0, NULL },
    { "host.os.type", "device.os.type_id", OCSF_NUMBERED, 0, systems },
    { "host.os.version", "device.os.version", OCSF_TEXT, 0, NULL },
    { "message", "message", OCSF_TEXT, 0, NULL },
    { "process.command_line", "@process.cmd_line", OCSF_TEXT, 0, NULL },
    { "process.end", "@process.terminated_time", OCSF_TIME, 0, NULL },
    { "process.entity_id", "@process.uid", OCSF_TEXT, 0, NULL },
    { "process.executable", "@process.file.path", OCSF_TEXT, 0, NULL },
    { "process.exit_code", "exit_code", OCSF_INT, K(PROCESS), NULL },
    { "process.hash.md5", "@process.file.hashes", OCSF_HASH, 0, md5 },
    { "process.hash.sha1", "@process.file.hashes", OCSF_HASH, 0, sha1 },
    { "process.hash.sha256", "@process.file.hashes", OCSF_HASH, 0, sha256 },
    { "process.name", "@process.name", OCSF_TEXT, 0, NULL },
    { "process.parent.command_line", "@parent.cmd_line", OCSF_TEXT, 0, NULL },
    { "process.parent.entity_id", "@parent.uid", OCSF_TEXT, 0, NULL },
    { "process.parent.executable", "@parent.file.path", OCSF_TEXT, 0, NULL },
    { "process.parent.name", "@parent.name", OCSF_TEXT, 0, NULL },
    { "process.parent.pid", "@parent.pid", OCSF_INT, 0, NULL },
    { "process.parent.start", "@parent.created_time", OCSF_TIME, 0, NULL },
    { "process.parent.user.name", "@parent.user.name", OCSF_TEXT, 0, NULL },
    { "process.pid", "@process.pid", OCSF_INT, 0, NULL },
    { "process.start", "@process.created_time", OCSF_TIME, 0, NULL },
    { "process.user.domain", "@process.user.domain", OCSF_TEXT, 0, NULL },
    { "process.user.id", "@process.user.uid", OCSF_TEXT, 0, NULL },
    { "process.user.name", "@process.user.name", OCSF_TEXT, 0, NULL },
    { "process.working_directory", "@process.working_directory", OCSF_TEXT, 0, NULL },
    { "source.domain", "src_endpoint.hostname", OCSF_TEXT, K(LOGON), NULL },
    { "source.ip", "src_endpoint.ip", OCSF_ADDRESS, K(LOGON), NULL },
    { "source.port", "src_endpoint.port", OCSF_INT, K(LOGON), NULL },
    { "tags", "metadata.labels", OCSF_TEXTS, 0, NULL },
    { "user.domain", "@user.domain", OCSF_TEXT, 0, NULL },
    { "user.email", "@user.email_addr", OCSF_TEXT, 0, NULL },
    { "user.full_name", "@user.full_name", OCSF_TEXT, 0, NULL },
    { "user.id", "@user.uid", OCSF_TEXT, 0, NULL },
    { "user.name", "@user.name", OCSF_TEXT, 0, NULL },
};

/* The object that says what changed becomes `entity.data`. */
static const struct ocsf_row audit_rows[] = {
    { "auditType", "metadata.event_code", OCSF_TEXT, 0, NULL },
    { "changedBy", "metadata.log_name", OCSF_TEXT, 0, NULL },
    { "created", "time", OCSF_TIME, 0, NULL },
    { "details", "message", OCSF_TEXT, 0, NULL },
    { "entity", "entity.type", OCSF_TEXT, 0, NULL },
    { "entityName", "entity.name", OCSF_TEXT, 0, NULL },
    { "id", "metadata.sequence", OCSF_INT, 0, NULL },
    { "user", "actor.user.name", OCSF_TEXT, 0, NULL },
    { "userId", "actor.user.uid", OCSF_TEXT, 0, NULL },
};

/* What happened to a request, with the request as it was then; or a request, as the API gives it by itself or in a list. The
   moment is the item's: documents have several. */
static const struct ocsf_row request_rows[] = {
    { "accessDecision.decision", "status_id", OCSF_NUMBERED, 0, decisions },
    { "accessDecision.decisionPerformedByUser", "actor.user.name", OCSF_TEXT, K(DECISION), NULL },
    { "accessDecision.endDate", "end_time", OCSF_TIME, 0, NULL },
    { "accessDecision.message", "comment", OCSF_TEXT, K(DECISION), NULL },
    { "accessDecision.startDate", "start_time", OCSF_TIME, 0, NULL },
    { "authorizationRequestId", "entity.uid", OCSF_TEXT, 0, NULL },
    { "change", "metadata.event_code", OCSF_TEXT, 0, NULL },
    { "changed", "time", OCSF_TIME, 0, NULL },
    { "changedBy", "actor.user.name", OCSF_TEXT, K(DECISION), NULL },
    { "computerId", "device.uid", OCSF_TEXT, 0, NULL },
    { "computerName", "device.hostname", OCSF_TEXT, 0, NULL },
    { "decision", "status_id", OCSF_NUMBERED, 0, decisions },
    { "decisionPerformedByUser", "actor.user.name", OCSF_TEXT, K(DECISION), NULL },
    { "groupId", "device.groups[].uid", OCSF_TEXT, 0, NULL },
    { "groupName", "device.groups[].name", OCSF_TEXT, 0, NULL },
    { "id", "entity.uid", OCSF_UID, 0, NULL },
    { "id", "metadata.sequence", OCSF_INT, 0, NULL },
    { "productName", "entity.name", OCSF_TEXT, 0, NULL },
    { "reason", "comment", OCSF_TEXT, K(REQUEST), NULL },
    { "requestInfo.hostName", "device.hostname", OCSF_TEXT, 0, NULL },
    { "requestInfo.productName", "entity.name", OCSF_TEXT, 0, NULL },
    { "requestInfo.productVersion", "entity.version", OCSF_TEXT, 0, NULL },
    { "requestInfo.reason", "comment", OCSF_TEXT, K(REQUEST), NULL },
    { "requestInfo.user", "actor.user.name", OCSF_TEXT, K(REQUEST), NULL },
    { "serviceTicket.ticketId", "metadata.correlation_uid", OCSF_TEXT, 0, NULL },
    { "ticketId", "metadata.correlation_uid", OCSF_TEXT, 0, NULL },
    { "user", "actor.user.name", OCSF_TEXT, K(REQUEST), NULL },
};

const struct ocsf_map ocsf_maps[FEED_COUNT] = {
    [FEED_EVENTS] = { event_rows, COUNT_OF(event_rows) },
    [FEED_ACTIVITY_AUDITS] = { audit_rows, COUNT_OF(audit_rows) },
    [FEED_AUTHORIZATION_REQUESTS] = { request_rows, COUNT_OF(request_rows) },
};

/* --- classes ------------------------------------------------------------------------------------------------------------ */

#define SYSTEM_CATEGORY 1, "System Activity"
#define IAM_CATEGORY 3, "Identity & Access Management"
#define APPLICATION_CATEGORY 6, "Application Activity"
#define ACTING "actor.process", "actor.process.parent_process", "actor.user"

const struct ocsf_class ocsf_classes[RECORD_KINDS] = {
    [RECORD_PROCESS] = { 1007, "Process Activity", SYSTEM_CATEGORY, "process.file", "process", "actor.process", "actor.user" },
    [RECORD_FILE] = { 1001, "File System Activity", SYSTEM_CATEGORY, "file", ACTING },
    [RECORD_MODULE] = { 1005, "Module Activity", SYSTEM_CATEGORY, "module.file", ACTING },
    [RECORD_APPLICATION] = { 6002, "Application Lifecycle", APPLICATION_CATEGORY, NULL, ACTING },
    [RECORD_LOGON] = { 3002, "Authentication", IAM_CATEGORY, NULL, "actor.process", "actor.process.parent_process", "user" },
    [RECORD_GROUP] = { 3006, "Group Management", IAM_CATEGORY, NULL, ACTING },
    [RECORD_POLICY] = { 3004, "Entity Management", IAM_CATEGORY, NULL, ACTING },
    [RECORD_OTHER] = { 0, "Base Event", 0, "Uncategorized", NULL, ACTING },
    [RECORD_AUDIT] = { 3004, "Entity Management", IAM_CATEGORY, NULL, NULL, NULL, NULL },
    [RECORD_REQUEST] = { 3004, "Entity Management", IAM_CATEGORY, NULL, NULL, NULL, NULL },
    [RECORD_DECISION] = { 3004, "Entity Management", IAM_CATEGORY, NULL, NULL, NULL, NULL },
};

/* --- what OCSF requires ---------------------------------------------------------------------------------------------------- */

#define OBJECT_TEXT(where, name, other, value) { 0, OCSF_IF_THERE, where, name, other, OCSF_AS_TEXT, 0, value }
#define OBJECT_NUMBER(where, name, value) { 0, OCSF_IF_THERE, where, name, NULL, OCSF_AS_NUMBER, value, NULL }
#define ALWAYS_TEXT(which, where, name, other, value) { which, OCSF_ALWAYS, where, name, other, OCSF_AS_TEXT, 0, value }
#define A_FILE(where) \
    { 0, OCSF_IF_THERE, where, "name", NULL, OCSF_AS_NAME_OF_PATH, 0, "Unknown" }, \
    OBJECT_NUMBER(where, "type_id", 0), \
    OBJECT_NUMBER(where ".signature", "algorithm_id", 0), \
    OBJECT_TEXT(where ".owner", "name", "uid", "Unknown")

/* Objects that others are in come behind those. */
const struct ocsf_need ocsf_needs[] = {
    { 0, OCSF_ALWAYS, "", "time", NULL, OCSF_AS_ITEM_TIME, 0, NULL },
    { K(PROCESS), OCSF_ALWAYS, "process", "uid", "pid", OCSF_AS_ITEM_ID, 0, NULL },
    OBJECT_TEXT("actor.process", "uid", "pid", "Unknown"),
    OBJECT_TEXT("actor.process.parent_process", "uid", "pid", "Unknown"),
    ALWAYS_TEXT(K(FILE), "file", "name", "path", "Unknown"),
    A_FILE("file"),
    A_FILE("process.file"),
    A_FILE("module.file"),
    A_FILE("actor.process.file"),
    A_FILE("actor.process.parent_process.file"),
    { K(MODULE), OCSF_ALWAYS, "module", "load_type_id", NULL, OCSF_AS_NUMBER, 0, NULL },
    ALWAYS_TEXT(K(APPLICATION), "app", "name", "uid", "Reeve agent"),
    ALWAYS_TEXT(K(APPLICATION), "app", "vendor_name", NULL, "Unknown"),
    ALWAYS_TEXT(K(LOGON), "user", "name", "uid", "Unknown"),
    { K(LOGON), OCSF_ALWAYS, "dst_endpoint", "uid", NULL, OCSF_AS_COMPUTER, 0, "Unknown" },
    ALWAYS_TEXT(K(GROUP), "group", "name", "uid", "Unknown"),
    ALWAYS_TEXT(K(POLICY), "entity", "name", "uid", "Unknown"),
    ALWAYS_TEXT(K(POLICY), "entity", "type", NULL, "Policy"),
    ALWAYS_TEXT(K(AUDIT), "entity", "name", "uid", "Unknown"),
    ALWAYS_TEXT(REQUESTS, "entity", "type", NULL, "Authorization request"),
    { REQUESTS, OCSF_ALWAYS, "entity", "uid", NULL, OCSF_AS_ITEM_ID, 0, NULL },
    { EVERY_EVENT, OCSF_ALWAYS, "device", "type_id", NULL, OCSF_AS_NUMBER, 0, NULL },
    { EVERY_EVENT, OCSF_ALWAYS, "device", "uid", NULL, OCSF_AS_COMPUTER, 0, "Unknown" },
    { REQUESTS, OCSF_ALWAYS, "device", "uid", NULL, OCSF_AS_COMPUTER, 0, NULL },
    OBJECT_NUMBER("device", "type_id", 0),
    OBJECT_TEXT("device.os", "name", NULL, "Unknown"),
    OBJECT_NUMBER("device.os", "type_id", 0),
    OBJECT_TEXT("policy", "name", "uid", "Unknown"),
    OBJECT_TEXT("policy.group", "name", "uid", "Unknown"),
    OBJECT_TEXT("device.agent_list[]", "name", "uid", "Unknown"),
    OBJECT_TEXT("actor.user", "name", "uid", "Unknown"),
    OBJECT_TEXT("process.user", "name", "uid", "Unknown"),
    OBJECT_TEXT("actor.process.user", "name", "uid", "Unknown"),
    OBJECT_TEXT("actor.process.parent_process.user", "name", "uid", "Unknown"),
    OBJECT_TEXT("src_endpoint", "hostname", "ip", "Unknown"),
    { SYSTEM, OCSF_IF_MISSING, "actor", "app_name", NULL, OCSF_AS_TEXT, 0, "Reeve agent" },
};
const size_t ocsf_need_count = COUNT_OF(ocsf_needs);
/* clang-format on */
