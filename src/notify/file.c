/* Lines are appended to FOLDER/NAME.EXT; when it is large or old enough it is renamed to FOLDER/NAME-MOMENT.EXT, so that names
   sort by time. What counts as delivered is on the disk, under a name: each batch opens the file anew, since others may have taken
   it away, and locks the folder, since a test of the target, or another server with the same folder, may write as well. */
#include "notify/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "notify/target_parts.h"

enum {
    NAME_BYTES_MAX = 64,
    PATH_BYTES = 1400,
    MOMENT_BYTES = 20, /* 20260415T064955541Z */
    FILE_BYTES_MAX = 1024 * 1024 * 1024,
    KEPT_MAX = 10000,
    BATCH_BYTES_MAX = 8 * 1024 * 1024,
    TAIL_BYTES = 64 * 1024,
    LOCK_TRIES_MAX = 250,
    LOCK_PAUSE_MS = 20,
};

/* clang-format off */
static const struct target_setting settings_table[] = {
    { .name = "name", .needed = true, .min = 1, .max = NAME_BYTES_MAX, .summary = "What files' names begin with: letters, digits, dots, hyphens and underscores, a letter or digit first" },
    { .name = "rotateBytes", .type = SETTING_NUMBER, .min = 1024, .max = FILE_BYTES_MAX, .usual = "104857600", .summary = "A file ends before it gets larger than this" },
    { .name = "rotateSeconds", .type = SETTING_NUMBER, .min = 1, .max = 366 * 86400, .usual = "86400", .summary = "A file ends at the first record that comes so long after its first" },
    { .name = "keep", .type = SETTING_NUMBER, .min = 1, .max = KEPT_MAX, .usual = "30", .summary = "How many ended files stay; older ones are removed" },
    { 0 },
};
/* clang-format on */

struct file_target {
    const struct format *format;
    struct arena *making;
    struct buffer record, lines;
    char folder[PATH_BYTES], name[NAME_BYTES_MAX + 1];
    const char *suffix;
    size_t rotate_bytes, keep;
    int64_t rotate_us;
    int folder_file, file; /* -1: not open; between batches neither is */
    size_t size;           /* of the file, up to what is on the disk */
    int64_t started_us;
};

static char root[1024];

void target_file_root(const char *folder)
{
    (void)snprintf(root, sizeof(root), "%s", folder);
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

static bool is_name(struct slice name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    bool fits = name.length > 0 && strchr(".-_", name.text[0]) == NULL;
    for (size_t i = 0; fits && i < name.length; i++) {
        fits = memchr(allowed, name.text[i], sizeof(allowed) - 1) != NULL;
    }
    return fits;
}

static void descriptor_close(int *descriptor)
{
    if (*descriptor >= 0) {
        (void)close(*descriptor);
    }
    *descriptor = -1;
}

static void file_close(void *state)
{
    struct file_target *target = state;
    if (target == NULL) {
        return;
    }
    arena_free(target->making);
    buffer_done(&target->record);
    buffer_done(&target->lines);
    free(target);
}

static enum result file_open(const struct target_settings *settings, const struct format *format,
                             void **out_state, struct error *error)
{
    TRY(target_settings_check(&target_file, settings, error));
    struct slice name = target_settings_text(settings, "name");
    if (!is_name(name)) {
        return fail(
            error, RESULT_INVALID, "name",
            "name must be letters, digits, dots, hyphens and underscores, a letter or digit "
            "first");
    }
    if (root[0] == '\0') {
        return fail(error, RESULT_INVALID, "kind", "this server has no folder for files");
    }
    struct file_target *target =
        calloc(1, sizeof(*target)); /* lives as long as its target is open */
    if (target == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    }
    target->format = format;
    target->suffix = strstr(format->media_type, "json") != NULL ? "ndjson" : format->name;
    target->file = -1;
    target->folder_file = -1;
    (void)snprintf(target->name, sizeof(target->name), "%.*s", (int)name.length, name.text);
    (void)snprintf(target->folder, sizeof(target->folder), "%s/%.*s", root,
                   (int)settings->target.length, settings->target.text);
    target->rotate_bytes = (size_t)target_setting_number(&target_file, settings, "rotateBytes");
    target->rotate_us =
        target_setting_number(&target_file, settings, "rotateSeconds") * US_PER_SECOND;
    target->keep = (size_t)target_setting_number(&target_file, settings, "keep");
    target->making = arena_new(TARGET_RECORD_MEMORY_MAX);
    buffer_init(&target->record, TARGET_RECORD_BYTES_MAX);
    buffer_init(&target->lines, TARGET_RECORD_BYTES_MAX + BATCH_BYTES_MAX);
    if (target->making == NULL) {
        file_close(target);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    }
    *out_state = target;
    return RESULT_OK;
}

/* --- the file ---------------------------------------------------------------------------------------------------- */

static enum result disk_fault(const struct file_target *target, const char *what,
                              struct error *error)
{
    char reason[128];
    return fail(error, RESULT_BUSY, NULL, "file %s can't be %s: %s", target->name, what,
                strerror_r(errno, reason, sizeof(reason)));
}

/* A folder whose own name is on the disk, too; -1: there is none. */
static int folder_make(const char *path, int more)
{
    bool made = mkdir(path, 0700) == 0;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | more);
    int parent =
        made && folder >= 0 ? openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (made && (parent < 0 || fsync(parent) != 0)) {
        descriptor_close(&folder);
    }
    descriptor_close(&parent);
    return folder;
}

static enum result folder_open(struct file_target *target, struct error *error)
{
    int above = folder_make(root, 0);
    target->folder_file = above < 0 ? -1 : folder_make(target->folder, O_NOFOLLOW);
    enum result result = target->folder_file < 0 ? disk_fault(target, "opened", error) : RESULT_OK;
    descriptor_close(&above);
    return result;
}

/* Others have it for as long as a batch takes. */
static enum result folder_lock(const struct file_target *target, struct error *error)
{
    const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000 };
    for (int i = 0; i < LOCK_TRIES_MAX; i++) {
        if (flock(target->folder_file, LOCK_EX | LOCK_NB) == 0) {
            return RESULT_OK;
        }
        (void)nanosleep(&pause, NULL);
    }
    return disk_fault(target, "locked", error);
}

static void active_name(const struct file_target *target, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%s.%s", target->name, target->suffix);
}

/* Behind the last whole line: what a killed server left of one is cut off, and comes again. */
static bool tail_cut(struct file_target *target, off_t size)
{
    char tail[TAIL_BYTES];
    while (size > 0) {
        off_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
        ssize_t count = pread(target->file, tail, (size_t)(size - from), from);
        if (count <= 0) {
            return false;
        }
        const char *end = memrchr(tail, '\n', (size_t)count);
        if (end != NULL) {
            size = from + (end - tail) + 1;
            break;
        }
        size = from;
    }
    target->size = (size_t)size;
    return ftruncate(target->file, size) == 0;
}

static int64_t birth_us(int file)
{
    struct statx facts;
    if (statx(file, "", AT_EMPTY_PATH, STATX_BTIME, &facts) == 0 &&
        (facts.stx_mask & STATX_BTIME) != 0) {
        return (int64_t)facts.stx_btime.tv_sec * US_PER_SECOND + facts.stx_btime.tv_nsec / 1000;
    }
    return time_now_us();
}

static enum result active_open(struct file_target *target, struct error *error)
{
    char name[PATH_BYTES];
    struct stat facts;
    if (target->file >= 0) {
        return RESULT_OK;
    }
    active_name(target, name);
    target->file =
        openat(target->folder_file, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (target->file < 0 || fstat(target->file, &facts) != 0 || !S_ISREG(facts.st_mode) ||
        !tail_cut(target, facts.st_size) ||
        (target->size == 0 && fsync(target->folder_file) != 0)) { /* its name comes first */
        enum result result = disk_fault(target, "opened", error);
        descriptor_close(&target->file);
        return result;
    }
    target->started_us = birth_us(target->file);
    return RESULT_OK;
}

/* NAME-MOMENT.EXT of exactly this target. */
static bool is_ended(const struct file_target *target, const char *name)
{
    size_t start = strlen(target->name);
    return strncmp(name, target->name, start) == 0 && name[start] == '-' &&
           strlen(name) == start + MOMENT_BYTES + 1 + strlen(target->suffix) &&
           strspn(name + start + 1, "0123456789TZ") == MOMENT_BYTES - 1 &&
           name[start + MOMENT_BYTES] == '.' &&
           strcmp(name + start + MOMENT_BYTES + 1, target->suffix) == 0;
}

/* Removes the oldest until only `keep` are left. */
static void old_remove(const struct file_target *target)
{
    struct dirent **names = NULL;
    int count = scandirat(target->folder_file, ".", &names, NULL, alphasort);
    size_t ended = 0;
    for (int i = count - 1; i >= 0; i--) {
        if (is_ended(target, names[i]->d_name) && ++ended > target->keep) {
            (void)unlinkat(target->folder_file, names[i]->d_name, 0);
        }
        free(names[i]);
    }
    free(names);
}

static enum result rotate(struct file_target *target, struct error *error)
{
    char name[PATH_BYTES];
    char ended[PATH_BYTES];
    char moment[TIME_TEXT_BYTES];
    int64_t now_us = time_now_us();
    active_name(target, name);
    do { /* never over one that is there, however fast they fill */
        (void)time_format(now_us, TIME_ZULU, moment); /* 2026-04-15T06:49:55.541Z */
        (void)snprintf(ended, sizeof(ended), "%s-%.4s%.2s%.2sT%.2s%.2s%.2s%.3sZ.%s", target->name,
                       moment, moment + 5, moment + 8, moment + 11, moment + 14, moment + 17,
                       moment + 20, target->suffix);
        now_us += 1000;
    } while (faccessat(target->folder_file, ended, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    if (renameat(target->folder_file, name, target->folder_file, ended) != 0 ||
        fsync(target->folder_file) != 0) {
        return disk_fault(target, "renamed", error);
    }
    descriptor_close(&target->file);
    old_remove(target);
    return active_open(target, error);
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

/* The lines are on the disk, and whoever looks finds them there. */
static bool lines_are_safe(const struct file_target *target)
{
    struct stat facts;
    if (fsync(target->file) != 0 || fstat(target->file, &facts) != 0) {
        return false;
    }
    errno = ENOENT;
    return facts.st_nlink > 0;
}

/* After a failure the file is closed: the next batch looks at what is left of a line. */
static enum result lines_write(struct file_target *target, struct error *error)
{
    size_t done = 0;
    while (done < target->lines.length) {
        ssize_t count = pwrite(target->file, target->lines.bytes + done,
                               target->lines.length - done, (off_t)(target->size + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            enum result result = disk_fault(target, "written", error);
            bool cut = ftruncate(target->file, (off_t)target->size) == 0;
            (void)cut; /* else the next batch cuts the torn line off, and whole ones come again */
            return result;
        }
        done += (size_t)count;
    }
    if (!lines_are_safe(target)) {
        return disk_fault(target, "written", error);
    }
    target->size += target->lines.length;
    return RESULT_OK;
}

/* Lines from the batch's start that still belong into this file, at least one. */
static enum result lines_fill(struct file_target *target, const struct delivery_item *items,
                              size_t count, size_t *out_taken, struct error *error)
{
    size_t taken = 0;
    enum result result = RESULT_OK;
    buffer_reset(&target->lines);
    while (taken < count && target->lines.length < BATCH_BYTES_MAX) {
        arena_reset(target->making);
        buffer_reset(&target->record);
        result = target->format->write(target->making, &items[taken], &target->record, error);
        if (result != RESULT_OK ||
            (taken > 0 && target->size + target->lines.length + target->record.length + 1 >
                              target->rotate_bytes)) {
            break;
        }
        buffer_add(&target->lines, target->record.bytes, target->record.length);
        buffer_char(&target->lines, '\n');
        taken++;
    }
    *out_taken = taken;
    return taken > 0 ? RESULT_OK : result;
}

static bool is_full(const struct file_target *target)
{
    return target->size > 0 && (target->size + target->lines.length > target->rotate_bytes ||
                                time_now_us() - target->started_us >= target->rotate_us);
}

/* One write: what of the batch's start goes into one file. */
static enum result lines_send(struct file_target *target, const struct delivery_item *items,
                              size_t count, size_t *out_taken, struct error *error)
{
    TRY(active_open(target, error));
    TRY(lines_fill(target, items, count, out_taken, error));
    if (is_full(target)) {
        TRY(rotate(target, error));
    }
    return lines_write(target, error);
}

static enum result file_send(void *state, const struct delivery_batch *batch, size_t *out_delivered,
                             struct error *error)
{
    struct file_target *target = state;
    size_t delivered = 0;
    enum result result = folder_open(target, error);
    if (result == RESULT_OK) {
        result = folder_lock(target, error);
    }
    while (delivered < batch->count && result == RESULT_OK) {
        size_t taken = 0;
        result =
            lines_send(target, batch->items + delivered, batch->count - delivered, &taken, error);
        delivered += result == RESULT_OK ? taken : 0;
    }
    descriptor_close(&target->file);
    descriptor_close(&target->folder_file); /* the lock ends with it */
    *out_delivered = delivered;
    return result;
}

const struct target_driver target_file = {
    .kind = "file",
    .summary = "Lines in files of the server, which end by size and age",
    .settings = settings_table,
    .open = file_open,
    .send = file_send,
    .close = file_close,
};
