/* Writes JSON to a buffer piece by piece; commas and escapes are its business. */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct json;

enum { JSON_WRITE_DEPTH_MAX = 64 };

/* Overflow shows in the buffer. Nesting past JSON_WRITE_DEPTH_MAX is a programming error. */
struct json_writer {
    struct buffer *out;
    uint32_t depth;
    bool comma; /* a value stands before the place we are at */
};

void json_writer_init(struct json_writer *writer, struct buffer *out);
void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);
void json_key(struct json_writer *writer, const char *name);
void json_key_slice(struct json_writer *writer, struct slice name);
/* Malformed UTF-8 becomes U+FFFD. */
void json_put_text(struct json_writer *writer, const char *text); /* NULL writes null */
void json_put_slice(struct json_writer *writer, struct slice text);
void json_put_int(struct json_writer *writer, int64_t number);
void json_put_double(struct json_writer *writer, double number);
void json_put_bool(struct json_writer *writer, bool value);
void json_put_null(struct json_writer *writer);
/* A whole JSON value that is known to be well-formed. */
void json_put_raw(struct json_writer *writer, struct slice json);
/* The tree as it was read. */
void json_put_value(struct json_writer *writer, const struct json *value);

/* Key and value in one call. */
void json_member_text(struct json_writer *writer, const char *name, const char *text);
void json_member_slice(struct json_writer *writer, const char *name, struct slice text);
void json_member_int(struct json_writer *writer, const char *name, int64_t number);
void json_member_bool(struct json_writer *writer, const char *name, bool value);
void json_member_null(struct json_writer *writer, const char *name);

#endif
