#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup.h"
#include "store/sqlite.h"

enum { PAGES_A_STEP = 4096, LOCK_WAIT_MS = STORE_LOCK_WAIT_MS };

struct backup {
    const char *source, *path;
    char part[PATH_MAX];
    sqlite3 *from, *to;
    store_backup_progress *progress;
    int64_t pages;
};

static enum result file_failed(const struct backup *backup, struct error *error)
{
    return fail(error, RESULT_BROKEN, "out", "--out %s cannot be written: %s", backup->path,
                strerrordesc_np(errno));
}

static enum result connection_run(sqlite3 *connection, const char *sql, struct error *error)
{
    int code = sqlite3_exec(connection, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? RESULT_OK : sqlite_fail(connection, code, error);
}

static enum result connection_open(const char *path, sqlite3 **out, struct error *error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(path, out, flags, NULL);
    if (code != SQLITE_OK) {
        return fail(error, RESULT_BROKEN, NULL, "%s cannot be opened: %s", path,
                    sqlite3_errstr(code));
    }
    (void)sqlite3_busy_timeout(*out, LOCK_WAIT_MS);
    return RESULT_OK;
}

/* Under a name of its own, and never the file that is read: that would end both. */
static enum result names_check(struct backup *backup, struct error *error)
{
    struct stat source;
    struct stat target;
    int length = snprintf(backup->part, sizeof(backup->part), "%s.part", backup->path);
    if (length < 0 || (size_t)length >= sizeof(backup->part)) {
        return fail(error, RESULT_INVALID, "out", "the path of the backup is too long");
    }
    if (stat(backup->source, &source) != 0) {
        return fail(error, errno == ENOENT || errno == ENOTDIR ? RESULT_INVALID : RESULT_BROKEN,
                    "data", "no store can be read at %s: %s", backup->source,
                    strerrordesc_np(errno));
    }
    bool there = stat(backup->path, &target) == 0;
    if (there && target.st_dev == source.st_dev && target.st_ino == source.st_ino) {
        return fail(error, RESULT_INVALID, "out", "%s is the store itself", backup->path);
    }
    if (there && !S_ISREG(target.st_mode)) {
        return fail(error, RESULT_INVALID, "out", "%s is no file", backup->path);
    }
    return RESULT_OK;
}

/* Made here, so that nobody else can read it at any moment. What an interrupted one left goes first. */
static enum result part_make(struct backup *backup, struct error *error)
{
    (void)unlink(backup->part);
    int file = open(backup->part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return file_failed(backup, error);
    }
    (void)close(file);
    TRY(connection_open(backup->part, &backup->to, error));
    /* One who writes, and nothing to come back to: a file that is not whole is dropped. */
    return connection_run(
        backup->to,
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;", error);
}

/* The transaction holds one moment of the store. Without it each write of another process would make the copy begin anew, and
   on a busy server it would never end. */
static enum result source_hold(struct backup *backup, struct error *error)
{
    TRY(connection_open(backup->source, &backup->from, error));
    return connection_run(backup->from, "BEGIN; SELECT COUNT(*) FROM sqlite_schema;", error);
}

static bool goes_on(struct backup *backup, int64_t done)
{
    return backup->progress == NULL || backup->progress(done, backup->pages);
}

static enum result stopped(struct error *error)
{
    return fail(error, RESULT_CONFLICT, NULL, "stopped; nothing was written");
}

static enum result pages_copy(struct backup *backup, struct error *error)
{
    sqlite3_backup *copy = sqlite3_backup_init(backup->to, "main", backup->from, "main");
    if (copy == NULL) {
        return sqlite_fail(backup->to, sqlite3_errcode(backup->to), error);
    }
    int code = SQLITE_OK;
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(copy, PAGES_A_STEP);
        backup->pages = sqlite3_backup_pagecount(copy);
        if (!goes_on(backup, backup->pages - sqlite3_backup_remaining(copy))) {
            code = SQLITE_INTERRUPT;
        }
    }
    (void)sqlite3_backup_finish(copy);
    if (code == SQLITE_INTERRUPT) {
        return stopped(error);
    }
    return code == SQLITE_DONE ? RESULT_OK : sqlite_fail(backup->to, code, error);
}

/* A copy of a store that has gone bad is no backup; better to hear of it now. */
static enum result copy_check(struct backup *backup, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(backup->to, "PRAGMA quick_check(1)", -1, &statement, NULL);
    code = code == SQLITE_OK ? sqlite3_step(statement) : code;
    enum result result = RESULT_OK;
    if (code != SQLITE_ROW) {
        result = sqlite_fail(backup->to, code, error);
    } else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0) {
        result = fail(error, RESULT_BROKEN, NULL, "the store is damaged: %s",
                      (const char *)sqlite3_column_text(statement, 0));
    }
    (void)sqlite3_finalize(statement);
    return result == RESULT_OK && !goes_on(backup, backup->pages) ? stopped(error) : result;
}

static bool is_synced(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC);
    bool synced = file >= 0 && fsync(file) == 0;
    if (file >= 0) {
        (void)close(file);
    }
    return synced;
}

/* On the disk before it gets its name, and the name, too. */
static enum result part_keep(struct backup *backup, struct error *error)
{
    if (!is_synced(backup->part, O_RDONLY) || rename(backup->part, backup->path) != 0) {
        enum result result = file_failed(backup, error);
        (void)unlink(backup->part);
        return result;
    }
    return is_synced(dirname(backup->part), O_RDONLY | O_DIRECTORY) ? RESULT_OK
                                                                    : file_failed(backup, error);
}

static enum result copy_make(struct backup *backup, struct error *error)
{
    TRY(part_make(backup, error));
    TRY(source_hold(backup, error));
    TRY(pages_copy(backup, error));
    return copy_check(backup, error);
}

enum result store_backup(const char *source, const char *path, store_backup_progress *progress,
                         struct error *error)
{
    struct backup backup = { .source = source, .path = path, .progress = progress };
    TRY(names_check(&backup, error));
    enum result result = copy_make(&backup, error);
    (void)sqlite3_close(backup.from);
    (void)sqlite3_close(backup.to);
    if (result == RESULT_OK) {
        return part_keep(&backup, error);
    }
    (void)unlink(backup.part);
    return result;
}
