/* What an agent hears of its computer's application requests. */
#include "json/write.h"
#include "resource/authorization_requests/authorization_requests.h"
#include "resource/authorization_requests/authorization_requests_parts.h"
#include "store/store.h"

static const char *const state_names[REQUEST_STATES] = {
    [REQUEST_PENDING] = "Pending", [REQUEST_APPROVED] = "Approved", [REQUEST_DENIED] = "Denied",
    [REQUEST_USED] = "Used",       [REQUEST_EXPIRED] = "Expired",   [REQUEST_LAPSED] = "Lapsed",
};

enum { ID, STATE, USER, TICKET, MESSAGE, DECIDED_BY, DURATION, START, END, INFO };
#define COLUMNS                                                                   \
    "id, state, user_name, ticket_id, message, decided_by, duration, start_date," \
    " end_date, info"

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

const struct request_kind authorization_request_kind = {
    .table = "authorization_request",
    .columns = COLUMNS,
    .open_states = 2,
    .tell = tell,
    .run_out = authorization_request_run_out,
};
