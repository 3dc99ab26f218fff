#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/server_private.h"

static const char too_large[] = "the body is larger than this operation takes";
static const char no_room[] = "the server has no room for this body just now";

void body_uncount(struct http_exchange *exchange)
{
    atomic_fetch_sub(&exchange->server->body_bytes_now, exchange->counted_bytes);
    exchange->counted_bytes = 0;
}

/* A refused body gives its room back at once, while the rest of it still comes in. */
static bool refuse(struct http_exchange *exchange, int status, const char *refusal)
{
    buffer_done(&exchange->body);
    body_uncount(exchange);
    return exchange_refuse(exchange, status, refusal);
}

bool body_begin(struct http_exchange *exchange)
{
    if (exchange->content_length > 0 &&
        (uint64_t)exchange->content_length > exchange->plan.bytes_max) {
        return refuse(exchange, 413, too_large);
    }
    buffer_init(&exchange->body, exchange->plan.memory_bytes_max);
    return true;
}

/* A file without a name: gone with its descriptor, whatever happens. */
static int spool_open(const char *folder)
{
    if (folder == NULL) {
        return -1;
    }
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0) {
        return file;
    }
    /* Not every file system can do that. */
    char name[PATH_MAX];
    int length = snprintf(name, sizeof(name), "%s/body-XXXXXX", folder);
    if (length < 0 || (size_t)length >= sizeof(name)) {
        return -1;
    }
    file = mkostemp(name, O_CLOEXEC);
    if (file >= 0) {
        (void)unlink(name);
    }
    return file;
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
    exchange->body_file = spool_open(exchange->server->spool_dir);
    if (exchange->body_file < 0 ||
        !write_all(exchange->body_file, exchange->body.bytes, exchange->body.length)) {
        return refuse(exchange, 503, no_room);
    }
    buffer_done(&exchange->body);
    body_uncount(exchange);
    return true;
}

/* What the buffer has taken from the heap counts, not what it holds. */
static bool body_to_memory(struct http_exchange *exchange, const char *bytes, size_t length)
{
    buffer_add(&exchange->body, bytes, length);
    if (exchange->body.overflow) {
        return refuse(exchange, 503, no_room);
    }
    uint64_t more = exchange->body.capacity - exchange->counted_bytes;
    exchange->counted_bytes += more;
    struct http_server *server = exchange->server;
    uint64_t before = atomic_fetch_add(&server->body_bytes_now, more);
    return before + more <= server->settings.bodies_bytes_max || refuse(exchange, 503, no_room);
}

bool body_take(struct http_exchange *exchange, const char *bytes, size_t length)
{
    exchange->body_bytes += length;
    if (exchange->body_bytes > exchange->plan.bytes_max) {
        return refuse(exchange, 413, too_large);
    }
    if (exchange->body_file < 0 && exchange->body_bytes > exchange->plan.memory_bytes_max &&
        !body_to_file(exchange)) {
        return false;
    }
    if (exchange->body_file < 0) {
        return body_to_memory(exchange, bytes, length);
    }
    return write_all(exchange->body_file, bytes, length) || refuse(exchange, 503, no_room);
}

bool body_finish(struct http_exchange *exchange)
{
    if (exchange->body_file >= 0 && lseek(exchange->body_file, 0, SEEK_SET) != 0) {
        return refuse(exchange, 503, no_room);
    }
    return true;
}
