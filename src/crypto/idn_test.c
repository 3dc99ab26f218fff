/* Proves that domain names come to one ASCII form, whatever their letters, and that what has none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "crypto/idn.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static void names_come_to_lower_case_ascii(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "Example.COM", "example.com" },
        { "B\xC3\xBC"
          "cher.example",
          "xn--bcher-kva.example" },
        { "B\xC3\x9C"
          "CHER.Example",
          "xn--bcher-kva.example" },
        /* u and a combining diaeresis are the same letter. */
        { "bu\xCC\x88"
          "cher.example",
          "xn--bcher-kva.example" },
        { "xn--bcher-kva.example", "xn--bcher-kva.example" },
    };
    struct arena *arena = arena_new(1024 * 1024);
    struct error error = { .field = NULL };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *out = NULL;
        assert_int_equal(idn_to_ascii(arena, slice_of(rows[i][0]), &out, &error), RESULT_OK);
        assert_string_equal(out, rows[i][1]);
    }
    arena_free(arena);
}

static void what_has_no_form_is_refused(void **state)
{
    (void)state;
    char label[70];
    char name[400];
    memset(label, 'a', sizeof(label));
    memset(name, 'a', sizeof(name));
    for (size_t i = 50; i < sizeof(name); i += 50) {
        name[i] = '.';
    }
    const struct slice rows[] = {
        { label, 64 },
        { name, 254 },
        { name, 400 },
        SLICE("\xFF\xFE.example"),
    };
    struct arena *arena = arena_new(1024 * 1024);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error error = { .field = NULL };
        const char *out = NULL;
        enum result result = idn_to_ascii(arena, rows[i], &out, &error);
        if (result == RESULT_OK) {
            /* ASCII of 64 letters passes here; what a domain may look like is decided elsewhere. */
            assert_int_equal(i, 0);
            continue;
        }
        assert_int_equal(result, RESULT_INVALID);
        assert_non_null(strstr(error.text, "253"));
    }
    arena_free(arena);
}

static void letters_and_their_marks_are_composed(void **state)
{
    (void)state;
    const struct {
        struct slice name;
        const char *composed;
    } rows[] = {
        { SLICE("anna"), "anna" },
        { SLICE("A\xcc\x88rger"), "\xc3\x84rger" },
        { SLICE("\xc3\x84rger"), "\xc3\x84rger" },
        { SLICE("\xe1\x84\x80\xe1\x85\xa1"), "\xea\xb0\x80" },
        { SLICE("\xef\xac\x81x"), "\xef\xac\x81x" },
        { SLICE("\xc3\xa4\tb"), "\xc3\xa4\tb" },
        { SLICE("\xff\xc3"), "\xff\xc3" },
        { SLICE(""), "" },
    };
    struct arena *arena = arena_new(1024 * 1024);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(name_composed(arena, rows[i].name), rows[i].composed);
    }
    char longest[NAME_COMPOSED_BYTES_MAX + 5];
    for (size_t i = 0; i < sizeof(longest); i += 3) {
        memcpy(longest + i, "A\xcc\x88", sizeof(longest) - i < 3 ? sizeof(longest) - i : 3);
    }
    const struct slice past = { longest, NAME_COMPOSED_BYTES_MAX + 1 };
    assert_memory_equal(name_composed(arena, past), longest, past.length);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_to_lower_case_ascii),
        cmocka_unit_test(what_has_no_form_is_refused),
        cmocka_unit_test(letters_and_their_marks_are_composed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
