/* Proves that a long-lived token holds for its account until it runs out, is revoked, or the account goes. */
#include "access/account.h"
#include "access/account_token.h"
#include "base/time.h"
#include "store/migrate.h"
#include "store/test_place.h"

#define NOW_US INT64_C(1700000000000000)
#define KEY    SLICE("the installation's secret key")

static struct error error;

static struct session *open_account(void **state, struct account_made *out)
{
    struct test_place *place = test_place(state);
    const struct account_order order = { .name = "Provider",
                                         .levels = { [AREA_SCIM] = LEVEL_FULL } };
    error = (struct error){ .field = NULL };
    test_place_ok(store_migrate(place->store, &error), &error);
    test_place_ok(session_begin(place->writer, &error), &error);
    test_place_ok(account_create(place->writer, KEY, NOW_US, &order, out, &error), &error);
    return place->writer;
}

static struct account_token_made make_token(struct session *session,
                                            const struct account_made *account)
{
    struct account_token_made made;
    const struct account_token_order order = { account->client_id, "Okta", NOW_US + US_PER_DAY };
    test_place_ok(account_token_create(session, KEY, NOW_US, &order, &made, &error), &error);
    return made;
}

static enum result use(struct session *session, const char *token, int64_t now_us,
                       struct principal *out)
{
    char header[256];
    (void)snprintf(header, sizeof(header), "Bearer %s", token);
    error = (struct error){ .field = NULL };
    return token_authenticate(session, KEY, slice_of(header), now_us, out, &error);
}

static void it_stands_for_its_account_until_it_runs_out(void **state)
{
    struct account_made account;
    struct principal principal;
    struct session *session = open_account(state, &account);
    struct account_token_made made = make_token(session, &account);
    assert_int_equal(strlen(made.token), ACCESS_TOKEN_CHARACTERS);
    assert_int_equal(strncmp(made.token, ACCOUNT_TOKEN_PREFIX, strlen(ACCOUNT_TOKEN_PREFIX)), 0);
    assert_string_equal(made.account_id, account.id);
    test_place_ok(use(session, made.token, NOW_US + US_PER_DAY - 1, &principal), &error);
    assert_string_equal(principal.id, account.id);
    assert_string_equal(principal.token_id, made.id);
    assert_true(principal_may(&principal, AREA_SCIM, LEVEL_FULL));
    assert_int_equal(use(session, made.token, NOW_US + US_PER_DAY, &principal),
                     RESULT_UNAUTHENTICATED);
    made.token[10] = made.token[10] == 'a' ? 'b' : 'a';
    assert_int_equal(use(session, made.token, NOW_US, &principal), RESULT_UNAUTHENTICATED);
    session_rollback(session);
}

static void it_ends_at_once_when_it_is_revoked_and_no_other_does(void **state)
{
    struct account_made account;
    struct principal principal;
    char owner[37];
    struct session *session = open_account(state, &account);
    struct account_token_made first = make_token(session, &account);
    struct account_token_made second = make_token(session, &account);
    test_place_ok(account_token_revoke(session, first.id, owner, &error), &error);
    assert_string_equal(owner, account.id);
    assert_int_equal(use(session, first.token, NOW_US, &principal), RESULT_UNAUTHENTICATED);
    test_place_ok(use(session, second.token, NOW_US, &principal), &error);
    assert_int_equal(account_token_revoke(session, first.id, owner, &error), RESULT_NOT_FOUND);
    session_rollback(session);
}

static void its_last_use_is_known(void **state)
{
    struct account_made account;
    struct principal principal;
    struct session *session = open_account(state, &account);
    struct account_token_made made = make_token(session, &account);
    test_place_ok(use(session, made.token, NOW_US, &principal), &error);
    assert_int_equal(principal.token_used_us, 0);
    test_place_ok(account_token_used(session, made.id, NOW_US + 5, &error), &error);
    test_place_ok(use(session, made.token, NOW_US + 6, &principal), &error);
    assert_int_equal(principal.token_used_us, NOW_US + 5);
    session_rollback(session);
}

/* Neither within the minute nor backwards, as with a late note of another server. */
static void its_last_use_moves_once_a_minute_and_only_forward(void **state)
{
    struct account_made account;
    struct principal principal;
    struct session *session = open_account(state, &account);
    struct account_token_made made = make_token(session, &account);
    const int64_t moments[] = { NOW_US, NOW_US + ACCOUNT_TOKEN_NOTE_US, NOW_US - 1 };
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        test_place_ok(account_token_used(session, made.id, moments[i], &error), &error);
        test_place_ok(use(session, made.token, NOW_US, &principal), &error);
        assert_int_equal(principal.token_used_us, NOW_US);
    }
    test_place_ok(account_token_used(session, made.id, NOW_US + ACCOUNT_TOKEN_NOTE_US + 1, &error),
                  &error);
    test_place_ok(use(session, made.token, NOW_US, &principal), &error);
    assert_int_equal(principal.token_used_us, NOW_US + ACCOUNT_TOKEN_NOTE_US + 1);
    session_rollback(session);
}

static void it_ends_with_a_new_secret_and_with_the_account(void **state)
{
    struct account_made account;
    struct account_made anew;
    struct principal principal;
    struct session *session = open_account(state, &account);
    struct account_token_made first = make_token(session, &account);
    test_place_ok(account_new_secret(session, KEY, account.client_id, NULL, &anew, &error), &error);
    assert_int_equal(use(session, first.token, NOW_US, &principal), RESULT_UNAUTHENTICATED);
    struct account_token_made second = make_token(session, &account);
    test_place_ok(use(session, second.token, NOW_US, &principal), &error);
    test_place_ok(account_delete(session, account.client_id, &error), &error);
    assert_int_equal(use(session, second.token, NOW_US, &principal), RESULT_UNAUTHENTICATED);
    session_rollback(session);
}

static void only_what_ran_out_is_swept(void **state)
{
    struct account_made account;
    struct principal principal;
    int64_t rows = -1;
    struct session *session = open_account(state, &account);
    struct account_token_made made = make_token(session, &account);
    test_place_ok(token_sweep(session, NOW_US + US_PER_DAY - 1, &error), &error);
    test_place_ok(use(session, made.token, NOW_US, &principal), &error);
    test_place_ok(token_sweep(session, NOW_US + US_PER_DAY, &error), &error);
    test_place_ok(store_int(session, &rows, &error, "SELECT COUNT(*) FROM api_token", ""), &error);
    assert_int_equal(rows, 0);
    session_rollback(session);
}

static void a_token_needs_a_name_of_so_many_bytes(void **state)
{
    struct account_made account;
    struct account_token_made made;
    char name[ACCOUNT_TOKEN_NAME_BYTES_MAX + 2];
    struct session *session = open_account(state, &account);
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    const char *const bad[] = { name, "", "\xff" };
    struct account_token_order order = { account.client_id, NULL, NOW_US + US_PER_DAY };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        order.name = bad[i];
        assert_int_equal(account_token_create(session, KEY, NOW_US, &order, &made, &error),
                         RESULT_INVALID);
        assert_string_equal(error.field, "name");
    }
    name[ACCOUNT_TOKEN_NAME_BYTES_MAX] = '\0';
    order.name = name;
    test_place_ok(account_token_create(session, KEY, NOW_US, &order, &made, &error), &error);
    session_rollback(session);
}

static void an_account_has_so_many_and_no_more(void **state)
{
    struct account_made account;
    struct account_token_made made;
    struct session *session = open_account(state, &account);
    const struct account_token_order order = { account.client_id, "One more", NOW_US + US_PER_DAY };
    const struct account_token_order nobody = { "nobody", "x", NOW_US + US_PER_DAY };
    for (int i = 0; i < ACCOUNT_TOKENS_MAX; i++) {
        (void)make_token(session, &account);
    }
    assert_int_equal(account_token_create(session, KEY, NOW_US, &order, &made, &error),
                     RESULT_CONFLICT);
    assert_int_equal(account_token_create(session, KEY, NOW_US, &nobody, &made, &error),
                     RESULT_NOT_FOUND);
    session_rollback(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(it_stands_for_its_account_until_it_runs_out),
        TEST_ON_SERVERS(it_ends_at_once_when_it_is_revoked_and_no_other_does),
        TEST_ON_SERVERS(its_last_use_is_known),
        TEST_ON_SERVERS(its_last_use_moves_once_a_minute_and_only_forward),
        TEST_ON_SERVERS(it_ends_with_a_new_secret_and_with_the_account),
        TEST_ON_SERVERS(only_what_ran_out_is_swept),
        TEST_ON_SERVERS(a_token_needs_a_name_of_so_many_bytes),
        TEST_ON_SERVERS(an_account_has_so_many_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
