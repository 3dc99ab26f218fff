/* Proves what check-ins say and when they wait, that policies arrive as promised, and that reports and commands end what they
   should. */
#include "agent_api/test_agent.h"

#define IDLE "{'waitSeconds':60,'knownState':'Authorised'}"

static enum result check_in(const struct endpoint *endpoint, const char *body)
{
    return agent_call(endpoint, "Agent_CheckIn", NULL, body);
}

static void answers(const struct endpoint *endpoint, const char *body)
{
    test_is(&api, check_in(endpoint, body), RESULT_OK);
    if (api.reply.waits) {
        test_stop("it waits");
    }
    assert_int_equal(api.reply.status, 200);
}

static void waits(const struct endpoint *endpoint, const char *body)
{
    test_is(&api, check_in(endpoint, body), RESULT_OK);
    if (!api.reply.waits) {
        test_stop("it does not wait: %s", test_body(&api));
    }
}

/* {'waitSeconds':60,'knownState':'Authorised','appliedRevisionId':'…'} */
static const char *runs(const char *revision_id)
{
    return arena_printf(api.arena,
                        "{'waitSeconds':60,'knownState':'Authorised','appliedRevisionId':'%s'}",
                        revision_id);
}

static const struct json *first_command(void)
{
    return json_get(answer(), "commands")->first;
}

static bool says(const char *member)
{
    const struct json *value = json_get(answer(), member);
    assert_true(json_is(value, JSON_BOOL));
    return value->boolean;
}

static void report(const struct endpoint *endpoint, const char *body)
{
    test_is(&api, agent_call(endpoint, "Agent_Status", NULL, body), RESULT_OK);
    assert_int_equal(api.reply.status, 204);
}

/* --- waiting ------------------------------------------------------------------------------------------------------------ */

static void a_pending_computer_waits_until_its_state_changes(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_new();
    const char *group = fleet_group("Desks", false);
    enrol(&endpoint, "");
    answers(&endpoint, "{}");
    answer_is("state", "Pending");
    assert_true(json_is(json_get(answer(), "policy"), JSON_NULL));
    waits(&endpoint, "{'waitSeconds':10,'knownState':'Pending'}");
    assert_int_equal(api.reply.wait_us, 10 * US_PER_SECOND);
    waits(&endpoint, "{'waitSeconds':10.0,'knownState':'Pending'}");
    assert_int_equal(api.reply.wait_us, 10 * US_PER_SECOND);
    assert_string_equal(api.reply.wait_computer_id, endpoint.id);
    operator_call(
        "Computers_Authorise", NULL,
        arena_printf(api.arena, "{'computerIds':['%s'],'groupId':'%s'}", endpoint.id, group));
    assert_true(fleet_woke(WAKE_COMPUTER, endpoint.id));
    answers(&endpoint, "{'waitSeconds':10,'knownState':'Pending'}");
    answer_is("state", "Authorised");
    answer_is("groupId", group);
    waits(&endpoint, IDLE);
    assert_string_equal(api.reply.wait_group_id, group);
    agents_close();
}

static void waits_are_cut_to_the_bound_and_end_with_an_answer(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_in(fleet_group("Desks", false));
    waits(&endpoint, "{'waitSeconds':3600}");
    assert_int_equal(api.reply.wait_us, 60 * US_PER_SECOND);
    test_is(&api, check_in(&endpoint, "{'waitSeconds':3601}"), RESULT_INVALID);
    test_is(&api, check_in(&endpoint, "{'waitSeconds':-1}"), RESULT_INVALID);
    struct call call;
    test_begin_call(&api, &call, "Agent_CheckIn", NULL);
    call.body = json_of(IDLE);
    call.waited_us = 60 * US_PER_SECOND;
    test_is(&api, run_call(&call), RESULT_OK);
    assert_false(api.reply.waits);
    answer_is("state", "Authorised");
    agents_close();
}

static void the_next_check_in_is_near_the_interval(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_in(fleet_group("Desks", false));
    bool differs = false;
    for (int i = 0; i < 50; i++) {
        answers(&endpoint, "{}");
        int64_t next = json_get(answer(), "nextCheckInSeconds")->integer;
        assert_in_range(next, 240, 360);
        differs = differs || next != 300;
    }
    assert_true(differs);
    agents_close();
}

static void deleted_and_rejected_computers_are_sent_away(void **state)
{
    agents_open(state);
    struct endpoint gone = endpoint_in(fleet_group("Desks", false));
    struct endpoint rejected = endpoint_new();
    enrol(&rejected, "");
    operator_call("Computers_DeleteOne", gone.id, NULL);
    operator_bulk("Computers_Reject", "{'computerIds':['@']}", rejected.id);
    test_is(&api, check_in(&gone, "{}"), RESULT_UNAUTHENTICATED);
    problem_is(AGENT_PROBLEM_ENROL_AGAIN);
    test_is(&api, check_in(&rejected, "{}"), RESULT_DENIED);
    problem_is(AGENT_PROBLEM_REJECTED);
    test_is(&api, agent_call(&rejected, "Agent_Status", NULL, "{}"), RESULT_DENIED);
    agents_close();
}

static void an_archived_computer_comes_back_by_its_report(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_in(fleet_group("Desks", false));
    operator_call("Computers_ArchiveOne", endpoint.id, NULL);
    answers(&endpoint, IDLE);
    answer_is("state", "Archived");
    assert_true(says("report"));
    report(&endpoint, "{'agentVersion':'0.2.0'}");
    assert_false(fleet_load(endpoint.id).archived);
    waits(&endpoint, IDLE);
    agents_close();
}

/* --- policies ----------------------------------------------------------------------------------------------------------- */

static void a_policy_is_offered_fetched_and_reported(void **state)
{
    agents_open(state);
    const char *group = fleet_group("Desks", false);
    struct endpoint endpoint = endpoint_in(group);
    const char *revision = group_policy("Workstations", group);
    char digest[SHA256_HEX_BYTES];
    answers(&endpoint, IDLE);
    answer_is("policy.revisionId", revision);
    answer_is("policy.name", "Workstations");
    assert_int_equal(json_path(answer(), "policy.revision")->integer, 1);
    assert_false(says("clearPolicy"));
    const struct json *offered = json_get(answer(), "policy");

    test_is(&api, agent_call(&endpoint, "Agent_Policy", revision, NULL), RESULT_OK);
    test_says(&api, "PolicyName=\"Workstations\"");
    test_says(&api, "RevisionNumber=\"1\"");
    sha256_hex_of(buffer_slice(&api.reply.body), digest);
    assert_true(slice_is(json_text_of(json_get(offered, "sha256")), digest));
    assert_int_equal(json_get(offered, "size")->integer, api.reply.body.length);
    assert_string_equal(test_reply_header(&api, "X-Policy-Sha256"), digest);
    const char *tag = arena_printf(api.arena, "\"%s\"", digest);
    assert_string_equal(test_reply_header(&api, "ETag"), tag);
    with_header("If-None-Match", tag);
    test_is(&api, agent_call(&endpoint, "Agent_Policy", revision, NULL), RESULT_OK);
    assert_int_equal(api.reply.status, 304);
    assert_int_equal(api.reply.body.length, 0);

    answers(&endpoint, runs(revision));
    assert_true(says("report"));
    report(&endpoint,
           arena_printf(api.arena, "{'appliedRevisionId':'%s','policyError':null}", revision));
    assert_string_equal(fleet_load(endpoint.id).host_revision_id, revision);
    waits(&endpoint, runs(revision));
    agents_close();
}

static void only_the_assigned_revision_can_be_fetched(void **state)
{
    agents_open(state);
    const char *group = fleet_group("Desks", false);
    struct endpoint endpoint = endpoint_in(group);
    struct endpoint pending = endpoint_new();
    enrol(&pending, "");
    const char *other = group_policy("Servers", fleet_group("Servers", false));
    test_is(&api, agent_call(&endpoint, "Agent_Policy", other, NULL), RESULT_NOT_FOUND);
    test_is(&api, agent_call(&endpoint, "Agent_Policy", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_is(&api, agent_call(&pending, "Agent_Policy", other, NULL), RESULT_CONFLICT);
    problem_is(AGENT_PROBLEM_PENDING);
    agents_close();
}

static void a_policy_that_cannot_be_applied_is_offered_once(void **state)
{
    agents_open(state);
    const char *group = fleet_group("Desks", false);
    struct endpoint endpoint = endpoint_in(group);
    const char *first = group_policy("Workstations", group);
    const char *stuck = arena_printf(
        api.arena, "{'waitSeconds':60,'knownState':'Authorised','knownRevisionId':'%s'}", first);
    answers(&endpoint, IDLE);
    report(&endpoint, "{'policyError':'the file is in use'}");
    waits(&endpoint, stuck);
    const char *second = group_policy("Desktops", group);
    answers(&endpoint, stuck);
    answer_is("policy.revisionId", second);
    agents_close();
}

static void a_group_without_a_policy_clears_it(void **state)
{
    agents_open(state);
    const char *group = fleet_group("Desks", false);
    struct endpoint endpoint = endpoint_in(group);
    const char *revision = group_policy("Workstations", group);
    report(&endpoint, arena_printf(api.arena, "{'appliedRevisionId':'%s'}", revision));
    waits(&endpoint, runs(revision));
    test_begin(&api);
    test_is(&api, group_set_revision(&api.ctx, group, NULL), RESULT_OK);
    test_commit(&api);
    answers(&endpoint, runs(revision));
    assert_true(says("clearPolicy"));
    assert_true(json_is(json_get(answer(), "policy"), JSON_NULL));
    answers(&endpoint, IDLE);
    assert_true(says("report"));
    report(&endpoint, "{'appliedRevisionId':null}");
    assert_null(fleet_load(endpoint.id).host_revision_id);
    waits(&endpoint, IDLE);
    agents_close();
}

static void a_policy_command_ends_with_the_report(void **state)
{
    agents_open(state);
    const char *group = fleet_group("Desks", false);
    const char *revision = group_policy("Workstations", group);
    struct endpoint endpoint = endpoint_in(group);
    assert_int_equal(fleet_open_commands(endpoint.id, COMMAND_APPLY_POLICY), 1);
    answers(&endpoint, IDLE);
    answer_is("policy.revisionId", revision);
    assert_null(first_command());
    report(&endpoint, arena_printf(api.arena, "{'appliedRevisionId':'%s'}", revision));
    assert_int_equal(fleet_open_commands(endpoint.id, COMMAND_APPLY_POLICY), 0);
    waits(&endpoint, runs(revision));
    agents_close();
}

static void a_report_with_a_revision_of_nobody_is_refused(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_in(fleet_group("Desks", false));
    test_is(&api,
            agent_call(&endpoint, "Agent_Status", NULL, "{'appliedRevisionId':'" UNKNOWN_ID "'}"),
            RESULT_INVALID);
    agents_close();
}

/* --- commands ----------------------------------------------------------------------------------------------------------- */

static void a_command_comes_until_it_is_accepted_and_ends_once(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_in(fleet_group("Desks", false));
    operator_call("Computers_RetrieveStatusInfo", endpoint.id, NULL);
    answers(&endpoint, IDLE);
    answers(&endpoint, IDLE);
    const struct json *command = first_command();
    assert_non_null(command);
    assert_true(slice_is(json_text_of(json_get(command, "type")), "RetrieveStatusInfo"));
    const char *id = slice_dup(api.arena, json_text_of(json_get(command, "id")));

    test_is(&api, agent_call(&endpoint, "Agent_Command", id, "{'status':'Accepted'}"), RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    waits(&endpoint, IDLE);
    assert_int_equal(fleet_number("status", "command", id), COMMAND_SENT);
    test_is(&api, agent_call(&endpoint, "Agent_Command", id, "{'status':'Failed','result':'no'}"),
            RESULT_OK);
    assert_int_equal(fleet_number("status", "command", id), COMMAND_FAILED);
    test_is(&api, agent_call(&endpoint, "Agent_Command", id, "{'status':'Completed'}"), RESULT_OK);
    assert_int_equal(fleet_number("status", "command", id), COMMAND_FAILED);
    agents_close();
}

static void commands_of_others_and_unknown_outcomes_are_refused(void **state)
{
    agents_open(state);
    const char *group = fleet_group("Desks", false);
    struct endpoint endpoint = endpoint_in(group);
    struct endpoint other = endpoint_in(group);
    operator_call("Computers_RetrieveStatusInfo", endpoint.id, NULL);
    answers(&endpoint, IDLE);
    const char *id = slice_dup(api.arena, json_text_of(json_get(first_command(), "id")));
    test_is(&api, agent_call(&other, "Agent_Command", id, "{'status':'Completed'}"),
            RESULT_NOT_FOUND);
    test_is(&api, agent_call(&other, "Agent_Command", id, "{'status':'Accepted'}"), RESULT_OK);
    assert_int_equal(fleet_number("status", "command", id), COMMAND_PENDING);
    test_is(&api, agent_call(&endpoint, "Agent_Command", id, "{'status':'Done'}"), RESULT_INVALID);
    test_is(&api, agent_call(&endpoint, "Agent_Command", id, "{}"), RESULT_INVALID);
    agents_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_pending_computer_waits_until_its_state_changes),
        TEST_ON_FILE(waits_are_cut_to_the_bound_and_end_with_an_answer),
        TEST_ON_FILE(the_next_check_in_is_near_the_interval),
        TEST_ON_SERVERS(deleted_and_rejected_computers_are_sent_away),
        TEST_ON_SERVERS(an_archived_computer_comes_back_by_its_report),
        TEST_ON_SERVERS(a_policy_is_offered_fetched_and_reported),
        TEST_ON_SERVERS(only_the_assigned_revision_can_be_fetched),
        TEST_ON_FILE(a_policy_that_cannot_be_applied_is_offered_once),
        TEST_ON_SERVERS(a_group_without_a_policy_clears_it),
        TEST_ON_SERVERS(a_policy_command_ends_with_the_report),
        TEST_ON_FILE(a_report_with_a_revision_of_nobody_is_refused),
        TEST_ON_SERVERS(a_command_comes_until_it_is_accepted_and_ends_once),
        TEST_ON_FILE(commands_of_others_and_unknown_outcomes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
