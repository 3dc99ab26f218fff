/* Who is calling, and what they may do. */
#ifndef ACCESS_PRINCIPAL_H
#define ACCESS_PRINCIPAL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/route.h"

enum principal_kind {
    PRINCIPAL_NONE,
    PRINCIPAL_API_ACCOUNT,
    PRINCIPAL_USER,
    PRINCIPAL_AGENT,
    PRINCIPAL_SYSTEM
};

struct principal {
    enum principal_kind kind;
    char id[37];                   /* API account, user or computer */
    char name[256];                /* account name; e-mail of users; host for agents */
    char client_id[65];            /* API accounts: what audits call them by */
    char token_id[37];             /* of a long-lived token; "": another way to sign in */
    int64_t token_used_us;         /* when its last use was noted; 0: never */
    enum level levels[AREA_COUNT]; /* API accounts; what users may do is in access/permission.h */
    const char *group_id;          /* agents: their group, or NULL; in the request's arena */
    int64_t state;                 /* agents: enum computer_authorisation as stored */
};

/* Full access to Insight also reads Management and Audit (the contract's scope list). */
bool principal_may(const struct principal *principal, enum area area, enum level level);

#endif
