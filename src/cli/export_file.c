#include "cli/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "resource/events/event_csv.h"

enum {
    CHUNK_BYTES = 64 * 1024,
    RECORD_BYTES_MAX = 8 * 1024 * 1024,
    RECORD_ARENA_BYTES = 64 * 1024 * 1024,
    SYNC_BYTES = 64 * 1024 * 1024,
};

static enum result io_failed(struct error *error, const char *what)
{
    char reason[128];
    return fail(error, RESULT_BROKEN, "out", "the export cannot be %s: %s", what,
                strerror_r(errno, reason, sizeof(reason)));
}

/* --- the last whole record ------------------------------------------------------------------------------------------- */

struct walk {
    enum export_form form;
    bool in_quotes;
    int64_t at, start, end; /* now; the last whole record */
    int64_t records;
};

static void chunk_walk(struct walk *walk, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++, walk->at++) {
        if (bytes[i] == '"' && walk->form == EXPORT_CSV) {
            walk->in_quotes = !walk->in_quotes;
        } else if (bytes[i] == '\n' && !walk->in_quotes) {
            walk->start = walk->end;
            walk->end = walk->at + 1;
            walk->records++;
        }
    }
}

static enum result file_walk(int file, struct walk *walk, struct error *error)
{
    char bytes[CHUNK_BYTES];
    for (;;) {
        ssize_t length = pread(file, bytes, sizeof(bytes), walk->at);
        if (length == 0) {
            return RESULT_OK;
        }
        if (length < 0) {
            return io_failed(error, "read");
        }
        chunk_walk(walk, bytes, (size_t)length);
    }
}

static bool head_fits(struct slice record)
{
    struct buffer head;
    buffer_init(&head, CHUNK_BYTES);
    event_csv_head(&head);
    bool fits = slice_equal(record, buffer_slice(&head));
    buffer_done(&head);
    return fits;
}

static bool json_stamp(struct arena *arena, struct slice record, int64_t *out_us)
{
    const struct json *event = NULL;
    struct error ignored = { .field = NULL };
    return json_parse(arena, record, &json_limits_usual, &event, &ignored) == RESULT_OK &&
           time_parse(json_text_of(json_path(event, "event.ingested")), out_us, NULL);
}

static bool stamp_read(const struct walk *walk, struct arena *arena, struct slice record,
                       int64_t *out_us)
{
    if (walk->form == EXPORT_NDJSON) {
        return json_stamp(arena, record, out_us);
    }
    if (walk->records == 1) {
        *out_us = 0;
        return head_fits(record);
    }
    return time_parse(event_csv_stamp(record), out_us, NULL);
}

static enum result last_record(int file, const struct walk *walk, int64_t *out_us,
                               struct error *error)
{
    size_t length = (size_t)(walk->end - walk->start);
    struct arena *arena = length > RECORD_BYTES_MAX ? NULL : arena_new(RECORD_ARENA_BYTES);
    char *bytes = arena == NULL ? NULL : arena_alloc(arena, length);
    bool good = bytes != NULL && pread(file, bytes, length, walk->start) == (ssize_t)length &&
                stamp_read(walk, arena, (struct slice){ bytes, length }, out_us);
    arena_free(arena);
    return good ? RESULT_OK
                : fail(error, RESULT_INVALID, "out",
                       "the last record of --out is no event as --as writes it");
}

/* Without a whole record: is what there is the begin of one, and not somebody else's file? */
static bool begin_fits(int file, const struct walk *walk)
{
    struct buffer begin;
    char bytes[CHUNK_BYTES];
    buffer_init(&begin, CHUNK_BYTES);
    if (walk->form == EXPORT_CSV) {
        event_csv_head(&begin);
    } else {
        buffer_text(&begin, "{\"@timestamp\":\"");
    }
    size_t length = walk->at < (int64_t)begin.length ? (size_t)walk->at : begin.length;
    bool fits = length == 0 || (pread(file, bytes, length, 0) == (ssize_t)length &&
                                memcmp(bytes, begin.bytes, length) == 0);
    buffer_done(&begin);
    return fits;
}

static enum result file_resume(struct export_file *out, enum export_form form, struct error *error)
{
    struct walk walk = { .form = form };
    TRY(file_walk(out->file, &walk, error));
    if (walk.records > 0) {
        TRY(last_record(out->file, &walk, &out->stamp_us, error));
    }
    if (walk.records == 0 && !begin_fits(out->file, &walk)) {
        return fail(error, RESULT_INVALID, "out", "--out is no export of events");
    }
    out->records = walk.records;
    if (ftruncate(out->file, walk.end) != 0 || lseek(out->file, walk.end, SEEK_SET) < 0) {
        return io_failed(error, "cut to its last whole record");
    }
    return RESULT_OK;
}

/* --- open, write, close ------------------------------------------------------------------------------------------------- */

enum result export_file_open(const char *path, enum export_form form, bool resume,
                             struct export_file *out, struct error *error)
{
    struct stat facts;
    *out = (struct export_file){ .file = STDOUT_FILENO, .own = path != NULL };
    if (path == NULL) {
        return RESULT_OK;
    }
    out->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (out->file < 0) {
        return fail(error, RESULT_BROKEN, "out", "--out %s cannot be written: %s", path,
                    strerrordesc_np(errno));
    }
    enum result result = RESULT_OK;
    if (resume) {
        result = file_resume(out, form, error);
    } else if (fstat(out->file, &facts) != 0 || facts.st_size > 0) {
        result = fail(error, RESULT_INVALID, "out",
                      "--out %s has something in it already; --resume goes on with it", path);
    }
    if (result != RESULT_OK) {
        (void)close(out->file);
    }
    return result;
}

enum result export_file_write(struct export_file *file, struct slice text, struct error *error)
{
    for (size_t at = 0; at < text.length;) {
        ssize_t length = write(file->file, text.text + at, text.length - at);
        if (length < 0 && errno != EINTR) {
            return io_failed(error, "written");
        }
        at += length < 0 ? 0 : (size_t)length;
    }
    file->unsynced += text.length;
    if (file->own && file->unsynced > SYNC_BYTES) {
        file->unsynced = 0;
        return fdatasync(file->file) == 0 ? RESULT_OK : io_failed(error, "written");
    }
    return RESULT_OK;
}

enum result export_file_close(struct export_file *file, enum result result, struct error *error)
{
    if (!file->own) {
        return result;
    }
    bool written = result != RESULT_OK || fsync(file->file) == 0;
    written = close(file->file) == 0 && written;
    return written || result != RESULT_OK ? result : io_failed(error, "written");
}
