/* Proves that a waiting call comes back exactly once: by a wake for it, when its time is up, or when the hub ends. */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/hub.h"
#include "base/time.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { MANY = 2000, ROUNDS = 200, WAIT_MAX_S = 10 };

struct waiter {
    struct hub_entry entry; /* first: the hub hands it back */
    atomic_int back;
};

static sem_t came_back;

static void on_back(void *context, struct hub_entry *entry)
{
    assert_ptr_equal(context, &came_back);
    (void)atomic_fetch_add(&((struct waiter *)entry)->back, 1);
    (void)sem_post(&came_back);
}

static int set_up(void **state)
{
    (void)sem_init(&came_back, 0, 0);
    *state = hub_new(on_back, &came_back);
    return *state == NULL;
}

static int tear_down(void **state)
{
    hub_free(*state);
    (void)sem_destroy(&came_back);
    return 0;
}

/* True when one more came back in time. */
static bool one_comes(void)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MAX_S;
    return sem_timedwait(&came_back, &until) == 0;
}

static bool none_came(void)
{
    return sem_trywait(&came_back) != 0;
}

static struct waiter waiter_of(const char *computer, const char *group)
{
    return (struct waiter){ .entry = { .computer_id = computer,
                                       .group_id = group,
                                       .until_us = time_monotonic_us() + 3600 * US_PER_SECOND } };
}

static void park(struct hub *hub, struct waiter *waiter)
{
    assert_true(hub_wait(hub, &waiter->entry, hub_wakes(hub, false)));
}

static void a_wake_brings_back_the_computer_it_names(void **state)
{
    struct hub *hub = *state;
    struct waiter one = waiter_of("c1", "g1");
    struct waiter two = waiter_of("c2", NULL);
    park(hub, &one);
    park(hub, &two);
    assert_int_equal(hub_waiting(hub), 2);
    hub_wake(hub, WAKE_COMPUTER, "c3");
    hub_wake(hub, WAKE_TASKS, NULL);
    assert_true(none_came());
    hub_wake(hub, WAKE_COMPUTER, "c1");
    assert_int_equal(atomic_load(&one.back), 1);
    assert_int_equal(atomic_load(&two.back), 0);
    assert_int_equal(hub_waiting(hub), 1);
    hub_wake(hub, WAKE_COMPUTER, "c1");
    hub_wake(hub, WAKE_GROUP, "g1");
    assert_int_equal(atomic_load(&one.back), 1);
    hub_wake(hub, WAKE_COMPUTER, "c2");
    assert_int_equal(atomic_load(&two.back), 1);
    assert_int_equal(hub_waiting(hub), 0);
}

static void a_wake_brings_back_all_of_a_group_or_all(void **state)
{
    struct hub *hub = *state;
    struct waiter one = waiter_of("c1", "g1");
    struct waiter two = waiter_of("c2", "g1");
    struct waiter other = waiter_of("c3", "g2");
    struct waiter none = waiter_of("c4", NULL);
    park(hub, &one);
    park(hub, &two);
    park(hub, &other);
    park(hub, &none);
    hub_wake(hub, WAKE_GROUP, "g1");
    assert_int_equal(atomic_load(&one.back) + atomic_load(&two.back), 2);
    assert_int_equal(atomic_load(&other.back) + atomic_load(&none.back), 0);
    park(hub, &one);
    hub_wake(hub, WAKE_ALL, NULL);
    assert_int_equal(atomic_load(&one.back), 2);
    assert_int_equal(atomic_load(&other.back) + atomic_load(&none.back), 2);
    assert_int_equal(hub_waiting(hub), 0);
}

static void several_calls_of_one_computer_all_come_back(void **state)
{
    struct hub *hub = *state;
    struct waiter calls[3] = { waiter_of("c1", "g1"), waiter_of("c1", "g1"),
                               waiter_of("c1", NULL) };
    for (size_t i = 0; i < 3; i++) {
        park(hub, &calls[i]);
    }
    hub_wake(hub, WAKE_COMPUTER, "c1");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(atomic_load(&calls[i].back), 1);
    }
}

static void a_wake_since_the_check_keeps_a_call_from_waiting(void **state)
{
    struct hub *hub = *state;
    struct waiter one = waiter_of("c1", NULL);
    uint64_t wakes = hub_wakes(hub, false);
    hub_wake(hub, WAKE_COMPUTER, "c1");
    assert_false(hub_wait(hub, &one.entry, wakes));
    assert_int_equal(hub_waiting(hub), 0);
    park(hub, &one);
    hub_wake(hub, WAKE_ALL, NULL);
    assert_int_equal(atomic_load(&one.back), 1);
}

static void calls_come_back_when_their_time_is_up(void **state)
{
    struct hub *hub = *state;
    static const int64_t waits_us[] = { 600000, -1, 100000, -5 * US_PER_SECOND, 0 };
    struct waiter calls[5];
    struct waiter later = waiter_of("c9", "g1");
    int64_t start_us = time_monotonic_us();
    for (size_t i = 0; i < 5; i++) {
        calls[i] = waiter_of("c1", "g1");
        calls[i].entry.until_us = start_us + waits_us[i];
        park(hub, &calls[i]);
    }
    park(hub, &later);
    for (size_t i = 0; i < 5; i++) {
        assert_true(one_comes());
    }
    assert_true(time_monotonic_us() - start_us >= 600000);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(atomic_load(&calls[i].back), 1);
    }
    assert_int_equal(atomic_load(&later.back), 0);
    assert_int_equal(hub_waiting(hub), 1);
    hub_wake(hub, WAKE_ALL, NULL);
}

static void an_ending_hub_brings_everybody_back(void **state)
{
    (void)state;
    struct waiter *calls = calloc(MANY, sizeof(*calls));
    char(*ids)[16] = calloc(MANY, sizeof(*ids));
    struct hub *hub = hub_new(on_back, &came_back);
    assert_non_null(hub);
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(ids[i], sizeof(ids[i]), "c%zu", i);
        calls[i] = waiter_of(ids[i], i % 2 == 0 ? "even" : NULL);
        park(hub, &calls[i]);
    }
    hub_free(hub);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(atomic_load(&calls[i].back), 1);
    }
    hub_free(NULL);
    free(calls);
    free(ids);
}

static atomic_bool enough;

static void *wake_on(void *context)
{
    for (size_t i = 0; !atomic_load(&enough); i++) {
        hub_wake(context, i % 3 == 0 ? WAKE_GROUP : WAKE_COMPUTER, i % 3 == 0 ? "g1" : "c1");
    }
    return NULL;
}

/* Nobody's time is up: every return is a wake's. */
static void calls_come_back_once_when_several_threads_wake(void **state)
{
    struct hub *hub = *state;
    pthread_t threads[2];
    atomic_store(&enough, false);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, wake_on, hub), 0);
    }
    for (size_t waited = 0; waited < ROUNDS;) {
        struct waiter call = waiter_of("c1", "g1");
        if (hub_wait(hub, &call.entry, hub_wakes(hub, false))) {
            waited++;
            assert_true(one_comes());
            assert_int_equal(atomic_load(&call.back), 1);
        }
    }
    atomic_store(&enough, true);
    for (size_t i = 0; i < 2; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    assert_true(none_came());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wake_brings_back_the_computer_it_names),
        TEST(a_wake_brings_back_all_of_a_group_or_all),
        TEST(several_calls_of_one_computer_all_come_back),
        TEST(a_wake_since_the_check_keeps_a_call_from_waiting),
        TEST(calls_come_back_when_their_time_is_up),
        TEST(an_ending_hub_brings_everybody_back),
        TEST(calls_come_back_once_when_several_threads_wake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
