#include "resource/groups/groups_ops.h"

#include "access/permission.h"
#include "base/arena.h"
#include "resource/groups/groups.h"
#include "task/task.h"

/* POST Groups. The id that is answered also names a task, as clients ask for tasks by every id they get. */
enum result groups_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const struct group_order order = {
        .name = call_text(call, "name"),
        .description = call_text(call, "description"),
        .is_default = call_bool(call, "default", false),
    };
    const char *id = NULL;
    TRY(group_create(ctx, &order, &id));
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
    return reply_empty(reply, 204);
}

/* PATCH Groups/{id}: repeating it changes nothing. */
enum result groups_mark_default(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct group group;
    TRY(group_load(ctx, call->ids[0].text, &group));
    if (!group.is_default) {
        TRY(group_make_default(ctx, group.id));
    }
    return reply_empty(reply, 204);
}
