/* Forms: the first line of the input is the content type, the rest the body. Whatever is read lies within them
   or the arena, and says what form_parse promises. */
#include <assert.h>
#include <limits.h>
#include <stdint.h>

#include "base/arena.h"
#include "http/multipart.h"

enum { ARENA_BYTES = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Looks at every byte, so that a sanitizer sees a slice that points elsewhere. */
static unsigned touch(struct slice text)
{
    unsigned sum = 0;
    for (size_t i = 0; i < text.length; i++) {
        sum += (unsigned char)text.text[i];
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slice body = { (const char *)bytes, length };
    struct slice type = slice_cut(&body, '\n');
    struct arena *arena = arena_new(ARENA_BYTES);
    struct form form;
    struct error error;
    unsigned sum = 0;
    if (arena != NULL && form_parse(arena, type, body, &form, &error) == RESULT_OK) {
        assert(form.count <= FORM_PARTS_MAX);
        for (size_t i = 0; i < form.count; i++) {
            const struct form_part *part = &form.parts[i];
            assert(slice_is_utf8(part->name));
            assert(slice_is_utf8(part->file_name));
            sum += touch(part->name) + touch(part->file_name) + touch(part->content_type) +
                   touch(part->value);
        }
        /* Used, or the compiler would drop the look. */
        assert(sum != UINT_MAX);
        (void)form_find(&form, "file");
    }
    arena_free(arena);
    return 0;
}
