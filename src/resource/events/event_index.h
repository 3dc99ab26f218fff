/* The index that searches read: what a batch adds to it in its own transaction, and how small pieces become large ones. Private to
   this folder but for events_index_merge. */
#ifndef RESOURCE_EVENTS_EVENT_INDEX_H
#define RESOURCE_EVENTS_EVENT_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "resource/events/event_class.h"
#include "resource/events/event_columns.h"
#include "resource/events/event_piece.h"
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

/* The events of one class in a batch. */
struct event_part {
    uint32_t *own[EVENT_COLUMNS]; /* index into `words`, an event after the other */
    uint32_t *places;             /* number of each event in the batch, ascending */
    uint32_t count, room;
};
/* What a batch will add: the words of its events, and which event has which. In an arena. */
struct event_index {
    struct event_words words, raws; /* `id` of a raw one is the index of its word */
    struct event_part parts[EVENT_CLASSES];
};
bool event_index_init(struct event_index *index, struct arena *arena);
/* Event number `place` of the batch, which has that class. False without memory. `scratch` is dropped by the caller. */
bool event_index_add(struct event_index *index, struct arena *scratch, enum event_class class,
                     uint32_t place, const struct json *event, const char *group_id);
/* Where the events of a part stand when the batch's first stamp is first_us. In the arena; NULL without memory. */
struct piece_run *event_part_runs(struct arena *arena, const struct event_part *part,
                                  int64_t first_us, size_t *out_count);
/* A piece of one part, in the transaction of its block. `word_ids` is from event_words_store. */
MUST_CHECK enum result event_index_store(struct ctx *ctx, const struct event_index *index,
                                         enum event_class class, const uint32_t *word_ids,
                                         const struct piece_run *runs, size_t run_count);

/* On PostgreSQL only one merges, and only one drops partitions: waits for the lock until the transaction ends. */
enum event_lock { EVENT_LOCK_MERGE = 7118, EVENT_LOCK_RETENTION = 7119 };
MUST_CHECK enum result event_lock(struct ctx *ctx, enum event_lock lock);

#endif
