/* Inside of the HTTP server: its state, a connection's and an exchange's; private to this folder. */
#ifndef HTTP_SERVER_PRIVATE_H
#define HTTP_SERVER_PRIVATE_H

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "http/server.h"

enum {
    LISTENS_MAX = 8,
    LOOPS_MAX = 64,
    REQUEST_ID_BYTES = 65,
    PEER_BYTES = 48,
    CONTENT_TYPE_BYTES = 128,
    QUERY_PAIRS_MAX = 256,
    ANSWER_HEADERS_MAX = 32,
    FREE_EXCHANGES_MAX = 256, /* kept a loop, with their arenas */
    CACHE_LINE_BYTES = 64,
};

/* One socket. In the watch's list from its accept to its close. */
struct connection {
    struct connection *previous, *next;
    int file;
    bool tls;
    char peer[PEER_BYTES];
    /* Since when the client owes us a request; 0 while it owes nothing. */
    atomic_int_fast64_t owes_since_us;
};

/* Cuts clients that take too long over one request: the library's own time-out starts again with every byte. */
struct watch {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool started, ending;
    int64_t limit_us;
    struct connection *first;
};

/* What only one loop thread touches. */
struct loop {
    alignas(CACHE_LINE_BYTES) struct http_exchange *free_first;
    uint32_t free_count;
};

struct http_server {
    struct http_settings settings;
    struct MHD_Daemon *daemons[LISTENS_MAX];
    uint16_t ports[LISTENS_MAX];
    size_t daemon_count;
    gnutls_datum_t ticket_key;
    char *cert, *key, *spool_dir; /* NUL-terminated copies */
    struct watch watch;
    struct loop loops[LOOPS_MAX];
    atomic_uint_fast32_t next_loop;
    atomic_bool stopping; /* connections close after their next answer */
    atomic_bool refusing; /* grace is over: the handler is not asked any more */
    atomic_uint_fast64_t connections_now, connections_total, requests_total, bytes_in, bytes_out,
        parked_now, body_bytes_now, exchanges_now;
    pthread_mutex_t parked_lock;
    struct http_exchange *parked_first;
};

struct answer_header {
    const char *name, *value; /* in the arena */
};

enum exchange_stage {
    STAGE_HEAD,  /* just begun */
    STAGE_BODY,  /* its body is collected */
    STAGE_DRAIN, /* answered already; what is left of the body is thrown away */
    STAGE_RUN,   /* the handler has it, or had it */
};

struct http_exchange {
    struct http_exchange *self; /* readers get it const and may have to lock */
    struct http_exchange *next_free;
    struct http_exchange *parked_previous, *parked_next;
    struct http_server *server; /* not to be read by an owner that answers late: it may be gone */
    void (*answering)(void *context, struct http_exchange *exchange); /* the handler's, by value */
    void *answering_context;
    struct connection *client;
    struct MHD_Connection *connection;
    struct arena *arena;
    const char *method, *path; /* in the arena, like the query */
    struct http_pair *query;
    size_t query_count;
    enum exchange_stage stage;
    uint32_t loop;
    bool tls;
    int64_t started_us;
    char request_id[REQUEST_ID_BYTES];
    char peer[PEER_BYTES];
    void *context;
    /* How the body comes. */
    int64_t content_length; /* -1: not said */
    bool is_chunked;
    bool expects_continue;
    struct http_body_plan plan;
    struct buffer body;
    int body_file;
    uint64_t body_bytes;
    uint64_t counted_bytes; /* of server->body_bytes_now */
    uint64_t dropped_bytes;
    /* Not 0: the server itself refuses the request with this status. */
    int refused;
    const char *refusal;
    /* The answer. */
    bool parked;
    pthread_mutex_t lock; /* of `answered` and `abandoned` while parked */
    bool answered;
    bool abandoned; /* a stop answered in its owner's place */
    bool cut;       /* the answer is not to leave whole: cut_bytes of its body */
    size_t cut_bytes;
    bool streams; /* the answer comes in pieces, of which `answer` is the present one */
    bool is_last_piece;
    size_t piece_sent;
    bool closes;         /* the connection is not to be trusted after this */
    atomic_uint holders; /* the connection and, once abandoned, the owner */
    int status;
    char content_type[CONTENT_TYPE_BYTES];
    struct buffer answer;
    uint64_t answer_bytes;
    struct answer_header headers[ANSWER_HEADERS_MAX];
    size_t header_count;
};

/* listen.c */
MUST_CHECK enum result listen_open(const struct http_listen *listen_at, int *out_file,
                                   uint16_t *out_port, struct error *error);

/* epoll_mend.c: the library's calls of epoll_wait and epoll_ctl come to ours. */
bool epoll_mended(void);

/* connection.c */
void connection_notify(void *server, struct MHD_Connection *connection, void **state,
                       enum MHD_ConnectionNotificationCode code);
/* `since_us` 0: nothing is owed. */
void connection_owes(struct connection *client, int64_t since_us);
MUST_CHECK enum result watch_start(struct watch *watch, int64_t limit_us, struct error *error);
void watch_stop(struct watch *watch);

/* request.c: the library's callbacks. */
enum MHD_Result request_step(void *server, struct MHD_Connection *connection, const char *path,
                             const char *method, const char *version, const char *bytes,
                             size_t *length, void **state);
void request_completed(void *server, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code);

/* head.c: path, query, id and framing. False: `refused` says with which status. */
bool head_read(struct http_exchange *exchange, const char *path, const char *method);
/* The library's unescaping, but %00 stays as it is: decoded it would cut the text. */
size_t head_unescape(void *context, struct MHD_Connection *connection, char *text);

/* exchange.c */
struct http_exchange *exchange_begin(struct http_server *server, struct MHD_Connection *connection,
                                     struct connection *client);
void exchange_end(struct http_exchange *exchange);
void exchange_release(struct http_exchange *exchange); /* one holder less */
void exchange_free(struct http_exchange *exchange);
bool exchange_refuse(struct http_exchange *exchange, int status, const char *refusal); /* false */

/* body.c: false refuses. */
bool body_begin(struct http_exchange *exchange);
bool body_take(struct http_exchange *exchange, const char *bytes, size_t length);
bool body_finish(struct http_exchange *exchange);
void body_uncount(struct http_exchange *exchange);

/* answer.c */
/* Tells `answering`, too. */
void answer_set(struct http_exchange *exchange, int status, const char *content_type);
enum MHD_Result answer_queue(struct http_exchange *exchange);
/* Answers with what `refused` and `refusal` say. */
void answer_refusal(struct http_exchange *exchange);

/* parked.c */
enum MHD_Result parked_queue_abandoned(struct http_exchange *exchange);
void parked_sleep(struct http_exchange *exchange);
void parked_answer(struct http_exchange *exchange);
void parked_abandon_all(struct http_server *server);

/* pieces.c */
struct MHD_Response *stream_response(struct http_exchange *exchange);

/* problem.c */
void problem_text(struct buffer *out, int status, const char *detail, const char *path,
                  const char *request_id);
#define PROBLEM_TYPE "application/problem+json; charset=utf-8"

/* gzip.c */
bool gzip_accepted(struct slice accept_encoding);
bool gzip_worth(const char *content_type, size_t bytes);
bool gzip_body(struct buffer *body); /* false leaves it as it is */

#endif
