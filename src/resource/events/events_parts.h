/* What the operations of this folder share; private to it. */
#ifndef RESOURCE_EVENTS_EVENTS_PARTS_H
#define RESOURCE_EVENTS_EVENTS_PARTS_H

#include "model/operation.h"

enum { SEARCH_PARAMETERS = 17, STREAM_PARAMETER_COUNT = 16 };
extern const struct parameter events_search_parameters[SEARCH_PARAMETERS];
extern const struct parameter events_stream_parameters[STREAM_PARAMETER_COUNT];

operation_call events_search;

struct event_search;
/* What the parameters of a search ask for. RESULT_INVALID with all faults. */
MUST_CHECK enum result events_search_read(struct ctx *ctx, const struct call *call,
                                          struct event_search *search, int64_t *out_page);

/* What the filters of a stream ask for, in the same way. */
MUST_CHECK enum result events_filters_read(struct ctx *ctx, const struct call *call,
                                           struct event_search *search);

#endif
