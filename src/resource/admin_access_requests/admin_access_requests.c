#include "resource/admin_access_requests/admin_access_requests.h"

#include <stdio.h>
#include <string.h>

#include "access/principal.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "resource/admin_access_requests/admin_access_requests_parts.h"
#include "store/dialect.h"
#include "store/store.h"

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* --- loading ------------------------------------------------------------------------------------------------- */

#define LOAD_COLUMNS                                                                                \
    "SELECT id, computer_id, user_id, user_name, user_key, state, created, duration_s, approved_s," \
    " decided_by, message, decision_time, session_start, session_end, end_reason, system_id,"       \
    " ticket_id, ticket_url, ticket_type FROM admin_access_request WHERE "

static int64_t number_or(const struct statement *row, uint32_t column, int64_t when_null)
{
    return statement_is_null(row, column) ? when_null : statement_int(row, column);
}

static enum result request_read(struct ctx *ctx, struct statement *row, struct admin_request *out)
{
    bool failed = false;
    *out = (struct admin_request){
        .id = text_kept(ctx, statement_text(row, 0), &failed),
        .computer_id = text_kept(ctx, statement_text(row, 1), &failed),
        .user_id = text_kept(ctx, statement_text(row, 2), &failed),
        .user_name = text_kept(ctx, statement_text(row, 3), &failed),
        .user_key = text_kept(ctx, statement_text(row, 4), &failed),
        .state = (enum admin_state)statement_int(row, 5),
        .created_us = statement_int(row, 6),
        .duration_s = statement_int(row, 7),
        .approved_s = number_or(row, 8, 0),
        .decided_by = text_kept(ctx, statement_text(row, 9), &failed),
        .message = text_kept(ctx, statement_text(row, 10), &failed),
        .decision_time_us = number_or(row, 11, 0),
        .session_start_us = number_or(row, 12, 0),
        .session_end_us = number_or(row, 13, 0),
        .end_reason = number_or(row, 14, -1),
        .ticket = { .system_id = text_kept(ctx, statement_text(row, 15), &failed),
                    .id = text_kept(ctx, statement_text(row, 16), &failed),
                    .url = text_kept(ctx, statement_text(row, 17), &failed),
                    .type = (enum ticket_type)statement_int(row, 18) },
    };
    statement_reset(row);
    return failed ? no_memory(ctx) : RESULT_OK;
}

/* RESULT_NOT_FOUND without a text of its own. */
static enum result load(struct ctx *ctx, const char *id, struct admin_request *out)
{
    struct statement *row = NULL;
    char sql[512];
    (void)snprintf(sql, sizeof(sql), LOAD_COLUMNS "id = $1%s",
                   store_dialect(session_store(ctx->session))->row_lock);
    TRY(store_row(ctx->session, &row, ctx->error, sql, "t", id));
    return request_read(ctx, row, out);
}

enum result admin_request_load(struct ctx *ctx, const char *id, struct admin_request *out)
{
    enum result result = load(ctx, id, out);
    return result == RESULT_NOT_FOUND ? fail(ctx->error, RESULT_NOT_FOUND, NULL,
                                             "there is no admin access request with the id %s", id)
                                      : result;
}

/* --- saving -------------------------------------------------------------------------------------------------- */

/* When the server ends it by itself; 0: never. */
static int64_t due_of(const struct ctx *ctx, const struct admin_request *request)
{
    const int64_t grace_us = ADMIN_REPORT_GRACE_S * US_PER_SECOND;
    int64_t end_us = request->session_start_us + request->approved_s * US_PER_SECOND + grace_us;
    switch (request->state) {
    case ADMIN_PENDING: return request->created_us + REQUEST_PENDING_DAYS * US_PER_DAY;
    case ADMIN_APPROVED: return ctx->now_us + ADMIN_START_HOURS * INT64_C(3600) * US_PER_SECOND;
    case ADMIN_ACTIVE: return end_us;
    case ADMIN_ENDING: return end_us > ctx->now_us + grace_us ? end_us : ctx->now_us + grace_us;
    case ADMIN_DENIED:
    case ADMIN_WITHDRAWN:
    case ADMIN_ENDED:
    case ADMIN_EXPIRED:
    case ADMIN_REVOKED:
    case ADMIN_LAPSED:
    case ADMIN_STATES: break;
    }
    return 0;
}

/* What was granted, else asked for. */
static int64_t length_s(const struct admin_request *request)
{
    return request->approved_s > 0 ? request->approved_s : request->duration_s;
}

/* `before` NULL: it is new. */
static enum result activity_add(struct ctx *ctx, const struct admin_request *before,
                                const struct admin_request *request, const char *correlation_id)
{
    static const char *const what[ADMIN_STATES] = {
        [ADMIN_PENDING] = "Created", [ADMIN_APPROVED] = "Approved", [ADMIN_ACTIVE] = "Started",
        [ADMIN_ENDING] = "Denied",   [ADMIN_DENIED] = "Denied",     [ADMIN_WITHDRAWN] = "Denied",
        [ADMIN_ENDED] = "Ended",     [ADMIN_EXPIRED] = "Expired",   [ADMIN_REVOKED] = "Revoked",
        [ADMIN_LAPSED] = "Lapsed",
    };
    const char *user = request->user_name == NULL ? request->user_id : request->user_name;
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "AdminAccessRequest",
        .entity_id = request->id,
        .entity_name = slice_of(request->ticket.id),
        .type = arena_printf(ctx->arena, "AdminAccessRequest%s", what[request->state]),
        .details = audit_sentence(ctx, "Admin access request of %s: %s", user == NULL ? "" : user,
                                  what[request->state]),
        .object = "authorizationRequestDataAuditing",
    };
    if (entry.type == NULL) {
        return no_memory(ctx);
    }
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_change_text(
        &changes, "Decision", slice_of(decision_names.values[admin_decision(request->state)]),
        slice_of(before == NULL ? NULL : decision_names.values[admin_decision(before->state)]));
    audit_change_text(&changes, "TicketId", slice_of(request->ticket.id),
                      slice_of(before == NULL ? NULL : before->ticket.id));
    if (before == NULL) {
        audit_new_int(&changes, "DurationSeconds", length_s(request));
    } else {
        audit_change_int(&changes, "DurationSeconds", length_s(request), length_s(before));
    }
    if (request->decided_by != NULL) {
        audit_text(&changes, "decisionPerformedByUser", slice_of(request->decided_by));
    }
    if (correlation_id != NULL) {
        audit_text(&changes, "correlationId", slice_of(correlation_id));
    }
    return audit_write_changes(ctx, &entry, &changes);
}

static enum result request_save(struct ctx *ctx, const struct admin_request *before,
                                const struct admin_request *request, const char *correlation_id)
{
    TRY(activity_add(ctx, before, request, correlation_id));
    TRY(store_run(
        ctx->session, ctx->error,
        "UPDATE admin_access_request SET state = $2, decision = $3, modified = $4,"
        " approved_s = NULLIF(CAST($5 AS BIGINT), 0), decided_by = $6, message = $7,"
        " decision_time = NULLIF(CAST($8 AS BIGINT), 0),"
        " session_start = NULLIF(CAST($9 AS BIGINT), 0),"
        " session_end = NULLIF(CAST($10 AS BIGINT), 0),"
        " end_reason = NULLIF(CAST($11 AS BIGINT), -1), system_id = $12, ticket_id = $13,"
        " ticket_url = $14, ticket_type = $15, due = NULLIF(CAST($16 AS BIGINT), 0) WHERE id = $1",
        "tiiiittiiiitttii", request->id, (int64_t)request->state,
        (int64_t)admin_decision(request->state), ctx->now_us, request->approved_s,
        request->decided_by, request->message, request->decision_time_us, request->session_start_us,
        request->session_end_us, request->end_reason, request->ticket.system_id, request->ticket.id,
        request->ticket.url, (int64_t)request->ticket.type, due_of(ctx, request)));
    return computer_decisions_changed(ctx, request->computer_id);
}

static enum result refuse(struct ctx *ctx, const struct admin_request *request)
{
    static const char *const why[ADMIN_STATES] = {
        [ADMIN_PENDING] = "is not decided yet",
        [ADMIN_APPROVED] = "is approved, and its session was not started",
        [ADMIN_ACTIVE] = "has a session that runs",
        [ADMIN_ENDING] = "was denied, and its session ends",
        [ADMIN_DENIED] = "is denied",
        [ADMIN_WITHDRAWN] = "is denied",
        [ADMIN_ENDED] = "has ended",
        [ADMIN_EXPIRED] = "has expired",
        [ADMIN_REVOKED] = "was revoked",
        [ADMIN_LAPSED] = "lapsed because nobody decided in time",
    };
    return fail(ctx->error, RESULT_CONFLICT, NULL, "the request %s %s; this cannot be changed",
                request->id, why[request->state]);
}

/* --- asking -------------------------------------------------------------------------------------------------- */

struct keys {
    const char *user, *id, *name; /* folded; `id` and `name` are "" when they are not known */
};

static enum result keys_of(struct ctx *ctx, const struct admin_order *order, struct keys *out)
{
    out->id = slice_fold(ctx->arena, order->user_id);
    out->name = slice_fold(ctx->arena, order->user_name);
    out->user = order->user_id.length > 0 ? out->id : out->name;
    return out->id == NULL || out->name == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result one_open_check(struct ctx *ctx, const char *computer_id, const struct keys *keys)
{
    struct statement *row = NULL;
    enum result result =
        store_row(ctx->session, &row, ctx->error,
                  "SELECT id FROM admin_access_request WHERE computer_id = $1 AND state < 4"
                  " AND (user_key = $2 OR (reeve_fold(user_id) = $3 AND user_id <> '')"
                  " OR (reeve_fold(user_name) = $4 AND user_name <> '')) LIMIT 1",
                  "tttt", computer_id, keys->user, keys->id, keys->name);
    if (result != RESULT_OK) {
        return result == RESULT_NOT_FOUND ? RESULT_OK : result;
    }
    struct slice id = statement_text(row, 0);
    result = fail(ctx->error, RESULT_CONFLICT, NULL,
                  "the user has an open request on this computer already: %.*s", (int)id.length,
                  id.text);
    statement_reset(row);
    return result;
}

static enum result open_count_check(struct ctx *ctx, const char *computer_id)
{
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT COUNT(*) FROM admin_access_request WHERE computer_id = $1 AND state < 4",
                  "t", computer_id));
    return count < REQUESTS_OPEN_MAX
               ? RESULT_OK
               : fail(ctx->error, RESULT_LIMITED, NULL, "%d requests of this computer are open",
                      REQUESTS_OPEN_MAX);
}

static enum result request_insert(struct ctx *ctx, const struct admin_order *order, const char *id,
                                  const struct keys *keys)
{
    struct ticket ticket;
    bool failed = false;
    if (order->ticket != NULL) {
        ticket = *order->ticket;
    } else {
        TRY(ticket_make(ctx, &ticket));
    }
    const char *user_id = text_kept(ctx, order->user_id, &failed);
    const char *user_name = text_kept(ctx, order->user_name, &failed);
    const char *reason = text_kept(ctx, order->reason, &failed);
    if (failed) {
        return no_memory(ctx);
    }
    return store_run(
        ctx->session, ctx->error,
        "INSERT INTO admin_access_request (id, computer_id, computer_name, group_id, group_name, user_id,"
        " user_name, user_key, reason, duration_s, state, decision, created, modified, system_id,"
        " ticket_id, ticket_url, ticket_type, due) VALUES ($1, $2, $3, $4,"
        " (SELECT name FROM computer_group WHERE id = $16), $5, $6, $7, $8, $9, 0, 0, $10, $10, $11,"
        " $12, $13, $14, $15) ON CONFLICT DO NOTHING",
        "ttttttttiitttiit", id, order->computer_id, order->computer_name, order->group_id, user_id,
        user_name, keys->user, reason, order->duration_s, ctx->now_us, ticket.system_id, ticket.id,
        ticket.url, (int64_t)ticket.type, ctx->now_us + REQUEST_PENDING_DAYS * US_PER_DAY,
        order->group_id);
}

enum result admin_request_open(struct ctx *ctx, const struct admin_order *order,
                               struct admin_request *out)
{
    struct keys keys;
    struct uuid made;
    const char *id = order->id;
    if (id == NULL) {
        uuid_make(ctx->now_us, &made);
        id = made.text;
    } else {
        enum result result = load(ctx, id, out);
        if (result == RESULT_OK && strcmp(out->computer_id, order->computer_id) != 0) {
            return fail(ctx->error, RESULT_CONFLICT, "id", "this id is taken; make another one");
        }
        if (result != RESULT_NOT_FOUND) {
            return result;
        }
    }
    TRY(keys_of(ctx, order, &keys));
    TRY(one_open_check(ctx, order->computer_id, &keys));
    TRY(open_count_check(ctx, order->computer_id));
    TRY(request_insert(ctx, order, id, &keys));
    if (session_affected(ctx->session) == 0) { /* another server was faster */
        return fail(ctx->error, RESULT_CONFLICT, NULL,
                    "the user has an open request on this computer already");
    }
    TRY(admin_request_load(ctx, id, out));
    TRY(activity_add(ctx, NULL, out, order->correlation_id));
    return computer_decisions_changed(ctx, out->computer_id);
}

/* --- deciding ------------------------------------------------------------------------------------------------ */

static bool says_the_same(const struct admin_request *request, const struct admin_verdict *verdict)
{
    enum ticket_decision decision = verdict->approved ? DECISION_APPROVED : DECISION_DENIED;
    bool same_time =
        verdict->decision_time_us == 0 || verdict->decision_time_us == request->decision_time_us;
    bool same_length = !verdict->approved || verdict->duration_s == 0 ||
                       verdict->duration_s == request->approved_s;
    return admin_decision(request->state) == decision && same_time && same_length &&
           text_same(request->decided_by, verdict->decided_by) &&
           text_same(request->message, verdict->message) &&
           ticket_equal(&request->ticket, &verdict->ticket);
}

/* One that was denied may be approved after all, unless the user asked anew meanwhile. */
static enum result none_newer_check(struct ctx *ctx, const struct admin_request *request)
{
    const struct keys keys = { .user = request->user_key, .id = "", .name = "" };
    bool open = request->state <= ADMIN_ENDING;
    return open ? RESULT_OK : one_open_check(ctx, request->computer_id, &keys);
}

enum result admin_request_decide(struct ctx *ctx, struct admin_request *request,
                                 const struct admin_verdict *verdict)
{
    enum admin_state next = request->state;
    const struct admin_request before = *request;
    if (says_the_same(request, verdict)) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    if (!admin_next(request->state, verdict->approved ? ADMIN_ASK_APPROVE : ADMIN_ASK_DENY,
                    &next)) {
        return refuse(ctx, request);
    }
    if (verdict->approved) {
        TRY(none_newer_check(ctx, request));
        int64_t usual_s = request->approved_s > 0 ? request->approved_s : request->duration_s;
        request->approved_s = verdict->duration_s > 0 ? verdict->duration_s : usual_s;
    }
    request->state = next;
    request->decided_by = verdict->decided_by;
    request->message = verdict->message;
    request->decision_time_us =
        verdict->decision_time_us > 0 ? verdict->decision_time_us : ctx->now_us;
    request->ticket = verdict->ticket;
    return request_save(ctx, &before, request, verdict->correlation_id);
}

/* --- the session --------------------------------------------------------------------------------------------- */

/* Clocks of endpoints are what they are: nothing happened before it was asked for, or in the future. */
static int64_t plausible(const struct ctx *ctx, const struct admin_request *request, int64_t at_us)
{
    if (at_us <= 0 || at_us > ctx->now_us) {
        return ctx->now_us;
    }
    int64_t earliest =
        request->session_start_us > 0 ? request->session_start_us : request->created_us;
    return at_us < earliest ? earliest : at_us;
}

enum result admin_session_started(struct ctx *ctx, struct admin_request *request, int64_t at_us)
{
    enum admin_state next = request->state;
    if (!admin_next(request->state, ADMIN_ASK_START, &next)) {
        return refuse(ctx, request);
    }
    if (next == request->state) {
        return RESULT_OK;
    }
    const struct admin_request before = *request;
    request->session_start_us = plausible(ctx, request, at_us);
    request->state = next;
    return request_save(ctx, &before, request, ctx->request_id);
}

enum result admin_session_ended(struct ctx *ctx, struct admin_request *request,
                                enum admin_end_reason reason, int64_t at_us)
{
    static const enum admin_ask asks[] = { [ADMIN_USER_ENDED] = ADMIN_ASK_END,
                                           [ADMIN_TIME_OVER] = ADMIN_ASK_END_TIME,
                                           [ADMIN_WAS_REVOKED] = ADMIN_ASK_END_DENIED,
                                           [ADMIN_LOGOFF] = ADMIN_ASK_END };
    enum admin_state next = request->state;
    if (!admin_next(request->state, asks[reason], &next)) {
        return refuse(ctx, request);
    }
    if (next == request->state) {
        return RESULT_OK;
    }
    const struct admin_request before = *request;
    request->session_end_us = plausible(ctx, request, at_us);
    request->end_reason = (int64_t)reason;
    request->state = next;
    return request_save(ctx, &before, request, ctx->request_id);
}

/* --- time ------------------------------------------------------------------------------------------------------ */

static void run_out(const struct ctx *ctx, struct admin_request *request, enum admin_state next)
{
    bool ran = request->state == ADMIN_ACTIVE || request->state == ADMIN_ENDING;
    if (ran) {
        request->session_end_us = request->session_start_us + request->approved_s * US_PER_SECOND;
        request->end_reason = next == ADMIN_REVOKED ? ADMIN_WAS_REVOKED : ADMIN_TIME_OVER;
    }
    if (next == ADMIN_LAPSED) {
        request->decided_by = ctx->principal->name;
        request->message = "Nobody decided in time.";
        request->decision_time_us = ctx->now_us;
    }
    request->state = next;
}

enum result admin_request_run_out(struct ctx *ctx, const char *id)
{
    struct admin_request request;
    enum admin_state next = ADMIN_PENDING;
    int64_t due = 0;
    TRY(admin_request_load(ctx, id, &request));
    TRY(store_int(ctx->session, &due, ctx->error,
                  "SELECT COALESCE(due, 0) FROM admin_access_request WHERE id = $1", "t", id));
    if (due == 0 || due > ctx->now_us || !admin_next(request.state, ADMIN_ASK_RUN_OUT, &next)) {
        return RESULT_OK; /* another server, or a new decision, came before */
    }
    const struct admin_request before = request;
    run_out(ctx, &request, next);
    return request_save(ctx, &before, &request, ctx->request_id);
}
