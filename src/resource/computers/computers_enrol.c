#include "base/arena.h"
#include "base/uuid.h"
#include "crypto/key.h"
#include "json/read.h"
#include "model/body.h"
#include "resource/computers/computers_parts.h"
#include "resource/computers/machine.h"
#include "resource/groups/groups.h"
#include "store/store.h"

enum { HOST_CHARACTERS_MAX = 255, VERSION_CHARACTERS_MAX = 64 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* --- what the document says about the machine ------------------------------------------------------------------ */

static struct slice member(const struct json *endpoint, const char *name)
{
    return json_text_of(json_get_any_case(endpoint, name));
}

/* Name and network card, or the system's serial number: what stays when a machine is installed anew. Without either
   nothing can be said. */
static const char *machine_key(struct ctx *ctx, struct slice host, const struct json *endpoint)
{
    struct slice card = member(endpoint, "macAddress");
    struct slice serial = member(endpoint, "osSerialNumber");
    struct slice mark = card.length > 0 ? card : serial;
    if (mark.length == 0 || host.length == 0) {
        return "";
    }
    char *text = arena_printf(ctx->arena, "%.*s|%.*s", (int)host.length, host.text,
                              (int)mark.length, mark.text);
    return text == NULL ? NULL : slice_fold(ctx->arena, slice_of(text));
}

static const char *text_or_null(struct ctx *ctx, struct slice text, bool *complete)
{
    if (text.length == 0) {
        return NULL;
    }
    const char *copy = slice_dup(ctx->arena, text);
    *complete = *complete && copy != NULL;
    return copy;
}

/* The columns come from the document as it is kept, where every text has its bound. */
static enum result document_read(struct ctx *ctx, const struct json *endpoint,
                                 const struct json **out_kept, struct machine *out)
{
    out->document = body_normalise(ctx->arena, &endpoint_information_shape, endpoint);
    if (out->document == NULL) {
        return no_memory(ctx);
    }
    TRY(json_parse(ctx->arena, slice_of(out->document), &json_limits_usual, out_kept, ctx->error));
    struct slice domain = member(*out_kept, "systemDomain");
    bool complete = true;
    out->os = text_or_null(ctx, member(*out_kept, "osCaption"), &complete);
    out->domain = text_or_null(
        ctx, domain.length > 0 ? domain : member(*out_kept, "systemWorkgroup"), &complete);
    return complete ? RESULT_OK : no_memory(ctx);
}

enum result machine_read(struct ctx *ctx, struct slice host, const struct json *endpoint,
                         struct machine *out)
{
    const struct json *kept = NULL;
    TRY(document_read(ctx, endpoint, &kept, out));
    struct slice name = slice_trim(host.length > 0 ? host : member(kept, "systemName"));
    if (name.length == 0 || name.length > HOST_CHARACTERS_MAX || !slice_is_utf8(name)) {
        return fail(ctx->error, RESULT_INVALID, "host", "must have 1 to %d bytes of UTF-8 text",
                    HOST_CHARACTERS_MAX);
    }
    out->host = slice_dup(ctx->arena, name);
    out->host_key = slice_fold(ctx->arena, name);
    out->machine_key = machine_key(ctx, name, kept);
    bool complete = out->host != NULL && out->host_key != NULL && out->machine_key != NULL;
    return complete ? RESULT_OK : no_memory(ctx);
}

const char *version_text(struct ctx *ctx, struct slice version)
{
    struct slice kept = slice_trim(version);
    if (kept.length == 0 || kept.length > VERSION_CHARACTERS_MAX || !slice_is_utf8(kept)) {
        return NULL;
    }
    return slice_dup(ctx->arena, kept);
}

/* --- enrolment -------------------------------------------------------------------------------------------------- */

/* Group named at install, else the default group, else none. */
static enum result group_choose(struct ctx *ctx, const char *wanted, const char **out)
{
    struct group group;
    enum result result =
        wanted != NULL ? group_load(ctx, wanted, &group) : group_load_default(ctx, &group);
    if (result == RESULT_NOT_FOUND) {
        *out = NULL;
        return wanted == NULL
                   ? RESULT_OK
                   : fail(ctx->error, RESULT_INVALID, "groupId", "there is no such group");
    }
    TRY(result);
    *out = group.id;
    return RESULT_OK;
}

struct enrolment {
    const struct computer_enrolment *order;
    struct machine machine;
    const char *id, *group_id;
};

static enum result insert_computer(struct ctx *ctx, const struct enrolment *enrolment)
{
    const struct machine *machine = &enrolment->machine;
    bool authorised = enrolment->group_id != NULL;
    TRY(store_run(
        ctx->session, ctx->error,
        "INSERT INTO computer (id, host, host_key, host_type, created, deleted_on,"
        " authorisation_state, authorised, archived, group_id, agent_version,"
        " package_manager_version, os, domain, host_last_updated, machine_key, duplicate_count,"
        " credential_type)"
        " VALUES ($1, $2, $3, $4, $5, 0, $6, NULL, 0, $7, $8, 'NA', $9, $10, $5, $11, 0, 1)",
        "tttiiittttt", enrolment->id, machine->host, machine->host_key,
        (int64_t)enrolment->order->host_type, ctx->now_us, authorised ? INT64_C(1) : INT64_C(0),
        enrolment->group_id, version_text(ctx, enrolment->order->agent_version), machine->os,
        machine->domain, machine->machine_key));
    if (authorised) {
        TRY(store_run(ctx->session, ctx->error, "UPDATE computer SET authorised = $2 WHERE id = $1",
                      "ti", enrolment->id, ctx->now_us));
    }
    TRY(store_run(ctx->session, ctx->error,
                  "INSERT INTO computer_contact (computer_id, last_connected) VALUES ($1, $2)",
                  "ti", enrolment->id, ctx->now_us));
    TRY(store_run(ctx->session, ctx->error,
                  "INSERT INTO computer_endpoint (computer_id, document) VALUES ($1, $2)", "tt",
                  enrolment->id, machine->document));
    if (enrolment->order->public_key_pem != NULL) {
        TRY(store_run(ctx->session, ctx->error,
                      "INSERT INTO computer_identity (computer_id, public_key) VALUES ($1, $2)",
                      "tt", enrolment->id, enrolment->order->public_key_pem));
    }
    return store_run(
        ctx->session, ctx->error,
        "INSERT INTO computer_stream (computer_id, last_sequence, stored_count, lost_count,"
        " repeated_count) VALUES ($1, 0, 0, 0, 0)",
        "t", enrolment->id);
}

/* The row that this key has already: an enrolment that is repeated because its answer was lost. */
static enum result find_by_key(struct ctx *ctx, const char *public_key_pem, const char **out_id)
{
    struct statement *row = NULL;
    enum result result =
        store_row(ctx->session, &row, ctx->error,
                  "SELECT c.id FROM computer_identity i JOIN computer c ON c.id = i.computer_id"
                  " WHERE i.public_key = $1 AND c.deleted_on = 0"
                  " AND c.authorisation_state <> 2",
                  "t", public_key_pem);
    *out_id = NULL;
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK;
    }
    TRY(result);
    *out_id = slice_dup(ctx->arena, statement_text(row, 0));
    statement_reset(row);
    return *out_id == NULL ? no_memory(ctx) : RESULT_OK;
}

enum result computer_enrol(struct ctx *ctx, const struct computer_enrolment *order,
                           struct computer *out)
{
    struct enrolment enrolment = { .order = order };
    const char *known = NULL;
    bool has_agent = order->public_key_pem != NULL;
    if (has_agent) {
        TRY(find_by_key(ctx, order->public_key_pem, &known));
    }
    if (known != NULL) {
        return computer_load(ctx, known, out);
    }
    TRY(group_choose(ctx, order->group_id, &enrolment.group_id));
    TRY(machine_read(ctx, order->host, order->endpoint, &enrolment.machine));
    struct uuid id;
    uuid_make(ctx->now_us, &id);
    enrolment.id = arena_strdup(ctx->arena, order->id != NULL ? order->id : id.text);
    if (enrolment.id == NULL) {
        return no_memory(ctx);
    }
    TRY(insert_computer(ctx, &enrolment));
    TRY(computers_tally(ctx, 1));
    TRY(group_count(ctx, enrolment.group_id, 1, 1));
    TRY(computer_recount_duplicates(ctx, enrolment.machine.machine_key));
    TRY(computer_load(ctx, enrolment.id, out));
    return out->policy_revision_id == NULL || !has_agent
               ? RESULT_OK
               : command_queue_policy(ctx, out->id, out->policy_revision_id, NULL);
}

enum result computer_set_certificate(struct ctx *ctx, const char *id, struct slice certificate_pem,
                                     const char *public_key_pem)
{
    struct cert_facts facts;
    TRY(cert_read(ctx->arena, certificate_pem, &facts, ctx->error));
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer_identity SET certificate = $2, thumbprint = $3, subject = $4,"
                  " issuer = $5, serial_number = $6, valid_from = $7, valid_to = $8,"
                  " renewal_requested_on = NULL WHERE computer_id = $1",
                  "tsttttii", id, certificate_pem, facts.thumbprint, facts.subject, facts.issuer,
                  facts.serial_number, facts.from_us, facts.until_us));
    return store_run(
        ctx->session, ctx->error,
        "UPDATE computer_identity SET previous_key = CASE WHEN public_key = $2"
        " THEN previous_key ELSE public_key END, public_key = $2 WHERE computer_id = $1",
        "tt", id, public_key_pem);
}
