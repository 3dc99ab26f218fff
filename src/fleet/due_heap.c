#include "fleet/due_heap.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 1024 };

static void swap(struct due *a, struct due *b)
{
    struct due kept = *a;
    *a = *b;
    *b = kept;
}

bool due_add(struct due_heap *heap, int64_t at_us, uint64_t tag)
{
    if (heap->count == heap->capacity) {
        size_t capacity = heap->capacity == 0 ? FIRST_CAPACITY : heap->capacity * 2;
        /* At most two rows a computer: bounded by how many computers there are. */
        struct due *rows = realloc(heap->rows, capacity * sizeof(*rows));
        if (rows == NULL) {
            return false;
        }
        heap->rows = rows;
        heap->capacity = capacity;
    }
    size_t at = heap->count++;
    heap->rows[at] = (struct due){ at_us, tag };
    while (at > 0 && heap->rows[(at - 1) / 2].at_us > heap->rows[at].at_us) {
        swap(&heap->rows[(at - 1) / 2], &heap->rows[at]);
        at = (at - 1) / 2;
    }
    return true;
}

static void sink(struct due_heap *heap)
{
    size_t at = 0;
    for (size_t child = 1; child < heap->count; child = at * 2 + 1) {
        if (child + 1 < heap->count && heap->rows[child + 1].at_us < heap->rows[child].at_us) {
            child++;
        }
        if (heap->rows[at].at_us <= heap->rows[child].at_us) {
            return;
        }
        swap(&heap->rows[at], &heap->rows[child]);
        at = child;
    }
}

bool due_take(struct due_heap *heap, int64_t now_us, uint64_t *out_tag)
{
    if (heap->count == 0 || heap->rows[0].at_us > now_us) {
        return false;
    }
    *out_tag = heap->rows[0].tag;
    heap->rows[0] = heap->rows[--heap->count];
    sink(heap);
    return true;
}

int64_t due_first_us(const struct due_heap *heap)
{
    return heap->count == 0 ? INT64_MAX : heap->rows[0].at_us;
}

void due_done(struct due_heap *heap)
{
    free(heap->rows);
    *heap = (struct due_heap){ .count = 0 };
}
