#include "resource/computers/computers.h"

#include <stdio.h>

#include "base/arena.h"
#include "resource/computers/computers_parts.h"
#include "resource/groups/groups.h"
#include "store/dialect.h"
#include "store/store.h"

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* --- reading ------------------------------------------------------------------------------------------------ */

static const char *text_or_null(struct ctx *ctx, const struct statement *row, uint32_t column,
                                bool *complete)
{
    if (statement_is_null(row, column)) {
        return NULL;
    }
    const char *text = slice_dup(ctx->arena, statement_text(row, column));
    *complete = *complete && text != NULL;
    return text;
}

enum result computer_read(struct ctx *ctx, const struct statement *row, struct computer *out)
{
    bool complete = true;
    const struct computer computer = {
        .id = text_or_null(ctx, row, 0, &complete),
        .host = text_or_null(ctx, row, 1, &complete),
        .authorisation = (enum computer_authorisation)statement_int(row, 2),
        .archived = statement_int(row, 3) != 0,
        .deleted = statement_int(row, 4) != 0,
        .group_id = text_or_null(ctx, row, 5, &complete),
        .policy_revision_id = text_or_null(ctx, row, 6, &complete),
        .host_revision_id = text_or_null(ctx, row, 7, &complete),
        .public_key_pem = text_or_null(ctx, row, 8, &complete),
        .thumbprint = text_or_null(ctx, row, 9, &complete),
        .certificate_until_us = statement_is_null(row, 10) ? 0 : statement_int(row, 10),
        .last_connected_us = statement_int(row, 11),
        .decisions = statement_int(row, 12),
    };
    if (!complete) {
        return no_memory(ctx);
    }
    *out = computer;
    return RESULT_OK;
}

enum result computer_load(struct ctx *ctx, const char *id, struct computer *out)
{
    struct statement *row = NULL;
    enum result result =
        store_row(ctx->session, &row, ctx->error, COMPUTER_SELECT " WHERE c.id = $1", "t", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no computer with the id %s", id);
    }
    TRY(result);
    result = computer_read(ctx, row, out);
    statement_reset(row);
    return result;
}

/* Two servers that move one computer at the same time would both take it out of the group it was in. */
enum result computer_load_locked(struct ctx *ctx, const char *id, struct computer *out)
{
    const struct dialect *dialect = store_dialect(session_store(ctx->session));
    if (!dialect->one_server) {
        char sql[96];
        int64_t there = 0;
        (void)snprintf(sql, sizeof(sql), "SELECT 1 FROM computer WHERE id = $1%s",
                       dialect->row_lock);
        enum result result = store_int(ctx->session, &there, ctx->error, sql, "t", id);
        if (result != RESULT_OK && result != RESULT_NOT_FOUND) {
            return result;
        }
    }
    return computer_load(ctx, id, out);
}

/* --- kept numbers -------------------------------------------------------------------------------------------- */

enum result computers_tally(struct ctx *ctx, int64_t more)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE tally SET amount = amount + $1 WHERE name = 'computer'", "i", more);
}

enum result computer_recount_duplicates(struct ctx *ctx, const char *machine_key)
{
    int64_t count = 0;
    if (machine_key == NULL || machine_key[0] == '\0') {
        return RESULT_OK;
    }
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT COUNT(*) FROM computer WHERE machine_key = $1 AND deleted_on = 0", "t",
                  machine_key));
    return store_run(
        ctx->session, ctx->error,
        "UPDATE computer SET duplicate_count = $2 WHERE machine_key = $1 AND deleted_on = 0"
        " AND duplicate_count <> $2",
        "ti", machine_key, count > 0 ? count - 1 : INT64_C(0));
}

/* --- contact -------------------------------------------------------------------------------------------------- */

enum result computer_came_back(struct ctx *ctx, const char *id)
{
    return store_run(
        ctx->session, ctx->error,
        "UPDATE computer SET archived = 0, archived_on = NULL WHERE id = $1 AND archived = 1"
        " AND deleted_on = 0",
        "t", id);
}

enum result computers_seen(struct ctx *ctx, const struct computer_seen *seen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        TRY(store_run(ctx->session, ctx->error,
                      "UPDATE computer_contact SET last_connected = $2"
                      " WHERE computer_id = $1 AND last_connected < $2",
                      "ti", seen[i].id, seen[i].at_us));
    }
    return RESULT_OK;
}

/* --- the end --------------------------------------------------------------------------------------------------- */

enum result computers_purge(struct ctx *ctx, int64_t deleted_before_us, uint32_t max,
                            size_t *out_count)
{
    TRY(store_run(ctx->session, ctx->error,
                  "DELETE FROM computer WHERE id IN (SELECT id FROM computer"
                  " WHERE deleted_on > 0 AND deleted_on < $1 ORDER BY deleted_on LIMIT $2)",
                  "ii", deleted_before_us, (int64_t)max));
    *out_count = (size_t)session_affected(ctx->session);
    return RESULT_OK;
}
