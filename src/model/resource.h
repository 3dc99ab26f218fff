/* A resource: where its rows come from, how they look, and by what they can be found. */
#ifndef MODEL_RESOURCE_H
#define MODEL_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/field.h"

enum filter_kind {
    FILTER_CONTAINS, /* part of a text, any letter case; % and _ are plain letters */
    FILTER_SAME,     /* the whole text, any letter case */
    FILTER_UUID,
    FILTER_UUID_AMONG, /* one of the ids that the SELECT `column` gives */
    FILTER_ENUM,
    FILTER_ENUM_TEXT, /* an enumeration that the document shows as plain text */
    FILTER_INT,
    FILTER_BOOL,
    FILTER_NUMBER, /* NAME.Value and NAME.Operator (NumericOperator) */
    FILTER_DATES,  /* NAME.Dates (repeated, [n], []) and NAME.SelectionMode (DateSelectionMode) */
    FILTER_SINCE,  /* one date: that day, or, with a time of day, from that moment on */
    FILTER_SWITCH, /* a boolean that adds one of two conditions */
};

struct filter {
    const char *name; /* behind "Filter.": "LastConnected" */
    enum filter_kind kind;
    unsigned versions;  /* 0: all */
    const char *column; /* SQL expression; {now} and {cutoff} as in fields */
    const struct names *names;
    const char *const *
        aliases; /* whole parameter names in its place, NULL-terminated: "Filter.OperatingSystem" */
    /* FILTER_SWITCH: conditions, NULL for none; `when_absent` counts as true or false. */
    const char *when_true;
    const char *when_false;
    bool when_absent;
    bool
        range_may_be_open; /* FILTER_DATES: a Range of one date is from it on, else it is refused */
    bool base_table_only;  /* its column needs only `count_from` */
    bool extension;        /* the original has no such filter */
    const char *summary;
};

enum { FILTER_NAME_BYTES_MAX = 64 };
/* Its name in the filter object of a bulk body: "LastConnected" is lastConnected, "OS" is os. */
void filter_member_name(const char *name, char out[FILTER_NAME_BYTES_MAX]);

struct changes;

struct resource {
    const char *name;        /* path segment: "Computers" */
    const char *noun;        /* in messages: "computer" */
    const char *from;        /* FROM clause with joins, without the word */
    const char *detail_from; /* the same with what only the detail needs; NULL: `from` */
    const char *where;       /* rows that exist at all, without the word; NULL: all */
    const char *key;         /* unique SQL expression: "c.id" */
    bool key_is_number;      /* else it is text */
    const char *
        object; /* group or policy that rights on single ones go by, over `count_from` too; NULL: none */
    const struct shape *row;    /* of lists */
    const struct shape *detail; /* of GET by id; NULL: row */
    const struct filter *filters;
    size_t filter_count;
    const char *default_sort; /* JSON name of a sortable field of `row` */
    bool default_descending;
    const char *count_from; /* table that has every row once, when joins add none: "computer c" */
    const char
        *tally; /* name in table tally that keeps the count of the unfiltered list, or NULL */
    /* For arrays below a parent (Computers/{id}/Logs): */
    const char *parent;        /* SQL expression that equals the parent's id */
    const char *parent_exists; /* SELECT with $1 = id that yields a row when the parent is there */
    const char *parent_noun;
    const char *order; /* whole ORDER BY of an array, without the words */
    size_t
        array_bytes_max; /* an array ends behind the row that reaches this; 0: only with its rows */
    const struct changes *changes; /* what changedSince goes by (model/changes.h); NULL: none */
    const char *schema_page;       /* schema name of a page: "ComputerPagedResponse" */
    const char *schema_filter;     /* schema name of the filter object of bulk bodies, or NULL */
};

enum { ARRAY_ROWS_MAX = 1000 };

#endif
