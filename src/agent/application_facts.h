/* What is known of a program that a user wants to run with rights. Private to this folder. */
#ifndef AGENT_APPLICATION_FACTS_H
#define AGENT_APPLICATION_FACTS_H

#include <stddef.h>

#include "agent_client/protocol.h"
#include "base/result.h"

struct arena;

enum { APPLICATION_FACTS_MAX = 8 };

/* The real path, name and SHA-256 of the file, the command line (may be NULL). RESULT_NOT_FOUND when there is no such
   file; one that may not be read has no SHA-256. */
MUST_CHECK enum result application_facts(struct arena *arena, const char *path,
                                         const char *command_line, struct protocol_fact *out,
                                         size_t *out_count, struct error *error);

#endif
