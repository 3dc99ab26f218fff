/* What makes a server a sandbox: a clock that is held, ids that are replayed, a store that is filled before the first call, and
   work behind the calls that is done before the next one. */
#ifndef SERVER_SANDBOX_RUN_H
#define SERVER_SANDBOX_RUN_H

#include <pthread.h>

#include "base/result.h"

struct api_watch;
struct housekeeping;
struct instance;
struct serve_sandbox;

/* Before the store is opened. For the whole process: time_now_us, uuid_make and random_bytes go by it from now on. */
void sandbox_begin(const struct serve_sandbox *sandbox);
/* Makes the account and fills the store. */
MUST_CHECK enum result sandbox_fill(const struct serve_sandbox *sandbox, struct instance *instance,
                                    struct housekeeping *housekeeping, struct error *error);

/* Moves the clock a little with every call that writes, so that what is made later is later, and its ETag another. */
struct sandbox_clock {
    pthread_mutex_t lock;
    struct housekeeping *housekeeping;
};
void sandbox_clock_init(struct sandbox_clock *clock, struct housekeeping *housekeeping,
                        struct api_watch *out_watch);

#endif
