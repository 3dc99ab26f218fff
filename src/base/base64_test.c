/* Proves that base64 and hexadecimal go out and come back, and that what is neither is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 1024 * 1024, LENGTH_MAX = 200 };

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

static void the_vectors_of_rfc_4648_hold(void **state)
{
    static const struct {
        const char *plain, *packed, *url;
    } rows[] = {
        { "", "", "" },
        { "f", "Zg==", "Zg" },
        { "fo", "Zm8=", "Zm8" },
        { "foo", "Zm9v", "Zm9v" },
        { "foob", "Zm9vYg==", "Zm9vYg" },
        { "fooba", "Zm9vYmE=", "Zm9vYmE" },
        { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
        { "\xFB\xFF\xBE", "+/++", "-_--" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice plain = slice_of(rows[i].plain);
        struct slice back;
        assert_string_equal(base64_encode(*state, plain.text, plain.length), rows[i].packed);
        assert_string_equal(base64url_encode(*state, plain.text, plain.length), rows[i].url);
        assert_true(base64_decode(*state, slice_of(rows[i].packed), &back));
        assert_true(slice_equal(back, plain));
        assert_true(base64_decode(*state, slice_of(rows[i].url), &back));
        assert_true(slice_equal(back, plain));
    }
}

static void every_length_comes_back(void **state)
{
    unsigned char bytes[LENGTH_MAX];
    for (size_t i = 0; i < LENGTH_MAX; i++) {
        bytes[i] = (unsigned char)(i * 89 + 7);
    }
    for (size_t length = 0; length < LENGTH_MAX; length++) {
        struct slice back;
        assert_true(
            base64_decode(*state, slice_of(base64url_encode(*state, bytes, length)), &back));
        assert_int_equal(back.length, length);
        assert_int_equal(memcmp(back.text, bytes, length), 0);
    }
}

static void blanks_and_line_ends_are_skipped(void **state)
{
    struct slice back;
    assert_true(base64_decode(*state, SLICE(" Zm9v\r\nYm Fy\t\n"), &back));
    assert_true(slice_is(back, "foobar"));
}

static void malformed_base64_is_refused(void **state)
{
    static const char *const rows[] = {
        "Z",    "Zm9vY",    "Zg=",  "Zg===", "=",     "====",
        "Z=g=", "Zg==Zg==", "Zh==", "Zm9=",  "Zm9v!", "Zm\xC3\xA4zv",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice back;
        assert_false(base64_decode(*state, slice_of(rows[i]), &back));
    }
    struct slice back;
    assert_false(base64_decode(*state, SLICE("Zm\0v"), &back));
}

static void a_full_arena_is_told(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4);
    struct slice back;
    assert_null(base64_encode(arena, "abcd", 4));
    assert_null(base64_encode(arena, "abcd", SIZE_MAX));
    assert_false(base64_decode(arena, SLICE("Zm9vYmFy"), &back));
    arena_free(arena);
}

static void hexadecimal_goes_out_lower_and_comes_back_in_either_case(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 0x00, 0x9A, 0xFF };
    char text[2 * sizeof(bytes) + 1];
    uint8_t back[sizeof(bytes)];
    hex_encode(bytes, sizeof(bytes), text);
    assert_string_equal(text, "009aff");
    assert_true(hex_decode(SLICE("009aFF"), back, sizeof(back)));
    assert_memory_equal(back, bytes, sizeof(bytes));
    assert_false(hex_decode(SLICE("009af"), back, sizeof(back)));
    assert_false(hex_decode(SLICE("009aff0"), back, sizeof(back)));
    assert_false(hex_decode(SLICE("009afg"), back, sizeof(back)));
    assert_false(hex_decode(SLICE(" 09aff"), back, sizeof(back)));
    hex_encode(NULL, 0, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_4648_hold),
        cmocka_unit_test(every_length_comes_back),
        cmocka_unit_test(blanks_and_line_ends_are_skipped),
        cmocka_unit_test(malformed_base64_is_refused),
        cmocka_unit_test(a_full_arena_is_told),
        cmocka_unit_test(hexadecimal_goes_out_lower_and_comes_back_in_either_case),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
