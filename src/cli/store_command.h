/* What subcommands that work on the store itself have in common: opening it, needed options, printing. */
#ifndef CLI_STORE_COMMAND_H
#define CLI_STORE_COMMAND_H

#include <stddef.h>

#include "base/result.h"
#include "cli/options.h"
#include "server/instance.h"

/* By --data and --database. */
MUST_CHECK enum result store_command_open(const struct options *options, struct instance *out,
                                          struct error *error);
/* RESULT_INVALID names an option that is missing. */
MUST_CHECK enum result option_needed(const struct options *options, const char *name,
                                     const char **out, struct error *error);

struct pair {
    const char *name, *value;
};
/* Lines, or with --json an object. */
void print_pairs(const struct options *options, const struct pair *pairs, size_t count);

/* Runs work in a transaction of its own on the store that the options name. */
MUST_CHECK enum result store_command_write(const struct options *options, instance_work *work,
                                           void *argument, struct error *error);
MUST_CHECK enum result store_command_read(const struct options *options, instance_work *work,
                                          void *argument, struct error *error);

/* Every row of a statement without values: with --json as an array of objects, else as lines with the columns as wide as
   their names need. */
struct printed_column {
    const char *name;
    int width;
    enum { PRINT_TEXT, PRINT_NUMBER, PRINT_TIME } kind;
};
MUST_CHECK enum result print_rows(struct ctx *ctx, const struct options *options, const char *sql,
                                  const struct printed_column *columns, size_t count);

#endif
