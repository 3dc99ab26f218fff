/* What an agent hears of its computer's admin access requests. */
#include "base/time.h"
#include "json/write.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "store/store.h"

static const char *const state_names[ADMIN_STATES] = {
    [ADMIN_PENDING] = "Pending", [ADMIN_APPROVED] = "Approved", [ADMIN_ACTIVE] = "Active",
    [ADMIN_ENDING] = "Ending",   [ADMIN_DENIED] = "Denied",     [ADMIN_WITHDRAWN] = "Withdrawn",
    [ADMIN_ENDED] = "Ended",     [ADMIN_EXPIRED] = "Expired",   [ADMIN_REVOKED] = "Revoked",
    [ADMIN_LAPSED] = "Lapsed",
};

enum { ID, STATE, USER_ID, USER, TICKET, MESSAGE, DECIDED_BY, ASKED, GRANTED, START, END };
#define COLUMNS                                                                         \
    "SELECT id, state, user_id, user_name, ticket_id, message, decided_by, duration_s," \
    " approved_s, session_start, session_end FROM admin_access_request WHERE computer_id = $1"

static void tell(const struct statement *row, struct json_writer *writer)
{
    enum admin_state state = (enum admin_state)statement_int(row, STATE);
    bool granted = !statement_is_null(row, GRANTED);
    json_begin_object(writer);
    tell_text(writer, "id", row, ID);
    json_member_text(writer, "kind", "Admin");
    json_member_text(writer, "decision", decision_names.values[admin_decision(state)]);
    json_member_text(writer, "state", state_names[state]);
    tell_text(writer, "userId", row, USER_ID);
    tell_text(writer, "user", row, USER);
    tell_text(writer, "ticketId", row, TICKET);
    tell_text(writer, "message", row, MESSAGE);
    tell_text(writer, "decisionPerformedByUser", row, DECIDED_BY);
    json_member_int(writer, "seconds", statement_int(row, granted ? GRANTED : ASKED));
    tell_moment(writer, "sessionStart", row, START);
    tell_moment(writer, "sessionEnd", row, END);
    json_end_object(writer);
}

enum result admin_requests_tell(struct ctx *ctx, const char *computer_id,
                                struct json_writer *writer)
{
    struct statement *rows = NULL;
    TRY(store_rows(
        ctx->session, &rows, ctx->error,
        COLUMNS " AND (state < 4 OR modified > $2) ORDER BY CASE WHEN state < 4 THEN 0 ELSE 1 END,"
                " modified DESC, id LIMIT $3",
        "tii", computer_id, ctx->now_us - US_PER_DAY, (int64_t)REQUESTS_TOLD_MAX));
    enum result result = tell_rows(ctx, rows, writer, tell);
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result admin_request_tell(struct ctx *ctx, const char *computer_id, const char *id,
                               struct json_writer *writer, bool *out_pending)
{
    struct statement *rows = NULL;
    int64_t pending = 0;
    TRY(store_int(ctx->session, &pending, ctx->error,
                  "SELECT COUNT(*) FROM admin_access_request WHERE id = $1 AND state = 0", "t",
                  id));
    *out_pending = pending > 0;
    TRY(store_rows(ctx->session, &rows, ctx->error, COLUMNS " AND id = $2", "tt", computer_id, id));
    return tell_rows(ctx, rows, writer, tell);
}
