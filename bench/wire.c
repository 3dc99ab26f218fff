#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"

enum { REQUEST_BYTES_MAX = 9 * 1024 * 1024, EVENTS_AT_ONCE = 64, SILENCE_MS = 30000 };

struct line {
    int file;
    struct buffer request;
    size_t sent;
    uint32_t pushes; /* sends that did not take all */
    char answer[WIRE_ANSWER_BYTES_MAX + 1];
    size_t got;
    int64_t begun_us;
};

struct wire {
    const struct wire_load *load;
    struct line *lines;
    int poll;
    struct wire_result *out;
    uint32_t *latencies;
    uint64_t under_way;
    int64_t end_us;
    struct error *error;
};

static enum result broken(struct wire *wire, const char *what)
{
    return fail(wire->error, RESULT_BROKEN, NULL, "%s: %s", what, strerrordesc_np(errno));
}

static enum result line_open(struct wire *wire, uint32_t number)
{
    struct line *line = &wire->lines[number];
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(wire->load->port) };
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };
    int one = 1;
    buffer_init(&line->request, REQUEST_BYTES_MAX);
    line->file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line->file < 0 || inet_pton(AF_INET, wire->load->host, &address.sin_addr) != 1 ||
        connect(line->file, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        setsockopt(line->file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
        epoll_ctl(wire->poll, EPOLL_CTL_ADD, line->file, &event) != 0) {
        return broken(wire, "no connection");
    }
    return RESULT_OK;
}

static enum result wish(struct wire *wire, uint32_t number, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.u32 = number };
    return epoll_ctl(wire->poll, EPOLL_CTL_MOD, wire->lines[number].file, &event) == 0
               ? RESULT_OK
               : broken(wire, "epoll");
}

static enum result line_send(struct wire *wire, uint32_t number)
{
    struct line *line = &wire->lines[number];
    size_t left = line->request.length - line->sent;
    ssize_t sent =
        send(line->file, line->request.bytes + line->sent, left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) {
        return broken(wire, "the server closed a connection");
    }
    line->sent += sent > 0 ? (size_t)sent : 0;
    if (line->sent < line->request.length) {
        line->pushes++;
        return wish(wire, number, EPOLLIN | EPOLLOUT);
    }
    return line->pushes > 0 ? wish(wire, number, EPOLLIN) : RESULT_OK;
}

static enum result line_begin(struct wire *wire, uint32_t number)
{
    struct line *line = &wire->lines[number];
    int64_t now_us = time_monotonic_us();
    if (now_us >= wire->end_us) {
        return RESULT_OK;
    }
    buffer_reset(&line->request);
    wire->load->next(wire->load->context, number, &line->request);
    if (line->request.overflow || line->request.length == 0) {
        return fail(wire->error, RESULT_TOO_LARGE, NULL, "a request is too large");
    }
    line->sent = 0;
    line->pushes = 0;
    line->got = 0;
    line->begun_us = now_us;
    wire->under_way++;
    return line_send(wire, number);
}

/* The whole answer's length; 0 while that is not known. */
static size_t answer_length(const struct line *line, size_t *out_head)
{
    const char *end = strstr(line->answer, "\r\n\r\n");
    if (end == NULL) {
        return 0;
    }
    *out_head = (size_t)(end - line->answer) + 4;
    const char *length = strcasestr(line->answer, "\r\nContent-Length:");
    return *out_head + (length == NULL || length > end ? 0 : strtoul(length + 17, NULL, 10));
}

static enum result line_answered(struct wire *wire, uint32_t number, size_t head)
{
    struct line *line = &wire->lines[number];
    struct wire_result *out = wire->out;
    int status = line->got > 12 ? (int)strtol(line->answer + 9, NULL, 10) : 0;
    if (out->answers < WIRE_LATENCIES_MAX) {
        wire->latencies[out->answers] = (uint32_t)(time_monotonic_us() - line->begun_us);
    }
    out->answers++;
    if (status != 200 && status != 204) {
        out->failed++;
        out->failed_status = status;
    }
    wire->under_way--;
    wire->load->answered(wire->load->context, number, status,
                         (struct slice){ line->answer + head, line->got - head });
    return line_begin(wire, number);
}

static enum result line_receive(struct wire *wire, uint32_t number)
{
    struct line *line = &wire->lines[number];
    size_t head = 0;
    ssize_t got =
        recv(line->file, line->answer + line->got, WIRE_ANSWER_BYTES_MAX - line->got, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) {
        return RESULT_OK;
    }
    if (got <= 0) {
        return broken(wire, "the server closed a connection, or an answer is too long");
    }
    line->got += (size_t)got;
    line->answer[line->got] = '\0';
    size_t length = answer_length(line, &head);
    return length > 0 && line->got >= length ? line_answered(wire, number, head) : RESULT_OK;
}

static enum result wire_turn(struct wire *wire)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = epoll_wait(wire->poll, events, EVENTS_AT_ONCE, SILENCE_MS);
    if (count <= 0) {
        return count < 0 && errno == EINTR ? RESULT_OK : broken(wire, "no answer in 30 s");
    }
    for (int i = 0; i < count; i++) {
        uint32_t number = events[i].data.u32;
        if ((events[i].events & EPOLLOUT) != 0) {
            TRY(line_send(wire, number));
        }
        if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
            TRY(line_receive(wire, number));
        }
    }
    return RESULT_OK;
}

static int by_size(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static enum result wire_work(struct wire *wire)
{
    int64_t start_us = time_monotonic_us();
    wire->end_us = start_us + (int64_t)(wire->load->seconds * 1e6);
    for (uint32_t i = 0; i < wire->load->connections; i++) {
        TRY(line_open(wire, i));
    }
    for (uint32_t i = 0; i < wire->load->connections; i++) {
        TRY(line_begin(wire, i));
    }
    while (wire->under_way > 0) {
        TRY(wire_turn(wire));
    }
    struct wire_result *out = wire->out;
    out->seconds = (double)(time_monotonic_us() - start_us) / 1e6;
    size_t count = out->answers < WIRE_LATENCIES_MAX ? out->answers : WIRE_LATENCIES_MAX;
    qsort(wire->latencies, count, sizeof(*wire->latencies), by_size);
    out->p50_us = count == 0 ? 0 : wire->latencies[count / 2];
    out->p99_us = count == 0 ? 0 : wire->latencies[count * 99 / 100];
    return RESULT_OK;
}

enum result wire_run(const struct wire_load *load, struct wire_result *out, struct error *error)
{
    *out = (struct wire_result){ .answers = 0 };
    /* For the length of the run. */
    struct wire wire = { .load = load,
                         .lines = calloc(load->connections, sizeof(struct line)),
                         .poll = epoll_create1(EPOLL_CLOEXEC),
                         .out = out,
                         .latencies = calloc(WIRE_LATENCIES_MAX, sizeof(uint32_t)),
                         .error = error };
    enum result result = RESULT_OK;
    if (wire.lines == NULL || wire.poll < 0 || wire.latencies == NULL) {
        result = fail(error, RESULT_NO_MEMORY, NULL, "no memory for connections");
    }
    for (uint32_t i = 0; wire.lines != NULL && i < load->connections; i++) {
        wire.lines[i].file = -1;
    }
    if (result == RESULT_OK) {
        result = wire_work(&wire);
    }
    for (uint32_t i = 0; wire.lines != NULL && i < load->connections; i++) {
        buffer_done(&wire.lines[i].request);
        if (wire.lines[i].file >= 0) {
            (void)close(wire.lines[i].file);
        }
    }
    if (wire.poll >= 0) {
        (void)close(wire.poll);
    }
    free(wire.latencies);
    free(wire.lines);
    return result;
}
