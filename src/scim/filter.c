#include "scim/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "crypto/idn.h"
#include "json/read.h"

struct parser {
    struct arena *arena;
    const struct scim_kind *kind;   /* NULL between [ and ] */
    const struct scim_path *within; /* the attribute whose elements are asked for, or NULL */
    struct slice whole, rest;
    uint32_t depth, nodes;
    struct error *error;
};

static const char *const operator_names[SCIM_OPERATOR_COUNT] = {
    "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr",
};

static enum result bad(const struct parser *parser, const char *what)
{
    return fail(parser->error, RESULT_INVALID, "invalidFilter", "the filter %s at character %zu",
                what, parser->whole.length - parser->rest.length + 1);
}

/* --- tokens -------------------------------------------------------------------------------------- */

static void skip_blanks(struct parser *parser)
{
    while (parser->rest.length > 0 && parser->rest.text[0] == ' ') {
        parser->rest.text++;
        parser->rest.length--;
    }
}

static bool take_char(struct parser *parser, char wanted)
{
    skip_blanks(parser);
    if (parser->rest.length == 0 || parser->rest.text[0] != wanted) {
        return false;
    }
    parser->rest.text++;
    parser->rest.length--;
    return true;
}

static struct slice take_bytes(struct parser *parser, size_t count)
{
    struct slice taken = { parser->rest.text, count };
    parser->rest.text += count;
    parser->rest.length -= count;
    return taken;
}

/* Up to a blank, a bracket, a parenthesis or a quote: attribute paths hold letters, digits and - _ . : $ */
static struct slice peek_word(struct parser *parser)
{
    size_t length = 0;
    skip_blanks(parser);
    while (length < parser->rest.length && strchr(" ()[]\"", parser->rest.text[length]) == NULL) {
        length++;
    }
    return (struct slice){ parser->rest.text, length };
}

static bool take_word(struct parser *parser, const char *wanted)
{
    struct slice word = peek_word(parser);
    if (!slice_is_any_case(word, wanted)) {
        return false;
    }
    (void)take_bytes(parser, word.length);
    return true;
}

static enum result node_new(struct parser *parser, enum scim_node_kind kind, struct scim_node **out)
{
    if (++parser->nodes > SCIM_FILTER_NODES_MAX) {
        return fail(parser->error, RESULT_INVALID, "invalidFilter",
                    "the filter has more than %d terms", SCIM_FILTER_NODES_MAX);
    }
    *out = arena_alloc(parser->arena, sizeof(**out));
    if (*out == NULL) {
        return fail(parser->error, RESULT_NO_MEMORY, NULL, "no memory for the filter");
    }
    (*out)->kind = kind;
    return RESULT_OK;
}

/* --- values -------------------------------------------------------------------------------------- */

/* The JSON value in front: a quoted text with its escapes, or a word. */
static enum result take_value(struct parser *parser, const struct json **out)
{
    static const struct json_limits limits = { .depth_max = 1, .values_max = 1 };
    struct error why;
    size_t length = 0;
    skip_blanks(parser);
    if (parser->rest.length > 0 && parser->rest.text[0] == '"') {
        for (length = 1; length < parser->rest.length && parser->rest.text[length] != '"';
             length++) {
            length += parser->rest.text[length] == '\\' ? 1 : 0;
        }
        if (length >= parser->rest.length) {
            return bad(parser, "has a text without its closing quote");
        }
        length++;
    } else {
        length = peek_word(parser).length;
    }
    struct slice text = { parser->rest.text, length };
    /* JSON's words are in lower case; clients write True. */
    bool is_word = length > 0 && text.text[0] != '"';
    const char *lower = is_word ? slice_fold(parser->arena, text) : NULL;
    if (length == 0 || (is_word && lower == NULL) ||
        json_parse(parser->arena, is_word ? slice_of(lower) : text, &limits, out, &why) !=
            RESULT_OK) {
        return bad(parser, "needs a value (a quoted text, a number, true, false or null)");
    }
    (void)take_bytes(parser, length);
    return RESULT_OK;
}

bool scim_boolean_of(struct slice text, bool *out)
{
    *out = slice_is_any_case(text, "true");
    return *out || slice_is_any_case(text, "false");
}

static bool operand_boolean(const struct json *value, struct scim_operand *out)
{
    bool is = value->boolean;
    if (value->type != JSON_BOOL && !scim_boolean_of(json_text_of(value), &is)) {
        return false;
    }
    out->number = is;
    return true;
}

static enum result operand_text(struct parser *parser, const struct scim_attribute *attribute,
                                const struct json *value, struct scim_operand *out)
{
    out->given = value->text;
    out->text = value->text;
    if ((attribute->flags & SCIM_COMPOSED) != 0) {
        const char *composed = name_composed(parser->arena, value->text);
        if (composed == NULL) {
            return fail(parser->error, RESULT_NO_MEMORY, NULL, "no memory for the filter");
        }
        out->text = slice_of(composed);
    }
    if ((attribute->flags & SCIM_CASE_EXACT) == 0 && out->text.length > 0) {
        const char *folded = slice_fold(parser->arena, out->text);
        if (folded == NULL) {
            return fail(parser->error, RESULT_NO_MEMORY, NULL, "no memory for the filter");
        }
        out->text = slice_of(folded);
    }
    return RESULT_OK;
}

static enum result operand_take(struct parser *parser, const struct scim_attribute *attribute,
                                const struct json *value, struct scim_operand *out)
{
    if (value->type == JSON_NULL) {
        out->null = true;
        return RESULT_OK;
    }
    switch (attribute->type) {
    case SCIM_BOOLEAN:
        return operand_boolean(value, out) ? RESULT_OK
                                           : bad(parser, "compares a boolean with something else");
    case SCIM_INTEGER:
        out->number = value->integer;
        return value->type == JSON_INT ? RESULT_OK
                                       : bad(parser, "compares a number with something else");
    case SCIM_DATE_TIME:
        out->given = value->text;
        return value->type == JSON_TEXT && time_parse(value->text, &out->number, NULL)
                   ? RESULT_OK
                   : bad(parser, "compares a moment with something else");
    case SCIM_STRING:
    case SCIM_REFERENCE:
    case SCIM_BINARY:
        return value->type == JSON_TEXT ? operand_text(parser, attribute, value, out)
                                        : bad(parser, "compares a text with something else");
    case SCIM_COMPLEX: break;
    }
    return bad(parser, "compares an attribute that has members");
}

/* --- comparisons --------------------------------------------------------------------------------- */

static bool operator_suits(enum scim_operator op, enum scim_type type, bool null)
{
    bool equality = op == SCIM_EQ || op == SCIM_NE;
    bool part = op == SCIM_CO || op == SCIM_SW || op == SCIM_EW;
    switch (type) {
    case SCIM_BOOLEAN:
    case SCIM_BINARY: return equality;
    case SCIM_INTEGER:
    case SCIM_DATE_TIME: return null ? equality : !part;
    case SCIM_STRING:
    case SCIM_REFERENCE: return null ? equality : true;
    case SCIM_COMPLEX: return false;
    }
    return false;
}

static int operator_of(struct slice word)
{
    for (int i = 0; i < SCIM_OPERATOR_COUNT; i++) {
        if (slice_is_any_case(word, operator_names[i])) {
            return i;
        }
    }
    return -1;
}

/* emails eq "x" means emails.value; of an attribute with members and no value only "pr" can be asked. */
static void value_implied(struct scim_path *path)
{
    if (path->attribute != NULL && path->sub == NULL && path->attribute->type == SCIM_COMPLEX) {
        path->sub = scim_sub_find(path->attribute, SLICE("value"));
    }
}

static enum result compare_take(struct parser *parser, const struct scim_path *path,
                                struct scim_node *node)
{
    const struct json *value = NULL;
    int op = operator_of(peek_word(parser));
    if (op < 0) {
        return bad(parser, "needs an operator (eq ne co sw ew gt ge lt le pr)");
    }
    (void)take_bytes(parser, 2);
    node->op = (enum scim_operator)op;
    if (node->op == SCIM_PR) {
        return RESULT_OK;
    }
    TRY(take_value(parser, &value));
    if (node->kind == SCIM_NEVER) {
        return RESULT_OK;
    }
    const struct scim_attribute *attribute = path->sub != NULL ? path->sub : path->attribute;
    if (attribute == NULL || !operator_suits(node->op, attribute->type, value->type == JSON_NULL)) {
        return bad(parser, "uses an operator that the attribute's type does not have");
    }
    return operand_take(parser, attribute, value, &node->operand);
}

static bool path_find(const struct parser *parser, struct slice word, struct scim_path *out)
{
    if (parser->within == NULL) {
        return scim_path_find(parser->kind, word, out);
    }
    *out = *parser->within;
    out->sub = scim_sub_find(parser->within->attribute, word);
    return out->sub != NULL;
}

static enum result or_take(struct parser *parser, const struct scim_node **out);

static enum result term_take(struct parser *parser, const struct scim_node **out);

/* emails[type eq "work"].value eq "x": the element must fit both. */
static enum result member_take(struct parser *parser, struct scim_node *element)
{
    struct scim_node *both = NULL;
    TRY(node_new(parser, SCIM_AND, &both));
    both->left = element->left;
    TRY(term_take(parser, &both->right));
    element->left = both;
    return RESULT_OK;
}

static enum result element_take(struct parser *parser, const struct scim_path *path,
                                const struct scim_node **out)
{
    struct scim_node *node = NULL;
    const struct scim_path *outer = parser->within;
    if (outer != NULL) {
        return bad(parser, "has brackets inside of brackets");
    }
    TRY(node_new(parser, SCIM_ELEMENT, &node));
    node->path = *path;
    parser->within = &node->path;
    TRY(or_take(parser, &node->left));
    if (!take_char(parser, ']')) {
        return bad(parser, "needs a ]");
    }
    if (parser->rest.length > 0 && parser->rest.text[0] == '.') {
        (void)take_bytes(parser, 1);
        TRY(member_take(parser, node));
    }
    parser->within = outer;
    *out = node;
    return RESULT_OK;
}

static bool has_elements(const struct scim_path *path)
{
    return path->attribute != NULL && path->sub == NULL && path->attribute->type == SCIM_COMPLEX;
}

static enum result term_take(struct parser *parser, const struct scim_node **out)
{
    struct scim_path path;
    struct scim_node *node = NULL;
    struct slice word = peek_word(parser);
    if (word.length == 0) {
        return bad(parser, "needs an attribute");
    }
    bool known = path_find(parser, word, &path);
    (void)take_bytes(parser, word.length);
    if (parser->rest.length > 0 && parser->rest.text[0] == '[') {
        if (!known || !has_elements(&path)) {
            return bad(parser, "has brackets behind an attribute without members");
        }
        (void)take_bytes(parser, 1);
        return element_take(parser, &path, out);
    }
    TRY(node_new(parser, known ? SCIM_COMPARE : SCIM_NEVER, &node));
    node->path = path;
    if (known && operator_of(peek_word(parser)) != SCIM_PR) {
        value_implied(&node->path);
    }
    *out = node;
    return compare_take(parser, &node->path, node);
}

/* --- grammar ------------------------------------------------------------------------------------- */

static enum result deeper(struct parser *parser)
{
    if (++parser->depth > SCIM_FILTER_DEPTH_MAX) {
        return fail(parser->error, RESULT_INVALID, "invalidFilter",
                    "the filter is nested deeper than %d", SCIM_FILTER_DEPTH_MAX);
    }
    return RESULT_OK;
}

static enum result factor_take(struct parser *parser, const struct scim_node **out)
{
    struct scim_node *negation = NULL;
    struct parser before = *parser;
    /* "not" may also begin the name of an attribute that we do not know. */
    if (take_word(parser, "not")) {
        skip_blanks(parser);
        if (parser->rest.length > 0 && parser->rest.text[0] == '(') {
            TRY(node_new(parser, SCIM_NOT, &negation));
        } else {
            *parser = before;
        }
    }
    if (!take_char(parser, '(')) {
        return term_take(parser, out);
    }
    const struct scim_node *inner = NULL;
    TRY(deeper(parser));
    TRY(or_take(parser, &inner));
    parser->depth--;
    if (!take_char(parser, ')')) {
        return bad(parser, "needs a )");
    }
    if (negation != NULL) {
        negation->left = inner;
    }
    *out = negation != NULL ? negation : inner;
    return RESULT_OK;
}

static enum result and_take(struct parser *parser, const struct scim_node **out)
{
    TRY(factor_take(parser, out));
    while (take_word(parser, "and")) {
        struct scim_node *node = NULL;
        TRY(node_new(parser, SCIM_AND, &node));
        node->left = *out;
        TRY(factor_take(parser, &node->right));
        *out = node;
    }
    return RESULT_OK;
}

static enum result or_take(struct parser *parser, const struct scim_node **out)
{
    TRY(and_take(parser, out));
    while (take_word(parser, "or")) {
        struct scim_node *node = NULL;
        TRY(node_new(parser, SCIM_OR, &node));
        node->left = *out;
        TRY(and_take(parser, &node->right));
        *out = node;
    }
    return RESULT_OK;
}

static enum result whole_take(struct parser *parser, const struct scim_node **out)
{
    if (parser->whole.length > SCIM_FILTER_BYTES_MAX) {
        return fail(parser->error, RESULT_INVALID, "invalidFilter",
                    "the filter is longer than %d bytes", SCIM_FILTER_BYTES_MAX);
    }
    TRY(or_take(parser, out));
    skip_blanks(parser);
    return parser->rest.length == 0 ? RESULT_OK : bad(parser, "goes on where it should end");
}

enum result scim_filter_parse(struct arena *arena, const struct scim_kind *kind, struct slice text,
                              const struct scim_node **out, struct error *error)
{
    struct parser parser = {
        .arena = arena, .kind = kind, .whole = text, .rest = text, .error = error
    };
    return whole_take(&parser, out);
}

enum result scim_element_filter_parse(struct arena *arena, const struct scim_path *path,
                                      struct slice text, const struct scim_node **out,
                                      struct error *error)
{
    struct parser parser = {
        .arena = arena, .within = path, .whole = text, .rest = text, .error = error
    };
    return whole_take(&parser, out);
}
