/* The operations under /sandbox/. They need no token: a sandbox has nothing to protect. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "http/server.h"
#include "json/read.h"
#include "json/write.h"
#include "model/answers.h"
#include "model/openapi.h"
#include "model/operation.h"
#include "sandbox/parts.h"

enum { RECORDS_AT_ONCE = 100 };

static const struct shape clock_body, fault_body;

static enum result json_ready(struct reply *reply)
{
    reply->status = 200;
    return RESULT_OK;
}

static struct json_writer writer_of(struct reply *reply)
{
    struct json_writer out;
    json_writer_init(&out, &reply->body);
    return out;
}

static void put_moment(struct json_writer *out, const char *name, int64_t at_us)
{
    char moment[TIME_TEXT_BYTES];
    (void)time_format(at_us, TIME_ZONED, moment);
    json_member_text(out, name, moment);
}

/* A member of the body that is a whole number; its bounds were checked. */
static int64_t body_int(const struct call *call, const char *name, int64_t when_absent)
{
    const struct json *member = call_member(call, name);
    return json_is(member, JSON_INT) ? member->integer : when_absent;
}

/* A member that is not understood would be a test that tests something else, so it is refused. */
static enum result members_check(struct ctx *ctx, const struct call *call,
                                 const struct shape *shape)
{
    const struct json *first = call->body == NULL ? NULL : call->body->first;
    for (const struct json *member = first; member != NULL; member = member->next) {
        size_t i = 0;
        while (i < shape->count && !slice_is_any_case(member->key, shape->fields[i].json)) {
            i++;
        }
        if (i == shape->count) {
            const char *name = slice_dup(ctx->arena, member->key);
            return fail(ctx->error, RESULT_INVALID, name, "%.64s is no member of %s",
                        name == NULL ? "it" : name, shape->name);
        }
    }
    return RESULT_OK;
}

/* --- state ------------------------------------------------------------------------------------------ */

static void put_snapshots(struct sandbox *sandbox, struct json_writer *out)
{
    json_key(out, "snapshots");
    json_begin_array(out);
    for (size_t i = 0; i < SNAPSHOTS_MAX; i++) {
        const struct snapshot *snapshot = &sandbox->snapshots[i];
        if (snapshot->copy != NULL) {
            json_begin_object(out);
            json_member_text(out, "name", snapshot->name);
            put_moment(out, "clock", snapshot->clock_us);
            json_member_int(out, "bytes", store_copy_bytes(snapshot->copy));
            json_end_object(out);
        }
    }
    json_end_array(out);
}

static enum result state_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    struct sandbox *sandbox = ctx->sandbox;
    struct json_writer out = writer_of(reply);
    (void)pthread_mutex_lock(&sandbox->state_lock);
    json_begin_object(&out);
    json_member_text(&out, "version", REEVE_VERSION);
    json_member_int(&out, "seed", (int64_t)sandbox->settings.seed);
    put_moment(&out, "clock", time_now_us());
    put_snapshots(sandbox, &out);
    (void)pthread_mutex_lock(&sandbox->lock);
    json_member_int(&out, "faults", (int64_t)sandbox->faults.count);
    json_member_int(&out, "lastRecord", sandbox->records.last);
    (void)pthread_mutex_unlock(&sandbox->lock);
    json_end_object(&out);
    (void)pthread_mutex_unlock(&sandbox->state_lock);
    return json_ready(reply);
}

static enum result reset_post(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    TRY(sandbox_reset(ctx->sandbox, ctx->error));
    return reply_empty(reply, 204);
}

static enum result snapshot_put(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    TRY(snapshot_take(ctx->sandbox, call->ids[0], ctx->error));
    return reply_empty(reply, 204);
}

static enum result snapshot_restore_post(struct ctx *ctx, const struct call *call,
                                         struct reply *reply)
{
    TRY(snapshot_restore(ctx->sandbox, call->ids[0], ctx->error));
    return reply_empty(reply, 204);
}

static enum result snapshot_delete(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    TRY(snapshot_remove(ctx->sandbox, call->ids[0], ctx->error));
    return reply_empty(reply, 204);
}

/* --- clock ------------------------------------------------------------------------------------------- */

static enum result clock_reply(struct reply *reply)
{
    struct json_writer out = writer_of(reply);
    json_begin_object(&out);
    put_moment(&out, "clock", time_now_us());
    json_end_object(&out);
    return json_ready(reply);
}

static enum result clock_post(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    int64_t now_us = time_now_us();
    int64_t until_us = now_us + body_int(call, "advanceSeconds", 0) * US_PER_SECOND;
    struct slice text = call_text(call, "advanceTo");
    TRY(members_check(ctx, call, &clock_body));
    if (text.length == 0 && !json_is(call_member(call, "advanceSeconds"), JSON_INT)) {
        return fail(ctx->error, RESULT_INVALID, "advanceSeconds",
                    "advanceSeconds or advanceTo must be there");
    }
    if (text.length > 0 && call_has(call, "advanceSeconds")) {
        return fail(ctx->error, RESULT_INVALID, "advanceTo",
                    "advanceSeconds and advanceTo can't both be there");
    }
    if (text.length > 0 && !time_parse(text, &until_us, NULL)) {
        return fail(ctx->error, RESULT_INVALID, "advanceTo", "advanceTo must be a moment");
    }
    if (until_us < now_us || until_us > now_us + ADVANCE_DAYS_MAX * US_PER_DAY) {
        return fail(ctx->error, RESULT_INVALID, "advanceTo",
                    "the clock moves forward only, by at most %d days a call", ADVANCE_DAYS_MAX);
    }
    sandbox_advance(ctx->sandbox, until_us);
    return clock_reply(reply);
}

/* --- faults ------------------------------------------------------------------------------------------- */

static enum result kinds_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)ctx;
    (void)call;
    struct json_writer out = writer_of(reply);
    json_begin_array(&out);
    for (size_t i = 0; i < fault_kind_count; i++) {
        const struct fault_kind *kind = &fault_kinds[i];
        json_begin_object(&out);
        json_member_text(&out, "kind", kind->name);
        json_member_text(&out, "summary", kind->summary);
        json_member_text(&out, "value", kind->value);
        if (kind->value != NULL) {
            json_member_int(&out, "initial", kind->value_initial);
            json_member_int(&out, "max", kind->value_max);
        }
        json_end_object(&out);
    }
    json_end_array(&out);
    return json_ready(reply);
}

static void put_rule(const struct fault_rule *rule, struct json_writer *out)
{
    const char *const texts[][2] = { { "operation", rule->operation },
                                     { "path", rule->path },
                                     { "method", rule->method } };
    json_begin_object(out);
    json_member_int(out, "id", rule->id);
    json_member_text(out, "kind", rule->kind->name);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json_member_text(out, texts[i][0], texts[i][1][0] == '\0' ? NULL : texts[i][1]);
    }
    json_member_int(out, "share", rule->share);
    json_key(out, "left");
    if (rule->times == 0) {
        json_put_null(out);
    } else {
        json_put_int(out, rule->times - rule->done);
    }
    json_member_int(out, "value", rule->value);
    json_member_int(out, "met", rule->met);
    json_member_int(out, "done", rule->done);
    json_end_object(out);
}

static enum result faults_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    struct sandbox *sandbox = ctx->sandbox;
    struct json_writer out = writer_of(reply);
    (void)pthread_mutex_lock(&sandbox->lock);
    json_begin_array(&out);
    for (size_t i = 0; i < sandbox->faults.count; i++) {
        put_rule(&sandbox->faults.rules[i], &out);
    }
    json_end_array(&out);
    (void)pthread_mutex_unlock(&sandbox->lock);
    return json_ready(reply);
}

static void text_take(const struct call *call, const char *name, char *out, size_t room)
{
    struct slice text = call_text(call, name);
    (void)snprintf(out, room, "%.*s", (int)text.length, text.text);
}

/* A rule for calls that can't come would only look like one. */
static enum result calls_check(struct ctx *ctx, const struct call *call)
{
    static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };
    struct slice operation = call_text(call, "operation");
    struct slice method = call_text(call, "method");
    if (operation.length > 0 && !api_has_operation(ctx->api, operation)) {
        return fail(
            ctx->error, RESULT_INVALID, "operation",
            "operation must be an operation id of the definitions without its version, e.g. Computers_List");
    }
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (method.length == 0 || slice_is_any_case(method, methods[i])) {
            return RESULT_OK;
        }
    }
    return fail(ctx->error, RESULT_INVALID, "method",
                "method must be GET, HEAD, POST, PUT, PATCH or DELETE");
}

static enum result rule_read(struct ctx *ctx, const struct call *call, struct fault_rule *out)
{
    *out = (struct fault_rule){
        .kind = fault_kind_find(call_text(call, "kind")),
        .share = body_int(call, "share", 100),
        .times = body_int(call, "times", 0),
    };
    if (out->kind == NULL) {
        return fail(ctx->error, RESULT_INVALID, "kind",
                    "kind must be one of those that GET /sandbox/fault-kinds lists");
    }
    out->value = body_int(call, "value", out->kind->value_initial);
    if (out->kind->value == NULL && json_is(call_member(call, "value"), JSON_INT)) {
        return fail(ctx->error, RESULT_INVALID, "value", "%s takes no value", out->kind->name);
    }
    if (out->value > out->kind->value_max) {
        return fail(ctx->error, RESULT_INVALID, "value",
                    "the value of %s must be a whole number from 0 to %" PRId64, out->kind->name,
                    out->kind->value_max);
    }
    text_take(call, "operation", out->operation, sizeof(out->operation));
    text_take(call, "path", out->path, sizeof(out->path));
    text_take(call, "method", out->method, sizeof(out->method));
    return RESULT_OK;
}

static enum result faults_post(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct sandbox *sandbox = ctx->sandbox;
    struct fault_rule rule;
    TRY(members_check(ctx, call, &fault_body));
    TRY(calls_check(ctx, call));
    TRY(rule_read(ctx, call, &rule));
    (void)pthread_mutex_lock(&sandbox->lock);
    enum result result = fault_rule_add(&sandbox->faults, &rule, ctx->error);
    (void)pthread_mutex_unlock(&sandbox->lock);
    TRY(result);
    struct json_writer out = writer_of(reply);
    put_rule(&rule, &out);
    reply->status = 201;
    return RESULT_OK;
}

static enum result faults_delete(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    struct sandbox *sandbox = ctx->sandbox;
    (void)pthread_mutex_lock(&sandbox->lock);
    sandbox->faults.count = 0;
    (void)pthread_mutex_unlock(&sandbox->lock);
    return reply_empty(reply, 204);
}

static enum result fault_delete(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct sandbox *sandbox = ctx->sandbox;
    int64_t id = 0;
    bool is_number = slice_int64(call->ids[0], &id);
    (void)pthread_mutex_lock(&sandbox->lock);
    bool found = is_number && fault_rule_remove(&sandbox->faults, id);
    (void)pthread_mutex_unlock(&sandbox->lock);
    return found ? reply_empty(reply, 204)
                 : fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no fault with this id");
}

/* --- records ------------------------------------------------------------------------------------------ */

static enum result query_int(struct ctx *ctx, const struct call *call, const char *name,
                             int64_t *out)
{
    const struct slice *text = call_query(call, name);
    if (text == NULL || (slice_int64(*text, out) && *out >= 0)) {
        return RESULT_OK;
    }
    return fail(ctx->error, RESULT_INVALID, name, "%s must be a whole number from 0", name);
}

static const char *query_text(struct ctx *ctx, const struct call *call, const char *name)
{
    const struct slice *text = call_query(call, name);
    return text == NULL || text->length == 0 ? NULL : slice_dup(ctx->arena, *text);
}

static enum result filter_read(struct ctx *ctx, const struct call *call, struct record_filter *out)
{
    const char *warnings = query_text(ctx, call, "warnings");
    const char *secrets = query_text(ctx, call, "secrets");
    TRY(query_int(ctx, call, "since", &out->since));
    TRY(query_int(ctx, call, "status", &out->status));
    TRY(query_int(ctx, call, "limit", &out->limit));
    if (out->limit < 1 || out->limit > RECORDS_MAX) {
        return fail(ctx->error, RESULT_INVALID, "limit",
                    "limit must be a whole number from 1 to %d", RECORDS_MAX);
    }
    if (secrets != NULL && strcmp(secrets, "show") != 0 && strcmp(secrets, "mask") != 0) {
        return fail(ctx->error, RESULT_INVALID, "secrets", "secrets must be show or mask");
    }
    if (warnings != NULL && strcmp(warnings, "true") != 0 && strcmp(warnings, "false") != 0) {
        return fail(ctx->error, RESULT_INVALID, "warnings", "warnings must be true or false");
    }
    out->operation = query_text(ctx, call, "operation");
    out->method = query_text(ctx, call, "method");
    out->path = query_text(ctx, call, "path");
    out->deviating = warnings != NULL && strcmp(warnings, "true") == 0;
    out->shows_secrets = secrets != NULL && strcmp(secrets, "show") == 0;
    return RESULT_OK;
}

typedef void write_records(const struct records *records, const struct record_filter *filter,
                           struct arena *arena, struct json_writer *out);

static enum result records_reply(struct ctx *ctx, const struct call *call, struct reply *reply,
                                 int64_t limit, write_records *write)
{
    struct sandbox *sandbox = ctx->sandbox;
    struct record_filter filter = { .limit = limit };
    struct json_writer out = writer_of(reply);
    TRY(filter_read(ctx, call, &filter));
    (void)pthread_mutex_lock(&sandbox->lock);
    write(&sandbox->records, &filter, ctx->arena, &out);
    (void)pthread_mutex_unlock(&sandbox->lock);
    return json_ready(reply);
}

static enum result records_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return records_reply(ctx, call, reply, RECORDS_AT_ONCE, records_write);
}

static enum result records_har_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return records_reply(ctx, call, reply, RECORDS_MAX, records_write_har);
}

static enum result records_delete(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    struct sandbox *sandbox = ctx->sandbox;
    (void)pthread_mutex_lock(&sandbox->lock);
    records_drop(&sandbox->records);
    (void)pthread_mutex_unlock(&sandbox->lock);
    return reply_empty(reply, 204);
}

/* --- documents ---------------------------------------------------------------------------------------- */

static enum result openapi_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)ctx;
    (void)call;
    openapi_write(&sandbox_face, 0, OPENAPI_JSON, &reply->body);
    return json_ready(reply);
}

static enum result ca_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    const struct slice *pem = ctx->sandbox->settings.ca_pem;
    buffer_add(&reply->body, pem->text, pem->length);
    reply->content_type = "application/x-pem-file";
    reply->status = 200;
    return RESULT_OK;
}

/* --- table ------------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct field clock_fields[] = {
    { .json = "advanceSeconds", .type = FIELD_INT64, .min = 0, .max = INT64_C(86400) * ADVANCE_DAYS_MAX, .summary = "So many seconds later" },
    { .json = "advanceTo", .type = FIELD_TEXT, .min = 1, .max = 64, .summary = "Or this moment, e.g. 2025-03-01T00:00:00Z" },
};
static const struct shape clock_body = { .name = "SandboxClockRequest", .summary = "Where the clock goes", .fields = clock_fields, .count = COUNT_OF(clock_fields) };

static const struct field clock_answer_fields[] = {
    { .json = "clock", .type = FIELD_TIME, .summary = "What time it is now" },
};
static const struct shape clock_answer = { .name = "SandboxClock", .summary = "The clock", .fields = clock_answer_fields, .count = COUNT_OF(clock_answer_fields) };

static const struct field snapshot_fields[] = {
    { .json = "name", .type = FIELD_TEXT, .summary = "Name" },
    { .json = "clock", .type = FIELD_TIME, .summary = "What time it was" },
    { .json = "bytes", .type = FIELD_INT64, .summary = "Size" },
};
static const struct shape snapshot_row = { .name = "SandboxSnapshot", .summary = "A state to come back to", .fields = snapshot_fields, .count = COUNT_OF(snapshot_fields) };

static const struct field state_fields[] = {
    { .json = "version", .type = FIELD_TEXT, .summary = "Of the program" },
    { .json = "seed", .type = FIELD_INT64, .summary = "Seed" },
    { .json = "clock", .type = FIELD_TIME, .summary = "What time it is" },
    { .json = "snapshots", .type = FIELD_ARRAY, .shape = &snapshot_row, .summary = "States to come back to" },
    { .json = "faults", .type = FIELD_INT, .summary = "Faults that are set" },
    { .json = "lastRecord", .type = FIELD_INT64, .summary = "Sequence of the newest record" },
};
static const struct shape state_shape = { .name = "SandboxState", .summary = "The sandbox", .fields = state_fields, .count = COUNT_OF(state_fields) };

static const struct field kind_fields[] = {
    { .json = "kind", .type = FIELD_TEXT, .summary = "Name" },
    { .json = "summary", .type = FIELD_TEXT, .summary = "What it does" },
    { .json = "value", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "What its value means; null: it has none" },
    { .json = "initial", .type = FIELD_INT64, .summary = "Value when none is given" },
    { .json = "max", .type = FIELD_INT64, .summary = "Largest value" },
};
static const struct shape kind_row = { .name = "SandboxFaultKind", .summary = "A kind of fault", .fields = kind_fields, .count = COUNT_OF(kind_fields) };

static const struct field fault_fields[] = {
    { .json = "kind", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 64, .summary = "As GET fault-kinds lists them" },
    { .json = "operation", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = FAULT_PATTERN_BYTES_MAX, .summary = "Only this operation id, e.g. Computers_List" },
    { .json = "path", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = FAULT_PATTERN_BYTES_MAX, .summary = "Only paths like this one; * is any part of it" },
    { .json = "method", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 7, .summary = "Only this method" },
    { .json = "share", .type = FIELD_INT, .min = 1, .max = 100, .summary = "So many of 100 calls that fit, by chance from the seed; left out: all" },
    { .json = "times", .type = FIELD_INT, .min = 0, .max = FAULT_TIMES_MAX, .summary = "So many times, then no more; 0 or left out: until it is removed" },
    { .json = "value", .type = FIELD_INT64, .min = 0, .max = INT64_C(1000000000), .summary = "Of kinds that have one" },
};
static const struct shape fault_body = { .name = "SandboxFaultRequest", .summary = "A fault, and the calls that get it: all that fit", .fields = fault_fields, .count = COUNT_OF(fault_fields) };

static const struct field fault_row_fields[] = {
    { .json = "id", .type = FIELD_INT64, .summary = "Id" },
    { .json = "kind", .type = FIELD_TEXT, .summary = "Kind" },
    { .json = "operation", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Only this operation" },
    { .json = "path", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Only such paths" },
    { .json = "method", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Only this method" },
    { .json = "share", .type = FIELD_INT, .summary = "Of 100 calls that fit" },
    { .json = "left", .type = FIELD_INT64, .flags = FIELD_NULLABLE, .summary = "How many times more; null: no bound" },
    { .json = "value", .type = FIELD_INT64, .summary = "Value" },
    { .json = "met", .type = FIELD_INT64, .summary = "Calls that fitted" },
    { .json = "done", .type = FIELD_INT64, .summary = "Calls that got it" },
};
static const struct shape fault_row = { .name = "SandboxFault", .summary = "A fault that is set", .fields = fault_row_fields, .count = COUNT_OF(fault_row_fields) };

static const struct field records_fields[] = {
    { .json = "records", .type = FIELD_ARRAY, .items = FIELD_ANY, .summary = "Requests and answers in the members of HAR, oldest first, with sequence, operation, version, fault, cut and warnings" },
    { .json = "last", .type = FIELD_INT64, .summary = "Sequence to go on from: since" },
    { .json = "total", .type = FIELD_INT64, .summary = "How many fit" },
};
static const struct shape records_shape = { .name = "SandboxRecords", .summary = "What was asked and answered", .fields = records_fields, .count = COUNT_OF(records_fields) };

static const struct parameter records_parameters[] = {
    { .name = "since", .in = "query", .type = FIELD_INT64, .summary = "Only records with a greater sequence" },
    { .name = "operation", .in = "query", .type = FIELD_TEXT, .summary = "Only this operation id" },
    { .name = "method", .in = "query", .type = FIELD_TEXT, .summary = "Only this method" },
    { .name = "path", .in = "query", .type = FIELD_TEXT, .summary = "Only paths like this one; * is any part of it" },
    { .name = "status", .in = "query", .type = FIELD_INT, .summary = "Only this status" },
    { .name = "warnings", .in = "query", .type = FIELD_BOOL, .summary = "true: only calls that differ from the definition" },
    { .name = "limit", .in = "query", .type = FIELD_INT, .min = 1, .max = RECORDS_MAX, .summary = "At most so many" },
    { .name = "secrets", .in = "query", .type = FIELD_TEXT, .summary = "show: tokens and secrets as they were; mask, as without it: the start of a digest in their place" },
};

#define ANSWERS(name, ...) static const struct answer name[] = { __VA_ARGS__ }
ANSWERS(state_answers, ANSWER_ROW(200, ANSWER_SHAPE, &state_shape, NULL, "The sandbox"));
ANSWERS(done_answers, ANSWER_DONE("Done"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWER_503);
ANSWERS(clock_answers, ANSWER_ROW(200, ANSWER_SHAPE, &clock_answer, NULL, "The clock"), ANSWER_400);
ANSWERS(kind_answers, ANSWER_ROW(200, ANSWER_ARRAY, &kind_row, NULL, "All kinds"));
ANSWERS(fault_answers, ANSWER_ROW(200, ANSWER_ARRAY, &fault_row, NULL, "Those that are set"));
ANSWERS(fault_made_answers, ANSWER_ROW(201, ANSWER_SHAPE, &fault_row, NULL, "Set"), ANSWER_400, ANSWER_409, ANSWER_415);
ANSWERS(record_answers, ANSWER_ROW(200, ANSWER_SHAPE, &records_shape, NULL, "Records"), ANSWER_400, ANSWER_413);
static const struct answer har_answers[] = { { 200, ANSWER_FILE, NULL, "application/json", NULL, "HTTP Archive 1.2" }, ANSWER_400, ANSWER_413 };
static const struct answer json_answers[] = { { 200, ANSWER_FILE, NULL, "application/json", NULL, "This document" } };
static const struct answer ca_answers[] = { { 200, ANSWER_FILE, NULL, "application/x-pem-file", NULL, "The certificate (PEM)" } };

#define ROUTE_ROW(row_method, row_path, row_id, row_run, row_answers) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "Sandbox", .extension = true, .work = WORK_SLOW, .run = row_run, \
    .id_type = FIELD_TEXT, .answers = row_answers, .answer_count = COUNT_OF(row_answers)
#define BODY(row_body) .body_kind = BODY_JSON, .body = &row_body
#define RECORD_PARAMETERS .parameters = records_parameters, .parameter_count = COUNT_OF(records_parameters)

static const struct route routes[] = {
    { ROUTE_ROW(METHOD_GET, "state", "Sandbox_State", state_get, state_answers), .summary = "Clock, seed and what is set" },
    { ROUTE_ROW(METHOD_POST, "reset", "Sandbox_Reset", reset_post, done_answers), .summary = "Back to the start: data, clock, ids; no faults, no records. Snapshots stay" },
    { ROUTE_ROW(METHOD_POST, "clock", "Sandbox_Clock", clock_post, clock_answers), BODY(clock_body), .summary = "Let time pass: the server does what it would have done meanwhile" },
    { ROUTE_ROW(METHOD_PUT, "snapshots/{name}", "Sandbox_TakeSnapshot", snapshot_put, done_answers), .summary = "Keep data and clock under a name" },
    { ROUTE_ROW(METHOD_POST, "snapshots/{name}/restore", "Sandbox_RestoreSnapshot", snapshot_restore_post, done_answers), .summary = "Back to that state" },
    { ROUTE_ROW(METHOD_DELETE, "snapshots/{name}", "Sandbox_DeleteSnapshot", snapshot_delete, done_answers), .summary = "Forget it" },
    { ROUTE_ROW(METHOD_GET, "fault-kinds", "Sandbox_FaultKinds", kinds_get, kind_answers), .summary = "What can go wrong on demand" },
    { ROUTE_ROW(METHOD_GET, "faults", "Sandbox_Faults", faults_get, fault_answers), .summary = "What is set to go wrong" },
    { ROUTE_ROW(METHOD_POST, "faults", "Sandbox_AddFault", faults_post, fault_made_answers), BODY(fault_body), .summary = "Let calls go wrong" },
    { ROUTE_ROW(METHOD_DELETE, "faults", "Sandbox_DeleteFaults", faults_delete, done_answers), .summary = "Let all go well again" },
    { ROUTE_ROW(METHOD_DELETE, "faults/{id}", "Sandbox_DeleteFault", fault_delete, done_answers), .summary = "Remove one" },
    { ROUTE_ROW(METHOD_GET, "records", "Sandbox_Records", records_get, record_answers), RECORD_PARAMETERS, .summary = "What was asked and answered" },
    { ROUTE_ROW(METHOD_GET, "records.har", "Sandbox_RecordsHar", records_har_get, har_answers), RECORD_PARAMETERS, .summary = "The same as HTTP Archive" },
    { ROUTE_ROW(METHOD_DELETE, "records", "Sandbox_DeleteRecords", records_delete, done_answers), .summary = "Forget it; sequences go on" },
    { ROUTE_ROW(METHOD_GET, "openapi.json", "Sandbox_Openapi", openapi_get, json_answers), .summary = "The definition of this control" },
    { ROUTE_ROW(METHOD_GET, "ca.pem", "Sandbox_Ca", ca_get, ca_answers), .summary = "What clients check the certificate of HTTPS against" },
};
/* clang-format on */
static const size_t route_count = COUNT_OF(routes);
static const struct route_table tables[] = { { routes, &route_count } };

const struct face sandbox_face = {
    .name = "sandbox",
    .prefix = "/sandbox/",
    .tables = tables,
    .table_count = COUNT_OF(tables),
    .title = "Reeve sandbox",
    .strict = true,
};
