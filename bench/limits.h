/* What SQLite and zstd do by themselves with the same rows and bytes: the limits that the server is compared with. */
#ifndef BENCH_LIMITS_H
#define BENCH_LIMITS_H

#include <stddef.h>

#include "base/result.h"
#include "base/text.h"

struct limit {
    double per_second;
};

/* One-row updates by id of a table like the computers' state, `group` of them a synced transaction. */
MUST_CHECK enum result limit_updates(const char *file, size_t rows, size_t group, double seconds,
                                     struct limit *out, struct error *error);
/* Inserts of `block`, `group` of them a synced transaction. */
MUST_CHECK enum result limit_inserts(const char *file, struct slice block, size_t group,
                                     double seconds, struct limit *out, struct error *error);
/* Unpacks and packs again. */
MUST_CHECK enum result limit_packs(struct slice packed, double seconds, struct limit *out,
                                   struct error *error);

#endif
