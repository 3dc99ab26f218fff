#include "resource/authorization_requests/authorization_requests.h"

#include <stdio.h>
#include <string.h>

#include "access/principal.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "json/read.h"
#include "model/body.h"
#include "model/stream.h"
#include "resource/authorization_requests/authorization_requests_parts.h"
#include "store/dialect.h"
#include "store/store.h"

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* --- finding ------------------------------------------------------------------------------------------------- */

struct found {
    const char *id;
    size_t count; /* up to 2 */
};

static enum result find_by(struct ctx *ctx, const char *sql, struct slice value, struct found *out)
{
    struct statement *rows = NULL;
    bool row = false;
    bool failed = false;
    TRY(store_rows(ctx->session, &rows, ctx->error, sql, "s", value));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        if (out->count++ == 0) {
            out->id = text_kept(ctx, statement_text(rows, 0), &failed);
        }
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return failed ? no_memory(ctx) : result;
}

static enum result find(struct ctx *ctx, struct slice name, struct found *out)
{
    static const char *const by_name[] = {
        "SELECT id FROM authorization_request WHERE system_id = $1 ORDER BY created DESC, id DESC"
        " LIMIT 2",
        "SELECT id FROM authorization_request WHERE ticket_id = $1 ORDER BY created DESC, id DESC"
        " LIMIT 2",
    };
    struct uuid id;
    *out = (struct found){ .count = 0 };
    if (uuid_parse(name, &id)) {
        TRY(find_by(ctx, "SELECT id FROM authorization_request WHERE id = $1", slice_of(id.text),
                    out));
    }
    for (size_t i = 0; i < COUNT_OF(by_name) && out->count == 0; i++) {
        TRY(find_by(ctx, by_name[i], name, out));
    }
    if (out->count == 0) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL,
                    "there is no authorization request with the id, system id or ticket %.*s",
                    (int)name.length, name.text);
    }
    return RESULT_OK;
}

enum result authorization_request_find(struct ctx *ctx, struct slice name, const char **out_id)
{
    struct found found;
    TRY(find(ctx, name, &found));
    *out_id = found.id;
    return RESULT_OK;
}

enum result authorization_request_find_one(struct ctx *ctx, struct slice name, const char **out_id)
{
    struct found found;
    TRY(find(ctx, name, &found));
    if (found.count > 1) {
        return fail(ctx->error, RESULT_CONFLICT, NULL,
                    "%.*s names more than one authorization request: use the request id",
                    (int)name.length, name.text);
    }
    *out_id = found.id;
    return RESULT_OK;
}

/* --- loading ------------------------------------------------------------------------------------------------- */

#define LOAD_COLUMNS                                                                          \
    "SELECT id, computer_id, user_name, state, duration, decided_by, message, decision_time," \
    " start_date, end_date, system_id, ticket_id, ticket_url, ticket_type"                    \
    " FROM authorization_request WHERE "

static int64_t moment_or_zero(const struct statement *row, uint32_t column)
{
    return statement_is_null(row, column) ? 0 : statement_int(row, column);
}

static enum result request_read(struct ctx *ctx, struct statement *row,
                                struct authorization_request *out)
{
    bool failed = false;
    *out = (struct authorization_request){
        .id = text_kept(ctx, statement_text(row, 0), &failed),
        .computer_id = text_kept(ctx, statement_text(row, 1), &failed),
        .user = text_kept(ctx, statement_text(row, 2), &failed),
        .state = (enum request_state)statement_int(row, 3),
        .duration = text_kept(ctx, statement_text(row, 4), &failed),
        .decided_by = text_kept(ctx, statement_text(row, 5), &failed),
        .message = text_kept(ctx, statement_text(row, 6), &failed),
        .decision_time_us = moment_or_zero(row, 7),
        .start_us = moment_or_zero(row, 8),
        .end_us = moment_or_zero(row, 9),
        .ticket = { .system_id = text_kept(ctx, statement_text(row, 10), &failed),
                    .id = text_kept(ctx, statement_text(row, 11), &failed),
                    .url = text_kept(ctx, statement_text(row, 12), &failed),
                    .type = (enum ticket_type)statement_int(row, 13) },
    };
    statement_reset(row);
    return failed ? no_memory(ctx) : RESULT_OK;
}

/* RESULT_NOT_FOUND without a text of its own. */
static enum result load_where(struct ctx *ctx, const char *condition, const char *a, const char *b,
                              struct authorization_request *out)
{
    struct statement *row = NULL;
    char sql[512];
    (void)snprintf(sql, sizeof(sql), LOAD_COLUMNS "%s%s", condition,
                   store_dialect(session_store(ctx->session))->row_lock);
    TRY(store_row(ctx->session, &row, ctx->error, sql, b == NULL ? "t" : "tt", a, b));
    return request_read(ctx, row, out);
}

enum result authorization_request_load(struct ctx *ctx, const char *id,
                                       struct authorization_request *out)
{
    enum result result = load_where(ctx, "id = $1", id, NULL, out);
    return result == RESULT_NOT_FOUND ? fail(ctx->error, RESULT_NOT_FOUND, NULL,
                                             "there is no authorization request with the id %s", id)
                                      : result;
}

/* --- what became of it ------------------------------------------------------------------------------------------ */

/* The same in the activity audits; `before` NULL: it is new. */
static enum result activity_add(struct ctx *ctx, const struct authorization_request *before,
                                const struct authorization_request *request,
                                enum request_change change, const char *correlation_id)
{
    const char *what = request_change_names.values[change];
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "AuthorizationRequest",
        .entity_id = request->id,
        .entity_name = slice_of(request->ticket.id),
        .type = arena_printf(ctx->arena, "AuthorizationRequest%s", what),
        .details = audit_sentence(ctx, "Authorization request of %s: %s", request->user, what),
        .object = "authorizationRequestDataAuditing",
    };
    if (entry.type == NULL) {
        return no_memory(ctx);
    }
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    const char *was =
        before == NULL ? NULL : decision_names.values[request_decision(before->state)];
    audit_change_text(&changes, "Decision",
                      slice_of(decision_names.values[request_decision(request->state)]),
                      slice_of(was));
    audit_change_text(&changes, "TicketId", slice_of(request->ticket.id),
                      slice_of(before == NULL ? NULL : before->ticket.id));
    audit_change_text(&changes, "Duration", slice_of(request->duration),
                      slice_of(before == NULL ? NULL : before->duration));
    if (request->decided_by != NULL) {
        audit_text(&changes, "decisionPerformedByUser", slice_of(request->decided_by));
    }
    if (correlation_id != NULL) {
        audit_text(&changes, "correlationId", slice_of(correlation_id));
    }
    return audit_write_changes(ctx, &entry, &changes);
}

static enum result audit_add(struct ctx *ctx, const struct authorization_request *request,
                             enum request_change change, const char *correlation_id)
{
    ctx_wake(ctx, WAKE_FEED, STREAM_REQUESTS);
    return store_run(
        ctx->session, ctx->error,
        "INSERT INTO authorization_request_audit (request_id, change, changed, changed_by,"
        " correlation_id, decision, duration, decided_by, decision_time, start_date, end_date,"
        " message, system_id, ticket_id, ticket_url, ticket_type)"
        " SELECT id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT), decision, duration, decided_by, decision_time, start_date,"
        " end_date, message, system_id, ticket_id, ticket_url, ticket_type"
        " FROM authorization_request WHERE id = $1",
        "tiitt", request->id, (int64_t)change, ctx->now_us, ctx->principal->name, correlation_id);
}

/* When the server ends it by itself; 0: never. */
static int64_t due_of(const struct ctx *ctx, const struct authorization_request *request)
{
    switch (request->state) {
    case REQUEST_PENDING: return ctx->now_us + REQUEST_PENDING_DAYS * US_PER_DAY;
    case REQUEST_APPROVED: return request->end_us;
    case REQUEST_DENIED:
    case REQUEST_USED:
    case REQUEST_EXPIRED:
    case REQUEST_LAPSED:
    case REQUEST_STATES: break;
    }
    return 0;
}

/* Marks are $n for moments that may be absent: 0 is null. */
static enum result request_save(struct ctx *ctx, const struct authorization_request *request)
{
    return store_run(
        ctx->session, ctx->error,
        "UPDATE authorization_request SET state = $2, decision = $3, modified = $4, duration = $5,"
        " decided_by = $6, message = $7, decision_time ="
        " NULLIF(CAST($8 AS BIGINT), 0), start_date = NULLIF(CAST($9 AS BIGINT), 0),"
        " end_date = NULLIF(CAST($10 AS BIGINT), 0), system_id = $11, ticket_id = $12, ticket_url = $13,"
        " ticket_type = $14, due = NULLIF(CAST($15 AS BIGINT), 0) WHERE id = $1",
        "tiiitttiiitttii", request->id, (int64_t)request->state,
        (int64_t)request_decision(request->state), ctx->now_us, request->duration,
        request->decided_by, request->message, request->decision_time_us, request->start_us,
        request->end_us, request->ticket.system_id, request->ticket.id, request->ticket.url,
        (int64_t)request->ticket.type, due_of(ctx, request));
}

struct change_made {
    const struct authorization_request *before;
    enum request_change change;
    const char *correlation_id;
};

static enum result request_changed(struct ctx *ctx, const struct authorization_request *request,
                                   const struct change_made *made)
{
    TRY(request_save(ctx, request));
    TRY(audit_add(ctx, request, made->change, made->correlation_id));
    TRY(activity_add(ctx, made->before, request, made->change, made->correlation_id));
    return computer_decisions_changed(ctx, request->computer_id);
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

/* Hex of what makes two requests the same: who, and which application. */
static enum result app_key(struct ctx *ctx, const struct authorization_order *order,
                           char out[SHA256_HEX_BYTES])
{
    static const char *const members[] = { "applicationType", "filePath",    "sha256Hash",
                                           "sha1Hash",        "productCode", "clsId",
                                           "appxName",        "serviceName", "bundleUri",
                                           "authRequestUri",  "commandLine" };
    struct buffer text;
    char *user = slice_fold(ctx->arena, order->user);
    if (user == NULL) {
        return no_memory(ctx);
    }
    buffer_init(&text, 1024 * 1024);
    buffer_print(&text, "%zu:%s", strlen(user), user);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        struct slice value = json_text_of(json_get_any_case(order->info, members[i]));
        buffer_print(&text, "%zu:", value.length);
        buffer_add(&text, value.text, value.length);
    }
    bool overflow = text.overflow;
    sha256_hex_of(buffer_slice(&text), out);
    buffer_done(&text);
    return overflow ? no_memory(ctx) : RESULT_OK;
}

/* A member in front of an object's own: the first of a name is the one that counts. */
static const struct json *with_member(struct ctx *ctx, const struct json *object, const char *name,
                                      struct slice value)
{
    struct json *member = arena_alloc(ctx->arena, sizeof(*member));
    struct json *whole = arena_alloc(ctx->arena, sizeof(*whole));
    if (member == NULL || whole == NULL) {
        return NULL;
    }
    *member = (struct json){ .type = JSON_TEXT,
                             .text = value,
                             .key = slice_of(name),
                             .next = json_is(object, JSON_OBJECT) ? object->first : NULL };
    *whole = (struct json){ .type = JSON_OBJECT, .first = member };
    return whole;
}

static enum result info_document(struct ctx *ctx, const struct authorization_order *order,
                                 const char **out)
{
    char created[TIME_TEXT_BYTES];
    (void)time_format(ctx->now_us, TIME_PLAIN, created);
    const struct {
        const char *name;
        struct slice value;
    } own[] = {
        { "user", order->user },
        { "created", slice_of(created) },
        { "hostName", slice_of(order->computer_name) },
        { "reason", order->reason },
    };
    const struct json *info = order->info;
    for (size_t i = 0; i < COUNT_OF(own); i++) {
        info = with_member(ctx, info, own[i].name, own[i].value);
        if (info == NULL) {
            return no_memory(ctx);
        }
    }
    *out = body_normalise(ctx->arena, &authorization_request_info_shape, info);
    return *out == NULL ? fail(ctx->error, RESULT_TOO_LARGE, NULL,
                               "what is known of the application is too long")
                        : RESULT_OK;
}

static enum result open_count_check(struct ctx *ctx, const char *computer_id)
{
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT COUNT(*) FROM authorization_request WHERE computer_id = $1 AND state = 0",
                  "t", computer_id));
    return count < REQUESTS_OPEN_MAX
               ? RESULT_OK
               : fail(ctx->error, RESULT_LIMITED, NULL,
                      "%d requests of this computer wait for a decision", REQUESTS_OPEN_MAX);
}

static struct slice info_text(const struct authorization_order *order, const char *name)
{
    return slice_trim(json_text_of(json_get_any_case(order->info, name)));
}

static enum result request_insert(struct ctx *ctx, const struct authorization_order *order,
                                  const char *key, struct ticket *out_ticket)
{
    const char *info = NULL;
    bool failed = false;
    TRY(info_document(ctx, order, &info));
    TRY(ticket_make(ctx, out_ticket));
    const char *product = text_kept(ctx, info_text(order, "productName"), &failed);
    const char *workstyle = text_kept(ctx, info_text(order, "workstyle"), &failed);
    const char *reason = text_kept(ctx, order->reason, &failed);
    if (failed) {
        return no_memory(ctx);
    }
    return store_run(
        ctx->session, ctx->error,
        "INSERT INTO authorization_request (id, computer_id, computer_name, group_id, group_name,"
        " user_name, app_key, product_name, workstyle, reason, info, state, decision, created,"
        " modified, ticket_id, ticket_url, ticket_type, due)"
        " VALUES ($1, $2, $3, $4, (SELECT name FROM computer_group WHERE id = $15), $5, $6, $7, $8,"
        " $9, $10, 0, 0, $11, $11, $12, $13, 0, $14) ON CONFLICT DO NOTHING",
        "ttttstttttittit", order->id, order->computer_id, order->computer_name, order->group_id,
        order->user, key, product, workstyle, reason, info, ctx->now_us, out_ticket->id,
        out_ticket->url, ctx->now_us + REQUEST_PENDING_DAYS * US_PER_DAY, order->group_id);
}

/* The request that this one repeats, or RESULT_NOT_FOUND. */
static enum result request_repeated(struct ctx *ctx, const struct authorization_order *order,
                                    const char *key, struct authorization_request *out)
{
    enum result result = load_where(ctx, "id = $1", order->id, NULL, out);
    if (result == RESULT_OK && strcmp(out->computer_id, order->computer_id) != 0) {
        return fail(ctx->error, RESULT_CONFLICT, "id", "this id is taken; make another one");
    }
    if (result != RESULT_NOT_FOUND) {
        return result;
    }
    return load_where(ctx, "computer_id = $1 AND app_key = $2 AND state IN (0, 1)",
                      order->computer_id, key, out);
}

enum result authorization_request_open(struct ctx *ctx, const struct authorization_order *order,
                                       struct authorization_request *out)
{
    char key[SHA256_HEX_BYTES];
    struct ticket ticket;
    TRY(app_key(ctx, order, key));
    enum result result = request_repeated(ctx, order, key, out);
    if (result != RESULT_NOT_FOUND) {
        return result;
    }
    TRY(open_count_check(ctx, order->computer_id));
    TRY(request_insert(ctx, order, key, &ticket));
    if (session_affected(ctx->session) == 0) { /* another server was faster */
        return fail(ctx->error, RESULT_BUSY, NULL, "the same request came at the same time");
    }
    TRY(authorization_request_load(ctx, order->id, out));
    TRY(audit_add(ctx, out, CHANGE_CREATED, ctx->request_id));
    TRY(activity_add(ctx, NULL, out, CHANGE_CREATED, ctx->request_id));
    return computer_decisions_changed(ctx, out->computer_id);
}

/* --- deciding ------------------------------------------------------------------------------------------------------ */

static bool says_the_same(const struct authorization_request *request,
                          const struct authorization_notice *notice)
{
    if (!ticket_equal(&request->ticket, &notice->ticket)) {
        return false;
    }
    return notice->decision == DECISION_PENDING ||
           (notice->decision == request_decision(request->state) &&
            request->decision_time_us == notice->decision_time_us &&
            text_same(request->duration, notice->duration) &&
            text_same(request->decided_by, notice->decided_by) &&
            text_same(request->message, notice->message));
}

static enum result refuse(struct ctx *ctx, const struct authorization_request *request)
{
    static const char *const why[REQUEST_STATES] = {
        [REQUEST_PENDING] = "is pending",
        [REQUEST_APPROVED] = "is approved",
        [REQUEST_DENIED] = "is denied",
        [REQUEST_USED] = "was approved once, and used",
        [REQUEST_EXPIRED] = "was approved, and its time is over",
        [REQUEST_LAPSED] = "lapsed because nobody decided in time",
    };
    return fail(ctx->error, RESULT_CONFLICT, NULL, "the request %s %s; this cannot be changed",
                request->id, why[request->state]);
}

static void notice_apply(const struct ctx *ctx, const struct authorization_notice *notice,
                         struct authorization_request *request)
{
    request->ticket = notice->ticket;
    if (notice->decision == DECISION_PENDING) {
        return;
    }
    bool approved = notice->decision == DECISION_APPROVED;
    request->duration = notice->duration;
    request->decided_by = notice->decided_by;
    request->message = notice->message;
    request->decision_time_us = notice->decision_time_us;
    request->start_us = approved ? ctx->now_us : 0;
    request->end_us = approved ? notice->end_us : 0;
}

enum result authorization_request_notice(struct ctx *ctx, struct authorization_request *request,
                                         const struct authorization_notice *notice)
{
    static const enum request_ask asks[DECISION_COUNT] = { [DECISION_PENDING] = ASK_TICKET,
                                                           [DECISION_APPROVED] = ASK_APPROVE,
                                                           [DECISION_DENIED] = ASK_DENY };
    enum request_state next = request->state;
    const struct authorization_request before = *request;
    if (says_the_same(request, notice)) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    if (!request_next(request->state, asks[notice->decision], &next)) {
        return refuse(ctx, request);
    }
    bool decides = notice->decision != DECISION_PENDING;
    const struct change_made made = {
        .before = &before,
        .change = decides ? request_change_of(request->state, next) : CHANGE_TICKET,
        .correlation_id = notice->correlation_id,
    };
    notice_apply(ctx, notice, request);
    request->state = next;
    return request_changed(ctx, request, &made);
}

enum result authorization_request_use(struct ctx *ctx, struct authorization_request *request)
{
    enum request_state next = request->state;
    if (!request_next(request->state, ASK_USE, &next)) {
        return refuse(ctx, request);
    }
    bool once = text_same(request->duration, "Once");
    if (!once || next == request->state) {
        return RESULT_OK;
    }
    const struct authorization_request before = *request;
    const struct change_made made = { &before, CHANGE_USED, ctx->request_id };
    request->state = next;
    return request_changed(ctx, request, &made);
}

/* --- time ------------------------------------------------------------------------------------------------------------ */

enum result authorization_request_run_out(struct ctx *ctx, const char *id)
{
    struct authorization_request request;
    enum request_state next;
    TRY(authorization_request_load(ctx, id, &request));
    if (!request_next(request.state, ASK_END, &next) ||
        (request.state == REQUEST_APPROVED && request.end_us > ctx->now_us)) {
        return RESULT_OK; /* another server, or a new decision, came before */
    }
    const struct authorization_request before = request;
    const struct change_made made = { &before, CHANGE_EXPIRED, ctx->request_id };
    if (next == REQUEST_LAPSED) {
        request.decided_by = ctx->principal->name;
        request.message = "Nobody decided in time.";
        request.decision_time_us = ctx->now_us;
    }
    request.state = next;
    return request_changed(ctx, &request, &made);
}
