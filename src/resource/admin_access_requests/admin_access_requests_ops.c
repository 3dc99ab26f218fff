#include <string.h>

#include "access/principal.h"
#include "base/arena.h"
#include "base/time.h"
#include "json/write.h"
#include "model/reach.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "resource/admin_access_requests/admin_access_requests_parts.h"
#include "resource/computers/computers.h"

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

static enum result faults_result(struct ctx *ctx)
{
    return ctx->faults->count == 0 ? RESULT_OK
                                   : fail(ctx->error, RESULT_INVALID, NULL, "%s: %s",
                                          ctx->faults->items[0].field, ctx->faults->items[0].text);
}

static struct slice text_of(const struct call *call, const char *name)
{
    return slice_trim(call_text(call, name));
}

/* 0 when it was left out. */
static int64_t duration_read(struct ctx *ctx, const struct call *call)
{
    struct slice text = text_of(call, "duration");
    int64_t seconds = 0;
    bool fits = slice_int64(text, &seconds) && seconds >= ADMIN_SESSION_S_MIN &&
                seconds <= ADMIN_SESSION_S_MAX;
    if (text.length > 0 && !fits) {
        faults_add(ctx->faults, "duration",
                   "must be the session's length in seconds, as text, from %d to %d",
                   ADMIN_SESSION_S_MIN, ADMIN_SESSION_S_MAX);
        return 0;
    }
    return seconds;
}

static enum result answer(const struct admin_request *request, struct reply *reply)
{
    struct json_writer writer;
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_text(&writer, "id", request->id);
    json_member_text(&writer, "decision", decision_names.values[admin_decision(request->state)]);
    json_member_text(&writer, "ticketId", request->ticket.id);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}

/* --- POST AdminAccessRequest ----------------------------------------------------------------------------------- */

/* The three members that decide come together or not at all. */
static enum result verdict_read(struct ctx *ctx, const struct call *call,
                                struct admin_verdict *verdict, bool *out_decided)
{
    static const char *const members[] = { "decision", "decisionTime", "decisionPerformedByUser" };
    size_t given = 0;
    bool failed = false;
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        given += text_of(call, members[i]).length > 0 ? 1 : 0;
    }
    for (size_t i = 0; i < COUNT_OF(members) && given > 0; i++) {
        if (text_of(call, members[i]).length == 0) {
            faults_add(
                ctx->faults, members[i],
                "is required when decision, decisionTime or decisionPerformedByUser is given");
        }
    }
    struct slice decision = text_of(call, "decision");
    verdict->approved = slice_is_any_case(decision, "Approved");
    if (decision.length > 0 && !verdict->approved && !slice_is_any_case(decision, "Denied")) {
        faults_add(ctx->faults, "decision", "must be Approved or Denied");
    }
    (void)time_parse(text_of(call, "decisionTime"), &verdict->decision_time_us, NULL);
    verdict->decided_by = text_kept(ctx, text_of(call, "decisionPerformedByUser"), &failed);
    verdict->message = text_kept(ctx, text_of(call, "message"), &failed);
    *out_decided = given > 0;
    return failed ? no_memory(ctx) : RESULT_OK;
}

static enum result ticket_read(struct ctx *ctx, const struct call *call, struct ticket *out)
{
    struct ticket own = { .id = NULL };
    if (text_of(call, "ticketId").length == 0) {
        TRY(ticket_make(ctx, &own));
    }
    return ticket_from_body(ctx, call, &own, out);
}

static enum result computer_find(struct ctx *ctx, const char *id, struct computer *out)
{
    TRY(reach_require(ctx, &computers_resource, id));
    TRY(computer_load(ctx, id, out));
    return out->deleted
               ? fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no computer with the id %s", id)
               : RESULT_OK;
}

static enum result order_read(struct ctx *ctx, const struct call *call, struct admin_order *order)
{
    int64_t duration_s = duration_read(ctx, call);
    order->duration_s = duration_s > 0 ? duration_s : ADMIN_SESSION_S_USUAL;
    order->user_id = text_of(call, "userId");
    order->user_name = text_of(call, "userName");
    order->reason = text_of(call, "reason");
    if (order->user_id.length == 0 && order->user_name.length == 0) {
        faults_add(ctx->faults, "userId", "this or userName must name the user");
    }
    return faults_result(ctx);
}

enum result admin_access_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct admin_verdict verdict = { .correlation_id = correlation_of(ctx, call, reply) };
    struct admin_order order = { .id = NULL };
    struct admin_request request;
    struct computer computer;
    struct ticket ticket;
    bool decided = false;
    TRY(verdict_read(ctx, call, &verdict, &decided));
    TRY(order_read(ctx, call, &order));
    TRY(computer_find(ctx, call_uuid(ctx, call, "computerId"), &computer));
    TRY(ticket_read(ctx, call, &ticket));
    order.computer_id = computer.id;
    order.computer_name = computer.host;
    order.group_id = computer.group_id;
    order.ticket = &ticket;
    order.correlation_id = verdict.correlation_id;
    TRY(admin_request_open(ctx, &order, &request));
    if (decided) {
        verdict.ticket = request.ticket;
        TRY(admin_request_decide(ctx, &request, &verdict));
    }
    return answer(&request, reply);
}

/* --- POST approval ---------------------------------------------------------------------------------------------- */

enum result admin_access_decide(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct admin_verdict verdict = { .correlation_id = correlation_of(ctx, call, reply) };
    struct admin_request request;
    bool failed = false;
    const char *id = call->id_count > 0 ? call->ids[0].text : call_uuid(ctx, call, "requestId");
    struct slice by = text_of(call, "decisionPerformedByUser");
    verdict.duration_s = duration_read(ctx, call);
    verdict.approved = slice_is_any_case(text_of(call, "decision"), "Approved");
    verdict.message = text_kept(ctx, text_of(call, "message"), &failed);
    verdict.decided_by = by.length > 0 ? text_kept(ctx, by, &failed) : ctx->principal->name;
    if (failed || id == NULL) {
        return no_memory(ctx);
    }
    TRY(faults_result(ctx));
    TRY(reach_require(ctx, &admin_access_requests_resource, id));
    TRY(admin_request_load(ctx, id, &request));
    TRY(ticket_from_body(ctx, call, &request.ticket, &verdict.ticket));
    TRY(admin_request_decide(ctx, &request, &verdict));
    return answer(&request, reply);
}
