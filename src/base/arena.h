/* Memory with one lifetime, usually a request's: taken piece by piece, dropped whole, bounded. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/compiler.h"

struct arena;

/* NULL when memory is out. `bytes_max` bounds what arena_alloc hands out in all. */
struct arena *arena_new(size_t bytes_max);
void arena_free(struct arena *arena);

/* Empty again, but keeps one block for the next use. */
void arena_reset(struct arena *arena);

/* Zeroed and aligned for any type; NULL at the bound or when memory is out. `bytes` > 0. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* Copies, with a NUL behind; NULL like arena_alloc. */
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

#endif
