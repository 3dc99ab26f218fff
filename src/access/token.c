#include "access/token.h"

#include <string.h>

#include "access/user_token.h"
#include "base/base64.h"
#include "crypto/digest.h"
#include "store/store.h"

/* Columns that make a principal, in the order principal_read takes them. */
#define PRINCIPAL_COLUMNS \
    "a.id, a.name, a.audit, a.insight, a.management, a.reporting, a.scim, a.jit, a.client_id"

void secret_hash(struct slice key, struct slice secret, char out_hex[SECRET_HASH_BYTES])
{
    uint8_t digest[SHA256_BYTES];
    hmac_sha256(key, secret, digest);
    hex_encode(digest, sizeof(digest), out_hex);
    bytes_wipe(digest, sizeof(digest));
}

static void copy_text(char *out, size_t room, struct slice text)
{
    size_t length = text.length < room ? text.length : room - 1;
    if (length > 0) {
        memcpy(out, text.text, length);
    }
    out[length] = '\0';
}

static enum level level_of(int64_t stored)
{
    if (stored >= LEVEL_FULL) {
        return LEVEL_FULL;
    }
    return stored == LEVEL_READ ? LEVEL_READ : LEVEL_NONE;
}

static void principal_read(const struct statement *statement, struct principal *out)
{
    static const enum area areas[] = { AREA_AUDIT,     AREA_INSIGHT, AREA_MANAGEMENT,
                                       AREA_REPORTING, AREA_SCIM,    AREA_JIT };
    *out = (struct principal){ .kind = PRINCIPAL_API_ACCOUNT };
    copy_text(out->id, sizeof(out->id), statement_text(statement, 0));
    copy_text(out->name, sizeof(out->name), statement_text(statement, 1));
    for (uint32_t i = 0; i < COUNT_OF(areas); i++) {
        out->levels[areas[i]] = level_of(statement_int(statement, i + 2));
    }
    copy_text(out->client_id, sizeof(out->client_id), statement_text(statement, 8));
}

enum result token_check_client(struct session *session, struct slice key,
                               const struct client_credentials *credentials, struct principal *out,
                               struct error *error)
{
    char given[SECRET_HASH_BYTES];
    char stored[SECRET_HASH_BYTES];
    secret_hash(key, credentials->secret, given);
    memset(stored, '0', sizeof(stored) - 1);
    stored[sizeof(stored) - 1] = '\0';

    struct statement *row = NULL;
    enum result result = store_row(session, &row, error,
                                   "SELECT " PRINCIPAL_COLUMNS ", a.secret_hash"
                                   " FROM api_account a WHERE a.client_id = $1",
                                   "s", credentials->id);
    bool found = result == RESULT_OK;
    struct principal principal;
    if (found) {
        principal_read(row, &principal);
        copy_text(stored, sizeof(stored), statement_text(row, 9));
        statement_reset(row);
    } else if (result != RESULT_NOT_FOUND) {
        return result;
    }
    bool equal = bytes_equal_constant_time(given, stored, sizeof(given) - 1);
    bytes_wipe(given, sizeof(given));
    if (!found || !equal) {
        return fail(error, RESULT_UNAUTHENTICATED, NULL, "the client id or secret is wrong");
    }
    *out = principal;
    return RESULT_OK;
}

enum result token_issue(struct session *session, struct slice key, const char *account_id,
                        int64_t expires_us, char out_token[ACCESS_TOKEN_CHARACTERS + 1],
                        struct error *error)
{
    char hash[SECRET_HASH_BYTES];
    random_alphanumeric(out_token, ACCESS_TOKEN_CHARACTERS);
    secret_hash(key, slice_of(out_token), hash);
    return store_run(session, error,
                     "INSERT INTO api_token (token_hash, account_id, expires) VALUES ($1, $2, $3)",
                     "tti", hash, account_id, expires_us);
}

enum result account_principal(struct session *session, const char *id, struct principal *out,
                              struct error *error)
{
    struct statement *row = NULL;
    enum result result =
        store_row(session, &row, error,
                  "SELECT " PRINCIPAL_COLUMNS " FROM api_account a WHERE a.id = $1", "t", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(error, RESULT_NOT_FOUND, NULL, "there is no user or API account with the id %s",
                    id);
    }
    TRY(result);
    principal_read(row, out);
    statement_reset(row);
    return RESULT_OK;
}

enum result token_authenticate(struct session *session, struct slice key,
                               struct slice authorization, int64_t now_us, struct principal *out,
                               struct error *error)
{
    struct slice token = slice_trim(authorization);
    if (token.length == 0) {
        return fail(error, RESULT_UNAUTHENTICATED, NULL, "the request has no access token");
    }
    struct slice scheme = slice_cut(&token, ' ');
    token = slice_trim(token);
    if (!slice_is_any_case(scheme, "Bearer") || token.length != ACCESS_TOKEN_CHARACTERS) {
        return fail(error, RESULT_UNAUTHENTICATED, "invalid_token", "the access token is not ours");
    }
    if (slice_starts_any_case(token, USER_TOKEN_PREFIX)) {
        return user_token_authenticate(session, key, token, now_us, out, error);
    }
    char hash[SECRET_HASH_BYTES];
    secret_hash(key, token, hash);
    struct statement *row = NULL;
    enum result result =
        store_row(session, &row, error,
                  "SELECT " PRINCIPAL_COLUMNS ", COALESCE(t.id, ''), COALESCE(t.last_used, 0)"
                  " FROM api_token t JOIN api_account a ON a.id = t.account_id"
                  " WHERE t.token_hash = $1 AND t.expires > $2",
                  "ti", hash, now_us);
    if (result == RESULT_NOT_FOUND) {
        return fail(error, RESULT_UNAUTHENTICATED, "invalid_token",
                    "the access token is unknown, expired or revoked");
    }
    if (result == RESULT_OK) {
        principal_read(row, out);
        copy_text(out->token_id, sizeof(out->token_id), statement_text(row, 9));
        out->token_used_us = statement_int(row, 10);
        statement_reset(row);
    }
    return result;
}

enum result token_sweep(struct session *session, int64_t now_us, struct error *error)
{
    TRY(store_run(session, error, "DELETE FROM user_token WHERE expires <= $1", "i", now_us));
    return store_run(session, error, "DELETE FROM api_token WHERE expires <= $1", "i", now_us);
}
