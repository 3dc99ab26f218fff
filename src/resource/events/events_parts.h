/* What the operations of this folder share; private to it. */
#ifndef RESOURCE_EVENTS_EVENTS_PARTS_H
#define RESOURCE_EVENTS_EVENTS_PARTS_H

#include "model/operation.h"

enum { SEARCH_PARAMETERS = 17 };
extern const struct parameter events_search_parameters[SEARCH_PARAMETERS];

operation_call events_search;

#endif
