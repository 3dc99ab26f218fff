/* The operations of this side, for the route table. */
#ifndef SCIM_OPS_H
#define SCIM_OPS_H

#include "model/operation.h"

struct json;

operation_call scim_users_list, scim_users_search, scim_users_create, scim_users_get;
operation_call scim_users_replace, scim_users_patch, scim_users_delete;
operation_call scim_roles_list, scim_roles_get;
operation_call scim_provider_get, scim_schemas_list, scim_schemas_get;
operation_call scim_types_list, scim_types_user, scim_types_role, scim_types_group;
operation_call scim_groups_list, scim_groups_get, scim_groups_create, scim_groups_replace,
    scim_groups_patch;
operation_call scim_bulk, scim_me;

/* RESULT_NOT_FOUND on a server without groups. */
MUST_CHECK enum result scim_groups_needed(struct ctx *ctx);

/* One change of a user, as routes and bulk requests ask for it. */
struct scim_change {
    enum method method;
    struct slice id;         /* of PUT, PATCH, DELETE */
    const struct json *body; /* or NULL */
    struct slice if_match;   /* or empty */
    const char *root;        /* scim_root */
};
struct scim_changed {
    int status;            /* of success; 412, 405: refused, nothing was changed */
    const char *text;      /* why, when refused */
    const char *id;        /* of the user */
    struct json *resource; /* NULL after DELETE and when refused */
    const char *version, *location;
};
MUST_CHECK enum result scim_change_run(struct ctx *ctx, const struct scim_change *change,
                                       struct scim_changed *out);

#endif
