#include "task/task.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "access/principal.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "store/dialect.h"
#include "store/store.h"

enum { MESSAGE_BYTES = 256 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

void task_fault_add(struct ctx *ctx, struct task_faults *faults, const char *id, const char *format,
                    ...)
{
    char text[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    struct task_fault *fault = arena_alloc(ctx->arena, sizeof(*fault));
    faults->count++;
    if (fault != NULL) {
        fault->id = id == NULL ? NULL : arena_strdup(ctx->arena, id);
        fault->message = arena_strdup(ctx->arena, text);
        fault->next = NULL;
        if (faults->last == NULL) {
            faults->first = fault;
        } else {
            faults->last->next = fault;
        }
        faults->last = fault;
    }
}

static const char *caller_name(const struct ctx *ctx)
{
    return ctx->principal == NULL || ctx->principal->name[0] == '\0' ? NULL : ctx->principal->name;
}

/* --- rows ------------------------------------------------------------------------------------------------ */

struct task_row {
    const char *id;
    const struct task_order *order;
    enum task_status status;
    size_t succeeded, failed;
    const char *error_info;
};

static enum result task_insert(struct ctx *ctx, const struct task_row *row, size_t total)
{
    const struct task_order *order = row->order;
    bool ended = row->status >= TASK_COMPLETED;
    TRY(store_run(
        ctx->session, ctx->error,
        "INSERT INTO task (id, name, status, total, succeeded, failed, created, created_by,"
        " resource_id, error_info, action, argument)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $2, $11)",
        "ttiiiiitttt", row->id, order->action->name, (int64_t)row->status, (int64_t)total,
        (int64_t)row->succeeded, (int64_t)row->failed, ctx->now_us, caller_name(ctx),
        order->resource_id, row->error_info, order->argument));
    if (!ended) {
        return RESULT_OK;
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE task SET started = created, completed = $2 WHERE id = $1", "ti",
                     row->id, ctx->now_us);
}

enum item_state { ITEM_WAITS, ITEM_DONE, ITEM_FAILED };

static enum result item_insert(struct ctx *ctx, const char *task_id, int64_t number,
                               const char *item_id, enum item_state state, const char *message)
{
    return store_run(ctx->session, ctx->error,
                     "INSERT INTO task_item (task_id, number, item_id, state, message)"
                     " VALUES ($1, $2, $3, $4, $5)",
                     "titit", task_id, number, item_id, (int64_t)state, message);
}

static enum result faults_insert(struct ctx *ctx, const char *task_id, int64_t number,
                                 const struct task_faults *faults)
{
    for (const struct task_fault *at = faults == NULL ? NULL : faults->first; at != NULL;
         at = at->next) {
        TRY(item_insert(ctx, task_id, number++, at->id, ITEM_FAILED, at->message));
    }
    return RESULT_OK;
}

/* As many rows a statement as marks are few: PostgreSQL's way there and back is what a row costs. */
enum { ITEMS_AT_ONCE = 50, ITEMS_SQL_BYTES = 2048 };

static enum result items_insert_some(struct ctx *ctx, const char *task_id, size_t first_number,
                                     const char *const *ids)
{
    char sql[ITEMS_SQL_BYTES];
    struct statement *statement = NULL;
    bool row = false;
    size_t length = (size_t)snprintf(
        sql, sizeof(sql), "INSERT INTO task_item (task_id, number, item_id, state) VALUES ");
    for (size_t i = 0; i < ITEMS_AT_ONCE; i++) {
        length += (size_t)snprintf(sql + length, sizeof(sql) - length, "%s($1, $%zu, $%zu, %d)",
                                   i == 0 ? "" : ", ", 2 * i + 2, 2 * i + 3, (int)ITEM_WAITS);
        assert(length < sizeof(sql));
    }
    TRY(session_prepare(ctx->session, sql, &statement, ctx->error));
    statement_bind_text(statement, 1, slice_of(task_id));
    for (uint32_t i = 0; i < ITEMS_AT_ONCE; i++) {
        statement_bind_int(statement, 2 * i + 2, (int64_t)(first_number + i));
        statement_bind_text(statement, 2 * i + 3, slice_of(ids[i]));
    }
    enum result result = statement_step(statement, &row, ctx->error);
    statement_reset(statement);
    return result;
}

static enum result items_insert(struct ctx *ctx, const char *task_id, const char *const *ids,
                                size_t count)
{
    size_t at = 0;
    for (; at + ITEMS_AT_ONCE <= count; at += ITEMS_AT_ONCE) {
        TRY(items_insert_some(ctx, task_id, at, ids + at));
    }
    for (; at < count; at++) {
        TRY(item_insert(ctx, task_id, (int64_t)at, ids[at], ITEM_WAITS, NULL));
    }
    return RESULT_OK;
}

/* --- starting ---------------------------------------------------------------------------------------------- */

static size_t unknown_count(const struct task_order *order)
{
    return order->unknown == NULL ? 0 : order->unknown->count;
}

static const char *first_message(const struct task_faults *faults, const struct task_order *order)
{
    if (faults->first != NULL) {
        return faults->first->message;
    }
    return order->unknown != NULL && order->unknown->first != NULL ? order->unknown->first->message
                                                                   : NULL;
}

static enum task_status end_status(size_t succeeded, size_t failed)
{
    if (failed == 0) {
        return TASK_COMPLETED;
    }
    return succeeded == 0 ? TASK_FAILED : TASK_COMPLETED_WITH_ERRORS;
}

static enum result run_now(struct ctx *ctx, const struct task_order *order, const char *id)
{
    struct task_faults faults = { .first = NULL };
    for (size_t at = 0; at < order->count; at += TASK_CHUNK_ITEMS) {
        size_t left = order->count - at;
        size_t count = left < TASK_CHUNK_ITEMS ? left : TASK_CHUNK_ITEMS;
        TRY(order->action->run(ctx, order->argument, order->ids + at, count, &faults));
    }
    size_t failed = faults.count + unknown_count(order);
    size_t succeeded = order->count - faults.count;
    const struct task_row row = {
        .id = id,
        .order = order,
        .status = end_status(succeeded, failed),
        .succeeded = succeeded,
        .failed = failed,
        .error_info = first_message(&faults, order),
    };
    TRY(task_insert(ctx, &row, order->count + unknown_count(order)));
    TRY(faults_insert(ctx, id, 0, &faults));
    return faults_insert(ctx, id, (int64_t)faults.count, order->unknown);
}

static enum result run_later(struct ctx *ctx, const struct task_order *order, const char *id)
{
    struct task_faults none = { .first = NULL };
    const struct task_row row = {
        .id = id,
        .order = order,
        .status = TASK_PENDING,
        .failed = unknown_count(order),
        .error_info = first_message(&none, order),
    };
    TRY(task_insert(ctx, &row, order->count + unknown_count(order)));
    TRY(items_insert(ctx, id, order->ids, order->count));
    TRY(faults_insert(ctx, id, (int64_t)order->count, order->unknown));
    ctx_wake(ctx, WAKE_TASKS, NULL);
    return RESULT_OK;
}

enum result task_start(struct ctx *ctx, const struct task_order *order, const char **out_id,
                       bool *out_later)
{
    assert(order->action != NULL);

    const char *id = order->id;
    if (id == NULL) {
        struct uuid made;
        uuid_make(ctx->now_us, &made);
        id = arena_strdup(ctx->arena, made.text);
        if (id == NULL) {
            return no_memory(ctx);
        }
    }
    bool later = order->count > ctx->rules->bulk_at_once_max;
    TRY(later ? run_later(ctx, order, id) : run_now(ctx, order, id));
    *out_id = id;
    *out_later = later;
    return RESULT_OK;
}

enum result task_completed(struct ctx *ctx, const char *id, const char *name,
                           const char *resource_id)
{
    const struct task_action action = { .name = name };
    const struct task_order order = { .action = &action, .resource_id = resource_id };
    const struct task_row row = {
        .id = id, .order = &order, .status = TASK_COMPLETED, .succeeded = 1
    };
    return task_insert(ctx, &row, 1);
}

/* --- going on ---------------------------------------------------------------------------------------------- */

struct open_task {
    const char *id, *action, *argument, *created_by;
    struct chunk {
        const char *ids[TASK_CHUNK_ITEMS];
        size_t count;
        int64_t first_number, last_number;
    } chunk;
};

/* RESULT_NOT_FOUND: nothing is open. The row is locked where other servers may want it, too. */
static enum result open_task_find(struct ctx *ctx, struct open_task *out)
{
    const struct dialect *dialect = store_dialect(session_store(ctx->session));
    char sql[256];
    struct statement *row = NULL;
    (void)snprintf(
        sql, sizeof(sql),
        "SELECT id, action, argument, created_by FROM task WHERE status < 2 ORDER BY created, id LIMIT 1%s",
        dialect->row_lock);
    TRY(store_row(ctx->session, &row, ctx->error, sql, ""));
    out->id = slice_dup(ctx->arena, statement_text(row, 0));
    out->action = slice_dup(ctx->arena, statement_text(row, 1));
    out->argument =
        statement_is_null(row, 2) ? NULL : slice_dup(ctx->arena, statement_text(row, 2));
    out->created_by = slice_dup(ctx->arena, statement_text(row, 3));
    statement_reset(row);
    bool complete = out->id != NULL && out->action != NULL && out->created_by != NULL;
    return complete ? RESULT_OK : no_memory(ctx);
}

static enum result chunk_read(struct ctx *ctx, const char *task_id, struct chunk *out)
{
    struct statement *rows = NULL;
    bool row = false;
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT number, item_id FROM task_item WHERE task_id = $1 AND state = 0"
                   " ORDER BY number LIMIT $2",
                   "ti", task_id, (int64_t)TASK_CHUNK_ITEMS));
    out->count = 0;
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        out->last_number = statement_int(rows, 0);
        out->first_number = out->count == 0 ? out->last_number : out->first_number;
        out->ids[out->count] = slice_dup(ctx->arena, statement_text(rows, 1));
        if (out->ids[out->count++] == NULL) {
            result = no_memory(ctx);
            break;
        }
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result;
}

static const struct task_action *action_find(const struct task_action *const *actions, size_t count,
                                             const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(actions[i]->name, name) == 0) {
            return actions[i];
        }
    }
    return NULL;
}

/* Items of the chunk become done, those in `faults` failed; the task's counts follow. */
static enum result chunk_settle(struct ctx *ctx, const struct open_task *task,
                                const struct task_faults *faults)
{
    TRY(store_run(
        ctx->session, ctx->error,
        "UPDATE task_item SET state = 1 WHERE task_id = $1 AND state = 0 AND number <= $2", "ti",
        task->id, task->chunk.last_number));
    for (const struct task_fault *at = faults->first; at != NULL; at = at->next) {
        TRY(store_run(
            ctx->session, ctx->error,
            "UPDATE task_item SET state = 2, message = $3 WHERE task_id = $1 AND item_id = $2"
            " AND number >= $4 AND number <= $5",
            "tttii", task->id, at->id, at->message, task->chunk.first_number,
            task->chunk.last_number));
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE task SET status = 1, started = COALESCE(started, $2),"
                     " succeeded = succeeded + $3, failed = failed + $4,"
                     " error_info = COALESCE(error_info, $5) WHERE id = $1",
                     "tiiit", task->id, ctx->now_us, (int64_t)(task->chunk.count - faults->count),
                     (int64_t)faults->count, faults->first == NULL ? NULL : faults->first->message);
}

static enum result task_finish(struct ctx *ctx, const char *id)
{
    return store_run(
        ctx->session, ctx->error,
        "UPDATE task SET status = CASE WHEN failed = 0 THEN 2 WHEN succeeded = 0 THEN 4"
        " ELSE 3 END, started = COALESCE(started, $2), completed = $2 WHERE id = $1",
        "ti", id, ctx->now_us);
}

/* What the work leaves behind names who asked for it, not who did it. */
static enum result action_run(struct ctx *ctx, const struct open_task *task,
                              const struct task_action *action, struct task_faults *faults)
{
    const struct principal *worker = ctx->principal;
    struct principal asker = { .kind = PRINCIPAL_SYSTEM };
    if (worker != NULL) {
        asker = *worker;
    }
    (void)snprintf(asker.name, sizeof(asker.name), "%s", task->created_by);
    ctx->principal = &asker;
    enum result result =
        action->run(ctx, task->argument, task->chunk.ids, task->chunk.count, faults);
    ctx->principal = worker;
    return result;
}

enum result task_step(struct ctx *ctx, const struct task_action *const *actions,
                      size_t action_count, bool *out_worked)
{
    struct open_task *task = arena_alloc(ctx->arena, sizeof(*task));
    struct task_faults faults = { .first = NULL };
    if (task == NULL) {
        return no_memory(ctx);
    }
    *out_worked = false;
    enum result result = open_task_find(ctx, task);
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK;
    }
    TRY(result);
    *out_worked = true;
    TRY(chunk_read(ctx, task->id, &task->chunk));
    if (task->chunk.count == 0) {
        return task_finish(ctx, task->id);
    }
    const struct task_action *action = action_find(actions, action_count, task->action);
    if (action == NULL) {
        return fail(ctx->error, RESULT_INVALID, NULL, "this version does not know the action %s",
                    task->action);
    }
    TRY(session_plan_anew(ctx->session, ctx->error));
    TRY(action_run(ctx, task, action, &faults));
    return chunk_settle(ctx, task, &faults);
}

enum result task_step_failed(struct ctx *ctx, const char *message)
{
    struct open_task *task = arena_alloc(ctx->arena, sizeof(*task));
    struct task_faults faults = { .first = NULL };
    if (task == NULL) {
        return no_memory(ctx);
    }
    enum result result = open_task_find(ctx, task);
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK;
    }
    TRY(result);
    TRY(chunk_read(ctx, task->id, &task->chunk));
    for (size_t i = 0; i < task->chunk.count; i++) {
        task_fault_add(ctx, &faults, task->chunk.ids[i], "%s", message);
    }
    return chunk_settle(ctx, task, &faults);
}

enum result task_sweep(struct ctx *ctx, uint32_t max)
{
    return store_run(ctx->session, ctx->error,
                     "DELETE FROM task WHERE id IN"
                     " (SELECT id FROM task WHERE completed < $1 ORDER BY completed LIMIT $2)",
                     "ii", ctx->now_us - TASK_KEPT_DAYS * US_PER_DAY, (int64_t)max);
}
