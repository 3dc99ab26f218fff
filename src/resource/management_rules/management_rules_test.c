/* Proves what becomes of computers by itself: archived, deleted and purged by rules, each when its days are over and
   only where its conditions hold; and that rules are made, changed and refused as they should be. */
#include "access/test_call.h"
#include "resource/computers/computers.h"
#include "resource/groups/groups.h"
#include "resource/management_rules/management_rules.h"

#define ARCHIVE_RULE "5f0c0001-0000-4000-8000-000000000001"
#define DELETE_RULE  "5f0c0001-0000-4000-8000-000000000002"
#define PURGE_RULE   "5f0c0001-0000-4000-8000-000000000003"

static struct test_api api;

static void rules_open(void **state)
{
    test_open(&api, test_place(state), management_rules_routes, management_rules_route_count);
}

static const char *group(const char *name)
{
    const struct group_order order = { .name = slice_of(name) };
    const char *id = NULL;
    test_begin(&api);
    test_is(&api, group_create(&api.ctx, &order, &id), RESULT_OK);
    test_commit(&api);
    return id;
}

static const char *enrol(const char *host, enum computer_host_type type, const char *group_id)
{
    struct computer computer;
    const struct computer_enrolment order = {
        .host = slice_of(host),
        .host_type = type,
        .group_id = group_id,
        .public_key_pem = arena_printf(api.arena, "key of %s", host),
        .agent_version = SLICE("1.2.3"),
    };
    test_begin(&api);
    test_is(&api, computer_enrol(&api.ctx, &order, &computer), RESULT_OK);
    test_commit(&api);
    return computer.id;
}

static struct computer load(const char *id)
{
    struct computer computer;
    test_fresh(&api);
    test_is(&api, computer_load(&api.ctx, id, &computer), RESULT_OK);
    return computer;
}

/* Steps until the rules run dry; gives how many steps did something. */
static int run_at(int64_t now_us)
{
    int steps = 0;
    bool more = true;
    api.ctx.now_us = now_us;
    while (more) {
        test_begin(&api);
        test_is(&api, management_rules_step(&api.ctx, &more), RESULT_OK);
        test_commit(&api);
        steps += more ? 1 : 0;
    }
    return steps;
}

static void a_computer_is_archived_deleted_and_purged_when_its_days_are_over(void **state)
{
    rules_open(state);
    const char *id = enrol("Desk-1", HOST_LINUX, group("Pilot"));
    const int64_t day = US_PER_DAY;
    assert_int_equal(run_at(TEST_NOW_US + 90 * day), 0);
    assert_false(load(id).archived);
    assert_int_equal(run_at(TEST_NOW_US + 91 * day), 1);
    assert_true(load(id).archived);
    assert_int_equal(run_at(TEST_NOW_US + 181 * day), 0);
    assert_false(load(id).deleted);
    assert_int_equal(run_at(TEST_NOW_US + 182 * day), 1);
    assert_true(load(id).deleted);
    assert_int_equal(run_at(TEST_NOW_US + (182 + 21) * day), 0);
    assert_int_equal(run_at(TEST_NOW_US + (182 + 22) * day), 1);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM computer", NULL), 0);
    assert_int_equal(test_number(&api, "SELECT amount FROM tally WHERE name = 'computer'", NULL),
                     0);
    test_close(&api);
}

static void pending_computers_and_those_that_call_are_left_alone(void **state)
{
    rules_open(state);
    const char *pending = enrol("Desk-1", HOST_LINUX, NULL);
    const char *calling = enrol("Desk-2", HOST_LINUX, group("Pilot"));
    const struct computer_seen seen = { calling, TEST_NOW_US + 99 * US_PER_DAY };
    test_begin(&api);
    test_is(&api, computers_seen(&api.ctx, &seen, 1), RESULT_OK);
    test_commit(&api);
    assert_int_equal(run_at(TEST_NOW_US + 100 * US_PER_DAY), 0);
    assert_false(load(pending).archived);
    assert_false(load(calling).archived);
    test_close(&api);
}

static void all_conditions_of_a_rule_must_hold(void **state)
{
    rules_open(state);
    const char *pilot = group("Pilot");
    const char *fits = enrol("LAB_7", HOST_LINUX, pilot);
    const char *other_name = enrol("LABX7", HOST_LINUX, pilot);
    const char *other_kind = enrol("LAB_8", HOST_WINDOWS, pilot);
    const char *other_group = enrol("LAB_9", HOST_LINUX, group("Others"));
    char body[256];
    (void)snprintf(body, sizeof(body),
                   "{\"name\":\"Lab\",\"action\":\"Archive\",\"days\":1,\"groupId\":\"%s\","
                   "\"hostType\":\"linux\",\"host\":\"lab_\",\"position\":1}",
                   pilot);
    test_is(&api, test_json(&api, "ManagementRules_Create", NULL, body), RESULT_OK);
    assert_int_equal(api.reply.status, 201);
    assert_int_equal(run_at(TEST_NOW_US + 2 * US_PER_DAY), 1);
    assert_true(load(fits).archived);
    assert_false(load(other_name).archived);
    assert_false(load(other_kind).archived);
    assert_false(load(other_group).archived);
    test_close(&api);
}

static void large_sets_go_in_chunks_and_only_one_server_has_the_run(void **state)
{
    rules_open(state);
    test_begin(&api);
    for (int i = 0; i < RULE_CHUNK + 5; i++) {
        char id[37];
        struct error error = { 0 };
        (void)snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", i);
        test_place_ok(
            store_run(api.place->writer, &error,
                      "INSERT INTO computer (id, host, host_key, host_type, created, deleted_on,"
                      " authorisation_state, archived, package_manager_version, machine_key,"
                      " duplicate_count, credential_type)"
                      " VALUES ($1, $1, $1, 0, $2, 0, 1, 0, 'NA', '', 0, 1)",
                      "ti", id, TEST_NOW_US),
            &error);
        test_place_ok(store_run(api.place->writer, &error,
                                "INSERT INTO computer_contact (computer_id, last_connected)"
                                " VALUES ($1, $2)",
                                "ti", id, TEST_NOW_US),
                      &error);
    }
    test_commit(&api);
    assert_int_equal(run_at(TEST_NOW_US + 91 * US_PER_DAY), 2);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM computer WHERE archived = 1", NULL),
                     RULE_CHUNK + 5);
    /* Within the hour nobody runs them again. */
    test_sql(&api, "UPDATE computer SET archived = 0");
    assert_int_equal(run_at(TEST_NOW_US + 91 * US_PER_DAY + 3599 * US_PER_SECOND), 0);
    assert_int_equal(run_at(TEST_NOW_US + 91 * US_PER_DAY + 3600 * US_PER_SECOND), 2);
    test_close(&api);
}

static void rules_are_changed_switched_off_and_deleted(void **state)
{
    rules_open(state);
    const char *id = enrol("Desk-1", HOST_LINUX, group("Pilot"));
    test_is(&api, test_json(&api, "ManagementRules_Modify", ARCHIVE_RULE, "{\"enabled\":false}"),
            RESULT_OK);
    assert_int_equal(run_at(TEST_NOW_US + 400 * US_PER_DAY), 0);
    assert_false(load(id).archived);
    test_is(&api,
            test_json(&api, "ManagementRules_Modify", ARCHIVE_RULE,
                      "{\"enabled\":true,\"days\":10,\"name\":\"Quiet ones\"}"),
            RESULT_OK);
    test_is(&api, test_json(&api, "ManagementRules_Get", ARCHIVE_RULE, NULL), RESULT_OK);
    test_says(&api, "\"name\":\"Quiet ones\"");
    test_says(&api, "\"days\":10");
    test_says(&api, "\"hostType\":null");
    test_is(&api, test_json(&api, "ManagementRules_Delete", DELETE_RULE, NULL), RESULT_OK);
    test_is(&api, test_json(&api, "ManagementRules_Delete", DELETE_RULE, NULL), RESULT_NOT_FOUND);
    /* A changed rule is due at once. */
    assert_int_equal(run_at(TEST_NOW_US + 400 * US_PER_DAY + 1), 1);
    assert_true(load(id).archived);
    test_close(&api);
}

static void the_purge_rule_keeps_all_but_its_days(void **state)
{
    rules_open(state);
    test_is(&api, test_json(&api, "ManagementRules_Modify", PURGE_RULE, "{\"days\":30}"),
            RESULT_OK);
    test_is(&api, test_json(&api, "ManagementRules_Modify", PURGE_RULE, "{\"enabled\":false}"),
            RESULT_CONFLICT);
    test_is(&api, test_json(&api, "ManagementRules_Modify", PURGE_RULE, "{\"name\":\"Mine\"}"),
            RESULT_CONFLICT);
    test_is(&api, test_json(&api, "ManagementRules_Delete", PURGE_RULE, NULL), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "ManagementRules_List", NULL, NULL), RESULT_OK);
    test_says(&api, "\"days\":30");
    test_close(&api);
}

static void bad_rules_are_refused(void **state)
{
    static const struct {
        const char *body;
        enum result result;
    } cases[] = {
        { "{}", RESULT_INVALID },
        { "{\"name\":\"A\",\"action\":\"Archive\"}", RESULT_INVALID },
        { "{\"name\":\"A\",\"action\":\"Archive\",\"days\":0}", RESULT_INVALID },
        { "{\"name\":\"A\",\"action\":\"Archive\",\"days\":3651}", RESULT_INVALID },
        { "{\"name\":\"A\",\"action\":\"Burn\",\"days\":1}", RESULT_INVALID },
        { "{\"name\":\"A\",\"action\":\"Purge\",\"days\":1}", RESULT_INVALID },
        { "{\"name\":\"A\",\"action\":\"Archive\",\"days\":1,\"hostType\":\"Toaster\"}",
          RESULT_INVALID },
        { "{\"name\":\"A\",\"action\":\"Archive\",\"days\":1,"
          "\"groupId\":\"99999999-9999-4999-8999-999999999999\"}",
          RESULT_INVALID },
        { "{\"name\":\"ARCHIVE\",\"action\":\"Archive\",\"days\":1}", RESULT_CONFLICT },
    };
    rules_open(state);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        test_is(&api, test_json(&api, "ManagementRules_Create", NULL, cases[i].body),
                cases[i].result);
    }
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM management_rule", NULL), 3);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_computer_is_archived_deleted_and_purged_when_its_days_are_over),
        TEST_ON_SERVERS(pending_computers_and_those_that_call_are_left_alone),
        TEST_ON_SERVERS(all_conditions_of_a_rule_must_hold),
        TEST_ON_SERVERS(large_sets_go_in_chunks_and_only_one_server_has_the_run),
        TEST_ON_SERVERS(rules_are_changed_switched_off_and_deleted),
        TEST_ON_SERVERS(the_purge_rule_keeps_all_but_its_days),
        TEST_ON_SERVERS(bad_rules_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
