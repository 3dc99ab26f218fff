/* The file of an export: records one behind the other, the last one perhaps cut off. */
#ifndef CLI_EXPORT_FILE_H
#define CLI_EXPORT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

enum export_form {
    EXPORT_NDJSON, /* a record ends with a line */
    EXPORT_CSV,    /* and is not inside of quotes; the first one is the head */
};

struct export_file {
    int file;
    bool own;         /* not standard output */
    int64_t records;  /* that it had, all whole */
    int64_t stamp_us; /* of the last of them; 0: none */
    uint64_t unsynced;
};

/* `path` NULL: standard output. Without `resume` the file must be absent or empty. With it, what stands behind the last whole record
   is cut off. RESULT_INVALID when the file is no such export. */
MUST_CHECK enum result export_file_open(const char *path, enum export_form form, bool resume,
                                        struct export_file *out, struct error *error);
/* All of it. */
MUST_CHECK enum result export_file_write(struct export_file *file, struct slice text,
                                         struct error *error);
/* On the disk, if `result` is RESULT_OK; gives the result. */
MUST_CHECK enum result export_file_close(struct export_file *file, enum result result,
                                         struct error *error);

#endif
