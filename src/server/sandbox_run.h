/* What makes a server a sandbox: a clock that is held, ids that are replayed, a store that is filled before the first call, and
   work behind the calls that is done before the next one. */
#ifndef SERVER_SANDBOX_RUN_H
#define SERVER_SANDBOX_RUN_H

#include "base/result.h"

struct agent_services;
struct housekeeping;
struct instance;
struct page_walks;
struct sandbox;
struct serve_sandbox;

/* Before the store is opened. For the whole process: time_now_us, uuid_make and random_bytes go by it from now on. */
void sandbox_begin(const struct serve_sandbox *sandbox);
/* Makes the account and fills the store. */
MUST_CHECK enum result sandbox_fill(const struct serve_sandbox *sandbox, struct instance *instance,
                                    struct housekeeping *housekeeping, struct error *error);

/* The parts of the server that a sandbox moves. */
struct sandbox_parts {
    struct housekeeping *housekeeping;
    struct agent_services *agents;
    struct page_walks *walks;
};
/* NULL without memory. `parts` lives as long as the sandbox. */
struct sandbox *sandbox_make(const struct serve_sandbox *options, struct instance *instance,
                             struct sandbox_parts *parts);

#endif
