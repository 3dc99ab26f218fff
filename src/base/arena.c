#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES_MIN = 8 * 1024,
    BLOCK_BYTES_GROWN_MAX = 256 * 1024,
    BLOCK_BYTES_KEPT_MAX = 64 * 1024
};

/* The address sanitizer sees what is touched after a reset, or past a piece's end, although the block is still ours. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct block *head;
    size_t bytes_max;
    size_t bytes_used;
};

struct arena *arena_new(size_t bytes_max)
{
    struct arena *arena = calloc(1, sizeof(*arena));
    if (arena != NULL) {
        arena->bytes_max = bytes_max;
    }
    return arena;
}

/* Frees all blocks but one of moderate size. */
static struct block *blocks_free(struct block *block, bool keep)
{
    struct block *kept = NULL;
    while (block != NULL) {
        struct block *next = block->next;
        if (keep && kept == NULL && block->size <= BLOCK_BYTES_KEPT_MAX) {
            kept = block;
            kept->next = NULL;
            kept->used = 0;
            ASAN_POISON_MEMORY_REGION(kept->bytes, kept->size);
        } else {
            free(block);
        }
        block = next;
    }
    return kept;
}

void arena_reset(struct arena *arena)
{
    arena->head = blocks_free(arena->head, true);
    arena->bytes_used = 0;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    (void)blocks_free(arena->head, false);
    free(arena);
}

/* Each new block doubles the last one up to a bound, so that many small pieces cost few blocks. */
static struct block *block_add(struct arena *arena, size_t bytes)
{
    size_t size = arena->head == NULL ? BLOCK_BYTES_MIN : arena->head->size * 2;
    size = size > BLOCK_BYTES_GROWN_MAX ? BLOCK_BYTES_GROWN_MAX : size;
    size = bytes > size ? bytes : size;
    struct block *block = malloc(sizeof(*block) + size);
    if (block == NULL) {
        return NULL;
    }
    block->size = size;
    block->used = 0;
    ASAN_POISON_MEMORY_REGION(block->bytes, size);
    block->next = arena->head;
    arena->head = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    assert(bytes > 0);

    const size_t align = alignof(max_align_t);
    if (bytes > arena->bytes_max - arena->bytes_used) {
        return NULL;
    }
    size_t rounded = (bytes + align - 1) / align * align;
    struct block *block = arena->head;
    if (block == NULL || block->size - block->used < rounded) {
        block = block_add(arena, rounded);
    }
    if (block == NULL) {
        return NULL;
    }
    void *memory = block->bytes + block->used;
    block->used += rounded;
    arena->bytes_used += bytes;
    ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
    memset(memory, 0, bytes);
    return memory;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = length == SIZE_MAX ? NULL : arena_alloc(arena, length + 1);
    if (copy != NULL && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    va_end(args);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->bytes_used;
}
