#include "base/csv.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

enum { CELLS_MAX = 1024 };

static enum result no_memory(struct error *error)
{
    return fail(error, RESULT_NO_MEMORY, NULL, "the file needs more memory than a request may use");
}

/* --- encodings -------------------------------------------------------------------------------------- */

static uint32_t unit_at(const unsigned char *at, bool big)
{
    return big ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

static size_t put_utf8(uint32_t point, char *out)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

static enum result from_utf16(struct arena *arena, struct slice bytes, bool big, struct slice *out,
                              struct error *error)
{
    const unsigned char *at = (const unsigned char *)bytes.text;
    size_t units = bytes.length / 2;
    if (bytes.length % 2 != 0) {
        return fail(error, RESULT_INVALID, "csvFile", "the file is not valid UTF-16");
    }
    char *text = arena_alloc(arena, units * 3 + 1);
    size_t length = 0;
    if (text == NULL) {
        return no_memory(error);
    }
    for (size_t i = 0; i < units; i++) {
        uint32_t point = unit_at(at + 2 * i, big);
        bool high = point >= 0xD800 && point < 0xDC00;
        uint32_t low = high && i + 1 < units ? unit_at(at + 2 * i + 2, big) : 0;
        if (high && low >= 0xDC00 && low < 0xE000) {
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
            i++;
        } else if (point >= 0xD800 && point < 0xE000) {
            return fail(error, RESULT_INVALID, "csvFile", "the file is not valid UTF-16");
        }
        length += put_utf8(point, text + length);
    }
    *out = (struct slice){ text, length };
    return RESULT_OK;
}

static enum result to_utf8(struct arena *arena, struct slice bytes, struct slice *out,
                           struct error *error)
{
    bool little = bytes.length >= 2 && memcmp(bytes.text, "\xFF\xFE", 2) == 0;
    bool big = bytes.length >= 2 && memcmp(bytes.text, "\xFE\xFF", 2) == 0;
    if (little || big) {
        struct slice rest = { bytes.text + 2, bytes.length - 2 };
        TRY(from_utf16(arena, rest, big, out, error));
    } else {
        bool mark = bytes.length >= 3 && memcmp(bytes.text, "\xEF\xBB\xBF", 3) == 0;
        *out = mark ? (struct slice){ bytes.text + 3, bytes.length - 3 } : bytes;
    }
    return slice_is_utf8(*out)
               ? RESULT_OK
               : fail(error, RESULT_INVALID, "csvFile", "the file is not UTF-8 or UTF-16");
}

/* --- rows ------------------------------------------------------------------------------------------- */

/* What stands between quotes separates nothing. */
static char separator_of(struct slice text)
{
    bool within = false;
    for (size_t i = 0; i < text.length && text.text[i] != '\n'; i++) {
        within = within != (text.text[i] == '"');
        if (within) {
            continue;
        }
        if (text.text[i] == ',' || text.text[i] == ';' || text.text[i] == '\t') {
            return text.text[i];
        }
    }
    return ',';
}

struct parse {
    struct arena *arena;
    struct error *error;
    const char *at, *end;
    char separator;
    size_t line;
    struct slice cells[CELLS_MAX];
    size_t cell_count;
};

/* Bytes to the quote that closes, doubled ones included; all that is left when there is none. */
static size_t quoted_bytes(const struct parse *parse)
{
    const char *at = parse->at + 1;
    while (at < parse->end && (*at != '"' || (at + 1 < parse->end && at[1] == '"'))) {
        at += *at == '"' ? 2 : 1;
    }
    return (size_t)(at - parse->at);
}

/* "a ""b"" c": the quotes are undone in a copy. */
static enum result quoted(struct parse *parse, struct slice *out)
{
    size_t line = parse->line;
    char *copy = arena_alloc(parse->arena, quoted_bytes(parse));
    size_t length = 0;
    if (copy == NULL) {
        return no_memory(parse->error);
    }
    for (parse->at++; parse->at < parse->end; parse->at++) {
        if (*parse->at == '"' && (parse->at + 1 == parse->end || parse->at[1] != '"')) {
            parse->at++;
            *out = (struct slice){ copy, length };
            return RESULT_OK;
        }
        parse->at += *parse->at == '"' ? 1 : 0;
        parse->line += *parse->at == '\n' ? 1 : 0;
        copy[length++] = *parse->at;
    }
    return fail(parse->error, RESULT_INVALID, "csvFile", "line %zu: a quote is not closed", line);
}

static bool ends_cell(const struct parse *parse)
{
    return parse->at == parse->end || *parse->at == '\n' || *parse->at == parse->separator;
}

static enum result cell(struct parse *parse)
{
    struct slice value;
    while (parse->at < parse->end && *parse->at == ' ') {
        parse->at++;
    }
    if (parse->at < parse->end && *parse->at == '"') {
        TRY(quoted(parse, &value));
        while (!ends_cell(parse)) {
            if (*parse->at != ' ' && *parse->at != '\r') {
                return fail(parse->error, RESULT_INVALID, "csvFile",
                            "line %zu: something follows a closing quote", parse->line);
            }
            parse->at++;
        }
    } else {
        const char *start = parse->at;
        while (!ends_cell(parse)) {
            parse->at++;
        }
        value = (struct slice){ start, (size_t)(parse->at - start) };
    }
    if (parse->cell_count == CELLS_MAX) {
        return fail(parse->error, RESULT_TOO_LARGE, "csvFile", "line %zu has more than %d cells",
                    parse->line, CELLS_MAX);
    }
    parse->cells[parse->cell_count++] = slice_trim(value);
    return RESULT_OK;
}

static enum result row_read(struct parse *parse)
{
    parse->cell_count = 0;
    for (;;) {
        TRY(cell(parse));
        if (parse->at == parse->end) {
            return RESULT_OK;
        }
        if (*parse->at++ == '\n') {
            parse->line++;
            return RESULT_OK;
        }
    }
}

static enum result row_keep(struct parse *parse, size_t line, size_t rows_max, size_t *capacity,
                            struct csv *out)
{
    bool empty = parse->cell_count == 1 && parse->cells[0].length == 0;
    if (empty) {
        return RESULT_OK;
    }
    if (out->row_count == rows_max) {
        return fail(parse->error, RESULT_TOO_LARGE, "csvFile", "the file has more than %zu rows",
                    rows_max);
    }
    if (out->row_count == *capacity) {
        size_t more = *capacity == 0 ? 64 : *capacity * 2;
        struct csv_row *rows = arena_alloc(parse->arena, more * sizeof(*rows));
        if (rows == NULL) {
            return no_memory(parse->error);
        }
        if (*capacity > 0) {
            memcpy(rows, out->rows, *capacity * sizeof(*rows));
        }
        out->rows = rows;
        *capacity = more;
    }
    struct slice *cells = arena_alloc(parse->arena, parse->cell_count * sizeof(*cells));
    if (cells == NULL) {
        return no_memory(parse->error);
    }
    memcpy(cells, parse->cells, parse->cell_count * sizeof(*cells));
    out->rows[out->row_count++] =
        (struct csv_row){ .cells = cells, .cell_count = parse->cell_count, .line = line };
    return RESULT_OK;
}

enum result csv_parse(struct arena *arena, struct slice bytes, size_t rows_max, struct csv *out,
                      struct error *error)
{
    struct slice text;
    size_t capacity = 0;
    *out = (struct csv){ .row_count = 0 };
    TRY(to_utf8(arena, bytes, &text, error));
    if (text.length == 0) {
        return RESULT_OK;
    }
    struct parse *parse = arena_alloc(arena, sizeof(*parse));
    if (parse == NULL) {
        return no_memory(error);
    }
    *parse = (struct parse){ .arena = arena,
                             .error = error,
                             .at = text.text,
                             .end = text.text + text.length,
                             .separator = separator_of(text),
                             .line = 1 };
    while (parse->at < parse->end) {
        size_t line = parse->line;
        TRY(row_read(parse));
        TRY(row_keep(parse, line, rows_max, &capacity, out));
    }
    return RESULT_OK;
}
