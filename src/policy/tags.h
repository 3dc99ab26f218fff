/* Where the marks of an XML text begin and end, without reading them: the places of start tags for messages, their number of
   attributes before a parser spends time on them. Right for well-formed texts; for others it ends somewhere. Private to the
   folder. */
#ifndef POLICY_TAGS_H
#define POLICY_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct tags {
    const char *at, *end;
    const char *line_start;
    uint32_t line;
};

struct tag {
    const char *start;     /* its < */
    const char *behind;    /* behind its > */
    uint32_t line, column; /* of its <, from 1; the column in bytes */
    size_t attribute_count;
};

void tags_init(struct tags *tags, struct slice text);
/* The next start tag, or the tag of an empty element; false at the end. */
bool tags_next(struct tags *tags, struct tag *out);

#endif
