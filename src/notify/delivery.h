/* What is delivered where, and how far: targets, their positions, dead letters, and who sends. The store's part of the
   delivery; the server has a thread for each target that reads the feeds and calls the driver.

   A position moves only behind what is safely with the receiver, in a transaction of its own: whoever dies in between
   sends once more what the receiver has, with the same ids. One server at a time holds a target's lease; each change
   asks whether it still does. */
#ifndef NOTIFY_DELIVERY_H
#define NOTIFY_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "notify/target.h"

struct ctx;

enum {
    DELIVERY_TARGETS_MAX = 32,
    DELIVERY_LEASE_S = 20, /* a server that was killed is followed after so long */
    DELIVERY_RETRY_S_FIRST = 1,
    DELIVERY_RETRY_S_MAX = 300,
    DELIVERY_DEAD_MAX = 10000, /* of a target: then it stops until somebody looks after them */
    /* How far servers' clocks may be apart. A lease that lies further ahead is of a clock that was wrong. */
    DELIVERY_SKEW_S = 600,
};

/* Texts live in ctx->arena. */
struct delivery_target {
    const char *id, *name, *kind, *format;
    const char *filter;   /* JSON, or NULL */
    const char *settings; /* JSON object of texts */
    unsigned feeds;       /* bits 1 << enum feed */
    bool enabled;
    int64_t revision; /* rises with every change of the above */
    int64_t next_try_us, attempts;
};

/* The targets that are switched on, in the order of their names; `out` has room for DELIVERY_TARGETS_MAX. */
struct delivery_enabled {
    const char *id;
    int64_t revision;
};
MUST_CHECK enum result delivery_enabled(struct ctx *ctx, struct delivery_enabled *out,
                                        size_t *out_count);
/* RESULT_NOT_FOUND without one. */
MUST_CHECK enum result delivery_target_load(struct ctx *ctx, const char *id,
                                            struct delivery_target *out);
/* From the JSON text of a target; *out->pairs live in the arena. */
MUST_CHECK enum result delivery_settings_read(struct ctx *ctx, const struct delivery_target *target,
                                              struct target_settings *out);
MUST_CHECK enum result delivery_position_load(struct ctx *ctx, const char *id, enum feed feed,
                                              int64_t *out_position);

/* --- in a write transaction --------------------------------------------------------------------------- */

/* Takes or keeps the lease. RESULT_BUSY: another server has it. */
MUST_CHECK enum result delivery_lease(struct ctx *ctx, const char *id, const char *owner);
/* Keeps all that the owner has, while its senders wait for receivers. */
MUST_CHECK enum result delivery_leases_renew(struct ctx *ctx, const char *owner);
/* Whoever had them is gone: a store of one server, at its start. */
MUST_CHECK enum result delivery_leases_clear(struct ctx *ctx);
/* Gives it back, for a server that stops. */
MUST_CHECK enum result delivery_release(struct ctx *ctx, const char *id, const char *owner);

/* How far a feed is now. The ones below are RESULT_BUSY, and change nothing, when the lease is another's by now. */
struct delivery_progress {
    const char *id, *owner;
    enum feed feed;
    int64_t
        from; /* where the sender began. When it is elsewhere now, somebody set it back meanwhile, and it stays there */
    int64_t position;
    int64_t item_time_us; /* of the last item; 0: unchanged */
    size_t delivered;     /* items that went out */
    bool behind;          /* more waits */
};
MUST_CHECK enum result delivery_moved(struct ctx *ctx, const struct delivery_progress *progress);
/* It failed: `retry_s` until the next try. `refused`: trying again will not help by itself. */
MUST_CHECK enum result delivery_failed(struct ctx *ctx, const char *id, const char *owner,
                                       const char *why, bool refused, int64_t retry_s);
/* The receiver will never take this item. RESULT_TOO_LARGE when the target has DELIVERY_DEAD_MAX others already. */
MUST_CHECK enum result delivery_dead_add(struct ctx *ctx, const char *id,
                                         const struct delivery_item *item, const char *why);
/* An item that was sent again: gone, or dead once more (`why`). RESULT_BUSY like delivery_moved. */
MUST_CHECK enum result delivery_dead_done(struct ctx *ctx, const char *id, const char *owner,
                                          const struct delivery_item *item, const char *why);

/* Dead letters that somebody wants sent again, of one feed, oldest first: at most `max`, and none behind the one whose document
   reaches bytes_max. Texts in ctx->arena. No transaction needed. */
MUST_CHECK enum result delivery_replays(struct ctx *ctx, const char *id, size_t bytes_max,
                                        struct delivery_item *out, size_t max, size_t *out_count);

/* What is kept no longer goes, up to `last`, in this transaction. */
struct delivery_drop {
    enum feed feed;
    int64_t last;
    /* How many of what goes are behind the position. */
    enum result (*count)(struct ctx *ctx, int64_t position, const void *context, int64_t *out);
    const void *context;
};
/* Notes at the targets, also switched off, that are not past it, up to when and how many they missed. *out_count of them. */
MUST_CHECK enum result delivery_missed(struct ctx *ctx, const struct delivery_drop *drop,
                                       size_t *out_count);

/* Numbers for metrics: of all targets, as the store has them. */
struct delivery_facts {
    int64_t delivered, dead_letters;
    int64_t failing; /* targets whose last try failed */
    int64_t behind;  /* feeds that had more waiting when last looked */
    int64_t missed;  /* items that were dropped before a target had them */
};
MUST_CHECK enum result delivery_read_facts(struct ctx *ctx, struct delivery_facts *out);

/* Seconds until the next try after so many failures in a row, doubled each time up to DELIVERY_RETRY_S_MAX, and up to a
   quarter more by `chance` (0 to 255), so that many targets do not come back at once. */
int64_t delivery_retry_s(int64_t attempts, uint8_t chance);

#endif
