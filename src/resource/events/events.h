/* Events: what ran with raised rights, who asked, what was blocked. Stored by class and time, stamped in commit order. */
#ifndef RESOURCE_EVENTS_EVENTS_H
#define RESOURCE_EVENTS_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"

extern const struct route events_routes[];
extern const size_t events_route_count;
extern const struct stream_source events_stream;
extern const struct route event_retention_routes[];
extern const size_t event_retention_route_count;

enum {
    EVENT_LINES_MAX = 5000,
    EVENT_LINE_BYTES_MAX = 256 * 1024,
    EVENT_DEPTH_MAX = 32,
    EVENT_STAMP_STEP_US = 2, /* between events of a batch: at most 500 share a millisecond */
    EVENT_STAMP_LEAD_US_MAX = 200 * 1000, /* of stamps over the clock, from many small batches */
    EVENT_CLOCK_STEP_US =
        10 * 1000 * 1000, /* a greater lead comes from a clock that was set back */
};

struct event_index;

/* Where a batch comes from. */
struct event_source {
    const char *computer_id;
    const char *group_id;   /* or NULL */
    int64_t first_sequence; /* of the first line; at least 1 */
};

/* A checked batch on its way into the store. */
struct event_batch {
    struct event_source source;
    int64_t line_count;
    int64_t skipped;           /* leading lines that were stored before, as seen when it was made */
    int64_t dropped;           /* lines that say null: events that the agent gave up */
    int64_t count;             /* events */
    struct slice *packed;      /* of each class; empty when the batch has none of it */
    struct event_index *index; /* what searches will find them by */
};

/* NDJSON into a batch: every line an object (or null), the server's members added, packed. Lines that are stored already are left out.
   Needs a read session; no transaction. RESULT_INVALID names the line ("line 3"). */
MUST_CHECK enum result event_batch_make(struct ctx *ctx, const struct event_source *source,
                                        struct slice lines, struct event_batch *out);

struct event_stored {
    int64_t next_sequence, stored, repeated, lost;
};
/* In the write transaction: stamps, stores, moves the computer's sequence. A gap is counted. RESULT_BUSY when the
   sequence moved since the batch was made: make it again. */
MUST_CHECK enum result event_batch_store(struct ctx *ctx, const struct event_batch *batch,
                                         struct event_stored *out);

/* One event on its way to somebody else; its texts live in ctx->arena. */
struct event_item {
    int64_t position; /* its stamp: unique, and rising in the order of commits */
    struct slice computer_id;
    struct slice id;   /* event.id: the same for ever */
    int64_t time_us;   /* @timestamp: when it happened */
    struct slice json; /* the document as the API gives it */
};
/* The oldest events whose position is greater than `position` (0: from the start): at most items_max of them, and at most
   bytes_max of documents unless the first alone is larger. Who goes on from the last position that he got gets every event once,
   whatever is stored meanwhile; what retention has dropped is left out. Needs a read session. */
MUST_CHECK enum result events_read_after(struct ctx *ctx, int64_t position, size_t items_max,
                                         size_t bytes_max, struct event_item *out,
                                         size_t *out_count);

/* The events that a search finds, from the oldest to the newest that there is now, page by page. Lives in the arena it was opened
   in; each page may have its own. The pairs are parameters of GET Events/search. */
struct event_query;
MUST_CHECK enum result events_query_open(struct ctx *ctx, const struct query_pair *pairs,
                                         size_t count, struct event_query **out);
/* The same by the filters of a stream, behind a position. */
MUST_CHECK enum result events_query_follow(struct ctx *ctx, const struct call *call,
                                           int64_t position, struct event_query **out);
/* Everything up to this position was looked at; *out_more: there was more when the query was opened. */
int64_t events_query_position(const struct event_query *query, bool *out_more);
/* Is it one of those parameters, by any of its names? */
bool events_query_has(struct slice name);
/* Goes on behind the position. */
void events_query_move(struct event_query *query, int64_t position);
/* How many are left. */
MUST_CHECK enum result events_query_count(struct ctx *ctx, struct event_query *query, int64_t *out);
/* The next ones, bounded like events_read_after; none: that was all. The session is not in a transaction. */
MUST_CHECK enum result events_query_next(struct ctx *ctx, struct event_query *query,
                                         size_t items_max, size_t bytes_max, struct event_item *out,
                                         size_t *out_count);

/* Makes one large piece of the index out of small ones, when there are enough of them; in a write transaction. *out_more: again at
   once. Several servers may call it. */
MUST_CHECK enum result events_index_merge(struct ctx *ctx, bool *out_more);

/* --- retention: whole partitions go when their class is kept no longer (docs/events.md) --- */

enum {
    EVENT_DAYS_MAX = 36500,
    EVENT_HOLDS_MAX = 100,
    EVENT_HOLD_COMPUTERS_MAX = 1000,
    /* A round that comes this long after the last one, by the clock, and would drop more than such a share of all events is not
       trusted: it looks like a clock that jumped. */
    EVENT_JUMP_DAYS = 2,
    EVENT_JUMP_PERCENT = 10,
};

struct event_round {
    bool more; /* call again at once */
    bool
        refused; /* the clock seems to have jumped; nothing is dropped until somebody says that it is right */
    bool newly;              /* it was not refused before */
    int64_t due_percent;     /* when it is refused: what would go */
    int64_t dropped_events;  /* of the partition that this step took out of searches, or 0 */
    int64_t dropped_last_us; /* stamp of the last of them, or 0 */
};
/* Who is told of a partition that is about to be taken out, in the same transaction, while its events can still be counted. */
struct event_partition;
struct event_watch {
    /* last_us: stamp of the last of its events. A failure stops the step. */
    enum result (*dropping)(struct ctx *ctx, const struct event_partition *partition,
                            int64_t last_us, void *context);
    void *context;
};
/* How many of its events are behind the position. */
MUST_CHECK enum result events_dropping_after(struct ctx *ctx,
                                             const struct event_partition *partition,
                                             int64_t position, int64_t *out);

/* One short step, in a write transaction: takes one partition out of searches, deletes a piece of one that is, or words that no
   event has any more. `watch` may be NULL. On PostgreSQL, RESULT_BUSY when readers did not let go of a table in time. Several servers may call it. */
MUST_CHECK enum result events_retention_step(struct ctx *ctx, const struct event_watch *watch,
                                             struct event_round *out);

/* For metrics; a moment of 0 is never. */
struct event_facts {
    int64_t stored, lost, partitions_dropped, retention_refused_us;
};
MUST_CHECK enum result events_read_facts(struct ctx *ctx, struct event_facts *out);

/* Stamps rise over all batches in the order of commits, whatever the clock does. Pollers go on from the millisecond after the
   last event they saw, so a batch begins a new millisecond: one that is committed later has nothing in a millisecond that
   somebody may have read to its end. Only when more than a thousand batches a second have pushed the stamps
   EVENT_STAMP_LEAD_US_MAX ahead of the clock do batches share milliseconds; readers then leave the last one alone. */

/* The stamp of a batch's first event; `last_us` is the greatest stamp so far. */
int64_t event_stamp_first(int64_t last_us, int64_t now_us);
/* Readers may give out what is before this; `last_us` is the greatest stamp they see. */
int64_t event_stamp_end(int64_t last_us, int64_t now_us);

#endif
