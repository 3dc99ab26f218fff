/* An embedded store belongs to one server: stamps of events and who waits for what are in its memory. Taken before the
   store is opened, so that a newer program does not bring it up to date under an older one that runs. Commands that work
   on the store itself need none. */
#ifndef SERVER_FOLDER_LOCK_H
#define SERVER_FOLDER_LOCK_H

#include "base/result.h"

/* All zero: not held. */
struct folder_lock {
    int file; /* one more than the descriptor */
};

/* Makes the folder (0700) when it is absent. RESULT_CONFLICT names the process that has the lock. The system drops it
   with the process, however that ends. */
MUST_CHECK enum result folder_lock_open(const char *folder, struct folder_lock *out,
                                        struct error *error);
void folder_lock_close(struct folder_lock *lock);

#endif
