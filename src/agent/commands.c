#include <stdio.h>
#include <string.h>

#include "agent/agent_parts.h"
#include "agent/note.h"
#include "agent/state_dir.h"
#include "base/arena.h"
#include "crypto/key.h"

enum { LOG_BYTES_MAX = 4 * 1024 * 1024, PATH_BYTES = 128, LOG_TIMEOUT_MS = 120000 };

struct outcome {
    bool done;
    char text[ERROR_TEXT_BYTES];
};

static void outcome_failed(struct outcome *outcome, const char *text)
{
    outcome->done = false;
    (void)snprintf(outcome->text, sizeof(outcome->text), "%s", text);
}

/* --- renewal --------------------------------------------------------------------------------------------------------------- */

static enum result renewal_keep(struct command_round *round, struct slice key_pem,
                                struct slice certificate_pem, struct error *error)
{
    struct identity identity;
    uint64_t generation = 0;
    TRY(agent_identity(round->agent, round->arena, &identity, &generation, error));
    identity.key_pem = key_pem;
    identity.certificate_pem = certificate_pem;
    TRY(identity_save(round->agent->state_dir, &identity, error));
    state_remove(round->agent->state_dir, RENEWED_KEY_FILE);
    TRY(agent_set_identity(round->agent, &identity, IDENTITY_SAME_COMPUTER, error));
    return conversation_set_key(round->session, key_pem, error);
}

enum protocol_fault certificate_renew(struct command_round *round,
                                      struct conversation_answer *answer, struct error *error)
{
    static const char *const headers[] = { PROTOCOL_JSON, NULL };
    struct slice key;
    struct slice csr;
    struct slice certificate;
    struct http_call call = {
        .method = "POST", .path = PROTOCOL_RENEW, .headers = headers, .timeout_ms = CALL_TIMEOUT_MS
    };
    if (identity_pending_key(round->arena, round->agent->state_dir, RENEWED_KEY_FILE, &key,
                             error) != RESULT_OK ||
        csr_make(round->arena, key, "reeve-agent", &csr, error) != RESULT_OK ||
        protocol_renew_body(round->arena, csr, &call.body, error) != RESULT_OK) {
        return PROTOCOL_MISTAKE;
    }
    enum protocol_fault fault =
        conversation_call(round->session, round->arena, &call, answer, error);
    if (fault == PROTOCOL_MISTAKE || fault == PROTOCOL_UNKNOWN) {
        state_remove(round->agent->state_dir, RENEWED_KEY_FILE);
    }
    if (fault != PROTOCOL_FINE) {
        return fault;
    }
    if (protocol_renewed_read(round->arena, answer->http.body, &certificate, error) != RESULT_OK ||
        renewal_keep(round, key, certificate, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    note(round->agent->state_dir, LOG_INFO, "the certificate was renewed, with a new key");
    return PROTOCOL_FINE;
}

/* --- logs ------------------------------------------------------------------------------------------------------------------- */

static enum protocol_fault logs_send(struct command_round *round, const char *log_id,
                                     struct conversation_answer *answer, struct error *error)
{
    static const char *const headers[] = { "Content-Type: text/plain; charset=utf-8",
                                           "Reeve-File-Name: reeve-agent.log", NULL };
    char path[PATH_BYTES];
    struct buffer text;
    buffer_init(&text, LOG_BYTES_MAX);
    note_collect(round->agent->state_dir, &text);
    (void)snprintf(path, sizeof(path), PROTOCOL_LOG, log_id);
    const struct http_call call = { .method = "POST",
                                    .path = path,
                                    .headers = headers,
                                    .body = buffer_slice(&text),
                                    .timeout_ms = LOG_TIMEOUT_MS };
    enum protocol_fault fault =
        conversation_call(round->session, round->arena, &call, answer, error);
    buffer_done(&text);
    return fault;
}

/* --- doing -------------------------------------------------------------------------------------------------------------------- */

static enum protocol_fault answer_command(struct command_round *round, const char *id,
                                          const char *status, const char *text,
                                          struct conversation_answer *answer, struct error *error)
{
    static const char *const headers[] = { PROTOCOL_JSON, NULL };
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), PROTOCOL_COMMAND, id);
    struct http_call call = {
        .method = "POST", .path = path, .headers = headers, .timeout_ms = CALL_TIMEOUT_MS
    };
    if (protocol_outcome_body(round->arena, status, text, &call.body, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    return conversation_call(round->session, round->arena, &call, answer, error);
}

static void policy_stop(struct command_round *round, struct outcome *outcome)
{
    struct agent *agent = round->agent;
    struct error error = { .field = NULL };
    if (policy_store_clear(agent->state_dir, &error) != RESULT_OK) {
        outcome_failed(outcome, error.text);
        return;
    }
    (void)pthread_mutex_lock(&agent->lock);
    memset(&agent->policy, 0, sizeof(agent->policy));
    (void)pthread_mutex_unlock(&agent->lock);
    round->report = true;
}

static enum protocol_fault command_do(struct command_round *round,
                                      const struct protocol_command_item *command,
                                      struct outcome *outcome, struct conversation_answer *answer,
                                      struct error *error)
{
    enum protocol_fault fault = PROTOCOL_FINE;
    switch (command->type) {
    case PROTOCOL_RETRIEVE_LOGS:
        if (command->log_id.text[0] == '\0') {
            outcome_failed(outcome, "the command names no log");
            return PROTOCOL_FINE;
        }
        fault = logs_send(round, command->log_id.text, answer, error);
        break;
    case PROTOCOL_RETRIEVE_STATUS: round->report = true; break;
    case PROTOCOL_RENEW_CERTIFICATE: fault = certificate_renew(round, answer, error); break;
    case PROTOCOL_DEACTIVATE: policy_stop(round, outcome); break;
    case PROTOCOL_COMMAND_UNKNOWN:
        outcome_failed(outcome, "this agent does not know the command");
        break;
    }
    if (fault != PROTOCOL_FINE) {
        outcome_failed(outcome, error->text);
    }
    return fault;
}

enum protocol_fault commands_do(struct command_round *round, const struct protocol_news *news,
                                struct conversation_answer *answer, struct error *error)
{
    for (size_t i = 0; i < news->command_count; i++) {
        const struct protocol_command_item *command = &news->commands[i];
        struct outcome outcome = { .done = true };
        enum protocol_fault fault =
            answer_command(round, command->id.text, "Accepted", NULL, answer, error);
        if (fault == PROTOCOL_UNKNOWN) {
            continue; /* taken back */
        }
        if (fault != PROTOCOL_FINE) {
            return fault;
        }
        fault = command_do(round, command, &outcome, answer, error);
        if (fault == PROTOCOL_ENROL_AGAIN || fault == PROTOCOL_REJECTED) {
            return fault;
        }
        note(round->agent->state_dir, LOG_INFO, "command %s: %s", command->id.text,
             outcome.done ? "done" : outcome.text);
        fault = answer_command(round, command->id.text, outcome.done ? "Completed" : "Failed",
                               outcome.text, answer, error);
        if (fault != PROTOCOL_FINE && fault != PROTOCOL_UNKNOWN) {
            return fault;
        }
    }
    return PROTOCOL_FINE;
}
