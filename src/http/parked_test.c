/* Proves that requests may wait for an answer from another thread, and that a stop leaves none behind. */
#include "http/test_server.h"

#define HEAD(line) line " HTTP/1.1\r\nHost: t\r\n"

enum { MANY = 200 };

static char reply[TEST_REPLY_BYTES];

static void *answer_all(void *context)
{
    struct test_server *server = context;
    (void)pthread_mutex_lock(&server->lock);
    size_t count = server->parked_count;
    server->parked_count = 0;
    (void)pthread_mutex_unlock(&server->lock);
    for (size_t i = 0; i < count; i++) {
        http_answer_header(server->parked[i], "X-Late", "yes");
        assert(http_header(server->parked[i], "Host").length == 1);
        test_answer(server->parked[i], 200, "text/plain", "late", 4);
    }
    return NULL;
}

static void answer_from_another_thread(struct test_server *server)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer_all, server), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void a_parked_request_is_answered_by_another_thread(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    int file = test_connect(http_server_port(server.http, 0));
    for (int i = 1; i <= 3; i++) {
        test_say(file, HEAD("POST /park") "Content-Length: 2\r\n\r\nhi");
        test_wait_count(&server.parks, i);
        struct http_facts facts;
        http_server_read_facts(server.http, &facts);
        assert_int_equal(facts.parked_now, 1);
        answer_from_another_thread(&server);
        assert_true(test_read(file, reply, sizeof(reply)) > 0);
        assert_non_null(strstr(reply, "X-Late: yes\r\n"));
        assert_non_null(strstr(reply, "\r\n\r\nlate"));
    }
    (void)close(file);
    test_close(&server);
    assert_int_equal(server.ends, 3);
}

static void an_answer_before_run_returns_is_not_lost(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    int file = test_connect(http_server_port(server.http, 0));
    for (int i = 0; i < 200; i++) {
        test_ask(file, HEAD("GET /park-at-once") "\r\n", reply, sizeof(reply));
        assert_non_null(strstr(reply, "at once"));
    }
    (void)close(file);
    test_close(&server);
}

static void two_hundred_wait_while_others_are_answered(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    int files[MANY];
    uint16_t port = http_server_port(server.http, 0);
    for (int i = 0; i < MANY; i++) {
        files[i] = test_connect(port);
        test_say(files[i], HEAD("GET /park") "\r\n");
    }
    test_wait_count(&server.parks, MANY);
    int other = test_connect(port);
    test_ask(other, HEAD("GET /a") "\r\n", reply, sizeof(reply));
    (void)close(other);
    answer_from_another_thread(&server);
    for (int i = 0; i < MANY; i++) {
        assert_true(test_read(files[i], reply, sizeof(reply)) > 0);
        assert_non_null(strstr(reply, "\r\n\r\nlate"));
        (void)close(files[i]);
    }
    test_close(&server);
    assert_int_equal(server.ends, MANY + 1);
}

static void a_client_that_left_while_parked_is_ended_once(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    int file = test_connect(http_server_port(server.http, 0));
    test_say(file, HEAD("GET /park") "\r\n");
    test_wait_count(&server.parks, 1);
    (void)close(file);
    answer_from_another_thread(&server);
    test_wait_count(&server.ends, 1);
    test_close(&server);
    assert_int_equal(server.ends, 1);
}

/* --- stop --------------------------------------------------------------------------------------------- */

static void a_stop_waits_for_answers_within_its_grace(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    uint16_t port = http_server_port(server.http, 0);
    int file = test_connect(port);
    test_say(file, HEAD("GET /park") "\r\n");
    test_wait_count(&server.parks, 1);
    pthread_t thread;
    int64_t started_us = time_monotonic_us();
    assert_int_equal(pthread_create(&thread, NULL, test_stop, &server), 0);
    (void)usleep(50 * 1000); /* so that the stop is under way; the test holds without it */
    answer_from_another_thread(&server);
    assert_true(test_read(file, reply, sizeof(reply)) > 0);
    assert_non_null(strstr(reply, "\r\n\r\nlate"));
    assert_true(test_is_closed(file));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(time_monotonic_us() - started_us < 5 * US_PER_SECOND);
    assert_int_equal(server.ends, 1);
    (void)close(file);
    (void)pthread_mutex_destroy(&server.lock);
}

static void a_stop_answers_503_for_owners_that_come_too_late(void **state)
{
    (void)state;
    struct test_server server;
    test_open(&server);
    int file = test_connect(http_server_port(server.http, 0));
    test_say(file, HEAD("GET /park") "X-Request-Id: here\r\n\r\n");
    test_wait_count(&server.parks, 1);
    http_server_stop(server.http, 20);
    assert_true(test_read(file, reply, sizeof(reply)) > 0);
    assert_memory_equal(reply, "HTTP/1.1 503 ", 13);
    assert_non_null(strstr(reply, "\"traceId\":\"here\""));
    assert_non_null(strstr(reply, "Retry-After: 1\r\n"));
    assert_true(test_is_closed(file));
    (void)close(file);
    /* The owner knows nothing of it, still reads and then answers. */
    struct http_exchange *late = server.parked[0];
    assert_string_equal(http_path(late), "/park");
    assert_string_equal(http_request_id(late), "here");
    assert_int_equal(http_header(late, "Host").length, 0);
    test_answer(late, 200, "text/plain", "too late", 8);
    assert_int_equal(server.ends, 0);
    (void)pthread_mutex_destroy(&server.lock);
}

/* --- slow clients ------------------------------------------------------------------------------------- */

static struct http_settings impatient(struct test_server *server)
{
    struct http_settings settings = test_settings(server, &test_plain, 1);
    settings.idle_timeout_s = 5;
    settings.request_timeout_s = 1;
    return settings;
}

/* One byte every 50 ms, so that an idle time-out never strikes; true when the server cut in. */
static bool dribble(int file, char byte)
{
    for (int i = 0; i < 80; i++) {
        if (!test_send(file, &byte, 1)) {
            return true;
        }
        (void)usleep(50 * 1000);
    }
    return false;
}

static void a_head_or_body_that_trickles_is_cut(void **state)
{
    (void)state;
    struct test_server server;
    struct http_settings settings = impatient(&server);
    struct error error;
    assert_int_equal(http_server_start(&settings, &server.http, &error), RESULT_OK);
    uint16_t port = http_server_port(server.http, 0);
    int head = test_connect(port);
    test_say(head, HEAD("GET /a") "X-Slow: ");
    assert_true(dribble(head, 'h'));
    int body = test_connect(port);
    test_say(body, HEAD("POST /echo") "Content-Length: 1000\r\n\r\n");
    assert_true(dribble(body, 'b'));
    (void)close(head);
    (void)close(body);
    assert_int_equal(server.runs, 0);
    test_close(&server);
}

static void a_parked_request_is_not_cut(void **state)
{
    (void)state;
    struct test_server server;
    struct http_settings settings = impatient(&server);
    struct error error;
    settings.idle_timeout_s = 1;
    assert_int_equal(http_server_start(&settings, &server.http, &error), RESULT_OK);
    int file = test_connect(http_server_port(server.http, 0));
    int silent = test_connect(http_server_port(server.http, 0));
    test_say(file, HEAD("GET /park") "\r\n");
    test_wait_count(&server.parks, 1);
    assert_true(test_is_closed(silent)); /* longer than any of the bounds */
    (void)usleep(1500 * 1000);
    answer_from_another_thread(&server);
    assert_true(test_read(file, reply, sizeof(reply)) > 0);
    assert_non_null(strstr(reply, "\r\n\r\nlate"));
    (void)close(file);
    (void)close(silent);
    test_close(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parked_request_is_answered_by_another_thread),
        cmocka_unit_test(an_answer_before_run_returns_is_not_lost),
        cmocka_unit_test(two_hundred_wait_while_others_are_answered),
        cmocka_unit_test(a_client_that_left_while_parked_is_ended_once),
        cmocka_unit_test(a_stop_waits_for_answers_within_its_grace),
        cmocka_unit_test(a_stop_answers_503_for_owners_that_come_too_late),
        cmocka_unit_test(a_head_or_body_that_trickles_is_cut),
        cmocka_unit_test(a_parked_request_is_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
