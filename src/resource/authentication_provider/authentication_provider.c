#include "resource/authentication_provider/authentication_provider.h"

#include "resource/accepted_domains/accepted_domains.h"
#include "store/store.h"

/* clang-format off */
static const char *const provider_values[] = { "Microsoft", "Okta", "Google", "Ping", "Other" };
/* clang-format on */
static const struct names provider_names = { NULL, provider_values, COUNT_OF(provider_values) };

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
    return store_run(ctx->session, ctx->error,
                     "INSERT INTO authentication_provider (id, authentication_type, provider,"
                     " domain, client_id) VALUES (1, $1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET"
                     " authentication_type = $1, provider = $2, domain = $3, client_id = $4",
                     "stts", order->type, provider_values[provider], domain, order->client_id);
}

enum result authentication_provider_clear(struct ctx *ctx)
{
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM authentication_provider", ""));
    return session_affected(ctx->session) > 0
               ? RESULT_OK
               : fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no authentication provider");
}
