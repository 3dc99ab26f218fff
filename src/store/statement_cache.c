#include "store/statement_cache.h"

#include <assert.h>
#include <string.h>

#include "store/driver.h"

/* FNV-1a over eight bytes at a time: texts of lists have thousands. They are ours, so nobody can choose them to collide. */
static uint64_t hash_of(const char *sql)
{
    const uint64_t prime = UINT64_C(0x100000001b3);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    uint64_t word = 0;
    size_t left = strlen(sql);
    while (left >= sizeof(word)) {
        memcpy(&word, sql, sizeof(word));
        hash = (hash ^ word) * prime;
        hash ^= hash >> 32; /* the product only carries upwards */
        sql += sizeof(word);
        left -= sizeof(word);
    }
    word = 0;
    memcpy(&word, sql, left);
    hash = (hash ^ word) * prime;
    return hash ^ (hash >> 32);
}

static struct statement **slot_of(struct statement_cache *cache, uint64_t hash)
{
    return &cache->slots[hash % STATEMENT_CACHE_SLOTS];
}

static void unlink_age(struct statement_cache *cache, struct statement *statement)
{
    struct statement_link *link = &statement->link;
    if (link->newer != NULL) {
        link->newer->link.older = link->older;
    } else {
        cache->newest = link->older;
    }
    if (link->older != NULL) {
        link->older->link.newer = link->newer;
    } else {
        cache->oldest = link->newer;
    }
}

static void link_newest(struct statement_cache *cache, struct statement *statement)
{
    statement->link.newer = NULL;
    statement->link.older = cache->newest;
    if (cache->newest != NULL) {
        cache->newest->link.newer = statement;
    } else {
        cache->oldest = statement;
    }
    cache->newest = statement;
}

struct statement *statement_cache_find(struct statement_cache *cache, const char *sql)
{
    uint64_t hash = hash_of(sql);
    struct statement *statement = *slot_of(cache, hash);
    while (statement != NULL &&
           (statement->link.hash != hash || strcmp(statement->sql, sql) != 0)) {
        statement = statement->link.next_in_slot;
    }
    if (statement != NULL && statement != cache->newest) {
        unlink_age(cache, statement);
        link_newest(cache, statement);
    }
    return statement;
}

void statement_cache_add(struct statement_cache *cache, struct statement *statement)
{
    statement->link.hash = hash_of(statement->sql);
    struct statement **slot = slot_of(cache, statement->link.hash);
    statement->link.next_in_slot = *slot;
    *slot = statement;
    link_newest(cache, statement);
    cache->count++;
}

void statement_cache_remove(struct statement_cache *cache, struct statement *statement)
{
    struct statement **place = slot_of(cache, statement->link.hash);
    while (*place != statement) {
        assert(*place != NULL);
        place = &(*place)->link.next_in_slot;
    }
    *place = statement->link.next_in_slot;
    unlink_age(cache, statement);
    cache->count--;
}

struct statement *statement_cache_surplus(const struct statement_cache *cache)
{
    if (cache->count < STATEMENT_CACHE_MAX) {
        return NULL;
    }
    struct statement *statement = cache->oldest;
    while (statement != NULL && statement->state == STATEMENT_RUNNING) {
        statement = statement->link.newer;
    }
    return statement;
}
