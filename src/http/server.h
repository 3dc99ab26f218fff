/* The HTTP/1.1 and TLS server: limits, bodies, answers, parking. Knows nothing of what is served. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct arena;
struct http_server;
/* One request and its answer. Belongs to the server; valid from head() until it was answered. */
struct http_exchange;

struct http_pair {
    struct slice name;
    struct slice value;
};

/* What to do with the body; chosen in head(). */
struct http_body_plan {
    size_t bytes_max;        /* more is answered 413 */
    size_t memory_bytes_max; /* past this the body goes to a file in spool_dir */
};

struct http_handler {
    /* The head was read. Either answers and returns false (the body is then not kept) or returns true with
       a plan. On a loop thread; must be quick. */
    bool (*head)(void *context, struct http_exchange *exchange, struct http_body_plan *plan);
    /* The body is complete. Must answer now, or park and see to an answer later. On a loop thread. */
    void (*run)(void *context, struct http_exchange *exchange);
    /* The body, or the stopping server, is why the request is refused: must answer with `status`, in the words of who took the
       head. NULL, or an exchange without a context: problem details (RFC 9457). On a loop thread. */
    void (*refused)(void *context, struct http_exchange *exchange, int status, const char *why);
    /* An answer is about to leave, the handler's or the server's own: http_answer_status, _type, _body and _headers tell it,
       and its body may be changed. On the thread of http_answer. May be NULL. */
    void (*answering)(void *context, struct http_exchange *exchange);
    /* A piece of a streamed answer has left, and it was not the last: the exchange is parked and the handler's again, which must see
       to the next http_stream_send. On a loop thread; must be quick. Only needed by who streams. */
    void (*drained)(void *context, struct http_exchange *exchange);
    /* The answer left, or the connection broke; the exchange is gone after this. May be NULL. */
    void (*ended)(void *context, struct http_exchange *exchange);
    void *context;
};

struct http_listen {
    bool tls;
    char host[256];
    uint16_t port; /* 0: any; see http_server_port */
};

struct http_settings {
    const struct http_listen *listens;
    size_t listen_count;
    struct slice tls_cert_pem; /* chain; needed when a listen has tls */
    struct slice tls_key_pem;
    uint32_t loops;             /* threads per listen */
    uint32_t connections_max;   /* over all listens; past it new ones wait or are closed */
    uint32_t idle_timeout_s;    /* between requests, and between two pieces of one */
    uint32_t request_timeout_s; /* for a whole head and body; 0: ten times idle_timeout_s */
    size_t head_bytes_max;      /* request line and headers: 431 past it */
    size_t bodies_bytes_max;    /* memory of all bodies at once: 503 past it */
    size_t arena_bytes_max;     /* per exchange */
    const char *spool_dir;      /* for large bodies */
    struct http_handler handler;
};

/* "https://HOST:PORT" or "http://HOST:PORT", IPv6 in brackets. */
MUST_CHECK enum result http_listen_parse(const char *text, struct http_listen *out,
                                         struct error *error);

MUST_CHECK enum result http_server_start(const struct http_settings *settings,
                                         struct http_server **out, struct error *error);
uint16_t http_server_port(const struct http_server *server, size_t listen_index);
/* Stops listening, answers what was accepted for up to grace_ms, then closes. A parked exchange whose owner
   has not answered by then goes with 503: ended() is not called for it, and the owner may go on with it and
   call http_answer whenever it likes, even after this has returned; that then only frees it. */
void http_server_stop(struct http_server *server, uint32_t grace_ms);

struct http_facts {
    uint64_t connections_now, connections_total, requests_total;
    uint64_t bytes_in, bytes_out;
    uint64_t parked_now, body_bytes_now;
};
void http_server_read_facts(struct http_server *server, struct http_facts *out);

/* --- the request ------------------------------------------------------------------------------ */

struct arena *http_arena(struct http_exchange *exchange);
const char *http_method(const struct http_exchange *exchange);
/* Decoded path with one leading slash; as sent otherwise. %00 stays as it is. */
const char *http_path(const struct http_exchange *exchange);
/* Query parameters in order, decoded (+ is a blank). */
const struct http_pair *http_query(const struct http_exchange *exchange, size_t *out_count);
/* First header of the name in any case, or the empty slice. */
struct slice http_header(const struct http_exchange *exchange, const char *name);
/* All headers as sent, at most `room` of them; the texts live in the arena. */
size_t http_headers(const struct http_exchange *exchange, struct http_pair *out, size_t room);
/* The body in memory; NULL text when it is in a file. */
struct slice http_body(const struct http_exchange *exchange);
/* Open file of a spooled body at its start, or -1. The exchange closes it. */
int http_body_file(const struct http_exchange *exchange);
uint64_t http_body_bytes(const struct http_exchange *exchange);
/* Address without port. */
const char *http_peer(const struct http_exchange *exchange);
/* Made by the server for every request, or taken from X-Request-Id when that is 1 to 64 of
   [A-Za-z0-9._-]; sent back as X-Request-Id. */
const char *http_request_id(const struct http_exchange *exchange);
bool http_is_tls(const struct http_exchange *exchange);
int64_t http_started_us(const struct http_exchange *exchange); /* monotonic */
/* Which loop thread it is on: 0 .. loops of all listens - 1; for per-thread resources. */
uint32_t http_loop(const struct http_exchange *exchange);
uint32_t http_loop_count(const struct http_server *server);

/* The handler's own pointer for this exchange. */
void http_set_context(struct http_exchange *exchange, void *context);
void *http_get_context(const struct http_exchange *exchange);

/* --- the answer ------------------------------------------------------------------------------- */

/* Adds a header to the answer; the texts are copied. Values with line ends are refused by assert. */
void http_answer_header(struct http_exchange *exchange, const char *name, const char *value);
/* Answers. `body` is taken over (buffer_done is the server's now) and may be NULL. Gzips JSON and text of
   1 KiB and more when the request accepts it. From the loop thread in head/run, or from any thread while
   parked: the exchange must not be touched after. */
void http_answer(struct http_exchange *exchange, int status, const char *content_type,
                 struct buffer *body);
int http_answer_status(const struct http_exchange *exchange);
uint64_t http_answer_bytes(const struct http_exchange *exchange);

/* In answering() only. */
const char *http_answer_type(const struct http_exchange *exchange); /* "" without a body */
struct buffer *http_answer_body(struct http_exchange *exchange);
size_t http_answer_headers(const struct http_exchange *exchange, struct http_pair *out,
                           size_t room);
/* In answering(): so many bytes of the body leave, then the connection breaks; 0: it breaks without an answer. */
void http_answer_cut(struct http_exchange *exchange, size_t body_bytes);

/* Instead of http_answer, for a parked exchange: begins an answer whose body comes in pieces of any number and size, never gzipped. */
void http_stream_begin(struct http_exchange *exchange, int status, const char *content_type);
/* The next piece, which is taken over and may be empty; after it the exchange must not be touched until drained() gives it back,
   which never comes after the last one, nor once the client has left or the server has stopped. A client that left while the
   exchange was parked is found by the next piece. */
void http_stream_send(struct http_exchange *exchange, struct buffer *piece, bool last);

/* Of a parked exchange: has the client closed its side? Who waits for more without anything to send would not find out. */
bool http_client_left(struct http_exchange *exchange);

/* Called in run(): the loop goes on with other connections until http_answer is called from anywhere. */
void http_park(struct http_exchange *exchange);

#endif
