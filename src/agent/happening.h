/* What happened on this computer, as an event document (Elastic Common Schema with EPMWinMac, docs/events.md). */
#ifndef AGENT_HAPPENING_H
#define AGENT_HAPPENING_H

#include <stdint.h>

#include "agent/auth_line.h"
#include "base/text.h"

struct facts;

enum happening_kind {
    HAPPENING_ELEVATED,
    HAPPENING_REFUSED,
    HAPPENING_LOGON,
    HAPPENING_LOGOFF,
    HAPPENING_POLICY_DOWNLOADED,
    HAPPENING_POLICY_NOT_DOWNLOADED,
    HAPPENING_POLICY_LOADED,
    HAPPENING_POLICY_NOT_LOADED,
    HAPPENING_AGENT_STARTED,
    HAPPENING_AGENT_STOPPED,
};

enum { HAPPENING_BYTES_MAX = 64 * 1024 };

struct happening {
    enum happening_kind kind;
    int64_t moment_us;
    const struct auth_line *line;        /* of the first four kinds, else NULL */
    const char *reason;                  /* more than the kind says, or NULL */
    const char *policy_id, *policy_name; /* of the policy kinds and what runs, or NULL */
    int64_t policy_revision;
};

/* Who speaks. */
struct happening_source {
    const struct facts *facts;
    const char *computer_id, *run_id;
};

/* One JSON object without line ends, added to `out`. */
void happening_write(const struct happening *happening, const struct happening_source *source,
                     struct buffer *out);

#endif
