#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/time.h"
#include "http/server_private.h"

enum {
    WATCH_PARTS = 8, /* how many looks within one limit */
    WATCH_STEP_US_MIN = 20 * 1000,
    WATCH_STEP_US_MAX = 5 * 1000 * 1000,
    NS_PER_US = 1000,
};

void connection_owes(struct connection *client, int64_t since_us)
{
    atomic_store_explicit(&client->owes_since_us, since_us, memory_order_relaxed);
}

/* --- accept and close ----------------------------------------------------------------------------- */

static void peer_read(struct MHD_Connection *connection, char out[PEER_BYTES])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info == NULL ? NULL : info->client_addr;
    out[0] = '\0';
    if (address != NULL && address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        (void)inet_ntop(AF_INET, &in.sin_addr, out, PEER_BYTES);
    } else if (address != NULL && address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, out, PEER_BYTES);
    }
}

static void watch_add(struct watch *watch, struct connection *client)
{
    (void)pthread_mutex_lock(&watch->lock);
    client->next = watch->first;
    if (client->next != NULL) {
        client->next->previous = client;
    }
    watch->first = client;
    (void)pthread_mutex_unlock(&watch->lock);
}

static void watch_remove(struct watch *watch, struct connection *client)
{
    (void)pthread_mutex_lock(&watch->lock);
    if (client->previous != NULL) {
        client->previous->next = client->next;
    } else {
        watch->first = client->next;
    }
    if (client->next != NULL) {
        client->next->previous = client->previous;
    }
    (void)pthread_mutex_unlock(&watch->lock);
}

static void connection_open(struct http_server *server, struct MHD_Connection *connection,
                            void **state)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *client = calloc(1, sizeof(*client)); /* a slot; their number is bounded */
    if (info == NULL || client == NULL) {
        free(client);
        return; /* its first request is refused */
    }
    client->file = info->connect_fd;
    /* A client with Nagle's algorithm waits for our ACK of its handshake before it sends the request. */
    int on = 1;
    (void)setsockopt(client->file, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    client->tls = info != NULL && info->tls_session != NULL;
    if (client->tls && server->ticket_key.data != NULL) {
        (void)gnutls_session_ticket_enable_server(info->tls_session, &server->ticket_key);
    }
    peer_read(connection, client->peer);
    connection_owes(client, time_monotonic_us());
    watch_add(&server->watch, client);
    *state = client;
}

void connection_notify(void *context, struct MHD_Connection *connection, void **state,
                       enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        atomic_fetch_add(&server->connections_now, 1);
        atomic_fetch_add(&server->connections_total, 1);
        connection_open(server, connection, state);
        return;
    }
    atomic_fetch_sub(&server->connections_now, 1);
    struct connection *client = *state;
    if (client != NULL) {
        *state = NULL;
        watch_remove(&server->watch, client);
        free(client);
    }
}

/* --- the watch -------------------------------------------------------------------------------------- */

/* Shut down, not closed: the descriptor stays the library's, which finds the end of the stream. */
static void watch_look(struct watch *watch, int64_t now_us)
{
    for (struct connection *client = watch->first; client != NULL; client = client->next) {
        int64_t since_us = atomic_load_explicit(&client->owes_since_us, memory_order_relaxed);
        if (since_us != 0 && now_us - since_us > watch->limit_us) {
            (void)shutdown(client->file, SHUT_RDWR);
        }
    }
}

static void *watch_run(void *context)
{
    struct watch *watch = context;
    int64_t step_us = watch->limit_us / WATCH_PARTS;
    step_us = step_us < WATCH_STEP_US_MIN   ? WATCH_STEP_US_MIN
              : step_us > WATCH_STEP_US_MAX ? WATCH_STEP_US_MAX
                                            : step_us;
    (void)pthread_mutex_lock(&watch->lock);
    while (!watch->ending) {
        int64_t now_us = time_monotonic_us();
        watch_look(watch, now_us);
        int64_t until_us = now_us + step_us;
        struct timespec until = { .tv_sec = (time_t)(until_us / US_PER_SECOND),
                                  .tv_nsec = (long)(until_us % US_PER_SECOND) * NS_PER_US };
        (void)pthread_cond_timedwait(&watch->wake, &watch->lock, &until);
    }
    (void)pthread_mutex_unlock(&watch->lock);
    return NULL;
}

enum result watch_start(struct watch *watch, int64_t limit_us, struct error *error)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&watch->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&watch->lock, NULL);
    watch->limit_us = limit_us;
    if (pthread_create(&watch->thread, NULL, watch_run, watch) != 0) {
        (void)pthread_cond_destroy(&watch->wake);
        (void)pthread_mutex_destroy(&watch->lock);
        return fail(error, RESULT_NO_MEMORY, NULL, "no thread for the HTTP server");
    }
    watch->started = true;
    return RESULT_OK;
}

void watch_stop(struct watch *watch)
{
    if (!watch->started) {
        return;
    }
    (void)pthread_mutex_lock(&watch->lock);
    watch->ending = true;
    (void)pthread_cond_signal(&watch->wake);
    (void)pthread_mutex_unlock(&watch->lock);
    (void)pthread_join(watch->thread, NULL);
    (void)pthread_cond_destroy(&watch->wake);
    (void)pthread_mutex_destroy(&watch->lock);
}
