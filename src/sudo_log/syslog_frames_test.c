/* Proves that messages are cut from a stream as they were put there, however it arrives, and that long ones do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "sudo_log/syslog_frames.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static void is_line(struct syslog_frames *frames, struct slice *rest, const char *wanted)
{
    struct slice line = { .length = 0 };
    assert_int_equal(syslog_frames_cut(frames, rest, &line), FRAME_LINE);
    assert_true(slice_is(line, wanted));
}

static void is_nothing(struct syslog_frames *frames, struct slice *rest)
{
    struct slice line;
    assert_int_equal(syslog_frames_cut(frames, rest, &line), FRAME_NONE);
}

static void both_framings_may_mix(void **state)
{
    (void)state;
    struct syslog_frames frames = { .skip = 0 };
    struct slice rest = SLICE("5 <1>a\n<2>b\n8 <3>c\nddd\n<4>");
    is_line(&frames, &rest, "<1>a\n");
    is_line(&frames, &rest, "<2>b");
    is_line(&frames, &rest, "<3>c\nddd");
    is_nothing(&frames, &rest);
    assert_true(slice_is(rest, "<4>"));
}

static void every_beginning_waits_for_more(void **state)
{
    (void)state;
    static const char text[] = "12 <1>abcdefghi";
    for (size_t length = 0; length < sizeof(text) - 1; length++) {
        struct syslog_frames frames = { .skip = 0 };
        struct slice rest = { text, length };
        is_nothing(&frames, &rest);
        assert_int_equal(rest.length, length);
    }
}

static void what_is_no_count_is_no_syslog(void **state)
{
    (void)state;
    static const char *const texts[] = { "5x", "12345678901", "1234567890 x" };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct syslog_frames frames = { .skip = 0 };
        struct slice rest = slice_of(texts[i]);
        struct slice line;
        assert_int_equal(syslog_frames_cut(&frames, &rest, &line), FRAME_BAD);
    }
}

/* Streams come in pieces of any size: what an earlier message left behind the last byte counts for nothing. */
static void nothing_behind_the_piece_is_read(void **state)
{
    (void)state;
    static const char *const texts[] = { "123456789 ", "123456789x", "5 x" };
    static const size_t lengths[] = { 9, 9, 1 };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct syslog_frames frames = { .skip = 0 };
        struct slice rest = { texts[i], lengths[i] };
        is_nothing(&frames, &rest);
        assert_int_equal(rest.length, lengths[i]);
    }
}

static void long_messages_are_left_out(void **state)
{
    (void)state;
    static char text[SYSLOG_FRAME_BYTES_MAX];
    struct syslog_frames frames = { .skip = 0 };
    struct slice line;
    memset(text, 'x', sizeof(text));
    struct slice rest = { text, sizeof(text) };
    assert_int_equal(syslog_frames_cut(&frames, &rest, &line), FRAME_LONG);
    assert_int_equal(rest.length, 0);
    rest = SLICE("xx\n<1>a\n200000 yy");
    is_line(&frames, &rest, "<1>a");
    assert_int_equal(syslog_frames_cut(&frames, &rest, &line), FRAME_LONG);
    assert_int_equal(frames.skip, 200000 - 2);
    memset(text, 'y', sizeof(text));
    rest = (struct slice){ text, sizeof(text) };
    is_nothing(&frames, &rest);
    size_t left = 200000 - 2 - sizeof(text);
    memcpy(text + left, "<2>b\n", 5);
    rest = (struct slice){ text, left + 5 };
    is_line(&frames, &rest, "<2>b");
}

static void the_longest_message_fits(void **state)
{
    (void)state;
    static char text[SYSLOG_LINE_BYTES_MAX + 16];
    struct syslog_frames frames = { .skip = 0 };
    struct slice line;
    size_t head = (size_t)snprintf(text, sizeof(text), "%d ", SYSLOG_LINE_BYTES_MAX);
    memset(text + head, 'x', SYSLOG_LINE_BYTES_MAX);
    struct slice rest = { text, head + SYSLOG_LINE_BYTES_MAX };
    assert_int_equal(syslog_frames_cut(&frames, &rest, &line), FRAME_LINE);
    assert_int_equal(line.length, SYSLOG_LINE_BYTES_MAX);
    memset(text, '<', SYSLOG_LINE_BYTES_MAX);
    text[SYSLOG_LINE_BYTES_MAX] = '\n';
    rest = (struct slice){ text, SYSLOG_LINE_BYTES_MAX + 1 };
    assert_int_equal(syslog_frames_cut(&frames, &rest, &line), FRAME_LINE);
    assert_int_equal(line.length, SYSLOG_LINE_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_framings_may_mix),
        cmocka_unit_test(every_beginning_waits_for_more),
        cmocka_unit_test(what_is_no_count_is_no_syslog),
        cmocka_unit_test(nothing_behind_the_piece_is_read),
        cmocka_unit_test(long_messages_are_left_out),
        cmocka_unit_test(the_longest_message_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
