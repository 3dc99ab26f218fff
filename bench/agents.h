/* The agents that the bench loads the server with: enrolled once through the real protocol, then kept in a file. */
#ifndef BENCH_AGENTS_H
#define BENCH_AGENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

enum { BENCH_AGENTS_MAX = 100000, BENCH_TOKEN_BYTES = 1024 };

struct bench_agent {
    char id[37];
    char revision_id[37]; /* of its policy */
    char token[BENCH_TOKEN_BYTES];
};

struct bench_installation {
    const char *server; /* http://HOST:PORT */
    const char *id, *key;
};

/* Enrols agents, gets their tokens and has each report that it runs its policy. The group they join is the default group
   of the store. `out` has room for `count`. */
MUST_CHECK enum result agents_enrol(const struct bench_installation *installation, size_t count,
                                    struct bench_agent *out, struct error *error);
MUST_CHECK enum result agents_save(const char *file, const struct bench_agent *agents, size_t count,
                                   struct error *error);
/* At most `count`; RESULT_INVALID when the file has fewer. */
MUST_CHECK enum result agents_load(const char *file, size_t count, struct bench_agent *out,
                                   struct error *error);

#endif
