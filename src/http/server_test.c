/* Proves what a client sees of the server: kept connections, bodies of every kind, bounds, compression. */
#include <zlib.h>

#include "http/test_server.h"

#define HEAD(line) line " HTTP/1.1\r\nHost: t\r\n"

static char reply[TEST_REPLY_BYTES];

static void one(struct test_server *server, const char *request)
{
    int file = test_connect(http_server_port(server->http, 0));
    test_ask(file, request, reply, sizeof(reply));
    (void)close(file);
}

static void assert_status(int status)
{
    char line[32];
    (void)snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
    if (strncmp(reply, line, strlen(line)) != 0) {
        print_error("wanted %d, got: %.300s\n", status, reply);
    }
    assert_memory_equal(reply, line, strlen(line));
}

static void assert_has(const char *text)
{
    if (strstr(reply, text) == NULL) {
        print_error("no \"%s\" in: %.600s\n", text, reply);
    }
    assert_non_null(strstr(reply, text));
}

static void assert_problem(int status)
{
    char member[32];
    assert_status(status);
    (void)snprintf(member, sizeof(member), "\"status\":%d,", status);
    assert_has("Content-Type: application/problem+json");
    assert_has("{\"type\":\"about:blank\",\"title\":\"");
    assert_has(member);
    assert_has("\"traceId\":\"");
}

/* --- requests ----------------------------------------------------------------------------------------- */

static void a_connection_is_kept_and_answers_in_order(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    int file = test_connect(http_server_port(server.http, 0));
    for (int i = 0; i < 50; i++) {
        test_ask(file, HEAD("GET /a") "\r\n", reply, sizeof(reply));
        assert_status(200);
        assert_has("GET /a peer=127.0.0.1 tls=0");
    }
    /* Pipelined: three requests in one piece. */
    test_say(file, HEAD("GET /1") "\r\n" HEAD("POST /echo") "Content-Length: 3\r\n\r\nabc" HEAD(
                       "GET /3") "\r\n");
    assert_true(test_read(file, reply, sizeof(reply)) > 0);
    assert_has("GET /1 ");
    assert_true(test_read(file, reply, sizeof(reply)) > 0);
    assert_has("\r\n\r\nabc");
    assert_true(test_read(file, reply, sizeof(reply)) > 0);
    assert_has("GET /3 ");
    struct http_facts facts;
    http_server_read_facts(server.http, &facts);
    assert_int_equal(facts.connections_total, 1);
    assert_int_equal(facts.requests_total, 53);
    assert_int_equal(facts.bytes_in, 3);
    (void)close(file);
    test_close(&server);
    assert_int_equal(server.ends, 53);
}

static void close_and_http_1_0_end_the_connection(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    int file = test_connect(http_server_port(server.http, 0));
    test_ask(file, HEAD("GET /a") "Connection: close\r\n\r\n", reply, sizeof(reply));
    assert_status(200);
    assert_true(test_is_closed(file));
    (void)close(file);
    file = test_connect(http_server_port(server.http, 0));
    test_ask(file, "GET /old HTTP/1.0\r\n\r\n", reply, sizeof(reply));
    assert_has("GET /old ");
    assert_true(test_is_closed(file));
    (void)close(file);
    test_close(&server);
}

static void head_has_the_length_but_no_body(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    int file = test_connect(http_server_port(server.http, 0));
    test_say(file, HEAD("HEAD /large") "Connection: close\r\n\r\n");
    size_t length = 0;
    ssize_t got = 0;
    while ((got = recv(file, reply + length, sizeof(reply) - length - 1, 0)) > 0) {
        length += (size_t)got;
    }
    reply[length] = '\0';
    assert_status(200);
    assert_has("Content-Length: 5000\r\n");
    assert_string_equal(strstr(reply, "\r\n\r\n"), "\r\n\r\n");
    (void)close(file);
    test_close(&server);
}

static void path_and_query_are_decoded(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    one(&server, HEAD("GET //a%2Fb%20c%00d?x=1+2&y=%C3%A4&flag&x=&z=a%00b") "X-Test: v w \r\n\r\n");
    assert_has("GET /a/b c%00d peer=");
    assert_has("x=v w [x=1 2] [y=\xC3\xA4] [flag=] [x=] [z=a%00b]");
    one(&server, HEAD("GET http://elsewhere:80/a?b=c") "\r\n");
    assert_has("GET /a peer=");
    assert_has("[b=c]");
    test_close(&server);
}

static void too_many_parameters_are_refused(void **state)
{
    (void)state;
    struct test_server server;
    struct buffer request;
    test_open(&server);
    for (int count = 256; count <= 257; count++) {
        buffer_init(&request, 8192);
        buffer_text(&request, "GET /?");
        for (int i = 0; i < count; i++) {
            buffer_text(&request, i == 0 ? "a=1" : "&a=1");
        }
        buffer_text(&request, " HTTP/1.1\r\nHost: t\r\n\r\n");
        one(&server, request.bytes);
        buffer_done(&request);
        if (count == 256) {
            assert_status(200);
        } else {
            assert_problem(414);
        }
    }
    test_close(&server);
}

static void a_good_request_id_is_kept_and_a_bad_one_replaced(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    one(&server, HEAD("GET /a") "X-Request-Id: Ab.c_d-9\r\n\r\n");
    assert_has("X-Request-Id: Ab.c_d-9\r\n");
    one(&server, HEAD("GET /a") "X-Request-Id: a b\r\n\r\n");
    assert_null(strstr(reply, "X-Request-Id: a"));
    assert_has("X-Request-Id: 0");
    one(&server, HEAD("GET /a") "X-Request-Id: "
                                "1234567890123456789012345678901234567890123456789012345678901234"
                                "\r\n\r\n");
    assert_has("X-Request-Id: 12345678901234567890123456789012345678901234567890123456789"
               "01234\r\n");
    one(&server, HEAD("GET /a") "X-Request-Id: "
                                "12345678901234567890123456789012345678901234567890123456789012345"
                                "\r\n\r\n");
    assert_null(strstr(reply, "X-Request-Id: 1234567890"));
    test_close(&server);
}

/* --- bodies ------------------------------------------------------------------------------------------- */

static void bodies_come_by_length_and_in_chunks(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    one(&server, HEAD("POST /echo") "Content-Length: 5\r\n\r\nhello");
    assert_has("\r\n\r\nhello");
    one(&server, HEAD("POST /echo") "Transfer-Encoding: chunked\r\n\r\n"
                                    "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n");
    assert_has("\r\n\r\nabc0123456789");
    int file = test_connect(http_server_port(server.http, 0));
    test_ask(file, HEAD("POST /echo") "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n", reply,
             sizeof(reply));
    assert_status(100);
    test_ask(file, "ok", reply, sizeof(reply));
    assert_has("\r\n\r\nok");
    (void)close(file);
    test_close(&server);
}

/* A body of `length` bytes to `path`, in chunks or not. */
static void post(struct test_server *server, const char *path, size_t length, bool chunked)
{
    char head[256];
    char *body = calloc(1, length + 1);
    assert_non_null(body);
    memset(body, 'x', length);
    int file = test_connect(http_server_port(server->http, 0));
    int written = chunked ? snprintf(head, sizeof(head),
                                     HEAD("POST %s") "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
                                     path, length)
                          : snprintf(head, sizeof(head),
                                     HEAD("POST %s") "Content-Length: %zu\r\n\r\n", path, length);
    assert_true(test_send(file, head, (size_t)written));
    (void)test_send(file, body, length);
    if (chunked) {
        (void)test_send(file, "\r\n0\r\n\r\n", 7);
    }
    assert_true(test_read(file, reply, sizeof(reply)) > 0);
    (void)close(file);
    free(body);
}

static void a_body_over_the_bound_is_413_by_length_and_in_chunks(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    for (int chunked = 0; chunked < 2; chunked++) {
        post(&server, "/count", 1 << 20, chunked);
        assert_status(200);
        post(&server, "/count", (1 << 20) + 1, chunked);
        assert_problem(413);
    }
    /* By its length at once: not a byte of it was sent. */
    one(&server, HEAD("POST /count") "Content-Length: 99999999999\r\n\r\n");
    assert_problem(413);
    assert_has("\"instance\":\"/count\"");
    test_close(&server);
}

static void a_body_over_its_memory_goes_to_a_file(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    for (int chunked = 0; chunked < 2; chunked++) {
        post(&server, "/spool", 1000, chunked);
        assert_has("memory 0 1000");
        post(&server, "/spool", 1001, chunked);
        assert_has("file 1001 1001");
        post(&server, "/spool", 500000, chunked);
        assert_has("file 500000 500000");
    }
    struct http_facts facts;
    test_wait_count(&server.ends, 6); /* room is given back before ended(), after the answer */
    http_server_read_facts(server.http, &facts);
    assert_int_equal(facts.body_bytes_now, 0);
    test_close(&server);
}

static void no_room_for_bodies_is_503_and_passes(void **state)
{
    (void)state;
    struct test_server server;
    struct http_settings settings = test_settings(&server, &test_plain, 1);
    struct error error;
    settings.bodies_bytes_max = 100 * 1000;
    settings.spool_dir = "/does/not/exist";
    assert_int_equal(http_server_start(&settings, &server.http, &error), RESULT_OK);
    post(&server, "/count", 200 * 1000, false);
    assert_problem(503);
    assert_has("Retry-After: 1\r\n");
    post(&server, "/spool", 2000, false);
    assert_problem(503);
    post(&server, "/count", 20 * 1000, false);
    assert_status(200);
    struct http_facts facts;
    test_wait_count(&server.ends, 3);
    http_server_read_facts(server.http, &facts);
    assert_int_equal(facts.body_bytes_now, 0);
    test_close(&server);
}

static void an_early_answer_drops_a_small_body_and_keeps_the_connection(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    int file = test_connect(http_server_port(server.http, 0));
    test_ask(file, HEAD("POST /early") "Content-Length: 5\r\n\r\nhello", reply, sizeof(reply));
    assert_status(401);
    test_ask(file, HEAD("GET /next") "\r\n", reply, sizeof(reply));
    assert_has("GET /next ");
    (void)close(file);
    /* A large one is not waited for: the answer comes and the connection ends. */
    file = test_connect(http_server_port(server.http, 0));
    test_ask(file, HEAD("POST /early") "Content-Length: 5000000\r\n\r\n", reply, sizeof(reply));
    assert_status(401);
    assert_true(test_is_closed(file));
    (void)close(file);
    file = test_connect(http_server_port(server.http, 0));
    test_ask(file, HEAD("POST /early") "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", reply,
             sizeof(reply));
    assert_status(401);
    (void)close(file);
    test_close(&server);
    assert_int_equal(server.runs, 1);
    assert_int_equal(server.ends, 4);
}

static void lengths_with_two_readings_are_refused(void **state)
{
    (void)state;
    static const char *const heads[] = {
        HEAD("POST /echo") "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
        HEAD("POST /echo") "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD("POST /echo") "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        HEAD("POST /echo") "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        HEAD("POST /echo") "Transfer-Encoding: identity\r\n\r\n",
    };
    struct test_server server;
    test_open(&server);
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        int file = test_connect(http_server_port(server.http, 0));
        test_ask(file, heads[i], reply, sizeof(reply));
        assert_problem(400);
        assert_true(test_is_closed(file));
        (void)close(file);
    }
    one(&server, HEAD("POST /echo") "Content-Length: 3x\r\n\r\nabc");
    assert_status(400);
    one(&server, HEAD("POST /echo") "Content-Length: -3\r\n\r\nabc");
    assert_status(400);
    assert_int_equal(server.runs, 0);
    test_close(&server);
}

/* --- heads -------------------------------------------------------------------------------------------- */

static void a_head_over_the_bound_is_431(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    static const size_t sizes[] = { 32000, 34000, 200 * 1000 };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char *padding = calloc(1, sizes[i] + 1);
        assert_non_null(padding);
        memset(padding, 'p', sizes[i]);
        int file = test_connect(http_server_port(server.http, 0));
        test_say(file, HEAD("GET /a") "X-Pad: ");
        (void)test_send(file, padding, sizes[i]);
        (void)test_send(file, "\r\n\r\n", 4);
        bool answered = test_read(file, reply, sizeof(reply)) > 0;
        if (i == 0) {
            assert_status(200);
        } else if (i == 1) {
            assert_problem(431);
        } else {
            /* The library's own answer; it may be lost behind the unread rest. */
            assert_true(!answered || strncmp(reply, "HTTP/1.1 431 ", 13) == 0);
        }
        (void)close(file);
        free(padding);
    }
    test_close(&server);
}

static void a_malformed_head_is_400_and_small(void **state)
{
    (void)state;
    static const char *const heads[] = { "\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n",
                                         "GET /a HTTP/1.1\r\n\r\n" };
    struct test_server server;
    test_open(&server);
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        int file = test_connect(http_server_port(server.http, 0));
        test_say(file, heads[i]);
        size_t length = test_read(file, reply, sizeof(reply));
        assert_true(length < 600);
        assert_true(length == 0 || strncmp(reply, "HTTP/1.1 400 ", 13) == 0 ||
                    strncmp(reply, "HTTP/1.0 400 ", 13) == 0);
        (void)close(file);
    }
    assert_int_equal(server.runs, 0);
    test_close(&server);
}

/* --- compression ------------------------------------------------------------------------------------- */

static void json_is_packed_only_for_who_takes_it(void **state)
{
    (void)state;
    static const struct {
        const char *accepts;
        bool packed;
    } rows[] = { { "gzip", true },      { "deflate, GZIP;q=0.5", true }, { "*", true },
                 { "gzip;q=0", false }, { "gzip; q=0.000", false },      { "*, gzip;q=0", false },
                 { "*;q=0", false },    { "identity", false },           { "", false } };
    struct test_server server;
    test_open(&server);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char request[256];
        (void)snprintf(request, sizeof(request), HEAD("GET /large") "Accept-Encoding: %s\r\n\r\n",
                       rows[i].accepts);
        one(&server, request);
        assert_status(200);
        assert_has("Vary: Accept-Encoding\r\n");
        bool packed = strstr(reply, "Content-Encoding: gzip\r\n") != NULL;
        assert_int_equal(packed, rows[i].packed);
        assert_int_equal(strstr(reply, "Content-Length: 5000\r\n") == NULL, packed);
    }
    one(&server, HEAD("GET /small") "Accept-Encoding: gzip\r\n\r\n");
    assert_null(strstr(reply, "Content-Encoding"));
    one(&server, HEAD("GET /nothing") "Accept-Encoding: gzip\r\n\r\n");
    assert_status(204);
    test_close(&server);
}

static void a_packed_answer_unpacks_to_the_same(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    int file = test_connect(http_server_port(server.http, 0));
    test_say(file, HEAD("GET /large") "Accept-Encoding: gzip\r\n\r\n");
    size_t length = test_read(file, reply, sizeof(reply));
    const char *body = strstr(reply, "\r\n\r\n") + 4;
    Bytef plain[8192];
    Bytef packed[8192];
    size_t packed_bytes = length - (size_t)(body - reply);
    assert_true(packed_bytes > 0 && packed_bytes < sizeof(packed));
    memcpy(packed, body, packed_bytes);
    z_stream stream = { .next_in = packed,
                        .avail_in = (uInt)packed_bytes,
                        .next_out = plain,
                        .avail_out = sizeof(plain) };
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, 5000);
    assert_int_equal(plain[4999], 'a');
    (void)inflateEnd(&stream);
    (void)close(file);
    test_close(&server);
}

/* --- addresses ---------------------------------------------------------------------------------------- */

static void addresses_are_read_or_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "127.0.0.1:80",
                                       "http://",
                                       "http://:80",
                                       "http://h",
                                       "http://h:",
                                       "http://h:65536",
                                       "http://h:-1",
                                       "http://h:80/",
                                       "http://::1:80",
                                       "http://[]:80",
                                       "ftp://h:80",
                                       "http://a/b:80" };
    struct http_listen at;
    struct error error;
    assert_int_equal(http_listen_parse("https://127.0.0.1:8443", &at, &error), RESULT_OK);
    assert_true(at.tls && at.port == 8443);
    assert_string_equal(at.host, "127.0.0.1");
    assert_int_equal(http_listen_parse("HTTP://[::1]:0", &at, &error), RESULT_OK);
    assert_true(!at.tls && at.port == 0);
    assert_string_equal(at.host, "::1");
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(http_listen_parse(bad[i], &at, &error), RESULT_INVALID);
    }
    struct test_server server;
    struct http_listen taken = { .host = "127.0.0.1" };
    test_open(&server);
    taken.port = http_server_port(server.http, 0);
    struct test_server second;
    struct http_settings settings = test_settings(&second, &taken, 1);
    assert_int_equal(http_server_start(&settings, &second.http, &error), RESULT_BROKEN);
    test_close(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_kept_and_answers_in_order),
        cmocka_unit_test(close_and_http_1_0_end_the_connection),
        cmocka_unit_test(head_has_the_length_but_no_body),
        cmocka_unit_test(path_and_query_are_decoded),
        cmocka_unit_test(too_many_parameters_are_refused),
        cmocka_unit_test(a_good_request_id_is_kept_and_a_bad_one_replaced),
        cmocka_unit_test(bodies_come_by_length_and_in_chunks),
        cmocka_unit_test(a_body_over_the_bound_is_413_by_length_and_in_chunks),
        cmocka_unit_test(a_body_over_its_memory_goes_to_a_file),
        cmocka_unit_test(no_room_for_bodies_is_503_and_passes),
        cmocka_unit_test(an_early_answer_drops_a_small_body_and_keeps_the_connection),
        cmocka_unit_test(lengths_with_two_readings_are_refused),
        cmocka_unit_test(a_head_over_the_bound_is_431),
        cmocka_unit_test(a_malformed_head_is_400_and_small),
        cmocka_unit_test(json_is_packed_only_for_who_takes_it),
        cmocka_unit_test(a_packed_answer_unpacks_to_the_same),
        cmocka_unit_test(addresses_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
