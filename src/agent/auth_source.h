/* Where lines about sign-ins come from: a log file, followed over its rotations, or the journal. Goes on where it was. */
#ifndef AGENT_AUTH_SOURCE_H
#define AGENT_AUTH_SOURCE_H

#include <stdint.h>

#include "agent/auth_line.h"
#include "base/result.h"

struct auth_source;

#define AUTH_LOG_USUAL "/var/log/auth.log"

/* `path` NULL: AUTH_LOG_USUAL when it is there, else the journal. The place is kept in `state_dir`. The first time only what
   is new is read. */
MUST_CHECK enum result auth_source_open(const char *state_dir, const char *path,
                                        struct auth_source **out, struct error *error);
void auth_source_close(struct auth_source *source);
/* Becomes readable when there may be lines; -1: look once in a while. */
int auth_source_descriptor(const struct auth_source *source);

/* Hands over what is new, a bounded amount at once, and then remembers the place. */
void auth_source_read(struct auth_source *source, int64_t now_us,
                      void (*take)(void *context, const struct auth_line *line), void *context);

#endif
