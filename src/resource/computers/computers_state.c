#include <assert.h>

#include "resource/computers/computers_parts.h"

/* Rows: authorisation now. Columns: what is asked. Authorise and reject that have no place are a quiet no, since every
   bulk call may be repeated. A command for a computer that waits for its authorisation waits with it. */
static const bool allowed[][STEP_COUNT] = {
    /*                        authorise reject command file */
    [COMPUTER_PENDING] = { true, true, true, true },
    [COMPUTER_AUTHORISED] = { false, false, true, true },
    [COMPUTER_REJECTED] = { false, false, false, true },
    [COMPUTER_DEACTIVATED] = { false, false, false, true },
};

bool computer_may(enum computer_authorisation now, enum computer_step step)
{
    assert((size_t)now < COUNT_OF(allowed));
    assert(step < STEP_COUNT);
    return allowed[now][step];
}
