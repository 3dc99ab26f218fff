/* Ids, keys and event numbers of the simulated computers in a file, so that another run can be the same computers. */
#ifndef FLEET_ROSTER_H
#define FLEET_ROSTER_H

#include <stddef.h>

#include "base/result.h"
#include "fleet/computer.h"

/* Fills the computers that the file knows; no file is no failure. */
MUST_CHECK enum result roster_load(const char *path, struct computer *computers, size_t count,
                                   struct error *error);
/* A new file, renamed over the old one. */
MUST_CHECK enum result roster_save(const char *path, const struct computer *computers, size_t count,
                                   struct error *error);

#endif
