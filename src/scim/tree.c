#include "scim/tree.h"

#include <assert.h>

#include "base/arena.h"

struct json *tree_new(struct arena *arena, enum json_type type)
{
    struct json *value = arena_alloc(arena, sizeof(*value));
    if (value != NULL) {
        value->type = type;
    }
    return value;
}

struct json *tree_text(struct arena *arena, struct slice text)
{
    struct json *value = tree_new(arena, JSON_TEXT);
    if (value != NULL) {
        value->text = text;
    }
    return value;
}

struct json *tree_bool(struct arena *arena, bool boolean)
{
    struct json *value = tree_new(arena, JSON_BOOL);
    if (value != NULL) {
        value->boolean = boolean;
    }
    return value;
}

struct json *tree_copy(struct arena *arena, const struct json *value)
{
    struct json *copy = tree_new(arena, value->type);
    if (copy == NULL) {
        return NULL;
    }
    *copy = *value;
    copy->first = NULL;
    copy->next = NULL;
    struct json **end = &copy->first;
    for (const struct json *at = value->first; at != NULL; at = at->next) {
        *end = tree_copy(arena, at);
        if (*end == NULL) {
            return NULL;
        }
        end = &(*end)->next;
    }
    return copy;
}

static struct json **last_of(struct json *parent)
{
    struct json **at = &parent->first;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    return at;
}

void tree_append(struct json *parent, const char *key, struct json *value)
{
    assert((key != NULL) == (parent->type == JSON_OBJECT));
    value->key = slice_of(key);
    value->next = NULL;
    *last_of(parent) = value;
    parent->count++;
}

struct json *tree_member(struct json *object, const char *key)
{
    for (struct json *at = object->first; at != NULL; at = at->next) {
        if (slice_is(at->key, key)) {
            return at;
        }
    }
    return NULL;
}

void tree_drop(struct json *parent, const struct json *child)
{
    for (struct json **at = &parent->first; *at != NULL; at = &(*at)->next) {
        if (*at == child) {
            *at = child->next;
            parent->count--;
            return;
        }
    }
}

void tree_set(struct json *object, const char *key, struct json *value)
{
    struct json *old = tree_member(object, key);
    if (old == NULL) {
        if (value != NULL) {
            tree_append(object, key, value);
        }
        return;
    }
    if (value == NULL) {
        tree_drop(object, old);
        return;
    }
    value->key = old->key;
    value->next = old->next;
    for (struct json **at = &object->first; *at != NULL; at = &(*at)->next) {
        if (*at == old) {
            *at = value;
            return;
        }
    }
}

static bool children_equal(const struct json *a, const struct json *b)
{
    const struct json *other = b->first;
    if (a->count != b->count) {
        return false;
    }
    for (const struct json *at = a->first; at != NULL; at = at->next) {
        if (a->type == JSON_OBJECT) {
            other = b->first;
            while (other != NULL && !slice_equal(other->key, at->key)) {
                other = other->next;
            }
        }
        if (other == NULL || !tree_equal(at, other)) {
            return false;
        }
        other = other->next;
    }
    return true;
}

bool tree_equal(const struct json *a, const struct json *b)
{
    if (a == NULL || b == NULL || a->type != b->type) {
        return a == b;
    }
    switch (a->type) {
    case JSON_NULL: return true;
    case JSON_BOOL: return a->boolean == b->boolean;
    case JSON_INT: return a->integer == b->integer;
    case JSON_NUMBER: return !(a->number < b->number) && !(a->number > b->number);
    case JSON_TEXT: return slice_equal(a->text, b->text);
    case JSON_ARRAY:
    case JSON_OBJECT: return children_equal(a, b);
    }
    return false;
}
