/* Proves that an event log is cut into its records, wherever the pieces end in which it is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "sudo_log/sudo_file.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static const char log_text[] =
    "{\n    \"accept\": {\n \"uuid\": \"a}\\\"{\", \"runargv\": [\"x\", \"{\"] },\n"
    "    \"exit\": { \"t\": { \"s\": 1 } }\n}\n";
static const char lines_text[] = "{\"accept\":{\"a\":1}}\n{\"reject\":{\"b\":[2]}}\n";

struct cuts {
    size_t count;
    char text[4][128];
};

static enum sudo_cut cut_all(const char *text, size_t length, size_t piece, struct cuts *out)
{
    struct sudo_cutter cutter;
    enum sudo_cut cut = CUT_NOTHING;
    *out = (struct cuts){ .count = 0 };
    sudo_cutter_init(&cutter);
    for (size_t i = 0; i < length && cut != CUT_BAD; i += piece) {
        struct slice rest = { text + i, i + piece < length ? piece : length - i };
        do {
            cut = sudo_cutter_next(&cutter, &rest);
            if (cut == CUT_RECORD && out->count < 4) {
                (void)snprintf(out->text[out->count++], sizeof(out->text[0]), "%.*s=%.*s",
                               (int)cutter.kind_length, cutter.kind, (int)cutter.record.length,
                               cutter.record.bytes);
            }
        } while (cut == CUT_RECORD);
    }
    sudo_cutter_done(&cutter);
    return cut;
}

static void records_come_out_whole(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= sizeof(log_text); piece++) {
        struct cuts cuts;
        assert_int_equal(cut_all(log_text, sizeof(log_text) - 1, piece, &cuts), CUT_NOTHING);
        assert_int_equal(cuts.count, 2);
        assert_string_equal(cuts.text[0],
                            "accept={\n \"uuid\": \"a}\\\"{\", \"runargv\": [\"x\", \"{\"] }");
        assert_string_equal(cuts.text[1], "exit={ \"t\": { \"s\": 1 } }");
    }
}

static void an_object_a_line_is_the_same(void **state)
{
    (void)state;
    struct cuts cuts;
    assert_int_equal(cut_all(lines_text, sizeof(lines_text) - 1, 7, &cuts), CUT_NOTHING);
    assert_int_equal(cuts.count, 2);
    assert_string_equal(cuts.text[0], "accept={\"a\":1}");
    assert_string_equal(cuts.text[1], "reject={\"b\":[2]}");
}

static void a_file_that_is_being_written_ends_inside(void **state)
{
    (void)state;
    for (size_t length = 0; length <= sizeof(log_text) - 1; length++) {
        struct sudo_cutter cutter;
        struct slice rest = { log_text, length };
        size_t count = 0;
        sudo_cutter_init(&cutter);
        while (sudo_cutter_next(&cutter, &rest) == CUT_RECORD) {
            count++;
        }
        assert_int_equal(rest.length, 0);
        assert_true(count <= 2);
        if (length > 20 && length < 59) {
            assert_true(sudo_cutter_is_inside(&cutter));
        }
        sudo_cutter_done(&cutter);
    }
}

static void other_files_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "root:x:0:0:",
        "[1]",
        "{\"a\":{}}}",
        "{{}}",
        "{a}",
        "{\"a\" {}}",
        "{:{}}",
        "\"a\"",
        "]",
        "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":{}}",
        "{\"a\":{\"b\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct cuts cuts;
        assert_int_equal(cut_all(texts[i], strlen(texts[i]), 3, &cuts), CUT_BAD);
    }
}

static void a_long_record_is_left_out(void **state)
{
    (void)state;
    static char text[SUDO_FILE_RECORD_BYTES_MAX + 64];
    struct sudo_cutter cutter;
    memset(text, 'x', sizeof(text));
    memcpy(text, "{\"accept\":{\"a\":\"", 16);
    memcpy(text + sizeof(text) - 32, "\"},\"exit\":{}}            \n", 26);
    struct slice rest = { text, sizeof(text) - 6 };
    sudo_cutter_init(&cutter);
    assert_int_equal(sudo_cutter_next(&cutter, &rest), CUT_RECORD);
    assert_true(cutter.record.overflow);
    assert_int_equal(sudo_cutter_next(&cutter, &rest), CUT_RECORD);
    assert_false(cutter.record.overflow);
    assert_int_equal(cutter.record.length, 2);
    sudo_cutter_done(&cutter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_whole),
        cmocka_unit_test(an_object_a_line_is_the_same),
        cmocka_unit_test(a_file_that_is_being_written_ends_inside),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(a_long_record_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
