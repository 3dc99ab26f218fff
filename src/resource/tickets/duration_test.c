/* Proves that durations are read in every form that clients write, bounded, and end where they should. */
#include "base/time.h"
#include "resource/tickets/duration.h"
#include "store/test_place.h"

static void durations_are_read_in_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *sent, *stored;
    } rows[] = {
        { "Once", "Once" },        { " once ", "Once" },           { "FOREVER", "Forever" },
        { "1 Hour", "1 Hours" },   { "2 hours", "2 Hours" },       { "24Hours", "24 Hours" },
        { "Hour:3", "3 Hours" },   { "hours: 4", "4 Hours" },      { "1 Day", "1 Days" },
        { "31 DAYS", "31 Days" },  { "Day:2", "2 Days" },          { "12 Months", "12 Months" },
        { "Month:1", "1 Months" }, { "30 Minutes", "30 Minutes" }, { "PT2H", "2 Hours" },
        { "P3D", "3 Days" },       { "P1M", "1 Months" },          { "PT90M", "90 Minutes" },
        { "pt30m", "30 Minutes" }, { "PT7200S", "2 Hours" },       { "PT1H30M", "90 Minutes" },
        { "P1DT12H", "" },         { "3600", "1 Hours" },          { "86400", "1 Days" },
        { "5400", "90 Minutes" },  { "2678400", "31 Days" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct duration duration;
        char text[DURATION_TEXT_BYTES] = "";
        if (duration_parse(slice_of(rows[i].sent), &duration)) {
            duration_write(&duration, text);
        }
        assert_string_equal(text, rows[i].stored);
    }
}

static void what_is_out_of_range_or_no_duration_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        " ",
        "0 Hours",
        "25 Hours",
        "32 Days",
        "13 Months",
        "1441 Minutes",
        "-1 Hours",
        "1.5 Hours",
        "2 Weeks",
        "Once:1",
        "1 Once",
        "Hour:",
        "Hour:2x",
        "Hours 2",
        "P",
        "PT",
        "P1Y",
        "P1M2D",
        "P13M",
        "PT25H1S",
        "P1",
        "PT1H2",
        "59",
        "0",
        "2678401",
        "99999999999999999999",
        "P99999999D",
        "soon",
        "1 Hours 2",
        "PTT1H",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct duration duration;
        if (duration_parse(slice_of(rows[i]), &duration)) {
            print_error("%s was taken\n", rows[i]);
            _fail(__FILE__, __LINE__);
        }
    }
}

static void the_end_is_counted_by_the_calendar_for_months_only(void **state)
{
    (void)state;
    int64_t from = 0;
    int64_t end = 0;
    assert_true(time_parse(SLICE("2024-01-31 08:00:00"), &from, NULL));
    const struct duration months = { DURATION_MONTHS, 1 };
    const struct duration days = { DURATION_DAYS, 30 };
    const struct duration once = { DURATION_ONCE, 0 };
    const struct duration forever = { DURATION_FOREVER, 0 };
    assert_true(time_parse(SLICE("2024-02-29 08:00:00"), &end, NULL));
    assert_true(duration_end(&months, from) == end);
    assert_true(time_parse(SLICE("2024-03-01 08:00:00"), &end, NULL));
    assert_true(duration_end(&days, from) == end);
    assert_true(duration_end(&once, from) == 0);
    assert_true(duration_end(&forever, from) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read_in_every_form),
        cmocka_unit_test(what_is_out_of_range_or_no_duration_is_refused),
        cmocka_unit_test(the_end_is_counted_by_the_calendar_for_months_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
