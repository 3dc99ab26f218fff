/* The thread that reads the system's log of sign-ins, queues what happened, and sends the queue. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent_parts.h"
#include "agent/auth_source.h"
#include "agent/logons.h"
#include "agent/note.h"
#include "agent_client/backoff.h"
#include "base/arena.h"
#include "base/time.h"
#include "crypto/compress.h"

enum {
    ROUND_MS = 1000,
    BATCH_EVENTS_MAX = 500,
    BATCH_BYTES_MAX = 1024 * 1024,
    BATCH_TIMEOUT_MS = 60000,
    STOP_TIMEOUT_MS = 3000, /* for the last batch of an agent that stops */
    PACK_LEVEL = 3,
    ANSWER_BYTES_MAX = 64 * 1024,
    ARENA_BYTES = 8 * 1024 * 1024,
};

struct sender {
    struct agent *agent;
    struct arena *arena;
    struct conversation *session;
    uint64_t generation;
    int64_t sequence_base;
    struct backoff backoff;
    int64_t not_before_us; /* monotonic; when the next batch may go */
    size_t events_max;     /* of a batch; halved when one was too large */
    struct auth_source *source;
    struct logons logons;
};

/* --- collecting ------------------------------------------------------------------------------------------------------------ */

static void line_take(void *context, const struct auth_line *line)
{
    static const enum happening_kind kinds[] = {
        [AUTH_ELEVATED] = HAPPENING_ELEVATED,
        [AUTH_REFUSED] = HAPPENING_REFUSED,
        [AUTH_LOGON] = HAPPENING_LOGON,
        [AUTH_LOGOFF] = HAPPENING_LOGOFF,
    };
    struct sender *sender = context;
    struct auth_line told = *line;
    if (logons_take(&sender->logons, &told)) {
        agent_happened(sender->agent, (struct happening){ .kind = kinds[told.kind],
                                                          .moment_us = told.moment_us,
                                                          .line = &told });
    }
}

static void collect(struct sender *sender)
{
    struct pollfd wait = { .fd = auth_source_descriptor(sender->source), .events = POLLIN };
    if (wait.fd >= 0) {
        (void)poll(&wait, 1, ROUND_MS / 2);
    }
    auth_source_read(sender->source, time_now_us(), line_take, sender);
}

/* --- sending ---------------------------------------------------------------------------------------------------------------- */

static void session_share(struct sender *sender, struct conversation *session)
{
    struct agent *agent = sender->agent;
    (void)pthread_mutex_lock(&agent->lock);
    agent->sender_session = session;
    (void)pthread_mutex_unlock(&agent->lock);
    conversation_close(sender->session);
    sender->session = session;
}

/* A new computer id, or a new key, needs a new session. */
static enum result session_make(struct sender *sender, struct error *error)
{
    struct identity identity;
    struct conversation *session = NULL;
    uint64_t generation = 0;
    TRY(agent_identity(sender->agent, sender->arena, &identity, &generation, error));
    if (sender->session != NULL && generation == sender->generation) {
        return conversation_set_key(sender->session, identity.key_pem, error);
    }
    TRY(conversation_open(&identity, ANSWER_BYTES_MAX, &session, error));
    session_share(sender, session);
    sender->generation = generation;
    sender->sequence_base = identity.sequence_base;
    return RESULT_OK;
}

/* The server has events of ours that we do not know: the queue was lost while the computer stayed. Numbers go on behind
   the server's, or it would take new events for old ones. */
static void numbers_move(struct sender *sender, const struct spool_batch *batch,
                         int64_t next_sequence)
{
    struct identity identity;
    struct error error = { .field = NULL };
    uint64_t generation = 0;
    sender->sequence_base = (int64_t)batch->first - next_sequence;
    enum result result =
        agent_identity(sender->agent, sender->arena, &identity, &generation, &error);
    if (result == RESULT_OK && generation == sender->generation) {
        identity.sequence_base = sender->sequence_base;
        result = identity_save(sender->agent->state_dir, &identity, &error);
        if (result == RESULT_OK) {
            result = agent_set_identity(sender->agent, &identity, IDENTITY_SAME_COMPUTER, &error);
        }
    }
    note(sender->agent->state_dir, LOG_WARN, "numbers of events go on at %" PRId64 "%s%s",
         next_sequence,
         result == RESULT_OK ? "" : ", not saved: ", result == RESULT_OK ? "" : error.text);
}

static void batch_stored(struct sender *sender, const struct spool_batch *batch,
                         const struct protocol_stored *stored)
{
    int64_t end = (int64_t)(batch->first + batch->count) - sender->sequence_base;
    if (stored->next_sequence > end && stored->stored == 0) {
        numbers_move(sender, batch, stored->next_sequence);
        return;
    }
    spool_acknowledge(sender->agent->spool,
                      (uint64_t)(stored->next_sequence + sender->sequence_base));
    sender->events_max = BATCH_EVENTS_MAX;
}

static enum protocol_fault batch_post(struct sender *sender, const struct spool_batch *batch,
                                      struct slice lines, struct conversation_answer *answer,
                                      struct error *error)
{
    char first[64];
    const char *const headers[] = { PROTOCOL_NDJSON, "Content-Encoding: zstd", first, NULL };
    struct protocol_stored stored;
    struct http_call call = { .method = "POST",
                              .path = PROTOCOL_EVENTS,
                              .headers = headers,
                              .timeout_ms = agent_stopping(sender->agent) ? STOP_TIMEOUT_MS
                                                                          : BATCH_TIMEOUT_MS };
    (void)snprintf(first, sizeof(first), "Reeve-First-Sequence: %" PRId64,
                   (int64_t)batch->first - sender->sequence_base);
    if (zstd_pack(sender->arena, lines, PACK_LEVEL, &call.body, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    enum protocol_fault fault =
        conversation_call(sender->session, sender->arena, &call, answer, error);
    if (fault != PROTOCOL_FINE) {
        return fault;
    }
    if (protocol_stored_read(sender->arena, answer->http.body, &stored, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    batch_stored(sender, batch, &stored);
    return PROTOCOL_FINE;
}

/* A batch that the server will never take: fewer at once, and one alone is given up, so that the rest gets through. */
static void batch_refused(struct sender *sender, const struct spool_batch *batch,
                          const struct error *error)
{
    if (batch->count > 1) {
        sender->events_max = batch->count / 2;
        return;
    }
    note(sender->agent->state_dir, LOG_ERROR, "an event was refused and is given up: %s",
         error->text);
    spool_acknowledge(sender->agent->spool, batch->first + 1);
    sender->events_max = BATCH_EVENTS_MAX;
}

static enum protocol_fault batch_send(struct sender *sender, size_t *out_count,
                                      struct conversation_answer *answer, struct error *error)
{
    struct spool_batch batch;
    struct buffer lines;
    *out_count = 0;
    arena_reset(sender->arena);
    if (session_make(sender, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    buffer_init(&lines, BATCH_BYTES_MAX + SPOOL_RECORD_BYTES_MAX + 2);
    enum protocol_fault fault = PROTOCOL_LATER;
    if (spool_peek(sender->agent->spool, sender->events_max, BATCH_BYTES_MAX, &lines, &batch,
                   error) == RESULT_OK) {
        *out_count = batch.count;
        fault = batch.count == 0 ? PROTOCOL_FINE
                                 : batch_post(sender, &batch, buffer_slice(&lines), answer, error);
    }
    buffer_done(&lines);
    if (fault == PROTOCOL_MISTAKE || fault == PROTOCOL_TOO_LARGE) {
        batch_refused(sender, &batch, error);
        fault = PROTOCOL_FINE;
    }
    return fault;
}

static void send_all(struct sender *sender)
{
    size_t count = 1;
    while (count > 0 && agent_authorised(sender->agent) &&
           time_monotonic_us() >= sender->not_before_us) {
        struct conversation_answer answer = { .retry_after_s = 0 };
        struct error error = { .field = NULL };
        enum protocol_fault fault = batch_send(sender, &count, &answer, &error);
        if (fault == PROTOCOL_FINE) {
            backoff_clear(&sender->backoff);
            continue;
        }
        /* What becomes of the computer is the other thread's business; here it only means: later. */
        uint64_t wait_ms = backoff_next_ms(&sender->backoff, answer.retry_after_s);
        sender->not_before_us = time_monotonic_us() + (int64_t)wait_ms * 1000;
        log_line(LOG_DEBUG, "agent", NULL, "events wait: %s", error.text);
    }
}

void *sender_main(void *context)
{
    struct error error = { .field = NULL };
    struct sender sender = { .agent = context,
                             .arena = arena_new(ARENA_BYTES),
                             .events_max = BATCH_EVENTS_MAX };
    const struct agent_run_options *options = sender.agent->options;
    if (sender.arena == NULL || auth_source_open(sender.agent->state_dir, options->auth_log,
                                                 &sender.source, &error) != RESULT_OK) {
        note(sender.agent->state_dir, LOG_ERROR, "events are not collected: %s", error.text);
        arena_free(sender.arena);
        return NULL;
    }
    agent_happened(sender.agent, (struct happening){ .kind = HAPPENING_AGENT_STARTED });
    do {
        collect(&sender);
        send_all(&sender);
    } while (!agent_wait(sender.agent, ROUND_MS));
    agent_happened(sender.agent, (struct happening){ .kind = HAPPENING_AGENT_STOPPED });
    sender.not_before_us = 0;
    send_all(&sender);
    auth_source_close(sender.source);
    session_share(&sender, NULL);
    arena_free(sender.arena);
    return NULL;
}
