/* reeve user, reeve mail and reeve auth-provider: on the store itself, so that the first administrator can be made. */
#include <stdio.h>

#include "access/user_token.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "cli/commands.h"
#include "cli/store_command.h"
#include "json/read.h"
#include "notify/mail.h"
#include "resource/accepted_domains/accepted_domains.h"
#include "resource/authentication_provider/authentication_provider.h"
#include "resource/roles/roles.h"
#include "resource/users/users.h"
#include "store/store.h"

struct user_work {
    const struct options *options;
    const char *email;
    const char *id;
    char text[64]; /* of what was made: the user's id */
    struct user_token_made token;
    int64_t expires_us;
    bool disable;
};

/* --- making ---------------------------------------------------------------------------------------- */

/* A fresh installation accepts no domain yet. */
static enum result accept_domain(struct ctx *ctx, const struct user_work *work)
{
    struct slice domain = slice_of(work->email);
    const char *canonical = NULL;
    const char *id = NULL;
    bool there = false;
    if (!option_switch(work->options, "accept-domain")) {
        return RESULT_OK;
    }
    (void)slice_cut(&domain, '@');
    TRY(domain_canonical(ctx, domain, "email", &canonical));
    TRY(domain_is_accepted(ctx, canonical, &there));
    return there ? RESULT_OK : domain_add(ctx, canonical, &id);
}

/* Role names as the array of ids that the API takes. Fine-grained roles are given on everything. */
static enum result roles_read(struct ctx *ctx, const struct user_work *work,
                              struct user_rights *out)
{
    size_t count = 0;
    const char *const *names = option_list(work->options, "role", &count);
    struct buffer global;
    struct buffer fine;
    enum result result = RESULT_OK;
    buffer_init(&global, 64 * 1024);
    buffer_init(&fine, 64 * 1024);
    for (size_t i = 0; i < count && result == RESULT_OK; i++) {
        struct role_found role;
        result = role_load_named(ctx, slice_of(names[i]), &role);
        if (result == RESULT_OK) {
            struct buffer *list = role.is_global ? &global : &fine;
            buffer_print(list, "%s\"%s\"", list->length > 0 ? "," : "", role.id);
        }
    }
    const char *globals = arena_printf(ctx->arena, "[%.*s]", (int)global.length,
                                       global.bytes == NULL ? "" : global.bytes);
    const char *fines = arena_printf(ctx->arena, "[{\"roleIds\":[%.*s]}]", (int)fine.length,
                                     fine.bytes == NULL ? "" : fine.bytes);
    buffer_done(&global);
    buffer_done(&fine);
    TRY(result);
    if (globals == NULL || fines == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the roles");
    }
    TRY(json_parse(ctx->arena, slice_of(globals), &json_limits_usual, &out->global_roles,
                   ctx->error));
    return json_parse(ctx->arena, slice_of(fines), &json_limits_usual, &out->role_resource,
                      ctx->error);
}

static enum result run_create(struct ctx *ctx, void *argument)
{
    struct user_work *work = argument;
    struct user user;
    struct user_rights rights = { .only_role_id = NULL };
    const struct user_order order = {
        .email = slice_of(work->email),
        .display_name = slice_of(option_text(work->options, "name")),
    };
    const char *id = NULL;
    TRY(accept_domain(ctx, work));
    TRY(roles_read(ctx, work, &rights));
    rights.admin = option_switch(work->options, "admin") ? SAID_YES : SAID_NOTHING;
    TRY(user_create(ctx, &order, &id));
    TRY(user_load(ctx, id, &user));
    TRY(user_set_rights(ctx, &user, &rights));
    (void)snprintf(work->text, sizeof(work->text), "%s", id);
    return option_switch(work->options, "invite") ? user_invite(ctx, &user) : RESULT_OK;
}

enum result command_user_create(const struct options *options, struct error *error)
{
    struct user_work work = { .options = options, .email = option_text(options, "email") };
    TRY(store_command_write_begin(options, run_create, &work, error));
    const struct pair pairs[] = { { "id", work.text }, { "email", work.email } };
    print_pairs(options, pairs, COUNT_OF(pairs));
    return RESULT_OK;
}

/* --- states ---------------------------------------------------------------------------------------- */

static enum result run_state(struct ctx *ctx, void *argument)
{
    const struct user_work *work = argument;
    struct user user;
    TRY(user_load_by_email(ctx, slice_of(work->email), &user));
    return user_set_disabled(ctx, &user, work->disable);
}

static enum result set_state(const struct options *options, bool disable, struct error *error)
{
    struct user_work work = { .options = options,
                              .disable = disable,
                              .email = option_text(options, "user") };
    return store_command_write(options, run_state, &work, error);
}

enum result command_user_disable(const struct options *options, struct error *error)
{
    return set_state(options, true, error);
}

enum result command_user_enable(const struct options *options, struct error *error)
{
    return set_state(options, false, error);
}

/* --- lists ----------------------------------------------------------------------------------------- */

static enum result run_list(struct ctx *ctx, void *argument)
{
    static const struct printed_column columns[] = { { "email", 32, PRINT_TEXT },
                                                     { "state", 8, PRINT_TEXT },
                                                     { "id", 36, PRINT_TEXT },
                                                     { "roles", 0, PRINT_TEXT } };
    const struct user_work *work = argument;
    return print_rows(ctx, work->options,
                      "SELECT u.email, CASE u.disabled WHEN 1 THEN 'disabled' ELSE 'enabled' END,"
                      " u.id, COALESCE((SELECT reeve_list(x.name) FROM (SELECT r.name || CASE"
                      " g.scope WHEN 0 THEN '' WHEN 1 THEN ' (all groups)' WHEN 2 THEN"
                      " ' (all policies)' WHEN 3 THEN ' (a group)' ELSE ' (a policy)' END AS name"
                      " FROM user_grant g JOIN role r ON r.id = g.role_id WHERE g.user_id = u.id"
                      " ORDER BY g.scope, r.position) x), '-')"
                      " FROM user_account u ORDER BY u.created, u.id",
                      columns, COUNT_OF(columns));
}

enum result command_user_list(const struct options *options, struct error *error)
{
    struct user_work work = { .options = options };
    return store_command_read(options, run_list, &work, error);
}

static enum result run_tokens(struct ctx *ctx, void *argument)
{
    static const struct printed_column columns[] = { { "id", 36, PRINT_TEXT },
                                                     { "email", 32, PRINT_TEXT },
                                                     { "expires", 33, PRINT_TIME },
                                                     { "name", 0, PRINT_TEXT } };
    const struct user_work *work = argument;
    return print_rows(ctx, work->options,
                      "SELECT t.id, u.email, t.expires, t.name FROM user_token t"
                      " JOIN user_account u ON u.id = t.user_id ORDER BY u.email_key, t.created",
                      columns, COUNT_OF(columns));
}

enum result command_user_tokens(const struct options *options, struct error *error)
{
    struct user_work work = { .options = options };
    return store_command_read(options, run_tokens, &work, error);
}

/* --- tokens ---------------------------------------------------------------------------------------- */

static enum result audit_token(struct ctx *ctx, const struct user *user, const char *type,
                               struct slice details)
{
    const struct audit_entry entry = {
        .entity = "User",
        .entity_id = user->id,
        .entity_name = slice_of(user->email),
        .type = type,
        .details = details,
    };
    return audit_write(ctx, &entry);
}

static enum result run_token(struct ctx *ctx, void *argument)
{
    struct user_work *work = argument;
    struct user user;
    const char *name = option_text(work->options, "name");
    TRY(user_load_by_email(ctx, slice_of(work->email), &user));
    work->expires_us = ctx->now_us + option_number(work->options, "days") * US_PER_DAY;
    const struct user_token_order order = { .user_id = user.id,
                                            .name = name == NULL ? "command line" : name,
                                            .expires_us = work->expires_us };
    TRY(user_token_create(ctx->session, ctx->keys->secret_key, ctx->now_us, &order, &work->token,
                          ctx->error));
    return audit_token(ctx, &user, "CreateUserToken",
                       audit_sentence(ctx, "Make the access token \"%s\" (%s) of user %s",
                                      order.name, work->token.id, user.email));
}

enum result command_user_create_token(const struct options *options, struct error *error)
{
    struct user_work work = { .options = options };
    char expires[TIME_TEXT_BYTES];
    work.email = option_text(options, "user");
    TRY(store_command_write(options, run_token, &work, error));
    (void)time_format(work.expires_us, TIME_ZONED, expires);
    const struct pair pairs[] = { { "id", work.token.id },
                                  { "token", work.token.token },
                                  { "expires", expires } };
    print_pairs(options, pairs, COUNT_OF(pairs));
    return RESULT_OK;
}

static enum result run_revoke(struct ctx *ctx, void *argument)
{
    const struct user_work *work = argument;
    struct user user;
    char owner[37] = "";
    TRY(user_token_revoke(ctx->session, work->id, owner, ctx->error));
    TRY(user_load(ctx, owner, &user));
    return audit_token(
        ctx, &user, "RevokeUserToken",
        audit_sentence(ctx, "Revoke the access token %s of user %s", work->id, user.email));
}

enum result command_user_revoke_token(const struct options *options, struct error *error)
{
    struct user_work work = { .options = options, .id = option_text(options, "token-id") };
    return store_command_write(options, run_revoke, &work, error);
}

/* --- mail ------------------------------------------------------------------------------------------ */

static enum result run_mail(struct ctx *ctx, void *argument)
{
    static const struct printed_column columns[] = {
        { "id", 36, PRINT_TEXT },        { "status", 8, PRINT_TEXT },
        { "recipient", 32, PRINT_TEXT }, { "created", 33, PRINT_TIME },
        { "attempts", 3, PRINT_NUMBER }, { "subject", 32, PRINT_TEXT },
        { "lastError", 0, PRINT_TEXT },  { "body", 0, PRINT_TEXT }
    };
    const struct user_work *work = argument;
    bool json = option_switch(work->options, "json");
    return print_rows(ctx, work->options,
                      "SELECT id, CASE status WHEN 0 THEN 'waiting' WHEN 1 THEN 'sent' ELSE"
                      " 'given up' END, recipient, created, attempts, subject, last_error, body"
                      " FROM mail ORDER BY created, id",
                      columns, COUNT_OF(columns) - (json ? 0 : 1));
}

enum result command_mail_list(const struct options *options, struct error *error)
{
    struct user_work work = { .options = options };
    return store_command_read(options, run_mail, &work, error);
}

static enum result run_retry(struct ctx *ctx, void *argument)
{
    const struct user_work *work = argument;
    return mail_retry(ctx, work->id);
}

enum result command_mail_retry(const struct options *options, struct error *error)
{
    struct user_work work = { .options = options, .id = option_text(options, "id") };
    return store_command_write(options, run_retry, &work, error);
}

/* --- sign-in provider ------------------------------------------------------------------------------ */

static enum result run_provider(struct ctx *ctx, void *argument)
{
    const struct authentication_provider *order = argument;
    return authentication_provider_set(ctx, order);
}

enum result command_provider_set(const struct options *options, struct error *error)
{
    struct authentication_provider order = {
        .type = SLICE("OpenIDConnect"),
        .provider = slice_of(option_text(options, "provider")),
        .domain = slice_of(option_text(options, "domain")),
        .client_id = slice_of(option_text(options, "client-id")),
    };
    return store_command_write_begin(options, run_provider, &order, error);
}

static enum result run_clear(struct ctx *ctx, void *argument)
{
    (void)argument;
    return authentication_provider_clear(ctx);
}

enum result command_provider_clear(const struct options *options, struct error *error)
{
    return store_command_write(options, run_clear, NULL, error);
}
