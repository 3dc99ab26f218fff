/* The running agent, as its threads share it. Private to this folder. */
#ifndef AGENT_AGENT_PARTS_H
#define AGENT_AGENT_PARTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/agent.h"
#include "agent/conversation.h"
#include "agent/facts.h"
#include "agent/happening.h"
#include "agent/identity.h"
#include "agent/policy_store.h"
#include "agent/spool.h"
#include "base/uuid.h"

#define STATUS_FILE      "status.json"
#define NEXT_KEY_FILE    "next-key.pem"    /* of an enrolment without an answer yet */
#define RENEWED_KEY_FILE "renewed-key.pem" /* of a renewal without an answer yet */
#define SPOOL_FOLDER     "spool"

enum {
    STATE_NAME_BYTES = 32,
    AGENT_ARENA_BYTES = 16 * 1024 * 1024, /* of one round of a thread */
    PROBLEM_BYTES = 512,
};

struct agent {
    const struct agent_run_options *options;
    const char *state_dir;
    struct spool *spool;
    struct uuid run_id;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    bool stopping;
    struct arena *identity_arena;
    struct identity identity; /* texts in identity_arena */
    uint64_t generation;      /* rises with each new computer id */
    struct facts facts;
    struct applied_policy policy;
    char state[STATE_NAME_BYTES]; /* as the server said last; empty: not yet */
    char problem[PROBLEM_BYTES];  /* why there is no contact; empty: there is */
    int64_t contact_us;
    struct conversation *check_in_session, *sender_session; /* for a cancel */
};

/* Sleeps, or wakes early when the agent stops; true when it stops. */
bool agent_wait(struct agent *agent, uint64_t wait_ms);
bool agent_stopping(struct agent *agent);
/* A copy of who the agent is now, in the caller's arena. */
MUST_CHECK enum result agent_identity(struct agent *agent, struct arena *arena,
                                      struct identity *out, uint64_t *out_generation,
                                      struct error *error);
/* Another computer or another key from now on; it was saved already. */
enum identity_change { IDENTITY_SAME_COMPUTER, IDENTITY_NEW_COMPUTER };
MUST_CHECK enum result agent_set_identity(struct agent *agent, const struct identity *identity,
                                          enum identity_change change, struct error *error);
bool agent_authorised(struct agent *agent);
void agent_facts(struct agent *agent, struct facts *out);

/* Queues an event; never waits. `happening` needs no moment. */
void agent_happened(struct agent *agent, struct happening happening);
/* Keeps what `reeve agent status` prints. */
void agent_status_save(struct agent *agent);

/* --- enrolment.c --- */

/* Asks the server to know this computer: `identity` has server and installation, and gets the rest. It is saved before
   this returns PROTOCOL_FINE. Repeating it after a lost answer gives the same computer. */
MUST_CHECK enum protocol_fault enrolment_ask(struct arena *arena, const char *state_dir,
                                             const struct facts *facts, struct identity *identity,
                                             uint32_t *out_retry_after_s, struct error *error);

/* --- commands.c --- */

struct command_round {
    struct agent *agent;
    struct conversation *session;
    struct arena *arena;
    bool report; /* a status with all facts is wanted */
};
/* Does what was asked, once each. Stops at the first call that must be repeated later. */
MUST_CHECK enum protocol_fault commands_do(struct command_round *round,
                                           const struct protocol_news *news,
                                           struct conversation_answer *answer, struct error *error);
/* Also when a renewal was under way as the agent stopped, and when the certificate is nearly over. */
MUST_CHECK enum protocol_fault certificate_renew(struct command_round *round,
                                                 struct conversation_answer *answer,
                                                 struct error *error);

/* --- the threads --- */

void *check_in_main(void *agent);
void *sender_main(void *agent);

#endif
