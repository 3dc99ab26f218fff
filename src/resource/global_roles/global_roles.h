/* Global roles: the five built-in ones and those that an installation makes for itself. */
#ifndef RESOURCE_GLOBAL_ROLES_GLOBAL_ROLES_H
#define RESOURCE_GLOBAL_ROLES_GLOBAL_ROLES_H

#include <stddef.h>

#include "model/operation.h"

extern const struct route global_roles_routes[];
extern const size_t global_roles_route_count;
extern const struct resource global_roles_resource;

#endif
