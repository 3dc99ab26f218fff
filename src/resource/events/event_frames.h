/* A block as it is stored: its documents in frames of a few dozen, each packed alone, so that one document costs one frame.
   Private to this folder. */
#ifndef RESOURCE_EVENTS_EVENT_FRAMES_H
#define RESOURCE_EVENTS_EVENT_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "resource/events/event_block.h"

struct arena;

enum { FRAME_EVENTS_MAX = 64, FRAME_BYTES_USUAL = 256 * 1024, FRAMES_MAX = 8192 };

/* Little-endian, 32 bits each: how many frames, then for each: events, bytes; then the frames, zstd over the text of
   event_block.h. */
struct frame_writer {
    struct arena *arena;
    struct block_writer block; /* block_add goes here */
    struct buffer text, heads, packed;
    uint32_t count;
};
void frames_begin(struct frame_writer *frames, struct arena *arena);
/* After each block_add: a full frame is packed. */
MUST_CHECK enum result frames_added(struct frame_writer *frames, struct error *error);
/* The whole block, in the arena; RESULT_TOO_LARGE when it got too long. */
MUST_CHECK enum result frames_end(struct frame_writer *frames, struct slice *out,
                                  struct error *error);
/* Also after a failure. */
void frames_done(struct frame_writer *frames);

struct frame {
    uint32_t event_count;
    struct slice packed;
};
struct frame_reader {
    struct slice heads, packed;
};
/* False when the bytes are no block. */
bool frames_open(struct frame_reader *reader, struct slice bytes);
/* False at the end. A damaged block ends early. */
bool frames_next(struct frame_reader *reader, struct frame *out);
/* Unpacks into the arena and opens it. RESULT_BROKEN when it is damaged. */
MUST_CHECK enum result frame_open(struct arena *arena, const struct frame *frame,
                                  struct block_reader *out, struct error *error);

#endif
