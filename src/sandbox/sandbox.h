/* The sandbox beside the API: faults on demand, a clock that is moved, states to come back to, and a record of what was
   asked and answered. All of it is driven under /sandbox/ (docs/sandbox.md). */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdint.h>

#include "api/api.h"
#include "base/result.h"
#include "base/text.h"

struct sandbox;
struct store;

struct sandbox_settings {
    struct store *store;
    uint64_t seed;
    const struct slice *ca_pem; /* of the installation; read when it is asked for */
    /* Does what earlier calls left to do, before it returns. */
    void (*settle)(void *context);
    /* Does what the server does by itself, as of the clock. */
    void (*pass)(void *context);
    /* Forgets what the server holds in memory of the store, whose state was changed. */
    void (*forget)(void *context);
    void *context;
};

extern const struct face sandbox_face;

/* NULL without memory. */
struct sandbox *sandbox_new(const struct sandbox_settings *settings);
void sandbox_free(struct sandbox *sandbox);
struct api_watch sandbox_watch(struct sandbox *sandbox);
/* The state that a reset goes back to is the present one. Ids and tokens begin to count anew. */
MUST_CHECK enum result sandbox_start(struct sandbox *sandbox, struct error *error);

#endif
