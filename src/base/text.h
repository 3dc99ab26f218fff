/* Slices of text that somebody else owns, and a growing buffer with a ceiling. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct arena;

/* Not NUL-terminated. text may be NULL only when length is 0. */
struct slice {
    const char *text;
    size_t length;
};

#define SLICE(literal) ((struct slice){ .text = (literal), .length = sizeof(literal) - 1 })

struct slice slice_of(const char *text); /* NULL gives the empty slice */
bool slice_equal(struct slice a, struct slice b);
bool slice_is(struct slice a, const char *text);
bool slice_is_any_case(struct slice a, const char *text); /* ASCII letters only */
bool slice_starts_any_case(struct slice a, const char *prefix);
struct slice slice_trim(struct slice a); /* blanks, tabs and line ends at both ends */
/* Cuts `rest` at the first `mark`: returns what is before it; `rest` becomes what follows (empty at
   the end). */
struct slice slice_cut(struct slice *rest, char mark);
/* Takes `text`, which is not empty, off the start of `rest`; false, and nothing changed, when it does not stand there. */
bool slice_take(struct slice *rest, const char *text);
/* Cuts `rest` at the first `mark`: *out is what is before it. False, and nothing changed, without one. */
bool slice_cut_at(struct slice *rest, const char *mark, struct slice *out);
/* The start of it, at most `bytes_max`, cut between two characters of UTF-8. */
struct slice slice_head(struct slice a, size_t bytes_max);
/* Whole decimal number; false on anything else or overflow. */
bool slice_int64(struct slice a, int64_t *out);
/* NUL-terminated copy in the arena, NULL when it is full. */
char *slice_dup(struct arena *arena, struct slice a);
/* True when the bytes are well-formed UTF-8 (RFC 3629) without NUL. */
bool slice_is_utf8(struct slice a);
/* Lower-case copy of UTF-8 text by Unicode's simple mapping, for keys that ignore letter case;
   malformed bytes are kept. NULL when the arena is full. */
char *slice_fold(struct arena *arena, struct slice a);

/* Grows up to `limit` bytes; past that, or without memory, it sets `overflow` and takes no more, so
   a long run of calls is checked once at the end. Always NUL-terminated behind `length`. */
struct buffer {
    char *bytes;
    size_t length;
    size_t capacity;
    size_t limit;
    bool overflow;
};

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_done(struct buffer *buffer);
void buffer_reset(struct buffer *buffer);
void buffer_add(struct buffer *buffer, const char *text, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_char(struct buffer *buffer, char byte);
void buffer_print(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
/* Room for `length` > 0 bytes that the caller writes at once, already counted; NULL when there is none. */
char *buffer_take(struct buffer *buffer, size_t length);
struct slice buffer_slice(const struct buffer *buffer);

#endif
