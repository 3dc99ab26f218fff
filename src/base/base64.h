/* Base64 with both alphabets (RFC 4648) and hexadecimal. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct arena;

/* NUL-terminated text in the arena; NULL when it is full. base64url has no padding. */
char *base64_encode(struct arena *arena, const void *bytes, size_t length);
char *base64url_encode(struct arena *arena, const void *bytes, size_t length);
/* Takes both alphabets, with or without padding; blanks and line ends are skipped. False on anything
   else or when the arena is full. */
bool base64_decode(struct arena *arena, struct slice text, struct slice *out);

/* `out` has room for 2 * length + 1. */
void hex_encode(const void *bytes, size_t length, char *out);
/* Exactly `length` bytes, either case; false on anything else. */
bool hex_decode(struct slice text, void *out, size_t length);

#endif
