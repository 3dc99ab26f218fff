#include "agent/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/identity.h"
#include "base/arena.h"
#include "base/time.h"
#include "crypto/digest.h"

enum { CONNECT_TIMEOUT_MS = 10000, IDENTITY_ARENA_BYTES = 128 * 1024 };

#define BEARER "Authorization: Bearer "

struct conversation {
    struct http_client *client;
    struct arena *arena; /* the copies below */
    const char *computer_id;
    struct slice key_pem;
    char bearer[sizeof(BEARER) + PROTOCOL_TOKEN_BYTES_MAX]; /* the whole header; empty: no token */
    int64_t token_until_us;                                 /* monotonic */
};

enum result conversation_open(const struct identity *identity, size_t answer_bytes_max,
                              struct conversation **out, struct error *error)
{
    struct conversation *session = calloc(1, sizeof(*session)); /* as long as the identity */
    if (session == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a session");
    }
    const struct http_client_settings settings = {
        .base_url = identity->server,
        .ca_file = identity->ca_file[0] == '\0' ? NULL : identity->ca_file,
        .user_agent = "reeve-agent/" REEVE_VERSION,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .answer_bytes_max = answer_bytes_max,
    };
    enum result result = http_client_open(&settings, &session->client, error);
    session->arena = arena_new(IDENTITY_ARENA_BYTES);
    if (result == RESULT_OK && session->arena != NULL) {
        session->computer_id = arena_strdup(session->arena, identity->computer_id);
        result = conversation_set_key(session, identity->key_pem, error);
    }
    if (result == RESULT_OK && session->computer_id == NULL) {
        result = fail(error, RESULT_NO_MEMORY, NULL, "no memory for a session");
    }
    if (result != RESULT_OK) {
        conversation_close(session);
        return result;
    }
    *out = session;
    return RESULT_OK;
}

void conversation_close(struct conversation *session)
{
    if (session == NULL) {
        return;
    }
    http_client_close(session->client);
    arena_free(session->arena);
    bytes_wipe(session->bearer, sizeof(session->bearer));
    free(session);
}

void conversation_cancel(struct conversation *session)
{
    http_client_cancel(session->client);
}

enum result conversation_set_key(struct conversation *session, struct slice key_pem,
                                 struct error *error)
{
    if (session->key_pem.length > 0 && slice_equal(session->key_pem, key_pem)) {
        return RESULT_OK;
    }
    char *copy = arena_strndup(session->arena, key_pem.text, key_pem.length);
    if (copy == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the key");
    }
    session->key_pem = (struct slice){ copy, key_pem.length };
    session->bearer[0] = '\0';
    return RESULT_OK;
}

static enum protocol_fault call_once(struct conversation *session, struct arena *arena,
                                     const struct http_call *call, struct conversation_answer *out,
                                     struct error *error)
{
    enum result result = http_client_call(session->client, call, &out->http, error);
    if (result != RESULT_OK) {
        return result == RESULT_TOO_LARGE ? PROTOCOL_MISTAKE : PROTOCOL_LATER;
    }
    out->retry_after_s = out->http.retry_after_s;
    enum protocol_fault fault = protocol_fault_of(arena, out->http.status, out->http.body);
    if (fault != PROTOCOL_FINE) {
        struct slice detail = protocol_detail(arena, out->http.body);
        (void)!fail(error, RESULT_BROKEN, NULL, "%s %s: %d, %s: %.*s", call->method, call->path,
                    out->http.status, protocol_fault_name(fault), (int)detail.length,
                    detail.length > 0 ? detail.text : "");
    }
    return fault;
}

static enum protocol_fault token_take(struct conversation *session, struct arena *arena,
                                      struct conversation_answer *out, struct error *error)
{
    static const char *const headers[] = { PROTOCOL_FORM, NULL };
    enum { PARTS = 10 }; /* a new one when a tenth of its life is left */
    struct protocol_token token;
    struct http_call call = {
        .method = "POST", .path = PROTOCOL_TOKEN, .headers = headers, .timeout_ms = CALL_TIMEOUT_MS
    };
    if (protocol_token_form(arena, session->key_pem, session->computer_id, time_now_us(),
                            &call.body, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    enum protocol_fault fault = call_once(session, arena, &call, out, error);
    if (fault != PROTOCOL_FINE) {
        return fault;
    }
    if (protocol_token_read(arena, out->http.body, &token, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    (void)snprintf(session->bearer, sizeof(session->bearer), BEARER "%.*s", (int)token.text.length,
                   token.text.text);
    session->token_until_us =
        time_monotonic_us() + (int64_t)token.life_s * US_PER_SECOND / PARTS * (PARTS - 1);
    return PROTOCOL_FINE;
}

static enum protocol_fault call_signed(struct conversation *session, struct arena *arena,
                                       const struct http_call *call,
                                       struct conversation_answer *out, struct error *error)
{
    const char *headers[CALL_HEADERS_MAX + 2] = { NULL };
    if (session->bearer[0] == '\0' || time_monotonic_us() >= session->token_until_us) {
        enum protocol_fault fault = token_take(session, arena, out, error);
        if (fault != PROTOCOL_FINE) {
            return fault;
        }
    }
    size_t count = 0;
    headers[count++] = session->bearer;
    for (; call->headers != NULL && call->headers[count - 1] != NULL; count++) {
        if (count > CALL_HEADERS_MAX) {
            (void)!fail(error, RESULT_BROKEN, NULL, "a call with too many headers");
            return PROTOCOL_MISTAKE;
        }
        headers[count] = call->headers[count - 1];
    }
    struct http_call signed_call = *call;
    signed_call.headers = headers;
    return call_once(session, arena, &signed_call, out, error);
}

enum protocol_fault conversation_call(struct conversation *session, struct arena *arena,
                                      const struct http_call *call, struct conversation_answer *out,
                                      struct error *error)
{
    *out = (struct conversation_answer){ .retry_after_s = 0 };
    enum protocol_fault fault = call_signed(session, arena, call, out, error);
    if (fault == PROTOCOL_TOKEN_STALE && session->bearer[0] != '\0') {
        session->bearer[0] = '\0';
        fault = call_signed(session, arena, call, out, error);
    }
    return fault;
}
