/* Proves which lines of the sign-in log become events, and that look-alikes do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/auth_line.h"
#include "base/time.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define NOW (INT64_C(1795532400) * US_PER_SECOND) /* 2026-11-24T15:00:00Z */

static bool reads(const char *line, struct auth_line *out)
{
    return auth_line_read(slice_of(line), NOW, out);
}

static void sudo_with_a_command_is_an_elevation(void **state)
{
    (void)state;
    struct auth_line line;
    assert_true(reads("2026-11-24T14:17:06.123456+00:00 box sudo[77]:    alice : TTY=pts/0 ; "
                      "PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/apt install a ; b",
                      &line));
    assert_int_equal(line.kind, AUTH_ELEVATED);
    assert_true(slice_is(line.user, "alice"));
    assert_true(slice_is(line.target, "root"));
    assert_true(slice_is(line.terminal, "pts/0"));
    assert_true(slice_is(line.folder, "/home/alice"));
    assert_true(slice_is(line.command, "/usr/bin/apt install a ; b"));
    assert_int_equal(line.pid, 77);
    assert_int_equal(line.moment_us, INT64_C(1795529826123456));
}

static void a_traditional_stamp_is_local_time_of_the_last_year_it_can_be(void **state)
{
    (void)state;
    struct auth_line line;
    const char *rest = " box sudo: bob : TTY=tty1 ; PWD=/ ; USER=root ; COMMAND=/bin/true";
    char text[256];
    (void)snprintf(text, sizeof(text), "Nov 24 14:17:06%s", rest);
    assert_true(reads(text, &line));
    assert_int_equal(line.moment_us / US_PER_DAY, NOW / US_PER_DAY);
    (void)snprintf(text, sizeof(text), "Dec  1 00:00:00%s", rest);
    assert_true(reads(text, &line));
    assert_int_equal(line.moment_us, INT64_C(1764547200) * US_PER_SECOND); /* 2025-12-01 */
}

static void sudo_says_why_it_refused(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { const char *part, *reason; } rows[] = {
        { "command not allowed", "command not allowed" },
        { "3 incorrect password attempts", "3 incorrect password attempts" },
        { "user NOT in sudoers", "user NOT in sudoers" },
        { "a password is required", "a password is required" },
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[256];
        struct auth_line line;
        (void)snprintf(text, sizeof(text),
                       "2026-11-24T14:17:06Z box sudo: eve : %s ; TTY=pts/1 ; PWD=/ ; USER=root ; "
                       "COMMAND=/bin/sh",
                       rows[i].part);
        assert_true(reads(text, &line));
        assert_int_equal(line.kind, AUTH_REFUSED);
        assert_true(slice_is(line.reason, rows[i].reason));
        assert_true(slice_is(line.command, "/bin/sh"));
    }
}

static void su_names_both_users(void **state)
{
    (void)state;
    struct auth_line line;
    assert_true(reads("2026-11-24T14:17:06Z box su[5]: (to root) alice on pts/0", &line));
    assert_int_equal(line.kind, AUTH_ELEVATED);
    assert_true(slice_is(line.user, "alice") && slice_is(line.target, "root"));
    assert_true(reads("2026-11-24T14:17:06Z box su[5]: FAILED SU (to root) alice on none", &line));
    assert_int_equal(line.kind, AUTH_REFUSED);
    assert_true(line.reason.length > 0);
}

static void pkexec_tells_its_command(void **state)
{
    (void)state;
    struct auth_line line;
    assert_true(reads("2026-11-24T14:17:06Z box pkexec[9]: alice: Executing command [USER=root] "
                      "[TTY=unknown] [CWD=/home/alice] [COMMAND=/usr/bin/test [ a ]]",
                      &line));
    assert_int_equal(line.kind, AUTH_ELEVATED);
    assert_true(slice_is(line.command, "/usr/bin/test [ a ]"));
    assert_true(slice_is(line.folder, "/home/alice"));
}

static void ssh_and_sessions_are_logons(void **state)
{
    (void)state;
    struct auth_line line;
    assert_true(reads("2026-11-24T14:17:06Z box sshd[8]: Accepted publickey for alice from "
                      "10.1.2.3 port 50022 ssh2: ED25519 SHA256:x",
                      &line));
    assert_int_equal(line.kind, AUTH_LOGON);
    assert_true(slice_is(line.user, "alice") && slice_is(line.source_address, "10.1.2.3"));
    assert_true(
        reads("2026-11-24T14:17:06Z box systemd-logind[1]: New session 5 of user alice.", &line));
    assert_int_equal(line.kind, AUTH_LOGON);
    assert_true(slice_is(line.user, "alice") && slice_is(line.session, "5"));
    assert_true(reads("2026-11-24T14:17:06Z box systemd-logind[1]: New session 6 of user bob with "
                      "class 'user' and type 'tty'.",
                      &line));
    assert_true(slice_is(line.user, "bob") && slice_is(line.session, "6"));
    assert_true(reads("2026-11-24T14:17:06Z box systemd-logind[1]: Removed session 5.", &line));
    assert_int_equal(line.kind, AUTH_LOGOFF);
    assert_true(slice_is(line.session, "5"));
}

static void other_lines_say_nothing(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "x",
        "2026-11-24T14:17:06Z",
        "2026-11-24T14:17:06Z box sudo",
        "not-a-moment box sudo: a : COMMAND=/x",
        "2026-11-24T14:17:06Z box sudo[x]: a : TTY=1 ; COMMAND=/x",
        "2026-11-24T14:17:06Z box sudo: pam_unix(sudo:session): session opened for user root",
        "2026-11-24T14:17:06Z box sudo: a : TTY=1 ; COMMAND=",
        "2026-11-24T14:17:06Z box sudo: a : TTY=1",
        "2026-11-24T14:17:06Z box su: pam_unix(su:auth): authentication failure",
        "2026-11-24T14:17:06Z box su: (to root",
        "2026-11-24T14:17:06Z box sshd[8]: Failed password for alice from 10.1.2.3 port 5 ssh2",
        "2026-11-24T14:17:06Z box sshd[8]: Accepted password for a b from 10.1.2.3 port 5 ssh2",
        "2026-11-24T14:17:06Z box systemd-logind[1]: New seat seat0.",
        "2026-11-24T14:17:06Z box cron[1]: alice : TTY=1 ; COMMAND=/x",
        "2026-11-24T14:17:06Z box sudo: \xff : TTY=1 ; USER=root ; COMMAND=/x",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct auth_line line;
        assert_false(reads(lines[i], &line));
    }
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sudo_with_a_command_is_an_elevation),
        cmocka_unit_test(a_traditional_stamp_is_local_time_of_the_last_year_it_can_be),
        cmocka_unit_test(sudo_says_why_it_refused),
        cmocka_unit_test(su_names_both_users),
        cmocka_unit_test(pkexec_tells_its_command),
        cmocka_unit_test(ssh_and_sessions_are_logons),
        cmocka_unit_test(other_lines_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
