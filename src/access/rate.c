#include "access/rate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

/* Callers share a fixed table by hash. Two callers of one slot would share a budget, so the slot keeps the name
   and a newcomer takes it over once the old one's window is past, else the next free one of a few. */
enum { CALLER_BYTES = 40, PROBES = 8 };

struct slot {
    char caller[CALLER_BYTES];
    int64_t window_start_us;
    uint32_t used;
};

struct rate {
    pthread_mutex_t lock;
    uint32_t limit;
    struct slot slots[RATE_CALLERS_MAX];
};

struct rate *rate_new(uint32_t limit)
{
    struct rate *rate = calloc(1, sizeof(*rate)); /* program lifetime */
    if (rate != NULL) {
        rate->limit = limit;
        (void)pthread_mutex_init(&rate->lock, NULL);
    }
    return rate;
}

void rate_free(struct rate *rate)
{
    if (rate != NULL) {
        (void)pthread_mutex_destroy(&rate->lock);
        free(rate);
    }
}

uint32_t rate_limit(const struct rate *rate)
{
    return rate->limit;
}

static uint32_t caller_hash(const char *caller)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *at = caller; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    return hash;
}

static struct slot *slot_for(struct rate *rate, const char *caller, int64_t now_us)
{
    const int64_t window_us = RATE_WINDOW_S * US_PER_SECOND;
    uint32_t start = caller_hash(caller);
    struct slot *reusable = NULL;
    struct slot *oldest = NULL;
    for (uint32_t i = 0; i < PROBES; i++) {
        struct slot *slot = &rate->slots[(start + i) % RATE_CALLERS_MAX];
        if (strncmp(slot->caller, caller, CALLER_BYTES - 1) == 0) {
            return slot;
        }
        if (reusable == NULL &&
            (slot->caller[0] == '\0' || now_us - slot->window_start_us >= window_us)) {
            reusable = slot;
        }
        if (oldest == NULL || slot->window_start_us < oldest->window_start_us) {
            oldest = slot;
        }
    }
    struct slot *slot = reusable != NULL ? reusable : oldest;
    *slot = (struct slot){ .window_start_us = now_us };
    (void)snprintf(slot->caller, sizeof(slot->caller), "%s", caller);
    return slot;
}

bool rate_take(struct rate *rate, const char *caller, int64_t now_monotonic_us, uint32_t *out_left,
               uint32_t *out_reset_s)
{
    const int64_t window_us = RATE_WINDOW_S * US_PER_SECOND;
    (void)pthread_mutex_lock(&rate->lock);
    struct slot *slot = slot_for(rate, caller, now_monotonic_us);
    if (now_monotonic_us - slot->window_start_us >= window_us) {
        slot->window_start_us = now_monotonic_us;
        slot->used = 0;
    }
    bool allowed = rate->limit == 0 || slot->used < rate->limit;
    if (allowed && slot->used < UINT32_MAX) {
        slot->used++;
    }
    *out_left = rate->limit > slot->used ? rate->limit - slot->used : 0;
    int64_t left_us = window_us - (now_monotonic_us - slot->window_start_us);
    *out_reset_s = (uint32_t)((left_us + US_PER_SECOND - 1) / US_PER_SECOND);
    (void)pthread_mutex_unlock(&rate->lock);
    return allowed;
}
