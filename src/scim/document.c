#include "scim/document.h"

#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "scim/filter.h"
#include "scim/tree.h"

static enum result no_memory(struct error *error)
{
    return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the resource");
}

static enum result wrong(struct error *error, const struct scim_attribute *attribute,
                         const char *wanted)
{
    return fail(error, RESULT_INVALID, "invalidValue", "%s must be %s", attribute->name, wanted);
}

/* --- scalars --------------------------------------------------------------------------------------- */

static enum result boolean_take(struct arena *arena, const struct scim_attribute *attribute,
                                const struct json *value, struct json **out, struct error *error)
{
    bool boolean = value->boolean;
    if (value->type != JSON_BOOL && !scim_boolean_of(json_text_of(value), &boolean)) {
        return wrong(error, attribute, "true or false");
    }
    *out = tree_bool(arena, boolean);
    return *out == NULL ? no_memory(error) : RESULT_OK;
}

static enum result text_take(struct arena *arena, const struct scim_attribute *attribute,
                             const struct json *value, struct json **out, struct error *error)
{
    int64_t moment = 0;
    if (value->type != JSON_TEXT) {
        return wrong(error, attribute, "a text");
    }
    if (value->text.length > SCIM_TEXT_BYTES_MAX) {
        return fail(error, RESULT_INVALID, "invalidValue", "%s may have at most %d bytes",
                    attribute->name, SCIM_TEXT_BYTES_MAX);
    }
    if (memchr(value->text.text, '\0', value->text.length) != NULL) {
        return wrong(error, attribute, "a text without NUL characters");
    }
    if (attribute->type == SCIM_DATE_TIME && !time_parse(value->text, &moment, NULL)) {
        return wrong(error, attribute, "a moment such as 2024-01-31T12:00:00Z");
    }
    *out = tree_text(arena, value->text);
    return *out == NULL ? no_memory(error) : RESULT_OK;
}

static enum result scalar_take(struct arena *arena, const struct scim_attribute *attribute,
                               const struct json *value, struct json **out, struct error *error)
{
    if (attribute->type == SCIM_BOOLEAN) {
        return boolean_take(arena, attribute, value, out, error);
    }
    if (attribute->type != SCIM_INTEGER) {
        return text_take(arena, attribute, value, out, error);
    }
    if (value->type != JSON_INT) {
        return wrong(error, attribute, "a whole number");
    }
    *out = tree_copy(arena, value);
    return *out == NULL ? no_memory(error) : RESULT_OK;
}

/* --- objects ----------------------------------------------------------------------------------------- */

static enum result member_take(struct arena *arena, const struct scim_attribute *sub,
                               const struct json *value, struct json *object, struct error *error)
{
    struct json *taken = NULL;
    bool empty = value->type == JSON_NULL || (value->type == JSON_TEXT && value->text.length == 0);
    if ((sub->flags & SCIM_READ_ONLY) != 0 || empty) {
        return RESULT_OK;
    }
    TRY(scalar_take(arena, sub, value, &taken, error));
    tree_set(object, sub->name, taken);
    return RESULT_OK;
}

enum result scim_element_take(struct arena *arena, const struct scim_attribute *attribute,
                              const struct json *value, struct json **out, struct error *error)
{
    const struct scim_attribute *bare = scim_sub_find(attribute, SLICE("value"));
    if (attribute->type != SCIM_COMPLEX) {
        return scalar_take(arena, attribute, value, out, error);
    }
    if (value->type != JSON_OBJECT && (bare == NULL || value->type != JSON_TEXT)) {
        return wrong(error, attribute, bare == NULL ? "an object" : "an object or a text");
    }
    struct json *object = tree_new(arena, JSON_OBJECT);
    if (object == NULL) {
        return no_memory(error);
    }
    if (value->type == JSON_TEXT) {
        TRY(member_take(arena, bare, value, object, error));
    }
    for (const struct json *at = value->first; at != NULL; at = at->next) {
        const struct scim_attribute *sub = scim_sub_find(attribute, at->key);
        if (sub != NULL) {
            TRY(member_take(arena, sub, at, object, error));
        }
    }
    *out = object;
    return RESULT_OK;
}

void scim_primary_settle(struct json *elements, const struct json *keep)
{
    const struct json *kept = keep;
    for (struct json *at = elements->first; at != NULL; at = at->next) {
        const struct json *primary = json_get(at, "primary");
        if (primary == NULL || !primary->boolean) {
            continue;
        }
        kept = kept == NULL ? at : kept;
        if (at != kept) {
            tree_set(at, "primary", NULL);
        }
    }
}

static enum result elements_take(struct arena *arena, const struct scim_attribute *attribute,
                                 const struct json *value, struct json **out, struct error *error)
{
    bool many = value->type == JSON_ARRAY;
    struct json *elements = tree_new(arena, JSON_ARRAY);
    if (elements == NULL) {
        return no_memory(error);
    }
    if (value->count > SCIM_ELEMENTS_MAX) {
        return fail(error, RESULT_INVALID, "invalidValue", "%s may have at most %d values",
                    attribute->name, SCIM_ELEMENTS_MAX);
    }
    for (const struct json *at = many ? value->first : value; at != NULL;
         at = many ? at->next : NULL) {
        struct json *element = NULL;
        TRY(scim_element_take(arena, attribute, at, &element, error));
        if (element->type != JSON_OBJECT || element->count > 0) {
            tree_append(elements, NULL, element);
        }
    }
    scim_primary_settle(elements, NULL);
    *out = elements->count == 0 ? NULL : elements;
    return RESULT_OK;
}

/* --- attributes -------------------------------------------------------------------------------------- */

enum result scim_value_take(struct arena *arena, const struct scim_path *path,
                            const struct json *value, struct json **out, struct error *error)
{
    const struct scim_attribute *attribute = path->attribute;
    *out = NULL;
    if (value->type == JSON_NULL || (value->type == JSON_ARRAY && value->count == 0) ||
        (value->type == JSON_TEXT && value->text.length == 0)) {
        return RESULT_OK;
    }
    if (path->sub != NULL) {
        return scalar_take(arena, path->sub, value, out, error);
    }
    if ((attribute->flags & SCIM_MULTI) != 0) {
        return elements_take(arena, attribute, value, out, error);
    }
    TRY(scim_element_take(arena, attribute, value, out, error));
    if ((*out)->type == JSON_OBJECT && (*out)->count == 0) {
        *out = NULL;
    }
    return RESULT_OK;
}

static enum result attribute_take(struct arena *arena, const struct scim_path *path,
                                  const struct json *value, struct json *object,
                                  struct error *error)
{
    struct json *taken = NULL;
    if ((path->attribute->flags & (SCIM_READ_ONLY | SCIM_WRITE_ONLY)) != 0) {
        return RESULT_OK;
    }
    TRY(scim_value_take(arena, path, value, &taken, error));
    tree_set(object, path->attribute->name, taken);
    return RESULT_OK;
}

static enum result extension_take(struct arena *arena, const struct scim_kind *kind,
                                  const struct scim_schema *schema, const struct json *body,
                                  struct json *document, struct error *error)
{
    if (body->type == JSON_NULL) {
        return RESULT_OK;
    }
    if (body->type != JSON_OBJECT) {
        return fail(error, RESULT_INVALID, "invalidValue", "%s must be an object", schema->urn);
    }
    struct json *object = tree_new(arena, JSON_OBJECT);
    if (object == NULL) {
        return no_memory(error);
    }
    for (const struct json *at = body->first; at != NULL; at = at->next) {
        struct scim_path path;
        char *name = arena_printf(arena, "%s:%.*s", schema->urn, (int)at->key.length, at->key.text);
        if (name == NULL) {
            return no_memory(error);
        }
        if (scim_path_find(kind, slice_of(name), &path) && path.sub == NULL) {
            TRY(attribute_take(arena, &path, at, object, error));
        }
    }
    tree_set(document, schema->urn, object->count == 0 ? NULL : object);
    return RESULT_OK;
}

enum result scim_document_take(struct arena *arena, const struct scim_kind *kind,
                               const struct json *body, struct json **out, struct error *error)
{
    struct json *document = tree_new(arena, JSON_OBJECT);
    if (document == NULL) {
        return no_memory(error);
    }
    if (!json_is(body, JSON_OBJECT)) {
        return fail(error, RESULT_INVALID, "invalidSyntax", "the body must be a JSON object");
    }
    for (const struct json *at = body->first; at != NULL; at = at->next) {
        struct scim_path path;
        if (!scim_path_find(kind, at->key, &path) || path.sub != NULL) {
            continue;
        }
        if (path.attribute == NULL) {
            TRY(extension_take(arena, kind, path.schema, at, document, error));
        } else if (!path.extension) {
            TRY(attribute_take(arena, &path, at, document, error));
        }
    }
    *out = document;
    return RESULT_OK;
}
