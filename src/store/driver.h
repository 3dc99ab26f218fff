/* What store.c asks of a database: one table of calls for each, and the parts all drivers share.
   Private to this folder. */
#ifndef STORE_DRIVER_H
#define STORE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "store/dialect.h"
#include "store/statement_cache.h"
#include "store/store.h"

/* How long a session waits for a lock before it answers RESULT_BUSY. */
enum { STORE_LOCK_WAIT_MS = 10000 };

/* The drivers' structs begin with these. */
struct store {
    const struct driver *driver;
};

/* What session_at_commit was given in the present transaction. */
struct session_notes {
    struct buffer bytes;
    size_t step_lengths[SESSION_STEPS_MAX]; /* of `bytes` when each present step began */
    uint32_t steps;
    session_finish *take;
};

struct session {
    struct store *store;
    enum session_use use;
    uint32_t running; /* statements that stand on a row */
    bool closing;
    struct statement_cache cache;
    struct session_notes notes;
};

enum statement_state {
    STATEMENT_READY,   /* takes values, not yet stepped */
    STATEMENT_RUNNING, /* stands on a row */
    STATEMENT_FINISHED /* no more rows until it is reset */
};

struct statement {
    struct session *session;
    char *sql; /* its own copy */
    enum statement_state state;
    bool misused;   /* a value was bound that has no mark in the text */
    bool no_memory; /* a value could not be kept */
    bool has_nul;   /* a text had a NUL character, which PostgreSQL does not store */
    struct statement_link link;
};

struct driver {
    const struct dialect *dialect;
    enum result (*store_open)(const char *place, struct store **out, struct error *error);
    void (*store_close)(struct store *store);
    enum result (*session_open)(struct store *store, enum session_use use, struct session **out,
                                struct error *error);
    void (*session_close)(struct session *session); /* its statements are gone already */
    enum result (*limit_reads)(struct session *session, uint32_t milliseconds, struct error *error);
    enum result (*ping)(struct session *session, struct error *error);
    bool (*in_transaction)(const struct session *session);
    enum result (*begin)(struct session *session, struct error *error);
    enum result (*commit)(struct session *session, struct error *error);
    void (*rollback)(struct session *session); /* also when there is nothing to roll back */
    enum result (*step_begin)(struct session *session, struct error *error);
    enum result (*step_keep)(struct session *session, struct error *error);
    enum result (*command)(struct session *session, const char *sql, struct error *error);
    enum result (*script)(struct session *session, const char *sql, struct error *error);
    int64_t (*affected)(const struct session *session);
    enum result (*listen)(struct session *session, const char *channel, uint32_t timeout_ms,
                          void (*take)(void *context, struct slice text), void *context,
                          struct error *error);

    /* `ready` makes a statement fit for values: reset, values cleared, known to the database. */
    enum result (*statement_make)(struct session *session, const char *sql, struct statement **out,
                                  struct error *error);
    enum result (*statement_ready)(struct statement *statement, struct error *error);
    void (*statement_free)(struct statement *statement);
    void (*statement_reset)(struct statement *statement); /* also clears the values */
    void (*bind_int)(struct statement *statement, uint32_t index, int64_t value);
    void (*bind_text)(struct statement *statement, uint32_t index, struct slice value);
    void (*bind_bytes)(struct statement *statement, uint32_t index, struct slice value);
    void (*bind_null)(struct statement *statement, uint32_t index);
    enum result (*step)(struct statement *statement, bool *out_row, struct error *error);
    bool (*is_null)(const struct statement *statement, uint32_t column);
    int64_t (*column_int)(const struct statement *statement, uint32_t column);
    struct slice (*column_text)(const struct statement *statement, uint32_t column);
    struct slice (*column_bytes)(const struct statement *statement, uint32_t column);
};

extern const struct driver driver_sqlite;
extern const struct driver driver_postgres;

/* One sentence a kind of refusal, the same from every driver. */
enum store_refusal { REFUSAL_UNIQUE, REFUSAL_REFERENCE, REFUSAL_CHECK };
MUST_CHECK enum result store_refuse(struct error *error, enum store_refusal refusal);

#endif
