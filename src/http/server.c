#include "http/server.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/time.h"
#include "crypto/digest.h"
#include "http/server_private.h"

/* TLS 1.2 and 1.3 only; the certificate's own algorithm decides the rest. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

enum {
    /* Beside the head a connection's memory holds the parsed lines and the answer's head. */
    POOL_BYTES_BESIDE_HEAD = 8 * 1024,
    POOL_STEP_BYTES = 8 * 1024,
    REQUEST_TIMES_IDLE = 10, /* a whole request may take so many idle time-outs */
    STOP_STEP_US = 2000,
    STOP_SENDING_MS = 200, /* for answers that are under way when grace is over */
};

/* The library would print what it dislikes about clients; that belongs to nobody. */
static void PRINTF_LIKE(2, 0) on_log(void *context, const char *format, va_list args)
{
    (void)context;
    (void)format;
    (void)args;
}

/* Every connection is a descriptor, and the usual soft bound is 1,024. */
static void files_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static enum result daemon_start(struct http_server *server, size_t index, struct error *error)
{
    const struct http_settings *settings = &server->settings;
    const struct http_listen *listen_at = &settings->listens[index];
    int file = -1;
    TRY(listen_open(listen_at, &file, &server->ports[index], error));
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (listen_at->tls ? (unsigned)MHD_USE_TLS : 0);
    struct MHD_OptionItem tls_items[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, server->cert },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, server->key },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
    unsigned share = settings->connections_max / (unsigned)settings->listen_count;
    size_t pool_bytes = settings->head_bytes_max + POOL_BYTES_BESIDE_HEAD;
    server->daemons[index] = MHD_start_daemon(
        flags, 0, NULL, NULL, request_step, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, file, MHD_OPTION_THREAD_POOL_SIZE, settings->loops,
        MHD_OPTION_CONNECTION_LIMIT, share, MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool_bytes, MHD_OPTION_CONNECTION_MEMORY_INCREMENT,
        (size_t)POOL_STEP_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
        head_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, request_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, connection_notify, server, MHD_OPTION_ARRAY,
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
        struct http_exchange *exchange = server->loops[i].free_first;
        while (exchange != NULL) {
            struct http_exchange *next = exchange->next_free;
            exchange_free(exchange);
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
    (void)pthread_mutex_destroy(&server->parked_lock);
    free(server->key);
    free(server->cert);
    free(server->spool_dir);
    free(server);
}

static enum result texts_copy(struct http_server *server, struct error *error)
{
    const struct http_settings *settings = &server->settings;
    struct slice cert = settings->tls_cert_pem;
    struct slice key = settings->tls_key_pem;
    server->spool_dir = settings->spool_dir == NULL ? NULL : strdup(settings->spool_dir);
    server->cert = cert.length == 0 ? NULL : strndup(cert.text, cert.length);
    server->key = key.length == 0 ? NULL : strndup(key.text, key.length);
    bool complete = (settings->spool_dir == NULL || server->spool_dir != NULL) &&
                    (cert.length == 0 || server->cert != NULL) &&
                    (key.length == 0 || server->key != NULL);
    if (!complete) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the HTTP server");
    }
    if (server->cert != NULL &&
        gnutls_session_ticket_key_generate(&server->ticket_key) != GNUTLS_E_SUCCESS) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the TLS ticket key");
    }
    return RESULT_OK;
}

static enum result daemons_start(struct http_server *server, struct error *error)
{
    const struct http_settings *settings = &server->settings;
    TRY(texts_copy(server, error));
    uint32_t limit_s = settings->request_timeout_s != 0
                           ? settings->request_timeout_s
                           : settings->idle_timeout_s * REQUEST_TIMES_IDLE;
    int64_t limit_us = limit_s == 0 ? INT64_MAX : (int64_t)limit_s * US_PER_SECOND;
    TRY(watch_start(&server->watch, limit_us, error));
    for (size_t i = 0; i < settings->listen_count; i++) {
        if (settings->listens[i].tls && (server->cert == NULL || server->key == NULL)) {
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
    assert(settings->loops > 0);
    assert(settings->loops * settings->listen_count <= LOOPS_MAX);
    assert(settings->handler.head != NULL && settings->handler.run != NULL);
    assert(epoll_mended());

    struct http_server *server = aligned_alloc(CACHE_LINE_BYTES, sizeof(*server)); /* program */
    if (server == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the HTTP server");
    }
    memset(server, 0, sizeof(*server));
    server->settings = *settings;
    (void)pthread_mutex_init(&server->parked_lock, NULL);
    files_raise();
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

/* --- stop ----------------------------------------------------------------------------------------- */

static bool exchanges_wait(struct http_server *server, uint32_t wait_ms)
{
    int64_t until_us = time_monotonic_us() + (int64_t)wait_ms * 1000;
    while (atomic_load(&server->exchanges_now) > 0 && time_monotonic_us() < until_us) {
        (void)usleep(STOP_STEP_US);
    }
    return atomic_load(&server->exchanges_now) == 0;
}

/* Nothing may be parked when the library stops. What runs in a loop at this moment may still park, so look
   until nothing does. */
static void parked_end(struct http_server *server)
{
    do {
        parked_abandon_all(server);
        (void)usleep(STOP_STEP_US);
    } while (atomic_load(&server->parked_now) > 0);
}

void http_server_stop(struct http_server *server, uint32_t grace_ms)
{
    int listeners[LISTENS_MAX];
    atomic_store(&server->stopping, true);
    for (size_t i = 0; i < server->daemon_count; i++) {
        listeners[i] = MHD_quiesce_daemon(server->daemons[i]);
    }
    bool quiet = exchanges_wait(server, grace_ms);
    atomic_store(&server->refusing, true);
    if (!quiet) {
        parked_end(server);
        (void)exchanges_wait(server, STOP_SENDING_MS);
        parked_end(server);
    }
    /* Also when all is answered: who resumed the last connection may not be back from it yet. */
    while (atomic_load(&server->parked_now) > 0) {
        (void)usleep(STOP_STEP_US);
    }
    for (size_t i = 0; i < server->daemon_count; i++) {
        MHD_stop_daemon(server->daemons[i]);
        if (listeners[i] != MHD_INVALID_SOCKET) {
            (void)close(listeners[i]);
        }
    }
    watch_stop(&server->watch);
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
