/* Pages that repeat a row: each begins with the last row of the one before, and none gets longer but the last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sandbox/rows.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static struct row_memory memory;
static struct buffer body;

static int set_up(void **state)
{
    (void)state;
    buffer_init(&body, 1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    row_memory_reset(&memory);
    buffer_done(&body);
    return 0;
}

static const char *passed(const char *key, enum rows_wish wish, const char *text)
{
    buffer_reset(&body);
    buffer_text(&body, text);
    rows_pass(&memory, key, wish, &body);
    return body.bytes;
}

#define PAGE(number, rows)    \
    "{\"pageNumber\":" number \
    ",\"pageSize\":2,\"totalRecordCount\":5,\"pageCount\":3,\"data\":[" rows "]}"

static void each_page_begins_with_the_last_row_of_the_one_before(void **state)
{
    (void)state;
    static const char first[] = PAGE("1", "{\"a\":\"x]}\"},{\"a\":[2]}");
    assert_string_equal(passed("k", ROWS_REPEAT, first), first);
    assert_string_equal(passed("k", ROWS_REPEAT, PAGE("2", "{\"a\":3},{\"a\":\"\\\"{\"}")),
                        PAGE("2", "{\"a\":[2]},{\"a\":3}"));
    assert_string_equal(passed("k", ROWS_REPEAT, PAGE("3", "{\"a\":5}")),
                        PAGE("3", "{\"a\":\"\\\"{\"},{\"a\":5}"));
}

static void only_the_page_before_of_the_same_list_counts(void **state)
{
    (void)state;
    (void)passed("k", ROWS_REMEMBER, PAGE("1", "{\"a\":1},{\"a\":2}"));
    assert_string_equal(passed("other", ROWS_REPEAT, PAGE("2", "{\"a\":3}")),
                        PAGE("2", "{\"a\":3}"));
    assert_string_equal(passed("k", ROWS_REMEMBER, PAGE("1", "{\"a\":1},{\"a\":2}")),
                        PAGE("1", "{\"a\":1},{\"a\":2}"));
    assert_string_equal(passed("k", ROWS_REPEAT, PAGE("3", "{\"a\":5}")), PAGE("3", "{\"a\":5}"));
}

static void what_is_no_page_stays(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"data\":[{}]}",
        PAGE("2", ""),
        "{\"pageNumber\":2,\"pageCount\":3,\"data\":[{\"a\":1}",
        "{\"pageNumber\":2,\"pageCount\":3,\"data\":[{\"a\":\"",
        "{\"pageNumber\":x,\"pageCount\":3,\"data\":[{\"a\":1}]}",
    };
    (void)passed("k", ROWS_REMEMBER, PAGE("1", "{\"a\":1}"));
    for (size_t i = 1; i < COUNT_OF(texts); i++) {
        assert_string_equal(passed("k", ROWS_REPEAT, texts[i]), texts[i]);
    }
}

static void more_walks_than_are_remembered_are_forgotten(void **state)
{
    (void)state;
    char key[16] = "k0";
    (void)passed(key, ROWS_REMEMBER, PAGE("1", "{\"a\":1}"));
    for (int i = 0; i < WALKS_MAX; i++) {
        key[0] = (char)('A' + i / 8);
        key[1] = (char)('A' + i % 8);
        (void)passed(key, ROWS_REMEMBER, PAGE("1", "{\"a\":1}"));
    }
    assert_string_equal(passed("k0", ROWS_REPEAT, PAGE("2", "{\"a\":3}")), PAGE("2", "{\"a\":3}"));
    assert_string_equal(passed(key, ROWS_REPEAT, PAGE("3", "{\"a\":3}")), PAGE("3", "{\"a\":3}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_page_begins_with_the_last_row_of_the_one_before,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_page_before_of_the_same_list_counts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_page_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_walks_than_are_remembered_are_forgotten, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
