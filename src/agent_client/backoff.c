#include "agent_client/backoff.h"

#include "crypto/digest.h"

static uint32_t random_below(uint32_t bound)
{
    uint32_t number = 0;
    random_bytes(&number, sizeof(number));
    return number % bound;
}

uint32_t backoff_next_ms(struct backoff *backoff, uint32_t retry_after_s)
{
    enum { RETRY_S_MAX = 24 * 3600, QUARTER = 4 };
    uint32_t ceiling = backoff->ceiling_ms == 0 ? BACKOFF_FIRST_MS : backoff->ceiling_ms * 2;
    backoff->ceiling_ms = ceiling < BACKOFF_MOST_MS ? ceiling : BACKOFF_MOST_MS;
    uint32_t wait_ms = 1 + random_below(backoff->ceiling_ms);
    uint32_t asked_ms = (retry_after_s < RETRY_S_MAX ? retry_after_s : RETRY_S_MAX) * 1000U;
    return wait_ms >= asked_ms ? wait_ms : asked_ms + random_below(asked_ms / QUARTER + 1);
}

void backoff_clear(struct backoff *backoff)
{
    backoff->ceiling_ms = 0;
}
