/* SCIM filters (RFC 7644 section 3.4.2.2): text to a tree, and whether a resource fits it. */
#ifndef SCIM_FILTER_H
#define SCIM_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "scim/schema.h"

struct arena;
struct json;

enum { SCIM_FILTER_BYTES_MAX = 8192, SCIM_FILTER_DEPTH_MAX = 64, SCIM_FILTER_NODES_MAX = 256 };

enum scim_operator {
    SCIM_EQ,
    SCIM_NE,
    SCIM_CO,
    SCIM_SW,
    SCIM_EW,
    SCIM_GT,
    SCIM_GE,
    SCIM_LT,
    SCIM_LE,
    SCIM_PR,
    SCIM_OPERATOR_COUNT
};

enum scim_node_kind {
    SCIM_AND,     /* left, right */
    SCIM_OR,      /* left, right */
    SCIM_NOT,     /* left */
    SCIM_COMPARE, /* path, op, value */
    SCIM_ELEMENT, /* path: one element of it fits left, whose paths are subs of the attribute */
    SCIM_NEVER,   /* of an attribute that we do not know: nothing has it */
};

struct scim_operand {
    bool null;          /* eq null: absent; ne null: present */
    struct slice given; /* strings, references: as written */
    struct slice text;  /* the same, folded unless case matters */
    int64_t number;     /* booleans 0 or 1, integers, moments in microseconds */
};

struct scim_node {
    enum scim_node_kind kind;
    const struct scim_node *left, *right;
    struct scim_path
        path; /* `sub` is set for elements of a multi-valued attribute: "value" when none was named */
    enum scim_operator op;
    struct scim_operand operand;
};

/* RESULT_INVALID with field "invalidFilter" says what and where: over a bound, bad grammar, or an operator that the
   attribute's type does not have. The tree lives in the arena. */
MUST_CHECK enum result scim_filter_parse(struct arena *arena, const struct scim_kind *kind,
                                         struct slice text, const struct scim_node **out,
                                         struct error *error);

/* The same for what stands between [ and ]: paths are subs of the attribute, or "value" alone. */
MUST_CHECK enum result scim_element_filter_parse(struct arena *arena, const struct scim_path *path,
                                                 struct slice text, const struct scim_node **out,
                                                 struct error *error);

/* Several values: one that fits is enough. "ne" also fits where there is no value.
   `resource` in the canonical form of scim/document.h. The arena is for folded copies. */
bool scim_filter_fits(struct arena *arena, const struct scim_node *filter,
                      const struct json *resource);
bool scim_element_fits(struct arena *arena, const struct scim_node *filter,
                       const struct json *element);

/* "True", "false" and the like, as some clients send booleans. */
bool scim_boolean_of(struct slice text, bool *out);

#endif
