/* Personal access tokens: long-lived bearer tokens of users, stored as keyed hashes. */
#ifndef ACCESS_USER_TOKEN_H
#define ACCESS_USER_TOKEN_H

#include <stdint.h>

#include "access/token.h"

/* As long as other access tokens; the prefix tells them apart and lets scanners of leaked secrets find them. */
#define USER_TOKEN_PREFIX "rvu_"

enum { USER_TOKENS_MAX = 100, USER_TOKEN_NAME_BYTES_MAX = 255 };

struct user_token_order {
    const char *user_id, *name;
    int64_t expires_us;
};
struct user_token_made {
    char id[37];
    char token[ACCESS_TOKEN_CHARACTERS + 1];
};
/* In a write transaction. RESULT_CONFLICT when the user has USER_TOKENS_MAX already. */
MUST_CHECK enum result user_token_create(struct session *session, struct slice key, int64_t now_us,
                                         const struct user_token_order *order,
                                         struct user_token_made *out, struct error *error);
/* By its id; ends at once. *out_owner is the user's id. RESULT_NOT_FOUND without one. */
MUST_CHECK enum result user_token_revoke(struct session *session, const char *id,
                                         char out_owner[37], struct error *error);
/* The user whom the token belongs to; RESULT_UNAUTHENTICATED also when he is disabled. */
MUST_CHECK enum result user_token_authenticate(struct session *session, struct slice key,
                                               struct slice token, int64_t now_us,
                                               struct principal *out, struct error *error);

#endif
