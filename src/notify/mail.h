/* Mail that leaves from an outbox: written in the transaction of what it tells of, sent later, kept until it is sent. */
#ifndef NOTIFY_MAIL_H
#define NOTIFY_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct arena;
struct ctx;

enum mail_status { MAIL_WAITING, MAIL_SENT, MAIL_GIVEN_UP };

enum {
    MAIL_ATTEMPTS_MAX = 20,
    MAIL_LEASE_S = 120, /* how long a server may take over one mail before another tries it */
    MAIL_RETRY_S_MAX = 4 * 3600,
    MAIL_KEPT_DAYS = 30, /* sent and given up ones */
};

struct mail_order {
    const char *recipient; /* an address */
    const char *subject;   /* ASCII */
    const char *body;      /* UTF-8 with \n */
    const char *user_id;   /* who is told when it fails; or NULL */
};
MUST_CHECK enum result mail_put(struct ctx *ctx, const struct mail_order *order);

struct mail {
    const char *id, *recipient, *subject, *body;
    const char *user_id; /* or NULL */
    int64_t created_us, attempts;
};
/* Takes the mail that has been due for longest; until its lease ends no other server takes it. RESULT_NOT_FOUND: none is
   due. In a write transaction, like the next ones. */
MUST_CHECK enum result mail_take(struct ctx *ctx, struct mail *out);
MUST_CHECK enum result mail_sent(struct ctx *ctx, const char *id);
/* Seconds until the next attempt, doubled each time. 0: no further one. */
int64_t mail_retry_s(int64_t attempts, int64_t first_s);
/* `retry_s` 0: given up. */
MUST_CHECK enum result mail_failed(struct ctx *ctx, const char *id, const char *why,
                                   int64_t retry_s);
/* Tries a waiting or given-up mail again, now. RESULT_NOT_FOUND: none of that id. */
MUST_CHECK enum result mail_retry(struct ctx *ctx, const char *id);
/* Drops old ones that are done, at most `max` of them. */
MUST_CHECK enum result mail_sweep(struct ctx *ctx, uint32_t max);

/* The whole message as SMTP takes it (RFC 5322), lines end with CR LF. False without memory. */
bool mail_write(struct arena *arena, const struct mail *mail, const char *from, struct buffer *out);

#endif
