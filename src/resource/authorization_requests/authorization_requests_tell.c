/* What an agent hears of its computer's application requests. */
#include "base/time.h"
#include "json/write.h"
#include "resource/authorization_requests/authorization_requests.h"
#include "store/store.h"

static const char *const state_names[REQUEST_STATES] = {
    [REQUEST_PENDING] = "Pending", [REQUEST_APPROVED] = "Approved", [REQUEST_DENIED] = "Denied",
    [REQUEST_USED] = "Used",       [REQUEST_EXPIRED] = "Expired",   [REQUEST_LAPSED] = "Lapsed",
};

enum { ID, STATE, USER, TICKET, MESSAGE, DECIDED_BY, DURATION, START, END, INFO };
#define COLUMNS                                                                          \
    "SELECT id, state, user_name, ticket_id, message, decided_by, duration, start_date," \
    " end_date, info FROM authorization_request WHERE computer_id = $1"

static void tell(const struct statement *row, struct json_writer *writer)
{
    enum request_state state = (enum request_state)statement_int(row, STATE);
    json_begin_object(writer);
    tell_text(writer, "id", row, ID);
    json_member_text(writer, "kind", "Application");
    json_member_text(writer, "decision", decision_names.values[request_decision(state)]);
    json_member_text(writer, "state", state_names[state]);
    tell_text(writer, "user", row, USER);
    tell_text(writer, "ticketId", row, TICKET);
    tell_text(writer, "message", row, MESSAGE);
    tell_text(writer, "decisionPerformedByUser", row, DECIDED_BY);
    tell_text(writer, "duration", row, DURATION);
    tell_moment(writer, "startDate", row, START);
    tell_moment(writer, "endDate", row, END);
    json_key(writer, "application");
    json_put_raw(writer, statement_text(row, INFO));
    json_end_object(writer);
}

enum result authorization_requests_tell(struct ctx *ctx, const char *computer_id,
                                        struct json_writer *writer)
{
    struct statement *rows = NULL;
    TRY(store_rows(
        ctx->session, &rows, ctx->error,
        COLUMNS " AND (state < 2 OR modified > $2) ORDER BY CASE WHEN state < 2 THEN 0 ELSE 1 END,"
                " modified DESC, id LIMIT $3",
        "tii", computer_id, ctx->now_us - US_PER_DAY, (int64_t)REQUESTS_TOLD_MAX));
    enum result result = tell_rows(ctx, rows, writer, tell);
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result authorization_request_tell(struct ctx *ctx, const char *computer_id, const char *id,
                                       struct json_writer *writer, bool *out_pending)
{
    struct statement *rows = NULL;
    int64_t pending = 0;
    TRY(store_int(ctx->session, &pending, ctx->error,
                  "SELECT COUNT(*) FROM authorization_request WHERE id = $1 AND state = 0", "t",
                  id));
    *out_pending = pending > 0;
    TRY(store_rows(ctx->session, &rows, ctx->error, COLUMNS " AND id = $2", "tt", computer_id, id));
    return tell_rows(ctx, rows, writer, tell);
}
