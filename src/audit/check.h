/* Checks a chain entry by entry, wherever the entries come from: the store, or an export on another machine. */
#ifndef AUDIT_CHECK_H
#define AUDIT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/chain.h"

struct arena;

/* More entries than this without a signature: somebody took checkpoints away. One transaction may be a few thousand
   entries past CHECKPOINT_ENTRIES. */
enum { CHECK_UNSIGNED_MAX = 10000 };

struct chain_check {
    struct slice key_pem; /* public half of the audit key */
    struct buffer scratch;
    uint8_t hash[SHA256_BYTES]; /* what the entries so far lead to */
    int64_t last_id, last_created_us;
    int64_t signed_id; /* newest entry that a checkpoint covers */
    int64_t checkpoints;
};
void chain_check_init(struct chain_check *check, struct slice key_pem);
void chain_check_done(struct chain_check *check);

/* The next entry, and the hash that is stored with it. RESULT_CONFLICT names the first entry that does not hold and says
   what is wrong with it. */
MUST_CHECK enum result chain_check_entry(struct chain_check *check, const struct chain_link *link,
                                         struct slice stored_hash, struct error *error);
/* A checkpoint right behind the entry it signs. RESULT_CONFLICT when it is not ours or signs something else. */
MUST_CHECK enum result chain_check_checkpoint(struct chain_check *check, struct arena *arena,
                                              int64_t id, struct slice token, struct error *error);
/* `count` entries were to come in all. */
MUST_CHECK enum result chain_check_end(struct chain_check *check, int64_t count,
                                       struct error *error);

#endif
