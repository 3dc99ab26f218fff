/* Inside of struct agent_services; private to this folder. */
#ifndef AGENT_API_SERVICES_H
#define AGENT_API_SERVICES_H

#include "agent_api/agent_api.h"
#include "model/operation.h"

/* The computer was heard of just now. Soft: a crash loses the last second of it. */
void contact_note(struct agent_services *services, const char *computer_id, int64_t now_us);

struct stamped {
    const char *revision_id, *policy_id, *policy_name;
    int64_t number, bytes;
    char sha256[65];
    struct slice document; /* only when it was asked for */
};
/* The policy revision as agents get it; in ctx->arena. `with_document`: its bytes too. */
enum stamped_want { STAMPED_FACTS, STAMPED_DOCUMENT };
MUST_CHECK enum result stamped_load(struct ctx *ctx, const char *revision_id,
                                    enum stamped_want want, struct stamped *out);

#endif
