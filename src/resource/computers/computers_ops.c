#include <string.h>

#include "access/permission.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "resource/computers/computers_parts.h"
#include "resource/computers/computers_selection.h"
#include "resource/groups/groups.h"

/* --- shared endings ------------------------------------------------------------------------------------------------- */

/* 200 without a body when all is done, 201 with the task when it goes on. Both name the task: it lists what failed. */
static enum result work_start(struct ctx *ctx, const struct call *call, struct reply *reply,
                              const struct task_order *order)
{
    const char *task_id = NULL;
    bool later = false;
    TRY(computers_audit(ctx, order)); /* first: names go with what is deleted */
    TRY(task_start(ctx, order, &task_id, &later));
    if (later) {
        return reply_task(ctx, call, reply, 201, task_id);
    }
    reply_header(reply, "X-Task-Id", task_id);
    return reply_empty(reply, 200);
}

static enum result work_many(struct ctx *ctx, const struct call *call, struct reply *reply,
                             const struct task_action *action)
{
    struct computer_selection selection;
    TRY(computers_select(ctx, call, "computerIds", &selection));
    const struct task_order order = { .action = action,
                                      .ids = selection.ids,
                                      .count = selection.count,
                                      .unknown = &selection.unknown };
    return work_start(ctx, call, reply, &order);
}

static enum result work_pending(struct ctx *ctx, const struct call *call, struct reply *reply,
                                const struct task_action *action, const char *argument)
{
    struct computer_selection selection;
    TRY(computers_select_pending(ctx, call, "computerIds", &selection));
    const struct task_order order = { .action = action,
                                      .argument = argument,
                                      .ids = selection.ids,
                                      .count = selection.count,
                                      .unknown = &selection.unknown };
    return work_start(ctx, call, reply, &order);
}

static enum result living(struct ctx *ctx, struct slice id, struct computer *out)
{
    enum result result = computer_load_locked(ctx, id.text, out);
    if (result == RESULT_NOT_FOUND || (result == RESULT_OK && out->deleted)) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no computer with the id %s",
                    id.text);
    }
    return result;
}

static enum result work_one(struct ctx *ctx, const struct call *call, struct reply *reply,
                            const struct task_action *action)
{
    struct computer computer;
    TRY(living(ctx, call->ids[0], &computer));
    const struct task_order order = {
        .action = action, .resource_id = computer.id, .ids = &computer.id, .count = 1
    };
    return work_start(ctx, call, reply, &order);
}

/* --- life --------------------------------------------------------------------------------------------------------------- */

/* POST Computers/Authorise: the group of the body, else the default one, else none. */
enum result computers_authorise(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct group group = { .id = NULL };
    const char *wanted = call_uuid(ctx, call, "groupId");
    enum result result =
        wanted != NULL ? group_load(ctx, wanted, &group) : group_load_default(ctx, &group);
    if (result == RESULT_NOT_FOUND && wanted == NULL) {
        group.id = NULL;
    } else {
        TRY(result);
    }
    if (wanted != NULL) {
        TRY(access_require(ctx, "Group", "Modify", group.id));
        TRY(group_must_be_free(ctx, &group));
    }
    return work_pending(ctx, call, reply, &authorise_action, group.id);
}

/* POST Computers/Reject */
enum result computers_reject(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return work_pending(ctx, call, reply, &reject_action, NULL);
}

/* POST Computers/Archive */
enum result computers_archive(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return work_many(ctx, call, reply, &archive_action);
}

/* POST Computers/Unarchive */
enum result computers_unarchive(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return work_many(ctx, call, reply, &unarchive_action);
}

/* POST Computers/Deactivate: archives, then deletes. */
enum result computers_deactivate(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return work_many(ctx, call, reply, &deactivate_action);
}

/* DELETE Computers */
enum result computers_delete(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return work_many(ctx, call, reply, &delete_action);
}

/* DELETE Computers/{id} (extension) */
enum result computers_delete_one(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return work_one(ctx, call, reply, &delete_action);
}

/* POST Computers/{id}/Archive */
enum result computers_archive_one(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return work_one(ctx, call, reply, &archive_action);
}

/* POST Computers/{id}/Unarchive */
enum result computers_unarchive_one(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return work_one(ctx, call, reply, &unarchive_action);
}

/* --- commands ------------------------------------------------------------------------------------------------------------- */

static enum result task_id_make(struct ctx *ctx, const char **out)
{
    struct uuid id;
    uuid_make(ctx->now_us, &id);
    *out = arena_strdup(ctx->arena, id.text);
    return *out == NULL ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the task")
                        : RESULT_OK;
}

/* The one task that made the open command of each of them, or NULL. Large selections are not searched: they get no
   second commands either, but a task that says so. */
static enum result common_task(struct ctx *ctx, const struct computer_selection *selection,
                               enum command_type type, const char **out)
{
    const char *common = NULL;
    bool searched =
        selection->unknown.count == 0 && selection->count <= ctx->rules->bulk_at_once_max;
    *out = NULL;
    for (size_t i = 0; searched && i < selection->count; i++) {
        const char *task_id = NULL;
        TRY(command_open_task(ctx, selection->ids[i], type, &task_id));
        if (task_id == NULL || task_id[0] == '\0' ||
            (common != NULL && strcmp(common, task_id) != 0)) {
            return RESULT_OK;
        }
        common = task_id;
    }
    *out = common;
    return RESULT_OK;
}

static enum result command_many(struct ctx *ctx, const struct call *call, struct reply *reply,
                                const struct task_action *action, enum command_type type)
{
    struct computer_selection selection;
    const char *task_id = NULL;
    bool later = false;
    TRY(computers_select(ctx, call, "computerIds", &selection));
    TRY(common_task(ctx, &selection, type, &task_id));
    if (task_id != NULL) {
        audit_unchanged(ctx);
        return reply_task(ctx, call, reply, 200, task_id);
    }
    TRY(task_id_make(ctx, &task_id));
    const struct task_order order = { .action = action,
                                      .argument = task_id,
                                      .ids = selection.ids,
                                      .count = selection.count,
                                      .unknown = &selection.unknown,
                                      .id = task_id };
    TRY(computers_audit(ctx, &order));
    TRY(task_start(ctx, &order, &task_id, &later));
    return reply_task(ctx, call, reply, 200, task_id);
}

/* The same command while one waits: no second one, the same task. */
static enum result command_one(struct ctx *ctx, const struct call *call, struct reply *reply,
                               const struct task_action *action, enum command_type type)
{
    struct computer computer;
    const char *task_id = NULL;
    bool later = false;
    TRY(living(ctx, call->ids[0], &computer));
    if (computer.archived || !computer_may(computer.authorisation, STEP_COMMAND)) {
        return fail(ctx->error, RESULT_CONFLICT, NULL, "a computer that is %s takes no commands",
                    computer.archived ? "archived" : "rejected");
    }
    TRY(command_open_task(ctx, computer.id, type, &task_id));
    if (task_id != NULL && task_id[0] != '\0') {
        audit_unchanged(ctx);
        return reply_task(ctx, call, reply, 200, task_id);
    }
    TRY(task_id_make(ctx, &task_id));
    const struct task_order order = { .action = action,
                                      .argument = task_id,
                                      .resource_id = computer.id,
                                      .ids = &computer.id,
                                      .count = 1,
                                      .id = task_id };
    TRY(computers_audit(ctx, &order));
    TRY(task_start(ctx, &order, &task_id, &later));
    return reply_task(ctx, call, reply, 200, task_id);
}

/* POST Computers/RenewCertificate */
enum result computers_renew(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return command_many(ctx, call, reply, &renew_action, COMMAND_RENEW_CERTIFICATE);
}

/* POST Computers/{id}/RenewCertificate */
enum result computers_renew_one(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return command_one(ctx, call, reply, &renew_action, COMMAND_RENEW_CERTIFICATE);
}

/* POST Computers/RetrieveLogs */
enum result computers_retrieve_logs(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return command_many(ctx, call, reply, &retrieve_logs_action, COMMAND_RETRIEVE_LOGS);
}

/* POST Computers/{id}/RetrieveLogs */
enum result computers_retrieve_logs_one(struct ctx *ctx, const struct call *call,
                                        struct reply *reply)
{
    return command_one(ctx, call, reply, &retrieve_logs_action, COMMAND_RETRIEVE_LOGS);
}

/* POST Computers/RetrieveStatusInfo */
enum result computers_retrieve_status(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return command_many(ctx, call, reply, &retrieve_status_action, COMMAND_RETRIEVE_STATUS_INFO);
}

/* POST Computers/{id}/RetrieveStatusInfo */
enum result computers_retrieve_status_one(struct ctx *ctx, const struct call *call,
                                          struct reply *reply)
{
    return command_one(ctx, call, reply, &retrieve_status_action, COMMAND_RETRIEVE_STATUS_INFO);
}
