/* How long an approval lasts: "Once", "2 Hours", "3 Days", "1 Months", and how others write that. */
#ifndef RESOURCE_TICKETS_DURATION_H
#define RESOURCE_TICKETS_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum duration_unit {
    DURATION_ONCE,
    DURATION_FOREVER,
    DURATION_MINUTES,
    DURATION_HOURS,
    DURATION_DAYS,
    DURATION_MONTHS,
    DURATION_UNITS
};

struct duration {
    enum duration_unit unit;
    int64_t count; /* 0 for Once and Forever */
};

enum { DURATION_TEXT_BYTES = 32 };
/* What a refusal says is allowed. */
#define DURATION_ALLOWED \
    "Once, Forever, 1 to 1440 Minutes, 1 to 24 Hours, 1 to 31 Days or 1 to 12 Months"

/* Takes any letter case, "2 Hours", "hour:2", PT2H, P3D, P1M, and bare seconds. False for anything else, and outside the bounds. */
bool duration_parse(struct slice text, struct duration *out);
/* "2 Hours": what is stored and shown. */
void duration_write(const struct duration *duration, char out[DURATION_TEXT_BYTES]);
/* The moment it ends; 0 for Once and Forever, which have none. */
int64_t duration_end(const struct duration *duration, int64_t from_us);

#endif
