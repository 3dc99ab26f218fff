#include <stdlib.h>
#include <time.h>

#include "store/copy.h"
#include "store/sqlite.h"

/* A database of its own, which nobody else knows. */
struct store_copy {
    sqlite3 *database;
};

enum { COPY_TRIES_MAX = 2000, COPY_PAUSE_NS = 1000000 };

/* In one step, so that nothing is written in between. Locks of readers are waited for. */
static enum result copy_database(sqlite3 *to, sqlite3 *from, struct error *error)
{
    int code = SQLITE_BUSY;
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == NULL) {
        return sqlite_fail(to, sqlite3_errcode(to), error);
    }
    for (int i = 0; i < COPY_TRIES_MAX; i++) {
        code = sqlite3_backup_step(backup, -1);
        if (code != SQLITE_BUSY && code != SQLITE_LOCKED) {
            break;
        }
        (void)nanosleep(&(struct timespec){ .tv_nsec = COPY_PAUSE_NS }, NULL);
    }
    int finished = sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE) {
        code = finished;
    }
    return code == SQLITE_OK ? RESULT_OK : sqlite_fail(to, code, error);
}

static enum result session_check(const struct session *session, struct error *error)
{
    return store_dialect(session->store)->one_server
               ? RESULT_OK
               : fail(error, RESULT_INVALID, NULL, "only a store in memory can be copied");
}

enum result store_copy_take(struct session *session, struct store_copy **out, struct error *error)
{
    TRY(session_check(session, error));
    struct store_copy *copy = calloc(1, sizeof(*copy)); /* lives as long as the caller wants it */
    if (copy == NULL || sqlite3_open(":memory:", &copy->database) != SQLITE_OK) {
        store_copy_free(copy);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a copy of the store");
    }
    enum result result =
        copy_database(copy->database, ((struct sqlite_session *)session)->connection, error);
    if (result != RESULT_OK) {
        store_copy_free(copy);
        return result;
    }
    *out = copy;
    return RESULT_OK;
}

enum result store_copy_put(struct session *session, const struct store_copy *copy,
                           struct error *error)
{
    TRY(session_check(session, error));
    return copy_database(((struct sqlite_session *)session)->connection, copy->database, error);
}

int64_t store_copy_bytes(const struct store_copy *copy)
{
    sqlite3_stmt *statement = NULL;
    int64_t bytes = 0;
    if (sqlite3_prepare_v2(copy->database,
                           "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                           -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        bytes = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return bytes;
}

void store_copy_free(struct store_copy *copy)
{
    if (copy != NULL) {
        (void)sqlite3_close(copy->database);
        free(copy);
    }
}
