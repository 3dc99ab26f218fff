#include "server/sandbox_run.h"

#include "access/account.h"
#include "api/api.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "model/operation.h"
#include "server/housekeeping.h"
#include "server/instance.h"
#include "server/serve.h"

enum { WRITE_STEP_US = 1000 };

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
    housekeeping_pass(housekeeping);
    return RESULT_OK;
}

/* --- beside the calls ------------------------------------------------------------------------------------------------- */

static void before_call(void *context, const struct route *route)
{
    struct sandbox_clock *clock = context;
    housekeeping_settle(clock->housekeeping);
    if (route->work == WORK_WRITE) {
        (void)pthread_mutex_lock(&clock->lock);
        time_hold(time_now_us() + WRITE_STEP_US);
        (void)pthread_mutex_unlock(&clock->lock);
    }
}

void sandbox_clock_init(struct sandbox_clock *clock, struct housekeeping *housekeeping,
                        struct api_watch *out_watch)
{
    (void)pthread_mutex_init(&clock->lock, NULL);
    clock->housekeeping = housekeeping;
    *out_watch = (struct api_watch){ .context = clock, .before = before_call };
}
