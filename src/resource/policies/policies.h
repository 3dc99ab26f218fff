/* Policies: documents with numbered revisions that groups of computers get. */
#ifndef RESOURCE_POLICIES_POLICIES_H
#define RESOURCE_POLICIES_POLICIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"

extern const struct route policies_routes[];
extern const size_t policies_route_count;
extern const struct resource policies_resource;
extern const struct names policy_revision_status_names; /* of computers and of groups */

enum {
    POLICY_FILE_BYTES_MAX = 64 * 1024 * 1024,
    POLICY_FORM_BYTES_MAX = POLICY_FILE_BYTES_MAX + 64 * 1024
};

/* A policy document that was checked and packed. Costly, so it is made before the transaction. */
struct policy_upload {
    struct slice packed;
    char sha256[65]; /* of the bytes as they were uploaded */
    int64_t size_bytes;
    const char *document_id; /* ID of its root, or NULL */
};
/* Every fault of the document goes to ctx->faults (field "PolicyFile") with RESULT_INVALID; RESULT_TOO_LARGE
   past POLICY_FILE_BYTES_MAX. Lives in the arena. */
MUST_CHECK enum result policy_upload_make(struct ctx *ctx, struct slice document,
                                          struct policy_upload *out);

/* A new policy with revision 1 from a checked document (as POST Policies). */
struct policy_order {
    const char *id;          /* NULL: a new one */
    const char *revision_id; /* NULL: a new one */
    struct slice name, description;
    struct slice document;
    const struct policy_upload *upload; /* the document when it is packed already, else NULL */
};
MUST_CHECK enum result policy_create(struct ctx *ctx, const struct policy_order *order,
                                     const char **out_policy_id, const char **out_revision_id);
/* The next revision (as POST Policies/{id}/Upload without auto-assign). RESULT_CONFLICT while a draft locks it. */
MUST_CHECK enum result policy_add_revision(struct ctx *ctx, const char *policy_id,
                                           const char *revision_id, struct slice document,
                                           struct slice note, const char **out_revision_id);

/* The same with a document that is packed already. */
MUST_CHECK enum result policy_store_revision(struct ctx *ctx, const char *policy_id,
                                             const char *revision_id,
                                             const struct policy_upload *upload, struct slice note,
                                             const char **out_revision_id);
MUST_CHECK enum result policy_must_exist(struct ctx *ctx, const char *policy_id);
/* RESULT_CONFLICT while somebody's draft locks it; RESULT_NOT_FOUND without the policy. */
MUST_CHECK enum result policy_must_be_free(struct ctx *ctx, const char *policy_id);

struct policy_revision {
    const char *id, *policy_id, *policy_name, *sha256;
    int64_t number, size_bytes;
};
MUST_CHECK enum result policy_revision_load(struct ctx *ctx, const char *id,
                                            struct policy_revision *out);
/* Newest revision of a policy. */
MUST_CHECK enum result policy_newest_revision(struct ctx *ctx, const char *policy_id,
                                              struct policy_revision *out);
/* The stored bytes as they were uploaded, in the arena. */
MUST_CHECK enum result policy_content_load(struct ctx *ctx, const char *revision_id,
                                           struct slice *out);

#endif
