/* Marks of changedSince: the input as it came, and as the inside of one; what is read writes as the same. */
#include <assert.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/base64.h"
#include "model/changes.h"

enum { ARENA_BYTES = 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_mark(struct arena *arena, struct slice text)
{
    struct change_mark mark;
    struct change_mark again;
    if (!change_mark_parse(arena, text, &mark)) {
        return;
    }
    char *written = change_mark_text(arena, &mark);
    if (written == NULL) {
        return; /* longer than a mark may be */
    }
    bool read = change_mark_parse(arena, slice_of(written), &again);
    assert(read && slice_equal(mark.store, again.store) && slice_equal(mark.list, again.list));
    assert(mark.walk.taken_us == again.walk.taken_us && mark.walk.since == again.walk.since);
    assert(mark.walk.until == again.walk.until && mark.walk.next == again.walk.next);
    assert(mark.walk.from_us == again.walk.from_us && mark.walk.inside == again.walk.inside);
    assert(!mark.walk.inside ||
           (mark.walk.stamp == again.walk.stamp && slice_equal(mark.walk.tie, again.walk.tie) &&
            slice_equal(mark.walk.place, again.walk.place)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    if (arena != NULL) {
        check_mark(arena, (struct slice){ (const char *)bytes, length });
        check_mark(arena, slice_of(base64url_encode(arena, bytes, length)));
    }
    arena_free(arena);
    return 0;
}
