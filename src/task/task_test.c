/* Proves that small work is done at once and large work in chunks by the same action, that faults are kept with their
   items, that a task never goes back a state, and that old ones are dropped. */
#include "access/principal.h"
#include "base/arena.h"
#include "store/migrate.h"
#include "store/test_place.h"
#include "task/task.h"

enum { ARENA_BYTES = 64 * 1024 * 1024, AT_ONCE_MAX = 10 };
#define NOW_US INT64_C(1700000000123456)

static struct arena *arena;
static struct error error;
static struct rules rules;
static struct principal caller;
static struct principal worker;
static struct ctx ctx;
static struct store *store;

static void open_tasks(void **state)
{
    struct test_place *place = test_place(state);
    arena = arena_new(ARENA_BYTES);
    assert_non_null(arena);
    rules = (struct rules){ .bulk_at_once_max = AT_ONCE_MAX };
    caller = (struct principal){ .kind = PRINCIPAL_API_ACCOUNT, .name = "connector" };
    worker = (struct principal){ .kind = PRINCIPAL_SYSTEM, .name = "server" };
    error = (struct error){ .field = NULL };
    ctx = (struct ctx){ .arena = arena,
                        .session = place->writer,
                        .now_us = NOW_US,
                        .rules = &rules,
                        .principal = &caller,
                        .error = &error };
    store = place->store;
    test_place_ok(store_migrate(store, &error), &error);
    test_place_ok(session_begin(ctx.session, &error), &error);
}

static void close_tasks(void)
{
    session_rollback(ctx.session);
    arena_free(arena);
}

/* --- an action that notes what it was asked ---------------------------------------------------------- */

static struct {
    size_t calls, items, last_count;
    const char *argument, *first_id;
    char asker[sizeof(caller.name)];
    enum result result;
} seen;

/* Ids that end in 7 can't be done. */
static enum result note(struct ctx *at, const char *argument, const char *const *ids, size_t count,
                        struct task_faults *faults)
{
    seen.calls++;
    seen.items += count;
    seen.last_count = count;
    seen.argument = argument;
    seen.first_id = seen.first_id == NULL ? ids[0] : seen.first_id;
    (void)snprintf(seen.asker, sizeof(seen.asker), "%s",
                   at->principal == NULL ? "nobody" : at->principal->name);
    for (size_t i = 0; i < count; i++) {
        if (ids[i][strlen(ids[i]) - 1] == '7') {
            task_fault_add(at, faults, ids[i], "no luck with %s", ids[i]);
        }
    }
    return seen.result;
}

static const struct task_action note_action = { "Note", note };
static const struct task_action other_action = { "Other", note };
static const struct task_action *const actions[] = { &other_action, &note_action };

static const char **ids_make(size_t count)
{
    const char **ids = arena_alloc(arena, (count + 1) * sizeof(*ids));
    for (size_t i = 0; i < count; i++) {
        ids[i] = arena_printf(arena, "id-%06zu", i);
    }
    memset(&seen, 0, sizeof(seen));
    return ids;
}

static const char *start(struct task_order *order, bool wanted_later)
{
    const char *id = NULL;
    bool later = !wanted_later;
    test_place_ok(task_start(&ctx, order, &id, &later), &error);
    assert_int_equal(later, wanted_later);
    assert_int_equal(strlen(id), 36);
    return id;
}

static bool step(void)
{
    bool worked = false;
    test_place_ok(task_step(&ctx, actions, COUNT_OF(actions), &worked), &error);
    return worked;
}

static int64_t number(const char *column, const char *id)
{
    char sql[160];
    int64_t value = 0;
    (void)snprintf(sql, sizeof(sql), "SELECT %s FROM task WHERE id = $1", column);
    test_place_ok(store_int(ctx.session, &value, &error, sql, "t", id), &error);
    return value;
}

static void text_is(const char *column, const char *id, const char *wanted)
{
    char sql[160];
    struct statement *row = NULL;
    (void)snprintf(sql, sizeof(sql), "SELECT %s FROM task WHERE id = $1", column);
    test_place_ok(store_row(ctx.session, &row, &error, sql, "t", id), &error);
    if (wanted == NULL) {
        assert_true(statement_is_null(row, 0));
    } else {
        assert_true(slice_is(statement_text(row, 0), wanted));
    }
    statement_reset(row);
}

static int64_t items(const char *id, int item_state)
{
    int64_t count = 0;
    test_place_ok(store_int(ctx.session, &count, &error,
                            "SELECT COUNT(*) FROM task_item WHERE task_id = $1 AND state = $2",
                            "ti", id, (int64_t)item_state),
                  &error);
    return count;
}

/* --- at once ---------------------------------------------------------------------------------------------- */

static void small_work_is_done_before_the_answer(void **state)
{
    open_tasks(state);
    struct task_order order = { .action = &note_action,
                                .argument = "why",
                                .resource_id = "what",
                                .ids = ids_make(7),
                                .count = 7 };
    const char *id = start(&order, false);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.items, 7);
    assert_string_equal(seen.argument, "why");
    assert_int_equal(number("status", id), TASK_COMPLETED);
    assert_int_equal(number("total", id), 7);
    assert_int_equal(number("succeeded", id), 7);
    assert_int_equal(number("started", id), NOW_US);
    assert_int_equal(number("completed", id), NOW_US);
    text_is("name", id, "Note");
    text_is("created_by", id, "connector");
    text_is("resource_id", id, "what");
    text_is("error_info", id, NULL);
    assert_false(step());
    close_tasks();
}

static void nothing_to_do_is_a_completed_task(void **state)
{
    open_tasks(state);
    struct task_order order = { .action = &note_action };
    (void)ids_make(0);
    const char *id = start(&order, false);
    assert_int_equal(seen.calls, 0);
    assert_int_equal(number("status", id), TASK_COMPLETED);
    assert_int_equal(number("total", id), 0);
    close_tasks();
}

static void what_failed_is_listed_with_the_unknown_ones_behind(void **state)
{
    open_tasks(state);
    struct task_faults unknown = { .first = NULL };
    struct task_order order = {
        .action = &note_action, .ids = ids_make(8), .count = 8, .unknown = &unknown
    };
    task_fault_add(&ctx, &unknown, "x", "who is x");
    task_fault_add(&ctx, &unknown, NULL, "line 2 is empty");
    const char *id = start(&order, false);
    assert_int_equal(number("status", id), TASK_COMPLETED_WITH_ERRORS);
    assert_int_equal(number("total", id), 10);
    assert_int_equal(number("succeeded", id), 7);
    assert_int_equal(number("failed", id), 3);
    text_is("error_info", id, "no luck with id-000007");
    text_is("(SELECT message FROM task_item WHERE task_id = task.id AND number = 1)", id,
            "who is x");
    text_is("(SELECT message FROM task_item WHERE task_id = task.id AND number = 2)", id,
            "line 2 is empty");
    close_tasks();
}

static void a_task_in_which_nothing_worked_has_failed(void **state)
{
    open_tasks(state);
    static const char *const ids[] = { "a7", "b7" };
    struct task_order order = { .action = &note_action, .ids = ids, .count = 2 };
    (void)ids_make(0);
    assert_int_equal(number("status", start(&order, false)), TASK_FAILED);
    close_tasks();
}

static void an_action_that_fails_fails_the_call(void **state)
{
    open_tasks(state);
    struct task_order order = { .action = &note_action, .ids = ids_make(1), .count = 1 };
    const char *id = NULL;
    bool later = false;
    seen.result = RESULT_BUSY;
    assert_int_equal(task_start(&ctx, &order, &id, &later), RESULT_BUSY);
    close_tasks();
}

static void a_task_may_bear_the_id_of_what_it_made(void **state)
{
    open_tasks(state);
    static const char id[] = "00000000-0000-4000-8000-000000000001";
    static const char next[] = "00000000-0000-4000-8000-000000000002";
    struct task_order order = {
        .action = &note_action, .ids = ids_make(1), .count = 1, .id = next
    };
    test_place_ok(task_completed(&ctx, id, "CreateGroup", id), &error);
    assert_int_equal(number("status", id), TASK_COMPLETED);
    assert_int_equal(number("succeeded", id), 1);
    assert_int_equal(number("completed", id), NOW_US);
    assert_string_equal(start(&order, false), next);
    close_tasks();
}

/* --- in chunks ---------------------------------------------------------------------------------------------- */

static void one_more_than_the_bound_waits_for_the_worker(void **state)
{
    open_tasks(state);
    struct task_order order = { .action = &note_action, .ids = ids_make(AT_ONCE_MAX) };
    order.count = AT_ONCE_MAX;
    (void)start(&order, false);
    assert_null(ctx.wakes);
    order.ids = ids_make(AT_ONCE_MAX + 1);
    order.count = AT_ONCE_MAX + 1;
    const char *id = start(&order, true);
    assert_int_equal(seen.calls, 0);
    assert_non_null(ctx.wakes);
    assert_int_equal(ctx.wakes->kind, WAKE_TASKS);
    assert_int_equal(number("status", id), TASK_PENDING);
    assert_int_equal(items(id, 0), AT_ONCE_MAX + 1);
    text_is("completed", id, NULL);
    close_tasks();
}

static void chunks_keep_their_order_and_the_counts_add_up(void **state)
{
    enum { COUNT = 2 * TASK_CHUNK_ITEMS + 60 };
    open_tasks(state);
    struct task_faults unknown = { .first = NULL };
    struct task_order order = { .action = &note_action,
                                .argument = "why",
                                .ids = ids_make(COUNT),
                                .count = COUNT,
                                .unknown = &unknown };
    task_fault_add(&ctx, &unknown, "x", "who is x");
    const char *id = start(&order, true);
    text_is("error_info", id, "who is x");
    ctx.principal = &worker;
    ctx.now_us++;
    assert_true(step());
    assert_int_equal(seen.last_count, TASK_CHUNK_ITEMS);
    assert_string_equal(seen.first_id, "id-000000");
    assert_string_equal(seen.argument, "why");
    assert_string_equal(seen.asker, "connector");
    assert_ptr_equal(ctx.principal, &worker);
    assert_int_equal(number("status", id), TASK_IN_PROGRESS);
    assert_int_equal(number("succeeded", id), TASK_CHUNK_ITEMS - TASK_CHUNK_ITEMS / 10);
    assert_int_equal(number("failed", id), TASK_CHUNK_ITEMS / 10 + 1);
    assert_int_equal(number("started", id), NOW_US + 1);
    ctx.now_us++;
    assert_true(step());
    assert_true(step());
    assert_int_equal(seen.last_count, 60);
    assert_int_equal(number("status", id), TASK_IN_PROGRESS);
    assert_true(step());
    assert_false(step());
    assert_int_equal(seen.calls, 3);
    assert_int_equal(seen.items, COUNT);
    assert_int_equal(number("status", id), TASK_COMPLETED_WITH_ERRORS);
    assert_int_equal(number("failed", id), COUNT / 10 + 1);
    assert_int_equal(number("succeeded", id) + number("failed", id), number("total", id));
    assert_int_equal(items(id, 0), 0);
    assert_int_equal(items(id, 2), COUNT / 10 + 1);
    assert_int_equal(number("started", id), NOW_US + 1);
    assert_int_equal(number("completed", id), NOW_US + 2);
    close_tasks();
}

static void the_oldest_task_goes_first(void **state)
{
    open_tasks(state);
    struct task_order order = { .action = &note_action, .ids = ids_make(11), .count = 11 };
    ctx.now_us = NOW_US + 5;
    const char *second = start(&order, true);
    ctx.now_us = NOW_US;
    const char *first = start(&order, true);
    assert_true(step());
    assert_true(step());
    assert_int_equal(number("status", first), TASK_COMPLETED_WITH_ERRORS);
    assert_int_equal(number("status", second), TASK_PENDING);
    close_tasks();
}

static void a_chunk_that_cannot_be_done_fails_and_the_next_goes_on(void **state)
{
    enum { COUNT = TASK_CHUNK_ITEMS + 5 };
    open_tasks(state);
    struct task_order order = { .action = &note_action, .ids = ids_make(COUNT), .count = COUNT };
    bool worked = false;
    const char *id = start(&order, true);
    seen.result = RESULT_BROKEN;
    assert_int_equal(task_step(&ctx, actions, COUNT_OF(actions), &worked), RESULT_BROKEN);
    test_place_ok(task_step_failed(&ctx, "the disk is on fire"), &error);
    seen.result = RESULT_OK;
    assert_int_equal(number("failed", id), TASK_CHUNK_ITEMS);
    text_is("error_info", id, "the disk is on fire");
    assert_true(step());
    assert_true(step());
    assert_int_equal(number("status", id), TASK_COMPLETED_WITH_ERRORS);
    assert_int_equal(number("succeeded", id), 5);
    test_place_ok(task_step_failed(&ctx, "nothing is open"), &error);
    close_tasks();
}

static void an_action_of_another_version_is_refused_not_lost(void **state)
{
    open_tasks(state);
    struct task_order order = { .action = &note_action, .ids = ids_make(11), .count = 11 };
    bool worked = false;
    const char *id = start(&order, true);
    assert_int_equal(task_step(&ctx, actions, 1, &worked), RESULT_INVALID);
    assert_int_equal(number("status", id), TASK_PENDING);
    test_place_ok(task_step_failed(&ctx, "not known here"), &error);
    assert_true(step());
    assert_int_equal(number("status", id), TASK_FAILED);
    close_tasks();
}

static void the_worker_needs_no_principal(void **state)
{
    open_tasks(state);
    struct task_order order = { .action = &note_action, .ids = ids_make(11), .count = 11 };
    ctx.principal = NULL;
    const char *id = start(&order, true);
    text_is("created_by", id, NULL);
    assert_true(step());
    assert_string_equal(seen.asker, "");
    close_tasks();
}

/* --- the end ---------------------------------------------------------------------------------------------------- */

static void tasks_that_ended_30_days_ago_go_with_their_items(void **state)
{
    open_tasks(state);
    struct task_order order = { .action = &note_action, .ids = ids_make(8), .count = 8 };
    int64_t left = 0;
    (void)start(&order, false);
    (void)start(&order, false);
    order.ids = ids_make(11);
    order.count = 11;
    (void)start(&order, true);
    ctx.now_us = NOW_US + TASK_KEPT_DAYS * US_PER_DAY;
    test_place_ok(task_sweep(&ctx, 10), &error);
    test_place_ok(store_int(ctx.session, &left, &error, "SELECT COUNT(*) FROM task", ""), &error);
    assert_int_equal(left, 3);
    ctx.now_us++;
    test_place_ok(task_sweep(&ctx, 1), &error);
    test_place_ok(task_sweep(&ctx, 1), &error);
    test_place_ok(task_sweep(&ctx, 1), &error);
    test_place_ok(store_int(ctx.session, &left, &error, "SELECT COUNT(*) FROM task", ""), &error);
    assert_int_equal(left, 1);
    test_place_ok(
        store_int(ctx.session, &left, &error, "SELECT COUNT(*) FROM task_item WHERE state = 2", ""),
        &error);
    assert_int_equal(left, 0);
    close_tasks();
}

static void a_long_message_is_cut(void **state)
{
    open_tasks(state);
    char text[400];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct task_faults faults = { .first = NULL };
    task_fault_add(&ctx, &faults, "a", "%s", text);
    task_fault_add(&ctx, &faults, "b", "short");
    assert_int_equal(faults.count, 2);
    assert_int_equal(strlen(faults.first->message), 255);
    assert_string_equal(faults.first->next->id, "b");
    assert_ptr_equal(faults.last, faults.first->next);
    close_tasks();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(small_work_is_done_before_the_answer),
        TEST_ON_SERVERS(nothing_to_do_is_a_completed_task),
        TEST_ON_SERVERS(what_failed_is_listed_with_the_unknown_ones_behind),
        TEST_ON_SERVERS(a_task_in_which_nothing_worked_has_failed),
        TEST_ON_SERVERS(an_action_that_fails_fails_the_call),
        TEST_ON_SERVERS(a_task_may_bear_the_id_of_what_it_made),
        TEST_ON_SERVERS(one_more_than_the_bound_waits_for_the_worker),
        TEST_ON_SERVERS(chunks_keep_their_order_and_the_counts_add_up),
        TEST_ON_SERVERS(the_oldest_task_goes_first),
        TEST_ON_SERVERS(a_chunk_that_cannot_be_done_fails_and_the_next_goes_on),
        TEST_ON_SERVERS(an_action_of_another_version_is_refused_not_lost),
        TEST_ON_SERVERS(the_worker_needs_no_principal),
        TEST_ON_SERVERS(tasks_that_ended_30_days_ago_go_with_their_items),
        TEST_ON_SERVERS(a_long_message_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
