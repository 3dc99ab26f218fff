#include "resource/groups/groups_ops.h"

#include "access/permission.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "resource/groups/groups.h"
#include "task/task.h"

/* --- audit --------------------------------------------------------------------------------------- */

static const struct group nothing = { .id = NULL };

/* `before` is `nothing` for a new group; `title` says what was done, with the name in it. */
static enum result audit_group(struct ctx *ctx, const struct group *before,
                               const struct group *after, const char *type, struct slice title)
{
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "Group",
        .entity_id = after->id,
        .entity_name = slice_of(after->name),
        .type = type,
        .details = title,
        .object = "groupDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_change_text(&changes, "Name", slice_of(after->name), slice_of(before->name));
    audit_change_text(&changes, "Description", slice_of(after->description),
                      slice_of(before->description));
    if (before->id == NULL) {
        audit_new_bool(&changes, "IsDefault", after->is_default);
    } else {
        audit_change_bool(&changes, "IsDefault", after->is_default, before->is_default);
    }
    if (changes.count == 0) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    return audit_write_changes(ctx, &entry, &changes);
}

/* What becomes of the group that was the default one: it is told with the new one. */
static enum result default_before(struct ctx *ctx, const char **out_name)
{
    struct group group;
    enum result result = group_load_default(ctx, &group);
    *out_name = result == RESULT_OK ? group.name : NULL;
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

static struct slice title_default(struct ctx *ctx, const char *name, const char *before)
{
    return before == NULL
               ? audit_sentence(ctx, "Make group \"%s\" the default group", name)
               : audit_sentence(ctx, "Make group \"%s\" the default group in place of \"%s\"", name,
                                before);
}

static enum result audit_created(struct ctx *ctx, const char *id, const char *default_name)
{
    struct group group;
    TRY(group_load(ctx, id, &group));
    struct slice title =
        group.is_default && default_name != NULL
            ? audit_sentence(ctx, "Create group \"%s\", the default group in place of \"%s\"",
                             group.name, default_name)
            : audit_sentence(ctx, "Create group \"%s\"", group.name);
    return audit_group(ctx, &nothing, &group, "CreateGroup", title);
}

/* --- operations ---------------------------------------------------------------------------------- */

/* POST Groups. The id that is answered also names a task, as clients ask for tasks by every id they get. */
enum result groups_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const struct group_order order = {
        .name = call_text(call, "name"),
        .description = call_text(call, "description"),
        .is_default = call_bool(call, "default", false),
    };
    const char *id = NULL;
    const char *default_name = NULL;
    TRY(default_before(ctx, &default_name));
    TRY(group_create(ctx, &order, &id));
    TRY(audit_created(ctx, id, default_name));
    TRY(task_completed(ctx, id, "CreateGroup", id));

    const char *location =
        arena_printf(ctx->arena, "/management-api/%s/Groups/%s", ctx_version_name(ctx), id);
    if (location == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no room for the address of the group");
    }
    reply_header(reply, "Location", location);
    return reply_uuid(reply, 201, id);
}

/* PUT Groups and PUT Groups/{id}: members that are left out keep their value. */
enum result groups_modify(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const char *id = call->id_count > 0 ? call->ids[0].text : call_uuid(ctx, call, "id");
    if (id == NULL) {
        return fail(ctx->error, RESULT_INVALID, "id", "id must name the group");
    }
    struct group group;
    TRY(group_load(ctx, id, &group));
    TRY(access_require(ctx, "Group", "Modify", group.id));
    TRY(group_must_be_free(ctx, &group));

    struct slice name = call_text(call, "name");
    if (name.length > 0) {
        TRY(group_rename(ctx, group.id, name));
    }
    if (call_has(call, "description")) {
        TRY(group_describe(ctx, group.id, call_text(call, "description")));
    }
    struct group after;
    TRY(group_load(ctx, group.id, &after));
    TRY(audit_group(ctx, &group, &after, "ModifyGroup",
                    audit_sentence(ctx, "Modify group \"%s\"", group.name)));
    return reply_empty(reply, 204);
}

/* PATCH Groups/{id}: repeating it changes nothing. */
enum result groups_mark_default(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct group group;
    TRY(group_load(ctx, call->ids[0].text, &group));
    struct group after = group;
    const char *default_name = NULL;
    TRY(default_before(ctx, &default_name));
    if (!group.is_default) {
        TRY(group_make_default(ctx, group.id));
        after.is_default = true;
    }
    TRY(audit_group(ctx, &group, &after, "SetDefaultGroup",
                    title_default(ctx, group.name, default_name)));
    return reply_empty(reply, 204);
}
