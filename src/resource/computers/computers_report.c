#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "resource/computers/computers_parts.h"
#include "resource/computers/machine.h"
#include "resource/policies/policies.h"
#include "store/store.h"

enum { ERROR_INFO_BYTES_MAX = 2048 };

/* --- facts ----------------------------------------------------------------------------------------------------- */

struct stored_machine {
    const char *host, *machine_key, *document;
};

static enum result stored_machine_load(struct ctx *ctx, const char *id, struct stored_machine *out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT c.host, c.machine_key, e.document FROM computer c"
                  " JOIN computer_endpoint e ON e.computer_id = c.id WHERE c.id = $1",
                  "t", id));
    out->host = slice_dup(ctx->arena, statement_text(row, 0));
    out->machine_key = slice_dup(ctx->arena, statement_text(row, 1));
    out->document = slice_dup(ctx->arena, statement_text(row, 2));
    statement_reset(row);
    bool complete = out->host != NULL && out->machine_key != NULL && out->document != NULL;
    return complete ? RESULT_OK
                    : fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the report");
}

/* What the report leaves out stays as it is: the name, or all else about the machine. */
static enum result report_read(struct ctx *ctx, const struct computer_report *report,
                               const struct stored_machine *before, struct machine *out)
{
    const struct json *endpoint = report->endpoint;
    struct slice host = slice_trim(report->host);
    if (!json_is(endpoint, JSON_OBJECT)) {
        TRY(json_parse(ctx->arena, slice_of(before->document), &json_limits_usual, &endpoint,
                       ctx->error));
    }
    struct slice said = slice_trim(json_text_of(json_get_any_case(endpoint, "systemName")));
    if (host.length == 0 && said.length == 0) {
        host = slice_of(before->host);
    }
    return machine_read(ctx, host, endpoint, out);
}

static enum result report_machine(struct ctx *ctx, const char *id,
                                  const struct computer_report *report)
{
    struct machine machine;
    struct stored_machine before;
    TRY(stored_machine_load(ctx, id, &before));
    TRY(report_read(ctx, report, &before, &machine));
    TRY(store_run(
        ctx->session, ctx->error,
        "UPDATE computer SET host = $2, host_key = $3, os = $4, domain = $5, machine_key = $6,"
        " host_last_updated = $7 WHERE id = $1",
        "tttttti", id, machine.host, machine.host_key, machine.os, machine.domain,
        machine.machine_key, ctx->now_us));
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer_endpoint SET document = $2 WHERE computer_id = $1", "tt", id,
                  machine.document));
    if (strcmp(before.machine_key, machine.machine_key) == 0) {
        return RESULT_OK;
    }
    TRY(computer_recount_duplicates(ctx, before.machine_key));
    TRY(computer_recount_duplicates(ctx, machine.machine_key));
    if (machine.machine_key[0] != '\0') {
        return RESULT_OK;
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer SET duplicate_count = 0 WHERE id = $1", "t", id);
}

static enum result report_versions(struct ctx *ctx, const char *id,
                                   const struct computer_report *report)
{
    const char *agent = version_text(ctx, report->agent_version);
    const char *adapter = version_text(ctx, report->adapter_version);
    if (agent == NULL && adapter == NULL) {
        return RESULT_OK;
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer SET agent_version = COALESCE($2, agent_version),"
                     " adapter_version = COALESCE($3, adapter_version) WHERE id = $1",
                     "ttt", id, agent, adapter);
}

/* --- policy ------------------------------------------------------------------------------------------------------ */

static enum result report_none(struct ctx *ctx, const char *id)
{
    struct computer computer;
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer SET host_policy_id = NULL, host_policy_name = NULL,"
                  " host_policy_revision = NULL, host_revision_id = NULL WHERE id = $1",
                  "t", id));
    TRY(computer_load(ctx, id, &computer));
    return computer.policy_revision_id == NULL ? commands_policy_done(ctx, id) : RESULT_OK;
}

static enum result report_applied(struct ctx *ctx, const char *id,
                                  const struct computer_report *report)
{
    struct policy_revision revision;
    struct computer computer;
    enum result result = policy_revision_load(ctx, report->applied_revision_id, &revision);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_INVALID, "appliedRevisionId",
                    "is no policy revision of this server");
    }
    TRY(result);
    int64_t at_us = report->applied_us > 0 ? report->applied_us : ctx->now_us;
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer SET host_policy_id = $2, host_policy_name = $3,"
                  " host_policy_revision = $4, policy_updated = CASE WHEN host_revision_id = $5"
                  " AND policy_updated IS NOT NULL THEN policy_updated ELSE $6 END,"
                  " host_revision_id = $5 WHERE id = $1",
                  "tttiti", id, revision.policy_id, revision.policy_name, revision.number,
                  revision.id, at_us));
    TRY(computer_load(ctx, id, &computer));
    bool latest = computer.policy_revision_id != NULL &&
                  strcmp(computer.policy_revision_id, revision.id) == 0;
    return latest ? commands_policy_done(ctx, id) : RESULT_OK;
}

enum result computer_report(struct ctx *ctx, const char *id, const struct computer_report *report)
{
    if (report->endpoint != NULL || report->host.length > 0) {
        TRY(report_machine(ctx, id, report));
    }
    TRY(report_versions(ctx, id, report));
    if (report->applied_revision_id != NULL) {
        TRY(report->applied_revision_id[0] == '\0' ? report_none(ctx, id)
                                                   : report_applied(ctx, id, report));
    }
    if (!report->error_said) {
        return RESULT_OK;
    }
    struct slice text = report->error_info;
    text.length = text.length < ERROR_INFO_BYTES_MAX ? text.length : ERROR_INFO_BYTES_MAX;
    const char *error_info =
        text.length == 0 || !slice_is_utf8(text) ? NULL : slice_dup(ctx->arena, text);
    return store_run(ctx->session, ctx->error, "UPDATE computer SET error_info = $2 WHERE id = $1",
                     "tt", id, error_info);
}
