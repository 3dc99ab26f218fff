/* Proves which documents a filter lets through, and which filters are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "json/read.h"
#include "notify/delivery_filter.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 1024 * 1024 };

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(ARENA_BYTES);
    return arena == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct json *parsed(const char *text)
{
    struct error error = { 0 };
    const struct json *json = NULL;
    assert_int_equal(json_parse(arena, slice_of(text), &json_limits_usual, &json, &error),
                     RESULT_OK);
    return json;
}

static void conditions_look_at_members(void **state)
{
    static const char document[] =
        "{\"event\": {\"code\": \"601\", \"type\": [\"start\", \"allowed\"], \"risk\": 7},"
        " \"user\": {\"name\": \"Ann\", \"admin\": true}, \"tags\": [{\"name\": \"a\"}, {\"name\": \"b\"}]}";
    static const struct {
        const char *filter;
        bool fits;
    } rows[] = {
        { "null", true },
        { "[]", true },
        { "[{\"path\": \"event.code\", \"any\": [\"100\", \"601\"]}]", true },
        { "[{\"path\": \"event.code\", \"any\": [\"6*\"]}]", true },
        { "[{\"path\": \"event.code\", \"any\": [\"60\", \"6011\", \"7*\"]}]", false },
        { "[{\"path\": \"event.code\", \"any\": [\"*\"]}]", true },
        { "[{\"path\": \"event.none\", \"any\": [\"*\"]}]", false },
        { "[{\"path\": \"event.none\", \"any\": [\"*\"], \"not\": true}]", true },
        { "[{\"path\": \"event.type\", \"any\": [\"Allowed\"]}]", true },
        { "[{\"path\": \"event.risk\", \"any\": [\"7\"]}]", true },
        { "[{\"path\": \"user.admin\", \"any\": [\"true\"]}]", true },
        { "[{\"path\": \"user\", \"any\": [\"*\"]}]", false },
        { "[{\"path\": \"tags.name\", \"any\": [\"b\"]}]", true },
        { "[{\"path\": \"user.name\", \"any\": [\"ANN\"], \"not\": true}]", false },
        { "[{\"path\": \"user.name\", \"any\": [\"ann\"]}, {\"path\": \"event.code\", \"any\": [\"1\"]}]",
          false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error error = { 0 };
        const struct json *filter = parsed(rows[i].filter);
        assert_int_equal(delivery_filter_check(filter, &error), RESULT_OK);
        filter = filter->type == JSON_NULL ? NULL : filter;
        if (delivery_filter_fits(filter, parsed(document)) != rows[i].fits) {
            print_error("%s\n", rows[i].filter);
            _fail(__FILE__, __LINE__);
        }
    }
}

static void what_is_no_filter_is_refused(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[1]",
        "[{}]",
        "[{\"path\": \"a\"}]",
        "[{\"any\": [\"a\"]}]",
        "[{\"path\": \"\", \"any\": [\"a\"]}]",
        "[{\"path\": \"a..b\", \"any\": [\"a\"]}]",
        "[{\"path\": \".a\", \"any\": [\"a\"]}]",
        "[{\"path\": \"a.\", \"any\": [\"a\"]}]",
        "[{\"path\": \"a.b.c.d.e.f.g.h.i\", \"any\": [\"a\"]}]",
        "[{\"path\": \"a\", \"any\": []}]",
        "[{\"path\": \"a\", \"any\": [1]}]",
        "[{\"path\": \"a\", \"any\": \"a\"}]",
        "[{\"path\": \"a\", \"any\": [\"a\"], \"not\": \"yes\"}]",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct error error = { 0 };
        assert_int_equal(delivery_filter_check(parsed(texts[i]), &error), RESULT_INVALID);
        assert_string_equal(error.field, "filter");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(conditions_look_at_members, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_filter_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
