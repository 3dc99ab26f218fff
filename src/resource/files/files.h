/* What the server says about itself: the definition file of a version, and the versions of its parts. */
#ifndef RESOURCE_FILES_FILES_H
#define RESOURCE_FILES_FILES_H

#include <stddef.h>

#include "model/route.h"

extern const struct route files_routes[];
extern const size_t files_route_count;

#endif
