#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/server_private.h"

enum {
    STATUS_MIN = 200,
    STATUS_MAX = 599,
    REFUSAL_BYTES_MAX = 256 * 1024,
    CUT_BLOCK_BYTES = 16 * 1024
};

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

const char *http_answer_type(const struct http_exchange *exchange)
{
    return exchange->content_type;
}

struct buffer *http_answer_body(struct http_exchange *exchange)
{
    return &exchange->answer;
}

size_t http_answer_headers(const struct http_exchange *exchange, struct http_pair *out, size_t room)
{
    size_t count = exchange->header_count < room ? exchange->header_count : room;
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct http_pair){ slice_of(exchange->headers[i].name),
                                     slice_of(exchange->headers[i].value) };
    }
    return count;
}

void http_answer_cut(struct http_exchange *exchange, size_t body_bytes)
{
    exchange->cut = true;
    exchange->cut_bytes = body_bytes;
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

/* A body whose head promises more than comes. */
struct cut_body {
    char *bytes;
    size_t length;
};

static ssize_t cut_read(void *context, uint64_t position, char *out, size_t room)
{
    const struct cut_body *body = context;
    if (position >= body->length) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t left = body->length - (size_t)position;
    size_t length = left < room ? left : room;
    memcpy(out, body->bytes + position, length);
    return (ssize_t)length;
}

static void cut_free(void *context)
{
    struct cut_body *body = context;
    free(body->bytes);
    free(body);
}

static struct MHD_Response *response_make_cut(struct http_exchange *exchange)
{
    struct buffer *body = &exchange->answer;
    struct cut_body *cut = malloc(sizeof(*cut)); /* until its response is gone */
    if (cut == NULL) {
        return NULL;
    }
    size_t length = exchange->cut_bytes < body->length ? exchange->cut_bytes : body->length;
    *cut = (struct cut_body){ .bytes = body->bytes, .length = length };
    exchange->answer_bytes = length;
    struct MHD_Response *response =
        MHD_create_response_from_callback(body->length, CUT_BLOCK_BYTES, cut_read, cut, cut_free);
    if (response == NULL) {
        free(cut);
        return NULL;
    }
    *body = (struct buffer){ .limit = body->limit }; /* the response's now */
    return response;
}

static struct MHD_Response *response_make(struct http_exchange *exchange)
{
    struct buffer *body = &exchange->answer;
    if (exchange->streams) {
        return stream_response(exchange);
    }
    exchange->answer_bytes = body->length;
    if (exchange->cut && body->length > 0) {
        return response_make_cut(exchange);
    }
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
    if (exchange->cut && exchange->cut_bytes == 0) {
        return MHD_NO; /* which closes the connection */
    }
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

void answer_set(struct http_exchange *exchange, int status, const char *content_type)
{
    assert(status >= STATUS_MIN && status <= STATUS_MAX);
    assert(content_type == NULL || strlen(content_type) < CONTENT_TYPE_BYTES);

    exchange->status = status;
    exchange->content_type[0] = '\0';
    if (content_type != NULL) {
        memcpy(exchange->content_type, content_type, strlen(content_type) + 1);
    }
    if (exchange->answering != NULL) {
        exchange->answering(exchange->answering_context, exchange);
    }
}

void http_answer(struct http_exchange *exchange, int status, const char *content_type,
                 struct buffer *body)
{
    if (body != NULL) {
        exchange->answer = *body;
        *body = (struct buffer){ .limit = body->limit };
    }
    answer_set(exchange, status, content_type);
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
