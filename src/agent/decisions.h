/* The requests for rights of this computer and their decisions, as the server said last; kept on disk, replaced whole. */
#ifndef AGENT_DECISIONS_H
#define AGENT_DECISIONS_H

#include <stdint.h>

#include "agent_client/protocol.h"
#include "base/result.h"

struct arena;
struct json;

#define DECISIONS_FILE "decisions.json"

enum { DECISIONS_BYTES_MAX = 8 * 1024 * 1024 };

/* Object with `version` and `items`, or NULL when there is none, or a damaged one. */
const struct json *decisions_load(struct arena *arena, const char *state_dir);
int64_t decisions_version(const struct json *decisions); /* 0 of NULL */
MUST_CHECK enum result decisions_save(const char *state_dir, const struct json *decisions,
                                      struct error *error);

/* A session that the endpoint must end: its time is over, or it was denied. */
struct session_end {
    struct uuid id;
    const char *reason; /* "Expired", "Revoked" */
};
/* False when there is none at `now_us`; *out_next_us is then when the next one comes (0: none is known). The session `skip`
   (may be empty) is passed over. */
bool decisions_session_end(const struct json *decisions, int64_t now_us, const char *skip,
                           struct session_end *out, int64_t *out_next_us);

#endif
