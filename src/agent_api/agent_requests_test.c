/* Proves what an endpoint is told of its requests: asked once, waited for, heard of by a version, and only its own. */
#include "agent_api/test_agent.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "resource/authorization_requests/authorization_requests.h"

#define REQUEST "33333333-3333-4333-8333-333333333333"
#define OTHER   "44444444-4444-4444-8444-444444444444"

static struct endpoint desk;

static void open_desk(void **state)
{
    agents_open(state);
    desk = endpoint_in(fleet_group("Office", false));
}

static enum result ask_application(const char *id)
{
    return agent_call(&desk, "Agent_RequestApplication", NULL,
                      arena_printf(api.arena,
                                   "{'id':'%s','user':'alice','reason':'Needed',"
                                   "'application':{'filePath':'/usr/bin/tool','more':[1]}}",
                                   id));
}

static enum result ask_admin(const char *id)
{
    return agent_call(
        &desk, "Agent_RequestAdmin", NULL,
        arena_printf(api.arena, "{'id':'%s','user':'alice','userId':'1000','seconds':600}", id));
}

static void decide_with(const char *sql)
{
    test_sql(&api, sql);
    test_sql(&api, "UPDATE computer SET decisions = decisions + 1");
}

static const char *check_in_body(int64_t known)
{
    return arena_printf(
        api.arena, "{'knownState':'Authorised','knownDecisions':%d,'waitSeconds':30}", (int)known);
}

static void a_request_is_the_same_when_it_is_repeated(void **state)
{
    open_desk(state);
    for (int i = 0; i < 2; i++) {
        test_is(&api, ask_application(REQUEST), RESULT_OK);
        answer_is("id", REQUEST);
        answer_is("state", "Pending");
        answer_is("ticketId", "EPM000001");
        answer_is("application.filePath", "/usr/bin/tool");
        answer_is("application.hostName", "desk");
    }
    test_is(&api, ask_application(OTHER), RESULT_OK); /* another name for what waits already */
    answer_is("id", REQUEST);
    for (int i = 0; i < 2; i++) {
        test_is(&api, ask_admin(OTHER), RESULT_OK);
        answer_is("id", OTHER);
        answer_is("kind", "Admin");
    }
    assert_int_equal(test_number(&api, "SELECT amount FROM tally WHERE name = 'ticket'", NULL), 2);
    agents_close();
}

static void malformed_requests_are_refused(void **state)
{
    open_desk(state);
    static const char *const rows[] = {
        "{'user':'a','reason':'b'}",
        "{'id':'x','user':'a','reason':'b'}",
        "{'id':'" REQUEST "','user':' ','reason':'b'}",
        "{'id':'" REQUEST "','user':'a'}",
        "{'id':'" REQUEST "','user':'a','reason':'b','application':7}",
        "{'id':'" REQUEST "','user':'a','reason':'b','application':{'filePath':[]}}",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        test_is(&api, agent_call(&desk, "Agent_RequestApplication", NULL, rows[i]), RESULT_INVALID);
    }
    test_is(&api,
            agent_call(&desk, "Agent_RequestAdmin", NULL,
                       "{'id':'" REQUEST "','user':'a','seconds':299}"),
            RESULT_INVALID);
    test_is(&api, agent_call(&desk, "Agent_RequestOutcome", REQUEST, "{'event':'Exploded'}"),
            RESULT_INVALID);
    agents_close();
}

static void a_request_is_waited_for_until_it_is_decided(void **state)
{
    open_desk(state);
    test_is(&api, ask_application(REQUEST), RESULT_OK);
    struct call call;
    const struct query_pair pairs[] = { { SLICE("waitSeconds"), SLICE("20") } };
    for (int decided = 0; decided < 2; decided++) {
        test_begin_call(&api, &call, "Agent_Request", REQUEST);
        (void)snprintf(api.principal.id, sizeof(api.principal.id), "%s", desk.id);
        call.query = pairs;
        call.query_count = 1;
        test_is(&api, run_call(&call), RESULT_OK);
        assert_int_equal(api.reply.waits, decided == 0);
        if (decided == 0) {
            assert_string_equal(api.reply.wait_computer_id, desk.id);
            assert_true(api.reply.wait_us == 20 * US_PER_SECOND);
            decide_with("UPDATE authorization_request SET state = 1, decision = 1");
        }
    }
    answer_is("state", "Approved");
    agents_close();
}

static void a_check_in_brings_decisions_that_the_agent_does_not_know(void **state)
{
    open_desk(state);
    test_is(&api, agent_call(&desk, "Agent_CheckIn", NULL, check_in_body(0)), RESULT_OK);
    assert_true(api.reply.waits);
    test_is(&api, ask_application(REQUEST), RESULT_OK);
    assert_non_null(api.ctx.wakes);
    assert_int_equal(api.ctx.wakes->kind, WAKE_COMPUTER);
    test_is(&api, ask_admin(OTHER), RESULT_OK);
    test_is(&api, agent_call(&desk, "Agent_CheckIn", NULL, check_in_body(0)), RESULT_OK);
    assert_false(api.reply.waits);
    const struct json *decisions = json_get(answer(), "decisions");
    int64_t version = json_get(decisions, "version")->integer;
    assert_int_equal(json_get(decisions, "items")->count, 2);
    test_is(&api, agent_call(&desk, "Agent_CheckIn", NULL, check_in_body(version)), RESULT_OK);
    assert_true(api.reply.waits);
    decide_with("UPDATE admin_access_request SET state = 1, decision = 1, approved_s = 900");
    test_is(&api, agent_call(&desk, "Agent_CheckIn", NULL, check_in_body(version)), RESULT_OK);
    test_says(&api, "\"state\":\"Approved\"");
    test_says(&api, "\"seconds\":900");
    /* An agent that says nothing of decisions is left alone. */
    test_is(
        &api,
        agent_call(&desk, "Agent_CheckIn", NULL, "{'knownState':'Authorised','waitSeconds':30}"),
        RESULT_OK);
    assert_true(api.reply.waits);
    agents_close();
}

static void what_holds_is_told_for_as_long_as_it_holds(void **state)
{
    open_desk(state);
    test_is(&api, ask_application(REQUEST), RESULT_OK);
    test_is(&api, ask_admin(OTHER), RESULT_OK);
    decide_with("UPDATE authorization_request SET state = 1, decision = 1;"
                "UPDATE admin_access_request SET state = 4, decision = 2;");
    static const struct {
        int64_t days;
        size_t count;
    } rows[] = { { 0, 2 }, { 2, 1 }, { 400, 1 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        api.ctx.now_us = TEST_NOW_US + rows[i].days * US_PER_DAY;
        test_is(&api, agent_call(&desk, "Agent_CheckIn", NULL, check_in_body(0)), RESULT_OK);
        assert_int_equal(json_path(answer(), "decisions.items")->count, rows[i].count);
    }
    agents_close();
}

static void a_session_is_reported_and_an_approval_used_up(void **state)
{
    open_desk(state);
    test_is(&api, ask_application(REQUEST), RESULT_OK);
    test_is(&api, ask_admin(OTHER), RESULT_OK);
    static const char *const used = "{'event':'Used'}";
    static const char *const started = "{'event':'SessionStarted','at':'2023-11-14T22:13:20Z'}";
    static const char *const ended = "{'event':'SessionEnded','reason':'Logoff'}";
    test_is(&api, agent_call(&desk, "Agent_RequestOutcome", REQUEST, used), RESULT_CONFLICT);
    test_is(&api, agent_call(&desk, "Agent_RequestOutcome", OTHER, started), RESULT_CONFLICT);
    decide_with("UPDATE authorization_request SET state = 1, decision = 1, duration = 'Once';"
                "UPDATE admin_access_request SET state = 1, decision = 1, approved_s = 600;");
    for (int i = 0; i < 2; i++) {
        test_is(&api, agent_call(&desk, "Agent_RequestOutcome", REQUEST, used), RESULT_OK);
        answer_is("state", "Used");
        test_is(&api, agent_call(&desk, "Agent_RequestOutcome", OTHER, started), RESULT_OK);
        answer_is("state", "Active");
    }
    for (int i = 0; i < 2; i++) {
        test_is(&api, agent_call(&desk, "Agent_RequestOutcome", OTHER, ended), RESULT_OK);
        answer_is("state", "Ended");
    }
    test_is(&api, agent_call(&desk, "Agent_RequestOutcome", OTHER, used), RESULT_NOT_FOUND);
    test_is(&api, agent_call(&desk, "Agent_RequestOutcome", REQUEST, started), RESULT_NOT_FOUND);
    agents_close();
}

static void requests_of_other_computers_are_not_there(void **state)
{
    open_desk(state);
    test_is(&api, ask_application(REQUEST), RESULT_OK);
    test_is(&api, ask_admin(OTHER), RESULT_OK);
    decide_with("UPDATE authorization_request SET state = 1, decision = 1, duration = 'Once';"
                "UPDATE admin_access_request SET state = 1, decision = 1, approved_s = 600;");
    struct endpoint owner = desk;
    desk = endpoint_in(fleet_group("Elsewhere", false));
    test_is(&api, agent_call(&desk, "Agent_Request", REQUEST, NULL), RESULT_NOT_FOUND);
    test_is(&api, agent_call(&desk, "Agent_RequestOutcome", REQUEST, "{'event':'Used'}"),
            RESULT_NOT_FOUND);
    test_is(&api, agent_call(&desk, "Agent_RequestOutcome", OTHER, "{'event':'SessionStarted'}"),
            RESULT_NOT_FOUND);
    test_is(&api, ask_application(REQUEST), RESULT_CONFLICT);
    test_is(&api, ask_admin(OTHER), RESULT_CONFLICT);
    test_is(&api, agent_call(&desk, "Agent_CheckIn", NULL, check_in_body(0)), RESULT_OK);
    assert_true(api.reply.waits);
    test_is(&api, agent_call(&owner, "Agent_Request", REQUEST, NULL), RESULT_OK);
    agents_close();
}

static void pending_computers_cannot_ask(void **state)
{
    agents_open(state);
    desk = endpoint_new();
    enrol(&desk, "");
    test_is(&api, ask_application(REQUEST), RESULT_CONFLICT);
    problem_is(AGENT_PROBLEM_PENDING);
    test_is(&api, ask_admin(OTHER), RESULT_CONFLICT);
    test_is(&api, agent_call(&desk, "Agent_Request", REQUEST, NULL), RESULT_CONFLICT);
    agents_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_request_is_the_same_when_it_is_repeated),
        TEST_ON_SERVERS(malformed_requests_are_refused),
        TEST_ON_SERVERS(a_request_is_waited_for_until_it_is_decided),
        TEST_ON_SERVERS(a_check_in_brings_decisions_that_the_agent_does_not_know),
        TEST_ON_SERVERS(what_holds_is_told_for_as_long_as_it_holds),
        TEST_ON_SERVERS(a_session_is_reported_and_an_approval_used_up),
        TEST_ON_SERVERS(requests_of_other_computers_are_not_there),
        TEST_ON_SERVERS(pending_computers_cannot_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
