#include "server/folder_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 1100, FOLDER_MODE = 0700, FILE_MODE = 0600 };

static enum result cannot(const char *folder, int code, struct error *error)
{
    char reason[128];
    return fail(error, RESULT_BROKEN, "data", "the data folder %.200s cannot be used: %s", folder,
                strerror_r(code, reason, sizeof(reason)));
}

/* Who has it wrote its process id into the file; it may just be about to. */
static enum result held(int file, const char *folder, struct error *error)
{
    char owner[16] = "";
    ssize_t length = pread(file, owner, sizeof(owner) - 1, 0);
    owner[length > 0 ? length : 0] = '\0';
    owner[strspn(owner, "0123456789")] = '\0';
    return fail(
        error, RESULT_CONFLICT, "data",
        "another reeve serve%s%s has the data folder %.180s; several servers need --database",
        owner[0] == '\0' ? "" : ", process ", owner, folder);
}

enum result folder_lock_open(const char *folder, struct folder_lock *out, struct error *error)
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof(path), "%s/lock", folder);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return fail(error, RESULT_INVALID, "data", "the path of the data folder is too long");
    }
    if (mkdir(folder, FOLDER_MODE) != 0 && errno != EEXIST) {
        return cannot(folder, errno, error);
    }
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (file < 0) {
        return cannot(folder, errno, error);
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        enum result result =
            errno == EWOULDBLOCK ? held(file, folder, error) : cannot(folder, errno, error);
        (void)close(file);
        return result;
    }
    /* For the message above only; the lock holds without it. */
    if (ftruncate(file, 0) == 0) {
        (void)dprintf(file, "%d\n", (int)getpid());
    }
    *out = (struct folder_lock){ .file = file + 1 };
    return RESULT_OK;
}

void folder_lock_close(struct folder_lock *lock)
{
    if (lock->file > 0) {
        (void)close(lock->file - 1);
    }
    *lock = (struct folder_lock){ .file = 0 };
}
