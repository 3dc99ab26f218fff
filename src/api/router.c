#include "api/router.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"

enum { ROUTER_BYTES_MAX = 16 * 1024 * 1024, ROUTES_MAX = 4096 };

struct node {
    struct slice segment; /* of a literal */
    struct node *literals, *next;
    struct node *parameter;
    const struct face *face;
    unsigned version;
    const struct route *routes[METHOD_COUNT];
    size_t numbers[METHOD_COUNT];
};

struct router {
    struct arena *arena;
    struct node *root;
    const struct route *routes[ROUTES_MAX];
    size_t route_count;
};

static bool segment_equal(struct slice a, struct slice b)
{
    return a.length == b.length && strncasecmp(a.text, b.text, a.length) == 0;
}

static struct node *literal_find(const struct node *node, struct slice segment)
{
    for (struct node *at = node->literals; at != NULL; at = at->next) {
        if (segment_equal(at->segment, segment)) {
            return at;
        }
    }
    return NULL;
}

/* The child for a segment of a table's path, made when absent. NULL without memory. */
static struct node *child_take(struct router *router, struct node *node, struct slice segment)
{
    bool parameter = segment.text[0] == '{';
    struct node *child = parameter ? node->parameter : literal_find(node, segment);
    if (child != NULL) {
        return child;
    }
    child = arena_alloc(router->arena, sizeof(*child));
    if (child == NULL) {
        return NULL;
    }
    child->segment = segment;
    if (parameter) {
        node->parameter = child;
    } else {
        child->next = node->literals;
        node->literals = child;
    }
    return child;
}

static struct node *path_take(struct router *router, const char *path)
{
    struct slice rest = slice_of(arena_strdup(router->arena, path));
    struct node *node = router->root;
    while (rest.length > 0 && node != NULL) {
        struct slice segment = slice_cut(&rest, '/');
        if (segment.length > 0) {
            node = child_take(router, node, segment);
        }
    }
    return node;
}

struct place {
    const struct face *face;
    const struct route *route;
    unsigned version;
    size_t number;
};

static const char *const version_names[] = { "", "v1", "v2", "", "v3" };

static enum result path_add(struct router *router, const struct place *place, const char *path,
                            struct error *error)
{
    const char *prefix = place->face->prefix;
    const char *mark = strstr(prefix, "{version}");
    char whole[ROUTER_PATH_BYTES_MAX];
    int head = mark == NULL ? (int)strlen(prefix) : (int)(mark - prefix);
    const char *tail = mark == NULL ? "" : mark + strlen("{version}");
    (void)snprintf(whole, sizeof(whole), "%.*s%s%s%s", head, prefix, version_names[place->version],
                   tail, path);
    struct node *node = path_take(router, whole);
    if (node == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the routes");
    }
    enum method method = place->route->method;
    if (node->routes[method] != NULL && node->routes[method] != place->route) {
        return fail(error, RESULT_CONFLICT, NULL, "%s %s is both %s and %s", method_name(method),
                    whole, node->routes[method]->id, place->route->id);
    }
    node->face = place->face;
    node->version = place->version;
    node->routes[method] = place->route;
    node->numbers[method] = place->number;
    return RESULT_OK;
}

static enum result route_add_version(struct router *router, const struct place *place,
                                     struct error *error)
{
    TRY(path_add(router, place, place->route->path, error));
    for (const char *const *alias = place->route->aliases; alias != NULL && *alias != NULL;
         alias++) {
        TRY(path_add(router, place, *alias, error));
    }
    return RESULT_OK;
}

static enum result route_add(struct router *router, const struct face *face,
                             const struct route *route, struct error *error)
{
    if (router->route_count == ROUTES_MAX) {
        return fail(error, RESULT_TOO_LARGE, NULL, "more than %d routes", ROUTES_MAX);
    }
    struct place place = { .face = face, .route = route, .number = router->route_count };
    router->routes[router->route_count++] = route;
    if (face->versions == 0) {
        return route_add_version(router, &place, error);
    }
    unsigned versions = route->versions == 0 ? face->versions : route->versions & face->versions;
    for (unsigned version = API_V1; version <= API_V3; version <<= 1) {
        if ((versions & version) != 0) {
            place.version = version;
            TRY(route_add_version(router, &place, error));
        }
    }
    return RESULT_OK;
}

static enum result face_add(struct router *router, const struct face *face, struct error *error)
{
    for (size_t table = 0; table < face->table_count; table++) {
        for (size_t i = 0; i < *face->tables[table].count; i++) {
            TRY(route_add(router, face, &face->tables[table].routes[i], error));
        }
    }
    return RESULT_OK;
}

enum result router_new(const struct face *const *faces, size_t count, struct router **out,
                       struct error *error)
{
    struct router *router = calloc(1, sizeof(*router)); /* program lifetime */
    if (router != NULL) {
        router->arena = arena_new(ROUTER_BYTES_MAX);
        router->root =
            router->arena == NULL ? NULL : arena_alloc(router->arena, sizeof(struct node));
    }
    if (router == NULL || router->root == NULL) {
        router_free(router);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the routes");
    }
    for (size_t i = 0; i < count; i++) {
        enum result result = face_add(router, faces[i], error);
        if (result != RESULT_OK) {
            router_free(router);
            return result;
        }
    }
    *out = router;
    return RESULT_OK;
}

void router_free(struct router *router)
{
    if (router != NULL) {
        arena_free(router->arena);
        free(router);
    }
}

size_t router_route_count(const struct router *router)
{
    return router->route_count;
}

const struct route *router_route(const struct router *router, size_t number)
{
    assert(number < router->route_count);
    return router->routes[number];
}

static int method_of(const char *method)
{
    for (int i = 0; i < METHOD_COUNT; i++) {
        if (strcmp(method, method_name((enum method)i)) == 0) {
            return i;
        }
    }
    return strcmp(method, "HEAD") == 0 ? METHOD_GET : -1;
}

struct walk {
    const struct slice *segments;
    size_t count;
    struct slice ids[ROUTER_IDS_MAX];
    size_t id_count;
};

static unsigned methods_of(const struct node *node)
{
    unsigned methods = 0;
    for (int i = 0; i < METHOD_COUNT; i++) {
        methods |= node->routes[i] != NULL ? 1u << i : 0;
    }
    return methods;
}

/* Literals win, but a literal branch that leads nowhere falls back to the parameter. Depth is bounded by
   ROUTER_SEGMENTS_MAX. */
static const struct node *node_find(const struct node *node, struct walk *walk, size_t at)
{
    if (at == walk->count) {
        return methods_of(node) != 0 ? node : NULL;
    }
    const struct node *literal = literal_find(node, walk->segments[at]);
    const struct node *found = literal == NULL ? NULL : node_find(literal, walk, at + 1);
    bool fits = walk->segments[at].length > 0 && walk->id_count < ROUTER_IDS_MAX;
    if (found != NULL || node->parameter == NULL || !fits) {
        return found;
    }
    size_t mark = walk->id_count;
    walk->ids[walk->id_count++] = walk->segments[at];
    found = node_find(node->parameter, walk, at + 1);
    if (found == NULL) {
        walk->id_count = mark;
    }
    return found;
}

void router_find(const struct router *router, const char *path, const char *method,
                 struct router_match *out)
{
    *out = (struct router_match){ .face = NULL };
    struct slice segments[ROUTER_SEGMENTS_MAX];
    struct walk walk = { .segments = segments };
    struct slice rest = slice_of(path);
    if (rest.length == 0 || rest.text[0] != '/' || rest.length > ROUTER_PATH_BYTES_MAX) {
        return;
    }
    (void)slice_cut(&rest, '/');
    while (rest.length > 0) {
        if (walk.count == ROUTER_SEGMENTS_MAX) {
            return;
        }
        segments[walk.count++] = slice_cut(&rest, '/');
    }
    const struct node *node = node_find(router->root, &walk, 0);
    if (node == NULL) {
        return;
    }
    int index = method_of(method);
    out->face = node->face;
    out->version = node->version;
    out->methods = methods_of(node);
    out->route = index < 0 ? NULL : node->routes[index];
    out->number = index < 0 ? 0 : node->numbers[index];
    memcpy(out->ids, walk.ids, sizeof(out->ids));
    out->id_count = walk.id_count;
}
