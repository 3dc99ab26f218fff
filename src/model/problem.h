/* What a result looks like to a caller: HTTP status and problem details (RFC 9457, formerly RFC 7807). */
#ifndef MODEL_PROBLEM_H
#define MODEL_PROBLEM_H

#include "base/result.h"
#include "base/text.h"
#include "model/fault.h"

struct problem {
    int status;
    const char *type; /* NULL: about:blank */
    const char
        *code; /* error->field as it was: what faces with codes of their own go by; or NULL */
    const char *detail;
    const char *instance;
    const char *trace_id;
    const struct faults *faults; /* `errors` by parameter, or NULL */
};

int problem_status(enum result result);
const char *problem_title(int status);
void problem_write(const struct problem *problem, struct buffer *out);

#endif
