/* Proves that sudo's text messages are read as sudo 1.9.13 writes them, and that nothing else is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "sudo/sudo_line.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static void a_command_that_runs(void **state)
{
    (void)state;
    struct sudo_record record;
    assert_true(
        sudo_line_read(SLICE("   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; GROUP=adm"
                             " ; TSID=000001 ; ENV=A=b ; COMMAND=/usr/bin/id -u ; true"),
                       &record));
    assert_int_equal(record.kind, SUDO_ACCEPT);
    assert_true(slice_is(record.user, "alice"));
    assert_true(slice_is(record.target, "root"));
    assert_true(slice_is(record.target_group, "adm"));
    assert_true(slice_is(record.terminal, "pts/0"));
    assert_true(slice_is(record.folder, "/home/alice"));
    assert_true(slice_is(record.program, "/usr/bin/id"));
    assert_true(slice_is(record.command, "/usr/bin/id -u ; true"));
    assert_int_equal(record.reason.length, 0);
}

static void every_refusal_tells_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *message, *reason;
    } rows[] = {
        { "eve : user NOT in sudoers ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
          "user NOT in sudoers" },
        { "eve : command not allowed ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
          "command not allowed" },
        { "eve : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
          "3 incorrect password attempts" },
        { "eve : a password is required ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
          "a password is required" },
        { "eve : user not allowed to change directory to /tmp ; PWD=/ ; USER=root ; COMMAND=/x",
          "user not allowed to change directory to /tmp" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sudo_record record;
        assert_true(sudo_line_read(slice_of(rows[i].message), &record));
        assert_int_equal(record.kind, SUDO_REJECT);
        assert_true(slice_is(record.reason, rows[i].reason));
        assert_true(slice_is(record.user, "eve"));
    }
}

static void names_that_we_do_not_know_are_no_reason(void **state)
{
    (void)state;
    struct sudo_record record;
    assert_true(sudo_line_read(SLICE("a : CHROOT=/x ; USER=root ; COMMAND=/bin/ls"), &record));
    assert_int_equal(record.kind, SUDO_ACCEPT);
}

static void a_message_without_a_command_is_an_alert(void **state)
{
    (void)state;
    struct sudo_record record;
    assert_true(sudo_line_read(
        SLICE("a : problem with defaults entries ; TTY=tty1 ; PWD=/ ; USER=root ;"), &record));
    assert_int_equal(record.kind, SUDO_ALERT);
    assert_true(slice_is(record.reason, "problem with defaults entries"));
}

static void other_messages_are_none(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "",
        " : ",
        "a",
        "a : ",
        "a : COMMAND=",
        "a : TTY=1",
        "a b : COMMAND=/x",
        "pam_unix(sudo:session): session opened for user root(uid=0) by (uid=0)",
        "pam_unix(sudo:auth): authentication failure; logname=a uid=1 : x",
        "a : (command continued) /bin/ls",
    };
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        struct sudo_record record;
        assert_false(sudo_line_read(slice_of(messages[i]), &record));
    }
}

static void what_goes_on_is_told_from_what_begins(void **state)
{
    (void)state;
    struct slice user;
    struct slice rest;
    assert_true(sudo_line_continues(SLICE("  alice : (command continued) b c"), &user, &rest));
    assert_true(slice_is(user, "alice") && slice_is(rest, "b c"));
    assert_false(sudo_line_continues(SLICE("alice : TTY=1 ; COMMAND=/x"), &user, &rest));
    assert_false(sudo_line_continues(SLICE("alice : (command continued)"), &user, &rest));
}

static void the_end_of_a_command_is_cut_off(void **state)
{
    (void)state;
    struct slice before;
    struct slice signal;
    int64_t value = -1;
    assert_true(sudo_line_ended(SLICE("a : COMMAND=/x ; EXIT=3"), &before, &signal, &value));
    assert_true(slice_is(before, "a : COMMAND=/x") && signal.length == 0 && value == 3);
    assert_true(sudo_line_ended(SLICE("a : COMMAND=/x ; SIGNAL=KILL ; EXIT=137"), &before, &signal,
                                &value));
    assert_true(slice_is(before, "a : COMMAND=/x") && slice_is(signal, "KILL") && value == 137);
    assert_false(sudo_line_ended(SLICE("a : COMMAND=/x"), &before, &signal, &value));
    assert_false(sudo_line_ended(SLICE("a : COMMAND=/x ; EXIT="), &before, &signal, &value));
    assert_false(sudo_line_ended(SLICE("a : COMMAND=/x ; EXIT=x"), &before, &signal, &value));
    assert_false(sudo_line_ended(SLICE("EXIT=1"), &before, &signal, &value));
    assert_false(sudo_line_ended(SLICE(""), &before, &signal, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_that_runs),
        cmocka_unit_test(every_refusal_tells_its_reason),
        cmocka_unit_test(names_that_we_do_not_know_are_no_reason),
        cmocka_unit_test(a_message_without_a_command_is_an_alert),
        cmocka_unit_test(other_messages_are_none),
        cmocka_unit_test(what_goes_on_is_told_from_what_begins),
        cmocka_unit_test(the_end_of_a_command_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
