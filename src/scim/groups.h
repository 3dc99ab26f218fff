/* Members of a role, for the operations on groups. */
#ifndef SCIM_GROUPS_H
#define SCIM_GROUPS_H

#include <stdbool.h>

#include "base/result.h"
#include "model/operation.h"

struct role_found; /* resource/roles/roles.h */

enum { SCIM_MEMBERS_MAX = 10000 }; /* of a group that is read with its members */

/* Hands the id and name of each member to `take`, the oldest user first. RESULT_INVALID (tooMany) past SCIM_MEMBERS_MAX. */
typedef enum result scim_member_take(void *context, struct slice id, struct slice name);
MUST_CHECK enum result scim_members_each(struct ctx *ctx, const char *role_id,
                                         scim_member_take *take, void *context);

/* The user of this id has the role on everything, or has it no longer. RESULT_INVALID (invalidValue): there is no such user
   to give it to. RESULT_CONFLICT: no administrator would be left. */
MUST_CHECK enum result scim_member_set(struct ctx *ctx, const struct role_found *role,
                                       struct slice id, bool has);

#endif
