/* Events as they come: what GET Events/Stream reads. */
#include "base/arena.h"
#include "model/stream.h"
#include "resource/events/event_partition.h"
#include "resource/events/events.h"
#include "resource/events/events_parts.h"

/* Positions of events are their stamps. */
static enum result events_at(struct ctx *ctx, int64_t moment_us, int64_t *out_position)
{
    (void)ctx;
    *out_position = moment_us > 0 ? moment_us - 1 : 0;
    return RESULT_OK;
}

static enum result events_read(struct ctx *ctx, const struct call *call, int64_t position,
                               struct stream_batch *out)
{
    struct event_query *query = NULL;
    struct event_item *events = arena_alloc(ctx->arena, STREAM_ITEMS_MAX * sizeof(*events));
    struct stream_item *items = arena_alloc(ctx->arena, STREAM_ITEMS_MAX * sizeof(*items));
    if (events == NULL || items == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the stream");
    }
    TRY(events_query_follow(ctx, call, position, &query));
    TRY(events_query_next(ctx, query, STREAM_ITEMS_MAX, STREAM_BYTES_MAX, events, &out->count));
    for (size_t i = 0; i < out->count; i++) {
        items[i] = (struct stream_item){ events[i].position, events[i].json };
    }
    out->items = items;
    out->position = events_query_position(query, &out->more);
    return RESULT_OK;
}

const struct stream_source events_stream = {
    .feed = STREAM_EVENTS,
    .newest = event_last_ingested,
    .at = events_at,
    .read = events_read,
};
