/* Calls that wait: parked by computer and group, brought back by a wake or when their time is up. */
#ifndef API_HUB_H
#define API_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/operation.h"

struct hub;

/* Lives in the waiting call's memory. */
struct hub_entry {
    const char *computer_id;
    const char *group_id; /* or NULL */
    bool feed;            /* computer_id is the name of a feed */
    int64_t until_us;     /* monotonic */
    /* The hub's, while the entry waits: neighbours in the lists by computer, group and time. */
    struct hub_link {
        struct hub_link *next, *previous;
    } by_computer, by_group, by_time;
};

/* `back` is called, without the hub's lock, on whatever thread wakes or on the hub's own thread; the entry is the
   caller's again then. */
struct hub *hub_new(void (*back)(void *context, struct hub_entry *entry), void *context);
/* Brings every waiting call back, then ends the thread. */
void hub_free(struct hub *hub);

/* Wakes seen so far, of feeds or of all else; taken before the check whose outcome is to wait. */
uint64_t hub_wakes(struct hub *hub, bool feeds);
/* False when a wake came since `wakes` was read (the check must be made again) or the hub is ending: the entry was
   not added then. */
bool hub_wait(struct hub *hub, struct hub_entry *entry, uint64_t wakes);
void hub_wake(struct hub *hub, enum wake_kind kind, const char *id);
/* Those of feeds do not count. */
uint64_t hub_waiting(struct hub *hub);

#endif
