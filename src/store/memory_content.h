/* Bytes in pieces that contents may share: who writes to a shared piece gets one of its own first. Without locks: the caller
   sees to it that a content is used by one thread at a time; its pieces may be in use by contents elsewhere. */
#ifndef STORE_MEMORY_CONTENT_H
#define STORE_MEMORY_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct piece;

/* All zero: empty. */
struct content {
    struct piece **pieces; /* none is NULL */
    size_t count, room;
    int64_t bytes;
};

enum content_result { CONTENT_OK, CONTENT_SHORT, CONTENT_FULL, CONTENT_NO_MEMORY };

void content_done(struct content *content);
/* The same bytes, none of them copied. False without memory. */
bool content_share(const struct content *from, struct content *out);
/* What is beyond the end is zeros; CONTENT_SHORT says that there was such. */
enum content_result content_read(const struct content *content, int64_t at, void *out,
                                 size_t length);
/* Grows it as needed; CONTENT_FULL at 16 GiB. After a failure a part may be written. */
enum content_result content_write(struct content *content, int64_t at, const void *bytes,
                                  size_t length);
void content_truncate(struct content *content, int64_t bytes);

#endif
