/* Filling an opened store with a scene, as the options say. */
#ifndef CLI_SANDBOX_FILL_H
#define CLI_SANDBOX_FILL_H

#include <stdbool.h>

#include "base/result.h"

struct instance;
struct options;
struct scene_counts;

/* RESULT_CONFLICT when the store has groups or policies. `shows`: a progress line on a terminal. Its last moment is that of the
   clock, which somebody holds. */
MUST_CHECK enum result sandbox_fill_instance(struct instance *instance,
                                             const struct options *options, bool shows,
                                             struct scene_counts *out, struct error *error);

#endif
