#include "agents.h"

#include <stdio.h>
#include <string.h>

#include "agent_client/protocol.h"
#include "base/arena.h"
#include "base/time.h"
#include "crypto/key.h"
#include "http/client.h"

enum { ARENA_BYTES = 1024 * 1024, ANSWER_BYTES_MAX = 1024 * 1024, CALL_MS = 30000 };

/* One agent on its way in. */
struct entry {
    struct http_client *client;
    struct arena *arena;
    const struct bench_installation *installation;
    struct bench_agent *agent;
    struct slice key_pem;
    struct protocol_machine machine;
    struct error *error;
};

/* `type` and, unless it is NULL, `authorization` are header lines. */
static enum result call(struct entry *entry, const char *path, const char *type,
                        const char *authorization, struct slice *body)
{
    const char *const headers[] = { type, authorization, NULL };
    const struct http_call order = {
        .method = "POST", .path = path, .headers = headers, .body = *body, .timeout_ms = CALL_MS
    };
    struct http_answer answer;
    TRY(http_client_call(entry->client, &order, &answer, entry->error));
    *body = answer.body;
    return answer.status < 300 ? RESULT_OK
                               : fail(entry->error, RESULT_BROKEN, NULL, "%s: %d %.*s", path,
                                      answer.status, (int)answer.body.length, answer.body.text);
}

static enum result enrol(struct entry *entry)
{
    struct slice csr;
    struct slice body;
    struct protocol_enrolled enrolled;
    TRY(key_make(entry->arena, &entry->key_pem, entry->error));
    TRY(csr_make(entry->arena, entry->key_pem, entry->machine.host, &csr, entry->error));
    const struct protocol_enrolment enrolment = { .installation_id = entry->installation->id,
                                                  .installation_key = entry->installation->key,
                                                  .csr_pem = csr,
                                                  .machine = &entry->machine };
    TRY(protocol_enrol_body(entry->arena, &enrolment, &body, entry->error));
    TRY(call(entry, PROTOCOL_ENROL, PROTOCOL_JSON, NULL, &body));
    TRY(protocol_enrolled_read(entry->arena, body, &enrolled, entry->error));
    (void)snprintf(entry->agent->id, sizeof(entry->agent->id), "%s", enrolled.computer_id.text);
    return slice_is(enrolled.state, "Authorised")
               ? RESULT_OK
               : fail(entry->error, RESULT_BROKEN, NULL, "the store has no default group");
}

static enum result get_token(struct entry *entry)
{
    struct slice body;
    struct protocol_token token;
    TRY(protocol_token_form(entry->arena, entry->key_pem, entry->agent->id, time_now_us(), &body,
                            entry->error));
    TRY(call(entry, PROTOCOL_TOKEN, PROTOCOL_FORM, NULL, &body));
    TRY(protocol_token_read(entry->arena, body, &token, entry->error));
    if (token.text.length >= sizeof(entry->agent->token)) {
        return fail(entry->error, RESULT_TOO_LARGE, NULL, "the token is too long");
    }
    memcpy(entry->agent->token, token.text.text, token.text.length);
    entry->agent->token[token.text.length] = '\0';
    return RESULT_OK;
}

static enum result run_policy(struct entry *entry)
{
    struct slice body;
    struct protocol_news news;
    const struct protocol_check_in check_in = { .known_state = "Authorised" };
    char *bearer = arena_printf(entry->arena, "Authorization: Bearer %s", entry->agent->token);
    if (bearer == NULL) {
        return fail(entry->error, RESULT_NO_MEMORY, NULL, "no memory for an agent");
    }
    TRY(protocol_check_in_body(entry->arena, &check_in, &body, entry->error));
    TRY(call(entry, PROTOCOL_CHECK_IN, PROTOCOL_JSON, bearer, &body));
    TRY(protocol_news_read(entry->arena, body, &news, entry->error));
    if (!news.has_policy) {
        return fail(entry->error, RESULT_BROKEN, NULL, "the default group has no policy");
    }
    (void)snprintf(entry->agent->revision_id, sizeof(entry->agent->revision_id), "%s",
                   news.policy.revision_id.text);
    const struct protocol_report report = { .machine = &entry->machine,
                                            .applied_revision_id = entry->agent->revision_id,
                                            .applied_us = time_now_us() };
    TRY(protocol_status_body(entry->arena, &report, &body, entry->error));
    return call(entry, PROTOCOL_STATUS, PROTOCOL_JSON, bearer, &body);
}

static enum result enter(struct entry *entry, size_t number)
{
    char host[32];
    char mac[32];
    (void)snprintf(host, sizeof(host), "bench-%06zu", number);
    (void)snprintf(mac, sizeof(mac), "02:be:00:%02zx:%02zx:%02zx", number >> 16 & 255U,
                   number >> 8 & 255U, number & 255U);
    const struct protocol_fact facts[] = {
        { "macAddress", mac },  { "osArchitecture", "x86_64" },
        { "osVersion", "12" },  { "systemDomain", "example.com" },
        { "systemName", host },
    };
    entry->machine = (struct protocol_machine){ host, REEVE_VERSION, facts, COUNT_OF(facts) };
    arena_reset(entry->arena);
    TRY(enrol(entry));
    TRY(get_token(entry));
    return run_policy(entry);
}

enum result agents_enrol(const struct bench_installation *installation, size_t count,
                         struct bench_agent *out, struct error *error)
{
    const struct http_client_settings settings = { .base_url = installation->server,
                                                   .user_agent = "reeve-bench",
                                                   .connect_timeout_ms = CALL_MS,
                                                   .answer_bytes_max = ANSWER_BYTES_MAX };
    struct entry entry = { .installation = installation,
                           .arena = arena_new(ARENA_BYTES),
                           .error = error };
    enum result result = entry.arena == NULL
                             ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for agents")
                             : http_client_open(&settings, &entry.client, error);
    for (size_t i = 0; i < count && result == RESULT_OK; i++) {
        entry.agent = &out[i];
        result = enter(&entry, i + 1);
    }
    http_client_close(entry.client);
    arena_free(entry.arena);
    return result;
}

enum result agents_save(const char *file, const struct bench_agent *agents, size_t count,
                        struct error *error)
{
    FILE *out = fopen(file, "w");
    bool good = out != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = fprintf(out, "%s %s %s\n", agents[i].id, agents[i].revision_id, agents[i].token) > 0;
    }
    if (out != NULL && fclose(out) != 0) {
        good = false;
    }
    return good ? RESULT_OK : fail(error, RESULT_BROKEN, NULL, "%s cannot be written", file);
}

enum result agents_load(const char *file, size_t count, struct bench_agent *out,
                        struct error *error)
{
    FILE *in = fopen(file, "r");
    size_t read = 0;
    while (in != NULL && read < count &&
           fscanf(in, "%36s %36s %1023s", out[read].id, out[read].revision_id, out[read].token) ==
               3) {
        read++;
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    return read == count
               ? RESULT_OK
               : fail(error, RESULT_INVALID, NULL, "%s has %zu agents, not %zu", file, read, count);
}
