/* Users: people who may sign in, what they may do, and their invitation. They are never deleted, only disabled. */
#ifndef RESOURCE_USERS_USERS_H
#define RESOURCE_USERS_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"

extern const struct route users_routes[];
extern const size_t users_route_count;
extern const struct resource users_resource;

/* Texts live in ctx->arena. */
struct user {
    const char *id, *email, *domain;
    bool disabled, is_admin;
    int64_t last_signed_in_us, invited_us; /* 0: never */
};
/* Both lock the row in a write transaction. RESULT_NOT_FOUND without one. */
MUST_CHECK enum result user_load(struct ctx *ctx, const char *id, struct user *out);
MUST_CHECK enum result user_load_by_email(struct ctx *ctx, struct slice email, struct user *out);

/* Members that are empty: none, or (of a change) as they are. */
struct user_order {
    struct slice email, time_zone, date_format, language;
    struct slice external_id, given_name, family_name, display_name;
    bool disabled;
    bool any_name; /* the e-mail may be any text that can stand for a user, in any domain or none */
    bool replaces; /* of a change: what is empty is cleared, but for the e-mail */
};
/* What the columns of an account take; SCIM keeps other texts elsewhere. */
bool user_time_zone_is_known(struct slice name);
bool user_language_is_known(struct slice code);
/* RESULT_INVALID names the member: no address, a domain that is not accepted, an unknown zone or language.
   RESULT_CONFLICT: the address is taken, in any letter case. */
MUST_CHECK enum result user_create(struct ctx *ctx, const struct user_order *order,
                                   const char **out_id);
MUST_CHECK enum result user_change(struct ctx *ctx, const struct user *user,
                                   const struct user_order *order);
/* RESULT_CONFLICT for the last enabled administrator. Repeating it changes nothing. */
MUST_CHECK enum result user_set_disabled(struct ctx *ctx, const struct user *user, bool disabled);

/* Out of the way for good: disabled, without its address and external id, which others may have then. Kept for audits. */
MUST_CHECK enum result user_retire(struct ctx *ctx, const struct user *user);

/* Puts an invitation into the outbox. */
MUST_CHECK enum result user_invite(struct ctx *ctx, const struct user *user);
/* What became of the last mail; an empty text clears. */
MUST_CHECK enum result user_mail_result(struct ctx *ctx, const char *id, struct slice error_info);

/* --- what they may do --------------------------------------------------------------------------- */

enum said { SAID_NOTHING, SAID_NO, SAID_YES };

/* Lists that are NULL are left alone, the others replaced. */
struct user_rights {
    const char *only_role_id; /* this role on everything and nothing else; or NULL */
    enum said admin, all_groups, all_policies;
    const struct json *group_roles, *policy_roles, *global_roles; /* arrays of role ids */
    const struct json *role_resource;                             /* array of RoleResourceModel */
};
bool user_rights_say_something(const struct user_rights *rights);
/* RESULT_INVALID names an unknown role, group or policy, or a role that can't be given there. RESULT_CONFLICT when it
   would leave no enabled administrator. */
MUST_CHECK enum result user_set_rights(struct ctx *ctx, const struct user *user,
                                       const struct user_rights *rights);
/* Exactly these roles on everything; what is given on single groups and policies, or on all of one kind, stays. */
MUST_CHECK enum result user_set_roles(struct ctx *ctx, const struct user *user,
                                      const char *const *role_ids, size_t count);
/* RESULT_CONFLICT when nobody who is enabled is an administrator any more. */
MUST_CHECK enum result user_must_leave_an_admin(struct ctx *ctx);

#endif
