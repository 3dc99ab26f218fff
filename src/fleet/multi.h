/* Thousands of HTTP requests under way in one thread: libcurl's multi interface over epoll. */
#ifndef FLEET_MULTI_H
#define FLEET_MULTI_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct multi; /* one thread */

struct multi_answer {
    int status; /* 0: none came whole */
    struct slice body;
    uint32_t retry_after_s;
    int64_t duration_us;
    const char *problem; /* why there is no status; a constant text */
};

struct multi_settings {
    const char *base_url;
    const char *ca_file;   /* or NULL */
    uint32_t requests_max; /* under way at once */
    size_t answer_bytes_max;
    /* During multi_run; it may start further requests. */
    void (*done)(void *context, uint64_t tag, const struct multi_answer *answer);
    void *context;
};

struct multi_request {
    const char *method, *path;
    const char *const *headers; /* NULL-terminated */
    struct slice body;          /* copied */
    uint32_t timeout_ms;
};

MUST_CHECK enum result multi_open(const struct multi_settings *settings, struct multi **out,
                                  struct error *error);
/* What is under way ends without an answer, and without a call of `done`. */
void multi_close(struct multi *multi);
/* RESULT_BUSY when requests_max are under way. */
MUST_CHECK enum result multi_start(struct multi *multi, const struct multi_request *request,
                                   uint64_t tag, struct error *error);
uint32_t multi_under_way(const struct multi *multi);
/* Works until something happened or the time is over. */
void multi_run(struct multi *multi, uint32_t timeout_ms);

#endif
