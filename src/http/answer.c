#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "http/server_private.h"

enum { GZIP_BYTES_MIN = 1024, GZIP_LEVEL = 1, GZIP_WINDOW = 15 + 16 };

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

/* --- gzip ---------------------------------------------------------------------------------------- */

static bool is_compressible(const char *type)
{
    static const char *const words[] = { "json", "text/", "xml", "yaml" };
    for (size_t i = 0; type != NULL && i < COUNT_OF(words); i++) {
        if (strstr(type, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* "gzip" or "*" without q=0 (RFC 9110 section 12.5.3). */
static bool accepts_gzip(const struct http_exchange *exchange)
{
    struct slice rest = http_header(exchange, "Accept-Encoding");
    while (rest.length > 0) {
        struct slice parameters = slice_cut(&rest, ',');
        struct slice coding = slice_trim(slice_cut(&parameters, ';'));
        if (!slice_is_any_case(coding, "gzip") && !slice_is(coding, "*")) {
            continue;
        }
        struct slice q = slice_trim(parameters);
        bool zero = slice_is(q, "q=0") || slice_is(q, "q=0.0") || slice_is(q, "q=0.00") ||
                    slice_is(q, "q=0.000");
        return !zero;
    }
    return false;
}

/* False leaves the body as it is. */
static bool gzip_body(struct buffer *body)
{
    z_stream stream = { .zalloc = Z_NULL };
    if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    uLong bound = deflateBound(&stream, (uLong)body->length);
    char *packed = malloc(bound); /* handed to the transport, which frees it */
    bool done = false;
    if (packed != NULL && body->length <= UINT32_MAX) {
        stream.next_in = (Bytef *)body->bytes;
        stream.avail_in = (uInt)body->length;
        stream.next_out = (Bytef *)packed;
        stream.avail_out = (uInt)bound;
        done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    }
    if (done) {
        free(body->bytes);
        body->bytes = packed;
        body->length = stream.total_out;
        body->capacity = bound;
    } else {
        free(packed);
    }
    (void)deflateEnd(&stream);
    return done;
}

static void compress_answer(struct http_exchange *exchange)
{
    if (exchange->answer.length < GZIP_BYTES_MIN || !is_compressible(exchange->content_type)) {
        return;
    }
    http_answer_header(exchange, "Vary", "Accept-Encoding");
    if (accepts_gzip(exchange) && gzip_body(&exchange->answer)) {
        http_answer_header(exchange, "Content-Encoding", "gzip");
    }
}

/* --- leaving ------------------------------------------------------------------------------------- */

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
    struct MHD_Response *response = response_make(exchange);
    if (response == NULL) {
        return MHD_NO;
    }
    if (exchange->content_type != NULL) {
        (void)MHD_add_response_header(response, "Content-Type", exchange->content_type);
    }
    (void)MHD_add_response_header(response, "X-Request-Id", exchange->request_id);
    for (size_t i = 0; i < exchange->header_count; i++) {
        (void)MHD_add_response_header(response, exchange->headers[i].name,
                                      exchange->headers[i].value);
    }
    enum MHD_Result result =
        MHD_queue_response(exchange->connection, (unsigned)exchange->status, response);
    MHD_destroy_response(response);
    return result;
}

void http_answer(struct http_exchange *exchange, int status, const char *content_type,
                 struct buffer *body)
{
    exchange->status = status;
    exchange->content_type =
        content_type == NULL ? NULL : arena_strdup(exchange->arena, content_type);
    if (body != NULL) {
        exchange->answer = *body;
        *body = (struct buffer){ .limit = body->limit };
    }
    compress_answer(exchange);
    /* The exchange may be gone as soon as it is resumed, so what is needed after is taken before. */
    struct MHD_Connection *connection = exchange->connection;
    struct http_server *server = exchange->server;
    (void)pthread_mutex_lock(&exchange->lock);
    bool parked = exchange->parked;
    exchange->answered = true;
    exchange->stage = STAGE_ANSWERED;
    (void)pthread_mutex_unlock(&exchange->lock);
    if (parked) {
        MHD_resume_connection(connection);
        atomic_fetch_sub(&server->parked_now, 1);
    }
}

void http_park(struct http_exchange *exchange)
{
    (void)pthread_mutex_lock(&exchange->lock);
    assert(!exchange->parked && !exchange->answered);
    exchange->parked = true;
    atomic_fetch_add(&exchange->server->parked_now, 1);
    MHD_suspend_connection(exchange->connection);
    (void)pthread_mutex_unlock(&exchange->lock);
}

static const char *title_of(int status)
{
    switch (status) {
    case 400: return "Bad Request";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    default: return "Service Unavailable";
    }
}

/* The texts are ours and the path is escaped, so no JSON writer is needed at this layer. */
void answer_refuse(struct http_exchange *exchange, int status, const char *detail)
{
    struct buffer body;
    buffer_init(&body, 16 * 1024);
    buffer_print(
        &body,
        "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\",\"instance\":\"",
        title_of(status), status, detail);
    for (const char *at = exchange->path; *at != '\0'; at++) {
        bool plain =
            (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7F && *at != '"' && *at != '\\';
        if (plain) {
            buffer_char(&body, *at);
        } else {
            buffer_print(&body, "%%%02X", (unsigned char)*at);
        }
    }
    buffer_print(&body, "\",\"traceId\":\"%s\"}", exchange->request_id);
    if (status == 503) {
        http_answer_header(exchange, "Retry-After", "1");
    }
    http_answer(exchange, status, "application/problem+json; charset=utf-8", &body);
}
