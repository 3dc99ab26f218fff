/* A growing list of canonical ids in the request's arena. */
#ifndef RESOURCE_ASSIGNMENTS_ID_LIST_H
#define RESOURCE_ASSIGNMENTS_ID_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "base/text.h"

struct ctx;
struct json;
struct statement;

struct id_list { /* starts as { 0 } */
    const char **ids;
    size_t count, capacity;
};

/* The text is copied. RESULT_TOO_LARGE past TASK_ITEMS_MAX. */
MUST_CHECK enum result id_list_add(struct ctx *ctx, struct id_list *list, struct slice id);
/* First column of every row, then resets the statement. */
MUST_CHECK enum result id_list_take(struct ctx *ctx, struct id_list *list,
                                    struct statement *statement);
/* Every UUID of a JSON array, in any spelling; NULL and null have none. */
MUST_CHECK enum result id_list_read(struct ctx *ctx, struct id_list *list,
                                    const struct json *array);
/* In order, each once; what the functions below need. */
void id_list_sort(struct id_list *list);
bool id_list_has(const struct id_list *sorted, const char *id);
/* Drops what `sorted` has. */
void id_list_remove(struct id_list *list, const struct id_list *sorted);

#endif
