/* JSON texts: what is read is UTF-8, and written out again reads as the same tree. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "json/write.h"

enum { ARENA_BYTES = 1024 * 1024, TEXT_BYTES_MAX = 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool is_utf8_but_nul(struct slice text)
{
    while (text.length > 0) {
        if (!slice_is_utf8(slice_cut(&text, '\0'))) {
            return false;
        }
    }
    return true;
}

static bool same(const struct json *a, const struct json *b)
{
    assert(is_utf8_but_nul(a->text) && is_utf8_but_nul(a->key));
    if (a->type != b->type || a->boolean != b->boolean || a->integer != b->integer ||
        memcmp(&a->number, &b->number, sizeof(a->number)) != 0 || a->count != b->count ||
        !slice_equal(a->text, b->text) || !slice_equal(a->key, b->key)) {
        return false;
    }
    const struct json *other = b->first;
    size_t count = 0;
    for (const struct json *at = a->first; at != NULL; at = at->next, other = other->next) {
        if (other == NULL || !same(at, other)) {
            return false;
        }
        count++;
    }
    return other == NULL && count == a->count;
}

/* -0.5e1 is written as -5, which is a whole number: so the second tree is held against the third. */
static const struct json *again(struct arena *arena, const struct json *json, struct buffer *text)
{
    const struct json *out = NULL;
    struct json_writer writer;
    buffer_reset(text);
    json_writer_init(&writer, text);
    json_put_value(&writer, json);
    enum result result = json_parse(arena, buffer_slice(text), &json_limits_usual, &out, NULL);
    assert(text->overflow || result != RESULT_INVALID);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    const struct json *first = NULL;
    struct error error = { .field = NULL };
    struct slice text = { (const char *)bytes, length };
    if (arena != NULL && json_parse(arena, text, &json_limits_usual, &first, &error) == RESULT_OK) {
        struct buffer written;
        buffer_init(&written, TEXT_BYTES_MAX);
        const struct json *second = again(arena, first, &written);
        const struct json *third = second == NULL ? NULL : again(arena, second, &written);
        assert(third == NULL || same(second, third));
        buffer_done(&written);
    }
    arena_free(arena);
    return 0;
}
