#include <assert.h>

#include "base/time.h"
#include "http/server_private.h"

enum {
    /* A body of this size behind an answer is read and dropped: closing on unread bytes would reset the
       connection, and the client might lose the answer; and a kept connection saves a handshake. Most bodies that are
       too large are not much over the usual megabyte. */
    DRAIN_BYTES_MAX = 4 * 1024 * 1024,
    /* Of a body that turns out too large while it comes: the library can't answer before its end. */
    DROP_BYTES_MAX = 16 * 1024 * 1024,
};

/* Answered before the body was read: now, or after what is left of it. */
static enum MHD_Result request_answer_early(struct http_exchange *exchange)
{
    bool drains = !exchange->is_chunked && !exchange->expects_continue && !exchange->closes &&
                  exchange->content_length > 0 && exchange->content_length <= DRAIN_BYTES_MAX;
    if (!drains) {
        return answer_queue(exchange);
    }
    exchange->stage = STAGE_DRAIN;
    return MHD_YES;
}

static enum MHD_Result request_head(struct http_exchange *exchange)
{
    struct http_handler *handler = &exchange->server->settings.handler;
    if (atomic_load(&exchange->server->refusing)) {
        (void)exchange_refuse(exchange, 503, "the server is stopping");
    }
    if (exchange->refused != 0) {
        answer_refusal(exchange);
        return request_answer_early(exchange);
    }
    if (!handler->head(handler->context, exchange, &exchange->plan)) {
        assert(exchange->answered);
        return request_answer_early(exchange);
    }
    assert(!exchange->answered);
    if (!body_begin(exchange)) {
        answer_refusal(exchange);
        return request_answer_early(exchange);
    }
    exchange->stage = STAGE_BODY;
    return MHD_YES;
}

static enum MHD_Result request_begin(struct http_server *server, struct MHD_Connection *connection,
                                     const char *path, const char *method, void **state)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *client = info == NULL ? NULL : info->socket_context;
    struct http_exchange *exchange =
        client == NULL ? NULL : exchange_begin(server, connection, client);
    if (exchange == NULL) {
        return MHD_NO;
    }
    *state = exchange;
    (void)head_read(exchange, path, method);
    connection_owes(client, exchange->started_us); /* the body, from now on */
    return request_head(exchange);
}

static enum MHD_Result request_bytes(struct http_exchange *exchange, const char *bytes,
                                     size_t length)
{
    atomic_fetch_add(&exchange->server->bytes_in, length);
    if (exchange->stage == STAGE_BODY && exchange->refused == 0 &&
        body_take(exchange, bytes, length)) {
        return MHD_YES;
    }
    exchange->dropped_bytes += length;
    return exchange->dropped_bytes <= DROP_BYTES_MAX ? MHD_YES : MHD_NO;
}

static enum MHD_Result request_run(struct http_exchange *exchange)
{
    struct http_handler *handler = &exchange->server->settings.handler;
    exchange->stage = STAGE_RUN;
    if (exchange->refused == 0 && atomic_load(&exchange->server->refusing)) {
        (void)exchange_refuse(exchange, 503, "the server is stopping");
    }
    if (exchange->refused != 0 || !body_finish(exchange)) {
        answer_refusal(exchange);
        return answer_queue(exchange);
    }
    handler->run(handler->context, exchange);
    /* Only this thread writes `parked`. When it is set, the rest belongs to whoever answers, and to the call
       that follows the resume. */
    if (exchange->parked) {
        return MHD_YES;
    }
    assert(exchange->answered);
    return answer_queue(exchange);
}

enum MHD_Result request_step(void *context, struct MHD_Connection *connection, const char *path,
                             const char *method, const char *version, const char *bytes,
                             size_t *length, void **state)
{
    (void)version;
    struct http_exchange *exchange = *state;
    if (exchange == NULL) {
        return request_begin(context, connection, path, method, state);
    }
    if (*length > 0) {
        size_t taken = *length;
        *length = 0;
        return request_bytes(exchange, bytes, taken);
    }
    switch (exchange->stage) {
    case STAGE_BODY: return request_run(exchange);
    case STAGE_DRAIN: return answer_queue(exchange);
    case STAGE_RUN:
        return exchange->abandoned ? parked_queue_abandoned(exchange) : answer_queue(exchange);
    case STAGE_HEAD:
    default: return MHD_NO;
    }
}

void request_completed(void *context, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    struct http_exchange *exchange = *state;
    if (exchange != NULL) {
        *state = NULL;
        connection_owes(exchange->client, time_monotonic_us()); /* the next request */
        exchange_end(exchange);
    }
}
