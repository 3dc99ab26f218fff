#include "access/account_token.h"

#include <stdio.h>
#include <string.h>

#include "base/uuid.h"
#include "crypto/digest.h"
#include "store/store.h"

static enum result account_find(struct session *session, const char *client_id, char out_id[37],
                                struct error *error)
{
    struct statement *row = NULL;
    enum result result = store_row(
        session, &row, error, "SELECT id FROM api_account WHERE client_id = $1", "t", client_id);
    if (result == RESULT_NOT_FOUND) {
        return fail(error, RESULT_NOT_FOUND, "client-id",
                    "there is no API account with that client id");
    }
    TRY(result);
    struct slice id = statement_text(row, 0);
    (void)snprintf(out_id, 37, "%.*s", (int)id.length, id.text);
    statement_reset(row);
    return RESULT_OK;
}

static enum result order_check(struct session *session, const char *account_id,
                               const struct account_token_order *order, struct error *error)
{
    int64_t count = 0;
    struct slice name = slice_of(order->name);
    if (name.length == 0 || name.length > ACCOUNT_TOKEN_NAME_BYTES_MAX || !slice_is_utf8(name)) {
        return fail(error, RESULT_INVALID, "name", "the name must have 1 to %d bytes of UTF-8 text",
                    ACCOUNT_TOKEN_NAME_BYTES_MAX);
    }
    TRY(store_int(session, &count, error,
                  "SELECT COUNT(*) FROM api_token WHERE account_id = $1 AND id IS NOT NULL", "t",
                  account_id));
    return count < ACCOUNT_TOKENS_MAX
               ? RESULT_OK
               : fail(error, RESULT_CONFLICT, NULL,
                      "the API account has %d tokens already, the most allowed",
                      ACCOUNT_TOKENS_MAX);
}

enum result account_token_create(struct session *session, struct slice key, int64_t now_us,
                                 const struct account_token_order *order,
                                 struct account_token_made *out, struct error *error)
{
    struct uuid id;
    char hash[SECRET_HASH_BYTES];
    size_t prefix = strlen(ACCOUNT_TOKEN_PREFIX);
    TRY(account_find(session, order->client_id, out->account_id, error));
    TRY(order_check(session, out->account_id, order, error));
    uuid_make(now_us, &id);
    (void)snprintf(out->id, sizeof(out->id), "%s", id.text);
    (void)snprintf(out->token, sizeof(out->token), "%s", ACCOUNT_TOKEN_PREFIX);
    random_alphanumeric(out->token + prefix, ACCESS_TOKEN_CHARACTERS - prefix);
    secret_hash(key, slice_of(out->token), hash);
    return store_run(session, error,
                     "INSERT INTO api_token (token_hash, account_id, expires, id, name, created)"
                     " VALUES ($1, $2, $3, $4, $5, $6)",
                     "ttitti", hash, out->account_id, order->expires_us, out->id, order->name,
                     now_us);
}

enum result account_token_revoke(struct session *session, const char *id, char out_account_id[37],
                                 struct error *error)
{
    struct statement *row = NULL;
    enum result result =
        store_row(session, &row, error, "SELECT account_id FROM api_token WHERE id = $1", "t", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(error, RESULT_NOT_FOUND, "token-id", "there is no token with the id %.64s", id);
    }
    TRY(result);
    struct slice account = statement_text(row, 0);
    (void)snprintf(out_account_id, 37, "%.*s", (int)account.length, account.text);
    statement_reset(row);
    return store_run(session, error, "DELETE FROM api_token WHERE id = $1", "t", id);
}

enum result account_token_used(struct session *session, const char *id, int64_t now_us,
                               struct error *error)
{
    return store_run(session, error,
                     "UPDATE api_token SET last_used = $2 WHERE id = $1"
                     " AND COALESCE(last_used, 0) < $3",
                     "tii", id, now_us, now_us - ACCOUNT_TOKEN_NOTE_US);
}
