/* For tests: calls an operation by its name in a route table, the way the dispatcher does, on a store of its own. */
#ifndef ACCESS_TEST_CALL_H
#define ACCESS_TEST_CALL_H

#include "access/principal.h"
#include "base/arena.h"
#include "json/read.h"
#include "model/body.h"
#include "model/operation.h"
#include "store/migrate.h"
#include "store/test_place.h"

enum { TEST_ARENA_BYTES = 256 * 1024 * 1024, TEST_AT_ONCE_MAX = 10, TEST_PAIRS_MAX = 16 };
#define TEST_NOW_US INT64_C(1700000000123456)

struct test_api {
    struct test_place *place;
    struct arena *arena;
    struct error error;
    struct faults faults;
    struct rules rules;
    struct principal principal;
    struct ctx ctx;
    struct reply reply;
    const struct route *routes;
    size_t route_count;
    const char *if_none_match, *correlation_id; /* headers of the next calls */
};

static struct test_api *test_header_of; /* the headers of a call carry no context of their own */

static inline struct slice test_header(const struct call *call, const char *name)
{
    (void)call;
    if (strcmp(name, "x-correlation-id") == 0) {
        return slice_of(test_header_of->correlation_id);
    }
    return strcmp(name, "If-None-Match") == 0 ? slice_of(test_header_of->if_none_match)
                                              : (struct slice){ 0 };
}

/* Ends the test with a line that says why. */
#define test_stop(...)             \
    do {                           \
        print_error(__VA_ARGS__);  \
        print_error("\n");         \
        _fail(__FILE__, __LINE__); \
    } while (0)

static inline void test_fresh(struct test_api *api)
{
    api->error.text[0] = '\0';
    api->error.field = NULL;
    faults_init(&api->faults, api->arena);
    api->ctx.wakes = NULL;
    api->ctx.prepared = NULL;
}

static inline void test_open(struct test_api *api, struct test_place *place,
                             const struct route *routes, size_t count)
{
    memset(api, 0, sizeof(*api));
    api->place = place;
    api->routes = routes;
    api->route_count = count;
    api->arena = arena_new(TEST_ARENA_BYTES);
    assert_non_null(api->arena);
    api->rules.bulk_at_once_max = TEST_AT_ONCE_MAX;
    api->rules.command_life_us = 7 * US_PER_DAY;
    api->rules.disconnected_after_us = 900 * US_PER_SECOND;
    api->principal.kind = PRINCIPAL_API_ACCOUNT;
    for (size_t i = 0; i < AREA_COUNT; i++) {
        api->principal.levels[i] = LEVEL_FULL;
    }
    (void)snprintf(api->principal.name, sizeof(api->principal.name), "connector");
    (void)snprintf(api->principal.id, sizeof(api->principal.id),
                   "11111111-1111-1111-1111-111111111111");
    api->ctx = (struct ctx){
        .arena = api->arena,
        .session = place->writer,
        .now_us = TEST_NOW_US,
        .rules = &api->rules,
        .principal = &api->principal,
        .error = &api->error,
        .faults = &api->faults,
        .version = API_V3,
        .request_id = "test",
    };
    reply_init(&api->reply);
    test_fresh(api);
    test_place_ok(store_migrate(place->store, &api->error), &api->error);
}

static inline void test_close(struct test_api *api)
{
    reply_done(&api->reply);
    arena_free(api->arena);
}

static inline void test_begin(struct test_api *api)
{
    test_fresh(api);
    test_place_ok(session_begin(api->place->writer, &api->error), &api->error);
}

static inline void test_commit(struct test_api *api)
{
    test_place_ok(session_commit(api->place->writer, &api->error), &api->error);
}

static inline const struct route *test_route(struct test_api *api, const char *id)
{
    for (size_t i = 0; i < api->route_count; i++) {
        if (strcmp(api->routes[i].id, id) == 0) {
            return &api->routes[i];
        }
    }
    test_stop("no route %s", id);
    return NULL;
}

static inline enum result test_finish(struct test_api *api, struct call *call)
{
    const struct route *route = call->route;
    call->header = test_header;
    test_header_of = api;
    if (api->faults.count > 0) {
        return RESULT_INVALID;
    }
    if (route->prepare != NULL) {
        enum result prepared = route->prepare(&api->ctx, call, &api->reply);
        if (prepared != RESULT_OK) {
            return prepared;
        }
    }
    bool writes = route->work == WORK_WRITE;
    if (writes) {
        test_place_ok(session_begin(api->place->writer, &api->error), &api->error);
    }
    api->ctx.audited = false;
    enum result result = route->run(&api->ctx, call, &api->reply);
    if (result == RESULT_OK && route_is_audited(route) && !api->ctx.audited) {
        test_stop("%s left no audit", route->id);
    }
    if (writes && result == RESULT_OK) {
        test_commit(api);
    } else if (writes) {
        session_rollback(api->place->writer);
    }
    return result;
}

static inline void test_begin_call(struct test_api *api, struct call *call, const char *id,
                                   const char *path_id)
{
    reply_done(&api->reply);
    reply_init(&api->reply);
    test_fresh(api);
    *call = (struct call){ .route = test_route(api, id), .path = "", .raw_file = -1 };
    if (path_id != NULL) {
        call->ids[0] = slice_of(path_id);
        call->id_count = 1;
    }
}

/* `body` is JSON text, or NULL for a call without a body. */
static inline enum result test_json(struct test_api *api, const char *id, const char *path_id,
                                    const char *body)
{
    struct call call;
    test_begin_call(api, &call, id, path_id);
    if (body != NULL) {
        test_place_ok(
            json_parse(api->arena, slice_of(body), &json_limits_usual, &call.body, &api->error),
            &api->error);
    }
    if (call.route->body != NULL) {
        body_check(call.route->body, api->ctx.version, call.body, &api->faults);
    }
    return test_finish(api, &call);
}

static inline enum result test_form(struct test_api *api, const char *id, const char *path_id,
                                    const struct form_field *fields, size_t count)
{
    struct call call;
    const struct form_fields form = { fields, count };
    test_begin_call(api, &call, id, path_id);
    call.form = &form;
    body_check_form(call.route->body, api->ctx.version, &form, &api->faults);
    return test_finish(api, &call);
}

/* `query` is "name=value&name=value", without escapes. */
static inline enum result test_list(struct test_api *api, const char *id, const char *query)
{
    struct call call;
    struct list list;
    struct query_pair pairs[TEST_PAIRS_MAX];
    size_t count = 0;
    const char *const *unknown = NULL;
    test_begin_call(api, &call, id, NULL);
    for (struct slice rest = slice_of(query); rest.length > 0; count++) {
        struct slice pair = slice_cut(&rest, '&');
        pairs[count].name = slice_cut(&pair, '=');
        pairs[count].value = pair;
    }
    list_parse(api->arena, call.route->resource, api->ctx.version, pairs, count, &list,
               &api->faults, &unknown);
    if (unknown != NULL && unknown[0] != NULL) {
        test_stop("unknown parameter %s", unknown[0]);
    }
    call.list = &list;
    return test_finish(api, &call);
}

static inline void test_is(struct test_api *api, enum result got, enum result wanted)
{
    if (got != wanted) {
        test_stop("%s instead of %s: %s%s", result_name(got), result_name(wanted), api->error.text,
                  api->faults.count > 0 ? api->faults.items[0].text : "");
    }
}

static inline const char *test_body(struct test_api *api)
{
    return api->reply.body.bytes == NULL ? "" : api->reply.body.bytes;
}

static inline void test_says(struct test_api *api, const char *text)
{
    if (strstr(test_body(api), text) == NULL) {
        test_stop("no %s in %s", text, test_body(api));
    }
}

/* Value of a header of the reply, or NULL. */
static inline const char *test_reply_header(struct test_api *api, const char *name)
{
    for (size_t i = 0; i < api->reply.header_count; i++) {
        if (strcmp(api->reply.headers[i].name, name) == 0) {
            return api->reply.headers[i].value;
        }
    }
    return NULL;
}

/* The id that a reply carries as a JSON string, in the arena. */
static inline const char *test_reply_id(struct test_api *api)
{
    struct slice body = buffer_slice(&api->reply.body);
    assert_int_equal(body.length, 38);
    return arena_strndup(api->arena, body.text + 1, 36);
}

static inline int64_t test_number(struct test_api *api, const char *sql, const char *value)
{
    int64_t number = 0;
    struct error error = { 0 };
    test_place_ok(
        store_int(api->place->writer, &number, &error, sql, value == NULL ? "" : "t", value),
        &error);
    return number;
}

static inline void test_sql(struct test_api *api, const char *sql)
{
    struct error error = { 0 };
    test_place_ok(session_run_script(api->place->writer, sql, &error), &error);
}

#endif
