#include "json/read.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yajl/yajl_parse.h>

#include "base/arena.h"

const struct json_limits json_limits_usual = { .depth_max = 32, .values_max = 1000000 };

enum { DEPTH_ROOM = 64, NUMBER_BYTES_MAX = 320, KEYS_LINEAR_MAX = 16, CHUNK_BYTES = 64 * 1024 };

struct level {
    struct json *container;
    struct json *last;
    struct slice key;   /* of the member whose value comes next */
    struct slice *keys; /* open-addressing set, once there are many */
    size_t key_slots;
};

struct parser {
    struct arena *arena;
    const struct json_limits *limits;
    struct json *root;
    struct level levels[DEPTH_ROOM];
    uint32_t depth;
    uint32_t values;
    enum result result; /* why a callback stopped the parser */
    const char *reason;
};

static int stop(struct parser *parser, enum result result, const char *reason)
{
    parser->result = result;
    parser->reason = reason;
    return 0;
}

/* A new value in its place; NULL when a bound was met. */
static struct json *value_add(struct parser *parser, enum json_type type)
{
    if (parser->values == parser->limits->values_max) {
        (void)stop(parser, RESULT_TOO_LARGE, "it holds too many values");
        return NULL;
    }
    parser->values++;
    struct json *value = arena_alloc(parser->arena, sizeof(*value));
    if (value == NULL) {
        (void)stop(parser, RESULT_TOO_LARGE, "it needs more memory than a request may use");
        return NULL;
    }
    value->type = type;
    if (parser->depth == 0) {
        parser->root = value;
        return value;
    }
    struct level *level = &parser->levels[parser->depth - 1];
    value->key = level->key;
    if (level->last == NULL) {
        level->container->first = value;
    } else {
        level->last->next = value;
    }
    level->last = value;
    level->container->count++;
    return value;
}

/* The library decodes half a surrogate pair (\udc00) as it stands. */
static bool has_surrogate(const unsigned char *text, size_t length)
{
    const unsigned char *end = text + length;
    const unsigned char *at = length == 0 ? NULL : memchr(text, 0xED, length);
    while (at != NULL && end - at > 1 && at[1] < 0xA0) {
        at = memchr(at + 1, 0xED, (size_t)(end - at - 1));
    }
    return at != NULL;
}

static bool text_copy(struct parser *parser, const unsigned char *text, size_t length,
                      struct slice *out)
{
    if (has_surrogate(text, length)) {
        return stop(parser, RESULT_INVALID, "a text holds half a surrogate pair") != 0;
    }
    char *copy = arena_alloc(parser->arena, length + 1);
    if (copy == NULL) {
        return stop(parser, RESULT_TOO_LARGE, "it needs more memory than a request may use") != 0;
    }
    if (length > 0) {
        memcpy(copy, text, length);
    }
    *out = (struct slice){ copy, length };
    return true;
}

static int on_null(void *context)
{
    return value_add(context, JSON_NULL) != NULL;
}

static int on_boolean(void *context, int boolean)
{
    struct json *value = value_add(context, JSON_BOOL);
    if (value == NULL) {
        return 0;
    }
    value->boolean = boolean != 0;
    return 1;
}

static int on_number(void *context, const char *text, size_t length)
{
    struct parser *parser = context;
    if (length > NUMBER_BYTES_MAX) {
        return stop(parser, RESULT_INVALID, "a number is too long");
    }
    struct json *value = value_add(parser, JSON_NUMBER);
    if (value == NULL) {
        return 0;
    }
    if (slice_int64((struct slice){ text, length }, &value->integer)) {
        value->type = JSON_INT;
        value->number = (double)value->integer;
        return 1;
    }
    char copy[NUMBER_BYTES_MAX + 1];
    memcpy(copy, text, length);
    copy[length] = '\0';
    value->number = strtod(copy, NULL);
    return isfinite(value->number) ? 1 : stop(parser, RESULT_INVALID, "a number is out of range");
}

static int on_text(void *context, const unsigned char *text, size_t length)
{
    struct json *value = value_add(context, JSON_TEXT);
    return value != NULL && text_copy(context, text, length, &value->text);
}

static int container_begin(struct parser *parser, enum json_type type)
{
    if (parser->depth == parser->limits->depth_max || parser->depth == DEPTH_ROOM) {
        return stop(parser, RESULT_TOO_LARGE, "it is nested too deep");
    }
    struct json *value = value_add(parser, type);
    if (value == NULL) {
        return 0;
    }
    parser->levels[parser->depth++] = (struct level){ .container = value };
    return 1;
}

static int on_object(void *context)
{
    return container_begin(context, JSON_OBJECT);
}

static int on_array(void *context)
{
    return container_begin(context, JSON_ARRAY);
}

static int on_end(void *context)
{
    struct parser *parser = context;
    parser->depth--;
    return 1;
}

static size_t key_hash(struct slice key)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < key.length; i++) {
        hash = (hash ^ (unsigned char)key.text[i]) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ (hash >> 32));
}

/* True when the set had it already. */
static bool set_put(struct slice *keys, size_t slots, struct slice key)
{
    size_t at = key_hash(key) & (slots - 1);
    while (keys[at].text != NULL) {
        if (slice_equal(keys[at], key)) {
            return true;
        }
        at = (at + 1) & (slots - 1);
    }
    keys[at] = key;
    return false;
}

static bool set_grow(struct parser *parser, struct level *level)
{
    size_t slots = level->key_slots == 0 ? (size_t)KEYS_LINEAR_MAX * 4 : level->key_slots * 2;
    struct slice *keys = arena_alloc(parser->arena, slots * sizeof(*keys));
    if (keys == NULL) {
        return stop(parser, RESULT_TOO_LARGE, "it needs more memory than a request may use") != 0;
    }
    for (const struct json *at = level->container->first; at != NULL; at = at->next) {
        (void)set_put(keys, slots, at->key);
    }
    level->keys = keys;
    level->key_slots = slots;
    return true;
}

static int on_key(void *context, const unsigned char *text, size_t length)
{
    struct parser *parser = context;
    struct level *level = &parser->levels[parser->depth - 1];
    struct slice key;
    if (!text_copy(parser, text, length, &key)) {
        return 0;
    }
    size_t count = level->container->count;
    bool twice = false;
    if (count < KEYS_LINEAR_MAX) {
        for (const struct json *at = level->container->first; at != NULL && !twice; at = at->next) {
            twice = slice_equal(at->key, key);
        }
    } else {
        if (count * 2 >= level->key_slots && !set_grow(parser, level)) {
            return 0;
        }
        twice = set_put(level->keys, level->key_slots, key);
    }
    level->key = key;
    return twice ? stop(parser, RESULT_INVALID, "an object has a name twice") : 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_end,
};

static enum result describe(struct parser *parser, yajl_handle handle, size_t at,
                            struct error *error)
{
    if (parser->result != RESULT_OK) {
        return fail(error, parser->result, "body", "the JSON text is refused near byte %zu: %s", at,
                    parser->reason);
    }
    unsigned char *text = yajl_get_error(handle, 0, NULL, 0);
    struct slice reason = slice_trim(slice_of((const char *)text));
    enum result result =
        fail(error, RESULT_INVALID, "body", "the text is not JSON near byte %zu: %.*s", at,
             (int)(reason.length < 120 ? reason.length : 120), reason.text);
    yajl_free_error(handle, text);
    return result;
}

static enum result run(struct parser *parser, yajl_handle handle, struct slice bytes,
                       struct error *error)
{
    const unsigned char *text = (const unsigned char *)bytes.text;
    for (size_t at = 0; at < bytes.length; at += CHUNK_BYTES) {
        size_t left = bytes.length - at;
        size_t length = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        if (yajl_parse(handle, text + at, length) != yajl_status_ok) {
            return describe(parser, handle, at + yajl_get_bytes_consumed(handle), error);
        }
    }
    if (yajl_complete_parse(handle) != yajl_status_ok) {
        return describe(parser, handle, bytes.length, error);
    }
    if (parser->root == NULL) {
        return fail(error, RESULT_INVALID, "body", "the text is not JSON: it is empty");
    }
    return RESULT_OK;
}

/* The number of \uXXXX at `at`, or -1. */
static int escape_read(const char *at, const char *end)
{
    int number = 0;
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    for (int i = 2; i < 6; i++) {
        char digit = at[i];
        bool decimal = digit >= '0' && digit <= '9';
        char low = (char)(digit | 0x20);
        if (!decimal && (low < 'a' || low > 'f')) {
            return -1;
        }
        number = number * 16 + (decimal ? digit - '0' : low - 'a' + 10);
    }
    return number;
}

/* The library writes ? for the first half of a pair without its second: what was sent would be lost. */
static bool has_half_pair(struct slice bytes)
{
    const char *end = bytes.text + bytes.length;
    const char *at = bytes.length == 0 ? NULL : memchr(bytes.text, '\\', bytes.length);
    while (at != NULL) {
        int number = escape_read(at, end);
        size_t taken = number < 0 ? 2 : 6;
        if (number >= 0xD800 && number <= 0xDBFF) {
            int second = escape_read(at + 6, end);
            if (second < 0xDC00 || second > 0xDFFF) {
                return true;
            }
            taken = 12;
        }
        at = (size_t)(end - at) <= taken ? NULL
                                         : memchr(at + taken, '\\', (size_t)(end - at) - taken);
    }
    return false;
}

enum result json_parse(struct arena *arena, struct slice bytes, const struct json_limits *limits,
                       const struct json **out, struct error *error)
{
    struct parser parser = { .arena = arena, .limits = limits, .result = RESULT_OK };
    /* The library's own check lets overlong forms and surrogates pass. */
    if (!slice_is_utf8(bytes)) {
        return fail(error, RESULT_INVALID, "body", "the text is not JSON: it is not UTF-8");
    }
    if (has_half_pair(bytes)) {
        return fail(error, RESULT_INVALID, "body",
                    "the text is not JSON: it holds half a surrogate pair");
    }
    yajl_handle handle = yajl_alloc(&callbacks, NULL, &parser);
    if (handle == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a JSON parser");
    }
    (void)yajl_config(handle, yajl_dont_validate_strings, 1); /* done above, and strictly */
    enum result result = run(&parser, handle, bytes, error);
    yajl_free(handle);
    if (result == RESULT_OK) {
        *out = parser.root;
    }
    return result;
}

const struct json *json_get(const struct json *object, const char *name)
{
    if (object == NULL || object->type != JSON_OBJECT) {
        return NULL;
    }
    for (const struct json *at = object->first; at != NULL; at = at->next) {
        if (slice_is(at->key, name)) {
            return at;
        }
    }
    return NULL;
}

const struct json *json_get_any_case(const struct json *object, const char *name)
{
    const struct json *exact = json_get(object, name);
    if (exact != NULL || object == NULL || object->type != JSON_OBJECT) {
        return exact;
    }
    for (const struct json *at = object->first; at != NULL; at = at->next) {
        if (slice_is_any_case(at->key, name)) {
            return at;
        }
    }
    return NULL;
}

static const struct json *get_slice(const struct json *object, struct slice name)
{
    if (object == NULL || object->type != JSON_OBJECT) {
        return NULL;
    }
    for (const struct json *at = object->first; at != NULL; at = at->next) {
        if (slice_equal(at->key, name)) {
            return at;
        }
    }
    return NULL;
}

const struct json *json_path(const struct json *object, const char *path)
{
    struct slice rest = slice_of(path);
    while (rest.length > 0 && object != NULL) {
        object = get_slice(object, slice_cut(&rest, '.'));
    }
    return object;
}

struct slice json_text_of(const struct json *value)
{
    return json_is(value, JSON_TEXT) ? value->text : (struct slice){ .length = 0 };
}

bool json_is(const struct json *value, enum json_type type)
{
    return value != NULL && value->type == type;
}
