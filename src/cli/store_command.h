/* What subcommands that work on the store itself have in common: opening it, needed options, printing. */
#ifndef CLI_STORE_COMMAND_H
#define CLI_STORE_COMMAND_H

#include <stddef.h>

#include "base/result.h"
#include "cli/options.h"
#include "server/instance.h"

/* The store of --data and --database. RESULT_INVALID when --data has none: a wrong folder must not look like an installation where nothing
   is amiss. */
MUST_CHECK enum result store_command_open(const struct options *options, struct instance *out,
                                          struct error *error);
/* The same for what may come before everything else: makes the store. */
MUST_CHECK enum result store_command_begin(const struct options *options, struct instance *out,
                                           struct error *error);
/* The path of the SQLite store in --data. RESULT_INVALID when there is none. */
enum { STORE_PATH_BYTES = 1100 };
MUST_CHECK enum result store_command_file(const struct options *options, char out[STORE_PATH_BYTES],
                                          struct error *error);

struct pair {
    const char *name, *value;
};
/* Lines, or with --json an object. */
void print_pairs(const struct options *options, const struct pair *pairs, size_t count);

/* Runs work in a transaction of its own on the store that the options name; begin makes the store. */
MUST_CHECK enum result store_command_write(const struct options *options, instance_work *work,
                                           void *argument, struct error *error);
MUST_CHECK enum result store_command_write_begin(const struct options *options, instance_work *work,
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
