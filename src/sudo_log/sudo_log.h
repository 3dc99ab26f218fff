/* Hosts that run no agent: what sudo says there comes by syslog, by the protocol of sudo_logsrvd, or from its files, and
   becomes events of computers that appear by themselves (docs/sudo.md). */
#ifndef SUDO_LOG_SUDO_LOG_H
#define SUDO_LOG_SUDO_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct rules;
struct server_keys;
struct session;
struct store;
struct writer;
struct ctx;

enum {
    SUDO_PENDING_MAX = 10000, /* computers that wait for their authorisation, of all sources */
    SUDO_SEEN_DAYS = 400,     /* how long a repetition is known as one */
};

/* What became of a record. */
enum sudo_outcome {
    SUDO_STORED,
    SUDO_REPEATED,         /* it was stored before */
    SUDO_REFUSED_REJECTED, /* its computer was rejected */
    SUDO_REFUSED_ARCHIVED, /* … is archived or deactivated */
    SUDO_REFUSED_AGENT,    /* … has an agent, which tells the same */
    SUDO_REFUSED_HOSTS,    /* its source may bring no more hosts */
    SUDO_UNREADABLE,       /* no record that we know, or no host */
    SUDO_OUTCOMES
};
/* For metrics and messages: "stored", "rejected". */
const char *sudo_outcome_name(enum sudo_outcome outcome);

/* Where records are stored. */
struct sudo_place {
    struct store *store;
    struct writer *writer;
    const struct rules *rules;
    const struct server_keys *keys;
    uint32_t hosts_max; /* that one source may bring */
    bool past;          /* what is stored is of old: the computers are not connected for it */
};

/* --- the server ------------------------------------------------------------------------------------------------- */

struct address_range;
struct sudo_listen;
struct sudo_log;
struct buffer;

enum { SUDO_LISTENS_MAX = 8, SUDO_ALLOW_MAX = 32 };

struct sudo_log_settings {
    struct sudo_place place;
    const struct sudo_listen *syslog_listens, *sudo_listens;
    size_t syslog_listen_count, sudo_listen_count;
    const struct address_range *allow; /* none: this machine, or whoever has a certificate */
    size_t allow_count;
    const char
        *client_ca_file; /* whoever connects with TLS needs a certificate of it; NULL: needs none */
    struct slice tls_cert_pem, tls_key_pem;
};
/* Takes what is sent until sudo_log_stop. Texts and the place must live as long. RESULT_INVALID: a listen that everybody could
   use. */
MUST_CHECK enum result sudo_log_start(const struct sudo_log_settings *settings,
                                      struct sudo_log **out, struct error *error);
/* Stores what has come, then ends. The writer must still run. NULL is fine. */
void sudo_log_stop(struct sudo_log *log);
/* Prometheus text. Any thread. */
void sudo_log_write_metrics(struct sudo_log *log, struct buffer *out);

/* Records that are older than SUDO_SEEN_DAYS are forgotten, at most `max`; in a write transaction. */
MUST_CHECK enum result sudo_seen_sweep(struct ctx *ctx, uint32_t max);

#endif
