/* What was asked and answered, the newest of it: bounded by number and by bytes. */
#ifndef SANDBOX_RECORD_H
#define SANDBOX_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct arena;
struct http_pair;
struct json_writer;

enum {
    RECORDS_MAX = 10000,
    RECORD_BYTES_MAX = 64 * 1024 * 1024, /* of all */
    RECORD_BODY_BYTES_MAX = 1024 * 1024, /* of one; the rest of it is left out */
    RECORD_HEADERS_MAX = 64,
};

/* One request with its answer, in the caller's memory. */
struct exchange_facts {
    int64_t at_us;                   /* the sandbox's clock */
    int64_t duration_us;             /* of the machine's */
    const char *method, *url, *path; /* the URL from the path on */
    const char *origin;              /* and what is before it */
    const char *operation, *version; /* "" when it is none of ours */
    const char *fault;               /* kind, or NULL */
    int status;
    bool cut;
    const struct http_pair *headers, *answer_headers, *query;
    size_t header_count, answer_header_count, query_count;
    struct slice body, answer_body;
    const char *answer_type;
};

struct record; /* one that is kept */

struct records {
    struct record *ring[RECORDS_MAX];
    size_t first, count, bytes;
    int64_t last; /* sequence; counts up from 1 */
};

void records_reset(struct records *records); /* empty, and counted from 1 again */
void records_drop(struct records *records);  /* empty */
/* The oldest ones make room. What does not fit into memory is counted, but not kept. */
void records_add(struct records *records, const struct exchange_facts *facts);

/* Which ones: all that fit what is given. */
struct record_filter {
    int64_t since;                  /* sequence greater than this */
    const char *operation, *method; /* NULL: any */
    const char *path;               /* pattern; NULL: any */
    int64_t status;                 /* 0: any */
    bool deviating;                 /* only those with warnings */
    int64_t limit;
    bool
        shows_secrets; /* else they are replaced by a digest, so that equal ones can be seen to be */
};

/* An object with `records`, oldest first, `last`, the sequence to go on from, and `total`, how many fit in all. */
void records_write(const struct records *records, const struct record_filter *filter,
                   struct arena *arena, struct json_writer *out);
/* HTTP Archive 1.2. */
void records_write_har(const struct records *records, const struct record_filter *filter,
                       struct arena *arena, struct json_writer *out);

/* Secrets of a text replaced: values of client_secret, access_token and the like, in JSON, forms and queries; the text may be of
   any bytes. False without memory. */
bool secrets_mask(struct arena *arena, struct slice text, struct slice *out);
/* Of a header's value or a parameter's, by its name. NULL without memory. */
const char *secrets_mask_pair(struct arena *arena, struct slice name, struct slice value);

#endif
