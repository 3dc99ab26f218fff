/* Proves that secrets and tokens hold for whom they were made, as long as they were made for, and no longer. */
#include "access/account.h"
#include "access/token.h"
#include "base/time.h"
#include "store/migrate.h"
#include "store/test_place.h"

#define NOW_US INT64_C(1700000000000000)
#define KEY    SLICE("the installation's secret key")

static struct error error;

static struct session *open_accounts(void **state)
{
    struct test_place *place = test_place(state);
    error = (struct error){ .field = NULL };
    test_place_ok(store_migrate(place->store, &error), &error);
    test_place_ok(session_begin(place->writer, &error), &error);
    return place->writer;
}

static struct account_made make_account(struct session *session, const char *name)
{
    struct account_made made;
    const struct account_order order = {
        .name = name, .levels = { [AREA_MANAGEMENT] = LEVEL_FULL, [AREA_AUDIT] = LEVEL_READ }
    };
    test_place_ok(account_create(session, KEY, NOW_US, &order, &made, &error), &error);
    return made;
}

static enum result check_client(struct session *session, struct slice key, const char *id,
                                const char *secret, struct principal *out)
{
    const struct client_credentials credentials = { slice_of(id), slice_of(secret) };
    return token_check_client(session, key, &credentials, out, &error);
}

static enum result authenticate(struct session *session, const char *authorization, int64_t now_us,
                                struct principal *out)
{
    error = (struct error){ .field = NULL };
    return token_authenticate(session, KEY, slice_of(authorization), now_us, out, &error);
}

static void the_right_secret_gives_the_account_and_its_rights(void **state)
{
    struct session *session = open_accounts(state);
    struct account_made made = make_account(session, "Siem");
    struct principal principal;
    assert_int_equal(strlen(made.client_id), 32);
    assert_int_equal(strlen(made.client_secret), 48);
    test_place_ok(check_client(session, KEY, made.client_id, made.client_secret, &principal),
                  &error);
    assert_int_equal(principal.kind, PRINCIPAL_API_ACCOUNT);
    assert_string_equal(principal.id, made.id);
    assert_string_equal(principal.name, "Siem");
    assert_true(principal_may(&principal, AREA_MANAGEMENT, LEVEL_FULL));
    assert_true(principal_may(&principal, AREA_AUDIT, LEVEL_READ));
    assert_false(principal_may(&principal, AREA_AUDIT, LEVEL_FULL));
    assert_false(principal_may(&principal, AREA_SCIM, LEVEL_READ));
    session_rollback(session);
}

static void wrong_credentials_are_refused_alike(void **state)
{
    struct session *session = open_accounts(state);
    struct account_made made = make_account(session, "Siem");
    struct account_made other = make_account(session, "Other");
    const struct {
        struct slice key;
        const char *id, *secret;
    } rows[] = {
        { KEY, made.client_id, "wrong" },
        { KEY, made.client_id, "" },
        { KEY, made.client_id, other.client_secret },
        { KEY, "nobody", made.client_secret },
        { KEY, "", "" },
        { SLICE("another key"), made.client_id, made.client_secret },
    };
    char text[ERROR_TEXT_BYTES] = "";
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct principal principal = { .kind = PRINCIPAL_NONE };
        assert_int_equal(check_client(session, rows[i].key, rows[i].id, rows[i].secret, &principal),
                         RESULT_UNAUTHENTICATED);
        assert_int_equal(principal.kind, PRINCIPAL_NONE);
        assert_true(i == 0 || strcmp(text, error.text) == 0);
        (void)snprintf(text, sizeof(text), "%s", error.text);
    }
    session_rollback(session);
}

static void a_token_holds_until_its_end(void **state)
{
    struct session *session = open_accounts(state);
    struct account_made made = make_account(session, "Siem");
    struct principal principal;
    char token[ACCESS_TOKEN_CHARACTERS + 1];
    char header[ACCESS_TOKEN_CHARACTERS + 32];
    test_place_ok(token_issue(session, KEY, made.id, NOW_US + US_PER_SECOND, token, &error),
                  &error);
    assert_int_equal(strlen(token), ACCESS_TOKEN_CHARACTERS);
    (void)snprintf(header, sizeof(header), " bEARER  %s ", token);
    test_place_ok(authenticate(session, header, NOW_US + US_PER_SECOND - 1, &principal), &error);
    assert_string_equal(principal.id, made.id);
    assert_int_equal(authenticate(session, header, NOW_US + US_PER_SECOND, &principal),
                     RESULT_UNAUTHENTICATED);
    assert_string_equal(error.field, "invalid_token");
    session_rollback(session);
}

static void what_is_no_token_of_ours_is_refused(void **state)
{
    struct session *session = open_accounts(state);
    struct account_made made = make_account(session, "Siem");
    struct principal principal;
    char token[ACCESS_TOKEN_CHARACTERS + 1];
    char header[ACCESS_TOKEN_CHARACTERS + 32];
    test_place_ok(token_issue(session, KEY, made.id, INT64_MAX, token, &error), &error);
    assert_int_equal(authenticate(session, NULL, NOW_US, &principal), RESULT_UNAUTHENTICATED);
    assert_null(error.field);
    assert_int_equal(authenticate(session, "  ", NOW_US, &principal), RESULT_UNAUTHENTICATED);
    assert_null(error.field);
    static const char *const forms[] = { "%s", "Basic %s", "Bearer %sx", "Bearer x%s", "Bearer" };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct buffer text;
        struct slice rest = slice_of(forms[i]);
        struct slice before = slice_cut(&rest, '%');
        buffer_init(&text, sizeof(header));
        buffer_add(&text, before.text, before.length);
        if (rest.length > 0) {
            buffer_text(&text, token);
            buffer_add(&text, rest.text + 1, rest.length - 1);
        }
        assert_int_equal(authenticate(session, text.bytes, NOW_US, &principal),
                         RESULT_UNAUTHENTICATED);
        assert_string_equal(error.field, "invalid_token");
        buffer_done(&text);
    }
    (void)snprintf(header, sizeof(header), "Bearer %s", token);
    header[10] = header[10] == 'a' ? 'b' : 'a';
    assert_int_equal(authenticate(session, header, NOW_US, &principal), RESULT_UNAUTHENTICATED);
    session_rollback(session);
}

static void a_new_secret_or_the_end_of_the_account_ends_its_tokens(void **state)
{
    struct session *session = open_accounts(state);
    struct account_made made = make_account(session, "Siem");
    struct account_made again;
    struct principal principal;
    char token[ACCESS_TOKEN_CHARACTERS + 1];
    char header[ACCESS_TOKEN_CHARACTERS + 32];
    test_place_ok(token_issue(session, KEY, made.id, INT64_MAX, token, &error), &error);
    (void)snprintf(header, sizeof(header), "Bearer %s", token);
    test_place_ok(account_new_secret(session, KEY, made.client_id, NULL, &again, &error), &error);
    assert_int_equal(authenticate(session, header, NOW_US, &principal), RESULT_UNAUTHENTICATED);
    assert_int_equal(check_client(session, KEY, made.client_id, made.client_secret, &principal),
                     RESULT_UNAUTHENTICATED);
    test_place_ok(check_client(session, KEY, made.client_id, again.client_secret, &principal),
                  &error);
    test_place_ok(token_issue(session, KEY, made.id, INT64_MAX, token, &error), &error);
    (void)snprintf(header, sizeof(header), "Bearer %s", token);
    test_place_ok(authenticate(session, header, NOW_US, &principal), &error);
    test_place_ok(account_delete(session, made.client_id, &error), &error);
    assert_int_equal(authenticate(session, header, NOW_US, &principal), RESULT_UNAUTHENTICATED);
    assert_int_equal(account_delete(session, made.client_id, &error), RESULT_NOT_FOUND);
    session_rollback(session);
}

static void a_sweep_drops_what_ran_out(void **state)
{
    struct session *session = open_accounts(state);
    struct account_made made = make_account(session, "Siem");
    char token[ACCESS_TOKEN_CHARACTERS + 1];
    int64_t left = 0;
    test_place_ok(token_issue(session, KEY, made.id, NOW_US, token, &error), &error);
    test_place_ok(token_issue(session, KEY, made.id, NOW_US + 1, token, &error), &error);
    test_place_ok(token_sweep(session, NOW_US, &error), &error);
    test_place_ok(store_int(session, &left, &error, "SELECT COUNT(*) FROM api_token", ""), &error);
    assert_int_equal(left, 1);
    session_rollback(session);
}

static void neither_secrets_nor_tokens_are_stored(void **state)
{
    struct session *session = open_accounts(state);
    struct account_made made = make_account(session, "Siem");
    char token[ACCESS_TOKEN_CHARACTERS + 1];
    char hash[SECRET_HASH_BYTES];
    int64_t found = 0;
    test_place_ok(token_issue(session, KEY, made.id, NOW_US, token, &error), &error);
    secret_hash(KEY, slice_of(token), hash);
    test_place_ok(store_int(session, &found, &error,
                            "SELECT COUNT(*) FROM api_token WHERE token_hash = $1", "t", hash),
                  &error);
    assert_int_equal(found, 1);
    test_place_ok(store_int(session, &found, &error,
                            "SELECT COUNT(*) FROM api_account WHERE secret_hash = $1", "t",
                            made.client_secret),
                  &error);
    assert_int_equal(found, 0);
    session_rollback(session);
}

static void accounts_refuse_what_does_not_fit(void **state)
{
    struct session *session = open_accounts(state);
    (void)make_account(session, "Siem");
    struct account_made made;
    const struct account_order bad[] = {
        { .name = "" },
        { .name = "a", .client_id = "with blank" },
        { .name = "a", .client_secret = "short" },
        { .name = "a", .client_secret = "eight or more, but with commas" },
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(account_create(session, KEY, NOW_US, &bad[i], &made, &error),
                         RESULT_INVALID);
    }
    const struct account_order taken = { .name = "SIEM" };
    assert_int_equal(account_create(session, KEY, NOW_US, &taken, &made, &error), RESULT_CONFLICT);
    session_rollback(session);
}

static void scopes_are_the_contracts(void **state)
{
    (void)state;
    static const char *const good[] = { "management=full", "Management=READ", "audit=read",
                                        "reporting=read",  "scim=full",       "jit=full",
                                        "jit=read",        "insight=full" };
    static const char *const bad[] = {
        "",          "management",   "management=", "management=some", "audit=full",
        "scim=read", "insight=read", "agent=full",  "=full",           "management=full "
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        enum level levels[AREA_COUNT] = { LEVEL_NONE };
        assert_int_equal(account_scope_parse(good[i], levels, &error), RESULT_OK);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        enum level levels[AREA_COUNT] = { LEVEL_NONE };
        assert_int_equal(account_scope_parse(bad[i], levels, &error), RESULT_INVALID);
        assert_string_equal(error.field, "scope");
    }
}

static void full_insight_also_reads_management_and_audit(void **state)
{
    (void)state;
    const struct principal insight = { .kind = PRINCIPAL_API_ACCOUNT,
                                       .levels = { [AREA_INSIGHT] = LEVEL_FULL } };
    const struct principal machine = { .kind = PRINCIPAL_SYSTEM };
    assert_true(principal_may(&insight, AREA_MANAGEMENT, LEVEL_READ));
    assert_true(principal_may(&insight, AREA_AUDIT, LEVEL_READ));
    assert_false(principal_may(&insight, AREA_MANAGEMENT, LEVEL_FULL));
    assert_false(principal_may(&insight, AREA_REPORTING, LEVEL_READ));
    assert_true(principal_may(&insight, AREA_NONE, LEVEL_FULL));
    assert_true(principal_may(&machine, AREA_SCIM, LEVEL_FULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(the_right_secret_gives_the_account_and_its_rights),
        TEST_ON_SERVERS(wrong_credentials_are_refused_alike),
        TEST_ON_SERVERS(a_token_holds_until_its_end),
        TEST_ON_SERVERS(what_is_no_token_of_ours_is_refused),
        TEST_ON_SERVERS(a_new_secret_or_the_end_of_the_account_ends_its_tokens),
        TEST_ON_SERVERS(a_sweep_drops_what_ran_out),
        TEST_ON_SERVERS(neither_secrets_nor_tokens_are_stored),
        TEST_ON_SERVERS(accounts_refuse_what_does_not_fit),
        cmocka_unit_test(scopes_are_the_contracts),
        cmocka_unit_test(full_insight_also_reads_management_and_audit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
