/* Proves that jobs run once each, in order, up to the queue's bound, and that an ending pool finishes them. */
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/worker_pool.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { JOBS = 1000, THREADS = 4, QUEUE_MAX = 3 };

struct job {
    struct worker_job job; /* first: the pool hands it back */
    size_t order;
    uint32_t worker;
};

static atomic_size_t ran;

static void count_up(struct worker_job *job, uint32_t worker)
{
    struct job *mine = (struct job *)job;
    mine->worker = worker;
    mine->order = atomic_fetch_add(&ran, 1);
}

static void every_job_runs_on_a_known_worker(void **state)
{
    (void)state;
    static struct job jobs[JOBS];
    struct worker_pool *pool = worker_pool_new(THREADS, JOBS);
    assert_non_null(pool);
    atomic_store(&ran, 0);
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i].job.run = count_up;
        assert_int_equal(worker_pool_submit(pool, &jobs[i].job), RESULT_OK);
    }
    worker_pool_free(pool);
    assert_int_equal(atomic_load(&ran), JOBS);
    for (size_t i = 0; i < JOBS; i++) {
        assert_true(jobs[i].worker < THREADS);
    }
}

static void one_worker_keeps_the_order(void **state)
{
    (void)state;
    static struct job jobs[JOBS];
    struct worker_pool *pool = worker_pool_new(1, JOBS);
    atomic_store(&ran, 0);
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i].job.run = count_up;
        assert_int_equal(worker_pool_submit(pool, &jobs[i].job), RESULT_OK);
    }
    worker_pool_free(pool);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].order, i);
    }
}

static sem_t started;
static sem_t go_on;

static void wait_for_go(struct worker_job *job, uint32_t worker)
{
    (void)job;
    (void)worker;
    (void)sem_post(&started);
    (void)sem_wait(&go_on);
}

static void a_full_queue_takes_no_more(void **state)
{
    (void)state;
    struct job blocker = { .job.run = wait_for_go };
    struct job jobs[QUEUE_MAX + 1] = { 0 };
    (void)sem_init(&started, 0, 0);
    (void)sem_init(&go_on, 0, 0);
    struct worker_pool *pool = worker_pool_new(1, QUEUE_MAX);
    assert_int_equal(worker_pool_submit(pool, &blocker.job), RESULT_OK);
    (void)sem_wait(&started);
    atomic_store(&ran, 0);
    for (size_t i = 0; i <= QUEUE_MAX; i++) {
        jobs[i].job.run = count_up;
        assert_int_equal(worker_pool_submit(pool, &jobs[i].job),
                         i < QUEUE_MAX ? RESULT_OK : RESULT_BUSY);
    }
    assert_int_equal(worker_pool_queued(pool), QUEUE_MAX);
    (void)sem_post(&go_on);
    worker_pool_free(pool);
    assert_int_equal(atomic_load(&ran), QUEUE_MAX);
    (void)sem_destroy(&started);
    (void)sem_destroy(&go_on);
}

static void a_pool_without_threads_is_none(void **state)
{
    (void)state;
    assert_null(worker_pool_new(0, QUEUE_MAX));
    worker_pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_on_a_known_worker),
        cmocka_unit_test(one_worker_keeps_the_order),
        cmocka_unit_test(a_full_queue_takes_no_more),
        cmocka_unit_test(a_pool_without_threads_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
