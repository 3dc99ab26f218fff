#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "store/memory_file.h"
#include "store/sqlite_function.h"

enum {
    FOLD_BYTES_MAX = 16 * 1024 * 1024, /* what one call of reeve_fold may need */
    NAME_BYTES_MAX = 4096,
    FILE_MODE = 0600,
    BUSY_FIRST_US = 50,
    BUSY_LONGEST_US = 5000,
    PROGRESS_STEPS = 200000,
    BUSY_DOUBLINGS = 7, /* 50 us doubled so often is beyond the longest */
};

/* Cache 16 MiB a session; the map is a window on the file, not memory of its own. */
static const char session_pragmas[] = "PRAGMA synchronous=FULL;"
                                      "PRAGMA foreign_keys=ON;"
                                      "PRAGMA temp_store=MEMORY;"
                                      "PRAGMA cache_size=-16384;"
                                      "PRAGMA mmap_size=134217728;"
                                      "PRAGMA journal_size_limit=67108864;";

struct sqlite_store {
    struct store base;
    bool in_memory;
    char *name;      /* a path, or a URI when in memory */
    sqlite3 *keeper; /* open as long as the store: a memory store ends with its last connection */
};

static struct sqlite_session *sqlite_of(struct session *session)
{
    return (struct sqlite_session *)session;
}

static enum result refuse_constraint(sqlite3 *connection, int extended, struct error *error)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return store_refuse(error, REFUSAL_UNIQUE);
    case SQLITE_CONSTRAINT_FOREIGNKEY: return store_refuse(error, REFUSAL_REFERENCE);
    case SQLITE_CONSTRAINT_CHECK: return store_refuse(error, REFUSAL_CHECK);
    default:
        return fail(error, RESULT_BROKEN, NULL, "the store failed: %s", sqlite3_errmsg(connection));
    }
}

enum result sqlite_fail(sqlite3 *connection, int code, struct error *error)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT: return refuse_constraint(connection, code, error);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(error, RESULT_BUSY, NULL, "the store is locked by another session");
    case SQLITE_INTERRUPT: return fail(error, RESULT_BUSY, NULL, "the store took too long");
    case SQLITE_FULL: return fail(error, RESULT_BUSY, NULL, "the disk of the store is full");
    case SQLITE_NOMEM: return fail(error, RESULT_NO_MEMORY, NULL, "the store is out of memory");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return fail(error, RESULT_BROKEN, NULL,
                    "the store is damaged (%s): put a backup in its place",
                    sqlite3_errmsg(connection));
    case SQLITE_TOOBIG:
        return fail(error, RESULT_TOO_LARGE, NULL, "a value is larger than the store takes");
    default:
        return fail(error, RESULT_BROKEN, NULL, "the store failed: %s", sqlite3_errmsg(connection));
    }
}

/* SQLite's own handler sleeps up to 100 ms at a time; a writer's turn is far shorter. */
static int wait_for_lock(void *context, int tries)
{
    (void)context;
    int64_t pause_us = BUSY_LONGEST_US;
    int64_t waited_us = 0;
    for (int i = 0; i < tries && i < BUSY_DOUBLINGS; i++) {
        waited_us += BUSY_FIRST_US << i;
    }
    if (tries < BUSY_DOUBLINGS) {
        pause_us = BUSY_FIRST_US << tries;
    } else {
        waited_us += (int64_t)(tries - BUSY_DOUBLINGS) * BUSY_LONGEST_US;
    }
    if (waited_us >= (int64_t)STORE_LOCK_WAIT_MS * 1000) {
        return 0;
    }
    struct timespec pause = { .tv_nsec = pause_us * 1000 };
    (void)nanosleep(&pause, NULL);
    return 1;
}

static enum result execute(sqlite3 *connection, const char *sql, struct error *error)
{
    int code = sqlite3_exec(connection, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? RESULT_OK : sqlite_fail(connection, code, error);
}

/* On failure the connection is closed and *out stays NULL. */
static enum result connect_to(const struct sqlite_store *store, sqlite3 **out, struct error *error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (store->in_memory) {
        flags |= SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
    }
    sqlite3 *connection = NULL;
    int code = sqlite3_open_v2(store->name, &connection, flags, NULL);
    enum result result = RESULT_OK;
    if (code != SQLITE_OK) {
        result = fail(error, code == SQLITE_NOMEM ? RESULT_NO_MEMORY : RESULT_BROKEN, NULL,
                      "the store cannot be opened: %s", sqlite3_errstr(code));
    } else {
        (void)sqlite3_busy_handler(connection, wait_for_lock, NULL);
        result = execute(connection, session_pragmas, error);
    }
    if (result != RESULT_OK) {
        (void)sqlite3_close(connection);
        return result;
    }
    *out = connection;
    return RESULT_OK;
}

/* Only a file that is new is opened here: closing a second descriptor of an open database would drop
   the locks of this process on it. */
static enum result make_file(const char *path, struct error *error)
{
    int file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, FILE_MODE);
    if (file < 0) {
        return errno == EEXIST
                   ? RESULT_OK
                   : fail(error, RESULT_BROKEN, NULL, "the store's file %s cannot be made: %s",
                          path, strerrordesc_np(errno));
    }
    /* The process's mask may have taken bits that we need. */
    int failed = fchmod(file, FILE_MODE);
    (void)close(file);
    return failed == 0 ? RESULT_OK
                       : fail(error, RESULT_BROKEN, NULL, "the mode of the store's file: %s",
                              strerrordesc_np(errno));
}

/* The mode belongs to the file, so it is set once here. */
static enum result use_write_ahead_log(sqlite3 *connection, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(connection, "PRAGMA journal_mode=WAL", -1, &statement, NULL);
    bool ready = false;
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code == SQLITE_ROW) {
        const unsigned char *mode = sqlite3_column_text(statement, 0);
        ready = mode != NULL && strcmp((const char *)mode, "wal") == 0;
        code = SQLITE_OK;
    }
    enum result result = RESULT_OK;
    if (code != SQLITE_OK) {
        result = sqlite_fail(connection, code, error);
    } else if (!ready) {
        result =
            fail(error, RESULT_BROKEN, NULL, "the store's folder does not allow a write-ahead log");
    }
    (void)sqlite3_finalize(statement);
    return result;
}

static void sqlite_store_close(struct store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    (void)sqlite3_close(store->keeper);
    free(store->name);
    free(store);
}

/* Each memory store has a name of its own in this process. */
static char *memory_name(void)
{
    struct uuid uuid;
    uuid_make(time_now_us(), &uuid);
    char name[UUID_TEXT_BYTES + 32];
    (void)snprintf(name, sizeof(name), "file:/reeve-%s?vfs=%s", uuid.text, memory_file_system);
    return strdup(name);
}

static enum result open_keeper(struct sqlite_store *store, struct error *error)
{
    if (!store->in_memory) {
        TRY(make_file(store->name, error));
    }
    TRY(connect_to(store, &store->keeper, error));
    return store->in_memory ? RESULT_OK : use_write_ahead_log(store->keeper, error);
}

/* SQLite's count of its memory, which nobody reads, is a lock that all sessions take with every allocation. */
static void library_prepare(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* before the library does anything */
    memory_file_system_add();
}

static enum result sqlite_store_open(const char *place, struct store **out, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, library_prepare);
    if (place[0] == '\0' || strlen(place) > NAME_BYTES_MAX) {
        return fail(error, RESULT_INVALID, NULL, "the store's path must have 1 to %d bytes",
                    NAME_BYTES_MAX);
    }
    struct sqlite_store *store = calloc(1, sizeof(*store)); /* lives with the program */
    if (store == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a store");
    }
    store->base.driver = &driver_sqlite;
    store->in_memory = strcmp(place, ":memory:") == 0;
    store->name = store->in_memory ? memory_name() : strdup(place);
    enum result result = store->name == NULL
                             ? fail(error, RESULT_NO_MEMORY, NULL, "no room for a store")
                             : open_keeper(store, error);
    if (result != RESULT_OK) {
        sqlite_store_close(&store->base);
        return result;
    }
    *out = &store->base;
    return RESULT_OK;
}

static void sqlite_session_close(struct session *base)
{
    struct sqlite_session *session = sqlite_of(base);
    (void)sqlite3_close(session->connection);
    arena_free(session->arena); /* after the connection, whose functions use it */
    free(session);
}

/* Called after each PROGRESS_STEPS of SQLite's machine, some milliseconds; other than 0 ends the statement. The clock is
   read only by what takes that long. */
static int is_over_time(void *context)
{
    struct sqlite_session *session = context;
    int64_t now_us = time_monotonic_us();
    if (session->long_since_us == 0) {
        session->long_since_us = now_us;
    }
    return now_us - session->long_since_us > session->longest_us ? 1 : 0;
}

static enum result sqlite_limit_reads(struct session *base, uint32_t milliseconds,
                                      struct error *error)
{
    (void)error;
    sqlite_of(base)->longest_us = (int64_t)milliseconds * 1000;
    return RESULT_OK;
}

static enum result prepare_session(struct sqlite_session *session, struct error *error)
{
    const struct sqlite_store *store = (const struct sqlite_store *)session->base.store;
    TRY(connect_to(store, &session->connection, error));
    session->arena = arena_new(FOLD_BYTES_MAX);
    if (session->arena == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a session");
    }
    int code = sqlite_functions_add(session->connection, session->arena);
    if (code != SQLITE_OK) {
        return sqlite_fail(session->connection, code, error);
    }
    if (session->base.use == SESSION_READ) {
        session->longest_us = STORE_READ_S_MAX * US_PER_SECOND;
        sqlite3_progress_handler(session->connection, PROGRESS_STEPS, is_over_time, session);
        return execute(session->connection, "PRAGMA query_only=1", error);
    }
    return RESULT_OK;
}

static enum result sqlite_session_open(struct store *store, enum session_use use,
                                       struct session **out, struct error *error)
{
    struct sqlite_session *session = calloc(1, sizeof(*session)); /* one of a fixed pool */
    if (session == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a session");
    }
    session->base.store = store;
    session->base.use = use;
    enum result result = prepare_session(session, error);
    if (result != RESULT_OK) {
        sqlite_session_close(&session->base);
        return result;
    }
    *out = &session->base;
    return RESULT_OK;
}

static enum result sqlite_command(struct session *session, const char *sql, struct error *error)
{
    struct statement *statement = NULL;
    bool row = false;
    TRY(session_prepare(session, sql, &statement, error));
    return statement_step(statement, &row, error);
}

static enum result sqlite_ping(struct session *session, struct error *error)
{
    int64_t version = 0;
    return store_int(session, &version, error, "PRAGMA schema_version", "");
}

static bool sqlite_in_transaction(const struct session *session)
{
    return sqlite3_get_autocommit(((const struct sqlite_session *)session)->connection) == 0;
}

/* A writer takes the lock now: a reader that turns writer half-way could only fail. */
static enum result sqlite_begin(struct session *session, struct error *error)
{
    return sqlite_command(session, session->use == SESSION_WRITE ? "BEGIN IMMEDIATE" : "BEGIN",
                          error);
}

static enum result sqlite_commit(struct session *session, struct error *error)
{
    return sqlite_command(session, "COMMIT", error);
}

static void sqlite_rollback(struct session *session)
{
    /* SQLite has rolled back by itself after some failures, a full disk for one. */
    if (sqlite_in_transaction(session)) {
        enum result result = sqlite_command(session, "ROLLBACK", NULL);
        (void)result;
    }
}

static enum result sqlite_step_begin(struct session *session, struct error *error)
{
    return sqlite_command(session, "SAVEPOINT step", error);
}

static enum result sqlite_step_keep(struct session *session, struct error *error)
{
    return sqlite_command(session, "RELEASE SAVEPOINT step", error);
}

static enum result sqlite_script(struct session *session, const char *sql, struct error *error)
{
    return execute(sqlite_of(session)->connection, sql, error);
}

static int64_t sqlite_affected(const struct session *session)
{
    return sqlite3_changes64(((const struct sqlite_session *)session)->connection);
}

static enum result sqlite_listen(struct session *session, const char *channel, uint32_t timeout_ms,
                                 void (*take)(void *context, struct slice text), void *context,
                                 struct error *error)
{
    (void)session;
    (void)channel;
    (void)timeout_ms;
    (void)take;
    (void)context;
    (void)error;
    return RESULT_OK; /* one server: nobody else speaks */
}

const struct driver driver_sqlite = {
    .dialect = &dialect_sqlite,
    .store_open = sqlite_store_open,
    .store_close = sqlite_store_close,
    .session_open = sqlite_session_open,
    .session_close = sqlite_session_close,
    .ping = sqlite_ping,
    .in_transaction = sqlite_in_transaction,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .step_begin = sqlite_step_begin,
    .step_keep = sqlite_step_keep,
    .command = sqlite_command,
    .script = sqlite_script,
    .limit_reads = sqlite_limit_reads,
    .affected = sqlite_affected,
    .listen = sqlite_listen,
    .statement_make = sqlite_statement_make,
    .statement_ready = sqlite_statement_ready,
    .statement_free = sqlite_statement_free,
    .statement_reset = sqlite_statement_reset,
    .bind_int = sqlite_bind_int,
    .bind_text = sqlite_bind_text,
    .bind_bytes = sqlite_bind_bytes,
    .bind_null = sqlite_bind_null,
    .step = sqlite_step,
    .is_null = sqlite_is_null,
    .column_int = sqlite_column_int,
    .column_text = sqlite_column_text,
    .column_bytes = sqlite_column_bytes,
};
