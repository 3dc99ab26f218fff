/* The SQL functions that views and migrations may use on SQLite: reeve_fold(text), reeve_uuid(),
   reeve_now() and reeve_list(text).
   PostgreSQL gets functions of the same names by migrations. Private to this folder. */
#ifndef STORE_SQLITE_FUNCTION_H
#define STORE_SQLITE_FUNCTION_H

#include <sqlite3.h>

struct arena;

/* `arena` is for short use in each call and must outlive the connection. Gives SQLite's code. */
int sqlite_functions_add(sqlite3 *connection, struct arena *arena);

#endif
