/* Proves that a walk by page numbers is remembered for its caller, its list and its time, and no longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "model/page_walk.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define NOW_US INT64_C(1700000000000000)

static int set_up(void **state)
{
    *state = page_walks_new();
    return *state == NULL;
}

static int tear_down(void **state)
{
    page_walks_free(*state);
    return 0;
}

static void an_edge_is_found_by_its_key_only(void **state)
{
    const struct page_walk_key key = { .caller = 1, .list = 2, .page_number = 3 };
    const struct page_walk_key others[] = { { 9, 2, 3 }, { 1, 9, 3 }, { 1, 2, 9 }, { 2, 1, 3 } };
    char edge[PAGE_WALK_TEXT_BYTES] = "";
    assert_false(page_walk_get(*state, &key, NOW_US, edge));
    page_walk_put(*state, &key, "first", NOW_US);
    page_walk_put(*state, &key, "second", NOW_US);
    assert_true(page_walk_get(*state, &key, NOW_US, edge));
    assert_string_equal(edge, "second");
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(page_walk_get(*state, &others[i], NOW_US, edge));
    }
}

static void an_edge_is_forgotten_after_ten_minutes(void **state)
{
    const struct page_walk_key key = { .caller = 4, .list = 5, .page_number = 6 };
    const int64_t life_us = PAGE_WALK_MINUTES * 60 * US_PER_SECOND;
    char edge[PAGE_WALK_TEXT_BYTES];
    page_walk_put(*state, &key, "edge", NOW_US);
    assert_true(page_walk_get(*state, &key, NOW_US + life_us - 1, edge));
    assert_false(page_walk_get(*state, &key, NOW_US + life_us, edge));
}

static void too_long_an_edge_is_not_kept(void **state)
{
    const struct page_walk_key key = { .caller = 7, .list = 8, .page_number = 9 };
    char text[PAGE_WALK_TEXT_BYTES + 1];
    char edge[PAGE_WALK_TEXT_BYTES];
    memset(text, 'x', sizeof(text));
    text[PAGE_WALK_TEXT_BYTES] = '\0';
    page_walk_put(*state, &key, text, NOW_US);
    assert_false(page_walk_get(*state, &key, NOW_US, edge));
    text[PAGE_WALK_TEXT_BYTES - 1] = '\0';
    page_walk_put(*state, &key, text, NOW_US);
    assert_true(page_walk_get(*state, &key, NOW_US, edge));
    assert_string_equal(edge, text);
}

static void the_oldest_walks_give_way(void **state)
{
    char edge[PAGE_WALK_TEXT_BYTES];
    size_t found = 0;
    for (uint32_t i = 0; i < 3 * PAGE_WALKS_MAX; i++) {
        const struct page_walk_key key = { .caller = i * UINT64_C(77777),
                                           .list = 1,
                                           .page_number = 1 };
        (void)snprintf(edge, sizeof(edge), "%u", i);
        page_walk_put(*state, &key, edge, NOW_US + i);
    }
    for (uint32_t i = 0; i < 3 * PAGE_WALKS_MAX; i++) {
        const struct page_walk_key key = { .caller = i * UINT64_C(77777),
                                           .list = 1,
                                           .page_number = 1 };
        char expected[16];
        (void)snprintf(expected, sizeof(expected), "%u", i);
        if (page_walk_get(*state, &key, NOW_US + 3 * PAGE_WALKS_MAX, edge)) {
            assert_string_equal(edge, expected);
            found++;
            continue;
        }
        assert_true(i < 3 * PAGE_WALKS_MAX - 8);
    }
    assert_true(found > PAGE_WALKS_MAX / 2 && found <= PAGE_WALKS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edge_is_found_by_its_key_only),
        cmocka_unit_test(an_edge_is_forgotten_after_ten_minutes),
        cmocka_unit_test(too_long_an_edge_is_not_kept),
        cmocka_unit_test(the_oldest_walks_give_way),
    };
    page_walks_free(NULL);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
