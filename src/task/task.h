/* Work that outlasts a request: a row, its items, its result. A task never goes back a state. */
#ifndef TASK_TASK_H
#define TASK_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"

enum task_status {
    TASK_PENDING,
    TASK_IN_PROGRESS,
    TASK_COMPLETED,
    TASK_COMPLETED_WITH_ERRORS,
    TASK_FAILED,
};

/* A chunk is a transaction, for which all other writes wait: a thousand computers at once kept them for up to five seconds
   in a build with sanitizers, a hundred keep them for about 0.1 s. */
enum { TASK_CHUNK_ITEMS = 100, TASK_ITEMS_MAX = 1000000, TASK_KEPT_DAYS = 30 };

/* Items that could not be done, with a sentence each. */
struct task_fault {
    const char *id; /* or NULL */
    const char *message;
    struct task_fault *next;
};
struct task_faults {
    struct task_fault *first, *last;
    size_t count;
};
/* Behind the others. */
void task_fault_add(struct ctx *ctx, struct task_faults *faults, const char *id, const char *format,
                    ...) PRINTF_LIKE(4, 5);

/* What a task does to its items. Also what small selections do at once, so that both are one code. */
struct task_action {
    const char *name; /* stored with the task and shown: "DeleteComputers" */
    /* Does `ids` (at most TASK_CHUNK_ITEMS) in the present write transaction. An item that can't be done goes to
       `faults`, once; a failing result undoes the whole chunk and fails it. ctx->principal->name is who asked for
       the work, also when the worker does it. */
    enum result (*run)(struct ctx *ctx, const char *argument, const char *const *ids, size_t count,
                       struct task_faults *faults);
};

/* Does everything now when count <= rules->bulk_at_once_max, else stores a task whose items the worker does in
   chunks. Either way a task row exists in the end (so that GET Tasks/{id} knows every id we answer).
   *out_later tells which. `unknown` (may be NULL) are items that failed before: listed in the task.
   `resource_id` and `argument` may be NULL; `argument` is handed to the action. */
struct task_order {
    const struct task_action *action;
    const char *argument;
    const char *resource_id;
    const char *const *ids;
    size_t count;
    const struct task_faults *unknown;
    const char *id; /* the task's own id when it is given (creates); NULL: a new one */
};
MUST_CHECK enum result task_start(struct ctx *ctx, const struct task_order *order,
                                  const char **out_id, bool *out_later);

/* A task that is complete already, under the id of what it made. */
MUST_CHECK enum result task_completed(struct ctx *ctx, const char *id, const char *name,
                                      const char *resource_id);

/* One step of the oldest open task, in a write transaction: *out_worked false when there is none. Several servers
   may call it at the same time. */
MUST_CHECK enum result task_step(struct ctx *ctx, const struct task_action *const *actions,
                                 size_t action_count, bool *out_worked);

/* The chunk that task_step last tried can't be done: its items fail with `message`. In a transaction of its own. */
MUST_CHECK enum result task_step_failed(struct ctx *ctx, const char *message);

/* Drops tasks that ended TASK_KEPT_DAYS ago, at most `max` of them. */
MUST_CHECK enum result task_sweep(struct ctx *ctx, uint32_t max);

#endif
