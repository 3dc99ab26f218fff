#include "cli/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"

enum { FILE_BYTES_MAX = 256 * 1024, NAME_BYTES_MAX = 64 };
enum { RANK_INITIAL, RANK_FILE, RANK_ENVIRONMENT, RANK_FLAG };

/* --- looking up ------------------------------------------------------------------------------------------ */

static int row_index(struct slice name)
{
    for (size_t i = 0; i < option_row_count; i++) {
        if (slice_is(name, option_rows[i].name)) {
            return (int)i;
        }
    }
    return -1;
}

/* What a command says of an option that it takes: NAME, NAME! when it is needed, NAME=VALUE when it is VALUE at first there. */
struct option_word {
    struct slice initial;
    bool needed;
};

static bool word_find(const char *names, const char *name, struct option_word *out)
{
    struct slice rest = slice_of(names);
    while (rest.length > 0) {
        struct slice initial = slice_cut(&rest, ' ');
        struct slice word = slice_cut(&initial, '=');
        bool needed = word.length > 0 && word.text[word.length - 1] == '!';
        word.length -= needed ? 1 : 0;
        if (slice_is(word, name)) {
            *out = (struct option_word){ .initial = initial, .needed = needed };
            return true;
        }
    }
    return false;
}

static bool is_taken(const char *names, const char *name)
{
    struct option_word word;
    return word_find(names, name, &word);
}

static bool is_needed(const char *names, const char *name)
{
    struct option_word word;
    return word_find(names, name, &word) && word.needed;
}

/* The command's own, or the table's; empty without one. */
static struct slice initial_of(const char *names, const struct option_row *row)
{
    struct option_word word = { .needed = false };
    (void)word_find(names, row->name, &word);
    return word.initial.length > 0 || row->initial == NULL ? word.initial : slice_of(row->initial);
}

static const struct option_value *value_of(const struct options *options, const char *name)
{
    int index = row_index(slice_of(name));
    assert(index >= 0);
    return &options->values[index];
}

const char *option_text(const struct options *options, const char *name)
{
    const struct option_value *value = value_of(options, name);
    return value->count == 0 ? NULL : value->values[0];
}

int64_t option_number(const struct options *options, const char *name)
{
    int64_t number = 0;
    const char *text = option_text(options, name);
    bool read = text != NULL && slice_int64(slice_of(text), &number);
    assert(read); /* numbers have initial values, and were checked when they were set */
    return number;
}

bool option_switch(const struct options *options, const char *name)
{
    const char *text = option_text(options, name);
    return text != NULL && strcmp(text, "true") == 0;
}

const char *const *option_list(const struct options *options, const char *name, size_t *out_count)
{
    const struct option_value *value = value_of(options, name);
    *out_count = value->count;
    return value->values;
}

enum result option_file_check(const struct options *options, const char *name, struct error *error)
{
    const char *path = option_text(options, name);
    return path == NULL || access(path, R_OK) == 0
               ? RESULT_OK
               : fail(error, RESULT_INVALID, name, "--%s %.200s cannot be read: %s", name, path,
                      strerrordesc_np(errno));
}

/* --- setting ---------------------------------------------------------------------------------------------- */

static bool is_choice(const char *choices, struct slice value)
{
    struct slice rest = slice_of(choices);
    while (rest.length > 0) {
        struct slice word = slice_cut(&rest, '|');
        if (slice_equal(word, value)) {
            return true;
        }
    }
    return false;
}

static enum result value_check(const struct option_row *row, const char *where, const char *text,
                               struct error *error)
{
    int64_t number = 0;
    switch (row->kind) {
    case OPTION_NUMBER:
        if (!slice_int64(slice_of(text), &number) || number < row->min || number > row->max) {
            return fail(error, RESULT_INVALID, row->name,
                        "%s must be a whole number from %" PRId64 " to %" PRId64 ", not \"%.64s\"",
                        where, row->min, row->max, text);
        }
        return RESULT_OK;
    case OPTION_SWITCH:
        return is_choice("true|false", slice_of(text))
                   ? RESULT_OK
                   : fail(error, RESULT_INVALID, row->name,
                          "%s must be true or false, not \"%.64s\"", where, text);
    case OPTION_CHOICE:
        return is_choice(row->choices, slice_of(text))
                   ? RESULT_OK
                   : fail(error, RESULT_INVALID, row->name, "%s must be one of %s, not \"%.64s\"",
                          where, row->choices, text);
    case OPTION_TEXT:
    case OPTION_LIST:
        return text[0] != '\0'
                   ? RESULT_OK
                   : fail(error, RESULT_INVALID, row->name, "%s must not be empty", where);
    }
    return RESULT_OK;
}

/* A source of higher rank replaces what a lower one said; a list grows within its rank. */
static enum result value_set(struct options *options, int index, int rank, const char *where,
                             const char *text, struct error *error)
{
    const struct option_row *row = &option_rows[index];
    struct option_value *value = &options->values[index];
    TRY(value_check(row, where, text, error));
    if (value->count > 0 && rank < value->rank) {
        return RESULT_OK;
    }
    bool grows = row->kind == OPTION_LIST && rank == value->rank;
    if (!grows) {
        value->count = 0;
    }
    if (value->count == OPTION_VALUES_MAX) {
        return fail(error, RESULT_INVALID, row->name, "%s was given more than %d times", where,
                    OPTION_VALUES_MAX);
    }
    const char *copy = arena_strdup(options->arena, text);
    if (copy == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the options");
    }
    value->values[value->count++] = copy;
    value->rank = rank;
    return RESULT_OK;
}

/* --- sources ------------------------------------------------------------------------------------------------ */

static enum result unknown_flag(const char *flag, struct error *error)
{
    return fail(error, RESULT_INVALID, NULL,
                "%.64s is not an option of this command; --help lists them", flag);
}

static enum result flags_read(struct options *options, const char *names, int count,
                              char *const *arguments, struct error *error)
{
    for (int i = 0; i < count; i++) {
        struct slice rest = slice_of(arguments[i]);
        if (!slice_starts_any_case(rest, "--") && is_taken(names, OPTION_REST)) {
            TRY(value_set(options, row_index(slice_of(OPTION_REST)), RANK_FLAG, "a file",
                          arguments[i], error));
            continue;
        }
        if (!slice_starts_any_case(rest, "--")) {
            return fail(error, RESULT_INVALID, NULL, "\"%.64s\" is not expected here",
                        arguments[i]);
        }
        rest = (struct slice){ rest.text + 2, rest.length - 2 };
        bool joined = memchr(rest.text, '=', rest.length) != NULL;
        struct slice name = slice_cut(&rest, '=');
        int index = row_index(name);
        if (index < 0 || !is_taken(names, option_rows[index].name)) {
            return unknown_flag(arguments[i], error);
        }
        const char *value = joined ? rest.text : "true";
        if (!joined && option_rows[index].kind != OPTION_SWITCH) {
            if (i + 1 == count) {
                return fail(error, RESULT_INVALID, option_rows[index].name, "%s needs %s",
                            arguments[i], option_rows[index].argument);
            }
            value = arguments[++i];
        }
        char where[NAME_BYTES_MAX + 8];
        (void)snprintf(where, sizeof(where), "--%s", option_rows[index].name);
        TRY(value_set(options, index, RANK_FLAG, where, value, error));
    }
    return RESULT_OK;
}

static void variable_name(const char *name, char out[NAME_BYTES_MAX])
{
    size_t length = (size_t)snprintf(out, NAME_BYTES_MAX, "REEVE_%s", name);
    for (size_t i = 0; i < length && i < NAME_BYTES_MAX; i++) {
        out[i] = (char)(out[i] == '-' ? '_' : toupper((unsigned char)out[i]));
    }
}

static enum result environment_read(struct options *options, const char *names, struct error *error)
{
    for (size_t i = 0; i < option_row_count; i++) {
        char variable[NAME_BYTES_MAX];
        variable_name(option_rows[i].name, variable);
        const char *text = getenv(variable);
        if (text == NULL || !is_taken(names, option_rows[i].name)) {
            continue;
        }
        struct slice rest = slice_of(text);
        while (rest.length > 0) {
            bool list = option_rows[i].kind == OPTION_LIST;
            struct slice one = list ? slice_trim(slice_cut(&rest, ',')) : rest;
            char *copy = slice_dup(options->arena, one);
            rest = list ? rest : (struct slice){ .length = 0 };
            if (copy == NULL) {
                return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the options");
            }
            TRY(value_set(options, (int)i, RANK_ENVIRONMENT, variable, copy, error));
        }
    }
    return RESULT_OK;
}

static enum result line_read(struct options *options, const char *names, const char *path,
                             size_t number, struct slice line, struct error *error)
{
    struct slice value = line;
    struct slice name = slice_trim(slice_cut(&value, '='));
    char where[300];
    (void)snprintf(where, sizeof(where), "%.200s line %zu", path, number);
    if (slice_trim(line).length == 0 || slice_trim(line).text[0] == '#') {
        return RESULT_OK;
    }
    int index = row_index(name);
    if (index < 0 || memchr(line.text, '=', line.length) == NULL) {
        return fail(error, RESULT_INVALID, NULL, "%s: \"%.*s\" is no setting; write name = value",
                    where, (int)(name.length < 64 ? name.length : 64), name.text);
    }
    char *copy = slice_dup(options->arena, slice_trim(value));
    if (copy == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the options");
    }
    size_t length = strlen(where);
    (void)snprintf(where + length, sizeof(where) - length, ": %s", option_rows[index].name);
    /* A file may serve several commands: what this one does not take is checked and left. */
    return is_taken(names, option_rows[index].name)
               ? value_set(options, index, RANK_FILE, where, copy, error)
               : value_check(&option_rows[index], where, copy, error);
}

static enum result file_read(struct options *options, const char *names, const char *path,
                             struct error *error)
{
    char reason[128];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return fail(error, RESULT_INVALID, "config",
                    "the configuration file %.200s cannot be read: %s", path,
                    strerror_r(errno, reason, sizeof(reason)));
    }
    char *bytes = arena_alloc(options->arena, FILE_BYTES_MAX);
    size_t length = bytes == NULL ? 0 : fread(bytes, 1, FILE_BYTES_MAX, file);
    bool whole = bytes != NULL && length < FILE_BYTES_MAX && ferror(file) == 0;
    (void)fclose(file);
    if (!whole) {
        return fail(error, RESULT_INVALID, "config",
                    "the configuration file %.200s cannot be read or is too large", path);
    }
    struct slice rest = { bytes, length };
    for (size_t number = 1; rest.length > 0; number++) {
        TRY(line_read(options, names, path, number, slice_cut(&rest, '\n'), error));
    }
    return RESULT_OK;
}

static enum result initials_set(struct options *options, const char *names, struct error *error)
{
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        struct slice initial = initial_of(names, row);
        if (initial.length == 0 || !is_taken(names, row->name)) {
            continue;
        }
        const char *text = slice_dup(options->arena, initial);
        if (text == NULL) {
            return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the options");
        }
        TRY(value_set(options, (int)i, RANK_INITIAL, row->name, text, error));
    }
    return RESULT_OK;
}

static enum result needed_check(const struct options *options, const char *names,
                                struct error *error)
{
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (options->values[i].count == 0 && is_needed(names, row->name)) {
            return fail(error, RESULT_INVALID, row->name, "--%s is missing; --help tells more",
                        row->name);
        }
    }
    return RESULT_OK;
}

enum result options_parse(struct arena *arena, const char *names, int count, char *const *arguments,
                          struct options *out, bool *out_help, struct error *error)
{
    *out =
        (struct options){ .arena = arena,
                          .values = arena_alloc(arena, option_row_count * sizeof(*out->values)) };
    *out_help = false;
    if (out->values == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the options");
    }
    for (int i = 0; i < count; i++) {
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) {
            *out_help = true;
            return RESULT_OK;
        }
    }
    TRY(initials_set(out, names, error));
    TRY(flags_read(out, names, count, arguments, error));
    TRY(environment_read(out, names, error));
    const char *path = is_taken(names, "config") ? option_text(out, "config") : NULL;
    if (path != NULL) {
        TRY(file_read(out, names, path, error));
    }
    return needed_check(out, names, error);
}

void options_usage(const char *names)
{
    for (size_t i = 0; i < option_row_count; i++) {
        if (is_needed(names, option_rows[i].name)) {
            (void)printf(" --%s %s", option_rows[i].name, option_rows[i].argument);
        }
    }
    (void)printf(" [OPTIONS]%s\n", is_taken(names, OPTION_REST) ? " FILE…" : "");
}

void options_print(const char *names)
{
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        char left[64];
        if (!is_taken(names, row->name)) {
            continue;
        }
        bool rest = strcmp(row->name, OPTION_REST) == 0;
        (void)snprintf(left, sizeof(left), "%s%s%s%s", rest ? "" : "--", rest ? "" : row->name,
                       rest || row->kind == OPTION_SWITCH ? "" : " ",
                       row->kind == OPTION_SWITCH ? "" : row->argument);
        (void)printf("  %-34s %s", left, row->summary);
        if (row->kind == OPTION_CHOICE) {
            (void)printf(": %s", row->choices);
        }
        struct slice initial = initial_of(names, row);
        if (initial.length > 0 && row->kind != OPTION_SWITCH) {
            (void)printf(" (default %.*s)", (int)initial.length, initial.text);
        }
        (void)printf("%s\n", is_needed(names, row->name) ? " (needed)" : "");
    }
}
