#include "resource/accepted_domains/accepted_domains_ops.h"

#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "resource/accepted_domains/accepted_domains.h"
#include "store/dialect.h"
#include "store/store.h"
#include "task/task.h"

/* The domain that the body names under one of its two names, or under both alike. */
static enum result domain_given(struct ctx *ctx, const struct call *call, const char **out)
{
    struct slice name = slice_trim(call_text(call, "domainName"));
    struct slice again = slice_trim(call_text(call, "domain"));
    const char *other = NULL;
    if (name.length == 0 && again.length == 0) {
        return fail(ctx->error, RESULT_INVALID, "domainName", "domainName must name a domain");
    }
    TRY(domain_canonical(ctx, name.length > 0 ? name : again,
                         name.length > 0 ? "domainName" : "domain", out));
    if (name.length == 0 || again.length == 0) {
        return RESULT_OK;
    }
    TRY(domain_canonical(ctx, again, "domain", &other));
    return strcmp(*out, other) == 0
               ? RESULT_OK
               : fail(ctx->error, RESULT_INVALID, "domain",
                      "domainName and domain must be the same when both are given");
}

static enum result domain_load(struct ctx *ctx, struct slice id, const char **out)
{
    struct statement *row = NULL;
    char sql[96];
    (void)snprintf(sql, sizeof(sql), "SELECT domain FROM accepted_domain WHERE id = $1%s",
                   store_dialect(session_store(ctx->session))->row_lock);
    enum result result = store_row(ctx->session, &row, ctx->error, sql, "s", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL,
                    "there is no accepted domain with the id %s", id.text);
    }
    TRY(result);
    *out = slice_dup(ctx->arena, statement_text(row, 0));
    statement_reset(row);
    return *out == NULL ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the domain")
                        : RESULT_OK;
}

/* A domain stays while an enabled user has an address in it; the last one, while any user has. */
static enum result domain_must_be_free(struct ctx *ctx, const char *domain)
{
    int64_t users = 0;
    int64_t others = 0;
    TRY(store_int(ctx->session, &others, ctx->error,
                  "SELECT COUNT(*) FROM accepted_domain WHERE domain <> $1", "t", domain));
    TRY(store_int(ctx->session, &users, ctx->error,
                  "SELECT COUNT(*) FROM user_account WHERE domain = $1 AND disabled <= $2", "ti",
                  domain, others == 0 ? INT64_C(1) : INT64_C(0)));
    return users == 0
               ? RESULT_OK
               : fail(ctx->error, RESULT_CONFLICT, NULL, "%lld %susers have their address in %s",
                      (long long)users, others == 0 ? "" : "enabled ", domain);
}

/* POST AcceptedDomains */
enum result accepted_domains_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const char *domain = NULL;
    const char *id = NULL;
    TRY(domain_given(ctx, call, &domain));
    TRY(domain_add(ctx, domain, &id));
    TRY(task_completed(ctx, id, "CreateAcceptedDomain", id));
    const char *location = arena_printf(ctx->arena, "/management-api/%s/AcceptedDomains/%s",
                                        ctx_version_name(ctx), id);
    if (location == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the answer");
    }
    reply_header(reply, "Location", location);
    return reply_uuid(reply, 201, id);
}

/* PUT AcceptedDomains/{id} */
enum result accepted_domains_modify(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const char *before = NULL;
    const char *after = NULL;
    int64_t taken = 0;
    TRY(domain_load(ctx, call->ids[0], &before));
    TRY(domain_given(ctx, call, &after));
    if (strcmp(before, after) == 0) {
        audit_unchanged(ctx);
        return reply_empty(reply, 204);
    }
    TRY(domain_must_be_free(ctx, before));
    TRY(store_int(ctx->session, &taken, ctx->error,
                  "SELECT COUNT(*) FROM accepted_domain WHERE domain = $1", "t", after));
    if (taken > 0) {
        return fail(ctx->error, RESULT_CONFLICT, "domainName", "the domain %s is accepted already",
                    after);
    }
    TRY(store_run(ctx->session, ctx->error, "UPDATE accepted_domain SET domain = $2 WHERE id = $1",
                  "st", call->ids[0], after));
    TRY(domain_audit(ctx, call->ids[0].text, before, after));
    return reply_empty(reply, 204);
}

/* DELETE AcceptedDomains/{id} */
enum result accepted_domains_delete(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const char *domain = NULL;
    TRY(domain_load(ctx, call->ids[0], &domain));
    TRY(domain_must_be_free(ctx, domain));
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM accepted_domain WHERE id = $1", "s",
                  call->ids[0]));
    TRY(domain_audit(ctx, call->ids[0].text, domain, NULL));
    return reply_empty(reply, 204);
}
