#include "http/multipart.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"

/* Every byte is looked at a bounded number of times: a header of a part at most once for each name that is
   looked for in it, the rest by memmem. */

enum { BOUNDARY_BYTES_MAX = 70 };

static enum result malformed(struct error *error, const char *what)
{
    return fail(error, RESULT_INVALID, "body", "the form is malformed: %s", what);
}

static enum result no_memory(struct error *error)
{
    return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the form");
}

/* --- header parameters ------------------------------------------------------------------------------ */

struct parameter {
    struct slice name;
    struct slice raw; /* between the quotes, when quoted */
    bool quoted;
};

/* Browsers do not escape a backslash in file names, so only \" and \\ are escapes. */
static bool is_escape(struct slice text, size_t at)
{
    return text.text[at] == '\\' && at + 1 < text.length &&
           (text.text[at + 1] == '"' || text.text[at + 1] == '\\');
}

/* The index of the quote that closes what begins behind text[0], or 0. */
static size_t quote_end(struct slice text)
{
    size_t at = 1;
    while (at < text.length && text.text[at] != '"') {
        at += is_escape(text, at) ? 2 : 1;
    }
    return at < text.length ? at : 0;
}

/* Takes `; name=value` off the front of `rest`; false at the end and, with `out_malformed`, on anything else. */
static bool parameter_next(struct slice *rest, struct parameter *out, bool *out_malformed)
{
    struct slice text = slice_trim(*rest);
    *out_malformed = false;
    if (text.length == 0 || (text.length == 1 && text.text[0] == ';')) {
        return false;
    }
    *out_malformed = true;
    const char *equals = memchr(text.text, '=', text.length);
    if (text.text[0] != ';' || equals == NULL) {
        return false;
    }
    out->name = slice_trim((struct slice){ text.text + 1, (size_t)(equals - text.text) - 1 });
    text = slice_trim((struct slice){ equals + 1, text.length - (size_t)(equals - text.text) - 1 });
    out->quoted = text.length > 0 && text.text[0] == '"';
    size_t used = 0;
    if (out->quoted) {
        size_t end = quote_end(text);
        if (end == 0) {
            return false;
        }
        out->raw = (struct slice){ text.text + 1, end - 1 };
        used = end + 1;
    } else {
        const char *semicolon = text.length == 0 ? NULL : memchr(text.text, ';', text.length);
        used = semicolon == NULL ? text.length : (size_t)(semicolon - text.text);
        out->raw = slice_trim((struct slice){ text.text, used });
    }
    *rest = (struct slice){ text.text + used, text.length - used };
    bool named = out->name.length > 0 && memchr(out->name.text, ';', out->name.length) == NULL;
    *out_malformed = !named;
    return named;
}

static enum result unquote(struct arena *arena, const struct parameter *parameter,
                           struct slice *out, struct error *error)
{
    struct slice raw = parameter->raw;
    char *bytes = arena_alloc(arena, raw.length + 1);
    if (bytes == NULL) {
        return no_memory(error);
    }
    size_t length = 0;
    for (size_t i = 0; i < raw.length; i++) {
        i += parameter->quoted && is_escape(raw, i) ? 1 : 0;
        bytes[length++] = raw.text[i];
    }
    struct slice value = { bytes, length };
    if (!slice_is_utf8(value)) {
        return malformed(error, "a name is not UTF-8");
    }
    *out = value;
    return RESULT_OK;
}

/* %41 and, in forms, + for a blank. */
static enum result percent_decode(struct arena *arena, struct slice text, bool plus_is_blank,
                                  struct slice *out, struct error *error)
{
    char *bytes = arena_alloc(arena, text.length + 1);
    if (bytes == NULL) {
        return no_memory(error);
    }
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.text[i];
        if (byte == '%') {
            if (text.length - i < 3 ||
                !hex_decode((struct slice){ text.text + i + 1, 2 }, &byte, 1)) {
                return malformed(error, "a % is not followed by two hexadecimal digits");
            }
            i += 2;
        } else if (byte == '+' && plus_is_blank) {
            byte = ' ';
        }
        bytes[length++] = byte;
    }
    struct slice value = { bytes, length };
    if (!slice_is_utf8(value)) {
        return malformed(error, "a value is not UTF-8");
    }
    *out = value;
    return RESULT_OK;
}

/* UTF-8''na%20me of RFC 8187. */
static enum result extended_decode(struct arena *arena, struct slice text, struct slice *out,
                                   struct error *error)
{
    struct slice rest = text;
    struct slice charset = slice_cut(&rest, '\'');
    (void)slice_cut(&rest, '\'');
    if (!slice_is_any_case(charset, "UTF-8")) {
        return malformed(error, "filename* is not in UTF-8");
    }
    return percent_decode(arena, rest, false, out, error);
}

/* --- the headers of a part ------------------------------------------------------------------------------ */

struct multipart {
    struct arena *arena;
    struct slice delimiter; /* CRLF--boundary */
    struct slice rest;
    struct form *form;
    struct error *error;
};

static enum result disposition_read(struct multipart *multipart, struct slice value,
                                    struct form_part *part)
{
    struct error *error = multipart->error;
    struct slice rest = value;
    size_t kind_bytes = strlen("form-data");
    if (!slice_starts_any_case(rest, "form-data")) {
        return malformed(error, "a part is not form-data");
    }
    rest = (struct slice){ rest.text + kind_bytes, rest.length - kind_bytes };
    struct parameter parameter;
    struct slice extended = { .length = 0 };
    bool wrong = false;
    while (parameter_next(&rest, &parameter, &wrong)) {
        if (slice_is_any_case(parameter.name, "name")) {
            TRY(unquote(multipart->arena, &parameter, &part->name, error));
        } else if (slice_is_any_case(parameter.name, "filename")) {
            TRY(unquote(multipart->arena, &parameter, &part->file_name, error));
            part->is_file = true;
        } else if (slice_is_any_case(parameter.name, "filename*")) {
            TRY(extended_decode(multipart->arena, parameter.raw, &extended, error));
            part->is_file = true;
        }
    }
    if (extended.length > 0) {
        part->file_name = extended;
    }
    return wrong ? malformed(error, "a Content-Disposition cannot be read") : RESULT_OK;
}

static enum result part_header(struct multipart *multipart, struct slice line,
                               struct form_part *part)
{
    struct slice value = line;
    struct slice name = slice_cut(&value, ':');
    if (name.length == line.length || name.length == 0 || name.text[0] == ' ' ||
        name.text[0] == '\t') {
        return malformed(multipart->error, "a header of a part has no name");
    }
    value = slice_trim(value);
    if (slice_is_any_case(name, "Content-Type")) {
        struct slice rest = value;
        bool text = slice_is_any_case(slice_trim(slice_cut(&rest, ';')), "text/plain");
        part->content_type = value;
        part->is_file = part->is_file || !text;
        return RESULT_OK;
    }
    if (slice_is_any_case(name, "Content-Disposition")) {
        return disposition_read(multipart, value, part);
    }
    return RESULT_OK;
}

/* Up to and with the empty line. */
static enum result part_headers(struct multipart *multipart, struct form_part *part)
{
    struct slice *rest = &multipart->rest;
    size_t read = 0;
    for (;;) {
        size_t window = rest->length < FORM_HEAD_BYTES_MAX ? rest->length : FORM_HEAD_BYTES_MAX;
        const char *end = window == 0 ? NULL : memmem(rest->text, window, "\r\n", 2);
        if (end == NULL && window == rest->length) {
            return malformed(multipart->error, "a part ends within its headers");
        }
        size_t length = end == NULL ? window : (size_t)(end - rest->text);
        read += length + 2;
        if (read > FORM_HEAD_BYTES_MAX) {
            return fail(multipart->error, RESULT_TOO_LARGE, "body",
                        "the headers of a part are over %d bytes", FORM_HEAD_BYTES_MAX);
        }
        struct slice line = { rest->text, length };
        *rest = (struct slice){ rest->text + length + 2, rest->length - length - 2 };
        if (length == 0) {
            return RESULT_OK;
        }
        TRY(part_header(multipart, line, part));
    }
}

/* --- multipart ------------------------------------------------------------------------------------------ */

static enum result part_take(struct multipart *multipart)
{
    struct form *form = multipart->form;
    if (form->count == FORM_PARTS_MAX) {
        return fail(multipart->error, RESULT_TOO_LARGE, "body", "the form has more than %d parts",
                    FORM_PARTS_MAX);
    }
    struct form_part part = { .is_file = false };
    TRY(part_headers(multipart, &part));
    if (part.name.length == 0 && !part.is_file) {
        return malformed(multipart->error, "a part has no name");
    }
    /* The CRLF of the headers' empty line may be the one that an empty value's delimiter begins with. */
    const char *start = multipart->rest.text;
    struct slice from = { start - 2, multipart->rest.length + 2 };
    const char *end =
        memmem(from.text, from.length, multipart->delimiter.text, multipart->delimiter.length);
    if (end == NULL) {
        return malformed(multipart->error, "the closing boundary is missing");
    }
    part.value = (struct slice){ start, end > start ? (size_t)(end - start) : 0 };
    size_t used = (size_t)(end - from.text) + multipart->delimiter.length;
    multipart->rest = (struct slice){ from.text + used, from.length - used };
    form->parts[form->count++] = part;
    return RESULT_OK;
}

/* The first delimiter stands at the very start, without its CRLF, or behind a preamble. */
static enum result preamble_skip(struct multipart *multipart, struct slice body)
{
    struct slice delimiter = multipart->delimiter;
    struct slice dashes = { delimiter.text + 2, delimiter.length - 2 };
    if (body.length >= dashes.length && memcmp(body.text, dashes.text, dashes.length) == 0) {
        multipart->rest = (struct slice){ body.text + dashes.length, body.length - dashes.length };
        return RESULT_OK;
    }
    const char *first =
        body.length == 0 ? NULL : memmem(body.text, body.length, delimiter.text, delimiter.length);
    if (first == NULL) {
        return malformed(multipart->error, "its boundary does not occur");
    }
    size_t used = (size_t)(first - body.text) + delimiter.length;
    multipart->rest = (struct slice){ body.text + used, body.length - used };
    return RESULT_OK;
}

static enum result multipart_parse(struct multipart *multipart, struct slice body)
{
    TRY(preamble_skip(multipart, body));
    struct slice *rest = &multipart->rest;
    for (;;) {
        if (rest->length >= 2 && memcmp(rest->text, "--", 2) == 0) {
            return RESULT_OK; /* what follows is nobody's */
        }
        while (rest->length > 0 && (rest->text[0] == ' ' || rest->text[0] == '\t')) {
            *rest = (struct slice){ rest->text + 1, rest->length - 1 };
        }
        if (rest->length < 2 || memcmp(rest->text, "\r\n", 2) != 0) {
            return malformed(multipart->error, "a boundary is followed by something else");
        }
        *rest = (struct slice){ rest->text + 2, rest->length - 2 };
        TRY(part_take(multipart));
    }
}

/* RFC 2046 section 5.1.1. */
static bool is_boundary(struct slice text)
{
    static const char marks[] = "'()+_,-./:=? ";
    if (text.length == 0 || text.length > BOUNDARY_BYTES_MAX || text.text[text.length - 1] == ' ') {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.text[i];
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9');
        if (!plain && (byte == '\0' || strchr(marks, byte) == NULL)) {
            return false;
        }
    }
    return true;
}

static enum result multipart_begin(struct arena *arena, struct slice parameters, struct slice body,
                                   struct form *out, struct error *error)
{
    struct parameter parameter;
    struct slice rest = parameters;
    struct slice boundary = { .length = 0 };
    bool wrong = false;
    while (parameter_next(&rest, &parameter, &wrong)) {
        if (slice_is_any_case(parameter.name, "boundary")) {
            boundary = parameter.raw;
        }
    }
    if (wrong || !is_boundary(boundary)) {
        return malformed(error, "the content type names no boundary of 1 to 70 characters");
    }
    char *delimiter = arena_printf(arena, "\r\n--%.*s", (int)boundary.length, boundary.text);
    if (delimiter == NULL) {
        return no_memory(error);
    }
    struct multipart multipart = {
        .arena = arena, .delimiter = slice_of(delimiter), .form = out, .error = error
    };
    return multipart_parse(&multipart, body);
}

/* --- urlencoded ----------------------------------------------------------------------------------------- */

static enum result urlencoded_parse(struct arena *arena, struct slice body, struct form *out,
                                    struct error *error)
{
    struct slice rest = slice_trim(body);
    while (rest.length > 0) {
        struct slice value = slice_cut(&rest, '&');
        struct slice name = slice_cut(&value, '=');
        if (name.length == 0 && value.length == 0) {
            continue;
        }
        if (out->count == FORM_PARTS_MAX) {
            return fail(error, RESULT_TOO_LARGE, "body", "the form has more than %d fields",
                        FORM_PARTS_MAX);
        }
        struct form_part *part = &out->parts[out->count];
        TRY(percent_decode(arena, name, true, &part->name, error));
        TRY(percent_decode(arena, value, true, &part->value, error));
        out->count++;
    }
    return RESULT_OK;
}

enum result form_parse(struct arena *arena, struct slice content_type, struct slice body,
                       struct form *out, struct error *error)
{
    struct slice rest = content_type;
    struct slice type = slice_trim(slice_cut(&rest, ';'));
    struct slice parameters = { content_type.text, 0 };
    if (content_type.length > 0 && memchr(content_type.text, ';', content_type.length) != NULL) {
        /* With the semicolon in front, as each parameter has it. */
        parameters = (struct slice){ rest.text - 1, rest.length + 1 };
    }
    *out = (struct form){ .parts = arena_alloc(arena, FORM_PARTS_MAX * sizeof(struct form_part)) };
    if (out->parts == NULL) {
        return no_memory(error);
    }
    if (slice_is_any_case(type, "multipart/form-data")) {
        return multipart_begin(arena, parameters, body, out, error);
    }
    if (slice_is_any_case(type, "application/x-www-form-urlencoded")) {
        return urlencoded_parse(arena, body, out, error);
    }
    return fail(error, RESULT_UNSUPPORTED, NULL,
                "a form is multipart/form-data or application/x-www-form-urlencoded");
}

const struct form_part *form_find(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (slice_is_any_case(form->parts[i].name, name)) {
            return &form->parts[i];
        }
    }
    return NULL;
}
