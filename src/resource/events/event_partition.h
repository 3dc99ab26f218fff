/* Partitions: the blocks of one class over a span of stamps, which go as one when their time is over; and the stamps themselves.
   Private to this folder. */
#ifndef RESOURCE_EVENTS_EVENT_PARTITION_H
#define RESOURCE_EVENTS_EVENT_PARTITION_H

#include <stdint.h>

#include "base/result.h"
#include "resource/events/event_class.h"

struct ctx;

struct event_partition {
    enum event_class class;
    int64_t from_us, until_us; /* up to, but without, the end */
};

/* SQL: a count and some more, up to what fits: an agent may begin at any number, and all that it left out counts as lost. */
#define EVENT_COUNT_PLUS(count, more)                            \
    count " = CASE WHEN " count " > 9223372036854775807 - " more \
          " THEN 9223372036854775807 ELSE " count " + " more " END"

/* The greatest stamp that was ever given, as far as this session sees; 0 at first. */
MUST_CHECK enum result event_last_ingested(struct ctx *ctx, int64_t *out);
/* The same in the write transaction; nobody takes stamps until it ends. */
MUST_CHECK enum result event_clock_hold(struct ctx *ctx, int64_t *out_last_us);
/* In the write transaction: the first of `count` stamps, EVENT_STAMP_STEP_US apart, for which there are partitions now. Counts them, and those that are lost. Whoever asks next waits until the transaction ends, so commits happen in the order of the stamps. */
MUST_CHECK enum result event_stamps_take(struct ctx *ctx, int64_t count, int64_t lost,
                                         int64_t *out_first_us);
/* The partition of a block or piece by its first stamp. */
MUST_CHECK enum result event_partition_of(struct ctx *ctx, enum event_class class, int64_t first_us,
                                          struct event_partition *out);

/* Days that one partition has when events are kept so long: few partitions for those kept for years, and what goes at once
   is little of what there is. */
int64_t event_partition_days(int64_t days_kept);

/* Name of the table of a partition on PostgreSQL: event_block_1_1766102400. */
enum { PARTITION_TABLE_BYTES = 64 };
void event_partition_table(const char *parent, const struct event_partition *partition,
                           char out[PARTITION_TABLE_BYTES]);

#endif
