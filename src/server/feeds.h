/* What delivery targets are fed with: items of each feed behind a position, in the order of commits. */
#ifndef SERVER_FEEDS_H
#define SERVER_FEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "notify/target.h"

struct ctx;

enum { FEED_ITEMS_MAX = 2000 };

/* About how much is read at once. */
struct feed_bounds {
    size_t items_max, bytes_max;
};

/* The oldest items behind `position`, in the arena of `ctx` like their texts. Positions in a result may be equal: then they came
   together, all of them are there, and whoever saves one has got all of them. Needs a read session. */
MUST_CHECK enum result feed_read(struct ctx *ctx, enum feed feed, int64_t position,
                                 const struct feed_bounds *bounds, struct delivery_item **out,
                                 size_t *out_count);

#endif
