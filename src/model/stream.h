/* What comes, as it comes, for good: a feed as server-sent events (WHATWG HTML, 9.2), one message an item. The id of a message is
   its position; who comes again with the last one that he saw goes on right behind it. */
#ifndef MODEL_STREAM_H
#define MODEL_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "model/field.h"
#include "model/route.h"

struct call;
struct ctx;
struct row_feed;

/* What wakes them: ids for WAKE_FEED. */
#define STREAM_EVENTS          "events"
#define STREAM_ACTIVITY_AUDITS "activityAudits"
#define STREAM_REQUESTS        "authorizationRequests"

enum { STREAM_ITEMS_MAX = 500, STREAM_BYTES_MAX = 1024 * 1024 };

struct stream_item {
    int64_t position; /* rises; of equal ones only the last gives its id away */
    struct slice json;
};

/* What a run has. */
struct stream_batch {
    const struct stream_item *items; /* in ctx->arena */
    size_t count;
    int64_t position; /* everything up to it was looked at */
    bool more;        /* there is more behind it already */
};

struct stream_source {
    const char *feed;
    const struct row_feed *rows; /* or NULL, and then: */
    enum result (*newest)(struct ctx *ctx, int64_t *out_position);
    enum result (*at)(struct ctx *ctx, int64_t moment_us, int64_t *out_position);
    /* What call->query has is checked on each run. */
    enum result (*read)(struct ctx *ctx, const struct call *call, int64_t position,
                        struct stream_batch *out);
};

/* As row_feed_newest and row_feed_at. */
MUST_CHECK enum result stream_newest(struct ctx *ctx, const struct stream_source *source,
                                     int64_t *out_position);
MUST_CHECK enum result stream_at(struct ctx *ctx, const struct stream_source *source,
                                 int64_t moment_us, int64_t *out_position);

/* Rows for the table of parameters. */
/* clang-format off */
#define STREAM_PARAMETERS \
    { .name = "StartDate", .in = "query", .type = FIELD_TEXT, .summary = "Begin with what the server got at or after this moment, UTC; without it, with what it gets from now on" }, \
    { .name = "Last-Event-ID", .in = "header", .type = FIELD_INT64, .summary = "Go on behind this message" }, \
    { .name = "LastEventId", .in = "query", .type = FIELD_INT64, .summary = "The same, for clients that cannot set headers" }
#define STREAM_ANSWERS \
    { 200, ANSWER_FILE, NULL, "text/event-stream", "Cache-Control", "Messages without an end" }, ANSWER_400, ANSWER_503, ANSWERS_ALWAYS
/* clang-format on */

#endif
