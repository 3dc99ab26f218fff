/* Counters of the server, and their text for Prometheus. */
#ifndef API_METRICS_H
#define API_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct api;
struct buffer;
struct metrics;
struct router;

/* NULL without memory. */
struct metrics *metrics_new(size_t route_count);
void metrics_free(struct metrics *metrics);
/* A request was answered; `route` is the router's number, or SIZE_MAX for none of ours. Any thread. */
void metrics_answered(struct metrics *metrics, size_t route, int status, int64_t duration_us);
/* Numbers of the whole store, which housekeeping reads now and then. Any thread. */
enum store_number {
    STORE_EVENTS,
    STORE_EVENTS_LOST,
    STORE_PARTITIONS_DROPPED,
    STORE_RETENTION_REFUSED,
    STORE_DELIVERED,
    STORE_DEAD_LETTERS,
    STORE_TARGETS_FAILING,
    STORE_FEEDS_BEHIND,
    STORE_MISSED,
    STORE_NUMBERS
};
void metrics_store_number(struct api *api, enum store_number which, int64_t value);
/* Prometheus text format 0.0.4. */
void metrics_write(struct api *api, struct buffer *out);

#endif
