/* multipart/form-data (RFC 7578) and application/x-www-form-urlencoded bodies, whole in memory. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "base/text.h"

struct arena;

struct form_part {
    struct slice name;
    struct slice file_name; /* empty when the part is a plain field */
    struct slice content_type;
    struct slice value; /* points into the body for multipart */
    bool is_file;       /* it came with a file name or with a type that is not text/plain */
};

struct form {
    struct form_part *parts;
    size_t count;
};

enum { FORM_PARTS_MAX = 64, FORM_HEAD_BYTES_MAX = 8192 };

/* `content_type` is the header of the request, with its boundary quoted or not. RESULT_INVALID says what is
   wrong; RESULT_TOO_LARGE past FORM_PARTS_MAX; RESULT_UNSUPPORTED for another type. */
MUST_CHECK enum result form_parse(struct arena *arena, struct slice content_type, struct slice body,
                                  struct form *out, struct error *error);
/* By name in any letter case, or NULL. */
const struct form_part *form_find(const struct form *form, const char *name);

#endif
