/* Finds events by the index: how many there are, and where those of one page stand. Private to this folder. */
#ifndef RESOURCE_EVENTS_EVENT_SEARCH_H
#define RESOURCE_EVENTS_EVENT_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "resource/events/event_class.h"
#include "resource/events/event_words.h"

enum { SEARCH_PAGE_MAX = 1000 };

struct event_filter { /* the event's word in the column is one of these */
    enum event_column column;
    struct word_ids ids; /* closed */
};
struct event_search {
    int64_t from_us, until_us; /* stamps, both included */
    struct event_filter filters[EVENT_COLUMNS];
    size_t filter_count;
    int64_t offset; /* of the page, by stamp ascending */
    uint32_t wanted;
};

struct event_place {
    enum event_class class;
    int64_t stamp_us;
};
struct event_found {
    int64_t total;
    struct event_place places[SEARCH_PAGE_MAX]; /* ascending */
    uint32_t count;
};
/* Needs a read session. RESULT_CONFLICT when retention took away what was being read: search again. */
MUST_CHECK enum result event_search_run(struct ctx *ctx, const struct event_search *search,
                                        struct event_found *out);

#endif
