/* Which items of a feed go to a target: a JSON array of conditions on members of the document, all of which must hold.

     [{"path": "event.code", "any": ["100", "6*"]}, {"path": "user.name", "any": ["svc-*"], "not": true}]

   A path names members with dots between; of arrays each element counts. Texts are compared in any letter case, * stands
   for any rest at their end; numbers, true and false by how they are written. What a document lacks fits no text. */
#ifndef NOTIFY_DELIVERY_FILTER_H
#define NOTIFY_DELIVERY_FILTER_H

#include <stdbool.h>

#include "base/result.h"
#include "base/text.h"

struct arena;
struct json;

enum {
    DELIVERY_CONDITIONS_MAX = 32,
    DELIVERY_TEXTS_MAX = 100, /* of one condition */
    DELIVERY_TEXT_BYTES_MAX = 256,
    DELIVERY_PATH_DEPTH_MAX = 8,
};

/* Is it such an array? RESULT_INVALID names what is not. NULL and null: no filter. */
MUST_CHECK enum result delivery_filter_check(const struct json *filter, struct error *error);
/* `filter` was checked, or is NULL. */
bool delivery_filter_fits(const struct json *filter, const struct json *document);

#endif
