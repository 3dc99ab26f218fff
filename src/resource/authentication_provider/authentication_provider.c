#include "resource/authentication_provider/authentication_provider.h"

#include "audit/audit.h"
#include "base/arena.h"
#include "resource/accepted_domains/accepted_domains.h"
#include "store/store.h"

/* clang-format off */
static const char *const provider_values[] = { "Microsoft", "Okta", "Google", "Ping", "Other" };
/* clang-format on */
static const struct names provider_names = { NULL, provider_values, COUNT_OF(provider_values) };

/* Columns in the order of the names below; empty without a row. */
enum { PROVIDER_TEXTS = 4 };
struct provider {
    struct slice texts[PROVIDER_TEXTS];
};

static enum result provider_load(struct ctx *ctx, struct provider *out)
{
    struct statement *row = NULL;
    bool complete = true;
    *out = (struct provider){ .texts = { { 0 } } };
    enum result result = store_row(ctx->session, &row, ctx->error,
                                   "SELECT authentication_type, provider, domain, client_id"
                                   " FROM authentication_provider",
                                   "");
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK;
    }
    TRY(result);
    for (uint32_t i = 0; i < PROVIDER_TEXTS; i++) {
        const char *copy = slice_dup(ctx->arena, statement_text(row, i));
        out->texts[i] = slice_of(copy);
        complete = complete && copy != NULL;
    }
    statement_reset(row);
    return complete ? RESULT_OK : fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory");
}

static enum result provider_audit(struct ctx *ctx, const struct provider *before,
                                  const struct provider *after)
{
    static const char *const names[] = { "AuthenticationType", "OpenIDConnectProvider", "Domain",
                                         "ClientId" };
    struct audit_changes changes;
    bool cleared = after->texts[0].length == 0;
    struct audit_entry entry = {
        .entity = "AuthenticationProvider",
        .entity_name = cleared ? before->texts[1] : after->texts[1],
        .type = cleared ? "ClearAuthenticationProvider" : "ModifyAuthenticationProvider",
        .details = cleared ? SLICE("Forget the sign-in provider")
                           : SLICE("Set the provider by which people sign in"),
        .object = "openIdConfigDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    for (size_t i = 0; i < PROVIDER_TEXTS; i++) {
        audit_change_text(&changes, names[i], after->texts[i], before->texts[i]);
    }
    if (changes.count == 0) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    return audit_write_changes(ctx, &entry, &changes);
}

static enum result text_check(struct ctx *ctx, const char *name, struct slice text)
{
    bool fits =
        text.length > 0 && text.length <= PROVIDER_TEXT_CHARACTERS_MAX && slice_is_utf8(text);
    return fits ? RESULT_OK
                : fail(ctx->error, RESULT_INVALID, name, "%s must have 1 to %d bytes of text", name,
                       PROVIDER_TEXT_CHARACTERS_MAX);
}

enum result authentication_provider_set(struct ctx *ctx,
                                        const struct authentication_provider *order)
{
    int provider = names_index(&provider_names, order->provider.text, order->provider.length);
    const char *domain = NULL;
    TRY(text_check(ctx, "type", order->type));
    TRY(text_check(ctx, "client-id", order->client_id));
    if (provider < 0) {
        return fail(ctx->error, RESULT_INVALID, "provider",
                    "provider must be one of Microsoft, Okta, Google, Ping, Other");
    }
    TRY(domain_canonical(ctx, order->domain, "domain", &domain));
    struct provider before;
    TRY(provider_load(ctx, &before));
    const struct provider after = { .texts = { order->type, slice_of(provider_values[provider]),
                                               slice_of(domain), order->client_id } };
    TRY(store_run(ctx->session, ctx->error,
                  "INSERT INTO authentication_provider (id, authentication_type, provider,"
                  " domain, client_id) VALUES (1, $1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET"
                  " authentication_type = $1, provider = $2, domain = $3, client_id = $4",
                  "stts", order->type, provider_values[provider], domain, order->client_id));
    return provider_audit(ctx, &before, &after);
}

enum result authentication_provider_clear(struct ctx *ctx)
{
    struct provider before;
    const struct provider none = { .texts = { { 0 } } };
    TRY(provider_load(ctx, &before));
    if (before.texts[0].length == 0) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no authentication provider");
    }
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM authentication_provider", ""));
    return provider_audit(ctx, &before, &none);
}
