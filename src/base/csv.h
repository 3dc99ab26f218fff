/* Comma, semicolon or tab separated values by RFC 4180, UTF-8 or UTF-16 with a byte order mark. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stddef.h>

#include "base/result.h"
#include "base/text.h"

struct arena;

struct csv_row {
    struct slice *cells; /* unquoted, trimmed */
    size_t cell_count;
    size_t line; /* of its first byte, from 1 */
};

struct csv {
    struct csv_row *rows; /* empty lines are left out */
    size_t row_count;
};

/* The separator is the one of the three that stands first in the first line, else a comma. Everything
   lives in the arena. RESULT_INVALID names the line; RESULT_TOO_LARGE past `rows_max`. */
MUST_CHECK enum result csv_parse(struct arena *arena, struct slice bytes, size_t rows_max,
                                 struct csv *out, struct error *error);

#endif
