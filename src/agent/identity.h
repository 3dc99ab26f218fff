/* Who this agent is for which server: one file, replaced whole, so key and certificate never disagree. */
#ifndef AGENT_IDENTITY_H
#define AGENT_IDENTITY_H

#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct arena;

#define IDENTITY_FILE "identity.json"

/* Texts live in the arena they were read into, or with the caller. Absent ones are empty, never NULL. */
struct identity {
    const char *server, *ca_file;
    const char *installation_id, *installation_key, *group_id; /* for enrolling again */
    const char *computer_id;
    struct slice key_pem, certificate_pem, ca_certificate_pem;
    /* The server's number of an event is the spool's number minus this: a new computer starts at 1 again. */
    int64_t sequence_base;
};

/* RESULT_NOT_FOUND: not enrolled. */
MUST_CHECK enum result identity_load(struct arena *arena, const char *dir, struct identity *out,
                                     struct error *error);
MUST_CHECK enum result identity_save(const char *dir, const struct identity *identity,
                                     struct error *error);

/* The key pair of a request whose answer is not here yet: the one in `file`, else a new one that was put there first. */
MUST_CHECK enum result identity_pending_key(struct arena *arena, const char *dir, const char *file,
                                            struct slice *out_key_pem, struct error *error);

#endif
