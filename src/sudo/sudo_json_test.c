/* Proves that records of sudo's JSON logs are read as sudo 1.9.13 writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "sudo/sudo_json.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 1024 * 1024 };

static enum result read_message(struct arena *arena, const char *text, struct sudo_record *out)
{
    struct error error = { .field = NULL };
    return sudo_json_message(arena, slice_of(text), out, &error);
}

static void an_accepted_command(void **state)
{
    (void)state;
    struct arena *arena = arena_new(ARENA_BYTES);
    struct sudo_record record;
    static const char text[] =
        "@cee:{\"sudo\":{\"accept\":{\"uuid\":\"3a4beea278-a04c\",\"server_time\":{\"seconds\":5,"
        "\"nanoseconds\":1},\"submit_time\":{\"seconds\":1795709728,\"nanoseconds\":320565197},"
        "\"submituser\":\"alice\",\"command\":\"/bin/sh\",\"runuser\":\"root\",\"submithost\":\"vm\","
        "\"submitcwd\":\"/tmp\",\"runuid\":0,\"ttyname\":\"/dev/pts/1\","
        "\"runargv\":[\"sh\",\"-c\",\"echo 'a' $x\",\"\"],\"runenv\":[\"A=b\"]}}}";
    assert_true(sudo_json_is_message(slice_of(text)));
    assert_int_equal(read_message(arena, text, &record), RESULT_OK);
    assert_int_equal(record.kind, SUDO_ACCEPT);
    assert_int_equal(record.moment_ns, INT64_C(1795709728320565197));
    assert_true(slice_is(record.run, "3a4beea278-a04c"));
    assert_true(slice_is(record.user, "alice") && slice_is(record.target, "root"));
    assert_true(slice_is(record.host, "vm") && slice_is(record.folder, "/tmp"));
    assert_true(slice_is(record.program, "/bin/sh") && slice_is(record.terminal, "/dev/pts/1"));
    assert_true(slice_is(record.command, "/bin/sh -c 'echo '\\''a'\\'' $x' ''"));
    assert_int_equal(record.target_id, 0);
    assert_int_equal(record.user_id, -1);
    arena_free(arena);
}

static void an_exit_belongs_to_its_run(void **state)
{
    (void)state;
    struct arena *arena = arena_new(ARENA_BYTES);
    struct sudo_record record;
    assert_int_equal(
        read_message(arena,
                     "{\"sudo\":{\"exit\":{\"uuid\":\"u\",\"exit_time\":{\"seconds\":9,"
                     "\"nanoseconds\":0},\"run_time\":{\"seconds\":0,\"nanoseconds\":15},"
                     "\"signal\":\"KILL\",\"dumped_core\":false,\"exit_value\":137}}}",
                     &record),
        RESULT_OK);
    assert_int_equal(record.kind, SUDO_EXIT);
    assert_true(slice_is(record.run, "u") && slice_is(record.signal, "KILL"));
    assert_int_equal(record.exit_value, 137);
    assert_int_equal(record.run_ns, 15);
    arena_free(arena);
}

static void refusals_and_alerts_have_reasons(void **state)
{
    (void)state;
    struct arena *arena = arena_new(ARENA_BYTES);
    struct sudo_record record;
    assert_int_equal(read_message(arena,
                                  "{\"sudo\":{\"reject\":{\"reason\":\"command not allowed\","
                                  "\"submituser\":\"a\",\"command\":\"list\"}}}",
                                  &record),
                     RESULT_OK);
    assert_int_equal(record.kind, SUDO_REJECT);
    assert_true(slice_is(record.reason, "command not allowed") && slice_is(record.command, "list"));
    assert_int_equal(read_message(arena, "{\"sudo\":{\"alert\":{\"reason\":\"r\"}}}", &record),
                     RESULT_OK);
    assert_int_equal(record.kind, SUDO_ALERT);
    arena_free(arena);
}

static void other_values_are_no_record(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "@cee:",
        "{}",
        "[]",
        "{\"sudo\":1}",
        "{\"sudo\":{}}",
        "{\"sudo\":{\"accept\":[]}}",
        "{\"sudo\":{\"accept\":{}}}",
        "{\"sudo\":{\"accept\":{\"submituser\":\"a\"}}}",
        "{\"sudo\":{\"other\":{\"submituser\":\"a\",\"command\":\"/x\"}}}",
        "{\"sudo\":{\"accept\":{\"submituser\":\"a\",\"command\":\"/x\"},\"exit\":{}}}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct arena *arena = arena_new(ARENA_BYTES);
        struct sudo_record record;
        assert_int_not_equal(read_message(arena, texts[i], &record), RESULT_OK);
        arena_free(arena);
    }
}

static void moments_that_no_clock_says_are_none(void **state)
{
    (void)state;
    int64_t ns = 7;
    assert_false(sudo_moment(0, 0, &ns));
    assert_false(sudo_moment(1, -1, &ns));
    assert_false(sudo_moment(1, 1000000000, &ns));
    assert_false(sudo_moment(INT64_MAX, 0, &ns));
    assert_int_equal(ns, 7);
    assert_true(sudo_moment(1, 999999999, &ns));
    assert_int_equal(ns, 1999999999);
}

static void without_memory_nothing_is_read(void **state)
{
    (void)state;
    for (size_t bytes = 64; bytes < 2048; bytes += 64) {
        struct arena *arena = arena_new(bytes);
        struct sudo_record record;
        enum result result = read_message(arena,
                                          "{\"sudo\":{\"accept\":{\"submituser\":\"a\",\"command\":"
                                          "\"/x\",\"runargv\":[\"x\",\"y\"]}}}",
                                          &record);
        assert_true(result != RESULT_OK || slice_is(record.command, "/x y"));
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_accepted_command),
        cmocka_unit_test(an_exit_belongs_to_its_run),
        cmocka_unit_test(refusals_and_alerts_have_reasons),
        cmocka_unit_test(other_values_are_no_record),
        cmocka_unit_test(moments_that_no_clock_says_are_none),
        cmocka_unit_test(without_memory_nothing_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
