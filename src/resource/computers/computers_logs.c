#include "base/arena.h"
#include "resource/computers/computers_parts.h"
#include "store/store.h"

/* A piece is small enough to bind in one go and large enough that a log is few rows. */
enum { CHUNK_BYTES = 256 * 1024, NAME_BYTES_MAX = 200 };

/* --- coming in --------------------------------------------------------------------------------------------------- */

static enum result chunk_fill(struct ctx *ctx, const struct log_upload *upload, char *chunk,
                              size_t *out_length)
{
    size_t length = 0;
    while (length < CHUNK_BYTES) {
        ptrdiff_t got = upload->read(upload->context, chunk + length, CHUNK_BYTES - length);
        if (got < 0) {
            return fail(ctx->error, RESULT_BROKEN, NULL, "the uploaded log cannot be read back");
        }
        if (got == 0) {
            break;
        }
        length += (size_t)got;
    }
    *out_length = length;
    return RESULT_OK;
}

static enum result chunks_store(struct ctx *ctx, const struct log_upload *upload,
                                int64_t *out_bytes)
{
    char *chunk = arena_alloc(ctx->arena, CHUNK_BYTES);
    int64_t bytes = 0;
    if (chunk == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the log");
    }
    for (int64_t number = 0;; number++) {
        size_t length = 0;
        TRY(chunk_fill(ctx, upload, chunk, &length));
        if (length == 0) {
            break;
        }
        TRY(store_run(ctx->session, ctx->error,
                      "INSERT INTO computer_log_chunk (log_id, number, bytes) VALUES ($1, $2, $3)",
                      "tib", upload->log_id, number, (struct slice){ chunk, length }));
        bytes += (int64_t)length;
    }
    *out_bytes = bytes;
    return RESULT_OK;
}

static const char *file_name(struct ctx *ctx, struct slice name)
{
    struct slice kept = slice_trim(name);
    bool fits = kept.length > 0 && kept.length <= NAME_BYTES_MAX && slice_is_utf8(kept);
    const char *copy = fits ? slice_dup(ctx->arena, kept) : NULL;
    return copy != NULL ? copy : "agent.log";
}

/* An agent's word for the type goes no further than what a browser keeps as a file. */
static const char *safe_type(struct slice type)
{
    static const char *const types[] = { "application/zip", "text/plain" };
    struct slice kept = slice_cut(&type, ';');
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (slice_is_any_case(slice_trim(kept), types[i])) {
            return types[i];
        }
    }
    return "application/octet-stream";
}

enum result computer_log_receive(struct ctx *ctx, const char *computer_id,
                                 const struct log_upload *upload)
{
    int64_t status = 0;
    int64_t bytes = 0;
    enum result result =
        store_int(ctx->session, &status, ctx->error,
                  "SELECT status FROM computer_log WHERE id = $1 AND computer_id = $2", "tt",
                  upload->log_id, computer_id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "no log with the id %s was asked for",
                    upload->log_id);
    }
    TRY(result);
    if (status == 1) {
        return RESULT_OK; /* sent again because the answer was lost */
    }
    TRY(chunks_store(ctx, upload, &bytes));
    return store_run(
        ctx->session, ctx->error,
        "UPDATE computer_log SET status = 1, name = $2, content_type = $3, size_bytes = $4,"
        " created = $5 WHERE id = $1",
        "tttii", upload->log_id, file_name(ctx, upload->name), safe_type(upload->content_type),
        bytes, ctx->now_us);
}

/* --- going out --------------------------------------------------------------------------------------------------- */

static enum result log_head(struct ctx *ctx, struct slice log_id, struct slice computer_id,
                            const char **out_name, const char **out_type)
{
    struct statement *row = NULL;
    enum result result = store_row(
        ctx->session, &row, ctx->error,
        "SELECT l.name, l.content_type, l.status FROM computer_log l"
        " JOIN computer c ON c.id = l.computer_id"
        " WHERE l.id = $1 AND c.deleted_on = 0 AND (CAST($2 AS TEXT) = '' OR l.computer_id = $2)",
        "ss", log_id, computer_id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no such log of this computer");
    }
    TRY(result);
    bool received = statement_int(row, 2) == 1;
    *out_name = received ? slice_dup(ctx->arena, statement_text(row, 0)) : NULL;
    *out_type = received ? slice_dup(ctx->arena, statement_text(row, 1)) : NULL;
    statement_reset(row);
    if (!received) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "the log was not received yet");
    }
    return *out_name == NULL || *out_type == NULL
               ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the log")
               : RESULT_OK;
}

/* GET Computers/{id}/Logs/{logId}/Content, and without the computer under an alias. */
enum result computer_log_content(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    bool both = call->id_count == 2;
    struct slice log_id = call->ids[both ? 1 : 0];
    struct slice computer_id = both ? call->ids[0] : SLICE("");
    const char *name = NULL;
    const char *type = NULL;
    struct statement *rows = NULL;
    bool row = false;
    TRY(log_head(ctx, log_id, computer_id, &name, &type));
    TRY(reply_bytes(ctx, reply, SLICE(""), type, name));
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT bytes FROM computer_log_chunk WHERE log_id = $1 ORDER BY number", "s",
                   log_id));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        struct slice bytes = statement_bytes(rows, 0);
        buffer_add(&reply->body, bytes.text, bytes.length);
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result;
}
