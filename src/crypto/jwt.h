/* JSON Web Tokens (RFC 7519) in compact form: ES256 with key pairs, HS256 with a secret. */
#ifndef CRYPTO_JWT_H
#define CRYPTO_JWT_H

#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct arena;

/* `claims_json` is the payload as given. */
MUST_CHECK enum result jwt_sign_es256(struct arena *arena, struct slice key_pem,
                                      struct slice claims_json, struct slice *out,
                                      struct error *error);
MUST_CHECK enum result jwt_sign_hs256(struct arena *arena, struct slice secret,
                                      struct slice claims_json, struct slice *out,
                                      struct error *error);

/* Splits without trusting: `out_claims` is the payload text. For finding which key to check with. At most
   8 KiB of token. */
MUST_CHECK enum result jwt_peek(struct arena *arena, struct slice token, struct slice *out_claims,
                                struct error *error);

/* Checks the signature; `alg` in the header must be exactly ES256 (or RS256 for an RSA key), never none.
   RESULT_UNAUTHENTICATED when it does not hold. Times and audience are the caller's to check. */
MUST_CHECK enum result jwt_verify_key(struct arena *arena, struct slice token,
                                      struct slice public_key_pem, struct slice *out_claims,
                                      struct error *error);
MUST_CHECK enum result jwt_verify_hs256(struct arena *arena, struct slice token,
                                        struct slice secret, struct slice *out_claims,
                                        struct error *error);

#endif
