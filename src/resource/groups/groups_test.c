/* Proves what groups promise: names, the default mark, kept counts, locks, and how rows look in lists and details. */
#include "access/test_call.h"
#include "resource/groups/groups.h"
#include "resource/policies/policies.h"

#define UNKNOWN_ID "99999999-9999-4999-8999-999999999999"

static struct test_api api;

static void open_groups(void **state)
{
    test_open(&api, test_place(state), groups_routes, groups_route_count);
}

static const char *make_group(const char *name)
{
    char body[1024];
    (void)snprintf(body, sizeof(body), "{\"name\":\"%s\"}", name);
    test_is(&api, test_json(&api, "Groups_Create", NULL, body), RESULT_OK);
    return test_reply_id(&api);
}

static void create_answers_the_id_its_address_and_a_task(void **state)
{
    open_groups(state);
    test_is(&api,
            test_json(&api, "Groups_Create", NULL,
                      "{\"name\":\"  Finance \",\"description\":\"Ledger\",\"isDefault\":true}"),
            RESULT_OK);
    assert_int_equal(api.reply.status, 201);
    const char *id = test_reply_id(&api);
    char location[128];
    (void)snprintf(location, sizeof(location), "/management-api/v3/Groups/%s", id);
    assert_string_equal(test_reply_header(&api, "Location"), location);
    assert_int_equal(test_number(&api, "SELECT status FROM task WHERE id = $1", id), 2);

    test_is(&api, test_json(&api, "Groups_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"name\":\"Finance\"");
    test_says(&api, "\"description\":\"Ledger\"");
    test_says(&api, "\"default\":true");
    test_says(&api, "\"computerCount\":0");
    test_says(&api, "\"policyRevisionStatus\":\"NoPolicy\"");
    test_says(&api, "\"created\":\"2023-11-14T22:13:20.123456\"");
    test_says(&api, "\"policyId\":null");
    test_says(&api, "\"locked\":false");
    test_close(&api);
}

static void create_refuses_a_name_that_is_missing_blank_or_too_long(void **state)
{
    open_groups(state);
    char body[512];
    char name[300];
    test_is(&api, test_json(&api, "Groups_Create", NULL, NULL), RESULT_INVALID);
    test_is(&api, test_json(&api, "Groups_Create", NULL, "{}"), RESULT_INVALID);
    test_is(&api, test_json(&api, "Groups_Create", NULL, "{\"name\":null}"), RESULT_INVALID);
    test_is(&api, test_json(&api, "Groups_Create", NULL, "{\"name\":\" \\t\"}"), RESULT_INVALID);
    memset(name, 'x', sizeof(name));
    (void)snprintf(body, sizeof(body), "{\"name\":\"%.257s\"}", name);
    test_is(&api, test_json(&api, "Groups_Create", NULL, body), RESULT_INVALID);
    (void)snprintf(body, sizeof(body), "{\"name\":\"%.256s\"}", name);
    test_is(&api, test_json(&api, "Groups_Create", NULL, body), RESULT_OK);
    test_close(&api);
}

static void names_are_unique_in_any_letter_case(void **state)
{
    open_groups(state);
    (void)make_group("Fin\xC3\x84nce");
    test_is(&api, test_json(&api, "Groups_Create", NULL, "{\"name\":\"FIN\xC3\xA4NCE\"}"),
            RESULT_CONFLICT);
    assert_non_null(strstr(api.error.text, "exists already"));
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM computer_group", NULL), 1);
    test_close(&api);
}

static void only_one_group_is_the_default(void **state)
{
    open_groups(state);
    test_is(&api, test_json(&api, "Groups_Create", NULL, "{\"name\":\"A\",\"default\":true}"),
            RESULT_OK);
    const char *a = test_reply_id(&api);
    test_is(&api, test_json(&api, "Groups_Create", NULL, "{\"name\":\"B\",\"default\":true}"),
            RESULT_OK);
    assert_int_equal(test_number(&api, "SELECT is_default FROM computer_group WHERE id = $1", a),
                     0);
    for (int i = 0; i < 2; i++) {
        test_is(&api, test_json(&api, "Groups_MarkDefault", a, NULL), RESULT_OK);
        assert_int_equal(api.reply.status, 204);
        assert_int_equal(
            test_number(&api, "SELECT COUNT(*) FROM computer_group WHERE is_default = 1", NULL), 1);
    }
    struct group group;
    test_fresh(&api);
    test_is(&api, group_load_default(&api.ctx, &group), RESULT_OK);
    assert_string_equal(group.id, a);
    test_is(&api, test_json(&api, "Groups_MarkDefault", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void no_default_group_is_not_found(void **state)
{
    open_groups(state);
    struct group group;
    test_is(&api, group_load_default(&api.ctx, &group), RESULT_NOT_FOUND);
    test_close(&api);
}

static void modify_keeps_what_is_left_out_and_null_clears_the_description(void **state)
{
    open_groups(state);
    char body[256];
    const char *id = make_group("Finance");
    (void)snprintf(body, sizeof(body), "{\"id\":\"%s\",\"description\":\"New\"}", id);
    test_is(&api, test_json(&api, "Groups_Modify", NULL, body), RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    test_is(&api, test_json(&api, "Groups_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"name\":\"Finance\",\"description\":\"New\"");

    test_is(&api, test_json(&api, "Groups_ModifyById", id, "{\"name\":\"finance\"}"), RESULT_OK);
    test_is(&api, test_json(&api, "Groups_ModifyById", id, "{\"description\":null}"), RESULT_OK);
    test_is(&api, test_json(&api, "Groups_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"name\":\"finance\",\"description\":null");
    test_close(&api);
}

static void modify_refuses_unknown_groups_taken_names_and_bad_bodies(void **state)
{
    open_groups(state);
    const char *id = make_group("A");
    (void)make_group("B");
    test_is(&api, test_json(&api, "Groups_Modify", NULL, "{\"name\":\"C\"}"), RESULT_INVALID);
    test_is(&api, test_json(&api, "Groups_Modify", NULL, "{\"id\":\"x\"}"), RESULT_INVALID);
    test_is(&api, test_json(&api, "Groups_ModifyById", id, "{\"name\":\"\"}"), RESULT_INVALID);
    test_is(&api, test_json(&api, "Groups_ModifyById", id, "{\"name\":\"b\"}"), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "Groups_ModifyById", UNKNOWN_ID, "{\"name\":\"C\"}"),
            RESULT_NOT_FOUND);
    test_is(&api, test_json(&api, "Groups_Get", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void a_lock_lasts_as_long_as_its_task(void **state)
{
    open_groups(state);
    const char *id = make_group("A");
    test_begin(&api);
    test_sql(&api, "INSERT INTO task (id, name, status, total, succeeded, failed, created, action) "
                   "VALUES ('t', 'Move', 1, 1, 0, 0, 0, 'Move')");
    test_is(&api, group_lock(&api.ctx, id, "t"), RESULT_OK);
    test_commit(&api);
    test_is(&api, test_json(&api, "Groups_ModifyById", id, "{\"name\":\"B\"}"), RESULT_CONFLICT);
    test_is(&api, test_list(&api, "Groups_List", ""), RESULT_OK);
    test_says(&api, "\"locked\":true");
    test_sql(&api, "UPDATE task SET status = 2 WHERE id = 't'");
    test_is(&api, test_json(&api, "Groups_ModifyById", id, "{\"name\":\"B\"}"), RESULT_OK);
    test_is(&api, test_list(&api, "Groups_List", ""), RESULT_OK);
    test_says(&api, "\"locked\":false");
    test_close(&api);
}

static void counts_move_by_what_is_told(void **state)
{
    open_groups(state);
    const char *id = make_group("A");
    test_begin(&api);
    test_is(&api, group_count(&api.ctx, id, 5, 3), RESULT_OK);
    test_is(&api, group_count(&api.ctx, id, -1, -1), RESULT_OK);
    test_is(&api, group_count(&api.ctx, NULL, 1, 1), RESULT_OK);
    test_commit(&api);
    test_is(&api, test_json(&api, "Groups_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"computerCount\":4,\"activeComputers\":2");
    test_close(&api);
}

static void the_policy_state_tells_the_newest_revision_from_older_ones(void **state)
{
    open_groups(state);
    const struct policy_upload upload = { .packed = SLICE("p"), .sha256 = "aa", .size_bytes = 1 };
    const struct policy_order order = { .name = SLICE("Office"), .upload = &upload };
    const char *policy = NULL;
    const char *first = NULL;
    const char *second = NULL;
    const char *id = make_group("A");
    test_begin(&api);
    test_is(&api, policy_create(&api.ctx, &order, &policy, &first), RESULT_OK);
    test_is(&api, group_set_revision(&api.ctx, id, first), RESULT_OK);
    test_commit(&api);
    test_is(&api, test_json(&api, "Groups_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"policyRevisionStatus\":\"OnLatestPolicy\",\"policyName\":\"Office\"");
    test_says(&api, "\"policyAssigned\":\"2023-11-14T22:13:20.123456\",\"revision\":1");
    assert_int_equal(test_number(&api, "SELECT last_assigned FROM policy WHERE id = $1", policy),
                     TEST_NOW_US);

    test_begin(&api);
    test_is(&api,
            policy_store_revision(&api.ctx, policy, NULL, &upload, (struct slice){ 0 }, &second),
            RESULT_OK);
    test_commit(&api);
    test_is(&api,
            test_list(&api, "Groups_List", "Filter.PolicyRevisionStatus=awaitinglatestpolicy"),
            RESULT_OK);
    test_says(&api, "\"totalRecordCount\":1");
    test_begin(&api);
    test_is(&api, group_set_revision(&api.ctx, id, NULL), RESULT_OK);
    test_commit(&api);
    test_is(&api, test_json(&api, "Groups_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"policyRevisionStatus\":\"NoPolicy\",\"policyName\":null,"
                    "\"policyAssigned\":null,\"revision\":null");
    test_close(&api);
}

static void the_list_takes_every_sort_key_and_filter(void **state)
{
    open_groups(state);
    static const char *const keys[] = {
        "name",       "description",          "created",  "computerCount",  "activeComputers",
        "policyName", "policyRevisionStatus", "revision", "policyAssigned", "default",
        "id"
    };
    static const char *const filters[] = {
        "Filter.Name=ETA",
        "Filter.ComputerCount=4",
        "Filter.ActiveComputers.Value=2&Filter.ActiveComputers.Operator=GreaterThanOrEqual",
        "Filter.ActiveComputers=2",
        "Filter.ActiveComputers=1&Filter.ActiveComputers.Mode=GreaterThan",
        "Filter.ActiveComputers=1&Filter.ActiveComputers.Logic=NotEqual&Filter.Name=b",
        "Filter.ComputerCount.Value=2&Filter.ComputerCount.Operator=Equal",
        "Filter.Default=false&Filter.Name=beta",
        "Filter.Created.Dates=2023-11-14&Filter.PolicyRevisionStatus=NoPolicy&Filter.Name=Beta",
    };
    char query[128];
    (void)make_group("alpha");
    const char *beta = make_group("Beta");
    test_begin(&api);
    test_is(&api, group_count(&api.ctx, beta, 4, 2), RESULT_OK);
    test_commit(&api);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        (void)snprintf(query, sizeof(query), "Sorts[0].by=%s&Sorts[0].order=desc", keys[i]);
        test_is(&api, test_list(&api, "Groups_List", query), RESULT_OK);
        test_says(&api, "\"totalRecordCount\":2");
    }
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        test_is(&api, test_list(&api, "Groups_List", filters[i]), RESULT_OK);
        test_says(&api, "\"totalRecordCount\":1");
        test_says(&api, "\"name\":\"Beta\"");
    }
    test_is(&api, test_list(&api, "Groups_List", ""), RESULT_OK);
    test_says(&api, "\"created\":\"2023-11-14T22:13:20.1234560+00:00\"");
    test_is(&api, test_list(&api, "Groups_List", "Filter.PolicyName=x"), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":0");
    test_is(&api, test_list(&api, "Groups_List", "Sorts[0].by=locked"), RESULT_INVALID);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(create_answers_the_id_its_address_and_a_task),
        TEST_ON_SERVERS(create_refuses_a_name_that_is_missing_blank_or_too_long),
        TEST_ON_SERVERS(names_are_unique_in_any_letter_case),
        TEST_ON_SERVERS(only_one_group_is_the_default),
        TEST_ON_SERVERS(no_default_group_is_not_found),
        TEST_ON_SERVERS(modify_keeps_what_is_left_out_and_null_clears_the_description),
        TEST_ON_SERVERS(modify_refuses_unknown_groups_taken_names_and_bad_bodies),
        TEST_ON_SERVERS(a_lock_lasts_as_long_as_its_task),
        TEST_ON_SERVERS(counts_move_by_what_is_told),
        TEST_ON_SERVERS(the_policy_state_tells_the_newest_revision_from_older_ones),
        TEST_ON_SERVERS(the_list_takes_every_sort_key_and_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
