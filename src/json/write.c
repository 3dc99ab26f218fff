#include "json/write.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/read.h"

void json_writer_init(struct json_writer *writer, struct buffer *out)
{
    *writer = (struct json_writer){ .out = out };
}

/* What stands before a value: a comma, unless it is the first or follows its key. */
static void before_value(struct json_writer *writer)
{
    if (writer->comma) {
        buffer_char(writer->out, ',');
    }
    writer->comma = true;
}

static void begin(struct json_writer *writer, char mark)
{
    assert(writer->depth < JSON_WRITE_DEPTH_MAX);
    before_value(writer);
    buffer_char(writer->out, mark);
    writer->depth++;
    writer->comma = false;
}

static void end(struct json_writer *writer, char mark)
{
    assert(writer->depth > 0);
    buffer_char(writer->out, mark);
    writer->depth--;
    writer->comma = true;
}

void json_begin_object(struct json_writer *writer)
{
    begin(writer, '{');
}

void json_end_object(struct json_writer *writer)
{
    end(writer, '}');
}

void json_begin_array(struct json_writer *writer)
{
    begin(writer, '[');
}

void json_end_array(struct json_writer *writer)
{
    end(writer, ']');
}

/* --- text -------------------------------------------------------------------------------------- */

/* Length of a well-formed UTF-8 character, 0 for a malformed one. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if ((at[0] >= 0x80 && at[0] < 0xC2) || at[0] > 0xF4 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0u) != 0x80) {
            return 0;
        }
    }
    bool short_form = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    bool surrogate = at[0] == 0xED && at[1] > 0x9F;
    bool beyond = at[0] == 0xF4 && at[1] > 0x8F;
    return short_form || surrogate || beyond ? 0 : length;
}

static void put_escape(struct buffer *out, unsigned char byte)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *found = byte == '\0' ? NULL : strchr(plain, (char)byte);
    if (found != NULL) {
        const char escape[2] = { '\\', letters[found - plain] };
        buffer_add(out, escape, 2);
        return;
    }
    buffer_print(out, "\\u%04x", byte);
}

/* True when none of the eight bytes is a control character, a quote, a backslash or beyond ASCII. */
static bool is_plain_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = ones * 0x80;
    uint64_t quote = word ^ (ones * '"');
    uint64_t backslash = word ^ (ones * '\\');
    uint64_t odd = ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
                   ((backslash - ones) & ~backslash) | word;
    return (odd & highs) == 0;
}

/* How many bytes from the start go into a JSON text as they are. */
static size_t plain_run(const char *bytes, size_t length)
{
    size_t at = 0;
    while (length - at >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof(word));
        if (!is_plain_word(word)) {
            break;
        }
        at += sizeof(word);
    }
    while (at < length) {
        unsigned char byte = (unsigned char)bytes[at];
        if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') {
            break;
        }
        at++;
    }
    return at;
}

/* Between quotes, what JSON does not take escaped or replaced. */
static void put_odd(struct buffer *out, struct slice text)
{
    size_t run = 0; /* start of what needs no change */
    size_t at = 0;
    while (at < text.length) {
        at += plain_run(text.text + at, text.length - at);
        if (at == text.length) {
            break;
        }
        const unsigned char *bytes = (const unsigned char *)text.text + at;
        size_t length = bytes[0] < 0x80 ? 0 : utf8_length(bytes, text.length - at);
        if (length > 0) {
            at += length;
            continue;
        }
        buffer_add(out, text.text + run, at - run);
        if (bytes[0] < 0x80) {
            put_escape(out, bytes[0]);
        } else {
            buffer_add(out, "\xEF\xBF\xBD", 3);
        }
        at++;
        run = at;
    }
    buffer_add(out, text.text + run, at - run);
}

/* Most texts need no change: those, with what stands around them, go out in one piece. */
static void put_quoted(struct json_writer *writer, struct slice text, bool is_key)
{
    struct buffer *out = writer->out;
    size_t before = writer->comma ? 2 : 1;
    size_t behind = is_key ? 2 : 1;
    if (plain_run(text.text, text.length) < text.length) {
        before_value(writer);
        buffer_char(out, '"');
        put_odd(out, text);
        buffer_add(out, "\":", behind);
    } else {
        char *place = buffer_take(out, before + text.length + behind);
        if (place == NULL) {
            return;
        }
        memcpy(place, writer->comma ? ",\"" : "\"", before);
        if (text.length > 0) {
            memcpy(place + before, text.text, text.length);
        }
        memcpy(place + before + text.length, "\":", behind);
    }
    writer->comma = !is_key;
}

void json_key_slice(struct json_writer *writer, struct slice name)
{
    put_quoted(writer, name, true);
}

void json_key(struct json_writer *writer, const char *name)
{
    json_key_slice(writer, slice_of(name));
}

void json_put_slice(struct json_writer *writer, struct slice text)
{
    put_quoted(writer, text, false);
}

void json_put_text(struct json_writer *writer, const char *text)
{
    if (text == NULL) {
        json_put_null(writer);
        return;
    }
    json_put_slice(writer, slice_of(text));
}

/* --- the rest ---------------------------------------------------------------------------------- */

void json_put_int(struct json_writer *writer, int64_t number)
{
    char text[24];
    size_t at = sizeof(text);
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0) {
        text[--at] = '-';
    }
    before_value(writer);
    buffer_add(writer->out, text + at, sizeof(text) - at);
}

void json_put_double(struct json_writer *writer, double number)
{
    char text[40];
    if (!isfinite(number)) {
        json_put_null(writer);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, number);
        double again = strtod(text, NULL);
        if (memcmp(&again, &number, sizeof(number)) == 0) {
            break;
        }
    }
    before_value(writer);
    buffer_text(writer->out, text);
}

void json_put_bool(struct json_writer *writer, bool value)
{
    before_value(writer);
    buffer_text(writer->out, value ? "true" : "false");
}

void json_put_null(struct json_writer *writer)
{
    before_value(writer);
    buffer_add(writer->out, "null", 4);
}

void json_put_raw(struct json_writer *writer, struct slice json)
{
    before_value(writer);
    buffer_add(writer->out, json.text, json.length);
}

void json_put_value(struct json_writer *writer, const struct json *value)
{
    switch (value->type) {
    case JSON_NULL: json_put_null(writer); break;
    case JSON_BOOL: json_put_bool(writer, value->boolean); break;
    case JSON_INT: json_put_int(writer, value->integer); break;
    case JSON_NUMBER: json_put_double(writer, value->number); break;
    case JSON_TEXT: json_put_slice(writer, value->text); break;
    case JSON_ARRAY:
        json_begin_array(writer);
        for (const struct json *at = value->first; at != NULL; at = at->next) {
            json_put_value(writer, at);
        }
        json_end_array(writer);
        break;
    case JSON_OBJECT:
        json_begin_object(writer);
        for (const struct json *at = value->first; at != NULL; at = at->next) {
            json_key_slice(writer, at->key);
            json_put_value(writer, at);
        }
        json_end_object(writer);
        break;
    }
}

void json_member_text(struct json_writer *writer, const char *name, const char *text)
{
    json_key(writer, name);
    json_put_text(writer, text);
}

void json_member_slice(struct json_writer *writer, const char *name, struct slice text)
{
    json_key(writer, name);
    json_put_slice(writer, text);
}

void json_member_int(struct json_writer *writer, const char *name, int64_t number)
{
    json_key(writer, name);
    json_put_int(writer, number);
}

void json_member_bool(struct json_writer *writer, const char *name, bool value)
{
    json_key(writer, name);
    json_put_bool(writer, value);
}

void json_member_null(struct json_writer *writer, const char *name)
{
    json_key(writer, name);
    json_put_null(writer);
}
