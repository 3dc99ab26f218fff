/* Which changes an admin access request and its session may go through. */
#include <assert.h>

#include "resource/admin_access_requests/admin_access_requests.h"

enum { NEVER = -1 };

/* clang-format off */
/* Rows: the state now. Columns: what is asked. Cells: the next state. */
static const signed char next_states[ADMIN_STATES][ADMIN_ASKS] = {
    /*                     APPROVE          DENY             START         END             END_TIME        END_DENIED      RUN_OUT       */
    [ADMIN_PENDING]    = { ADMIN_APPROVED,  ADMIN_DENIED,    NEVER,        NEVER,          NEVER,          NEVER,          ADMIN_LAPSED  },
    [ADMIN_APPROVED]   = { ADMIN_APPROVED,  ADMIN_WITHDRAWN, ADMIN_ACTIVE, NEVER,          NEVER,          NEVER,          ADMIN_EXPIRED },
    [ADMIN_ACTIVE]     = { ADMIN_ACTIVE,    ADMIN_ENDING,    ADMIN_ACTIVE, ADMIN_ENDED,    ADMIN_EXPIRED,  ADMIN_REVOKED,  ADMIN_EXPIRED },
    [ADMIN_ENDING]     = { ADMIN_ACTIVE,    ADMIN_ENDING,    ADMIN_ENDING, ADMIN_REVOKED,  ADMIN_REVOKED,  ADMIN_REVOKED,  ADMIN_REVOKED },
    [ADMIN_DENIED]     = { ADMIN_APPROVED,  ADMIN_DENIED,    NEVER,        NEVER,          NEVER,          NEVER,          NEVER         },
    [ADMIN_WITHDRAWN]  = { ADMIN_APPROVED,  ADMIN_WITHDRAWN, NEVER,        NEVER,          NEVER,          NEVER,          NEVER         },
    [ADMIN_ENDED]      = { NEVER,           NEVER,           ADMIN_ENDED,  ADMIN_ENDED,    ADMIN_ENDED,    ADMIN_ENDED,    NEVER         },
    [ADMIN_EXPIRED]    = { NEVER,           NEVER,           NEVER,        ADMIN_EXPIRED,  ADMIN_EXPIRED,  ADMIN_EXPIRED,  NEVER         },
    [ADMIN_REVOKED]    = { NEVER,           NEVER,           NEVER,        ADMIN_REVOKED,  ADMIN_REVOKED,  ADMIN_REVOKED,  NEVER         },
    [ADMIN_LAPSED]     = { NEVER,           NEVER,           NEVER,        NEVER,          NEVER,          NEVER,          NEVER         },
};

/* What the outside sees of a state. */
static const enum ticket_decision decisions[ADMIN_STATES] = {
    [ADMIN_PENDING] = DECISION_PENDING,  [ADMIN_APPROVED] = DECISION_APPROVED, [ADMIN_ACTIVE] = DECISION_APPROVED,
    [ADMIN_ENDING] = DECISION_DENIED,    [ADMIN_DENIED] = DECISION_DENIED,     [ADMIN_WITHDRAWN] = DECISION_DENIED,
    [ADMIN_ENDED] = DECISION_APPROVED,   [ADMIN_EXPIRED] = DECISION_APPROVED,  [ADMIN_REVOKED] = DECISION_DENIED,
    [ADMIN_LAPSED] = DECISION_DENIED,
};
/* clang-format on */

bool admin_next(enum admin_state now, enum admin_ask ask, enum admin_state *out)
{
    assert(now < ADMIN_STATES);
    assert(ask < ADMIN_ASKS);
    int next = next_states[now][ask];
    if (next == NEVER) {
        return false;
    }
    *out = (enum admin_state)next;
    return true;
}

enum ticket_decision admin_decision(enum admin_state state)
{
    assert(state < ADMIN_STATES);
    return decisions[state];
}
