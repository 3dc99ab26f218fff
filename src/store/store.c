#include "store/store.h"

#include <assert.h>
#include <string.h>

#include "store/driver.h"

enum result store_refuse(struct error *error, enum store_refusal refusal)
{
    static const char *const texts[] = {
        [REFUSAL_UNIQUE] = "a value that must be unique is already in use",
        [REFUSAL_REFERENCE] = "it refers to something that does not exist, or is still referred to",
        [REFUSAL_CHECK] = "a value is outside of what the store allows",
    };
    return fail(error, RESULT_CONFLICT, NULL, "%s", texts[refusal]);
}

static const struct driver *driver_of(const struct session *session)
{
    return session->store->driver;
}

/* Keeps the session's count of statements on a row, so that begin and commit seldom need to look. */
static void set_state(struct statement *statement, enum statement_state state)
{
    struct session *session = statement->session;
    if (statement->state == STATEMENT_RUNNING) {
        session->running--;
    }
    if (state == STATEMENT_RUNNING) {
        session->running++;
    }
    statement->state = state;
}

/* A forgotten statement would hold an old view of the data open for as long as the session lives. */
static void finish_statements(struct session *session)
{
    struct statement *statement = session->cache.newest;
    while (session->running > 0) {
        assert(statement != NULL);
        if (statement->state == STATEMENT_RUNNING) {
            driver_of(session)->statement_reset(statement);
            set_state(statement, STATEMENT_FINISHED);
        }
        statement = statement->link.older;
    }
}

enum result store_open(const char *place, struct store **out, struct error *error)
{
    bool postgres = strncmp(place, "postgresql://", strlen("postgresql://")) == 0 ||
                    strncmp(place, "postgres://", strlen("postgres://")) == 0;
    const struct driver *driver = postgres ? &driver_postgres : &driver_sqlite;
    return driver->store_open(place, out, error);
}

void store_close(struct store *store)
{
    if (store != NULL) {
        store->driver->store_close(store);
    }
}

const struct dialect *store_dialect(const struct store *store)
{
    return store->driver->dialect;
}

enum result session_open(struct store *store, enum session_use use, struct session **out,
                         struct error *error)
{
    return store->driver->session_open(store, use, out, error);
}

static void drop_statement(struct session *session, struct statement *statement)
{
    statement_cache_remove(&session->cache, statement);
    driver_of(session)->statement_free(statement);
}

void session_close(struct session *session)
{
    if (session == NULL) {
        return;
    }
    session->closing = true;
    while (session->cache.newest != NULL) {
        drop_statement(session, session->cache.newest);
    }
    buffer_done(&session->notes.bytes);
    driver_of(session)->session_close(session);
}

struct store *session_store(const struct session *session)
{
    return session->store;
}

enum result session_ping(struct session *session, struct error *error)
{
    return driver_of(session)->ping(session, error);
}

/* --- notes ------------------------------------------------------------------------------------- */

/* What a busy transaction leaves is kept for the next one; what a huge one leaves is not. */
enum { NOTES_BYTES_KEPT = 1024 * 1024 };

static void notes_drop(struct session_notes *notes)
{
    if (notes->bytes.capacity > NOTES_BYTES_KEPT) {
        buffer_done(&notes->bytes);
    }
    buffer_reset(&notes->bytes);
    notes->steps = 0;
    notes->take = NULL;
}

static enum result notes_take(struct session *session, struct error *error)
{
    struct session_notes *notes = &session->notes;
    if (notes->bytes.length == 0) {
        return RESULT_OK;
    }
    return notes->take(session, buffer_slice(&notes->bytes), error);
}

enum result session_at_commit(struct session *session, struct slice bytes, session_finish *take,
                              struct error *error)
{
    struct session_notes *notes = &session->notes;
    assert(notes->take == NULL || notes->take == take);
    if (!session_in_transaction(session)) {
        return fail(error, RESULT_BROKEN, NULL, "the store failed: no transaction to add to");
    }
    size_t length = notes->bytes.length;
    notes->bytes.limit = SESSION_NOTES_BYTES_MAX;
    buffer_add(&notes->bytes, bytes.text, bytes.length);
    if (notes->bytes.overflow) {
        notes->bytes.overflow = false;
        assert(notes->bytes.length == length);
        return fail(error, RESULT_BUSY, NULL, "one transaction takes at most %d bytes of notes",
                    SESSION_NOTES_BYTES_MAX);
    }
    notes->take = take;
    return RESULT_OK;
}

/* --- transactions ------------------------------------------------------------------------------ */

enum result session_begin(struct session *session, struct error *error)
{
    finish_statements(session);
    notes_drop(&session->notes);
    return driver_of(session)->begin(session, error);
}

enum result session_commit(struct session *session, struct error *error)
{
    finish_statements(session);
    TRY(notes_take(session, error));
    finish_statements(session);
    notes_drop(&session->notes);
    return driver_of(session)->commit(session, error);
}

void session_rollback(struct session *session)
{
    finish_statements(session);
    notes_drop(&session->notes);
    driver_of(session)->rollback(session);
}

bool session_in_transaction(const struct session *session)
{
    return driver_of(session)->in_transaction(session);
}

enum result session_step_begin(struct session *session, struct error *error)
{
    struct session_notes *notes = &session->notes;
    assert(notes->steps < SESSION_STEPS_MAX);
    TRY(driver_of(session)->step_begin(session, error));
    notes->step_lengths[notes->steps++] = notes->bytes.length;
    return RESULT_OK;
}

enum result session_step_keep(struct session *session, struct error *error)
{
    session->notes.steps -= session->notes.steps > 0 ? 1 : 0;
    return driver_of(session)->step_keep(session, error);
}

void session_step_undo(struct session *session)
{
    const struct driver *driver = driver_of(session);
    struct session_notes *notes = &session->notes;
    if (notes->steps > 0) { /* else the transaction has ended meanwhile, and its notes with it */
        notes->bytes.length = notes->step_lengths[--notes->steps];
    }
    enum result result = driver->command(session, "ROLLBACK TO SAVEPOINT step", NULL);
    if (result == RESULT_OK) {
        result = driver->command(session, "RELEASE SAVEPOINT step", NULL);
    }
    (void)result; /* session_in_transaction tells whether the transaction can go on */
}

enum result session_run_script(struct session *session, const char *sql, struct error *error)
{
    finish_statements(session);
    return driver_of(session)->script(session, sql, error);
}

static enum result make_statement(struct session *session, const char *sql, struct statement **out,
                                  struct error *error)
{
    const struct driver *driver = driver_of(session);
    struct statement *surplus = statement_cache_surplus(&session->cache);
    if (surplus != NULL) {
        drop_statement(session, surplus);
    } else if (session->cache.count >= STATEMENT_CACHE_MAX) {
        return fail(error, RESULT_BROKEN, NULL, "%d statements of one session stand on a row",
                    STATEMENT_CACHE_MAX);
    }
    struct statement *statement = NULL;
    TRY(driver->statement_make(session, sql, &statement, error));
    enum result result = driver->statement_ready(statement, error);
    if (result != RESULT_OK) {
        driver->statement_free(statement);
        return result;
    }
    statement_cache_add(&session->cache, statement);
    *out = statement;
    return RESULT_OK;
}

enum result session_prepare(struct session *session, const char *sql, struct statement **out,
                            struct error *error)
{
    struct statement *statement = statement_cache_find(&session->cache, sql);
    if (statement == NULL) {
        return make_statement(session, sql, out, error);
    }
    statement_reset(statement);
    TRY(driver_of(session)->statement_ready(statement, error));
    *out = statement;
    return RESULT_OK;
}

void statement_bind_int(struct statement *statement, uint32_t index, int64_t value)
{
    driver_of(statement->session)->bind_int(statement, index, value);
}

void statement_bind_text(struct statement *statement, uint32_t index, struct slice value)
{
    if (value.length > 0 && memchr(value.text, '\0', value.length) != NULL) {
        statement->has_nul = true;
        return;
    }
    driver_of(statement->session)->bind_text(statement, index, value);
}

void statement_bind_bytes(struct statement *statement, uint32_t index, struct slice value)
{
    driver_of(statement->session)->bind_bytes(statement, index, value);
}

void statement_bind_null(struct statement *statement, uint32_t index)
{
    driver_of(statement->session)->bind_null(statement, index);
}

static enum result step_fit(const struct statement *statement, struct error *error)
{
    if (statement->misused) {
        return fail(error, RESULT_BROKEN, NULL, "the store failed: a value has no mark");
    }
    if (statement->has_nul) {
        return fail(error, RESULT_INVALID, NULL, "a text must not contain a NUL character");
    }
    if (statement->no_memory) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a value of a statement");
    }
    return RESULT_OK;
}

enum result statement_step(struct statement *statement, bool *out_row, struct error *error)
{
    if (statement->state == STATEMENT_FINISHED) {
        *out_row = false;
        return RESULT_OK;
    }
    TRY(step_fit(statement, error));
    bool row = false;
    enum result result = driver_of(statement->session)->step(statement, &row, error);
    set_state(statement, row ? STATEMENT_RUNNING : STATEMENT_FINISHED);
    if (result == RESULT_OK) {
        *out_row = row;
    }
    return result;
}

void statement_reset(struct statement *statement)
{
    driver_of(statement->session)->statement_reset(statement);
    set_state(statement, STATEMENT_READY);
    statement->misused = false;
    statement->no_memory = false;
    statement->has_nul = false;
}

bool statement_is_null(const struct statement *statement, uint32_t column)
{
    assert(statement->state == STATEMENT_RUNNING);
    return driver_of(statement->session)->is_null(statement, column);
}

int64_t statement_int(const struct statement *statement, uint32_t column)
{
    assert(statement->state == STATEMENT_RUNNING);
    return driver_of(statement->session)->column_int(statement, column);
}

struct slice statement_text(const struct statement *statement, uint32_t column)
{
    assert(statement->state == STATEMENT_RUNNING);
    return driver_of(statement->session)->column_text(statement, column);
}

struct slice statement_bytes(const struct statement *statement, uint32_t column)
{
    assert(statement->state == STATEMENT_RUNNING);
    return driver_of(statement->session)->column_bytes(statement, column);
}

enum result session_limit_reads(struct session *session, uint32_t milliseconds, struct error *error)
{
    return driver_of(session)->limit_reads(session, milliseconds, error);
}

int64_t session_affected(const struct session *session)
{
    return driver_of(session)->affected(session);
}

enum result session_notify(struct session *session, const char *channel, struct slice text,
                           struct error *error)
{
    if (store_dialect(session->store)->one_server) {
        return RESULT_OK;
    }
    return store_run(session, error, "SELECT pg_notify($1, $2)", "ts", channel, text);
}

enum result session_listen(struct session *session, const char *channel, uint32_t timeout_ms,
                           void (*take)(void *context, struct slice text), void *context,
                           struct error *error)
{
    return driver_of(session)->listen(session, channel, timeout_ms, take, context, error);
}
