/* Proves that pieces of a message become one record, that ends are ends only of what began, and that ids are stable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "sudo_log/syslog_reader.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define HEAD   "<85>1 2026-11-24T15:17:06.000250+01:00 box sudo 77 - - "
#define NOW_US INT64_C(1795532400000000)

static struct fixture {
    struct syslog_reader *reader;
    struct sudo_batch batch;
} at;

static int open_reader(void **state)
{
    (void)state;
    struct error error = { .field = NULL };
    at.reader = syslog_reader_new();
    assert_non_null(at.reader);
    assert_int_equal(sudo_batch_init(&at.batch, &error), RESULT_OK);
    return 0;
}

static int close_reader(void **state)
{
    (void)state;
    syslog_reader_free(at.reader);
    sudo_batch_done(&at.batch);
    return 0;
}

static enum syslog_taken take_at(const char *line, int64_t mono_us)
{
    return syslog_reader_take(at.reader, slice_of(line), "test", NOW_US, mono_us, &at.batch);
}

static void taken(const char *line)
{
    assert_int_equal(take_at(line, 1), SYSLOG_TAKEN);
}

static void release_all(void)
{
    assert_int_equal(syslog_reader_release(at.reader, INT64_MAX, &at.batch), 0);
    assert_int_equal(syslog_reader_due(at.reader), INT64_MAX);
}

static void event_has(size_t index, const char *part)
{
    assert_true(index < at.batch.count);
    const char *event = at.batch.entries[index].event.text;
    if (strstr(event, part) == NULL) {
        print_error("%s is not in %s", part, event);
    }
    assert_non_null(strstr(event, part));
}

static void pieces_become_one_command(void **state)
{
    (void)state;
    taken(HEAD "a : TTY=x ; PWD=/ ; USER=root ; COMMAND=/bin/echo one");
    taken(HEAD "a : (command continued) two");
    taken(HEAD "a : (command continued) threeee");
    taken(HEAD "a : (command continued) four five");
    assert_int_equal(at.batch.count, 0);
    release_all();
    assert_int_equal(at.batch.count, 1);
    /* A piece without a blank is cut inside a word: so sudo does. */
    event_has(0, "\"command_line\":\"/bin/echo one twothreeeefour five\"");
    assert_true(at.batch.entries[0].unique);
}

static void a_command_may_begin_in_the_second_piece(void **state)
{
    (void)state;
    taken(HEAD "a : TTY=x ; PWD=/ ; USER=root ;");
    taken(HEAD "a : (command continued) COMMAND=/bin/echo one");
    release_all();
    event_has(0, "\"command_line\":\"/bin/echo one\"");
}

static void pieces_of_others_do_not_mix(void **state)
{
    (void)state;
    taken(HEAD "a : USER=root ; COMMAND=/bin/a x");
    taken("<85>1 2026-11-24T15:17:06Z other sudo 77 - - a : USER=root ; COMMAND=/bin/b x");
    taken("<85>1 2026-11-24T15:17:06Z box sudo 78 - - a : USER=root ; COMMAND=/bin/c x");
    taken(HEAD "b : USER=root ; COMMAND=/bin/d x");
    taken(HEAD "a : (command continued) y");
    assert_int_equal(take_at(HEAD "c : (command continued) y", 1), SYSLOG_UNREADABLE);
    release_all();
    assert_int_equal(at.batch.count, 4);
    event_has(0, "\"/bin/a x y\"");
    event_has(1, "\"/bin/b x\"");
    event_has(2, "\"/bin/c x\"");
    event_has(3, "\"/bin/d x\"");
}

static void what_waited_long_enough_is_handed_out(void **state)
{
    (void)state;
    assert_int_equal(take_at(HEAD "a : USER=root ; COMMAND=/bin/a", 1000), SYSLOG_TAKEN);
    assert_int_equal(take_at(HEAD "b : USER=root ; COMMAND=/bin/b", 2000), SYSLOG_TAKEN);
    assert_int_equal(syslog_reader_due(at.reader), 1000 + SYSLOG_HOLD_US);
    assert_int_equal(syslog_reader_release(at.reader, 999 + SYSLOG_HOLD_US, &at.batch), 0);
    assert_int_equal(at.batch.count, 0);
    assert_int_equal(syslog_reader_release(at.reader, 1000 + SYSLOG_HOLD_US, &at.batch), 0);
    assert_int_equal(at.batch.count, 1);
    assert_int_equal(syslog_reader_due(at.reader), 2000 + SYSLOG_HOLD_US);
}

static void more_than_can_wait_is_handed_out_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < SYSLOG_HELD_MAX + 10; i++) {
        char line[200];
        (void)snprintf(line, sizeof(line), HEAD "u%d : USER=root ; COMMAND=/bin/a", i);
        assert_int_equal(take_at(line, 1 + i), SYSLOG_TAKEN);
    }
    assert_int_equal(at.batch.count, 10);
    event_has(0, "\"name\":\"u0\"");
    release_all();
    assert_int_equal(at.batch.count, SYSLOG_HELD_MAX + 10);
}

static void an_end_follows_its_begin(void **state)
{
    (void)state;
    taken(HEAD "a : USER=root ; COMMAND=/bin/a");
    taken(HEAD "a : USER=root ; COMMAND=/bin/a ; SIGNAL=KILL ; EXIT=137");
    taken(HEAD "a : USER=root ; COMMAND=/bin/evil ; EXIT=0");
    release_all();
    assert_int_equal(at.batch.count, 3);
    event_has(0, "\"Elevated\"");
    event_has(1, "\"Ended\"");
    event_has(1, "\"exit_code\":137");
    event_has(1, "\"command_line\":\"/bin/a\"");
    /* Nobody accepted it before, so it is a command that wants to look like an end. */
    event_has(2, "\"Elevated\"");
    event_has(2, "\"/bin/evil ; EXIT=0\"");
}

static void ids_are_of_the_content(void **state)
{
    (void)state;
    static const char *const lines[] = {
        HEAD "a : USER=root ; COMMAND=/bin/a",
        HEAD "a : USER=root ; COMMAND=/bin/a",
        HEAD "a : USER=root ; COMMAND=/bin/b",
        "<85>1 2026-11-24T15:17:06.000250+01:00 BOX sudo 77 - - a : USER=root ; COMMAND=/bin/a",
        "<85>1 2026-11-24T15:17:06.000250+01:00 box sudo 78 - - a : USER=root ; COMMAND=/bin/a",
        "<85>1 2026-11-24T15:17:06.000251+01:00 box sudo 77 - - a : USER=root ; COMMAND=/bin/a",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        taken(lines[i]);
        release_all();
    }
    const struct sudo_entry *entries = at.batch.entries;
    assert_string_equal(entries[0].id, entries[1].id);
    assert_string_not_equal(entries[0].id, entries[2].id);
    assert_string_equal(entries[0].id, entries[3].id); /* letters of a host do not matter */
    assert_string_not_equal(entries[0].id, entries[4].id);
    assert_string_not_equal(entries[0].id, entries[5].id);
}

static void a_moment_of_whole_seconds_makes_nothing_unique(void **state)
{
    (void)state;
    taken("<85>Nov 24 14:17:06 box sudo: a : USER=root ; COMMAND=/bin/a");
    release_all();
    assert_false(at.batch.entries[0].unique);
}

static void moments_far_away_are_none(void **state)
{
    (void)state;
    taken("<85>1 0226-11-24T15:17:06.5Z box sudo 77 - - a : USER=root ; COMMAND=/bin/a");
    taken("<85>1 9999-11-24T15:17:06.5Z box sudo 77 - - b : USER=root ; COMMAND=/bin/a");
    release_all();
    assert_int_equal(at.batch.count, 2);
    assert_null(strstr(at.batch.entries[0].event.text, "0226-"));
    assert_null(strstr(at.batch.entries[1].event.text, "9999-"));
}

static void json_needs_no_wait(void **state)
{
    (void)state;
    taken("<85>Nov 24 14:17:06 box sudo[5]: @cee:{\"sudo\":{\"accept\":{\"uuid\":\"u1\","
          "\"submit_time\":{\"seconds\":1795709728,\"nanoseconds\":5},\"submituser\":\"a\","
          "\"command\":\"/bin/x\",\"runuser\":\"root\"}}}");
    assert_int_equal(at.batch.count, 1);
    assert_true(at.batch.entries[0].unique);
    event_has(0, "\"entity_id\":\"u1\"");
    event_has(0, "\"pid\":5");
}

static void other_lines_are_counted_apart(void **state)
{
    (void)state;
    assert_int_equal(take_at("<85>Nov 24 14:17:06 box cron[5]: x", 1), SYSLOG_OTHER);
    assert_int_equal(take_at(HEAD "pam_unix(sudo:session): session opened for user root", 1),
                     SYSLOG_OTHER);
    assert_int_equal(take_at("nonsense", 1), SYSLOG_UNREADABLE);
    assert_int_equal(take_at(HEAD "@cee:{\"sudo\":{}}", 1), SYSLOG_UNREADABLE);
    /* Without a host nobody knows whose it is. */
    assert_int_equal(take_at("<85>Nov 24 14:17:06 sudo: a : USER=root ; COMMAND=/x", 1),
                     SYSLOG_UNREADABLE);
    release_all();
    assert_int_equal(at.batch.count, 0);
}

static void a_host_with_other_letters_is_none(void **state)
{
    (void)state;
    taken("<85>Nov 24 14:17:06 bo/x sudo: a : USER=root ; COMMAND=/x");
    assert_int_equal(syslog_reader_release(at.reader, INT64_MAX, &at.batch), 1);
    assert_int_equal(at.batch.count, 0);
}

#define READER_TEST(name) cmocka_unit_test_setup_teardown(name, open_reader, close_reader)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READER_TEST(pieces_become_one_command),
        READER_TEST(a_command_may_begin_in_the_second_piece),
        READER_TEST(pieces_of_others_do_not_mix),
        READER_TEST(what_waited_long_enough_is_handed_out),
        READER_TEST(more_than_can_wait_is_handed_out_at_once),
        READER_TEST(an_end_follows_its_begin),
        READER_TEST(ids_are_of_the_content),
        READER_TEST(a_moment_of_whole_seconds_makes_nothing_unique),
        READER_TEST(moments_far_away_are_none),
        READER_TEST(json_needs_no_wait),
        READER_TEST(other_lines_are_counted_apart),
        READER_TEST(a_host_with_other_letters_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
