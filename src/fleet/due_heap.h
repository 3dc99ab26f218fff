/* What is to be done when: the earliest first. */
#ifndef FLEET_DUE_HEAP_H
#define FLEET_DUE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct due {
    int64_t at_us;
    uint64_t tag;
};

/* All zero is empty. */
struct due_heap {
    struct due *rows;
    size_t count, capacity;
};

/* False without memory. */
bool due_add(struct due_heap *heap, int64_t at_us, uint64_t tag);
/* The earliest, when its time has come; false else. */
bool due_take(struct due_heap *heap, int64_t now_us, uint64_t *out_tag);
/* INT64_MAX when there is none. */
int64_t due_first_us(const struct due_heap *heap);
void due_done(struct due_heap *heap);

#endif
