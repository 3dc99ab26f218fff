/* A user as SCIM sees it: what provisioning keeps, under what the columns of the account say. */
#ifndef SCIM_USER_RECORD_H
#define SCIM_USER_RECORD_H

#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"
#include "resource/users/users.h"

struct json;

enum { SCIM_VERSION_BYTES = 64, SCIM_DOCUMENT_BYTES_MAX = 1024 * 1024, SCIM_NAME_BYTES_MAX = 255 };

struct scim_user {
    struct user account;
    int64_t created_us, modified_us, revision;
    char version[SCIM_VERSION_BYTES]; /* the entity tag: W/"…" */
    /* What a client may write, in the canonical form of scim/document.h; without defaults. */
    struct json *document;
};

/* RESULT_NOT_FOUND without one, also for those that SCIM deleted. Locks the row in a write transaction. */
MUST_CHECK enum result scim_user_load(struct ctx *ctx, const char *id, struct scim_user *out);

/* The whole resource: with id, meta, defaults and what follows from the roles. `root`: address that "/Users/…" follows. */
MUST_CHECK enum result scim_user_render(struct ctx *ctx, const struct scim_user *user,
                                        const char *root, struct json **out);

/* A new user from a canonical document. RESULT_INVALID and RESULT_CONFLICT name the scimType. */
MUST_CHECK enum result scim_user_create(struct ctx *ctx, struct json *document,
                                        const char **out_id);
/* `document` in place of what `user` has; nothing happens when they are equal. */
MUST_CHECK enum result scim_user_replace(struct ctx *ctx, const struct scim_user *user,
                                         struct json *document);
/* Disabled, renamed and hidden from SCIM for good. */
MUST_CHECK enum result scim_user_delete(struct ctx *ctx, const struct scim_user *user);

/* The values of a stored document, in the table that filters look into. */
MUST_CHECK enum result scim_values_store(struct ctx *ctx, const char *id,
                                         const struct json *document);

/* A role that a text means: its name or id. RESULT_NOT_FOUND: none, then the text grants nothing. */
struct role_found;
MUST_CHECK enum result scim_role_of(struct ctx *ctx, struct slice text, struct role_found *out);

#endif
