/* The sandbox's readers: the header that asks for a fault, patterns of paths, pages that repeat a row, secrets that are masked. The
   first byte chooses; a pattern and its text are parted by a NUL. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "sandbox/fault.h"
#include "sandbox/record.h"
#include "sandbox/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { INPUT_BYTES_MAX = 4096, ARENA_BYTES = 32 * 1024 * 1024 };

static void run_header(struct slice text)
{
    const struct fault_kind *kind = NULL;
    int64_t value = -1;
    struct error error;
    if (fault_parse(text, &kind, &value, &error) == RESULT_OK) {
        assert(kind != NULL && value >= 0 && value <= kind->value_max);
    }
}

static void run_pattern(const char *both, size_t length)
{
    const char *text = both + strlen(both) + 1;
    if (text <= both + length) {
        bool fits = pattern_fits(both, text);
        assert(!fits || pattern_fits("*", text));
        assert(strchr(text, '*') != NULL || pattern_fits(text, text));
    }
}

static void run_rows(struct slice text)
{
    static struct row_memory memory;
    struct buffer body;
    buffer_init(&body, 1024 * 1024);
    buffer_add(&body, text.text, text.length);
    rows_pass(&memory, "a", ROWS_REMEMBER, &body);
    assert(body.length == text.length);
    rows_pass(&memory, "a", ROWS_REPEAT, &body);
    assert(body.length <= text.length * 2 + 1);
    buffer_done(&body);
    row_memory_reset(&memory);
}

static void run_mask(struct slice text)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    assert(arena != NULL);
    struct slice shown;
    bool done = secrets_mask(arena, text, &shown);
    assert(done);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0 || length > INPUT_BYTES_MAX) {
        return 0;
    }
    char *copy = calloc(1, length + 1);
    assert(copy != NULL);
    memcpy(copy, bytes + 1, length - 1);
    struct slice text = { copy, length - 1 };
    switch (bytes[0]) {
    case 'h': run_header(text); break;
    case 'p': run_pattern(copy, length - 1); break;
    case 'r': run_rows(text); break;
    case 'm': run_mask(text); break;
    default: break;
    }
    free(copy);
    return 0;
}
