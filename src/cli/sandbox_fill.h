/* Filling an opened store with a sample fleet, as the options say. */
#ifndef CLI_SANDBOX_FILL_H
#define CLI_SANDBOX_FILL_H

#include <stdbool.h>

#include "base/result.h"

struct instance;
struct options;

/* RESULT_CONFLICT when the store has groups or policies. `shows`: a progress line on a terminal. */
MUST_CHECK enum result sandbox_fill_instance(struct instance *instance,
                                             const struct options *options, bool shows,
                                             struct error *error);

#endif
