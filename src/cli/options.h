/* Options of the command line: one table says what there is; flags, REEVE_* variables and a file set it, in that order. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct arena;

enum option_kind { OPTION_TEXT, OPTION_NUMBER, OPTION_SWITCH, OPTION_LIST, OPTION_CHOICE };

enum { OPTION_VALUES_MAX = 32 };

/* The list that takes what stands on the command line without a flag. */
#define OPTION_REST "files"

struct option_row {
    const char *name; /* "rate-limit"; also REEVE_RATE_LIMIT and rate-limit = … in the file */
    enum option_kind kind;
    const char *argument; /* how --help calls it: "N" */
    const char *initial;  /* or NULL */
    int64_t min, max;     /* numbers */
    const char *choices;  /* OPTION_CHOICE: words with | between */
    const char *summary;
};

/* All options there are; a command takes some of them. */
extern const struct option_row option_rows[];
extern const size_t option_row_count;

struct options {
    struct arena *arena;
    struct option_value {
        const char *values[OPTION_VALUES_MAX];
        size_t count;
        int rank; /* whose word it is: 0 initial, 1 file, 2 environment, 3 flag */
    } * values;   /* by index of option_rows */
};

/* `names`: what the command takes, separated by blanks; NAME! must be given, NAME=VALUE has another initial value there. `help` is set when --help was asked
   for. RESULT_INVALID names the flag, variable or line, and what is allowed. */
MUST_CHECK enum result options_parse(struct arena *arena, const char *names, int count,
                                     char *const *arguments, struct options *out, bool *out_help,
                                     struct error *error);
void options_print(const char *names);
/* The end of the line that says how the command is called: what is needed, and that there is more. */
void options_usage(const char *names);

/* RESULT_INVALID when an option that names a file was given and that can't be read. */
MUST_CHECK enum result option_file_check(const struct options *options, const char *name,
                                         struct error *error);

/* NULL when it was not given and has no initial value. */
const char *option_text(const struct options *options, const char *name);
int64_t option_number(const struct options *options, const char *name);
bool option_switch(const struct options *options, const char *name);
const char *const *option_list(const struct options *options, const char *name, size_t *out_count);

#endif
