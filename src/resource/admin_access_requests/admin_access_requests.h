/* Requests to be an administrator of a computer for a while: asked by a user or on behalf of one, decided, and the session
   that follows, as its endpoint reports it. */
#ifndef RESOURCE_ADMIN_ACCESS_REQUESTS_ADMIN_ACCESS_REQUESTS_H
#define RESOURCE_ADMIN_ACCESS_REQUESTS_ADMIN_ACCESS_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"
#include "resource/tickets/tickets.h"

struct json_writer;

extern const struct route admin_access_requests_routes[];
extern const size_t admin_access_requests_route_count;

enum {
    ADMIN_SESSION_S_MIN = 300,
    ADMIN_SESSION_S_MAX = 86400,
    ADMIN_SESSION_S_USUAL = 3600,
    ADMIN_START_HOURS = 24, /* an approval that no session was started on ends */
    ADMIN_REPORT_GRACE_S =
        300 /* over a session's time, before the server stops to wait for its report */
};

/* The first four are open: one of them a user and computer (an index of the store says so too). */
enum admin_state {
    ADMIN_PENDING,
    ADMIN_APPROVED,  /* not started yet */
    ADMIN_ACTIVE,    /* the endpoint says that the session runs */
    ADMIN_ENDING,    /* denied while it ran; the endpoint has not said yet that it is over */
    ADMIN_DENIED,    /* never approved */
    ADMIN_WITHDRAWN, /* denied after approval, before it was started */
    ADMIN_ENDED,     /* by the user */
    ADMIN_EXPIRED,   /* its time is over, or it was not started in time */
    ADMIN_REVOKED,   /* ended because it was denied */
    ADMIN_LAPSED,    /* nobody decided in time */
    ADMIN_STATES
};
enum admin_ask {
    ADMIN_ASK_APPROVE,
    ADMIN_ASK_DENY,
    ADMIN_ASK_START,
    ADMIN_ASK_END,        /* by the user */
    ADMIN_ASK_END_TIME,   /* the endpoint ended it because its time is over */
    ADMIN_ASK_END_DENIED, /* the endpoint ended it because it was denied */
    ADMIN_ASK_RUN_OUT,    /* the server's clock */
    ADMIN_ASKS
};

enum admin_end_reason { ADMIN_USER_ENDED, ADMIN_TIME_OVER, ADMIN_WAS_REVOKED, ADMIN_LOGOFF };
extern const struct names admin_end_reason_names;

/* admin_access_requests_state.c. False: this has no place in the state. */
bool admin_next(enum admin_state now, enum admin_ask ask, enum admin_state *out);
enum ticket_decision admin_decision(enum admin_state state);

/* All texts live in ctx->arena. */
struct admin_request {
    const char *id, *computer_id;
    const char *user_id, *user_name; /* one of them may be NULL */
    const char *user_key;
    enum admin_state state;
    int64_t created_us;
    int64_t duration_s, approved_s; /* asked; granted (0: not yet) */
    const char *decided_by, *message;
    int64_t decision_time_us;
    int64_t session_start_us, session_end_us; /* 0: not yet */
    int64_t end_reason;                       /* -1: not ended */
    struct ticket ticket;
};
/* In write transactions, which lock the row. */
MUST_CHECK enum result admin_request_load(struct ctx *ctx, const char *id,
                                          struct admin_request *out);

struct admin_order {
    const char *id; /* the asker's, or NULL: a new one */
    const char *computer_id, *computer_name;
    const char *group_id;            /* or NULL */
    struct slice user_id, user_name; /* one of them may be empty */
    struct slice reason;
    int64_t duration_s;
    const struct ticket *ticket; /* NULL: one of our own */
    const char *correlation_id;  /* for the audit, or NULL */
};
/* A repeated id gives the request that is there. RESULT_CONFLICT when the user has another open one on this computer (its id
   is in the message), or the id is another computer's. */
MUST_CHECK enum result admin_request_open(struct ctx *ctx, const struct admin_order *order,
                                          struct admin_request *out);

struct admin_verdict {
    bool approved;
    int64_t duration_s; /* 0: what was asked for, or granted before */
    const char *decided_by, *message;
    int64_t decision_time_us; /* 0: now */
    struct ticket ticket;
    const char *correlation_id;
};
/* Said twice, it changes nothing. RESULT_CONFLICT when the state forbids it. */
MUST_CHECK enum result admin_request_decide(struct ctx *ctx, struct admin_request *request,
                                            const struct admin_verdict *verdict);

/* What the endpoint says of the session; `at_us` is when it was (0: now). Said twice, it changes nothing. */
MUST_CHECK enum result admin_session_started(struct ctx *ctx, struct admin_request *request,
                                             int64_t at_us);
MUST_CHECK enum result admin_session_ended(struct ctx *ctx, struct admin_request *request,
                                           enum admin_end_reason reason, int64_t at_us);
/* For tickets/tickets.h: what agents hear of these requests, and what becomes of them in time. */
extern const struct request_kind admin_request_kind;

#endif
