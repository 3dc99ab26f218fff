/* Proves what GET Tasks/{id} shows of a task that waits, runs, ended well and ended badly, and that others are 404. */
#include "access/principal.h"
#include "base/arena.h"
#include "model/operation.h"
#include "resource/tasks/tasks.h"
#include "store/migrate.h"
#include "store/test_place.h"
#include "task/task.h"

enum { ARENA_BYTES = 16 * 1024 * 1024 };
#define NOW_US     INT64_C(1700000000123456)
#define UNKNOWN_ID "99999999-9999-4999-8999-999999999999"

static struct arena *arena;
static struct error error;
static struct rules rules;
static struct faults faults;
static struct principal caller;
static struct ctx ctx;
static struct reply reply;

static void open_tasks(void **state)
{
    struct test_place *place = test_place(state);
    arena = arena_new(ARENA_BYTES);
    assert_non_null(arena);
    error = (struct error){ .field = NULL };
    rules = (struct rules){ .bulk_at_once_max = 2 };
    caller = (struct principal){ .kind = PRINCIPAL_API_ACCOUNT, .name = "connector" };
    faults_init(&faults, arena);
    ctx = (struct ctx){ .arena = arena,
                        .session = place->writer,
                        .now_us = NOW_US,
                        .rules = &rules,
                        .principal = &caller,
                        .error = &error,
                        .faults = &faults,
                        .version = API_V3 };
    reply_init(&reply);
    test_place_ok(store_migrate(place->store, &error), &error);
}

static void close_tasks(void)
{
    reply_done(&reply);
    arena_free(arena);
}

static enum result get(const char *id)
{
    const struct call call = {
        .route = &tasks_routes[0], .ids = { slice_of(id) }, .id_count = 1, .raw_file = -1
    };
    reply_done(&reply);
    reply_init(&reply);
    return tasks_routes[0].run(&ctx, &call, &reply);
}

static void shows(const char *id, const char *text)
{
    test_place_ok(get(id), &error);
    if (strstr(reply.body.bytes, text) == NULL) {
        print_error("no %s in %s\n", text, reply.body.bytes);
        _fail(__FILE__, __LINE__);
    }
}

static enum result refuse_second(struct ctx *at, const char *argument, const char *const *ids,
                                 size_t count, struct task_faults *found)
{
    (void)argument;
    if (count > 1) {
        task_fault_add(at, found, ids[1], "it is \"taken\"");
    }
    return RESULT_OK;
}

static const struct task_action action = { "Refuse", refuse_second };
static const struct task_action *const actions[] = { &action };
static const char *const ids[] = { "00000000-0000-4000-8000-000000000001",
                                   "00000000-0000-4000-8000-000000000002",
                                   "00000000-0000-4000-8000-000000000003" };

static const char *start(size_t count)
{
    const struct task_order order = {
        .action = &action, .resource_id = ids[0], .ids = ids, .count = count
    };
    const char *id = NULL;
    bool later = false;
    test_place_ok(session_begin(ctx.session, &error), &error);
    test_place_ok(task_start(&ctx, &order, &id, &later), &error);
    test_place_ok(session_commit(ctx.session, &error), &error);
    return id;
}

static void step(void)
{
    bool worked = false;
    test_place_ok(session_begin(ctx.session, &error), &error);
    test_place_ok(task_step(&ctx, actions, COUNT_OF(actions), &worked), &error);
    test_place_ok(session_commit(ctx.session, &error), &error);
}

static void a_finished_task_shows_its_result_and_what_failed(void **state)
{
    open_tasks(state);
    const char *well = start(1);
    shows(well,
          "\"status\":\"Completed\",\"progress\":100,\"total\":1,\"succeeded\":1,\"failed\":0");
    shows(well, "\"created\":\"2023-11-14T22:13:20.123456\"");
    shows(well, "\"createdBy\":\"connector\"");
    shows(well, "\"resourceId\":\"00000000-0000-4000-8000-000000000001\",\"errorInfo\":null,"
                "\"errors\":[]}");
    const char *badly = start(2);
    shows(badly, "\"status\":\"CompletedWithErrors\",\"progress\":100,\"total\":2");
    shows(badly, "\"errorInfo\":\"it is \\\"taken\\\"\",\"errors\":[{\"id\":"
                 "\"00000000-0000-4000-8000-000000000002\",\"message\":\"it is \\\"taken\\\"\"}]");
    close_tasks();
}

static void a_task_shows_how_far_it_is(void **state)
{
    open_tasks(state);
    const char *id = start(3);
    shows(id, "\"status\":\"Pending\",\"progress\":0,\"total\":3");
    shows(id, "\"started\":null,\"completed\":null");
    step();
    shows(id,
          "\"status\":\"InProgress\",\"progress\":100,\"total\":3,\"succeeded\":2,\"failed\":1");
    step();
    shows(id, "\"status\":\"CompletedWithErrors\"");
    close_tasks();
}

static void an_unknown_task_is_not_found(void **state)
{
    open_tasks(state);
    assert_int_equal(get(UNKNOWN_ID), RESULT_NOT_FOUND);
    close_tasks();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_finished_task_shows_its_result_and_what_failed),
        TEST_ON_SERVERS(a_task_shows_how_far_it_is),
        TEST_ON_SERVERS(an_unknown_task_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
