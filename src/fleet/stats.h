/* How often, how fast, how wrong: what the closing table says of each operation. */
#ifndef FLEET_STATS_H
#define FLEET_STATS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum operation {
    OPERATION_ENROL,
    OPERATION_TOKEN,
    OPERATION_CHECK_IN,
    OPERATION_STATUS,
    OPERATION_POLICY,
    OPERATION_EVENTS,
    OPERATION_COMMAND,
    OPERATION_LOG,
    OPERATION_RENEW,
    OPERATION_COUNT,
};

enum { STATS_BUCKETS = 512, STATS_STATUSES = 600 };

/* One thread writes; sums are made when it ended. */
struct stats {
    uint64_t answered[OPERATION_COUNT];                 /* with success */
    uint64_t statuses[OPERATION_COUNT][STATS_STATUSES]; /* refusals by HTTP status; 0: no answer */
    uint64_t buckets[OPERATION_COUNT][STATS_BUCKETS];
    int64_t longest_us[OPERATION_COUNT];
    uint64_t events_stored, events_repeated, events_lost;
    const char *problem; /* why a call had no answer, the first time; or NULL */
};

void stats_answer(struct stats *stats, enum operation operation, int64_t duration_us);
void stats_refusal(struct stats *stats, enum operation operation, int status);
void stats_add(struct stats *sum, const struct stats *part);
/* Upper end of the bucket, within 7 % of the truth; 0 without answers. `per_mille`: 500 is the median. */
int64_t stats_percentile_us(const struct stats *stats, enum operation operation,
                            uint32_t per_mille);
uint64_t stats_refusals(const struct stats *stats);
void stats_print(const struct stats *stats, double seconds, FILE *out);

#endif
