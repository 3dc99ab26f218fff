/* A part of the fleet that one thread drives. */
#ifndef FLEET_SHARD_H
#define FLEET_SHARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "fleet/computer.h"

/* Read by the thread that shows progress. */
struct shard_progress {
    _Atomic uint64_t enrolled, check_ins, events, refusals;
};

struct shard_order {
    const struct fleet_plan *plan;
    pthread_mutex_t lock; /* held while computers change, so that another thread may copy them */
    struct computer *computers; /* this shard's */
    uint32_t count;
    uint32_t requests_max;
    const atomic_bool *stop; /* no new requests; what is under way may end */
    struct shard_progress progress;
    struct stats stats; /* whole when the thread ended */
    struct error error; /* why it could not start, or empty */
};

/* A thread's main; `order` is a struct shard_order. */
void *shard_main(void *order);

#endif
