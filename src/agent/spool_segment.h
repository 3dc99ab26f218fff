/* One file of the spool: records of length, checksum and bytes, one behind the other. */
#ifndef AGENT_SPOOL_SEGMENT_H
#define AGENT_SPOOL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

enum { SEGMENT_HEAD_BYTES = 8, SEGMENT_NAME_BYTES = 32 };

/* "00000000000000000001.seg": the number of its first event. */
void segment_name(uint64_t first, char out[SEGMENT_NAME_BYTES]);
bool segment_name_read(const char *name, uint64_t *out_first);

/* Cuts the first whole record off `rest`; false at the end and at the first byte that is not one. */
bool segment_next(struct slice *rest, struct slice *out_record);

/* All of the file. */
MUST_CHECK enum result segment_load(int folder, uint64_t first, struct buffer *out,
                                    struct error *error);
/* Writes at `at`; false without room or with a broken disk: then the file may be longer than before, cut it. */
bool segment_write(int file, uint64_t at, struct slice record);

#endif
