/* The computers that a CSV file names, by id or by host name. */
#ifndef RESOURCE_ASSIGNMENTS_CSV_COMPUTERS_H
#define RESOURCE_ASSIGNMENTS_CSV_COMPUTERS_H

#include "base/result.h"
#include "base/text.h"
#include "resource/assignments/id_list.h"
#include "task/task.h"

/* One column is enough; a first row with a known column name is a header. Each computer comes once. Lines that fit
   nothing go to `unknown` with their number. RESULT_TOO_LARGE past CSV_FILE_BYTES_MAX or CSV_ROWS_MAX. */
MUST_CHECK enum result csv_computers(struct ctx *ctx, struct slice file, struct id_list *out,
                                     struct task_faults *unknown);

#endif
