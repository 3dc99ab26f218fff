/* Whose word counts, what is refused and how it is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"
#include "cli/options.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 4 * 1024 * 1024, ARGUMENTS_MAX = 80 };

#define NAMES "config data listen log-format rate-limit strict json"

static struct arena *arena;
static struct options options;
static struct error error;
static bool help;
static char path[64];

static int set_up(void **state)
{
    (void)state;
    static const char *const variables[] = { "REEVE_CONFIG", "REEVE_DATA",       "REEVE_LISTEN",
                                             "REEVE_STRICT", "REEVE_RATE_LIMIT", "REEVE_JSON" };
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        (void)unsetenv(variables[i]);
    }
    arena = arena_new(ARENA_BYTES);
    error = (struct error){ .field = NULL };
    (void)snprintf(path, sizeof(path), "/tmp/reeve-options-XXXXXX");
    int file = mkstemp(path);
    if (file >= 0) {
        (void)close(file);
    }
    return arena == NULL || file < 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return unlink(path);
}

/* The arguments as one text, with blanks between them. */
static enum result parse(const char *text)
{
    char *arguments[ARGUMENTS_MAX];
    int count = 0;
    struct slice rest = slice_of(text);
    while (rest.length > 0) {
        assert_true(count < ARGUMENTS_MAX);
        arguments[count++] = slice_dup(arena, slice_cut(&rest, ' '));
    }
    return options_parse(arena, NAMES, count, arguments, &options, &help, &error);
}

static enum result parse_file(const char *text)
{
    char flag[96];
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(flag, sizeof(flag), "--config=%s", path);
    return parse(flag);
}

static void assert_told(const char *part)
{
    bool told = strstr(error.text, part) != NULL;
    if (!told) {
        print_error("\"%s\" does not say \"%s\"\n", error.text, part);
    }
    assert_true(told);
}

static void what_is_built_in_counts_when_nobody_speaks(void **state)
{
    (void)state;
    size_t count = 0;
    assert_int_equal(parse(""), RESULT_OK);
    assert_string_equal(option_text(&options, "data"), "./var");
    assert_int_equal(option_number(&options, "rate-limit"), 10000);
    assert_false(option_switch(&options, "strict"));
    assert_null(option_text(&options, "config"));
    assert_string_equal(option_list(&options, "listen", &count)[0], "https://127.0.0.1:8443");
    assert_int_equal(count, 1);
    assert_false(help);
}

static void a_command_may_begin_with_another_value(void **state)
{
    (void)state;
    char flag[] = "--rate-limit=7";
    char *const flags[] = { flag };
    static const char names[] = "rate-limit=5 data=/else listen";
    assert_int_equal(options_parse(arena, names, 0, NULL, &options, &help, &error), RESULT_OK);
    assert_int_equal(option_number(&options, "rate-limit"), 5);
    assert_string_equal(option_text(&options, "data"), "/else");
    assert_int_equal(options_parse(arena, names, 1, flags, &options, &help, &error), RESULT_OK);
    assert_int_equal(option_number(&options, "rate-limit"), 7);
}

static void what_a_command_needs_is_asked_for(void **state)
{
    (void)state;
    char flag[] = "--data=here";
    char *const flags[] = { flag };
    static const char names[] = "config listen data!";
    assert_int_equal(options_parse(arena, "config json! data", 0, NULL, &options, &help, &error),
                     RESULT_INVALID);
    assert_string_equal(error.text, "--json is missing; --help tells more");
    assert_int_equal(options_parse(arena, names, 1, flags, &options, &help, &error), RESULT_OK);
    assert_string_equal(option_text(&options, "data"), "here");
    assert_int_equal(setenv("REEVE_DATA", "there", 1), 0);
    assert_int_equal(options_parse(arena, names, 0, NULL, &options, &help, &error), RESULT_OK);
    assert_string_equal(option_text(&options, "data"), "there");
}

static void flags_beat_variables_and_variables_the_file(void **state)
{
    (void)state;
    assert_int_equal(parse_file("data = file\nrate-limit = 1\nstrict = true\n"), RESULT_OK);
    assert_string_equal(option_text(&options, "data"), "file");
    assert_int_equal(option_number(&options, "rate-limit"), 1);
    assert_true(option_switch(&options, "strict"));
    (void)setenv("REEVE_DATA", "variable", 1);
    (void)setenv("REEVE_STRICT", "false", 1);
    assert_int_equal(parse_file("data = file\nrate-limit = 1\nstrict = true\n"), RESULT_OK);
    assert_string_equal(option_text(&options, "data"), "variable");
    assert_int_equal(option_number(&options, "rate-limit"), 1);
    assert_false(option_switch(&options, "strict"));
    (void)setenv("REEVE_CONFIG", path, 1);
    assert_int_equal(parse("--data flag --strict"), RESULT_OK);
    assert_string_equal(option_text(&options, "data"), "flag");
    assert_int_equal(option_number(&options, "rate-limit"), 1);
    assert_true(option_switch(&options, "strict"));
}

static void a_list_grows_within_its_source_and_is_replaced_by_a_higher_one(void **state)
{
    (void)state;
    size_t count = 0;
    (void)setenv("REEVE_LISTEN", "http://a:1, http://b:2", 1);
    assert_int_equal(parse_file("listen = http://f:9\n"), RESULT_OK);
    const char *const *listens = option_list(&options, "listen", &count);
    assert_int_equal(count, 2);
    assert_string_equal(listens[0], "http://a:1");
    assert_string_equal(listens[1], "http://b:2");
    assert_int_equal(parse("--listen http://c:3 --listen=http://d:4 --listen http://e:5"),
                     RESULT_OK);
    listens = option_list(&options, "listen", &count);
    assert_int_equal(count, 3);
    assert_string_equal(listens[2], "http://e:5");
}

static void a_list_has_an_end(void **state)
{
    (void)state;
    char text[1024] = "";
    for (size_t i = 0; i < OPTION_VALUES_MAX; i++) {
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "--listen=x ");
    }
    assert_int_equal(parse(text), RESULT_OK);
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "--listen=x");
    assert_int_equal(parse(text), RESULT_INVALID);
    assert_told("--listen was given more than 32 times");
}

static void faults_name_the_flag_and_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *told;
    } cases[] = {
        { "--bogus", "--bogus is not an option" },
        { "--computers=1", "--computers=1 is not an option of this command" },
        { "--", "-- is not an option" },
        { "--rate-limit", "--rate-limit needs N" },
        { "--rate-limit=", "a whole number from 0 to 100000000" },
        { "--rate-limit -1", "a whole number from 0 to 100000000" },
        { "--rate-limit 100000001", "not \"100000001\"" },
        { "--rate-limit 1e3", "not \"1e3\"" },
        { "--log-format xml", "one of text|json" },
        { "--log-format tex", "one of text|json" },
        { "--log-format=text|json", "one of text|json" },
        { "--strict=1", "true or false" },
        { "--data=", "--data must not be empty" },
        { "stray", "\"stray\" is not expected" },
        { "-d", "\"-d\" is not expected" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(parse(cases[i].arguments), RESULT_INVALID);
        assert_told(cases[i].told);
    }
}

static void a_number_at_its_bounds_is_taken(void **state)
{
    (void)state;
    assert_int_equal(parse("--rate-limit 0"), RESULT_OK);
    assert_int_equal(option_number(&options, "rate-limit"), 0);
    assert_int_equal(parse("--rate-limit 100000000"), RESULT_OK);
    assert_int_equal(option_number(&options, "rate-limit"), 100000000);
}

static void variables_are_named_and_those_of_other_commands_left(void **state)
{
    (void)state;
    (void)setenv("REEVE_COMPUTERS", "many", 1);
    (void)setenv("REEVE_NO_SUCH_THING", "1", 1);
    assert_int_equal(parse(""), RESULT_OK);
    (void)setenv("REEVE_RATE_LIMIT", "many", 1);
    assert_int_equal(parse(""), RESULT_INVALID);
    assert_told("REEVE_RATE_LIMIT must be a whole number");
    (void)unsetenv("REEVE_COMPUTERS");
    (void)unsetenv("REEVE_NO_SUCH_THING");
}

static void lines_are_named_by_their_number(void **state)
{
    (void)state;
    assert_int_equal(parse_file("\n# comment\n  data  =  a = b  \ncomputers = 7\n"), RESULT_OK);
    assert_string_equal(option_text(&options, "data"), "a = b");
    assert_int_equal(parse_file("data = x\n\nbogus = 1"), RESULT_INVALID);
    assert_told(" line 3: \"bogus\" is no setting");
    assert_int_equal(parse_file("data\n"), RESULT_INVALID);
    assert_told("write name = value");
    assert_int_equal(parse_file("computers = many\n"), RESULT_INVALID);
    assert_told(" line 1: computers must be a whole number");
    assert_int_equal(parse_file("= 1\nstrict = true\n"), RESULT_INVALID);
    assert_told(" line 1");
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    assert_int_equal(parse("--config /nowhere/at/all"), RESULT_INVALID);
    assert_told("/nowhere/at/all cannot be read: No such file or directory");
    assert_int_equal(parse("--config /tmp"), RESULT_INVALID);
    assert_told("/tmp cannot be read");
    assert_int_equal(parse("--config /dev/zero"), RESULT_INVALID);
    assert_told("too large");
}

static void help_comes_before_any_fault(void **state)
{
    (void)state;
    assert_int_equal(parse("--bogus --help"), RESULT_OK);
    assert_true(help);
    assert_int_equal(parse("-h"), RESULT_OK);
    assert_true(help);
}

static void no_two_rows_have_one_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_row_count; i++) {
        for (size_t j = i + 1; j < option_row_count; j++) {
            assert_string_not_equal(option_rows[i].name, option_rows[j].name);
        }
    }
}

/* option_number asserts that there is a value. */
static void every_number_has_an_initial_value_within_its_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        int64_t initial = 0;
        if (row->kind != OPTION_NUMBER) {
            continue;
        }
        assert_non_null(row->initial);
        assert_true(slice_int64(slice_of(row->initial), &initial));
        assert_true(initial >= row->min && initial <= row->max);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_built_in_counts_when_nobody_speaks),
        TEST(a_command_may_begin_with_another_value),
        TEST(what_a_command_needs_is_asked_for),
        TEST(flags_beat_variables_and_variables_the_file),
        TEST(a_list_grows_within_its_source_and_is_replaced_by_a_higher_one),
        TEST(a_list_has_an_end),
        TEST(faults_name_the_flag_and_what_is_allowed),
        TEST(a_number_at_its_bounds_is_taken),
        TEST(variables_are_named_and_those_of_other_commands_left),
        TEST(lines_are_named_by_their_number),
        TEST(a_file_that_cannot_be_read_is_named),
        TEST(help_comes_before_any_fault),
        TEST(no_two_rows_have_one_name),
        TEST(every_number_has_an_initial_value_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
