/* Log lines to standard error, as text or JSON. Used from layer 6 up; lower layers return errors. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

/* Once, before any other thread starts. */
void log_setup(enum log_level level, enum log_format format);
bool log_takes(enum log_level level);

/* One line, written whole with a single call, so lines of different threads do not mix. `subject` is
   the folder or part that speaks ("http", "store"); `request_id` may be NULL. */
void log_line(enum log_level level, const char *subject, const char *request_id, const char *format,
              ...) PRINTF_LIKE(4, 5);

/* The access log: one line for an answered request. */
struct log_access {
    const char *request_id;
    const char *peer;
    const char *method;
    const char *path;
    const char *caller; /* account or computer id, or NULL */
    int status;
    uint64_t bytes;
    int64_t duration_us;
};
void log_access(const struct log_access *access);

#endif
