/* Rows of the API in the order in which they were committed: what follows a list for good reads them from a position on. */
#ifndef MODEL_ROW_FEED_H
#define MODEL_ROW_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct changes;
struct ctx;
struct shape;

/* How a feed is read from its table. */
struct row_feed {
    const struct shape *shape; /* what its documents look like, as version 3 has them */
    const char *from;
    const char *where; /* or NULL */
    const char *position;
    const struct changes *
        settles; /* positions are its stamps: below the bound nothing can be added any more; or NULL */
    const char *number, *time, *computer;
    const char *id_prefix; /* of items, before the number of the row */
    const char *newest;    /* SELECT of the last position, when nothing settles */
    const char *
        at; /* SELECT of the position right before the first row from the moment $1 on; no row: 0 */
};

struct feed_item {
    int64_t position;      /* rises; equal ones came together */
    struct slice id;       /* the same for ever */
    struct slice computer; /* id, or empty */
    int64_t time_us;       /* when it happened */
    struct slice json;
};

/* The oldest rows behind `position`, about `items_max` of them and `bytes_max` of documents. What shares a position comes as a
   whole, whatever the bounds, so whoever goes on from the last position gets every row once. Texts live in ctx->arena. Needs a
   read session. */
MUST_CHECK enum result row_feed_read(struct ctx *ctx, const struct row_feed *feed, int64_t position,
                                     size_t items_max, size_t bytes_max, struct feed_item **out,
                                     size_t *out_count);

/* Behind all that can be seen now; what is on its way to be seen comes behind it. */
MUST_CHECK enum result row_feed_newest(struct ctx *ctx, const struct row_feed *feed,
                                       int64_t *out_position);
/* Right before the first row from the moment on. */
MUST_CHECK enum result row_feed_at(struct ctx *ctx, const struct row_feed *feed, int64_t moment_us,
                                   int64_t *out_position);

#endif
