#include "base/result.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum result fail(struct error *error, enum result result, const char *field, const char *format,
                 ...)
{
    assert(result != RESULT_OK);

    if (error != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(error->text, sizeof(error->text), format, args);
        va_end(args);
        error->field = field;
    }
    return result;
}

const char *result_name(enum result result)
{
    switch (result) {
    case RESULT_OK: return "ok";
    case RESULT_INVALID: return "invalid";
    case RESULT_UNAUTHENTICATED: return "unauthenticated";
    case RESULT_DENIED: return "denied";
    case RESULT_NOT_FOUND: return "not found";
    case RESULT_CONFLICT: return "conflict";
    case RESULT_GONE: return "gone";
    case RESULT_TOO_LARGE: return "too large";
    case RESULT_UNSUPPORTED: return "unsupported";
    case RESULT_LIMITED: return "limited";
    case RESULT_BUSY: return "busy";
    case RESULT_NO_MEMORY: return "no memory";
    case RESULT_BROKEN: return "broken";
    }
    return "unknown";
}
