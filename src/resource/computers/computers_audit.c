/* What is written about computers when they are worked on: one entry a call, however many it names. */
#include <assert.h>

#include "base/arena.h"
#include "resource/computers/computers_parts.h"
#include "resource/computers/computers_selection.h"
#include "resource/groups/groups.h"
#include "store/store.h"

enum result computers_tell(struct ctx *ctx, struct audit_changes *changes, const char *member,
                           const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count && i < AUDIT_NAMES_MAX; i++) {
        struct statement *row = NULL;
        enum result result = store_row(ctx->session, &row, ctx->error,
                                       "SELECT host FROM computer WHERE id = $1", "t", ids[i]);
        if (result == RESULT_OK) {
            audit_map_add(changes, member, ids[i], statement_text(row, 0));
            statement_reset(row);
        } else if (result != RESULT_NOT_FOUND) {
            return result;
        }
    }
    return RESULT_OK;
}

/* How work on computers is told: what for, and under which member of the object. */
static const struct telling {
    const struct task_action *action;
    const char *verb, *member;
} tellings[] = {
    { &authorise_action, "Authorise", "authorisedAgents" },
    { &reject_action, "Reject", "rejectedAgents" },
    { &archive_action, "Archive", "archivedAgents" },
    { &unarchive_action, "Unarchive", "unarchivedAgents" },
    { &deactivate_action, "Deactivate", "deactivatedAgents" },
    { &delete_action, "Delete", "deletedAgents" },
    { &renew_action, "Renew the certificate of", "commandedAgents" },
    { &retrieve_logs_action, "Retrieve the logs of", "commandedAgents" },
    { &retrieve_status_action, "Retrieve the status of", "commandedAgents" },
};

static const struct telling *telling_of(const struct task_action *action)
{
    const struct telling *at = tellings;
    while (at->action != action) {
        at++;
        assert(at < tellings + COUNT_OF(tellings));
    }
    return at;
}

/* The group that an authorisation brings computers into. */
static enum result tell_group(struct ctx *ctx, struct audit_changes *changes, const char *group_id)
{
    struct group group;
    TRY(group_load(ctx, group_id, &group));
    audit_text(changes, "newComputerGroupId", slice_of(group.id));
    audit_text(changes, "newComputerGroupName", slice_of(group.name));
    return RESULT_OK;
}

static const char *host_of(struct ctx *ctx, const struct task_order *order)
{
    struct computer computer;
    bool one = order->count == 1 && computer_load(ctx, order->ids[0], &computer) == RESULT_OK;
    return one ? computer.host : NULL;
}

static struct slice sentence_of(struct ctx *ctx, const struct telling *telling,
                                const struct task_order *order, const char *host)
{
    size_t unknown = order->unknown == NULL ? 0 : order->unknown->count;
    const char *left_out = unknown == 0 ? ""
                                        : arena_printf(ctx->arena, "; %zu unknown id%s left out",
                                                       unknown, unknown == 1 ? "" : "s");
    if (host != NULL) {
        return audit_sentence(ctx, "%s computer \"%s\"%s", telling->verb, host, left_out);
    }
    return audit_sentence(ctx, "%s %s%s", telling->verb, audit_count(ctx, order->count, "computer"),
                          left_out);
}

enum result computers_audit(struct ctx *ctx, const struct task_order *order)
{
    const struct telling *telling = telling_of(order->action);
    const char *host = host_of(ctx, order);
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "Agent",
        .entity_id = order->count == 1 ? order->ids[0] : NULL,
        .entity_name = slice_of(host),
        .type = order->action->name,
        .details = sentence_of(ctx, telling, order, host),
        .object = "computerDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    TRY(computers_tell(ctx, &changes, telling->member, order->ids, order->count));
    for (size_t i = 0; order->action == &delete_action && i < order->count; i++) {
        audit_list_add(&changes, "newDeletedAgents", slice_of(order->ids[i]));
    }
    if (order->action == &authorise_action && order->argument != NULL) {
        TRY(tell_group(ctx, &changes, order->argument));
    }
    return audit_write_changes(ctx, &entry, &changes);
}
