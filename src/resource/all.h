/* All resources of the management API; the only place that knows them all. */
#ifndef RESOURCE_ALL_H
#define RESOURCE_ALL_H

#include <stddef.h>

#include "model/route.h"

enum { RESOURCE_TABLES = 21 };
enum { RESOURCE_TAGS = 20 };
extern const struct tag resource_tags[RESOURCE_TAGS];
extern const struct route_table resource_tables[RESOURCE_TABLES];

#endif
