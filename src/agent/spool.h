/* Events that the server has not stored yet: a bounded queue on disk that survives the end of the process at any moment.
   Segments of records (length, checksum, bytes), appended only; whole segments go when the server has them, or, the
   oldest first, when the bound is reached. Each event has a number, from 1; a number that was dropped leaves a gap. */
#ifndef AGENT_SPOOL_H
#define AGENT_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct spool; /* any thread */

enum {
    SPOOL_BYTES_USUAL = 64 * 1024 * 1024,
    SPOOL_BYTES_LEAST = 64 * 1024,
    SPOOL_SEGMENT_BYTES_MAX = 1024 * 1024,
    SPOOL_SEGMENTS_LEAST =
        8, /* a small spool has smaller segments, so that dropping one never empties it */
    SPOOL_RECORD_BYTES_MAX = 256 * 1024, /* longest event the server takes */
};

struct spool_counts {
    uint64_t next;   /* number of the next event */
    uint64_t first;  /* oldest event that waits; `next` when none does */
    uint64_t queued; /* events that wait */
    uint64_t
        lost; /* ever dropped in this folder, each counted once whenever the process was killed */
    uint64_t bytes;
};

/* Makes the folder. Cuts what a crash left half-written. `bytes_max` below SPOOL_BYTES_LEAST counts as that. */
MUST_CHECK enum result spool_open(const char *dir, uint64_t bytes_max, struct spool **out,
                                  struct error *error);
void spool_close(struct spool *spool);

/* Queues one event. It never waits; without room on the disk the event is counted as lost and RESULT_BUSY says so.
   RESULT_TOO_LARGE past SPOOL_RECORD_BYTES_MAX takes no number. */
MUST_CHECK enum result spool_append(struct spool *spool, struct slice record, struct error *error);

struct spool_batch {
    uint64_t first; /* number of the first line */
    size_t count;   /* 0: nothing waits */
};
/* The oldest events, one a line, all of one run of numbers; at most `count_max`, and `bytes_max` unless one alone is
   longer. They are on the disk for good before this returns, so the server can never have more than the disk. */
MUST_CHECK enum result spool_peek(struct spool *spool, size_t count_max, size_t bytes_max,
                                  struct buffer *out, struct spool_batch *out_batch,
                                  struct error *error);
/* Everything below `next` is stored on the server. */
void spool_acknowledge(struct spool *spool, uint64_t next);

void spool_count(struct spool *spool, struct spool_counts *out);
/* Counts without changing anything, for a look from another process. */
MUST_CHECK enum result spool_inspect(const char *dir, struct spool_counts *out,
                                     struct error *error);

#endif
