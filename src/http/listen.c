#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server_private.h"

enum { PORT_TEXT_BYTES = 8, REASON_BYTES = 128 };

static enum result malformed(const char *text, struct error *error)
{
    return fail(error, RESULT_INVALID, "listen",
                "\"%.100s\" is not an address like https://127.0.0.1:8443", text);
}

/* Brackets off an IPv6 address; false when the host can't be one. */
static bool host_plain(struct slice *host)
{
    bool bracketed =
        host->length > 2 && host->text[0] == '[' && host->text[host->length - 1] == ']';
    if (bracketed) {
        *host = (struct slice){ host->text + 1, host->length - 2 };
    }
    for (size_t i = 0; i < host->length; i++) {
        char byte = host->text[i];
        if ((byte == ':' && !bracketed) || strchr("/@[]?# ", byte) != NULL) {
            return false;
        }
    }
    return host->length > 0;
}

enum result http_listen_parse(const char *text, struct http_listen *out, struct error *error)
{
    struct slice whole = slice_of(text);
    struct http_listen listen_at = { .tls = slice_starts_any_case(whole, "https://") };
    if (!listen_at.tls && !slice_starts_any_case(whole, "http://")) {
        return malformed(text, error);
    }
    size_t scheme = listen_at.tls ? strlen("https://") : strlen("http://");
    const char *colon = strrchr(text, ':');
    int64_t port = 0;
    if ((size_t)(colon - text) <= scheme || !slice_int64(slice_of(colon + 1), &port) || port < 0 ||
        port > UINT16_MAX) {
        return malformed(text, error);
    }
    struct slice host = { text + scheme, (size_t)(colon - text) - scheme };
    if (!host_plain(&host)) {
        return malformed(text, error);
    }
    if (host.length >= sizeof(listen_at.host)) {
        return fail(error, RESULT_INVALID, "listen", "the host name is over %zu characters",
                    sizeof(listen_at.host) - 1);
    }
    memcpy(listen_at.host, host.text, host.length);
    listen_at.port = (uint16_t)port;
    *out = listen_at;
    return RESULT_OK;
}

static uint16_t socket_port(int file)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    if (getsockname(file, (struct sockaddr *)&address, &length) != 0) {
        return 0;
    }
    if (address.ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, &address, sizeof(in6));
        return ntohs(in6.sin6_port);
    }
    struct sockaddr_in in;
    memcpy(&in, &address, sizeof(in));
    return ntohs(in.sin_port);
}

enum result listen_open(const struct http_listen *listen_at, int *out_file, uint16_t *out_port,
                        struct error *error)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char port[PORT_TEXT_BYTES];
    (void)snprintf(port, sizeof(port), "%u", listen_at->port);
    int code = getaddrinfo(listen_at->host, port, &hints, &found);
    if (code != 0) {
        return fail(error, RESULT_INVALID, "listen", "cannot listen on %s: %s", listen_at->host,
                    gai_strerror(code));
    }
    int on = 1;
    int file = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool open = file >= 0 && setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                bind(file, found->ai_addr, found->ai_addrlen) == 0 && listen(file, SOMAXCONN) == 0;
    int fault = errno;
    freeaddrinfo(found);
    if (open) {
        *out_file = file;
        *out_port = socket_port(file);
        return RESULT_OK;
    }
    if (file >= 0) {
        (void)close(file);
    }
    char reason[REASON_BYTES];
    return fail(error, RESULT_BROKEN, "listen", "cannot listen on %s port %u: %s", listen_at->host,
                listen_at->port, strerror_r(fault, reason, sizeof(reason)));
}
