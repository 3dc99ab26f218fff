/* Who may send: addresses, and where to listen. */
#ifndef SUDO_LOG_ADMISSION_H
#define SUDO_LOG_ADMISSION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/result.h"
#include "base/text.h"

/* Addresses with the same first bits. An IPv4 address is its IPv6 form (::ffff:a.b.c.d). */
struct address_range {
    struct in6_addr address;
    uint32_t bits;
};
/* "10.1.0.0/16", "::1", "192.0.2.7". RESULT_INVALID tells what is allowed. */
MUST_CHECK enum result address_range_parse(const char *text, struct address_range *out,
                                           struct error *error);
bool address_range_has(const struct address_range *range, const struct in6_addr *address);
extern const struct address_range address_loopback[2];

/* The IPv6 form of a peer's address; false for another family. */
bool address_of(const struct sockaddr *peer, struct in6_addr *out);
/* 46 bytes and a NUL at most. */
enum { ADDRESS_TEXT_BYTES = 47 };
void address_text(const struct in6_addr *address, char out[ADDRESS_TEXT_BYTES]);

struct sudo_listen {
    struct sockaddr_storage address;
    socklen_t address_bytes;
    bool tls;      /* "tcp://" before it: not */
    bool loopback; /* only this machine can connect */
    char text[128];
};
/* "ADDRESS:PORT", "[ADDRESS]:PORT", each with tls:// or tcp:// before it, or not. Names are not looked up. `option` is named in the
   error. */
MUST_CHECK enum result sudo_listen_parse(const char *option, const char *text,
                                         struct sudo_listen *out, struct error *error);

#endif
