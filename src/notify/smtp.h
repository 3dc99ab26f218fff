/* SMTP over libcurl: one message at a time to a relay. */
#ifndef NOTIFY_SMTP_H
#define NOTIFY_SMTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct smtp; /* one thread at a time, but for smtp_cancel */

enum smtp_tls {
    SMTP_TLS_OFF,
    SMTP_TLS_TRY,     /* STARTTLS when the relay offers it */
    SMTP_TLS_REQUIRE, /* else nothing is sent */
};

struct smtp_settings {
    const char *url;             /* smtp://HOST:PORT or smtps://HOST:PORT */
    const char *from;            /* address */
    const char *user, *password; /* or NULL: no sign-in */
    const char *ca_file;         /* PEM; NULL: the system's */
    enum smtp_tls tls;
};

/* RESULT_INVALID names what does not fit: the URL, the address, a password without TLS. Texts are copied. */
MUST_CHECK enum result smtp_open(const struct smtp_settings *settings, struct smtp **out,
                                 struct error *error);
void smtp_close(struct smtp *smtp);
/* RESULT_BUSY: the relay can't be reached or takes nothing now; RESULT_DENIED: it will never take this message. */
MUST_CHECK enum result smtp_send(struct smtp *smtp, const char *recipient, struct slice message,
                                 struct error *error);
/* Makes a running smtp_send return within a second or so. Any thread. */
void smtp_cancel(struct smtp *smtp);

#endif
