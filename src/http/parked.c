#include <assert.h>

#include "http/server_private.h"

/* A parked exchange is in the hands of another thread while its connection sleeps in the loop. It wakes when
   the owner answers or, when a stop has waited long enough, without its owner: then the connection goes with
   503, and the exchange's memory stays until the owner comes back to answer. */

enum { ABANDONED_BYTES_MAX = 256 * 1024 };

void http_park(struct http_exchange *exchange)
{
    assert(!exchange->parked);
    assert(!exchange->answered);

    exchange->parked = true;
    connection_owes(exchange->client, 0);
    parked_sleep(exchange);
}

void parked_sleep(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;
    atomic_fetch_add(&server->parked_now, 1);
    MHD_suspend_connection(exchange->connection);
    /* Listed only now: what is in the list may be resumed. */
    (void)pthread_mutex_lock(&server->parked_lock);
    exchange->parked_previous = NULL;
    exchange->parked_next = server->parked_first;
    if (exchange->parked_next != NULL) {
        exchange->parked_next->parked_previous = exchange;
    }
    server->parked_first = exchange;
    (void)pthread_mutex_unlock(&server->parked_lock);
}

static void unlist(struct http_server *server, struct http_exchange *exchange)
{
    if (exchange->parked_previous != NULL) {
        exchange->parked_previous->parked_next = exchange->parked_next;
    } else {
        server->parked_first = exchange->parked_next;
    }
    if (exchange->parked_next != NULL) {
        exchange->parked_next->parked_previous = exchange->parked_previous;
    }
}

void parked_answer(struct http_exchange *exchange)
{
    (void)pthread_mutex_lock(&exchange->lock);
    assert(!exchange->answered);
    exchange->answered = true;
    bool abandoned = exchange->abandoned;
    (void)pthread_mutex_unlock(&exchange->lock);
    if (abandoned) {
        exchange_release(exchange); /* the server may be gone already */
        return;
    }
    struct http_server *server = exchange->server;
    (void)pthread_mutex_lock(&server->parked_lock);
    unlist(server, exchange);
    (void)pthread_mutex_unlock(&server->parked_lock);
    MHD_resume_connection(exchange->connection);
    /* The exchange may be gone by now; the server waits for this count before it goes. */
    atomic_fetch_sub(&server->parked_now, 1);
}

void parked_abandon_all(struct http_server *server)
{
    (void)pthread_mutex_lock(&server->parked_lock);
    struct http_exchange *next = NULL;
    for (struct http_exchange *at = server->parked_first; at != NULL; at = next) {
        next = at->parked_next;
        (void)pthread_mutex_lock(&at->lock);
        bool answered = at->answered; /* its owner is about to resume it */
        at->abandoned = !answered;
        (void)pthread_mutex_unlock(&at->lock);
        if (!answered) {
            unlist(server, at);
            MHD_resume_connection(at->connection);
            atomic_fetch_sub(&server->parked_now, 1);
        }
    }
    (void)pthread_mutex_unlock(&server->parked_lock);
}

/* Reads only what its owner does not write. */
enum MHD_Result parked_queue_abandoned(struct http_exchange *exchange)
{
    struct buffer body;
    buffer_init(&body, ABANDONED_BYTES_MAX);
    problem_text(&body, 503, "the server is stopping", exchange->path, exchange->request_id);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.length, body.bytes, MHD_RESPMEM_MUST_COPY);
    buffer_done(&body);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", PROBLEM_TYPE);
    (void)MHD_add_response_header(response, "X-Request-Id", exchange->request_id);
    (void)MHD_add_response_header(response, "Retry-After", "1");
    (void)MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result result = MHD_queue_response(exchange->connection, 503, response);
    MHD_destroy_response(response);
    return result;
}
