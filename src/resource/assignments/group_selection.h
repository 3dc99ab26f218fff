/* Which groups a bulk body means: a list of ids or a filter, less the excluded ones. */
#ifndef RESOURCE_ASSIGNMENTS_GROUP_SELECTION_H
#define RESOURCE_ASSIGNMENTS_GROUP_SELECTION_H

#include "base/result.h"
#include "resource/assignments/id_list.h"
#include "task/task.h"

struct call;

/* Members groupIds, excludedGroupIds, filter, allGroups. RESULT_INVALID without ids when allGroups is not true;
   RESULT_NOT_FOUND when the only id is unknown; of several, unknown ones go to `unknown`. */
MUST_CHECK enum result groups_select(struct ctx *ctx, const struct call *call, struct id_list *out,
                                     struct task_faults *unknown);

#endif
