/* Calls whose answer goes on for as long as the client stays: the operation runs, its piece is sent, and when the client has it the
   call waits in the hub for more. A call that waits takes a connection and its own memory, no thread. */
#include <stdio.h>

#include "api/exchange.h"
#include "base/arena.h"
#include "base/time.h"

enum {
    RUN_ARENA_BYTES = 64 * 1024 * 1024,
    END_BYTES_MAX = 2048,
    /* A feed that moves all the time would run every stream all the time. Each has ten wakes a second, of which it may save up for
       two seconds; then it looks by the clock. */
    WAKE_US = 100 * 1000,
    WAKES_SAVED_US = 20 * WAKE_US,
};

/* --- waiting ----------------------------------------------------------------------------------------- */

/* The exchange is parked, and ours. */
static void piece_wait(struct exchange *exchange)
{
    struct api *api = exchange->api;
    const struct reply *reply = &exchange->reply;
    int64_t now_us = time_monotonic_us();
    int64_t used_us = exchange->wakes_used_us > now_us ? exchange->wakes_used_us : now_us;
    bool pressed = used_us - now_us > WAKES_SAVED_US;
    uint64_t wakes = pressed ? hub_wakes(api->hub, true) : exchange->wakes_seen;
    if (atomic_load(&api->draining)) {
        stream_end(exchange, RESULT_OK);
        return;
    }
    exchange->hub_entry = (struct hub_entry){
        .computer_id = pressed ? "pause" : reply->wait_feed,
        .feed = true,
        .until_us = now_us + (pressed ? WAKE_US : reply->wait_us),
    };
    exchange->wakes_used_us = used_us + (reply->more || pressed ? 0 : WAKE_US);
    /* From here on it may be on another thread. */
    if (reply->more || !hub_wait(api->hub, &exchange->hub_entry, wakes)) {
        exchange_to_worker(exchange);
    }
}

void stream_drained(void *context, struct http_exchange *http)
{
    (void)context;
    piece_wait(http_get_context(http));
}

/* --- running ----------------------------------------------------------------------------------------- */

static enum result count_in(struct exchange *exchange)
{
    atomic_uint *now = &exchange->api->streams_now;
    if (exchange->counted) {
        return RESULT_OK;
    }
    if (atomic_fetch_add(now, 1) >= STREAMS_MAX) {
        atomic_fetch_sub(now, 1);
        return fail(&exchange->error, RESULT_BUSY, NULL, "%d streams are open, no more fit",
                    STREAMS_MAX);
    }
    exchange->counted = true;
    exchange->authorization = http_header(exchange->http, "Authorization");
    return RESULT_OK;
}

/* Everything that a run takes lies in the arena of that run, so that a call may go on for months. */
static enum result operation_run(struct exchange *exchange, struct session *session,
                                 struct arena *arena)
{
    int64_t now_us = time_monotonic_us();
    TRY(count_in(exchange));
    reply_done(&exchange->reply);
    reply_init(&exchange->reply);
    exchange->ctx.session = session;
    exchange->ctx.now_us = time_now_us();
    exchange->ctx.arena = arena;
    if (exchange->streams) {
        if (http_client_left(exchange->http)) {
            return RESULT_OK; /* without streams: the end */
        }
        faults_init(&exchange->faults, arena);
        exchange->call.waited_us = now_us - exchange->parked_since_us;
        TRY(exchange_check_again(exchange));
    }
    exchange->wakes_seen = hub_wakes(exchange->api->hub, true);
    TRY(exchange->call.route->run(&exchange->ctx, &exchange->call, &exchange->reply));
    return exchange->reply.body.overflow ? fail(&exchange->error, RESULT_TOO_LARGE, NULL,
                                                "a piece of the stream is too large")
                                         : RESULT_OK;
}

static void piece_send(struct exchange *exchange)
{
    struct reply *reply = &exchange->reply;
    exchange->call.position = reply->position;
    if (!exchange->streams) {
        exchange_headers_send(exchange);
        http_stream_begin(exchange->http, reply->status, reply->content_type);
        exchange->streams = true;
    } else if (reply->body.length == 0 && reply->streams) {
        piece_wait(exchange);
        return;
    }
    exchange->parked_since_us = time_monotonic_us();
    http_stream_send(exchange->http, &reply->body, !reply->streams);
}

void stream_run(struct exchange *exchange, struct session *session)
{
    struct arena *arena = arena_new(RUN_ARENA_BYTES);
    enum result result =
        arena == NULL ? fail(&exchange->error, RESULT_NO_MEMORY, NULL, "no memory for the stream")
                      : operation_run(exchange, session, arena);
    exchange->ctx.arena = http_arena(exchange->http);
    if (result == RESULT_OK) {
        piece_send(exchange);
    } else {
        exchange_answer(exchange, result); /* it may name things of the run */
    }
    arena_free(arena);
}

/* --- ends -------------------------------------------------------------------------------------------- */

/* The status has left long ago, so the reason is a comment for people; programs come again and are told by a status. */
void stream_end(struct exchange *exchange, enum result result)
{
    struct buffer piece;
    buffer_init(&piece, END_BYTES_MAX);
    if (result != RESULT_OK) {
        exchange_log_fault(exchange, result);
        bool ours = result == RESULT_BROKEN || result == RESULT_NO_MEMORY;
        buffer_print(&piece, ": the stream ends: %s\n\n",
                     ours ? "the server could not go on" : exchange->error.text);
    }
    reply_done(&exchange->reply);
    http_stream_send(exchange->http, &piece, true);
}

void stream_ended(struct exchange *exchange)
{
    if (exchange->counted) {
        atomic_fetch_sub(&exchange->api->streams_now, 1);
    }
    if (exchange->streams) {
        reply_done(&exchange->reply);
    }
}
