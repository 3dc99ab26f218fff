#include "scim/query.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "scim/scim.h"
#include "scim/tree.h"

/* One parameter, from wherever it came; `given` false: absent. */
struct input {
    bool given;
    struct slice text;
    const struct json *value; /* of a body */
};

struct inputs {
    struct input filter, start, count, sort_by, sort_order, attributes, excluded;
};

static enum result wrong(struct ctx *ctx, const char *name, const char *wanted)
{
    return fail(ctx->error, RESULT_INVALID, "invalidValue", "%s must be %s", name, wanted);
}

/* --- what to show ----------------------------------------------------------------------------- */

static enum result path_add(struct ctx *ctx, const struct scim_kind *kind, struct slice name,
                            struct scim_selection *out)
{
    struct scim_path path;
    name = slice_trim(name);
    if (name.length == 0 || !scim_path_find(kind, name, &path)) {
        return RESULT_OK; /* nothing has it, so there is nothing to show or to hide */
    }
    if (out->count == SCIM_PATHS_MAX) {
        return fail(ctx->error, RESULT_INVALID, "invalidValue",
                    "attributes and excludedAttributes take at most %d names", SCIM_PATHS_MAX);
    }
    out->paths[out->count++] = path;
    return RESULT_OK;
}

static enum result paths_add(struct ctx *ctx, const struct scim_kind *kind,
                             const struct input *input, struct scim_selection *out)
{
    struct slice rest = input->text;
    if (json_is(input->value, JSON_ARRAY)) {
        for (const struct json *at = input->value->first; at != NULL; at = at->next) {
            TRY(path_add(ctx, kind, json_text_of(at), out));
        }
        return RESULT_OK;
    }
    while (rest.length > 0) {
        TRY(path_add(ctx, kind, slice_cut(&rest, ','), out));
    }
    return RESULT_OK;
}

static enum result selection_take(struct ctx *ctx, const struct scim_kind *kind,
                                  const struct inputs *inputs, struct scim_selection *out)
{
    *out = (struct scim_selection){ .kind = kind, .only = inputs->attributes.given };
    if (inputs->attributes.given && inputs->excluded.given) {
        return fail(ctx->error, RESULT_INVALID, "invalidValue",
                    "attributes and excludedAttributes can't be given together");
    }
    return paths_add(ctx, kind, out->only ? &inputs->attributes : &inputs->excluded, out);
}

static bool is_whole_of(const struct scim_path *path, const struct scim_path *attribute)
{
    return path->extension == attribute->extension &&
           (path->attribute == NULL ||
            (path->attribute == attribute->attribute && path->sub == NULL));
}

/* Is it named itself, or as a part of what is named? *out_part: only members of it are. */
static bool is_named(const struct scim_selection *selection, const struct scim_path *attribute,
                     bool *out_part)
{
    *out_part = false;
    for (size_t i = 0; i < selection->count; i++) {
        const struct scim_path *path = &selection->paths[i];
        if (is_whole_of(path, attribute)) {
            return true;
        }
        *out_part = *out_part || (path->attribute == attribute->attribute &&
                                  path->extension == attribute->extension);
    }
    return false;
}

static bool is_sub_named(const struct scim_selection *selection,
                         const struct scim_attribute *attribute, struct slice sub)
{
    for (size_t i = 0; i < selection->count; i++) {
        const struct scim_path *path = &selection->paths[i];
        if (path->attribute == attribute && path->sub != NULL && slice_is(sub, path->sub->name)) {
            return true;
        }
    }
    return false;
}

static void subs_select(const struct scim_selection *selection,
                        const struct scim_attribute *attribute, struct json *object)
{
    struct json *next = NULL;
    for (struct json *at = object->first; at != NULL; at = next) {
        next = at->next;
        if (is_sub_named(selection, attribute, at->key) != selection->only) {
            tree_drop(object, at);
        }
    }
}

static void members_select(const struct scim_selection *selection, const struct scim_path *path,
                           struct json *value)
{
    if (value->type == JSON_OBJECT) {
        subs_select(selection, path->attribute, value);
        return;
    }
    for (struct json *at = value->first; at != NULL; at = at->next) {
        subs_select(selection, path->attribute, at);
    }
}

static const struct scim_attribute *attribute_of(const struct scim_schema *schema,
                                                 struct slice name)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (slice_is(name, schema->attributes[i].name)) {
            return &schema->attributes[i];
        }
    }
    for (size_t i = 0; i < scim_common_count; i++) {
        if (slice_is(name, scim_common_attributes[i].name)) {
            return &scim_common_attributes[i];
        }
    }
    return NULL;
}

/* `container` is the resource, or the object of an extension. */
static void object_select(const struct scim_selection *selection, const struct scim_schema *schema,
                          bool extension, struct json *container)
{
    struct json *next = NULL;
    for (struct json *at = container->first; at != NULL; at = next) {
        bool part = false;
        struct scim_path path = { .schema = schema, .extension = extension };
        next = at->next;
        path.attribute = attribute_of(schema, at->key);
        if (path.attribute == NULL || (path.attribute->flags & SCIM_ALWAYS) != 0) {
            continue;
        }
        bool named = is_named(selection, &path, &part);
        if (part && !named) {
            members_select(selection, &path, at);
        } else if (named != selection->only) {
            tree_drop(container, at);
        }
    }
}

void scim_select(const struct scim_selection *selection, struct json *resource)
{
    const struct scim_schema *extension = &scim_enterprise_schema;
    struct json *object = tree_member(resource, extension->urn);
    if (!selection->only && selection->count == 0) {
        return;
    }
    if (object != NULL) {
        object_select(selection, extension, true, object);
        if (object->count == 0) {
            tree_drop(resource, object);
        }
    }
    object_select(selection, selection->kind->core, false, resource);
}

/* --- which, in which order, how many ---------------------------------------------------------- */

static enum result number_take(struct ctx *ctx, const struct input *input, const char *name,
                               int64_t usual, int64_t *out)
{
    *out = usual;
    if (!input->given) {
        return RESULT_OK;
    }
    if (input->value != NULL) {
        *out = input->value->integer;
        return input->value->type == JSON_INT ? RESULT_OK : wrong(ctx, name, "a whole number");
    }
    return slice_int64(slice_trim(input->text), out) ? RESULT_OK
                                                     : wrong(ctx, name, "a whole number");
}

static enum result sort_take(struct ctx *ctx, const struct scim_kind *kind,
                             const struct inputs *inputs, struct scim_query *out)
{
    struct slice order = slice_trim(inputs->sort_order.text);
    out->descending = slice_is_any_case(order, "descending");
    if (order.length > 0 && !out->descending && !slice_is_any_case(order, "ascending")) {
        return wrong(ctx, "sortOrder", "ascending or descending");
    }
    struct slice name = slice_trim(inputs->sort_by.text);
    out->sorted =
        name.length > 0 && scim_path_find(kind, name, &out->sort) && out->sort.attribute != NULL;
    if (!out->sorted || out->sort.sub != NULL || out->sort.attribute->type != SCIM_COMPLEX) {
        return RESULT_OK;
    }
    out->sort.sub = scim_sub_find(out->sort.attribute, SLICE("value"));
    return out->sort.sub != NULL ? RESULT_OK : wrong(ctx, "sortBy", "an attribute with one value");
}

static enum result query_take(struct ctx *ctx, const struct scim_kind *kind,
                              const struct inputs *inputs, struct scim_query *out)
{
    *out = (struct scim_query){ .filter = NULL };
    if (slice_trim(inputs->filter.text).length > 0) {
        TRY(scim_filter_parse(ctx->arena, kind, slice_trim(inputs->filter.text), &out->filter,
                              ctx->error));
    }
    TRY(number_take(ctx, &inputs->start, "startIndex", 1, &out->start));
    TRY(number_take(ctx, &inputs->count, "count", SCIM_PAGE_USUAL, &out->count));
    /* Behind the end of any list; the answer repeats it, as a number of 32 bits. */
    out->start = out->start < 1 ? 1 : out->start > INT32_MAX ? INT32_MAX : out->start;
    out->count = out->count < 0 ? 0 : out->count > SCIM_PAGE_MAX ? SCIM_PAGE_MAX : out->count;
    TRY(sort_take(ctx, kind, inputs, out));
    return selection_take(ctx, kind, inputs, &out->selection);
}

/* --- where it comes from ---------------------------------------------------------------------- */

static struct input parameter(const struct call *call, const char *name)
{
    const struct slice *value = call_query(call, name);
    return value == NULL ? (struct input){ .given = false }
                         : (struct input){ .given = value->length > 0, .text = *value };
}

static void parameters_read(const struct call *call, struct inputs *out)
{
    *out = (struct inputs){
        .filter = parameter(call, "filter"),
        .start = parameter(call, "startIndex"),
        .count = parameter(call, "count"),
        .sort_by = parameter(call, "sortBy"),
        .sort_order = parameter(call, "sortOrder"),
        .attributes = parameter(call, "attributes"),
        .excluded = parameter(call, "excludedAttributes"),
    };
    if (!out->count.given) {
        out->count = parameter(call, "itemsPerPage");
    }
}

enum result scim_query_read(struct ctx *ctx, const struct scim_kind *kind, const struct call *call,
                            struct scim_query *out)
{
    struct inputs inputs;
    parameters_read(call, &inputs);
    return query_take(ctx, kind, &inputs, out);
}

enum result scim_selection_read(struct ctx *ctx, const struct scim_kind *kind,
                                const struct call *call, struct scim_selection *out)
{
    struct inputs inputs;
    parameters_read(call, &inputs);
    return selection_take(ctx, kind, &inputs, out);
}

static struct input member(const struct json *body, const char *name)
{
    const struct json *value = json_get_any_case(body, name);
    bool given = value != NULL && value->type != JSON_NULL;
    return given ? (struct input){ true, json_text_of(value), value }
                 : (struct input){ .given = false };
}

enum result scim_search_read(struct ctx *ctx, const struct scim_kind *kind, const struct json *body,
                             struct scim_query *out)
{
    const struct inputs inputs = {
        .filter = member(body, "filter"),
        .start = member(body, "startIndex"),
        .count = member(body, "count"),
        .sort_by = member(body, "sortBy"),
        .sort_order = member(body, "sortOrder"),
        .attributes = member(body, "attributes"),
        .excluded = member(body, "excludedAttributes"),
    };
    return query_take(ctx, kind, &inputs, out);
}
