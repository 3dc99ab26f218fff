/* Requests for rights, from the endpoint: asking, hearing of the decision, saying what came of it. */
#include <string.h>

#include "access/principal.h"
#include "agent_api/agent_ops.h"
#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "json/write.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "resource/authorization_requests/authorization_requests.h"

static struct slice text_of(const struct call *call, const char *name)
{
    return slice_trim(call_text(call, name));
}

/* The request as agents see it, of either kind. */
static enum result tell_one(struct ctx *ctx, const char *computer_id, const char *id,
                            struct json_writer *writer, bool *out_pending)
{
    enum result result =
        request_tell(ctx, &authorization_request_kind, computer_id, id, writer, out_pending);
    if (result == RESULT_NOT_FOUND) {
        result = request_tell(ctx, &admin_request_kind, computer_id, id, writer, out_pending);
    }
    return result == RESULT_NOT_FOUND ? fail(ctx->error, RESULT_NOT_FOUND, NULL,
                                             "this computer has no request with the id %s", id)
                                      : result;
}

static enum result answer_one(struct ctx *ctx, const char *computer_id, const char *id,
                              struct reply *reply)
{
    struct json_writer writer;
    bool pending = false;
    json_writer_init(&writer, &reply->body);
    reply->status = 200;
    return tell_one(ctx, computer_id, id, &writer, &pending);
}

/* POST requests/application */
enum result agent_request_application(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct authorization_request request;
    struct computer computer;
    TRY(agent_load_authorised(ctx, &computer));
    const struct authorization_order order = {
        .id = call_uuid(ctx, call, "id"),
        .computer_id = computer.id,
        .computer_name = computer.host,
        .group_id = computer.group_id,
        .user = text_of(call, "user"),
        .reason = text_of(call, "reason"),
        .info = call_member(call, "application"),
    };
    TRY(authorization_request_open(ctx, &order, &request));
    return answer_one(ctx, computer.id, request.id, reply);
}

/* POST requests/admin */
enum result agent_request_admin(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct admin_request request;
    struct computer computer;
    const struct json *seconds = call_member(call, "seconds");
    TRY(agent_load_authorised(ctx, &computer));
    const struct admin_order order = {
        .id = call_uuid(ctx, call, "id"),
        .computer_id = computer.id,
        .computer_name = computer.host,
        .group_id = computer.group_id,
        .user_id = text_of(call, "userId"),
        .user_name = text_of(call, "user"),
        .reason = text_of(call, "reason"),
        .correlation_id = ctx->request_id,
        .duration_s = json_is(seconds, JSON_INT) ? seconds->integer : ADMIN_SESSION_S_USUAL,
    };
    TRY(admin_request_open(ctx, &order, &request));
    return answer_one(ctx, computer.id, request.id, reply);
}

static int64_t wait_us(const struct ctx *ctx, const struct call *call)
{
    const struct slice *sent = call_query(call, "waitSeconds");
    int64_t seconds = 0;
    if (sent == NULL || !slice_int64(slice_trim(*sent), &seconds) || seconds < 0) {
        return 0;
    }
    return (seconds > ctx->rules->wait_max_s ? ctx->rules->wait_max_s : seconds) * US_PER_SECOND;
}

/* GET requests/{id}: at once, or when it is decided. */
enum result agent_request_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct computer computer;
    struct json_writer writer;
    bool pending = false;
    TRY(agent_load_authorised(ctx, &computer));
    json_writer_init(&writer, &reply->body);
    TRY(tell_one(ctx, computer.id, call->ids[0].text, &writer, &pending));
    int64_t wait = wait_us(ctx, call);
    if (pending && call->waited_us < wait) {
        return reply_wait(reply, computer.id, computer.group_id, wait);
    }
    reply->status = 200;
    return RESULT_OK;
}

/* --- what came of it ------------------------------------------------------------------------------------------- */

static enum result used(struct ctx *ctx, const char *computer_id, const char *id)
{
    struct authorization_request request;
    TRY(authorization_request_load(ctx, id, &request));
    return strcmp(request.computer_id, computer_id) != 0
               ? fail(ctx->error, RESULT_NOT_FOUND, NULL,
                      "this computer has no application request with the id %s", id)
               : authorization_request_use(ctx, &request);
}

static enum result session(struct ctx *ctx, const struct call *call, const char *computer_id,
                           bool started)
{
    struct admin_request request;
    int64_t at_us = 0;
    const char *id = call->ids[0].text;
    struct slice reason = text_of(call, "reason");
    int index = names_index(&admin_end_reason_names, reason.text, reason.length);
    TRY(admin_request_load(ctx, id, &request));
    if (strcmp(request.computer_id, computer_id) != 0) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL,
                    "this computer has no admin access request with the id %s", id);
    }
    (void)time_parse(text_of(call, "at"), &at_us, NULL);
    if (started) {
        return admin_session_started(ctx, &request, at_us);
    }
    return admin_session_ended(ctx, &request,
                               index < 0 ? ADMIN_USER_ENDED : (enum admin_end_reason)index, at_us);
}

/* POST requests/{id} */
enum result agent_request_outcome(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct computer computer;
    struct slice event = text_of(call, "event");
    const char *id = call->ids[0].text;
    TRY(agent_load_authorised(ctx, &computer));
    if (slice_is_any_case(event, "Used")) {
        TRY(used(ctx, computer.id, id));
    } else {
        TRY(session(ctx, call, computer.id, slice_is_any_case(event, "SessionStarted")));
    }
    return answer_one(ctx, computer.id, id, reply);
}

/* --- with a check-in --------------------------------------------------------------------------------------------- */

bool agent_decisions_differ(const struct call *call, const struct computer *computer)
{
    const struct json *known = call_member(call, "knownDecisions");
    return json_is(known, JSON_INT) && known->integer != computer->decisions;
}

enum result agent_decisions_write(struct ctx *ctx, const struct computer *computer,
                                  struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_int(writer, "version", computer->decisions);
    json_key(writer, "items");
    json_begin_array(writer);
    TRY(requests_tell(ctx, &authorization_request_kind, computer->id, writer));
    TRY(requests_tell(ctx, &admin_request_kind, computer->id, writer));
    json_end_array(writer);
    json_end_object(writer);
    return RESULT_OK;
}
