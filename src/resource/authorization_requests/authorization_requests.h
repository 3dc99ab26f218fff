/* Requests to run an application with rights: a user asks with a reason, somebody decides, the endpoint learns it. */
#ifndef RESOURCE_AUTHORIZATION_REQUESTS_AUTHORIZATION_REQUESTS_H
#define RESOURCE_AUTHORIZATION_REQUESTS_AUTHORIZATION_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"
#include "resource/tickets/tickets.h"

struct json_writer;

extern const struct route authorization_requests_routes[];
extern const size_t authorization_requests_route_count;
extern const struct resource authorization_requests_resource;
extern const struct shape authorization_request_info_shape; /* what was asked for */

enum request_state {
    REQUEST_PENDING,
    REQUEST_APPROVED,
    REQUEST_DENIED,
    REQUEST_USED,    /* an approval for once was used */
    REQUEST_EXPIRED, /* the time of an approval is over */
    REQUEST_LAPSED,  /* nobody decided in time */
    REQUEST_STATES
};
/* What may be asked of a request. */
enum request_ask { ASK_TICKET, ASK_APPROVE, ASK_DENY, ASK_USE, ASK_END, REQUEST_ASKS };

/* What happened, as audits name it. */
enum request_change {
    CHANGE_CREATED,
    CHANGE_TICKET,
    CHANGE_APPROVED,
    CHANGE_DENIED,
    CHANGE_REVOKED,
    CHANGE_USED,
    CHANGE_EXPIRED,
    REQUEST_CHANGES
};
extern const struct names request_change_names;

/* authorization_requests_state.c. False: this has no place in the state. */
bool request_next(enum request_state now, enum request_ask ask, enum request_state *out);
enum ticket_decision request_decision(enum request_state state);
enum request_change request_change_of(enum request_state now, enum request_state next);

/* All texts live in ctx->arena. */
struct authorization_request {
    const char *id, *computer_id, *user;
    enum request_state state;
    const char *duration; /* canonical; NULL: not decided */
    const char *decided_by, *message;
    int64_t decision_time_us, start_us, end_us; /* 0: none */
    struct ticket ticket;
};

/* By our id (any spelling), else by the ITSM tool's key, else by the ticket number; the newest when there are several. */
MUST_CHECK enum result authorization_request_find(struct ctx *ctx, struct slice name,
                                                  const char **out_id);
/* The same, but RESULT_CONFLICT when the key or number names several: a decision must not hit the wrong one. */
MUST_CHECK enum result authorization_request_find_one(struct ctx *ctx, struct slice name,
                                                      const char **out_id);

/* In write transactions, which lock the row. */
MUST_CHECK enum result authorization_request_load(struct ctx *ctx, const char *id,
                                                  struct authorization_request *out);

struct authorization_order {
    const char *id; /* the asker's, so that a repetition is the same request */
    const char *computer_id, *computer_name;
    const char *group_id; /* or NULL */
    struct slice user;
    struct slice reason;
    const struct json *info; /* members of authorization_request_info_shape, or NULL */
};
/* A repeated id, and another request of the user for the application on this computer while one waits or holds, give the
   one that is there. RESULT_LIMITED past REQUESTS_OPEN_MAX; RESULT_CONFLICT when the id is another computer's. */
MUST_CHECK enum result authorization_request_open(struct ctx *ctx,
                                                  const struct authorization_order *order,
                                                  struct authorization_request *out);

/* What an ITSM tool or an operator says. */
struct authorization_notice {
    enum ticket_decision decision;
    struct ticket ticket;
    /* With a decision only: */
    const char *duration; /* canonical */
    int64_t end_us;       /* 0: none */
    const char *decided_by, *message;
    int64_t decision_time_us;
    const char *correlation_id;
};
/* Said twice, it changes nothing. A pending notice after a decision brings its ticket only. RESULT_CONFLICT when the state
   forbids it. *request becomes what it is now. */
MUST_CHECK enum result authorization_request_notice(struct ctx *ctx,
                                                    struct authorization_request *request,
                                                    const struct authorization_notice *notice);
/* The endpoint used the approval: one for once is used up. Again: nothing. */
MUST_CHECK enum result authorization_request_use(struct ctx *ctx,
                                                 struct authorization_request *request);
/* For tickets/tickets.h: what agents hear of these requests, and what becomes of them in time. */
extern const struct request_kind authorization_request_kind;

#endif
