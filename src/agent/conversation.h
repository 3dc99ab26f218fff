/* Signed-in calls to the server: a kept connection, a token that is renewed when it is stale. One thread at a time. */
#ifndef AGENT_CONVERSATION_H
#define AGENT_CONVERSATION_H

#include <stddef.h>
#include <stdint.h>

#include "agent_client/protocol.h"
#include "http/client.h"

struct arena;
struct identity;
struct conversation;

enum { CALL_TIMEOUT_MS = 30000, CALL_HEADERS_MAX = 4 };

/* Copies what it needs of the identity. */
MUST_CHECK enum result conversation_open(const struct identity *identity, size_t answer_bytes_max,
                                         struct conversation **out, struct error *error);
void conversation_close(struct conversation *session);
/* From another thread: the running call and all later ones end soon, with PROTOCOL_LATER. */
void conversation_cancel(struct conversation *session);
/* The new key signs from the next token on. Nothing changes when it is the one it has. */
MUST_CHECK enum result conversation_set_key(struct conversation *session, struct slice key_pem,
                                            struct error *error);

struct conversation_answer {
    struct http_answer http; /* its body lives until the next call */
    uint32_t retry_after_s;
};

/* `headers` has at most CALL_HEADERS_MAX, NULL-terminated, without Authorization. PROTOCOL_LATER covers a missing answer, too.
   For everything but PROTOCOL_FINE `error` says why, for people. */
MUST_CHECK enum protocol_fault conversation_call(struct conversation *session, struct arena *arena,
                                                 const struct http_call *call,
                                                 struct conversation_answer *out,
                                                 struct error *error);

#endif
