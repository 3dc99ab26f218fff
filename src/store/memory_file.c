#include "store/memory_file.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/memory_content.h"

enum { NAME_BYTES_MAX = 255, SECTOR_BYTES = 4096 };

const char memory_file_system[] = "reeve-memory";

/* What all connections to one file share. */
struct memory_file {
    struct memory_file *next;
    char *name; /* NULL: a file of one connection */
    size_t connections;
    pthread_mutex_t lock; /* of all below */
    struct content content;
    unsigned readers; /* with a lock of any kind */
    bool is_reserved; /* one of them is to write */
    bool is_pending;  /* and waits until the others are gone: no new ones */
};

/* The open file of one connection. */
struct handle {
    sqlite3_file base;
    struct memory_file *file;
    int lock; /* SQLITE_LOCK_… */
};

static struct {
    pthread_mutex_t lock;
    struct memory_file *first;
} files = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- files -------------------------------------------------------------------------------------------- */

static struct memory_file *file_new(const char *name)
{
    struct memory_file *file = calloc(1, sizeof(*file)); /* as long as a connection has it open */
    if (file == NULL) {
        return NULL;
    }
    file->name = name == NULL ? NULL : strdup(name);
    if (name != NULL && file->name == NULL) {
        free(file);
        return NULL;
    }
    (void)pthread_mutex_init(&file->lock, NULL);
    return file;
}

/* The file of that name, which is made when there is none. The lock of the files is held. */
static struct memory_file *file_find(const char *name)
{
    for (struct memory_file *file = files.first; file != NULL && name != NULL; file = file->next) {
        if (strcmp(file->name, name) == 0) {
            return file;
        }
    }
    struct memory_file *file = file_new(name);
    if (file != NULL && name != NULL) {
        file->next = files.first;
        files.first = file;
    }
    return file;
}

static void file_forget(const struct memory_file *file)
{
    struct memory_file **place = &files.first;
    while (*place != NULL && *place != file) {
        place = &(*place)->next;
    }
    if (*place != NULL) {
        *place = file->next;
    }
}

static struct handle *handle_of(sqlite3_file *base)
{
    return (struct handle *)(void *)base;
}

/* Gives up what is more than `lock`. The file's lock is held. */
static void lock_lower(struct handle *handle, int lock)
{
    struct memory_file *file = handle->file;
    if (handle->lock >= SQLITE_LOCK_RESERVED && lock < SQLITE_LOCK_RESERVED) {
        file->is_reserved = false;
        file->is_pending = false;
    }
    if (handle->lock >= SQLITE_LOCK_SHARED && lock < SQLITE_LOCK_SHARED) {
        file->readers--;
    }
    handle->lock = lock;
}

static int file_close(sqlite3_file *base)
{
    struct handle *handle = handle_of(base);
    struct memory_file *file = handle->file;
    (void)pthread_mutex_lock(&files.lock);
    (void)pthread_mutex_lock(&file->lock);
    lock_lower(handle, SQLITE_LOCK_NONE);
    (void)pthread_mutex_unlock(&file->lock);
    bool is_last = --file->connections == 0;
    if (is_last) {
        file_forget(file);
    }
    (void)pthread_mutex_unlock(&files.lock);
    if (is_last) {
        content_done(&file->content);
        (void)pthread_mutex_destroy(&file->lock);
        free(file->name);
        free(file);
    }
    return SQLITE_OK;
}

static int code_of(enum content_result result)
{
    static const int codes[] = { [CONTENT_OK] = SQLITE_OK,
                                 [CONTENT_SHORT] = SQLITE_IOERR_SHORT_READ,
                                 [CONTENT_FULL] = SQLITE_FULL,
                                 [CONTENT_NO_MEMORY] = SQLITE_IOERR_NOMEM };
    return codes[result];
}

static int file_read(sqlite3_file *base, void *out, int length, sqlite3_int64 at)
{
    struct memory_file *file = handle_of(base)->file;
    (void)pthread_mutex_lock(&file->lock);
    enum content_result result = content_read(&file->content, at, out, (size_t)length);
    (void)pthread_mutex_unlock(&file->lock);
    return code_of(result);
}

static int file_write(sqlite3_file *base, const void *bytes, int length, sqlite3_int64 at)
{
    struct memory_file *file = handle_of(base)->file;
    (void)pthread_mutex_lock(&file->lock);
    enum content_result result = content_write(&file->content, at, bytes, (size_t)length);
    (void)pthread_mutex_unlock(&file->lock);
    return code_of(result);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 bytes)
{
    struct memory_file *file = handle_of(base)->file;
    (void)pthread_mutex_lock(&file->lock);
    content_truncate(&file->content, bytes);
    (void)pthread_mutex_unlock(&file->lock);
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags)
{
    (void)base;
    (void)flags;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct memory_file *file = handle_of(base)->file;
    (void)pthread_mutex_lock(&file->lock);
    *out = file->content.bytes;
    (void)pthread_mutex_unlock(&file->lock);
    return SQLITE_OK;
}

/* The locks of a file of SQLite: readers beside one that is to write, until it waits for them to write its pages. */
static int lock_raise(struct handle *handle, int lock)
{
    struct memory_file *file = handle->file;
    if (handle->lock == SQLITE_LOCK_NONE) {
        if (file->is_pending) {
            return SQLITE_BUSY;
        }
        file->readers++;
        handle->lock = SQLITE_LOCK_SHARED;
    }
    if (lock >= SQLITE_LOCK_RESERVED && handle->lock < SQLITE_LOCK_RESERVED) {
        if (file->is_reserved) {
            return SQLITE_BUSY;
        }
        file->is_reserved = true;
        handle->lock = SQLITE_LOCK_RESERVED;
    }
    if (lock == SQLITE_LOCK_EXCLUSIVE) {
        file->is_pending = true;
        handle->lock = SQLITE_LOCK_PENDING;
        if (file->readers > 1) {
            return SQLITE_BUSY;
        }
    }
    handle->lock = lock > handle->lock ? lock : handle->lock;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int lock)
{
    struct handle *handle = handle_of(base);
    int code = SQLITE_OK;
    if (handle->lock >= lock) {
        return SQLITE_OK;
    }
    (void)pthread_mutex_lock(&handle->file->lock);
    code = lock_raise(handle, lock);
    (void)pthread_mutex_unlock(&handle->file->lock);
    return code;
}

static int file_unlock(sqlite3_file *base, int lock)
{
    struct handle *handle = handle_of(base);
    (void)pthread_mutex_lock(&handle->file->lock);
    if (handle->lock > lock) {
        lock_lower(handle, lock);
    }
    (void)pthread_mutex_unlock(&handle->file->lock);
    return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *base, int *out)
{
    struct memory_file *file = handle_of(base)->file;
    (void)pthread_mutex_lock(&file->lock);
    *out = file->is_reserved ? 1 : 0;
    (void)pthread_mutex_unlock(&file->lock);
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int command, void *argument)
{
    (void)base;
    (void)command;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR_BYTES;
}

static int characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_ATOMIC | SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SAFE_APPEND |
           SQLITE_IOCAP_SEQUENTIAL;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
};

/* --- the file system -------------------------------------------------------------------------------- */

static int system_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *base, int flags,
                       int *out_flags)
{
    (void)vfs;
    struct handle *handle = handle_of(base);
    (void)pthread_mutex_lock(&files.lock);
    struct memory_file *file = file_find(name);
    if (file != NULL) {
        file->connections++;
    }
    (void)pthread_mutex_unlock(&files.lock);
    *handle = (struct handle){ .base.pMethods = file == NULL ? NULL : &methods, .file = file };
    if (file == NULL) {
        return SQLITE_NOMEM;
    }
    if (out_flags != NULL) {
        *out_flags = flags | SQLITE_OPEN_MEMORY; /* so its journal is no file at all */
    }
    return SQLITE_OK;
}

static int system_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    (void)name;
    (void)sync;
    return SQLITE_IOERR_DELETE_NOENT;
}

/* There are no files but the databases, which nobody asks for. */
static int system_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    (void)name;
    (void)flags;
    *out = 0;
    return SQLITE_OK;
}

static int system_full_name(sqlite3_vfs *vfs, const char *name, int room, char *out)
{
    (void)vfs;
    size_t length = strlen(name);
    if (length >= (size_t)room) {
        return SQLITE_CANTOPEN;
    }
    memcpy(out, name, length + 1);
    return SQLITE_OK;
}

void memory_file_system_add(void)
{
    static sqlite3_vfs made;
    const sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
    if (usual == NULL) {
        return;
    }
    made = *usual; /* chance and clock are as ever */
    made.pNext = NULL;
    made.szOsFile = (int)sizeof(struct handle);
    made.mxPathname = NAME_BYTES_MAX;
    made.zName = memory_file_system;
    made.xOpen = system_open;
    made.xDelete = system_delete;
    made.xAccess = system_access;
    made.xFullPathname = system_full_name;
    (void)sqlite3_vfs_register(&made, 0);
}

/* --- images ------------------------------------------------------------------------------------------- */

struct memory_image {
    struct content content;
};

/* NULL when the connection is to a file of another kind. */
static struct memory_file *file_of(sqlite3 *connection)
{
    sqlite3_file *base = NULL;
    int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &base);
    return code == SQLITE_OK && base != NULL && base->pMethods == &methods ? handle_of(base)->file
                                                                           : NULL;
}

bool memory_file_known(sqlite3 *connection)
{
    return file_of(connection) != NULL;
}

struct memory_image *memory_image_take(sqlite3 *connection)
{
    struct memory_file *file = file_of(connection);
    assert(file != NULL);
    struct memory_image *image =
        calloc(1, sizeof(*image)); /* lives as long as the caller wants it */
    if (image == NULL) {
        return NULL;
    }
    (void)pthread_mutex_lock(&file->lock);
    bool done = content_share(&file->content, &image->content);
    (void)pthread_mutex_unlock(&file->lock);
    if (!done) {
        free(image);
        return NULL;
    }
    return image;
}

/* Big-endian numbers in the head of a database's first page; see "Database File Format" of SQLite. */
enum { HEAD_CHANGES = 24, HEAD_SCHEMA = 40, HEAD_VALID_FOR = 92, HEAD_BYTES = 100 };

static uint32_t number_get(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void number_put(unsigned char *at, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (unsigned char)(number >> (24 - 8 * i));
    }
}

/* Connections go by two counters to tell whether what they remember of pages and of tables still holds. They only ever rise,
   so that no state is taken for another that had the same count. */
static int counters_raise(const struct content *now, struct content *to)
{
    unsigned char old[HEAD_BYTES];
    unsigned char head[HEAD_BYTES];
    if (content_read(now, 0, old, sizeof(old)) != CONTENT_OK ||
        content_read(to, 0, head, sizeof(head)) != CONTENT_OK) {
        return SQLITE_OK; /* an empty file has no head */
    }
    uint32_t changes = number_get(old + HEAD_CHANGES) + 1;
    uint32_t schema = number_get(old + HEAD_SCHEMA);
    number_put(head + HEAD_CHANGES, changes);
    number_put(head + HEAD_VALID_FOR, changes);
    if (schema != number_get(head + HEAD_SCHEMA)) {
        number_put(head + HEAD_SCHEMA, schema + 1);
    }
    return code_of(content_write(to, 0, head, sizeof(head)));
}

int memory_image_put(sqlite3 *connection, const struct memory_image *image)
{
    struct content content;
    struct memory_file *file = file_of(connection);
    assert(file != NULL);
    if (!content_share(&image->content, &content)) {
        return SQLITE_NOMEM;
    }
    (void)pthread_mutex_lock(&file->lock);
    int code = counters_raise(&file->content, &content);
    if (code == SQLITE_OK) {
        struct content before = file->content;
        file->content = content;
        content = before;
    }
    (void)pthread_mutex_unlock(&file->lock);
    content_done(&content);
    return code;
}

int64_t memory_image_bytes(const struct memory_image *image)
{
    return image->content.bytes;
}

void memory_image_free(struct memory_image *image)
{
    if (image != NULL) {
        content_done(&image->content);
        free(image);
    }
}
