/* One connection: bytes in and out without waiting, with or without TLS. Private to this folder. */
#ifndef SUDO_LOG_PEER_H
#define SUDO_LOG_PEER_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>

#include "sudo_log/sudo_talk.h"
#include "sudo_log/syslog_frames.h"

enum peer_kind { PEER_SYSLOG, PEER_LOGSRV };

struct peer {
    int socket;
    gnutls_session_t tls; /* NULL: plain */
    enum peer_kind kind;
    bool shaking;   /* the handshake goes on */
    bool certified; /* it has to show a certificate */
    bool ended;     /* nothing more will come */
    bool closing;   /* ends when all is sent */
    bool dead;
    bool wants_write;
    char address[47];
    char source[128];      /* who it is: its certificate's name, or its address */
    struct buffer in, out; /* what has come and is not looked at; what is not sent */
    int64_t since_us;      /* of the last bytes that came; of the connection, before any */
    struct syslog_frames frames;
    struct sudo_talk talk;
};

/* Takes the socket over; NULL without memory (the socket is closed then). `credentials` NULL: plain. */
struct peer *peer_open(int socket, enum peer_kind kind,
                       gnutls_certificate_credentials_t credentials, bool certified,
                       int64_t now_us);
void peer_free(struct peer *peer);
/* Goes on with the handshake. A refusal makes it dead. */
void peer_shake(struct peer *peer);
/* Takes what is there, up to the room that is left. True when something came. */
bool peer_read(struct peer *peer, int64_t now_us);
/* Bytes that are decrypted already, which poll does not see. */
bool peer_has_more(const struct peer *peer);
/* Drops the first bytes of `in`. */
void peer_consume(struct peer *peer, size_t bytes);
/* Sends what can be sent. */
void peer_write(struct peer *peer);

#endif
