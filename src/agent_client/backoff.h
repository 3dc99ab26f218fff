/* How long to wait before the next try: full jitter under a doubling ceiling. */
#ifndef AGENT_CLIENT_BACKOFF_H
#define AGENT_CLIENT_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MOST_MS = 5 * 60 * 1000 };

struct backoff {
    uint32_t ceiling_ms; /* 0: nothing failed yet */
};

/* The wait after one more failure. `retry_after_s`: what the server asked for, or 0; never less than that, and up to
   a quarter more, so that a fleet which was turned away together does not come back together. */
uint32_t backoff_next_ms(struct backoff *backoff, uint32_t retry_after_s);
void backoff_clear(struct backoff *backoff);

#endif
