/* A program whose output the agent reads: journalctl. */
#ifndef AGENT_CHILD_H
#define AGENT_CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include "base/result.h"
#include "base/text.h"

struct child {
    pid_t pid; /* 0: none */
    int output;
};

/* Looked up in PATH; its errors go nowhere. The output does not block when `output_blocks` is 0. */
enum child_output { CHILD_OUTPUT_WAITS, CHILD_OUTPUT_NEVER_WAITS };
MUST_CHECK enum result child_start(const char *const *arguments, enum child_output output,
                                   struct child *out, struct error *error);
/* Kills it when it still runs. */
void child_end(struct child *child);

/* All it prints within `timeout_ms`, up to the buffer's bound. */
void child_collect(const char *const *arguments, uint32_t timeout_ms, struct buffer *out);

#endif
