#include "access/account.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "store/store.h"

enum { SECRET_CHARACTERS = 48, CLIENT_ID_RANDOM_BYTES = 16, NAME_ARENA_BYTES = 16384 };

/* Which levels an area knows (the contract's scope list). */
static const struct scope {
    const char *name;
    enum area area;
    bool read, full;
} scopes[] = {
    { "management", AREA_MANAGEMENT, true, true },
    { "audit", AREA_AUDIT, true, false },
    { "reporting", AREA_REPORTING, true, false },
    { "scim", AREA_SCIM, false, true },
    { "jit", AREA_JIT, true, true },
    { "insight", AREA_INSIGHT, false, true },
};

enum result account_scope_parse(const char *text, enum level levels[AREA_COUNT],
                                struct error *error)
{
    struct slice level = slice_of(text);
    struct slice name = slice_cut(&level, '=');
    bool full = slice_is_any_case(level, "full");
    bool read = slice_is_any_case(level, "read");
    for (size_t i = 0; i < COUNT_OF(scopes); i++) {
        if (!slice_is_any_case(name, scopes[i].name)) {
            continue;
        }
        if ((full && scopes[i].full) || (read && scopes[i].read)) {
            levels[scopes[i].area] = full ? LEVEL_FULL : LEVEL_READ;
            return RESULT_OK;
        }
    }
    return fail(error, RESULT_INVALID, "scope",
                "scope \"%.64s\" is none of management=full|read, audit=read, reporting=read, "
                "scim=full, jit=full|read, insight=full",
                text);
}

static enum result check_text(const char *field, const char *text, size_t min, size_t max,
                              struct error *error)
{
    size_t length = strlen(text);
    if (length < min || length > max || !slice_is_utf8(slice_of(text))) {
        return fail(error, RESULT_INVALID, field, "the %s must have %zu to %zu bytes of UTF-8 text",
                    field, min, max);
    }
    return RESULT_OK;
}

/* Ids and secrets travel in forms and headers, so they keep to characters that need no escape. */
static enum result check_word(const char *field, const char *text, size_t min, size_t max,
                              struct error *error)
{
    TRY(check_text(field, text, min, max, error));
    if (strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~") !=
        strlen(text)) {
        return fail(error, RESULT_INVALID, field,
                    "the %s may hold letters, digits and - . _ ~ only", field);
    }
    return RESULT_OK;
}

static enum result fill_secret(const char *wanted, char *out, size_t room, struct error *error)
{
    if (wanted == NULL) {
        random_alphanumeric(out, SECRET_CHARACTERS);
        return RESULT_OK;
    }
    TRY(check_word("client secret", wanted, 8, CLIENT_SECRET_BYTES_MAX, error));
    (void)snprintf(out, room, "%s", wanted);
    return RESULT_OK;
}

static enum result fill_client(const struct account_order *order, struct account_made *out,
                               struct error *error)
{
    if (order->client_id == NULL) {
        uint8_t bytes[CLIENT_ID_RANDOM_BYTES];
        random_bytes(bytes, sizeof(bytes));
        hex_encode(bytes, sizeof(bytes), out->client_id);
    } else {
        TRY(check_word("client id", order->client_id, 1, CLIENT_ID_BYTES_MAX, error));
        (void)snprintf(out->client_id, sizeof(out->client_id), "%s", order->client_id);
    }
    return fill_secret(order->client_secret, out->client_secret, sizeof(out->client_secret), error);
}

static enum result check_order(struct session *session, const struct account_order *order,
                               struct error *error)
{
    TRY(check_text("name", order->name, 1, ACCOUNT_NAME_BYTES_MAX, error));
    if (order->description != NULL) {
        TRY(check_text("description", order->description, 0, ACCOUNT_DESCRIPTION_BYTES_MAX, error));
    }
    int64_t count = 0;
    TRY(store_int(session, &count, error, "SELECT COUNT(*) FROM api_account", ""));
    if (count >= ACCOUNTS_MAX) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "there are %d API accounts already, the most allowed", ACCOUNTS_MAX);
    }
    return RESULT_OK;
}

static enum result account_insert(struct session *session, struct slice key, int64_t now_us,
                                  const struct account_order *order,
                                  const struct account_made *made, struct error *error)
{
    struct arena *arena = arena_new(NAME_ARENA_BYTES);
    char *name_key = arena == NULL ? NULL : slice_fold(arena, slice_of(order->name));
    if (name_key == NULL) {
        arena_free(arena);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the account's name");
    }
    char hash[SECRET_HASH_BYTES];
    secret_hash(key, slice_of(made->client_secret), hash);
    const enum level *levels = order->levels;
    enum result result = store_run(
        session, error,
        "INSERT INTO api_account (id, name, name_key, description, client_id, secret_hash, created,"
        " audit, insight, management, reporting, scim, jit)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        "ttttttiiiiiii", made->id, order->name, name_key, order->description, made->client_id, hash,
        now_us, (int64_t)levels[AREA_AUDIT], (int64_t)levels[AREA_INSIGHT],
        (int64_t)levels[AREA_MANAGEMENT], (int64_t)levels[AREA_REPORTING],
        (int64_t)levels[AREA_SCIM], (int64_t)levels[AREA_JIT]);
    arena_free(arena);
    if (result == RESULT_CONFLICT) {
        return fail(error, RESULT_CONFLICT, "name",
                    "there is an API account of that name or client id already");
    }
    return result;
}

enum result account_create(struct session *session, struct slice key, int64_t now_us,
                           const struct account_order *order, struct account_made *out,
                           struct error *error)
{
    TRY(check_order(session, order, error));
    TRY(fill_client(order, out, error));
    struct uuid id;
    uuid_make(now_us, &id);
    (void)snprintf(out->id, sizeof(out->id), "%s", order->id != NULL ? order->id : id.text);
    return account_insert(session, key, now_us, order, out, error);
}

enum result account_new_secret(struct session *session, struct slice key, const char *client_id,
                               const char *secret, struct account_made *out, struct error *error)
{
    TRY(fill_secret(secret, out->client_secret, sizeof(out->client_secret), error));
    char hash[SECRET_HASH_BYTES];
    secret_hash(key, slice_of(out->client_secret), hash);
    TRY(store_run(session, error, "UPDATE api_account SET secret_hash = $1 WHERE client_id = $2",
                  "tt", hash, client_id));
    if (session_affected(session) == 0) {
        return fail(error, RESULT_NOT_FOUND, "client id",
                    "there is no API account with that client id");
    }
    (void)snprintf(out->client_id, sizeof(out->client_id), "%s", client_id);
    out->id[0] = '\0';
    return store_run(session, error,
                     "DELETE FROM api_token WHERE account_id ="
                     " (SELECT id FROM api_account WHERE client_id = $1)",
                     "t", client_id);
}

enum result account_delete(struct session *session, const char *client_id, struct error *error)
{
    TRY(store_run(session, error, "DELETE FROM api_account WHERE client_id = $1", "t", client_id));
    if (session_affected(session) == 0) {
        return fail(error, RESULT_NOT_FOUND, "client id",
                    "there is no API account with that client id");
    }
    return RESULT_OK;
}
