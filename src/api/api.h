/* The API of the server: takes requests from http/, finds, checks and runs their operations, answers. */
#ifndef API_API_H
#define API_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "http/server.h"
#include "model/operation.h"

struct api;
struct buffer;
struct hub;
struct metrics;
struct rate;
struct store;
struct writer;

struct http_exchange;
struct sandbox;

/* A call, as who goes along with it sees it. */
struct api_visit {
    struct http_exchange *http;
    const struct face *face;   /* NULL: no path of ours */
    const struct route *route; /* NULL: no operation */
    unsigned version;
};

/* What is done to a call instead of, or beside, what it asks for. All zero: nothing. The texts live as long as the call. */
struct api_verdict {
    int status;       /* answered with this, the call does not run; 0: it runs */
    const char *code; /* of the problem, or NULL */
    const char *why;  /* for people; with `status` */
    uint32_t retry_s; /* Retry-After; 0: none */
    int64_t delay_us; /* waited before it runs, or is answered */
    const void *note; /* the watch's own, for `answering` */
    int64_t note_value;
};

/* Who goes along with the calls: a sandbox. */
struct api_watch {
    void *context;
    /* The call is about to run. On its loop's thread, which waits. */
    void (*before)(void *context, const struct api_visit *visit, struct api_verdict *out);
    /* An answer is about to leave (http/server.h); of every request, also of those that did not come to `before`: their
       verdict is all zero. Any thread. */
    void (*answering)(void *context, const struct api_visit *visit,
                      const struct api_verdict *verdict);
};

struct api_settings {
    struct store *store;
    struct writer *writer;
    const struct rules *rules;
    const struct server_keys *keys;
    struct agent_services *agents;
    struct page_walks *walks;
    const struct face *const *faces; /* those of this folder are added */
    size_t face_count;
    uint32_t rate_limit; /* requests per 100 s and API account; 0: none */
    bool strict;         /* refuse unknown parameters */
    uint32_t loops;      /* threads of the HTTP server, over all its listens */
    uint32_t workers;
    size_t worker_queue_max;
    const struct api_watch *watch;       /* or NULL; lives as long as the API */
    struct sandbox *sandbox;             /* what operations of a sandbox's face work on; or NULL */
    void (*tasks_wanted)(void *context); /* there is work for the task runner */
    void *context;
};

/* The faces of this folder: management API, token endpoint, documents, service. */
extern const struct face management_face;
extern const struct face oauth_face;
extern const struct face document_face;
extern const struct face service_face;
extern const struct face page_face;

MUST_CHECK enum result api_open(const struct api_settings *settings, struct api **out,
                                struct error *error);
/* Is there an operation of this id on any side, in any letter case? */
bool api_has_operation(const struct api *api, struct slice id);
/* What http_server_start is given. */
struct http_handler api_handler(struct api *api);
/* Counters of another part of the server for /metrics: `write` adds Prometheus text, from any thread, until api_close.
   At most API_METRICS_MAX parts. */
enum { API_METRICS_MAX = 4 };
void api_add_metrics(struct api *api, void (*write)(void *context, struct buffer *out),
                     void *context);
/* The server whose counters /metrics shows. */
void api_attach(struct api *api, struct http_server *server);
/* Answers everything that waits and refuses new work; before http_server_stop. */
void api_drain(struct api *api);
void api_close(struct api *api);

/* Fresh surroundings for work of the server itself (principal SYSTEM), on a session of the caller. */
void api_system_ctx(struct api *api, struct arena *arena, struct session *session,
                    struct error *error, struct ctx *out);
/* Tells what such work asked to wake, after its commit. */
void api_tell_wakes(struct api *api, const struct wake *wakes);
/* A notice of another server on the same store. */
void api_take_notice(struct api *api, struct slice notice);

#define API_NOTICE_CHANNEL "reeve_wake"

#endif
