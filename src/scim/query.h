/* What a request asks for: which resources, in which order, how many, with which members. */
#ifndef SCIM_QUERY_H
#define SCIM_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"
#include "scim/filter.h"

struct json;

enum { SCIM_PATHS_MAX = 64 };

/* attributes or excludedAttributes. */
struct scim_selection {
    const struct scim_kind *kind; /* of the resources that are selected from */
    bool only;                    /* just these, else all but these */
    size_t count;
    struct scim_path paths[SCIM_PATHS_MAX];
};

struct scim_query {
    const struct scim_node *filter; /* NULL: all */
    int64_t start, count;           /* from 1; 0 to SCIM_PAGE_MAX */
    bool sorted, descending;
    struct scim_path sort;
    struct scim_selection selection;
};

/* From the parameters of the call, or from the body of .search. RESULT_INVALID names the scimType. */
MUST_CHECK enum result scim_query_read(struct ctx *ctx, const struct scim_kind *kind,
                                       const struct call *call, struct scim_query *out);
MUST_CHECK enum result scim_search_read(struct ctx *ctx, const struct scim_kind *kind,
                                        const struct json *body, struct scim_query *out);
/* attributes and excludedAttributes alone. */
MUST_CHECK enum result scim_selection_read(struct ctx *ctx, const struct scim_kind *kind,
                                           const struct call *call, struct scim_selection *out);
/* Takes out of the resource what was not asked for; id and schemas always stay. */
void scim_select(const struct scim_selection *selection, struct json *resource);

#endif
