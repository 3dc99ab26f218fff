/* HTTP client over libcurl: one request at a time on a kept connection. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct http_client; /* one thread at a time */

struct http_client_settings {
    const char *base_url; /* "https://host:8443" */
    const char *ca_file;  /* PEM; NULL: the system's */
    struct slice ca_pem;  /* the same as text, which counts when it is not empty */
    const char *user_agent;
    uint32_t connect_timeout_ms;
    size_t answer_bytes_max;
};

MUST_CHECK enum result http_client_open(const struct http_client_settings *settings,
                                        struct http_client **out, struct error *error);
void http_client_close(struct http_client *client);

/* Signs calls as AWS Signature Version 4 has it (libcurl's own; the body must be in memory). */
struct http_sigv4 {
    const char *scope; /* "aws:amz:eu-central-1:s3" */
    const char *key_id, *secret;
};

struct http_call {
    const char *method;
    const char *path;           /* with query */
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    struct slice body;
    int body_file; /* from where it stands to its end; sent instead of `body` when >= 0 (and body_file_set) */
    bool body_file_set;
    uint32_t timeout_ms;            /* whole call */
    const struct http_sigv4 *sigv4; /* or NULL */
};

struct http_answer {
    int status;
    struct slice body; /* lives until the next call on this client */
    struct slice content_type;
    struct slice etag;
    uint32_t retry_after_s; /* 0 when absent */
};

/* RESULT_OK for every answer that came whole, whatever its status. RESULT_BUSY: no connection or cut;
   RESULT_DENIED: the server's certificate does not hold; RESULT_TOO_LARGE: the answer is over the bound. */
MUST_CHECK enum result http_client_call(struct http_client *client, const struct http_call *call,
                                        struct http_answer *out, struct error *error);
/* Makes a running call of another thread return within a second or so with RESULT_BUSY, and every later one at
   once (for a stop). */
void http_client_cancel(struct http_client *client);

#endif
