#include "model/problem.h"

#include <stdbool.h>
#include <string.h>

#include "json/write.h"

static const struct status {
    int status;
    const char *title;
} statuses[] = {
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 503, "Service Unavailable" },
};

const char *problem_title(int status)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        if (statuses[i].status == status) {
            return statuses[i].title;
        }
    }
    return "Error";
}

int problem_status(enum result result)
{
    switch (result) {
    case RESULT_OK: return 200;
    case RESULT_INVALID: return 400;
    case RESULT_UNAUTHENTICATED: return 401;
    case RESULT_DENIED: return 403;
    case RESULT_NOT_FOUND: return 404;
    case RESULT_CONFLICT: return 409;
    case RESULT_GONE: return 410;
    case RESULT_TOO_LARGE: return 413;
    case RESULT_UNSUPPORTED: return 415;
    case RESULT_LIMITED: return 429;
    case RESULT_BUSY: return 503;
    case RESULT_NO_MEMORY: return 503;
    case RESULT_BROKEN: return 500;
    }
    return 500;
}

/* Each field once, with all its texts in an array. */
static void write_errors(const struct faults *faults, struct json_writer *writer)
{
    json_key(writer, "errors");
    json_begin_object(writer);
    for (size_t i = 0; i < faults->kept; i++) {
        const char *field = faults->items[i].field;
        bool written = false;
        for (size_t k = 0; k < i && !written; k++) {
            written = strcmp(faults->items[k].field, field) == 0;
        }
        if (written) {
            continue;
        }
        json_key(writer, field);
        json_begin_array(writer);
        for (size_t k = i; k < faults->kept; k++) {
            if (strcmp(faults->items[k].field, field) == 0) {
                json_put_text(writer, faults->items[k].text);
            }
        }
        json_end_array(writer);
    }
    json_end_object(writer);
}

void problem_write(const struct problem *problem, struct buffer *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_member_text(&writer, "type", problem->type == NULL ? "about:blank" : problem->type);
    json_member_text(&writer, "title", problem_title(problem->status));
    json_member_int(&writer, "status", problem->status);
    json_member_text(&writer, "detail", problem->detail);
    json_member_text(&writer, "instance", problem->instance);
    json_member_text(&writer, "traceId", problem->trace_id);
    if (problem->faults != NULL && problem->faults->kept > 0) {
        write_errors(problem->faults, &writer);
    }
    json_end_object(&writer);
}
