#include "model/answers.h"
#include "resource/computers/computers_parts.h"

/* clang-format off */
#define IDS(name, text) { .json = name, .type = FIELD_ARRAY, .items = FIELD_UUID, .flags = FIELD_NULLABLE, .max = TASK_ITEMS_MAX, .summary = text }
#define SELECTION \
    IDS("computerIds", "Computers to act on; required unless allComputers is true"), \
    IDS("excludedComputerIds", "Computers to leave out"), \
    { .json = "filter", .type = FIELD_OBJECT, .flags = FIELD_NULLABLE, .filter_of = &computers_resource, .summary = "Used with allComputers" }, \
    { .json = "allComputers", .type = FIELD_BOOL, .summary = "Act on every computer that matches filter, less the excluded ones" }

static const struct field selection_fields[] = { SELECTION };
static const struct field authorise_fields[] = {
    SELECTION,
    { .json = "groupId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Group to put them in; null: the default group, else none" },
};
static const struct field command_fields[] = {
    SELECTION,
    { .json = "computerId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Single computer, accepted instead of computerIds" },
};
static const struct field ids_fields[] = { IDS("computerIds", "Computers to act on") };

#define SHAPE_ROW(variable, schema, text, rows) static const struct shape variable = { .name = schema, .summary = text, .fields = rows, .count = COUNT_OF(rows) }
SHAPE_ROW(remove_body, "ComputersRemoveRequest", "Which computers to delete", selection_fields);
SHAPE_ROW(authorise_body, "ComputersAuthoriseRequest", "Which computers to authorise, and their group", authorise_fields);
SHAPE_ROW(deactivate_body, "ComputersDeactivateRequest", "Which computers to deactivate", selection_fields);
SHAPE_ROW(reject_body, "ComputersRejectRequest", "Which computers to reject", selection_fields);
SHAPE_ROW(command_body, "ComputersCommandRequest", "Which computers get the command", command_fields);
SHAPE_ROW(archive_body, "ComputersArchiveRequest", "Which computers to archive", ids_fields);
SHAPE_ROW(unarchive_body, "ComputersUnarchiveRequest", "Which computers to unarchive", ids_fields);

static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_PAGE, NULL, NULL, "One page"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &computer_detail, NULL, "The computer"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
#define ANSWERS_WORK \
    ANSWER_ROW(200, ANSWER_EMPTY, NULL, "X-Task-Id", "Done; no body"), \
    ANSWER_ROW(201, ANSWER_UUID, NULL, "Location X-Task-Id", "A task goes on with it; its id"), \
    ANSWER_400, ANSWER_404, ANSWERS_ALWAYS
static const struct answer archive_answers[] = { ANSWERS_WORK };
static const struct answer work_answers[] = { ANSWERS_WORK, ANSWER_409 };
static const struct answer delete_answers[] = { ANSWERS_WORK, ANSWER_409, ANSWER_ROW(202, ANSWER_UUID, NULL, "Location X-Task-Id", "Same as 201, kept for clients that expect it") };
static const struct answer command_answers[] = {
    ANSWER_ROW(200, ANSWER_UUID, NULL, "Location X-Task-Id", "Queued; the id of the task that did it"),
    ANSWER_ROW(201, ANSWER_UUID, NULL, "Location X-Task-Id", "A task goes on with it; its id"),
    ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS,
};
static const struct answer commands_answers[] = { ANSWER_ROW(200, ANSWER_ARRAY, &command_row, NULL, "Commands, newest first"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer logs_answers[] = { ANSWER_ROW(200, ANSWER_ARRAY, &log_row, NULL, "Logs, newest first"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer content_answers[] = {
    { 200, ANSWER_FILE, NULL, "application/octet-stream application/zip text/plain", "Content-Disposition", "The file" },
    ANSWER_400, ANSWER_404, ANSWERS_ALWAYS,
};

static const char *const authorise_aliases[] = { "Computers/Authorize", NULL };
static const char *const logs_aliases[] = { "Computers/{id}/Logs", "Computers/{id}/RequestLogs", NULL };
static const char *const status_aliases[] = { "Computers/{id}/StatusInfo", "Computers/{id}/RetrieveStatus", NULL };
static const char *const commands_aliases[] = { "Computers/{id}/Commands", "Computers/{id}/Logs/Command", NULL };
static const char *const content_aliases[] = { "Computers/{id}/Logs/{logId}", "Computers/{id}/Logs/{logId}/Download", "Computers/Logs/{logId}/Content", NULL };

#define ROUTE_ROW(row_method, row_path, row_id, row_level, row_work, row_run, rows, ...) \
    { .method = row_method, .path = row_path, .id = row_id, .tag = "Computers", .area = AREA_MANAGEMENT, .level = row_level, .work = row_work, \
      .run = row_run, .answers = rows, .answer_count = COUNT_OF(rows), .summary = __VA_ARGS__ }
#define ITS_GROUP "SELECT group_id FROM computer WHERE id = $1"
/* An alias names the log alone. */
#define LOG_GROUP ITS_GROUP " UNION ALL SELECT c.group_id FROM computer_log l JOIN computer c ON c.id = l.computer_id WHERE l.id = $1"
#define BODY(shape_of) .body_kind = BODY_JSON, .body = &shape_of
const struct route computers_routes[] = {
    ROUTE_ROW(METHOD_GET, "Computers", "Computers_List", LEVEL_READ, WORK_LIST, op_list, list_answers, "List computers, paged, sorted, filtered", .resource = &computers_resource, PERMITS_ROWS("Computer", "Query")),
    ROUTE_ROW(METHOD_DELETE, "Computers", "Computers_Delete", LEVEL_FULL, WORK_WRITE, computers_delete, delete_answers, "Delete computers (body on DELETE)", BODY(remove_body), PERMITS_ROWS("Computer", "Delete")),
    ROUTE_ROW(METHOD_GET, "Computers/{id}", "Computers_Get", LEVEL_READ, WORK_INLINE, op_get, get_answers, "Read one computer with its endpoint information", .resource = &computers_resource, PERMITS_ROWS("Computer", "Query")),
    ROUTE_ROW(METHOD_DELETE, "Computers/{id}", "Computers_DeleteOne", LEVEL_FULL, WORK_WRITE, computers_delete_one, archive_answers, "Delete one computer", .extension = true, PERMITS_PATH("Computer", "Delete", ITS_GROUP)),
    ROUTE_ROW(METHOD_POST, "Computers/Authorise", "Computers_Authorise", LEVEL_FULL, WORK_WRITE, computers_authorise, work_answers, "Authorise pending computers and put them in a group", BODY(authorise_body), .aliases = authorise_aliases, PERMITS_ROWS("Computer", "Authorise")),
    ROUTE_ROW(METHOD_POST, "Computers/Deactivate", "Computers_Deactivate", LEVEL_FULL, WORK_WRITE, computers_deactivate, work_answers, "Kept for old callers: archives the computers and then deletes them", BODY(deactivate_body), PERMITS_ROWS("Computer", "Delete")),
    ROUTE_ROW(METHOD_POST, "Computers/Reject", "Computers_Reject", LEVEL_FULL, WORK_WRITE, computers_reject, work_answers, "Reject pending computers", BODY(reject_body), PERMITS_ROWS("Computer", "Authorise")),
    ROUTE_ROW(METHOD_POST, "Computers/RenewCertificate", "Computers_RenewCertificate", LEVEL_FULL, WORK_WRITE, computers_renew, command_answers, "Queue a certificate renewal for computers", BODY(command_body), PERMITS_ROWS("Computer", "Modify")),
    ROUTE_ROW(METHOD_POST, "Computers/{id}/RenewCertificate", "Computers_RenewCertificateById", LEVEL_FULL, WORK_WRITE, computers_renew_one, command_answers, "Queue a certificate renewal for one computer; empty body", PERMITS_PATH("Computer", "Modify", ITS_GROUP)),
    ROUTE_ROW(METHOD_POST, "Computers/{id}/RetrieveLogs", "Computers_RetrieveLogs", LEVEL_FULL, WORK_WRITE, computers_retrieve_logs_one, command_answers, "Make the agent upload its logs", .aliases = logs_aliases, PERMITS_PATH("Computer", "Modify", ITS_GROUP)),
    ROUTE_ROW(METHOD_POST, "Computers/RetrieveLogs", "Computers_RetrieveLogsBulk", LEVEL_FULL, WORK_WRITE, computers_retrieve_logs, command_answers, "Make the agents of several computers upload their logs", BODY(command_body), PERMITS_ROWS("Computer", "Modify")),
    ROUTE_ROW(METHOD_POST, "Computers/{id}/RetrieveStatusInfo", "Computers_RetrieveStatusInfo", LEVEL_FULL, WORK_WRITE, computers_retrieve_status_one, command_answers, "Make the agent report its details anew", .aliases = status_aliases, PERMITS_PATH("Computer", "Modify", ITS_GROUP)),
    ROUTE_ROW(METHOD_POST, "Computers/RetrieveStatusInfo", "Computers_RetrieveStatusInfoBulk", LEVEL_FULL, WORK_WRITE, computers_retrieve_status, command_answers, "Make the agents of several computers report their details anew", BODY(command_body), PERMITS_ROWS("Computer", "Modify")),
    ROUTE_ROW(METHOD_GET, "Computers/{id}/CommandLogs", "Computers_CommandLogs", LEVEL_READ, WORK_INLINE, op_array, commands_answers, "List the commands sent to a computer (plain array)", .resource = &computer_commands_resource, .aliases = commands_aliases, PERMITS_PATH("Computer", "Query", ITS_GROUP)),
    ROUTE_ROW(METHOD_GET, "Computers/{id}/Logs", "Computers_Logs", LEVEL_READ, WORK_INLINE, op_array, logs_answers, "List the logs of a computer (plain array)", .resource = &computer_logs_resource, PERMITS_PATH("Computer", "Query", ITS_GROUP)),
    ROUTE_ROW(METHOD_GET, "Computers/{id}/Logs/{logId}/Content", "Computers_LogContent", LEVEL_READ, WORK_SLOW, computer_log_content, content_answers, "Download one log file", .aliases = content_aliases, PERMITS_PATH("Computer", "Query", LOG_GROUP)),
    ROUTE_ROW(METHOD_POST, "Computers/{id}/Archive", "Computers_ArchiveOne", LEVEL_FULL, WORK_WRITE, computers_archive_one, work_answers, "Archive one computer; empty body", .versions = API_V23, PERMITS_PATH("Computer", "Modify", ITS_GROUP)),
    ROUTE_ROW(METHOD_POST, "Computers/{id}/Unarchive", "Computers_UnarchiveOne", LEVEL_FULL, WORK_WRITE, computers_unarchive_one, work_answers, "Unarchive one computer; empty body", .versions = API_V23, PERMITS_PATH("Computer", "Modify", ITS_GROUP)),
    ROUTE_ROW(METHOD_POST, "Computers/Archive", "Computers_Archive", LEVEL_FULL, WORK_WRITE, computers_archive, archive_answers, "Archive computers", BODY(archive_body), .versions = API_V23, PERMITS_ROWS("Computer", "Modify")),
    ROUTE_ROW(METHOD_POST, "Computers/Unarchive", "Computers_Unarchive", LEVEL_FULL, WORK_WRITE, computers_unarchive, archive_answers, "Unarchive computers", BODY(unarchive_body), .versions = API_V23, PERMITS_ROWS("Computer", "Modify")),
};
/* clang-format on */
const size_t computers_route_count = COUNT_OF(computers_routes);
