/* Management rules: what becomes of computers that nobody hears of, by itself. An archive rule takes computers that were
   disconnected for so many days, a delete rule those archived for so long, the purge rule those deleted for so long.
   Rules run in their order; the conditions of one are joined by AND. */
#ifndef RESOURCE_MANAGEMENT_RULES_MANAGEMENT_RULES_H
#define RESOURCE_MANAGEMENT_RULES_MANAGEMENT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"

extern const struct route management_rules_routes[];
extern const size_t management_rules_route_count;

enum rule_action { RULE_ARCHIVE, RULE_DELETE, RULE_PURGE, RULE_ACTION_COUNT };

enum { RULE_CHUNK = 1000, RULES_MAX = 100, RULE_DAYS_MAX = 3650, RULE_EVERY_S = 3600 };

/* One step, in a write transaction: at most RULE_CHUNK computers by the first rule that has any. Does nothing before
   the hour is over since all rules last ran dry; *out_more when another step should follow at once. Several servers may
   call it at the same time. */
MUST_CHECK enum result management_rules_step(struct ctx *ctx, bool *out_more);

#endif
