/* The endpoints' side of the server: /agent/v1 (docs/agent-protocol.md). */
#ifndef AGENT_API_AGENT_API_H
#define AGENT_API_AGENT_API_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/route.h"
#include "resource/computers/computers.h"

extern const struct face agent_face;

#define AGENT_AUDIENCE "reeve-agent"
/* Types of problems that agents act on. */
#define AGENT_PROBLEM_INSTALLATION "urn:reeve:problem:installation"
#define AGENT_PROBLEM_ENROL_AGAIN  "urn:reeve:problem:enrol-again"
#define AGENT_PROBLEM_REJECTED     "urn:reeve:problem:rejected"
#define AGENT_PROBLEM_PENDING      "urn:reeve:problem:pending"

/* What the agents' side keeps in memory: last contacts on their way to the store, stamped policy documents. */
struct agent_services;

enum { CONTACTS_MAX = 262144, CONTACTS_A_WRITE = 4096 };

/* NULL without memory. */
struct agent_services *agent_services_new(void);
void agent_services_free(struct agent_services *services);
/* The store has another state now: what is known of its documents is dropped. */
void agent_services_forget(struct agent_services *services);

/* Hands out up to CONTACTS_A_WRITE contacts that are not in the store yet; the ids live until the next call. 0 when
   there are none. One caller. */
size_t agent_contacts_take(struct agent_services *services, const struct computer_seen **out);
uint64_t agent_contacts_waiting(struct agent_services *services);

#endif
