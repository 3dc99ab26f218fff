/* Proves that a caller has its calls in a window of time, whoever else calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "access/rate.h"
#include "base/time.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { LIMIT = 5, CALLERS = 20000 };

#define NOW_US INT64_C(5000000)

static int set_up(void **state)
{
    *state = rate_new(LIMIT);
    return *state == NULL;
}

static int tear_down(void **state)
{
    rate_free(*state);
    return 0;
}

static void a_window_takes_as_many_calls_as_its_limit(void **state)
{
    const int64_t window_us = RATE_WINDOW_S * US_PER_SECOND;
    uint32_t left = 0;
    uint32_t reset_s = 0;
    assert_int_equal(rate_limit(*state), LIMIT);
    for (uint32_t i = 0; i < LIMIT; i++) {
        assert_true(rate_take(*state, "a", NOW_US, &left, &reset_s));
        assert_int_equal(left, LIMIT - 1 - i);
        assert_int_equal(reset_s, RATE_WINDOW_S);
    }
    assert_false(rate_take(*state, "a", NOW_US + 1, &left, &reset_s));
    assert_int_equal(left, 0);
    assert_int_equal(reset_s, RATE_WINDOW_S);
    assert_false(rate_take(*state, "a", NOW_US + window_us - 1, &left, &reset_s));
    assert_int_equal(reset_s, 1);
    assert_true(rate_take(*state, "a", NOW_US + window_us, &left, &reset_s));
    assert_int_equal(left, LIMIT - 1);
    assert_int_equal(reset_s, RATE_WINDOW_S);
}

static void callers_do_not_share_a_budget(void **state)
{
    uint32_t left = 0;
    uint32_t reset_s = 0;
    for (uint32_t i = 0; i < LIMIT; i++) {
        assert_true(
            rate_take(*state, "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", NOW_US, &left, &reset_s));
    }
    assert_false(
        rate_take(*state, "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", NOW_US, &left, &reset_s));
    assert_true(rate_take(*state, "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c", NOW_US, &left, &reset_s));
    assert_int_equal(left, LIMIT - 1);
}

static void many_callers_each_have_their_own(void **state)
{
    uint32_t left = 0;
    uint32_t reset_s = 0;
    for (uint32_t round = 0; round < LIMIT + 1; round++) {
        for (uint32_t i = 0; i < CALLERS; i++) {
            char caller[24];
            (void)snprintf(caller, sizeof(caller), "caller-%u", i);
            assert_int_equal(rate_take(*state, caller, NOW_US, &left, &reset_s), round < LIMIT);
        }
    }
}

static void more_callers_than_places_are_still_served(void **state)
{
    uint32_t left = 0;
    uint32_t reset_s = 0;
    for (uint32_t i = 0; i < 2 * RATE_CALLERS_MAX; i++) {
        char caller[24];
        (void)snprintf(caller, sizeof(caller), "c%u", i);
        assert_true(rate_take(*state, caller, NOW_US + i, &left, &reset_s));
    }
}

static void limit_zero_is_none(void **state)
{
    (void)state;
    struct rate *rate = rate_new(0);
    uint32_t left = 7;
    uint32_t reset_s = 0;
    for (int i = 0; i < 100; i++) {
        assert_true(rate_take(rate, "a", NOW_US, &left, &reset_s));
    }
    assert_int_equal(left, 0);
    rate_free(rate);
    rate_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_window_takes_as_many_calls_as_its_limit),
        TEST(callers_do_not_share_a_budget),
        TEST(many_callers_each_have_their_own),
        TEST(more_callers_than_places_are_still_served),
        TEST(limit_zero_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
