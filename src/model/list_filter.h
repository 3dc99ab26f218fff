/* One filter's input, from wherever it came, into a condition. Private to the folder. */
#ifndef MODEL_LIST_FILTER_H
#define MODEL_LIST_FILTER_H

#include "model/list.h"

struct filter_input {
    const struct filter *filter;
    const char *field; /* its name in faults */
    bool is_member;    /* of a bulk body's filter object, else a parameter */
    bool given;
    struct slice value, compare, mode; /* `compare`: operator of a number; `mode`: of dates */
    struct slice dates[LIST_DATES_MAX];
    size_t date_count;
};

/* Adds the condition that the input asks for, or what the filter says when it is absent. */
void list_add_condition(struct arena *arena, struct list *list, const struct filter_input *input,
                        struct faults *faults);

#endif
