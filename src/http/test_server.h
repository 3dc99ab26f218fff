/* What the tests of this folder share: a server on 127.0.0.1 with a handler that does what the path says, and
   raw sockets. */
#ifndef HTTP_TEST_SERVER_H
#define HTTP_TEST_SERVER_H

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "http/server.h"

/* After ours: it makes a macro of `fail`. */
#include <cmocka.h>

enum { TEST_PARKED_MAX = 1024, TEST_REPLY_BYTES = 1 << 20, TEST_WAIT_US = 10 * 1000 * 1000 };

struct test_server {
    struct http_server *http;
    atomic_int runs, ends, parks;
    pthread_mutex_t lock;
    struct http_exchange *parked[TEST_PARKED_MAX];
    size_t parked_count;
};

static inline void test_answer(struct http_exchange *exchange, int status, const char *type,
                               const char *text, size_t length)
{
    struct buffer body;
    buffer_init(&body, TEST_REPLY_BYTES);
    buffer_add(&body, text, length);
    http_answer(exchange, status, type, &body);
}

static inline bool test_head(void *context, struct http_exchange *exchange,
                             struct http_body_plan *plan)
{
    (void)context;
    if (strcmp(http_path(exchange), "/early") == 0) {
        test_answer(exchange, 401, "text/plain", "early", 5);
        return false;
    }
    plan->bytes_max = 1 << 20;
    plan->memory_bytes_max = strcmp(http_path(exchange), "/spool") == 0 ? 1000 : 1 << 20;
    return true;
}

static inline void test_spooled(struct http_exchange *exchange)
{
    char text[64];
    size_t got = 0;
    char chunk[4096];
    ssize_t length = 0;
    int file = http_body_file(exchange);
    while (file >= 0 && (length = read(file, chunk, sizeof(chunk))) > 0) {
        got += (size_t)length;
    }
    int written = snprintf(text, sizeof(text), "%s %zu %llu", file >= 0 ? "file" : "memory", got,
                           (unsigned long long)http_body_bytes(exchange));
    test_answer(exchange, 200, "text/plain", text, (size_t)written);
}

static inline void test_facts(struct http_exchange *exchange)
{
    struct buffer body;
    size_t count = 0;
    const struct http_pair *pairs = http_query(exchange, &count);
    struct slice header = http_header(exchange, "X-Test");
    buffer_init(&body, TEST_REPLY_BYTES);
    buffer_print(&body, "%s %s peer=%s tls=%d loop=%u x=%.*s", http_method(exchange),
                 http_path(exchange), http_peer(exchange), http_is_tls(exchange),
                 http_loop(exchange), (int)header.length, header.text == NULL ? "" : header.text);
    for (size_t i = 0; i < count; i++) {
        buffer_print(&body, " [%.*s=%.*s]", (int)pairs[i].name.length, pairs[i].name.text,
                     (int)pairs[i].value.length, pairs[i].value.text);
    }
    http_answer(exchange, 200, "text/plain", &body);
}

static inline void test_keep(struct test_server *server, struct http_exchange *exchange)
{
    (void)pthread_mutex_lock(&server->lock);
    assert(server->parked_count < TEST_PARKED_MAX);
    server->parked[server->parked_count++] = exchange;
    (void)pthread_mutex_unlock(&server->lock);
    atomic_fetch_add(&server->parks, 1);
}

static inline struct http_exchange *test_take(struct test_server *server)
{
    (void)pthread_mutex_lock(&server->lock);
    assert(server->parked_count > 0);
    struct http_exchange *exchange = server->parked[--server->parked_count];
    (void)pthread_mutex_unlock(&server->lock);
    return exchange;
}

static inline void test_run(void *context, struct http_exchange *exchange)
{
    struct test_server *server = context;
    atomic_fetch_add(&server->runs, 1);
    const char *path = http_path(exchange);
    if (strcmp(path, "/park") == 0) {
        http_park(exchange);
        test_keep(server, exchange);
        return;
    }
    if (strcmp(path, "/park-at-once") == 0) {
        http_park(exchange);
        test_answer(exchange, 200, "text/plain", "at once", 7);
        return;
    }
    if (strcmp(path, "/large") == 0) {
        char *text = calloc(1, 5000);
        assert(text != NULL);
        memset(text, 'a', 5000);
        test_answer(exchange, 200, "application/json", text, 5000);
        free(text);
        return;
    }
    if (strcmp(path, "/spool") == 0) {
        test_spooled(exchange);
        return;
    }
    if (strcmp(path, "/nothing") == 0) {
        http_answer(exchange, 204, NULL, NULL);
        return;
    }
    if (strcmp(path, "/echo") == 0) {
        struct slice body = http_body(exchange);
        test_answer(exchange, 200, "application/octet-stream", body.text, body.length);
        return;
    }
    test_facts(exchange);
}

static inline void test_ended(void *context, struct http_exchange *exchange)
{
    struct test_server *server = context;
    assert(http_answer_status(exchange) != 1);
    atomic_fetch_add(&server->ends, 1);
}

static inline struct http_settings test_settings(struct test_server *server,
                                                 const struct http_listen *listens, size_t count)
{
    *server = (struct test_server){ .http = NULL };
    (void)pthread_mutex_init(&server->lock, NULL);
    return (struct http_settings){
        .listens = listens,
        .listen_count = count,
        .loops = 2,
        .connections_max = 2000,
        .idle_timeout_s = 30,
        .head_bytes_max = 32 * 1024,
        .bodies_bytes_max = 4 << 20,
        .arena_bytes_max = 1 << 20,
        .spool_dir = "/tmp",
        .handler = { .head = test_head, .run = test_run, .ended = test_ended, .context = server },
    };
}

static const struct http_listen test_plain = { .tls = false, .host = "127.0.0.1", .port = 0 };

static inline void test_open(struct test_server *server)
{
    struct http_settings settings = test_settings(server, &test_plain, 1);
    struct error error;
    assert_int_equal(http_server_start(&settings, &server->http, &error), RESULT_OK);
}

static inline void test_close(struct test_server *server)
{
    http_server_stop(server->http, 2000);
    (void)pthread_mutex_destroy(&server->lock);
}

/* In a thread: with a grace that no test outlasts. */
static inline void *test_stop(void *context)
{
    struct test_server *server = context;
    http_server_stop(server->http, 10000);
    return NULL;
}

/* Waits for the event, not for a time. */
static inline void test_wait_count(const atomic_int *counter, int wanted)
{
    int64_t until_us = time_monotonic_us() + TEST_WAIT_US;
    while (atomic_load(counter) < wanted && time_monotonic_us() < until_us) {
        (void)usleep(1000);
    }
    assert_true(atomic_load(counter) >= wanted);
}

/* --- raw sockets ------------------------------------------------------------------------------------- */

static inline int test_connect(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = { .tv_sec = 10 };
    assert_true(file >= 0);
    assert_int_equal(setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(connect(file, (const struct sockaddr *)&address, sizeof(address)), 0);
    return file;
}

/* False when the other side has closed. */
static inline bool test_send(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(file, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static inline void test_say(int file, const char *text)
{
    assert_true(test_send(file, text, strlen(text)));
}

/* Reads one answer: its head and, by its Content-Length, its body. NUL-terminated, its length returned; 0: the
   connection ended first. */
static inline size_t test_read(int file, char *out, size_t room)
{
    size_t length = 0;
    size_t wanted = SIZE_MAX;
    out[0] = '\0';
    while (length < wanted && length + 1 < room) {
        /* A byte at a time through the head, so that a second answer behind it stays unread. */
        size_t step = wanted == SIZE_MAX ? 1 : wanted - length;
        ssize_t got = recv(file, out + length, step, 0);
        if (got <= 0) {
            return 0;
        }
        length += (size_t)got;
        out[length] = '\0';
        if (wanted == SIZE_MAX && length >= 4 && memcmp(out + length - 4, "\r\n\r\n", 4) == 0) {
            const char *header = strcasestr(out, "\r\nContent-Length: ");
            wanted = length + (header == NULL ? 0 : strtoul(header + 18, NULL, 10));
        }
    }
    return length;
}

static inline void test_ask(int file, const char *request, char *out, size_t room)
{
    test_say(file, request);
    assert_true(test_read(file, out, room) > 0);
}

static inline bool test_is_closed(int file)
{
    char byte = 0;
    return recv(file, &byte, 1, 0) <= 0;
}

#endif
