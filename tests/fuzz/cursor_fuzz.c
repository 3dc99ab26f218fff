/* Cursors: the input as it came, and as the inside of one with the right head; what is read writes as the same. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "model/list_sql.h"
#include "model/test_things.h"

enum { ARENA_BYTES = 1024 * 1024, HEAD_BYTES = 18 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_cursor(struct arena *arena, const struct list *list, struct slice text)
{
    struct edge edge = { .count = 0 };
    struct edge again = { .count = 0 };
    bool backward = false;
    bool direction = false;
    if (!edge_read(arena, list, text, &edge, &backward)) {
        return;
    }
    assert(edge.count == 0 || edge.count == list->sort_count + 1);
    char *written = edge_write(arena, list, &edge, backward);
    if (written == NULL) {
        return; /* longer than a cursor may be */
    }
    bool read = edge_read(arena, list, slice_of(written), &again, &direction);
    assert(read && direction == backward && again.count == edge.count);
    for (uint32_t i = 0; i < edge.count; i++) {
        assert(edge.values[i].is_text == again.values[i].is_text);
        assert(edge.values[i].is_text ? slice_equal(edge.values[i].text, again.values[i].text)
                                      : edge.values[i].number == again.values[i].number);
    }
}

/* The head of a cursor of this list, and the input behind it. */
static struct slice with_head(struct arena *arena, const struct list *list, struct slice inside)
{
    struct edge none = { .count = 0 };
    struct slice head = { .length = 0 };
    char *written = edge_write(arena, list, &none, false);
    if (written == NULL || !base64_decode(arena, slice_of(written), &head)) {
        return (struct slice){ .length = 0 };
    }
    assert(head.length == HEAD_BYTES + 1); /* and the "." of an edge without values */
    head.length = HEAD_BYTES;
    char *whole = arena_alloc(arena, head.length + inside.length + 1);
    if (whole == NULL) {
        return (struct slice){ .length = 0 };
    }
    memcpy(whole, head.text, head.length);
    if (inside.length > 0) {
        memcpy(whole + head.length, inside.text, inside.length);
    }
    return slice_of(base64url_encode(arena, whole, head.length + inside.length));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct slice text = { (const char *)bytes, length };
    struct list list = { .resource = &things, .version = API_V3, .page_number = 1, .page_size = 1 };
    list.sorts[0] = (struct list_sort){ .field = &thing_fields[1] };
    list.sorts[1] = (struct list_sort){ .field = &thing_fields[2], .descending = true };
    list.sort_count = 2;
    if (arena != NULL) {
        check_cursor(arena, &list, text);
        check_cursor(arena, &list, with_head(arena, &list, text));
    }
    arena_free(arena);
    return 0;
}
