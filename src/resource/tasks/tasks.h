/* Tasks as the API shows them. */
#ifndef RESOURCE_TASKS_TASKS_H
#define RESOURCE_TASKS_TASKS_H

#include <stddef.h>

#include "model/route.h"

extern const struct route tasks_routes[];
extern const size_t tasks_route_count;

#endif
