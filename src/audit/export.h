/* An export of all audit entries, which another machine can verify, and the verification of stores and exports. */
#ifndef AUDIT_EXPORT_H
#define AUDIT_EXPORT_H

#include <stdint.h>
#include <stdio.h>

#include "base/result.h"
#include "base/text.h"

struct arena;
struct ctx;

enum { EXPORT_LINE_BYTES_MAX = 16 * 1024 * 1024 };

/* What a verification or an export has seen. */
struct audit_account {
    int64_t entries, checkpoints;
    int64_t signed_id; /* newest entry that is covered by a signature */
};

/* Called now and then, for a progress line; may be NULL. */
typedef void audit_progress(int64_t done, int64_t all);

/* Lines of JSON: a head with the public key, the entries with the checkpoints behind what they sign, and an end. With a read
   session. The caller opens and closes `out`. */
MUST_CHECK enum result audit_export(struct ctx *ctx, struct slice public_key_pem,
                                    const char *tenant_id, FILE *out, audit_progress *progress,
                                    struct audit_account *out_account);

/* The live store with a read session. RESULT_CONFLICT names the first entry that does not hold. */
MUST_CHECK enum result audit_verify_store(struct ctx *ctx, struct slice public_key_pem,
                                          audit_progress *progress,
                                          struct audit_account *out_account);
/* An export; by the key that it carries when `public_key_pem` is empty, else by that one. RESULT_INVALID names the line that is
   none of an export. */
MUST_CHECK enum result audit_verify_file(FILE *in, struct slice public_key_pem,
                                         struct audit_account *out_account, struct error *error);

#endif
