/* UUIDs: reading any usual spelling, and making version 7 ones (RFC 9562) that rise with time. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { UUID_TEXT_BYTES = 37 };

/* Canonical lower-case text with NUL. */
struct uuid {
    char text[UUID_TEXT_BYTES];
};

/* Takes upper or lower case, with or without dashes, with or without braces. */
bool uuid_parse(struct slice text, struct uuid *out);

/* Version 7 of the moment `now_us`; within one process each is greater than the one before. Any
   thread. */
void uuid_make(int64_t now_us, struct uuid *out);

/* For ids that nobody keeps (of requests): while uuid_make replays, these count by themselves, so that whoever only
   looks does not move the ids of what is made. */
void uuid_make_passing(int64_t now_us, struct uuid *out);

/* For a sandbox: from now on uuid_make gives the ids of this seed, one after the other, whatever the moment; they are
   version 4 in form and do not rise. NULL: it makes new ones again. */
void uuid_replay(const uint64_t *seed);

/* The same for the same seed and number on every machine (sample data): version 4 in form. */
void uuid_seeded(uint64_t seed, uint64_t number, struct uuid *out);

#endif
