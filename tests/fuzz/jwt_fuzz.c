/* Tokens from outside: whatever the bytes, nothing but an answer, and none of them is signed by us. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "crypto/jwt.h"

enum { ARENA_BYTES = 1024 * 1024 };

/* The key of RFC 7515, appendix A.3. */
#define PUBLIC_KEY                                                       \
    "-----BEGIN PUBLIC KEY-----\n"                                       \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n" \
    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"     \
    "-----END PUBLIC KEY-----\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct slice token = { (const char *)data, size };
    struct slice claims = { NULL, 0 };
    struct error error = { 0 };
    if (arena == NULL) {
        return 0;
    }
    enum result peeked = jwt_peek(arena, token, &claims, &error);
    enum result by_key = jwt_verify_key(arena, token, SLICE(PUBLIC_KEY), &claims, &error);
    enum result by_secret =
        jwt_verify_hs256(arena, token, SLICE("not to be guessed"), &claims, &error);
    if (by_secret == RESULT_OK || (by_key == RESULT_OK && peeked != RESULT_OK)) {
        abort();
    }
    arena_free(arena);
    return 0;
}
