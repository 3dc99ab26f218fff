#include "notify/mail.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "base/uuid.h"
#include "model/operation.h"
#include "store/dialect.h"
#include "store/store.h"

enum result mail_put(struct ctx *ctx, const struct mail_order *order)
{
    struct uuid id;
    uuid_make(ctx->now_us, &id);
    return store_run(ctx->session, ctx->error,
                     "INSERT INTO mail (id, recipient, subject, body, user_id, status, attempts,"
                     " created, next_try) VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $6)",
                     "ttttti", id.text, order->recipient, order->subject, order->body,
                     order->user_id, ctx->now_us);
}

/* --- sending ------------------------------------------------------------------------------------- */

static enum result mail_read(struct ctx *ctx, struct statement *row, struct mail *out)
{
    bool to_user = !statement_is_null(row, 4);
    *out = (struct mail){
        .id = slice_dup(ctx->arena, statement_text(row, 0)),
        .recipient = slice_dup(ctx->arena, statement_text(row, 1)),
        .subject = slice_dup(ctx->arena, statement_text(row, 2)),
        .body = slice_dup(ctx->arena, statement_text(row, 3)),
        .user_id = to_user ? slice_dup(ctx->arena, statement_text(row, 4)) : NULL,
        .created_us = statement_int(row, 5),
        .attempts = statement_int(row, 6) + 1,
    };
    statement_reset(row);
    bool complete = out->id != NULL && out->recipient != NULL && out->subject != NULL &&
                    out->body != NULL && (!to_user || out->user_id != NULL);
    return complete ? RESULT_OK
                    : fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the mail");
}

enum result mail_take(struct ctx *ctx, struct mail *out)
{
    char sql[320];
    struct statement *row = NULL;
    const struct dialect *dialect = store_dialect(session_store(ctx->session));
    (void)snprintf(sql, sizeof(sql),
                   "SELECT id, recipient, subject, body, user_id, created, attempts FROM mail"
                   " WHERE status = 0 AND next_try <= $1 ORDER BY next_try, id LIMIT 1%s",
                   dialect->row_lock);
    TRY(store_row(ctx->session, &row, ctx->error, sql, "i", ctx->now_us));
    TRY(mail_read(ctx, row, out));
    return store_run(ctx->session, ctx->error,
                     "UPDATE mail SET attempts = $2, next_try = $3 WHERE id = $1", "tii", out->id,
                     out->attempts, ctx->now_us + MAIL_LEASE_S * US_PER_SECOND);
}

enum result mail_sent(struct ctx *ctx, const char *id)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE mail SET status = 1, sent = $2, last_error = NULL WHERE id = $1", "ti",
                     id, ctx->now_us);
}

int64_t mail_retry_s(int64_t attempts, int64_t first_s)
{
    int64_t wait_s = first_s;
    if (attempts >= MAIL_ATTEMPTS_MAX) {
        return 0;
    }
    for (int64_t i = 1; i < attempts && wait_s < MAIL_RETRY_S_MAX; i++) {
        wait_s *= 2;
    }
    return wait_s < MAIL_RETRY_S_MAX ? wait_s : MAIL_RETRY_S_MAX;
}

enum result mail_failed(struct ctx *ctx, const char *id, const char *why, int64_t retry_s)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE mail SET status = $2, next_try = $3, last_error = $4 WHERE id = $1",
                     "tiit", id, retry_s == 0 ? (int64_t)MAIL_GIVEN_UP : (int64_t)MAIL_WAITING,
                     ctx->now_us + retry_s * US_PER_SECOND, why);
}

enum result mail_retry(struct ctx *ctx, const char *id)
{
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE mail SET status = 0, attempts = 0, next_try = $2"
                  " WHERE id = $1 AND status <> 1",
                  "ti", id, ctx->now_us));
    if (session_affected(ctx->session) == 0) {
        return fail(ctx->error, RESULT_NOT_FOUND, "id",
                    "there is no mail with the id %.64s that was not sent", id);
    }
    struct audit_entry entry = {
        .entity = "Mail",
        .entity_id = id,
        .type = "RetryMail",
        .details = audit_sentence(ctx, "Send mail %s again", id),
    };
    return audit_write(ctx, &entry);
}

enum result mail_sweep(struct ctx *ctx, uint32_t max)
{
    return store_run(ctx->session, ctx->error,
                     "DELETE FROM mail WHERE id IN (SELECT id FROM mail WHERE status > 0"
                     " AND created < $1 ORDER BY created LIMIT $2)",
                     "ii", ctx->now_us - MAIL_KEPT_DAYS * US_PER_DAY, (int64_t)max);
}

/* --- the message ---------------------------------------------------------------------------------- */

static void write_date(int64_t moment_us, struct buffer *out)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(moment_us / US_PER_SECOND);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL) {
        return;
    }
    buffer_print(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[parts.tm_wday],
                 parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
                 parts.tm_min, parts.tm_sec);
}

/* Header values come from ourselves and from checked addresses; a line end in one would begin a header of its own. */
static void write_header(const char *name, const char *value, struct buffer *out)
{
    buffer_text(out, name);
    buffer_text(out, ": ");
    for (const char *at = value; *at != '\0'; at++) {
        buffer_char(out, (unsigned char)*at < ' ' ? ' ' : *at);
    }
    buffer_text(out, "\r\n");
}

/* Base64 in lines of 76: bodies may have any letter and lines of any length. */
static bool write_body(struct arena *arena, const char *body, struct buffer *out)
{
    enum { LINE_BYTES = 76 };
    struct slice rest = slice_of(base64_encode(arena, body, strlen(body)));
    bool whole = rest.length > 0 || body[0] == '\0';
    while (rest.length > 0) {
        size_t length = rest.length < LINE_BYTES ? rest.length : LINE_BYTES;
        buffer_add(out, rest.text, length);
        buffer_text(out, "\r\n");
        rest = (struct slice){ rest.text + length, rest.length - length };
    }
    return whole;
}

bool mail_write(struct arena *arena, const struct mail *mail, const char *from, struct buffer *out)
{
    const char *domain = strchr(from, '@');
    write_date(mail->created_us, out);
    write_header("From", from, out);
    write_header("To", mail->recipient, out);
    write_header("Subject", mail->subject, out);
    /* The same for every attempt, so that a mail that came twice is known as one. */
    buffer_print(out, "Message-ID: <%s%s>\r\n", mail->id, domain == NULL ? "@reeve" : domain);
    buffer_text(out, "MIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: base64\r\n"
                     "Auto-Submitted: auto-generated\r\n\r\n");
    return write_body(arena, mail->body, out) && !out->overflow;
}
