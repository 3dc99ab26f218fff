#include "sudo_log/admission.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

enum { ADDRESS_BITS = 128, MAPPED_BITS = 96 };

const struct address_range address_loopback[2] = {
    { .address = { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 0 } } },
      .bits = MAPPED_BITS + 8 },
    { .address = { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } } }, .bits = ADDRESS_BITS },
};

static void map(const struct in_addr *address, struct in6_addr *out)
{
    memset(out, 0, sizeof(*out));
    out->s6_addr[10] = 0xFF;
    out->s6_addr[11] = 0xFF;
    memcpy(out->s6_addr + 12, address, 4);
}

static bool address_parse(const char *text, struct in6_addr *out, bool *out_v4)
{
    struct in_addr v4;
    *out_v4 = inet_pton(AF_INET, text, &v4) == 1;
    if (*out_v4) {
        map(&v4, out);
        return true;
    }
    return inet_pton(AF_INET6, text, out) == 1;
}

enum result address_range_parse(const char *text, struct address_range *out, struct error *error)
{
    char copy[ADDRESS_TEXT_BYTES];
    struct slice rest = slice_of(text);
    bool bounded = memchr(rest.text, '/', rest.length) != NULL;
    struct slice address = slice_cut(&rest, '/');
    struct address_range range;
    bool v4 = false;
    int64_t bits = 0;
    bool fits = address.length < sizeof(copy);
    if (fits) {
        memcpy(copy, address.text, address.length);
        copy[address.length] = '\0';
        fits = address_parse(copy, &range.address, &v4);
    }
    int64_t most = v4 ? ADDRESS_BITS - MAPPED_BITS : ADDRESS_BITS;
    if (!bounded) {
        bits = most;
    } else if (!slice_int64(rest, &bits)) {
        fits = false;
    }
    if (!fits || bits < 0 || bits > most) {
        return fail(error, RESULT_INVALID, "sudo-allow",
                    "--sudo-allow must be an address like 192.0.2.7 or a network like 10.1.0.0/16"
                    " or 2001:db8::/32");
    }
    range.bits = (uint32_t)(v4 ? bits + MAPPED_BITS : bits);
    *out = range;
    return RESULT_OK;
}

bool address_range_has(const struct address_range *range, const struct in6_addr *address)
{
    uint32_t whole = range->bits / 8;
    uint32_t rest = range->bits % 8;
    if (memcmp(range->address.s6_addr, address->s6_addr, whole) != 0) {
        return false;
    }
    return rest == 0 ||
           (range->address.s6_addr[whole] ^ address->s6_addr[whole]) >> (8 - rest) == 0;
}

bool address_of(const struct sockaddr *peer, struct in6_addr *out)
{
    if (peer->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, peer, sizeof(v4));
        map(&v4.sin_addr, out);
        return true;
    }
    if (peer->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, peer, sizeof(v6));
        *out = v6.sin6_addr;
        return true;
    }
    return false;
}

void address_text(const struct in6_addr *address, char out[ADDRESS_TEXT_BYTES])
{
    bool v4 = IN6_IS_ADDR_V4MAPPED(address);
    const char *text = v4 ? inet_ntop(AF_INET, address->s6_addr + 12, out, ADDRESS_TEXT_BYTES)
                          : inet_ntop(AF_INET6, address, out, ADDRESS_TEXT_BYTES);
    if (text == NULL) {
        out[0] = '\0';
    }
}

/* --- where to listen -------------------------------------------------------------------------------------------- */

static enum result bad_listen(const char *option, struct error *error)
{
    return fail(
        error, RESULT_INVALID, option,
        "--%s must be ADDRESS:PORT for TLS, or tcp://ADDRESS:PORT; an IPv6 address stands in"
        " brackets",
        option);
}

static bool look_up(const char *host, const char *port, struct sudo_listen *out)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
    struct addrinfo *found = NULL;
    struct in6_addr address;
    if (getaddrinfo(host, port, &hints, &found) != 0) {
        return false;
    }
    memcpy(&out->address, found->ai_addr, found->ai_addrlen);
    out->address_bytes = found->ai_addrlen;
    bool known = address_of(found->ai_addr, &address);
    out->loopback = known && (address_range_has(&address_loopback[0], &address) ||
                              address_range_has(&address_loopback[1], &address));
    freeaddrinfo(found);
    return known;
}

enum result sudo_listen_parse(const char *option, const char *text, struct sudo_listen *out,
                              struct error *error)
{
    char host[64];
    struct sudo_listen listen = { .tls = true };
    struct slice rest = slice_of(text);
    (void)snprintf(listen.text, sizeof(listen.text), "%.120s", text);
    if (slice_starts_any_case(rest, "tcp://") || slice_starts_any_case(rest, "tls://")) {
        listen.tls = !slice_starts_any_case(rest, "tcp://");
        rest = (struct slice){ rest.text + 6, rest.length - 6 };
    }
    const char *colon = rest.length == 0 ? NULL : memrchr(rest.text, ':', rest.length);
    int64_t port = -1;
    bool ported = colon != NULL && slice_int64(slice_of(colon + 1), &port);
    if (!ported || port < 0 || port > UINT16_MAX) {
        return bad_listen(option, error);
    }
    struct slice name = { rest.text, (size_t)(colon - rest.text) };
    bool bracketed = name.length > 2 && name.text[0] == '[' && name.text[name.length - 1] == ']';
    if (bracketed) {
        name = (struct slice){ name.text + 1, name.length - 2 };
    }
    if (name.length == 0 || name.length >= sizeof(host) ||
        (!bracketed && memchr(name.text, ':', name.length) != NULL)) {
        return bad_listen(option, error);
    }
    memcpy(host, name.text, name.length);
    host[name.length] = '\0';
    if (!look_up(host, colon + 1, &listen)) {
        return bad_listen(option, error);
    }
    *out = listen;
    return RESULT_OK;
}
