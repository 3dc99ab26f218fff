/* Who is in which group, and which policy revision a group has: the operations of Groups and Policies that reach down to
   the computers. */
#ifndef RESOURCE_ASSIGNMENTS_ASSIGNMENTS_H
#define RESOURCE_ASSIGNMENTS_ASSIGNMENTS_H

#include <stddef.h>

#include "base/result.h"
#include "model/operation.h"
#include "task/task.h"

extern const struct route assignments_routes[];
extern const size_t assignments_route_count;
extern const struct task_action *const assignments_task_actions[];
extern const size_t assignments_task_action_count;

/* Gives a group a revision (NULL: takes it away), queues the commands of its computers and wakes them. No change
   when it has it already. */
MUST_CHECK enum result assign_revision(struct ctx *ctx, const char *group_id,
                                       const char *revision_id, const char *task_id);

#endif
