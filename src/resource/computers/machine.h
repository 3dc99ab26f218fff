/* What an agent says about its machine, as columns; private to this folder. */
#ifndef RESOURCE_COMPUTERS_MACHINE_H
#define RESOURCE_COMPUTERS_MACHINE_H

#include "base/result.h"
#include "base/text.h"

struct ctx;
struct json;

struct machine {
    const char *host, *host_key, *os, *domain, *machine_key;
    const char *document; /* EndpointInformation in canonical form */
};

/* `host` empty: the document's systemName. RESULT_INVALID names the member. */
MUST_CHECK enum result machine_read(struct ctx *ctx, struct slice host, const struct json *endpoint,
                                    struct machine *out);
/* A version as text, NULL when it is empty or no version could be so long. */
const char *version_text(struct ctx *ctx, struct slice version);

#endif
