/* A filter as an SQL condition over user_account u, scim_user s and the view scim_word, with the meaning of match.c. */
#ifndef SCIM_FILTER_SQL_H
#define SCIM_FILTER_SQL_H

#include "base/result.h"
#include "model/row_json.h"
#include "scim/filter.h"

struct arena;

struct scim_sql {
    struct arena *arena;
    struct buffer *text;
    struct sql_values *values;
    const char *root; /* what "/Users/…" follows in meta.location */
    struct error *error;
};

/* Appends a condition that is true or false, never null. RESULT_INVALID (invalidFilter): more terms than one statement
   takes. */
MUST_CHECK enum result scim_filter_sql(struct scim_sql *sql, const struct scim_node *filter);

/* Is the filter such that an index gives the few users who can fit? */
bool scim_filter_is_narrow(const struct scim_node *filter);

/* Appends an expression that users are sorted by: null where there is no value. Of several values the least counts. */
MUST_CHECK enum result scim_sort_sql(struct scim_sql *sql, const struct scim_path *path);

/* How scim_value calls an attribute: "title", "EnterpriseUser:department". NULL without memory. */
const char *scim_sql_attribute(struct arena *arena, const struct scim_path *path);

#endif
