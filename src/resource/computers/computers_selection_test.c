/* Proves which computers a bulk body means, that large sets become tasks whose items are all done, and that 100,000 ids
   in a body work. */
#include "resource/computers/computers_parts.h"
#include "resource/computers/test_fleet.h"

static int64_t archived_count(void)
{
    return test_number(&api, "SELECT COUNT(*) FROM computer WHERE archived = 1", NULL);
}

static int64_t in_state(enum computer_authorisation wanted)
{
    char sql[96];
    (void)snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM computer WHERE authorisation_state = %d",
                   (int)wanted);
    return test_number(&api, sql, NULL);
}

static int64_t deleted_count(void)
{
    return test_number(&api, "SELECT COUNT(*) FROM computer WHERE deleted_on > 0", NULL);
}

static void a_body_must_name_computers_or_say_all(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "{'computerIds':[]}",
        "{'computerIds':null}",
        "{'computerIds':[],'allComputers':false,'filter':{'host':'desk'}}",
        "{'excludedComputerIds':['" UNKNOWN_ID "']}",
        "{'computerIds':['x']}",
        "{'computerIds':'" UNKNOWN_ID "'}",
        "{'allComputers':true,'filter':{'hostType':'Toaster'}}",
    };
    fleet_open(state);
    fleet_fill(0, 2);
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        test_is(&api, test_json(&api, "Computers_Delete", NULL, text_of(bodies[i], NULL)),
                RESULT_INVALID);
    }
    test_is(&api, test_json(&api, "Computers_Delete", NULL, NULL), RESULT_INVALID);
    assert_int_equal(deleted_count(), 0);
    test_close(&api);
}

static void one_unknown_id_is_not_found_and_several_are_listed_in_the_task(void **state)
{
    fleet_open(state);
    fleet_fill(0, 2);
    test_is(&api,
            test_json(&api, "Computers_Archive", NULL,
                      text_of("{'computerIds':['" UNKNOWN_ID "']}", NULL)),
            RESULT_NOT_FOUND);
    test_is(&api,
            test_json(&api, "Computers_Archive", NULL,
                      text_of("{'computerIds':['" UNKNOWN_ID "','" UNKNOWN_ID "']}", NULL)),
            RESULT_NOT_FOUND);
    test_is(&api,
            test_json(&api, "Computers_Archive", NULL,
                      text_of("{'computerIds':['" UNKNOWN_ID "','@','{@}']}", fleet_id(1))),
            RESULT_OK);
    assert_int_equal(archived_count(), 1);
    const char *task = test_reply_header(&api, "X-Task-Id");
    assert_int_equal(fleet_number("total", "task", task), 2);
    assert_int_equal(fleet_number("succeeded", "task", task), 1);
    assert_int_equal(fleet_number("failed", "task", task), 1);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM task_item WHERE task_id = $1 AND state = 2"
                                 " AND item_id = '" UNKNOWN_ID "' AND message IS NOT NULL",
                                 task),
                     1);
    test_close(&api);
}

static void all_means_those_of_the_filter_less_the_excluded(void **state)
{
    fleet_open(state);
    fleet_fill(0, 4);
    (void)fleet_enrol("Rack-1", NULL);
    test_is(&api,
            test_json(&api, "Computers_Deactivate", NULL,
                      text_of("{'allComputers':true,'filter':{'host':'DESK-'},"
                              "'computerIds':['" UNKNOWN_ID "'],'excludedComputerIds':['@']}",
                              fleet_id(2))),
            RESULT_OK);
    assert_int_equal(deleted_count(), 3);
    assert_false(fleet_load(fleet_id(2)).deleted);
    test_is(&api,
            test_json(&api, "Computers_Deactivate", NULL,
                      text_of("{'computerIds':['@'],'excludedComputerIds':['@']}", fleet_id(2))),
            RESULT_OK);
    assert_int_equal(deleted_count(), 3);
    test_is(&api,
            test_json(&api, "Computers_Deactivate", NULL,
                      text_of("{'allComputers':true,'filter':null}", NULL)),
            RESULT_OK);
    assert_int_equal(deleted_count(), 5);
    test_is(&api,
            test_json(&api, "Computers_Deactivate", NULL, text_of("{'allComputers':true}", NULL)),
            RESULT_OK);
    test_close(&api);
}

static void a_filter_without_all_is_ignored(void **state)
{
    fleet_open(state);
    fleet_fill(0, 2);
    test_is(&api,
            test_json(&api, "Computers_Delete", NULL,
                      text_of("{'computerIds':['@'],'filter':{'host':'nobody'}}", fleet_id(0))),
            RESULT_OK);
    assert_int_equal(deleted_count(), 1);
    test_close(&api);
}

static void all_for_authorise_and_reject_are_those_that_wait(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    for (int i = 0; i < 20; i++) {
        (void)fleet_enrol(arena_printf(api.arena, "Rack-%d", i), group);
    }
    fleet_fill(0, 6);
    test_is(&api,
            test_json(&api, "Computers_Authorise", NULL,
                      text_of("{'allComputers':true,'filter':{'host':'rack'}}", NULL)),
            RESULT_OK);
    test_is(&api,
            test_json(&api, "Computers_Authorise", NULL,
                      text_of("{'allComputers':true,'excludedComputerIds':['@']}", fleet_id(3))),
            RESULT_OK);
    assert_int_equal(api.reply.status, 200);
    assert_int_equal(in_state(COMPUTER_AUTHORISED), 25);
    test_is(&api, test_json(&api, "Computers_Reject", NULL, text_of("{'allComputers':true}", NULL)),
            RESULT_OK);
    assert_int_equal(api.reply.status, 200);
    assert_int_equal(in_state(COMPUTER_REJECTED), 1);
    assert_int_equal(in_state(COMPUTER_AUTHORISED), 25);
    test_close(&api);
}

static void what_is_more_than_the_bound_becomes_a_task(void **state)
{
    fleet_open(state);
    fleet_fill(0, TEST_AT_ONCE_MAX + 1);
    test_is(&api, test_json(&api, "Computers_Archive", NULL, fleet_ids(0, TEST_AT_ONCE_MAX)),
            RESULT_OK);
    assert_int_equal(api.reply.status, 200);
    assert_int_equal(archived_count(), TEST_AT_ONCE_MAX);
    test_is(&api, test_json(&api, "Computers_Unarchive", NULL, fleet_ids(0, TEST_AT_ONCE_MAX + 1)),
            RESULT_OK);
    assert_int_equal(api.reply.status, 201);
    assert_true(fleet_woke(WAKE_TASKS, NULL));
    const char *task = test_reply_id(&api);
    assert_string_equal(test_reply_header(&api, "X-Task-Id"), task);
    assert_int_equal(fleet_number("status", "task", task), TASK_PENDING);
    assert_int_equal(archived_count(), TEST_AT_ONCE_MAX);
    fleet_work();
    assert_int_equal(archived_count(), 0);
    assert_int_equal(fleet_number("status", "task", task), TASK_COMPLETED);
    test_close(&api);
}

static void five_thousand_are_done_in_chunks_and_the_lost_ones_are_named(void **state)
{
    enum { COUNT = 5000 };
    fleet_open(state);
    const char *group = fleet_group("A", false);
    (void)fleet_policy("P", group);
    fleet_fill(0, COUNT);
    const char *body = fleet_ids(0, COUNT);
    body = arena_printf(api.arena, "{\"groupId\":\"%s\",%s", group, body + 1);
    test_is(&api, test_json(&api, "Computers_Authorise", NULL, body), RESULT_OK);
    assert_int_equal(api.reply.status, 201);
    const char *task = test_reply_id(&api);
    test_is(&api, test_json(&api, "Computers_DeleteOne", fleet_id(COUNT - 1), NULL), RESULT_OK);
    bool worked = false;
    test_begin(&api);
    test_is(&api, task_step(&api.ctx, computers_task_actions, computers_task_action_count, &worked),
            RESULT_OK);
    test_commit(&api);
    assert_int_equal(fleet_number("status", "task", task), TASK_IN_PROGRESS);
    assert_int_equal(in_state(COMPUTER_AUTHORISED), TASK_CHUNK_ITEMS);
    fleet_work();
    assert_int_equal(fleet_number("status", "task", task), TASK_COMPLETED_WITH_ERRORS);
    assert_int_equal(fleet_number("succeeded", "task", task), COUNT - 1);
    assert_int_equal(fleet_number("computer_count", "computer_group", group), COUNT - 1);
    assert_int_equal(fleet_number("active_count", "computer_group", group), COUNT - 1);
    assert_int_equal(fleet_open_commands(fleet_id(7), COMMAND_APPLY_POLICY), 1);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM command"
                                 " WHERE requested_by = 'connector'",
                                 NULL),
                     COUNT - 1);
    test_close(&api);
}

static void a_group_that_goes_before_the_worker_comes_fails_the_items(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    fleet_fill(0, 11);
    const char *body = fleet_ids(0, 11);
    body = arena_printf(api.arena, "{\"groupId\":\"%s\",%s", group, body + 1);
    test_is(&api, test_json(&api, "Computers_Authorise", NULL, body), RESULT_OK);
    const char *task = test_reply_id(&api);
    test_begin(&api);
    test_is(&api, group_remove(&api.ctx, group), RESULT_OK);
    test_commit(&api);
    fleet_work();
    assert_int_equal(fleet_number("status", "task", task), TASK_FAILED);
    assert_int_equal(in_state(COMPUTER_PENDING), 11);
    test_close(&api);
}

static void a_hundred_thousand_ids_fit_a_body(void **state)
{
    enum { COUNT = 100000, LIVING = 20 };
    fleet_open(state);
    fleet_fill(0, LIVING);
    test_is(&api, test_json(&api, "Computers_Delete", NULL, fleet_ids(0, COUNT)), RESULT_OK);
    assert_int_equal(api.reply.status, 201);
    const char *task = test_reply_id(&api);
    fleet_work();
    assert_int_equal(deleted_count(), LIVING);
    assert_int_equal(fleet_number("total", "task", task), COUNT);
    assert_int_equal(fleet_number("failed", "task", task), COUNT - LIVING);
    test_close(&api);
}

/* --- moving ----------------------------------------------------------------------------------- */

static void move(const char *const *ids, size_t count, const char *group,
                 struct task_faults *faults)
{
    test_begin(&api);
    test_is(&api, computers_set_group(&api.ctx, ids, count, group, faults), RESULT_OK);
    test_commit(&api);
}

static void a_move_keeps_the_counts_of_both_groups_and_follows_the_policy(void **state)
{
    fleet_open(state);
    struct task_faults faults = { 0 };
    const char *plain = fleet_group("Plain", false);
    const char *ruled = fleet_group("Ruled", false);
    (void)fleet_policy("P", ruled);
    fleet_fill(0, 1);
    const char *ids[] = { fleet_enrol("Rack-1", plain), fleet_enrol("Rack-2", plain), fleet_id(0),
                          UNKNOWN_ID };
    move(ids, COUNT_OF(ids), ruled, &faults);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.first->id, UNKNOWN_ID);
    assert_true(fleet_woke(WAKE_COMPUTER, ids[0]));
    assert_int_equal(fleet_number("computer_count", "computer_group", plain), 0);
    assert_int_equal(fleet_number("active_count", "computer_group", plain), 0);
    assert_int_equal(fleet_number("computer_count", "computer_group", ruled), 3);
    assert_int_equal(fleet_number("active_count", "computer_group", ruled), 2);
    assert_int_equal(fleet_open_commands(ids[0], COMMAND_APPLY_POLICY), 1);
    assert_int_equal(fleet_open_commands(ids[2], COMMAND_APPLY_POLICY), 0);
    move(ids, 3, ruled, &faults);
    assert_int_equal(fleet_number("computer_count", "computer_group", ruled), 3);
    move(ids, 3, NULL, &faults);
    assert_int_equal(fleet_number("computer_count", "computer_group", ruled), 0);
    assert_int_equal(fleet_open_commands(ids[0], COMMAND_APPLY_POLICY), 0);
    assert_int_equal(fleet_open_commands(ids[0], COMMAND_CLEAR_POLICY), 1);
    test_begin(&api);
    test_is(&api, computers_set_group(&api.ctx, ids, 1, UNKNOWN_ID, &faults), RESULT_NOT_FOUND);
    session_rollback(api.place->writer);
    test_close(&api);
}

/* --- going together ---------------------------------------------------------------------------- */

static void is_counted(const char *group, int64_t computers, int64_t active)
{
    assert_int_equal(fleet_number("computer_count", "computer_group", group), computers);
    assert_int_equal(fleet_number("active_count", "computer_group", group), active);
}

static void twin(const char *id, const char *machine_key, int64_t duplicates)
{
    struct error error = { 0 };
    test_begin(&api);
    test_place_ok(store_run(api.place->writer, &error,
                            "UPDATE computer SET machine_key = $2, duplicate_count = $3"
                            " WHERE id = $1",
                            "tti", id, machine_key, duplicates),
                  &error);
    test_commit(&api);
}

/* Two groups, a waiting one in a group, and three that are one machine of which one stays. */
static void many_that_go_leave_groups_twins_and_commands_right(void **state)
{
    static const char *const operations[] = { "Computers_Delete", "Computers_Deactivate" };
    fleet_open(state);
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        struct task_faults faults = { 0 };
        const int first = (int)i * 10;
        const char *plain = fleet_group(arena_printf(api.arena, "Plain %zu", i), false);
        const char *ruled = fleet_group(arena_printf(api.arena, "Ruled %zu", i), false);
        (void)fleet_policy(arena_printf(api.arena, "P%zu", i), ruled);
        fleet_fill(first, 1);
        const char *stays = fleet_enrol(arena_printf(api.arena, "stays-%zu", i), ruled);
        const char *ids[] = { fleet_enrol(arena_printf(api.arena, "a-%zu", i), plain),
                              fleet_enrol(arena_printf(api.arena, "b-%zu", i), ruled),
                              fleet_id(first) };
        move(&ids[2], 1, ruled, &faults);
        twin(stays, "key", 2);
        twin(ids[0], "key", 2);
        twin(ids[1], "key", 2);
        test_is(&api, test_json(&api, "Computers_RetrieveLogs", ids[1], NULL), RESULT_OK);
        is_counted(plain, 1, 1);
        is_counted(ruled, 3, 2);
        const char *body = arena_printf(api.arena, "{\"computerIds\":[\"%s\",\"%s\",\"%s\"]}",
                                        ids[0], ids[1], ids[2]);
        test_is(&api, test_json(&api, operations[i], NULL, body), RESULT_OK);
        assert_true(fleet_woke(WAKE_COMPUTER, ids[0]) && fleet_woke(WAKE_COMPUTER, ids[2]));
        assert_false(fleet_woke(WAKE_COMPUTER, stays));
        is_counted(plain, 0, 0);
        is_counted(ruled, 1, 1);
        assert_int_equal(fleet_number("duplicate_count", "computer", stays), 0);
        assert_int_equal(fleet_open_commands(ids[1], COMMAND_APPLY_POLICY), 0);
        assert_int_equal(fleet_open_commands(ids[1], COMMAND_RETRIEVE_LOGS), 0);
        assert_int_equal(fleet_open_commands(stays, COMMAND_APPLY_POLICY), 1);
        assert_int_equal(test_number(&api,
                                     "SELECT COUNT(*) FROM computer_log WHERE computer_id = $1"
                                     " AND status = 2",
                                     ids[1]),
                         1);
        assert_int_equal(fleet_number("archived", "computer", ids[0]), (int64_t)i);
        twin(stays, "", 0);
    }
    assert_int_equal(deleted_count(), 6);
    assert_int_equal(test_number(&api, "SELECT amount FROM tally WHERE name = 'computer'", NULL),
                     2);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_body_must_name_computers_or_say_all),
        TEST_ON_SERVERS(one_unknown_id_is_not_found_and_several_are_listed_in_the_task),
        TEST_ON_SERVERS(all_means_those_of_the_filter_less_the_excluded),
        TEST_ON_SERVERS(a_filter_without_all_is_ignored),
        TEST_ON_SERVERS(all_for_authorise_and_reject_are_those_that_wait),
        TEST_ON_SERVERS(what_is_more_than_the_bound_becomes_a_task),
        TEST_ON_SERVERS(five_thousand_are_done_in_chunks_and_the_lost_ones_are_named),
        TEST_ON_SERVERS(a_group_that_goes_before_the_worker_comes_fails_the_items),
        TEST_ON_FILE(a_hundred_thousand_ids_fit_a_body),
        TEST_ON_SERVERS(a_move_keeps_the_counts_of_both_groups_and_follows_the_policy),
        TEST_ON_SERVERS(many_that_go_leave_groups_twins_and_commands_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
