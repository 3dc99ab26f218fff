/* Proves that separated values are read in each encoding, with each separator, with quotes, and up to the bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/csv.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 4 * 1024 * 1024, ROWS_MAX = 100, MANY_CELLS = 1024, QUOTED_CELLS = 20000 };

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

static struct csv parse(struct arena *arena, struct slice text)
{
    struct csv csv;
    struct error error = { 0 };
    enum result result = csv_parse(arena, text, ROWS_MAX, &csv, &error);
    if (result != RESULT_OK) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(result, RESULT_OK);
    return csv;
}

/* Cells between bars, rows ended by a slash. */
static void assert_rows(struct arena *arena, struct slice text, const char *expected)
{
    struct csv csv = parse(arena, text);
    struct buffer found;
    buffer_init(&found, 4096);
    for (size_t i = 0; i < csv.row_count; i++) {
        for (size_t cell = 0; cell < csv.rows[i].cell_count; cell++) {
            buffer_text(&found, cell == 0 ? "" : "|");
            buffer_add(&found, csv.rows[i].cells[cell].text, csv.rows[i].cells[cell].length);
        }
        buffer_char(&found, '/');
    }
    assert_string_equal(found.bytes == NULL ? "" : found.bytes, expected);
    buffer_done(&found);
}

static void the_separator_is_the_one_that_stands_first(void **state)
{
    assert_rows(*state, SLICE("a,b;c\n1,2\t3"), "a|b;c/1|2\t3/");
    assert_rows(*state, SLICE("a;b,c\n1;2,3\n"), "a|b,c/1|2,3/");
    assert_rows(*state, SLICE("a\tb,c\n1\t2"), "a|b,c/1|2/");
    assert_rows(*state, SLICE("host\na,b\n"), "host/a|b/");
    assert_rows(*state, SLICE("\"a,b\";c\n1;2\n"), "a,b|c/1|2/");
}

static void cells_are_trimmed_and_empty_lines_left_out(void **state)
{
    assert_rows(*state, SLICE("  a , b \r\n\r\n \n,\n  \"q\" ,z\r\n"), "a|b/|/q|z/");
    assert_rows(*state, SLICE(""), "");
    assert_rows(*state, slice_of(NULL), "");
    assert_rows(*state, SLICE("\n\r\n\n"), "");
    assert_rows(*state, SLICE("a,"), "a|/");
}

static void quotes_protect_separators_line_ends_and_quotes(void **state)
{
    assert_rows(*state, SLICE("\"a,1\",\"say \"\"hi\"\"\",\"\"\nx,\"two\nlines\",y"),
                "a,1|say \"hi\"|/x|two\nlines|y/");
    assert_rows(*state, SLICE("in \"the\" middle,b"), "in \"the\" middle|b/");
    assert_rows(*state, SLICE("\"\"\"\"\n"), "\"/");
}

static void rows_know_their_line(void **state)
{
    struct csv csv = parse(*state, SLICE("a\n\n\"b\nc\"\nd\n"));
    assert_int_equal(csv.row_count, 3);
    assert_int_equal(csv.rows[0].line, 1);
    assert_int_equal(csv.rows[1].line, 3);
    assert_int_equal(csv.rows[2].line, 5);
}

static void a_byte_order_mark_tells_the_encoding(void **state)
{
    assert_rows(*state,
                SLICE("\xEF\xBB\xBF"
                      "a,\xC3\xA4"),
                "a|\xC3\xA4/");
    assert_rows(*state,
                SLICE("\xFF\xFE"
                      "a\0,\0\xE4\0\n\0"),
                "a|\xC3\xA4/");
    assert_rows(*state,
                SLICE("\xFE\xFF"
                      "\0a\0,\0\xE4\0\n"),
                "a|\xC3\xA4/");
    assert_rows(*state,
                SLICE("\xFE\xFF"
                      "\xD8\x3D\xDE\x00\x20\xAC"),
                "\xF0\x9F\x98\x80\xE2\x82\xAC/");
    assert_rows(*state, SLICE("\xEF\xBB\xBF"), "");
    assert_rows(*state, SLICE("\xFF\xFE"), "");
}

static void assert_refused(struct arena *arena, struct slice text, enum result result,
                           const char *words)
{
    struct csv csv;
    struct error error = { 0 };
    assert_int_equal(csv_parse(arena, text, ROWS_MAX, &csv, &error), result);
    assert_non_null(strstr(error.text, words));
    assert_string_equal(error.field, "csvFile");
}

static void malformed_files_are_refused(void **state)
{
    assert_refused(*state, SLICE("a\n\"b"), RESULT_INVALID, "line 2");
    assert_refused(*state, SLICE("a\n\"b\"\"\n\n"), RESULT_INVALID, "line 2");
    assert_refused(*state, SLICE("\"b\"c"), RESULT_INVALID, "line 1");
    assert_refused(*state, SLICE("a\xFF"), RESULT_INVALID, "UTF-8");
    assert_refused(*state, SLICE("a\0b"), RESULT_INVALID, "UTF-8");
    assert_refused(*state,
                   SLICE("\xFF\xFE"
                         "a"),
                   RESULT_INVALID, "UTF-16");
    assert_refused(*state,
                   SLICE("\xFF\xFE"
                         "a\0b"),
                   RESULT_INVALID, "UTF-16");
    assert_refused(*state,
                   SLICE("\xFE\xFF"
                         "\xD8\x3D"),
                   RESULT_INVALID, "UTF-16");
    assert_refused(*state,
                   SLICE("\xFE\xFF"
                         "\xD8\x3D"
                         "\0a"),
                   RESULT_INVALID, "UTF-16");
    assert_refused(*state,
                   SLICE("\xFE\xFF"
                         "\xDE\x00"),
                   RESULT_INVALID, "UTF-16");
}

static void the_bound_on_rows_is_kept(void **state)
{
    char text[2 * ROWS_MAX + 3];
    for (size_t i = 0; i <= ROWS_MAX; i++) {
        memcpy(text + 2 * i, "x\n", 2);
    }
    assert_int_equal(parse(*state, (struct slice){ text, 2 * (size_t)ROWS_MAX }).row_count,
                     ROWS_MAX);
    assert_refused(*state, (struct slice){ text, 2 * (size_t)ROWS_MAX + 2 }, RESULT_TOO_LARGE,
                   "100 rows");
}

static void the_bound_on_cells_is_kept(void **state)
{
    char text[MANY_CELLS];
    memset(text, ',', sizeof(text));
    assert_int_equal(parse(*state, (struct slice){ text, MANY_CELLS - 1 }).rows[0].cell_count,
                     MANY_CELLS);
    assert_refused(*state, (struct slice){ text, MANY_CELLS }, RESULT_TOO_LARGE, "1024 cells");
}

/* Each cell costs its own size, not the rest of the file. */
static void many_quoted_cells_fit_a_small_arena(void **state)
{
    struct buffer text;
    buffer_init(&text, (size_t)QUOTED_CELLS * 12);
    for (size_t i = 0; i < QUOTED_CELLS; i++) {
        buffer_print(&text, "\"h%zu\"\n", i);
    }
    struct csv csv;
    assert_int_equal(csv_parse(*state, buffer_slice(&text), QUOTED_CELLS, &csv, NULL), RESULT_OK);
    assert_int_equal(csv.row_count, QUOTED_CELLS);
    assert_true(slice_is(csv.rows[QUOTED_CELLS - 1].cells[0], "h19999"));
    buffer_done(&text);
}

static void a_full_arena_is_told(void **state)
{
    (void)state;
    static const struct slice text = { "\xFF\xFE"
                                       "a\0\"\0",
                                       6 };
    size_t bytes = 1;
    enum result result = RESULT_NO_MEMORY;
    for (; result == RESULT_NO_MEMORY; bytes += 64) {
        struct arena *arena = arena_new(bytes);
        struct csv csv;
        result = csv_parse(arena, text, ROWS_MAX, &csv, NULL);
        arena_free(arena);
    }
    assert_int_equal(result, RESULT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_separator_is_the_one_that_stands_first),
        cmocka_unit_test(cells_are_trimmed_and_empty_lines_left_out),
        cmocka_unit_test(quotes_protect_separators_line_ends_and_quotes),
        cmocka_unit_test(rows_know_their_line),
        cmocka_unit_test(a_byte_order_mark_tells_the_encoding),
        cmocka_unit_test(malformed_files_are_refused),
        cmocka_unit_test(the_bound_on_rows_is_kept),
        cmocka_unit_test(the_bound_on_cells_is_kept),
        cmocka_unit_test(many_quoted_cells_fit_a_small_arena),
        cmocka_unit_test(a_full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
