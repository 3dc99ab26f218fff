/* What an audit tells of a user: the account, and the roles place by place. Private to the folder. */
#ifndef RESOURCE_USERS_USERS_AUDIT_H
#define RESOURCE_USERS_USERS_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "model/operation.h"

enum user_text {
    USER_EMAIL,
    USER_TIME_ZONE,
    USER_DATE_FORMAT,
    USER_LANGUAGE,
    USER_EXTERNAL_ID,
    USER_GIVEN_NAME,
    USER_FAMILY_NAME,
    USER_DISPLAY_NAME,
    USER_TEXTS
};
struct user_facts {
    const char *id;
    const char *texts[USER_TEXTS]; /* NULL: none */
    bool disabled;
};
MUST_CHECK enum result user_facts_load(struct ctx *ctx, const char *id, struct user_facts *out);
/* What differs between `before` (NULL: a new user) and what the store has now; nothing when nothing does. */
MUST_CHECK enum result user_audit(struct ctx *ctx, const struct user_facts *before, const char *id,
                                  const char *type, const char *verb);
/* An entry about a user of whom no field changed: an invitation. */
MUST_CHECK enum result user_audit_event(struct ctx *ctx, const char *id, const char *email,
                                        const char *type, const char *verb);

/* A role that a user holds, and where. */
struct user_held {
    int64_t scope;                       /* enum grant_scope */
    const char *object_id, *object_name; /* of a group or policy; "" else */
    const char *role_id, *role_name;
};
struct user_roles {
    struct user_held *items; /* by scope, object and role */
    size_t count;
};
MUST_CHECK enum result user_roles_load(struct ctx *ctx, const char *id, struct user_roles *out);
/* The places where what is held now differs from `before`. */
MUST_CHECK enum result user_roles_audit(struct ctx *ctx, const char *id, const char *email,
                                        const struct user_roles *before);

#endif
