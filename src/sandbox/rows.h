/* Pages that repeat a row, as lists do whose pages are counted from the start while rows come in. */
#ifndef SANDBOX_ROWS_H
#define SANDBOX_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct arena;

enum { ROW_BYTES_MAX = 64 * 1024, WALKS_MAX = 64, WALK_KEY_BYTES = 512 };

/* Where walks through lists stand: the last row of the page that each saw last. */
struct row_memory {
    struct row_walk {
        char key[WALK_KEY_BYTES]; /* path and query without the page's number */
        int64_t page;
        char *row; /* malloc: as long as the walk is remembered */
        size_t length;
    } walks[WALKS_MAX];
    size_t next; /* the place that is used again next */
};

void row_memory_reset(struct row_memory *memory);
/* Remembers the page's last row. `repeats`: puts the last row of the page before at the front; the page's own last row then goes,
   unless it is the last page. A body that is no page of a list is left as it is. */
enum rows_wish { ROWS_REMEMBER, ROWS_REPEAT };
void rows_pass(struct row_memory *memory, const char *key, enum rows_wish wish,
               struct buffer *body);

#endif
