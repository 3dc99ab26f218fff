/* The pieces of a list's SELECT, and the place in it from which a page goes on. Private to the folder. */
#ifndef MODEL_LIST_SQL_H
#define MODEL_LIST_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/list.h"
#include "model/row_json.h"

enum { EDGE_TEXT_BYTES_MAX = 2048 };

/* Values of the sort expressions and the key of one row. */
struct edge {
    struct edge_value {
        bool is_text;
        struct slice text;
        int64_t number;
        char *own; /* memory of edge_take, for its next use */
        size_t room;
    } values[LIST_SORTS_MAX + 1];
    uint32_t count; /* sorts + 1; 0: none, the very start or end */
    int64_t now_us; /* when the walk began; only of lists whose order goes by it */
};

/* Columns of the row shape, then the sort expressions, then the key. *out_first_edge is where those begin. */
void list_sql_select(const struct ctx *ctx, const struct list *list, struct buffer *sql,
                     struct sql_values *values, uint32_t *out_first_edge);
/* Condition that rows come behind the edge (or before it, backward); begins with AND. */
void list_sql_beyond(const struct ctx *ctx, const struct list *list, const struct edge *edge,
                     bool backward, struct buffer *sql, struct sql_values *values);
void list_sql_order(const struct ctx *ctx, const struct list *list, bool backward,
                    struct buffer *sql, struct sql_values *values);
/* Copies the present row's edge, over what the same edge held before; zeroed at first. False without memory. */
bool edge_take(struct arena *arena, const struct list *list, const struct statement *statement,
               uint32_t first_column, struct edge *out);

/* Does the order go by the moment of the request ("days since")? A walk must keep to one moment then, or rows would
   move past its edge as time goes. */
bool list_goes_by_time(const struct list *list);
/* A number that is equal for lists that select and order the same rows. */
uint64_t list_fingerprint(const struct list *list);
/* Text of an edge for cursors and page walks, and back. NULL or false when it does not fit or is foreign. */
char *edge_write(struct arena *arena, const struct list *list, const struct edge *edge,
                 bool backward);
bool edge_read(struct arena *arena, const struct list *list, struct slice text, struct edge *out,
               bool *out_backward);

#endif
