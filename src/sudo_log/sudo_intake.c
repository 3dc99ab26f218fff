/* What has come becomes a batch, the batch is stored, then it is answered. */
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"
#include "sudo_log/sudo_server.h"

enum { RETRY_MS = 200, LAST_TRIES = 20 };

static void count_add(atomic_uint_fast64_t *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

/* --- syslog ----------------------------------------------------------------------------------------------------- */

static void line_take(struct sudo_log *log, const struct peer *peer, struct slice line,
                      int64_t mono_us)
{
    enum syslog_taken taken =
        syslog_reader_take(log->reader, line, peer->source, time_now_us(), mono_us, &log->batch);
    if (taken == SYSLOG_OTHER) {
        count_add(&log->ignored, 1);
    } else if (taken == SYSLOG_UNREADABLE) {
        count_add(&log->outcomes[SUDO_UNREADABLE], 1);
    }
}

/* False: there is nothing whole left in `rest`. */
static bool frame_take(struct sudo_log *log, struct peer *peer, struct slice *rest, int64_t mono_us)
{
    struct slice line;
    switch (syslog_frames_cut(&peer->frames, rest, &line)) {
    case FRAME_NONE: break;
    case FRAME_LINE: line_take(log, peer, line, mono_us); return true;
    case FRAME_LONG: count_add(&log->outcomes[SUDO_UNREADABLE], 1); return true;
    case FRAME_BAD:
        count_add(&log->outcomes[SUDO_UNREADABLE], 1);
        log_line(LOG_WARN, "sudo", NULL, "%s sends something else than syslog", peer->source);
        peer->dead = true;
        break;
    }
    return false;
}

/* The last line of a stream may lack its end. */
static void last_line_take(struct sudo_log *log, struct peer *peer, struct slice *rest,
                           int64_t mono_us)
{
    bool line = rest->length > 0 && rest->text[0] == '<' && peer->frames.skip == 0 &&
                !peer->frames.skip_line;
    if (line) {
        line_take(log, peer, *rest, mono_us);
    }
    *rest = (struct slice){ rest->text + rest->length, 0 };
}

/* --- sudo's protocol -------------------------------------------------------------------------------------------- */

static bool message_take(struct sudo_log *log, struct peer *peer, struct slice *rest)
{
    struct sudo_said said;
    struct error error = { .field = NULL };
    size_t length = 0;
    bool fits = logsrv_length(*rest, &length);
    if (fits && (rest->length < LOGSRV_HEAD_BYTES || rest->length - LOGSRV_HEAD_BYTES < length)) {
        return false;
    }
    arena_reset(log->message_arena);
    enum result result =
        fits ? sudo_talk_take(&peer->talk, log->message_arena,
                              (struct slice){ rest->text + LOGSRV_HEAD_BYTES, length },
                              peer->source, &log->batch, &said, &error)
             : fail(&error, RESULT_INVALID, NULL, "a message has 1 to %d bytes",
                    LOGSRV_MESSAGE_BYTES_MAX);
    if (result != RESULT_OK) {
        count_add(&log->outcomes[SUDO_UNREADABLE], 1);
        log_line(LOG_WARN, "sudo", NULL, "%s: %s", peer->source, error.text);
        logsrv_put_error(error.text, &peer->out);
        peer->closing = true;
        *rest = (struct slice){ rest->text + rest->length, 0 };
        return false;
    }
    if (said.stored) {
        log->answers[log->answer_count++] = (struct waiting_answer){ .peer = peer, .said = said };
    }
    *rest = (struct slice){ rest->text + LOGSRV_HEAD_BYTES + length,
                            rest->length - LOGSRV_HEAD_BYTES - length };
    return true;
}

/* --- all peers -------------------------------------------------------------------------------------------------- */

void sudo_intake_read(struct sudo_log *log, struct peer *peer, int64_t mono_us)
{
    struct slice rest = buffer_slice(&peer->in);
    size_t before = rest.length;
    bool goes_on = rest.length > 0 && !peer->closing;
    while (goes_on && rest.length > 0 && !peer->dead && sudo_batch_has_room(&log->batch)) {
        goes_on = peer->kind == PEER_SYSLOG ? frame_take(log, peer, &rest, mono_us)
                                            : message_take(log, peer, &rest);
    }
    bool full = !sudo_batch_has_room(&log->batch);
    if (peer->ended && !full && !peer->dead) {
        if (peer->kind == PEER_SYSLOG) {
            last_line_take(log, peer, &rest, mono_us);
        }
        peer->closing = true;
    }
    log->more = log->more || (full && rest.length > 0);
    peer_consume(peer, before - rest.length);
}

/* --- storing ---------------------------------------------------------------------------------------------------- */

/* Waits a moment, or until the end is wanted. */
static void pause_before_retry(struct sudo_log *log)
{
    struct pollfd wake = { .fd = log->wake[0], .events = POLLIN };
    if (atomic_load(&log->stopping)) {
        (void)usleep(RETRY_MS * 1000);
    } else {
        (void)poll(&wake, 1, RETRY_MS);
    }
}

/* Nothing is given up while the server runs: senders wait meanwhile, and who waits for an answer gets none. */
static bool batch_stored(struct sudo_log *log)
{
    for (int tries = 0; !atomic_load(&log->stopping) || tries < LAST_TRIES; tries++) {
        struct error error = { .field = NULL };
        enum result result = sudo_batch_store(&log->storing, &log->batch, &error);
        if (result == RESULT_OK) {
            return true;
        }
        count_add(&log->retries, 1);
        if (tries % 50 == 1) {
            log_line(LOG_WARN, "sudo", NULL, "%zu records wait: %s: %s", log->batch.count,
                     result_name(result), error.text);
        }
        pause_before_retry(log);
    }
    return false;
}

static void outcomes_count(struct sudo_log *log)
{
    for (size_t i = 0; i < log->batch.count; i++) {
        const struct sudo_entry *entry = &log->batch.entries[i];
        uint64_t before =
            atomic_fetch_add_explicit(&log->outcomes[entry->outcome], 1, memory_order_relaxed);
        bool told = entry->outcome == SUDO_STORED || entry->outcome == SUDO_REPEATED;
        if (!told && before % 1000 == 0) {
            log_line(LOG_WARN, "sudo", NULL, "records of %s, sent by %s, are refused: %s",
                     entry->host, entry->source, sudo_outcome_name(entry->outcome));
        }
    }
}

void sudo_intake_store(struct sudo_log *log)
{
    bool stored = log->batch.count == 0 || batch_stored(log);
    if (stored) {
        outcomes_count(log);
    }
    for (size_t i = 0; i < log->answer_count && stored; i++) {
        struct peer *peer = log->answers[i].peer;
        const struct sudo_said *said = &log->answers[i].said;
        enum sudo_outcome outcome = log->batch.entries[said->index].outcome;
        if (!sudo_talk_answer(&peer->talk, said, outcome, &peer->out)) {
            peer->closing = true;
        }
    }
    log->answer_count = 0;
    sudo_batch_reset(&log->batch);
}
