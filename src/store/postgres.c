#include "store/postgres.h"

#include <errno.h>
#include <poll.h>

#include "base/time.h"

enum {
    SERVER_VERSION_MIN = 140000,
};

static const char session_setup[] = "SET synchronous_commit=on;"
                                    "SET TimeZone='UTC';"
                                    "SET standard_conforming_strings=on;"
                                    "SET bytea_output=hex;"
                                    "SET client_min_messages=warning;"
                                    "SET lock_timeout=10000;"
                                    "SET jit=off;";
/* Like query_only in SQLite: a read session that writes is a mistake of ours. */
static const char read_session_setup[] = "SET default_transaction_read_only=on;";

struct postgres_store {
    struct store base;
    char *place; /* may hold a password */
};

static struct postgres_session *postgres_of(struct session *session)
{
    return (struct postgres_session *)session;
}

static bool is_lost(const struct postgres_session *session)
{
    return PQstatus(session->connection) != CONNECTION_OK;
}

/* What a SQLSTATE (or the start of one) means to our callers. */
struct state_meaning {
    const char *state;
    enum result result;
    const char *text;
};

static const struct state_meaning state_meanings[] = {
    { "40001", RESULT_BUSY, "the store had to break off for another session" },
    { "40P01", RESULT_BUSY, "the store had to break off for another session" },
    { "55P03", RESULT_BUSY, "the store is locked by another session" },
    { "57014", RESULT_BUSY, "the store took too long" },
    { "57P0", RESULT_BUSY, "the store's server is going down or starting" },
    { "53100", RESULT_BUSY, "the disk of the store is full" },
    { "53", RESULT_BUSY, "the store's server is out of resources" },
    { "08", RESULT_BUSY, "the store's server was lost" },
    { "54", RESULT_TOO_LARGE, "a value is larger than the store takes" },
    { "22021", RESULT_INVALID, "a text is not UTF-8" },
};

static enum result fail_by_state(const char *state, const PGresult *answer, struct error *error)
{
    if (strcmp(state, "23505") == 0) {
        return store_refuse(error, REFUSAL_UNIQUE);
    }
    if (strcmp(state, "23503") == 0) {
        return store_refuse(error, REFUSAL_REFERENCE);
    }
    if (strcmp(state, "23514") == 0) {
        return store_refuse(error, REFUSAL_CHECK);
    }
    for (size_t i = 0; i < COUNT_OF(state_meanings); i++) {
        const struct state_meaning *meaning = &state_meanings[i];
        if (strncmp(state, meaning->state, strlen(meaning->state)) == 0) {
            return fail(error, meaning->result, NULL, "%s", meaning->text);
        }
    }
    const char *message = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
    return fail(error, RESULT_BROKEN, NULL, "the store failed: %s (%s)",
                message == NULL ? "no message" : message, state);
}

enum result postgres_fail(const struct postgres_session *session, const PGresult *answer,
                          struct error *error)
{
    if (is_lost(session)) {
        return fail(error, RESULT_BUSY, NULL, "the store's server was lost");
    }
    if (answer == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for an answer of the store");
    }
    const char *state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    return fail_by_state(state == NULL ? "" : state, answer, error);
}

/* Runs a text without values, any number of statements. */
static enum result execute(struct postgres_session *session, const char *sql, struct error *error)
{
    PGresult *answer = PQexec(session->connection, sql);
    ExecStatusType status = PQresultStatus(answer);
    enum result result = RESULT_OK;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
        result = postgres_fail(session, answer, error);
    }
    PQclear(answer);
    return result;
}

/* Notices are not for standard error. */
static void ignore_notice(void *context, const PGresult *notice)
{
    (void)context;
    (void)notice;
}

static enum result cannot_connect(const PGconn *connection, struct error *error)
{
    struct slice message = slice_trim(slice_of(PQerrorMessage(connection)));
    return fail(error, RESULT_BUSY, NULL, "the store's server cannot be reached: %.*s",
                (int)message.length, message.text);
}

static enum result check_server(const PGconn *connection, struct error *error)
{
    if (PQserverVersion(connection) < SERVER_VERSION_MIN) {
        return fail(error, RESULT_BROKEN, NULL, "the store needs PostgreSQL 14 or newer");
    }
    const char *encoding = PQparameterStatus(connection, "server_encoding");
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
        return fail(error, RESULT_BROKEN, NULL, "the store's database must be in UTF8");
    }
    return RESULT_OK;
}

static enum result postgres_limit_reads(struct session *base, uint32_t milliseconds,
                                        struct error *error)
{
    char sql[64];
    (void)snprintf(sql, sizeof(sql), "SET statement_timeout=%u", milliseconds);
    return execute(postgres_of(base), sql, error);
}

/* What every new connection needs before its first use. */
static enum result set_up(struct postgres_session *session, struct error *error)
{
    if (is_lost(session)) {
        return cannot_connect(session->connection, error);
    }
    (void)PQsetNoticeReceiver(session->connection, ignore_notice, NULL);
    session->generation++;
    TRY(check_server(session->connection, error));
    TRY(execute(session, session_setup, error));
    if (session->base.use != SESSION_READ) {
        return RESULT_OK;
    }
    TRY(execute(session, read_session_setup, error));
    return postgres_limit_reads(&session->base, STORE_READ_S_MAX * 1000, error);
}

/* What stands before dbname may be changed by the place's own parameters. */
static PGconn *connect_to(const char *place)
{
    static const char *const names[] = { "fallback_application_name", "connect_timeout",
                                         "tcp_user_timeout",          "dbname",
                                         "client_encoding",           NULL };
    const char *const values[] = { "reeve", "5", "30000", place, "UTF8", NULL };
    return PQconnectdbParams(names, values, 1);
}

static enum result reconnect(struct postgres_session *session, struct error *error)
{
    PQreset(session->connection);
    return set_up(session, error);
}

enum result postgres_be_usable(struct postgres_session *session, struct error *error)
{
    if (!session->transaction) {
        return is_lost(session) ? reconnect(session, error) : RESULT_OK;
    }
    /* Going on would write the rest of a transaction whose start is gone. */
    if (is_lost(session) || PQtransactionStatus(session->connection) == PQTRANS_IDLE) {
        return fail(error, RESULT_BUSY, NULL, "the store's server was lost");
    }
    return RESULT_OK;
}

static void postgres_store_close(struct store *base)
{
    struct postgres_store *store = (struct postgres_store *)base;
    if (store->place != NULL) {
        explicit_bzero(store->place, strlen(store->place));
    }
    free(store->place);
    free(store);
}

static void postgres_session_close(struct session *base)
{
    struct postgres_session *session = postgres_of(base);
    PQfinish(session->connection);
    free(session);
}

static enum result postgres_session_open(struct store *base, enum session_use use,
                                         struct session **out, struct error *error)
{
    const struct postgres_store *store = (const struct postgres_store *)base;
    struct postgres_session *session = calloc(1, sizeof(*session)); /* one of a fixed pool */
    if (session == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a session");
    }
    session->base.store = base;
    session->base.use = use;
    session->connection = connect_to(store->place);
    enum result result = session->connection == NULL
                             ? fail(error, RESULT_NO_MEMORY, NULL, "no room for a session")
                             : set_up(session, error);
    if (result != RESULT_OK) {
        postgres_session_close(&session->base);
        return result;
    }
    *out = &session->base;
    return RESULT_OK;
}

static enum result try_place(struct store *store, struct error *error)
{
    struct session *session = NULL;
    TRY(postgres_session_open(store, SESSION_READ, &session, error));
    session_close(session);
    return RESULT_OK;
}

static enum result postgres_store_open(const char *place, struct store **out, struct error *error)
{
    struct postgres_store *store = calloc(1, sizeof(*store)); /* lives with the program */
    if (store == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a store");
    }
    store->base.driver = &driver_postgres;
    store->place = strdup(place);
    enum result result = store->place == NULL
                             ? fail(error, RESULT_NO_MEMORY, NULL, "no room for a store")
                             : try_place(&store->base, error);
    if (result != RESULT_OK) {
        postgres_store_close(&store->base);
        return result;
    }
    *out = &store->base;
    return RESULT_OK;
}

static enum result postgres_ping(struct session *base, struct error *error)
{
    struct postgres_session *session = postgres_of(base);
    if (!is_lost(session)) {
        enum result result = execute(session, "", error);
        if (result == RESULT_OK || !is_lost(session)) {
            return result;
        }
    }
    return reconnect(session, error);
}

static bool postgres_in_transaction(const struct session *base)
{
    const struct postgres_session *session = (const struct postgres_session *)base;
    return session->transaction && PQtransactionStatus(session->connection) == PQTRANS_INTRANS;
}

static enum result postgres_command(struct session *base, const char *sql, struct error *error)
{
    struct postgres_session *session = postgres_of(base);
    TRY(postgres_be_usable(session, error));
    return execute(session, sql, error);
}

/* A reader sees one moment for all of its statements, as on SQLite. */
static enum result postgres_begin(struct session *base, struct error *error)
{
    struct postgres_session *session = postgres_of(base);
    bool reads = base->use == SESSION_READ;
    TRY(postgres_command(base, reads ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN",
                         error));
    session->transaction = true;
    session->step_kept = false;
    return RESULT_OK;
}

/* The savepoint of a kept step is released together with the next one's start: one journey to the
   server instead of two. */
static enum result postgres_step_begin(struct session *base, struct error *error)
{
    struct postgres_session *session = postgres_of(base);
    const char *sql =
        session->step_kept ? "RELEASE SAVEPOINT step; SAVEPOINT step" : "SAVEPOINT step";
    TRY(postgres_command(base, sql, error));
    session->step_kept = false;
    return RESULT_OK;
}

static enum result postgres_step_keep(struct session *base, struct error *error)
{
    struct postgres_session *session = postgres_of(base);
    TRY(postgres_be_usable(session, error));
    if (!postgres_in_transaction(base)) {
        return fail(error, RESULT_BROKEN, NULL,
                    "the store failed: a statement of the step had failed before");
    }
    session->step_kept = true;
    return RESULT_OK;
}

static void postgres_rollback(struct session *base)
{
    struct postgres_session *session = postgres_of(base);
    session->transaction = false;
    if (!is_lost(session) && PQtransactionStatus(session->connection) != PQTRANS_IDLE) {
        enum result result = execute(session, "ROLLBACK", NULL);
        (void)result; /* it can only fail with the connection, and then the server rolls back */
    }
}

static enum result postgres_commit(struct session *base, struct error *error)
{
    struct postgres_session *session = postgres_of(base);
    TRY(postgres_be_usable(session, error));
    if (!postgres_in_transaction(base)) {
        /* COMMIT would roll back and call that a success. */
        return fail(error, RESULT_BROKEN, NULL,
                    "the store failed: a statement of the transaction had failed before");
    }
    enum result result = execute(session, "COMMIT", error);
    if (result != RESULT_OK && is_lost(session)) {
        result = fail(error, RESULT_BROKEN, NULL,
                      "the store's server was lost during a commit, which may have taken place");
    }
    /* After a refusal the server has ended the transaction itself. */
    session->transaction = false;
    return result;
}

static int64_t postgres_affected(const struct session *session)
{
    return ((const struct postgres_session *)session)->affected;
}

static enum result start_listening(struct postgres_session *session, const char *channel,
                                   struct error *error)
{
    TRY(postgres_be_usable(session, error));
    if (session->listening_generation == session->generation &&
        strcmp(session->listening, channel) == 0) {
        return RESULT_OK;
    }
    if (channel[0] == '\0' || strlen(channel) > CHANNEL_BYTES_MAX || strchr(channel, '"') != NULL) {
        return fail(error, RESULT_BROKEN, NULL, "the store failed: a bad channel name");
    }
    char sql[CHANNEL_BYTES_MAX + 32];
    (void)snprintf(sql, sizeof(sql), "LISTEN \"%s\"", channel);
    TRY(execute(session, sql, error));
    (void)snprintf(session->listening, sizeof(session->listening), "%s", channel);
    session->listening_generation = session->generation;
    return RESULT_OK;
}

/* How many notices of the channel were there. */
static size_t hand_over(struct postgres_session *session,
                        void (*take)(void *context, struct slice text), void *context)
{
    size_t count = 0;
    PGnotify *notice = PQnotifies(session->connection);
    while (notice != NULL) {
        if (strcmp(notice->relname, session->listening) == 0) {
            take(context, slice_of(notice->extra));
            count++;
        }
        PQfreemem(notice);
        notice = PQnotifies(session->connection);
    }
    return count;
}

static enum result postgres_listen(struct session *base, const char *channel, uint32_t timeout_ms,
                                   void (*take)(void *context, struct slice text), void *context,
                                   struct error *error)
{
    struct postgres_session *session = postgres_of(base);
    TRY(start_listening(session, channel, error));
    int64_t end_us = time_monotonic_us() + (int64_t)timeout_ms * 1000;
    while (hand_over(session, take, context) == 0) {
        int64_t left_us = end_us - time_monotonic_us();
        struct pollfd wait = { .fd = PQsocket(session->connection), .events = POLLIN };
        int ready = left_us > 0 ? poll(&wait, 1, (int)(left_us / 1000) + 1) : 0;
        if (ready == 0) {
            return RESULT_OK;
        }
        if (ready < 0 && errno != EINTR) {
            return fail(error, RESULT_BROKEN, NULL, "the store failed: waiting for a notice");
        }
        if (PQconsumeInput(session->connection) == 0) {
            return fail(error, RESULT_BUSY, NULL, "the store's server was lost");
        }
    }
    return RESULT_OK;
}

const struct driver driver_postgres = {
    .dialect = &dialect_postgres,
    .store_open = postgres_store_open,
    .store_close = postgres_store_close,
    .session_open = postgres_session_open,
    .session_close = postgres_session_close,
    .ping = postgres_ping,
    .in_transaction = postgres_in_transaction,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .step_begin = postgres_step_begin,
    .step_keep = postgres_step_keep,
    .command = postgres_command,
    .script = postgres_command,
    .limit_reads = postgres_limit_reads,
    .affected = postgres_affected,
    .listen = postgres_listen,
    .statement_make = postgres_statement_make,
    .statement_ready = postgres_statement_ready,
    .statement_free = postgres_statement_free,
    .statement_reset = postgres_statement_reset,
    .bind_int = postgres_bind_int,
    .bind_text = postgres_bind_text,
    .bind_bytes = postgres_bind_bytes,
    .bind_null = postgres_bind_null,
    .step = postgres_step,
    .is_null = postgres_is_null,
    .column_int = postgres_column_int,
    .column_text = postgres_column_text,
    .column_bytes = postgres_column_bytes,
};
