#include "server/sandbox_run.h"

#include "access/account.h"
#include "agent_api/agent_api.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "model/operation.h"
#include "model/page_walk.h"
#include "sandbox/sandbox.h"
#include "server/housekeeping.h"
#include "server/instance.h"
#include "server/serve.h"

void sandbox_begin(const struct serve_sandbox *sandbox)
{
    time_hold(sandbox->clock_us);
    uuid_replay(&sandbox->seed);
    random_replay(&sandbox->seed);
}

/* --- filling ------------------------------------------------------------------------------------------------------- */

static enum result make_account(struct ctx *ctx, void *argument)
{
    static const char *const scopes[] = { "audit=read",     "insight=full", "management=full",
                                          "reporting=read", "scim=full",    "jit=full" };
    const struct serve_sandbox *sandbox = argument;
    struct account_made made;
    struct account_order order = {
        .name = "Sandbox",
        .description = "The account that the sandbox starts with",
        .client_id = sandbox->client_id,
        .client_secret = sandbox->client_secret,
    };
    for (size_t i = 0; i < COUNT_OF(scopes); i++) {
        TRY(account_scope_parse(scopes[i], order.levels, ctx->error));
    }
    TRY(account_create(ctx->session, ctx->keys->secret_key, ctx->now_us, &order, &made,
                       ctx->error));
    bytes_wipe(&made, sizeof(made));
    return RESULT_OK;
}

enum result sandbox_fill(const struct serve_sandbox *sandbox, struct instance *instance,
                         struct housekeeping *housekeeping, struct error *error)
{
    struct serve_sandbox account = *sandbox;
    instance->actor = "system";
    TRY(instance_write(instance, make_account, &account, error));
    TRY(sandbox->fill(instance, sandbox->context, error));
    housekeeping_wake(housekeeping);
    housekeeping_settle(
        housekeeping); /* the rest when time passes: who starts a sandbox waits for it */
    return RESULT_OK;
}

/* --- what it moves ------------------------------------------------------------------------------------------------------ */

static void settle(void *context)
{
    const struct sandbox_parts *parts = context;
    housekeeping_settle(parts->housekeeping);
}

static void pass(void *context)
{
    const struct sandbox_parts *parts = context;
    housekeeping_pass(parts->housekeeping);
}

static void forget(void *context)
{
    const struct sandbox_parts *parts = context;
    agent_services_forget(parts->agents);
    page_walks_forget(parts->walks);
}

struct sandbox *sandbox_make(const struct serve_sandbox *options, struct instance *instance,
                             struct sandbox_parts *parts)
{
    const struct sandbox_settings settings = {
        .store = instance->store,
        .seed = options->seed,
        .ca_pem = &instance->keys.ca_certificate_pem,
        .settle = settle,
        .pass = pass,
        .forget = forget,
        .context = parts,
    };
    return sandbox_new(&settings);
}
