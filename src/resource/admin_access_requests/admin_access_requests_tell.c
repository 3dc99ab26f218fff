/* What an agent hears of its computer's admin access requests. */
#include "json/write.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "resource/admin_access_requests/admin_access_requests_parts.h"
#include "store/store.h"

static const char *const state_names[ADMIN_STATES] = {
    [ADMIN_PENDING] = "Pending", [ADMIN_APPROVED] = "Approved", [ADMIN_ACTIVE] = "Active",
    [ADMIN_ENDING] = "Ending",   [ADMIN_DENIED] = "Denied",     [ADMIN_WITHDRAWN] = "Withdrawn",
    [ADMIN_ENDED] = "Ended",     [ADMIN_EXPIRED] = "Expired",   [ADMIN_REVOKED] = "Revoked",
    [ADMIN_LAPSED] = "Lapsed",
};

enum { ID, STATE, USER_ID, USER, TICKET, MESSAGE, DECIDED_BY, ASKED, GRANTED, START, END };
#define COLUMNS                                                                  \
    "id, state, user_id, user_name, ticket_id, message, decided_by, duration_s," \
    " approved_s, session_start, session_end"

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

const struct request_kind admin_request_kind = {
    .table = "admin_access_request",
    .columns = COLUMNS,
    .open_states = 4,
    .tell = tell,
    .run_out = admin_request_run_out,
};
