/* What the server does by itself: contacts into the store, tasks, what runs out. */
#ifndef SERVER_HOUSEKEEPING_H
#define SERVER_HOUSEKEEPING_H

#include "base/result.h"

struct agent_services;
struct api;
struct housekeeping;
struct store;
struct writer;

/* `api` may be set later by housekeeping_start; until then only wishes are noted. */
struct housekeeping *housekeeping_new(void);
MUST_CHECK enum result housekeeping_start(struct housekeeping *housekeeping, struct store *store,
                                          struct writer *writer, struct api *api,
                                          struct agent_services *agents, struct error *error);
/* There is a task to do. Any thread. */
void housekeeping_wake(void *housekeeping);
void housekeeping_free(struct housekeeping *housekeeping);

#endif
