#include "resource/assignments/group_selection.h"

#include "base/arena.h"
#include "model/list.h"
#include "model/operation.h"
#include "model/reach.h"
#include "model/row_json.h"
#include "resource/groups/groups.h"
#include "store/store.h"

static enum result select_by_filter(struct ctx *ctx, const struct call *call, struct id_list *out)
{
    struct list *list = arena_alloc(ctx->arena, sizeof(*list));
    if (list == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no room for the filter");
    }
    list_parse_filter(ctx->arena, &groups_resource, ctx->version, call_member(call, "filter"),
                      "filter", list, ctx->faults);
    if (ctx->faults->count > 0) {
        return fail(ctx->error, RESULT_INVALID, "filter", "the filter does not fit");
    }
    TRY(list_select_ids(ctx, list, TASK_ITEMS_MAX, &out->ids, &out->count));
    out->capacity = out->count;
    return RESULT_OK;
}

static enum result exists(struct ctx *ctx, const char *id, bool *out)
{
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT COUNT(*) FROM computer_group WHERE id = $1", "t", id));
    *out = count > 0;
    return *out ? reach_has(ctx, &groups_resource, id, out) : RESULT_OK;
}

static enum result select_by_id(struct ctx *ctx, const struct call *call, struct id_list *out,
                                struct task_faults *unknown)
{
    struct id_list given = { 0 };
    TRY(id_list_read(ctx, &given, call_member(call, "groupIds")));
    if (given.count == 0) {
        return fail(ctx->error, RESULT_INVALID, "groupIds",
                    "groupIds must name a group at least, unless allGroups is true");
    }
    id_list_sort(&given);
    for (size_t i = 0; i < given.count; i++) {
        bool found = false;
        TRY(exists(ctx, given.ids[i], &found));
        if (found) {
            TRY(id_list_add(ctx, out, slice_of(given.ids[i])));
        } else if (given.count == 1) {
            return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no group %s", given.ids[i]);
        } else {
            task_fault_add(ctx, unknown, given.ids[i], "there is no group %s", given.ids[i]);
        }
    }
    return RESULT_OK;
}

enum result groups_select(struct ctx *ctx, const struct call *call, struct id_list *out,
                          struct task_faults *unknown)
{
    struct id_list excluded = { 0 };
    if (call_bool(call, "allGroups", false)) {
        TRY(select_by_filter(ctx, call, out));
    } else {
        TRY(select_by_id(ctx, call, out, unknown));
    }
    TRY(id_list_read(ctx, &excluded, call_member(call, "excludedGroupIds")));
    id_list_sort(&excluded);
    id_list_remove(out, &excluded);
    return RESULT_OK;
}
