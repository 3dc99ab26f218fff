#include "model/answers.h"
#include "model/operation.h"
#include "resource/tasks/tasks.h"

/* clang-format off */
static const char *const status_values[] = { "Pending", "InProgress", "Completed", "CompletedWithErrors", "Failed" };
static const struct names status_names = { "TaskStatus", status_values, COUNT_OF(status_values) };

static const struct field error_fields[] = {
    { .json = "id", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .column = "i.item_id", .summary = "Item that failed" },
    { .json = "message", .type = FIELD_TEXT, .column = "i.message", .summary = "Why" },
};
static const struct shape error_shape = {
    .name = "TaskError", .summary = "An item that could not be done", .fields = error_fields, .count = COUNT_OF(error_fields),
};
static const struct resource errors_resource = {
    .name = "TaskErrors", .noun = "task item", .from = "task_item i", .where = "i.state = 2", .key = "i.item_id",
    .row = &error_shape, .parent = "i.task_id", .order = "i.number",
};

static const struct field fields[] = {
    { .json = "id", .type = FIELD_UUID, .flags = FIELD_REQUIRED, .column = "t.id", .summary = "Task id" },
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "t.name", .summary = "What it does, e.g. AssignComputers" },
    { .json = "status", .type = FIELD_ENUM, .flags = FIELD_REQUIRED, .names = &status_names, .column = "t.status", .summary = "State of the task" },
    { .json = "progress", .type = FIELD_INT, .summary = "0 to 100",
      .column = "CASE WHEN t.status > 1 OR t.total = 0 THEN 100 ELSE (t.succeeded + t.failed) * 100 / t.total END" },
    { .json = "total", .type = FIELD_INT, .column = "t.total", .summary = "Items in it" },
    { .json = "succeeded", .type = FIELD_INT, .column = "t.succeeded", .summary = "Items done" },
    { .json = "failed", .type = FIELD_INT, .column = "t.failed", .summary = "Items that failed" },
    { .json = "created", .type = FIELD_TIME, .column = "t.created", .summary = "Made on" },
    { .json = "started", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "t.started", .summary = "Began on" },
    { .json = "completed", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "t.completed", .summary = "Ended on" },
    { .json = "createdBy", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "t.created_by", .summary = "User or API account" },
    { .json = "resourceId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .column = "t.resource_id", .summary = "Object made or changed" },
    { .json = "errorInfo", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "t.error_info", .summary = "First error" },
    { .json = "errors", .type = FIELD_ARRAY, .shape = &error_shape, .rows = &errors_resource, .summary = "Items that failed, at most 1000" },
};
static const struct shape task_shape = {
    .name = "TaskDetail", .summary = "State of a background job", .fields = fields, .count = COUNT_OF(fields), .times = TIME_BARE,
};
static const struct resource tasks_resource = {
    .name = "Tasks", .noun = "task", .from = "task t", .key = "t.id", .object = "t.created_by", .row = &task_shape,
};
static const struct answer get_answers[] = {
    { 200, ANSWER_SHAPE, &task_shape, NULL, NULL, "The task" }, ANSWER_400, ANSWER_404, ANSWERS_ALWAYS,
};
const struct route tasks_routes[] = {
    { .method = METHOD_GET, .path = "Tasks/{id}", .id = "Tasks_Get", .tag = "Tasks", PERMITS_ROWS("Task", "Query"), .summary = "Read the state of a task",
      .area = AREA_MANAGEMENT, .level = LEVEL_READ, .work = WORK_INLINE, .run = op_get, .resource = &tasks_resource,
      .answers = get_answers, .answer_count = COUNT_OF(get_answers) },
};
/* clang-format on */
const size_t tasks_route_count = COUNT_OF(tasks_routes);
