/* Made-up events of a simulated computer; the same number gives the same event id. */
#ifndef FLEET_COMPUTER_EVENTS_H
#define FLEET_COMPUTER_EVENTS_H

#include <stdint.h>

#include "base/text.h"

struct event_series {
    uint64_t seed;
    uint32_t computer;
    int64_t first; /* number of the first event */
    uint32_t count;
    int64_t moment_us;
};

void events_write(const struct event_series *series, struct buffer *out);

#endif
