/* Proves that a cursor leads back to its place, and that a foreign or damaged one is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "model/list_sql.h"
#include "model/test_things.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 16 * 1024 * 1024 };

static int set_up(void **state)
{
    *state = arena_new(ARENA_BYTES);
    return *state == NULL;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

/* Sorted by host and size, with a filter. */
static struct list make_list(void)
{
    struct list list = {
        .resource = &things, .version = API_V3, .page_number = 1, .page_size = 10
    };
    list.sorts[0] = (struct list_sort){ .field = &thing_fields[1] };
    list.sorts[1] = (struct list_sort){ .field = &thing_fields[2], .descending = true };
    list.sort_count = 2;
    list.conditions[0] =
        (struct list_condition){ .filter = &thing_filters[0], .text = SLICE("pc") };
    list.condition_count = 1;
    return list;
}

static struct edge make_edge(void)
{
    return (struct edge){ .values = { { .is_text = true, .text = SLICE("h\xC3\xA4;:st") },
                                      { .number = INT64_MIN },
                                      { .is_text = true, .text = SLICE("") } },
                          .count = 3 };
}

static void an_edge_comes_back_as_it_was(void **state)
{
    struct list list = make_list();
    struct edge edge = make_edge();
    for (int backward = 0; backward < 2; backward++) {
        struct edge again;
        bool direction = backward == 0;
        char *text = edge_write(*state, &list, &edge, backward == 1);
        assert_non_null(text);
        assert_true(edge_read(*state, &list, slice_of(text), &again, &direction));
        assert_int_equal(direction, backward == 1);
        assert_int_equal(again.count, 3);
        assert_true(slice_equal(again.values[0].text, edge.values[0].text));
        assert_true(again.values[1].number == INT64_MIN);
        assert_false(again.values[1].is_text);
        assert_int_equal(again.values[2].text.length, 0);
    }
}

static void a_cursor_of_another_list_is_refused(void **state)
{
    struct list list = make_list();
    struct edge edge = make_edge();
    struct edge again;
    bool backward = false;
    char *text = edge_write(*state, &list, &edge, false);
    list.page_size = 500; /* another page size goes on in the same order */
    assert_true(edge_read(*state, &list, slice_of(text), &again, &backward));
    list.conditions[0].text = SLICE("PD");
    assert_false(edge_read(*state, &list, slice_of(text), &again, &backward));
    list = make_list();
    list.condition_count = 0;
    assert_false(edge_read(*state, &list, slice_of(text), &again, &backward));
    list = make_list();
    list.sorts[1].descending = false;
    assert_false(edge_read(*state, &list, slice_of(text), &again, &backward));
    list = make_list();
    list.sort_count = 1;
    assert_false(edge_read(*state, &list, slice_of(text), &again, &backward));
}

static void a_damaged_cursor_is_refused(void **state)
{
    struct list list = make_list();
    struct edge edge = make_edge();
    struct edge again;
    bool backward = false;
    char *text = edge_write(*state, &list, &edge, false);
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        assert_false(edge_read(*state, &list, (struct slice){ text, i }, &again, &backward));
    }
    struct slice plain;
    assert_true(base64_decode(*state, slice_of(text), &plain));
    static const char *const tails[] = {
        "",
        "t1:xi5;t0:y",
        "t2:xi5;t0:",
        "t-1:xi5;t0:",
        "t1:xi5;",
        "i1;i5;t0:",
        "t1:xi;t0:",
        "t1:\xFFi5;t0:",
        "t99999999999999999999:xi5;t0:",
        "t1:xi9223372036854775808;t0:",
        "t",
    };
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        struct buffer made;
        buffer_init(&made, 1024);
        buffer_add(&made, plain.text, 18);
        buffer_text(&made, tails[i]);
        char *packed = base64url_encode(*state, made.bytes, made.length);
        assert_false(edge_read(*state, &list, slice_of(packed), &again, &backward));
        buffer_done(&made);
    }
    assert_false(edge_read(*state, &list, SLICE("not base64!"), &again, &backward));
    assert_false(edge_read(*state, &list, slice_of(NULL), &again, &backward));
}

static void an_edge_that_is_too_long_makes_no_cursor(void **state)
{
    struct list list = make_list();
    struct edge edge = make_edge();
    char text[EDGE_TEXT_BYTES_MAX + 1];
    memset(text, 'x', sizeof(text));
    edge.values[0].text = (struct slice){ text, sizeof(text) };
    assert_null(edge_write(*state, &list, &edge, false));
    edge.values[0].text.length = 1500;
    char *cursor = edge_write(*state, &list, &edge, false);
    struct edge again;
    bool backward = true;
    assert_non_null(cursor);
    assert_true(edge_read(*state, &list, slice_of(cursor), &again, &backward));
    assert_int_equal(again.values[0].text.length, 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edge_comes_back_as_it_was),
        cmocka_unit_test(a_cursor_of_another_list_is_refused),
        cmocka_unit_test(a_damaged_cursor_is_refused),
        cmocka_unit_test(an_edge_that_is_too_long_makes_no_cursor),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
