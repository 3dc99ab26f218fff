#include "model/operation.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/uuid.h"
#include "json/read.h"
#include "json/write.h"

/* --- surroundings --------------------------------------------------------------------------------- */

void ctx_wake(struct ctx *ctx, enum wake_kind kind, const char *id)
{
    struct wake *wake = arena_alloc(ctx->arena, sizeof(*wake));
    char *copy = id == NULL ? NULL : arena_strdup(ctx->arena, id);
    if (wake == NULL || (id != NULL && copy == NULL)) {
        return; /* the agent then learns it at its next check-in */
    }
    *wake = (struct wake){ .kind = kind, .id = copy, .next = ctx->wakes };
    ctx->wakes = wake;
}

const char *ctx_version_name(const struct ctx *ctx)
{
    switch (ctx->version) {
    case API_V1: return "v1";
    case API_V2: return "v2";
    case API_V3: return "v3";
    default: return "";
    }
}

/* --- the call --------------------------------------------------------------------------------------- */

const struct slice *call_query(const struct call *call, const char *name)
{
    for (size_t i = 0; i < call->query_count; i++) {
        if (slice_is_any_case(call->query[i].name, name)) {
            return &call->query[i].value;
        }
    }
    return NULL;
}

const struct json *call_member(const struct call *call, const char *name)
{
    const struct shape *shape = call->route->body;
    const struct field *field = shape == NULL ? NULL : shape_find(shape, name, 0);
    if (shape != NULL && field == NULL) {
        return NULL; /* not declared: nobody has checked it, and callers must not rely on it */
    }
    const struct json *member = json_get_any_case(call->body, name);
    bool aliased = member == NULL && field != NULL && field->aliases != NULL;
    for (size_t i = 0; aliased && member == NULL && field->aliases[i] != NULL; i++) {
        member = json_get_any_case(call->body, field->aliases[i]);
    }
    return member;
}

struct slice call_text(const struct call *call, const char *name)
{
    return json_text_of(call_member(call, name));
}

bool call_has(const struct call *call, const char *name)
{
    return call_member(call, name) != NULL;
}

bool call_bool(const struct call *call, const char *name, bool when_absent)
{
    const struct json *member = call_member(call, name);
    return json_is(member, JSON_BOOL) ? member->boolean : when_absent;
}

const char *call_uuid(struct ctx *ctx, const struct call *call, const char *name)
{
    struct uuid id;
    struct slice text = call_text(call, name);
    return uuid_parse(text, &id) ? arena_strdup(ctx->arena, id.text) : NULL;
}

const struct form_field *call_form(const struct call *call, const char *name)
{
    const struct form_field *file = NULL;
    size_t files = 0;
    if (call->form == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < call->form->count; i++) {
        const struct form_field *field = &call->form->fields[i];
        if (slice_is_any_case(field->name, name)) {
            return field;
        }
        if (field->is_file) {
            file = field;
            files++;
        }
    }
    const struct field *wanted =
        call->route->body == NULL ? NULL : shape_find(call->route->body, name, 0);
    bool is_file = wanted != NULL && wanted->type == FIELD_FILE;
    return is_file && files == 1 ? file : NULL;
}

/* --- the reply -------------------------------------------------------------------------------------- */

void reply_init(struct reply *reply)
{
    *reply = (struct reply){ .status = 200 };
    buffer_init(&reply->body, REPLY_BYTES_MAX);
}

void reply_done(struct reply *reply)
{
    buffer_done(&reply->body);
}

void reply_header(struct reply *reply, const char *name, const char *value)
{
    assert(reply->header_count < REPLY_HEADERS_MAX);
    reply->headers[reply->header_count++] = (struct reply_header){ name, value };
}

enum result reply_empty(struct reply *reply, int status)
{
    reply->status = status;
    return RESULT_OK;
}

enum result reply_uuid(struct reply *reply, int status, const char *id)
{
    struct json_writer writer;
    reply->status = status;
    json_writer_init(&writer, &reply->body);
    json_put_text(&writer, id);
    return RESULT_OK;
}

enum result reply_task(struct ctx *ctx, const struct call *call, struct reply *reply, int status,
                       const char *task_id)
{
    (void)call;
    char *place =
        arena_printf(ctx->arena, "/management-api/%s/Tasks/%s", ctx_version_name(ctx), task_id);
    if (place == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the answer");
    }
    reply_header(reply, "Location", place);
    reply_header(reply, "X-Task-Id", task_id);
    return reply_uuid(reply, status, task_id);
}

/* A file name for a header: plain characters only, and beside it the whole name (RFC 6266). */
static char *disposition(struct arena *arena, const char *file_name)
{
    struct buffer plain;
    struct buffer whole;
    buffer_init(&plain, 1024);
    buffer_init(&whole, 4096);
    for (const char *at = file_name; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        bool word = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                    (byte >= 'a' && byte <= 'z') || byte == '.' || byte == '-' || byte == '_';
        buffer_char(&plain, word || byte == ' ' ? *at : '_');
        if (word) {
            buffer_char(&whole, *at);
        } else {
            buffer_print(&whole, "%%%02X", byte);
        }
    }
    char *text = plain.overflow || whole.overflow || plain.length == 0
                     ? arena_strdup(arena, "attachment")
                     : arena_printf(arena, "attachment; filename=\"%s\"; filename*=UTF-8''%s",
                                    plain.bytes, whole.bytes);
    buffer_done(&plain);
    buffer_done(&whole);
    return text;
}

enum result reply_bytes(struct ctx *ctx, struct reply *reply, struct slice bytes,
                        const char *content_type, const char *file_name)
{
    reply->status = 200;
    reply->content_type = content_type;
    buffer_add(&reply->body, bytes.text, bytes.length);
    if (file_name != NULL) {
        char *text = disposition(ctx->arena, file_name);
        if (text == NULL) {
            return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the answer");
        }
        reply_header(reply, "Content-Disposition", text);
    }
    return RESULT_OK;
}

enum result reply_wait(struct reply *reply, const char *computer_id, const char *group_id,
                       int64_t wait_us)
{
    reply->waits = true;
    reply->wait_computer_id = computer_id;
    reply->wait_group_id = group_id;
    reply->wait_us = wait_us;
    return RESULT_OK;
}

enum result reply_stream(struct reply *reply, const char *feed, bool more, int64_t wait_us)
{
    reply->streams = true;
    reply->wait_feed = feed;
    reply->more = more;
    reply->wait_us = wait_us;
    return RESULT_OK;
}
