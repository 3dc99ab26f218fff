/* Whether a resource fits a filter. The SQL of filter_sql.c says the same of what is stored. */
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "scim/filter.h"

static int slice_order(struct slice a, struct slice b)
{
    size_t common = a.length < b.length ? a.length : b.length;
    int order = common == 0 ? 0 : memcmp(a.text, b.text, common);
    if (order != 0 || a.length == b.length) {
        return order;
    }
    return a.length < b.length ? -1 : 1;
}

static bool ordered(enum scim_operator op, int order)
{
    switch (op) {
    case SCIM_EQ: return order == 0;
    case SCIM_NE: return order != 0;
    case SCIM_GT: return order > 0;
    case SCIM_GE: return order >= 0;
    case SCIM_LT: return order < 0;
    case SCIM_LE: return order <= 0;
    case SCIM_CO:
    case SCIM_SW:
    case SCIM_EW:
    case SCIM_PR:
    case SCIM_OPERATOR_COUNT: break;
    }
    return false;
}

static bool text_fits(enum scim_operator op, struct slice have, struct slice asked)
{
    if (op != SCIM_CO && op != SCIM_SW && op != SCIM_EW) {
        return ordered(op, slice_order(have, asked));
    }
    if (asked.length > have.length) {
        return false;
    }
    if (asked.length == 0) {
        return true;
    }
    if (op == SCIM_CO) {
        return memmem(have.text, have.length, asked.text, asked.length) != NULL;
    }
    const char *at = op == SCIM_SW ? have.text : have.text + have.length - asked.length;
    return memcmp(at, asked.text, asked.length) == 0;
}

static bool number_fits(enum scim_operator op, int64_t have, int64_t asked)
{
    return ordered(op, have < asked ? -1 : have > asked);
}

static bool is_present(const struct json *value)
{
    if (value == NULL || value->type == JSON_NULL) {
        return false;
    }
    if (value->type == JSON_TEXT) {
        return value->text.length > 0;
    }
    if (value->type != JSON_OBJECT && value->type != JSON_ARRAY) {
        return true;
    }
    for (const struct json *at = value->first; at != NULL; at = at->next) {
        if (is_present(at)) {
            return true;
        }
    }
    return false;
}

static bool value_fits(struct arena *arena, const struct scim_node *node,
                       const struct scim_attribute *attribute, const struct json *value)
{
    int64_t moment = 0;
    if (node->op == SCIM_PR || node->operand.null) {
        return is_present(value);
    }
    if (!is_present(value)) {
        return false;
    }
    switch (attribute->type) {
    case SCIM_BOOLEAN: return number_fits(node->op, value->boolean, node->operand.number);
    case SCIM_INTEGER: return number_fits(node->op, value->integer, node->operand.number);
    case SCIM_DATE_TIME:
        return time_parse(value->text, &moment, NULL) &&
               number_fits(node->op, moment, node->operand.number);
    case SCIM_STRING:
    case SCIM_REFERENCE:
    case SCIM_BINARY: break;
    case SCIM_COMPLEX: return false;
    }
    struct slice have = value->text;
    if ((attribute->flags & SCIM_CASE_EXACT) == 0) {
        const char *folded = slice_fold(arena, have);
        have = folded == NULL ? have : slice_of(folded);
    }
    return text_fits(node->op, have, node->operand.text);
}

static const struct json *member(const struct json *value, const struct scim_attribute *sub)
{
    return sub == NULL ? value : json_get(value, sub->name);
}

/* `container` holds the attribute: the resource, or the object of an extension; or it is an element. */
struct place {
    struct arena *arena;
    const struct json *container;
    bool element;
};

static bool compare_fits(const struct place *place, const struct scim_node *node)
{
    const struct scim_path *path = &node->path;
    const struct scim_attribute *attribute = path->sub != NULL ? path->sub : path->attribute;
    const struct json *value =
        place->element ? place->container : json_get(place->container, path->attribute->name);
    bool many = !place->element && json_is(value, JSON_ARRAY);
    const struct json *first = many ? value->first : value;
    bool any = false;
    bool fits = false;
    for (const struct json *at = first; at != NULL && !fits; at = many ? at->next : NULL) {
        const struct json *one = member(at, path->sub);
        any = any || is_present(one);
        fits = value_fits(place->arena, node, attribute, one);
    }
    if (node->operand.null && node->op == SCIM_EQ) {
        return !any;
    }
    return fits || (node->op == SCIM_NE && !node->operand.null && !any);
}

static bool node_fits(const struct place *place, const struct scim_node *node);

static bool some_element_fits(const struct place *place, const struct scim_node *node)
{
    const struct json *value = json_get(place->container, node->path.attribute->name);
    bool many = json_is(value, JSON_ARRAY);
    for (const struct json *at = many ? value->first : value; at != NULL;
         at = many ? at->next : NULL) {
        const struct place inner = { place->arena, at, true };
        if (at->type == JSON_OBJECT && node_fits(&inner, node->left)) {
            return true;
        }
    }
    return false;
}

static bool node_fits(const struct place *place, const struct scim_node *node)
{
    struct place here = *place;
    switch (node->kind) {
    case SCIM_AND: return node_fits(place, node->left) && node_fits(place, node->right);
    case SCIM_OR: return node_fits(place, node->left) || node_fits(place, node->right);
    case SCIM_NOT: return !node_fits(place, node->left);
    case SCIM_NEVER: return false;
    case SCIM_COMPARE:
    case SCIM_ELEMENT: break;
    }
    if (!place->element && node->path.extension) {
        here.container = json_get(place->container, node->path.schema->urn);
        if (node->path.attribute == NULL) { /* pr of a whole extension */
            return is_present(here.container);
        }
    }
    return node->kind == SCIM_ELEMENT ? some_element_fits(&here, node) : compare_fits(&here, node);
}

bool scim_filter_fits(struct arena *arena, const struct scim_node *filter,
                      const struct json *resource)
{
    const struct place place = { arena, resource, false };
    return node_fits(&place, filter);
}

bool scim_element_fits(struct arena *arena, const struct scim_node *filter,
                       const struct json *element)
{
    const struct place place = { arena, element, true };
    return node_fits(&place, filter);
}
