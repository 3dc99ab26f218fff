/* Policy documents from outside: whatever the bytes, nothing but an answer; and a document that passes still passes with a
   stamp on it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "policy/policy.h"

enum { ARENA_BYTES = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_report before;
    struct policy_report after;
    struct slice stamped;
    struct slice bytes = { (const char *)data, size };
    struct arena *arena = arena_new(ARENA_BYTES);
    if (arena == NULL) {
        return 0;
    }
    if (policy_check(arena, bytes, &before, NULL) == RESULT_OK) {
        if (policy_stamp(arena, bytes, "R&D \"<x>\"", 7, &stamped, NULL) != RESULT_OK ||
            policy_check(arena, stamped, &after, NULL) != RESULT_OK ||
            before.workstyles != after.workstyles || before.warning_count != after.warning_count) {
            abort();
        }
    }
    arena_free(arena);
    return 0;
}
