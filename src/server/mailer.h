/* Sends what lies in the outbox, on a thread of its own: a relay that hangs holds nothing else up. */
#ifndef SERVER_MAILER_H
#define SERVER_MAILER_H

#include <stdint.h>

#include "base/result.h"

struct api;
struct mailer;
struct smtp;
struct store;
struct writer;

struct mailer_settings {
    struct store *store;
    struct writer *writer;
    struct api *api;
    struct smtp *smtp; /* the mailer's from then on, also when it can't start */
    const char *from;  /* lives as long as the mailer */
    uint32_t retry_s;  /* pause after the first failure */
};

MUST_CHECK enum result mailer_start(const struct mailer_settings *settings, struct mailer **out,
                                    struct error *error);
/* Ends the thread, and a message under way; what was not sent is sent after the next start. */
void mailer_free(struct mailer *mailer);

#endif
