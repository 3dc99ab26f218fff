#include "sudo_log/peer.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_BYTES = 16 * 1024,
    KEEP_BYTES = 64 * 1024, /* an empty buffer that is larger is given back */
    OUT_BYTES_MAX = 64 * 1024,
};

#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static size_t in_bytes_max(const struct peer *peer)
{
    return peer->kind == PEER_SYSLOG ? (size_t)SYSLOG_FRAME_BYTES_MAX
                                     : (size_t)LOGSRV_HEAD_BYTES + LOGSRV_MESSAGE_BYTES_MAX;
}

static bool tls_begin(struct peer *peer, gnutls_certificate_credentials_t credentials)
{
    if (gnutls_init(&peer->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK) != GNUTLS_E_SUCCESS) {
        peer->tls = NULL;
        return false;
    }
    gnutls_transport_set_int(peer->tls, peer->socket);
    gnutls_certificate_server_set_request(peer->tls, peer->certified ? GNUTLS_CERT_REQUIRE
                                                                     : GNUTLS_CERT_IGNORE);
    peer->shaking = true;
    return gnutls_priority_set_direct(peer->tls, TLS_PRIORITIES, NULL) == GNUTLS_E_SUCCESS &&
           gnutls_credentials_set(peer->tls, GNUTLS_CRD_CERTIFICATE, credentials) ==
               GNUTLS_E_SUCCESS;
}

struct peer *peer_open(int socket, enum peer_kind kind,
                       gnutls_certificate_credentials_t credentials, bool certified, int64_t now_us)
{
    struct peer *peer = calloc(1, sizeof(*peer)); /* lives as the connection does */
    if (peer == NULL) {
        (void)close(socket);
        return NULL;
    }
    peer->socket = socket;
    peer->kind = kind;
    peer->certified = certified;
    peer->since_us = now_us;
    buffer_init(&peer->in, in_bytes_max(peer));
    buffer_init(&peer->out, OUT_BYTES_MAX);
    if (credentials != NULL && !tls_begin(peer, credentials)) {
        peer_free(peer);
        return NULL;
    }
    return peer;
}

void peer_free(struct peer *peer)
{
    if (peer == NULL) {
        return;
    }
    if (peer->tls != NULL) {
        if (!peer->shaking && !peer->dead) {
            (void)gnutls_bye(peer->tls, GNUTLS_SHUT_WR);
        }
        gnutls_deinit(peer->tls);
    }
    (void)close(peer->socket);
    buffer_done(&peer->in);
    buffer_done(&peer->out);
    sudo_talk_done(&peer->talk);
    free(peer);
}

/* --- handshake -------------------------------------------------------------------------------------------------- */

/* The name in its certificate says who the peer is, wherever it connects from. */
static bool name_read(struct peer *peer)
{
    char name[100] = "";
    size_t bytes = sizeof(name);
    unsigned count = 0;
    gnutls_x509_crt_t certificate = NULL;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(peer->tls, &count);
    if (chain == NULL || count == 0 || gnutls_x509_crt_init(&certificate) != GNUTLS_E_SUCCESS) {
        return false;
    }
    bool named =
        gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS &&
        gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name,
                                      &bytes) == GNUTLS_E_SUCCESS;
    gnutls_x509_crt_deinit(certificate);
    if (!named || !slice_is_utf8(slice_of(name)) || name[0] == '\0') {
        return false;
    }
    (void)snprintf(peer->source, sizeof(peer->source), "certificate %s", name);
    return true;
}

static bool certificate_holds(struct peer *peer)
{
    static unsigned char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_typed_vdata_st wanted = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = purpose,
                                     .size = sizeof(purpose) - 1 };
    unsigned status = 0;
    return gnutls_certificate_verify_peers(peer->tls, &wanted, 1, &status) == GNUTLS_E_SUCCESS &&
           status == 0 && name_read(peer);
}

void peer_shake(struct peer *peer)
{
    int code = gnutls_handshake(peer->tls);
    peer->wants_write = false;
    if (code == GNUTLS_E_SUCCESS) {
        peer->shaking = false;
        peer->dead = peer->certified && !certificate_holds(peer);
        if (peer->dead) {
            (void)gnutls_alert_send(peer->tls, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
        }
    } else if (code == GNUTLS_E_AGAIN) {
        peer->wants_write = gnutls_record_get_direction(peer->tls) == 1;
    } else if (gnutls_error_is_fatal(code)) {
        (void)gnutls_alert_send_appropriate(peer->tls, code);
        peer->dead = true;
    }
}

/* --- bytes ------------------------------------------------------------------------------------------------------ */

static ptrdiff_t receive(struct peer *peer, char *out, size_t room)
{
    ptrdiff_t got = 0;
    if (peer->tls != NULL) {
        do {
            got = gnutls_record_recv(peer->tls, out, room);
        } while (got == GNUTLS_E_INTERRUPTED);
        if (got == GNUTLS_E_AGAIN) {
            return -1;
        }
        return got < 0 ? 0 : got; /* without a farewell it ended, too */
    }
    do {
        got = recv(peer->socket, out, room, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN) {
        return -1;
    }
    return got < 0 ? 0 : got;
}

bool peer_read(struct peer *peer, int64_t now_us)
{
    size_t before = peer->in.length;
    ptrdiff_t got = 1;
    while (got > 0 && !peer->ended) {
        size_t room = peer->in.limit - peer->in.length;
        room = room < READ_BYTES ? room : (size_t)READ_BYTES;
        char *place = room == 0 ? NULL : buffer_take(&peer->in, room);
        if (place == NULL) {
            peer->dead = peer->in.overflow; /* without memory */
            break;
        }
        got = receive(peer, place, room);
        peer->in.length -= room - (got > 0 ? (size_t)got : 0);
        peer->ended = got == 0;
    }
    if (peer->in.length > before) {
        peer->since_us = now_us;
    }
    return peer->in.length > before;
}

bool peer_has_more(const struct peer *peer)
{
    return peer->tls != NULL && !peer->shaking && !peer->ended &&
           gnutls_record_check_pending(peer->tls) > 0;
}

void peer_consume(struct peer *peer, size_t bytes)
{
    struct buffer *in = &peer->in;
    if (bytes == 0) {
        return;
    }
    in->length -= bytes;
    memmove(in->bytes, in->bytes + bytes, in->length);
    if (in->length == 0 && in->capacity > KEEP_BYTES) {
        size_t limit = in->limit;
        buffer_done(in);
        buffer_init(in, limit);
    }
}

static ptrdiff_t transmit(struct peer *peer)
{
    ptrdiff_t sent = 0;
    if (peer->tls != NULL) {
        do {
            sent = gnutls_record_send(peer->tls, peer->out.bytes, peer->out.length);
        } while (sent == GNUTLS_E_INTERRUPTED);
        return sent == GNUTLS_E_AGAIN ? 0 : sent;
    }
    do {
        sent = send(peer->socket, peer->out.bytes, peer->out.length, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 && errno == EAGAIN ? 0 : sent;
}

void peer_write(struct peer *peer)
{
    ptrdiff_t sent = 1;
    peer->dead = peer->dead || peer->out.overflow; /* it does not take its answers */
    while (sent > 0 && peer->out.length > 0 && !peer->dead && !peer->shaking) {
        sent = transmit(peer);
        if (sent > 0) {
            peer->out.length -= (size_t)sent;
            memmove(peer->out.bytes, peer->out.bytes + sent, peer->out.length);
        }
        peer->dead = sent < 0;
    }
    if (!peer->shaking) {
        peer->wants_write = peer->out.length > 0;
    }
}
