#include "sudo_log/sudo_talk.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/uuid.h"
#include "sudo_log/sudo_hosts.h"

enum { TALK_ARENA_BYTES = 1024 * 1024 };

void sudo_talk_done(struct sudo_talk *talk)
{
    arena_free(talk->arena);
    talk->arena = NULL;
}

static enum result unexpected(struct error *error, const char *what)
{
    return fail(error, RESULT_INVALID, NULL, "unexpected %s", what);
}

/* --- what it keeps ---------------------------------------------------------------------------------------------- */

/* Its command's end says nothing but how: the rest is known from the begin. A text that is too long stays away. */
static void record_keep(struct sudo_talk *talk, const struct sudo_record *record)
{
    struct slice *const texts[] = { &talk->record.user,    &talk->record.target,
                                    &talk->record.program, &talk->record.command,
                                    &talk->record.folder,  &talk->record.terminal };
    talk->record = *record;
    talk->record.run = slice_of(talk->run);
    talk->record.host = slice_of(talk->host);
    talk->record.target_group = (struct slice){ .length = 0 };
    talk->record.reason = (struct slice){ .length = 0 };
    if (talk->arena == NULL) {
        talk->arena = arena_new(TALK_ARENA_BYTES);
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char *copy = talk->arena == NULL || texts[i]->length == 0
                         ? NULL
                         : arena_strndup(talk->arena, texts[i]->text, texts[i]->length);
        *texts[i] = (struct slice){ copy, copy == NULL ? 0 : texts[i]->length };
    }
}

/* The protocol gives a run no id, so it gets one of its content: a repetition has the same. */
static void run_name(const struct sudo_record *record, const char *host,
                     char out[SUDO_EVENT_ID_BYTES])
{
    const struct sudo_event event = { .record = record, .host = host };
    const struct slice none = { .length = 0 };
    sudo_event_id(&event, host, none, out);
}

/* The id of a log is where it comes from and which run it is, so any server on the store can go on with it. */
static void log_id_write(const struct sudo_talk *talk, char *out, size_t room)
{
    (void)snprintf(out, room, "%s/%s", talk->host, talk->run);
}

static bool log_id_read(struct sudo_talk *talk, struct slice id)
{
    struct slice rest = id;
    struct slice host = slice_cut(&rest, '/');
    struct uuid run;
    if (!sudo_host_is_name(host) || host.length >= sizeof(talk->host) || !uuid_parse(rest, &run)) {
        return false;
    }
    memcpy(talk->host, host.text, host.length);
    talk->host[host.length] = '\0';
    memcpy(talk->run, run.text, sizeof(talk->run));
    return true;
}

/* --- messages --------------------------------------------------------------------------------------------------- */

static enum result store(struct sudo_batch *batch, const struct sudo_record *record,
                         const char *source, struct sudo_said *out, struct error *error)
{
    const struct sudo_arrival arrival = { .record = record,
                                          .source = source,
                                          .unique = record->run.length > 0,
                                          .transport = SUDO_BY_LOGSRV };
    if (!sudo_batch_add(batch, &arrival, &out->index)) {
        return fail(error, RESULT_INVALID, NULL,
                    "the record is too large, or submithost is no host name");
    }
    out->stored = true;
    return RESULT_OK;
}

static enum result take_accept(struct sudo_talk *talk, const struct logsrv_message *message,
                               const char *source, struct sudo_batch *batch, struct sudo_said *out,
                               struct error *error)
{
    struct sudo_record record = message->record;
    char host[sizeof(talk->host)];
    char run[SUDO_EVENT_ID_BYTES];
    if (!sudo_host_is_name(record.host) || record.host.length >= sizeof(host)) {
        return fail(error, RESULT_INVALID, NULL, "submithost must be a host name");
    }
    memcpy(host, record.host.text, record.host.length);
    host[record.host.length] = '\0';
    run_name(&record, host, run);
    bool first = !talk->begun && record.kind == SUDO_ACCEPT;
    if (first) { /* later ones are commands that the first one started */
        memcpy(talk->host, host, sizeof(host));
        memcpy(talk->run, run, sizeof(run));
        talk->begun = true;
        talk->logs_io = message->expects_io;
        record_keep(talk, &record);
    }
    record.run = slice_of(run);
    TRY(store(batch, &record, source, out, error));
    out->answer = first && talk->logs_io ? ANSWER_LOG_ID : ANSWER_NOTHING;
    return RESULT_OK;
}

static enum result take_exit(struct sudo_talk *talk, const struct sudo_record *end,
                             const char *source, struct sudo_batch *batch, struct sudo_said *out,
                             struct error *error)
{
    struct sudo_record record = talk->record;
    if (!talk->begun) {
        return unexpected(error, "ExitMessage");
    }
    record.kind = SUDO_EXIT;
    record.exit_value = end->exit_value;
    record.signal = end->signal;
    record.reason = end->reason;
    record.run_ns = end->run_ns;
    if (record.moment_ns > 0 && end->run_ns > 0 && record.moment_ns < INT64_MAX - end->run_ns) {
        record.moment_ns += end->run_ns;
    }
    talk->finished = true;
    TRY(store(batch, &record, source, out, error));
    out->answer = talk->logs_io ? ANSWER_COMMIT : ANSWER_NOTHING;
    out->elapsed_ns = talk->elapsed_ns;
    return RESULT_OK;
}

static enum result take_restart(struct sudo_talk *talk, const struct logsrv_message *message,
                                struct error *error)
{
    if (talk->begun || !log_id_read(talk, message->log_id)) {
        return fail(error, RESULT_INVALID, NULL, "there is no log of this id");
    }
    sudo_record_init(&talk->record, SUDO_ACCEPT);
    talk->record.run = slice_of(talk->run);
    talk->record.host = slice_of(talk->host);
    talk->begun = true;
    talk->logs_io = true;
    talk->elapsed_ns = message->passed_ns;
    return RESULT_OK;
}

static enum result take_passing(struct sudo_talk *talk, int64_t passed_ns, struct error *error)
{
    if (!talk->logs_io || talk->finished) {
        return unexpected(error, "IoBuffer");
    }
    talk->elapsed_ns =
        passed_ns < INT64_MAX - talk->elapsed_ns ? talk->elapsed_ns + passed_ns : INT64_MAX;
    return RESULT_OK;
}

enum result sudo_talk_take(struct sudo_talk *talk, struct arena *arena, struct slice message,
                           const char *source, struct sudo_batch *batch, struct sudo_said *out,
                           struct error *error)
{
    struct logsrv_message said;
    *out = (struct sudo_said){ .answer = ANSWER_NOTHING };
    TRY(logsrv_read(arena, message, &said, error));
    switch (said.kind) {
    case LOGSRV_HELLO: return talk->begun ? unexpected(error, "ClientHello") : RESULT_OK;
    case LOGSRV_RESTART: return take_restart(talk, &said, error);
    case LOGSRV_PASSING: return take_passing(talk, said.passed_ns, error);
    case LOGSRV_RECORD: break;
    }
    if (talk->finished) {
        return unexpected(error, "message after the ExitMessage");
    }
    return said.record.kind == SUDO_EXIT ? take_exit(talk, &said.record, source, batch, out, error)
                                         : take_accept(talk, &said, source, batch, out, error);
}

bool sudo_talk_answer(const struct sudo_talk *talk, const struct sudo_said *said,
                      enum sudo_outcome outcome, struct buffer *out)
{
    char text[sizeof(talk->host) + SUDO_EVENT_ID_BYTES];
    if (outcome != SUDO_STORED && outcome != SUDO_REPEATED) {
        (void)snprintf(text, sizeof(text), "records of this host are refused: %s",
                       sudo_outcome_name(outcome));
        logsrv_put_error(text, out);
        return false;
    }
    if (said->answer == ANSWER_LOG_ID) {
        log_id_write(talk, text, sizeof(text));
        logsrv_put_log_id(text, out);
    } else if (said->answer == ANSWER_COMMIT) {
        logsrv_put_commit(said->elapsed_ns, out);
    }
    return true;
}
