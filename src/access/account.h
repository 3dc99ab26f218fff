/* API accounts: making, new secrets, deleting. What `reeve api-account` does. */
#ifndef ACCESS_ACCOUNT_H
#define ACCESS_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "access/token.h"
#include "model/route.h"

enum { ACCOUNT_NAME_BYTES_MAX = 255, ACCOUNT_DESCRIPTION_BYTES_MAX = 1024, ACCOUNTS_MAX = 1000 };

struct account_order {
    const char *id;            /* NULL: a new one */
    const char *name;          /* unique in any letter case: RESULT_CONFLICT */
    const char *description;   /* or NULL */
    const char *client_id;     /* NULL: 32 random hex digits */
    const char *client_secret; /* NULL: 48 random letters and digits */
    enum level levels[AREA_COUNT];
};

struct account_made {
    char id[37];
    char client_id[CLIENT_ID_BYTES_MAX + 1];
    char client_secret[CLIENT_SECRET_BYTES_MAX + 1];
};

/* In the caller's write transaction, like all below. `key` is the installation's secret key. */
MUST_CHECK enum result account_create(struct session *session, struct slice key, int64_t now_us,
                                      const struct account_order *order, struct account_made *out,
                                      struct error *error);
/* By client id; ends all its tokens at once. `secret` NULL: a random one. */
MUST_CHECK enum result account_new_secret(struct session *session, struct slice key,
                                          const char *client_id, const char *secret,
                                          struct account_made *out, struct error *error);
/* By client id; its tokens end with it. */
MUST_CHECK enum result account_delete(struct session *session, const char *client_id,
                                      struct error *error);

/* "management=full" and the like into levels; RESULT_INVALID says what is allowed. */
MUST_CHECK enum result account_scope_parse(const char *text, enum level levels[AREA_COUNT],
                                           struct error *error);

#endif
