#include <assert.h>
#include <poll.h>
#include <string.h>

#include "http/server_private.h"

/* An answer that comes in pieces. Between two pieces the exchange is parked: its owner has it, its connection sleeps. A piece
   resumes the connection, whose loop sends it and then parks the exchange again. So at each moment one of the two has it, and
   a client that reads slowly holds up nobody but itself. */

enum { BLOCK_BYTES = 32 * 1024 };

void http_stream_begin(struct http_exchange *exchange, int status, const char *content_type)
{
    assert(exchange->parked);
    assert(!exchange->streams);

    exchange->streams = true;
    answer_set(exchange, status, content_type);
}

void http_stream_send(struct http_exchange *exchange, struct buffer *piece, bool last)
{
    assert(exchange->streams);

    buffer_done(&exchange->answer);
    exchange->answer = *piece;
    *piece = (struct buffer){ .limit = piece->limit };
    exchange->piece_sent = 0;
    exchange->is_last_piece = last;
    parked_answer(exchange);
}

bool http_client_left(struct http_exchange *exchange)
{
    bool left = true;
    (void)pthread_mutex_lock(&exchange->lock);
    if (!exchange->abandoned) {
        struct pollfd look = { .fd = exchange->client->file, .events = POLLRDHUP };
        left = poll(&look, 1, 0) > 0;
    }
    (void)pthread_mutex_unlock(&exchange->lock);
    return left;
}

/* The connection has taken the whole piece. */
static void piece_sent(struct http_exchange *exchange)
{
    const struct http_handler *handler = &exchange->server->settings.handler;
    (void)pthread_mutex_lock(&exchange->lock);
    exchange->answered = false;
    (void)pthread_mutex_unlock(&exchange->lock);
    parked_sleep(exchange);
    handler->drained(handler->context, exchange);
}

static ssize_t piece_read(void *context, uint64_t position, char *out, size_t room)
{
    struct http_exchange *exchange = context;
    (void)position;
    if (exchange->abandoned) {
        return MHD_CONTENT_READER_END_OF_STREAM; /* the piece is its owner's to write, even now */
    }
    size_t left = exchange->answer.length - exchange->piece_sent;
    size_t length = left < room ? left : room;
    if (exchange->cut && exchange->answer_bytes + length >= exchange->cut_bytes) {
        length = exchange->cut_bytes - (size_t)exchange->answer_bytes;
        if (length == 0) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
    }
    if (length > 0) {
        memcpy(out, exchange->answer.bytes + exchange->piece_sent, length);
        exchange->piece_sent += length;
        exchange->answer_bytes += length;
        return (ssize_t)length;
    }
    if (exchange->is_last_piece) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    piece_sent(exchange);
    return 0;
}

/* The library sends the last chunk also behind the head that HEAD asks for; as for an old client there are no chunks. */
struct MHD_Response *stream_response(struct http_exchange *exchange)
{
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
                                                                      piece_read, exchange, NULL);
    if (response != NULL && strcmp(exchange->method, "HEAD") == 0) {
        (void)MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    }
    return response;
}
