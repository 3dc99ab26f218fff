#include "http/multipart.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"

enum { BOUNDARY_BYTES_MAX = 70 };

/* --- header parameters ------------------------------------------------------------------------------ */

/* The value of `name=` among a header's parameters, unquoted; false when it is absent or malformed. */
static bool parameter_find(struct arena *arena, struct slice header, const char *name,
                           struct slice *out)
{
    struct slice rest = header;
    (void)slice_cut(&rest, ';');
    while (rest.length > 0) {
        /* A quoted value may hold semicolons, so it is read before the next cut. */
        struct slice key = slice_trim(slice_cut(&rest, '='));
        rest = slice_trim(rest);
        char *value = arena_alloc(arena, rest.length + 1);
        if (value == NULL) {
            return false;
        }
        size_t length = 0;
        size_t at = 0;
        if (rest.length > 0 && rest.text[0] == '"') {
            for (at = 1; at < rest.length && rest.text[at] != '"'; at++) {
                /* Browsers do not escape a backslash in file names, so only \" and \\ are escapes. */
                bool escape = rest.text[at] == '\\' && at + 1 < rest.length &&
                              (rest.text[at + 1] == '"' || rest.text[at + 1] == '\\');
                at += escape ? 1 : 0;
                value[length++] = rest.text[at];
            }
            if (at == rest.length) {
                return false;
            }
        } else {
            while (at < rest.length && rest.text[at] != ';') {
                value[length++] = rest.text[at++];
            }
        }
        rest = (struct slice){ rest.text + at, rest.length - at };
        (void)slice_cut(&rest, ';');
        if (slice_is_any_case(key, name)) {
            *out = slice_trim((struct slice){ value, length });
            return true;
        }
    }
    return false;
}

/* UTF-8''na%20me of RFC 5987. */
static bool extended_decode(struct arena *arena, struct slice text, struct slice *out)
{
    struct slice rest = text;
    struct slice charset = slice_cut(&rest, '\'');
    (void)slice_cut(&rest, '\'');
    char *bytes = arena_alloc(arena, rest.length + 1);
    if (bytes == NULL || !slice_is_any_case(charset, "UTF-8")) {
        return false;
    }
    size_t length = 0;
    for (size_t i = 0; i < rest.length; i++) {
        if (rest.text[i] == '%' && rest.length - i > 2 &&
            hex_decode((struct slice){ rest.text + i + 1, 2 }, &bytes[length], 1)) {
            i += 2;
        } else {
            bytes[length] = rest.text[i];
        }
        length++;
    }
    *out = (struct slice){ bytes, length };
    return true;
}

/* --- multipart ------------------------------------------------------------------------------------------ */

struct multipart {
    struct arena *arena;
    struct slice delimiter; /* CRLF--boundary */
    struct slice rest;
    struct form *form;
    struct error *error;
};

static enum result malformed(struct error *error, const char *what)
{
    return fail(error, RESULT_INVALID, "body", "the form is malformed: %s", what);
}

static enum result part_header(struct multipart *multipart, struct slice line,
                               struct form_part *part)
{
    struct slice value = line;
    struct slice name = slice_trim(slice_cut(&value, ':'));
    if (slice_is_any_case(name, "Content-Type")) {
        part->content_type = slice_trim(value);
        struct slice type = part->content_type;
        bool text = slice_is_any_case(slice_trim(slice_cut(&type, ';')), "text/plain");
        part->is_file = part->is_file || !text;
        return RESULT_OK;
    }
    if (!slice_is_any_case(name, "Content-Disposition")) {
        return RESULT_OK;
    }
    if (!slice_starts_any_case(slice_trim(value), "form-data") ||
        !parameter_find(multipart->arena, value, "name", &part->name)) {
        return malformed(multipart->error, "a part has no name");
    }
    struct slice extended;
    if (parameter_find(multipart->arena, value, "filename", &part->file_name)) {
        part->is_file = true;
    }
    if (parameter_find(multipart->arena, value, "filename*", &extended) &&
        extended_decode(multipart->arena, extended, &part->file_name)) {
        part->is_file = true;
    }
    return RESULT_OK;
}

static enum result part_headers(struct multipart *multipart, struct form_part *part)
{
    size_t read = 0;
    for (;;) {
        if (multipart->rest.length == 0) {
            return malformed(multipart->error, "a part ends within its headers");
        }
        struct slice line = slice_cut(&multipart->rest, '\n');
        read += line.length + 1;
        if (read > FORM_HEAD_BYTES_MAX) {
            return fail(multipart->error, RESULT_TOO_LARGE, "body",
                        "the headers of a part are over %d bytes", FORM_HEAD_BYTES_MAX);
        }
        line = slice_trim(line);
        if (line.length == 0) {
            return RESULT_OK;
        }
        TRY(part_header(multipart, line, part));
    }
}

static enum result part_take(struct multipart *multipart)
{
    struct form *form = multipart->form;
    if (form->count == FORM_PARTS_MAX) {
        return fail(multipart->error, RESULT_TOO_LARGE, "body", "the form has more than %d parts",
                    FORM_PARTS_MAX);
    }
    struct form_part *part = &form->parts[form->count];
    TRY(part_headers(multipart, part));
    if (part->name.length == 0 && !part->is_file) {
        return malformed(multipart->error, "a part has no name");
    }
    /* The headers' empty line ended with the CRLF that an empty value's delimiter begins with. */
    struct slice from = { multipart->rest.text - 2, multipart->rest.length + 2 };
    const char *end =
        memmem(from.text, from.length, multipart->delimiter.text, multipart->delimiter.length);
    if (end == NULL) {
        return malformed(multipart->error, "the closing boundary is missing");
    }
    const char *start = multipart->rest.text;
    part->value = (struct slice){ start, end > start ? (size_t)(end - start) : 0 };
    size_t used = (size_t)(end - from.text) + multipart->delimiter.length;
    multipart->rest = (struct slice){ from.text + used, from.length - used };
    form->count++;
    return RESULT_OK;
}

static enum result multipart_parse(struct multipart *multipart, struct slice body)
{
    /* The first delimiter may stand at the very start, without its CRLF. */
    struct slice dashes = { multipart->delimiter.text + 2, multipart->delimiter.length - 2 };
    const char *first = memmem(body.text, body.length, dashes.text, dashes.length);
    if (body.length == 0 || first == NULL) {
        return malformed(multipart->error, "its boundary does not occur");
    }
    size_t used = (size_t)(first - body.text) + dashes.length;
    multipart->rest = (struct slice){ body.text + used, body.length - used };
    for (;;) {
        struct slice *rest = &multipart->rest;
        if (rest->length >= 2 && rest->text[0] == '-' && rest->text[1] == '-') {
            return RESULT_OK;
        }
        struct slice padding = slice_trim(slice_cut(rest, '\n'));
        if (padding.length > 0 || rest->length == 0) {
            return malformed(multipart->error, "a boundary is followed by something else");
        }
        TRY(part_take(multipart));
    }
}

static enum result multipart_begin(struct arena *arena, struct slice content_type,
                                   struct slice body, struct form *out, struct error *error)
{
    struct slice boundary;
    if (!parameter_find(arena, content_type, "boundary", &boundary) || boundary.length == 0 ||
        boundary.length > BOUNDARY_BYTES_MAX) {
        return malformed(error, "the content type names no boundary of 1 to 70 characters");
    }
    char *delimiter = arena_printf(arena, "\r\n--%.*s", (int)boundary.length, boundary.text);
    if (delimiter == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the form");
    }
    struct multipart multipart = {
        .arena = arena, .delimiter = slice_of(delimiter), .form = out, .error = error
    };
    return multipart_parse(&multipart, body);
}

/* --- urlencoded ----------------------------------------------------------------------------------------- */

static bool url_decode(struct arena *arena, struct slice text, struct slice *out)
{
    char *bytes = arena_alloc(arena, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; bytes != NULL && i < text.length; i++) {
        if (text.text[i] == '%' && text.length - i > 2 &&
            hex_decode((struct slice){ text.text + i + 1, 2 }, &bytes[length], 1)) {
            i += 2;
        } else {
            bytes[length] = text.text[i] == '+' ? ' ' : text.text[i];
        }
        length++;
    }
    *out = (struct slice){ bytes, length };
    return bytes != NULL;
}

static enum result urlencoded_parse(struct arena *arena, struct slice body, struct form *out,
                                    struct error *error)
{
    struct slice rest = slice_trim(body);
    while (rest.length > 0) {
        struct slice value = slice_cut(&rest, '&');
        struct slice name = slice_cut(&value, '=');
        if (out->count == FORM_PARTS_MAX) {
            return fail(error, RESULT_TOO_LARGE, "body", "the form has more than %d fields",
                        FORM_PARTS_MAX);
        }
        struct form_part *part = &out->parts[out->count];
        if (!url_decode(arena, name, &part->name) || !url_decode(arena, value, &part->value)) {
            return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the form");
        }
        out->count++;
    }
    return RESULT_OK;
}

enum result form_parse(struct arena *arena, struct slice content_type, struct slice body,
                       struct form *out, struct error *error)
{
    struct slice rest = content_type;
    struct slice type = slice_trim(slice_cut(&rest, ';'));
    *out = (struct form){ .parts = arena_alloc(arena, FORM_PARTS_MAX * sizeof(struct form_part)) };
    if (out->parts == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the form");
    }
    if (slice_is_any_case(type, "multipart/form-data")) {
        return multipart_begin(arena, content_type, body, out, error);
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
