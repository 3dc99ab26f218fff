#include "resource/users/users.h"

#include <stdio.h>
#include <string.h>

#include "access/principal.h"
#include "access/role.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "crypto/idn.h"
#include "notify/mail.h"
#include "resource/accepted_domains/accepted_domains.h"
#include "resource/users/users_audit.h"
#include "resource/users/users_parts.h"
#include "store/dialect.h"
#include "store/store.h"

#define IS_ADMIN                                                                                   \
    "CASE WHEN EXISTS (SELECT 1 FROM user_grant g JOIN role r ON r.id = g.role_id"                 \
    " WHERE g.user_id = u.id AND g.scope = 0 AND r.built_in = 1 AND r.name = '" ROLE_ADMINISTRATOR \
    "') THEN 1 ELSE 0 END"

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* --- reading ----------------------------------------------------------------------------------- */

static enum result user_read(struct ctx *ctx, struct statement *row, struct user *out)
{
    *out = (struct user){
        .id = slice_dup(ctx->arena, statement_text(row, 0)),
        .email = slice_dup(ctx->arena, statement_text(row, 1)),
        .domain = slice_dup(ctx->arena, statement_text(row, 2)),
        .disabled = statement_int(row, 3) != 0,
        .last_signed_in_us = statement_int(row, 4),
        .invited_us = statement_int(row, 5),
        .is_admin = statement_int(row, 6) != 0,
    };
    statement_reset(row);
    bool complete = out->id != NULL && out->email != NULL && out->domain != NULL;
    return complete ? RESULT_OK : no_memory(ctx);
}

/* In a statement before that which reads: what it says of grants would be of the time before a wait for the row. */
static enum result user_lock(struct ctx *ctx, const char *column, const char *value)
{
    const struct dialect *dialect = store_dialect(session_store(ctx->session));
    int64_t there = 0;
    char sql[96];
    if (dialect->one_server || !session_in_transaction(ctx->session)) {
        return RESULT_OK;
    }
    (void)snprintf(sql, sizeof(sql), "SELECT 1 FROM user_account WHERE %s = $1%s", column,
                   dialect->row_lock);
    return store_int(ctx->session, &there, ctx->error, sql, "t", value);
}

static enum result user_where(struct ctx *ctx, const char *column, const char *value,
                              struct user *out)
{
    struct statement *row = NULL;
    char sql[640];
    TRY(user_lock(ctx, column, value));
    (void)snprintf(sql, sizeof(sql),
                   "SELECT u.id, u.email, u.domain, u.disabled, COALESCE(u.last_signed_in, 0),"
                   " COALESCE(u.invited, 0), " IS_ADMIN " FROM user_account u WHERE u.%s = $1",
                   column);
    TRY(store_row(ctx->session, &row, ctx->error, sql, "t", value));
    return user_read(ctx, row, out);
}

enum result user_load(struct ctx *ctx, const char *id, struct user *out)
{
    enum result result = user_where(ctx, "id", id, out);
    return result != RESULT_NOT_FOUND
               ? result
               : fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no user with the id %s", id);
}

enum result user_load_by_email(struct ctx *ctx, struct slice email, struct user *out)
{
    const char *name = name_composed(ctx->arena, slice_trim(email));
    const char *key = name == NULL ? NULL : slice_fold(ctx->arena, slice_of(name));
    if (key == NULL) {
        return no_memory(ctx);
    }
    enum result result = user_where(ctx, "email_key", key, out);
    return result != RESULT_NOT_FOUND
               ? result
               : fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no user %.100s", key);
}

/* --- what an order says -------------------------------------------------------------------------- */

struct address {
    const char *email, *key, *domain;
};

static enum result no_key(struct ctx *ctx, const struct address *address)
{
    return address->key == NULL ? no_memory(ctx) : RESULT_OK;
}

/* Any text: the domain is what stands behind its last @, when that is one. */
static enum result name_read(struct ctx *ctx, struct slice given, struct address *out)
{
    struct slice name = slice_trim(given);
    size_t local = email_split(name);
    struct error unused;
    if (name.length == 0 || name.length > EMAIL_CHARACTERS_MAX || !slice_is_utf8(name)) {
        return fail(ctx->error, RESULT_INVALID, "emailAddress",
                    "a user name must have 1 to %d bytes of text", EMAIL_CHARACTERS_MAX);
    }
    out->domain = "";
    if (local > 0) {
        struct slice domain = { name.text + local + 1, name.length - local - 1 };
        struct ctx quiet = *ctx;
        quiet.error = &unused;
        if (domain_canonical(&quiet, domain, "emailAddress", &out->domain) != RESULT_OK) {
            out->domain = "";
        }
    }
    out->email = name_composed(ctx->arena, name);
    out->key = out->email == NULL ? NULL : slice_fold(ctx->arena, slice_of(out->email));
    return no_key(ctx, out);
}

static enum result address_read(struct ctx *ctx, struct slice given, bool any_name,
                                struct address *out)
{
    struct slice email = slice_trim(given);
    if (any_name) {
        return name_read(ctx, given, out);
    }
    size_t local = email_split(email);
    bool accepted = false;
    if (local == 0) {
        return fail(ctx->error, RESULT_INVALID, "emailAddress",
                    "emailAddress must be an address like name@example.com, of at most %d "
                    "characters",
                    EMAIL_CHARACTERS_MAX);
    }
    struct slice domain = { email.text + local + 1, email.length - local - 1 };
    TRY(domain_canonical(ctx, domain, "emailAddress", &out->domain));
    TRY(domain_is_accepted(ctx, out->domain, &accepted));
    if (!accepted) {
        return fail(ctx->error, RESULT_INVALID, "emailAddress",
                    "emailAddress must have one of the accepted domains, and %.200s is none",
                    out->domain);
    }
    out->email = arena_printf(ctx->arena, "%.*s@%s", (int)local, email.text, out->domain);
    out->key = out->email == NULL ? NULL : slice_fold(ctx->arena, slice_of(out->email));
    return no_key(ctx, out);
}

bool user_time_zone_is_known(struct slice name)
{
    return name.length > 0 && zone_find(name) != NULL;
}

bool user_language_is_known(struct slice code)
{
    return code.length > 0 && language_is_known(code);
}

static enum result taken(struct ctx *ctx, const struct address *address)
{
    return fail(ctx->error, RESULT_CONFLICT, "emailAddress",
                "there is a user with the address %s already", address->email);
}

static enum result preferences_check(struct ctx *ctx, const struct user_order *order,
                                     const char **out_zone)
{
    *out_zone = order->time_zone.length == 0 ? NULL : zone_find(order->time_zone);
    if (order->time_zone.length > 0 && *out_zone == NULL) {
        faults_add(ctx->faults, "olsonTimeZoneId",
                   "must be a name of the IANA time zone database, like Europe/London");
    }
    if (order->language.length > 0 && !language_is_known(order->language)) {
        faults_add(ctx->faults, "language", "must be an ISO 639-1 code, like en or en-GB");
    }
    return ctx->faults->count == 0 ? RESULT_OK
                                   : fail(ctx->error, RESULT_INVALID, NULL, "%s %s",
                                          ctx->faults->items[0].field, ctx->faults->items[0].text);
}

static const char *text_or_null(struct ctx *ctx, struct slice text, bool *failed)
{
    const char *copy = text.length == 0 ? NULL : slice_dup(ctx->arena, text);
    *failed = *failed || (text.length > 0 && copy == NULL);
    return copy;
}

/* Members of an order as texts for columns. */
struct texts {
    const char *zone, *format, *language, *external_id, *given_name, *family_name, *display_name;
};

static enum result texts_of(struct ctx *ctx, const struct user_order *order, struct texts *out)
{
    bool failed = false;
    TRY(preferences_check(ctx, order, &out->zone));
    out->format = text_or_null(ctx, order->date_format, &failed);
    out->language = text_or_null(ctx, order->language, &failed);
    out->external_id = text_or_null(ctx, order->external_id, &failed);
    out->given_name = text_or_null(ctx, order->given_name, &failed);
    out->family_name = text_or_null(ctx, order->family_name, &failed);
    out->display_name = text_or_null(ctx, order->display_name, &failed);
    return failed ? no_memory(ctx) : RESULT_OK;
}

/* --- making and changing --------------------------------------------------------------------------- */

enum result user_create(struct ctx *ctx, const struct user_order *order, const char **out_id)
{
    struct uuid made;
    struct address address;
    struct texts texts;
    TRY(address_read(ctx, order->email, order->any_name, &address));
    TRY(texts_of(ctx, order, &texts));
    uuid_make(ctx->now_us, &made);
    const char *id = arena_strdup(ctx->arena, made.text);
    if (id == NULL) {
        return no_memory(ctx);
    }
    /* ON CONFLICT instead of a look before: two servers may get the same address at the same time. */
    TRY(store_run(ctx->session, ctx->error,
                  "INSERT INTO user_account (id, email, email_key, domain, created, last_modified,"
                  " disabled, time_zone, date_format, language, external_id, given_name,"
                  " family_name, display_name) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10,"
                  " $11, $12, $13) ON CONFLICT (email_key) DO NOTHING",
                  "ttttiittttttt", id, address.email, address.key, address.domain, ctx->now_us,
                  order->disabled ? INT64_C(1) : INT64_C(0), texts.zone, texts.format,
                  texts.language, texts.external_id, texts.given_name, texts.family_name,
                  texts.display_name));
    if (session_affected(ctx->session) == 0) {
        return taken(ctx, &address);
    }
    *out_id = id;
    return user_audit(ctx, NULL, id, "CreateUser", "Create");
}

static enum result address_change(struct ctx *ctx, const struct user *user,
                                  const struct user_order *order)
{
    struct address address;
    int64_t others = 0;
    TRY(address_read(ctx, order->email, order->any_name, &address));
    TRY(store_int(ctx->session, &others, ctx->error,
                  "SELECT COUNT(*) FROM user_account WHERE email_key = $1 AND id <> $2", "tt",
                  address.key, user->id));
    if (others > 0) {
        return taken(ctx, &address);
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE user_account SET email = $2, email_key = $3, domain = $4,"
                     " last_modified = $5 WHERE id = $1",
                     "tttti", user->id, address.email, address.key, address.domain, ctx->now_us);
}

enum result user_change(struct ctx *ctx, const struct user *user, const struct user_order *order)
{
    struct texts texts;
    struct user_facts before;
    TRY(texts_of(ctx, order, &texts));
    TRY(user_facts_load(ctx, user->id, &before));
    if (order->email.length > 0) {
        TRY(address_change(ctx, user, order));
    }
    static const char keep[] =
        "UPDATE user_account SET time_zone = COALESCE($2, time_zone),"
        " date_format = COALESCE($3, date_format), language = COALESCE($4, language),"
        " external_id = COALESCE($5, external_id), given_name = COALESCE($6, given_name),"
        " family_name = COALESCE($7, family_name), display_name = COALESCE($8, display_name),"
        " last_modified = $9 WHERE id = $1";
    static const char replace[] =
        "UPDATE user_account SET time_zone = $2, date_format = $3, language = $4,"
        " external_id = $5, given_name = $6, family_name = $7, display_name = $8,"
        " last_modified = $9 WHERE id = $1";
    TRY(store_run(ctx->session, ctx->error, order->replaces ? replace : keep, "tttttttti", user->id,
                  texts.zone, texts.format, texts.language, texts.external_id, texts.given_name,
                  texts.family_name, texts.display_name, ctx->now_us));
    return user_audit(ctx, &before, user->id, "ModifyUser", "Modify");
}

enum result user_must_leave_an_admin(struct ctx *ctx)
{
    int64_t count = 0;
    char sql[160];
    /* Whoever takes the last but one administrator away at the same time waits here. */
    (void)snprintf(sql, sizeof(sql),
                   "SELECT 1 FROM role WHERE built_in = 1 AND name = '" ROLE_ADMINISTRATOR "'%s",
                   store_dialect(session_store(ctx->session))->row_lock);
    TRY(store_int(ctx->session, &count, ctx->error, sql, ""));
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT COUNT(*) FROM user_account u WHERE u.disabled = 0 AND " IS_ADMIN " = 1",
                  ""));
    return count > 0 ? RESULT_OK
                     : fail(ctx->error, RESULT_CONFLICT, NULL,
                            "there must be an enabled administrator; make another one first");
}

enum result user_set_disabled(struct ctx *ctx, const struct user *user, bool disabled)
{
    struct user_facts before;
    if (user_may(user, disabled ? USER_DISABLE : USER_ENABLE) == USER_NO_CHANGE) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    TRY(user_facts_load(ctx, user->id, &before));
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE user_account SET disabled = $2, last_modified = $3 WHERE id = $1", "tii",
                  user->id, disabled ? INT64_C(1) : INT64_C(0), ctx->now_us));
    TRY(user_audit(ctx, &before, user->id, disabled ? "DisableUser" : "EnableUser",
                   disabled ? "Disable" : "Enable"));
    return disabled && user->is_admin ? user_must_leave_an_admin(ctx) : RESULT_OK;
}

enum result user_retire(struct ctx *ctx, const struct user *user)
{
    struct user_facts before;
    const char *name = user->domain[0] == '\0'
                           ? arena_printf(ctx->arena, "deleted-%s", user->id)
                           : arena_printf(ctx->arena, "deleted-%s@%s", user->id, user->domain);
    if (name == NULL) {
        return no_memory(ctx);
    }
    TRY(user_facts_load(ctx, user->id, &before));
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE user_account SET email = $2, email_key = $2, external_id = NULL,"
                  " disabled = 1, last_modified = $3 WHERE id = $1",
                  "tti", user->id, name, ctx->now_us));
    /* Whoever enables the account again must not revive what the deleted person holds. */
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM user_token WHERE user_id = $1", "t",
                  user->id));
    TRY(user_audit(ctx, &before, user->id, "DeleteUser", "Delete"));
    return user->is_admin && !user->disabled ? user_must_leave_an_admin(ctx) : RESULT_OK;
}

/* --- invitations ------------------------------------------------------------------------------------- */

static const char *invitation(struct ctx *ctx, const struct user *user)
{
    bool known = ctx->principal != NULL && ctx->principal->name[0] != '\0';
    const char *address = ctx->rules == NULL ? NULL : ctx->rules->base_url;
    return arena_printf(ctx->arena,
                        "Hello,\n\n%s has invited you to Reeve, where computers and their rights "
                        "are managed.\n\nSign in with your address %s%s%s.\n\n"
                        "If you did not expect this, you may ignore it.\n",
                        known ? ctx->principal->name : "An administrator", user->email,
                        address == NULL ? "" : " at ", address == NULL ? "" : address);
}

enum result user_invite(struct ctx *ctx, const struct user *user)
{
    struct mail_order mail = { .recipient = user->email,
                               .subject = "You have been invited to Reeve",
                               .body = invitation(ctx, user),
                               .user_id = user->id };
    if (mail.body == NULL) {
        return no_memory(ctx);
    }
    TRY(mail_put(ctx, &mail));
    return store_run(ctx->session, ctx->error,
                     "UPDATE user_account SET invited = $2, error_info = NULL WHERE id = $1", "ti",
                     user->id, ctx->now_us);
}

enum result user_mail_result(struct ctx *ctx, const char *id, struct slice error_info)
{
    bool failed = false;
    const char *text = text_or_null(ctx, error_info, &failed);
    if (failed) {
        return no_memory(ctx);
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE user_account SET error_info = $2 WHERE id = $1", "tt", id, text);
}
