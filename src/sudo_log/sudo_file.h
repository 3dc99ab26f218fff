/* An event log of sudo_logsrvd (log_format = json, or json_compact), cut into its records: the file is one object whose members
   are records ("accept": {…}, "exit": {…}, …), or an object a line. */
#ifndef SUDO_LOG_SUDO_FILE_H
#define SUDO_LOG_SUDO_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

enum { SUDO_FILE_RECORD_BYTES_MAX = 1024 * 1024, SUDO_FILE_KIND_BYTES_MAX = 32 };

/* All zero at the begin of a file, but for sudo_cutter_init. */
struct sudo_cutter {
    struct buffer record;
    char kind[SUDO_FILE_KIND_BYTES_MAX];
    size_t kind_length;
    uint32_t depth;
    bool in_text, escaped, valued; /* inside a text; behind a \; behind the colon of a member */
    uint64_t offset;               /* of the next byte in the file */
};
void sudo_cutter_init(struct sudo_cutter *cutter);
void sudo_cutter_done(struct sudo_cutter *cutter);

enum sudo_cut { CUT_NOTHING, CUT_RECORD, CUT_BAD };
/* Goes over `rest` up to the end of the next record, whose kind and object lie in the cutter until the next call. CUT_NOTHING: all of
   `rest` is used. CUT_BAD: this is no such file; cutter->offset is where. A record that is too long is CUT_RECORD with
   record.overflow. */
enum sudo_cut sudo_cutter_next(struct sudo_cutter *cutter, struct slice *rest);
/* A record has begun whose end is not there: the file is still being written. */
bool sudo_cutter_is_inside(const struct sudo_cutter *cutter);

#endif
