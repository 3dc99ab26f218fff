/* The policy that runs on this computer: policy/<revision>.xml, a record that names it, and policy.xml for who reads it. */
#ifndef AGENT_POLICY_STORE_H
#define AGENT_POLICY_STORE_H

#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "base/uuid.h"

struct arena;

enum { POLICY_NAME_BYTES = 512 };

/* Nothing runs when revision_id.text is empty. */
struct applied_policy {
    struct uuid revision_id, policy_id;
    char name[POLICY_NAME_BYTES];
    int64_t revision, applied_us;
    char sha256[65];
};

/* What the record says, when its document is there whole; else nothing runs (and the server will offer it again). */
void policy_store_load(struct arena *arena, const char *dir, struct applied_policy *out);

/* Checks digest and document, then makes it the one that runs; after a failure the one before still runs. `policy` names it;
   its applied_us is set. RESULT_INVALID: the document is not fit; RESULT_BUSY: no room. */
MUST_CHECK enum result policy_store_apply(struct arena *arena, const char *dir, struct slice bytes,
                                          struct applied_policy *policy, struct error *error);
MUST_CHECK enum result policy_store_clear(const char *dir, struct error *error);

#endif
