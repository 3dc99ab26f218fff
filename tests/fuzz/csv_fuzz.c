/* Separated values: whatever the bytes, rows keep to their bound and cells are UTF-8. */
#include <assert.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/csv.h"

enum { ARENA_BYTES = 1024 * 1024, ROWS_MAX = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_row(const struct csv_row *row, size_t line_before)
{
    assert(row->cell_count > 0 && row->line > line_before);
    for (size_t i = 0; i < row->cell_count; i++) {
        struct slice trimmed = slice_trim(row->cells[i]);
        assert(slice_is_utf8(row->cells[i]));
        assert(trimmed.length == row->cells[i].length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct error error = { .field = NULL };
    struct csv csv;
    if (arena != NULL && csv_parse(arena, (struct slice){ (const char *)bytes, length }, ROWS_MAX,
                                   &csv, &error) == RESULT_OK) {
        size_t line = 0;
        assert(csv.row_count <= ROWS_MAX);
        for (size_t i = 0; i < csv.row_count; i++) {
            check_row(&csv.rows[i], line);
            line = csv.rows[i].line;
        }
    }
    arena_free(arena);
    return 0;
}
