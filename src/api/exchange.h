/* One request on its way through the API; private to this folder. */
#ifndef API_EXCHANGE_H
#define API_EXCHANGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "access/principal.h"
#include "api/api.h"
#include "api/hub.h"
#include "api/router.h"
#include "base/worker_pool.h"
#include "http/server.h"
#include "model/fault.h"
#include "model/list.h"
#include "model/operation.h"
#include "store/writer.h"

struct metrics;
struct rate;

struct api {
    struct store *store;
    struct writer *writer;
    struct router *router;
    struct hub *hub;
    struct worker_pool *pool;
    struct rate *rate;
    struct metrics *metrics;
    struct http_server *_Atomic http; /* set once it runs; for its counters */
    const struct rules *rules;
    const struct server_keys *keys;
    struct agent_services *agents;
    struct page_walks *walks;
    const struct face *faces[16];
    size_t face_count;
    const struct api_watch *watch; /* or NULL */
    struct sandbox *sandbox;
    bool strict;
    bool reads_on_loops; /* the store is local: short reads run on the loop's own thread */
    atomic_bool draining;
    struct session **loop_sessions; /* one a loop thread, opened on its first use */
    uint32_t loop_count;
    struct session **worker_sessions; /* one a worker */
    uint32_t worker_count;
    atomic_uint streams_now;
    void (*tasks_wanted)(void *context);
    void *context;
    struct more_metrics {
        void (*write)(void *context, struct buffer *out);
        void *context;
    } more_metrics[API_METRICS_MAX];
    atomic_size_t more_metrics_count; /* requests may be running when one is added */
};

struct exchange {
    struct api *api;
    struct http_exchange *http;
    struct router_match match;
    struct principal principal;
    struct error error;
    struct faults faults;
    struct list list;
    struct call call;
    struct ctx ctx;
    struct reply reply;
    struct worker_job worker_job;
    struct write_job write_job;
    struct hub_entry hub_entry;
    uint64_t wakes_seen;
    int64_t parked_since_us; /* monotonic; 0: not parked */
    struct api_verdict verdict;
    bool delayed; /* parked for the verdict's delay */
    bool parked;
    bool checked; /* caller, rights and input are in order */
    /* Of a WORK_STREAM: */
    bool streams;               /* its answer has begun */
    bool counted;               /* in streams_now */
    int64_t wakes_used_us;      /* monotonic: how far its share of wakes is used up */
    struct slice authorization; /* as sent, for the looks at it that follow */
};

/* dispatch.c: the call is parked and goes on on a worker thread, or is answered when too many wait for one. */
void exchange_to_worker(struct exchange *exchange);

/* stream.c: runs the operation once more and sends what it has. */
void stream_run(struct exchange *exchange, struct session *session);
/* http_handler.drained. */
void stream_drained(void *context, struct http_exchange *http);
/* An answer that has begun ends here: `result` is RESULT_OK or why. */
void stream_end(struct exchange *exchange, enum result result);
/* The call is over, whatever it was. */
void stream_ended(struct exchange *exchange);
enum { STREAMS_MAX = 100 };

/* request.c: who calls, may they, is the input right. Fills exchange->call. */
MUST_CHECK enum result exchange_check(struct exchange *exchange, struct session *session);
/* Is whoever calls still who it was, and allowed to? For calls that go on for long. */
MUST_CHECK enum result exchange_check_again(struct exchange *exchange);
/* token_use.c: that a long-lived token was used goes to the store, behind the answer. */
void token_use_note(struct api *api, const struct principal *principal, int64_t now_us);
/* Content type of the head against the route: RESULT_UNSUPPORTED names what is taken. */
MUST_CHECK enum result exchange_check_type(struct http_exchange *http, const struct route *route,
                                           struct error *error);

/* answer.c: the reply, or the problem, leaves. The exchange is gone after. */
void exchange_answer(struct exchange *exchange, enum result result);
/* The headers of the reply go along with what is answered. */
void exchange_headers_send(struct exchange *exchange);
/* What is the server's own fault goes to its log. */
void exchange_log_fault(const struct exchange *exchange, enum result result);
/* A problem for a request that has not come to its operation. `face` NULL: no path of ours. `status` 0: the result's. */
void http_answer_problem(struct http_exchange *http, const struct face *face, enum result result,
                         int status, const struct error *error);

#endif
