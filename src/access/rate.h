/* Requests per caller in a window of 100 seconds. */
#ifndef ACCESS_RATE_H
#define ACCESS_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate; /* any thread */

enum { RATE_WINDOW_S = 100, RATE_CALLERS_MAX = 65536 };

/* `limit` 0: none. NULL without memory. */
struct rate *rate_new(uint32_t limit);
void rate_free(struct rate *rate);
/* Counts a request of the caller. False when it is over the limit. *out_left is what remains in this window,
   *out_reset_s how long it still lasts. */
bool rate_take(struct rate *rate, const char *caller, int64_t now_monotonic_us, uint32_t *out_left,
               uint32_t *out_reset_s);
uint32_t rate_limit(const struct rate *rate);

#endif
