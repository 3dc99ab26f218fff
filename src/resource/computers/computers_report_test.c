/* Proves what a status report changes: facts, versions, the policy that runs; and that it keeps what it does not say. */
#include "resource/computers/test_fleet.h"

static enum result report(const char *id, const struct computer_report *said)
{
    test_begin(&api);
    enum result result = computer_report(&api.ctx, id, said);
    if (result == RESULT_OK) {
        test_commit(&api);
    } else {
        session_rollback(api.place->writer);
    }
    return result;
}

static void detail_says(const char *id, const char *text)
{
    test_is(&api, test_json(&api, "Computers_Get", id, NULL), RESULT_OK);
    test_says(&api, text);
}

static void facts_are_kept_in_one_form_and_shown(void **state)
{
    fleet_open(state);
    const char *id = fleet_enrol("Desk-1", NULL);
    const struct computer_report said = {
        .host = SLICE("Desk-9"),
        .agent_version = SLICE(" 2.0 "),
        .adapter_version = SLICE("2.1"),
        .endpoint = json_of("{'MACADDRESS':'AA:01','osCaption':'Debian 12','systemDomain':'corp',"
                            "'unknown':1,'osInstallDate':'2024-01-02'}"),
    };
    test_is(&api, report(id, &said), RESULT_OK);
    detail_says(id, "\"endpointInformation\":{\"macAddress\":\"AA:01\",\"osArchitecture\":null,"
                    "\"osCaption\":\"Debian 12\"");
    test_says(&api, "\"agentVersion\":\"2.0\"");
    test_says(&api, "\"adapterVersion\":\"2.1\"");
    assert_null(strstr(test_body(&api), "unknown"));
    test_is(&api, test_list(&api, "Computers_List", "Filter.Host=desk-9"), RESULT_OK);
    test_says(&api, "\"os\":\"Debian 12\",\"domain\":\"corp\"");
    test_close(&api);
}

static void what_a_report_leaves_out_stays(void **state)
{
    fleet_open(state);
    const char *id = fleet_enrol("Desk-1", NULL);
    struct computer_report said = { .endpoint =
                                        json_of("{'macAddress':'AA:01','osCaption':'Os'}") };
    test_is(&api, report(id, &said), RESULT_OK);
    assert_string_equal(fleet_load(id).host, "Desk-1");
    detail_says(id, "\"agentVersion\":\"1.2.3\"");
    said = (struct computer_report){ .host = SLICE("Desk-2") };
    test_is(&api, report(id, &said), RESULT_OK);
    assert_string_equal(fleet_load(id).host, "Desk-2");
    detail_says(id, "\"macAddress\":\"AA:01\"");
    test_says(&api, "\"osCaption\":\"Os\"");
    said = (struct computer_report){ .endpoint = json_of("{'systemName':'Desk-3'}") };
    test_is(&api, report(id, &said), RESULT_OK);
    assert_string_equal(fleet_load(id).host, "Desk-3");
    char version[65];
    memset(version, '1', sizeof(version));
    said = (struct computer_report){ .agent_version = { version, sizeof(version) } };
    test_is(&api, report(id, &said), RESULT_OK);
    detail_says(id, "\"agentVersion\":\"1.2.3\"");
    test_close(&api);
}

static void a_changed_card_moves_the_computer_between_duplicates(void **state)
{
    fleet_open(state);
    const char *first = fleet_enrol("Desk-1", NULL);
    const char *second = fleet_enrol("Desk-2", NULL);
    struct computer_report said = { .host = SLICE("Desk"),
                                    .endpoint = json_of("{'macAddress':'AA:01'}") };
    test_is(&api, report(first, &said), RESULT_OK);
    test_is(&api, report(second, &said), RESULT_OK);
    assert_int_equal(fleet_number("duplicate_count", "computer", first), 1);
    assert_int_equal(fleet_number("duplicate_count", "computer", second), 1);
    said.endpoint = json_of("{}");
    test_is(&api, report(second, &said), RESULT_OK);
    assert_int_equal(fleet_number("duplicate_count", "computer", first), 0);
    assert_int_equal(fleet_number("duplicate_count", "computer", second), 0);
    test_close(&api);
}

static void the_policy_that_runs_ends_the_command_that_asked_for_it(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    const char *older = fleet_policy("P1", group);
    const char *revision = fleet_policy("P2", group);
    const char *id = fleet_enrol("Desk-1", group);
    struct computer_report said = { .applied_revision_id = older, .applied_us = 5 };
    test_is(&api, report(id, &said), RESULT_OK);
    assert_int_equal(fleet_open_commands(id, COMMAND_APPLY_POLICY), 1);
    detail_says(id, "\"policyRevisionStatus\":\"AwaitingLatestPolicy\"");
    test_says(&api, "\"hostPolicyName\":\"P1\"");
    said = (struct computer_report){ .applied_revision_id = revision };
    test_is(&api, report(id, &said), RESULT_OK);
    assert_int_equal(fleet_open_commands(id, COMMAND_APPLY_POLICY), 0);
    detail_says(id, "\"policyRevisionStatus\":\"OnLatestPolicy\"");
    test_says(&api, "\"hostPolicyName\":\"P2\"");
    assert_int_equal(fleet_number("policy_updated", "computer", id), TEST_NOW_US);
    api.ctx.now_us++;
    test_is(&api, report(id, &said), RESULT_OK);
    assert_int_equal(fleet_number("policy_updated", "computer", id), TEST_NOW_US);
    said = (struct computer_report){ .applied_revision_id = "" };
    test_is(&api, report(id, &said), RESULT_OK);
    detail_says(id, "\"hostPolicyId\":null");
    said.applied_revision_id = UNKNOWN_ID;
    test_is(&api, report(id, &said), RESULT_INVALID);
    test_close(&api);
}

static void a_cleared_policy_ends_the_command_too(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    (void)fleet_policy("P", group);
    const char *id = fleet_enrol("Desk-1", group);
    struct task_faults faults = { 0 };
    test_begin(&api);
    test_is(&api, computers_set_group(&api.ctx, &id, 1, NULL, &faults), RESULT_OK);
    test_commit(&api);
    assert_int_equal(fleet_open_commands(id, COMMAND_CLEAR_POLICY), 1);
    const struct computer_report said = { .applied_revision_id = "" };
    test_is(&api, report(id, &said), RESULT_OK);
    assert_int_equal(fleet_open_commands(id, COMMAND_CLEAR_POLICY), 0);
    test_close(&api);
}

static void the_last_error_is_kept_until_it_is_taken_back(void **state)
{
    fleet_open(state);
    const char *id = fleet_enrol("Desk-1", NULL);
    struct computer_report said = { .error_info = SLICE("rule 7 is broken"), .error_said = true };
    test_is(&api, report(id, &said), RESULT_OK);
    test_is(&api, test_list(&api, "Computers_List", ""), RESULT_OK);
    test_says(&api, "\"errorInfo\":\"rule 7 is broken\"");
    said = (struct computer_report){ .error_said = false };
    test_is(&api, report(id, &said), RESULT_OK);
    test_is(&api, test_list(&api, "Computers_List", ""), RESULT_OK);
    test_says(&api, "\"errorInfo\":\"rule 7 is broken\"");
    said.error_said = true;
    test_is(&api, report(id, &said), RESULT_OK);
    test_is(&api, test_list(&api, "Computers_List", ""), RESULT_OK);
    test_says(&api, "\"errorInfo\":null");
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(facts_are_kept_in_one_form_and_shown),
        TEST_ON_SERVERS(what_a_report_leaves_out_stays),
        TEST_ON_SERVERS(a_changed_card_moves_the_computer_between_duplicates),
        TEST_ON_SERVERS(the_policy_that_runs_ends_the_command_that_asked_for_it),
        TEST_ON_SERVERS(a_cleared_policy_ends_the_command_too),
        TEST_ON_SERVERS(the_last_error_is_kept_until_it_is_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
