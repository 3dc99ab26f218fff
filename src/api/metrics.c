#include "api/metrics.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "api/exchange.h"
#include "base/text.h"
#include "base/time.h"

enum { CLASSES = 5, BUCKETS = 8 };

static const int64_t bucket_us[BUCKETS] = {
    500, 1000, 5000, 10000, 50000, 250000, 1000000, 10000000
};

struct route_counts {
    atomic_uint_fast64_t by_class[CLASSES]; /* 1xx to 5xx */
    atomic_uint_fast64_t within[BUCKETS];
    atomic_uint_fast64_t total_us;
};

static const struct {
    const char *name, *kind, *help;
} store_numbers[STORE_NUMBERS] = {
    [STORE_EVENTS] = { "reeve_events_total", "counter", "Events that were ever stored." },
    [STORE_EVENTS_LOST] = { "reeve_events_lost_total", "counter",
                            "Events whose numbers never arrived." },
    [STORE_PARTITIONS_DROPPED] = { "reeve_event_partitions_dropped_total", "counter",
                                   "Partitions of events that were kept long enough." },
    [STORE_RETENTION_REFUSED] = { "reeve_event_retention_refused", "gauge",
                                  "1 while nothing is dropped because the clock seems to have "
                                  "jumped." },
    [STORE_DELIVERED] = { "reeve_delivery_records_total", "counter",
                          "Records that receivers have taken." },
    [STORE_DEAD_LETTERS] = { "reeve_delivery_dead_letters", "gauge",
                             "Records that receivers would not take." },
    [STORE_TARGETS_FAILING] = { "reeve_delivery_targets_failing", "gauge",
                                "Targets whose last try failed." },
    [STORE_FEEDS_BEHIND] = { "reeve_delivery_feeds_behind", "gauge",
                             "Feeds of targets that have more waiting." },
    [STORE_MISSED] = { "reeve_delivery_missed_total", "counter",
                       "Records that retention dropped before a target had them." },
};

struct metrics {
    int64_t started_us;
    atomic_int_fast64_t store_numbers[STORE_NUMBERS];
    size_t route_count;
    struct route_counts routes[]; /* the last one counts what no route answered */
};

struct metrics *metrics_new(size_t route_count)
{
    struct metrics *metrics =
        calloc(1, sizeof(*metrics) + (route_count + 1) * sizeof(metrics->routes[0]));
    if (metrics != NULL) {
        metrics->route_count = route_count;
        metrics->started_us = time_now_us();
    }
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

void metrics_answered(struct metrics *metrics, size_t route, int status, int64_t duration_us)
{
    struct route_counts *counts =
        &metrics->routes[route < metrics->route_count ? route : metrics->route_count];
    int class = status / 100 - 1;
    if (class >= 0 && class < CLASSES) {
        atomic_fetch_add_explicit(&counts->by_class[class], 1, memory_order_relaxed);
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        if (duration_us <= bucket_us[i]) {
            atomic_fetch_add_explicit(&counts->within[i], 1, memory_order_relaxed);
            break;
        }
    }
    atomic_fetch_add_explicit(&counts->total_us, (uint64_t)duration_us, memory_order_relaxed);
}

void metrics_store_number(struct api *api, enum store_number which, int64_t value)
{
    atomic_store_explicit(&api->metrics->store_numbers[which], value, memory_order_relaxed);
}

static void head(struct buffer *out, const char *name, const char *kind, const char *help)
{
    buffer_print(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void gauge(struct buffer *out, const char *name, const char *kind, const char *help,
                  uint64_t value)
{
    head(out, name, kind, help);
    buffer_print(out, "%s %llu\n", name, (unsigned long long)value);
}

static const char *route_id(const struct api *api, size_t number)
{
    return number < router_route_count(api->router) ? router_route(api->router, number)->id
                                                    : "none";
}

static uint64_t route_total(const struct route_counts *counts)
{
    uint64_t total = 0;
    for (size_t class = 0; class < CLASSES; class ++) {
        total += atomic_load_explicit(&counts->by_class[class], memory_order_relaxed);
    }
    return total;
}

static void write_requests(const struct api *api, struct buffer *out)
{
    head(out, "reeve_requests_total", "counter",
         "Answered requests by operation and status class.");
    for (size_t i = 0; i <= api->metrics->route_count; i++) {
        for (int class = 0; class < CLASSES; class ++) {
            uint64_t count = atomic_load_explicit(&api->metrics->routes[i].by_class[class],
                                                  memory_order_relaxed);
            if (count > 0) {
                buffer_print(out, "reeve_requests_total{operation=\"%s\",status=\"%dxx\"} %llu\n",
                             route_id(api, i), class + 1, (unsigned long long)count);
            }
        }
    }
}

static void write_durations(const struct api *api, struct buffer *out)
{
    head(out, "reeve_request_duration_seconds", "histogram", "Time from request to answer.");
    for (size_t i = 0; i <= api->metrics->route_count; i++) {
        struct route_counts *counts = &api->metrics->routes[i];
        uint64_t total = route_total(counts);
        if (total == 0) {
            continue;
        }
        uint64_t within = 0;
        for (size_t k = 0; k < BUCKETS; k++) {
            within += atomic_load_explicit(&counts->within[k], memory_order_relaxed);
            buffer_print(out,
                         "reeve_request_duration_seconds_bucket{operation=\"%s\",le=\"%g\"} %llu\n",
                         route_id(api, i), (double)bucket_us[k] / 1e6, (unsigned long long)within);
        }
        double seconds =
            (double)atomic_load_explicit(&counts->total_us, memory_order_relaxed) / 1e6;
        buffer_print(out,
                     "reeve_request_duration_seconds_bucket{operation=\"%s\",le=\"+Inf\"} %llu\n"
                     "reeve_request_duration_seconds_sum{operation=\"%s\"} %.6f\n"
                     "reeve_request_duration_seconds_count{operation=\"%s\"} %llu\n",
                     route_id(api, i), (unsigned long long)total, route_id(api, i), seconds,
                     route_id(api, i), (unsigned long long)total);
    }
}

static void write_writer(const struct api *api, struct buffer *out)
{
    struct writer_facts facts;
    writer_read_facts(api->writer, &facts);
    gauge(out, "reeve_writes_total", "counter", "Writes that were run.", facts.jobs);
    gauge(out, "reeve_write_groups_total", "counter", "Transactions they were grouped into.",
          facts.groups);
    gauge(out, "reeve_writes_failed_total", "counter", "Writes that were refused or failed.",
          facts.failed);
    gauge(out, "reeve_writes_queued", "gauge", "Writes that wait for their transaction.",
          facts.queued);
    head(out, "reeve_commit_seconds_total", "counter", "Time spent in commits.");
    buffer_print(out, "reeve_commit_seconds_total %.6f\n", (double)facts.commit_us_total / 1e6);
}

void api_add_metrics(struct api *api, void (*write)(void *context, struct buffer *out),
                     void *context)
{
    size_t count = atomic_load(&api->more_metrics_count);
    assert(count < API_METRICS_MAX);
    api->more_metrics[count] = (struct more_metrics){ .write = write, .context = context };
    atomic_store(&api->more_metrics_count, count + 1);
}

void metrics_write(struct api *api, struct buffer *out)
{
    struct http_facts http = { .connections_now = 0 };
    struct http_server *server = atomic_load(&api->http);
    if (server != NULL) {
        http_server_read_facts(server, &http);
    }
    gauge(out, "reeve_connections", "gauge", "Open connections.", http.connections_now);
    gauge(out, "reeve_connections_total", "counter", "Connections accepted.",
          http.connections_total);
    gauge(out, "reeve_received_bytes_total", "counter", "Bytes of bodies received.", http.bytes_in);
    gauge(out, "reeve_sent_bytes_total", "counter", "Bytes of answers sent.", http.bytes_out);
    gauge(out, "reeve_body_bytes", "gauge", "Memory that bodies take now.", http.body_bytes_now);
    gauge(out, "reeve_waiting_calls", "gauge", "Agents that wait for news.", hub_waiting(api->hub));
    gauge(out, "reeve_streams", "gauge", "Streams that are open.", atomic_load(&api->streams_now));
    gauge(out, "reeve_workers_queued", "gauge", "Requests that wait for a worker thread.",
          worker_pool_queued(api->pool));
    write_writer(api, out);
    for (size_t i = 0; i < STORE_NUMBERS; i++) {
        int64_t value = atomic_load_explicit(&api->metrics->store_numbers[i], memory_order_relaxed);
        gauge(out, store_numbers[i].name, store_numbers[i].kind, store_numbers[i].help,
              (uint64_t)value);
    }
    head(out, "reeve_start_time_seconds", "gauge", "When the server started.");
    buffer_print(out, "reeve_start_time_seconds %.3f\n", (double)api->metrics->started_us / 1e6);
    write_requests(api, out);
    write_durations(api, out);
    for (size_t i = 0; i < atomic_load(&api->more_metrics_count); i++) {
        api->more_metrics[i].write(api->more_metrics[i].context, out);
    }
}
