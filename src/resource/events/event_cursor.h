/* Goes through the events of one stored block by their stamps, and unpacks only the frames that it stops in. Private to this
   folder. */
#ifndef RESOURCE_EVENTS_EVENT_CURSOR_H
#define RESOURCE_EVENTS_EVENT_CURSOR_H

#include "resource/events/event_frames.h"
#include "resource/events/event_piece.h"

struct ctx;
struct statement;

struct event_cursor {
    struct ctx *ctx;
    struct arena *arena; /* of all that it gives out */
    int64_t first_us, last_us;
    struct piece_run *runs;
    size_t run_count;
    uint32_t event_count;
    struct frame_reader frames;
    struct frame frame;
    struct block_reader block;
    bool opened;                     /* the frame is unpacked */
    uint32_t frame_start, frame_end; /* its events */
    uint32_t next;                   /* that `block` gives next */
    /* The event in hand. */
    bool ended; /* there is none */
    int64_t stamp_us;
    struct slice document;
    uint32_t offset; /* of its ingestion time */
};

/* What event_cursor_open reads, from column 0 on. */
#define EVENT_CURSOR_COLUMNS "first_ingested, last_ingested, event_count, runs, packed"

/* Copies what it needs of the row. No event is in hand yet. */
MUST_CHECK enum result event_cursor_open(struct ctx *ctx, struct arena *arena,
                                         const struct statement *row, struct event_cursor *out);
/* On to the first event at or after the moment; never back. */
MUST_CHECK enum result event_cursor_seek(struct event_cursor *cursor, int64_t moment_us);

#endif
