/* Proves the parts of the fleet that need no server: order of what is due, percentiles, the roster file, made-up events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64.h"
#include "fleet/computer_events.h"
#include "fleet/due_heap.h"
#include "fleet/roster.h"
#include "json/read.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static void what_is_due_comes_earliest_first_and_not_before_its_time(void **state)
{
    (void)state;
    struct due_heap heap = { .count = 0 };
    uint64_t tag = 0;
    for (uint64_t i = 0; i < 5000; i++) {
        assert_true(due_add(&heap, (int64_t)(i * 7919 % 5000), i));
    }
    int64_t before = -1;
    for (size_t i = 0; i < 5000; i++) {
        int64_t at = due_first_us(&heap);
        assert_true(at > before);
        assert_false(due_take(&heap, at - 1, &tag));
        assert_true(due_take(&heap, at, &tag));
        assert_int_equal(tag * 7919 % 5000, at);
        before = at;
    }
    assert_int_equal(due_first_us(&heap), INT64_MAX);
    assert_false(due_take(&heap, INT64_MAX, &tag));
    due_done(&heap);
}

static void percentiles_are_near_the_truth(void **state)
{
    (void)state;
    static struct stats stats;
    assert_int_equal(stats_percentile_us(&stats, OPERATION_TOKEN, 500), 0);
    for (int64_t i = 1; i <= 100000; i++) {
        stats_answer(&stats, OPERATION_TOKEN, i);
    }
    assert_in_range(stats_percentile_us(&stats, OPERATION_TOKEN, 500), 50000, 53500);
    assert_in_range(stats_percentile_us(&stats, OPERATION_TOKEN, 990), 99000, 100000);
    assert_int_equal(stats_percentile_us(&stats, OPERATION_TOKEN, 1000), 100000);
    stats_answer(&stats, OPERATION_TOKEN, INT64_MAX);
    assert_int_equal(stats.longest_us[OPERATION_TOKEN], INT64_MAX);
    stats_refusal(&stats, OPERATION_EVENTS, 503);
    stats_refusal(&stats, OPERATION_EVENTS, 9999);
    assert_int_equal(stats_refusals(&stats), 2);
}

static void a_roster_brings_the_same_computers_back(void **state)
{
    (void)state;
    char path[] = "/tmp/roster-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(close(file), 0);
    struct computer before[3] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };
    struct computer after[2] = { { .number = 1 }, { .number = 2 } };
    before[0].key_pem = strdup("key one\n");
    before[1].key_pem = strdup("key two\n");
    memcpy(before[0].id, "01890a5d-ac96-774b-bcce-b302099a8057", UUID_TEXT_BYTES);
    before[0].acknowledged = 42;
    assert_int_equal(roster_save(path, before, 3, NULL), RESULT_OK);
    assert_int_equal(roster_load(path, after, 2, NULL), RESULT_OK);
    assert_string_equal(after[0].key_pem, "key one\n");
    assert_string_equal(after[0].id, before[0].id);
    assert_int_equal(after[0].acknowledged, 42);
    assert_string_equal(after[1].key_pem, "key two\n");
    assert_string_equal(after[1].id, "");
    for (size_t i = 0; i < 2; i++) {
        computer_done(&before[i]);
        computer_done(&after[i]);
    }
    assert_int_equal(unlink(path), 0);
}

static void a_damaged_roster_is_refused_with_its_line(void **state)
{
    (void)state;
    char path[] = "/tmp/roster-test-XXXXXX";
    struct computer computer = { .number = 1 };
    struct error error = { .field = NULL };
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, "1 - 0 a2V5\nx\n", 13), 13);
    assert_int_equal(close(file), 0);
    assert_int_equal(roster_load(path, &computer, 1, &error), RESULT_INVALID);
    assert_non_null(strstr(error.text, "line 2"));
    computer_done(&computer);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(roster_load(path, &computer, 1, &error), RESULT_OK);
}

static void the_same_number_is_the_same_event(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024 * 1024);
    const struct event_series series = { 7, 12, 100, 3, INT64_C(1795532400000000) };
    struct buffer one, two;
    const struct json *event = NULL;
    buffer_init(&one, 65536);
    buffer_init(&two, 65536);
    events_write(&series, &one);
    events_write(&series, &two);
    assert_string_equal(one.bytes, two.bytes);
    struct slice rest = buffer_slice(&one);
    for (int64_t i = 100; i < 103; i++) {
        assert_int_equal(
            json_parse(arena, slice_cut(&rest, '\n'), &json_limits_usual, &event, NULL), RESULT_OK);
        assert_int_equal(json_path(event, "event.sequence")->integer, i);
        assert_int_equal(json_text_of(json_path(event, "event.id")).length, 36);
    }
    assert_int_equal(rest.length, 0);
    buffer_done(&one);
    buffer_done(&two);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_due_comes_earliest_first_and_not_before_its_time),
        cmocka_unit_test(percentiles_are_near_the_truth),
        cmocka_unit_test(a_roster_brings_the_same_computers_back),
        cmocka_unit_test(a_damaged_roster_is_refused_with_its_line),
        cmocka_unit_test(the_same_number_is_the_same_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
