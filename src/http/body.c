#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http/server_private.h"

/* Counts memory against the bound of all bodies; false when there is no room. */
static bool body_count(struct http_exchange *exchange, size_t bytes)
{
    struct http_server *server = exchange->server;
    uint64_t before = atomic_fetch_add(&server->body_bytes_now, bytes);
    exchange->counted_bytes += bytes;
    return before + bytes <= server->settings.bodies_bytes_max;
}

static void body_uncount(struct http_exchange *exchange)
{
    atomic_fetch_sub(&exchange->server->body_bytes_now, exchange->counted_bytes);
    exchange->counted_bytes = 0;
}

static bool refuse(struct http_exchange *exchange, int status)
{
    exchange->body_status = status;
    return false;
}

bool body_begin(struct http_exchange *exchange)
{
    int64_t length = 0;
    struct slice header = http_header(exchange, "Content-Length");
    if (header.length > 0 && slice_int64(header, &length) &&
        (length < 0 || (uint64_t)length > exchange->plan.bytes_max)) {
        return refuse(exchange, 413);
    }
    return true;
}

/* A file without a name: gone with its descriptor, whatever happens. */
static int spool_open(const struct http_server *server)
{
    return open(server->settings.spool_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static bool write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static bool body_to_file(struct http_exchange *exchange)
{
    exchange->body_file = spool_open(exchange->server);
    if (exchange->body_file < 0 ||
        !write_all(exchange->body_file, exchange->body.bytes, exchange->body.length)) {
        return refuse(exchange, 503);
    }
    buffer_done(&exchange->body);
    body_uncount(exchange);
    return true;
}

bool body_take(struct http_exchange *exchange, const char *bytes, size_t length)
{
    if (exchange->body_status != 0) {
        return false;
    }
    exchange->body_bytes += length;
    if (exchange->body_bytes > exchange->plan.bytes_max) {
        return refuse(exchange, 413);
    }
    if (exchange->body_file < 0 && exchange->body_bytes > exchange->plan.memory_bytes_max &&
        !body_to_file(exchange)) {
        return false;
    }
    if (exchange->body_file >= 0) {
        return write_all(exchange->body_file, bytes, length) || refuse(exchange, 503);
    }
    if (!body_count(exchange, length)) {
        return refuse(exchange, 503);
    }
    buffer_add(&exchange->body, bytes, length);
    return !exchange->body.overflow || refuse(exchange, 503);
}

bool body_finish(struct http_exchange *exchange)
{
    atomic_fetch_add(&exchange->server->bytes_in, exchange->body_bytes);
    if (exchange->body_file >= 0 && lseek(exchange->body_file, 0, SEEK_SET) != 0) {
        return refuse(exchange, 503);
    }
    return exchange->body_status == 0;
}

void body_drop(struct http_exchange *exchange)
{
    if (exchange->body_file >= 0) {
        (void)close(exchange->body_file);
        exchange->body_file = -1;
    }
    buffer_done(&exchange->body);
    body_uncount(exchange);
}
