/* Pieces of the index of events, as bytes: the blocks of a span of stamps, and for each column the words that occur, how often,
   and which one each event has. Private to this folder. */
#ifndef RESOURCE_EVENTS_EVENT_PIECE_H
#define RESOURCE_EVENTS_EVENT_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "resource/events/event_columns.h"

struct arena;

enum { PIECE_EVENTS_MAX = 65536 };

/* Events of a block, one right behind the other: event `start` + i of the piece has the stamp first_us + i * EVENT_STAMP_STEP_US. */
struct piece_run {
    int64_t first_us;
    uint32_t start, count;
};

/* Numbers are unsigned, seven bits a byte, the lowest first, the top bit on all bytes but the last.
   Runs: how many, then for each: distance of its first stamp to the last one's, events.
   Words: how many, then for each, ascending by id: distance of its id to the last one's, events that have it.
   Codes: for each event the index of its word, in one byte up to 256 words, else in two, little-endian; nothing when there is
   one word. */
void piece_runs_write(const struct piece_run *runs, size_t count, struct buffer *out);
/* False when the bytes are damaged. */
bool piece_runs_read(struct arena *arena, struct slice bytes, struct piece_run **out,
                     size_t *out_count);

/* How many events of the runs come before the moment. */
uint32_t piece_runs_before(const struct piece_run *runs, size_t count, int64_t moment_us);
/* The stamp of event `index`, which there is. */
int64_t piece_runs_stamp(const struct piece_run *runs, size_t count, uint32_t index);

struct piece_column {
    struct slice words, codes;
};

/* The words of one column, unpacked into arrays of PIECE_EVENTS_MAX that are used again and again. */
struct piece_words {
    uint32_t *ids, *counts;
    uint32_t count;
};
bool piece_words_init(struct piece_words *words, struct arena *arena);
bool piece_words_read(struct slice bytes, uint32_t event_count, struct piece_words *out);
/* Do the codes fit the number of words and events? */
bool piece_codes_fit(struct slice codes, uint32_t word_count, uint32_t event_count);
/* The code of an event; the codes fit. */
static inline uint32_t piece_code(struct slice codes, uint32_t word_count, uint32_t event)
{
    const unsigned char *bytes = (const unsigned char *)codes.text;
    if (word_count < 2) {
        return 0;
    }
    return word_count <= 256 ? bytes[event]
                             : (uint32_t)(bytes[2 * event] | (unsigned)bytes[2 * event + 1] << 8);
}

/* A column from the word ids of events. `ids` are ids of all events in order. False without memory. */
bool piece_column_write(struct arena *arena, const uint32_t *ids, uint32_t event_count,
                        struct buffer *words, struct buffer *codes);
/* The columns of pieces one behind the other. False when one is damaged, or without memory. */
bool piece_columns_join(struct arena *arena, const struct piece_column *columns,
                        const uint32_t *event_counts, size_t count, struct buffer *words,
                        struct buffer *codes);

/* A piece as one text: runs, then words and codes of each column, each with its length before it. */
struct piece_text {
    struct slice runs;
    struct piece_column columns[EVENT_COLUMNS];
};
void piece_text_write(const struct piece_text *piece, struct buffer *out);
/* Slices point into `bytes`. */
bool piece_text_read(struct slice bytes, struct piece_text *out);

#endif
