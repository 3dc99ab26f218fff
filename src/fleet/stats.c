#include "fleet/stats.h"

#include <inttypes.h>

enum { STEPS = 16, STEP_BITS = 4 }; /* buckets in each doubling */

static const char *const operation_names[OPERATION_COUNT] = {
    [OPERATION_ENROL] = "enrol",       [OPERATION_TOKEN] = "token",
    [OPERATION_CHECK_IN] = "check-in", [OPERATION_STATUS] = "status",
    [OPERATION_POLICY] = "policy",     [OPERATION_EVENTS] = "events",
    [OPERATION_COMMAND] = "commands",  [OPERATION_LOG] = "logs",
    [OPERATION_RENEW] = "renew",
};

static size_t bucket_of(int64_t duration_us)
{
    uint64_t value = duration_us < 0 ? 0 : (uint64_t)duration_us;
    if (value < STEPS) {
        return (size_t)value;
    }
    uint32_t top = 63U - (uint32_t)__builtin_clzll(value); /* >= STEP_BITS */
    size_t bucket =
        (size_t)(top - STEP_BITS + 1) * STEPS + ((value >> (top - STEP_BITS)) & (STEPS - 1));
    return bucket < STATS_BUCKETS ? bucket : STATS_BUCKETS - 1;
}

static int64_t bucket_end(size_t bucket)
{
    if (bucket < STEPS) {
        return (int64_t)bucket;
    }
    size_t shift = bucket / STEPS - 1;
    return (int64_t)(((STEPS + bucket % STEPS + 1) << shift) - 1);
}

void stats_answer(struct stats *stats, enum operation operation, int64_t duration_us)
{
    stats->answered[operation]++;
    stats->buckets[operation][bucket_of(duration_us)]++;
    if (duration_us > stats->longest_us[operation]) {
        stats->longest_us[operation] = duration_us;
    }
}

void stats_refusal(struct stats *stats, enum operation operation, int status)
{
    stats->statuses[operation][status >= 0 && status < STATS_STATUSES ? status : 0]++;
}

void stats_add(struct stats *sum, const struct stats *part)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        sum->answered[i] += part->answered[i];
        for (size_t j = 0; j < STATS_STATUSES; j++) {
            sum->statuses[i][j] += part->statuses[i][j];
        }
        for (size_t j = 0; j < STATS_BUCKETS; j++) {
            sum->buckets[i][j] += part->buckets[i][j];
        }
        if (part->longest_us[i] > sum->longest_us[i]) {
            sum->longest_us[i] = part->longest_us[i];
        }
    }
    sum->events_stored += part->events_stored;
    sum->events_repeated += part->events_repeated;
    sum->events_lost += part->events_lost;
    sum->problem = sum->problem == NULL ? part->problem : sum->problem;
}

int64_t stats_percentile_us(const struct stats *stats, enum operation operation, uint32_t per_mille)
{
    uint64_t wanted = (stats->answered[operation] * per_mille + 999) / 1000;
    uint64_t seen = 0;
    for (size_t i = 0; i < STATS_BUCKETS && wanted > 0; i++) {
        seen += stats->buckets[operation][i];
        if (seen >= wanted) {
            int64_t end = bucket_end(i);
            return end < stats->longest_us[operation] ? end : stats->longest_us[operation];
        }
    }
    return 0;
}

uint64_t stats_refusals(const struct stats *stats)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        for (size_t j = 0; j < STATS_STATUSES; j++) {
            sum += stats->statuses[i][j];
        }
    }
    return sum;
}

static double milliseconds(int64_t us)
{
    return (double)us / 1000.0;
}

void stats_print(const struct stats *stats, double seconds, FILE *out)
{
    (void)fprintf(out, "%-10s %10s %10s %9s %9s %9s %9s  %s\n", "operation", "answered",
                  "per second", "p50 ms", "p95 ms", "p99 ms", "max ms", "refused (status: times)");
    for (enum operation i = 0; i < OPERATION_COUNT; i++) {
        (void)fprintf(out, "%-10s %10" PRIu64 " %10.1f %9.2f %9.2f %9.2f %9.2f ",
                      operation_names[i], stats->answered[i], (double)stats->answered[i] / seconds,
                      milliseconds(stats_percentile_us(stats, i, 500)),
                      milliseconds(stats_percentile_us(stats, i, 950)),
                      milliseconds(stats_percentile_us(stats, i, 990)),
                      milliseconds(stats->longest_us[i]));
        for (size_t j = 0; j < STATS_STATUSES; j++) {
            if (stats->statuses[i][j] > 0) {
                (void)fprintf(out, " %zu: %" PRIu64, j, stats->statuses[i][j]);
            }
        }
        (void)fputc('\n', out);
    }
}
