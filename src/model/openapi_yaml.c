#include "model/openapi_yaml.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "json/read.h"
#include "json/write.h"

static void indent(struct buffer *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        buffer_add(out, "  ", 2);
    }
}

/* Words that YAML readers take for something else than text when they stand bare. */
static bool is_reserved(struct slice text)
{
    static const char *const words[] = {
        "true", "false", "null", "yes", "no", "on", "off", "y", "n"
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (slice_is_any_case(text, words[i])) {
            return true;
        }
    }
    return false;
}

static bool is_plain(struct slice text)
{
    if (text.length == 0 || !isalpha((unsigned char)text.text[0]) || is_reserved(text)) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.text[i];
        if (!isalnum((unsigned char)byte) && byte != '_' && byte != '-' && byte != '.') {
            return false;
        }
    }
    return true;
}

static void put_text(struct slice text, struct buffer *out)
{
    if (is_plain(text)) {
        buffer_add(out, text.text, text.length);
        return;
    }
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_put_slice(&writer, text); /* a JSON string is a YAML one */
}

static void put_value(const struct json *value, unsigned depth, struct buffer *out);

static void put_object(const struct json *object, unsigned depth, struct buffer *out,
                       bool inline_first)
{
    for (const struct json *at = object->first; at != NULL; at = at->next) {
        if (!inline_first || at != object->first) {
            indent(out, depth);
        }
        put_text(at->key, out);
        buffer_char(out, ':');
        put_value(at, depth + 1, out);
    }
}

static void put_array(const struct json *array, unsigned depth, struct buffer *out)
{
    for (const struct json *at = array->first; at != NULL; at = at->next) {
        indent(out, depth);
        buffer_char(out, '-');
        if (at->type == JSON_OBJECT && at->count > 0) {
            buffer_char(out, ' ');
            put_object(at, depth + 1, out, true);
        } else {
            put_value(at, depth + 1, out);
        }
    }
}

/* Behind a key or a dash: a scalar on the same line, a container on the next ones. */
static void put_value(const struct json *value, unsigned depth, struct buffer *out)
{
    bool container = value->type == JSON_OBJECT || value->type == JSON_ARRAY;
    if (container && value->count > 0) {
        buffer_char(out, '\n');
        if (value->type == JSON_OBJECT) {
            put_object(value, depth, out, false);
        } else {
            put_array(value, depth, out);
        }
        return;
    }
    buffer_char(out, ' ');
    if (value->type == JSON_TEXT) {
        put_text(value->text, out);
    } else {
        struct json_writer writer;
        json_writer_init(&writer, out);
        json_put_value(&writer, value);
    }
    buffer_char(out, '\n');
}

void yaml_write(const struct json *value, struct buffer *out)
{
    if (value->type == JSON_OBJECT && value->count > 0) {
        put_object(value, 0, out, false);
        return;
    }
    put_value(value, 0, out);
}
