/* Which changes a request may go through. */
#include <assert.h>

#include "resource/authorization_requests/authorization_requests.h"

enum { NEVER = -1 };

/* clang-format off */
/* Rows: the state now. Columns: what is asked. Cells: the next state. */
static const signed char next_states[REQUEST_STATES][REQUEST_ASKS] = {
    /*                     ASK_TICKET        ASK_APPROVE       ASK_DENY        ASK_USE           ASK_END         */
    [REQUEST_PENDING]  = { REQUEST_PENDING,  REQUEST_APPROVED, REQUEST_DENIED, NEVER,            REQUEST_LAPSED  },
    [REQUEST_APPROVED] = { REQUEST_APPROVED, REQUEST_APPROVED, REQUEST_DENIED, REQUEST_USED,     REQUEST_EXPIRED },
    [REQUEST_DENIED]   = { REQUEST_DENIED,   REQUEST_APPROVED, REQUEST_DENIED, NEVER,            NEVER           },
    [REQUEST_USED]     = { REQUEST_USED,     NEVER,            NEVER,          REQUEST_USED,     NEVER           },
    [REQUEST_EXPIRED]  = { REQUEST_EXPIRED,  NEVER,            NEVER,          NEVER,            NEVER           },
    [REQUEST_LAPSED]   = { REQUEST_LAPSED,   NEVER,            NEVER,          NEVER,            NEVER           },
};

/* What the outside sees of a state. */
static const enum ticket_decision decisions[REQUEST_STATES] = {
    [REQUEST_PENDING] = DECISION_PENDING, [REQUEST_APPROVED] = DECISION_APPROVED, [REQUEST_DENIED] = DECISION_DENIED,
    [REQUEST_USED] = DECISION_APPROVED,   [REQUEST_EXPIRED] = DECISION_APPROVED,  [REQUEST_LAPSED] = DECISION_DENIED,
};

static const enum request_change changes[REQUEST_STATES] = {
    [REQUEST_PENDING] = CHANGE_TICKET, [REQUEST_APPROVED] = CHANGE_APPROVED, [REQUEST_DENIED] = CHANGE_DENIED,
    [REQUEST_USED] = CHANGE_USED,      [REQUEST_EXPIRED] = CHANGE_EXPIRED,   [REQUEST_LAPSED] = CHANGE_EXPIRED,
};
/* clang-format on */

static const char *const change_values[] = { "Created", "TicketAttached", "Approved", "Denied",
                                             "Revoked", "Used",           "Expired" };
const struct names request_change_names = { "AuthorizationRequestChange", change_values,
                                            COUNT_OF(change_values) };

bool request_next(enum request_state now, enum request_ask ask, enum request_state *out)
{
    assert(now < REQUEST_STATES);
    assert(ask < REQUEST_ASKS);
    int next = next_states[now][ask];
    if (next == NEVER) {
        return false;
    }
    *out = (enum request_state)next;
    return true;
}

enum ticket_decision request_decision(enum request_state state)
{
    assert(state < REQUEST_STATES);
    return decisions[state];
}

enum request_change request_change_of(enum request_state now, enum request_state next)
{
    assert(next < REQUEST_STATES);
    bool revoked = now == REQUEST_APPROVED && next == REQUEST_DENIED;
    return revoked ? CHANGE_REVOKED : changes[next];
}
