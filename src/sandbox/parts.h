/* Inside of struct sandbox; private to this folder. */
#ifndef SANDBOX_PARTS_H
#define SANDBOX_PARTS_H

#include <pthread.h>

#include "sandbox/fault.h"
#include "sandbox/record.h"
#include "sandbox/rows.h"
#include "sandbox/sandbox.h"
#include "store/copy.h"

enum { SNAPSHOTS_MAX = 32, SNAPSHOT_NAME_BYTES_MAX = 63, ADVANCE_DAYS_MAX = 3650 };

/* The store, the clock, and where ids are counted from. */
struct snapshot {
    char name[SNAPSHOT_NAME_BYTES_MAX + 1]; /* empty: none */
    struct store_copy *copy;
    int64_t clock_us;
    uint64_t stream;
};

struct sandbox {
    struct sandbox_settings settings;
    pthread_mutex_t state_lock; /* one change of the whole state at a time; taken before `lock` */
    struct snapshot start, snapshots[SNAPSHOTS_MAX];
    uint64_t streams;     /* given out so far */
    pthread_mutex_t lock; /* of all below, for moments only */
    struct fault_rules faults;
    struct row_memory rows;
    struct records records;
};

/* snapshot.c. The state lock is taken inside. */
MUST_CHECK enum result sandbox_reset(struct sandbox *sandbox, struct error *error);
MUST_CHECK enum result snapshot_take(struct sandbox *sandbox, struct slice name,
                                     struct error *error);
MUST_CHECK enum result snapshot_restore(struct sandbox *sandbox, struct slice name,
                                        struct error *error);
MUST_CHECK enum result snapshot_remove(struct sandbox *sandbox, struct slice name,
                                       struct error *error);
/* Moves the clock in steps, and lets the server do at each what the time passed brings. */
void sandbox_advance(struct sandbox *sandbox, int64_t until_us);

/* deviation.c: what of a call is not as the definition has it goes into Reeve-Warning. */
void deviations_tell(const struct api_visit *visit);

#endif
