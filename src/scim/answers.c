#include "scim/answers.h"

#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "json/read.h"
#include "json/write.h"
#include "model/problem.h"

#define ERROR_URN "urn:ietf:params:scim:api:messages:2.0:Error"
#define LIST_URN  "urn:ietf:params:scim:api:messages:2.0:ListResponse"

/* --- errors ----------------------------------------------------------------------------------- */

const char *scim_type_of(int status, const char *code)
{
    static const char *const types[] = {
        "invalidFilter", "tooMany",  "uniqueness",   "mutability",  "invalidSyntax",
        "invalidPath",   "noTarget", "invalidValue", "invalidVers", "sensitive",
    };
    for (size_t i = 0; code != NULL && i < COUNT_OF(types); i++) {
        if (strcmp(types[i], code) == 0) {
            return types[i];
        }
    }
    if (status != 400) {
        return NULL;
    }
    return code != NULL && strcmp(code, "body") == 0 ? "invalidSyntax" : "invalidValue";
}

static void members_write(struct json_writer *writer, int status, const char *scim_type,
                          const char *detail)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%d", status);
    json_key(writer, "schemas");
    json_begin_array(writer);
    json_put_text(writer, ERROR_URN);
    json_end_array(writer);
    json_member_text(writer, "status", text);
    if (scim_type != NULL) {
        json_member_text(writer, "scimType", scim_type);
    }
    json_member_text(writer, "detail", detail == NULL ? problem_title(status) : detail);
}

void scim_error_write(struct json_writer *writer, int status, const char *scim_type,
                      const char *detail)
{
    json_begin_object(writer);
    members_write(writer, status, scim_type, detail);
    json_end_object(writer);
}

/* The first fault names a body that is no JSON. */
static const char *code_of(const struct problem *problem)
{
    bool faulty = problem->faults != NULL && problem->faults->kept > 0;
    return problem->code == NULL && faulty ? problem->faults->items[0].field : problem->code;
}

static void scim_problem_write(const struct problem *problem, struct buffer *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    members_write(&writer, problem->status, scim_type_of(problem->status, code_of(problem)),
                  problem->detail);
    json_member_text(&writer, "title", problem_title(problem->status));
    json_member_text(&writer, "traceId", problem->trace_id);
    json_end_object(&writer);
}

const struct problem_form scim_problems = { SCIM_TYPE, scim_problem_write };

enum result scim_reply_error(struct ctx *ctx, struct reply *reply, int status, const char *text)
{
    const struct problem problem = { .status = status,
                                     .detail = text,
                                     .trace_id = ctx->request_id };
    audit_unchanged(ctx);
    scim_problem_write(&problem, &reply->body);
    reply->content_type = SCIM_TYPE;
    reply->status = status;
    return RESULT_OK;
}

/* --- resources -------------------------------------------------------------------------------- */

enum result scim_reply_resource(struct reply *reply, int status, const struct json *resource)
{
    struct json_writer writer;
    json_writer_init(&writer, &reply->body);
    json_put_value(&writer, resource);
    reply->content_type = SCIM_TYPE;
    reply->status = status;
    return RESULT_OK;
}

void scim_list_begin(struct json_writer *writer, struct reply *reply)
{
    json_writer_init(writer, &reply->body);
    json_begin_object(writer);
    json_key(writer, "schemas");
    json_begin_array(writer);
    json_put_text(writer, LIST_URN);
    json_end_array(writer);
    json_key(writer, "Resources");
    json_begin_array(writer);
}

void scim_list_end(struct json_writer *writer, struct reply *reply, const struct scim_list *list)
{
    json_end_array(writer);
    json_member_int(writer, "totalResults", list->total);
    json_member_int(writer, "startIndex", list->start);
    json_member_int(writer, "itemsPerPage", list->count);
    json_end_object(writer);
    reply->content_type = SCIM_TYPE;
    reply->status = 200;
}

/* --- addresses -------------------------------------------------------------------------------- */

static bool is_host(struct slice host)
{
    for (size_t i = 0; i < host.length; i++) {
        char byte = host.text[i];
        bool good = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                    (byte >= '0' && byte <= '9') || strchr(".-:[]_", byte) != NULL;
        if (!good || byte == '\0') {
            return false;
        }
    }
    return host.length > 0 && host.length <= 255;
}

const char *scim_root(struct ctx *ctx, const struct call *call)
{
    const char *base = ctx->rules->base_url == NULL ? "https://localhost" : ctx->rules->base_url;
    const char *mark = strstr(base, "://");
    const char *version = ctx_version_name(ctx);
    struct slice host =
        call->header == NULL ? (struct slice){ .length = 0 } : call->header(call, "Host");
    if (ctx->rules->base_url_given || mark == NULL || !is_host(host)) {
        return arena_printf(ctx->arena, "%s/management-api/scim/%s", base, version);
    }
    return arena_printf(ctx->arena, "%.*s://%.*s/management-api/scim/%s", (int)(mark - base), base,
                        (int)host.length, host.text, version);
}
