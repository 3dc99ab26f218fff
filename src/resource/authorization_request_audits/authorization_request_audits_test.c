/* Proves that audits are found by their number, page by it, and show a request as it was at each change. */
#include "access/test_call.h"
#include "resource/authorization_request_audits/authorization_request_audits.h"

static struct test_api api;

static void open_audits(void **state)
{
    test_open(&api, test_place(state), authorization_request_audits_routes,
              authorization_request_audits_route_count);
    test_sql(
        &api,
        "INSERT INTO authorization_request (id, computer_id, computer_name, user_name, app_key,"
        " info, state, decision, created, modified, ticket_id, ticket_type)"
        " VALUES ('r1', 'c', 'desk', 'alice', 'k', '{\"user\":\"alice\"}', 1, 1,"
        " 1700000000123456, 1, 'EPM000001', 0),"
        " ('r2', 'c', 'desk', 'carol', 'k', '{\"user\":\"carol\"}', 1, 1,"
        " 1700000000123456, 1, 'EPM000002', 0);");
    for (int i = 0; i < 3; i++) {
        test_sql(&api,
                 "INSERT INTO authorization_request_audit (request_id, change, changed, changed_by,"
                 " decision, ticket_id, ticket_type) SELECT id, 0, 1700000000123456, 'computer', 0,"
                 " ticket_id, 0 FROM authorization_request ORDER BY id");
    }
}

static void one_audit_is_found_by_its_number(void **state)
{
    open_audits(state);
    test_is(&api, test_json(&api, "AuthorizationRequestAudits_Get", "2", NULL), RESULT_OK);
    test_says(&api, "\"id\":2,\"authorizationRequestId\":\"r2\"");
    test_says(&api, "\"timeOfRequest\":\"2023-11-14T22:13:20.1234560\"");
    test_says(&api, "\"requestInfo\":{\"user\":\"carol\"}");
    test_says(&api, "\"serviceTicket\":{\"ticketId\":\"EPM000002\"");
    test_says(&api, "\"accessDecision\":{\"status\":\"Pending\"");
    test_says(&api, "\"change\":\"Created\"");
    test_is(&api, test_json(&api, "AuthorizationRequestAudits_Get", "7", NULL), RESULT_NOT_FOUND);
    test_is(&api, test_json(&api, "AuthorizationRequestAudits_Get", "-9223372036854775808", NULL),
            RESULT_NOT_FOUND);
    test_close(&api);
}

/* All have the same moment: only the number keeps the pages apart. */
static void pages_go_by_number_in_both_ways(void **state)
{
    open_audits(state);
    static const char *const orders[] = { "asc", "desc" };
    char query[256];
    for (size_t way = 0; way < COUNT_OF(orders); way++) {
        const char *cursor = "";
        for (int page = 0; page < 3; page++) {
            (void)snprintf(query, sizeof(query),
                           "Sorts[0].by=timeOfRequest&Sorts[0].order=%s&Pagination.PageSize=2"
                           "&Pagination.Cursor=%s",
                           orders[way], cursor);
            test_is(&api, test_list(&api, "AuthorizationRequestAudits_List", query), RESULT_OK);
            int first = way == 0 ? 1 + 2 * page : 6 - 2 * page;
            test_says(&api, arena_printf(api.arena, "\"data\":[{\"id\":%d,", first));
            test_says(&api,
                      arena_printf(api.arena, "},{\"id\":%d,", way == 0 ? first + 1 : first - 1));
            const struct json *answer = NULL;
            test_place_ok(json_parse(api.arena, buffer_slice(&api.reply.body), &json_limits_usual,
                                     &answer, &api.error),
                          &api.error);
            cursor = slice_dup(api.arena, json_text_of(json_get(answer, "nextCursor")));
        }
        assert_string_equal(cursor, "");
    }
    test_close(&api);
}

static void the_list_takes_every_sort_key_and_filter(void **state)
{
    open_audits(state);
    static const char *const keys[] = {
        "timeOfRequest", "ticketId",    "decision", "user",
        "computerName",  "productName", "reason",   "decisionTime"
    };
    char query[128];
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        (void)snprintf(query, sizeof(query), "Sorts[0].by=%s", keys[i]);
        test_is(&api, test_list(&api, "AuthorizationRequestAudits_List", query), RESULT_OK);
        test_says(&api, "\"totalRecordCount\":6");
    }
    static const struct {
        const char *query;
        int count;
    } rows[] = {
        { "Filter.TicketId=000002", 3 },
        { "Filter.Decision=Pending", 6 },
        { "Filter.User=ALICE", 3 },
        { "Filter.ComputerName=desk", 6 },
        { "Filter.GroupName=x", 0 },
        { "Filter.Reason=x", 0 },
        { "Filter.ProductName=x", 0 },
        { "Filter.Workstyle=x", 0 },
        { "Filter.TicketType=EPM", 6 },
        { "Filter.DecisionPerformedByUser=x", 0 },
        { "Filter.TimeOfRequest.Dates=2023-11-14&Filter.TimeOfRequest.Dates=2023-11-15"
          "&Filter.TimeOfRequest.SelectionMode=Range",
          6 },
        { "Filter.TimeOfRequest.Dates=2023-11-15&Filter.TimeOfRequest.SelectionMode=Range", 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        test_is(&api, test_list(&api, "AuthorizationRequestAudits_List", rows[i].query), RESULT_OK);
        test_says(&api, arena_printf(api.arena, "\"totalRecordCount\":%d,", rows[i].count));
    }
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(one_audit_is_found_by_its_number),
        TEST_ON_SERVERS(pages_go_by_number_in_both_ways),
        TEST_ON_SERVERS(the_list_takes_every_sort_key_and_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
