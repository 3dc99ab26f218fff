#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "http/server_private.h"

/* Level 1: JSON shrinks to a seventh already, and the thread that packs has requests waiting. */
enum { GZIP_BYTES_MIN = 1024, GZIP_LEVEL = 1, GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8 };

bool gzip_worth(const char *content_type, size_t bytes)
{
    static const char *const words[] = { "json", "text/", "xml", "yaml" };
    for (size_t i = 0; bytes >= GZIP_BYTES_MIN && i < COUNT_OF(words); i++) {
        if (strstr(content_type, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* True for q=0, q=0.0 and so on. */
static bool is_weight_zero(struct slice parameters)
{
    while (parameters.length > 0) {
        struct slice value = slice_cut(&parameters, ';');
        struct slice name = slice_trim(slice_cut(&value, '='));
        if (!slice_is_any_case(name, "q")) {
            continue;
        }
        value = slice_trim(value);
        for (size_t i = 0; i < value.length; i++) {
            if (value.text[i] != '0' && value.text[i] != '.') {
                return false;
            }
        }
        return true;
    }
    return false;
}

/* RFC 9110 section 12.5.3: what is said of gzip itself goes before what is said of "*". */
bool gzip_accepted(struct slice accept_encoding)
{
    struct slice rest = accept_encoding;
    bool any = false;
    while (rest.length > 0) {
        struct slice parameters = slice_cut(&rest, ',');
        struct slice coding = slice_trim(slice_cut(&parameters, ';'));
        if (slice_is_any_case(coding, "gzip") || slice_is_any_case(coding, "x-gzip")) {
            return !is_weight_zero(parameters);
        }
        any = any || (slice_is(coding, "*") && !is_weight_zero(parameters));
    }
    return any;
}

bool gzip_body(struct buffer *body)
{
    z_stream stream = { .zalloc = Z_NULL };
    if (body->length > UINT32_MAX || deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW,
                                                  GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    uLong bound = deflateBound(&stream, (uLong)body->length);
    char *packed = malloc(bound); /* handed to the transport, which frees it */
    bool done = false;
    if (packed != NULL) {
        stream.next_in = (Bytef *)body->bytes;
        stream.avail_in = (uInt)body->length;
        stream.next_out = (Bytef *)packed;
        stream.avail_out = (uInt)bound;
        done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    }
    if (done) {
        free(body->bytes);
        body->bytes = packed;
        body->length = stream.total_out;
        body->capacity = bound;
    } else {
        free(packed);
    }
    (void)deflateEnd(&stream);
    return done;
}
