#include "resource/tickets/tickets.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/write.h"
#include "store/store.h"

static const char *const decision_values[] = { "Pending", "Approved", "Denied" };
const struct names decision_names = { "AccessDecision", decision_values,
                                      COUNT_OF(decision_values) };
static const char *const ticket_type_values[] = { "EPM", "ServiceNow" };
const struct names ticket_type_names = { "TicketType", ticket_type_values,
                                         COUNT_OF(ticket_type_values) };

enum { CORRELATION_BYTES_MAX = 128 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

const char *text_kept(struct ctx *ctx, struct slice text, bool *failed)
{
    if (text.length == 0) {
        return NULL;
    }
    const char *copy = slice_dup(ctx->arena, text);
    *failed = *failed || copy == NULL;
    return copy;
}

bool text_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The row of the counter is locked until the commit, so numbers have no gaps and no two requests get one. */
enum result ticket_make(struct ctx *ctx, struct ticket *out)
{
    int64_t number = 0;
    const char *known = ctx->rules->base_url;
    const char *base = known == NULL ? "" : known;
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE tally SET amount = amount + 1 WHERE name = 'ticket'", ""));
    TRY(store_int(ctx->session, &number, ctx->error,
                  "SELECT amount FROM tally WHERE name = 'ticket'", ""));
    *out = (struct ticket){
        .id = arena_printf(ctx->arena, "EPM%06" PRId64, number),
        .url = arena_printf(ctx->arena, "%s/jit-access-management/details/%" PRId64, base, number),
        .type = TICKET_EPM,
    };
    return out->id == NULL || out->url == NULL ? no_memory(ctx) : RESULT_OK;
}

enum ticket_type ticket_type_of(struct slice id)
{
    const struct slice prefix = SLICE("EPM");
    int64_t number = 0;
    bool own =
        slice_starts_any_case(id, prefix.text) &&
        slice_int64((struct slice){ id.text + prefix.length, id.length - prefix.length }, &number);
    return own ? TICKET_EPM : TICKET_SERVICE_NOW;
}

enum result ticket_from_body(struct ctx *ctx, const struct call *call, const struct ticket *known,
                             struct ticket *out)
{
    bool failed = false;
    struct ticket sent = {
        .system_id = text_kept(ctx, call_text(call, "systemId"), &failed),
        .id = text_kept(ctx, call_text(call, "ticketId"), &failed),
        .url = text_kept(ctx, call_text(call, "ticketUrl"), &failed),
    };
    *out = *known;
    out->system_id = sent.system_id != NULL ? sent.system_id : known->system_id;
    out->url = sent.url != NULL ? sent.url : known->url;
    if (sent.id != NULL) {
        out->id = sent.id;
        out->type = ticket_type_of(slice_of(sent.id));
    }
    return failed ? no_memory(ctx) : RESULT_OK;
}

bool ticket_equal(const struct ticket *a, const struct ticket *b)
{
    return text_same(a->system_id, b->system_id) && text_same(a->id, b->id) &&
           text_same(a->url, b->url);
}

const char *correlation_of(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct slice sent = slice_trim(call->header(call, "x-correlation-id"));
    char *text = arena_alloc(ctx->arena, CORRELATION_BYTES_MAX + 1);
    size_t length = 0;
    for (size_t i = 0; text != NULL && i < sent.length && length < CORRELATION_BYTES_MAX; i++) {
        bool plain = sent.text[i] > ' ' && sent.text[i] < 127;
        text[length++] = plain ? sent.text[i] : '?';
    }
    if (text == NULL || length == 0) {
        return ctx->request_id;
    }
    text[length] = '\0';
    reply_header(reply, "x-correlation-id", text);
    return text;
}

enum result computer_decisions_changed(struct ctx *ctx, const char *computer_id)
{
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer SET decisions = decisions + 1 WHERE id = $1", "t", computer_id));
    ctx_wake(ctx, WAKE_COMPUTER, computer_id);
    return RESULT_OK;
}

/* --- for agents ---------------------------------------------------------------------------------------------- */

void tell_moment(struct json_writer *writer, const char *name, const struct statement *row,
                 uint32_t column)
{
    char text[TIME_TEXT_BYTES];
    if (statement_is_null(row, column)) {
        json_member_null(writer, name);
        return;
    }
    (void)time_format(statement_int(row, column), TIME_ZULU, text);
    json_member_text(writer, name, text);
}

void tell_text(struct json_writer *writer, const char *name, const struct statement *row,
               uint32_t column)
{
    if (statement_is_null(row, column)) {
        json_member_null(writer, name);
    } else {
        json_member_slice(writer, name, statement_text(row, column));
    }
}

/* RESULT_NOT_FOUND, without a text, when there is none. */
static enum result tell_rows(struct ctx *ctx, const struct request_kind *kind,
                             struct statement *rows, struct json_writer *writer)
{
    bool row = false;
    bool any = false;
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        any = true;
        kind->tell(rows, writer);
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result == RESULT_OK && !any ? RESULT_NOT_FOUND : result;
}

enum { STATEMENT_BYTES_MAX = 1024 };

enum result requests_tell(struct ctx *ctx, const struct request_kind *kind, const char *computer_id,
                          struct json_writer *writer)
{
    char sql[STATEMENT_BYTES_MAX];
    struct statement *rows = NULL;
    (void)snprintf(sql, sizeof(sql),
                   "SELECT %s FROM %s WHERE computer_id = $1 AND (state < %d OR modified > $2) "
                   "ORDER BY CASE WHEN state < %d THEN 0 ELSE 1 END, modified DESC, id LIMIT $3",
                   kind->columns, kind->table, kind->open_states, kind->open_states);
    TRY(store_rows(ctx->session, &rows, ctx->error, sql, "tii", computer_id,
                   ctx->now_us - US_PER_DAY, (int64_t)REQUESTS_TOLD_MAX));
    enum result result = tell_rows(ctx, kind, rows, writer);
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result request_tell(struct ctx *ctx, const struct request_kind *kind, const char *computer_id,
                         const char *id, struct json_writer *writer, bool *out_pending)
{
    char sql[STATEMENT_BYTES_MAX];
    struct statement *rows = NULL;
    int64_t pending = 0;
    (void)snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM %s WHERE id = $1 AND state = 0",
                   kind->table);
    TRY(store_int(ctx->session, &pending, ctx->error, sql, "t", id));
    *out_pending = pending > 0;
    (void)snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE computer_id = $1 AND id = $2",
                   kind->columns, kind->table);
    TRY(store_rows(ctx->session, &rows, ctx->error, sql, "tt", computer_id, id));
    return tell_rows(ctx, kind, rows, writer);
}

/* --- time ------------------------------------------------------------------------------------------------------ */

/* Read to the end first: the statement must not stand on a row that is being changed. */
static enum result due_ids(struct ctx *ctx, const struct request_kind *kind, uint32_t max,
                           const char **ids, size_t *out_count)
{
    char sql[STATEMENT_BYTES_MAX];
    struct statement *rows = NULL;
    bool row = false;
    (void)snprintf(sql, sizeof(sql), "SELECT id FROM %s WHERE due <= $1 ORDER BY due LIMIT $2",
                   kind->table);
    TRY(store_rows(ctx->session, &rows, ctx->error, sql, "ii", ctx->now_us, (int64_t)max));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        ids[*out_count] = slice_dup(ctx->arena, statement_text(rows, 0));
        result =
            ids[(*out_count)++] == NULL ? no_memory(ctx) : statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result;
}

enum result requests_expire(struct ctx *ctx, const struct request_kind *kind, uint32_t max)
{
    size_t count = 0;
    const char **ids = arena_alloc(ctx->arena, max * sizeof(*ids));
    if (ids == NULL) {
        return no_memory(ctx);
    }
    TRY(due_ids(ctx, kind, max, ids, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(kind->run_out(ctx, ids[i]));
    }
    return RESULT_OK;
}
