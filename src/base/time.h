/* Moments as microseconds since 1970-01-01T00:00:00Z, their texts, and the clock they come from. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY    (INT64_C(86400) * US_PER_SECOND)

int64_t time_now_us(void); /* wall clock */
/* The clock of a sandbox: time_now_us stands at this moment until the next call; 0: it is the system's again. */
void time_hold(int64_t now_us);
int64_t
time_system_us(void); /* wall clock, also while that is held: for what others check by theirs */
int64_t time_monotonic_us(void); /* never jumps; for durations and waits */

enum time_form {
    TIME_ZONED, /* 2023-09-23T19:31:29.9797020+00:00, always 7 digits (lists, event.ingested) */
    TIME_BARE, /* 2023-09-23T19:31:29.979702, no zone, trailing zeros and a bare dot cut (details) */
    TIME_PLAIN, /* 2023-09-23T19:31:29.9797020, no zone, always 7 digits (audits, requests) */
    TIME_ZULU,  /* 2023-09-23T19:31:29.979Z, milliseconds (agents, logs) */
};
enum { TIME_TEXT_BYTES = 40 };

/* Writes NUL-terminated text and returns its length. Years 1 to 9999; outside they are clamped. */
size_t time_format(int64_t moment_us, enum time_form form, char out[TIME_TEXT_BYTES]);

/* Reads 2020-12-24, 2020-12-24 19:09:47, T or blank between, 0 to 9 fraction digits (cut to
   microseconds), then nothing, Z, or an offset with or without a blank before it; a blank where a
   raw + was decoded reads as +. No zone is UTC. `out_precision_us` (may be NULL) gets the length of
   the unit that was written: a day, a second, or 1. */
bool time_parse(struct slice text, int64_t *out_us, int64_t *out_precision_us);

/* The same day of a later month, or that month's last one; the time of day stays. `months` from 0 up. */
int64_t time_add_months(int64_t moment_us, int months);

#endif
