/* Finds the route of a path: a tree made once from all faces, that refuses tables which clash. */
#ifndef API_ROUTER_H
#define API_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "base/text.h"
#include "model/route.h"

struct router;

enum { ROUTER_IDS_MAX = 4, ROUTER_SEGMENTS_MAX = 16, ROUTER_PATH_BYTES_MAX = 2048 };

struct router_match {
    const struct face *face;   /* NULL: no path of ours */
    const struct route *route; /* NULL: the path is ours, the method is not */
    unsigned version;
    unsigned methods;                 /* bits of enum method that the path knows */
    struct slice ids[ROUTER_IDS_MAX]; /* {…} segments as sent */
    size_t id_count;
    size_t number; /* of the route, from 0, for counters */
};

/* RESULT_CONFLICT names two routes that answer the same method and path. */
MUST_CHECK enum result router_new(const struct face *const *faces, size_t count,
                                  struct router **out, struct error *error);
void router_free(struct router *router);
/* Letters in any case, a trailing slash allowed, literal segments before {…}. `path` lives as long as the match. */
void router_find(const struct router *router, const char *path, const char *method,
                 struct router_match *out);
size_t router_route_count(const struct router *router);
const struct route *router_route(const struct router *router, size_t number);

#endif
