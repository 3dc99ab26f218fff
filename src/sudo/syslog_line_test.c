/* Proves that lines of both forms of syslog are read as rsyslog and syslog-ng send them, and that others are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/compiler.h"
#include "base/time.h"
#include "sudo/syslog_line.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define NOW_US   INT64_C(1795532400000000) /* 2026-11-24T15:00:00Z */
#define EVENT_US INT64_C(1795529826000000) /* 2026-11-24T14:17:06Z */

static void the_newer_form(void **state)
{
    (void)state;
    static const char *const structures[] = { "-", "[a@1 b=\"c ] d\\\" \"]", "[a][b c=\"\\]\"]" };
    for (size_t i = 0; i < COUNT_OF(structures); i++) {
        char text[256];
        struct syslog_line line;
        (void)snprintf(text, sizeof(text),
                       "<85>1 2026-11-24T15:17:06.000250+01:00 box.example sudo 77 - %s "
                       "\xEF\xBB\xBF  a : COMMAND=/x",
                       structures[i]);
        assert_true(syslog_line_read(slice_of(text), NOW_US, &line));
        assert_int_equal(line.moment_us, EVENT_US + 250);
        assert_true(line.precise);
        assert_true(slice_is(line.host, "box.example"));
        assert_true(slice_is(line.program, "sudo"));
        assert_int_equal(line.pid, 77);
        assert_true(slice_is(line.message, "a : COMMAND=/x"));
    }
}

static void what_the_newer_form_leaves_out(void **state)
{
    (void)state;
    struct syslog_line line;
    assert_true(syslog_line_read(SLICE("<0>1 - - - - - -"), NOW_US, &line));
    assert_int_equal(line.moment_us, NOW_US);
    assert_false(line.precise);
    assert_int_equal(line.host.length + line.program.length + line.message.length, 0);
}

static void the_older_form(void **state)
{
    (void)state;
    struct syslog_line line;
    assert_true(syslog_line_read(SLICE("<85>Nov 24 14:17:06 box sudo[9]:   a : COMMAND=/x\n"),
                                 NOW_US, &line));
    assert_int_equal(line.moment_us, EVENT_US);
    assert_false(line.precise);
    assert_true(slice_is(line.host, "box") && slice_is(line.program, "sudo"));
    assert_int_equal(line.pid, 9);
    assert_true(syslog_line_read(SLICE("<85>2026-11-24T14:17:06.5+00:00 box sudo: a : COMMAND=/x"),
                                 NOW_US, &line));
    assert_int_equal(line.moment_us, EVENT_US + 500000);
    assert_true(line.precise);
}

static void zeros_behind_a_second_are_not_exact(void **state)
{
    (void)state;
    struct syslog_line line;
    assert_true(syslog_line_read(SLICE("<85>1 2026-11-24T14:17:06.000000Z box sudo - - - x"),
                                 NOW_US, &line));
    assert_int_equal(line.moment_us, EVENT_US);
    assert_false(line.precise);
}

static void a_line_without_a_host_has_none(void **state)
{
    (void)state;
    struct syslog_line line;
    assert_true(syslog_line_read(SLICE("Nov 24 14:17:06 sudo: a : COMMAND=/x"), NOW_US, &line));
    assert_int_equal(line.host.length, 0);
    assert_true(slice_is(line.program, "sudo"));
}

static void other_lines_are_no_syslog(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "<",
        "<192>1 - - - - - -",
        "<-1>1 - - - - - -",
        "<85",
        "<85>",
        "<85>1 not-a-moment box sudo - - - x",
        "<85>1 2026-11-24T14:17:06Z box sudo - - x",
        "<85>1 2026-11-24T14:17:06Z box sudo - - [a b=\"c",
        "<85>1 2026-11-24T14:17:06Z box sudo - - [a]x",
        "<85>Nov 24 14:17:06",
        "<85>Nov 24 14:17:06 box sudo x",
        "<85>Nov 24 14:17:06 box sudo[x]: y",
        "<85>Nov 24 14:17:06 box \xff: y",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct syslog_line line;
        assert_false(syslog_line_read(slice_of(lines[i]), NOW_US, &line));
    }
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newer_form),
        cmocka_unit_test(what_the_newer_form_leaves_out),
        cmocka_unit_test(the_older_form),
        cmocka_unit_test(zeros_behind_a_second_are_not_exact),
        cmocka_unit_test(a_line_without_a_host_has_none),
        cmocka_unit_test(other_lines_are_no_syslog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
