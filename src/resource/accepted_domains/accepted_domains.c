#include "resource/accepted_domains/accepted_domains.h"

#include <stdio.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "crypto/idn.h"
#include "store/dialect.h"
#include "store/store.h"

enum result domain_canonical(struct ctx *ctx, struct slice given, const char *field,
                             const char **out)
{
    struct error error = { .field = NULL };
    struct slice name = slice_trim(given);
    const char *ascii = NULL;
    enum result result = idn_to_ascii(ctx->arena, name, &ascii, &error);
    if (result == RESULT_NO_MEMORY) {
        return fail(ctx->error, result, NULL, "%s", error.text);
    }
    if (result != RESULT_OK || !domain_is_wellformed(ascii)) {
        return fail(ctx->error, RESULT_INVALID, field,
                    "%s must be a domain like example.com, of at most 253 characters", field);
    }
    *out = ascii;
    return RESULT_OK;
}

enum result domain_is_accepted(struct ctx *ctx, const char *domain, bool *out)
{
    int64_t one = 0;
    char sql[96];
    /* Locked, so that it is not removed while a user comes into it. */
    (void)snprintf(sql, sizeof(sql), "SELECT 1 FROM accepted_domain WHERE domain = $1%s",
                   store_dialect(session_store(ctx->session))->row_lock);
    enum result result = store_int(ctx->session, &one, ctx->error, sql, "t", domain);
    *out = result == RESULT_OK;
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result domain_audit(struct ctx *ctx, const char *id, const char *before, const char *after)
{
    struct audit_changes changes;
    struct audit_entry entry = { .entity = "AcceptedDomain",
                                 .entity_id = id,
                                 .entity_name = slice_of(after == NULL ? before : after),
                                 .object = "settingsDataAuditing" };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    if (before == NULL) {
        entry.type = "AddDomain";
        entry.details = audit_sentence(ctx, "Add accepted domain %s", after);
        audit_text(&changes, "addDomain", slice_of(after));
    } else if (after == NULL) {
        entry.type = "RemoveDomain";
        entry.details = audit_sentence(ctx, "Remove accepted domain %s", before);
        audit_text(&changes, "removeDomain", slice_of(before));
    } else {
        entry.type = "ModifyDomain";
        entry.details = audit_sentence(ctx, "Change accepted domain %s to %s", before, after);
        audit_text(&changes, "modifyDomainOldValue", slice_of(before));
        audit_text(&changes, "modifyDomainNewValue", slice_of(after));
    }
    return audit_write_changes(ctx, &entry, &changes);
}

enum result domain_add(struct ctx *ctx, const char *domain, const char **out_id)
{
    struct uuid id;
    uuid_make(ctx->now_us, &id);
    *out_id = arena_strdup(ctx->arena, id.text);
    if (*out_id == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the domain");
    }
    TRY(store_run(ctx->session, ctx->error,
                  "INSERT INTO accepted_domain (id, domain, created) VALUES ($1, $2, $3)"
                  " ON CONFLICT (domain) DO NOTHING",
                  "tti", *out_id, domain, ctx->now_us));
    if (session_affected(ctx->session) == 0) {
        return fail(ctx->error, RESULT_CONFLICT, "domainName", "the domain %s is accepted already",
                    domain);
    }
    return domain_audit(ctx, *out_id, NULL, domain);
}
