/* Where clients that walk a list by page numbers stand, so that page n + 1 begins behind the last row of page n even
   when rows come and go in between. */
#ifndef MODEL_PAGE_WALK_H
#define MODEL_PAGE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_WALKS_MAX = 4096, PAGE_WALK_TEXT_BYTES = 512, PAGE_WALK_MINUTES = 10 };

struct page_walks; /* any thread */

struct page_walk_key {
    uint64_t caller; /* who walks, and what: principal, list, page size */
    uint64_t list;
    uint32_t page_number;
};

/* NULL without memory. */
struct page_walks *page_walks_new(void);
void page_walks_free(struct page_walks *walks);
/* Nobody walks any more. */
void page_walks_forget(struct page_walks *walks);
/* Text of the edge that ended the page; too long a text is not kept. */
void page_walk_put(struct page_walks *walks, const struct page_walk_key *key, const char *edge,
                   int64_t now_us);
/* False when it is not known (any more). */
bool page_walk_get(struct page_walks *walks, const struct page_walk_key *key, int64_t now_us,
                   char out_edge[PAGE_WALK_TEXT_BYTES]);

#endif
