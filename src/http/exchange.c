#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "base/uuid.h"
#include "http/server_private.h"

/* A loop's callbacks all run on its own thread, so a number a thread is enough to find what belongs to it. */
static _Thread_local const struct http_server *loop_server;
static _Thread_local uint32_t loop_number;

static uint32_t loop_take(struct http_server *server)
{
    if (loop_server != server) {
        loop_server = server;
        loop_number = (uint32_t)atomic_fetch_add(&server->next_loop, 1);
        assert(loop_number < LOOPS_MAX);
    }
    return loop_number;
}

static struct http_exchange *exchange_take(struct http_server *server, uint32_t loop)
{
    struct free_list *list = &server->free_lists[loop];
    struct http_exchange *exchange = list->first;
    if (exchange != NULL) {
        list->first = exchange->next_free;
        list->count--;
        return exchange;
    }
    exchange = calloc(1, sizeof(*exchange)); /* a slot: kept in the loop's list afterwards */
    if (exchange == NULL) {
        return NULL;
    }
    exchange->arena = arena_new(server->settings.arena_bytes_max);
    if (exchange->arena == NULL) {
        free(exchange);
        return NULL;
    }
    (void)pthread_mutex_init(&exchange->lock, NULL);
    return exchange;
}

static bool is_request_id(struct slice text)
{
    if (text.length == 0 || text.length >= REQUEST_ID_BYTES) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.text[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool digit = byte >= '0' && byte <= '9';
        if (!letter && !digit && byte != '.' && byte != '_' && byte != '-') {
            return false;
        }
    }
    return true;
}

static void set_request_id(struct http_exchange *exchange)
{
    struct slice given = http_header(exchange, "X-Request-Id");
    if (is_request_id(given)) {
        memcpy(exchange->request_id, given.text, given.length);
        exchange->request_id[given.length] = '\0';
        return;
    }
    struct uuid id;
    uuid_make(time_now_us(), &id);
    memcpy(exchange->request_id, id.text, sizeof(id.text));
}

static void set_peer(struct http_exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info == NULL ? NULL : info->client_addr;
    exchange->peer[0] = '\0';
    if (address != NULL && address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        (void)inet_ntop(AF_INET, &in.sin_addr, exchange->peer, sizeof(exchange->peer));
    } else if (address != NULL && address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, exchange->peer, sizeof(exchange->peer));
    }
}

static enum MHD_Result count_pair(void *context, enum MHD_ValueKind kind, const char *key,
                                  size_t key_length, const char *value, size_t value_length)
{
    (void)kind;
    (void)key;
    (void)key_length;
    (void)value;
    (void)value_length;
    size_t *count = context;
    return ++*count <= QUERY_PAIRS_MAX ? MHD_YES : MHD_NO;
}

static enum MHD_Result take_pair(void *context, enum MHD_ValueKind kind, const char *key,
                                 size_t key_length, const char *value, size_t value_length)
{
    (void)kind;
    struct http_exchange *exchange = context;
    if (exchange->query_count == QUERY_PAIRS_MAX) {
        return MHD_NO;
    }
    exchange->query[exchange->query_count++] = (struct http_pair){
        .name = { key, key_length },
        .value = { value == NULL ? "" : value, value_length },
    };
    return MHD_YES;
}

/* False: too many parameters, or no memory. */
static bool query_read(struct http_exchange *exchange)
{
    size_t count = 0;
    (void)MHD_get_connection_values_n(exchange->connection, MHD_GET_ARGUMENT_KIND, count_pair,
                                      &count);
    if (count == 0) {
        return true;
    }
    if (count > QUERY_PAIRS_MAX) {
        return false;
    }
    exchange->query = arena_alloc(exchange->arena, count * sizeof(*exchange->query));
    if (exchange->query == NULL) {
        return false;
    }
    (void)MHD_get_connection_values_n(exchange->connection, MHD_GET_ARGUMENT_KIND, take_pair,
                                      exchange);
    return true;
}

static void exchange_clear(struct http_exchange *exchange)
{
    exchange->query = NULL;
    exchange->query_count = 0;
    exchange->stage = STAGE_HEAD;
    exchange->body_file = -1;
    exchange->body_bytes = 0;
    exchange->counted_bytes = 0;
    exchange->body_status = 0;
    exchange->context = NULL;
    exchange->parked = false;
    exchange->answered = false;
    exchange->status = 0;
    exchange->content_type = NULL;
    exchange->answer_bytes = 0;
    exchange->header_count = 0;
}

struct http_exchange *exchange_begin(struct http_server *server, struct MHD_Connection *connection,
                                     const char *path, const char *method, bool tls)
{
    uint32_t loop = loop_take(server);
    struct http_exchange *exchange = exchange_take(server, loop);
    if (exchange == NULL) {
        return NULL;
    }
    exchange_clear(exchange);
    exchange->server = server;
    exchange->connection = connection;
    exchange->loop = loop;
    exchange->tls = tls;
    exchange->method = method;
    exchange->path = path;
    exchange->started_us = time_monotonic_us();
    buffer_init(&exchange->body, SIZE_MAX / 4);
    buffer_init(&exchange->answer, SIZE_MAX / 4);
    atomic_fetch_add(&server->requests_total, 1);
    set_request_id(exchange);
    set_peer(exchange);
    if (!query_read(exchange)) {
        exchange->body_status = 414;
    }
    return exchange;
}

void exchange_end(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;
    if (server->settings.handler.ended != NULL) {
        server->settings.handler.ended(server->settings.handler.context, exchange);
    }
    atomic_fetch_add(&server->bytes_out, exchange->answer_bytes);
    body_drop(exchange);
    buffer_done(&exchange->answer);
    arena_reset(exchange->arena);
    struct free_list *list = &server->free_lists[exchange->loop];
    if (loop_server == server && loop_number == exchange->loop &&
        list->count < FREE_EXCHANGES_MAX) {
        exchange->next_free = list->first;
        list->first = exchange;
        list->count++;
        return;
    }
    (void)pthread_mutex_destroy(&exchange->lock);
    arena_free(exchange->arena);
    free(exchange);
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

struct slice http_header(const struct http_exchange *exchange, const char *name)
{
    const char *value = NULL;
    size_t length = 0;
    if (MHD_lookup_connection_value_n(exchange->connection, MHD_HEADER_KIND, name, strlen(name),
                                      &value, &length) != MHD_YES ||
        value == NULL) {
        return (struct slice){ .length = 0 };
    }
    return (struct slice){ value, length };
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
