#include "sudo_log/syslog_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "sudo/sudo_json.h"
#include "sudo/sudo_line.h"
#include "sudo/syslog_line.h"

enum {
    JSON_ARENA_BYTES = 4 * 1024 * 1024,
    NS_PER_US = 1000,
    HOST_BYTES = 256,
    NAME_BYTES = 257,
    SOURCE_BYTES = 128
};

/* A text message that may go on in the next line. */
struct held {
    int64_t due_us; /* of the clock that never jumps; 0: an empty place */
    char host[HOST_BYTES], user[NAME_BYTES], source[SOURCE_BYTES];
    int64_t moment_us, pid;
    bool precise;
    bool unbroken; /* the last piece had no blank, so it was cut inside a word */
    struct buffer text;
};

struct syslog_reader {
    struct held held[SYSLOG_HELD_MAX];
    uint64_t accepted[SYSLOG_ENDED_MAX]; /* digests of what may end */
    size_t next_accepted;
    struct arena *arena;
};

struct syslog_reader *syslog_reader_new(void)
{
    struct syslog_reader *reader = calloc(1, sizeof(*reader)); /* program lifetime */
    if (reader == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < SYSLOG_HELD_MAX; i++) {
        buffer_init(&reader->held[i].text, SYSLOG_MESSAGE_BYTES_MAX);
    }
    reader->arena = arena_new(JSON_ARENA_BYTES);
    if (reader->arena == NULL) {
        syslog_reader_free(reader);
        return NULL;
    }
    return reader;
}

void syslog_reader_free(struct syslog_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    for (size_t i = 0; i < SYSLOG_HELD_MAX; i++) {
        buffer_done(&reader->held[i].text);
    }
    arena_free(reader->arena);
    free(reader);
}

/* --- ends of commands ------------------------------------------------------------------------------------------- */

static uint64_t mark_of(const struct held *held, struct slice text)
{
    uint8_t bytes[SHA256_BYTES];
    uint64_t mark = 0;
    struct sha256 *digest = sha256_new();
    if (digest == NULL) {
        return 0; /* an end then counts as one more command: nothing hides */
    }
    sha256_add(digest, held->host, strlen(held->host) + 1);
    sha256_add(digest, text.text, text.length);
    sha256_finish(digest, bytes);
    memcpy(&mark, bytes, sizeof(mark));
    return mark;
}

static bool mark_known(const struct syslog_reader *reader, uint64_t mark)
{
    for (size_t i = 0; i < SYSLOG_ENDED_MAX; i++) {
        if (mark != 0 && reader->accepted[i] == mark) {
            return true;
        }
    }
    return false;
}

/* Who is root for one command could append " ; EXIT=0" to it to look like an end, so it is one only after the same
   text without that was told. */
static void end_read(struct syslog_reader *reader, const struct held *held,
                     struct sudo_record *record)
{
    struct slice before;
    struct slice signal;
    int64_t value = 0;
    struct slice text = slice_trim(buffer_slice(&held->text));
    struct sudo_record begun;
    bool ended = sudo_line_ended(text, &before, &signal, &value) &&
                 mark_known(reader, mark_of(held, before)) && sudo_line_read(before, &begun);
    if (ended && record->kind == SUDO_ACCEPT) {
        *record = begun;
        record->kind = SUDO_EXIT;
        record->signal = signal;
        record->exit_value = value;
    } else if (record->kind == SUDO_ACCEPT) {
        reader->accepted[reader->next_accepted] = mark_of(held, text);
        reader->next_accepted = (reader->next_accepted + 1) % SYSLOG_ENDED_MAX;
    }
}

/* --- text messages ---------------------------------------------------------------------------------------------- */

static void held_clear(struct held *held)
{
    held->due_us = 0;
    buffer_done(&held->text);
    buffer_init(&held->text, SYSLOG_MESSAGE_BYTES_MAX);
}

/* Moments that nanoseconds cannot tell are as good as none. */
static int64_t ns_of(int64_t moment_us)
{
    return moment_us > 0 && moment_us < INT64_MAX / NS_PER_US ? moment_us * NS_PER_US : 0;
}

/* False: no record that could be stored. */
static bool held_release(struct syslog_reader *reader, struct held *held, struct sudo_batch *batch)
{
    struct sudo_record record;
    char head[48];
    size_t index = 0;
    struct buffer text;
    bool added = sudo_line_read(buffer_slice(&held->text), &record);
    if (added) {
        end_read(reader, held, &record);
        record.moment_ns = ns_of(held->moment_us);
        record.pid = held->pid;
        /* Two runs of sudo within a moment differ in their process. */
        (void)snprintf(head, sizeof(head), "%" PRId64 " ", held->pid);
        buffer_init(&text, SYSLOG_MESSAGE_BYTES_MAX + sizeof(head));
        buffer_text(&text, head);
        buffer_add(&text, held->text.bytes, held->text.length);
        const struct sudo_arrival arrival = { .record = &record,
                                              .host = slice_of(held->host),
                                              .text = buffer_slice(&text),
                                              .source = held->source,
                                              .unique = held->precise,
                                              .transport = SUDO_BY_SYSLOG };
        added = !held->text.overflow && !text.overflow && sudo_batch_add(batch, &arrival, &index);
        buffer_done(&text);
    }
    held_clear(held);
    return added;
}

static struct held *held_find(struct syslog_reader *reader, const struct syslog_line *line,
                              struct slice user)
{
    for (size_t i = 0; i < SYSLOG_HELD_MAX; i++) {
        struct held *held = &reader->held[i];
        if (held->due_us > 0 && held->pid == line->pid && slice_is(line->host, held->host) &&
            slice_is(user, held->user)) {
            return held;
        }
    }
    return NULL;
}

/* An empty place, else the one that waits longest. */
static struct held *held_oldest(struct syslog_reader *reader)
{
    struct held *oldest = &reader->held[0];
    for (size_t i = 1; i < SYSLOG_HELD_MAX; i++) {
        oldest = reader->held[i].due_us < oldest->due_us ? &reader->held[i] : oldest;
    }
    return oldest;
}

static bool copy_text(struct slice text, char *out, size_t room)
{
    if (text.length == 0 || text.length >= room) {
        return false;
    }
    memcpy(out, text.text, text.length);
    out[text.length] = '\0';
    return true;
}

static enum syslog_taken text_hold(struct syslog_reader *reader, const struct syslog_line *line,
                                   struct slice user, const char *source, int64_t mono_us,
                                   struct sudo_batch *batch)
{
    struct held *same = held_find(reader, line, user);
    bool stored = same == NULL || held_release(reader, same, batch);
    struct held *held = held_oldest(reader);
    if (held->due_us > 0) {
        stored = held_release(reader, held, batch) && stored;
    }
    if (!copy_text(line->host, held->host, sizeof(held->host)) ||
        !copy_text(user, held->user, sizeof(held->user))) {
        return SYSLOG_UNREADABLE;
    }
    (void)snprintf(held->source, sizeof(held->source), "%s", source);
    held->moment_us = line->moment_us;
    held->pid = line->pid;
    held->precise = line->precise;
    held->unbroken = false;
    held->due_us = mono_us + SYSLOG_HOLD_US;
    buffer_add(&held->text, line->message.text, line->message.length);
    return stored ? SYSLOG_TAKEN : SYSLOG_UNREADABLE;
}

/* sudo cuts at a blank, which it leaves out; a piece without any was cut where it was full. */
static enum syslog_taken text_continue(struct syslog_reader *reader, const struct syslog_line *line,
                                       struct slice user, struct slice rest, int64_t mono_us)
{
    struct held *held = held_find(reader, line, user);
    if (held == NULL) {
        return SYSLOG_UNREADABLE;
    }
    if (!held->unbroken) {
        buffer_char(&held->text, ' ');
    }
    buffer_add(&held->text, rest.text, rest.length);
    held->unbroken = rest.length > 0 && memchr(rest.text, ' ', rest.length) == NULL;
    held->due_us = mono_us + SYSLOG_HOLD_US;
    return SYSLOG_TAKEN;
}

/* --- lines ------------------------------------------------------------------------------------------------------ */

static enum syslog_taken json_take(struct syslog_reader *reader, const struct syslog_line *line,
                                   const char *source, struct sudo_batch *batch)
{
    struct sudo_record record;
    size_t index = 0;
    struct error why = { .field = NULL };
    arena_reset(reader->arena);
    if (sudo_json_message(reader->arena, line->message, &record, &why) != RESULT_OK) {
        return SYSLOG_UNREADABLE;
    }
    bool unique = record.run.length > 0 && record.moment_ns > 0;
    if (record.moment_ns == 0) {
        record.moment_ns = ns_of(line->moment_us);
    }
    record.pid = line->pid > 0 ? line->pid : record.pid;
    const struct sudo_arrival arrival = { .record = &record,
                                          .host = line->host,
                                          .source = source,
                                          .unique = unique,
                                          .transport = SUDO_BY_SYSLOG };
    return sudo_batch_add(batch, &arrival, &index) ? SYSLOG_TAKEN : SYSLOG_UNREADABLE;
}

enum syslog_taken syslog_reader_take(struct syslog_reader *reader, struct slice text,
                                     const char *source, int64_t now_us, int64_t mono_us,
                                     struct sudo_batch *batch)
{
    struct syslog_line line;
    struct sudo_record record;
    struct slice user;
    struct slice rest;
    if (!syslog_line_read(text, now_us, &line)) {
        return SYSLOG_UNREADABLE;
    }
    if (!slice_is(line.program, "sudo")) {
        return SYSLOG_OTHER;
    }
    if (sudo_json_is_message(line.message)) {
        return json_take(reader, &line, source, batch);
    }
    if (sudo_line_continues(line.message, &user, &rest)) {
        return text_continue(reader, &line, user, rest, mono_us);
    }
    /* A piece may end before the command begins, so what is no record yet may become one. */
    bool whole = sudo_line_read(line.message, &record);
    if (!whole && (record.user.length == 0 || record.target.length == 0)) {
        return SYSLOG_OTHER;
    }
    return text_hold(reader, &line, record.user, source, mono_us, batch);
}

size_t syslog_reader_release(struct syslog_reader *reader, int64_t mono_us,
                             struct sudo_batch *batch)
{
    size_t lost = 0;
    for (size_t i = 0; i < SYSLOG_HELD_MAX && sudo_batch_has_room(batch); i++) {
        struct held *held = &reader->held[i];
        if (held->due_us > 0 && held->due_us <= mono_us) {
            lost += held_release(reader, held, batch) ? 0 : 1;
        }
    }
    return lost;
}

int64_t syslog_reader_due(const struct syslog_reader *reader)
{
    int64_t due_us = INT64_MAX;
    for (size_t i = 0; i < SYSLOG_HELD_MAX; i++) {
        int64_t at_us = reader->held[i].due_us;
        due_us = at_us > 0 && at_us < due_us ? at_us : due_us;
    }
    return due_us;
}
