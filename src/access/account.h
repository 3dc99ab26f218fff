/* API accounts: making, listing, new secrets, deleting. What `reeve api-account` does. */
#ifndef ACCESS_ACCOUNT_H
#define ACCESS_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "access/token.h"
#include "model/route.h"

struct account_order {
    const char *name; /* 1 to 255 characters, unique in any letter case: RESULT_CONFLICT */
    const char *description;   /* or NULL */
    const char *client_id;     /* NULL: 32 random hex digits */
    const char *client_secret; /* NULL: 48 random letters and digits */
    enum level levels[AREA_COUNT];
};

struct account_made {
    char id[37];
    char client_id[65];
    char client_secret[129];
};

/* All in the caller's write transaction. */
MUST_CHECK enum result account_create(struct session *session, int64_t now_us,
                                      const struct account_order *order, uint32_t accounts_max,
                                      struct account_made *out, struct error *error);
/* By client id. Ends all tokens at once. `secret` NULL: a random one. */
MUST_CHECK enum result account_new_secret(struct session *session, const char *client_id,
                                          const char *secret, struct account_made *out,
                                          struct error *error);
MUST_CHECK enum result account_delete(struct session *session, const char *client_id,
                                      struct error *error);

/* "management=full", "audit=read" … into levels; RESULT_INVALID names the word and what is allowed. */
MUST_CHECK enum result account_scope_parse(const char *text, enum level levels[AREA_COUNT],
                                           struct error *error);

#endif
