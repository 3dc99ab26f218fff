/* Proves that what is written is JSON, with commas and escapes in their places, and reads back as the same. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "json/write.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 1024 * 1024 };

struct place {
    struct buffer buffer;
    struct json_writer writer;
};

static int set_up(void **state)
{
    static struct place place;
    buffer_init(&place.buffer, ARENA_BYTES);
    json_writer_init(&place.writer, &place.buffer);
    *state = &place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    buffer_done(&place->buffer);
    return 0;
}

static void commas_stand_between_values_only(void **state)
{
    struct place *place = *state;
    struct json_writer *writer = &place->writer;
    json_begin_object(writer);
    json_member_text(writer, "a", "x");
    json_member_text(writer, "none", NULL);
    json_member_int(writer, "i", -5);
    json_member_bool(writer, "b", true);
    json_member_null(writer, "n");
    json_member_slice(writer, "s", SLICE("y"));
    json_key(writer, "list");
    json_begin_array(writer);
    json_begin_array(writer);
    json_end_array(writer);
    json_begin_object(writer);
    json_end_object(writer);
    json_put_bool(writer, false);
    json_put_raw(writer, SLICE("{\"r\":1}"));
    json_end_array(writer);
    json_key_slice(writer, SLICE("last"));
    json_put_null(writer);
    json_end_object(writer);
    assert_string_equal(place->buffer.bytes,
                        "{\"a\":\"x\",\"none\":null,\"i\":-5,\"b\":true,\"n\":null,\"s\":\"y\","
                        "\"list\":[[],{},false,{\"r\":1}],\"last\":null}");
}

static void text_is_escaped_where_it_must_be(void **state)
{
    struct place *place = *state;
    json_put_slice(&place->writer, SLICE("\"\\/\b\f\n\r\t\x01\x1F\x7F\0\xC3\xA4\xF0\x9F\x98\x80"));
    assert_string_equal(place->buffer.bytes,
                        "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\\u0000\xC3\xA4"
                        "\xF0\x9F\x98\x80\"");
}

static void malformed_utf8_becomes_the_replacement_character(void **state)
{
    struct place *place = *state;
    static const struct {
        const char *text, *written;
    } rows[] = {
        { "a\x80z", "\"a\xEF\xBF\xBDz\"" },
        { "\xC3", "\"\xEF\xBF\xBD\"" },
        { "\xC0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"" },
        { "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" },
        { "\xF4\x90\x80\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" },
        { "\xE2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"" },
        { "", "\"\"" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buffer_reset(&place->buffer);
        json_writer_init(&place->writer, &place->buffer);
        json_put_text(&place->writer, rows[i].text);
        assert_string_equal(place->buffer.bytes, rows[i].written);
    }
}

static void numbers_are_written_to_their_last_digit(void **state)
{
    struct place *place = *state;
    json_begin_array(&place->writer);
    json_put_int(&place->writer, 0);
    json_put_int(&place->writer, INT64_MAX);
    json_put_int(&place->writer, INT64_MIN);
    json_put_double(&place->writer, 0.1);
    json_put_double(&place->writer, 1.5e300);
    json_put_double(&place->writer, 1.0 / 3.0);
    json_put_double(&place->writer, HUGE_VAL);
    json_put_double(&place->writer, (double)NAN);
    json_end_array(&place->writer);
    assert_string_equal(place->buffer.bytes,
                        "[0,9223372036854775807,-9223372036854775808,0.1,1.5e+300,"
                        "0.3333333333333333,null,null]");
}

static void a_tree_is_written_as_it_was_read(void **state)
{
    struct place *place = *state;
    static const char text[] =
        "{\"a\":[1,-2.5,true,null,\"x\\u0000\\n\"],\"o\":{\"\":[]},\"e\":{}}";
    struct arena *arena = arena_new(ARENA_BYTES);
    const struct json *json = NULL;
    assert_int_equal(json_parse(arena, slice_of(text), &json_limits_usual, &json, NULL), RESULT_OK);
    json_put_value(&place->writer, json);
    assert_string_equal(place->buffer.bytes, text);
    arena_free(arena);
}

static void an_overflow_shows_in_the_buffer(void **state)
{
    (void)state;
    struct buffer buffer;
    struct json_writer writer;
    buffer_init(&buffer, 8);
    json_writer_init(&writer, &buffer);
    json_begin_array(&writer);
    json_put_text(&writer, "longer than eight");
    json_end_array(&writer);
    assert_true(buffer.overflow);
    buffer_done(&buffer);
}

static void the_greatest_depth_can_be_written(void **state)
{
    struct place *place = *state;
    for (int i = 0; i < JSON_WRITE_DEPTH_MAX; i++) {
        json_begin_array(&place->writer);
    }
    for (int i = 0; i < JSON_WRITE_DEPTH_MAX; i++) {
        json_end_array(&place->writer);
    }
    assert_int_equal(place->buffer.length, 2 * JSON_WRITE_DEPTH_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(commas_stand_between_values_only),
        TEST(text_is_escaped_where_it_must_be),
        TEST(malformed_utf8_becomes_the_replacement_character),
        TEST(numbers_are_written_to_their_last_digit),
        TEST(a_tree_is_written_as_it_was_read),
        TEST(an_overflow_shows_in_the_buffer),
        TEST(the_greatest_depth_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
