/* The index that searches read: what a batch adds to it in its own transaction, and how small pieces become large ones. Private to
   this folder but for events_index_merge. */
#ifndef RESOURCE_EVENTS_EVENT_INDEX_H
#define RESOURCE_EVENTS_EVENT_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "resource/events/event_columns.h"
#include "resource/events/event_words.h"

struct ctx;
struct json;

enum {
    LEVEL_BLOCK,             /* a piece of one block */
    LEVEL_JOINED,            /* of many, still whole in one text */
    LEVEL_LARGE,             /* a column a row */
    BLOCK_PIECES_MAX = 1024, /* small pieces that a search may have to look at */
    JOINED_PIECES_MAX = 64,
};

/* What a batch will add: the words of its events, and which event has which. In an arena. */
struct event_index {
    struct event_words words, raws; /* `id` of a raw one is the index of its word */
    uint32_t *own[EVENT_COLUMNS];   /* index into `words`, an event after the other */
    uint32_t count, room;
};
bool event_index_init(struct event_index *index, struct arena *arena);
/* False without memory. `scratch` is dropped by the caller. */
bool event_index_add(struct event_index *index, struct arena *scratch, const struct json *event,
                     const char *group_id);
/* In the transaction of the block. */
MUST_CHECK enum result event_index_store(struct ctx *ctx, const struct event_index *index,
                                         int64_t first_us, int64_t last_us);

/* On PostgreSQL only one at a time stores blocks, and only one merges: waits for the lock until the transaction ends. */
enum event_lock { EVENT_LOCK_STAMPS = 7117, EVENT_LOCK_MERGE = 7118 };
MUST_CHECK enum result event_lock(struct ctx *ctx, enum event_lock lock);

#endif
