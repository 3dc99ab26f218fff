/* Event logs of sudo_logsrvd, from files into the store. Every record is known by its content, so a file may be read again, when it
   has grown, under another name, or after an import that broke off. */
#ifndef SUDO_LOG_SUDO_IMPORT_H
#define SUDO_LOG_SUDO_IMPORT_H

#include <stdio.h>

#include "sudo_log/sudo_log.h"

struct sudo_import_counts {
    uint64_t outcomes[SUDO_OUTCOMES];
    uint64_t bytes;
    bool unfinished; /* the last record is not whole: somebody is still writing */
};

struct sudo_import;
/* The place must live as long. */
MUST_CHECK enum result sudo_import_open(const struct sudo_place *place, struct sudo_import **out,
                                        struct error *error);
void sudo_import_close(struct sudo_import *import);
/* Files in the order in which they were written: the end of a command names only its run, and where that was is known from the begin.
   Adds to `counts`, which is right for what is stored whatever the result; `progress` is called after each batch. RESULT_INVALID: the
   file is no such log; what stands before that place is stored. */
MUST_CHECK enum result
sudo_import_file(struct sudo_import *import, FILE *file,
                 void (*progress)(void *context, const struct sudo_import_counts *counts),
                 void *context, struct sudo_import_counts *counts, struct error *error);

#endif
