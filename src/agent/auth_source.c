#include "agent/auth_source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/child.h"
#include "agent/state_dir.h"
#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"

#define FILE_PLACE    "auth-log.place"
#define JOURNAL_PLACE "journal.place"

enum {
    READ_BYTES_MAX =
        256 * 1024, /* in one call, so that a flood of lines does not hold up the sender */
    LINE_BYTES_MAX = 64 * 1024, /* of the journal's JSON; longer ones are skipped */
    CURSOR_BYTES = 512,
    ARENA_BYTES = 1024 * 1024,
    RESTART_S = 60,
};

struct auth_source {
    const char *state_dir;
    struct arena *arena;
    char path[PATH_MAX]; /* empty: the journal */
    int file;
    uint64_t inode, offset;
    struct child journal;
    int64_t restart_us; /* monotonic; when a journal that ended is started again */
    char cursor[CURSOR_BYTES];
    struct buffer line; /* the beginning of a line whose end is not here yet */
    bool skipping;      /* that line is too long */
    bool moved;         /* the place is not saved yet */
};

struct taker {
    int64_t now_us;
    void (*take)(void *context, const struct auth_line *line);
    void *context;
};

/* --- places ------------------------------------------------------------------------------------------------------------- */

static void place_load(struct auth_source *source)
{
    struct slice text;
    bool journal = source->path[0] == '\0';
    const char *name = journal ? JOURNAL_PLACE : FILE_PLACE;
    if (state_read(source->arena, source->state_dir, name, CURSOR_BYTES - 1, &text, NULL) !=
        RESULT_OK) {
        return;
    }
    text = slice_trim(text);
    if (journal) {
        memcpy(source->cursor, text.text, text.length);
        source->cursor[text.length] = '\0';
        return;
    }
    int64_t inode = 0;
    int64_t offset = 0;
    struct slice first = slice_cut(&text, ' ');
    if (slice_int64(first, &inode) && slice_int64(text, &offset) && inode > 0 && offset >= 0) {
        source->inode = (uint64_t)inode;
        source->offset = (uint64_t)offset;
    }
}

/* A place that cannot be saved costs events that come twice after a restart, nothing else. */
static void place_save(struct auth_source *source)
{
    char text[CURSOR_BYTES + 2];
    if (!source->moved) {
        return;
    }
    bool journal = source->path[0] == '\0';
    int length = journal ? snprintf(text, sizeof(text), "%s\n", source->cursor)
                         : snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 "\n", source->inode,
                                    source->offset - source->line.length);
    const struct slice bytes = { text, length > 0 ? (size_t)length : 0 };
    source->moved = state_write(source->state_dir, journal ? JOURNAL_PLACE : FILE_PLACE, bytes,
                                NULL) != RESULT_OK;
}

/* --- lines ----------------------------------------------------------------------------------------------------------------- */

static void journal_line(struct auth_source *source, struct slice text, const struct taker *taker)
{
    static const struct json_limits limits = { .depth_max = 4, .values_max = 1000 };
    const struct json *entry = NULL;
    struct auth_line line = { .pid = 0 };
    arena_reset(source->arena);
    if (json_parse(source->arena, text, &limits, &entry, NULL) != RESULT_OK) {
        return;
    }
    struct slice cursor = json_text_of(json_get(entry, "__CURSOR"));
    if (cursor.length > 0 && cursor.length < CURSOR_BYTES) {
        memcpy(source->cursor, cursor.text, cursor.length);
        source->cursor[cursor.length] = '\0';
    }
    (void)slice_int64(json_text_of(json_get(entry, "__REALTIME_TIMESTAMP")), &line.moment_us);
    (void)slice_int64(json_text_of(json_get(entry, "_PID")), &line.pid);
    struct slice message = json_text_of(json_get(entry, "MESSAGE"));
    if (message.length <= AUTH_LINE_BYTES_MAX && line.moment_us > 0 &&
        auth_message_read(json_text_of(json_get(entry, "SYSLOG_IDENTIFIER")), message, &line)) {
        taker->take(taker->context, &line);
    }
}

static void whole_line(struct auth_source *source, const struct taker *taker)
{
    struct auth_line line;
    struct slice text = buffer_slice(&source->line);
    if (source->skipping || source->line.overflow) {
        return;
    }
    if (source->path[0] == '\0') {
        journal_line(source, text, taker);
    } else if (auth_line_read(text, taker->now_us, &line)) {
        taker->take(taker->context, &line);
    }
}

static void bytes_take(struct auth_source *source, struct slice bytes, const struct taker *taker)
{
    source->moved = true;
    while (bytes.length > 0) {
        const char *end = memchr(bytes.text, '\n', bytes.length);
        size_t length = end == NULL ? bytes.length : (size_t)(end - bytes.text);
        buffer_add(&source->line, bytes.text, length);
        if (end == NULL) {
            source->skipping = source->skipping || source->line.overflow;
            return;
        }
        whole_line(source, taker);
        buffer_reset(&source->line);
        source->skipping = false;
        bytes = (struct slice){ end + 1, bytes.length - length - 1 };
    }
}

/* --- the file ----------------------------------------------------------------------------------------------------------------- */

enum begin { BEGIN_AT_PLACE, BEGIN_AT_START };

/* The saved place counts only for the file it was in. Without one, what stands there already is old. */
static void file_open(struct auth_source *source, enum begin begin)
{
    struct stat status;
    source->file = open(source->path, O_RDONLY | O_CLOEXEC);
    if (source->file < 0) {
        return;
    }
    if (fstat(source->file, &status) != 0) {
        (void)close(source->file);
        source->file = -1;
        return;
    }
    uint64_t size = status.st_size > 0 ? (uint64_t)status.st_size : 0;
    bool known = source->inode != 0;
    bool same = source->inode == status.st_ino && source->offset <= size;
    if (!same) {
        source->offset = known || begin == BEGIN_AT_START ? 0 : size;
    }
    source->inode = status.st_ino;
    source->moved = true;
    buffer_reset(&source->line);
    source->skipping = false;
}

/* Rotated away, or cut. Whoever writes the log may write to the old file until it has begun the new one. */
static bool file_is_other(const struct auth_source *source)
{
    struct stat status;
    if (stat(source->path, &status) != 0) {
        return false;
    }
    return status.st_ino == source->inode ? (uint64_t)status.st_size < source->offset
                                          : status.st_size > 0;
}

/* The file of the saved place, when it was rotated while nobody looked: its rest comes first. */
static bool rotated_open(struct auth_source *source)
{
    char old[PATH_MAX];
    struct stat status;
    int length = snprintf(old, sizeof(old), "%s.1", source->path);
    if (source->inode == 0 || length < 0 || (size_t)length >= sizeof(old)) {
        return false;
    }
    source->file = open(old, O_RDONLY | O_CLOEXEC);
    bool found = source->file >= 0 && fstat(source->file, &status) == 0 &&
                 status.st_ino == source->inode && (uint64_t)status.st_size >= source->offset;
    if (!found && source->file >= 0) {
        (void)close(source->file);
        source->file = -1;
    }
    return found;
}

static bool file_read(struct auth_source *source, const struct taker *taker)
{
    char bytes[16384];
    size_t total = 0;
    ssize_t got = 1;
    while (got > 0 && total < READ_BYTES_MAX) {
        got = pread(source->file, bytes, sizeof(bytes), (off_t)source->offset);
        if (got > 0) {
            source->offset += (uint64_t)got;
            total += (size_t)got;
            bytes_take(source, (struct slice){ bytes, (size_t)got }, taker);
        }
    }
    return total < READ_BYTES_MAX;
}

static void file_follow(struct auth_source *source, const struct taker *taker)
{
    if (source->file < 0) {
        file_open(source, BEGIN_AT_START);
    }
    if (source->file >= 0 && file_read(source, taker) && file_is_other(source)) {
        (void)file_read(source, taker); /* what came between the end and the look */
        (void)close(source->file);
        source->inode = 1; /* known, and no file's: the new one is read from its start */
        source->offset = 0;
        file_open(source, BEGIN_AT_START);
        if (source->file >= 0) {
            (void)file_read(source, taker);
        }
    }
}

/* --- the journal ------------------------------------------------------------------------------------------------------------------ */

static void journal_start(struct auth_source *source)
{
    char after[CURSOR_BYTES + 32];
    source->restart_us = time_monotonic_us() + RESTART_S * US_PER_SECOND;
    (void)snprintf(after, sizeof(after), "--after-cursor=%s", source->cursor);
    const char *const arguments[] = {
        "journalctl",
        "--follow",
        "--no-pager",
        "--quiet",
        "--output=json",
        "--identifier=sudo",
        "--identifier=su",
        "--identifier=pkexec",
        "--identifier=sshd",
        "--identifier=sshd-session",
        "--identifier=systemd-logind",
        source->cursor[0] == '\0' ? "--lines=0" : after,
        NULL,
    };
    buffer_reset(&source->line);
    source->skipping = false;
    (void)!child_start(arguments, CHILD_OUTPUT_NEVER_WAITS, &source->journal, NULL);
}

static void journal_follow(struct auth_source *source, const struct taker *taker)
{
    char bytes[16384];
    size_t total = 0;
    if (source->journal.pid == 0) {
        if (time_monotonic_us() < source->restart_us) {
            return;
        }
        journal_start(source);
    }
    while (source->journal.pid > 0 && total < READ_BYTES_MAX) {
        ssize_t got = read(source->journal.output, bytes, sizeof(bytes));
        if (got > 0) {
            total += (size_t)got;
            bytes_take(source, (struct slice){ bytes, (size_t)got }, taker);
        } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        } else {
            child_end(&source->journal); /* it ended; again after a while */
        }
    }
}

/* --- public ------------------------------------------------------------------------------------------------------------------------ */

enum result auth_source_open(const char *state_dir, const char *path, struct auth_source **out,
                             struct error *error)
{
    struct auth_source *source = calloc(1, sizeof(*source)); /* one for the life of the program */
    struct arena *arena = arena_new(ARENA_BYTES);
    const char *file = path == NULL && access(AUTH_LOG_USUAL, R_OK) == 0 ? AUTH_LOG_USUAL : path;
    if (source == NULL || arena == NULL) {
        free(source);
        arena_free(arena);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory to follow sign-ins");
    }
    source->state_dir = state_dir;
    source->arena = arena;
    source->file = -1;
    source->journal.output = -1;
    buffer_init(&source->line, LINE_BYTES_MAX);
    (void)snprintf(source->path, sizeof(source->path), "%s", file == NULL ? "" : file);
    place_load(source);
    if (file == NULL) {
        journal_start(source);
    } else if (!rotated_open(source)) {
        file_open(source, BEGIN_AT_PLACE);
    }
    *out = source;
    return RESULT_OK;
}

void auth_source_close(struct auth_source *source)
{
    if (source == NULL) {
        return;
    }
    if (source->file >= 0) {
        (void)close(source->file);
    }
    child_end(&source->journal);
    buffer_done(&source->line);
    arena_free(source->arena);
    free(source);
}

int auth_source_descriptor(const struct auth_source *source)
{
    return source->journal.output;
}

void auth_source_read(struct auth_source *source, int64_t now_us,
                      void (*take)(void *context, const struct auth_line *line), void *context)
{
    const struct taker taker = { .now_us = now_us, .take = take, .context = context };
    if (source->path[0] == '\0') {
        journal_follow(source, &taker);
    } else {
        file_follow(source, &taker);
    }
    place_save(source);
}
