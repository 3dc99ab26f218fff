/* Carries the rules out, a chunk at a time. */
#include "resource/management_rules/management_rules.h"

#include "audit/audit.h"
#include "base/arena.h"
#include "base/text.h"
#include "base/time.h"
#include "resource/computers/computers.h"
#include "resource/computers/computers_selection.h"
#include "resource/management_rules/management_rules_parts.h"
#include "store/store.h"

/* After "deleted" a computer counts as deactivated for so long before its row goes. */
enum { DEACTIVATED_DAYS = 14, PATTERN_BYTES_MAX = 1024 };

/* A rule's own conditions: $3 the group, $4 the kind (-1: any), $5 a LIKE pattern of the name. */
#define CONDITIONS                                                       \
    " AND ($3 = '' OR c.group_id = $3) AND ($4 < 0 OR c.host_type = $4)" \
    " AND ($5 = '' OR c.host_key LIKE $5 ESCAPE '!') ORDER BY c.id LIMIT $2"

/* Computers that the actions take, the longest unheard of first. Pending ones are not disconnected: nobody has let
   them in yet. */
static const char *const due_sql[] = {
    [RULE_ARCHIVE] = "SELECT c.id FROM computer_contact k JOIN computer c ON c.id = k.computer_id"
                     " WHERE k.last_connected < $1 AND (k.last_connected > 0 OR c.created < $1)"
                     " AND c.deleted_on = 0 AND c.archived = 0"
                     " AND c.authorisation_state <> 0" CONDITIONS,
    [RULE_DELETE] = "SELECT c.id FROM computer c WHERE c.deleted_on = 0 AND c.archived = 1"
                    " AND c.archived_on < $1" CONDITIONS,
};

/* %text% with what LIKE would read as wildcards marked; "" for any name. */
static const char *pattern_of(struct ctx *ctx, const char *host)
{
    struct buffer pattern;
    if (host == NULL) {
        return "";
    }
    buffer_init(&pattern, PATTERN_BYTES_MAX);
    buffer_char(&pattern, '%');
    for (const char *at = host; *at != '\0'; at++) {
        if (*at == '%' || *at == '_' || *at == '!') {
            buffer_char(&pattern, '!');
        }
        buffer_char(&pattern, *at);
    }
    buffer_char(&pattern, '%');
    const char *copy = pattern.overflow ? NULL : slice_dup(ctx->arena, buffer_slice(&pattern));
    buffer_done(&pattern);
    return copy;
}

static enum result ids_read(struct ctx *ctx, struct statement *rows, const char **ids,
                            size_t *out_count)
{
    bool row = false;
    size_t count = 0;
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && count < RULE_CHUNK) {
        ids[count] = slice_dup(ctx->arena, statement_text(rows, 0));
        result = ids[count++] == NULL
                     ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for ids")
                     : statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    *out_count = count;
    return result;
}

static enum result due_select(struct ctx *ctx, const struct rule *rule, const char **ids,
                              size_t *out_count)
{
    struct statement *rows = NULL;
    const char *pattern = pattern_of(ctx, rule->host);
    if (pattern == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the rule");
    }
    TRY(store_rows(ctx->session, &rows, ctx->error, due_sql[rule->action], "iitit",
                   ctx->now_us - rule->days * US_PER_DAY, (int64_t)RULE_CHUNK,
                   rule->group_id == NULL ? "" : rule->group_id, rule->host_type, pattern));
    return ids_read(ctx, rows, ids, out_count);
}

/* A chunk of a rule's work, as the system's own. What a purge takes has been told when it was deleted. */
static enum result audit_chunk(struct ctx *ctx, const struct rule *rule, const char *const *ids,
                               size_t count)
{
    static const char *const types[] = { [RULE_ARCHIVE] = "ArchiveComputers",
                                         [RULE_DELETE] = "DeleteComputers",
                                         [RULE_PURGE] = "PurgeComputers" };
    static const char *const verbs[] = {
        [RULE_ARCHIVE] = "Archive", [RULE_DELETE] = "Delete", [RULE_PURGE] = "Purge"
    };
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "Agent",
        .type = types[rule->action],
        .details = audit_sentence(ctx, "%s %s by management rule \"%s\"", verbs[rule->action],
                                  audit_count(ctx, count, "computer"), rule->name),
        .object = "computerDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    if (rule->action != RULE_PURGE) {
        TRY(computers_tell(ctx, &changes,
                           rule->action == RULE_ARCHIVE ? "archivedAgents" : "deletedAgents", ids,
                           count));
    }
    for (size_t i = 0; rule->action == RULE_DELETE && i < count; i++) {
        audit_list_add(&changes, "newDeletedAgents", slice_of(ids[i]));
    }
    return audit_write_changes(ctx, &entry, &changes);
}

static enum result rule_run(struct ctx *ctx, const struct rule *rule, size_t *out_count)
{
    const struct task_action *const actions[] = {
        [RULE_ARCHIVE] = &archive_action, [RULE_DELETE] = &delete_action
    };
    struct task_faults faults = { .first = NULL };
    if (rule->action == RULE_PURGE) {
        int64_t days = rule->days + DEACTIVATED_DAYS;
        TRY(computers_purge(ctx, ctx->now_us - days * US_PER_DAY, RULE_CHUNK, out_count));
        return *out_count == 0 ? RESULT_OK : audit_chunk(ctx, rule, NULL, *out_count);
    }
    const char **ids = arena_alloc(ctx->arena, RULE_CHUNK * sizeof(*ids));
    if (ids == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the rule");
    }
    TRY(due_select(ctx, rule, ids, out_count));
    if (*out_count == 0) {
        return RESULT_OK;
    }
    TRY(audit_chunk(ctx, rule, ids, *out_count));
    return actions[rule->action]->run(ctx, NULL, ids, *out_count, &faults);
}

/* The server that moves the moment on has the run; the others find it moved. */
static enum result run_claim(struct ctx *ctx, bool *out_mine)
{
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE job SET next_run = $1 WHERE name = 'management_rules' AND next_run <= $2",
                  "ii", ctx->now_us + RULE_EVERY_S * US_PER_SECOND, ctx->now_us));
    *out_mine = session_affected(ctx->session) == 1;
    return RESULT_OK;
}

enum result management_rules_step(struct ctx *ctx, bool *out_more)
{
    struct rule *rules = NULL;
    size_t count = 0;
    size_t done = 0;
    bool mine = false;
    *out_more = false;
    TRY(run_claim(ctx, &mine));
    if (!mine) {
        return RESULT_OK;
    }
    TRY(rules_load(ctx, true, &rules, &count));
    for (size_t i = 0; i < count && done == 0; i++) {
        TRY(rule_run(ctx, &rules[i], &done));
    }
    if (done == 0) {
        return RESULT_OK;
    }
    /* There may be more: due again at once, for whoever comes first. */
    *out_more = true;
    return store_run(ctx->session, ctx->error,
                     "UPDATE job SET next_run = $1 WHERE name = 'management_rules'", "i",
                     ctx->now_us);
}
