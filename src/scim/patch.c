#include "scim/patch.h"

#include <string.h>

#include "base/arena.h"
#include "scim/document.h"
#include "scim/filter.h"
#include "scim/tree.h"

enum step { STEP_ADD, STEP_REPLACE, STEP_REMOVE };

/* What one operation works on. */
struct patch {
    struct arena *arena;
    const struct scim_kind *kind;
    struct json *document;
    struct error *error;
    enum step step;
    const struct json *value; /* NULL: none was given */
};

struct target {
    struct scim_path path;
    const struct scim_node *filter; /* NULL: all elements */
};

static enum result no_memory(const struct patch *patch)
{
    return fail(patch->error, RESULT_NO_MEMORY, NULL, "no memory for the change");
}

/* --- where -------------------------------------------------------------------------------------------- */

static enum result bad_path(const struct patch *patch, struct slice text)
{
    return fail(patch->error, RESULT_INVALID, "invalidPath", "there is no attribute \"%.*s\"",
                (int)(text.length < 100 ? text.length : 100), text.text);
}

/* Behind the last ] may come ".sub". Quotes inside of the brackets hide them. */
static bool brackets_find(struct slice text, size_t *out_open, size_t *out_close)
{
    const char *open = text.length == 0 ? NULL : memchr(text.text, '[', text.length);
    bool quoted = false;
    if (open == NULL) {
        return false;
    }
    *out_open = (size_t)(open - text.text);
    for (size_t i = *out_open; i < text.length; i++) {
        if (quoted && text.text[i] == '\\') {
            i++;
        } else if (text.text[i] == '"') {
            quoted = !quoted;
        } else if (text.text[i] == ']' && !quoted) {
            *out_close = i;
            return true;
        }
    }
    return false;
}

static enum result filtered_find(struct patch *patch, struct slice text, size_t open, size_t close,
                                 struct target *out)
{
    struct slice name = { text.text, open };
    struct slice filter = { text.text + open + 1, close - open - 1 };
    struct slice rest = { text.text + close + 1, text.length - close - 1 };
    if (!scim_path_find(patch->kind, name, &out->path) || out->path.attribute == NULL ||
        out->path.sub != NULL || (out->path.attribute->flags & SCIM_MULTI) == 0 ||
        out->path.attribute->type != SCIM_COMPLEX) {
        return bad_path(patch, text);
    }
    TRY(scim_element_filter_parse(patch->arena, &out->path, filter, &out->filter, patch->error));
    if (rest.length == 0) {
        return RESULT_OK;
    }
    struct slice sub = { rest.text + 1, rest.length - 1 };
    out->path.sub = rest.text[0] == '.' ? scim_sub_find(out->path.attribute, sub) : NULL;
    return out->path.sub == NULL ? bad_path(patch, text) : RESULT_OK;
}

static enum result target_find(struct patch *patch, struct slice text, struct target *out)
{
    size_t open = 0;
    size_t close = 0;
    *out = (struct target){ .filter = NULL };
    if (brackets_find(text, &open, &close)) {
        TRY(filtered_find(patch, text, open, close, out));
    } else if (!scim_path_find(patch->kind, text, &out->path)) {
        return bad_path(patch, text);
    }
    const struct scim_attribute *attribute = out->path.attribute;
    bool fixed = attribute != NULL && (attribute->flags & SCIM_READ_ONLY) != 0;
    fixed = fixed || (out->path.sub != NULL && (out->path.sub->flags & SCIM_READ_ONLY) != 0);
    return !fixed ? RESULT_OK
                  : fail(patch->error, RESULT_INVALID, "mutability", "%s can only be read",
                         attribute->name);
}

/* The object that holds the attribute: the document, or its extension, which is made when `make` is set. */
static struct json *container_of(struct patch *patch, const struct scim_path *path, bool make)
{
    if (!path->extension) {
        return patch->document;
    }
    struct json *object = tree_member(patch->document, path->schema->urn);
    if (object == NULL && make) {
        object = tree_new(patch->arena, JSON_OBJECT);
        if (object != NULL) {
            tree_append(patch->document, path->schema->urn, object);
        }
    }
    return object;
}

/* An extension without members is none. */
static void container_settle(struct patch *patch, const struct scim_path *path)
{
    struct json *object = path->extension ? tree_member(patch->document, path->schema->urn) : NULL;
    if (object != NULL && object->count == 0) {
        tree_drop(patch->document, object);
    }
}

/* --- elements ------------------------------------------------------------------------------------------- */

static bool is_primary(const struct json *element)
{
    const struct json *primary = json_get(element, "primary");
    return primary != NULL && primary->boolean;
}

/* The same value of the same type is the same element, whatever else it says. */
static bool same_element(const struct json *a, const struct json *b)
{
    const struct json *a_value = json_get(a, "value");
    const struct json *b_value = json_get(b, "value");
    if (a_value == NULL || b_value == NULL) {
        return tree_equal(a, b);
    }
    const struct json *a_type = json_get(a, "type");
    const struct json *b_type = json_get(b, "type");
    bool types_differ = a_type != NULL && b_type != NULL && !tree_equal(a_type, b_type);
    return tree_equal(a_value, b_value) && !types_differ;
}

static void members_merge(struct json *object, struct json *from)
{
    struct json *next = NULL;
    for (struct json *at = from->first; at != NULL; at = next) {
        next = at->next;
        struct json *old = NULL;
        for (old = object->first; old != NULL && !slice_equal(old->key, at->key); old = old->next) {
        }
        if (old != NULL) {
            tree_drop(object, old);
        }
        struct json **end = &object->first;
        while (*end != NULL) {
            end = &(*end)->next;
        }
        at->next = NULL;
        *end = at;
        object->count++;
    }
}

static enum result element_append(struct patch *patch, struct json *elements, struct json *element)
{
    if (elements->count >= SCIM_ELEMENTS_MAX) {
        return fail(patch->error, RESULT_INVALID, "invalidValue",
                    "the attribute may have at most %d values", SCIM_ELEMENTS_MAX);
    }
    tree_append(elements, NULL, element);
    return RESULT_OK;
}

static enum result element_add(struct patch *patch, struct json *elements, struct json *element)
{
    for (struct json *at = elements->first; at != NULL; at = at->next) {
        if (same_element(at, element)) {
            if (at->type == JSON_OBJECT) {
                members_merge(at, element);
                scim_primary_settle(elements, is_primary(at) ? at : NULL);
            }
            return RESULT_OK;
        }
    }
    TRY(element_append(patch, elements, element));
    scim_primary_settle(elements, is_primary(element) ? element : NULL);
    return RESULT_OK;
}

static enum result elements_of(struct patch *patch, struct json *container, const char *name,
                               struct json **out)
{
    *out = tree_member(container, name);
    if (*out == NULL) {
        *out = tree_new(patch->arena, JSON_ARRAY);
        if (*out == NULL) {
            return no_memory(patch);
        }
        tree_append(container, name, *out);
    }
    return RESULT_OK;
}

static enum result elements_add(struct patch *patch, struct json *container,
                                const struct scim_path *path, struct json *taken)
{
    struct json *elements = NULL;
    struct json *next = NULL;
    TRY(elements_of(patch, container, path->attribute->name, &elements));
    for (struct json *at = taken->first; at != NULL; at = next) {
        next = at->next;
        TRY(element_add(patch, elements, at));
    }
    return RESULT_OK;
}

/* --- elements by a filter ---------------------------------------------------------------------------------- */

/* type eq "work" and primary eq true: an element can be made of it. Other filters can't be turned around. */
static enum result element_from_filter(struct patch *patch, const struct target *target,
                                       const struct scim_node *node, struct json *element)
{
    if (node->kind == SCIM_AND) {
        TRY(element_from_filter(patch, target, node->left, element));
        return element_from_filter(patch, target, node->right, element);
    }
    const struct scim_attribute *sub = node->path.sub;
    if (node->kind != SCIM_COMPARE || node->op != SCIM_EQ || node->operand.null || sub == NULL) {
        return fail(patch->error, RESULT_INVALID, "noTarget", "no value of %s fits the filter",
                    target->path.attribute->name);
    }
    const struct scim_path path = { .attribute = target->path.attribute, .sub = sub };
    struct json *taken = NULL;
    const struct json *asked = sub->type == SCIM_BOOLEAN
                                   ? tree_bool(patch->arena, node->operand.number != 0)
                                   : tree_text(patch->arena, node->operand.given);
    if (asked == NULL) {
        return no_memory(patch);
    }
    TRY(scim_value_take(patch->arena, &path, asked, &taken, patch->error));
    tree_set(element, sub->name, taken);
    return RESULT_OK;
}

static enum result element_change(struct patch *patch, const struct target *target,
                                  struct json *elements, struct json *element)
{
    struct json *taken = NULL;
    if (target->path.sub != NULL) {
        TRY(scim_value_take(patch->arena, &target->path, patch->value, &taken, patch->error));
        tree_set(element, target->path.sub->name, taken);
    } else {
        TRY(scim_element_take(patch->arena, target->path.attribute, patch->value, &taken,
                              patch->error));
        members_merge(element, taken);
    }
    scim_primary_settle(elements, is_primary(element) ? element : NULL);
    return RESULT_OK;
}

static enum result filtered_set(struct patch *patch, const struct target *target,
                                struct json *container)
{
    struct json *elements = NULL;
    bool any = false;
    TRY(elements_of(patch, container, target->path.attribute->name, &elements));
    for (struct json *at = elements->first; at != NULL; at = at->next) {
        if (scim_element_fits(patch->arena, target->filter, at)) {
            any = true;
            TRY(element_change(patch, target, elements, at));
        }
    }
    if (any) {
        return RESULT_OK;
    }
    struct json *element = tree_new(patch->arena, JSON_OBJECT);
    if (element == NULL) {
        return no_memory(patch);
    }
    TRY(element_from_filter(patch, target, target->filter, element));
    TRY(element_append(patch, elements, element));
    return element_change(patch, target, elements, element);
}

/* Elements of `listed` go: by their value, or by all that they say. */
static bool is_listed(const struct json *element, const struct json *listed)
{
    for (const struct json *at = listed->first; at != NULL; at = at->next) {
        if (same_element(element, at)) {
            return true;
        }
    }
    return false;
}

static enum result elements_remove(struct patch *patch, const struct target *target,
                                   struct json *container)
{
    struct json *elements = tree_member(container, target->path.attribute->name);
    struct json *listed = NULL;
    struct json *next = NULL;
    if (elements == NULL) {
        return RESULT_OK;
    }
    if (patch->value != NULL && target->filter == NULL) {
        TRY(scim_value_take(patch->arena, &target->path, patch->value, &listed, patch->error));
    }
    for (struct json *at = elements->first; at != NULL; at = next) {
        next = at->next;
        bool goes = target->filter != NULL ? scim_element_fits(patch->arena, target->filter, at)
                                           : listed == NULL || is_listed(at, listed);
        if (goes && target->path.sub != NULL) {
            tree_set(at, target->path.sub->name, NULL);
        }
        if (goes && (target->path.sub == NULL || at->count == 0)) {
            tree_drop(elements, at);
        }
    }
    return RESULT_OK;
}

/* --- one target ------------------------------------------------------------------------------------------ */

static enum result target_remove(struct patch *patch, const struct target *target)
{
    const struct scim_path *path = &target->path;
    struct json *container = container_of(patch, path, false);
    if (path->attribute == NULL) {
        tree_set(patch->document, path->schema->urn, NULL);
        return RESULT_OK;
    }
    if ((path->attribute->flags & SCIM_REQUIRED) != 0) {
        return fail(patch->error, RESULT_INVALID, "mutability",
                    "%s is required and can't be removed", path->attribute->name);
    }
    if (container == NULL) {
        return RESULT_OK;
    }
    if ((path->attribute->flags & SCIM_MULTI) != 0) {
        return elements_remove(patch, target, container);
    }
    if (path->sub == NULL) {
        tree_set(container, path->attribute->name, NULL);
        return RESULT_OK;
    }
    struct json *object = tree_member(container, path->attribute->name);
    if (object != NULL) {
        tree_set(object, path->sub->name, NULL);
    }
    return RESULT_OK;
}

/* A member of a complex attribute, or of every element of a multi-valued one. */
static enum result sub_set(struct patch *patch, const struct scim_path *path,
                           struct json *container)
{
    struct json *taken = NULL;
    struct json *holder = tree_member(container, path->attribute->name);
    bool many = (path->attribute->flags & SCIM_MULTI) != 0;
    TRY(scim_value_take(patch->arena, path, patch->value, &taken, patch->error));
    if (holder == NULL || (many && holder->count == 0)) {
        struct json *object = tree_new(patch->arena, JSON_OBJECT);
        struct json *elements = many ? tree_new(patch->arena, JSON_ARRAY) : object;
        if (object == NULL || elements == NULL) {
            return no_memory(patch);
        }
        if (many) {
            tree_append(elements, NULL, object);
        }
        tree_set(container, path->attribute->name, elements);
        holder = elements;
    }
    for (struct json *at = many ? holder->first : holder; at != NULL; at = many ? at->next : NULL) {
        struct json *copy = taken == NULL ? NULL : tree_copy(patch->arena, taken);
        if (taken != NULL && copy == NULL) {
            return no_memory(patch);
        }
        tree_set(at, path->sub->name, copy);
    }
    if (many) {
        scim_primary_settle(holder, NULL);
    }
    return RESULT_OK;
}

static enum result whole_set(struct patch *patch, const struct scim_path *path,
                             struct json *container)
{
    struct json *taken = NULL;
    struct json *before = tree_member(container, path->attribute->name);
    bool many = (path->attribute->flags & SCIM_MULTI) != 0;
    TRY(scim_value_take(patch->arena, path, patch->value, &taken, patch->error));
    if (taken == NULL) {
        if (!many || patch->step == STEP_REPLACE) {
            tree_set(container, path->attribute->name, NULL);
        }
        return RESULT_OK;
    }
    if (many && patch->step == STEP_ADD) {
        return elements_add(patch, container, path, taken);
    }
    if (!many && before != NULL && before->type == JSON_OBJECT) {
        members_merge(before, taken);
        return RESULT_OK;
    }
    tree_set(container, path->attribute->name, taken);
    return RESULT_OK;
}

static enum result members_set(struct patch *patch, const struct json *object, const char *urn);

static enum result target_set(struct patch *patch, const struct target *target)
{
    const struct scim_path *path = &target->path;
    if (path->attribute == NULL) { /* a whole extension */
        if (patch->value->type == JSON_NULL) {
            tree_set(patch->document, path->schema->urn, NULL);
            return RESULT_OK;
        }
        return members_set(patch, patch->value, path->schema->urn);
    }
    if ((path->attribute->flags & SCIM_REQUIRED) != 0 && patch->value->type == JSON_NULL) {
        return target_remove(patch, target);
    }
    if ((path->attribute->flags & SCIM_WRITE_ONLY) != 0) {
        return RESULT_OK;
    }
    struct json *container = container_of(patch, path, true);
    if (container == NULL) {
        return no_memory(patch);
    }
    if (target->filter != NULL) {
        return filtered_set(patch, target, container);
    }
    return path->sub != NULL ? sub_set(patch, path, container) : whole_set(patch, path, container);
}

static enum result target_apply(struct patch *patch, const struct target *target)
{
    enum result result =
        patch->step == STEP_REMOVE ? target_remove(patch, target) : target_set(patch, target);
    container_settle(patch, &target->path);
    return result;
}

/* --- operations ------------------------------------------------------------------------------------------ */

/* Without a path: each member is a path of its own ("name.givenName", "urn:…:User:department", a whole extension).
   Members that we do not know are passed over, as in a body. */
static enum result members_set(struct patch *patch, const struct json *object, const char *urn)
{
    if (object->type != JSON_OBJECT) {
        return fail(patch->error, RESULT_INVALID, "invalidValue",
                    "an operation without a path needs an object as its value");
    }
    for (const struct json *at = object->first; at != NULL; at = at->next) {
        struct patch one = *patch;
        struct target target;
        struct scim_path known;
        const char *name = urn == NULL ? NULL
                                       : arena_printf(patch->arena, "%s:%.*s", urn,
                                                      (int)at->key.length, at->key.text);
        if (urn != NULL && name == NULL) {
            return no_memory(patch);
        }
        struct slice text = urn == NULL ? at->key : slice_of(name);
        bool filtered = memchr(text.text, '[', text.length) != NULL;
        bool ours = filtered || scim_path_find(patch->kind, text, &known);
        if (!ours || slice_is_any_case(text, "schemas")) {
            continue;
        }
        one.value = at;
        TRY(target_find(&one, text, &target));
        TRY(target_apply(&one, &target));
    }
    return RESULT_OK;
}

static enum result step_of(struct patch *patch, struct slice word)
{
    static const struct {
        const char *word;
        enum step step;
    } steps[] = { { "add", STEP_ADD },
                  { "replace", STEP_REPLACE },
                  { "set", STEP_REPLACE },
                  { "remove", STEP_REMOVE } };
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (slice_is_any_case(word, steps[i].word)) {
            patch->step = steps[i].step;
            return RESULT_OK;
        }
    }
    return fail(patch->error, RESULT_INVALID, "invalidSyntax", "op must be add, replace or remove");
}

static enum result operation_apply(struct patch *patch, const struct json *operation)
{
    struct target target;
    const struct json *path = json_get_any_case(operation, "path");
    if (!json_is(operation, JSON_OBJECT)) {
        return fail(patch->error, RESULT_INVALID, "invalidSyntax",
                    "an operation must be an object");
    }
    TRY(step_of(patch, json_text_of(json_get_any_case(operation, "op"))));
    patch->value = json_get_any_case(operation, "value");
    bool whole = path == NULL || path->type == JSON_NULL ||
                 (path->type == JSON_TEXT && slice_trim(path->text).length == 0);
    if (!whole && path->type != JSON_TEXT) {
        return fail(patch->error, RESULT_INVALID, "invalidPath", "path must be a text");
    }
    if (patch->step == STEP_REMOVE && whole) {
        return fail(patch->error, RESULT_INVALID, "noTarget", "remove needs a path");
    }
    if (patch->step != STEP_REMOVE && patch->value == NULL) {
        return fail(patch->error, RESULT_INVALID, "invalidValue", "%s needs a value",
                    patch->step == STEP_ADD ? "add" : "replace");
    }
    if (whole) {
        return members_set(patch, patch->value, NULL);
    }
    TRY(target_find(patch, slice_trim(path->text), &target));
    return target_apply(patch, &target);
}

static bool is_empty(const struct json *value)
{
    return (value->type == JSON_ARRAY || value->type == JSON_OBJECT) && value->count == 0;
}

/* What lost its last member or element means "unassigned". */
static void empty_drop(struct json *parent)
{
    struct json *next = NULL;
    for (struct json *at = parent->first; at != NULL; at = next) {
        next = at->next;
        if (at->type == JSON_ARRAY) {
            empty_drop(at);
        }
        if (is_empty(at)) {
            tree_drop(parent, at);
        }
    }
}

enum result scim_patch_apply(struct arena *arena, const struct scim_kind *kind,
                             const struct json *body, struct json *document, struct error *error)
{
    const struct json *operations = json_get_any_case(body, "Operations");
    struct patch patch = { .arena = arena, .kind = kind, .document = document, .error = error };
    if (!json_is(operations, JSON_ARRAY) || operations->count == 0) {
        return fail(error, RESULT_INVALID, "invalidSyntax",
                    "the body must have an array Operations with at least one operation");
    }
    if (operations->count > SCIM_PATCH_OPERATIONS_MAX) {
        return fail(error, RESULT_INVALID, "tooMany", "a PATCH may have at most %d operations",
                    SCIM_PATCH_OPERATIONS_MAX);
    }
    for (const struct json *at = operations->first; at != NULL; at = at->next) {
        TRY(operation_apply(&patch, at));
        empty_drop(document);
    }
    return RESULT_OK;
}
