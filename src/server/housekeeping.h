/* What the server does by itself: contacts into the store, tasks, what runs out. */
#ifndef SERVER_HOUSEKEEPING_H
#define SERVER_HOUSEKEEPING_H

#include "base/result.h"

struct agent_services;
struct api;
struct housekeeping;
struct store;
struct writer;

/* By itself on a thread, or only when it is told to: then what it does follows from the calls and not from when they come. */
enum housekeeping_pace { HOUSEKEEPING_BY_ITSELF, HOUSEKEEPING_IN_STEP };

/* `api` may be set later by housekeeping_start; until then only wishes are noted. */
struct housekeeping *housekeeping_new(enum housekeeping_pace pace);
MUST_CHECK enum result housekeeping_start(struct housekeeping *housekeeping, struct store *store,
                                          struct writer *writer, struct api *api,
                                          struct agent_services *agents, struct error *error);
/* There is a task to do. Any thread. */
void housekeeping_wake(void *housekeeping);
/* In step: does what the calls before this one left to do, tasks and all, before it returns. Any thread but a writer's. */
void housekeeping_settle(struct housekeeping *housekeeping);
/* In step: what a minute and an hour bring, as of the clock. */
void housekeeping_pass(struct housekeeping *housekeeping);
void housekeeping_free(struct housekeeping *housekeeping);

#endif
