/* Inside of the HTTP server: its state and an exchange's; private to this folder. */
#ifndef HTTP_SERVER_PRIVATE_H
#define HTTP_SERVER_PRIVATE_H

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "http/server.h"

enum {
    LISTENS_MAX = 8,
    LOOPS_MAX = 64,
    REQUEST_ID_BYTES = 65,
    PEER_BYTES = 64,
    QUERY_PAIRS_MAX = 256,
    ANSWER_HEADERS_MAX = 32,
    FREE_EXCHANGES_MAX = 256, /* kept a loop, with their arenas */
};

enum exchange_stage {
    STAGE_HEAD,     /* just begun */
    STAGE_BODY,     /* reading */
    STAGE_RUN,      /* the handler has it */
    STAGE_ANSWERED, /* an answer is ready or queued */
};

struct http_server {
    struct http_settings settings;
    struct MHD_Daemon *daemons[LISTENS_MAX];
    uint16_t ports[LISTENS_MAX];
    size_t daemon_count;
    gnutls_datum_t ticket_key;
    char *cert, *key; /* NUL-terminated copies for the library */
    atomic_uint_fast32_t next_loop;
    atomic_bool stopping;
    atomic_uint_fast64_t connections_now, connections_total, requests_total, bytes_in, bytes_out,
        parked_now, body_bytes_now;
    struct free_list {
        struct http_exchange *first;
        uint32_t count;
    } free_lists[LOOPS_MAX];
};

struct answer_header {
    const char *name, *value; /* in the arena */
};

struct http_exchange {
    struct http_exchange *next_free;
    struct http_server *server;
    struct MHD_Connection *connection;
    struct arena *arena;
    const char *method, *path;
    struct http_pair *query;
    size_t query_count;
    enum exchange_stage stage;
    uint32_t loop;
    bool tls;
    int64_t started_us;
    char request_id[REQUEST_ID_BYTES];
    char peer[PEER_BYTES];
    struct http_body_plan plan;
    struct buffer body;
    int body_file;
    uint64_t body_bytes;
    uint64_t counted_bytes; /* of server->body_bytes_now */
    int body_status;        /* not 0: the body is refused with this */
    void *context;
    /* The answer. */
    pthread_mutex_t lock; /* parked and answered meet here */
    bool parked, answered;
    int status;
    const char *content_type;
    struct buffer answer;
    uint64_t answer_bytes;
    struct answer_header headers[ANSWER_HEADERS_MAX];
    size_t header_count;
};

/* exchange.c */
struct http_exchange *exchange_begin(struct http_server *server, struct MHD_Connection *connection,
                                     const char *path, const char *method, bool tls);
void exchange_end(struct http_exchange *exchange);

/* body.c: false sets body_status. */
bool body_begin(struct http_exchange *exchange);
bool body_take(struct http_exchange *exchange, const char *bytes, size_t length);
bool body_finish(struct http_exchange *exchange);
void body_drop(struct http_exchange *exchange);

/* answer.c */
enum MHD_Result answer_queue(struct http_exchange *exchange);
/* Problem details made by the server itself. */
void answer_refuse(struct http_exchange *exchange, int status, const char *detail);

#endif
