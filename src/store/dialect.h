/* What differs between the SQL of one database and the next. */
#ifndef STORE_DIALECT_H
#define STORE_DIALECT_H

#include <stdbool.h>

struct dialect {
    const char *name;        /* "sqlite", "postgres"; the mark of its lines in migrations */
    bool one_server;         /* the store belongs to one process, reads are local and quick */
    const char *among_texts; /* behind a column: it is one of the JSON array of texts in $1 */
    const char *
        json_rows; /* in FROM: a row for each value of the JSON array in $1, as the column `value` */
    const char *
        plan_anew; /* until the transaction ends, statements are planned for the sizes that tables have now, and by their keys; or "" */
    const char *
        text_lock; /* keeps the text $1 from other sessions until the transaction ends; "" when begin does it */
    const char *row_lock; /* what ends a SELECT that locks its rows: "" or " FOR UPDATE" */
    const char *
        change_bounds; /* SELECT of two stamps of table change: below the first nothing can be added any more; what is
                   seen now lies below the second */
    const char
        *migration_lock; /* what keeps a second server out of a step; "" when begin does it */
};

extern const struct dialect dialect_sqlite;
extern const struct dialect dialect_postgres;

#endif
