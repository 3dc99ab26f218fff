/* Proves what the OpenAPI document makes of tables: references, null, marks of extensions, answers that are shared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "model/answers.h"
#include "model/openapi.h"
#include "model/operation.h"
#include "model/test_things.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 4 * 1024 * 1024, DOCUMENT_BYTES_MAX = 1024 * 1024 };

static const struct field inner_fields[] = { { .json = "deep", .type = FIELD_TEXT } };
static const struct shape inner = { .name = "Inner", .fields = inner_fields, .count = 1 };
static const struct field body_fields[] = {
    { .json = "bare", .type = FIELD_OBJECT, .shape = &inner },
    { .json = "told", .type = FIELD_OBJECT, .shape = &inner, .summary = "Words" },
    { .json = "maybe", .type = FIELD_OBJECT, .shape = &inner, .flags = FIELD_NULLABLE },
    { .json = "colour", .type = FIELD_ENUM, .names = &thing_colour_names, .flags = FIELD_NULLABLE },
    { .json = "any", .type = FIELD_ANY, .flags = FIELD_NULLABLE },
    { .json = "more", .type = FIELD_INT, .flags = FIELD_EXTENSION },
};
static const struct shape body = { .name = "Body",
                                   .fields = body_fields,
                                   .count = COUNT_OF(body_fields) };

static const struct answer page_answers[] = { { 200, ANSWER_PAGE, NULL, NULL, NULL, "One page" },
                                              ANSWER_404 };
static const struct answer put_answers[] = { ANSWER_DONE("Done"),
                                             { 404, ANSWER_PROBLEM, NULL, NULL, NULL, "Other" } };
static const char *const aliases[] = { "Things/All", NULL };
static const struct route routes[] = {
    { .method = METHOD_GET,
      .path = "Things",
      .aliases = aliases,
      .id = "Things_List",
      .tag = "Things",
      .work = WORK_LIST,
      .area = AREA_MANAGEMENT,
      .level = LEVEL_READ,
      .resource = &things,
      .answers = page_answers,
      .answer_count = 2 },
    { .method = METHOD_PUT,
      .path = "Things/{id}",
      .id = "Things_Put",
      .tag = "Things",
      .extension = true,
      .work = WORK_WRITE,
      .body_kind = BODY_JSON,
      .body = &body,
      .answers = put_answers,
      .answer_count = 2 },
};
static const size_t route_count = COUNT_OF(routes);
static const struct route_table tables[] = { { routes, &route_count } };
static const struct tag tags[] = { { "Things", "What things are" } };
static const struct face face = { .name = "test",
                                  .prefix = "/t/{version}/",
                                  .versions = API_ALL,
                                  .tables = tables,
                                  .table_count = 1,
                                  .tags = tags,
                                  .tag_count = 1,
                                  .title = "Test" };

struct fixture {
    struct arena *arena;
    const struct json *document;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct buffer text;
    struct error error;
    fixture.arena = arena_new(ARENA_BYTES);
    buffer_init(&text, DOCUMENT_BYTES_MAX);
    openapi_write(&face, API_V3, OPENAPI_JSON, &text);
    assert_false(text.overflow);
    /* The reader refuses a name that comes twice, so a parsed document has no clash. */
    assert_int_equal(json_parse(fixture.arena, buffer_slice(&text), &json_limits_usual,
                                &fixture.document, &error),
                     RESULT_OK);
    buffer_done(&text);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    return 0;
}

static const struct json *property(const struct fixture *fixture, const char *name)
{
    return json_get(json_path(fixture->document, "components.schemas.Body.properties"), name);
}

static struct slice reference(const struct json *node)
{
    return json_text_of(json_get(node, "$ref"));
}

static const struct json *operation(const struct fixture *fixture, const char *path,
                                    const char *method)
{
    return json_get(json_get(json_get(fixture->document, "paths"), path), method);
}

/* A level less for readers that walk members to a bounded depth. */
static void a_member_with_nothing_to_add_is_a_plain_reference(void **state)
{
    const struct json *bare = property(*state, "bare");
    const struct json *told = property(*state, "told");
    assert_true(slice_is(reference(bare), "#/components/schemas/Inner"));
    assert_int_equal(bare->count, 1);
    assert_true(slice_is(reference(json_get(told, "allOf")->first), "#/components/schemas/Inner"));
    assert_true(slice_is(json_text_of(json_get(told, "description")), "Words"));
}

static void null_is_said_beside_the_type(void **state)
{
    const struct fixture *fixture = *state;
    const struct json *schemas = json_path(fixture->document, "components.schemas");
    const struct json *maybe = json_get(schemas, "NullableInner");
    const struct json *colour = json_get(schemas, "NullableColour");
    assert_true(
        slice_is(reference(property(fixture, "maybe")), "#/components/schemas/NullableInner"));
    assert_true(json_get(maybe, "nullable")->boolean);
    assert_true(slice_is(json_text_of(json_get(maybe, "type")), "object"));
    assert_null(json_get(json_get(schemas, "Inner"), "nullable"));
    assert_true(json_get(colour, "nullable")->boolean);
    assert_int_equal(json_get(colour, "enum")->count, thing_colour_names.count + 1);
    /* A value of any type may be null anyway; 3.0 knows no null without a type. */
    assert_int_equal(property(fixture, "any")->count, 0);
}

static void what_the_original_lacks_is_marked(void **state)
{
    const struct fixture *fixture = *state;
    const struct json *cursor = json_path(fixture->document, "components.parameters.Cursor");
    assert_true(json_get(property(fixture, "more"), "x-reeve-extension")->boolean);
    assert_null(json_get(property(fixture, "bare"), "x-reeve-extension"));
    assert_true(
        json_get(operation(fixture, "/t/v3/Things/{id}", "put"), "x-reeve-extension")->boolean);
    assert_null(json_get(operation(fixture, "/t/v3/Things", "get"), "x-reeve-extension"));
    assert_true(json_get(cursor, "x-reeve-extension")->boolean);
}

static void common_answers_are_shared_and_others_are_not(void **state)
{
    const struct json *list = json_get(operation(*state, "/t/v3/Things", "get"), "responses");
    const struct json *put = json_get(operation(*state, "/t/v3/Things/{id}", "put"), "responses");
    assert_true(slice_is(reference(json_get(list, "404")), "#/components/responses/Problem404"));
    assert_true(slice_is(json_text_of(json_get(json_get(put, "404"), "description")), "Other"));
}

static void answers_of_the_dispatcher_need_no_row(void **state)
{
    const struct json *list = json_get(operation(*state, "/t/v3/Things", "get"), "responses");
    const struct json *put = json_get(operation(*state, "/t/v3/Things/{id}", "put"), "responses");
    assert_non_null(json_get(list, "400"));
    assert_non_null(json_get(list, "503"));
    assert_null(json_get(list, "415"));
    assert_non_null(json_get(put, "413"));
    assert_non_null(json_get(put, "415"));
}

static void aliases_are_paths_of_their_own(void **state)
{
    const struct json *alias = operation(*state, "/t/v3/Things/All", "get");
    assert_true(slice_is(json_text_of(json_get(alias, "x-alias-of")), "Things"));
    assert_true(slice_is(json_text_of(json_get(alias, "operationId")), "Things_List_Alias1_v3"));
}

static void tags_come_once_with_what_they_are_about(void **state)
{
    const struct fixture *fixture = *state;
    const struct json *list = json_get(fixture->document, "tags");
    assert_int_equal(list->count, 1);
    assert_true(slice_is(json_text_of(json_get(list->first, "description")), "What things are"));
}

static void a_document_over_its_bound_overflows(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, 1000);
    openapi_write(&face, API_V3, OPENAPI_YAML, &text);
    assert_true(text.overflow);
    buffer_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_with_nothing_to_add_is_a_plain_reference),
        cmocka_unit_test(null_is_said_beside_the_type),
        cmocka_unit_test(what_the_original_lacks_is_marked),
        cmocka_unit_test(common_answers_are_shared_and_others_are_not),
        cmocka_unit_test(answers_of_the_dispatcher_need_no_row),
        cmocka_unit_test(aliases_are_paths_of_their_own),
        cmocka_unit_test(tags_come_once_with_what_they_are_about),
        cmocka_unit_test(a_document_over_its_bound_overflows),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
