/* OAuth 2.0 client credentials (RFC 6749 section 4.4) for API accounts: secrets, opaque access tokens. */
#ifndef ACCESS_TOKEN_H
#define ACCESS_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "access/principal.h"
#include "base/result.h"
#include "base/text.h"

struct arena;
struct session;

enum { CLIENT_ID_BYTES = 33, CLIENT_SECRET_BYTES = 49, ACCESS_TOKEN_BYTES = 65 };

/* Account by client id and secret, in the same time whether the id exists or not. A secret that came percent-encoded
   is also taken. RESULT_UNAUTHENTICATED otherwise. */
MUST_CHECK enum result token_check_client(struct session *session, struct arena *arena,
                                          struct slice client_id, struct slice client_secret,
                                          struct principal *out, struct error *error);
/* Makes and stores (as a hash) a token for the account; in a write transaction. */
MUST_CHECK enum result token_issue(struct session *session, const char *account_id,
                                   int64_t expires_us, char out_token[ACCESS_TOKEN_BYTES],
                                   struct error *error);
/* "Bearer …" → the account with its present rights. RESULT_UNAUTHENTICATED for anything stale or unknown. */
MUST_CHECK enum result token_authenticate(struct session *session, struct slice authorization,
                                          int64_t now_us, struct principal *out,
                                          struct error *error);
/* Drops tokens that ran out. */
MUST_CHECK enum result token_sweep(struct session *session, int64_t now_us, struct error *error);

/* Keyed hash under which secrets and tokens are stored; hex. */
void secret_hash(struct slice secret, char out_hex[65]);

#endif
