/* Brings a store to the layout this program knows: numbered steps, each once, under a lock. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <stdint.h>

#include "base/result.h"

struct store;

/* Applies what is missing, each step in a transaction. RESULT_CONFLICT when the store is newer than the
   program; the text says both numbers and what to do. Two servers that start at once do it once. */
MUST_CHECK enum result store_migrate(struct store *store, struct error *error);

/* Number of the newest step of this program. */
uint32_t migrate_newest(void);

#endif
