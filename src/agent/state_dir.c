#include "agent/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

#define NEW_SUFFIX ".new"

static enum result path_make(char out[PATH_MAX], const char *dir, const char *name,
                             const char *suffix, struct error *error)
{
    int length = snprintf(out, PATH_MAX, "%s/%s%s", dir, name, suffix);
    return length > 0 && length < PATH_MAX
               ? RESULT_OK
               : fail(error, RESULT_INVALID, "state", "the path of the state folder is too long");
}

static enum result file_fault(struct error *error, const char *what, const char *path)
{
    int code = errno;
    bool full = code == ENOSPC || code == EDQUOT;
    return fail(error, full ? RESULT_BUSY : RESULT_BROKEN, NULL, "%s %s: %s", what, path,
                strerror(code));
}

enum result state_dir_make(const char *dir, struct error *error)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return file_fault(error, "the folder cannot be made:", dir);
    }
    if (chmod(dir, 0700) != 0) {
        return file_fault(error, "the folder cannot be closed to others:", dir);
    }
    return RESULT_OK;
}

enum result state_dir_lock(const char *dir, int *out, struct error *error)
{
    char path[PATH_MAX];
    TRY(path_make(path, dir, "lock", "", error));
    int file = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return file_fault(error, "cannot open", path);
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        (void)close(file);
        return fail(error, RESULT_CONFLICT, NULL, "another agent runs on %s", dir);
    }
    *out = file;
    return RESULT_OK;
}

static bool write_whole(int file, struct slice bytes)
{
    size_t done = 0;
    while (done < bytes.length) {
        ssize_t written = write(file, bytes.text + done, bytes.length - done);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        done += (size_t)written;
    }
    return fsync(file) == 0;
}

static void folder_sync(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash - path) >= sizeof(folder)) {
        return;
    }
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file >= 0) {
        (void)fsync(file); /* the rename stands already; this only makes it outlive the power */
        (void)close(file);
    }
}

static enum result file_make(const char *path, struct slice bytes, struct error *error)
{
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return file_fault(error, "cannot write", path);
    }
    enum result result = RESULT_OK;
    if (fchmod(file, 0600) != 0 || !write_whole(file, bytes)) {
        result = file_fault(error, "cannot write", path);
    }
    if (close(file) != 0 && result == RESULT_OK) {
        result = file_fault(error, "cannot write", path);
    }
    if (result != RESULT_OK) {
        (void)unlink(path);
    }
    return result;
}

enum result state_write(const char *dir, const char *name, struct slice bytes, struct error *error)
{
    char path[PATH_MAX];
    char fresh[PATH_MAX];
    TRY(path_make(path, dir, name, "", error));
    TRY(path_make(fresh, dir, name, NEW_SUFFIX, error));
    TRY(file_make(fresh, bytes, error));
    if (rename(fresh, path) != 0) {
        enum result result = file_fault(error, "cannot replace", path);
        (void)unlink(fresh);
        return result;
    }
    folder_sync(path);
    return RESULT_OK;
}

static enum result file_take(struct arena *arena, int file, const char *path, size_t bytes_max,
                             struct slice *out, struct error *error)
{
    struct stat status;
    size_t done = 0;
    if (fstat(file, &status) != 0) {
        return file_fault(error, "cannot read", path);
    }
    if (status.st_size < 0 || (size_t)status.st_size > bytes_max) {
        return fail(error, RESULT_TOO_LARGE, NULL, "%s is over %zu bytes", path, bytes_max);
    }
    size_t size = (size_t)status.st_size;
    char *bytes = arena_alloc(arena, size + 1);
    if (bytes == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for %s", path);
    }
    while (done < size) {
        ssize_t got = read(file, bytes + done, size - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return file_fault(error, "cannot read", path);
        }
        done += (size_t)got;
    }
    *out = (struct slice){ bytes, size };
    return RESULT_OK;
}

enum result state_read(struct arena *arena, const char *dir, const char *name, size_t bytes_max,
                       struct slice *out, struct error *error)
{
    char path[PATH_MAX];
    TRY(path_make(path, dir, name, "", error));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) {
        return fail(error, RESULT_NOT_FOUND, NULL, "there is no %s", path);
    }
    if (file < 0) {
        return file_fault(error, "cannot read", path);
    }
    enum result result = file_take(arena, file, path, bytes_max, out, error);
    (void)close(file);
    return result;
}

void state_remove(const char *dir, const char *name)
{
    char path[PATH_MAX];
    if (path_make(path, dir, name, "", NULL) == RESULT_OK) {
        (void)unlink(path);
    }
}
