/* The store: sessions and statements over SQLite or PostgreSQL. Knows SQL texts, not resources. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct store;     /* an opened database; any thread */
struct session;   /* one connection; one thread at a time */
struct statement; /* prepared, cached by its text in its session, which owns it */
struct dialect;   /* store/dialect.h */

/* `place` is a PostgreSQL URI (postgresql://…), or the path of a SQLite file, made when absent (mode
   0600). ":memory:" is a SQLite store that all sessions share and that ends with the store. */
MUST_CHECK enum result store_open(const char *place, struct store **out, struct error *error);
void store_close(struct store *store);
const struct dialect *store_dialect(const struct store *store);

enum session_use { SESSION_READ, SESSION_WRITE };

MUST_CHECK enum result session_open(struct store *store, enum session_use use, struct session **out,
                                    struct error *error);
void session_close(struct session *session);
struct store *session_store(const struct session *session);
/* The longest that a statement of a read session may work for its first or next row, instead of STORE_READ_S_MAX
   seconds: then it ends with RESULT_BUSY. */
enum { STORE_READ_S_MAX = 60 };
MUST_CHECK enum result session_limit_reads(struct session *session, uint32_t milliseconds,
                                           struct error *error);
/* Is the database there? PostgreSQL: reconnects a lost connection (its statements are prepared anew). */
MUST_CHECK enum result session_ping(struct session *session, struct error *error);

/* Outside begin/commit each statement is its own transaction. On SQLite a writer's begin takes the
   write lock at once. A commit that returns RESULT_OK is on the disk; RESULT_BROKEN may mean that nobody
   knows (the connection broke meanwhile). Begin, commit and rollback end every statement that still stands
   on a row. On PostgreSQL a failed statement spoils its transaction (or step): nothing but undo or rollback
   works after it, so look before you insert, or use ON CONFLICT. */
MUST_CHECK enum result session_begin(struct session *session, struct error *error);
MUST_CHECK enum result session_commit(struct session *session, struct error *error);
void session_rollback(struct session *session);
/* A transaction is open and can go on: neither lost, nor ended by the database, nor spoilt. */
bool session_in_transaction(const struct session *session);
/* Until the transaction ends, PostgreSQL plans statements for the sizes that tables have now, and goes by keys. Without it a plan that
   was made and kept while a table was small reads all of it again and again, and so does a new one while the rows have not been
   counted anew. For work on many rows; on SQLite it does nothing. */
MUST_CHECK enum result session_plan_anew(struct session *session, struct error *error);
/* A nested step that can be undone alone (a savepoint), and a step inside of one; keep and undo end the inner one. */
enum { SESSION_STEPS_MAX = 2 };
MUST_CHECK enum result session_step_begin(struct session *session, struct error *error);
MUST_CHECK enum result session_step_keep(struct session *session, struct error *error);
void session_step_undo(struct session *session);

/* Bytes for what has to be done last and once a transaction: `take` gets all of them in their order right before
   the commit, inside the transaction; when it fails, the commit does. What a step has added goes when the step is
   undone. One `take` a transaction. RESULT_BUSY past SESSION_NOTES_BYTES_MAX, RESULT_BROKEN outside a transaction. */
typedef enum result session_finish(struct session *session, struct slice bytes,
                                   struct error *error);
enum { SESSION_NOTES_BYTES_MAX = 64 * 1024 * 1024 };
MUST_CHECK enum result session_at_commit(struct session *session, struct slice bytes,
                                         session_finish *take, struct error *error);

/* Several statements in one text, without values; for migrations. */
MUST_CHECK enum result session_run_script(struct session *session, const char *sql,
                                          struct error *error);

/* Marks are $1, $2 … in both databases, each may come several times. The statement is reset and its
   values are cleared. It stays the session's: another session_prepare of the same text gives the same
   one, and it may be dropped after 512 other texts were prepared. */
MUST_CHECK enum result session_prepare(struct session *session, const char *sql,
                                       struct statement **out, struct error *error);
/* Bound text and bytes must live until the statement is stepped to its end or reset. Index from 1. */
void statement_bind_int(struct statement *statement, uint32_t index, int64_t value);
void statement_bind_text(struct statement *statement, uint32_t index, struct slice value);
void statement_bind_bytes(struct statement *statement, uint32_t index, struct slice value);
void statement_bind_null(struct statement *statement, uint32_t index);
/* Runs to the next row: *out_row tells whether there is one. A broken uniqueness rule is
   RESULT_CONFLICT; a broken foreign key RESULT_CONFLICT; a lock or a lost server RESULT_BUSY; a full disk RESULT_BUSY. */
MUST_CHECK enum result statement_step(struct statement *statement, bool *out_row,
                                      struct error *error);
/* Values are cleared too. */
void statement_reset(struct statement *statement);
/* Columns of the present row, from 0; slices live until the next step or reset. */
bool statement_is_null(const struct statement *statement, uint32_t column);
int64_t statement_int(const struct statement *statement, uint32_t column);
struct slice statement_text(const struct statement *statement, uint32_t column);
struct slice statement_bytes(const struct statement *statement, uint32_t column);
/* Rows that the last insert, update or delete of the session changed. */
int64_t session_affected(const struct session *session);

/* The usual cases in one call. `types` has a letter for each value: i int64_t, t const char * (NULL is
   null), s struct slice, b struct slice as bytes, n null without a value. Marks count from $1. */

/* Runs a statement for its effect. */
MUST_CHECK enum result store_run(struct session *session, struct error *error, const char *sql,
                                 const char *types, ...);
/* Steps to the first row and leaves it readable: RESULT_NOT_FOUND without one. The caller resets it. */
MUST_CHECK enum result store_row(struct session *session, struct statement **out,
                                 struct error *error, const char *sql, const char *types, ...);
/* Binds and leaves the statement before its first row. The caller steps and resets it. */
MUST_CHECK enum result store_rows(struct session *session, struct statement **out,
                                  struct error *error, const char *sql, const char *types, ...);
/* First column of the first row as a number; RESULT_NOT_FOUND without a row, 0 for null. */
MUST_CHECK enum result store_int(struct session *session, int64_t *out, struct error *error,
                                 const char *sql, const char *types, ...);

/* PostgreSQL only (SQLite has one server, so both do nothing): tells and hears other servers on the
   same store. A notice leaves with the commit of the transaction it is sent in. */
MUST_CHECK enum result session_notify(struct session *session, const char *channel,
                                      struct slice text, struct error *error);
/* Waits up to timeout_ms on a session of its own for notices of the channel and hands each to `take`. */
MUST_CHECK enum result session_listen(struct session *session, const char *channel,
                                      uint32_t timeout_ms,
                                      void (*take)(void *context, struct slice text), void *context,
                                      struct error *error);

#endif
