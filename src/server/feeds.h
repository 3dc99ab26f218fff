/* What delivery targets are fed with: items of each feed behind a position, in the order of commits. */
#ifndef SERVER_FEEDS_H
#define SERVER_FEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "notify/target.h"

struct ctx;

enum { FEED_ITEMS_MAX = 2000 };

/* The oldest items behind `position`: about `items_max` of them and `bytes_max` of documents. Positions in a result may be
   equal: then they came together, and who saves one has got all of them. Texts live in ctx->arena. Needs a read session. */
MUST_CHECK enum result feed_read(struct ctx *ctx, enum feed feed, int64_t position,
                                 size_t items_max, size_t bytes_max, struct delivery_item *out,
                                 size_t *out_count);

#endif
