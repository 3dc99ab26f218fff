/* Proves that moments are written in the four forms and read from every usual spelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define MOMENT_US INT64_C(1695497489979702) /* 2023-09-23T19:31:29.979702Z */

static void assert_written(int64_t moment_us, enum time_form form, const char *text)
{
    char out[TIME_TEXT_BYTES];
    size_t length = time_format(moment_us, form, out);
    assert_string_equal(out, text);
    assert_int_equal(length, slice_of(text).length);
}

static void moments_are_written_in_four_forms(void **state)
{
    (void)state;
    assert_written(MOMENT_US, TIME_ZONED, "2023-09-23T19:31:29.9797020+00:00");
    assert_written(MOMENT_US, TIME_BARE, "2023-09-23T19:31:29.979702");
    assert_written(MOMENT_US, TIME_ZULU, "2023-09-23T19:31:29.979Z");
    assert_written(MOMENT_US, TIME_PLAIN, "2023-09-23T19:31:29.9797020");
    assert_written(0, TIME_ZONED, "1970-01-01T00:00:00.0000000+00:00");
    assert_written(0, TIME_BARE, "1970-01-01T00:00:00");
    assert_written(0, TIME_ZULU, "1970-01-01T00:00:00.000Z");
    assert_written(500000, TIME_BARE, "1970-01-01T00:00:00.5");
    assert_written(-1, TIME_BARE, "1969-12-31T23:59:59.999999");
    assert_written(INT64_C(951782400) * US_PER_SECOND, TIME_BARE, "2000-02-29T00:00:00");
}

static void years_outside_1_to_9999_are_clamped(void **state)
{
    (void)state;
    assert_written(INT64_MIN, TIME_BARE, "0001-01-01T00:00:00");
    assert_written(INT64_MAX, TIME_BARE, "9999-12-31T23:59:59.999999");
}

static void a_month_later_is_the_same_day_or_the_last_one(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int months;
        const char *to;
    } rows[] = {
        { "2023-01-15 10:00:00", 0, "2023-01-15 10:00:00" },
        { "2023-01-31 10:00:00", 1, "2023-02-28 10:00:00" },
        { "2024-01-31 23:59:59.5", 1, "2024-02-29 23:59:59.5" },
        { "2023-11-30", 3, "2024-02-29" },
        { "2023-12-05", 12, "2024-12-05" },
        { "1969-12-31 01:00:00", 2, "1970-02-28 01:00:00" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t from = 0;
        int64_t to = 0;
        assert_true(time_parse(slice_of(rows[i].from), &from, NULL));
        assert_true(time_parse(slice_of(rows[i].to), &to, NULL));
        assert_true(time_add_months(from, rows[i].months) == to);
    }
}

static void every_usual_spelling_is_read(void **state)
{
    (void)state;
    const int64_t day = INT64_C(1608768000) * US_PER_SECOND; /* 2020-12-24 */
    const int64_t second = day + INT64_C(68987) * US_PER_SECOND;
    const int64_t hour = INT64_C(3600) * US_PER_SECOND;
    const struct {
        const char *text;
        int64_t moment, precision;
    } rows[] = {
        { "2020-12-24", day, US_PER_DAY },
        { " 2020-12-24 ", day, US_PER_DAY },
        { "2020-12-24 19:09:47", second, US_PER_SECOND },
        { "2020-12-24T19:09:47", second, US_PER_SECOND },
        { "2020-12-24t19:09:47z", second, US_PER_SECOND },
        { "2020-12-24T19:09:47Z", second, US_PER_SECOND },
        { "2020-12-24T19:09:47.1", second + 100000, 1 },
        { "2020-12-24T19:09:47.123456789Z", second + 123456, 1 },
        { "2020-12-24 19:09:47.123456 +00:00", second + 123456, 1 },
        { "2020-12-24T19:09:47+01:00", second - hour, US_PER_SECOND },
        { "2020-12-24T19:09:47 01:00", second - hour, US_PER_SECOND },
        { "2020-12-24T19:09:47  01:00", second - hour, US_PER_SECOND },
        { "2020-12-24T19:09:47-0100", second + hour, US_PER_SECOND },
        { "2020-12-24T19:09:47+14:00", second - 14 * hour, US_PER_SECOND },
        { "1970-01-01", 0, US_PER_DAY },
        { "2000-02-29", INT64_C(951782400) * US_PER_SECOND, US_PER_DAY },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t moment = -1;
        int64_t precision = -1;
        assert_true(time_parse(slice_of(rows[i].text), &moment, &precision));
        assert_true(moment == rows[i].moment);
        assert_true(precision == rows[i].precision);
        assert_true(time_parse(slice_of(rows[i].text), &moment, NULL));
    }
}

static void what_is_no_moment_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "x",
        "2020",
        "2020-12",
        "2020-13-01",
        "2020-00-01",
        "2020-01-00",
        "2020-02-30",
        "2019-02-29",
        "1900-02-29",
        "0000-01-01",
        "20-12-24",
        "2020-12-24T",
        "2020-12-24T19",
        "2020-12-24T24:00:00",
        "2020-12-24T19:60:00",
        "2020-12-24T19:09:60",
        "2020-12-24T19:09:47.",
        "2020-12-24T19:09:47.1234567890",
        "2020-12-24T19:09:47Zx",
        "2020-12-24T19:09:47+",
        "2020-12-24T19:09:47+1",
        "2020-12-24T19:09:47+15:00",
        "2020-12-24T19:09:47+01:60",
        "2020-12-24T19:09:47+01:00x",
        "2020-12-24X19:09:47",
        "+020-12-24",
        "2020/12/24",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t moment = -7;
        assert_false(time_parse(slice_of(rows[i]), &moment, NULL));
        assert_int_equal(moment, -7);
    }
    int64_t moment = 0;
    assert_false(time_parse(slice_of(NULL), &moment, NULL));
}

static void what_was_written_reads_as_the_same_moment(void **state)
{
    (void)state;
    static const enum time_form forms[] = { TIME_ZONED, TIME_BARE, TIME_ZULU };
    for (int64_t moment = -INT64_C(60000000000123456); moment < INT64_C(250000000000000000);
         moment += INT64_C(86399123457001) * 17) {
        for (size_t i = 0; i < COUNT_OF(forms); i++) {
            char text[TIME_TEXT_BYTES];
            int64_t again = 0;
            (void)time_format(moment, forms[i], text);
            assert_true(time_parse(slice_of(text), &again, NULL));
            int64_t lost = moment - again;
            assert_true(forms[i] == TIME_ZULU ? lost >= 0 && lost < 1000 : lost == 0);
        }
    }
}

static void both_clocks_run_forward(void **state)
{
    (void)state;
    int64_t before = time_monotonic_us();
    assert_true(time_monotonic_us() >= before);
    assert_true(time_now_us() > INT64_C(1600000000) * US_PER_SECOND);
}

static void a_held_clock_stands_until_it_is_let_go(void **state)
{
    (void)state;
    time_hold(INT64_C(1735689600) * US_PER_SECOND);
    assert_int_equal(time_now_us(), INT64_C(1735689600) * US_PER_SECOND);
    assert_int_equal(time_now_us(), INT64_C(1735689600) * US_PER_SECOND);
    time_hold(0);
    assert_true(time_now_us() > INT64_C(1735689600) * US_PER_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_written_in_four_forms),
        cmocka_unit_test(years_outside_1_to_9999_are_clamped),
        cmocka_unit_test(a_month_later_is_the_same_day_or_the_last_one),
        cmocka_unit_test(every_usual_spelling_is_read),
        cmocka_unit_test(what_is_no_moment_is_refused),
        cmocka_unit_test(what_was_written_reads_as_the_same_moment),
        cmocka_unit_test(both_clocks_run_forward),
        cmocka_unit_test(a_held_clock_stands_until_it_is_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
