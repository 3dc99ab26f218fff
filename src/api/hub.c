#include "api/hub.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"

/* Lists by hash, and a wheel of time: a turn is WHEEL_SLOTS ticks, longer waits go round more than once. */
enum { HASH_SLOTS = 65536, WHEEL_SLOTS = 512, TICK_US = 250000 };

struct hub {
    pthread_mutex_t lock;
    pthread_cond_t ending_told;
    pthread_t thread;
    void (*back)(void *context, struct hub_entry *entry);
    void *context;
    /* Feeds move all the time; what agents wait for need not be looked at again for that. */
    uint64_t wakes, feed_wakes;
    uint64_t waiting;
    int64_t tick; /* done so far */
    bool ending;
    struct hub_link computers[HASH_SLOTS], groups[HASH_SLOTS], wheel[WHEEL_SLOTS];
};

#define ENTRY_OF(link, member) \
    ((struct hub_entry *)(void *)((char *)(link)-offsetof(struct hub_entry, member)))

static void ring_init(struct hub_link *ring)
{
    ring->next = ring;
    ring->previous = ring;
}

static void ring_add(struct hub_link *ring, struct hub_link *link)
{
    link->next = ring;
    link->previous = ring->previous;
    ring->previous->next = link;
    ring->previous = link;
}

static void ring_remove(struct hub_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
}

static size_t slot_of(const char *id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *id != '\0'; id++) {
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    }
    return hash % HASH_SLOTS;
}

static void entry_remove(struct hub *hub, struct hub_entry *entry)
{
    ring_remove(&entry->by_computer);
    ring_remove(&entry->by_time);
    if (entry->group_id != NULL) {
        ring_remove(&entry->by_group);
    }
    hub->waiting -= entry->feed ? 0 : 1;
}

/* Entries that leave are chained through by_time, so that they are told without the lock. */
struct leaving {
    struct hub_link *first;
};

static void leave(struct hub *hub, struct hub_entry *entry, struct leaving *leaving)
{
    entry_remove(hub, entry);
    entry->by_time.next = leaving->first;
    leaving->first = &entry->by_time;
}

static void tell(struct hub *hub, struct leaving *leaving)
{
    struct hub_link *link = leaving->first;
    while (link != NULL) {
        struct hub_link *next = link->next;
        hub->back(hub->context, ENTRY_OF(link, by_time));
        link = next;
    }
}

/* Takes out what is due in the slots between the last tick and now. */
static void collect_due(struct hub *hub, int64_t now_us, struct leaving *leaving)
{
    int64_t tick = now_us / TICK_US;
    int64_t from = tick - hub->tick > WHEEL_SLOTS ? tick - WHEEL_SLOTS : hub->tick;
    for (int64_t at = from; at <= tick; at++) {
        struct hub_link *ring = &hub->wheel[at % WHEEL_SLOTS];
        for (struct hub_link *link = ring->next; link != ring;) {
            struct hub_link *next = link->next;
            struct hub_entry *entry = ENTRY_OF(link, by_time);
            if (entry->until_us <= now_us || hub->ending) {
                leave(hub, entry, leaving);
            }
            link = next;
        }
    }
    hub->tick = tick;
}

static void *hub_main(void *context)
{
    struct hub *hub = context;
    (void)pthread_mutex_lock(&hub->lock);
    while (!hub->ending) {
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_US * 1000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        (void)pthread_cond_timedwait(&hub->ending_told, &hub->lock, &until);
        struct leaving leaving = { .first = NULL };
        collect_due(hub, time_monotonic_us(), &leaving);
        (void)pthread_mutex_unlock(&hub->lock);
        tell(hub, &leaving);
        (void)pthread_mutex_lock(&hub->lock);
    }
    (void)pthread_mutex_unlock(&hub->lock);
    return NULL;
}

struct hub *hub_new(void (*back)(void *context, struct hub_entry *entry), void *context)
{
    struct hub *hub = calloc(1, sizeof(*hub)); /* program lifetime */
    if (hub == NULL) {
        return NULL;
    }
    hub->back = back;
    hub->context = context;
    hub->tick = time_monotonic_us() / TICK_US;
    for (size_t i = 0; i < HASH_SLOTS; i++) {
        ring_init(&hub->computers[i]);
        ring_init(&hub->groups[i]);
    }
    for (size_t i = 0; i < WHEEL_SLOTS; i++) {
        ring_init(&hub->wheel[i]);
    }
    (void)pthread_mutex_init(&hub->lock, NULL);
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&hub->ending_told, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (pthread_create(&hub->thread, NULL, hub_main, hub) != 0) {
        free(hub);
        return NULL;
    }
    return hub;
}

static void ring_leave(struct hub *hub, enum wake_kind kind, struct hub_link *ring, const char *id,
                       struct leaving *leaving)
{
    for (struct hub_link *link = ring->next; link != ring;) {
        struct hub_link *next = link->next;
        struct hub_entry *entry =
            kind == WAKE_COMPUTER ? ENTRY_OF(link, by_computer) : ENTRY_OF(link, by_group);
        const char *own = kind == WAKE_COMPUTER ? entry->computer_id : entry->group_id;
        if (id == NULL || strcmp(own, id) == 0) {
            leave(hub, entry, leaving);
        }
        link = next;
    }
}

void hub_wake(struct hub *hub, enum wake_kind kind, const char *id)
{
    struct leaving leaving = { .first = NULL };
    (void)pthread_mutex_lock(&hub->lock);
    hub->wakes += kind == WAKE_FEED ? 0 : 1;
    hub->feed_wakes += kind == WAKE_FEED || kind == WAKE_ALL ? 1 : 0;
    switch (kind) {
    case WAKE_FEED:
        ring_leave(hub, WAKE_COMPUTER, &hub->computers[slot_of(id)], id, &leaving);
        break;
    case WAKE_COMPUTER: ring_leave(hub, kind, &hub->computers[slot_of(id)], id, &leaving); break;
    case WAKE_GROUP: ring_leave(hub, kind, &hub->groups[slot_of(id)], id, &leaving); break;
    case WAKE_ALL:
        for (size_t i = 0; i < HASH_SLOTS; i++) {
            ring_leave(hub, WAKE_COMPUTER, &hub->computers[i], NULL, &leaving);
        }
        break;
    case WAKE_TASKS: break;
    }
    (void)pthread_mutex_unlock(&hub->lock);
    tell(hub, &leaving);
}

void hub_free(struct hub *hub)
{
    if (hub == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&hub->lock);
    hub->ending = true;
    (void)pthread_cond_signal(&hub->ending_told);
    (void)pthread_mutex_unlock(&hub->lock);
    (void)pthread_join(hub->thread, NULL);
    hub_wake(hub, WAKE_ALL, NULL);
    (void)pthread_cond_destroy(&hub->ending_told);
    (void)pthread_mutex_destroy(&hub->lock);
    free(hub);
}

uint64_t hub_wakes(struct hub *hub, bool feeds)
{
    (void)pthread_mutex_lock(&hub->lock);
    uint64_t wakes = feeds ? hub->feed_wakes : hub->wakes;
    (void)pthread_mutex_unlock(&hub->lock);
    return wakes;
}

bool hub_wait(struct hub *hub, struct hub_entry *entry, uint64_t wakes)
{
    assert(entry->computer_id != NULL);

    (void)pthread_mutex_lock(&hub->lock);
    bool waits = !hub->ending && (entry->feed ? hub->feed_wakes : hub->wakes) == wakes;
    if (waits) {
        ring_add(&hub->computers[slot_of(entry->computer_id)], &entry->by_computer);
        if (entry->group_id != NULL) {
            ring_add(&hub->groups[slot_of(entry->group_id)], &entry->by_group);
        }
        int64_t tick = entry->until_us / TICK_US + 1;
        /* What is due already would wait a whole turn in a slot that was passed. */
        tick = tick < hub->tick ? hub->tick : tick;
        ring_add(&hub->wheel[tick % WHEEL_SLOTS], &entry->by_time);
        hub->waiting += entry->feed ? 0 : 1;
    }
    (void)pthread_mutex_unlock(&hub->lock);
    return waits;
}

uint64_t hub_waiting(struct hub *hub)
{
    (void)pthread_mutex_lock(&hub->lock);
    uint64_t waiting = hub->waiting;
    (void)pthread_mutex_unlock(&hub->lock);
    return waiting;
}
