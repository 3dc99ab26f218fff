/* Signed-in calls to the server: a kept connection, a token that is renewed when it is stale. One thread at a time. */
#ifndef AGENT_SESSION_H
#define AGENT_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "agent_client/protocol.h"
#include "http/client.h"

struct arena;
struct identity;
struct session;

enum { CALL_TIMEOUT_MS = 30000, CALL_HEADERS_MAX = 4 };

/* Copies what it needs of the identity. */
MUST_CHECK enum result session_open(const struct identity *identity, size_t answer_bytes_max,
                                    struct session **out, struct error *error);
void session_close(struct session *session);
/* From another thread: the running call and all later ones end soon, with PROTOCOL_LATER. */
void session_cancel(struct session *session);
/* The new key signs from the next token on. Nothing changes when it is the one it has. */
MUST_CHECK enum result session_set_key(struct session *session, struct slice key_pem,
                                       struct error *error);

struct session_answer {
    struct http_answer http; /* its body lives until the next call */
    uint32_t retry_after_s;
};

/* `headers` has at most CALL_HEADERS_MAX, NULL-terminated, without Authorization. PROTOCOL_LATER covers a missing answer, too.
   For everything but PROTOCOL_FINE `error` says why, for people. */
MUST_CHECK enum protocol_fault session_call(struct session *session, struct arena *arena,
                                            const struct http_call *call,
                                            struct session_answer *out, struct error *error);

#endif
