/* Proves that what the library has wrong about epoll is mended: requests which come at once are all answered, however many they
   are (it loses sight of 128), and a stop meets loops that are awake. */
#include <errno.h>
#include <semaphore.h>
#include <sys/epoll.h>

#include "http/test_server.h"

enum { EVENTS_A_LOOK = 128 };

static char reply[TEST_REPLY_BYTES];
static sem_t held, release;

/* "/hold" keeps the loop busy, so that everything else that comes is there at its next look. */
static void hold_run(void *context, struct http_exchange *exchange)
{
    if (strcmp(http_path(exchange), "/hold") == 0) {
        (void)sem_post(&held);
        (void)sem_wait(&release);
    }
    test_run(context, exchange);
}

static void ask_at_once(size_t count)
{
    struct test_server server;
    struct http_settings settings = test_settings(&server, &test_plain, 1);
    struct error error;
    int files[2 * EVENTS_A_LOOK];
    settings.loops = 1;
    settings.handler.run = hold_run;
    assert_int_equal(http_server_start(&settings, &server.http, &error), RESULT_OK);
    for (size_t i = 0; i < count; i++) {
        files[i] = test_connect(http_server_port(server.http, 0));
        test_ask(files[i], "GET / HTTP/1.1\r\nHost: t\r\n\r\n", reply, sizeof(reply));
    }
    int holder = test_connect(http_server_port(server.http, 0));
    test_say(holder, "GET /hold HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_int_equal(sem_wait(&held), 0);
    for (size_t i = 0; i < count; i++) {
        test_say(files[i], "GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    }
    assert_int_equal(sem_post(&release), 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(test_read(files[i], reply, sizeof(reply)) > 0);
        (void)close(files[i]);
    }
    assert_true(test_read(holder, reply, sizeof(reply)) > 0);
    (void)close(holder);
    test_close(&server);
}

static void requests_that_come_at_once_are_all_answered(void **state)
{
    (void)state;
    static const size_t counts[] = { EVENTS_A_LOOK - 1, EVENTS_A_LOOK, EVENTS_A_LOOK + 1,
                                     2 * EVENTS_A_LOOK };
    assert_int_equal(sem_init(&held, 0, 0), 0);
    assert_int_equal(sem_init(&release, 0, 0), 0);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        ask_at_once(counts[i]);
    }
}

/* A loop and a stop may both take the listening socket out of the loop's set: the library ends the program when the second one
   is told that it is gone. */
static void what_is_gone_may_be_removed_again(void **state)
{
    (void)state;
    struct epoll_event event = { .events = EPOLLIN };
    int poll = epoll_create1(EPOLL_CLOEXEC);
    int ends[2];
    assert_true(poll >= 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(epoll_ctl(poll, EPOLL_CTL_ADD, ends[0], &event), 0);
    assert_int_equal(epoll_ctl(poll, EPOLL_CTL_DEL, ends[0], NULL), 0);
    assert_int_equal(epoll_ctl(poll, EPOLL_CTL_DEL, ends[0], NULL), 0);
    assert_int_equal(epoll_ctl(poll, EPOLL_CTL_MOD, ends[0], &event), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(epoll_ctl(poll, EPOLL_CTL_DEL, -1, NULL), -1);
    assert_int_equal(errno, EBADF);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(poll);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_that_come_at_once_are_all_answered),
        cmocka_unit_test(what_is_gone_may_be_removed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
