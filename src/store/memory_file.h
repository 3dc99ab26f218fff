/* The files of stores in memory, as a file system (VFS) of SQLite. Their content lies in pieces, which copies share until one
   of them is written: so a state is kept, and come back to, without its bytes being copied. Private to this folder. */
#ifndef STORE_MEMORY_FILE_H
#define STORE_MEMORY_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"

extern const char memory_file_system[]; /* the name for `?vfs=` */

/* Makes the file system known to SQLite, once in a process; if it could not, no such file can be opened. A file lives as long
   as a connection to it. */
void memory_file_system_add(void);

/* Is the connection to a file in memory? */
bool memory_file_known(sqlite3 *connection);

struct memory_image; /* the content of a file at a moment */

/* Of a connection to a file in memory. NULL without memory. The caller holds a transaction that reads. */
struct memory_image *memory_image_take(sqlite3 *connection);
/* The content becomes that of the image; every connection sees so at its next transaction. The caller holds a transaction that
   excludes all others, and has changed nothing in it. Gives a code of SQLite. */
MUST_CHECK int memory_image_put(sqlite3 *connection, const struct memory_image *image);
int64_t memory_image_bytes(const struct memory_image *image);
void memory_image_free(struct memory_image *image);

#endif
