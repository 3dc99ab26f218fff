#include "agent/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spool_segment.h"

enum {
    SEGMENTS_MAX = 4096,
    SEGMENT_LOAD_BYTES_MAX = 2 * SPOOL_SEGMENT_BYTES_MAX,
    MARK_DIGITS = 20,
};

#define MARK_NAME "acknowledged"
#define LOST_NAME "lost"

struct segment {
    uint64_t first, count, bytes;
};

struct spool {
    pthread_mutex_t lock;
    int folder, active, mark, losses; /* descriptors; -1: not open */
    struct segment segments[SEGMENTS_MAX];
    size_t segment_count;
    uint64_t bytes_max, segment_bytes_max;
    uint64_t bytes, next, lost;
    uint64_t acknowledged; /* everything below it is on the server, or counted as lost */
};

/* --- what the folder holds ---------------------------------------------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
    const struct segment *left = a;
    const struct segment *right = b;
    return left->first < right->first ? -1 : left->first > right->first;
}

static enum result names_scan(struct spool *spool, struct error *error)
{
    int copy = openat(spool->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);
    if (list == NULL) {
        if (copy >= 0) {
            (void)close(copy);
        }
        return fail(error, RESULT_BROKEN, NULL, "cannot list the queue: %s", strerror(errno));
    }
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        uint64_t first = 0;
        if (spool->segment_count < SEGMENTS_MAX && segment_name_read(entry->d_name, &first)) {
            spool->segments[spool->segment_count++] = (struct segment){ .first = first };
        }
    }
    (void)closedir(list);
    qsort(spool->segments, spool->segment_count, sizeof(spool->segments[0]), by_first);
    return RESULT_OK;
}

/* What cannot be read counts as empty: the queue must start whatever the disk did. */
static void segment_scan(const struct spool *spool, struct segment *segment)
{
    struct buffer text;
    struct slice record;
    buffer_init(&text, SEGMENT_LOAD_BYTES_MAX);
    if (segment_load(spool->folder, segment->first, &text, NULL) == RESULT_OK) {
        struct slice rest = buffer_slice(&text);
        while (segment_next(&rest, &record)) {
            segment->count++;
        }
        segment->bytes = text.length - rest.length;
    }
    buffer_done(&text);
}

static uint64_t mark_read(const struct spool *spool)
{
    char digits[MARK_DIGITS + 1] = { 0 };
    int64_t mark = 0;
    int file = openat(spool->folder, MARK_NAME, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 1;
    }
    ssize_t got = pread(file, digits, MARK_DIGITS, 0);
    (void)close(file);
    return got == MARK_DIGITS && slice_int64(slice_of(digits), &mark) && mark > 0 ? (uint64_t)mark
                                                                                  : 1;
}

/* --- losses --------------------------------------------------------------------------------------------------------- */

/* How many, below which number they are counted, and the number of the next event: three numbers of the same width, so that writing
   them anew needs no room on a full disk. */
enum { LOSSES = 3, LOSSES_BYTES = LOSSES * (MARK_DIGITS + 1) };

static void losses_read(struct spool *spool)
{
    char text[LOSSES_BYTES];
    int64_t numbers[LOSSES] = { 0 };
    int file = openat(spool->folder, LOST_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool good = file >= 0 && pread(file, text, sizeof(text), 0) == (ssize_t)sizeof(text);
    for (size_t i = 0; i < LOSSES && good; i++) {
        good =
            slice_int64((struct slice){ text + i * (MARK_DIGITS + 1), MARK_DIGITS }, &numbers[i]) &&
            numbers[i] >= 0;
    }
    if (file >= 0) {
        (void)close(file);
    }
    if (good) {
        uint64_t floor = (uint64_t)numbers[1];
        uint64_t next = (uint64_t)numbers[2];
        spool->lost = (uint64_t)numbers[0];
        spool->acknowledged = floor > spool->acknowledged ? floor : spool->acknowledged;
        spool->next = next > spool->next ? next : spool->next;
    }
}

static void losses_write(struct spool *spool, uint64_t floor)
{
    char text[LOSSES_BYTES + 1];
    (void)snprintf(text, sizeof(text), "%0*" PRIu64 " %0*" PRIu64 " %0*" PRIu64 "\n", MARK_DIGITS,
                   spool->lost, MARK_DIGITS, floor, MARK_DIGITS, spool->next);
    if (spool->losses < 0) {
        spool->losses =
            openat(spool->folder, LOST_NAME, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    }
    if (spool->losses >= 0 && pwrite(spool->losses, text, LOSSES_BYTES, 0) < 0) {
        (void)close(spool->losses);
        spool->losses = -1;
    }
}

static enum result folder_scan(struct spool *spool, struct error *error)
{
    TRY(names_scan(spool, error));
    spool->acknowledged = mark_read(spool);
    losses_read(spool);
    spool->next = spool->acknowledged > spool->next ? spool->acknowledged : spool->next;
    for (size_t i = 0; i < spool->segment_count; i++) {
        struct segment *segment = &spool->segments[i];
        segment_scan(spool, segment);
        spool->bytes += segment->bytes;
        uint64_t end = segment->first + segment->count;
        spool->next = end > spool->next ? end : spool->next;
    }
    return RESULT_OK;
}

static void count_now(const struct spool *spool, struct spool_counts *out)
{
    *out = (struct spool_counts){
        .next = spool->next, .first = spool->next, .lost = spool->lost, .bytes = spool->bytes
    };
    for (size_t i = 0; i < spool->segment_count; i++) {
        const struct segment *segment = &spool->segments[i];
        uint64_t from = segment->first > spool->acknowledged ? segment->first : spool->acknowledged;
        uint64_t end = segment->first + segment->count;
        if (end > from) {
            out->queued += end - from;
            out->first = from < out->first ? from : out->first;
        }
    }
}

/* --- changing it ----------------------------------------------------------------------------------------------------- */

static void active_close(struct spool *spool)
{
    if (spool->active >= 0) {
        (void)close(spool->active);
        spool->active = -1;
    }
}

static struct segment *segment_last(struct spool *spool)
{
    return spool->segment_count == 0 ? NULL : &spool->segments[spool->segment_count - 1];
}

static void oldest_drop(struct spool *spool)
{
    char name[SEGMENT_NAME_BYTES];
    struct segment gone = spool->segments[0];
    if (spool->segment_count == 1) {
        active_close(spool);
    }
    uint64_t end = gone.first + gone.count;
    uint64_t from = gone.first > spool->acknowledged ? gone.first : spool->acknowledged;
    if (end > from) {
        /* Before the events go: after a kill in between they are left out, and not counted again. */
        spool->lost += end - from;
        losses_write(spool, end);
    }
    spool->bytes -= gone.bytes;
    spool->segment_count--;
    memmove(spool->segments, spool->segments + 1, spool->segment_count * sizeof(gone));
    segment_name(gone.first, name);
    (void)unlinkat(spool->folder, name, 0);
}

/* A new segment for the next event; false when the disk has no room. */
static bool active_start(struct spool *spool)
{
    char name[SEGMENT_NAME_BYTES];
    active_close(spool);
    if (spool->segment_count == SEGMENTS_MAX) {
        oldest_drop(spool);
    }
    segment_name(spool->next, name);
    spool->active =
        openat(spool->folder, name, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (spool->active < 0) {
        return false;
    }
    struct segment *last = segment_last(spool);
    if (last != NULL && last->first == spool->next) { /* an empty one of this very name */
        spool->bytes -= last->bytes;
        *last = (struct segment){ .first = spool->next };
        return true;
    }
    spool->segments[spool->segment_count++] = (struct segment){ .first = spool->next };
    return true;
}

/* After a crash: the last segment goes on behind its last whole record. */
static void active_resume(struct spool *spool)
{
    char name[SEGMENT_NAME_BYTES];
    const struct segment *last = segment_last(spool);
    if (last == NULL || last->first + last->count != spool->next) {
        return;
    }
    segment_name(last->first, name);
    spool->active = openat(spool->folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (spool->active >= 0 && ftruncate(spool->active, (off_t)last->bytes) != 0) {
        active_close(spool);
    }
}

static void mark_write(struct spool *spool)
{
    char digits[MARK_DIGITS + 2];
    (void)snprintf(digits, sizeof(digits), "%0*" PRIu64 "\n", MARK_DIGITS, spool->acknowledged);
    if (spool->mark < 0) {
        spool->mark =
            openat(spool->folder, MARK_NAME, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    }
    /* A lost mark costs a repeated batch, which the server skips. */
    if (spool->mark >= 0 && pwrite(spool->mark, digits, sizeof(digits) - 1, 0) < 0) {
        (void)close(spool->mark);
        spool->mark = -1;
    }
}

static void stored_drop(struct spool *spool)
{
    while (spool->segment_count > 1 &&
           spool->segments[0].first + spool->segments[0].count <= spool->acknowledged) {
        oldest_drop(spool);
    }
}

/* --- public ---------------------------------------------------------------------------------------------------------- */

static enum result spool_make(const char *dir, uint64_t bytes_max, struct spool **out,
                              struct error *error)
{
    struct spool *spool = calloc(1, sizeof(*spool)); /* one for the life of the program */
    if (spool == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the queue of events");
    }
    spool->folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    spool->active = -1;
    spool->mark = -1;
    spool->losses = -1;
    spool->bytes_max = bytes_max > SPOOL_BYTES_LEAST ? bytes_max : SPOOL_BYTES_LEAST;
    uint64_t part = spool->bytes_max / SPOOL_SEGMENTS_LEAST;
    spool->segment_bytes_max = part < SPOOL_SEGMENT_BYTES_MAX ? part : SPOOL_SEGMENT_BYTES_MAX;
    (void)pthread_mutex_init(&spool->lock, NULL);
    enum result result = spool->folder >= 0 ? folder_scan(spool, error)
                                            : fail(error, RESULT_BROKEN, NULL, "cannot open %s: %s",
                                                   dir, strerror(errno));
    if (result != RESULT_OK) {
        spool_close(spool);
        return result;
    }
    *out = spool;
    return RESULT_OK;
}

enum result spool_open(const char *dir, uint64_t bytes_max, struct spool **out, struct error *error)
{
    struct spool *spool = NULL;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return fail(error, RESULT_BROKEN, NULL, "cannot make %s: %s", dir, strerror(errno));
    }
    TRY(spool_make(dir, bytes_max, &spool, error));
    losses_write(spool, spool->acknowledged);
    active_resume(spool);
    stored_drop(spool);
    *out = spool;
    return RESULT_OK;
}

void spool_close(struct spool *spool)
{
    if (spool == NULL) {
        return;
    }
    active_close(spool);
    if (spool->mark >= 0) {
        (void)close(spool->mark);
    }
    if (spool->losses >= 0) {
        (void)close(spool->losses);
    }
    if (spool->folder >= 0) {
        (void)close(spool->folder);
    }
    (void)pthread_mutex_destroy(&spool->lock);
    free(spool);
}

static enum result record_lose(struct spool *spool, struct error *error)
{
    active_close(spool);
    int code = errno;
    spool->next++;
    spool->lost++;
    losses_write(spool, spool->acknowledged);
    return fail(error, RESULT_BUSY, NULL, "no room for an event: %s", strerror(code));
}

static enum result append_locked(struct spool *spool, struct slice record, struct error *error)
{
    uint64_t need = SEGMENT_HEAD_BYTES + record.length;
    while (spool->segment_count > 0 && spool->bytes + need > spool->bytes_max) {
        oldest_drop(spool);
    }
    struct segment *last = segment_last(spool);
    bool full = last != NULL && last->count > 0 && last->bytes + need > spool->segment_bytes_max;
    if ((spool->active < 0 || full) && !active_start(spool)) {
        return record_lose(spool, error);
    }
    last = segment_last(spool);
    if (!segment_write(spool->active, last->bytes, record)) {
        int code = errno;
        /* Half a record would be cut at the next start anyway; cutting it now gives its room back. */
        (void)!ftruncate(spool->active, (off_t)last->bytes);
        errno = code;
        return record_lose(spool, error);
    }
    last->bytes += need;
    last->count++;
    spool->bytes += need;
    spool->next++;
    return RESULT_OK;
}

enum result spool_append(struct spool *spool, struct slice record, struct error *error)
{
    if (record.length == 0 || record.length > SPOOL_RECORD_BYTES_MAX) {
        return fail(error, RESULT_TOO_LARGE, NULL, "an event has 1 to %d bytes, not %zu",
                    SPOOL_RECORD_BYTES_MAX, record.length);
    }
    (void)pthread_mutex_lock(&spool->lock);
    enum result result = append_locked(spool, record, error);
    (void)pthread_mutex_unlock(&spool->lock);
    return result;
}

struct peek {
    size_t count_max, bytes_max;
    struct buffer *out;
    struct spool_batch *batch;
};

/* False when the segment has fewer readable records than were written. */
static bool segment_peek(struct spool *spool, const struct segment *segment,
                         const struct peek *peek, struct slice bytes)
{
    struct slice record;
    uint64_t number = segment->first;
    for (; number < segment->first + segment->count; number++) {
        if (!segment_next(&bytes, &record)) {
            return peek->batch->count > 0;
        }
        if (number < spool->acknowledged) {
            continue;
        }
        bool over = peek->out->length + record.length + 1 > peek->bytes_max;
        if (peek->batch->count == peek->count_max || (peek->batch->count > 0 && over)) {
            return true;
        }
        peek->batch->first = peek->batch->count == 0 ? number : peek->batch->first;
        peek->batch->count++;
        buffer_add(peek->out, record.text, record.length);
        buffer_char(peek->out, '\n');
    }
    return true;
}

static void segment_sync(const struct spool *spool, const struct segment *segment)
{
    char name[SEGMENT_NAME_BYTES];
    segment_name(segment->first, name);
    int file = openat(spool->folder, name, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        (void)fdatasync(file);
        (void)close(file);
    }
}

static struct segment *segment_waiting(struct spool *spool)
{
    for (size_t i = 0; i < spool->segment_count; i++) {
        struct segment *segment = &spool->segments[i];
        if (segment->count > 0 && segment->first + segment->count > spool->acknowledged) {
            return segment;
        }
    }
    return NULL;
}

static enum result peek_locked(struct spool *spool, const struct peek *peek, struct error *error)
{
    for (struct segment *segment = segment_waiting(spool); segment != NULL;
         segment = segment_waiting(spool)) {
        struct buffer text;
        segment_sync(spool, segment);
        buffer_init(&text, SEGMENT_LOAD_BYTES_MAX);
        enum result result = segment_load(spool->folder, segment->first, &text, error);
        bool whole = result == RESULT_OK && segment_peek(spool, segment, peek, buffer_slice(&text));
        buffer_done(&text);
        if (whole) {
            return peek->out->overflow
                       ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for a batch of events")
                       : RESULT_OK;
        }
        /* The disk lost what it had: go on behind it. */
        uint64_t end = segment->first + segment->count;
        spool->lost += end > spool->acknowledged ? end - spool->acknowledged : 0;
        spool->acknowledged = end;
        losses_write(spool, end);
    }
    return RESULT_OK;
}

enum result spool_peek(struct spool *spool, size_t count_max, size_t bytes_max, struct buffer *out,
                       struct spool_batch *out_batch, struct error *error)
{
    *out_batch = (struct spool_batch){ .count = 0 };
    const struct peek peek = { count_max, bytes_max, out, out_batch };
    (void)pthread_mutex_lock(&spool->lock);
    enum result result = peek_locked(spool, &peek, error);
    (void)pthread_mutex_unlock(&spool->lock);
    return result;
}

void spool_acknowledge(struct spool *spool, uint64_t next)
{
    (void)pthread_mutex_lock(&spool->lock);
    uint64_t mark = next < spool->next ? next : spool->next;
    if (mark > spool->acknowledged) {
        const struct segment *last = segment_last(spool);
        spool->acknowledged = mark;
        mark_write(spool);
        if (mark == spool->next && last != NULL && last->bytes > spool->segment_bytes_max / 4) {
            (void)active_start(spool); /* so that the one before can go */
        }
        stored_drop(spool);
    }
    (void)pthread_mutex_unlock(&spool->lock);
}

void spool_count(struct spool *spool, struct spool_counts *out)
{
    (void)pthread_mutex_lock(&spool->lock);
    count_now(spool, out);
    (void)pthread_mutex_unlock(&spool->lock);
}

enum result spool_inspect(const char *dir, struct spool_counts *out, struct error *error)
{
    struct spool *spool = NULL;
    TRY(spool_make(dir, SPOOL_BYTES_LEAST, &spool, error));
    count_now(spool, out);
    spool_close(spool);
    return RESULT_OK;
}
