#include "resource/groups/groups.h"

#include "base/arena.h"
#include "base/uuid.h"
#include "store/store.h"

/* A lock lasts as long as its task: nobody has to take it off, so none is left behind. */
#define GROUP_COLUMNS                                                                    \
    "SELECT g.id, g.name, g.is_default, g.policy_revision_id, "                          \
    "CASE WHEN EXISTS (SELECT 1 FROM task t WHERE t.id = g.locked_by AND t.status < 2) " \
    "THEN 1 ELSE 0 END, g.description FROM computer_group g "

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

static enum result group_read(struct ctx *ctx, struct statement *statement, struct group *out)
{
    struct group group = {
        .id = slice_dup(ctx->arena, statement_text(statement, 0)),
        .name = slice_dup(ctx->arena, statement_text(statement, 1)),
        .is_default = statement_int(statement, 2) != 0,
        .locked = statement_int(statement, 4) != 0,
    };
    bool complete = group.id != NULL && group.name != NULL;
    if (!statement_is_null(statement, 3)) {
        group.policy_revision_id = slice_dup(ctx->arena, statement_text(statement, 3));
        complete = complete && group.policy_revision_id != NULL;
    }
    if (!statement_is_null(statement, 5)) {
        group.description = slice_dup(ctx->arena, statement_text(statement, 5));
        complete = complete && group.description != NULL;
    }
    statement_reset(statement);
    if (!complete) {
        return no_memory(ctx);
    }
    *out = group;
    return RESULT_OK;
}

enum result group_load(struct ctx *ctx, const char *id, struct group *out)
{
    struct statement *statement = NULL;
    enum result result =
        store_row(ctx->session, &statement, ctx->error, GROUP_COLUMNS "WHERE g.id = $1", "t", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no group %s", id);
    }
    TRY(result);
    return group_read(ctx, statement, out);
}

enum result group_load_default(struct ctx *ctx, struct group *out)
{
    struct statement *statement = NULL;
    enum result result =
        store_row(ctx->session, &statement, ctx->error, GROUP_COLUMNS "WHERE g.is_default = 1", "");
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no default group");
    }
    TRY(result);
    return group_read(ctx, statement, out);
}

enum result group_must_be_free(struct ctx *ctx, const struct group *group)
{
    if (group->locked) {
        return fail(ctx->error, RESULT_CONFLICT, NULL,
                    "the group \"%.200s\" is locked until the task that moves its computers ends",
                    group->name);
    }
    return RESULT_OK;
}

static enum result name_taken(struct ctx *ctx, struct slice name)
{
    return fail(ctx->error, RESULT_CONFLICT, "name",
                "a group with the name \"%.*s\" exists already",
                (int)(name.length < 200 ? name.length : 200), name.text);
}

/* The trimmed name and the key under which it is unique. */
static enum result name_key(struct ctx *ctx, struct slice given, struct slice *out_name,
                            const char **out_key)
{
    struct slice name = slice_trim(given);
    if (name.length == 0) {
        return fail(ctx->error, RESULT_INVALID, "name", "name must not be empty");
    }
    const char *key = slice_fold(ctx->arena, name);
    if (key == NULL) {
        return no_memory(ctx);
    }
    *out_name = name;
    *out_key = key;
    return RESULT_OK;
}

static enum result id_for(struct ctx *ctx, const char *given, const char **out)
{
    if (given != NULL) {
        *out = given;
        return RESULT_OK;
    }
    struct uuid made;
    uuid_make(ctx->now_us, &made);
    *out = arena_strdup(ctx->arena, made.text);
    return *out == NULL ? no_memory(ctx) : RESULT_OK;
}

/* Text for a column that may be null: an empty description is none. */
static const char *text_or_null(struct ctx *ctx, struct slice text, bool *out_failed)
{
    if (text.length == 0) {
        return NULL;
    }
    const char *copy = slice_dup(ctx->arena, text);
    *out_failed = copy == NULL;
    return copy;
}

enum result group_create(struct ctx *ctx, const struct group_order *order, const char **out_id)
{
    struct slice name;
    const char *key = NULL;
    const char *id = NULL;
    bool failed = false;
    TRY(name_key(ctx, order->name, &name, &key));
    TRY(id_for(ctx, order->id, &id));
    const char *description = text_or_null(ctx, order->description, &failed);
    if (failed) {
        return no_memory(ctx);
    }
    /* ON CONFLICT instead of a look before: two servers may get the same name at the same time. */
    TRY(store_run(
        ctx->session, ctx->error,
        "INSERT INTO computer_group (id, name, name_key, description, created, is_default, "
        "computer_count, active_count) VALUES ($1, $2, $3, $4, $5, 0, 0, 0) "
        "ON CONFLICT (name_key) DO NOTHING",
        "tstti", id, name, key, description, ctx->now_us));
    if (session_affected(ctx->session) == 0) {
        return name_taken(ctx, name);
    }
    if (order->is_default) {
        TRY(group_make_default(ctx, id));
    }
    *out_id = id;
    return RESULT_OK;
}

enum result group_make_default(struct ctx *ctx, const char *id)
{
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer_group SET is_default = 0 WHERE is_default = 1 AND id <> $1", "t",
                  id));
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer_group SET is_default = 1 WHERE id = $1", "t", id);
}

enum result group_rename(struct ctx *ctx, const char *id, struct slice given)
{
    struct slice name;
    const char *key = NULL;
    int64_t others = 0;
    TRY(name_key(ctx, given, &name, &key));
    TRY(store_int(ctx->session, &others, ctx->error,
                  "SELECT COUNT(*) FROM computer_group WHERE name_key = $1 AND id <> $2", "tt", key,
                  id));
    if (others > 0) {
        return name_taken(ctx, name);
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer_group SET name = $2, name_key = $3 WHERE id = $1", "tst", id,
                     name, key);
}

enum result group_describe(struct ctx *ctx, const char *id, struct slice description)
{
    bool failed = false;
    const char *text = text_or_null(ctx, description, &failed);
    if (failed) {
        return no_memory(ctx);
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer_group SET description = $2 WHERE id = $1", "tt", id, text);
}

enum result group_count(struct ctx *ctx, const char *id, int64_t computers, int64_t active)
{
    if (id == NULL || (computers == 0 && active == 0)) {
        return RESULT_OK;
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer_group SET computer_count = computer_count + $2, "
                     "active_count = active_count + $3 WHERE id = $1",
                     "tii", id, computers, active);
}

enum result group_set_revision(struct ctx *ctx, const char *group_id, const char *revision_id)
{
    if (revision_id == NULL) {
        return store_run(ctx->session, ctx->error,
                         "UPDATE computer_group SET policy_revision_id = NULL, "
                         "policy_assigned = NULL, error_info = NULL WHERE id = $1",
                         "t", group_id);
    }
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer_group SET policy_revision_id = $2, policy_assigned = $3, "
                  "error_info = NULL WHERE id = $1",
                  "tti", group_id, revision_id, ctx->now_us));
    return store_run(ctx->session, ctx->error,
                     "UPDATE policy SET last_assigned = $2 WHERE id = "
                     "(SELECT policy_id FROM policy_revision WHERE id = $1)",
                     "ti", revision_id, ctx->now_us);
}

enum result group_lock(struct ctx *ctx, const char *id, const char *task_id)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer_group SET locked_by = $2 WHERE id = $1", "tt", id, task_id);
}

enum result group_remove(struct ctx *ctx, const char *id)
{
    return store_run(ctx->session, ctx->error, "DELETE FROM computer_group WHERE id = $1", "t", id);
}
