/* OAuth 2.0 client credentials (RFC 6749 section 4.4) for API accounts: secrets, opaque access tokens. */
#ifndef ACCESS_TOKEN_H
#define ACCESS_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "access/principal.h"
#include "base/result.h"
#include "base/text.h"

struct session;

enum {
    CLIENT_ID_BYTES_MAX = 64,
    CLIENT_SECRET_BYTES_MAX = 128,
    ACCESS_TOKEN_CHARACTERS = 64,
    SECRET_HASH_BYTES = 65,
};

/* Keyed hash (HMAC-SHA-256, hex) under which secrets and tokens are stored. `key` is the installation's. */
void secret_hash(struct slice key, struct slice secret, char out_hex[SECRET_HASH_BYTES]);

struct client_credentials {
    struct slice id;
    struct slice secret;
};
/* Account by client id and secret, in the same time whether the id exists or not. RESULT_UNAUTHENTICATED when they
   do not hold. */
MUST_CHECK enum result token_check_client(struct session *session, struct slice key,
                                          const struct client_credentials *credentials,
                                          struct principal *out, struct error *error);

/* The account as a principal, by its id. RESULT_NOT_FOUND without one. */
MUST_CHECK enum result account_principal(struct session *session, const char *id,
                                         struct principal *out, struct error *error);

/* Makes a token for the account and stores its hash; in a write transaction. */
MUST_CHECK enum result token_issue(struct session *session, struct slice key,
                                   const char *account_id, int64_t expires_us,
                                   char out_token[ACCESS_TOKEN_CHARACTERS + 1],
                                   struct error *error);

/* "Bearer …" to the account with its present rights. RESULT_UNAUTHENTICATED for anything stale or unknown; a
   header that is absent leaves error->field NULL, a token that does not hold sets it to "invalid_token". */
MUST_CHECK enum result token_authenticate(struct session *session, struct slice key,
                                          struct slice authorization, int64_t now_us,
                                          struct principal *out, struct error *error);

/* Drops tokens that ran out. */
MUST_CHECK enum result token_sweep(struct session *session, int64_t now_us, struct error *error);

#endif
