#include "model/body.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "json/read.h"
#include "json/write.h"
#include "model/operation.h"

enum { PATH_BYTES_MAX = 192, NORMAL_BYTES_MAX = 256 * 1024 };

/* --- reading a member ----------------------------------------------------------------------------- */

static const struct json *member_of(const struct field *field, const struct json *object)
{
    const struct json *member = json_get_any_case(object, field->json);
    for (size_t i = 0; member == NULL && field->aliases != NULL && field->aliases[i] != NULL; i++) {
        member = json_get_any_case(object, field->aliases[i]);
    }
    return member;
}

/* A whole number, also when it was written as 3.0. */
static bool whole_number(const struct json *value, int64_t *out)
{
    if (value->type == JSON_INT) {
        *out = value->integer;
        return true;
    }
    double limit = 9007199254740992.0; /* whole doubles are exact below 2^53 */
    if (value->type != JSON_NUMBER || fabs(value->number) > limit ||
        trunc(value->number) < value->number || trunc(value->number) > value->number) {
        return false;
    }
    *out = (int64_t)value->number;
    return true;
}

static size_t character_count(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        count += ((unsigned char)text.text[i] & 0xC0u) != 0x80 ? 1 : 0;
    }
    return count;
}

/* --- checks ---------------------------------------------------------------------------------------- */

struct check {
    unsigned version;
    struct faults *faults;
};

static void check_text(const struct check *check, const struct field *field, const char *path,
                       struct slice text)
{
    if ((field->flags & FIELD_TRIMMED) != 0) {
        text = slice_trim(text);
    }
    bool empty = text.length == 0;
    size_t count = character_count(text);
    if (empty && (field->flags & FIELD_REQUIRED) != 0) {
        faults_add(check->faults, path, "must not be empty");
    } else if (!slice_is_utf8(text)) {
        faults_add(check->faults, path, "must be UTF-8 text without NUL characters");
    } else if (field->max > 0 && (count < (size_t)field->min || count > (size_t)field->max)) {
        faults_add(check->faults, path, "must have %" PRId64 " to %" PRId64 " characters, not %zu",
                   field->min, field->max, count);
    }
}

static void number_bounds(const struct field *field, int64_t *out_min, int64_t *out_max)
{
    bool narrow = field->type == FIELD_INT;
    bool bounded = field->min != 0 || field->max != 0;
    *out_min = bounded ? field->min : narrow ? INT32_MIN : INT64_MIN;
    *out_max = bounded ? field->max : narrow ? INT32_MAX : INT64_MAX;
}

static void check_bounds(const struct check *check, const struct field *field, const char *path,
                         const int64_t *number)
{
    int64_t min = 0;
    int64_t max = 0;
    number_bounds(field, &min, &max);
    if (number == NULL || *number < min || *number > max) {
        faults_add(check->faults, path, "must be a whole number from %" PRId64 " to %" PRId64, min,
                   max);
    }
}

static void check_number(const struct check *check, const struct field *field, const char *path,
                         const struct json *value)
{
    int64_t number = 0;
    check_bounds(check, field, path, whole_number(value, &number) ? &number : NULL);
}

static void names_list(const struct names *names, char *out, size_t room)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < names->count && length + 1 < room; i++) {
        int written =
            snprintf(out + length, room - length, "%s%s", i == 0 ? "" : ", ", names->values[i]);
        length += written > 0 ? (size_t)written : 0;
    }
}

static void fault_names(const struct check *check, const char *path, const struct names *names)
{
    char list[256];
    names_list(names, list, sizeof(list));
    faults_add(check->faults, path, "must be one of %s", list);
}

static void check_enum(const struct check *check, const struct field *field, const char *path,
                       const struct json *value)
{
    char digits[24];
    struct slice text = json_text_of(value);
    if (value->type == JSON_INT) {
        int length = snprintf(digits, sizeof(digits), "%" PRId64, value->integer);
        text = (struct slice){ digits, (size_t)length };
    }
    if (text.length == 0 || names_index(field->names, text.text, text.length) < 0) {
        fault_names(check, path, field->names);
    }
}

static void check_shape(const struct check *check, const struct shape *shape,
                        const struct json *object, const char *path, unsigned depth);

enum { SHAPE_DEPTH_MAX = 16 };

/* One value of a type that needs no children. */
static void check_plain(const struct check *check, const struct field *field, enum field_type type,
                        const struct json *value, const char *path)
{
    struct uuid id;
    int64_t moment = 0;
    struct slice text = json_text_of(value);
    switch (type) {
    case FIELD_UUID:
        if (!uuid_parse(text, &id)) {
            faults_add(check->faults, path, "must be a UUID");
        }
        break;
    case FIELD_TEXT:
        if (value->type != JSON_TEXT) {
            faults_add(check->faults, path, "must be text");
        } else {
            check_text(check, field, path, text);
        }
        break;
    case FIELD_INT:
    case FIELD_INT64: check_number(check, field, path, value); break;
    case FIELD_NUMBER:
        if (value->type != JSON_INT && value->type != JSON_NUMBER) {
            faults_add(check->faults, path, "must be a number");
        }
        break;
    case FIELD_BOOL:
        if (value->type != JSON_BOOL) {
            faults_add(check->faults, path, "must be true or false");
        }
        break;
    case FIELD_TIME:
        if (!time_parse(text, &moment, NULL)) {
            faults_add(check->faults, path, "must be a date, like 2024-12-24T19:09:47Z");
        }
        break;
    case FIELD_ENUM: check_enum(check, field, path, value); break;
    case FIELD_FILE: faults_add(check->faults, path, "must be a file part of a form"); break;
    case FIELD_OBJECT:
    case FIELD_ARRAY:
    case FIELD_JSON:
    case FIELD_ANY: break;
    }
}

static void check_array(const struct check *check, const struct field *field,
                        const struct json *value, const char *path, unsigned depth)
{
    char item_path[PATH_BYTES_MAX + 24];
    size_t index = 0;
    if (value->type != JSON_ARRAY) {
        faults_add(check->faults, path, "must be an array");
        return;
    }
    if (field->max > 0 && value->count > (size_t)field->max) {
        faults_add(check->faults, path, "must have at most %" PRId64 " items, not %zu", field->max,
                   value->count);
        return;
    }
    for (const struct json *item = value->first; item != NULL; item = item->next, index++) {
        (void)snprintf(item_path, sizeof(item_path), "%s[%zu]", path, index);
        if (field->shape != NULL) {
            check_shape(check, field->shape, item, item_path, depth + 1);
        } else {
            check_plain(check, field, field->items, item, item_path);
        }
    }
}

static void check_value(const struct check *check, const struct field *field,
                        const struct json *value, const char *path, unsigned depth)
{
    bool object = field->type == FIELD_OBJECT || field->type == FIELD_JSON;
    if (field->type == FIELD_ARRAY) {
        check_array(check, field, value, path, depth);
    } else if (object && field->shape != NULL) {
        check_shape(check, field->shape, value, path, depth + 1);
    } else if (object && value->type != JSON_OBJECT) {
        faults_add(check->faults, path, "must be an object");
    } else {
        check_plain(check, field, field->type, value, path);
    }
}

static void check_member(const struct check *check, const struct field *field,
                         const struct json *object, const char *prefix, unsigned depth)
{
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix == '\0' ? "" : ".", field->json);
    const struct json *value = member_of(field, object);
    bool null = value != NULL && value->type == JSON_NULL;
    if (value == NULL || null) {
        if ((field->flags & FIELD_REQUIRED) != 0) {
            faults_add(check->faults, path, "is required");
        }
        /* null where it is not documented: read as absent, since serialisers of connectors write it. */
        return;
    }
    check_value(check, field, value, path, depth);
}

static void check_shape(const struct check *check, const struct shape *shape,
                        const struct json *object, const char *path, unsigned depth)
{
    assert(depth < SHAPE_DEPTH_MAX);
    if (object != NULL && object->type != JSON_OBJECT) {
        faults_add(check->faults, path, "must be an object");
        return;
    }
    for (size_t i = 0; i < shape->count; i++) {
        if (field_in(&shape->fields[i], check->version)) {
            check_member(check, &shape->fields[i], object, path, depth);
        }
    }
}

void body_check(const struct shape *shape, unsigned version, const struct json *body,
                struct faults *faults)
{
    const struct check check = { .version = version, .faults = faults };
    if ((shape->flags & SHAPE_SHOWN) == 0) {
        check_shape(&check, shape, body, "", 0);
    }
}

/* --- forms ----------------------------------------------------------------------------------------- */

static const struct form_field *form_member(const struct form_fields *form,
                                            const struct field *field)
{
    const struct form_field *only_file = NULL;
    size_t files = 0;
    for (size_t i = 0; i < form->count; i++) {
        if (slice_is_any_case(form->fields[i].name, field->json)) {
            return &form->fields[i];
        }
        if (form->fields[i].is_file) {
            only_file = &form->fields[i];
            files++;
        }
    }
    return field->type == FIELD_FILE && files == 1 ? only_file : NULL;
}

static bool is_form_bool(struct slice text)
{
    static const char *const words[] = { "true", "false", "1", "0", "on", "off" };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (slice_is_any_case(text, words[i])) {
            return true;
        }
    }
    return false;
}

static void check_form_value(const struct check *check, const struct field *field,
                             struct slice value)
{
    struct uuid id;
    int64_t number = 0;
    bool optional = (field->flags & FIELD_REQUIRED) == 0;
    if (value.length == 0 && optional && field->type != FIELD_TEXT) {
        return; /* browsers send fields that were left empty */
    }
    switch (field->type) {
    case FIELD_TEXT: check_text(check, field, field->json, value); break;
    case FIELD_UUID:
        if (!uuid_parse(value, &id)) {
            faults_add(check->faults, field->json, "must be a UUID");
        }
        break;
    case FIELD_INT:
    case FIELD_INT64:
        check_bounds(check, field, field->json, slice_int64(value, &number) ? &number : NULL);
        break;
    case FIELD_BOOL:
        if (!is_form_bool(slice_trim(value))) {
            faults_add(check->faults, field->json, "must be true or false");
        }
        break;
    case FIELD_ENUM:
        if (names_index(field->names, value.text, value.length) < 0) {
            fault_names(check, field->json, field->names);
        }
        break;
    case FIELD_NUMBER:
    case FIELD_TIME:
    case FIELD_OBJECT:
    case FIELD_ARRAY:
    case FIELD_JSON:
    case FIELD_FILE:
    case FIELD_ANY: break;
    }
}

void body_check_form(const struct shape *shape, unsigned version, const struct form_fields *form,
                     struct faults *faults)
{
    const struct check check = { .version = version, .faults = faults };
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (!field_in(field, version)) {
            continue;
        }
        const struct form_field *part = form_member(form, field);
        if (part != NULL) {
            check_form_value(&check, field, part->value);
        } else if ((field->flags & FIELD_REQUIRED) != 0) {
            faults_add(faults, field->json, "is required");
        }
    }
}

/* --- documents of agents ---------------------------------------------------------------------------- */

static void write_normal_shape(struct json_writer *writer, const struct shape *shape,
                               const struct json *object, unsigned depth);

/* Longest prefix of whole characters. */
static struct slice cut_text(struct slice text, int64_t characters_max)
{
    size_t at = 0;
    int64_t count = 0;
    while (at < text.length) {
        bool first = ((unsigned char)text.text[at] & 0xC0u) != 0x80;
        if (first && count++ == characters_max) {
            break;
        }
        at++;
    }
    return (struct slice){ text.text, at };
}

static void write_normal_text(struct json_writer *writer, const struct field *field,
                              struct slice text)
{
    struct slice kept = field->max > 0 ? cut_text(text, field->max) : text;
    if (slice_is_utf8(kept)) {
        json_put_slice(writer, kept);
    } else {
        json_put_null(writer);
    }
}

static void write_normal_time(struct json_writer *writer, struct slice text)
{
    int64_t moment = 0;
    char out[TIME_TEXT_BYTES];
    if (!time_parse(text, &moment, NULL)) {
        json_put_null(writer);
        return;
    }
    (void)time_format(moment, TIME_BARE, out);
    json_put_text(writer, out);
}

static bool is_within(const struct field *field, int64_t number)
{
    int64_t min = 0;
    int64_t max = 0;
    number_bounds(field, &min, &max);
    return number >= min && number <= max;
}

static void write_normal(struct json_writer *writer, const struct field *field,
                         const struct json *value, unsigned depth)
{
    struct slice text = json_text_of(value);
    int64_t number = 0;
    if (value == NULL || value->type == JSON_NULL) {
        json_put_null(writer);
    } else if (field->type == FIELD_TEXT && value->type == JSON_TEXT) {
        write_normal_text(writer, field, text);
    } else if (field->type == FIELD_TIME && value->type == JSON_TEXT) {
        write_normal_time(writer, text);
    } else if ((field->type == FIELD_INT || field->type == FIELD_INT64) &&
               whole_number(value, &number) && is_within(field, number)) {
        json_put_int(writer, number);
    } else if (field->type == FIELD_BOOL && value->type == JSON_BOOL) {
        json_put_bool(writer, value->boolean);
    } else if (field->type == FIELD_OBJECT && field->shape != NULL && value->type == JSON_OBJECT) {
        write_normal_shape(writer, field->shape, value, depth + 1);
    } else if (field->type == FIELD_ANY) {
        json_put_value(writer, value);
    } else {
        json_put_null(writer);
    }
}

static bool is_field(const struct shape *shape, struct slice name)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (slice_is_any_case(name, shape->fields[i].json)) {
            return true;
        }
    }
    return false;
}

static void write_normal_shape(struct json_writer *writer, const struct shape *shape,
                               const struct json *object, unsigned depth)
{
    assert(depth < SHAPE_DEPTH_MAX);
    json_begin_object(writer);
    for (size_t i = 0; i < shape->count; i++) {
        json_key(writer, shape->fields[i].json);
        write_normal(writer, &shape->fields[i], member_of(&shape->fields[i], object), depth);
    }
    bool open = (shape->flags & SHAPE_OPEN) != 0 && json_is(object, JSON_OBJECT);
    for (const struct json *at = open ? object->first : NULL; at != NULL; at = at->next) {
        if (!is_field(shape, at->key)) {
            json_key_slice(writer, at->key);
            json_put_value(writer, at);
        }
    }
    json_end_object(writer);
}

char *body_normalise(struct arena *arena, const struct shape *shape, const struct json *object)
{
    struct buffer buffer;
    struct json_writer writer;
    buffer_init(&buffer, NORMAL_BYTES_MAX);
    json_writer_init(&writer, &buffer);
    write_normal_shape(&writer, shape, object, 0);
    char *text = buffer.overflow ? NULL : arena_strndup(arena, buffer.bytes, buffer.length);
    buffer_done(&buffer);
    return text;
}
