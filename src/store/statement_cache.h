/* The prepared statements of one session, found by their text; the one unused for longest leaves first.
   Private to this folder. */
#ifndef STORE_STATEMENT_CACHE_H
#define STORE_STATEMENT_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct statement;

enum {
    STATEMENT_CACHE_MAX = 512, /* statements of one session */
    STATEMENT_CACHE_SLOTS = 1024,
};

/* Part of every statement; the cache's own. */
struct statement_link {
    uint64_t hash;
    struct statement *next_in_slot;
    struct statement *newer;
    struct statement *older;
};

struct statement_cache {
    struct statement *slots[STATEMENT_CACHE_SLOTS];
    struct statement *newest;
    struct statement *oldest;
    size_t count;
};

/* The statement with this text, now the newest, or NULL. */
struct statement *statement_cache_find(struct statement_cache *cache, const char *sql);
/* The text must not be in the cache yet. */
void statement_cache_add(struct statement_cache *cache, struct statement *statement);
void statement_cache_remove(struct statement_cache *cache, struct statement *statement);
/* The statement that leaves when the cache is full: the oldest that does not stand on a row. NULL when
   there is still room, or all are in use. */
struct statement *statement_cache_surplus(const struct statement_cache *cache);

#endif
