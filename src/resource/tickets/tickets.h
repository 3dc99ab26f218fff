/* What requests of both kinds have in common: decisions, tickets, who changes them, and that the computer hears of it. */
#ifndef RESOURCE_TICKETS_TICKETS_H
#define RESOURCE_TICKETS_TICKETS_H

#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"

enum ticket_decision { DECISION_PENDING, DECISION_APPROVED, DECISION_DENIED, DECISION_COUNT };
extern const struct names decision_names;

enum ticket_type { TICKET_EPM, TICKET_SERVICE_NOW };
extern const struct names ticket_type_names;

enum {
    TICKET_ID_CHARACTERS_MAX = 256,
    TICKET_URL_CHARACTERS_MAX = 2048,
    TICKET_MESSAGE_CHARACTERS_MAX = 4000,
    TICKET_USER_CHARACTERS_MAX = 256,
    TICKET_REASON_CHARACTERS_MAX = 4000,
    REQUEST_PENDING_DAYS = 30, /* nobody decided: it lapses */
    REQUESTS_OPEN_MAX = 100,   /* of a computer that wait at once */
    REQUESTS_TOLD_MAX = 200,   /* to an agent, of each kind */
};

/* All texts live in ctx->arena. */
struct ticket {
    const char *system_id; /* key in the ITSM tool, or NULL */
    const char *id;        /* number */
    const char *url;       /* or NULL */
    enum ticket_type type;
};
/* The next ticket of our own: EPM000123. */
MUST_CHECK enum result ticket_make(struct ctx *ctx, struct ticket *out);
/* EPM for numbers as we make them. */
enum ticket_type ticket_type_of(struct slice id);
/* The members systemId, ticketId and ticketUrl of the body over what is known; those left out stay. */
MUST_CHECK enum result ticket_from_body(struct ctx *ctx, const struct call *call,
                                        const struct ticket *known, struct ticket *out);
bool ticket_equal(const struct ticket *a, const struct ticket *b);

/* x-correlation-id of the call (printable, cut to 128 bytes) or the request's own id; sent back when it came. */
const char *correlation_of(struct ctx *ctx, const struct call *call, struct reply *reply);

/* The agent of the computer learns that there is something new about its requests. */
MUST_CHECK enum result computer_decisions_changed(struct ctx *ctx, const char *computer_id);

/* A copy for a column or a struct: NULL for an empty text; *failed without memory. */
const char *text_kept(struct ctx *ctx, struct slice text, bool *failed);
bool text_same(const char *a, const char *b); /* NULL-safe */

struct json_writer;
struct statement;

/* Requests as agents hear of them. A member with a moment or a text of a row; null for a null column. */
void tell_moment(struct json_writer *writer, const char *name, const struct statement *row,
                 uint32_t column);
void tell_text(struct json_writer *writer, const char *name, const struct statement *row,
               uint32_t column);
/* What the two kinds of requests do alike, by a table of each. */
struct request_kind {
    const char *table;
    const char *columns; /* that `tell` reads */
    int open_states;     /* states below this one are open; 0 is Pending */
    void (*tell)(const struct statement *row, struct json_writer *writer);
    /* What `due` was set for has come: ends the request unless somebody was before us. */
    enum result (*run_out)(struct ctx *ctx, const char *id);
};
/* The computer's requests for its agent: open ones first, and those of the last day, at most REQUESTS_TOLD_MAX. */
MUST_CHECK enum result requests_tell(struct ctx *ctx, const struct request_kind *kind,
                                     const char *computer_id, struct json_writer *writer);
/* One of them. RESULT_NOT_FOUND, without a text, when the computer has none of that id. */
MUST_CHECK enum result request_tell(struct ctx *ctx, const struct request_kind *kind,
                                    const char *computer_id, const char *id,
                                    struct json_writer *writer, bool *out_pending);
/* Ends what is due, the oldest `max` of them; in a write transaction. */
MUST_CHECK enum result requests_expire(struct ctx *ctx, const struct request_kind *kind,
                                       uint32_t max);

#endif
