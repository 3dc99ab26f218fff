/* Certificate requests and certificates from outside: whatever the bytes, nothing but an answer. */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "crypto/key.h"

enum { ARENA_BYTES = 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct slice bytes = { (const char *)data, size };
    struct csr_facts csr;
    struct cert_facts cert;
    struct error error = { 0 };
    if (arena == NULL) {
        return 0;
    }
    enum result result = csr_read(arena, bytes, &csr, &error);
    if (result != RESULT_OK) {
        result = cert_read(arena, bytes, &cert, &error);
    }
    (void)result;
    arena_free(arena);
    return 0;
}
