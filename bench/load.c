/* The load program of the bench. Prints one line of JSON.
     load enrol    SERVER INSTALLATION KEY AGENTS FILE
     load check-in PORT FILE AGENTS CONNECTIONS SECONDS    nothing is new: one read and a noted contact
     load status   PORT FILE AGENTS CONNECTIONS SECONDS    each moves its state: a durable write
     load events   PORT FILE AGENTS CONNECTIONS SECONDS BATCH
     load updates  FILE ROWS GROUP SECONDS                 SQLite by itself
     load inserts  FILE BATCH GROUP SECONDS
     load packs    BATCH SECONDS                           zstd by itself */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents.h"
#include "base/arena.h"
#include "base/time.h"
#include "crypto/compress.h"
#include "fleet/computer_events.h"
#include "limits.h"
#include "wire.h"

enum { BODIES = 16, BODY_BYTES_MAX = 16 * 1024 * 1024, BODIES_BYTES_MAX = 64 * 1024 * 1024 };

enum kind { KIND_CHECK_IN, KIND_STATUS, KIND_EVENTS };

struct load {
    enum kind kind;
    struct bench_agent *agents;
    uint32_t agent_count, connections, batch;
    uint64_t turns[WIRE_CONNECTIONS_MAX];
    int64_t next_sequence[WIRE_CONNECTIONS_MAX];
    struct slice bodies[BODIES];
    uint64_t stored;
};

/* --- requests ------------------------------------------------------------------------------------ */

static void head_add(struct buffer *out, const char *path, const struct bench_agent *agent,
                     const char *more, size_t length)
{
    buffer_print(out,
                 "POST /agent/v1/%s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n%s"
                 "Content-Length: %zu\r\n\r\n",
                 path, agent->token, more, length);
}

#define JSON_TYPE "Content-Type: application/json\r\n"

static void check_in_add(struct buffer *out, const struct bench_agent *agent)
{
    char body[256];
    int length =
        snprintf(body, sizeof(body), "{\"knownState\":\"Authorised\",\"appliedRevisionId\":\"%s\"}",
                 agent->revision_id);
    head_add(out, "check-in", agent, JSON_TYPE, (size_t)length);
    buffer_text(out, body);
}

/* By turns: no policy runs, and the assigned one runs. */
static void status_add(struct buffer *out, const struct bench_agent *agent, uint64_t turn)
{
    char body[256];
    int length = turn % 2 == 0 ? snprintf(body, sizeof(body), "{\"appliedRevisionId\":null}")
                               : snprintf(body, sizeof(body), "{\"appliedRevisionId\":\"%s\"}",
                                          agent->revision_id);
    head_add(out, "status", agent, JSON_TYPE, (size_t)length);
    buffer_text(out, body);
}

static void events_add(struct buffer *out, const struct load *load, const struct bench_agent *agent,
                       uint32_t connection)
{
    char more[128];
    struct slice body = load->bodies[(connection + load->turns[connection]) % BODIES];
    (void)snprintf(more, sizeof(more),
                   "Content-Type: application/x-ndjson\r\nContent-Encoding: zstd\r\n"
                   "Reeve-First-Sequence: %" PRId64 "\r\n",
                   load->next_sequence[connection]);
    head_add(out, "events", agent, more, body.length);
    buffer_add(out, body.text, body.length);
}

/* A connection goes round its share of the agents; for events it is one agent, since batches of one come one by one. */
static void next_request(void *context, uint32_t connection, struct buffer *out)
{
    struct load *load = context;
    uint32_t share = load->kind == KIND_EVENTS ? 1 : load->agent_count / load->connections;
    uint64_t turn = load->turns[connection]++;
    const struct bench_agent *agent =
        &load->agents[connection + load->connections * (uint32_t)(turn % share)];
    switch (load->kind) {
    case KIND_CHECK_IN: check_in_add(out, agent); break;
    case KIND_STATUS: status_add(out, agent, turn / share); break;
    case KIND_EVENTS: events_add(out, load, agent, connection); break;
    }
}

static int64_t number_after(struct slice body, const char *name)
{
    const char *found =
        body.length == 0 ? NULL : memmem(body.text, body.length, name, strlen(name));
    return found == NULL ? 0 : strtoll(found + strlen(name), NULL, 10);
}

static void answered(void *context, uint32_t connection, int status, struct slice body)
{
    struct load *load = context;
    if (load->kind == KIND_EVENTS && status == 200) {
        load->next_sequence[connection] = number_after(body, "\"nextSequence\":");
        load->stored += (uint64_t)number_after(body, "\"stored\":");
    } else if (status == 200 || status == 204) {
        load->stored++;
    }
}

/* --- commands -------------------------------------------------------------------------------------- */

static enum result body_make(struct arena *arena, uint32_t computer, uint32_t count,
                             struct slice *out, struct error *error)
{
    struct buffer text;
    const struct event_series series = {
        .seed = 7, .computer = computer, .first = 1, .count = count, .moment_us = time_now_us()
    };
    buffer_init(&text, BODY_BYTES_MAX);
    events_write(&series, &text);
    enum result result = text.overflow
                             ? fail(error, RESULT_TOO_LARGE, NULL, "the batch is too large")
                             : zstd_pack(arena, buffer_slice(&text), 1, out, error);
    buffer_done(&text);
    return result;
}

static enum result run_enrol(char **words, struct error *error)
{
    const struct bench_installation installation = { words[0], words[1], words[2] };
    size_t count = strtoul(words[3], NULL, 10);
    struct bench_agent *agents = calloc(count + 1, sizeof(*agents)); /* the whole run */
    if (agents == NULL || count > BENCH_AGENTS_MAX) {
        free(agents);
        return fail(error, RESULT_INVALID, NULL, "too many agents");
    }
    int64_t start_us = time_monotonic_us();
    enum result result = agents_enrol(&installation, count, agents, error);
    if (result == RESULT_OK) {
        result = agents_save(words[4], agents, count, error);
    }
    (void)printf("{\"agents\":%zu,\"seconds\":%.3f}\n", count,
                 (double)(time_monotonic_us() - start_us) / 1e6);
    free(agents);
    return result;
}

static enum result load_run(struct load *load, char **words, struct error *error)
{
    struct wire_result result;
    const struct wire_load wire = { .host = "127.0.0.1",
                                    .port = (uint16_t)strtoul(words[0], NULL, 10),
                                    .connections = load->connections,
                                    .seconds = strtod(words[4], NULL),
                                    .next = next_request,
                                    .answered = answered,
                                    .context = load };
    TRY(agents_load(words[1], load->agent_count, load->agents, error));
    TRY(wire_run(&wire, &result, error));
    (void)printf("{\"per_second\":%.1f,\"requests\":%" PRIu64 ",\"failed\":%" PRIu64
                 ",\"failed_status\":%d,\"seconds\":%.3f,\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64
                 "}\n",
                 (double)load->stored / result.seconds, result.answers, result.failed,
                 result.failed_status, result.seconds, result.p50_us, result.p99_us);
    return RESULT_OK;
}

static enum result run_load(enum kind kind, char **words, struct error *error)
{
    struct load *load = calloc(1, sizeof(*load)); /* the whole run */
    struct arena *arena = arena_new(BODIES_BYTES_MAX);
    enum result result = load == NULL || arena == NULL
                             ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for the load")
                             : RESULT_OK;
    if (result == RESULT_OK) {
        load->kind = kind;
        load->agent_count = (uint32_t)strtoul(words[2], NULL, 10);
        load->connections = (uint32_t)strtoul(words[3], NULL, 10);
        if (load->connections < 1 || load->connections > WIRE_CONNECTIONS_MAX ||
            load->agent_count < load->connections || load->agent_count > BENCH_AGENTS_MAX) {
            result = fail(error, RESULT_INVALID, NULL, "1 to %d connections, an agent for each",
                          WIRE_CONNECTIONS_MAX);
        }
    }
    if (result == RESULT_OK && kind == KIND_EVENTS) {
        load->batch = (uint32_t)strtoul(words[5], NULL, 10);
    }
    for (uint32_t i = 0; result == RESULT_OK && kind == KIND_EVENTS && i < BODIES; i++) {
        result = body_make(arena, i + 1, load->batch, &load->bodies[i], error);
    }
    if (result == RESULT_OK) {
        for (uint32_t i = 0; i < load->connections; i++) {
            load->next_sequence[i] = 1;
        }
        load->agents = calloc(load->agent_count, sizeof(*load->agents));
        result = load->agents == NULL ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for agents")
                                      : load_run(load, words, error);
        free(load->agents);
    }
    arena_free(arena);
    free(load);
    return result;
}

static enum result run_updates(char **words, struct error *error)
{
    struct limit limit;
    TRY(limit_updates(words[0], strtoul(words[1], NULL, 10), strtoul(words[2], NULL, 10),
                      strtod(words[3], NULL), &limit, error));
    (void)printf("{\"per_second\":%.1f}\n", limit.per_second);
    return RESULT_OK;
}

/* Events a second: blocks of so many events, packed as the server stores them. */
static enum result run_blocks(char **words, bool stores, struct error *error)
{
    struct arena *arena = arena_new(BODIES_BYTES_MAX);
    struct limit limit = { 0 };
    struct slice block;
    uint32_t batch = (uint32_t)strtoul(words[stores ? 1 : 0], NULL, 10);
    enum result result = arena == NULL ? fail(error, RESULT_NO_MEMORY, NULL, "no memory")
                                       : body_make(arena, 1, batch, &block, error);
    if (result == RESULT_OK) {
        result = stores ? limit_inserts(words[0], block, strtoul(words[2], NULL, 10),
                                        strtod(words[3], NULL), &limit, error)
                        : limit_packs(block, strtod(words[1], NULL), &limit, error);
    }
    if (result == RESULT_OK) {
        (void)printf("{\"per_second\":%.1f,\"block_bytes\":%zu}\n", limit.per_second * batch,
                     block.length);
    }
    arena_free(arena);
    return result;
}

static enum result run_inserts(char **words, struct error *error)
{
    return run_blocks(words, true, error);
}

static enum result run_packs(char **words, struct error *error)
{
    return run_blocks(words, false, error);
}

static enum result run_check_in(char **words, struct error *error)
{
    return run_load(KIND_CHECK_IN, words, error);
}

static enum result run_status(char **words, struct error *error)
{
    return run_load(KIND_STATUS, words, error);
}

static enum result run_events(char **words, struct error *error)
{
    return run_load(KIND_EVENTS, words, error);
}

static const struct command {
    const char *name;
    int words;
    enum result (*run)(char **words, struct error *error);
} commands[] = {
    { "enrol", 5, run_enrol },   { "check-in", 5, run_check_in }, { "status", 5, run_status },
    { "events", 6, run_events }, { "updates", 4, run_updates },   { "inserts", 4, run_inserts },
    { "packs", 2, run_packs },
};

int main(int count, char **words)
{
    struct error error = { .field = NULL };
    for (size_t i = 0; i < COUNT_OF(commands) && count > 1; i++) {
        if (strcmp(words[1], commands[i].name) == 0 && count == commands[i].words + 2) {
            if (commands[i].run(words + 2, &error) == RESULT_OK) {
                return 0;
            }
            (void)fprintf(stderr, "load: %s\n", error.text);
            return 1;
        }
    }
    (void)fputs("load: unknown command or wrong number of words; see bench/load.c\n", stderr);
    return 2;
}
