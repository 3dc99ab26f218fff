/* Roles as resources, alone or as groups: how they are found, sorted and paged is the same. */
#ifndef SCIM_ROLE_LIST_H
#define SCIM_ROLE_LIST_H

#include "base/result.h"
#include "model/operation.h"
#include "scim/query.h"

struct json;
struct statement;

/* Columns of a row that is rendered. */
enum role_column { ROLE_ID, ROLE_NAME, ROLE_IS_GLOBAL, ROLE_CREATED, ROLE_MODIFIED };

struct role_view {
    const struct scim_kind *kind;
    /* Does the query (NULL: none, only `selection` counts) need what is costly to render? NULL: nothing is. */
    bool (*costs)(const struct scim_query *query, const struct scim_selection *selection);
    /* The row as a resource of the kind. `whole`: with what is costly. */
    enum result (*render)(struct ctx *ctx, const struct statement *row, const char *root,
                          bool whole, struct json **out);
};

MUST_CHECK enum result role_view_list(struct ctx *ctx, const struct call *call, struct reply *reply,
                                      const struct role_view *view);
/* By its id or name. */
MUST_CHECK enum result role_view_get(struct ctx *ctx, const struct call *call, struct reply *reply,
                                     const struct role_view *view);

struct json_writer;
/* The member "meta" of a row. */
MUST_CHECK enum result role_meta_write(struct ctx *ctx, const struct statement *row,
                                       const struct scim_kind *kind, const char *root,
                                       struct json_writer *writer);
/* Text of a resource as a tree that may be changed. */
MUST_CHECK enum result role_tree(struct ctx *ctx, const struct buffer *text, struct json **out);

#endif
