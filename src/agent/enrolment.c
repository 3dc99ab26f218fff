#include <stdio.h>
#include <string.h>

#include "agent/agent_parts.h"
#include "agent/state_dir.h"
#include "base/arena.h"
#include "crypto/key.h"

enum { CONNECT_TIMEOUT_MS = 10000, ANSWER_BYTES_MAX = 256 * 1024 };

static enum result body_make(struct arena *arena, const char *state_dir, const struct facts *facts,
                             struct identity *identity, struct slice *out, struct error *error)
{
    struct protocol_fact rows[FACTS_MAX];
    struct slice csr;
    const struct protocol_machine machine = {
        .host = facts->host,
        .agent_version = REEVE_VERSION,
        .facts = rows,
        .fact_count = facts_rows(facts, rows),
    };
    TRY(identity_pending_key(arena, state_dir, NEXT_KEY_FILE, &identity->key_pem, error));
    TRY(csr_make(arena, identity->key_pem, facts->host, &csr, error));
    const struct protocol_enrolment enrolment = {
        .installation_id = identity->installation_id,
        .installation_key = identity->installation_key,
        .group_id = identity->group_id,
        .csr_pem = csr,
        .machine = &machine,
    };
    return protocol_enrol_body(arena, &enrolment, out, error);
}

static enum protocol_fault ask(struct arena *arena, const struct identity *identity,
                               struct slice body, struct slice *out, uint32_t *out_retry_after_s,
                               struct error *error)
{
    static const char *const headers[] = { PROTOCOL_JSON, NULL };
    const struct http_client_settings settings = {
        .base_url = identity->server,
        .ca_file = identity->ca_file[0] == '\0' ? NULL : identity->ca_file,
        .user_agent = "reeve-agent/" REEVE_VERSION,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .answer_bytes_max = ANSWER_BYTES_MAX,
    };
    const struct http_call call = { .method = "POST",
                                    .path = PROTOCOL_ENROL,
                                    .headers = headers,
                                    .body = body,
                                    .timeout_ms = CALL_TIMEOUT_MS };
    struct http_client *client = NULL;
    struct http_answer answer = { .status = 0 };
    if (http_client_open(&settings, &client, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    enum protocol_fault fault = PROTOCOL_LATER;
    if (http_client_call(client, &call, &answer, error) == RESULT_OK) {
        fault = protocol_fault_of(arena, answer.status, answer.body);
        *out_retry_after_s = answer.retry_after_s;
        struct slice text =
            fault == PROTOCOL_FINE ? answer.body : protocol_detail(arena, answer.body);
        char *copy = arena_strndup(arena, text.length == 0 ? "" : text.text, text.length);
        *out = slice_of(copy);
        fault = copy == NULL ? PROTOCOL_LATER : fault;
        if (fault != PROTOCOL_FINE) {
            (void)!fail(error, RESULT_DENIED, NULL, "enrolment: %d, %s: %s", answer.status,
                        protocol_fault_name(fault), copy == NULL ? "" : copy);
        }
    }
    http_client_close(client);
    return fault;
}

enum protocol_fault enrolment_ask(struct arena *arena, const char *state_dir,
                                  const struct facts *facts, struct identity *identity,
                                  uint32_t *out_retry_after_s, struct error *error)
{
    struct slice body;
    struct slice text = { .length = 0 };
    struct protocol_enrolled enrolled;
    *out_retry_after_s = 0;
    if (body_make(arena, state_dir, facts, identity, &body, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    enum protocol_fault fault = ask(arena, identity, body, &text, out_retry_after_s, error);
    if (fault == PROTOCOL_ENROL_AGAIN) {
        state_remove(state_dir, NEXT_KEY_FILE); /* this key was a deleted computer's */
    }
    if (fault != PROTOCOL_FINE) {
        return fault;
    }
    if (protocol_enrolled_read(arena, text, &enrolled, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    identity->computer_id = arena_strdup(arena, enrolled.computer_id.text);
    identity->certificate_pem = enrolled.certificate_pem;
    identity->ca_certificate_pem = enrolled.ca_certificate_pem;
    if (identity->computer_id == NULL || identity_save(state_dir, identity, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    state_remove(state_dir, NEXT_KEY_FILE);
    return PROTOCOL_FINE;
}
