/* The columns by which events are searched, and what an event has in each: a word, that is one folded text or several with
   WORD_MARK between. Private to this folder. */
#ifndef RESOURCE_EVENTS_EVENT_COLUMNS_H
#define RESOURCE_EVENTS_EVENT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct arena;
struct json;

enum event_column {
    COLUMN_OS,
    COLUMN_GROUP,
    COLUMN_CODE,
    COLUMN_ACTION,
    COLUMN_TYPE,
    COLUMN_APPLICATION_TYPE,
    COLUMN_HOST,
    COLUMN_HOST_DOMAIN,
    COLUMN_USER,
    COLUMN_USER_DOMAIN,
    COLUMN_WORKSTYLE,
    COLUMN_APPLICATION_GROUP,
    COLUMN_ON_DEMAND,
    EVENT_COLUMNS /* numbers are stored: new ones go to the end */
};

#define WORD_MARK '\x1f'
enum { WORD_PARTS_MAX = 8, WORD_PART_BYTES_MAX = 256 };

/* Folded, and cut to WORD_PART_BYTES_MAX at a whole character; NULL without memory. What filters compare, too. */
const char *event_word_part(struct arena *arena, struct slice text);
/* The word of an event as its agent sent it; empty when it has none. `group_id` (or NULL) is the sender's group. False without
   memory. */
bool event_word_of(struct arena *arena, enum event_column column, const struct json *event,
                   const char *group_id, struct slice *out);

enum { WORD_RAW_BYTES = 1024 };
/* The same texts as they were sent, one behind the other: equal ones have equal words, and are told without folding. False
   when they are too long for `out`. */
bool event_word_raw(enum event_column column, const struct json *event, const char *group_id,
                    char out[WORD_RAW_BYTES], size_t *out_length);

#endif
