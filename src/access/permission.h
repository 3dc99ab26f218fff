/* The one place that decides who may do what on which object, for API accounts (by their scopes) and for users (by their
   roles). Nothing is allowed unless a rule says so, and a rule that denies wins over all that allow. */
#ifndef ACCESS_PERMISSION_H
#define ACCESS_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>

#include "access/principal.h"
#include "base/result.h"
#include "base/text.h"
#include "model/route.h"

struct ctx;
struct reach;

/* What single objects a permission can be given on. */
enum object_kind { OBJECT_NONE, OBJECT_GROUP, OBJECT_POLICY };

/* Where a role is given; as stored. */
enum grant_scope {
    GRANT_EVERYTHING,
    GRANT_ALL_GROUPS,
    GRANT_ALL_POLICIES,
    GRANT_GROUP,
    GRANT_POLICY
};

/* A permission that there is. API accounts have it by the level of its area. */
struct permission_row {
    const char *resource, *action;
    enum area area;
    enum level level;
    enum object_kind kind;
    bool
        everybodys; /* nobody needs a role for it; rows that have a maker are limited to one's own */
    const char *summary;
};
extern const struct permission_row permission_rows[];
extern const size_t permission_row_count;
/* NULL when there is none of that name; letters in any case. */
const struct permission_row *permission_find(struct slice resource, struct slice action);

/* On the whole, without an object in view. */
enum verdict { VERDICT_NOTHING, VERDICT_SOME, VERDICT_ALL };
/* *out_reach is set for VERDICT_SOME: what of it; in the request's arena. */
MUST_CHECK enum result access_verdict(struct ctx *ctx, const struct principal *principal,
                                      const struct permission_row *permission,
                                      enum verdict *out_verdict, const struct reach **out_reach);

/* On one object, with the rule that decided. */
enum rule_kind {
    RULE_NONE,  /* nothing allows it */
    RULE_SCOPE, /* level of an API account */
    RULE_ROLE,
    RULE_EVERYBODY, /* what they made themselves, or what is no secret */
    RULE_SYSTEM,    /* the server's own work */
};
struct decision {
    bool allowed;
    enum rule_kind rule;
    const char *role_id, *role_name; /* RULE_ROLE */
    enum grant_scope scope;          /* RULE_ROLE */
};
/* `object_id`: id of the group or policy; NULL: of none (an ungrouped computer, a setting). */
MUST_CHECK enum result access_decide(struct ctx *ctx, const struct principal *principal,
                                     const struct permission_row *permission, const char *object_id,
                                     struct decision *out);

/* For the dispatcher: may the caller run this route at all? Sets ctx->reach. RESULT_DENIED says what is missing. */
MUST_CHECK enum result access_permit(struct ctx *ctx, const struct principal *principal,
                                     const struct route *route, const struct reach **out_reach);
/* The object of the path of a PERMIT_PATH route. One that the caller can't even see is RESULT_NOT_FOUND. */
MUST_CHECK enum result access_permit_path(struct ctx *ctx, const struct principal *principal,
                                          const struct route *route, struct slice id);

/* For operations that touch something else as well. RESULT_DENIED says what is missing. */
MUST_CHECK enum result access_require(struct ctx *ctx, const char *resource, const char *action,
                                      const char *object_id);
/* What of it the caller may touch; *out NULL: everything. RESULT_DENIED when it is nothing. */
MUST_CHECK enum result access_reach(struct ctx *ctx, const char *resource, const char *action,
                                    const struct reach **out);

#endif
