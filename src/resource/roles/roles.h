/* Roles: the fine-grained ones, as a plain array with their permissions. */
#ifndef RESOURCE_ROLES_ROLES_H
#define RESOURCE_ROLES_ROLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "model/operation.h"

extern const struct route roles_routes[];
extern const size_t roles_route_count;
extern const struct resource roles_resource;
extern const struct shape role_permission_shape; /* {resource, action} */

/* A role as others need it; texts live in ctx->arena. */
struct role_found {
    const char *id, *name;
    unsigned places; /* enum role_places */
    bool is_global, built_in;
};
/* RESULT_NOT_FOUND without one. */
MUST_CHECK enum result role_load(struct ctx *ctx, const char *id, struct role_found *out);
/* By name in any letter case, of the fine-grained and the global ones. */
MUST_CHECK enum result role_load_named(struct ctx *ctx, struct slice name, struct role_found *out);

#endif
