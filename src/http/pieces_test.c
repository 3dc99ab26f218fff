/* Proves that answers may come in pieces from other threads, that slow and lost clients hold up nobody, and that a stop ends
   them. */
#include "http/test_server.h"

#define ASK(path) "GET " path " HTTP/1.1\r\nHost: t\r\n\r\n"

enum { LOOP_PIECES = 2000, LARGE_BYTES = 8 << 20, CUT_AT = 10 };

static char reply[LARGE_BYTES + TEST_REPLY_BYTES];

static void piece_send(struct http_exchange *exchange, const char *text, bool last)
{
    struct buffer piece;
    buffer_init(&piece, TEST_REPLY_BYTES);
    buffer_text(&piece, text);
    http_stream_send(exchange, &piece, last);
}

static void large_send(struct http_exchange *exchange)
{
    struct buffer piece;
    buffer_init(&piece, LARGE_BYTES);
    for (size_t i = 0; i < LARGE_BYTES; i++) {
        buffer_char(&piece, (char)('a' + i % 26));
    }
    http_stream_send(exchange, &piece, false);
}

static void stream_run(void *context, struct http_exchange *exchange)
{
    struct test_server *server = context;
    const char *path = http_path(exchange);
    if (strncmp(path, "/stream", 7) != 0) {
        test_run(context, exchange);
        return;
    }
    http_park(exchange);
    if (strcmp(path, "/stream/late") == 0) {
        test_keep(server, exchange);
        return;
    }
    if (strcmp(path, "/stream/cut") == 0) {
        http_answer_cut(exchange, CUT_AT);
    }
    http_answer_header(exchange, "X-Streams", "yes");
    http_stream_begin(exchange, 200, "text/event-stream");
    if (strcmp(path, "/stream/large") == 0) {
        large_send(exchange);
        return;
    }
    piece_send(exchange, "begin\n", false);
}

static void stream_drained(void *context, struct http_exchange *exchange)
{
    struct test_server *server = context;
    if (strcmp(http_path(exchange), "/stream/loop") == 0) {
        int pieces = atomic_fetch_add(&server->parks, 1) + 1;
        piece_send(exchange, "again\n", pieces == LOOP_PIECES);
        return;
    }
    test_keep(server, exchange);
}

static void stream_open(struct test_server *server)
{
    struct http_settings settings = test_settings(server, &test_plain, 1);
    struct error error;
    settings.handler.run = stream_run;
    settings.handler.drained = stream_drained;
    assert_int_equal(http_server_start(&settings, &server->http, &error), RESULT_OK);
}

static int stream_ask(struct test_server *server, const char *request)
{
    int file = test_connect(http_server_port(server->http, 0));
    test_say(file, request);
    assert_true(test_read(file, reply, sizeof(reply)) > 0);
    return file;
}

/* One chunk; 0: the end of the body. */
static size_t chunk_read(int file, char *out)
{
    char line[32];
    size_t length = 0;
    while (length < 2 || memcmp(line + length - 2, "\r\n", 2) != 0) {
        assert_true(length < sizeof(line) - 1);
        assert_int_equal(recv(file, line + length++, 1, 0), 1);
    }
    size_t size = strtoul(line, NULL, 16);
    for (size_t got = 0; got < size + 2;) {
        ssize_t now = recv(file, out + got, size + 2 - got, 0);
        assert_true(now > 0);
        got += (size_t)now;
    }
    out[size] = '\0';
    return size;
}

static void assert_chunk(int file, const char *wanted)
{
    assert_int_equal(chunk_read(file, reply), strlen(wanted));
    assert_string_equal(reply, wanted);
}

static void pieces_come_as_they_are_sent(void **state)
{
    (void)state;
    struct test_server server;
    stream_open(&server);
    int file = stream_ask(&server, ASK("/stream"));
    assert_non_null(strstr(reply, "HTTP/1.1 200"));
    assert_non_null(strstr(reply, "Transfer-Encoding: chunked\r\n"));
    assert_non_null(strstr(reply, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(reply, "X-Streams: yes\r\n"));
    assert_chunk(file, "begin\n");
    for (int i = 1; i <= 20; i++) {
        char text[32];
        test_wait_count(&server.parks, i);
        (void)snprintf(text, sizeof(text), "piece %d\n", i);
        piece_send(test_take(&server), text, i == 20);
        assert_chunk(file, text);
    }
    assert_int_equal(chunk_read(file, reply), 0);
    /* The connection is good for another request. */
    test_ask(file, ASK("/a"), reply, sizeof(reply));
    (void)close(file);
    test_close(&server);
    assert_int_equal(server.ends, 2);
}

static void empty_pieces_are_no_end(void **state)
{
    (void)state;
    struct test_server server;
    stream_open(&server);
    int file = stream_ask(&server, ASK("/stream"));
    assert_chunk(file, "begin\n");
    for (int i = 1; i <= 5; i++) {
        test_wait_count(&server.parks, i);
        piece_send(test_take(&server), "", false);
    }
    test_wait_count(&server.parks, 6);
    piece_send(test_take(&server), "end\n", true);
    assert_chunk(file, "end\n");
    assert_int_equal(chunk_read(file, reply), 0);
    (void)close(file);
    test_close(&server);
}

static void pieces_may_be_sent_by_the_loop_itself(void **state)
{
    (void)state;
    struct test_server server;
    stream_open(&server);
    int file = stream_ask(&server, ASK("/stream/loop"));
    size_t bytes = 0;
    for (size_t now = 1; now > 0; bytes += now) {
        now = chunk_read(file, reply);
    }
    assert_int_equal(bytes, (1 + LOOP_PIECES) * strlen("again\n"));
    (void)close(file);
    test_close(&server);
    assert_int_equal(server.ends, 1);
}

static void a_client_that_does_not_read_holds_up_nobody(void **state)
{
    (void)state;
    struct test_server server;
    stream_open(&server);
    int slow = stream_ask(&server, ASK("/stream/large"));
    for (int i = 0; i < 20; i++) {
        int other = test_connect(http_server_port(server.http, 0));
        test_ask(other, ASK("/a"), reply, sizeof(reply));
        (void)close(other);
    }
    assert_int_equal(server.parks, 0); /* more than the sockets hold */
    size_t got = 0;
    while (got < LARGE_BYTES) {
        size_t now = chunk_read(slow, reply);
        for (size_t i = 0; i < now; i++) {
            assert_int_equal(reply[i], 'a' + (got + i) % 26);
        }
        got += now;
    }
    test_wait_count(&server.parks, 1);
    piece_send(test_take(&server), "", true);
    assert_int_equal(chunk_read(slow, reply), 0);
    (void)close(slow);
    test_close(&server);
}

static void a_client_that_left_is_ended_once(void **state)
{
    (void)state;
    struct test_server server;
    stream_open(&server);
    int file = stream_ask(&server, ASK("/stream"));
    assert_chunk(file, "begin\n");
    test_wait_count(&server.parks, 1);
    struct http_exchange *exchange = server.parked[0];
    assert_false(http_client_left(exchange));
    (void)close(file);
    for (int64_t until_us = time_monotonic_us() + TEST_WAIT_US; !http_client_left(exchange);) {
        assert_true(time_monotonic_us() < until_us);
    }
    /* The first may still go into the socket. */
    for (int i = 2; atomic_load(&server.ends) == 0; i++) {
        piece_send(test_take(&server), "anybody there?\n", false);
        while (atomic_load(&server.parks) < i && atomic_load(&server.ends) == 0) {
            (void)usleep(1000);
        }
        assert_true(i < 1000);
    }
    test_close(&server);
    assert_int_equal(server.ends, 1);
}

static void head_and_old_clients_are_served(void **state)
{
    (void)state;
    struct test_server server;
    stream_open(&server);
    int file = stream_ask(&server, "HEAD /stream HTTP/1.1\r\nHost: t\r\n\r\n");
    test_wait_count(&server.ends, 1);
    assert_non_null(strstr(reply, "HTTP/1.1 200"));
    assert_true(test_is_closed(file)); /* nothing behind the head */
    (void)close(file);

    file = stream_ask(&server, "GET /stream HTTP/1.0\r\n\r\n");
    assert_null(strstr(reply, "chunked"));
    assert_int_equal(recv(file, reply, 6, MSG_WAITALL), 6);
    assert_memory_equal(reply, "begin\n", 6);
    test_wait_count(&server.parks, 1);
    piece_send(test_take(&server), "end\n", true);
    assert_int_equal(recv(file, reply, 100, MSG_WAITALL), 4);
    assert_memory_equal(reply, "end\n", 4);
    (void)close(file);
    test_close(&server);
}

static void a_cut_breaks_the_connection(void **state)
{
    (void)state;
    struct test_server server;
    stream_open(&server);
    int file = stream_ask(&server, ASK("/stream/cut"));
    assert_chunk(file, "begin\n");
    test_wait_count(&server.parks, 1);
    piece_send(test_take(&server), "more than that\n", false);
    assert_chunk(file, "more");
    assert_true(test_is_closed(file));
    (void)close(file);
    test_wait_count(&server.ends, 1);
    test_close(&server);
}

/* --- stop ------------------------------------------------------------------------------------------------ */

static void a_stop_ends_what_nobody_ends(void **state)
{
    (void)state;
    struct test_server server;
    stream_open(&server);
    int waiting = stream_ask(&server, ASK("/stream"));
    assert_chunk(waiting, "begin\n");
    int late = test_connect(http_server_port(server.http, 0));
    test_say(late, ASK("/stream/late"));
    test_wait_count(&server.parks, 2);
    http_server_stop(server.http, 0);
    assert_int_equal(chunk_read(waiting, reply), 0);
    assert_true(test_read(late, reply, sizeof(reply)) > 0);
    assert_non_null(strstr(reply, "HTTP/1.1 503"));
    (void)close(waiting);
    (void)close(late);
    /* Owners that come back only now: one in the middle, one that has not begun. */
    for (int i = 0; i < 2; i++) {
        struct http_exchange *exchange = test_take(&server);
        assert_true(http_client_left(exchange));
        if (strcmp(http_path(exchange), "/stream/late") == 0) {
            http_stream_begin(exchange, 200, "text/event-stream");
        }
        piece_send(exchange, "too late\n", false);
    }
    (void)pthread_mutex_destroy(&server.lock);
    assert_int_equal(server.ends, 0);
}

static void a_stop_waits_for_streams_that_end_within_its_grace(void **state)
{
    (void)state;
    struct test_server server;
    pthread_t thread;
    stream_open(&server);
    int file = stream_ask(&server, ASK("/stream"));
    assert_chunk(file, "begin\n");
    test_wait_count(&server.parks, 1);
    assert_int_equal(pthread_create(&thread, NULL, test_stop, &server), 0);
    piece_send(test_take(&server), "goodbye\n", true);
    assert_chunk(file, "goodbye\n");
    assert_int_equal(chunk_read(file, reply), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(file);
    (void)pthread_mutex_destroy(&server.lock);
    assert_int_equal(server.ends, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_come_as_they_are_sent),
        cmocka_unit_test(empty_pieces_are_no_end),
        cmocka_unit_test(pieces_may_be_sent_by_the_loop_itself),
        cmocka_unit_test(a_client_that_does_not_read_holds_up_nobody),
        cmocka_unit_test(a_client_that_left_is_ended_once),
        cmocka_unit_test(head_and_old_clients_are_served),
        cmocka_unit_test(a_cut_breaks_the_connection),
        cmocka_unit_test(a_stop_ends_what_nobody_ends),
        cmocka_unit_test(a_stop_waits_for_streams_that_end_within_its_grace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
