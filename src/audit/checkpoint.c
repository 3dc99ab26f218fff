#include "audit/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "audit/seal.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "crypto/jwt.h"
#include "crypto/key.h"
#include "json/read.h"
#include "model/operation.h"
#include "store/store.h"

/* The key and a token take a few kilobytes. */
enum { ARENA_BYTES = 256 * 1024, CLAIMS_BYTES = 512 };

static const char claim_type[] = "reeve-audit-checkpoint";

static enum result setting_read(struct session *session, struct arena *arena, const char *name,
                                struct slice *out, struct error *error)
{
    struct statement *row = NULL;
    TRY(store_row(session, &row, error, "SELECT value FROM setting WHERE name = $1", "t", name));
    struct slice value = statement_text(row, 0);
    char *copy = slice_dup(arena, value);
    *out = (struct slice){ copy, value.length };
    statement_reset(row);
    return copy == NULL ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for the audit key")
                        : RESULT_OK;
}

/* Two servers may both find none: the first to store one wins. */
static enum result key_read(struct session *session, struct arena *arena, struct slice *out,
                            struct error *error)
{
    enum result result = setting_read(session, arena, "audit.key", out, error);
    if (result != RESULT_NOT_FOUND) {
        return result;
    }
    struct slice key;
    TRY(key_make(arena, &key, error));
    TRY(store_run(session, error,
                  "INSERT INTO setting (name, value) VALUES ('audit.key', $1)"
                  " ON CONFLICT (name) DO NOTHING",
                  "s", key));
    return setting_read(session, arena, "audit.key", out, error);
}

enum result audit_public_key(struct ctx *ctx, struct slice *out_pem)
{
    struct slice key;
    TRY(key_read(ctx->session, ctx->arena, &key, ctx->error));
    return key_public(ctx->arena, key, out_pem, ctx->error);
}

static enum result sign(struct session *session, struct arena *arena, const struct chain_head *head,
                        struct error *error)
{
    struct slice key;
    struct slice tenant = { 0 };
    struct slice token;
    char hash[SHA256_HEX_BYTES];
    char claims[CLAIMS_BYTES];
    int64_t now_us = time_now_us();
    TRY(key_read(session, arena, &key, error));
    enum result result = setting_read(session, arena, "tenant.id", &tenant, error);
    if (result != RESULT_OK && result != RESULT_NOT_FOUND) {
        return result;
    }
    hex_encode(head->hash, sizeof(head->hash), hash);
    (void)snprintf(claims, sizeof(claims),
                   "{\"typ\":\"%s\",\"iss\":\"%.*s\",\"iat\":%lld,\"entry\":%lld,\"hash\":\"%s\"}",
                   claim_type, (int)tenant.length, tenant.length == 0 ? "" : tenant.text,
                   (long long)(now_us / US_PER_SECOND), (long long)head->id, hash);
    TRY(jwt_sign_es256(arena, key, slice_of(claims), &token, error));
    return store_run(session, error,
                     "INSERT INTO audit_checkpoint (id, created, token) VALUES ($1, $2, $3)"
                     " ON CONFLICT (id) DO NOTHING",
                     "iis", head->id, now_us, token);
}

enum result checkpoint_sign(struct session *session, const struct chain_head *head,
                            struct error *error)
{
    int64_t last = 0;
    TRY(store_int(session, &last, error, "SELECT MAX(id) FROM audit_checkpoint", ""));
    if (last >= head->id) {
        return RESULT_OK;
    }
    struct arena *arena = arena_new(ARENA_BYTES); /* seldom, and the request has none here */
    if (arena == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for an audit checkpoint");
    }
    enum result result = sign(session, arena, head, error);
    arena_free(arena);
    return result;
}

enum result audit_checkpoint(struct ctx *ctx)
{
    static const char note = NOTE_SIGN;
    return session_at_commit(ctx->session, (struct slice){ &note, 1 }, audit_seal, ctx->error);
}

enum result checkpoint_read(struct arena *arena, struct slice token, struct slice public_key_pem,
                            struct checkpoint *out, struct error *error)
{
    struct slice claims;
    const struct json *json = NULL;
    TRY(jwt_verify_key(arena, token, public_key_pem, &claims, error));
    TRY(json_parse(arena, claims, &json_limits_usual, &json, error));
    const struct json *entry = json_get(json, "entry");
    if (!slice_is(json_text_of(json_get(json, "typ")), claim_type) || !json_is(entry, JSON_INT) ||
        !hex_decode(json_text_of(json_get(json, "hash")), out->hash, sizeof(out->hash))) {
        return fail(error, RESULT_INVALID, NULL, "the text is signed, but is no checkpoint");
    }
    out->id = entry->integer;
    return RESULT_OK;
}
