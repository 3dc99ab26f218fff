/* A list request: which rows, in which order, how many. Read from the query or from the filter object
   of a bulk body. */
#ifndef MODEL_LIST_H
#define MODEL_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "model/fault.h"
#include "model/resource.h"

struct json;

enum {
    LIST_SORTS_MAX = 8,
    LIST_CONDITIONS_MAX = 48,
    LIST_DATES_MAX = 64, /* of all filters together */
    LIST_PAGE_SIZE_MAX = 1000,
    LIST_PAGE_SIZE_USUAL = 200,
    LIST_PAGE_NUMBER_MAX = 1000000000,
    LIST_TEXT_BYTES_MAX = 1024, /* a filter's value */
};

enum list_compare {
    LIST_EQUAL,
    LIST_NOT_EQUAL,
    LIST_GREATER,
    LIST_GREATER_EQUAL,
    LIST_LESS,
    LIST_LESS_EQUAL
};

struct list_span { /* moments, both ends included */
    int64_t from_us, until_us;
};

struct list_condition {
    const struct filter *filter;
    bool implicit;             /* a switch that was not given */
    struct slice text;         /* CONTAINS (as sent), UUID (canonical) */
    int64_t number;            /* ENUM index, INT, BOOL, NUMBER, SWITCH */
    enum list_compare compare; /* NUMBER */
    struct list_span *spans;   /* DATES: any of them */
    size_t span_count;
};

struct list_sort {
    const struct field *field;
    bool descending;
};

/* What changedSince asks for. */
enum list_changes {
    LIST_WHOLE,  /* nothing: it was not given */
    LIST_MARKED, /* the whole list, and a mark to go on from */
    LIST_SINCE_MOMENT,
    LIST_SINCE_MARK
};

struct list {
    const struct resource *resource;
    unsigned version;
    struct list_condition conditions[LIST_CONDITIONS_MAX];
    size_t condition_count;
    struct list_sort sorts[LIST_SORTS_MAX];
    size_t sort_count;    /* without the key, which always comes last */
    uint32_t page_number; /* from 1 */
    uint32_t page_size;
    struct slice cursor; /* Pagination.Cursor as sent, or empty */
    bool by_cursor;
    enum list_changes changes;
    int64_t changed_since_us; /* LIST_SINCE_MOMENT */
    struct slice change_mark; /* LIST_SINCE_MARK: as sent */
};

struct query_pair { /* a decoded parameter */
    struct slice name;
    struct slice value;
};

/* Everything wrong goes to `faults`; unknown names go to `unknown` (NULL-terminated array of up to 16 in the
   arena). Meaning: the contract's Computers, Groups and Policies lists. */
void list_parse(struct arena *arena, const struct resource *resource, unsigned version,
                const struct query_pair *pairs, size_t pair_count, struct list *out,
                struct faults *faults, const char *const **out_unknown);

/* The `filter` object of a bulk body: same filters as members (host, lastConnected:{dates,selectionMode}, …).
   `object` may be NULL or JSON null: no filter. `field` prefixes fault names. */
void list_parse_filter(struct arena *arena, const struct resource *resource, unsigned version,
                       const struct json *object, const char *field, struct list *out,
                       struct faults *faults);

/* Only what changed is asked for: op_changes answers. */
bool list_is_of_changes(const struct list *list);

/* True when it is bounded and served by an index: fit for the loop's own thread. */
bool list_is_quick(const struct list *list);

#endif
