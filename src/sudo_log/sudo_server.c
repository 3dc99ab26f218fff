#include "sudo_log/sudo_server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"

enum { MESSAGE_ARENA_BYTES = 16 * 1024 * 1024, BACKLOG = 256, WAIT_MS_MAX = 1000 };

/* --- peers ------------------------------------------------------------------------------------------------------ */

static bool is_allowed(const struct sudo_log *log, const struct in6_addr *address)
{
    for (size_t i = 0; i < log->allow_count; i++) {
        if (address_range_has(&log->allow[i], address)) {
            return true;
        }
    }
    return log->allow_count == 0;
}

static bool has_room(const struct sudo_log *log, const char *address)
{
    size_t same = 0;
    for (size_t i = 0; i < log->peer_count; i++) {
        same += strcmp(log->peers[i]->address, address) == 0 ? 1 : 0;
    }
    return log->peer_count < PEERS_MAX && same < PEERS_OF_ADDRESS_MAX;
}

static void socket_prepare(int socket)
{
    const int yes = 1;
    const int idle_s = 120;
    (void)setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
    (void)setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
    (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

static void peer_add(struct sudo_log *log, const struct listener *listener, int socket,
                     const struct in6_addr *address, int64_t mono_us)
{
    bool certified = listener->tls && log->settings.client_ca_file != NULL;
    struct peer *peer = peer_open(socket, listener->kind, listener->tls ? log->credentials : NULL,
                                  certified, mono_us);
    if (peer == NULL) {
        return;
    }
    socket_prepare(socket);
    address_text(address, peer->address);
    (void)snprintf(peer->source, sizeof(peer->source), "%s", peer->address);
    if (!listener->tls && listener->kind == PEER_LOGSRV) {
        logsrv_put_hello(&peer->out);
    }
    log->peers[log->peer_count++] = peer;
    atomic_fetch_add(&log->connections_total, 1);
}

static void connections_take(struct sudo_log *log, const struct listener *listener, int64_t mono_us)
{
    enum { AT_ONCE = 64 };
    for (int i = 0; i < AT_ONCE; i++) {
        struct sockaddr_storage from;
        socklen_t bytes = sizeof(from);
        struct in6_addr address;
        char text[ADDRESS_TEXT_BYTES];
        int socket = accept4(listener->socket, (struct sockaddr *)&from, &bytes,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) {
            return;
        }
        bool known = address_of((struct sockaddr *)&from, &address);
        if (known) {
            address_text(&address, text);
        }
        if (known && is_allowed(log, &address) && has_room(log, text)) {
            peer_add(log, listener, socket, &address, mono_us);
        } else {
            atomic_fetch_add(&log->connections_refused, 1);
            (void)close(socket);
        }
    }
}

static void peers_sweep(struct sudo_log *log)
{
    size_t left = 0;
    for (size_t i = 0; i < log->peer_count; i++) {
        struct peer *peer = log->peers[i];
        bool done = peer->closing && peer->out.length == 0 && !peer->shaking;
        if (peer->dead || done) {
            peer_free(peer);
        } else {
            log->peers[left++] = peer;
        }
    }
    log->peer_count = left;
    atomic_store(&log->connections_now, left);
}

/* How long it may go on as it is; 0: for ever, since a command may run that long, and the system finds dead peers. */
static int64_t patience_us(const struct peer *peer)
{
    if (peer->shaking) {
        return SHAKE_US;
    }
    if (peer->in.length > 0 || peer->closing) {
        return PIECE_US;
    }
    if (peer->kind == PEER_SYSLOG) {
        return SILENCE_US;
    }
    return peer->talk.begun ? 0 : FIRST_US;
}

static void peers_age(struct sudo_log *log, int64_t mono_us)
{
    for (size_t i = 0; i < log->peer_count; i++) {
        struct peer *peer = log->peers[i];
        int64_t most_us = patience_us(peer);
        if (most_us > 0 && mono_us - peer->since_us > most_us) {
            peer->dead = true;
        }
    }
}

/* --- the loop --------------------------------------------------------------------------------------------------- */

static void peer_serve(struct sudo_log *log, struct peer *peer, short events, int64_t mono_us)
{
    if (peer->shaking && events != 0) {
        peer_shake(peer);
        if (peer->dead) {
            atomic_fetch_add(&log->connections_refused, 1);
            log_line(LOG_WARN, "sudo", NULL,
                     "%s was refused: no handshake, or no certificate that"
                     " holds",
                     peer->address);
        } else if (!peer->shaking && peer->kind == PEER_LOGSRV) {
            logsrv_put_hello(&peer->out);
        }
    }
    if (peer->shaking || peer->dead) {
        return;
    }
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 || peer_has_more(peer)) {
        (void)peer_read(peer, mono_us);
    }
    if (peer->in.length > 0 || peer->ended) {
        sudo_intake_read(log, peer, mono_us);
    }
    log->more = log->more || peer_has_more(peer);
}

static size_t bytes_held(const struct sudo_log *log)
{
    size_t bytes = 0;
    for (size_t i = 0; i < log->peer_count; i++) {
        bytes += log->peers[i]->in.capacity;
    }
    return bytes;
}

/* Past the bound nobody is read who would need more memory, until others are done. */
static short events_of(const struct peer *peer, bool memory_full)
{
    bool waits = memory_full && peer->in.length > 0 && peer->in.length == peer->in.capacity;
    short events = waits || peer->ended ? 0 : POLLIN;
    return peer->wants_write ? events | POLLOUT : events;
}

static int wait_ms(const struct sudo_log *log, int64_t mono_us)
{
    int64_t due_us = syslog_reader_due(log->reader);
    if (log->more || due_us <= mono_us) {
        return 0;
    }
    int64_t ms = due_us == INT64_MAX ? WAIT_MS_MAX : (due_us - mono_us) / 1000 + 1;
    return (int)(ms < WAIT_MS_MAX ? ms : WAIT_MS_MAX);
}

static void poll_all(struct sudo_log *log)
{
    size_t count = 0;
    bool memory_full = bytes_held(log) > IN_BYTES_MAX;
    log->polled[count++] = (struct pollfd){ .fd = log->wake[0], .events = POLLIN };
    for (size_t i = 0; i < log->listener_count; i++) {
        log->polled[count++] = (struct pollfd){ .fd = log->listeners[i].socket, .events = POLLIN };
    }
    for (size_t i = 0; i < log->peer_count; i++) {
        log->polled[count++] = (struct pollfd){ .fd = log->peers[i]->socket,
                                                .events = events_of(log->peers[i], memory_full) };
    }
    if (poll(log->polled, count, wait_ms(log, time_monotonic_us())) < 0) {
        for (size_t i = 0; i < count; i++) {
            log->polled[i].revents = 0;
        }
    }
}

static void round_do(struct sudo_log *log)
{
    size_t peers = log->peer_count;
    poll_all(log);
    int64_t mono_us = time_monotonic_us();
    log->more = false;
    const struct pollfd *polled = &log->polled[1 + log->listener_count];
    for (size_t i = 0; i < peers; i++) {
        size_t at = (log->first + i) % peers;
        peer_serve(log, log->peers[at], polled[at].revents, mono_us);
    }
    log->first = peers == 0 ? 0 : (log->first + 1) % peers;
    atomic_fetch_add(&log->outcomes[SUDO_UNREADABLE],
                     syslog_reader_release(log->reader, mono_us, &log->batch));
    sudo_intake_store(log);
    for (size_t i = 0; i < peers; i++) {
        peer_write(log->peers[i]);
    }
    peers_age(log, mono_us);
    peers_sweep(log);
    for (size_t i = 0; i < log->listener_count; i++) {
        if ((log->polled[1 + i].revents & POLLIN) != 0) {
            connections_take(log, &log->listeners[i], mono_us);
        }
    }
}

/* What senders of syslog were told by TCP has come, so the end does not throw it away. They may send for ever. */
static void read_what_came(struct sudo_log *log)
{
    enum { ROUNDS_MAX = 1000 };
    bool came = true;
    for (int round = 0; came && round < ROUNDS_MAX; round++) {
        int64_t mono_us = time_monotonic_us();
        log->more = false;
        came = false;
        for (size_t i = 0; i < log->peer_count; i++) {
            struct peer *peer = log->peers[i];
            if (peer->kind == PEER_SYSLOG && !peer->shaking && !peer->dead && !peer->closing) {
                came = peer_read(peer, mono_us) || came;
                sudo_intake_read(log, peer, mono_us);
            }
        }
        came = came || log->more;
        sudo_intake_store(log);
    }
}

static void *sudo_log_main(void *context)
{
    struct sudo_log *log = context;
    while (!atomic_load(&log->stopping)) {
        round_do(log);
    }
    read_what_came(log);
    do { /* what waited for a piece that will not come */
        atomic_fetch_add(&log->outcomes[SUDO_UNREADABLE],
                         syslog_reader_release(log->reader, INT64_MAX, &log->batch));
        sudo_intake_store(log);
    } while (syslog_reader_due(log->reader) != INT64_MAX);
    return NULL;
}

/* --- start and stop --------------------------------------------------------------------------------------------- */

static enum result listener_open(struct sudo_log *log, const struct sudo_listen *listen_at,
                                 enum peer_kind kind, struct error *error)
{
    const int yes = 1;
    char reason[128];
    struct sockaddr_storage bound;
    socklen_t bytes = sizeof(bound);
    char port[8] = "";
    struct listener *listener = &log->listeners[log->listener_count];
    bool open_to_all = !listen_at->loopback && log->allow_count == 0 &&
                       (!listen_at->tls || log->settings.client_ca_file == NULL);
    if (open_to_all) {
        return fail(error, RESULT_INVALID, "sudo-allow",
                    "%s could be used by everybody: name addresses with --sudo-allow, or for TLS a"
                    " CA with --sudo-client-ca",
                    listen_at->text);
    }
    *listener = (struct listener){ .kind = kind, .tls = listen_at->tls };
    listener->socket =
        socket(listen_at->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->socket < 0) {
        return fail(error, RESULT_BROKEN, NULL, "cannot listen on %s: %s", listen_at->text,
                    strerror_r(errno, reason, sizeof(reason)));
    }
    log->listener_count++;
    (void)setsockopt(listener->socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(listener->socket, (const struct sockaddr *)&listen_at->address,
             listen_at->address_bytes) != 0 ||
        listen(listener->socket, BACKLOG) != 0 ||
        getsockname(listener->socket, (struct sockaddr *)&bound, &bytes) != 0) {
        return fail(error, RESULT_BROKEN, NULL, "cannot listen on %s: %s", listen_at->text,
                    strerror_r(errno, reason, sizeof(reason)));
    }
    (void)snprintf(port, sizeof(port), "%u",
                   (unsigned)ntohs(((const struct sockaddr_in *)(const void *)&bound)->sin_port));
    log_line(LOG_INFO, "sudo", NULL, "taking %s on %s (port %s, %s)",
             kind == PEER_SYSLOG ? "syslog" : "logs of sudo", listen_at->text, port,
             listen_at->tls ? "TLS" : "plain");
    return RESULT_OK;
}

static enum result credentials_load(struct sudo_log *log, struct error *error)
{
    const struct sudo_log_settings *settings = &log->settings;
    struct slice cert = settings->tls_cert_pem;
    struct slice key = settings->tls_key_pem;
    char *cert_copy = strndup(cert.text, cert.length); /* gnutls takes bytes that it could change */
    char *key_copy = strndup(key.text, key.length);
    bool loaded = false;
    if (cert_copy != NULL && key_copy != NULL &&
        gnutls_certificate_allocate_credentials(&log->credentials) == GNUTLS_E_SUCCESS) {
        const gnutls_datum_t cert_pem = { (unsigned char *)cert_copy, (unsigned)cert.length };
        const gnutls_datum_t key_pem = { (unsigned char *)key_copy, (unsigned)key.length };
        loaded = gnutls_certificate_set_x509_key_mem(log->credentials, &cert_pem, &key_pem,
                                                     GNUTLS_X509_FMT_PEM) == GNUTLS_E_SUCCESS;
    }
    if (key_copy != NULL) {
        explicit_bzero(key_copy, key.length);
    }
    free(cert_copy);
    free(key_copy);
    if (!loaded) {
        return fail(error, RESULT_BROKEN, NULL, "the certificate of the server cannot be used");
    }
    if (settings->client_ca_file != NULL &&
        gnutls_certificate_set_x509_trust_file(log->credentials, settings->client_ca_file,
                                               GNUTLS_X509_FMT_PEM) <= 0) {
        return fail(error, RESULT_INVALID, "sudo-client-ca",
                    "--sudo-client-ca must name a file with a certificate (PEM)");
    }
    return RESULT_OK;
}

/* Without a word on who may send, only this machine may; a certificate is such a word. */
static void allow_set(struct sudo_log *log)
{
    const struct sudo_log_settings *settings = &log->settings;
    for (size_t i = 0; i < settings->allow_count && i < SUDO_ALLOW_MAX; i++) {
        log->allow[log->allow_count++] = settings->allow[i];
    }
}

static enum result parts_open(struct sudo_log *log, struct error *error)
{
    const struct sudo_log_settings *settings = &log->settings;
    log->reader = syslog_reader_new();
    log->message_arena = arena_new(MESSAGE_ARENA_BYTES);
    if (log->reader == NULL || log->message_arena == NULL ||
        pipe2(log->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for sudo's records");
    }
    TRY(sudo_batch_init(&log->batch, error));
    TRY(sudo_storing_init(&log->storing, &settings->place, error));
    TRY(credentials_load(log, error));
    allow_set(log);
    for (size_t i = 0; i < settings->syslog_listen_count; i++) {
        TRY(listener_open(log, &settings->syslog_listens[i], PEER_SYSLOG, error));
    }
    for (size_t i = 0; i < settings->sudo_listen_count; i++) {
        TRY(listener_open(log, &settings->sudo_listens[i], PEER_LOGSRV, error));
    }
    log->running = pthread_create(&log->thread, NULL, sudo_log_main, log) == 0;
    return log->running ? RESULT_OK
                        : fail(error, RESULT_NO_MEMORY, NULL, "no thread for sudo's records");
}

enum result sudo_log_start(const struct sudo_log_settings *settings, struct sudo_log **out,
                           struct error *error)
{
    struct sudo_log *log = calloc(1, sizeof(*log)); /* program lifetime */
    if (log == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for sudo's records");
    }
    log->settings = *settings;
    log->wake[0] = -1;
    log->wake[1] = -1;
    enum result result = parts_open(log, error);
    if (result != RESULT_OK) {
        sudo_log_stop(log);
        return result;
    }
    *out = log;
    return RESULT_OK;
}

void sudo_log_stop(struct sudo_log *log)
{
    if (log == NULL) {
        return;
    }
    atomic_store(&log->stopping, true);
    if (log->running) {
        (void)!write(log->wake[1], "", 1);
        (void)pthread_join(log->thread, NULL);
    }
    for (size_t i = 0; i < log->peer_count; i++) {
        peer_free(log->peers[i]);
    }
    for (size_t i = 0; i < log->listener_count; i++) {
        (void)close(log->listeners[i].socket);
    }
    for (size_t i = 0; i < 2; i++) {
        if (log->wake[i] >= 0) {
            (void)close(log->wake[i]);
        }
    }
    if (log->credentials != NULL) {
        gnutls_certificate_free_credentials(log->credentials);
    }
    sudo_storing_done(&log->storing);
    sudo_batch_done(&log->batch);
    syslog_reader_free(log->reader);
    arena_free(log->message_arena);
    free(log);
}

/* --- metrics ---------------------------------------------------------------------------------------------------- */

void sudo_log_write_metrics(struct sudo_log *log, struct buffer *out)
{
    const struct {
        const char *name, *kind, *help;
        const atomic_uint_fast64_t *value;
    } rows[] = {
        { "reeve_sudo_ignored_lines_total", "counter", "Lines of syslog that are not sudo's.",
          &log->ignored },
        { "reeve_sudo_connections", "gauge", "Open connections of hosts without an agent.",
          &log->connections_now },
        { "reeve_sudo_connections_total", "counter", "Connections of hosts without an agent.",
          &log->connections_total },
        { "reeve_sudo_connections_refused_total", "counter",
          "Connections that were not admitted, or one too many.", &log->connections_refused },
        { "reeve_sudo_store_retries_total", "counter",
          "Times that storing sudo's records had to be tried again.", &log->retries },
    };
    buffer_text(out, "# HELP reeve_sudo_records_total What became of sudo's records.\n"
                     "# TYPE reeve_sudo_records_total counter\n");
    for (size_t i = 0; i < SUDO_OUTCOMES; i++) {
        buffer_print(out, "reeve_sudo_records_total{outcome=\"%s\"} %llu\n",
                     sudo_outcome_name((enum sudo_outcome)i),
                     (unsigned long long)atomic_load(&log->outcomes[i]));
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buffer_print(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", rows[i].name, rows[i].help,
                     rows[i].name, rows[i].kind, rows[i].name,
                     (unsigned long long)atomic_load(rows[i].value));
    }
}
