/* The end of a transaction with audit entries: they get their ids, moments and hashes in one go. Private to
   the folder. */
#ifndef AUDIT_SEAL_H
#define AUDIT_SEAL_H

#include "audit/chain.h"
#include "store/store.h"

/* The newest entry; id 0 and a hash of zeros before the first. */
struct chain_head {
    int64_t id, created_us;
    uint8_t hash[SHA256_BYTES];
};
/* Keeps every other writer of entries out until the transaction ends. */
MUST_CHECK enum result chain_head_lock(struct session *session, struct chain_head *out,
                                       struct error *error);

/* What session_at_commit is given, notes behind each other: NOTE_ENTRY and the fields of an entry, or NOTE_SIGN
   for a checkpoint when the newest entry has none. */
enum { NOTE_ENTRY = 'E', NOTE_SIGN = 'S' };
session_finish audit_seal;

#endif
