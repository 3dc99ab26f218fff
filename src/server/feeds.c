#include "server/feeds.h"

#include "base/arena.h"
#include "model/operation.h"
#include "model/row_feed.h"
#include "resource/activity_audits/activity_audits.h"
#include "resource/authorization_request_audits/authorization_request_audits.h"
#include "resource/events/events.h"

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a batch");
}

/* --- events -------------------------------------------------------------------------------------------------------- */

static enum result events_read(struct ctx *ctx, int64_t position, const struct feed_bounds *bounds,
                               struct delivery_item **out, size_t *out_count)
{
    struct event_item *events = arena_alloc(ctx->arena, bounds->items_max * sizeof(*events));
    struct delivery_item *items = arena_alloc(ctx->arena, bounds->items_max * sizeof(*items));
    if (events == NULL || items == NULL) {
        return no_memory(ctx);
    }
    TRY(events_read_after(ctx, position, bounds->items_max, bounds->bytes_max, events, out_count));
    for (size_t i = 0; i < *out_count; i++) {
        items[i] = (struct delivery_item){
            .feed = FEED_EVENTS,
            .position = (uint64_t)events[i].position,
            .id = events[i].id,
            .computer = events[i].computer_id,
            .time = events[i].time_us,
            .json = events[i].json,
        };
    }
    *out = items;
    return RESULT_OK;
}

/* --- rows of the API ----------------------------------------------------------------------------------------------- */

static const struct row_feed *const row_feeds[FEED_COUNT] = {
    [FEED_ACTIVITY_AUDITS] = &activity_audit_feed,
    [FEED_AUTHORIZATION_REQUESTS] = &authorization_request_audit_feed,
};

static enum result rows_read(struct ctx *ctx, enum feed feed, int64_t position,
                             const struct feed_bounds *bounds, struct delivery_item **out,
                             size_t *out_count)
{
    struct feed_item *rows = NULL;
    TRY(row_feed_read(ctx, row_feeds[feed], position, bounds->items_max, bounds->bytes_max, &rows,
                      out_count));
    struct delivery_item *items = arena_alloc(ctx->arena, (*out_count + 1) * sizeof(*items));
    if (items == NULL) {
        return no_memory(ctx);
    }
    for (size_t i = 0; i < *out_count; i++) {
        items[i] = (struct delivery_item){
            .feed = feed,
            .position = (uint64_t)rows[i].position,
            .id = rows[i].id,
            .computer = rows[i].computer,
            .time = rows[i].time_us,
            .json = rows[i].json,
        };
    }
    *out = items;
    return RESULT_OK;
}

enum result feed_read(struct ctx *ctx, enum feed feed, int64_t position,
                      const struct feed_bounds *bounds, struct delivery_item **out,
                      size_t *out_count)
{
    *out_count = 0;
    return feed == FEED_EVENTS ? events_read(ctx, position, bounds, out, out_count)
                               : rows_read(ctx, feed, position, bounds, out, out_count);
}
