#include "crypto/compress.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/arena.h"

enum {
    GZIP_WINDOW = 15 + 16,
    ZSTD_WINDOW_LOG_MAX = 23, /* 8 MiB: what RFC 9659 lets a sender ask of a receiver */
};

static enum result no_memory(struct error *error)
{
    return fail(error, RESULT_NO_MEMORY, NULL, "no memory to pack or unpack");
}

static enum result too_large(struct error *error, size_t bytes_max)
{
    return fail(error, RESULT_TOO_LARGE, "body", "unpacked it is over %zu bytes", bytes_max);
}

enum result zstd_pack(struct arena *arena, struct slice bytes, int level, struct slice *out,
                      struct error *error)
{
    size_t bound = ZSTD_compressBound(bytes.length);
    char *packed = arena_alloc(arena, bound + 1);
    if (packed == NULL) {
        return no_memory(error);
    }
    size_t length = ZSTD_compress(packed, bound, bytes.text, bytes.length, level);
    if (ZSTD_isError(length)) {
        return fail(error, RESULT_BROKEN, NULL, "packing: %s", ZSTD_getErrorName(length));
    }
    *out = (struct slice){ packed, length };
    return RESULT_OK;
}

/* What comes out while it is not known how much that will be. */
struct growing {
    struct buffer buffer;
    size_t bytes_max;
};

static enum result grown_keep(struct arena *arena, struct growing *growing, struct slice *out,
                              struct error *error)
{
    char *copy = arena_strndup(arena, growing->buffer.bytes, growing->buffer.length);
    if (copy == NULL) {
        return no_memory(error);
    }
    *out = (struct slice){ copy, growing->buffer.length };
    return RESULT_OK;
}

static enum result unpack_stream(ZSTD_DStream *stream, struct slice bytes, struct growing *growing,
                                 struct error *error)
{
    char piece[16 * 1024];
    ZSTD_inBuffer in = { bytes.text, bytes.length, 0 };
    size_t left = 1;
    while (left > 0) {
        ZSTD_outBuffer produced = { piece, sizeof(piece), 0 };
        size_t before = in.pos;
        left = ZSTD_decompressStream(stream, &produced, &in);
        if (ZSTD_isError(left)) {
            return fail(error, RESULT_INVALID, "body", "the body is not zstd: %s",
                        ZSTD_getErrorName(left));
        }
        buffer_add(&growing->buffer, piece, produced.pos);
        if (growing->buffer.overflow) {
            return too_large(error, growing->bytes_max);
        }
        if (left > 0 && in.pos == before && produced.pos == 0) {
            return fail(error, RESULT_INVALID, "body", "the zstd body ends too early");
        }
    }
    return in.pos == in.size
               ? RESULT_OK
               : fail(error, RESULT_INVALID, "body", "something follows the zstd body");
}

enum result zstd_unpack(struct arena *arena, struct slice bytes, size_t bytes_max,
                        struct slice *out, struct error *error)
{
    unsigned long long known = ZSTD_getFrameContentSize(bytes.text, bytes.length);
    if (known != ZSTD_CONTENTSIZE_UNKNOWN && known != ZSTD_CONTENTSIZE_ERROR) {
        if (known > bytes_max) {
            return too_large(error, bytes_max);
        }
        char *whole = arena_alloc(arena, (size_t)known + 1);
        if (whole == NULL) {
            return no_memory(error);
        }
        size_t length = ZSTD_decompress(whole, (size_t)known, bytes.text, bytes.length);
        if (ZSTD_isError(length) || length != known) {
            return fail(error, RESULT_INVALID, "body", "the body is not one whole zstd frame");
        }
        *out = (struct slice){ whole, length };
        return RESULT_OK;
    }
    struct growing growing = { .bytes_max = bytes_max };
    buffer_init(&growing.buffer, bytes_max);
    ZSTD_DStream *stream = ZSTD_createDStream();
    enum result result = stream == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(
                                               stream, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX))
                             ? no_memory(error)
                             : unpack_stream(stream, bytes, &growing, error);
    if (result == RESULT_OK) {
        result = grown_keep(arena, &growing, out, error);
    }
    (void)ZSTD_freeDStream(stream);
    buffer_done(&growing.buffer);
    return result;
}

enum result gzip_pack(struct arena *arena, struct slice bytes, int level, struct slice *out,
                      struct error *error)
{
    z_stream stream = { .zalloc = Z_NULL };
    if (bytes.length > UINT32_MAX / 2 ||
        deflateInit2(&stream, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return no_memory(error);
    }
    uLong bound = deflateBound(&stream, (uLong)bytes.length);
    char *packed = arena_alloc(arena, bound);
    union {
        const char *text;
        Bytef *bytes;
    } in = { .text = bytes.text };
    stream.next_in = in.bytes;
    stream.avail_in = (uInt)bytes.length;
    stream.next_out = (Bytef *)packed;
    stream.avail_out = packed == NULL ? 0 : (uInt)bound;
    int code = packed == NULL ? Z_MEM_ERROR : deflate(&stream, Z_FINISH);
    size_t length = stream.total_out;
    (void)deflateEnd(&stream);
    if (code != Z_STREAM_END) {
        return no_memory(error);
    }
    *out = (struct slice){ packed, length };
    return RESULT_OK;
}

static enum result gunzip_stream(z_stream *stream, struct growing *growing, struct error *error)
{
    char piece[16 * 1024];
    for (int code = Z_OK; code != Z_STREAM_END;) {
        stream->next_out = (Bytef *)piece;
        stream->avail_out = sizeof(piece);
        code = inflate(stream, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END) {
            return fail(error, RESULT_INVALID, "body", "the body is not whole gzip");
        }
        buffer_add(&growing->buffer, piece, sizeof(piece) - stream->avail_out);
        if (growing->buffer.overflow) {
            return too_large(error, growing->bytes_max);
        }
    }
    return RESULT_OK;
}

enum result gzip_unpack(struct arena *arena, struct slice bytes, size_t bytes_max,
                        struct slice *out, struct error *error)
{
    z_stream stream = { .zalloc = Z_NULL };
    struct growing growing = { .bytes_max = bytes_max };
    if (bytes.length > UINT32_MAX / 2 || inflateInit2(&stream, GZIP_WINDOW) != Z_OK) {
        return no_memory(error);
    }
    buffer_init(&growing.buffer, bytes_max);
    union {
        const char *text;
        Bytef *bytes;
    } in = { .text = bytes.text };
    stream.next_in = in.bytes;
    stream.avail_in = (uInt)bytes.length;
    enum result result = gunzip_stream(&stream, &growing, error);
    if (result == RESULT_OK && stream.avail_in > 0) {
        result = fail(error, RESULT_INVALID, "body", "something follows the gzip body");
    }
    (void)inflateEnd(&stream);
    if (result == RESULT_OK) {
        result = grown_keep(arena, &growing, out, error);
    }
    buffer_done(&growing.buffer);
    return result;
}
