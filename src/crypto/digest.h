/* Digests, keyed digests, random bytes, constant-time comparison and wiping (GnuTLS). */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

enum { SHA256_BYTES = 32, SHA256_HEX_BYTES = 65 };

struct sha256;
/* NULL without memory. */
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *digest, const void *bytes, size_t length);
/* Ends and frees it. */
void sha256_finish(struct sha256 *digest, uint8_t out[SHA256_BYTES]);
void sha256_of(struct slice bytes, uint8_t out[SHA256_BYTES]);
void sha256_hex_of(struct slice bytes, char out[SHA256_HEX_BYTES]);

/* HMAC-SHA-256 (RFC 2104). */
void hmac_sha256(struct slice key, struct slice bytes, uint8_t out[SHA256_BYTES]);

/* Never fails: a machine without randomness ends the process with a message. */
void random_bytes(void *out, size_t length);
/* For a sandbox, whose tokens and secrets follow from its seed and protect nothing: from now on random_bytes gives the
   bytes of this seed, one after the other. NULL: they are random again. Keys are not made of them. */
void random_replay(const uint64_t *seed);
/* `length` characters of a-z, A-Z, 0-9 and a NUL; for secrets and tokens. */
void random_alphanumeric(char *out, size_t length);

/* Time does not depend on where they differ. */
bool bytes_equal_constant_time(const void *a, const void *b, size_t length);
void bytes_wipe(void *bytes, size_t length);

#endif
