/* Delivery targets over the API: where events, activity audits and authorisation requests go (docs/delivery.md). */
#ifndef RESOURCE_DELIVERY_TARGETS_DELIVERY_TARGETS_H
#define RESOURCE_DELIVERY_TARGETS_DELIVERY_TARGETS_H

#include "model/operation.h"

extern const struct route delivery_targets_routes[];
extern const size_t delivery_targets_route_count;

#endif
