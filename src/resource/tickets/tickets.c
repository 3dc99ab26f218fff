#include "resource/tickets/tickets.h"

#include <inttypes.h>
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

enum result tell_rows(struct ctx *ctx, struct statement *rows, struct json_writer *writer,
                      void (*tell)(const struct statement *row, struct json_writer *writer))
{
    bool row = false;
    bool any = false;
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        any = true;
        tell(rows, writer);
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result == RESULT_OK && !any ? RESULT_NOT_FOUND : result;
}
