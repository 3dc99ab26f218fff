#include "notify/record_tree.h"

#include <string.h>

#include "base/arena.h"

void record_tree_init(struct record_tree *tree, struct arena *arena)
{
    *tree = (struct record_tree){ .arena = arena };
    tree->root = record_node(tree, JSON_OBJECT);
}

struct json *record_node(struct record_tree *tree, enum json_type type)
{
    struct json *node = arena_alloc(tree->arena, sizeof(*node));
    if (node == NULL) {
        tree->failed = true;
        return NULL;
    }
    node->type = type;
    return node;
}

struct json *record_copy(struct record_tree *tree, const struct json *value)
{
    struct json *copy = record_node(tree, value->type);
    if (copy != NULL) {
        *copy = *value;
        copy->next = NULL;
    }
    return copy;
}

void record_append(struct json *container, struct json *child)
{
    struct json **at = &container->first;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = child;
    container->count++;
}

static struct json *member_of(const struct json *object, struct slice name)
{
    struct json *member = object->first;
    while (member != NULL && !slice_equal(member->key, name)) {
        member = member->next;
    }
    return member;
}

/* The member of that name, made when it is missing. NULL: another type stands there, or no memory. */
static struct json *member_make(struct record_tree *tree, struct json *object, struct slice name,
                                enum json_type type)
{
    struct json *member = member_of(object, name);
    if (member != NULL) {
        return member->type == type ? member : NULL;
    }
    member = record_node(tree, type);
    if (member != NULL) {
        member->key = name;
        record_append(object, member);
    }
    return member;
}

/* One step of a path: `name` or `name[]`. */
static struct json *step_make(struct record_tree *tree, struct json *object, struct slice name)
{
    bool many = name.length > 2 && name.text[name.length - 1] == ']';
    if (!many) {
        return member_make(tree, object, name, JSON_OBJECT);
    }
    name.length -= 2;
    struct json *array = member_make(tree, object, name, JSON_ARRAY);
    if (array == NULL) {
        return NULL;
    }
    if (array->first == NULL) {
        struct json *first = record_node(tree, JSON_OBJECT);
        if (first == NULL) {
            return NULL;
        }
        record_append(array, first);
    }
    return array->first;
}

static bool same(const struct json *a, const struct json *b)
{
    if (a->type != b->type) {
        return false;
    }
    return a->type == JSON_TEXT  ? slice_equal(a->text, b->text)
           : a->type == JSON_INT ? a->integer == b->integer
                                 : a->type == JSON_BOOL && a->boolean == b->boolean;
}

/* The object that the last name of the path belongs to; `out_name` gets that name. */
static struct json *walk(struct record_tree *tree, const char *path, struct slice *out_name)
{
    struct json *object = tree->failed ? NULL : tree->root;
    struct slice rest = slice_of(path);
    struct slice name = slice_cut(&rest, '.');
    while (object != NULL && rest.length > 0) {
        object = step_make(tree, object, name);
        name = slice_cut(&rest, '.');
    }
    *out_name = name;
    return object;
}

bool record_put(struct record_tree *tree, const char *path, struct json *value)
{
    struct slice name;
    struct json *object = value == NULL ? NULL : walk(tree, path, &name);
    if (object == NULL) {
        return false;
    }
    const struct json *before = member_of(object, name);
    if (before != NULL) {
        return same(before, value);
    }
    value->key = name;
    record_append(object, value);
    return true;
}

bool record_put_text(struct record_tree *tree, const char *path, struct slice text)
{
    struct json *value = record_node(tree, JSON_TEXT);
    if (value != NULL) {
        value->text = text;
    }
    return record_put(tree, path, value);
}

bool record_put_int(struct record_tree *tree, const char *path, int64_t number)
{
    struct json *value = record_node(tree, JSON_INT);
    if (value != NULL) {
        value->integer = number;
        value->number = (double)number;
    }
    return record_put(tree, path, value);
}

void record_push(struct record_tree *tree, const char *path, struct json *value)
{
    struct slice name;
    struct json *object = value == NULL ? NULL : walk(tree, path, &name);
    struct json *array = object == NULL ? NULL : member_make(tree, object, name, JSON_ARRAY);
    if (array != NULL) {
        record_append(array, value);
    }
}

struct json *record_find(const struct record_tree *tree, const char *path)
{
    struct json *at = tree->root;
    struct slice rest = slice_of(path);
    while (at != NULL && rest.length > 0) {
        struct slice name = slice_cut(&rest, '.');
        bool many = name.length > 2 && name.text[name.length - 1] == ']';
        name.length -= many ? 2 : 0;
        at = at->type == JSON_OBJECT ? member_of(at, name) : NULL;
        at = many && at != NULL ? at->first : at;
    }
    return at;
}
