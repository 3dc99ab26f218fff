/* Proves the evaluator: nothing without a rule, denial wins, single objects, and who can't see is told that nothing is there. */
#include "access/permission.h"
#include "access/role.h"
#include "access/test_call.h"
#include "access/user_token.h"
#include "model/reach.h"

#define GROUP_A "aaaaaaaa-0000-4000-8000-00000000000a"
#define GROUP_B "aaaaaaaa-0000-4000-8000-00000000000b"

static struct test_api api;
static const struct principal user = { .kind = PRINCIPAL_USER, .id = "u", .name = "u@a.example" };

static void open_rights(void **state)
{
    test_open(&api, test_place(state), NULL, 0);
    test_begin(&api);
    test_is(&api, roles_seed(api.ctx.session, api.arena, TEST_NOW_US, &api.error), RESULT_OK);
    const struct role_order night = { .id = "r-deny",
                                      .name = SLICE("No deletes"),
                                      .allows = SLICE(""),
                                      .denies = SLICE("Group::Delete Computer::Delete") };
    test_is(&api, role_store(api.ctx.session, api.arena, TEST_NOW_US, &night, &api.error),
            RESULT_OK);
    test_commit(&api);
    test_sql(&api, "INSERT INTO computer_group (id, name, name_key, created, is_default,"
                   " computer_count, active_count) VALUES ('" GROUP_A "', 'A', 'a', 1, 0, 0, 0),"
                   " ('" GROUP_B "', 'B', 'b', 1, 0, 0, 0)");
    test_sql(&api, "INSERT INTO user_account (id, email, email_key, domain, created,"
                   " last_modified, disabled) VALUES ('u', 'u@a.example', 'u@a.example',"
                   " 'a.example', 1, 1, 0)");
}

static void give(const char *role, int scope, const char *group)
{
    char sql[512];
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO user_grant (user_id, role_id, scope, group_id)"
                   " SELECT 'u', id, %d, %s%s%s FROM role WHERE name = '%s'",
                   scope, group == NULL ? "" : "'", group == NULL ? "NULL" : group,
                   group == NULL ? "" : "'", role);
    test_sql(&api, sql);
}

static const struct permission_row *permission(const char *resource, const char *action)
{
    const struct permission_row *row = permission_find(slice_of(resource), slice_of(action));
    assert_non_null(row);
    return row;
}

static bool may(const char *resource, const char *action, const char *object)
{
    struct decision decision;
    test_fresh(&api);
    test_is(&api, access_decide(&api.ctx, &user, permission(resource, action), object, &decision),
            RESULT_OK);
    return decision.allowed;
}

static enum verdict verdict(const char *resource, const char *action)
{
    enum verdict out = VERDICT_NOTHING;
    test_fresh(&api);
    api.ctx.reach = NULL;
    test_is(&api,
            access_verdict(&api.ctx, &user, permission(resource, action), &out, &api.ctx.reach),
            RESULT_OK);
    assert_int_equal(api.ctx.reach != NULL, out == VERDICT_SOME);
    return out;
}

/* Groups that ctx->reach allows, by the same table that lists use. */
static bool reached(const char *group)
{
    static const struct resource groups = {
        .from = "computer_group g", .key = "g.id", .object = "g.id", .noun = "group"
    };
    bool out = false;
    test_is(&api, reach_has(&api.ctx, &groups, group, &out), RESULT_OK);
    return out;
}

static void nothing_is_allowed_without_a_rule(void **state)
{
    open_rights(state);
    for (size_t i = 0; i < permission_row_count; i++) {
        const struct permission_row *row = &permission_rows[i];
        assert_int_equal(may(row->resource, row->action, GROUP_A), row->everybodys);
        assert_int_equal(verdict(row->resource, row->action),
                         row->everybodys ? VERDICT_SOME : VERDICT_NOTHING);
    }
    test_close(&api);
}

static void a_role_on_everything_holds_for_every_object(void **state)
{
    open_rights(state);
    give("Group Editor", GRANT_EVERYTHING, NULL);
    assert_true(may("Group", "Modify", GROUP_A));
    assert_true(may("Computer", "Modify", NULL)); /* of a computer in no group, too */
    assert_int_equal(verdict("Group", "Modify"), VERDICT_ALL);
    assert_false(may("Group", "Create", NULL));
    assert_false(may("Policy", "Query", NULL));
    test_close(&api);
}

static void a_role_on_a_group_holds_there_only(void **state)
{
    open_rights(state);
    give("Group Editor", GRANT_GROUP, GROUP_A);
    assert_true(may("Group", "Modify", GROUP_A));
    assert_false(may("Group", "Modify", GROUP_B));
    assert_false(may("Computer", "Modify", NULL));
    assert_int_equal(verdict("Group", "Modify"), VERDICT_SOME);
    assert_true(reached(GROUP_A));
    assert_false(reached(GROUP_B));
    assert_int_equal(verdict("Group", "AssignPolicy"), VERDICT_NOTHING);
    /* Permissions that are not about groups do not come with it. */
    test_sql(&api, "DELETE FROM user_grant");
    give("Administrator", GRANT_GROUP, GROUP_A);
    assert_true(may("Group", "Delete", GROUP_A));
    assert_int_equal(verdict("User", "Modify"), VERDICT_NOTHING);
    assert_int_equal(verdict("Policy", "Query"), VERDICT_NOTHING);
    assert_int_equal(verdict("Group", "Create"), VERDICT_NOTHING);
    test_close(&api);
}

/* Past a few objects another form of the condition is used. */
static void roles_on_many_groups_reach_each_of_them(void **state)
{
    open_rights(state);
    for (int i = 0; i < 12; i++) {
        char sql[256];
        char id[16];
        (void)snprintf(id, sizeof(id), "g%d", i);
        (void)snprintf(sql, sizeof(sql),
                       "INSERT INTO computer_group (id, name, name_key, created, is_default,"
                       " computer_count, active_count) VALUES ('%s', '%s', '%s', 1, 0, 0, 0)",
                       id, id, id);
        test_sql(&api, sql);
        give("Group Editor", GRANT_GROUP, id);
    }
    give("No deletes", GRANT_GROUP, "g3");
    assert_int_equal(verdict("Group", "Delete"), VERDICT_SOME);
    assert_true(reached("g0"));
    assert_true(reached("g11"));
    assert_false(reached("g3"));
    assert_false(reached(GROUP_A));
    test_close(&api);
}

static void a_role_on_all_groups_is_none_on_policies(void **state)
{
    open_rights(state);
    give("Administrator", GRANT_ALL_GROUPS, NULL);
    assert_int_equal(verdict("Group", "Delete"), VERDICT_ALL);
    assert_int_equal(verdict("Computer", "Query"), VERDICT_ALL);
    assert_int_equal(verdict("Policy", "Query"), VERDICT_NOTHING);
    assert_int_equal(verdict("Group", "Create"), VERDICT_NOTHING);
    assert_int_equal(verdict("DomainSettings", "Query"), VERDICT_NOTHING);
    test_close(&api);
}

static void denial_wins_wherever_it_comes_from(void **state)
{
    open_rights(state);
    give("Administrator", GRANT_EVERYTHING, NULL);
    give("No deletes", GRANT_GROUP, GROUP_B);
    assert_true(may("Group", "Delete", GROUP_A));
    assert_false(may("Group", "Delete", GROUP_B));
    assert_true(may("Group", "Modify", GROUP_B));
    assert_int_equal(verdict("Group", "Delete"), VERDICT_SOME);
    assert_true(reached(GROUP_A));
    assert_false(reached(GROUP_B));
    give("No deletes", GRANT_ALL_GROUPS, NULL);
    assert_false(may("Group", "Delete", GROUP_A));
    assert_int_equal(verdict("Group", "Delete"), VERDICT_NOTHING);
    assert_int_equal(verdict("Group", "Modify"), VERDICT_ALL);
    test_close(&api);
}

static void denial_on_a_group_wins_over_a_grant_there(void **state)
{
    open_rights(state);
    give("Administrator", GRANT_GROUP, GROUP_A);
    give("Administrator", GRANT_GROUP, GROUP_B);
    give("No deletes", GRANT_GROUP, GROUP_B);
    assert_int_equal(verdict("Group", "Delete"), VERDICT_SOME);
    assert_true(reached(GROUP_A));
    assert_false(reached(GROUP_B));
    test_close(&api);
}

static void every_right_lets_see_and_denial_of_one_hides_nothing(void **state)
{
    open_rights(state);
    give("AuthenticationProviderSettingsAdmin", GRANT_EVERYTHING, NULL);
    assert_true(may("AuthenticationProviderSettings", "Modify", NULL));
    assert_true(may("AuthenticationProviderSettings", "Query", NULL));
    test_sql(&api, "DELETE FROM user_grant");
    give("No deletes", GRANT_EVERYTHING, NULL);
    assert_false(may("Group", "Query", GROUP_A));
    give("Group Viewer", GRANT_EVERYTHING, NULL);
    assert_true(may("Group", "Query", GROUP_A));
    test_close(&api);
}

static void what_can_not_be_seen_is_not_there(void **state)
{
    static const struct route route = { .permission = {
                                            "Group", "Modify", PERMIT_PATH,
                                            "SELECT id FROM computer_group WHERE id = $1" } };
    static const struct route whole = { .permission = { "Group", "Modify", PERMIT_WHOLE, NULL } };
    static const struct route none = { .area = AREA_MANAGEMENT };
    const struct reach *reach = NULL;
    open_rights(state);
    test_is(&api, access_permit(&api.ctx, &user, &route, &reach), RESULT_DENIED);
    give("Group Editor", GRANT_GROUP, GROUP_A);
    test_is(&api, access_permit(&api.ctx, &user, &route, &reach), RESULT_OK);
    test_is(&api, access_permit(&api.ctx, &user, &whole, &reach), RESULT_DENIED);
    test_is(&api, access_permit(&api.ctx, &user, &none, &reach), RESULT_DENIED);
    test_is(&api, access_permit_path(&api.ctx, &user, &route, SLICE(GROUP_A)), RESULT_OK);
    test_is(&api, access_permit_path(&api.ctx, &user, &route, SLICE(GROUP_B)), RESULT_NOT_FOUND);
    give("Group Viewer", GRANT_GROUP, GROUP_B);
    test_is(&api, access_permit_path(&api.ctx, &user, &route, SLICE(GROUP_B)), RESULT_DENIED);
    test_close(&api);
}

static void api_accounts_have_what_their_levels_say(void **state)
{
    open_rights(state);
    struct principal account = { .kind = PRINCIPAL_API_ACCOUNT,
                                 .levels = { [AREA_MANAGEMENT] = LEVEL_READ } };
    for (size_t i = 0; i < permission_row_count; i++) {
        struct decision decision;
        const struct permission_row *row = &permission_rows[i];
        bool expected = row->area == AREA_MANAGEMENT && row->level == LEVEL_READ;
        test_is(&api, access_decide(&api.ctx, &account, row, GROUP_A, &decision), RESULT_OK);
        assert_int_equal(decision.allowed, expected);
        assert_int_equal(decision.rule, expected ? RULE_SCOPE : RULE_NONE);
    }
    test_close(&api);
}

static void personal_tokens_hold_until_they_end(void **state)
{
    open_rights(state);
    struct session *session = api.ctx.session;
    struct slice key = SLICE("key");
    struct user_token_made made;
    struct principal out;
    char owner[37];
    char header[ACCESS_TOKEN_CHARACTERS + 16];
    const struct user_token_order order = { .user_id = "u",
                                            .name = "laptop",
                                            .expires_us = TEST_NOW_US + 10 };
    test_is(&api, user_token_create(session, key, TEST_NOW_US, &order, &made, &api.error),
            RESULT_OK);
    assert_int_equal(strlen(made.token), ACCESS_TOKEN_CHARACTERS);
    assert_int_equal(
        test_number(&api, "SELECT COUNT(*) FROM user_token WHERE token_hash = $1", made.token), 0);
    (void)snprintf(header, sizeof(header), "Bearer %s", made.token);
    struct slice bearer = slice_of(header);
    test_is(&api, token_authenticate(session, key, bearer, TEST_NOW_US + 9, &out, &api.error),
            RESULT_OK);
    assert_int_equal(out.kind, PRINCIPAL_USER);
    assert_string_equal(out.name, "u@a.example");
    test_is(&api, token_authenticate(session, key, bearer, TEST_NOW_US + 10, &out, &api.error),
            RESULT_UNAUTHENTICATED);
    test_is(&api,
            token_authenticate(session, SLICE("other"), bearer, TEST_NOW_US, &out, &api.error),
            RESULT_UNAUTHENTICATED);
    test_sql(&api, "UPDATE user_account SET disabled = 1");
    test_is(&api, token_authenticate(session, key, bearer, TEST_NOW_US, &out, &api.error),
            RESULT_UNAUTHENTICATED);
    test_sql(&api, "UPDATE user_account SET disabled = 0");
    test_is(&api, user_token_revoke(session, made.id, owner, &api.error), RESULT_OK);
    test_is(&api, user_token_revoke(session, made.id, owner, &api.error), RESULT_NOT_FOUND);
    test_is(&api, token_authenticate(session, key, bearer, TEST_NOW_US, &out, &api.error),
            RESULT_UNAUTHENTICATED);
    test_close(&api);
}

static void a_user_has_so_many_tokens_at_most(void **state)
{
    open_rights(state);
    struct user_token_made made;
    struct user_token_order order = { .user_id = "u", .name = "n", .expires_us = INT64_MAX };
    for (int i = 0; i < USER_TOKENS_MAX; i++) {
        test_is(
            &api,
            user_token_create(api.ctx.session, SLICE("k"), TEST_NOW_US, &order, &made, &api.error),
            RESULT_OK);
    }
    test_is(&api,
            user_token_create(api.ctx.session, SLICE("k"), TEST_NOW_US, &order, &made, &api.error),
            RESULT_CONFLICT);
    order.name = "";
    test_is(&api,
            user_token_create(api.ctx.session, SLICE("k"), TEST_NOW_US, &order, &made, &api.error),
            RESULT_INVALID);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(nothing_is_allowed_without_a_rule),
        TEST_ON_SERVERS(a_role_on_everything_holds_for_every_object),
        TEST_ON_SERVERS(a_role_on_a_group_holds_there_only),
        TEST_ON_SERVERS(roles_on_many_groups_reach_each_of_them),
        TEST_ON_SERVERS(a_role_on_all_groups_is_none_on_policies),
        TEST_ON_SERVERS(denial_wins_wherever_it_comes_from),
        TEST_ON_SERVERS(denial_on_a_group_wins_over_a_grant_there),
        TEST_ON_SERVERS(every_right_lets_see_and_denial_of_one_hides_nothing),
        TEST_ON_SERVERS(what_can_not_be_seen_is_not_there),
        TEST_ON_SERVERS(api_accounts_have_what_their_levels_say),
        TEST_ON_SERVERS(personal_tokens_hold_until_they_end),
        TEST_ON_SERVERS(a_user_has_so_many_tokens_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
