/* Proves which route a path leads to, what is no path of ours, and that tables which clash are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "api/router.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static const char *const aliases[] = { "Machines", "Machines/All", NULL };

static const struct route routes[] = {
    { .method = METHOD_GET, .path = "Computers", .id = "list", .aliases = aliases },
    { .method = METHOD_POST, .path = "Computers", .id = "create" },
    { .method = METHOD_GET, .path = "Computers/{id}", .id = "get" },
    { .method = METHOD_DELETE, .path = "Computers/{id}", .id = "delete" },
    { .method = METHOD_POST, .path = "Computers/Archive", .id = "archive-many" },
    { .method = METHOD_POST, .path = "Computers/{id}/Archive", .id = "archive" },
    { .method = METHOD_GET, .path = "Computers/{id}/Logs/{logId}", .id = "log" },
    { .method = METHOD_GET, .path = "Computers/Archive/Now", .id = "now" },
    { .method = METHOD_GET, .path = "Old", .id = "old", .versions = API_V1 },
    { .method = METHOD_PUT, .path = "A/{a}/B/{b}/C/{c}/D/{d}", .id = "deep" },
};
static const size_t route_count = sizeof(routes) / sizeof(routes[0]);
static const struct route_table tables[] = { { routes, &route_count } };
static const struct face management = { .name = "management",
                                        .prefix = "/management-api/{version}/",
                                        .versions = API_ALL,
                                        .tables = tables,
                                        .table_count = 1 };

static const struct route agent_routes[] = {
    { .method = METHOD_POST, .path = "check-in", .id = "in" }
};
static const size_t agent_count = 1;
static const struct route_table agent_tables[] = { { agent_routes, &agent_count } };
static const struct face agent = {
    .name = "agent", .prefix = "/agent/v1/", .tables = agent_tables, .table_count = 1
};

static const struct face *const faces[] = { &management, &agent };

static int set_up(void **state)
{
    struct router *router = NULL;
    struct error error = { 0 };
    enum result result = router_new(faces, 2, &router, &error);
    *state = router;
    return result != RESULT_OK;
}

static int tear_down(void **state)
{
    router_free(*state);
    return 0;
}

static struct router_match leads(const struct router *router, const char *method, const char *path,
                                 const char *id)
{
    struct router_match match;
    router_find(router, path, method, &match);
    if (match.route == NULL || strcmp(match.route->id, id) != 0) {
        print_error("%s %s does not lead to %s\n", method, path, id);
    }
    assert_non_null(match.face);
    assert_non_null(match.route);
    assert_string_equal(match.route->id, id);
    assert_ptr_equal(router_route(router, match.number), match.route);
    return match;
}

static void leads_nowhere(const struct router *router, const char *path)
{
    struct router_match match;
    router_find(router, path, "GET", &match);
    assert_null(match.face);
    assert_null(match.route);
    assert_int_equal(match.methods, 0);
}

static void paths_lead_to_their_routes(void **state)
{
    assert_int_equal(leads(*state, "GET", "/management-api/v3/Computers", "list").version, API_V3);
    assert_int_equal(leads(*state, "GET", "/management-api/v1/Computers", "list").version, API_V1);
    (void)leads(*state, "POST", "/management-api/v2/Computers", "create");
    (void)leads(*state, "HEAD", "/management-api/v2/Computers", "list");
    struct router_match match = leads(*state, "POST", "/agent/v1/check-in", "in");
    assert_ptr_equal(match.face, &agent);
    assert_int_equal(match.version, 0);
    assert_int_equal(router_route_count(*state), route_count + 1);
}

static void letters_in_any_case_and_a_slash_behind_do_not_matter(void **state)
{
    (void)leads(*state, "GET", "/MANAGEMENT-API/V3/computers/", "list");
    (void)leads(*state, "GET", "/management-api/v3/MACHINES", "list");
    (void)leads(*state, "GET", "/management-api/v3/machines/all", "list");
}

static void ids_are_given_as_sent(void **state)
{
    struct router_match match = leads(*state, "GET", "/management-api/v3/Computers/AbC", "get");
    assert_int_equal(match.id_count, 1);
    assert_true(slice_is(match.ids[0], "AbC"));
    match = leads(*state, "GET", "/management-api/v3/Computers/1/logs/2", "log");
    assert_int_equal(match.id_count, 2);
    assert_true(slice_is(match.ids[1], "2"));
    match = leads(*state, "PUT", "/management-api/v3/a/1/b/2/c/3/d/4", "deep");
    assert_int_equal(match.id_count, ROUTER_IDS_MAX);
    assert_true(slice_is(match.ids[3], "4"));
}

static void literals_win_but_fall_back_to_ids(void **state)
{
    (void)leads(*state, "POST", "/management-api/v3/Computers/archive", "archive-many");
    (void)leads(*state, "GET", "/management-api/v3/Computers/Archive/Now", "now");
    struct router_match match =
        leads(*state, "POST", "/management-api/v3/Computers/Archive/Archive", "archive");
    assert_int_equal(match.id_count, 1);
    assert_true(slice_is(match.ids[0], "Archive"));
}

static void an_unknown_method_names_those_that_are_known(void **state)
{
    struct router_match match;
    router_find(*state, "/management-api/v3/Computers/1", "POST", &match);
    assert_ptr_equal(match.face, &management);
    assert_null(match.route);
    assert_int_equal(match.methods, (1u << METHOD_GET) | (1u << METHOD_DELETE));
    router_find(*state, "/management-api/v3/Computers/1", "BREW", &match);
    assert_null(match.route);
    assert_int_equal(match.methods, (1u << METHOD_GET) | (1u << METHOD_DELETE));
    router_find(*state, "/management-api/v3/Computers", "get", &match);
    assert_null(match.route);
}

static void other_paths_lead_nowhere(void **state)
{
    static const char *const paths[] = {
        "",
        "/",
        "//",
        "management-api/v3/Computers",
        "/management-api",
        "/management-api/v3",
        "/management-api/v4/Computers",
        "/management-api/v3/Computer",
        "/management-api/v3/Computers2",
        "/management-api/v3/Computers//",
        "/management-api/v3/Computers//Archive",
        "/management-api//v3/Computers",
        "/management-api/v3/Computers/1/Logs",
        "/management-api/v2/Old",
        "/agent/v2/check-in",
        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p",
        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q",
    };
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        leads_nowhere(*state, paths[i]);
    }
    (void)leads(*state, "GET", "/management-api/v1/Old", "old");
    char path[ROUTER_PATH_BYTES_MAX + 2] = "/management-api/v3/Computers/";
    memset(path + strlen(path), 'x', ROUTER_PATH_BYTES_MAX - strlen(path));
    (void)leads(*state, "GET", path, "get");
    path[ROUTER_PATH_BYTES_MAX] = 'x';
    leads_nowhere(*state, path);
}

static void tables_that_clash_are_refused(void **state)
{
    (void)state;
    static const struct route clashing[] = {
        { .method = METHOD_GET, .path = "Things/{id}", .id = "one" },
        { .method = METHOD_GET, .path = "things/{thingId}", .id = "two" },
    };
    static const size_t count = 2;
    static const struct route_table clashing_tables[] = { { clashing, &count } };
    static const struct face face = {
        .name = "x", .prefix = "/x/", .tables = clashing_tables, .table_count = 1
    };
    static const struct face *const one[] = { &face };
    struct router *router = NULL;
    struct error error = { 0 };
    assert_int_equal(router_new(one, 1, &router, &error), RESULT_CONFLICT);
    assert_non_null(strstr(error.text, "one"));
    assert_non_null(strstr(error.text, "two"));
    assert_null(router);
    router_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_to_their_routes),
        cmocka_unit_test(letters_in_any_case_and_a_slash_behind_do_not_matter),
        cmocka_unit_test(ids_are_given_as_sent),
        cmocka_unit_test(literals_win_but_fall_back_to_ids),
        cmocka_unit_test(an_unknown_method_names_those_that_are_known),
        cmocka_unit_test(other_paths_lead_nowhere),
        cmocka_unit_test(tables_that_clash_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
