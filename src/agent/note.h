/* What the agent did, for people: a log line, and the same in a bounded file that an administrator can fetch. */
#ifndef AGENT_NOTE_H
#define AGENT_NOTE_H

#include "base/compiler.h"
#include "base/log.h"
#include "base/text.h"

#define NOTE_FILE "agent.log"

enum { NOTE_FILE_BYTES_MAX = 1024 * 1024 }; /* then it becomes agent.log.1 */

/* Any thread. A full disk only loses the line. */
void note(const char *state_dir, enum log_level level, const char *format, ...) PRINTF_LIKE(3, 4);

/* The file and what the journal knows of the agent, at most as much as the buffer takes, the newest kept. */
void note_collect(const char *state_dir, struct buffer *out);

#endif
