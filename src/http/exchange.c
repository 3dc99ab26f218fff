#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "http/server_private.h"

/* A loop's callbacks all run on its own thread, so a number a thread is enough to find what belongs to it. */
static _Thread_local const struct http_server *loop_server;
static _Thread_local uint32_t loop_number;

static uint32_t loop_take(struct http_server *server)
{
    if (loop_server != server) {
        loop_server = server;
        loop_number = (uint32_t)atomic_fetch_add(&server->next_loop, 1);
    }
    assert(loop_number < http_loop_count(server));
    return loop_number;
}

static struct http_exchange *exchange_new(const struct http_server *server)
{
    struct http_exchange *exchange = calloc(1, sizeof(*exchange)); /* a slot, used again */
    struct arena *arena = arena_new(server->settings.arena_bytes_max);
    if (exchange == NULL || arena == NULL) {
        free(exchange);
        arena_free(arena);
        return NULL;
    }
    exchange->self = exchange;
    exchange->arena = arena;
    (void)pthread_mutex_init(&exchange->lock, NULL);
    return exchange;
}

static struct http_exchange *exchange_take(struct http_server *server, uint32_t loop_index)
{
    struct loop *loop = &server->loops[loop_index];
    struct http_exchange *exchange = loop->free_first;
    if (exchange == NULL) {
        return exchange_new(server);
    }
    loop->free_first = exchange->next_free;
    loop->free_count--;
    return exchange;
}

/* All but what outlives a request: the arena and the lock. */
static void exchange_clear(struct http_exchange *exchange)
{
    exchange->next_free = NULL;
    exchange->method = "";
    exchange->path = "/";
    exchange->query = NULL;
    exchange->query_count = 0;
    exchange->stage = STAGE_HEAD;
    exchange->context = NULL;
    exchange->content_length = -1;
    exchange->is_chunked = false;
    exchange->expects_continue = false;
    exchange->plan = (struct http_body_plan){ .bytes_max = 0 };
    exchange->body_file = -1;
    exchange->body_bytes = 0;
    exchange->counted_bytes = 0;
    exchange->dropped_bytes = 0;
    exchange->refused = 0;
    exchange->refusal = "";
    exchange->parked = false;
    exchange->answered = false;
    exchange->abandoned = false;
    exchange->closes = false;
    exchange->status = 0;
    exchange->content_type[0] = '\0';
    exchange->answer_bytes = 0;
    exchange->cut = false;
    exchange->cut_bytes = 0;
    exchange->header_count = 0;
    exchange->streams = false;
    exchange->is_last_piece = false;
    exchange->piece_sent = 0;
    buffer_init(&exchange->body, 0);
    buffer_init(&exchange->answer, 0);
}

struct http_exchange *exchange_begin(struct http_server *server, struct MHD_Connection *connection,
                                     struct connection *client)
{
    uint32_t loop = loop_take(server);
    struct http_exchange *exchange = exchange_take(server, loop);
    if (exchange == NULL) {
        return NULL;
    }
    exchange_clear(exchange);
    exchange->server = server;
    exchange->answering = server->settings.handler.answering;
    exchange->answering_context = server->settings.handler.context;
    exchange->connection = connection;
    exchange->client = client;
    exchange->loop = loop;
    exchange->tls = client->tls;
    memcpy(exchange->peer, client->peer, sizeof(exchange->peer));
    exchange->started_us = time_monotonic_us();
    atomic_store_explicit(&exchange->holders, 2, memory_order_relaxed);
    atomic_fetch_add(&server->requests_total, 1);
    atomic_fetch_add(&server->exchanges_now, 1);
    return exchange;
}

bool exchange_refuse(struct http_exchange *exchange, int status, const char *refusal)
{
    if (exchange->refused == 0) {
        exchange->refused = status;
        exchange->refusal = refusal;
    }
    return false;
}

/* What came with the request, except the arena. */
static void exchange_empty(struct http_exchange *exchange)
{
    if (exchange->body_file >= 0) {
        (void)close(exchange->body_file);
        exchange->body_file = -1;
    }
    buffer_done(&exchange->body);
    buffer_done(&exchange->answer);
}

void exchange_free(struct http_exchange *exchange)
{
    exchange_empty(exchange);
    (void)pthread_mutex_destroy(&exchange->lock);
    arena_free(exchange->arena);
    free(exchange);
}

void exchange_release(struct http_exchange *exchange)
{
    if (atomic_fetch_sub(&exchange->holders, 1) == 1) {
        exchange_free(exchange);
    }
}

static void exchange_keep(struct http_exchange *exchange)
{
    struct loop *loop = &exchange->server->loops[exchange->loop];
    if (loop->free_count == FREE_EXCHANGES_MAX) {
        exchange_free(exchange);
        return;
    }
    exchange_empty(exchange);
    arena_reset(exchange->arena);
    exchange->next_free = loop->free_first;
    loop->free_first = exchange;
    loop->free_count++;
}

void exchange_end(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;
    assert(loop_take(server) == exchange->loop);

    body_uncount(exchange);
    if (exchange->abandoned) {
        /* Its owner still works with it, so ended() could not look at it. */
        exchange_release(exchange);
    } else {
        if (server->settings.handler.ended != NULL) {
            server->settings.handler.ended(server->settings.handler.context, exchange);
        }
        atomic_fetch_add(&server->bytes_out, exchange->answer_bytes);
        exchange_keep(exchange);
    }
    atomic_fetch_sub(&server->exchanges_now, 1);
}

/* --- what handlers read -------------------------------------------------------------------------- */

struct arena *http_arena(struct http_exchange *exchange)
{
    return exchange->arena;
}

const char *http_method(const struct http_exchange *exchange)
{
    return exchange->method;
}

const char *http_path(const struct http_exchange *exchange)
{
    return exchange->path;
}

const struct http_pair *http_query(const struct http_exchange *exchange, size_t *out_count)
{
    *out_count = exchange->query_count;
    return exchange->query;
}

/* Copied, since the connection's own memory does not outlive a stop while the exchange may. */
static struct slice header_copy(const struct http_exchange *exchange, const char *name)
{
    const char *value = NULL;
    size_t length = 0;
    if (MHD_lookup_connection_value_n(exchange->connection, MHD_HEADER_KIND, name, strlen(name),
                                      &value, &length) != MHD_YES ||
        value == NULL) {
        return (struct slice){ .length = 0 };
    }
    struct slice trimmed = slice_trim((struct slice){ value, length });
    const char *copy = arena_strndup(exchange->arena, trimmed.text, trimmed.length);
    return (struct slice){ copy == NULL ? trimmed.text : copy, trimmed.length };
}

struct slice http_header(const struct http_exchange *exchange, const char *name)
{
    if (!exchange->parked) {
        return header_copy(exchange, name);
    }
    pthread_mutex_t *lock = &exchange->self->lock;
    struct slice value = { .length = 0 };
    (void)pthread_mutex_lock(lock);
    if (!exchange->abandoned) {
        value = header_copy(exchange, name);
    }
    (void)pthread_mutex_unlock(lock);
    return value;
}

struct header_list {
    struct arena *arena;
    struct http_pair *pairs;
    size_t count, room;
};

static enum MHD_Result header_add(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    (void)kind;
    struct header_list *list = context;
    if (list->count == list->room) {
        return MHD_NO;
    }
    struct http_pair pair = { slice_of(arena_strdup(list->arena, name)),
                              slice_of(arena_strdup(list->arena, value == NULL ? "" : value)) };
    list->pairs[list->count++] = pair;
    return MHD_YES;
}

size_t http_headers(const struct http_exchange *exchange, struct http_pair *out, size_t room)
{
    struct header_list list = { .arena = exchange->arena, .pairs = out, .room = room };
    pthread_mutex_t *lock = &exchange->self->lock;
    (void)pthread_mutex_lock(lock);
    if (!exchange->abandoned) {
        (void)MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, header_add, &list);
    }
    (void)pthread_mutex_unlock(lock);
    return list.count;
}

struct slice http_body(const struct http_exchange *exchange)
{
    return exchange->body_file >= 0 ? (struct slice){ .length = 0 } : buffer_slice(&exchange->body);
}

int http_body_file(const struct http_exchange *exchange)
{
    return exchange->body_file;
}

uint64_t http_body_bytes(const struct http_exchange *exchange)
{
    return exchange->body_bytes;
}

const char *http_peer(const struct http_exchange *exchange)
{
    return exchange->peer;
}

const char *http_request_id(const struct http_exchange *exchange)
{
    return exchange->request_id;
}

bool http_is_tls(const struct http_exchange *exchange)
{
    return exchange->tls;
}

int64_t http_started_us(const struct http_exchange *exchange)
{
    return exchange->started_us;
}

uint32_t http_loop(const struct http_exchange *exchange)
{
    return exchange->loop;
}

void http_set_context(struct http_exchange *exchange, void *context)
{
    exchange->context = context;
}

void *http_get_context(const struct http_exchange *exchange)
{
    return exchange->context;
}
