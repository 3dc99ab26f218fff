#include "base/arena.h"
#include "base/time.h"
#include "json/write.h"
#include "model/reach.h"
#include "resource/authorization_requests/authorization_requests.h"
#include "resource/authorization_requests/authorization_requests_parts.h"
#include "resource/tickets/duration.h"

/* --- POST notification -------------------------------------------------------------------------------------- */

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

static int named(const struct call *call, const char *member, const struct names *names)
{
    struct slice text = slice_trim(call_text(call, member));
    for (size_t i = 0; i < names->count; i++) {
        if (slice_is_any_case(text, names->values[i])) {
            return (int)i;
        }
    }
    return -1;
}

static void decision_read(struct ctx *ctx, const struct call *call,
                          struct authorization_notice *notice)
{
    int status = named(call, "status", &notification_status_names);
    int decision = named(call, "decision", &decision_names);
    if (status < 0) {
        faults_add(ctx->faults, "status",
                   "must be 1000 (pending), 2000 (approved) or 2001 (denied)");
    }
    if (decision < 0) {
        faults_add(ctx->faults, "decision", "must be Pending, Approved or Denied");
    }
    if (status >= 0 && decision >= 0 && status != decision) {
        faults_add(ctx->faults, "status", "must agree with decision: %s is %s",
                   notification_status_names.values[decision], decision_names.values[decision]);
    }
    notice->decision = decision < 0 ? DECISION_PENDING : (enum ticket_decision)decision;
}

/* What a pending notice says of these is a filler of its form. */
static enum result terms_read(struct ctx *ctx, const struct call *call,
                              struct authorization_notice *notice)
{
    struct duration duration;
    char text[DURATION_TEXT_BYTES];
    bool failed = false;
    bool known = duration_parse(call_text(call, "duration"), &duration);
    if (notice->decision == DECISION_PENDING) {
        return RESULT_OK;
    }
    if (!known && notice->decision == DECISION_APPROVED) {
        faults_add(ctx->faults, "duration", "must be " DURATION_ALLOWED);
    }
    if (!time_parse(call_text(call, "decisionTime"), &notice->decision_time_us, NULL)) {
        faults_add(ctx->faults, "decisionTime",
                   "must be a moment like 2024-12-24 19:09:47 or 2024-12-24T19:09:47Z");
    }
    if (known) {
        duration_write(&duration, text);
        notice->duration = text_kept(ctx, slice_of(text), &failed);
        notice->end_us = duration_end(&duration, ctx->now_us);
    }
    notice->decided_by =
        text_kept(ctx, slice_trim(call_text(call, "decisionPerformedByUser")), &failed);
    notice->message = text_kept(ctx, slice_trim(call_text(call, "message")), &failed);
    return failed ? no_memory(ctx) : RESULT_OK;
}

static enum result faults_result(struct ctx *ctx)
{
    return ctx->faults->count == 0 ? RESULT_OK
                                   : fail(ctx->error, RESULT_INVALID, NULL, "%s: %s",
                                          ctx->faults->items[0].field, ctx->faults->items[0].text);
}

static enum result answer(const struct authorization_request *request, struct reply *reply)
{
    enum ticket_decision decision = request_decision(request->state);
    struct json_writer writer;
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_text(&writer, "id", request->id);
    json_member_text(&writer, "status", notification_status_names.values[decision]);
    json_member_text(&writer, "decision", decision_names.values[decision]);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}

enum result authorization_requests_notification(struct ctx *ctx, const struct call *call,
                                                struct reply *reply)
{
    struct authorization_notice notice = { .correlation_id = correlation_of(ctx, call, reply) };
    struct authorization_request request;
    const char *id = NULL;
    if (call->body == NULL) {
        return fail(ctx->error, RESULT_INVALID, "body", "the ten members are required");
    }
    decision_read(ctx, call, &notice);
    TRY(terms_read(ctx, call, &notice));
    TRY(faults_result(ctx));
    TRY(authorization_request_find_one(ctx, slice_trim(call_text(call, "itsmRequestId")), &id));
    TRY(reach_require(ctx, &authorization_requests_resource, id));
    TRY(authorization_request_load(ctx, id, &request));
    TRY(ticket_from_body(ctx, call, &request.ticket, &notice.ticket));
    TRY(authorization_request_notice(ctx, &request, &notice));
    return answer(&request, reply);
}

/* --- GET {id} ------------------------------------------------------------------------------------------------- */

/* Connectors read a request by the id that their own tool gave it. */
enum result authorization_requests_get(struct ctx *ctx, const struct call *call,
                                       struct reply *reply)
{
    struct call by_id = *call;
    const char *id = NULL;
    TRY(authorization_request_find(ctx, call->ids[0], &id));
    by_id.ids[0] = slice_of(id);
    return op_get(ctx, &by_id, reply);
}
