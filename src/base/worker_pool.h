/* Threads that take jobs from a bounded queue, in order. */
#ifndef BASE_WORKER_POOL_H
#define BASE_WORKER_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct worker_pool;

/* Lives in the caller's memory until `run` was called. */
struct worker_job {
    /* `worker` is 0 .. threads - 1: whose per-thread resources the job may use. */
    void (*run)(struct worker_job *job, uint32_t worker);
    struct worker_job *next; /* the pool's */
};

/* NULL without memory or threads. */
struct worker_pool *worker_pool_new(uint32_t threads, size_t queue_max);
/* RESULT_BUSY when queue_max jobs wait or the pool is ending. Any thread. */
MUST_CHECK enum result worker_pool_submit(struct worker_pool *pool, struct worker_job *job);
size_t worker_pool_queued(struct worker_pool *pool);
/* Finishes what was accepted. */
void worker_pool_free(struct worker_pool *pool);

#endif
