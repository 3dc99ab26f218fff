/* reeve api-account and reeve installation: they work on the store itself, so that the first account can be made. */
#include <stdio.h>
#include <string.h>

#include "access/account.h"
#include "audit/audit.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/store_command.h"
#include "json/write.h"
#include "server/instance.h"
#include "store/store.h"

enum { OUTPUT_BYTES_MAX = 16 * 1024 * 1024, SCOPES_BYTES_MAX = 1024 };

/* --- accounts ------------------------------------------------------------------------------------------------------ */

struct account_work {
    struct instance *instance;
    struct account_order order;
    const char *client_id, *client_secret;
    struct account_made made;
    const struct options *options;
};

/* An account as audits tell of it. */
struct account_facts {
    const char *id, *name, *description; /* the last may be NULL */
    struct slice scopes;
};

static enum result facts_of(struct ctx *ctx, const char *client_id, struct account_facts *out)
{
    static const char *const areas[] = { "audit",     "insight", "management",
                                         "reporting", "scim",    "jit" };
    struct statement *row = NULL;
    struct buffer scopes;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT audit, insight, management, reporting, scim, jit, id, name, description"
                  " FROM api_account WHERE client_id = $1",
                  "t", client_id));
    buffer_init(&scopes, SCOPES_BYTES_MAX);
    for (uint32_t i = 0; i < COUNT_OF(areas); i++) {
        int64_t level = statement_int(row, i);
        if (level > 0) {
            buffer_print(&scopes, "%s%s=%s", scopes.length > 0 ? " " : "", areas[i],
                         level == LEVEL_FULL ? "full" : "read");
        }
    }
    const char *copy = slice_dup(ctx->arena, buffer_slice(&scopes));
    buffer_done(&scopes);
    *out = (struct account_facts){
        .id = slice_dup(ctx->arena, statement_text(row, COUNT_OF(areas))),
        .name = slice_dup(ctx->arena, statement_text(row, COUNT_OF(areas) + 1)),
        .description = statement_is_null(row, COUNT_OF(areas) + 2)
                           ? NULL
                           : slice_dup(ctx->arena, statement_text(row, COUNT_OF(areas) + 2)),
        .scopes = slice_of(copy),
    };
    statement_reset(row);
    return copy != NULL && out->id != NULL && out->name != NULL
               ? RESULT_OK
               : fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the account");
}

enum account_change { ACCOUNT_CREATED, ACCOUNT_NEW_SECRET, ACCOUNT_DELETED };

static enum result audit_account(struct ctx *ctx, const struct account_facts *facts,
                                 enum account_change change)
{
    static const char *const types[] = { "CreateApiAccount", "RegenerateApiAccountSecret",
                                         "DeleteApiAccount" };
    static const char *const verbs[] = { "Create", "Regenerate the secret of", "Delete" };
    const struct slice none = { 0 };
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "ApiClient",
        .entity_id = facts->id,
        .entity_name = slice_of(facts->name),
        .type = types[change],
        .details = audit_sentence(ctx, "%s API account \"%s\"", verbs[change], facts->name),
        .object = "apiClientDataAuditing",
    };
    bool is = change == ACCOUNT_CREATED;
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    if (change == ACCOUNT_NEW_SECRET) {
        audit_flag(&changes, "secretUpdated");
        return audit_write_changes(ctx, &entry, &changes);
    }
    audit_change_text(&changes, "Name", is ? slice_of(facts->name) : none,
                      is ? none : slice_of(facts->name));
    audit_change_text(&changes, "Description", is ? slice_of(facts->description) : none,
                      is ? none : slice_of(facts->description));
    audit_change_text(&changes, "Scopes", is ? facts->scopes : none, is ? none : facts->scopes);
    if (change == ACCOUNT_DELETED) {
        audit_flag(&changes, "deleted");
    }
    return audit_write_changes(ctx, &entry, &changes);
}

static enum result run_create(struct ctx *ctx, void *argument)
{
    struct account_work *work = argument;
    struct account_facts facts;
    TRY(account_create(ctx->session, ctx->keys->secret_key, ctx->now_us, &work->order, &work->made,
                       ctx->error));
    TRY(facts_of(ctx, work->made.client_id, &facts));
    return audit_account(ctx, &facts, ACCOUNT_CREATED);
}

enum result command_account_create(const struct options *options, struct error *error)
{
    struct instance instance;
    struct account_work work = { .order = { .name = option_text(options, "name"),
                                            .description = option_text(options, "description"),
                                            .client_id = option_text(options, "client-id"),
                                            .client_secret =
                                                option_text(options, "client-secret") } };
    size_t count = 0;
    const char *const *scopes = option_list(options, "scope", &count);
    for (size_t i = 0; i < count; i++) {
        TRY(account_scope_parse(scopes[i], work.order.levels, error));
    }
    TRY(store_command_begin(options, &instance, error));
    enum result result = instance_write(&instance, run_create, &work, error);
    instance_close(&instance);
    TRY(result);
    const struct pair pairs[] = { { "id", work.made.id },
                                  { "clientId", work.made.client_id },
                                  { "clientSecret", work.made.client_secret } };
    print_pairs(options, pairs, COUNT_OF(pairs));
    return RESULT_OK;
}

static enum result run_secret(struct ctx *ctx, void *argument)
{
    struct account_work *work = argument;
    struct account_facts facts;
    TRY(account_new_secret(ctx->session, ctx->keys->secret_key, work->client_id,
                           work->client_secret, &work->made, ctx->error));
    TRY(facts_of(ctx, work->client_id, &facts));
    return audit_account(ctx, &facts, ACCOUNT_NEW_SECRET);
}

enum result command_account_secret(const struct options *options, struct error *error)
{
    struct instance instance;
    struct account_work work = { .client_id = option_text(options, "client-id"),
                                 .client_secret = option_text(options, "client-secret") };
    TRY(store_command_open(options, &instance, error));
    enum result result = instance_write(&instance, run_secret, &work, error);
    instance_close(&instance);
    TRY(result);
    const struct pair pairs[] = { { "clientId", work.made.client_id },
                                  { "clientSecret", work.made.client_secret } };
    print_pairs(options, pairs, COUNT_OF(pairs));
    return RESULT_OK;
}

static enum result run_delete(struct ctx *ctx, void *argument)
{
    struct account_work *work = argument;
    struct account_facts facts = { .id = NULL };
    enum result result = facts_of(ctx, work->client_id, &facts);
    if (result != RESULT_OK && result != RESULT_NOT_FOUND) {
        return result;
    }
    TRY(account_delete(ctx->session, work->client_id, ctx->error));
    return audit_account(ctx, &facts, ACCOUNT_DELETED);
}

enum result command_account_delete(const struct options *options, struct error *error)
{
    struct instance instance;
    struct account_work work = { .client_id = option_text(options, "client-id") };
    TRY(store_command_open(options, &instance, error));
    enum result result = instance_write(&instance, run_delete, &work, error);
    instance_close(&instance);
    return result;
}

static void print_account(const struct statement *row, struct json_writer *writer)
{
    static const char *const names[] = { "audit",     "insight", "management",
                                         "reporting", "scim",    "jit" };
    static const char *const levels[] = { "none", "read", "full" };
    json_begin_object(writer);
    json_member_slice(writer, "name", statement_text(row, 0));
    json_member_slice(writer, "clientId", statement_text(row, 1));
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        int64_t level = statement_int(row, 2 + i);
        json_member_text(writer, names[i], levels[level >= 0 && level <= 2 ? level : 0]);
    }
    json_end_object(writer);
}

static void print_account_line(const struct statement *row)
{
    static const char *const names[] = { "audit",     "insight", "management",
                                         "reporting", "scim",    "jit" };
    static const char *const levels[] = { "none", "read", "full" };
    struct slice name = statement_text(row, 0);
    struct slice client = statement_text(row, 1);
    (void)printf("%-34.*s %.*s", (int)client.length, client.text, (int)name.length, name.text);
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        int64_t level = statement_int(row, 2 + i);
        if (level > 0 && level <= 2) {
            (void)printf(" %s=%s", names[i], levels[level]);
        }
    }
    (void)printf("\n");
}

static enum result run_list(struct ctx *ctx, void *argument)
{
    const struct account_work *work = argument;
    bool json = option_switch(work->options, "json");
    struct statement *rows = NULL;
    struct buffer text;
    struct json_writer writer;
    bool row = false;
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT name, client_id, audit, insight, management, reporting, scim, jit"
                   " FROM api_account ORDER BY created, id",
                   ""));
    buffer_init(&text, OUTPUT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_array(&writer);
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        if (json) {
            print_account(rows, &writer);
        } else {
            print_account_line(rows);
        }
        result = statement_step(rows, &row, ctx->error);
    }
    json_end_array(&writer);
    statement_reset(rows);
    if (json && result == RESULT_OK) {
        (void)printf("%s\n", text.bytes);
    }
    buffer_done(&text);
    return result;
}

enum result command_account_list(const struct options *options, struct error *error)
{
    struct instance instance;
    struct account_work work = { .options = options };
    TRY(store_command_open(options, &instance, error));
    enum result result = instance_read(&instance, run_list, &work, error);
    instance_close(&instance);
    return result;
}

/* --- installation ----------------------------------------------------------------------------------------------------- */

typedef enum result installation_call(struct instance *instance, struct installation *out,
                                      struct error *error);

static enum result installation_print(const struct options *options, struct instance *instance,
                                      installation_call *call, struct error *error)
{
    struct installation installation;
    enum result result = call(instance, &installation, error);
    instance_close(instance);
    TRY(result);
    const struct pair pairs[] = { { "installationId", installation.id },
                                  { "installationKey", installation.key } };
    print_pairs(options, pairs, COUNT_OF(pairs));
    return RESULT_OK;
}

enum result command_installation_show(const struct options *options, struct error *error)
{
    struct instance instance;
    TRY(store_command_begin(options, &instance, error));
    return installation_print(options, &instance, installation_read, error);
}

enum result command_installation_rotate(const struct options *options, struct error *error)
{
    struct instance instance;
    TRY(store_command_open(options, &instance, error));
    return installation_print(options, &instance, installation_rotate, error);
}
