/* Targets that are files of the server, with rotation. */
#ifndef NOTIFY_FILE_H
#define NOTIFY_FILE_H

#include "notify/target.h"

extern const struct target_driver target_file;

/* The folder that all such files lie in, made when a target first needs it; copied. Until it is set, no file target opens. Before
   threads start. */
void target_file_root(const char *folder);

#endif
