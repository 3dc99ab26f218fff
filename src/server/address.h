/* The addresses of a server: where it listens, and where others reach it. */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <stdint.h>

#include "base/result.h"
#include "http/server.h"

enum { ADDRESS_BYTES = 300 };

/* "https://127.0.0.1:8443"; `port` is the real one where the listen says any. */
void address_of_listen(const struct http_listen *at, uint16_t port, char out[ADDRESS_BYTES]);
/* The same for others: in place of all addresses of the machine stands its name, or `local` when that is not NULL. */
void address_for_others(const struct http_listen *at, uint16_t port, const char *local,
                        char out[ADDRESS_BYTES]);
/* One that the operator gives, without the slashes at its end. RESULT_INVALID when it is none. */
MUST_CHECK enum result address_given(const char *url, char out[ADDRESS_BYTES], struct error *error);

#endif
