/* How every call that can fail says so: whose turn it is now, and a sentence for people. */
#ifndef BASE_RESULT_H
#define BASE_RESULT_H

#include "base/compiler.h"

enum result {
    RESULT_OK,
    RESULT_INVALID,         /* the caller's input; changing it helps */
    RESULT_UNAUTHENTICATED, /* the caller must sign in again */
    RESULT_DENIED,          /* the caller lacks a right */
    RESULT_NOT_FOUND,
    RESULT_CONFLICT,    /* the state forbids it */
    RESULT_GONE,        /* it was there and will not come back */
    RESULT_TOO_LARGE,   /* over a named bound */
    RESULT_UNSUPPORTED, /* a media type or encoding we do not read */
    RESULT_LIMITED,     /* too many calls; try after `retry_s` */
    RESULT_BUSY,        /* no room or a lock just now; try again later */
    RESULT_NO_MEMORY,
    RESULT_BROKEN, /* our fault or the machine's */
};

enum { ERROR_TEXT_BYTES = 384 };

struct error {
    const char *field; /* the parameter or member at fault, or NULL; lives as long as the request */
    char text[ERROR_TEXT_BYTES];
};

/* Writes the sentence into `error` (which may be NULL) and gives `result` back, which is never
   RESULT_OK. `field` may be NULL. */
MUST_CHECK enum result fail(struct error *error, enum result result, const char *field,
                            const char *format, ...) PRINTF_LIKE(4, 5);

/* The English name of a result, for logs: "not found". */
const char *result_name(enum result result);

/* For functions that own nothing: hands a failure to the caller. */
#define TRY(call)                        \
    do {                                 \
        enum result try_result = (call); \
        if (try_result != RESULT_OK) {   \
            return try_result;           \
        }                                \
    } while (0)

#endif
