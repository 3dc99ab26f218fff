/* Proves the life of admin access requests: one open one a user and computer, decided and taken back, and a session that is
   what its endpoint says it is. */
#include "access/test_call.h"
#include "resource/admin_access_requests/admin_access_requests.h"

#define COMPUTER "22222222-2222-4222-8222-222222222222"
#define UNKNOWN  "99999999-9999-4999-8999-999999999999"
#define DECIDED \
    ",\"decision\":\"approved\",\"decisionTime\":\"2023-11-14T22:00:00Z\",\"decisionPerformedByUser\":\"bob\""

static struct test_api api;

static void open_requests(void **state)
{
    test_open(&api, test_place(state), admin_access_requests_routes,
              admin_access_requests_route_count);
    test_sql(&api, "INSERT INTO computer (id, host, host_key, host_type, created, deleted_on,"
                   " authorisation_state, archived, package_manager_version, machine_key,"
                   " duplicate_count, credential_type) VALUES ('" COMPUTER
                   "', 'desk', 'desk', 2, 1, 0, 1, 0, 'NA', '', 0, 1);"
                   "INSERT INTO computer_contact (computer_id, last_connected) VALUES ('" COMPUTER
                   "', 0);");
}

static enum result create(const char *members)
{
    return test_json(&api, "AdminAccessRequest_Create", NULL,
                     arena_printf(api.arena, "{\"computerId\":\"" COMPUTER "\"%s}", members));
}

static const char *created_id(void)
{
    const struct json *answer = NULL;
    test_place_ok(json_parse(api.arena, buffer_slice(&api.reply.body), &json_limits_usual, &answer,
                             &api.error),
                  &api.error);
    return slice_dup(api.arena, json_text_of(json_get(answer, "id")));
}

static const char *make(const char *members)
{
    test_is(&api, create(members), RESULT_OK);
    return created_id();
}

static enum result decide(const char *id, const char *members)
{
    return test_json(&api, "AdminAccessRequest_Decide", NULL,
                     arena_printf(api.arena, "{\"requestId\":\"%s\"%s}", id, members));
}

static int64_t state_of(const char *id)
{
    return test_number(&api, "SELECT state FROM admin_access_request WHERE id = $1", id);
}

static int64_t news(void)
{
    return test_number(&api, "SELECT decisions FROM computer WHERE id = $1", COMPUTER);
}

static enum result session(const char *id, int reason, int64_t at_us)
{
    struct admin_request request;
    test_begin(&api);
    test_is(&api, admin_request_load(&api.ctx, id, &request), RESULT_OK);
    enum result result =
        reason < 0 ? admin_session_started(&api.ctx, &request, at_us)
                   : admin_session_ended(&api.ctx, &request, (enum admin_end_reason)reason, at_us);
    if (result == RESULT_OK) {
        test_commit(&api);
    } else {
        session_rollback(api.place->writer);
    }
    return result;
}

static void expire_after(int64_t seconds)
{
    api.ctx.now_us = TEST_NOW_US + seconds * US_PER_SECOND;
    test_begin(&api);
    test_is(&api, requests_expire(&api.ctx, &admin_request_kind, 10), RESULT_OK);
    test_commit(&api);
}

static void a_request_on_behalf_of_a_user_is_pending_or_decided_at_once(void **state)
{
    open_requests(state);
    const char *id =
        make(",\"userName\":\"CORP\\\\alice\",\"duration\":\"1800\",\"reason\":\"Fix\"");
    test_says(&api, "\"decision\":\"Pending\",\"ticketId\":\"EPM000001\"");
    test_is(&api, test_json(&api, "AdminAccessRequest_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"computerName\":\"desk\"");
    test_says(&api, "\"userName\":\"CORP\\\\alice\",\"reason\":\"Fix\",\"duration\":\"1800\","
                    "\"approvedDuration\":null,\"decision\":\"Pending\"");
    test_says(&api, "\"createdOn\":\"2023-11-14T22:13:20.1234560\"");
    test_says(&api, "\"sessionState\":null");
    id = make(",\"userId\":\"S-1-5-21-7\",\"ticketId\":\"CHG9\"" DECIDED);
    test_says(&api, "\"decision\":\"Approved\",\"ticketId\":\"CHG9\"");
    test_is(&api, test_json(&api, "AdminAccessRequest_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"duration\":\"3600\",\"approvedDuration\":\"3600\"");
    test_says(&api, "\"decisionTime\":\"2023-11-14T22:00:00.0000000\","
                    "\"decisionPerformedByUser\":\"bob\"");
    test_says(&api, "\"sessionState\":\"NotStarted\"");
    test_says(&api, "\"ticketType\":\"ServiceNow\"");
    assert_int_equal(news(), 3);
    test_close(&api);
}

static void a_create_that_is_not_whole_is_refused(void **state)
{
    open_requests(state);
    static const struct {
        const char *members, *field;
    } rows[] = {
        { "", "userId" },
        { ",\"userName\":\" \"", "userId" },
        { ",\"userName\":\"a\",\"duration\":\"299\"", "duration" },
        { ",\"userName\":\"a\",\"duration\":\"86401\"", "duration" },
        { ",\"userName\":\"a\",\"duration\":\"1 hour\"", "duration" },
        { ",\"userName\":\"a\",\"decision\":\"Approved\"", "decisionTime" },
        { ",\"userName\":\"a\",\"decisionTime\":\"2023-11-14T22:00:00Z\"", "decision" },
        { ",\"userName\":\"a\",\"decisionPerformedByUser\":\"b\"", "decision" },
        { ",\"userName\":\"a\",\"decision\":\"Pending\",\"decisionTime\":\"2023-11-14T22:00:00Z\","
          "\"decisionPerformedByUser\":\"bob\"",
          "decision" },
        { ",\"userName\":\"a\",\"decision\":\"Approved\",\"decisionTime\":\"soon\","
          "\"decisionPerformedByUser\":\"bob\"",
          "decisionTime" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        test_is(&api, create(rows[i].members), RESULT_INVALID);
        assert_string_equal(api.faults.items[0].field, rows[i].field);
    }
    test_is(&api, create(",\"userName\":\"a\",\"duration\":\"300\""), RESULT_OK);
    test_is(&api, create(",\"userName\":\"b\",\"duration\":\"86400\""), RESULT_OK);
    test_is(&api,
            test_json(&api, "AdminAccessRequest_Create", NULL,
                      "{\"computerId\":\"" UNKNOWN "\",\"userName\":\"a\"}"),
            RESULT_NOT_FOUND);
    test_sql(&api, "UPDATE computer SET deleted_on = 1");
    test_is(&api, create(",\"userName\":\"c\""), RESULT_NOT_FOUND);
    test_close(&api);
}

static void a_user_has_one_open_request_on_a_computer(void **state)
{
    open_requests(state);
    const char *id = make(",\"userName\":\"alice\",\"userId\":\"S-1\"");
    test_is(&api, create(",\"userName\":\"ALICE\""), RESULT_CONFLICT);
    assert_non_null(strstr(api.error.text, id));
    test_is(&api, create(",\"userId\":\"s-1\""), RESULT_CONFLICT);
    (void)make(",\"userName\":\"carol\"");
    test_is(&api, decide(id, ",\"decision\":\"Approved\""), RESULT_OK);
    test_is(&api, create(",\"userName\":\"alice\""), RESULT_CONFLICT);
    test_is(&api, session(id, -1, 0), RESULT_OK);
    test_is(&api, decide(id, ",\"decision\":\"Denied\""), RESULT_OK);
    test_is(&api, create(",\"userName\":\"alice\""), RESULT_CONFLICT); /* it runs still */
    test_is(&api, session(id, ADMIN_WAS_REVOKED, 0), RESULT_OK);
    (void)make(",\"userName\":\"alice\"");
    test_close(&api);
}

static void a_denial_may_be_taken_back_while_nothing_newer_is_open(void **state)
{
    open_requests(state);
    const char *id = make(",\"userName\":\"alice\"");
    test_is(&api, decide(id, ",\"decision\":\"denied\",\"message\":\"No\""), RESULT_OK);
    test_is(&api, decide(id, ",\"decision\":\"Approved\",\"duration\":\"600\""), RESULT_OK);
    assert_int_equal(state_of(id), ADMIN_APPROVED);
    test_is(&api, decide(id, ",\"decision\":\"Denied\""), RESULT_OK);
    assert_int_equal(state_of(id), ADMIN_WITHDRAWN);
    test_is(&api, test_json(&api, "AdminAccessRequest_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"sessionState\":\"Revoked\"");
    (void)make(",\"userName\":\"alice\"");
    test_is(&api, decide(id, ",\"decision\":\"Approved\""), RESULT_CONFLICT);
    assert_int_equal(state_of(id), ADMIN_WITHDRAWN);
    test_close(&api);
}

static void the_same_decision_twice_changes_nothing(void **state)
{
    open_requests(state);
    const char *id = make(",\"userName\":\"alice\"");
    static const char *const said[] = {
        ",\"decision\":\"Approved\",\"duration\":\"600\",\"user\":\"bob\",\"ticketId\":\"CHG1\"",
        ",\"decision\":\"Denied\",\"message\":\"Over\",\"user\":\"bob\"",
    };
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        int64_t before = news();
        for (int k = 0; k < 3; k++) {
            test_is(&api, decide(id, said[i]), RESULT_OK);
            assert_int_equal(news(), before + 1);
        }
    }
    test_is(&api, test_json(&api, "AdminAccessRequest_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"ticketId\":\"CHG1\"");
    test_close(&api);
}

static void decisions_name_the_request_in_the_body_or_the_path(void **state)
{
    open_requests(state);
    const char *id = make(",\"userName\":\"alice\"");
    static const char *const names[] = { "requestId", "id", "adminAccessRequestId",
                                         "itsmRequestId" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        test_is(&api,
                test_json(&api, "AdminAccessRequest_Decide", NULL,
                          arena_printf(api.arena, "{\"%s\":\"%s\",\"decision\":\"%s\"}", names[i],
                                       id, i % 2 == 0 ? "Approved" : "Denied")),
                RESULT_OK);
    }
    test_is(&api,
            test_json(&api, "AdminAccessRequest_DecideOne", id, "{\"decision\":\"Approved\"}"),
            RESULT_OK);
    assert_int_equal(state_of(id), ADMIN_APPROVED);
    test_is(&api, decide(UNKNOWN, ",\"decision\":\"Approved\""), RESULT_NOT_FOUND);
    test_is(&api, decide(id, ""), RESULT_INVALID);
    test_is(&api, decide(id, ",\"decision\":\"Maybe\""), RESULT_INVALID);
    test_is(&api, decide(id, ",\"decision\":\"Approved\",\"duration\":\"5\""), RESULT_INVALID);
    test_is(&api, decide("x", ",\"decision\":\"Approved\""), RESULT_INVALID);
    test_close(&api);
}

static void a_session_is_what_the_endpoint_reports(void **state)
{
    open_requests(state);
    const char *id = make(",\"userName\":\"alice\"");
    test_is(&api, session(id, -1, 0), RESULT_CONFLICT);
    test_is(&api, decide(id, ",\"decision\":\"Approved\",\"duration\":\"600\""), RESULT_OK);
    test_is(&api, session(id, ADMIN_USER_ENDED, 0), RESULT_CONFLICT);
    api.ctx.now_us = TEST_NOW_US + 60 * US_PER_SECOND;
    for (int i = 0; i < 2; i++) {
        test_is(&api, session(id, -1, TEST_NOW_US + 30 * US_PER_SECOND), RESULT_OK);
    }
    test_is(&api, test_json(&api, "AdminAccessRequest_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"sessionState\":\"Active\",\"sessionStart\":\"2023-11-14T22:13:50.1234560\","
                    "\"sessionEnd\":null,\"endReason\":null");
    /* An endpoint whose clock is ahead. */
    for (int i = 0; i < 2; i++) {
        test_is(&api, session(id, ADMIN_LOGOFF, TEST_NOW_US + 9000 * US_PER_SECOND), RESULT_OK);
    }
    test_is(&api, test_json(&api, "AdminAccessRequest_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"decision\":\"Approved\"");
    test_says(&api, "\"sessionState\":\"Ended\"");
    test_says(&api, "\"sessionEnd\":\"2023-11-14T22:14:20.1234560\",\"endReason\":\"Logoff\"");
    test_is(&api, decide(id, ",\"decision\":\"Denied\""), RESULT_CONFLICT);
    test_is(&api, decide(id, ",\"decision\":\"Approved\",\"duration\":\"900\""), RESULT_CONFLICT);
    test_close(&api);
}

static void a_denied_session_is_revoked_once_the_endpoint_says_so(void **state)
{
    open_requests(state);
    const char *id = make(",\"userName\":\"alice\"");
    test_is(&api, decide(id, ",\"decision\":\"Approved\""), RESULT_OK);
    test_is(&api, session(id, -1, 0), RESULT_OK);
    test_is(&api, decide(id, ",\"decision\":\"Denied\""), RESULT_OK);
    test_is(&api, test_json(&api, "AdminAccessRequest_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"decision\":\"Denied\"");
    test_says(&api, "\"sessionState\":\"Active\"");
    test_is(&api, test_list(&api, "AdminAccessRequest_List", "Filter.ActiveOnly=true"), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":1");
    test_is(&api, session(id, ADMIN_WAS_REVOKED, 0), RESULT_OK);
    test_is(&api, test_json(&api, "AdminAccessRequest_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"sessionState\":\"Revoked\"");
    test_says(&api, "\"endReason\":\"Revoked\"");
    test_close(&api);
}

static void what_nobody_ends_runs_out(void **state)
{
    open_requests(state);
    const char *waits = make(",\"userName\":\"a\"");
    const char *unused = make(",\"userName\":\"b\"" DECIDED);
    const char *silent = make(",\"userName\":\"c\",\"duration\":\"600\"" DECIDED);
    test_is(&api, session(silent, -1, 0), RESULT_OK);
    expire_after(600 + ADMIN_REPORT_GRACE_S - 1);
    assert_int_equal(state_of(silent), ADMIN_ACTIVE);
    expire_after(600 + ADMIN_REPORT_GRACE_S);
    assert_int_equal(state_of(silent), ADMIN_EXPIRED);
    test_is(&api, test_json(&api, "AdminAccessRequest_Get", silent, NULL), RESULT_OK);
    test_says(&api, "\"sessionEnd\":\"2023-11-14T22:23:20.1234560\",\"endReason\":\"Expired\"");
    test_is(&api, session(silent, ADMIN_TIME_OVER, 0), RESULT_OK); /* late, and no contradiction */
    expire_after(ADMIN_START_HOURS * 3600 - 1);
    assert_int_equal(state_of(unused), ADMIN_APPROVED);
    expire_after(ADMIN_START_HOURS * 3600);
    assert_int_equal(state_of(unused), ADMIN_EXPIRED);
    expire_after(REQUEST_PENDING_DAYS * 86400);
    assert_int_equal(state_of(waits), ADMIN_LAPSED);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM admin_access_request"
                                 " WHERE due IS NOT NULL",
                                 NULL),
                     0);
    test_is(&api, decide(waits, ",\"decision\":\"Approved\""), RESULT_CONFLICT);
    test_close(&api);
}

static void the_list_takes_every_sort_key_and_filter(void **state)
{
    open_requests(state);
    static const char *const keys[] = { "createdOn",    "modifiedOn", "decision", "userName",
                                        "computerName", "ticketId",   "duration", "decisionTime" };
    const char *id = make(",\"userName\":\"alice\",\"userId\":\"S-1\"");
    api.ctx.now_us = TEST_NOW_US + US_PER_DAY;
    const char *ended = make(",\"userName\":\"carol\"");
    test_is(&api, decide(ended, ",\"decision\":\"Denied\""), RESULT_OK);
    static const char *const filters[] = {
        "Filter.Decision=PENDING",
        "Filter.CreatedOn=2023-11-14",
        "Filter.CreatedOn=2023-11-14T00:00:00Z",
        "Filter.ActiveOnly=true",
        "Filter.ModifiedOn=2023-11-14",
        "Filter.UserId=s-",
        "Filter.UserName=ALI",
        "Filter.ComputerId=22222222222242228222222222222222&Filter.UserName=alice",
    };
    char query[160];
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        (void)snprintf(query, sizeof(query), "Sorts[0].by=%s&Sorts[0].order=asc", keys[i]);
        test_is(&api, test_list(&api, "AdminAccessRequest_List", query), RESULT_OK);
        test_says(&api, "\"totalRecordCount\":2");
    }
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        test_is(&api, test_list(&api, "AdminAccessRequest_List", filters[i]), RESULT_OK);
        test_says(&api, "\"totalRecordCount\":1");
        test_says(&api, arena_printf(api.arena, "\"data\":[{\"id\":\"%s\"", id));
    }
    test_is(&api,
            test_list(&api, "AdminAccessRequest_List", "Filter.CreatedOn=2023-11-14T22:00:00Z"),
            RESULT_OK);
    test_says(&api, "\"totalRecordCount\":2");
    test_is(&api, test_list(&api, "AdminAccessRequest_List", "Filter.ActiveOnly=false"), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":2");
    test_is(&api, test_list(&api, "AdminAccessRequest_List", "Filter.Decision=x"), RESULT_INVALID);
    test_is(&api, test_list(&api, "AdminAccessRequest_List", "Filter.CreatedOn=x"), RESULT_INVALID);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_request_on_behalf_of_a_user_is_pending_or_decided_at_once),
        TEST_ON_SERVERS(a_create_that_is_not_whole_is_refused),
        TEST_ON_SERVERS(a_user_has_one_open_request_on_a_computer),
        TEST_ON_SERVERS(a_denial_may_be_taken_back_while_nothing_newer_is_open),
        TEST_ON_SERVERS(the_same_decision_twice_changes_nothing),
        TEST_ON_SERVERS(decisions_name_the_request_in_the_body_or_the_path),
        TEST_ON_SERVERS(a_session_is_what_the_endpoint_reports),
        TEST_ON_SERVERS(a_denied_session_is_revoked_once_the_endpoint_says_so),
        TEST_ON_SERVERS(what_nobody_ends_runs_out),
        TEST_ON_SERVERS(the_list_takes_every_sort_key_and_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
