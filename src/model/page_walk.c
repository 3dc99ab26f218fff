#include "model/page_walk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

enum { WAYS = 8, SETS = PAGE_WALKS_MAX / WAYS };

struct place {
    struct page_walk_key key;
    int64_t used_us; /* 0: free */
    char edge[PAGE_WALK_TEXT_BYTES];
};

struct page_walks {
    pthread_mutex_t lock;
    struct place places[SETS][WAYS];
};

struct page_walks *page_walks_new(void)
{
    struct page_walks *walks = calloc(1, sizeof(*walks)); /* program lifetime */
    if (walks != NULL) {
        (void)pthread_mutex_init(&walks->lock, NULL);
    }
    return walks;
}

void page_walks_free(struct page_walks *walks)
{
    if (walks != NULL) {
        (void)pthread_mutex_destroy(&walks->lock);
        free(walks);
    }
}

void page_walks_forget(struct page_walks *walks)
{
    (void)pthread_mutex_lock(&walks->lock);
    memset(walks->places, 0, sizeof(walks->places));
    (void)pthread_mutex_unlock(&walks->lock);
}

static bool key_equal(const struct page_walk_key *a, const struct page_walk_key *b)
{
    return a->caller == b->caller && a->list == b->list && a->page_number == b->page_number;
}

static struct place *set_of(struct page_walks *walks, const struct page_walk_key *key)
{
    uint64_t hash = (key->caller ^ key->list) * UINT64_C(0x9E3779B97F4A7C15) + key->page_number;
    return walks->places[(hash >> 20) % SETS];
}

void page_walk_put(struct page_walks *walks, const struct page_walk_key *key, const char *edge,
                   int64_t now_us)
{
    if (strlen(edge) >= PAGE_WALK_TEXT_BYTES) {
        return;
    }
    (void)pthread_mutex_lock(&walks->lock);
    struct place *set = set_of(walks, key);
    struct place *place = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (key_equal(&set[i].key, key)) {
            place = &set[i];
            break;
        }
        place = set[i].used_us < place->used_us ? &set[i] : place;
    }
    place->key = *key;
    place->used_us = now_us;
    (void)snprintf(place->edge, sizeof(place->edge), "%s", edge);
    (void)pthread_mutex_unlock(&walks->lock);
}

bool page_walk_get(struct page_walks *walks, const struct page_walk_key *key, int64_t now_us,
                   char out_edge[PAGE_WALK_TEXT_BYTES])
{
    const int64_t life_us = PAGE_WALK_MINUTES * 60 * US_PER_SECOND;
    bool found = false;
    (void)pthread_mutex_lock(&walks->lock);
    struct place *set = set_of(walks, key);
    for (size_t i = 0; i < WAYS && !found; i++) {
        found =
            set[i].used_us > 0 && key_equal(&set[i].key, key) && now_us - set[i].used_us < life_us;
        if (found) {
            memcpy(out_edge, set[i].edge, PAGE_WALK_TEXT_BYTES);
        }
    }
    (void)pthread_mutex_unlock(&walks->lock);
    return found;
}
