#include "policy/scope.h"

#include <string.h>
#include <sys/random.h>

#include "base/arena.h"

enum { SLOTS_FIRST = 64 };

struct entry {
    enum policy_kind kind;
    bool used;
    char guid[GUID_BYTES];
};

struct table {
    struct entry *entries;
    size_t size;   /* 0 or a power of two */
    uint64_t seed; /* so that nobody can choose ids that fall on one slot */
};

struct scope {
    struct scope *outer;
    struct table table;
    size_t count;
    struct scope_reference *first, *last;
};

struct scope *scope_enter(struct arena *arena, struct scope *outer)
{
    struct scope *scope = arena_alloc(arena, sizeof(*scope));
    if (scope == NULL) {
        return NULL;
    }
    scope->outer = outer;
    if (outer != NULL) {
        scope->table.seed = outer->table.seed;
    } else if (getrandom(&scope->table.seed, sizeof(scope->table.seed), GRND_NONBLOCK) < 0) {
        scope->table.seed = 0; /* only slower for a file made to be slow */
    }
    return scope;
}

struct scope *scope_leave(struct scope *scope)
{
    return scope->outer;
}

bool scope_is_outer(const struct scope *scope)
{
    return scope->outer == NULL;
}

static struct entry *slot_of(const struct table *table, enum policy_kind kind, const char *guid)
{
    struct entry *entries = table->entries;
    size_t size = table->size;
    uint64_t hash = (UINT64_C(14695981039346656037) ^ table->seed) + (uint64_t)kind; /* FNV-1a */
    for (const char *at = guid; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    }
    size_t at = (size_t)(hash ^ (hash >> 31)) & (size - 1);
    while (entries[at].used && (entries[at].kind != kind || strcmp(entries[at].guid, guid) != 0)) {
        at = (at + 1) & (size - 1);
    }
    return &entries[at];
}

static bool grow(struct arena *arena, struct table *table)
{
    size_t size = table->size == 0 ? SLOTS_FIRST : table->size * 2;
    struct table larger = { .entries = arena_alloc(arena, size * sizeof(*table->entries)),
                            .size = size,
                            .seed = table->seed };
    if (larger.entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < table->size; i++) {
        const struct entry *entry = &table->entries[i];
        if (entry->used) {
            *slot_of(&larger, entry->kind, entry->guid) = *entry;
        }
    }
    *table = larger;
    return true;
}

enum scope_put scope_put(struct arena *arena, struct scope *scope, enum policy_kind kind,
                         const char guid[GUID_BYTES])
{
    if (scope->count * 2 >= scope->table.size && !grow(arena, &scope->table)) {
        return SCOPE_NO_MEMORY;
    }
    struct entry *entry = slot_of(&scope->table, kind, guid);
    if (entry->used) {
        return SCOPE_TWICE;
    }
    entry->used = true;
    entry->kind = kind;
    memcpy(entry->guid, guid, GUID_BYTES);
    scope->count++;
    return SCOPE_NEW;
}

bool scope_refer(struct arena *arena, struct scope *scope, const struct scope_reference *reference)
{
    struct scope_reference *copy = arena_alloc(arena, sizeof(*copy));
    if (copy == NULL) {
        return false;
    }
    *copy = *reference;
    copy->next = NULL;
    if (scope->last == NULL) {
        scope->first = copy;
    } else {
        scope->last->next = copy;
    }
    scope->last = copy;
    return true;
}

const struct scope_reference *scope_unresolved(struct scope *scope)
{
    struct scope_reference *kept = NULL;
    struct scope_reference **end = &kept;
    struct scope_reference *next = NULL;
    for (struct scope_reference *at = scope->first; at != NULL; at = next) {
        next = at->next;
        bool met = at->is_guid && scope->table.size > 0 &&
                   slot_of(&scope->table, at->target, at->guid)->used;
        if (!met) {
            *end = at;
            end = &at->next;
        }
    }
    *end = NULL;
    return kept;
}
