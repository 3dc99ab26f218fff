/* What the two halves of the PostgreSQL driver share: postgres.c has stores and sessions,
   postgres_statement.c statements. Private to this folder. */
#ifndef STORE_POSTGRES_H
#define STORE_POSTGRES_H

#include <libpq-fe.h>

#include "store/driver.h"

enum { CHANNEL_BYTES_MAX = 63 }; /* PostgreSQL's bound of a name */

struct postgres_session {
    struct session base;
    PGconn *connection;
    uint64_t generation; /* rises with every new connection; statements of older ones are gone */
    uint64_t statements_made; /* names of statements count on */
    int64_t affected;
    bool step_kept;   /* its savepoint is still there and goes with the next step or the commit */
    bool transaction; /* begun and neither committed nor rolled back by the caller */
    uint64_t listening_generation;
    char listening[CHANNEL_BYTES_MAX + 1];
};

/* Turns an answer (may be NULL) that is not good into a result with a sentence. */
MUST_CHECK enum result postgres_fail(const struct postgres_session *session, const PGresult *answer,
                                     struct error *error);
/* Reconnects a lost connection when no transaction is lost with it. */
MUST_CHECK enum result postgres_be_usable(struct postgres_session *session, struct error *error);

enum result postgres_statement_make(struct session *session, const char *sql,
                                    struct statement **out, struct error *error);
enum result postgres_statement_ready(struct statement *statement, struct error *error);
void postgres_statement_free(struct statement *statement);
void postgres_statement_reset(struct statement *statement);
void postgres_bind_int(struct statement *statement, uint32_t index, int64_t value);
void postgres_bind_text(struct statement *statement, uint32_t index, struct slice value);
void postgres_bind_bytes(struct statement *statement, uint32_t index, struct slice value);
void postgres_bind_null(struct statement *statement, uint32_t index);
enum result postgres_step(struct statement *statement, bool *out_row, struct error *error);
bool postgres_is_null(const struct statement *statement, uint32_t column);
int64_t postgres_column_int(const struct statement *statement, uint32_t column);
struct slice postgres_column_text(const struct statement *statement, uint32_t column);
struct slice postgres_column_bytes(const struct statement *statement, uint32_t column);

#endif
