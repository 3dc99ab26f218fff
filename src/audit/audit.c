#include "audit/audit.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "access/principal.h"
#include "audit/seal.h"
#include "base/arena.h"
#include "model/operation.h"
#include "model/stream.h"

const char *const audit_doors[] = { "API", "Portal", "System" };

const char *const audit_object_names[] = {
    "apiClientDataAuditing",
    "computerDataAuditing",
    "groupDataAuditing",
    "installationKeyDataAuditing",
    "policyDataAuditing",
    "policyRevisionDataAuditing",
    "settingsDataAuditing",
    "userDataAuditing",
    "openIdConfigDataAuditing",
    "mmcRemoteClientDataAuditing",
    "computerPolicyDataAuditing",
    "azureADIntegrationDataAuditing",
    "authorizationRequestDataAuditing",
    "reputationSettingsDataAuditing",
    "securitySettingsDataAuditing",
    "siemIntegrationBaseDetailModel",
    "siemIntegrationQradarAuditing",
    "siemIntegrationS3Auditing",
    "siemIntegrationSentinelAuditing",
    "siemIntegrationSplunkAuditing",
    "agentDataAuditing",
    "managementRuleDataAuditing",
    "autoUpdateRateLimitDataAuditing",
    "autoUpdateGroupConfigSettingsDataAuditing",
    "autoUpdateGroupClientSettingsDataAuditing",
    "permissionGroupDataAuditing",
    "autoUpdateGroupMacClientSettingsDataAuditing",
    "identityProviderGroupDataAuditing",
    "mapToIdentityProviderGroupAuditing",
};
const size_t audit_object_count = COUNT_OF(audit_object_names);

static bool is_object_name(const char *name)
{
    for (size_t i = 0; i < audit_object_count; i++) {
        if (strcmp(audit_object_names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* At most `max` bytes, cut between two characters; empty becomes null. A name that is no UTF-8 or has a NUL would
   fail the commit of everybody in the group: each such byte becomes a question mark. */
static struct slice clean(struct arena *arena, struct slice text, size_t max)
{
    if (text.length == 0) {
        return (struct slice){ 0 };
    }
    text = slice_head(text, max);
    if (slice_is_utf8(text)) {
        return text;
    }
    char *copy = arena_strndup(arena, text.text, text.length);
    for (size_t i = 0; copy != NULL && i < text.length; i++) {
        copy[i] = copy[i] == '\0' || (uint8_t)copy[i] >= 0x80 ? '?' : copy[i];
    }
    return copy == NULL ? (struct slice){ 0 } : (struct slice){ copy, text.length };
}

static enum audit_door door_of(const struct principal *principal)
{
    switch (principal->kind) {
    case PRINCIPAL_API_ACCOUNT: return AUDIT_BY_API;
    case PRINCIPAL_USER: return AUDIT_BY_PORTAL;
    case PRINCIPAL_NONE:
    case PRINCIPAL_AGENT:
    case PRINCIPAL_SYSTEM: break;
    }
    return AUDIT_BY_SYSTEM;
}

static void set_actor(struct ctx *ctx, struct slice fields[CHAIN_FIELDS])
{
    static const struct principal nobody = { .kind = PRINCIPAL_SYSTEM, .name = "system" };
    const struct principal *who = ctx->principal == NULL ? &nobody : ctx->principal;
    bool account = who->kind == PRINCIPAL_API_ACCOUNT && who->client_id[0] != '\0';
    fields[CHAIN_USER_ID] = clean(ctx->arena, slice_of(who->id), AUDIT_NAME_BYTES_MAX);
    const char *name = account ? who->client_id : who->name;
    fields[CHAIN_USER] =
        clean(ctx->arena, slice_of(name[0] == '\0' ? nobody.name : name), AUDIT_NAME_BYTES_MAX);
    fields[CHAIN_CHANGED_BY] = slice_of(audit_doors[door_of(who)]);
}

enum result audit_write(struct ctx *ctx, const struct audit_entry *entry)
{
    assert(entry->entity != NULL && entry->type != NULL);
    assert((entry->object != NULL) == (entry->object_json.length > 0));
    assert(entry->object == NULL || is_object_name(entry->object));

    struct arena *arena = ctx->arena;
    struct slice fields[CHAIN_FIELDS] = {
        [CHAIN_ENTITY] = slice_of(entry->entity),
        [CHAIN_ENTITY_ID] = slice_of(entry->entity_id),
        [CHAIN_ENTITY_NAME] = clean(arena, entry->entity_name, AUDIT_NAME_BYTES_MAX),
        [CHAIN_AUDIT_TYPE] = slice_of(entry->type),
        [CHAIN_DETAILS] = clean(arena, entry->details, AUDIT_DETAILS_BYTES_MAX),
        [CHAIN_OBJECT] = slice_of(entry->object),
        [CHAIN_OBJECT_JSON] = clean(arena, entry->object_json, AUDIT_OBJECT_BYTES_MAX),
        [CHAIN_REQUEST_ID] = clean(arena, slice_of(ctx->request_id), AUDIT_NAME_BYTES_MAX),
    };
    set_actor(ctx, fields);

    struct buffer note;
    buffer_init(&note, CHAIN_BYTES_MAX);
    buffer_char(&note, NOTE_ENTRY);
    chain_fields_add(&note, fields);
    enum result result =
        note.overflow
            ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for an audit entry")
            : session_at_commit(ctx->session, buffer_slice(&note), audit_seal, ctx->error);
    buffer_done(&note);
    TRY(result);
    ctx_wake(ctx, WAKE_FEED, STREAM_ACTIVITY_AUDITS);
    ctx->audited = true;
    return RESULT_OK;
}

void audit_unchanged(struct ctx *ctx)
{
    ctx->audited = true;
}

struct slice audit_sentence(struct ctx *ctx, const char *format, ...)
{
    va_list args;
    char line[AUDIT_DETAILS_BYTES_MAX];
    va_start(args, format);
    int length = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (length < 0) {
        return (struct slice){ 0 };
    }
    size_t kept = (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1;
    char *copy = arena_strndup(ctx->arena, line, kept);
    return copy == NULL ? (struct slice){ 0 } : (struct slice){ copy, kept };
}

const char *audit_count(struct ctx *ctx, size_t count, const char *noun)
{
    const char *text = arena_printf(ctx->arena, "%zu %s%s", count, noun, count == 1 ? "" : "s");
    return text == NULL ? noun : text;
}
