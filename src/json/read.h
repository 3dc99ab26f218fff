/* JSON text (RFC 8259) into a tree of values in an arena, with bounds on depth and count. */
#ifndef JSON_READ_H
#define JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct arena;

enum json_type {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,    /* a whole number that fits int64_t */
    JSON_NUMBER, /* any other number */
    JSON_TEXT,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json {
    enum json_type type;
    bool boolean;
    int64_t integer;
    double number;      /* also set for JSON_INT */
    struct slice text;  /* JSON_TEXT: decoded, valid UTF-8, may hold NUL bytes */
    struct slice key;   /* decoded name when the parent is an object */
    struct json *first; /* children of an array or object in the order of the text */
    struct json *next;
    size_t count;
};

struct json_limits {
    uint32_t depth_max;  /* nested arrays and objects */
    uint32_t values_max; /* all values together */
};

/* For bodies of the API: depth 32, a million values. */
extern const struct json_limits json_limits_usual;

/* The tree lives in the arena; slices may point into it, never into `bytes`. Exactly one value, with
   blanks around it. RESULT_INVALID says what and at which byte; RESULT_TOO_LARGE names the bound. A name that
   comes twice in an object is RESULT_INVALID. */
MUST_CHECK enum result json_parse(struct arena *arena, struct slice bytes,
                                  const struct json_limits *limits, const struct json **out,
                                  struct error *error);

/* Member of an object, or NULL (also when `object` is NULL or no object). */
const struct json *json_get(const struct json *object, const char *name);
const struct json *json_get_any_case(const struct json *object, const char *name);
/* Walks members with dots between the names: json_path(event, "event.code"). */
const struct json *json_path(const struct json *object, const char *path);
/* Text of a JSON_TEXT, else the empty slice; NULL-safe. */
struct slice json_text_of(const struct json *value);
bool json_is(const struct json *value, enum json_type type);

#endif
