#include "notify/delivery_filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "json/read.h"

/* --- checking --------------------------------------------------------------------------------------------- */

static enum result wrong(struct error *error, size_t number, const char *why)
{
    return fail(error, RESULT_INVALID, "filter", "filter[%zu] %s", number, why);
}

static bool path_is_good(struct slice path)
{
    size_t depth = 0;
    bool good = path.length > 0 && path.length <= DELIVERY_TEXT_BYTES_MAX;
    while (good && path.length > 0) {
        bool more = memchr(path.text, '.', path.length) != NULL;
        struct slice name = slice_cut(&path, '.');
        good = name.length > 0 && ++depth <= DELIVERY_PATH_DEPTH_MAX && (!more || path.length > 0);
    }
    return good;
}

static bool texts_are_good(const struct json *any)
{
    bool good = json_is(any, JSON_ARRAY) && any->count > 0 && any->count <= DELIVERY_TEXTS_MAX;
    for (const struct json *at = good ? any->first : NULL; at != NULL && good; at = at->next) {
        good = at->type == JSON_TEXT && at->text.length <= DELIVERY_TEXT_BYTES_MAX;
    }
    return good;
}

static enum result condition_check(const struct json *condition, size_t number, struct error *error)
{
    const struct json *path = json_get_any_case(condition, "path");
    const struct json *negated = json_get_any_case(condition, "not");
    if (!json_is(condition, JSON_OBJECT)) {
        return wrong(error, number, "must be an object with path and any");
    }
    if (!json_is(path, JSON_TEXT) || !path_is_good(path->text)) {
        return wrong(error, number, "needs a path: names of members with dots between, at most 8");
    }
    if (!texts_are_good(json_get_any_case(condition, "any"))) {
        return wrong(error, number, "needs any: 1 to 100 texts of at most 256 bytes");
    }
    if (negated != NULL && negated->type != JSON_BOOL && negated->type != JSON_NULL) {
        return wrong(error, number, "has a not that is neither true nor false");
    }
    return RESULT_OK;
}

enum result delivery_filter_check(const struct json *filter, struct error *error)
{
    size_t number = 0;
    if (filter == NULL || filter->type == JSON_NULL) {
        return RESULT_OK;
    }
    if (filter->type != JSON_ARRAY || filter->count > DELIVERY_CONDITIONS_MAX) {
        return fail(error, RESULT_INVALID, "filter",
                    "filter must be an array of at most %d conditions", DELIVERY_CONDITIONS_MAX);
    }
    for (const struct json *at = filter->first; at != NULL; at = at->next) {
        TRY(condition_check(at, number++, error));
    }
    return RESULT_OK;
}

/* --- fitting ------------------------------------------------------------------------------------------------ */

static bool text_fits(struct slice value, struct slice wanted)
{
    bool open = wanted.length > 0 && wanted.text[wanted.length - 1] == '*';
    size_t length = open ? wanted.length - 1 : wanted.length;
    return (open ? value.length >= length : value.length == length) &&
           (length == 0 || strncasecmp(value.text, wanted.text, length) == 0);
}

/* Numbers and booleans as they are written. */
static struct slice scalar_text(const struct json *value, char *room, size_t size)
{
    int length = -1;
    switch (value->type) {
    case JSON_TEXT: return value->text;
    case JSON_BOOL: return value->boolean ? SLICE("true") : SLICE("false");
    case JSON_INT: length = snprintf(room, size, "%" PRId64, value->integer); break;
    case JSON_NUMBER: length = snprintf(room, size, "%.17g", value->number); break;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    return length < 0 ? (struct slice){ .length = 0 } : (struct slice){ room, (size_t)length };
}

static bool value_fits(const struct json *value, const struct json *any)
{
    char room[40];
    bool plain = value->type != JSON_NULL && value->type != JSON_OBJECT;
    struct slice text = scalar_text(value, room, sizeof(room));
    for (const struct json *at = plain ? any->first : NULL; at != NULL; at = at->next) {
        if (text_fits(text, at->text)) {
            return true;
        }
    }
    return false;
}

static bool path_fits(const struct json *value, struct slice path, const struct json *any,
                      int depth)
{
    if (value == NULL || depth > DELIVERY_PATH_DEPTH_MAX * 2) {
        return false;
    }
    if (value->type == JSON_ARRAY) {
        for (const struct json *at = value->first; at != NULL; at = at->next) {
            if (path_fits(at, path, any, depth + 1)) {
                return true;
            }
        }
        return false;
    }
    if (path.length == 0) {
        return value_fits(value, any);
    }
    struct slice name = slice_cut(&path, '.');
    for (const struct json *at = value->type == JSON_OBJECT ? value->first : NULL; at != NULL;
         at = at->next) {
        if (slice_equal(at->key, name)) {
            return path_fits(at, path, any, depth + 1);
        }
    }
    return false;
}

bool delivery_filter_fits(const struct json *filter, const struct json *document)
{
    for (const struct json *at = filter == NULL ? NULL : filter->first; at != NULL; at = at->next) {
        const struct json *negated = json_get_any_case(at, "not");
        bool unwanted = negated != NULL && negated->type == JSON_BOOL && negated->boolean;
        struct slice path = json_text_of(json_get_any_case(at, "path"));
        if (path_fits(document, path, json_get_any_case(at, "any"), 0) == unwanted) {
            return false;
        }
    }
    return true;
}
