/* The entries about assignments; written before the work, whose traces name what was. Private to the folder. */
#ifndef RESOURCE_ASSIGNMENTS_ASSIGNMENTS_AUDIT_H
#define RESOURCE_ASSIGNMENTS_ASSIGNMENTS_AUDIT_H

#include "base/result.h"
#include "resource/assignments/id_list.h"
#include "resource/groups/groups.h"
#include "task/task.h"

struct policy_revision;

/* A group gets another revision, or (NULL) none. */
MUST_CHECK enum result audit_one_group(struct ctx *ctx, const struct group *group,
                                       const char *revision_id, const char *type);
/* Several do. */
MUST_CHECK enum result audit_groups(struct ctx *ctx, const struct id_list *groups, size_t unknown,
                                    const char *revision_id, const char *type);
/* A new revision, and the groups that get it at once. */
MUST_CHECK enum result audit_upload(struct ctx *ctx, const struct policy_revision *before,
                                    const char *revision_id, struct slice note,
                                    const struct id_list *groups);
MUST_CHECK enum result audit_assign(struct ctx *ctx, const struct task_order *order,
                                    const struct group *group);
/* Out of the group that is the order's argument, or out of any. */
MUST_CHECK enum result audit_unassign(struct ctx *ctx, const struct task_order *order);
MUST_CHECK enum result audit_delete_group(struct ctx *ctx, const struct group *group,
                                          const struct id_list *computers);

#endif
