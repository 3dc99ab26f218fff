/* Which groups or policies a call may touch, as a condition for statements. */
#ifndef MODEL_REACH_H
#define MODEL_REACH_H

#include <stddef.h>

#include "base/result.h"
#include "base/text.h"
#include "model/row_json.h"

enum { REACH_VALUES_MAX = 4 };

struct reach {
    const char *condition; /* {object} is the row's group or policy, {0}, {1} … are the values */
    struct slice values[REACH_VALUES_MAX];
    size_t value_count;
};

/* Appends " AND (…)" for rows whose group or policy is the expression `object`; nothing when there is no limit or the
   rows have no such thing (`object` NULL). */
void reach_add(const struct ctx *ctx, const char *object, struct buffer *sql,
               struct sql_values *values);

/* Is the row with this key one that the call may touch? */
MUST_CHECK enum result reach_has(struct ctx *ctx, const struct resource *resource, const char *id,
                                 bool *out);
/* RESULT_NOT_FOUND when it is not. */
MUST_CHECK enum result reach_require(struct ctx *ctx, const struct resource *resource,
                                     const char *id);

#endif
