/* What the two halves of the SQLite driver share: sqlite.c has stores and sessions,
   sqlite_statement.c statements. Private to this folder. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>

#include "store/driver.h"

struct sqlite_session {
    struct session base;
    sqlite3 *connection;
    struct arena *arena;   /* of its SQL functions */
    int64_t long_since_us; /* when the present step was first seen to take long; 0: not yet */
    int64_t longest_us;
};

/* Turns SQLite's code into a result with a sentence. */
MUST_CHECK enum result sqlite_fail(sqlite3 *connection, int code, struct error *error);

enum result sqlite_statement_make(struct session *session, const char *sql, struct statement **out,
                                  struct error *error);
enum result sqlite_statement_ready(struct statement *statement, struct error *error);
void sqlite_statement_free(struct statement *statement);
void sqlite_statement_reset(struct statement *statement);
void sqlite_bind_int(struct statement *statement, uint32_t index, int64_t value);
void sqlite_bind_text(struct statement *statement, uint32_t index, struct slice value);
void sqlite_bind_bytes(struct statement *statement, uint32_t index, struct slice value);
void sqlite_bind_null(struct statement *statement, uint32_t index);
enum result sqlite_step(struct statement *statement, bool *out_row, struct error *error);
bool sqlite_is_null(const struct statement *statement, uint32_t column);
int64_t sqlite_column_int(const struct statement *statement, uint32_t column);
struct slice sqlite_column_text(const struct statement *statement, uint32_t column);
struct slice sqlite_column_bytes(const struct statement *statement, uint32_t column);

#endif
