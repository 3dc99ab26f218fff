#include "store/memory_content.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE_BYTES = 16 * 1024,
    PIECES_MAX = 1024 * 1024, /* 16 GiB */
    PIECES_FIRST = 64,
};

/* A part of a file, or of several that have it in common. Who is not its only user does not write it. */
struct piece {
    atomic_uint users;
    unsigned char bytes[PIECE_BYTES];
};

static void piece_drop(struct piece *piece)
{
    if (atomic_fetch_sub(&piece->users, 1) == 1) {
        free(piece);
    }
}

static void content_cut(struct content *content, size_t count)
{
    while (content->count > count) {
        piece_drop(content->pieces[--content->count]);
    }
}

void content_done(struct content *content)
{
    content_cut(content, 0);
    free(content->pieces);
    *content = (struct content){ .count = 0 };
}

bool content_share(const struct content *from, struct content *out)
{
    size_t room = from->count == 0 ? 1 : from->count;
    struct piece **pieces = calloc(room, sizeof(struct piece *)); /* as long as the image or file */
    if (pieces == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->count; i++) {
        pieces[i] = from->pieces[i];
        (void)atomic_fetch_add(&pieces[i]->users, 1);
    }
    *out = (struct content){ pieces, from->count, room, from->bytes };
    return true;
}

static bool content_grow(struct content *content, size_t count)
{
    size_t room = content->room == 0 ? PIECES_FIRST : content->room;
    while (room < count) {
        room *= 2;
    }
    if (room > content->room) {
        struct piece **pieces = realloc(content->pieces, room * sizeof(struct piece *));
        if (pieces == NULL) {
            return false;
        }
        content->pieces = pieces;
        content->room = room;
    }
    while (content->count < count) {
        struct piece *piece = calloc(1, sizeof(*piece));
        if (piece == NULL) {
            return false;
        }
        atomic_init(&piece->users, 1);
        content->pieces[content->count++] = piece;
    }
    return true;
}

/* The piece, which is the file's own from now on. NULL without memory. */
static struct piece *content_own(struct content *content, size_t index)
{
    struct piece *piece = content->pieces[index];
    if (atomic_load(&piece->users) == 1) {
        return piece;
    }
    struct piece *copy = malloc(sizeof(*copy)); /* as long as a file or an image has it */
    if (copy == NULL) {
        return NULL;
    }
    atomic_init(&copy->users, 1);
    memcpy(copy->bytes, piece->bytes, PIECE_BYTES);
    content->pieces[index] = copy;
    piece_drop(piece);
    return copy;
}

/* How many bytes from `at` on lie in the same piece, at most `length`. */
static size_t part_of(int64_t at, size_t length)
{
    size_t left = PIECE_BYTES - (size_t)(at % PIECE_BYTES);
    return length < left ? length : left;
}

enum content_result content_read(const struct content *content, int64_t at, void *out,
                                 size_t length)
{
    unsigned char *to = out;
    int64_t there = at < content->bytes ? content->bytes - at : 0;
    size_t given = (int64_t)length < there ? length : (size_t)there;
    memset(to + given, 0, length - given);
    for (size_t done = 0; done < given;) {
        size_t part = part_of(at, given - done);
        memcpy(to + done, content->pieces[at / PIECE_BYTES]->bytes + at % PIECE_BYTES, part);
        done += part;
        at += (int64_t)part;
    }
    return given == length ? CONTENT_OK : CONTENT_SHORT;
}

enum content_result content_write(struct content *content, int64_t at, const void *bytes,
                                  size_t length)
{
    const unsigned char *from = bytes;
    int64_t end = at + (int64_t)length;
    int64_t pieces = (end + PIECE_BYTES - 1) / PIECE_BYTES;
    if (pieces > PIECES_MAX) {
        return CONTENT_FULL;
    }
    if ((size_t)pieces > content->count && !content_grow(content, (size_t)pieces)) {
        return CONTENT_NO_MEMORY;
    }
    while (length > 0) {
        struct piece *piece = content_own(content, (size_t)(at / PIECE_BYTES));
        size_t part = part_of(at, length);
        if (piece == NULL) {
            return CONTENT_NO_MEMORY;
        }
        memcpy(piece->bytes + at % PIECE_BYTES, from, part);
        from += part;
        length -= part;
        at += (int64_t)part;
    }
    content->bytes = end > content->bytes ? end : content->bytes;
    return CONTENT_OK;
}

void content_truncate(struct content *content, int64_t bytes)
{
    if (bytes < content->bytes) {
        content_cut(content, (size_t)((bytes + PIECE_BYTES - 1) / PIECE_BYTES));
        content->bytes = bytes;
    }
}
