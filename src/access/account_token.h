/* Long-lived access tokens of API accounts, for clients that can't ask for one: identity providers that keep a static
   token. Stored as keyed hashes beside the short ones; they end with the account, with a new secret, or by themselves. */
#ifndef ACCESS_ACCOUNT_TOKEN_H
#define ACCESS_ACCOUNT_TOKEN_H

#include <stdint.h>

#include "access/token.h"

/* As long as other access tokens; the prefix lets scanners of leaked secrets find them. */
#define ACCOUNT_TOKEN_PREFIX "rva_"

enum { ACCOUNT_TOKENS_MAX = 100, ACCOUNT_TOKEN_NAME_BYTES_MAX = 255 };

struct account_token_order {
    const char *client_id, *name;
    int64_t expires_us;
};
struct account_token_made {
    char id[37];
    char account_id[37];
    char token[ACCESS_TOKEN_CHARACTERS + 1];
};
/* In a write transaction, like all below. RESULT_NOT_FOUND without the account; RESULT_CONFLICT when it has
   ACCOUNT_TOKENS_MAX already. */
MUST_CHECK enum result account_token_create(struct session *session, struct slice key,
                                            int64_t now_us, const struct account_token_order *order,
                                            struct account_token_made *out, struct error *error);
/* By its id; ends at once. RESULT_NOT_FOUND without one. */
MUST_CHECK enum result account_token_revoke(struct session *session, const char *id,
                                            char out_account_id[37], struct error *error);

/* A use is noted once in ACCOUNT_TOKEN_NOTE_US. */
#define ACCOUNT_TOKEN_NOTE_US (60 * INT64_C(1000000))
MUST_CHECK enum result account_token_used(struct session *session, const char *id, int64_t now_us,
                                          struct error *error);

#endif
