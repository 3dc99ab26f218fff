/* Proves that forms are read as browsers and command-line tools send them, and that all else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "http/multipart.h"

/* After ours: it makes a macro of `fail`. */
#include <cmocka.h>

enum { ARENA_BYTES = 1 << 20 };

#define MULTIPART "multipart/form-data; boundary=xYz"
#define PART(disposition, value) \
    "--xYz\r\nContent-Disposition: " disposition "\r\n\r\n" value "\r\n"
#define END "--xYz--\r\n"

static int make(void **state)
{
    *state = arena_new(ARENA_BYTES);
    return *state == NULL ? -1 : 0;
}

static int drop(void **state)
{
    arena_free(*state);
    return 0;
}

static enum result parse(struct arena *arena, const char *type, const char *body, struct form *form)
{
    struct error error;
    return form_parse(arena, slice_of(type), slice_of(body), form, &error);
}

static void assert_slice(struct slice value, const char *text)
{
    if (!slice_is(value, text)) {
        print_error("wanted \"%s\", got \"%.*s\"\n", text, (int)value.length, value.text);
    }
    assert_true(slice_is(value, text));
}

static void fields_and_files_are_told_apart(void **state)
{
    struct form form;
    static const char body[] =
        "--xYz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
        "--xYz\r\ncontent-disposition:form-data;name=b;filename=\"f.xml\"\r\n"
        "Content-Type: text/xml\r\n\r\n<a>\r\n--x</a>\r\n"
        "--xYz\r\nContent-Disposition: form-data; name=\"c\"\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n\r\n"
        "--xYz\r\nContent-Disposition: form-data; name=\"d\"\r\n"
        "Content-Type: application/json\r\nX-Other: y\r\n\r\n{}\r\n" END;
    assert_int_equal(parse(*state, MULTIPART, body, &form), RESULT_OK);
    assert_int_equal(form.count, 4);
    assert_slice(form_find(&form, "A")->value, "1");
    assert_false(form_find(&form, "a")->is_file);
    assert_slice(form_find(&form, "b")->value, "<a>\r\n--x</a>");
    assert_slice(form_find(&form, "b")->file_name, "f.xml");
    assert_slice(form_find(&form, "b")->content_type, "text/xml");
    assert_true(form_find(&form, "b")->is_file);
    assert_slice(form_find(&form, "c")->value, "");
    assert_false(form_find(&form, "c")->is_file);
    assert_true(form_find(&form, "d")->is_file);
    assert_null(form_find(&form, "e"));
}

static void names_may_be_quoted_escaped_and_extended(void **state)
{
    static const struct {
        const char *disposition, *name, *file_name;
    } rows[] = {
        { "form-data; name=\"a;b=c\"", "a;b=c", "" },
        { "form-data; name=\"a\\\"b\\\\c\"", "a\"b\\c", "" },
        { "form-data; name=\"a\"; filename=\"C:\\dir\\f\"", "a", "C:\\dir\\f" },
        { "form-data ; other=1 ; name = a ; filename=\"\";", "a", "" },
        { "form-data; filename*=UTF-8''na%C3%AFve%20x; name=a; filename=\"n\"", "a",
          "na\xC3\xAFve x" },
        { "FORM-DATA; NAME=\"\xC3\xA4\"", "\xC3\xA4", "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char body[512];
        struct form form;
        (void)snprintf(body, sizeof(body), "--xYz\r\nContent-Disposition: %s\r\n\r\nv\r\n--xYz--",
                       rows[i].disposition);
        assert_int_equal(parse(*state, MULTIPART, body, &form), RESULT_OK);
        assert_slice(form.parts[0].name, rows[i].name);
        assert_slice(form.parts[0].file_name, rows[i].file_name);
        assert_slice(form.parts[0].value, "v");
    }
}

static void the_boundary_may_be_quoted_and_stand_anywhere(void **state)
{
    static const char *const types[] = { "multipart/form-data; boundary=\"xYz\"",
                                         "Multipart/Form-Data;charset=utf-8; Boundary=xYz ;",
                                         "multipart/form-data;boundary=\"xYz\"; charset=\"a;b\"" };
    struct form form;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        assert_int_equal(parse(*state, types[i], PART("form-data; name=a", "1") END, &form),
                         RESULT_OK);
        assert_int_equal(form.count, 1);
    }
    assert_int_equal(
        parse(*state, MULTIPART, "preamble --xYz\r\n" PART("form-data; name=a", "1") END, &form),
        RESULT_OK);
    assert_int_equal(form.count, 1);
    assert_int_equal(parse(*state, MULTIPART, "--xYz--\r\n", &form), RESULT_OK);
    assert_int_equal(form.count, 0);
    assert_int_equal(parse(*state, MULTIPART,
                           "--xYz \t\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" END,
                           &form),
                     RESULT_OK);
    assert_slice(form.parts[0].value, "");
}

static void boundaries_of_70_characters_are_the_longest(void **state)
{
    char type[256];
    char body[512];
    struct form form;
    for (int length = 70; length <= 71; length++) {
        char boundary[80];
        memset(boundary, 'b', sizeof(boundary));
        boundary[length] = '\0';
        (void)snprintf(type, sizeof(type), "multipart/form-data; boundary=%s", boundary);
        (void)snprintf(body, sizeof(body), "--%s--\r\n", boundary);
        assert_int_equal(parse(*state, type, body, &form),
                         length == 70 ? RESULT_OK : RESULT_INVALID);
    }
    static const char *const types[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=\"xYz",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=a{b",
        "multipart/form-data; boundary=\"a\" b",
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        assert_int_equal(parse(*state, types[i], "--xYz--\r\n", &form), RESULT_INVALID);
    }
}

static void malformed_bodies_are_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        "--xYz",
        "--xYz\r\n",
        "--xYz\n",
        "-xYz--",
        " --xYz--",
        "--xYzz\r\n" END,
        "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nv",
        "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--xY",
        "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--xYz",
        "--xYz\r\nContent-Disposition: form-data; name=a\n\nv\r\n" END,
        "--xYz\r\nContent-Disposition: form-data; name=a\r\n",
        "--xYz\r\n\r\nv\r\n" END,
        PART("form-data", "v") END,
        PART("form-data; name", "v") END,
        PART("form-data; name=\"a", "v") END,
        PART("form-data; name=\"a\"b", "v") END,
        PART("form-data; x; name=a", "v") END,
        PART("form-dataX; name=a", "v") END,
        PART("attachment; name=a", "v") END,
        PART("form-data; name=\"\xC3\"", "v") END,
        PART("form-data; name=a; filename=\"\xFF\"", "v") END,
        PART("form-data; name=a; filename*=UTF-8''%zz", "v") END,
        PART("form-data; name=a; filename*=UTF-8''%C3", "v") END,
        PART("form-data; name=a; filename*=latin1''a", "v") END,
        "--xYz\r\nContent-Disposition form-data\r\n\r\nv\r\n" END,
        "--xYz\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nv\r\n" END,
    };
    struct form form;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        if (parse(*state, MULTIPART, bodies[i], &form) != RESULT_INVALID) {
            print_error("not refused: %s\n", bodies[i]);
        }
        assert_int_equal(parse(*state, MULTIPART, bodies[i], &form), RESULT_INVALID);
    }
    assert_int_equal(parse(*state, "text/plain", "a=1", &form), RESULT_UNSUPPORTED);
    assert_int_equal(parse(*state, "", "a=1", &form), RESULT_UNSUPPORTED);
}

static void sixty_four_parts_are_the_most(void **state)
{
    for (int count = FORM_PARTS_MAX; count <= FORM_PARTS_MAX + 1; count++) {
        struct buffer body;
        struct buffer fields;
        struct form form;
        enum result wanted = count == FORM_PARTS_MAX ? RESULT_OK : RESULT_TOO_LARGE;
        buffer_init(&body, 1 << 16);
        buffer_init(&fields, 1 << 16);
        for (int i = 0; i < count; i++) {
            buffer_text(&body, PART("form-data; name=a", "v"));
            buffer_text(&fields, "&a=b");
        }
        buffer_text(&body, END);
        assert_int_equal(parse(*state, MULTIPART, body.bytes, &form), wanted);
        assert_int_equal(parse(*state, "application/x-www-form-urlencoded", fields.bytes, &form),
                         wanted);
        buffer_done(&body);
        buffer_done(&fields);
    }
}

static void headers_of_a_part_end_at_their_bound(void **state)
{
    static const char front[] = "--xYz\r\nContent-Disposition: form-data; name=a\r\nX: ";
    for (int over = 0; over <= 1; over++) {
        struct buffer body;
        struct form form;
        buffer_init(&body, 1 << 16);
        buffer_text(&body, front);
        /* The first line's "--xYz" and CRLF do not count, the empty line at the end does. */
        while (body.length < FORM_HEAD_BYTES_MAX + strlen("--xYz\r\n") - 4 + (size_t)over) {
            buffer_char(&body, 'x');
        }
        buffer_text(&body, "\r\n\r\nv\r\n" END);
        assert_int_equal(parse(*state, MULTIPART, body.bytes, &form),
                         over ? RESULT_TOO_LARGE : RESULT_OK);
        buffer_done(&body);
    }
}

static void urlencoded_fields_are_decoded(void **state)
{
    static const char type[] = "application/x-www-form-urlencoded; charset=utf-8";
    struct form form;
    assert_int_equal(parse(*state, type, "a=1+2&b=%C3%A4%26&&c&d=&=e&a=3\r\n", &form), RESULT_OK);
    assert_int_equal(form.count, 6);
    assert_slice(form_find(&form, "a")->value, "1 2");
    assert_slice(form_find(&form, "B")->value, "\xC3\xA4&");
    assert_slice(form_find(&form, "c")->value, "");
    assert_slice(form_find(&form, "")->value, "e");
    assert_int_equal(parse(*state, type, "", &form), RESULT_OK);
    assert_int_equal(form.count, 0);
    static const char *const bad[] = { "a=%", "a=%4", "a=%zz", "%=1", "a=%C3", "a=%00", "\xFF=1" };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(parse(*state, type, bad[i], &form), RESULT_INVALID);
    }
}

static void a_hostile_form_takes_linear_time(void **state)
{
    enum { HOSTILE_BYTES = 8 << 20 };
    struct form form;
    struct error error;
    char *body = malloc(HOSTILE_BYTES);
    assert_non_null(body);
    int64_t started_us = time_monotonic_us();
    static const char *const patterns[] = { "\r\n--xY", "\r\n", "-", "\r\n--xYz\r\n" };
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        size_t length = strlen(patterns[i]);
        for (size_t at = 0; at + length <= HOSTILE_BYTES; at += length) {
            memcpy(body + at, patterns[i], length);
        }
        memcpy(body, "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\n", 49);
        assert_int_not_equal(form_parse(*state, slice_of(MULTIPART),
                                        (struct slice){ body, HOSTILE_BYTES - 16 }, &form, &error),
                             RESULT_OK);
    }
    assert_true(time_monotonic_us() - started_us < 5 * US_PER_SECOND);
    free(body);
}

static void a_full_arena_is_said(void **state)
{
    (void)state;
    struct form form;
    struct arena *arena = NULL;
    enum result result = RESULT_NO_MEMORY;
    for (size_t bytes = 1; result == RESULT_NO_MEMORY; bytes += 7) {
        arena = arena_new(bytes);
        assert_non_null(arena);
        result =
            parse(arena, MULTIPART, PART("form-data; name=a; filename*=UTF-8''b", "v") END, &form);
        assert_true(result == RESULT_NO_MEMORY || result == RESULT_OK);
        arena_free(arena);
    }
    assert_int_equal(result, RESULT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields_and_files_are_told_apart, make, drop),
        cmocka_unit_test_setup_teardown(names_may_be_quoted_escaped_and_extended, make, drop),
        cmocka_unit_test_setup_teardown(the_boundary_may_be_quoted_and_stand_anywhere, make, drop),
        cmocka_unit_test_setup_teardown(boundaries_of_70_characters_are_the_longest, make, drop),
        cmocka_unit_test_setup_teardown(malformed_bodies_are_refused, make, drop),
        cmocka_unit_test_setup_teardown(sixty_four_parts_are_the_most, make, drop),
        cmocka_unit_test_setup_teardown(headers_of_a_part_end_at_their_bound, make, drop),
        cmocka_unit_test_setup_teardown(urlencoded_fields_are_decoded, make, drop),
        cmocka_unit_test_setup_teardown(a_hostile_form_takes_linear_time, make, drop),
        cmocka_unit_test(a_full_arena_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
