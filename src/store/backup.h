/* A copy of a SQLite store as it is at one moment, taken while others read and write. PostgreSQL has its own tools for that. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"

/* How far it is, in pages of the store; all of them, too, when the copy was checked. False ends it. */
typedef bool store_backup_progress(int64_t done, int64_t all);

/* Writes the file `path` (mode 0600): beside its name first, checked, on the disk, and then in place of what had the name. `source` is the path of
   the store's file; neither it nor its layout is changed, also when it is that of an older program. RESULT_INVALID without a store there, or when
   `path` is the store itself; RESULT_CONFLICT when `progress` (which may be NULL) has ended it: nothing is left behind then. */
MUST_CHECK enum result store_backup(const char *source, const char *path,
                                    store_backup_progress *progress, struct error *error);

#endif
