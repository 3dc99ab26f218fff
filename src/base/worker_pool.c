#include "base/worker_pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct worker {
    struct worker_pool *pool;
    pthread_t thread;
    uint32_t index;
};

struct worker_pool {
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    struct worker_job *first, *last;
    size_t queued, queue_max;
    bool ending;
    uint32_t thread_count;
    struct worker workers[];
};

static struct worker_job *job_take(struct worker_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->ending) {
        (void)pthread_cond_wait(&pool->wanted, &pool->lock);
    }
    struct worker_job *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
        pool->queued--;
        if (pool->first == NULL) {
            pool->last = NULL;
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *worker_main(void *context)
{
    struct worker *worker = context;
    for (struct worker_job *job = job_take(worker->pool); job != NULL;
         job = job_take(worker->pool)) {
        job->run(job, worker->index);
    }
    return NULL;
}

static void pool_end(struct worker_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    (void)pthread_cond_broadcast(&pool->wanted);
    (void)pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->thread_count; i++) {
        (void)pthread_join(pool->workers[i].thread, NULL);
    }
    (void)pthread_cond_destroy(&pool->wanted);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

struct worker_pool *worker_pool_new(uint32_t threads, size_t queue_max)
{
    struct worker_pool *pool = NULL;
    if (threads > 0) {
        pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->workers[0]));
    }
    if (pool == NULL) {
        return NULL;
    }
    pool->queue_max = queue_max;
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->wanted, NULL);
    for (uint32_t i = 0; i < threads; i++) {
        struct worker *worker = &pool->workers[i];
        worker->pool = pool;
        worker->index = i;
        if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
            pool_end(pool);
            return NULL;
        }
        pool->thread_count++;
    }
    return pool;
}

enum result worker_pool_submit(struct worker_pool *pool, struct worker_job *job)
{
    enum result result = RESULT_BUSY;
    (void)pthread_mutex_lock(&pool->lock);
    if (!pool->ending && pool->queued < pool->queue_max) {
        job->next = NULL;
        if (pool->last == NULL) {
            pool->first = job;
        } else {
            pool->last->next = job;
        }
        pool->last = job;
        pool->queued++;
        (void)pthread_cond_signal(&pool->wanted);
        result = RESULT_OK;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return result;
}

size_t worker_pool_queued(struct worker_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    size_t queued = pool->queued;
    (void)pthread_mutex_unlock(&pool->lock);
    return queued;
}

void worker_pool_free(struct worker_pool *pool)
{
    if (pool != NULL) {
        pool_end(pool);
    }
}
