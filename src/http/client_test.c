/* Proves that the client speaks with our server over TCP and TLS, resumes TLS, and fails in the ways it says. */
#include <fcntl.h>
#include <gnutls/gnutls.h>

#include "crypto/key.h"
#include "http/client.h"
#include "http/test_server.h"

enum { ANSWER_BYTES_MAX = 64 * 1024, ARENA_BYTES = 1 << 20, URL_BYTES = 64 };

struct pair {
    struct test_server server;
    struct http_client *client;
    struct arena *arena;
    struct slice ca_cert;
    char ca_file[64];
};

static void write_file(char *path, size_t room, struct slice text)
{
    (void)snprintf(path, room, "/tmp/http-client-test-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text.text, text.length), text.length);
    (void)close(file);
}

static void certify(struct pair *pair, struct slice *out_cert, struct slice *out_key)
{
    static const char *const names[] = { "127.0.0.1" };
    struct slice ca_key;
    struct error error;
    int64_t now_us = time_now_us();
    pair->arena = arena_new(ARENA_BYTES);
    assert_non_null(pair->arena);
    assert_int_equal(ca_make(pair->arena, "test", now_us - US_PER_DAY, now_us + US_PER_DAY,
                             &pair->ca_cert, &ca_key, &error),
                     RESULT_OK);
    assert_int_equal(key_make(pair->arena, out_key, &error), RESULT_OK);
    struct cert_order order = { .use = CERT_SERVER,
                                .common_name = "test",
                                .names = names,
                                .name_count = 1,
                                .from_us = now_us - US_PER_DAY,
                                .until_us = now_us + US_PER_DAY,
                                .subject_key_pem = *out_key };
    assert_int_equal(cert_issue(pair->arena, pair->ca_cert, ca_key, &order, out_cert, &error),
                     RESULT_OK);
    write_file(pair->ca_file, sizeof(pair->ca_file), pair->ca_cert);
}

static struct http_client *client_to(const struct pair *pair, bool tls, const char *ca_file)
{
    char url[URL_BYTES];
    struct error error;
    struct http_client *client = NULL;
    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u/", tls ? "https" : "http",
                   http_server_port(pair->server.http, tls ? 1 : 0));
    struct http_client_settings settings = { .base_url = url,
                                             .ca_file = ca_file,
                                             .user_agent = "test/1",
                                             .connect_timeout_ms = 5000,
                                             .answer_bytes_max = ANSWER_BYTES_MAX };
    assert_int_equal(http_client_open(&settings, &client, &error), RESULT_OK);
    return client;
}

static int setup(void **state)
{
    static struct pair pair;
    static const struct http_listen listens[] = { { .tls = false, .host = "127.0.0.1" },
                                                  { .tls = true, .host = "127.0.0.1" } };
    struct error error;
    struct http_settings settings = test_settings(&pair.server, listens, 2);
    certify(&pair, &settings.tls_cert_pem, &settings.tls_key_pem);
    assert_int_equal(http_server_start(&settings, &pair.server.http, &error), RESULT_OK);
    pair.client = client_to(&pair, true, pair.ca_file);
    *state = &pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    http_client_close(pair->client);
    test_close(&pair->server);
    (void)unlink(pair->ca_file);
    arena_free(pair->arena);
    return 0;
}

static struct http_answer ask(struct http_client *client, struct http_call call, enum result wanted)
{
    struct http_answer answer = { .status = 0 };
    struct error error = { .text = "" };
    call.method = call.method == NULL ? "GET" : call.method;
    call.timeout_ms = call.timeout_ms == 0 ? 5000 : call.timeout_ms;
    enum result result = http_client_call(client, &call, &answer, &error);
    if (result != wanted) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(result, wanted);
    return answer;
}

static void calls_share_one_tls_connection(void **state)
{
    struct pair *pair = *state;
    static const char *const headers[] = { "X-Test: here", NULL };
    for (int i = 0; i < 20; i++) {
        struct http_answer answer = ask(
            pair->client, (struct http_call){ .path = "/a?b=c", .headers = headers }, RESULT_OK);
        assert_int_equal(answer.status, 200);
        assert_non_null(memmem(answer.body.text, answer.body.length, "tls=1", 5));
        assert_non_null(memmem(answer.body.text, answer.body.length, "x=here [b=c]", 12));
        assert_true(slice_is(answer.content_type, "text/plain"));
    }
    struct http_facts facts;
    http_server_read_facts(pair->server.http, &facts);
    assert_int_equal(facts.connections_total, 1);
}

static void bodies_go_from_memory_and_from_a_file(void **state)
{
    struct pair *pair = *state;
    struct http_call call = { .method = "POST", .path = "/echo", .body = SLICE("hello") };
    assert_true(slice_is(ask(pair->client, call, RESULT_OK).body, "hello"));
    call = (struct http_call){ .method = "POST", .path = "/echo" };
    assert_int_equal(ask(pair->client, call, RESULT_OK).body.length, 0);
    char path[64];
    write_file(path, sizeof(path), SLICE("skip:from a file"));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(lseek(file, 5, SEEK_SET), 5);
    call = (struct http_call){
        .method = "PUT", .path = "/echo", .body_file = file, .body_file_set = true
    };
    assert_true(slice_is(ask(pair->client, call, RESULT_OK).body, "from a file"));
    (void)close(file);
    (void)unlink(path);
    call = (struct http_call){ .method = "HEAD", .path = "/large" };
    assert_int_equal(ask(pair->client, call, RESULT_OK).status, 200);
    call = (struct http_call){ .method = "DELETE", .path = "/nothing" };
    assert_int_equal(ask(pair->client, call, RESULT_OK).status, 204);
}

static void statuses_are_answers_and_not_failures(void **state)
{
    struct pair *pair = *state;
    struct http_call call = { .method = "POST", .path = "/early", .body = SLICE("x") };
    assert_int_equal(ask(pair->client, call, RESULT_OK).status, 401);
}

static void an_answer_over_the_bound_is_refused(void **state)
{
    struct pair *pair = *state;
    char *body = calloc(1, ANSWER_BYTES_MAX + 1);
    assert_non_null(body);
    struct http_call call = { .method = "POST",
                              .path = "/echo",
                              .body = { body, ANSWER_BYTES_MAX } };
    assert_int_equal(ask(pair->client, call, RESULT_OK).body.length, ANSWER_BYTES_MAX);
    call.body.length++;
    (void)ask(pair->client, call, RESULT_TOO_LARGE);
    free(body);
    call = (struct http_call){ .path = "/a" };
    assert_int_equal(ask(pair->client, call, RESULT_OK).status, 200);
}

static void a_certificate_of_another_ca_is_denied(void **state)
{
    struct pair *pair = *state;
    struct http_call call = { .path = "/a" };
    struct http_client *stranger = client_to(pair, true, NULL);
    (void)ask(stranger, call, RESULT_DENIED);
    http_client_close(stranger);
    stranger = client_to(pair, true, "/does/not/exist");
    (void)ask(stranger, call, RESULT_DENIED);
    http_client_close(stranger);
    http_client_close(NULL);
}

static void no_server_and_no_time_are_busy(void **state)
{
    struct pair *pair = *state;
    struct error error;
    struct http_client *client = NULL;
    struct http_client_settings settings = { .base_url = "http://127.0.0.1:1",
                                             .user_agent = "test/1",
                                             .connect_timeout_ms = 1000,
                                             .answer_bytes_max = ANSWER_BYTES_MAX };
    struct http_call call = { .path = "/a" };
    assert_int_equal(http_client_open(&settings, &client, &error), RESULT_OK);
    (void)ask(client, call, RESULT_BUSY);
    http_client_close(client);
    settings.base_url = "ftp://127.0.0.1";
    assert_int_equal(http_client_open(&settings, &client, &error), RESULT_OK);
    (void)ask(client, call, RESULT_INVALID);
    http_client_close(client);
    (void)ask(pair->client, (struct http_call){ .path = "/park", .timeout_ms = 200 }, RESULT_BUSY);
    test_wait_count(&pair->server.parks, 1);
    test_answer(pair->server.parked[0], 200, "text/plain", "", 0);
}

static void *cancel_soon(void *context)
{
    struct pair *pair = context;
    test_wait_count(&pair->server.parks, 1);
    http_client_cancel(pair->client);
    return NULL;
}

static void a_cancelled_call_returns_long_before_its_time(void **state)
{
    struct pair *pair = *state;
    pthread_t thread;
    int64_t started_us = time_monotonic_us();
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, pair), 0);
    (void)ask(pair->client, (struct http_call){ .path = "/park", .timeout_ms = 60000 },
              RESULT_BUSY);
    assert_true(time_monotonic_us() - started_us < 5 * US_PER_SECOND);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)ask(pair->client, (struct http_call){ .path = "/a" }, RESULT_BUSY);
    test_answer(pair->server.parked[0], 200, "text/plain", "", 0);
}

/* --- resumption ------------------------------------------------------------------------------------- */

/* One connection with a request; takes a session up when `session` has one, and leaves the next there. True
   when the server took it up too. */
static bool connect_tls(uint16_t port, const char *priorities,
                        gnutls_certificate_credentials_t credentials, gnutls_datum_t *session)
{
    static const char request[] = "GET /a HTTP/1.1\r\nHost: t\r\n\r\n";
    char reply[1024];
    gnutls_session_t tls = NULL;
    int file = test_connect(port);
    assert_int_equal(gnutls_init(&tls, GNUTLS_CLIENT), 0);
    assert_int_equal(gnutls_priority_set_direct(tls, priorities, NULL), 0);
    assert_int_equal(gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, credentials), 0);
    if (session->data != NULL) {
        assert_int_equal(gnutls_session_set_data(tls, session->data, session->size), 0);
        gnutls_free(session->data);
        session->data = NULL;
    }
    gnutls_transport_set_int(tls, file);
    int code = gnutls_handshake(tls);
    bool resumed = code == GNUTLS_E_SUCCESS && gnutls_session_is_resumed(tls) != 0;
    if (code == GNUTLS_E_SUCCESS) {
        assert_true(gnutls_record_send(tls, request, sizeof(request) - 1) > 0);
        ssize_t got = 0;
        do {
            got = gnutls_record_recv(tls, reply, sizeof(reply)); /* a ticket comes first */
        } while (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED);
        assert_true(got > 0);
        assert_int_equal(gnutls_session_get_data2(tls, session), 0);
    }
    gnutls_deinit(tls);
    (void)close(file);
    return resumed;
}

static void sessions_are_resumed_over_tls_1_2_and_1_3_and_nothing_older(void **state)
{
    struct pair *pair = *state;
    static const char *const versions[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.2",
                                            "NORMAL:-VERS-ALL:+VERS-TLS1.3" };
    uint16_t port = http_server_port(pair->server.http, 1);
    gnutls_certificate_credentials_t credentials = NULL;
    gnutls_datum_t session = { .data = NULL };
    assert_int_equal(gnutls_certificate_allocate_credentials(&credentials), 0);
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        assert_false(connect_tls(port, versions[i], credentials, &session));
        assert_true(connect_tls(port, versions[i], credentials, &session));
        gnutls_free(session.data);
        session.data = NULL;
    }
    assert_false(connect_tls(port, "NORMAL:-VERS-ALL:+VERS-TLS1.1", credentials, &session));
    assert_null(session.data);
    gnutls_certificate_free_credentials(credentials);
}

static void a_key_of_another_certificate_does_not_start(void **state)
{
    struct pair *pair = *state;
    static const struct http_listen listen_at = { .tls = true, .host = "127.0.0.1" };
    struct test_server other;
    struct error error;
    struct http_settings settings = test_settings(&other, &listen_at, 1);
    assert_int_equal(http_server_start(&settings, &other.http, &error), RESULT_INVALID);
    settings.tls_cert_pem = pair->ca_cert;
    assert_int_equal(key_make(pair->arena, &settings.tls_key_pem, &error), RESULT_OK);
    assert_int_equal(http_server_start(&settings, &other.http, &error), RESULT_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_share_one_tls_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(bodies_go_from_memory_and_from_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(statuses_are_answers_and_not_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_over_the_bound_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_certificate_of_another_ca_is_denied, setup, teardown),
        cmocka_unit_test_setup_teardown(no_server_and_no_time_are_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_call_returns_long_before_its_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(sessions_are_resumed_over_tls_1_2_and_1_3_and_nothing_older,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_of_another_certificate_does_not_start, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
