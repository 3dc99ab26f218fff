/* The agent's folder: small files that are replaced whole or not at all, whenever the machine stops. */
#ifndef AGENT_STATE_DIR_H
#define AGENT_STATE_DIR_H

#include <stddef.h>

#include "base/result.h"
#include "base/text.h"

struct arena;

#define STATE_DIR_USUAL "/var/lib/reeve-agent"

enum { STATE_FILE_BYTES_MAX = 1024 * 1024 };

/* Makes it when it is not there (0700) and takes other people's rights away. */
MUST_CHECK enum result state_dir_make(const char *dir, struct error *error);

/* The folder is the caller's until it closes `*out` or ends; RESULT_CONFLICT while it is another's: two agents would number
   the same events. */
MUST_CHECK enum result state_dir_lock(const char *dir, int *out, struct error *error);

/* `name` may stand in a folder below ("policy/current.json"); the file gets 0600. A new file, synced, renamed over the old
   one, the folder synced. RESULT_BUSY when the disk is full: the old file is as it was. */
MUST_CHECK enum result state_write(const char *dir, const char *name, struct slice bytes,
                                   struct error *error);
/* RESULT_NOT_FOUND when there is none; RESULT_TOO_LARGE over `bytes_max`. */
MUST_CHECK enum result state_read(struct arena *arena, const char *dir, const char *name,
                                  size_t bytes_max, struct slice *out, struct error *error);
/* Gone, or never was. */
void state_remove(const char *dir, const char *name);

#endif
