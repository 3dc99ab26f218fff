/* Plain HTTP/1.1 from one thread: kept connections with one request under way on each, as fast as the server answers. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

enum {
    WIRE_CONNECTIONS_MAX = 1024,
    WIRE_ANSWER_BYTES_MAX = 64 * 1024,
    WIRE_LATENCIES_MAX = 1 << 20
};

struct wire_load {
    const char *host;
    uint16_t port;
    uint32_t connections;
    double seconds;
    /* The next request of a connection, head and body in one text that lives until its answer. */
    void (*next)(void *context, uint32_t connection, struct buffer *out);
    void (*answered)(void *context, uint32_t connection, int status, struct slice body);
    void *context;
};

struct wire_result {
    uint64_t answers, failed; /* failed: neither 200 nor 204 */
    double seconds;
    int64_t p50_us, p99_us;
    int failed_status; /* the last */
};

MUST_CHECK enum result wire_run(const struct wire_load *load, struct wire_result *out,
                                struct error *error);

#endif
