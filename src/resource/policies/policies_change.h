/* Changes of one policy's row; each is of a policy that exists. */
#ifndef RESOURCE_POLICIES_POLICIES_CHANGE_H
#define RESOURCE_POLICIES_POLICIES_CHANGE_H

#include "base/result.h"
#include "base/text.h"
#include "model/operation.h"

/* What an audit tells of a policy. */
struct policy_facts {
    const char *id, *name;
    const char *description, *draft_user; /* or NULL */
    bool has_draft;
    int64_t revision;
};
MUST_CHECK enum result policy_facts_load(struct ctx *ctx, const char *id, struct policy_facts *out);
/* The entry about a change; `before` NULL: it is new, `after` NULL: it is gone. None when nothing differs. */
MUST_CHECK enum result policy_audit(struct ctx *ctx, const struct policy_facts *before,
                                    const struct policy_facts *after, const char *type,
                                    const char *verb);

/* RESULT_CONFLICT when another policy has the name, in any letter case. */
MUST_CHECK enum result policy_rename(struct ctx *ctx, const char *id, struct slice name);
/* Empty: no description. */
MUST_CHECK enum result policy_describe(struct ctx *ctx, const char *id, struct slice description);
MUST_CHECK enum result policy_discard_draft(struct ctx *ctx, const char *id);
/* With all revisions. RESULT_CONFLICT while a group has one. */
MUST_CHECK enum result policy_remove(struct ctx *ctx, const char *id);

#endif
