/* Goes through the stored events in the order of their stamps. Private to this folder; events_read_after is for others. */
#ifndef RESOURCE_EVENTS_EVENT_SCAN_H
#define RESOURCE_EVENTS_EVENT_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "resource/events/event_search.h"

struct ctx;

/* Lives in ctx->arena. The ingestion time is not in the document yet: block_document_write puts it to its offset. */
struct event_record {
    int64_t ingested_us;
    const char *computer_id;
    struct slice document;
    uint32_t offset;
};

/* False: enough. */
typedef bool event_take(void *context, const struct event_record *record);

/* Hands over every event with from_us <= stamp < end_us that the store shows, ascending, until `take` has enough. Needs a read
   session. */
MUST_CHECK enum result event_scan(struct ctx *ctx, int64_t from_us, int64_t end_us,
                                  event_take *take, void *context);

/* The same for what a search found. A record lives until `take` returns. RESULT_CONFLICT when one of them was dropped
   meanwhile. */
MUST_CHECK enum result event_scan_places(struct ctx *ctx, const struct event_found *found,
                                         event_take *take, void *context);

#endif
