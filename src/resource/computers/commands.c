#include "access/principal.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "resource/computers/computers_parts.h"
#include "store/store.h"

enum { OPEN_COMMANDS_MAX = 32, RESULT_TEXT_BYTES_MAX = 4096 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

const char *commands_asker(const struct ctx *ctx)
{
    return ctx->principal == NULL || ctx->principal->name[0] == '\0' ? NULL : ctx->principal->name;
}

/* --- queueing ---------------------------------------------------------------------------------------------------- */

static bool is_policy(enum command_type type)
{
    return type == COMMAND_APPLY_POLICY || type == COMMAND_CLEAR_POLICY;
}

enum result command_open_task(struct ctx *ctx, const char *computer_id, enum command_type type,
                              const char **out_task_id)
{
    struct statement *row = NULL;
    *out_task_id = NULL;
    enum result result =
        store_row(ctx->session, &row, ctx->error,
                  "SELECT task_id FROM command WHERE computer_id = $1 AND command_type = $2"
                  " AND status < 2 AND expires > $3",
                  "tii", computer_id, (int64_t)type, ctx->now_us);
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK;
    }
    TRY(result);
    *out_task_id = slice_dup(ctx->arena, statement_text(row, 0));
    statement_reset(row);
    return *out_task_id == NULL ? no_memory(ctx) : RESULT_OK;
}

/* The place where the agent's upload will go. */
static enum result log_request(struct ctx *ctx, const char *computer_id, const char *command_id)
{
    struct uuid id;
    uuid_make(ctx->now_us, &id);
    return store_run(ctx->session, ctx->error,
                     "INSERT INTO computer_log (id, computer_id, command_id, status, requested,"
                     " requested_by) VALUES ($1, $2, $3, 0, $4, $5)",
                     "tttit", id.text, computer_id, command_id, ctx->now_us, commands_asker(ctx));
}

static enum result command_insert(struct ctx *ctx, const struct command_order *order)
{
    struct uuid id;
    uuid_make(ctx->now_us, &id);
    TRY(store_run(
        ctx->session, ctx->error,
        "INSERT INTO command (id, computer_id, task_id, command_type, status, created, expires,"
        " requested_by) VALUES ($1, $2, $3, $4, 0, $5, $6, $7)",
        "tttiiit", id.text, order->computer_id, order->task_id, (int64_t)order->type, ctx->now_us,
        ctx->now_us + ctx->rules->command_life_us, commands_asker(ctx)));
    if (order->type == COMMAND_RETRIEVE_LOGS) {
        return log_request(ctx, order->computer_id, id.text);
    }
    if (order->type == COMMAND_RENEW_CERTIFICATE) {
        return store_run(
            ctx->session, ctx->error,
            "UPDATE computer_identity SET renewal_requested_on = $2 WHERE computer_id = $1", "ti",
            order->computer_id, ctx->now_us);
    }
    return RESULT_OK;
}

enum result command_queue(struct ctx *ctx, const struct command_order *order)
{
    const char *open_task = NULL;
    if (is_policy(order->type)) {
        TRY(store_run(
            ctx->session, ctx->error,
            "UPDATE command SET status = 4, completed = $2, result = 'a later assignment took its place'"
            " WHERE computer_id = $1 AND status < 2 AND command_type < 2",
            "ti", order->computer_id, ctx->now_us));
    } else {
        TRY(command_open_task(ctx, order->computer_id, order->type, &open_task));
    }
    if (open_task == NULL) {
        TRY(command_insert(ctx, order));
    }
    ctx_wake(ctx, WAKE_COMPUTER, order->computer_id);
    return RESULT_OK;
}

enum result command_queue_policy(struct ctx *ctx, const char *computer_id, const char *revision_id,
                                 const char *task_id)
{
    const struct command_order order = {
        .computer_id = computer_id,
        .task_id = task_id,
        .type = revision_id == NULL ? COMMAND_CLEAR_POLICY : COMMAND_APPLY_POLICY,
    };
    return command_queue(ctx, &order);
}

/* --- the agent's side ---------------------------------------------------------------------------------------------- */

static enum result command_read(struct ctx *ctx, const struct statement *row, struct command *out)
{
    *out = (struct command){
        .id = slice_dup(ctx->arena, statement_text(row, 0)),
        .type = (enum command_type)statement_int(row, 1),
        .status = (enum command_status)statement_int(row, 2),
        .log_id = statement_is_null(row, 3) ? NULL : slice_dup(ctx->arena, statement_text(row, 3)),
    };
    return out->id == NULL ? no_memory(ctx) : RESULT_OK;
}

enum result commands_open(struct ctx *ctx, const char *computer_id, struct command **out,
                          size_t *out_count)
{
    struct statement *rows = NULL;
    bool row = false;
    size_t count = 0;
    *out = NULL;
    *out_count = 0;
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT q.id, q.command_type, q.status, l.id FROM command q"
                   " LEFT JOIN computer_log l ON l.command_id = q.id"
                   " WHERE q.computer_id = $1 AND q.status < 2 AND q.expires > $2"
                   " ORDER BY q.created, q.id LIMIT 32",
                   "ti", computer_id, ctx->now_us));
    enum result result = statement_step(rows, &row, ctx->error);
    if (result == RESULT_OK && row) {
        *out = arena_alloc(ctx->arena, OPEN_COMMANDS_MAX * sizeof(**out));
        result = *out == NULL ? no_memory(ctx) : RESULT_OK;
    }
    while (result == RESULT_OK && row) {
        result = command_read(ctx, rows, &(*out)[count++]);
        if (result == RESULT_OK) {
            result = statement_step(rows, &row, ctx->error);
        }
    }
    statement_reset(rows);
    *out_count = count;
    return result;
}

enum result commands_sent(struct ctx *ctx, const char *computer_id, const char *const *ids,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        TRY(store_run(ctx->session, ctx->error,
                      "UPDATE command SET status = 1, sent = $3 WHERE id = $1 AND computer_id = $2"
                      " AND status = 0",
                      "tti", ids[i], computer_id, ctx->now_us));
    }
    return RESULT_OK;
}

enum result command_finish(struct ctx *ctx, const char *computer_id, const char *id, bool succeeded,
                           struct slice result_text)
{
    int64_t there = 0;
    result_text.length =
        result_text.length < RESULT_TEXT_BYTES_MAX ? result_text.length : RESULT_TEXT_BYTES_MAX;
    const char *text = result_text.length == 0 || !slice_is_utf8(result_text)
                           ? NULL
                           : slice_dup(ctx->arena, result_text);
    enum result result = store_int(ctx->session, &there, ctx->error,
                                   "SELECT 1 FROM command WHERE id = $1 AND computer_id = $2", "tt",
                                   id, computer_id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL,
                    "this computer has no command with the id %s", id);
    }
    TRY(result);
    TRY(store_run(
        ctx->session, ctx->error,
        "UPDATE command SET status = $3, sent = COALESCE(sent, $4), completed = $4, result = $5"
        " WHERE id = $1 AND computer_id = $2 AND status < 2",
        "ttiit", id, computer_id, succeeded ? (int64_t)COMMAND_COMPLETED : (int64_t)COMMAND_FAILED,
        ctx->now_us, text));
    if (succeeded) {
        return RESULT_OK;
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer_log SET status = 2 WHERE command_id = $1 AND status = 0", "t",
                     id);
}

enum result commands_policy_done(struct ctx *ctx, const char *computer_id)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE command SET status = 2, sent = COALESCE(sent, $2), completed = $2"
                     " WHERE computer_id = $1 AND status < 2 AND command_type < 2",
                     "ti", computer_id, ctx->now_us);
}

#define EXPIRED \
    "(SELECT id FROM command WHERE status < 2 AND expires <= $1 ORDER BY expires, id LIMIT $2)"

enum result commands_expire(struct ctx *ctx, uint32_t max)
{
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer_log SET status = 2 WHERE status = 0 AND command_id IN " EXPIRED,
                  "ii", ctx->now_us, (int64_t)max));
    return store_run(ctx->session, ctx->error,
                     "UPDATE command SET status = 4, completed = $1 WHERE id IN " EXPIRED, "ii",
                     ctx->now_us, (int64_t)max);
}
