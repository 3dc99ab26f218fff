/* What is written when groups get policies or computers: one entry a call, however many it names. */
#include "resource/assignments/assignments_audit.h"

#include "audit/audit.h"
#include "base/arena.h"
#include "resource/computers/computers_selection.h"
#include "resource/policies/policies.h"
#include "store/store.h"

/* --- policies ---------------------------------------------------------------------------------- */

/* "Workstations, revision 3"; NULL for none. */
static enum result revision_text(struct ctx *ctx, const char *id, const char **out)
{
    struct policy_revision revision;
    *out = NULL;
    if (id == NULL) {
        return RESULT_OK;
    }
    TRY(policy_revision_load(ctx, id, &revision));
    *out = arena_printf(ctx->arena, "%s, revision %lld", revision.policy_name,
                        (long long)revision.number);
    return *out == NULL ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the audit")
                        : RESULT_OK;
}

static enum result tell_groups(struct ctx *ctx, const struct id_list *groups, const char *member,
                               struct audit_changes *changes)
{
    for (size_t i = 0; i < groups->count && i < AUDIT_NAMES_MAX; i++) {
        struct group group;
        const char *old = NULL;
        TRY(group_load(ctx, groups->ids[i], &group));
        TRY(revision_text(ctx, group.policy_revision_id, &old));
        audit_map_add(changes, member, group.id, slice_of(group.name));
        if (old != NULL) {
            audit_map_add(changes, "oldRevisions", group.id, slice_of(old));
        }
    }
    return RESULT_OK;
}

static const char *left_out(struct ctx *ctx, size_t unknown)
{
    const char *text = unknown == 0 ? ""
                                    : arena_printf(ctx->arena, "; %zu unknown id%s left out",
                                                   unknown, unknown == 1 ? "" : "s");
    return text == NULL ? "" : text;
}

enum result audit_one_group(struct ctx *ctx, const struct group *group, const char *revision_id,
                            const char *type)
{
    struct audit_changes changes;
    const char *now = NULL;
    const char *old = NULL;
    TRY(revision_text(ctx, revision_id, &now));
    TRY(revision_text(ctx, group->policy_revision_id, &old));
    struct audit_entry entry = {
        .entity = "Group",
        .entity_id = group->id,
        .entity_name = slice_of(group->name),
        .type = type,
        .details = now == NULL
                       ? audit_sentence(ctx, "Clear the policy of group \"%s\"", group->name)
                       : audit_sentence(ctx, "Assign %s to group \"%s\"", now, group->name),
        .object = "groupDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    if (now != NULL) {
        audit_map_add(&changes, "addPolicyRevisions", revision_id, slice_of(now));
    }
    if (old != NULL) {
        audit_map_add(&changes, "removePolicyRevisions", group->policy_revision_id, slice_of(old));
    }
    return audit_write_changes(ctx, &entry, &changes);
}

enum result audit_groups(struct ctx *ctx, const struct id_list *groups, size_t unknown,
                         const char *revision_id, const char *type)
{
    struct audit_changes changes;
    const char *now = NULL;
    TRY(revision_text(ctx, revision_id, &now));
    const char *groups_text = audit_count(ctx, groups->count, "group");
    struct audit_entry entry = {
        .entity = "PolicyRevision",
        .entity_id = revision_id,
        .entity_name = slice_of(now),
        .type = type,
        .details = now == NULL ? audit_sentence(ctx, "Clear the policy of %s%s", groups_text,
                                                left_out(ctx, unknown))
                               : audit_sentence(ctx, "Assign %s to %s%s", now, groups_text,
                                                left_out(ctx, unknown)),
        .object = "policyRevisionDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    TRY(tell_groups(ctx, groups, now == NULL ? "removedGroups" : "newGroups", &changes));
    return audit_write_changes(ctx, &entry, &changes);
}

enum result audit_upload(struct ctx *ctx, const struct policy_revision *before,
                         const char *revision_id, struct slice note, const struct id_list *groups)
{
    struct policy_revision revision;
    struct audit_changes changes;
    TRY(policy_revision_load(ctx, revision_id, &revision));
    struct audit_entry entry = {
        .entity = "PolicyRevision",
        .entity_id = revision_id,
        .entity_name = slice_of(revision.policy_name),
        .type = "UploadPolicyRevision",
        .details = audit_sentence(ctx, "Upload revision %lld of policy \"%s\", assigned to %s",
                                  (long long)revision.number, revision.policy_name,
                                  audit_count(ctx, groups->count, "group")),
        .object = "policyRevisionDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    TRY(tell_groups(ctx, groups, "newGroups", &changes));
    if (note.length > 0) {
        audit_text(&changes, "newAnnotationNote", note);
    }
    audit_change_int(&changes, "Revision", revision.number, before->number);
    audit_change_text(&changes, "Sha256", slice_of(revision.sha256), slice_of(before->sha256));
    audit_change_int(&changes, "SizeBytes", revision.size_bytes, before->size_bytes);
    return audit_write_changes(ctx, &entry, &changes);
}

/* --- computers --------------------------------------------------------------------------------- */

enum result audit_assign(struct ctx *ctx, const struct task_order *order, const struct group *group)
{
    struct audit_changes changes;
    size_t unknown = order->unknown == NULL ? 0 : order->unknown->count;
    struct audit_entry entry = {
        .entity = "Group",
        .entity_id = group->id,
        .entity_name = slice_of(group->name),
        .type = order->action->name,
        .details = audit_sentence(ctx, "Assign %s to group \"%s\"%s",
                                  audit_count(ctx, order->count, "computer"), group->name,
                                  left_out(ctx, unknown)),
        .object = "groupDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    TRY(computers_tell(ctx, &changes, "newAgents", order->ids, order->count));
    return audit_write_changes(ctx, &entry, &changes);
}

enum result audit_unassign(struct ctx *ctx, const struct task_order *order)
{
    struct audit_changes changes;
    struct group group = { .id = NULL };
    size_t unknown = order->unknown == NULL ? 0 : order->unknown->count;
    if (order->argument != NULL) {
        enum result result = group_load(ctx, order->argument, &group);
        if (result != RESULT_OK && result != RESULT_NOT_FOUND) {
            return result;
        }
    }
    struct audit_entry entry = {
        .entity = "Group",
        .entity_id = group.id,
        .entity_name = slice_of(group.name),
        .type = order->action->name,
        .details = audit_sentence(
            ctx, "Take %s out of %s%s%s%s", audit_count(ctx, order->count, "computer"),
            group.id == NULL ? "their groups" : "group \"", group.id == NULL ? "" : group.name,
            group.id == NULL ? "" : "\"", left_out(ctx, unknown)),
        .object = "groupDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    TRY(computers_tell(ctx, &changes, "removeAgents", order->ids, order->count));
    return audit_write_changes(ctx, &entry, &changes);
}

enum result audit_delete_group(struct ctx *ctx, const struct group *group,
                               const struct id_list *computers)
{
    struct audit_changes changes;
    const char *old = NULL;
    TRY(revision_text(ctx, group->policy_revision_id, &old));
    struct audit_entry entry = {
        .entity = "Group",
        .entity_id = group->id,
        .entity_name = slice_of(group->name),
        .type = "DeleteGroup",
        .details = audit_sentence(ctx, "Delete group \"%s\" with %s", group->name,
                                  audit_count(ctx, computers->count, "computer")),
        .object = "groupDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_change_text(&changes, "Name", (struct slice){ 0 }, slice_of(group->name));
    audit_change_text(&changes, "Description", (struct slice){ 0 }, slice_of(group->description));
    if (old != NULL) {
        audit_map_add(&changes, "removePolicyRevisions", group->policy_revision_id, slice_of(old));
    }
    TRY(computers_tell(ctx, &changes, "removeAgents", computers->ids, computers->count));
    audit_flag(&changes, "deleted");
    return audit_write_changes(ctx, &entry, &changes);
}
