/* Proves that the list of sibling apps is replaced whole, kept as sent, and bounded. */
#include "access/test_call.h"
#include "resource/app_switcher/app_switcher.h"

#define ORGANISATION "22222222-2222-4222-8222-222222222222"

static struct test_api api;

static enum result post(const char *members)
{
    return test_json(
        &api, "AppSwitcher_Connector", NULL,
        arena_printf(api.arena, "{\"organizationId\":\"" ORGANISATION "\"%s}", members));
}

static int64_t stored(void)
{
    return test_number(&api, "SELECT COALESCE(SUM(connector_count), 0) FROM app_connector", NULL);
}

static void the_list_is_replaced_and_unknown_members_are_kept(void **state)
{
    test_open(&api, test_place(state), app_switcher_routes, app_switcher_route_count);
    for (int i = 0; i < 2; i++) {
        test_is(
            &api,
            post(
                ",\"connectorList\":[{\"id\":\"a\",\"colour\":[1,{\"x\":null}]},{\"name\":\"B\"}]"),
            RESULT_OK);
        test_says(&api, "{\"organizationId\":\"" ORGANISATION "\",\"count\":2}");
        assert_int_equal(stored(), 2);
    }
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM app_connector WHERE connectors ="
                                 " '[{\"id\":\"a\",\"colour\":[1,{\"x\":null}]},{\"name\":\"B\"}]'",
                                 NULL),
                     1);
    test_is(&api, post(",\"connectorList\":[{\"enabled\":true}]"), RESULT_OK);
    assert_int_equal(stored(), 1);
    test_close(&api);
}

static void null_empty_and_absent_clear_it(void **state)
{
    test_open(&api, test_place(state), app_switcher_routes, app_switcher_route_count);
    static const char *const rows[] = { ",\"connectorList\":null", ",\"connectorList\":[]", "" };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        test_is(&api, post(",\"connectorList\":[{\"id\":\"a\"}]"), RESULT_OK);
        test_is(&api, post(rows[i]), RESULT_OK);
        test_says(&api, "\"count\":0");
        assert_int_equal(stored(), 0);
    }
    test_close(&api);
}

static void malformed_lists_are_refused(void **state)
{
    test_open(&api, test_place(state), app_switcher_routes, app_switcher_route_count);
    struct buffer list;
    test_is(&api, post(",\"connectorList\":7"), RESULT_INVALID);
    test_is(&api, post(",\"connectorList\":[7]"), RESULT_INVALID);
    test_is(&api, post(",\"connectorList\":[{\"enabled\":\"yes\"}]"), RESULT_INVALID);
    test_is(&api, test_json(&api, "AppSwitcher_Connector", NULL, "{}"), RESULT_INVALID);
    test_is(&api, test_json(&api, "AppSwitcher_Connector", NULL, NULL), RESULT_INVALID);
    buffer_init(&list, 64 * 1024);
    buffer_text(&list, ",\"connectorList\":[{}");
    for (int i = 1; i < APP_CONNECTORS_MAX; i++) {
        buffer_text(&list, ",{}");
    }
    test_is(&api, post(arena_printf(api.arena, "%s]", list.bytes)), RESULT_OK);
    test_is(&api, post(arena_printf(api.arena, "%s,{}]", list.bytes)), RESULT_INVALID);
    assert_int_equal(stored(), APP_CONNECTORS_MAX);
    buffer_done(&list);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(the_list_is_replaced_and_unknown_members_are_kept),
        TEST_ON_SERVERS(null_empty_and_absent_clear_it),
        TEST_ON_SERVERS(malformed_lists_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
