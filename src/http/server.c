#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"
#include "crypto/digest.h"
#include "http/server_private.h"

/* TLS 1.2 and 1.3 only; the certificate's own algorithm decides the rest. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

enum {
    POOL_BYTES_MIN = 8 * 1024, /* a connection's memory: its head must fit */
    REQUEST_TIMES_IDLE = 10,   /* a whole request may take so many idle time-outs */
    FILES_BESIDE = 256,        /* descriptors beside connections */
};

/* --- one request ---------------------------------------------------------------------------------- */

static const char *refusal_text(int status)
{
    switch (status) {
    case 413: return "the body is larger than this operation takes";
    case 414: return "the request has too many parameters";
    default: return "the server has no room for this body just now";
    }
}

/* The first call: the head is there. */
static enum MHD_Result request_head(struct http_exchange *exchange)
{
    struct http_handler *handler = &exchange->server->settings.handler;
    if (exchange->body_status != 0) {
        answer_refuse(exchange, exchange->body_status, refusal_text(exchange->body_status));
        return answer_queue(exchange);
    }
    if (!handler->head(handler->context, exchange, &exchange->plan)) {
        assert(exchange->answered);
        return answer_queue(exchange);
    }
    if (!body_begin(exchange)) {
        answer_refuse(exchange, exchange->body_status, refusal_text(exchange->body_status));
        return answer_queue(exchange);
    }
    exchange->stage = STAGE_BODY;
    return MHD_YES;
}

/* A body that trickles in must not hold its connection for ever. */
static bool request_is_late(const struct http_exchange *exchange)
{
    int64_t limit_us =
        (int64_t)exchange->server->settings.idle_timeout_s * REQUEST_TIMES_IDLE * US_PER_SECOND;
    return limit_us > 0 && time_monotonic_us() - exchange->started_us > limit_us;
}

static enum MHD_Result request_run(struct http_exchange *exchange)
{
    struct http_handler *handler = &exchange->server->settings.handler;
    if (!body_finish(exchange)) {
        answer_refuse(exchange, exchange->body_status, refusal_text(exchange->body_status));
        return answer_queue(exchange);
    }
    exchange->stage = STAGE_RUN;
    handler->run(handler->context, exchange);
    /* Parked: the exchange may be answered by another thread at this very moment, and belongs to the call
       that follows its resume. */
    return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *bytes, size_t *length, void **state)
{
    (void)version;
    struct http_server *server = context;
    struct http_exchange *exchange = *state;
    if (exchange == NULL) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        bool tls = info != NULL && info->tls_session != NULL;
        exchange = exchange_begin(server, connection, path, method, tls);
        if (exchange == NULL) {
            return MHD_NO;
        }
        *state = exchange;
        return request_head(exchange);
    }
    if (exchange->stage == STAGE_BODY && *length > 0) {
        /* Refused bodies are read to their end and dropped, so that the client sees the answer. */
        (void)body_take(exchange, bytes, *length);
        *length = 0;
        return request_is_late(exchange) ? MHD_NO : MHD_YES;
    }
    if (exchange->stage == STAGE_BODY) {
        /* run() may park and another thread may answer and so end the stage before we look again: what to do
           next is decided by flags read under the lock. */
        enum MHD_Result result = request_run(exchange);
        if (exchange->body_status != 0) {
            return result;
        }
        (void)pthread_mutex_lock(&exchange->lock);
        bool parked = exchange->parked;
        bool answered = exchange->answered;
        (void)pthread_mutex_unlock(&exchange->lock);
        return parked ? MHD_YES : answered ? answer_queue(exchange) : MHD_NO;
    }
    return exchange->answered ? answer_queue(exchange) : MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    struct http_exchange *exchange = *state;
    if (exchange != NULL) {
        *state = NULL;
        exchange_end(exchange);
    }
}

/* --- connections ------------------------------------------------------------------------------------ */

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)state;
    struct http_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        atomic_fetch_sub(&server->connections_now, 1);
        return;
    }
    atomic_fetch_add(&server->connections_now, 1);
    atomic_fetch_add(&server->connections_total, 1);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL) {
        /* A client with Nagle's algorithm waits for our ACK of its handshake before it sends the request. */
        int on = 1;
        (void)setsockopt(info->connect_fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
    }
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (info != NULL && info->tls_session != NULL && server->ticket_key.data != NULL) {
        (void)gnutls_session_ticket_enable_server(info->tls_session, &server->ticket_key);
    }
}

/* The library would print what it dislikes about clients; that belongs to nobody. */
static void PRINTF_LIKE(2, 0) on_log(void *context, const char *format, va_list args)
{
    (void)context;
    (void)format;
    (void)args;
}

/* --- start and stop ---------------------------------------------------------------------------------- */

static enum result socket_open(const struct http_listen *listen_at, int *out, struct error *error)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", listen_at->port);
    int code = getaddrinfo(listen_at->host, port, &hints, &found);
    if (code != 0) {
        return fail(error, RESULT_INVALID, "listen", "cannot listen on %s: %s", listen_at->host,
                    gai_strerror(code));
    }
    int on = 1;
    int file = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool open = file >= 0 && setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                bind(file, found->ai_addr, found->ai_addrlen) == 0 && listen(file, SOMAXCONN) == 0;
    int fault = errno;
    freeaddrinfo(found);
    if (open) {
        *out = file;
        return RESULT_OK;
    }
    if (file >= 0) {
        (void)close(file);
    }
    char reason[128];
    return fail(error, RESULT_BROKEN, "listen", "cannot listen on %s port %u: %s", listen_at->host,
                listen_at->port, strerror_r(fault, reason, sizeof(reason)));
}

static uint16_t socket_port(int file)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    if (getsockname(file, (struct sockaddr *)&address, &length) != 0) {
        return 0;
    }
    if (address.ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, &address, sizeof(in6));
        return ntohs(in6.sin6_port);
    }
    struct sockaddr_in in;
    memcpy(&in, &address, sizeof(in));
    return ntohs(in.sin_port);
}

static void files_raise(const struct http_settings *settings)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        rlim_t wanted = (rlim_t)settings->connections_max + FILES_BESIDE;
        limit.rlim_cur = wanted > limit.rlim_max ? limit.rlim_max : wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static enum result daemon_start(struct http_server *server, size_t index, struct error *error)
{
    const struct http_settings *settings = &server->settings;
    const struct http_listen *listen_at = &settings->listens[index];
    int file = -1;
    TRY(socket_open(listen_at, &file, error));
    server->ports[index] = socket_port(file);
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (listen_at->tls ? (unsigned)MHD_USE_TLS : 0);
    size_t pool = settings->head_bytes_max + POOL_BYTES_MIN;
    struct MHD_OptionItem tls_items[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, server->cert },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, server->key },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
    unsigned share = settings->connections_max / (unsigned)settings->listen_count;
    server->daemons[index] = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, file, MHD_OPTION_THREAD_POOL_SIZE, settings->loops,
        MHD_OPTION_CONNECTION_LIMIT, share, MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool, MHD_OPTION_CONNECTION_MEMORY_INCREMENT,
        (size_t)POOL_BYTES_MIN, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_ARRAY,
        listen_at->tls ? tls_items : none, MHD_OPTION_END);
    if (server->daemons[index] == NULL) {
        (void)close(file);
        return fail(error, RESULT_BROKEN, "listen", "the HTTP server did not start%s",
                    listen_at->tls ? "; do the certificate and the key fit together?" : "");
    }
    server->daemon_count = index + 1;
    return RESULT_OK;
}

static void server_free(struct http_server *server)
{
    for (size_t i = 0; i < LOOPS_MAX; i++) {
        struct http_exchange *exchange = server->free_lists[i].first;
        while (exchange != NULL) {
            struct http_exchange *next = exchange->next_free;
            (void)pthread_mutex_destroy(&exchange->lock);
            arena_free(exchange->arena);
            free(exchange);
            exchange = next;
        }
    }
    if (server->ticket_key.data != NULL) {
        bytes_wipe(server->ticket_key.data, server->ticket_key.size);
        gnutls_free(server->ticket_key.data);
    }
    if (server->key != NULL) {
        bytes_wipe(server->key, strlen(server->key));
    }
    free(server->key);
    free(server->cert);
    free(server);
}

static enum result tls_setup(struct http_server *server, struct error *error)
{
    const struct http_settings *settings = &server->settings;
    if (settings->tls_cert_pem.length == 0) {
        return RESULT_OK;
    }
    server->cert = strndup(settings->tls_cert_pem.text, settings->tls_cert_pem.length);
    server->key = strndup(settings->tls_key_pem.text, settings->tls_key_pem.length);
    if (server->cert == NULL || server->key == NULL ||
        gnutls_session_ticket_key_generate(&server->ticket_key) != GNUTLS_E_SUCCESS) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the TLS keys");
    }
    return RESULT_OK;
}

static enum result daemons_start(struct http_server *server, struct error *error)
{
    TRY(tls_setup(server, error));
    for (size_t i = 0; i < server->settings.listen_count; i++) {
        if (server->settings.listens[i].tls && server->cert == NULL) {
            return fail(error, RESULT_INVALID, "listen", "https needs a certificate and a key");
        }
        TRY(daemon_start(server, i, error));
    }
    return RESULT_OK;
}

enum result http_server_start(const struct http_settings *settings, struct http_server **out,
                              struct error *error)
{
    assert(settings->listen_count > 0 && settings->listen_count <= LISTENS_MAX);
    assert(settings->loops * settings->listen_count <= LOOPS_MAX);

    struct http_server *server = calloc(1, sizeof(*server)); /* program lifetime */
    if (server == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the HTTP server");
    }
    server->settings = *settings;
    files_raise(settings);
    enum result result = daemons_start(server, error);
    if (result != RESULT_OK) {
        http_server_stop(server, 0);
        return result;
    }
    *out = server;
    return RESULT_OK;
}

uint16_t http_server_port(const struct http_server *server, size_t listen_index)
{
    assert(listen_index < server->daemon_count);
    return server->ports[listen_index];
}

uint32_t http_loop_count(const struct http_server *server)
{
    return server->settings.loops * (uint32_t)server->settings.listen_count;
}

enum { STOP_STEP_US = 5000 };

void http_server_stop(struct http_server *server, uint32_t grace_ms)
{
    int listeners[LISTENS_MAX];
    int64_t until_us = time_monotonic_us() + (int64_t)grace_ms * 1000;
    for (size_t i = 0; i < server->daemon_count; i++) {
        listeners[i] = MHD_quiesce_daemon(server->daemons[i]);
    }
    /* Parked calls are somebody else's to answer; the library may not be stopped while there are any. */
    while (atomic_load(&server->parked_now) > 0 && time_monotonic_us() < until_us) {
        (void)usleep(STOP_STEP_US);
    }
    assert(atomic_load(&server->parked_now) == 0 || grace_ms > 0);
    for (size_t i = 0; i < server->daemon_count; i++) {
        MHD_stop_daemon(server->daemons[i]);
        if (listeners[i] != MHD_INVALID_SOCKET) {
            (void)close(listeners[i]);
        }
    }
    server_free(server);
}

void http_server_read_facts(struct http_server *server, struct http_facts *out)
{
    *out = (struct http_facts){
        .connections_now = atomic_load(&server->connections_now),
        .connections_total = atomic_load(&server->connections_total),
        .requests_total = atomic_load(&server->requests_total),
        .bytes_in = atomic_load(&server->bytes_in),
        .bytes_out = atomic_load(&server->bytes_out),
        .parked_now = atomic_load(&server->parked_now),
        .body_bytes_now = atomic_load(&server->body_bytes_now),
    };
}

/* --- addresses ---------------------------------------------------------------------------------------- */

enum result http_listen_parse(const char *text, struct http_listen *out, struct error *error)
{
    struct slice rest = slice_of(text);
    struct http_listen listen_at = { .tls = slice_starts_any_case(rest, "https://") };
    size_t scheme = listen_at.tls ? strlen("https://") : strlen("http://");
    const char *colon = strrchr(text, ':');
    int64_t port = 0;
    if ((!listen_at.tls && !slice_starts_any_case(rest, "http://")) || colon == NULL ||
        (size_t)(colon - text) <= scheme || !slice_int64(slice_of(colon + 1), &port) || port < 0 ||
        port > UINT16_MAX) {
        return fail(error, RESULT_INVALID, "listen",
                    "\"%.100s\" is not an address like https://127.0.0.1:8443", text);
    }
    struct slice host = { text + scheme, (size_t)(colon - text) - scheme };
    if (host.length > 2 && host.text[0] == '[' && host.text[host.length - 1] == ']') {
        host = (struct slice){ host.text + 1, host.length - 2 };
    }
    if (host.length >= sizeof(listen_at.host)) {
        return fail(error, RESULT_INVALID, "listen", "the host name is too long");
    }
    memcpy(listen_at.host, host.text, host.length);
    listen_at.port = (uint16_t)port;
    *out = listen_at;
    return RESULT_OK;
}
