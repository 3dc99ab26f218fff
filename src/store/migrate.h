/* Brings a store to the layout this program knows: numbered steps, each once, under a lock. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct store;

struct migrate_step {
    const char *name; /* 0001_start.sql: starts with its number in four digits */
    const char
        *text; /* lines after `--! sqlite` or `--! postgres` are for that database, `--! both` */
    size_t length;
};

/* Applies what is missing in the order of the numbers, each step in a transaction. RESULT_CONFLICT when the store is newer than the
   program; the text says both numbers and what to do. Two servers that start at once do it once. */
MUST_CHECK enum result store_migrate(struct store *store, struct error *error);

/* The same with steps of the caller's; the numbers of their names rise, gaps are fine. */
MUST_CHECK enum result store_migrate_with(struct store *store, const struct migrate_step *steps,
                                          size_t step_count, struct error *error);

/* Number of the newest step of this program. */
uint32_t migrate_newest(void);

#endif
