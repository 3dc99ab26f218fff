/* Which computers a bulk body means, and moving them between groups. */
#ifndef RESOURCE_COMPUTERS_COMPUTERS_SELECTION_H
#define RESOURCE_COMPUTERS_COMPUTERS_SELECTION_H

#include <stddef.h>

#include "audit/audit.h"
#include "base/result.h"
#include "model/operation.h"
#include "task/task.h"

struct computer_selection {
    const char **ids; /* living computers, each once */
    size_t count;
    struct task_faults unknown; /* ids that are nobody's */
};

/* By the body's members `ids_member`, excludedComputerIds, filter and allComputers. RESULT_INVALID when neither ids nor
   allComputers are given; RESULT_NOT_FOUND for a single id that is nobody's. */
MUST_CHECK enum result computers_select(struct ctx *ctx, const struct call *call,
                                        const char *ids_member, struct computer_selection *out);

/* The same for what only computers that wait for their authorisation take: allComputers means those. */
MUST_CHECK enum result computers_select_pending(struct ctx *ctx, const struct call *call,
                                                const char *ids_member,
                                                struct computer_selection *out);

/* For an audit entry: a map from their ids to their hosts, as far as AUDIT_NAMES_MAX goes. */
MUST_CHECK enum result computers_tell(struct ctx *ctx, struct audit_changes *changes,
                                      const char *member, const char *const *ids, size_t count);
/* The entry about work on computers that is about to start: one of this folder's actions. */
MUST_CHECK enum result computers_audit(struct ctx *ctx, const struct task_order *order);

/* Moves them into the group, or (NULL) out of any: keeps the counts of all groups, queues the policy commands that
   follow, wakes the computers. For a chunk of a task. */
MUST_CHECK enum result computers_set_group(struct ctx *ctx, const char *const *ids, size_t count,
                                           const char *group_id, struct task_faults *faults);

#endif
