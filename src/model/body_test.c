/* Proves that bodies and forms are checked against their shapes, and that agents' documents become canonical. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "model/body.h"
#include "model/operation.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static const char *const colour_values[] = { "Red", "Green" };
static const struct names colours = { "Colour", colour_values, 2 };
static const char *const name_aliases[] = { "title", NULL };

static const struct field inner_fields[] = {
    { .json = "code", .type = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1, .max = 9 },
    { .json = "note", .type = FIELD_TEXT },
};
static const struct shape inner = { .name = "Inner", .fields = inner_fields, .count = 2 };

static const struct field fields[] = {
    { .json = "name",
      .type = FIELD_TEXT,
      .flags = FIELD_REQUIRED | FIELD_TRIMMED,
      .min = 1,
      .max = 5,
      .aliases = name_aliases },
    { .json = "id", .type = FIELD_UUID },
    { .json = "count", .type = FIELD_INT },
    { .json = "large", .type = FIELD_INT64 },
    { .json = "ratio", .type = FIELD_NUMBER },
    { .json = "on", .type = FIELD_BOOL },
    { .json = "at", .type = FIELD_TIME },
    { .json = "colour", .type = FIELD_ENUM, .names = &colours },
    { .json = "inner", .type = FIELD_OBJECT, .shape = &inner },
    { .json = "ids", .type = FIELD_ARRAY, .items = FIELD_UUID, .max = 3 },
    { .json = "list", .type = FIELD_ARRAY, .shape = &inner },
    { .json = "any", .type = FIELD_ANY },
    { .json = "old", .type = FIELD_INT, .flags = FIELD_REQUIRED, .versions = API_V1 },
};
static const struct shape shape = { .name = "Thing", .fields = fields, .count = COUNT_OF(fields) };

static struct arena *arena;
static struct faults faults;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(ARENA_BYTES);
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct json *json_of(const char *text)
{
    const struct json *json = NULL;
    arena_reset(arena);
    assert_int_equal(json_parse(arena, slice_of(text), &json_limits_usual, &json, NULL), RESULT_OK);
    return json;
}

static void check(const char *text, unsigned version)
{
    const struct json *json = json_of(text);
    faults_init(&faults, arena);
    body_check(&shape, version, json, &faults);
}

static void takes(const char *text)
{
    check(text, API_V3);
    if (faults.count > 0) {
        print_error("%s: %s %s\n", text, faults.items[0].field, faults.items[0].text);
    }
    assert_int_equal(faults.count, 0);
}

static void refuses(const char *text, const char *field)
{
    check(text, API_V3);
    if (faults.count != 1) {
        print_error("%s: %zu faults\n", text, faults.count);
    }
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].field, field);
}

static void each_type_takes_what_fits(void **state)
{
    (void)state;
    takes("{\"name\":\"a\"}");
    takes("{\"NAME\":\" abcde \",\"unknown\":[1]}");
    takes("{\"Title\":\"a\"}");
    takes("{\"name\":\"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\"}");
    takes("{\"name\":\"a\",\"id\":\"{A0000000000040008000000000000001}\",\"count\":-2147483648,"
          "\"large\":9223372036854775807,\"ratio\":1.5,\"on\":false,\"at\":\"2024-12-24\","
          "\"colour\":\"gREEN\",\"inner\":{\"code\":9},\"ids\":[],\"list\":[{\"code\":1}],"
          "\"any\":[{}]}");
    takes("{\"name\":\"a\",\"count\":3.0,\"colour\":1,\"ratio\":1}");
    takes("{\"name\":\"a\",\"count\":null,\"inner\":null,\"ids\":null}");
}

static void each_type_refuses_what_does_not(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } rows[] = {
        { "{}", "name" },
        { "{\"name\":null}", "name" },
        { "{\"name\":\"\"}", "name" },
        { "{\"name\":\" \\t\"}", "name" },
        { "{\"name\":\"abcdef\"}", "name" },
        { "{\"name\":\"a\\u0000\"}", "name" },
        { "{\"name\":1}", "name" },
        { "{\"name\":\"a\",\"id\":\"x\"}", "id" },
        { "{\"name\":\"a\",\"id\":1}", "id" },
        { "{\"name\":\"a\",\"count\":2147483648}", "count" },
        { "{\"name\":\"a\",\"count\":1.5}", "count" },
        { "{\"name\":\"a\",\"count\":\"1\"}", "count" },
        { "{\"name\":\"a\",\"large\":9223372036854775808}", "large" },
        { "{\"name\":\"a\",\"ratio\":\"1\"}", "ratio" },
        { "{\"name\":\"a\",\"on\":1}", "on" },
        { "{\"name\":\"a\",\"at\":\"soon\"}", "at" },
        { "{\"name\":\"a\",\"at\":12}", "at" },
        { "{\"name\":\"a\",\"colour\":\"Blue\"}", "colour" },
        { "{\"name\":\"a\",\"colour\":2}", "colour" },
        { "{\"name\":\"a\",\"colour\":\"\"}", "colour" },
        { "{\"name\":\"a\",\"colour\":true}", "colour" },
        { "{\"name\":\"a\",\"inner\":{}}", "inner.code" },
        { "{\"name\":\"a\",\"inner\":{\"code\":10}}", "inner.code" },
        { "{\"name\":\"a\",\"inner\":{\"code\":0}}", "inner.code" },
        { "{\"name\":\"a\",\"inner\":[]}", "inner" },
        { "{\"name\":\"a\",\"ids\":{}}", "ids" },
        { "{\"name\":\"a\",\"ids\":[1,2,3,4]}", "ids" },
        { "{\"name\":\"a\",\"ids\":[\"a0000000-0000-4000-8000-000000000001\",\"x\"]}", "ids[1]" },
        { "{\"name\":\"a\",\"ids\":[null]}", "ids[0]" },
        { "{\"name\":\"a\",\"list\":[{\"code\":1},{\"note\":\"x\"}]}", "list[1].code" },
        { "{\"name\":\"a\",\"list\":[1]}", "list[0]" },
        { "[]", "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        refuses(rows[i].text, rows[i].field);
    }
}

static void versions_have_their_own_members(void **state)
{
    (void)state;
    check("{\"name\":\"a\"}", API_V1);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].field, "old");
    check("{\"name\":\"a\",\"old\":1}", API_V1);
    assert_int_equal(faults.count, 0);
}

static void an_absent_body_lacks_what_is_required(void **state)
{
    (void)state;
    arena_reset(arena);
    faults_init(&faults, arena);
    body_check(&shape, API_V3, NULL, &faults);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].field, "name");
}

static void every_fault_is_counted_and_the_first_are_kept(void **state)
{
    (void)state;
    check("{\"id\":1,\"count\":\"x\",\"on\":2}", API_V3);
    assert_int_equal(faults.count, 4);
    struct buffer text;
    buffer_init(&text, 4096);
    buffer_text(&text, "{\"name\":\"a\",\"list\":[0");
    for (size_t i = 1; i < FAULTS_MAX + 8; i++) {
        buffer_text(&text, ",0");
    }
    buffer_text(&text, "]}");
    check(text.bytes, API_V3);
    assert_int_equal(faults.count, FAULTS_MAX + 8);
    assert_int_equal(faults.kept, FAULTS_MAX);
    buffer_done(&text);
}

/* --- forms --------------------------------------------------------------------------------------- */

static const struct field form_shape_fields[] = {
    { .json = "PolicyName", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = 8 },
    { .json = "PolicyFile", .type = FIELD_FILE, .flags = FIELD_REQUIRED },
    { .json = "GroupId", .type = FIELD_UUID },
    { .json = "Overwrite", .type = FIELD_BOOL },
    { .json = "Count", .type = FIELD_INT, .min = 1, .max = 5 },
    { .json = "Colour", .type = FIELD_ENUM, .names = &colours },
};
static const struct shape form_shape = { .name = "Upload",
                                         .fields = form_shape_fields,
                                         .count = COUNT_OF(form_shape_fields) };

#define FIELD_OF(field_name, field_value)                      \
    {                                                          \
        .name = SLICE(field_name), .value = SLICE(field_value) \
    }
#define FILE_OF(field_name)                                             \
    {                                                                   \
        .name = SLICE(field_name), .value = SLICE("x"), .is_file = true \
    }

static void check_form(const struct form_field *given, size_t count, const char *fault)
{
    const struct form_fields form = { .fields = given, .count = count };
    arena_reset(arena);
    faults_init(&faults, arena);
    body_check_form(&form_shape, API_V3, &form, &faults);
    if (fault == NULL) {
        assert_int_equal(faults.count, 0);
        return;
    }
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].field, fault);
}

static void a_form_takes_fields_in_any_letter_case(void **state)
{
    (void)state;
    const struct form_field whole[] = {
        FIELD_OF("policyname", "Base"),
        FILE_OF("PolicyFile"),
        FIELD_OF("groupId", "A0000000-0000-4000-8000-000000000001"),
        FIELD_OF("Overwrite", "ON"),
        FIELD_OF("count", "5"),
        FIELD_OF("colour", "1"),
    };
    const struct form_field empty[] = {
        FIELD_OF("PolicyName", "Base"), FILE_OF("PolicyFile"), FIELD_OF("GroupId", ""),
        FIELD_OF("Overwrite", ""),      FIELD_OF("Count", ""), FIELD_OF("Colour", ""),
    };
    const struct form_field other_name[] = { FIELD_OF("PolicyName", "Base"), FILE_OF("file") };
    check_form(whole, COUNT_OF(whole), NULL);
    check_form(empty, COUNT_OF(empty), NULL);
    check_form(other_name, COUNT_OF(other_name), NULL);
}

static void a_form_names_what_is_wrong(void **state)
{
    (void)state;
    const struct form_field bad[][3] = {
        { FIELD_OF("PolicyName", ""), FILE_OF("PolicyFile"), FIELD_OF("x", "") },
        { FIELD_OF("PolicyName", "123456789"), FILE_OF("PolicyFile"), FIELD_OF("x", "") },
        { FIELD_OF("PolicyName", "a"), FIELD_OF("y", ""), FIELD_OF("x", "") },
        { FIELD_OF("PolicyName", "a"), FILE_OF("one"), FILE_OF("two") },
        { FIELD_OF("PolicyName", "a"), FILE_OF("PolicyFile"), FIELD_OF("GroupId", "x") },
        { FIELD_OF("PolicyName", "a"), FILE_OF("PolicyFile"), FIELD_OF("Overwrite", "x") },
        { FIELD_OF("PolicyName", "a"), FILE_OF("PolicyFile"), FIELD_OF("Count", "6") },
        { FIELD_OF("PolicyName", "a"), FILE_OF("PolicyFile"), FIELD_OF("Count", "x") },
        { FIELD_OF("PolicyName", "a"), FILE_OF("PolicyFile"), FIELD_OF("Colour", "Blue") },
    };
    static const char *const names[] = { "PolicyName", "PolicyName", "PolicyFile",
                                         "PolicyFile", "GroupId",    "Overwrite",
                                         "Count",      "Count",      "Colour" };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        check_form(bad[i], 3, names[i]);
    }
}

/* --- documents ----------------------------------------------------------------------------------- */

static const struct field machine_fields[] = {
    { .json = "host", .type = FIELD_TEXT, .max = 4 },
    { .json = "memory", .type = FIELD_INT64 },
    { .json = "cores", .type = FIELD_INT },
    { .json = "virtual", .type = FIELD_BOOL },
    { .json = "booted", .type = FIELD_TIME },
    { .json = "part", .type = FIELD_OBJECT, .shape = &inner },
    { .json = "any", .type = FIELD_ANY },
};
static const struct shape machine = { .name = "Machine", .fields = machine_fields, .count = 7 };
static const struct shape open_machine = {
    .name = "Open", .fields = machine_fields, .count = 1, .flags = SHAPE_OPEN
};

static void a_document_becomes_canonical(void **state)
{
    (void)state;
    assert_string_equal(
        body_normalise(arena, &machine,
                       json_of("{\"CORES\":8,\"host\":\"\xC3\xA4"
                               "bcdef\",\"memory\":4e9,"
                               "\"booted\":\"2024-12-24T01:00:00+01:00\",\"virtual\":true,"
                               "\"part\":{\"code\":1,\"more\":2},\"x\":1,\"any\":[1]}")),
        "{\"host\":\"\xC3\xA4"
        "bcd\",\"memory\":4000000000,\"cores\":8,\"virtual\":true,"
        "\"booted\":\"2024-12-24T00:00:00\",\"part\":{\"code\":1,\"note\":null},\"any\":[1]}");
    assert_string_equal(
        body_normalise(arena, &machine,
                       json_of("{\"host\":5,\"memory\":1.5,\"cores\":2147483648,\"virtual\":0,"
                               "\"booted\":\"x\",\"part\":{\"code\":10}}")),
        "{\"host\":null,\"memory\":null,\"cores\":null,\"virtual\":null,\"booted\":null,"
        "\"part\":{\"code\":null,\"note\":null},\"any\":null}");
    assert_string_equal(body_normalise(arena, &open_machine, json_of("{\"x\":[1],\"HOST\":\"a\"}")),
                        "{\"host\":\"a\",\"x\":[1]}");
    assert_string_equal(body_normalise(arena, &open_machine, NULL), "{\"host\":null}");
    struct arena *full = arena_new(4);
    assert_null(body_normalise(full, &open_machine, NULL));
    arena_free(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_takes_what_fits),
        cmocka_unit_test(each_type_refuses_what_does_not),
        cmocka_unit_test(versions_have_their_own_members),
        cmocka_unit_test(an_absent_body_lacks_what_is_required),
        cmocka_unit_test(every_fault_is_counted_and_the_first_are_kept),
        cmocka_unit_test(a_form_takes_fields_in_any_letter_case),
        cmocka_unit_test(a_form_names_what_is_wrong),
        cmocka_unit_test(a_document_becomes_canonical),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
