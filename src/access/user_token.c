#include "access/user_token.h"

#include <stdio.h>
#include <string.h>

#include "base/uuid.h"
#include "crypto/digest.h"
#include "store/store.h"

static enum result order_check(struct session *session, const struct user_token_order *order,
                               struct error *error)
{
    int64_t count = 0;
    struct slice name = slice_of(order->name);
    if (name.length == 0 || name.length > USER_TOKEN_NAME_BYTES_MAX || !slice_is_utf8(name)) {
        return fail(error, RESULT_INVALID, "name", "the name must have 1 to %d bytes of UTF-8 text",
                    USER_TOKEN_NAME_BYTES_MAX);
    }
    TRY(store_int(session, &count, error, "SELECT COUNT(*) FROM user_token WHERE user_id = $1", "t",
                  order->user_id));
    return count < USER_TOKENS_MAX
               ? RESULT_OK
               : fail(error, RESULT_CONFLICT, NULL,
                      "the user has %d tokens already, the most allowed", USER_TOKENS_MAX);
}

enum result user_token_create(struct session *session, struct slice key, int64_t now_us,
                              const struct user_token_order *order, struct user_token_made *out,
                              struct error *error)
{
    struct uuid id;
    char hash[SECRET_HASH_BYTES];
    size_t prefix = strlen(USER_TOKEN_PREFIX);
    TRY(order_check(session, order, error));
    uuid_make(now_us, &id);
    (void)snprintf(out->id, sizeof(out->id), "%s", id.text);
    (void)snprintf(out->token, sizeof(out->token), "%s", USER_TOKEN_PREFIX);
    random_alphanumeric(out->token + prefix, ACCESS_TOKEN_CHARACTERS - prefix);
    secret_hash(key, slice_of(out->token), hash);
    return store_run(session, error,
                     "INSERT INTO user_token (id, user_id, token_hash, name, created, expires)"
                     " VALUES ($1, $2, $3, $4, $5, $6)",
                     "ttttii", out->id, order->user_id, hash, order->name, now_us,
                     order->expires_us);
}

static void copy_text(char *out, size_t room, struct slice text)
{
    (void)snprintf(out, room, "%.*s", (int)text.length, text.text == NULL ? "" : text.text);
}

enum result user_token_revoke(struct session *session, const char *id, char out_owner[37],
                              struct error *error)
{
    struct statement *row = NULL;
    enum result result =
        store_row(session, &row, error, "SELECT user_id FROM user_token WHERE id = $1", "t", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(error, RESULT_NOT_FOUND, "token-id", "there is no token with the id %.64s", id);
    }
    TRY(result);
    copy_text(out_owner, 37, statement_text(row, 0));
    statement_reset(row);
    return store_run(session, error, "DELETE FROM user_token WHERE id = $1", "t", id);
}

enum result user_token_authenticate(struct session *session, struct slice key, struct slice token,
                                    int64_t now_us, struct principal *out, struct error *error)
{
    struct statement *row = NULL;
    char hash[SECRET_HASH_BYTES];
    secret_hash(key, token, hash);
    enum result result = store_row(session, &row, error,
                                   "SELECT u.id, u.email, u.disabled FROM user_token t"
                                   " JOIN user_account u ON u.id = t.user_id"
                                   " WHERE t.token_hash = $1 AND t.expires > $2",
                                   "ti", hash, now_us);
    if (result == RESULT_NOT_FOUND) {
        return fail(error, RESULT_UNAUTHENTICATED, "invalid_token",
                    "the access token is unknown, expired or revoked");
    }
    TRY(result);
    *out = (struct principal){ .kind = PRINCIPAL_USER };
    copy_text(out->id, sizeof(out->id), statement_text(row, 0));
    copy_text(out->name, sizeof(out->name), statement_text(row, 1));
    bool disabled = statement_int(row, 2) != 0;
    statement_reset(row);
    return disabled ? fail(error, RESULT_UNAUTHENTICATED, "invalid_token",
                           "the user of the access token is disabled")
                    : RESULT_OK;
}
