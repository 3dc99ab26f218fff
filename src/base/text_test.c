/* Proves that slices compare, cut, trim and read as said, and that a buffer stops at its limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 64 * 1024 };

static int set_up(void **state)
{
    *state = arena_new(ARENA_BYTES);
    return *state == NULL;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void slices_compare_by_bytes_or_without_letter_case(void **state)
{
    (void)state;
    assert_true(slice_is(SLICE("abc"), "abc"));
    assert_false(slice_is(SLICE("abc"), "ab"));
    assert_false(slice_is(SLICE("abc"), "Abc"));
    assert_true(slice_is_any_case(SLICE("Content-TYPE"), "content-type"));
    assert_false(slice_is_any_case(SLICE("a["), "a{"));
    assert_false(slice_is_any_case(SLICE("\xC3\x84"), "\xC3\xA4"));
    assert_true(slice_starts_any_case(SLICE("BEARER x"), "Bearer "));
    assert_false(slice_starts_any_case(SLICE("Bear"), "Bearer "));
    assert_true(slice_starts_any_case(SLICE("x"), ""));
    assert_true(slice_equal(slice_of(NULL), SLICE("")));
}

static void blanks_at_both_ends_are_trimmed(void **state)
{
    (void)state;
    assert_true(slice_is(slice_trim(SLICE(" \t\r\n a b \n")), "a b"));
    assert_int_equal(slice_trim(SLICE(" \r\n")).length, 0);
    assert_int_equal(slice_trim(slice_of(NULL)).length, 0);
}

static void a_head_ends_between_two_characters(void **state)
{
    (void)state;
    assert_true(slice_is(slice_head(SLICE("abc"), 5), "abc"));
    assert_true(slice_is(slice_head(SLICE("abc"), 2), "ab"));
    assert_int_equal(slice_head(SLICE("abc"), 0).length, 0);
    assert_true(slice_is(slice_head(SLICE("a\xc3\xa4\xe2\x82\xac"), 5), "a\xc3\xa4"));
    assert_true(slice_is(slice_head(SLICE("a\xc3\xa4"), 2), "a"));
    assert_int_equal(slice_head(SLICE("\xf0\x9f\x98\x80"), 3).length, 0);
    assert_int_equal(slice_head(slice_of(NULL), 3).length, 0);
}

static void a_cut_takes_what_stands_before_the_mark(void **state)
{
    (void)state;
    struct slice rest = SLICE("a,,c");
    assert_true(slice_is(slice_cut(&rest, ','), "a"));
    assert_true(slice_is(slice_cut(&rest, ','), ""));
    assert_true(slice_is(slice_cut(&rest, ','), "c"));
    assert_int_equal(rest.length, 0);
    assert_int_equal(slice_cut(&rest, ',').length, 0);
    rest = slice_of(NULL);
    assert_int_equal(slice_cut(&rest, ',').length, 0);
}

static void a_text_is_taken_or_cut_at_whole(void **state)
{
    (void)state;
    struct slice rest = SLICE("ab::c");
    struct slice before = SLICE("as it was");
    assert_false(slice_take(&rest, "b"));
    assert_false(slice_take(&rest, "ab::cd"));
    assert_false(slice_cut_at(&rest, ":::", &before));
    assert_true(slice_is(rest, "ab::c") && slice_is(before, "as it was"));
    assert_true(slice_take(&rest, "a"));
    assert_true(slice_cut_at(&rest, "::", &before));
    assert_true(slice_is(before, "b") && slice_is(rest, "c"));
    assert_true(slice_take(&rest, "c"));
    assert_int_equal(rest.length, 0);
    assert_false(slice_take(&rest, "c"));
    rest = slice_of(NULL);
    assert_false(slice_take(&rest, "c"));
    assert_false(slice_cut_at(&rest, "c", &before));
}

static void whole_numbers_are_read_to_both_ends_of_64_bits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        { "0", 0 },
        { "-0", 0 },
        { "007", 7 },
        { "9223372036854775807", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        int64_t value = 1;
        assert_true(slice_int64(slice_of(good[i].text), &value));
        assert_true(value == good[i].value);
    }
    static const char *const bad[] = {
        "",
        "-",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "0x1",
        "--1",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t value = 42;
        assert_false(slice_int64(slice_of(bad[i]), &value));
        assert_int_equal(value, 42);
    }
}

static void only_well_formed_utf8_without_nul_passes(void **state)
{
    (void)state;
    static const char *const good[] = {
        "",
        "plain",
        "\xC2\x80",
        "\xDF\xBF",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF",
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(slice_is_utf8(slice_of(good[i])));
    }
    static const char *const bad[] = {
        "\x80",         "\xC0\x80",         "\xC1\xBF",         "\xC2",         "\xC2\x41",
        "\xE0\x9F\xBF", "\xE2\x82",         "\xED\xA0\x80",     "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
        "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(slice_is_utf8(slice_of(bad[i])));
    }
    assert_false(slice_is_utf8(SLICE("a\0b")));
}

static void folding_makes_one_key_of_all_letter_cases(void **state)
{
    static const struct {
        const char *text, *folded;
    } rows[] = {
        { "", "" },
        { "HoSt-01", "host-01" },
        { "GR\xC3\x9C\xC3\x9F"
          "E",
          "gr\xC3\xBC\xC3\x9F"
          "e" },
        { "\xCE\x91\xCE\x92", "\xCE\xB1\xCE\xB2" },         /* Greek */
        { "x\xE2\x84\xAA", "xk" },                          /* the Kelvin sign becomes one byte */
        { "\xC8\xBA\xC8\xBE", "\xE2\xB1\xA5\xE2\xB1\xA6" }, /* and these become three */
        { "A\xFF\xC3", "a\xFF\xC3" },                       /* malformed bytes are kept */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(slice_fold(*state, slice_of(rows[i].text)), rows[i].folded);
        assert_string_equal(slice_fold(*state, slice_of(rows[i].folded)), rows[i].folded);
    }
}

static void folding_fails_when_the_arena_is_full(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4);
    assert_null(slice_fold(arena, SLICE("abcd")));
    assert_null(slice_dup(arena, SLICE("abcd")));
    assert_string_equal(slice_dup(arena, SLICE("abc")), "abc");
    arena_free(arena);
}

static void a_buffer_takes_bytes_up_to_its_limit(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 10);
    buffer_text(&buffer, "12345");
    buffer_print(&buffer, "%s", "6789");
    buffer_char(&buffer, '0');
    assert_false(buffer.overflow);
    assert_string_equal(buffer.bytes, "1234567890");
    buffer_add(&buffer, "", 0);
    assert_false(buffer.overflow);
    buffer_char(&buffer, 'x');
    assert_true(buffer.overflow);
    assert_string_equal(buffer.bytes, "1234567890");
    buffer_reset(&buffer);
    assert_false(buffer.overflow);
    assert_string_equal(buffer.bytes, "");
    buffer_done(&buffer);
    assert_null(buffer.bytes);
}

static void after_an_overflow_nothing_more_is_taken(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 4);
    buffer_text(&buffer, "abc");
    buffer_text(&buffer, "too long");
    buffer_char(&buffer, 'd');
    assert_true(buffer.overflow);
    assert_true(slice_is(buffer_slice(&buffer), "abc"));
    buffer_done(&buffer);
}

static void long_prints_grow_the_buffer(void **state)
{
    (void)state;
    char text[3001];
    memset(text, 'x', 3000);
    text[3000] = '\0';
    struct buffer buffer;
    buffer_init(&buffer, 6001);
    buffer_print(&buffer, "%s", text);
    buffer_print(&buffer, "%s!", text);
    assert_int_equal(buffer.length, 6001);
    assert_false(buffer.overflow);
    assert_int_equal(buffer.bytes[6000], '!');
    assert_int_equal(buffer.bytes[6001], '\0');
    buffer_print(&buffer, "%s", text);
    assert_true(buffer.overflow);
    assert_int_equal(buffer.length, 6001);
    buffer_done(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_compare_by_bytes_or_without_letter_case),
        cmocka_unit_test(blanks_at_both_ends_are_trimmed),
        cmocka_unit_test(a_head_ends_between_two_characters),
        cmocka_unit_test(a_cut_takes_what_stands_before_the_mark),
        cmocka_unit_test(a_text_is_taken_or_cut_at_whole),
        cmocka_unit_test(whole_numbers_are_read_to_both_ends_of_64_bits),
        cmocka_unit_test(only_well_formed_utf8_without_nul_passes),
        cmocka_unit_test_setup_teardown(folding_makes_one_key_of_all_letter_cases, set_up,
                                        tear_down),
        cmocka_unit_test(folding_fails_when_the_arena_is_full),
        cmocka_unit_test(a_buffer_takes_bytes_up_to_its_limit),
        cmocka_unit_test(after_an_overflow_nothing_more_is_taken),
        cmocka_unit_test(long_prints_grow_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
