/* All entries of a store in their order, with the checkpoints in between, at one moment. */
#ifndef AUDIT_WALK_H
#define AUDIT_WALK_H

#include <stdint.h>

#include "audit/chain.h"

struct ctx;

struct walk_stop { /* one entry; the slices live for the call */
    const struct chain_link *link;
    struct slice hash;  /* 32 bytes as stored */
    struct slice token; /* of the checkpoint that signs it, or empty */
};

struct walk {
    enum result (*visit)(struct walk *walk, const struct walk_stop *stop, struct error *error);
    int64_t count;           /* entries that should be there */
    int64_t last_checkpoint; /* newest entry that a checkpoint names; 0: none */
};
/* With a read session outside a transaction; memory does not grow with the number of entries. `count` and
   `last_checkpoint` are set before the first visit. A failing visit ends the walk. */
MUST_CHECK enum result audit_walk(struct ctx *ctx, struct walk *walk);

#endif
