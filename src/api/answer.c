#include <stdio.h>
#include <string.h>

#include "api/exchange.h"
#include "api/metrics.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "model/problem.h"

enum { PROBLEM_BYTES_MAX = 64 * 1024 };

/* Who waits does so before it is told: a client that finds us busy or over its budget. */
enum { RETRY_BUSY_S = 1 };

static void header_int(struct http_exchange *http, const char *name, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    http_answer_header(http, name, text);
}

static const char *problem_type(const struct error *error)
{
    bool is_type = error->field != NULL && strncmp(error->field, "urn:", 4) == 0;
    return is_type ? error->field : NULL;
}

static void answer_unauthenticated(struct http_exchange *http, const struct error *error)
{
    bool token = error->field != NULL && strcmp(error->field, "invalid_token") == 0;
    http_answer_header(http, "WWW-Authenticate",
                       token ? "Bearer error=\"invalid_token\"" : "Bearer");
}

static const struct problem_form problem_details = { "application/problem+json; charset=utf-8",
                                                     problem_write };

static void problem_answer(struct http_exchange *http, const struct face *face, int status,
                           const struct error *error, const struct faults *faults)
{
    const struct problem_form *form =
        face == NULL || face->problems == NULL ? &problem_details : face->problems;
    struct problem problem = {
        .status = status,
        .type = problem_type(error),
        .code = error->field,
        .detail = error->text[0] == '\0' ? NULL : error->text,
        .instance = http_path(http),
        .trace_id = http_request_id(http),
        .faults = faults,
    };
    struct buffer body;
    buffer_init(&body, PROBLEM_BYTES_MAX);
    form->write(&problem, &body);
    http_answer(http, status, form->content_type, &body);
}

void http_answer_problem(struct http_exchange *http, const struct face *face, enum result result,
                         int status, const struct error *error)
{
    if (status == 0) {
        status = problem_status(result);
    }
    if (status == 401) {
        answer_unauthenticated(http, error);
        bool has_form = face != NULL && face->problems != NULL;
        if (!has_form && problem_type(error) == NULL) {
            http_answer(http, status, NULL, NULL);
            return;
        }
    }
    if (status == 503) {
        header_int(http, "Retry-After", RETRY_BUSY_S);
    }
    problem_answer(http, face, status, error, NULL);
}

void exchange_log_fault(const struct exchange *exchange, enum result result)
{
    if (result == RESULT_BROKEN || result == RESULT_NO_MEMORY) {
        log_line(LOG_ERROR, "api", http_request_id(exchange->http), "%s %s: %s: %s",
                 http_method(exchange->http), http_path(exchange->http), result_name(result),
                 exchange->error.text);
    }
}

static void answer_fault(struct exchange *exchange, enum result result)
{
    struct http_exchange *http = exchange->http;
    struct error *error = &exchange->error;
    exchange_log_fault(exchange, result);
    if (result == RESULT_BROKEN) {
        /* What went wrong inside is for the log, not for the caller. */
        (void)snprintf(error->text, sizeof(error->text),
                       "the server could not do this; its log has the details under the trace id");
        error->field = NULL;
    }
    if (result != RESULT_INVALID) {
        http_answer_problem(http, exchange->match.face, result, 0, error);
        return;
    }
    struct faults *faults = &exchange->faults;
    if (faults->count == 0 && error->field != NULL && problem_type(error) == NULL) {
        faults_add(faults, error->field, "%s", error->text);
    }
    if (error->text[0] == '\0') {
        (void)snprintf(error->text, sizeof(error->text), "%zu of the request's values %s wrong",
                       faults->count, faults->count == 1 ? "is" : "are");
    }
    problem_answer(http, exchange->match.face, 400, error, faults);
}

void exchange_headers_send(struct exchange *exchange)
{
    const struct reply *reply = &exchange->reply;
    for (size_t i = 0; i < reply->header_count; i++) {
        http_answer_header(exchange->http, reply->headers[i].name, reply->headers[i].value);
    }
}

static void answer_reply(struct exchange *exchange)
{
    struct http_exchange *http = exchange->http;
    struct reply *reply = &exchange->reply;
    exchange_headers_send(exchange);
    if (reply->body.overflow) {
        enum result result = fail(&exchange->error, RESULT_TOO_LARGE, NULL,
                                  "the answer is over %d bytes; ask for less", REPLY_BYTES_MAX);
        reply_done(reply);
        answer_fault(exchange, result);
        return;
    }
    bool empty = reply->body.length == 0 && reply->content_type == NULL;
    const char *type =
        reply->content_type != NULL ? reply->content_type : "application/json; charset=utf-8";
    if (empty) {
        reply_done(reply);
    }
    /* The last touch: a parked exchange may be at its next request before this call returns. */
    http_answer(http, reply->status, empty ? NULL : type, empty ? NULL : &reply->body);
}

void exchange_answer(struct exchange *exchange, enum result result)
{
    if (exchange->streams) {
        stream_end(exchange, result);
        return;
    }
    if (result == RESULT_OK) {
        answer_reply(exchange);
        return;
    }
    if (result == RESULT_LIMITED) {
        exchange_headers_send(exchange); /* Retry-After */
    }
    reply_done(&exchange->reply);
    answer_fault(exchange, result);
}
