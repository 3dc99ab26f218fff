/* Groups of computers: each computer is in one at most, each group has one policy revision at most. */
#ifndef RESOURCE_GROUPS_GROUPS_H
#define RESOURCE_GROUPS_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"

extern const struct route groups_routes[];
extern const size_t groups_route_count;
extern const struct resource groups_resource;

struct group {
    const char *id, *name;
    bool is_default, locked;
    const char *policy_revision_id; /* NULL: none */
    const char *description;        /* NULL: none */
};
MUST_CHECK enum result group_load(struct ctx *ctx, const char *id, struct group *out);
/* RESULT_NOT_FOUND when there is none. */
MUST_CHECK enum result group_load_default(struct ctx *ctx, struct group *out);

struct group_order {
    const char *id; /* NULL: a new one */
    struct slice name, description;
    bool is_default;
};
MUST_CHECK enum result group_create(struct ctx *ctx, const struct group_order *order,
                                    const char **out_id);
/* Moves the kept counts by so much (computers in it; those authorised and not deactivated). `id` NULL: nothing. */
MUST_CHECK enum result group_count(struct ctx *ctx, const char *id, int64_t computers,
                                   int64_t active);
/* Sets or (revision_id NULL) clears the revision of a group, now. The commands and wakes for its computers are the
   caller's. */
MUST_CHECK enum result group_set_revision(struct ctx *ctx, const char *group_id,
                                          const char *revision_id);

/* RESULT_CONFLICT while a task holds the group. */
MUST_CHECK enum result group_must_be_free(struct ctx *ctx, const struct group *group);
/* Takes the mark from the former default group. */
MUST_CHECK enum result group_make_default(struct ctx *ctx, const char *id);
/* RESULT_CONFLICT when another group has the name, in any letter case. */
MUST_CHECK enum result group_rename(struct ctx *ctx, const char *id, struct slice name);
/* Empty: no description. */
MUST_CHECK enum result group_describe(struct ctx *ctx, const char *id, struct slice description);
/* Locked until the task ends, however it ends. */
MUST_CHECK enum result group_lock(struct ctx *ctx, const char *id, const char *task_id);
/* RESULT_CONFLICT while a computer is in it. */
MUST_CHECK enum result group_remove(struct ctx *ctx, const char *id);

#endif
