/* Who an agent is: enrolment, tokens by signed assertion (RFC 7523), certificates. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "access/principal.h"
#include "agent_api/agent_ops.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "crypto/key.h"
#include "http/multipart.h"
#include "json/read.h"
#include "json/write.h"
#include "store/store.h"

enum { ASSERTION_LIFE_S_MAX = 600, CLOCK_SKEW_S = 300, TOKEN_LIFE_S = 3600 };

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* --- the caller of a request ---------------------------------------------------------------------------------------------- */

static enum result bad_token(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_UNAUTHENTICATED, "invalid_token",
                "the access token is unknown or has expired");
}

enum result agent_authenticate(struct ctx *ctx, struct slice authorization, struct principal *out)
{
    struct slice token = slice_trim(authorization);
    struct slice scheme = slice_cut(&token, ' ');
    struct slice claims;
    const struct json *tree = NULL;
    struct uuid id;
    if (!slice_is_any_case(scheme, "Bearer") ||
        jwt_verify_hs256(ctx->arena, slice_trim(token), ctx->keys->agent_token_secret, &claims,
                         NULL) != RESULT_OK ||
        json_parse(ctx->arena, claims, &json_limits_usual, &tree, NULL) != RESULT_OK) {
        return bad_token(ctx);
    }
    const struct json *until = json_get(tree, "exp");
    if (!uuid_parse(json_text_of(json_get(tree, "sub")), &id) || !json_is(until, JSON_INT) ||
        until->integer * US_PER_SECOND <= ctx->now_us) {
        return bad_token(ctx);
    }
    *out = (struct principal){ .kind = PRINCIPAL_AGENT };
    memcpy(out->id, id.text, sizeof(id.text));
    (void)snprintf(out->name, sizeof(out->name), "computer %s", id.text);
    out->levels[AREA_AGENT] = LEVEL_FULL;
    return RESULT_OK;
}

enum result agent_load(struct ctx *ctx, struct computer *out)
{
    enum result result = computer_load(ctx, ctx->principal->id, out);
    if (result == RESULT_NOT_FOUND || (result == RESULT_OK && out->deleted)) {
        return fail(ctx->error, RESULT_UNAUTHENTICATED, AGENT_PROBLEM_ENROL_AGAIN,
                    "this computer was deleted; it must enrol again with a new key");
    }
    TRY(result);
    if (out->authorisation == COMPUTER_REJECTED) {
        return fail(ctx->error, RESULT_DENIED, AGENT_PROBLEM_REJECTED,
                    "this computer was rejected");
    }
    contact_note(ctx->agents, out->id, ctx->now_us);
    return RESULT_OK;
}

enum result agent_load_authorised(struct ctx *ctx, struct computer *out)
{
    TRY(agent_load(ctx, out));
    if (out->authorisation != COMPUTER_AUTHORISED) {
        return fail(ctx->error, RESULT_CONFLICT, AGENT_PROBLEM_PENDING,
                    "this computer is not authorised yet");
    }
    return RESULT_OK;
}

const char *agent_state_name(const struct computer *computer)
{
    static const char *const names[] = { "Pending", "Authorised", "Rejected", "Deactivated" };
    return computer->archived ? "Archived" : names[computer->authorisation];
}

/* --- enrolment --------------------------------------------------------------------------------------------------------------- */

static enum result installation_check(struct ctx *ctx, const struct call *call)
{
    char given[SHA256_HEX_BYTES];
    char wanted[SHA256_HEX_BYTES];
    struct statement *row = NULL;
    const char *id = call_uuid(ctx, call, "installationId");
    /* Both digests have one length, so that the comparison tells nothing. */
    sha256_hex_of(call_text(call, "installationKey"), given);
    enum result result = store_row(ctx->session, &row, ctx->error,
                                   "SELECT key_text FROM installation WHERE id = $1", "t", id);
    bool found = result == RESULT_OK;
    sha256_hex_of(found ? statement_text(row, 0) : SLICE("-"), wanted);
    if (found) {
        statement_reset(row);
    } else if (result != RESULT_NOT_FOUND) {
        return result;
    }
    bool equal = bytes_equal_constant_time(given, wanted, sizeof(given));
    return found && equal ? RESULT_OK
                          : fail(ctx->error, RESULT_UNAUTHENTICATED, AGENT_PROBLEM_INSTALLATION,
                                 "the installation id or key is wrong");
}

enum result agent_certificate(struct ctx *ctx, const char *computer_id, struct slice csr_pem,
                              struct slice *out_pem)
{
    const struct cert_order order = {
        .use = CERT_CLIENT,
        .common_name = computer_id,
        .from_us = ctx->now_us - CLOCK_SKEW_S * US_PER_SECOND,
        .until_us = ctx->now_us + ctx->rules->certificate_life_us,
        .csr_pem = csr_pem,
    };
    return cert_issue(ctx->arena, ctx->keys->ca_certificate_pem, ctx->keys->ca_key_pem, &order,
                      out_pem, ctx->error);
}

static enum computer_host_type host_type(struct slice name)
{
    static const char *const names[] = { "MicrosoftWindows", "MacOS", "Linux" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_is_any_case(name, names[i])) {
            return (enum computer_host_type)i;
        }
    }
    return HOST_UNKNOWN;
}

static void write_enrolled(struct ctx *ctx, struct reply *reply, const struct computer *computer,
                           struct slice certificate)
{
    struct json_writer writer;
    reply->status = 201;
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_text(&writer, "computerId", computer->id);
    json_member_text(&writer, "state", agent_state_name(computer));
    json_member_slice(&writer, "certificate", certificate);
    json_member_slice(&writer, "caCertificate", ctx->keys->ca_certificate_pem);
    json_member_text(&writer, "audience", AGENT_AUDIENCE);
    json_member_int(&writer, "checkInIntervalSeconds", ctx->rules->check_in_interval_s);
    json_end_object(&writer);
}

/* Nobody has signed in yet: the entry is of the server's own. */
static enum result audit_enrolled(struct ctx *ctx, const struct computer_enrolment *order,
                                  const struct computer *computer)
{
    static const char *const host_types[] = { "MicrosoftWindows", "MacOS", "Linux", "Unknown" };
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "Agent",
        .entity_id = computer->id,
        .entity_name = slice_of(computer->host),
        .type = "EnrolComputer",
        .details = audit_sentence(ctx, "Enrol computer \"%s\": %s", computer->host,
                                  agent_state_name(computer)),
        .object = "agentDataAuditing",
    };
    struct slice none = { 0 };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_change_text(&changes, "AgentId", slice_of(computer->id), none);
    audit_change_text(&changes, "HostType", slice_of(host_types[order->host_type]), none);
    audit_change_text(&changes, "ComputerGroupId", slice_of(computer->group_id), none);
    return audit_write_changes(ctx, &entry, &changes);
}

/* POST enrol */
enum result agent_enrol(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct csr_facts csr;
    struct computer computer;
    struct slice certificate;
    TRY(installation_check(ctx, call));
    TRY(csr_read(ctx->arena, call_text(call, "csr"), &csr, ctx->error));
    char *key = slice_dup(ctx->arena, csr.public_key_pem);
    if (key == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the enrolment");
    }
    const struct computer_enrolment order = {
        .host = call_text(call, "host"),
        .host_type = host_type(call_text(call, "hostType")),
        .group_id = call_uuid(ctx, call, "groupId"),
        .public_key_pem = key,
        .agent_version = call_text(call, "agentVersion"),
        .endpoint = call_member(call, "endpointInformation"),
    };
    TRY(computer_enrol(ctx, &order, &computer));
    TRY(agent_certificate(ctx, computer.id, call_text(call, "csr"), &certificate));
    TRY(computer_set_certificate(ctx, computer.id, certificate, key));
    TRY(audit_enrolled(ctx, &order, &computer));
    write_enrolled(ctx, reply, &computer, certificate);
    return RESULT_OK;
}

static enum result thumbprint_of(struct ctx *ctx, const char *id, const char **out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT COALESCE(thumbprint, '') FROM computer_identity WHERE computer_id = $1",
                  "t", id));
    *out = slice_dup(ctx->arena, statement_text(row, 0));
    statement_reset(row);
    return *out == NULL ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the certificate")
                        : RESULT_OK;
}

/* The contract's object of computers has no member for certificates, so the sentence tells both. */
static enum result audit_renewed(struct ctx *ctx, const struct computer *computer,
                                 const char *before)
{
    const char *now = NULL;
    TRY(thumbprint_of(ctx, computer->id, &now));
    const struct audit_entry entry = {
        .entity = "Agent",
        .entity_id = computer->id,
        .entity_name = slice_of(computer->host),
        .type = "CertificateRenewed",
        .details = audit_sentence(ctx, "Computer \"%s\" renewed its certificate: %s in place of %s",
                                  computer->host, now, before),
    };
    return audit_write(ctx, &entry);
}

/* POST renew: the new key counts from now on; the one before still signs in, in case this answer is lost. */
enum result agent_renew(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct computer computer;
    struct csr_facts csr;
    struct slice certificate;
    struct json_writer writer;
    const char *thumbprint = NULL;
    TRY(agent_load_authorised(ctx, &computer));
    TRY(csr_read(ctx->arena, call_text(call, "csr"), &csr, ctx->error));
    char *key = slice_dup(ctx->arena, csr.public_key_pem);
    if (key == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the certificate");
    }
    TRY(thumbprint_of(ctx, computer.id, &thumbprint));
    TRY(agent_certificate(ctx, computer.id, call_text(call, "csr"), &certificate));
    TRY(computer_set_certificate(ctx, computer.id, certificate, key));
    TRY(audit_renewed(ctx, &computer, thumbprint));
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_slice(&writer, "certificate", certificate);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}

/* --- tokens -------------------------------------------------------------------------------------------------------------------- */

static struct slice form_value(const struct form *form, const char *name)
{
    const struct form_part *part = form_find(form, name);
    return part == NULL ? (struct slice){ .length = 0 } : part->value;
}

static enum result bad_assertion(struct ctx *ctx, const char *why)
{
    return fail(ctx->error, RESULT_UNAUTHENTICATED, "invalid_token",
                "the assertion does not hold: %s", why);
}

static enum result previous_key(struct ctx *ctx, const char *id, struct slice *out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT COALESCE(previous_key, '') FROM computer_identity WHERE computer_id = $1",
                  "t", id));
    char *copy = slice_dup(ctx->arena, statement_text(row, 0));
    *out = slice_of(copy);
    statement_reset(row);
    return copy == NULL ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the token")
                        : RESULT_OK;
}

static enum result claims_check(struct ctx *ctx, struct slice claims, const char *id)
{
    const struct json *tree = NULL;
    TRY(json_parse(ctx->arena, claims, &json_limits_usual, &tree, ctx->error));
    const struct json *until = json_get(tree, "exp");
    int64_t now_s = ctx->now_us / US_PER_SECOND;
    if (!slice_is_any_case(json_text_of(json_get(tree, "iss")), id) ||
        !slice_is_any_case(json_text_of(json_get(tree, "sub")), id)) {
        return bad_assertion(ctx, "iss and sub must be the computer's id");
    }
    if (!slice_is(json_text_of(json_get(tree, "aud")), AGENT_AUDIENCE)) {
        return bad_assertion(ctx, "aud must be " AGENT_AUDIENCE);
    }
    if (!json_is(until, JSON_INT) || until->integer < now_s - CLOCK_SKEW_S ||
        until->integer > now_s + ASSERTION_LIFE_S_MAX + CLOCK_SKEW_S) {
        return bad_assertion(ctx, "exp must be within ten minutes; is the clock right?");
    }
    return RESULT_OK;
}

/* Whose assertion it is, by what it says; checked against that computer's key after. */
static enum result assertion_subject(struct ctx *ctx, struct slice assertion, struct computer *out)
{
    struct slice claims;
    const struct json *tree = NULL;
    struct uuid id;
    TRY(jwt_peek(ctx->arena, assertion, &claims, ctx->error));
    if (json_parse(ctx->arena, claims, &json_limits_usual, &tree, NULL) != RESULT_OK ||
        !uuid_parse(json_text_of(json_get(tree, "sub")), &id)) {
        return bad_assertion(ctx, "it names no computer");
    }
    enum result result = computer_load(ctx, id.text, out);
    bool gone = result == RESULT_NOT_FOUND || (result == RESULT_OK && out->deleted);
    return gone ? fail(ctx->error, RESULT_UNAUTHENTICATED, AGENT_PROBLEM_ENROL_AGAIN,
                       "this computer is not known; it must enrol again with a new key")
                : result;
}

static enum result assertion_check(struct ctx *ctx, struct slice assertion, struct computer *out)
{
    struct slice claims;
    struct slice key;
    TRY(assertion_subject(ctx, assertion, out));
    if (out->public_key_pem == NULL) {
        return bad_assertion(ctx, "the computer has no key");
    }
    enum result result =
        jwt_verify_key(ctx->arena, assertion, slice_of(out->public_key_pem), &claims, ctx->error);
    if (result == RESULT_UNAUTHENTICATED) {
        TRY(previous_key(ctx, out->id, &key));
        result = key.length == 0 ? result
                                 : jwt_verify_key(ctx->arena, assertion, key, &claims, ctx->error);
    }
    TRY(result);
    TRY(claims_check(ctx, claims, out->id));
    if (out->authorisation == COMPUTER_REJECTED) {
        return fail(ctx->error, RESULT_DENIED, AGENT_PROBLEM_REJECTED,
                    "this computer was rejected");
    }
    return RESULT_OK;
}

/* POST token */
enum result agent_token(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct form form;
    struct computer computer = { .id = NULL };
    struct slice token;
    struct json_writer writer;
    TRY(form_parse(ctx->arena, call->header(call, "Content-Type"), call->raw, &form, ctx->error));
    if (!slice_is(form_value(&form, "grant_type"), "client_credentials") ||
        !slice_is(form_value(&form, "client_assertion_type"), ASSERTION_TYPE)) {
        return fail(
            ctx->error, RESULT_INVALID, "client_assertion_type",
            "grant_type must be client_credentials and client_assertion_type " ASSERTION_TYPE);
    }
    TRY(assertion_check(ctx, form_value(&form, "client_assertion"), &computer));
    int64_t until_s = ctx->now_us / US_PER_SECOND + TOKEN_LIFE_S;
    char *claims =
        arena_printf(ctx->arena, "{\"sub\":\"%s\",\"exp\":%" PRId64 "}", computer.id, until_s);
    if (claims == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the token");
    }
    TRY(jwt_sign_hs256(ctx->arena, ctx->keys->agent_token_secret, slice_of(claims), &token,
                       ctx->error));
    reply_header(reply, "Cache-Control", "no-store");
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_slice(&writer, "access_token", token);
    json_member_text(&writer, "token_type", "Bearer");
    json_member_int(&writer, "expires_in", TOKEN_LIFE_S);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}
