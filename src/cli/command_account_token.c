/* reeve api-account create-token, tokens, revoke-token: for identity providers that keep a static token. */
#include "access/account_token.h"
#include "audit/audit.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/store_command.h"
#include "store/store.h"

struct token_work {
    const struct options *options;
    struct account_token_order order;
    struct account_token_made made;
    const char *token_id;
};

static enum result audit_token(struct ctx *ctx, const char *account_id, const char *type,
                               const char *verb, const char *token)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error, "SELECT name FROM api_account WHERE id = $1", "t",
                  account_id));
    const char *name = slice_dup(ctx->arena, statement_text(row, 0));
    statement_reset(row);
    if (name == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the audit");
    }
    const struct audit_entry entry = {
        .entity = "ApiClient",
        .entity_id = account_id,
        .entity_name = slice_of(name),
        .type = type,
        .details =
            audit_sentence(ctx, "%s the access token %s of API account \"%s\"", verb, token, name),
    };
    return audit_write(ctx, &entry);
}

static enum result run_create(struct ctx *ctx, void *argument)
{
    struct token_work *work = argument;
    work->order.expires_us = ctx->now_us + option_number(work->options, "days") * US_PER_DAY;
    TRY(account_token_create(ctx->session, ctx->keys->secret_key, ctx->now_us, &work->order,
                             &work->made, ctx->error));
    struct slice token = audit_sentence(ctx, "\"%s\" (%s)", work->order.name, work->made.id);
    return audit_token(ctx, work->made.account_id, "CreateApiAccountToken", "Make",
                       token.length == 0 ? work->made.id : token.text);
}

enum result command_account_create_token(const struct options *options, struct error *error)
{
    struct token_work work = { .options = options };
    char expires[TIME_TEXT_BYTES];
    work.order.client_id = option_text(options, "client-id");
    work.order.name = option_text(options, "name");
    TRY(store_command_write(options, run_create, &work, error));
    (void)time_format(work.order.expires_us, TIME_ZONED, expires);
    const struct pair pairs[] = { { "id", work.made.id },
                                  { "token", work.made.token },
                                  { "expires", expires } };
    print_pairs(options, pairs, COUNT_OF(pairs));
    return RESULT_OK;
}

static enum result run_list(struct ctx *ctx, void *argument)
{
    static const struct printed_column columns[] = { { "id", 36, PRINT_TEXT },
                                                     { "clientId", 32, PRINT_TEXT },
                                                     { "expires", 33, PRINT_TIME },
                                                     { "lastUsed", 33, PRINT_TIME },
                                                     { "name", 0, PRINT_TEXT } };
    const struct token_work *work = argument;
    return print_rows(ctx, work->options,
                      "SELECT t.id, a.client_id, t.expires, t.last_used, t.name FROM api_token t"
                      " JOIN api_account a ON a.id = t.account_id WHERE t.id IS NOT NULL"
                      " ORDER BY a.name_key, t.created",
                      columns, COUNT_OF(columns));
}

enum result command_account_tokens(const struct options *options, struct error *error)
{
    struct token_work work = { .options = options };
    return store_command_read(options, run_list, &work, error);
}

static enum result run_revoke(struct ctx *ctx, void *argument)
{
    const struct token_work *work = argument;
    char account_id[37] = "";
    TRY(account_token_revoke(ctx->session, work->token_id, account_id, ctx->error));
    return audit_token(ctx, account_id, "RevokeApiAccountToken", "Revoke", work->token_id);
}

enum result command_account_revoke_token(const struct options *options, struct error *error)
{
    struct token_work work = { .options = options, .token_id = option_text(options, "token-id") };
    return store_command_write(options, run_revoke, &work, error);
}
