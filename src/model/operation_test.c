/* Proves how an operation reads its call, wakes agents and ends in a reply; and the names and lookups of tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "model/operation.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 64 * 1024 };

#define TASK_ID "a0000000-0000-4000-8000-000000000001"

static const char *const aliases[] = { "title", NULL };
static const struct field fields[] = {
    { .json = "name", .type = FIELD_TEXT, .aliases = aliases },
    { .json = "csvFile", .type = FIELD_FILE },
    { .json = "old", .type = FIELD_INT, .versions = API_V1 },
    { .json = "on", .type = FIELD_BOOL },
    { .json = "none", .type = FIELD_BOOL },
    { .json = "id", .type = FIELD_UUID },
};
static const struct shape body = { .name = "Body", .fields = fields, .count = COUNT_OF(fields) };
static const struct route route = { .body = &body };

static int set_up(void **state)
{
    *state = arena_new(ARENA_BYTES);
    return *state == NULL;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static struct call call_of(struct arena *arena, const char *text)
{
    struct call call = { .route = &route };
    assert_int_equal(json_parse(arena, slice_of(text), &json_limits_usual, &call.body, NULL),
                     RESULT_OK);
    return call;
}

static void members_are_found_in_any_case_and_by_alias(void **state)
{
    struct ctx ctx = { .arena = *state };
    struct call call = call_of(*state, "{\"NAME\":\"a\",\"on\":true,\"none\":null,"
                                       "\"id\":\"{A0000000-0000-4000-8000-000000000001}\"}");
    assert_true(slice_is(call_text(&call, "name"), "a"));
    assert_true(call_has(&call, "none"));
    assert_false(call_has(&call, "other"));
    assert_true(call_bool(&call, "ON", false));
    assert_true(call_bool(&call, "none", true));
    assert_int_equal(call_text(&call, "on").length, 0);
    assert_string_equal(call_uuid(&ctx, &call, "id"), TASK_ID);
    assert_null(call_uuid(&ctx, &call, "name"));
    assert_null(call_uuid(&ctx, &call, "other"));
    call = call_of(*state, "{\"Title\":\"b\"}");
    assert_true(slice_is(call_text(&call, "name"), "b"));
    call = (struct call){ .route = &route };
    assert_null(call_member(&call, "name"));
    assert_true(call_bool(&call, "name", true));
}

/* What the body's table does not have was never checked. */
static void members_that_are_not_declared_do_not_exist(void **state)
{
    struct ctx ctx = { .arena = *state };
    const struct call call = call_of(*state, "{\"all\":true,\"other\":\"" TASK_ID "\"}");
    assert_false(call_has(&call, "all"));
    assert_false(call_bool(&call, "all", false));
    assert_null(call_uuid(&ctx, &call, "other"));
    assert_int_equal(call_text(&call, "other").length, 0);
}

static void a_query_gives_the_first_of_a_name(void **state)
{
    (void)state;
    const struct query_pair pairs[] = { { SLICE("a"), SLICE("1") }, { SLICE("A"), SLICE("2") } };
    const struct call call = { .query = pairs, .query_count = 2 };
    assert_true(slice_is(*call_query(&call, "A"), "1"));
    assert_null(call_query(&call, "b"));
}

static void a_form_gives_its_only_file_under_any_name(void **state)
{
    (void)state;
    const struct form_field parts[] = {
        { .name = SLICE("name"), .value = SLICE("x") },
        { .name = SLICE("upload"), .value = SLICE("1,2"), .is_file = true },
        { .name = SLICE("second"), .value = SLICE("3"), .is_file = true },
    };
    struct form_fields form = { parts, 2 };
    const struct call call = { .route = &route, .form = &form };
    assert_ptr_equal(call_form(&call, "NAME"), &parts[0]);
    assert_ptr_equal(call_form(&call, "csvFile"), &parts[1]);
    assert_null(call_form(&call, "old"));
    form.count = 3;
    assert_null(call_form(&call, "csvFile"));
    const struct call none = { .route = &route };
    assert_null(call_form(&none, "name"));
}

static void wakes_are_kept_until_the_commit(void **state)
{
    struct ctx ctx = { .arena = *state };
    char id[] = "one";
    ctx_wake(&ctx, WAKE_GROUP, id);
    id[0] = 'x';
    ctx_wake(&ctx, WAKE_TASKS, NULL);
    assert_int_equal(ctx.wakes->kind, WAKE_TASKS);
    assert_null(ctx.wakes->id);
    assert_int_equal(ctx.wakes->next->kind, WAKE_GROUP);
    assert_string_equal(ctx.wakes->next->id, "one");
    assert_null(ctx.wakes->next->next);
}

static void replies_have_status_body_and_headers(void **state)
{
    struct error error = { 0 };
    struct ctx ctx = { .arena = *state, .version = API_V2, .error = &error };
    const struct call call = { .route = &route };
    struct reply reply;
    reply_init(&reply);
    assert_int_equal(reply_empty(&reply, 204), RESULT_OK);
    assert_int_equal(reply.status, 204);
    assert_int_equal(reply.body.length, 0);
    assert_int_equal(reply_task(&ctx, &call, &reply, 201, TASK_ID), RESULT_OK);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply.body.bytes, "\"" TASK_ID "\"");
    assert_string_equal(reply.headers[0].name, "Location");
    assert_string_equal(reply.headers[0].value, "/management-api/v2/Tasks/" TASK_ID);
    assert_string_equal(reply.headers[1].name, "X-Task-Id");
    assert_string_equal(reply.headers[1].value, TASK_ID);
    assert_int_equal(reply_wait(&reply, "c", "g", 5), RESULT_OK);
    assert_true(reply.waits && reply.wait_us == 5);
    reply_done(&reply);
}

static void a_file_keeps_its_name_without_harm(void **state)
{
    static const struct {
        const char *name, *header;
    } rows[] = {
        { "epm-v3.yaml", "attachment; filename=\"epm-v3.yaml\"; filename*=UTF-8''epm-v3.yaml" },
        { "a\"b\r\n c\xC3\xA4",
          "attachment; filename=\"a_b__ c__\"; filename*=UTF-8''a%22b%0D%0A%20c%C3%A4" },
        { "", "attachment" },
    };
    struct error error = { 0 };
    struct ctx ctx = { .arena = *state, .error = &error };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reply reply;
        reply_init(&reply);
        assert_int_equal(reply_bytes(&ctx, &reply, SLICE("x\0y"), "text/plain", rows[i].name),
                         RESULT_OK);
        assert_string_equal(reply.headers[0].value, rows[i].header);
        assert_string_equal(reply.content_type, "text/plain");
        assert_int_equal(reply.body.length, 3);
        reply_done(&reply);
    }
}

static void an_answer_without_memory_fails(void **state)
{
    (void)state;
    struct arena *small = arena_new(8);
    struct error error = { 0 };
    struct ctx ctx = { .arena = small, .version = API_V1, .error = &error };
    const struct call call = { .route = &route };
    struct reply reply;
    reply_init(&reply);
    assert_int_equal(reply_task(&ctx, &call, &reply, 200, TASK_ID), RESULT_NO_MEMORY);
    assert_int_equal(reply_bytes(&ctx, &reply, SLICE("x"), NULL, "name"), RESULT_NO_MEMORY);
    ctx_wake(&ctx, WAKE_COMPUTER, TASK_ID);
    assert_null(ctx.wakes);
    reply_done(&reply);
    arena_free(small);
}

static void tables_are_searched_by_version_and_any_case(void **state)
{
    (void)state;
    static const char *const values[] = { "Red", "Green" };
    const struct names names = { "Colour", values, 2 };
    assert_ptr_equal(shape_find(&body, "OLD", API_V1), &fields[2]);
    assert_ptr_equal(shape_find(&body, "old", 0), &fields[2]);
    assert_null(shape_find(&body, "old", API_V3));
    assert_null(shape_find(&body, "title", 0));
    assert_int_equal(names_index(&names, "GREEN", 5), 1);
    assert_int_equal(names_index(&names, "1", 1), 1);
    assert_int_equal(names_index(&names, "2", 1), -1);
    assert_int_equal(names_index(&names, "-1", 2), -1);
    assert_int_equal(names_index(&names, "Gree", 4), -1);
    assert_int_equal(names_index(&names, "", 0), -1);
}

static void methods_areas_and_versions_have_names(void **state)
{
    (void)state;
    struct ctx ctx = { .version = API_V1 };
    assert_string_equal(method_name(METHOD_GET), "GET");
    assert_string_equal(method_name(METHOD_DELETE), "DELETE");
    assert_string_equal(area_name(AREA_MANAGEMENT), "Management");
    for (int area = 0; area < AREA_COUNT; area++) {
        assert_non_null(area_name((enum area)area));
    }
    assert_string_equal(ctx_version_name(&ctx), "v1");
    ctx.version = 0;
    assert_string_equal(ctx_version_name(&ctx), "");
}

static void faults_past_the_bound_are_only_counted(void **state)
{
    struct faults faults;
    faults_init(&faults, *state);
    for (int i = 0; i < FAULTS_MAX + 3; i++) {
        char field[16];
        (void)snprintf(field, sizeof(field), "f%d", i);
        faults_add(&faults, field, "is %d", i);
    }
    assert_int_equal(faults.count, FAULTS_MAX + 3);
    assert_int_equal(faults.kept, FAULTS_MAX);
    assert_string_equal(faults.items[FAULTS_MAX - 1].field, "f31");
    assert_string_equal(faults.items[FAULTS_MAX - 1].text, "is 31");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_in_any_case_and_by_alias),
        cmocka_unit_test(members_that_are_not_declared_do_not_exist),
        cmocka_unit_test(a_query_gives_the_first_of_a_name),
        cmocka_unit_test(a_form_gives_its_only_file_under_any_name),
        cmocka_unit_test(wakes_are_kept_until_the_commit),
        cmocka_unit_test(replies_have_status_body_and_headers),
        cmocka_unit_test(a_file_keeps_its_name_without_harm),
        cmocka_unit_test(an_answer_without_memory_fails),
        cmocka_unit_test(tables_are_searched_by_version_and_any_case),
        cmocka_unit_test(methods_areas_and_versions_have_names),
        cmocka_unit_test(faults_past_the_bound_are_only_counted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
