/* Proves that a followed log loses and repeats nothing over rotation and restart, that a sign-in is told once, and that
   what happened becomes a whole document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/auth_source.h"
#include "agent/facts.h"
#include "agent/happening.h"
#include "agent/logons.h"
#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define NOW (INT64_C(1795532400) * US_PER_SECOND)

static char folder[64], log_path[96];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/collecting-test-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(log_path, sizeof(log_path), "%s/auth.log", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static void put(const char *text)
{
    FILE *file = fopen(log_path, "a");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void put_command(const char *name)
{
    char line[256];
    (void)snprintf(line, sizeof(line),
                   "2026-11-24T14:17:06Z box sudo: a : TTY=1 ; PWD=/ ; USER=root ; COMMAND=/%s\n",
                   name);
    put(line);
}

static void note_command(void *context, const struct auth_line *line)
{
    char *seen = context;
    size_t length = strlen(seen);
    (void)snprintf(seen + length, 256 - length, "%.*s", (int)line->command.length,
                   line->command.text);
}

static struct auth_source *opened(void)
{
    struct auth_source *source = NULL;
    assert_int_equal(auth_source_open(folder, log_path, &source, NULL), RESULT_OK);
    return source;
}

static void what_stood_there_before_the_first_start_is_old(void **state)
{
    (void)state;
    char seen[256] = "";
    put_command("old");
    struct auth_source *source = opened();
    put_command("new");
    auth_source_read(source, NOW, note_command, seen);
    assert_string_equal(seen, "/new");
    auth_source_close(source);
}

static void a_restart_goes_on_where_it_was(void **state)
{
    (void)state;
    char seen[256] = "";
    put("");
    struct auth_source *source = opened();
    put_command("one");
    put("2026-11-24T14:17:06Z box sudo: a : TTY=1 ; PWD=/ ; USER=root ; "); /* half a line */
    auth_source_read(source, NOW, note_command, seen);
    auth_source_close(source);
    put("COMMAND=/two\n");
    source = opened();
    auth_source_read(source, NOW, note_command, seen);
    assert_string_equal(seen, "/one/two");
    auth_source_close(source);
}

static void a_rotated_log_is_read_to_its_end_and_the_new_from_its_start(void **state)
{
    (void)state;
    char seen[256] = "";
    char old[128];
    put("");
    struct auth_source *source = opened();
    put_command("one");
    auth_source_read(source, NOW, note_command, seen);
    put_command("two");
    (void)snprintf(old, sizeof(old), "%s.1", log_path);
    assert_int_equal(rename(log_path, old), 0);
    put_command("three");
    auth_source_read(source, NOW, note_command, seen);
    assert_string_equal(seen, "/one/two/three");
    assert_int_equal(truncate(log_path, 0), 0);
    put_command("4");
    auth_source_read(source, NOW, note_command, seen);
    auth_source_read(source, NOW, note_command, seen);
    assert_string_equal(seen, "/one/two/three/4");
    auth_source_close(source);
}

static void a_log_that_comes_later_is_read(void **state)
{
    (void)state;
    char seen[256] = "";
    struct auth_source *source = opened();
    auth_source_read(source, NOW, note_command, seen);
    put_command("first");
    auth_source_read(source, NOW, note_command, seen);
    assert_string_equal(seen, "/first");
    auth_source_close(source);
}

static void a_line_without_end_is_skipped_whole(void **state)
{
    (void)state;
    char seen[256] = "";
    put("");
    struct auth_source *source = opened();
    for (size_t i = 0; i < 3000; i++) {
        put("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    }
    put("\n");
    put_command("next");
    auth_source_read(source, NOW, note_command, seen);
    assert_string_equal(seen, "/next");
    auth_source_close(source);
}

static void a_sign_in_over_ssh_is_told_once_and_its_end_gets_the_user(void **state)
{
    (void)state;
    static struct logons logons;
    struct auth_line ssh = { .kind = AUTH_LOGON, .moment_us = NOW, .user = SLICE("alice") };
    struct auth_line session = { .kind = AUTH_LOGON,
                                 .moment_us = NOW + US_PER_SECOND,
                                 .user = SLICE("alice"),
                                 .session = SLICE("5") };
    struct auth_line over = { .kind = AUTH_LOGOFF, .session = SLICE("5") };
    assert_true(logons_take(&logons, &ssh));
    assert_false(logons_take(&logons, &session));
    session.session = SLICE("6");
    assert_true(logons_take(&logons, &session)); /* on the console, say */
    assert_true(logons_take(&logons, &over));
    assert_true(slice_is(over.user, "alice"));
    assert_false(logons_take(&logons, &over));
}

static void an_elevation_becomes_a_whole_document(void **state)
{
    (void)state;
    struct facts facts = { .host = "box", .os_id = "debian" };
    struct arena *arena = arena_new(1024 * 1024);
    const struct json *event = NULL;
    struct buffer text;
    const struct auth_line line = { .kind = AUTH_ELEVATED,
                                    .program = SLICE("sudo"),
                                    .pid = 77,
                                    .user = SLICE("alice"),
                                    .target = SLICE("root"),
                                    .command = SLICE("/usr/bin/apt install \"x\"") };
    const struct happening_source source = { &facts, "c", "r" };
    const struct happening happening = { HAPPENING_ELEVATED, NOW, &line, NULL, NULL, NULL, 0 };
    buffer_init(&text, HAPPENING_BYTES_MAX);
    happening_write(&happening, &source, &text);
    assert_null(strchr(text.bytes, '\n'));
    assert_null(strstr(text.bytes, "null"));
    assert_int_equal(json_parse(arena, buffer_slice(&text), &json_limits_usual, &event, NULL),
                     RESULT_OK);
    assert_true(slice_is(json_text_of(json_path(event, "event.code")), "100"));
    assert_true(slice_is(json_text_of(json_path(event, "event.action")), "Process Elevated"));
    assert_true(slice_is(json_text_of(json_path(event, "process.name")), "apt"));
    assert_true(slice_is(json_text_of(json_path(event, "process.executable")), "/usr/bin/apt"));
    assert_true(slice_is(json_text_of(json_path(event, "user.name")), "alice"));
    assert_true(slice_is(json_text_of(json_path(event, "EPMWinMac.Event.Type")), "Process"));
    assert_true(slice_is(json_text_of(json_path(event, "@timestamp")), "2026-11-24T15:00:00.000Z"));
    buffer_done(&text);
    arena_free(arena);
}

static void a_logon_is_called_as_readers_look_for_it(void **state)
{
    (void)state;
    struct facts facts = { .host = "box" };
    struct buffer text;
    const struct auth_line line = { .kind = AUTH_LOGON, .user = SLICE("alice") };
    const struct happening_source source = { &facts, "c", "r" };
    const struct happening happening = { HAPPENING_LOGON, NOW, &line, NULL, NULL, NULL, 0 };
    buffer_init(&text, HAPPENING_BYTES_MAX);
    happening_write(&happening, &source, &text);
    assert_non_null(strstr(text.bytes, "\"code\":\"300\""));
    assert_non_null(strstr(text.bytes, "\"action\":\"User Logon\""));
    assert_non_null(strstr(text.bytes, "AgentEventAudit"));
    buffer_done(&text);
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_stood_there_before_the_first_start_is_old),
        TEST(a_restart_goes_on_where_it_was),
        TEST(a_rotated_log_is_read_to_its_end_and_the_new_from_its_start),
        TEST(a_log_that_comes_later_is_read),
        TEST(a_line_without_end_is_skipped_whole),
        TEST(a_sign_in_over_ssh_is_told_once_and_its_end_gets_the_user),
        TEST(an_elevation_becomes_a_whole_document),
        TEST(a_logon_is_called_as_readers_look_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
