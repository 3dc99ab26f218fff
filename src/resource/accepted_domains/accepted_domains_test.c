/* Proves what accepted domains promise: one form, no duplicates, and none goes while somebody needs it. */
#include "access/test_call.h"
#include "resource/accepted_domains/accepted_domains.h"

#define UNKNOWN_ID "99999999-9999-4999-8999-999999999999"

static struct test_api api;

static void open_domains(void **state)
{
    test_open(&api, test_place(state), accepted_domains_routes, accepted_domains_route_count);
}

static const char *add(const char *body)
{
    test_is(&api, test_json(&api, "AcceptedDomains_Create", NULL, body), RESULT_OK);
    return test_reply_id(&api);
}

static void add_user(const char *email, const char *domain, int disabled)
{
    char sql[512];
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO user_account (id, email, email_key, domain, created, last_modified,"
                   " disabled) VALUES ('%s', '%s', '%s', '%s', 1, 1, %d)",
                   email, email, email, domain, disabled);
    test_sql(&api, sql);
}

static void a_domain_takes_both_names_and_one_form(void **state)
{
    open_domains(state);
    const char *id = add("{\"domainName\":\" Example.COM \"}");
    char location[128];
    (void)snprintf(location, sizeof(location), "/management-api/v3/AcceptedDomains/%s", id);
    assert_int_equal(api.reply.status, 201);
    assert_string_equal(test_reply_header(&api, "Location"), location);
    assert_int_equal(test_number(&api, "SELECT status FROM task WHERE id = $1", id), 2);
    (void)add("{\"domain\":\"b\xC3\xBC"
              "cher.example\"}");
    (void)add("{\"domain\":\"B.example\",\"domainName\":\"b.EXAMPLE\"}");
    test_is(&api, test_json(&api, "AcceptedDomains_List", NULL, NULL), RESULT_OK);
    test_says(&api, "\"domain\":\"b.example\"},{");
    test_says(&api, "\"domain\":\"example.com\"},{");
    test_says(&api, "\"domain\":\"xn--bcher-kva.example\"}]");
    test_is(&api, test_json(&api, "AcceptedDomains_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"domain\":\"example.com\"");
    test_is(&api, test_json(&api, "AcceptedDomains_Get", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void what_is_no_domain_is_refused(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "{\"domainName\":null}",
        "{\"domainName\":\"\"}",
        "{\"domainName\":\"example\"}",
        "{\"domainName\":\"a@example.com\"}",
        "{\"domainName\":\"a b.example\"}",
        "{\"domainName\":\".example.com\"}",
        "{\"domainName\":\"example.com.\"}",
        "{\"domainName\":\"a..example\"}",
        "{\"domainName\":\"-a.example\"}",
        "{\"domainName\":\"a-.example\"}",
        "{\"domainName\":\"10.0.0.1\"}",
        "{\"domainName\":\"a_b.example\"}",
        "{\"domainName\":\"a.example\",\"domain\":\"b.example\"}",
        "{\"domainName\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example\"}",
    };
    open_domains(state);
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        test_is(&api, test_json(&api, "AcceptedDomains_Create", NULL, bodies[i]), RESULT_INVALID);
    }
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM accepted_domain", NULL), 0);
    test_close(&api);
}

static void a_domain_is_there_once(void **state)
{
    open_domains(state);
    const char *id = add("{\"domainName\":\"a.example\"}");
    const char *other = add("{\"domainName\":\"b.example\"}");
    test_is(&api, test_json(&api, "AcceptedDomains_Create", NULL, "{\"domain\":\"A.example\"}"),
            RESULT_CONFLICT);
    test_is(&api, test_json(&api, "AcceptedDomains_Modify", other, "{\"domain\":\"A.example\"}"),
            RESULT_CONFLICT);
    test_is(&api, test_json(&api, "AcceptedDomains_Modify", id, "{\"domain\":\"A.example\"}"),
            RESULT_OK);
    test_is(&api, test_json(&api, "AcceptedDomains_Modify", id, "{\"domain\":\"c.example\"}"),
            RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM accepted_domain WHERE domain = 'c.example'"
                                 " AND id = $1",
                                 id),
                     1);
    test_is(&api,
            test_json(&api, "AcceptedDomains_Modify", UNKNOWN_ID, "{\"domain\":\"d.example\"}"),
            RESULT_NOT_FOUND);
    test_close(&api);
}

static void a_domain_stays_while_enabled_users_are_in_it(void **state)
{
    open_domains(state);
    const char *a = add("{\"domainName\":\"a.example\"}");
    const char *b = add("{\"domainName\":\"b.example\"}");
    add_user("x@a.example", "a.example", 0);
    test_is(&api, test_json(&api, "AcceptedDomains_Delete", a, NULL), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "AcceptedDomains_Modify", a, "{\"domain\":\"c.example\"}"),
            RESULT_CONFLICT);
    test_sql(&api, "UPDATE user_account SET disabled = 1");
    test_is(&api, test_json(&api, "AcceptedDomains_Delete", b, NULL), RESULT_OK);
    /* Now it is the last one: also disabled users keep it. */
    test_is(&api, test_json(&api, "AcceptedDomains_Delete", a, NULL), RESULT_CONFLICT);
    test_sql(&api, "DELETE FROM user_account");
    test_is(&api, test_json(&api, "AcceptedDomains_Delete", a, NULL), RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    test_is(&api, test_json(&api, "AcceptedDomains_Delete", a, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void a_disabled_user_does_not_keep_a_domain_among_others(void **state)
{
    open_domains(state);
    const char *a = add("{\"domainName\":\"a.example\"}");
    (void)add("{\"domainName\":\"b.example\"}");
    add_user("x@a.example", "a.example", 1);
    test_is(&api, test_json(&api, "AcceptedDomains_Delete", a, NULL), RESULT_OK);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_domain_takes_both_names_and_one_form),
        TEST_ON_SERVERS(what_is_no_domain_is_refused),
        TEST_ON_SERVERS(a_domain_is_there_once),
        TEST_ON_SERVERS(a_domain_stays_while_enabled_users_are_in_it),
        TEST_ON_SERVERS(a_disabled_user_does_not_keep_a_domain_among_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
