/* Proves the life of application access requests: asked once, decided, used up, revoked, ended; found by any of their names;
   a change is one audit. */
#include <pthread.h>

#include "access/test_call.h"
#include "resource/authorization_requests/authorization_requests.h"

#define COMPUTER "22222222-2222-4222-8222-222222222222"
#define REQUEST  "33333333-3333-4333-8333-333333333333"
#define OTHER    "44444444-4444-4444-8444-444444444444"

static struct test_api api;

static void open_requests(void **state)
{
    test_open(&api, test_place(state), authorization_requests_routes,
              authorization_requests_route_count);
    api.rules.base_url = "https://reeve.test";
    test_sql(&api, "INSERT INTO computer (id, host, host_key, host_type, created, deleted_on,"
                   " authorisation_state, archived, package_manager_version, machine_key,"
                   " duplicate_count, credential_type) VALUES ('" COMPUTER
                   "', 'desk', 'desk', 2, 1, 0, 1, 0, 'NA', '', 0, 1)");
}

static enum result ask_as(const char *id, const char *user, const char *path,
                          struct authorization_request *out)
{
    const struct json *info = NULL;
    const char *text =
        arena_printf(api.arena, "{\"filePath\":\"%s\",\"productName\":\"Tool\",\"extra\":1}", path);
    test_begin(&api);
    test_place_ok(json_parse(api.arena, slice_of(text), &json_limits_usual, &info, &api.error),
                  &api.error);
    const struct authorization_order order = {
        .id = id,
        .computer_id = COMPUTER,
        .computer_name = "desk",
        .user = slice_of(user),
        .reason = SLICE("Needed for \"X\""),
        .info = info,
    };
    enum result result = authorization_request_open(&api.ctx, &order, out);
    if (result == RESULT_OK) {
        test_commit(&api);
    } else {
        session_rollback(api.place->writer);
    }
    return result;
}

static struct authorization_request ask(void)
{
    struct authorization_request request;
    test_is(&api, ask_as(REQUEST, "alice", "/usr/bin/tool", &request), RESULT_OK);
    return request;
}

static enum result notify(const char *status, const char *decision, const char *duration,
                          const char *request)
{
    return test_json(
        &api, "AuthorizationRequest_Notification", NULL,
        arena_printf(
            api.arena,
            "{\"status\":\"%s\",\"decision\":\"%s\",\"decisionPerformedByUser\":\"bob\","
            "\"duration\":\"%s\",\"itsmRequestId\":\"%s\","
            "\"decisionTime\":\"2023-11-14 22:00:00\",\"message\":\"Fine\","
            "\"systemId\":\"5f0c\",\"ticketId\":\"INC7\",\"ticketUrl\":\"https://itsm/7\"}",
            status, decision, duration, request));
}

static int64_t audits(void)
{
    return test_number(&api, "SELECT COUNT(*) FROM authorization_request_audit", NULL);
}

static int64_t state_of(const char *id)
{
    return test_number(&api, "SELECT state FROM authorization_request WHERE id = $1", id);
}

static void a_request_is_asked_once_and_gets_a_ticket(void **state)
{
    open_requests(state);
    struct authorization_request first = ask();
    assert_string_equal(first.ticket.id, "EPM000001");
    assert_string_equal(first.ticket.url, "https://reeve.test/jit-access-management/details/1");
    struct authorization_request again = ask();
    assert_string_equal(again.id, REQUEST);
    test_is(&api, ask_as(OTHER, "ALICE", "/usr/bin/tool", &again), RESULT_OK);
    assert_string_equal(again.id, REQUEST);
    assert_int_equal(audits(), 1);
    test_is(&api, ask_as(OTHER, "carol", "/usr/bin/tool", &again), RESULT_OK);
    assert_string_equal(again.ticket.id, "EPM000002");
    assert_int_equal(test_number(&api, "SELECT decisions FROM computer WHERE id = $1", COMPUTER),
                     2);
    test_sql(&api, "UPDATE authorization_request SET computer_id = 'x' WHERE id = '" OTHER "'");
    test_is(&api, ask_as(OTHER, "carol", "/usr/bin/tool", &again), RESULT_CONFLICT);
    test_close(&api);
}

static void a_computer_cannot_flood_the_queue(void **state)
{
    open_requests(state);
    struct authorization_request request;
    char id[37];
    char path[32];
    for (int i = 0; i <= REQUESTS_OPEN_MAX; i++) {
        (void)snprintf(id, sizeof(id), "33333333-3333-4333-8333-%012d", i);
        (void)snprintf(path, sizeof(path), "/bin/%d", i);
        test_is(&api, ask_as(id, "alice", path, &request),
                i < REQUESTS_OPEN_MAX ? RESULT_OK : RESULT_LIMITED);
    }
    test_close(&api);
}

static void the_detail_has_three_objects_from_the_start(void **state)
{
    open_requests(state);
    (void)ask();
    test_is(&api, test_json(&api, "AuthorizationRequest_Get", REQUEST, NULL), RESULT_OK);
    test_says(&api,
              "\"requestInfo\":{\"user\":\"alice\",\"created\":\"2023-11-14T22:13:20.1234560\"");
    test_says(&api, "\"hostName\":\"desk\",\"reason\":\"Needed for \\\"X\\\"\"");
    test_says(&api, "\"extra\":1");
    test_says(&api, "\"serviceTicket\":{\"ticketId\":\"EPM000001\",\"systemId\":null,");
    test_says(&api, "\"accessDecision\":{\"status\":\"Pending\",\"decision\":\"Pending\"");
    test_close(&api);
}

static void a_notification_decides_and_is_taken_once(void **state)
{
    open_requests(state);
    (void)ask();
    api.correlation_id = "chat 77";
    for (int i = 0; i < 2; i++) {
        test_is(&api, notify("2000", "approved", "2 hours", REQUEST), RESULT_OK);
        test_says(&api, "{\"id\":\"" REQUEST "\",\"status\":\"2000\",\"decision\":\"Approved\"}");
        assert_string_equal(test_reply_header(&api, "x-correlation-id"), "chat?77");
    }
    assert_int_equal(audits(), 2);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM authorization_request_audit"
                                 " WHERE correlation_id = 'chat?77' AND change = 2"
                                 " AND changed_by = 'connector'",
                                 NULL),
                     1);
    test_is(&api, test_json(&api, "AuthorizationRequest_Get", "INC7", NULL), RESULT_OK);
    test_says(&api, "\"serviceTicket\":{\"ticketId\":\"INC7\",\"systemId\":\"5f0c\","
                    "\"url\":\"https://itsm/7\",\"ticketType\":\"ServiceNow\"}");
    test_says(&api, "\"decisionPerformedByUser\":\"bob\","
                    "\"decisionTime\":\"2023-11-14T22:00:00.0000000\",\"duration\":\"2 Hours\"");
    test_says(&api, "\"endDate\":\"2023-11-15T00:13:20.1234560\"");
    test_close(&api);
}

static void requests_are_found_by_every_name(void **state)
{
    open_requests(state);
    (void)ask();
    test_is(&api, notify("1000", "Pending", "n/a", "33333333333343338333333333333333"), RESULT_OK);
    static const char *const names[] = { REQUEST, "33333333333343338333333333333333",
                                         "{33333333-3333-4333-8333-333333333333}", "5f0c", "INC7" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        test_is(&api, test_json(&api, "AuthorizationRequest_Get", names[i], NULL), RESULT_OK);
    }
    test_is(&api, notify("2001", "Denied", "Once", "INC7"), RESULT_OK);
    test_is(&api, test_json(&api, "AuthorizationRequest_Get", "INC8", NULL), RESULT_NOT_FOUND);
    test_is(&api, notify("2001", "Denied", "Once", "INC8"), RESULT_NOT_FOUND);
    struct authorization_request other;
    test_is(&api, ask_as(OTHER, "carol", "/usr/bin/tool", &other), RESULT_OK);
    test_is(&api, notify("1000", "Pending", "n/a", OTHER), RESULT_OK);
    test_is(&api, notify("2000", "Approved", "Once", "INC7"), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "AuthorizationRequest_Get", "INC7", NULL), RESULT_OK);
    test_close(&api);
}

static void a_pending_notice_after_the_decision_brings_its_ticket_only(void **state)
{
    open_requests(state);
    (void)ask();
    test_is(&api, notify("2000", "Approved", "Once", REQUEST), RESULT_OK);
    test_is(&api, notify("1000", "Pending", "Once", REQUEST), RESULT_OK);
    assert_int_equal(audits(), 2);
    test_sql(&api, "UPDATE authorization_request SET ticket_url = 'old'");
    test_is(&api, notify("1000", "Pending", "Once", REQUEST), RESULT_OK);
    test_says(&api, "\"status\":\"2000\"");
    assert_int_equal(audits(), 3);
    assert_int_equal(state_of(REQUEST), REQUEST_APPROVED);
    test_close(&api);
}

static void an_approval_is_revoked_and_a_denial_taken_back(void **state)
{
    open_requests(state);
    (void)ask();
    test_is(&api, notify("2000", "Approved", "Once", REQUEST), RESULT_OK);
    test_is(&api, notify("2001", "Denied", "Once", REQUEST), RESULT_OK);
    assert_int_equal(test_number(&api, "SELECT MAX(change) FROM authorization_request_audit", NULL),
                     CHANGE_REVOKED);
    test_is(&api, notify("2000", "Approved", "1 Day", REQUEST), RESULT_OK);
    assert_int_equal(state_of(REQUEST), REQUEST_APPROVED);
    assert_int_equal(audits(), 4);
    test_close(&api);
}

static void an_approval_for_once_is_used_up_once(void **state)
{
    open_requests(state);
    struct authorization_request request = ask();
    test_begin(&api);
    test_is(&api, authorization_request_use(&api.ctx, &request), RESULT_CONFLICT);
    session_rollback(api.place->writer);
    test_is(&api, notify("2000", "Approved", "Once", REQUEST), RESULT_OK);
    for (int i = 0; i < 2; i++) {
        test_begin(&api);
        test_is(&api, authorization_request_load(&api.ctx, REQUEST, &request), RESULT_OK);
        test_is(&api, authorization_request_use(&api.ctx, &request), RESULT_OK);
        test_commit(&api);
        assert_int_equal(state_of(REQUEST), REQUEST_USED);
        assert_int_equal(audits(), 3);
    }
    test_is(&api, notify("2000", "Approved", "Once", REQUEST), RESULT_OK); /* repeated */
    test_is(&api, notify("2001", "Denied", "Once", REQUEST), RESULT_CONFLICT);
    test_is(&api, notify("2000", "Approved", "1 Hour", REQUEST), RESULT_CONFLICT);
    test_is(&api, ask_as(OTHER, "alice", "/usr/bin/tool", &request), RESULT_OK);
    assert_string_equal(request.id, OTHER);
    test_close(&api);
}

static void approvals_end_and_undecided_requests_lapse(void **state)
{
    open_requests(state);
    struct authorization_request request;
    (void)ask();
    test_is(&api, ask_as(OTHER, "carol", "/usr/bin/tool", &request), RESULT_OK);
    test_is(&api, notify("2000", "Approved", "1 Hours", REQUEST), RESULT_OK);
    static const struct {
        int64_t later_us;
        int64_t first, second;
    } rows[] = {
        { INT64_C(3599) * US_PER_SECOND, REQUEST_APPROVED, REQUEST_PENDING },
        { INT64_C(3600) * US_PER_SECOND, REQUEST_EXPIRED, REQUEST_PENDING },
        { REQUEST_PENDING_DAYS * US_PER_DAY, REQUEST_EXPIRED, REQUEST_LAPSED },
        { 2 * REQUEST_PENDING_DAYS * US_PER_DAY, REQUEST_EXPIRED, REQUEST_LAPSED },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        api.ctx.now_us = TEST_NOW_US + rows[i].later_us;
        test_begin(&api);
        test_is(&api, requests_expire(&api.ctx, &authorization_request_kind, 10), RESULT_OK);
        test_commit(&api);
        assert_int_equal(state_of(REQUEST), rows[i].first);
        assert_int_equal(state_of(OTHER), rows[i].second);
    }
    assert_int_equal(audits(), 5);
    test_is(&api, notify("2000", "Approved", "Once", OTHER), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "AuthorizationRequest_Get", OTHER, NULL), RESULT_OK);
    test_says(&api, "\"status\":\"Denied\"");
    test_close(&api);
}

/* Another server on the same store, at the same time. */
static void *other_server_expires(void *argument)
{
    struct test_place *place = argument;
    struct session *session = NULL;
    struct error error = { 0 };
    struct arena *arena = arena_new(1024 * 1024);
    struct ctx ctx = api.ctx;
    test_place_ok(session_open(place->store, SESSION_WRITE, &session, &error), &error);
    ctx.session = session;
    ctx.arena = arena;
    ctx.error = &error;
    ctx.wakes = NULL;
    test_place_ok(session_begin(session, &error), &error);
    test_place_ok(requests_expire(&ctx, &authorization_request_kind, 10), &error);
    test_place_ok(session_commit(session, &error), &error);
    session_close(session);
    arena_free(arena);
    return NULL;
}

static void two_servers_end_a_request_once(void **state)
{
    pthread_t other;
    open_requests(state);
    (void)ask();
    test_is(&api, notify("2000", "Approved", "1 Hours", REQUEST), RESULT_OK);
    api.ctx.now_us = TEST_NOW_US + INT64_C(3600) * US_PER_SECOND;
    test_begin(&api);
    test_is(&api, requests_expire(&api.ctx, &authorization_request_kind, 10), RESULT_OK);
    assert_int_equal(pthread_create(&other, NULL, other_server_expires, api.place), 0);
    test_commit(&api);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(state_of(REQUEST), REQUEST_EXPIRED);
    assert_int_equal(audits(), 3);
    test_close(&api);
}

static void notifications_that_contradict_themselves_are_refused(void **state)
{
    open_requests(state);
    (void)ask();
    static const struct {
        const char *status, *decision, *duration, *field;
    } rows[] = {
        { "2000", "Denied", "Once", "status" },
        { "1000", "Approved", "Once", "status" },
        { "3000", "Approved", "Once", "status" },
        { "2000", "Perhaps", "Once", "decision" },
        { "2000", "Approved", "25 Hours", "duration" },
        { "2000", "Approved", "soon", "duration" },
        { "2", "Denied", "Once", "status" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        test_is(&api, notify(rows[i].status, rows[i].decision, rows[i].duration, REQUEST),
                RESULT_INVALID);
        assert_string_equal(api.faults.items[0].field, rows[i].field);
    }
    test_is(&api, test_json(&api, "AuthorizationRequest_Notification", NULL, NULL), RESULT_INVALID);
    test_is(&api, test_json(&api, "AuthorizationRequest_Notification", NULL, "{}"), RESULT_INVALID);
    assert_int_equal(api.faults.count, 10);
    assert_int_equal(audits(), 1);
    test_close(&api);
}

static void the_list_takes_every_sort_key_and_filter(void **state)
{
    open_requests(state);
    static const char *const keys[] = { "created",   "timeOfRequest", "ticketId",
                                        "decision",  "user",          "computerName",
                                        "groupName", "reason",        "decisionTime" };
    static const char *const filters[] = {
        "Filter.TicketId=nc7",
        "Filter.Decision=APPROVED",
        "Filter.User=LIC",
        "Filter.TicketType=servicenow",
        "Filter.DecisionPerformedByUser=bo",
        "Filter.TimeOfRequest.Dates=2023-11-14T22:13:21&Filter.TimeOfRequest.SelectionMode=range"
        "&Filter.TimeOfRequest.Dates=2023-11-14T22:13:20&Filter.User=alice",
        "Filter.ComputerName=ES&Filter.ProductName=tool&Filter.Reason=needed&Filter.User=al",
        "Filter.TimeOfRequest.Dates=2023-11-14&Filter.TimeOfRequest.SelectionMode=Range"
        "&Filter.User=alice",
    };
    struct authorization_request request;
    char query[128];
    (void)ask();
    test_is(&api, notify("2000", "Approved", "Once", REQUEST), RESULT_OK);
    test_is(&api, ask_as(OTHER, "carol", "/usr/bin/tool", &request), RESULT_OK);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        (void)snprintf(query, sizeof(query), "Sorts[0].by=%s&Sorts[0].order=desc", keys[i]);
        test_is(&api, test_list(&api, "AuthorizationRequest_List", query), RESULT_OK);
        test_says(&api, "\"totalRecordCount\":2");
    }
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        test_is(&api, test_list(&api, "AuthorizationRequest_List", filters[i]), RESULT_OK);
        test_says(&api, "\"totalRecordCount\":1");
        test_says(&api, "\"id\":\"" REQUEST "\"");
    }
    static const char *const none[] = { "Filter.GroupName=x", "Filter.Workstyle=x",
                                        "Filter.Decision=Denied" };
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        test_is(&api, test_list(&api, "AuthorizationRequest_List", none[i]), RESULT_OK);
        test_says(&api, "\"totalRecordCount\":0");
    }
    test_is(&api, test_list(&api, "AuthorizationRequest_List", "Filter.Decision=x"),
            RESULT_INVALID);
    test_is(&api, test_list(&api, "AuthorizationRequest_List", "Sorts[0].by=status"),
            RESULT_INVALID);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_request_is_asked_once_and_gets_a_ticket),
        TEST_ON_SERVERS(a_computer_cannot_flood_the_queue),
        TEST_ON_SERVERS(the_detail_has_three_objects_from_the_start),
        TEST_ON_SERVERS(a_notification_decides_and_is_taken_once),
        TEST_ON_SERVERS(requests_are_found_by_every_name),
        TEST_ON_SERVERS(a_pending_notice_after_the_decision_brings_its_ticket_only),
        TEST_ON_SERVERS(an_approval_is_revoked_and_a_denial_taken_back),
        TEST_ON_SERVERS(an_approval_for_once_is_used_up_once),
        TEST_ON_SERVERS(approvals_end_and_undecided_requests_lapse),
        TEST_ON_SERVERS(two_servers_end_a_request_once),
        TEST_ON_SERVERS(notifications_that_contradict_themselves_are_refused),
        TEST_ON_SERVERS(the_list_takes_every_sort_key_and_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
