#include <assert.h>
#include <string.h>

#include "http/server_private.h"

enum { STATUS_MIN = 200, STATUS_MAX = 599, REFUSAL_BYTES_MAX = 256 * 1024 };

void http_answer_header(struct http_exchange *exchange, const char *name, const char *value)
{
    assert(strpbrk(value, "\r\n") == NULL);
    assert(exchange->header_count < ANSWER_HEADERS_MAX);

    struct answer_header header = { arena_strdup(exchange->arena, name),
                                    arena_strdup(exchange->arena, value) };
    if (header.name != NULL && header.value != NULL) {
        exchange->headers[exchange->header_count++] = header;
    }
}

int http_answer_status(const struct http_exchange *exchange)
{
    return exchange->status;
}

uint64_t http_answer_bytes(const struct http_exchange *exchange)
{
    return exchange->answer_bytes;
}

/* --- leaving ------------------------------------------------------------------------------------- */

static bool has_header(const struct http_exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->header_count; i++) {
        if (slice_is_any_case(slice_of(exchange->headers[i].name), name)) {
            return true;
        }
    }
    return false;
}

static void compress_answer(struct http_exchange *exchange)
{
    if (!gzip_worth(exchange->content_type, exchange->answer.length) ||
        has_header(exchange, "Content-Encoding")) {
        return;
    }
    if (exchange->header_count + 2 > ANSWER_HEADERS_MAX) {
        return;
    }
    http_answer_header(exchange, "Vary", "Accept-Encoding");
    if (gzip_accepted(http_header(exchange, "Accept-Encoding")) && gzip_body(&exchange->answer)) {
        http_answer_header(exchange, "Content-Encoding", "gzip");
    }
}

static struct MHD_Response *response_make(struct http_exchange *exchange)
{
    struct buffer *body = &exchange->answer;
    exchange->answer_bytes = body->length;
    if (body->length == 0) {
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->length, body->bytes, MHD_RESPMEM_MUST_FREE);
    if (response != NULL) {
        body->bytes = NULL; /* the response's now */
        buffer_done(body);
    }
    return response;
}

enum MHD_Result answer_queue(struct http_exchange *exchange)
{
    connection_owes(exchange->client, 0);
    struct MHD_Response *response = response_make(exchange);
    if (response == NULL) {
        return MHD_NO;
    }
    if (exchange->content_type[0] != '\0') {
        (void)MHD_add_response_header(response, "Content-Type", exchange->content_type);
    }
    (void)MHD_add_response_header(response, "X-Request-Id", exchange->request_id);
    for (size_t i = 0; i < exchange->header_count; i++) {
        (void)MHD_add_response_header(response, exchange->headers[i].name,
                                      exchange->headers[i].value);
    }
    if (exchange->closes || atomic_load(&exchange->server->stopping)) {
        (void)MHD_add_response_header(response, "Connection", "close");
    }
    enum MHD_Result result =
        MHD_queue_response(exchange->connection, (unsigned)exchange->status, response);
    MHD_destroy_response(response);
    return result;
}

void http_answer(struct http_exchange *exchange, int status, const char *content_type,
                 struct buffer *body)
{
    assert(status >= STATUS_MIN && status <= STATUS_MAX);
    assert(content_type == NULL || strlen(content_type) < CONTENT_TYPE_BYTES);

    exchange->status = status;
    exchange->content_type[0] = '\0';
    if (content_type != NULL) {
        memcpy(exchange->content_type, content_type, strlen(content_type) + 1);
    }
    if (body != NULL) {
        exchange->answer = *body;
        *body = (struct buffer){ .limit = body->limit };
    }
    compress_answer(exchange);
    if (exchange->parked) {
        parked_answer(exchange);
        return;
    }
    /* Not parked: this is the loop's thread, which looks at `answered` when head() or run() returns. */
    assert(!exchange->answered);
    exchange->answered = true;
}

void answer_refusal(struct http_exchange *exchange)
{
    const struct http_handler *handler = &exchange->server->settings.handler;
    struct buffer body;
    if (handler->refused != NULL && exchange->context != NULL) {
        handler->refused(handler->context, exchange, exchange->refused, exchange->refusal);
        return;
    }
    buffer_init(&body, REFUSAL_BYTES_MAX);
    problem_text(&body, exchange->refused, exchange->refusal, exchange->path, exchange->request_id);
    if (exchange->refused == 503) {
        http_answer_header(exchange, "Retry-After", "1");
    }
    http_answer(exchange, exchange->refused, PROBLEM_TYPE, &body);
}
