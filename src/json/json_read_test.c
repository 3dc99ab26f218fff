/* Proves that JSON texts become the trees they say, and that malformed or outsized ones are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 8 * 1024 * 1024, MANY_NAMES = 3000 };

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

static const struct json *parse(struct arena *arena, struct slice text)
{
    const struct json *json = NULL;
    struct error error = { 0 };
    enum result result = json_parse(arena, text, &json_limits_usual, &json, &error);
    if (result != RESULT_OK) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(result, RESULT_OK);
    return json;
}

static void each_type_is_read(void **state)
{
    const struct json *json =
        parse(*state, SLICE(" {\"n\":null,\"t\":true,\"f\":false,\"i\":-12,\"d\":1.5e2,\"s\":\"x\","
                            "\"a\":[1,2,3],\"o\":{\"in\":{}}}\r\n"));
    assert_true(json_is(json, JSON_OBJECT));
    assert_int_equal(json->count, 8);
    assert_true(json_is(json_get(json, "n"), JSON_NULL));
    assert_true(json_get(json, "t")->boolean);
    assert_true(json_is(json_get(json, "f"), JSON_BOOL));
    assert_false(json_get(json, "f")->boolean);
    assert_true(json_is(json_get(json, "i"), JSON_INT));
    assert_int_equal(json_get(json, "i")->integer, -12);
    assert_true(json_get(json, "i")->number > -12.5 && json_get(json, "i")->number < -11.5);
    assert_true(json_is(json_get(json, "d"), JSON_NUMBER));
    assert_true(json_get(json, "d")->number > 149.9 && json_get(json, "d")->number < 150.1);
    assert_true(slice_is(json_text_of(json_get(json, "s")), "x"));
    const struct json *array = json_get(json, "a");
    assert_int_equal(array->count, 3);
    assert_int_equal(array->first->next->next->integer, 3);
    assert_null(array->first->next->next->next);
    assert_int_equal(json_path(json, "o.in")->count, 0);
}

static void whole_numbers_keep_all_64_bits(void **state)
{
    assert_true(parse(*state, SLICE("9223372036854775807"))->integer == INT64_MAX);
    assert_true(parse(*state, SLICE("-9223372036854775808"))->integer == INT64_MIN);
    assert_true(json_is(parse(*state, SLICE("9223372036854775808")), JSON_NUMBER));
    assert_true(json_is(parse(*state, SLICE("1.0")), JSON_NUMBER));
    assert_true(json_is(parse(*state, SLICE("1e2")), JSON_NUMBER));
}

static void escapes_are_decoded_to_utf8(void **state)
{
    assert_true(slice_equal(parse(*state, SLICE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e4\\u20ac"
                                                "\\ud83d\\ude00\""))
                                ->text,
                            SLICE("\"\\/\b\f\n\r\tA\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")));
    assert_true(slice_equal(parse(*state, SLICE("\"a\\u0000b\""))->text, SLICE("a\0b")));
    assert_true(slice_is(parse(*state, SLICE("\"\""))->text, ""));
    assert_true(slice_is(parse(*state, SLICE("{\"\\u0061\":1}"))->first->key, "a"));
    assert_true(slice_is(parse(*state, SLICE("{\"\":1}"))->first->key, ""));
}

static void decoded_text_is_always_utf8(void **state)
{
    static const char *const refused[] = { "\"\\ude00\"",     "\"x\\ude00\\ud83d\"",
                                           "{\"\\udfff\":1}", "\"\\ud83d\"",
                                           "\"\\ud83dx\"",    "\"\\ud83d\\u0041\"",
                                           "\"\\\\\\ud83d\"", "\"\\ud83d\\" };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        const struct json *json = NULL;
        assert_int_equal(json_parse(*state, slice_of(refused[i]), &json_limits_usual, &json, NULL),
                         RESULT_INVALID);
    }
    assert_true(slice_is(parse(*state, SLICE("\"\\\\ud83d\""))->text, "\\ud83d"));
    assert_true(slice_is_utf8(parse(*state, SLICE("\"\xED\x9F\xBF\\ud7ff\""))->text));
}

static void malformed_texts_are_refused(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "{",
        "}",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1,}",
        "nul",
        "True",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "--1",
        "NaN",
        "Infinity",
        "\"a",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12\"",
        "1 2",
        "{} {}",
        "[1] x",
        "/* c */ 1",
        "\"\x80\"",
        "\"\xC0\x80\"",
        "\"\xED\xA0\x80\"",
        "\xEF\xBB\xBF{}x",
        "1e400",
        "-1e400",
        "[",
        "[[1]",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct json *json = NULL;
        struct error error = { 0 };
        assert_int_equal(json_parse(*state, slice_of(rows[i]), &json_limits_usual, &json, &error),
                         RESULT_INVALID);
        assert_null(json);
        assert_string_equal(error.field, "body");
        assert_true(error.text[0] != '\0');
    }
    const struct json *json = NULL;
    assert_int_equal(json_parse(*state, slice_of(NULL), &json_limits_usual, &json, NULL),
                     RESULT_INVALID);
    assert_int_equal(json_parse(*state, SLICE("1\0"), &json_limits_usual, &json, NULL),
                     RESULT_INVALID);
}

static void a_number_of_too_many_digits_is_refused(void **state)
{
    char text[400];
    const struct json *json = NULL;
    memset(text, '1', sizeof(text));
    assert_int_equal(
        json_parse(*state, (struct slice){ text, 321 }, &json_limits_usual, &json, NULL),
        RESULT_INVALID);
    assert_int_equal(
        json_parse(*state, (struct slice){ text, 300 }, &json_limits_usual, &json, NULL),
        RESULT_OK);
}

static void the_bound_on_depth_is_kept(void **state)
{
    const struct json_limits limits = { .depth_max = 3, .values_max = 100 };
    const struct json *json = NULL;
    struct error error = { 0 };
    assert_int_equal(json_parse(*state, SLICE("[[[1]]]"), &limits, &json, &error), RESULT_OK);
    assert_int_equal(json_parse(*state, SLICE("[[[[]]]]"), &limits, &json, &error),
                     RESULT_TOO_LARGE);
    assert_int_equal(json_parse(*state, SLICE("[[{\"a\":[]}]]"), &limits, &json, &error),
                     RESULT_TOO_LARGE);
    char deep[200];
    const struct json_limits none = { .depth_max = UINT32_MAX, .values_max = UINT32_MAX };
    memset(deep, '[', sizeof(deep));
    assert_int_equal(json_parse(*state, (struct slice){ deep, sizeof(deep) }, &none, &json, &error),
                     RESULT_TOO_LARGE);
}

static void the_bound_on_values_is_kept(void **state)
{
    const struct json_limits limits = { .depth_max = 8, .values_max = 4 };
    const struct json *json = NULL;
    assert_int_equal(json_parse(*state, SLICE("[1,2,3]"), &limits, &json, NULL), RESULT_OK);
    assert_int_equal(json_parse(*state, SLICE("[1,2,3,4]"), &limits, &json, NULL),
                     RESULT_TOO_LARGE);
}

static void a_name_that_comes_twice_is_refused(void **state)
{
    const struct json *json = NULL;
    assert_int_equal(
        json_parse(*state, SLICE("{\"a\":1,\"\\u0061\":2}"), &json_limits_usual, &json, NULL),
        RESULT_INVALID);
    assert_non_null(parse(*state, SLICE("{\"a\":1,\"A\":2,\"b\":{\"a\":1}}")));
    for (size_t twice = 0; twice <= MANY_NAMES; twice += 250) {
        struct buffer text;
        buffer_init(&text, (size_t)MANY_NAMES * 16);
        for (size_t i = 0; i < MANY_NAMES; i++) {
            buffer_print(&text, "%c\"n%zu\":%zu", i == 0 ? '{' : ',', i, i);
        }
        if (twice < MANY_NAMES) {
            buffer_print(&text, ",\"n%zu\":0", twice);
        }
        buffer_char(&text, '}');
        assert_int_equal(json_parse(*state, buffer_slice(&text), &json_limits_usual, &json, NULL),
                         twice < MANY_NAMES ? RESULT_INVALID : RESULT_OK);
        buffer_done(&text);
        arena_reset(*state);
    }
}

static void a_full_arena_is_told_at_every_step(void **state)
{
    (void)state;
    enum result result = RESULT_TOO_LARGE;
    size_t failures = 0;
    for (size_t bytes = 1; result != RESULT_OK; bytes += 32) {
        struct arena *arena = arena_new(bytes);
        const struct json *json = NULL;
        result = json_parse(arena, SLICE("{\"a\":[1,\"text\",{\"b\":null}],\"c\":\"x\"}"),
                            &json_limits_usual, &json, NULL);
        assert_true(result == RESULT_OK || result == RESULT_TOO_LARGE);
        failures++;
        arena_free(arena);
    }
    assert_true(failures > 5);
}

static void texts_of_several_chunks_are_read(void **state)
{
    struct buffer text;
    buffer_init(&text, 2 * 1024 * 1024);
    buffer_char(&text, '[');
    for (size_t i = 0; i < 30000; i++) {
        buffer_print(&text, "%s\"\xC3\xA4 number %zu\"", i == 0 ? "" : ",", i);
    }
    buffer_char(&text, ']');
    const struct json *json = parse(*state, buffer_slice(&text));
    assert_int_equal(json->count, 30000);
    size_t i = 0;
    for (const struct json *at = json->first; at != NULL; at = at->next) {
        char expected[32];
        (void)snprintf(expected, sizeof(expected), "\xC3\xA4 number %zu", i++);
        assert_true(slice_is(at->text, expected));
    }
    buffer_done(&text);
}

static void members_are_found_by_name_and_path(void **state)
{
    const struct json *json =
        parse(*state, SLICE("{\"Host\":1,\"host\":2,\"event\":{\"code\":\"x\",\"a.b\":1}}"));
    assert_int_equal(json_get(json, "host")->integer, 2);
    assert_null(json_get(json, "HOST"));
    assert_int_equal(json_get_any_case(json, "host")->integer, 2);
    assert_int_equal(json_get_any_case(json, "HOST")->integer, 1);
    assert_null(json_get_any_case(json, "hos"));
    assert_true(slice_is(json_text_of(json_path(json, "event.code")), "x"));
    assert_null(json_path(json, "event.none.code"));
    assert_null(json_path(json, "Host.code"));
    assert_null(json_get(NULL, "a"));
    assert_null(json_get_any_case(NULL, "a"));
    assert_null(json_get(json->first, "a"));
    assert_int_equal(json_text_of(NULL).length, 0);
    assert_int_equal(json_text_of(json).length, 0);
    assert_false(json_is(NULL, JSON_NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_is_read),
        cmocka_unit_test(whole_numbers_keep_all_64_bits),
        cmocka_unit_test(escapes_are_decoded_to_utf8),
        cmocka_unit_test(decoded_text_is_always_utf8),
        cmocka_unit_test(malformed_texts_are_refused),
        cmocka_unit_test(a_number_of_too_many_digits_is_refused),
        cmocka_unit_test(the_bound_on_depth_is_kept),
        cmocka_unit_test(the_bound_on_values_is_kept),
        cmocka_unit_test(a_name_that_comes_twice_is_refused),
        cmocka_unit_test(a_full_arena_is_told_at_every_step),
        cmocka_unit_test(texts_of_several_chunks_are_read),
        cmocka_unit_test(members_are_found_by_name_and_path),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
