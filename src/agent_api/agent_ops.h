/* The operations of the agents' side; private to this folder. */
#ifndef AGENT_API_AGENT_OPS_H
#define AGENT_API_AGENT_OPS_H

#include "agent_api/agent_api.h"
#include "agent_api/services.h"
#include "model/operation.h"

operation_call agent_enrol, agent_token, agent_check_in, agent_status, agent_policy, agent_command,
    agent_events_prepare, agent_events, agent_log, agent_renew, agent_request_application,
    agent_request_admin, agent_request_get, agent_request_outcome;

/* Bearer token of an agent. */
enum result agent_authenticate(struct ctx *ctx, struct slice authorization, struct principal *out);

/* The computer that calls. Deleted: RESULT_UNAUTHENTICATED with the problem enrol-again; rejected: RESULT_DENIED. Notes the
   contact. */
MUST_CHECK enum result agent_load(struct ctx *ctx, struct computer *out);
/* The same, and it must be authorised: RESULT_CONFLICT while it is pending. */
MUST_CHECK enum result agent_load_authorised(struct ctx *ctx, struct computer *out);

/* A client certificate for the key of the request. */
MUST_CHECK enum result agent_certificate(struct ctx *ctx, const char *computer_id,
                                         struct slice csr_pem, struct slice *out_pem);
struct json_writer;
/* Does the agent know less of its requests than there is? Agents that say nothing of them are left alone. */
bool agent_decisions_differ(const struct call *call, const struct computer *computer);
MUST_CHECK enum result agent_decisions_write(struct ctx *ctx, const struct computer *computer,
                                             struct json_writer *writer);
const char *agent_state_name(const struct computer *computer);

#endif
