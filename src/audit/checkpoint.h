/* Checkpoints: the audit key of the installation signs, now and then, which hash the chain has come to. */
#ifndef AUDIT_CHECKPOINT_H
#define AUDIT_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "crypto/digest.h"

struct arena;
struct chain_head;
struct ctx;
struct session;

enum { CHECKPOINT_ENTRIES = 1000, CHECKPOINT_TOKEN_BYTES_MAX = 4096 };

/* Signs the newest entry when the write transaction commits, unless that is done or there is none. Run once a minute
   and before an export, while audit_seal does it every CHECKPOINT_ENTRIES entries. */
MUST_CHECK enum result audit_checkpoint(struct ctx *ctx);

/* The public half of the audit key (PEM), which is made when there is none yet. In a write transaction. */
MUST_CHECK enum result audit_public_key(struct ctx *ctx, struct slice *out_pem);

/* For audit_seal: signs the head, which the transaction holds, unless that is done. */
MUST_CHECK enum result checkpoint_sign(struct session *session, const struct chain_head *head,
                                       struct error *error);

/* What a checkpoint says. */
struct checkpoint {
    int64_t id;
    uint8_t hash[SHA256_BYTES];
};
/* RESULT_UNAUTHENTICATED when the key has not signed it, RESULT_INVALID when it is no checkpoint. */
MUST_CHECK enum result checkpoint_read(struct arena *arena, struct slice token,
                                       struct slice public_key_pem, struct checkpoint *out,
                                       struct error *error);

#endif
