#include "resource/policies/policies_ops.h"

#include "base/arena.h"
#include "resource/policies/policies.h"
#include "resource/policies/policies_change.h"
#include "task/task.h"

static struct slice form_value(const struct call *call, const char *name)
{
    const struct form_field *field = call_form(call, name);
    return field == NULL ? (struct slice){ 0 } : field->value;
}

/* Checking and packing megabytes of XML must not hold the writer. */
enum result policies_create_prepare(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)reply;
    struct policy_upload *upload = arena_alloc(ctx->arena, sizeof(*upload));
    if (upload == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no room for the policy file");
    }
    TRY(policy_upload_make(ctx, form_value(call, "PolicyFile"), upload));
    ctx->prepared = upload;
    return RESULT_OK;
}

/* POST Policies. The id that is answered also names a task, as clients ask for tasks by every id they get. */
enum result policies_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const struct policy_order order = {
        .name = form_value(call, "Name"),
        .description = form_value(call, "Description"),
        .upload = ctx->prepared,
    };
    const char *id = NULL;
    const char *revision_id = NULL;
    struct policy_facts after;
    TRY(policy_create(ctx, &order, &id, &revision_id));
    TRY(policy_facts_load(ctx, id, &after));
    TRY(policy_audit(ctx, NULL, &after, "CreatePolicy", "Create"));
    TRY(task_completed(ctx, id, "CreatePolicy", id));

    const char *location =
        arena_printf(ctx->arena, "/management-api/%s/Policies/%s", ctx_version_name(ctx), id);
    if (location == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no room for the address of the policy");
    }
    reply_header(reply, "Location", location);
    return reply_uuid(reply, 201, id);
}

/* PUT Policies/{id}: properties only; a new document comes by Upload. */
enum result policies_modify(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const char *id = call->ids[0].text;
    struct policy_facts before;
    struct policy_facts after;
    TRY(policy_facts_load(ctx, id, &before));
    TRY(policy_rename(ctx, id, call_text(call, "name")));
    if (call_has(call, "description")) {
        TRY(policy_describe(ctx, id, call_text(call, "description")));
    }
    TRY(policy_facts_load(ctx, id, &after));
    TRY(policy_audit(ctx, &before, &after, "ModifyPolicy", "Modify"));
    return reply_empty(reply, 204);
}

/* PATCH Policies/{id}: back to the newest stored revision, also when no draft is open. */
enum result policies_discard(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const char *id = call->ids[0].text;
    struct policy_facts before;
    struct policy_facts after;
    TRY(policy_facts_load(ctx, id, &before));
    TRY(policy_discard_draft(ctx, id));
    TRY(policy_facts_load(ctx, id, &after));
    TRY(policy_audit(ctx, &before, &after, "AbortOpenPolicyDraft", "Abort the open draft of"));
    return reply_empty(reply, 204);
}

enum result policies_delete(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const char *id = call->ids[0].text;
    struct policy_facts before;
    TRY(policy_facts_load(ctx, id, &before));
    TRY(policy_remove(ctx, id));
    TRY(policy_audit(ctx, &before, NULL, "DeletePolicy", "Delete"));
    return reply_empty(reply, 204);
}

/* Does an If-None-Match header (RFC 9110) name the quoted tag? Weak marks do not matter for it. */
static bool names_tag(struct slice header, const char *tag)
{
    while (header.length > 0) {
        struct slice one = slice_trim(slice_cut(&header, ','));
        if (slice_starts_any_case(one, "W/")) {
            one.text += 2;
            one.length -= 2;
        }
        if (slice_is(one, "*") || slice_is(one, tag)) {
            return true;
        }
    }
    return false;
}

static enum result answer_content(struct ctx *ctx, const struct call *call, struct reply *reply,
                                  const struct policy_revision *revision)
{
    const char *tag = arena_printf(ctx->arena, "\"%s\"", revision->sha256);
    const char *file_name = arena_printf(ctx->arena, "%s.xml", revision->policy_name);
    if (tag == NULL || file_name == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no room for the answer's headers");
    }
    reply_header(reply, "ETag", tag);
    if (names_tag(call->header(call, "If-None-Match"), tag)) {
        return reply_empty(reply, 304);
    }
    struct slice content;
    TRY(policy_content_load(ctx, revision->id, &content));
    return reply_bytes(ctx, reply, content, "application/xml", file_name);
}

/* GET Policies/{id}/Content: the newest stored revision, whatever Accept says. */
enum result policies_content(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct policy_revision revision;
    TRY(policy_newest_revision(ctx, call->ids[0].text, &revision));
    return answer_content(ctx, call, reply, &revision);
}

/* GET Policies/PolicyRevision/{policyRevisionId}/Content */
enum result policies_revision_content(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct policy_revision revision;
    TRY(policy_revision_load(ctx, call->ids[0].text, &revision));
    return answer_content(ctx, call, reply, &revision);
}
