/* What is written about policies when they change: what was and what is. */
#include "audit/audit.h"
#include "resource/policies/policies.h"
#include "resource/policies/policies_change.h"
#include "store/store.h"

static const char *text_or_null(struct ctx *ctx, const struct statement *row, uint32_t column,
                                bool *complete)
{
    if (statement_is_null(row, column)) {
        return NULL;
    }
    const char *text = slice_dup(ctx->arena, statement_text(row, column));
    *complete = *complete && text != NULL;
    return text;
}

enum result policy_facts_load(struct ctx *ctx, const char *id, struct policy_facts *out)
{
    struct statement *row = NULL;
    bool complete = true;
    enum result result = store_row(
        ctx->session, &row, ctx->error,
        "SELECT name, description, draft_user, draft_id, revision FROM policy WHERE id = $1", "t",
        id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no policy %s", id);
    }
    TRY(result);
    *out = (struct policy_facts){
        .id = id,
        .name = text_or_null(ctx, row, 0, &complete),
        .description = text_or_null(ctx, row, 1, &complete),
        .draft_user = text_or_null(ctx, row, 2, &complete),
        .has_draft = !statement_is_null(row, 3),
        .revision = statement_int(row, 4),
    };
    statement_reset(row);
    return complete ? RESULT_OK
                    : fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the policy");
}

enum result policy_audit(struct ctx *ctx, const struct policy_facts *before,
                         const struct policy_facts *after, const char *type, const char *verb)
{
    static const struct policy_facts nothing = { .id = NULL };
    const struct policy_facts *was = before == NULL ? &nothing : before;
    const struct policy_facts *is = after == NULL ? &nothing : after;
    const struct policy_facts *named = before == NULL ? after : before;
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "Policy",
        .entity_id = named->id,
        .entity_name = slice_of(is->name == NULL ? was->name : is->name),
        .type = type,
        .details = audit_sentence(ctx, "%s policy \"%s\"", verb, named->name),
        .object = "policyDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_change_text(&changes, "Name", slice_of(is->name), slice_of(was->name));
    audit_change_text(&changes, "Description", slice_of(is->description),
                      slice_of(was->description));
    audit_change_text(&changes, "DraftUser", slice_of(is->draft_user), slice_of(was->draft_user));
    if (before == NULL) {
        audit_new_int(&changes, "Revision", is->revision);
    }
    if (after == NULL) {
        audit_flag(&changes, "deleted");
    }
    if (changes.count == 0 && was->has_draft == is->has_draft) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    return audit_write_changes(ctx, &entry, &changes);
}
