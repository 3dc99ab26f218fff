/* Proves: formats write one line for any document, tables are in the order that the walk needs, every member of a
   document is in an OCSF record, and texts that mean something in CEF come through its escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "notify/format_cef.h"
#include "notify/format_ocsf.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { TEST_ARENA_BYTES = 64 * 1024 * 1024, TEST_RECORD_BYTES = 8 * 1024 * 1024 };

struct writing {
    struct arena *arena;
    struct buffer out;
};

static int set_up(void **state)
{
    static struct writing writing;
    writing.arena = arena_new(TEST_ARENA_BYTES);
    buffer_init(&writing.out, TEST_RECORD_BYTES);
    *state = &writing;
    return 0;
}

static int tear_down(void **state)
{
    struct writing *writing = *state;
    arena_free(writing->arena);
    buffer_done(&writing->out);
    return 0;
}

static enum result write_as(struct writing *writing, const char *format, enum feed feed,
                            const char *document)
{
    struct delivery_item item = { .feed = feed,
                                  .position = 7,
                                  .id = SLICE("id-1"),
                                  .computer = SLICE("computer-1"),
                                  .time = INT64_C(1700000000123456),
                                  .json = slice_of(document) };
    struct error error;
    buffer_reset(&writing->out);
    return format_find(slice_of(format))->write(writing->arena, &item, &writing->out, &error);
}

static const struct json *ocsf(struct writing *writing, enum feed feed, const char *document)
{
    const struct json *record = NULL;
    struct error error;
    assert_int_equal(write_as(writing, "ocsf", feed, document), RESULT_OK);
    assert_int_equal(json_parse(writing->arena, buffer_slice(&writing->out), &json_limits_usual,
                                &record, &error),
                     RESULT_OK);
    return record;
}

static void assert_text(const struct json *record, const char *path, const char *text)
{
    struct slice found = json_text_of(json_path(record, path));
    assert_true(slice_is(found, text));
}

static void assert_number(const struct json *record, const char *path, int64_t number)
{
    assert_true(json_is(json_path(record, path), JSON_INT));
    assert_int_equal(json_path(record, path)->integer, number);
}

static void the_rows_of_a_table_are_sorted(void **state)
{
    (void)state;
    for (size_t feed = 0; feed < FEED_COUNT; feed++) {
        const struct ocsf_map *map = &ocsf_maps[feed];
        for (size_t i = 1; i < map->count; i++) {
            assert_true(strcmp(map->rows[i - 1].from, map->rows[i].from) <= 0);
        }
    }
}

static void a_custom_key_has_one_label(void **state)
{
    (void)state;
    for (size_t feed = 0; feed < FEED_COUNT; feed++) {
        const struct cef_map *map = &cef_maps[feed];
        for (size_t i = 1; i < map->count; i++) {
            if (strcmp(map->rows[i - 1].key, map->rows[i].key) == 0 && map->rows[i].label != NULL) {
                assert_string_equal(map->rows[i - 1].label, map->rows[i].label);
            }
        }
    }
}

static void a_format_is_found_by_its_name(void **state)
{
    (void)state;
    assert_string_equal(format_find(SLICE("ocsf"))->name, "ocsf");
    assert_null(format_find(SLICE("OCSF")));
    assert_null(format_find(SLICE("")));
}

static void ecs_is_the_document_on_one_line(void **state)
{
    struct writing *writing = *state;
    assert_int_equal(write_as(writing, "ecs", FEED_EVENTS, "{\r\n \"a\":\n\"b\\n\"}\n"), RESULT_OK);
    assert_string_equal(writing->out.bytes, "{ \"a\":\"b\\n\"}");
}

static void what_is_no_object_is_refused(void **state)
{
    struct writing *writing = *state;
    assert_int_equal(write_as(writing, "ocsf", FEED_EVENTS, "[1]"), RESULT_INVALID);
    assert_int_equal(write_as(writing, "cef", FEED_EVENTS, "\"text\""), RESULT_INVALID);
    assert_int_equal(write_as(writing, "cef", FEED_EVENTS, "{\"a\":"), RESULT_INVALID);
    assert_int_equal(write_as(writing, "ocsf", FEED_EVENTS, ""), RESULT_INVALID);
}

static void an_empty_event_has_what_the_base_class_requires(void **state)
{
    const struct json *record = ocsf(*state, FEED_EVENTS, "{}");
    assert_number(record, "class_uid", 0);
    assert_number(record, "type_uid", 99);
    assert_number(record, "time", INT64_C(1700000000123));
    assert_text(record, "metadata.uid", "id-1");
    assert_text(record, "device.uid", "computer-1");
    assert_null(json_get(record, "unmapped"));
}

static void the_code_of_an_event_decides_its_class(void **state)
{
    static const struct {
        const char *document;
        int64_t type_uid;
    } rows[] = {
        { "{\"event\":{\"code\":\"100\"}}", 100701 }, { "{\"event\":{\"code\":\"605\"}}", 100114 },
        { "{\"event\":{\"code\":\"706\"}}", 100501 }, { "{\"event\":{\"code\":\"130\"}}", 600201 },
        { "{\"event\":{\"code\":\"300\"}}", 300201 }, { "{\"event\":{\"code\":\"198\"}}", 300699 },
        { "{\"event\":{\"code\":\"200\"}}", 300403 }, { "{\"event\":{\"code\":\"4711\"}}", 99 },
        { "{\"event\":{\"code\":100}}", 99 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct json *record = ocsf(*state, FEED_EVENTS, rows[i].document);
        assert_number(record, "type_uid", rows[i].type_uid);
    }
}

static void a_blocked_start_is_denied_and_failed(void **state)
{
    const struct json *record = ocsf(
        *state, FEED_EVENTS,
        "{\"event\":{\"code\":\"116\",\"outcome\":\"failure\"},\"user\":{\"domain\":\"CORP\"}}");
    assert_number(record, "action_id", 2);
    assert_text(record, "disposition", "Blocked");
    assert_number(record, "status_id", 2);
    assert_text(record, "actor.user.name", "Unknown");
    assert_text(record, "process.uid", "id-1");
}

static void what_no_attribute_holds_whole_stays(void **state)
{
    const struct json *record = ocsf(
        *state, FEED_EVENTS,
        "{\"event\":{\"code\":\"100\",\"ingested\":\"2026-01-01T00:00:00.0000010+00:00\","
        "\"odd\":[1,{\"x\":null}]},\"host\":{\"ip\":[\"10.0.0.1\",\"10.0.0.2\"]},"
        "\"process\":{\"pid\":\"seven\",\"executable\":\"/bin/a\"},\"file\":{\"path\":\"/bin/b\"},"
        "\"mine\":{\"deep\":{\"er\":1}},\"nothing\":null}");
    assert_text(record, "device.ip", "10.0.0.1");
    assert_int_equal(json_path(record, "unmapped.host.ip")->count, 2);
    assert_text(record, "unmapped.process.pid", "seven");
    assert_text(record, "process.file.path", "/bin/a");
    assert_text(record, "unmapped.file.path", "/bin/b");
    assert_number(record, "unmapped.mine.deep.er", 1);
    assert_int_equal(json_path(record, "unmapped.event.odd")->count, 2);
    assert_text(record, "unmapped.event.ingested", "2026-01-01T00:00:00.0000010+00:00");
    assert_null(json_path(record, "unmapped.nothing"));
    assert_null(json_path(record, "unmapped.event.code"));
}

static void a_long_text_is_cut_and_stays_whole(void **state)
{
    enum { LONG_BYTES = 1024 * 1024 };
    static const char start[] = "{\"event\":{\"code\":\"100\"},\"process\":{\"command_line\":\"";
    static const char end[] = "\"}}";
    char *document = malloc(sizeof(start) + LONG_BYTES + sizeof(end));
    assert_non_null(document);
    memcpy(document, start, sizeof(start));
    memset(document + sizeof(start) - 1, 'x', LONG_BYTES);
    memcpy(document + sizeof(start) - 1 + LONG_BYTES, end, sizeof(end));
    const struct json *record = ocsf(*state, FEED_EVENTS, document);
    assert_int_equal(json_path(record, "process.cmd_line")->text.length, OCSF_TEXT_BYTES_MAX);
    assert_int_equal(json_path(record, "unmapped.process.command_line")->text.length, LONG_BYTES);
    free(document);
}

static void an_audit_tells_what_changed(void **state)
{
    const struct json *record = ocsf(
        *state, FEED_ACTIVITY_AUDITS,
        "{\"id\":5,\"auditType\":\"DeleteGroup\",\"entity\":\"Group\",\"entityName\":\"Lab\","
        "\"user\":\"ann@example.com\",\"policyDataAuditing\":null,"
        "\"groupDataAuditing\":{\"deleted\":true},\"created\":\"2026-01-01T00:00:00.0010000\"}");
    assert_number(record, "type_uid", 300404);
    assert_text(record, "entity.name", "Lab");
    assert_text(record, "actor.user.name", "ann@example.com");
    assert_true(json_path(record, "entity.data.groupDataAuditing.deleted")->boolean);
    assert_number(record, "time", INT64_C(1767225600001));
    assert_null(json_get(record, "unmapped"));
}

static void a_decision_is_of_who_decided(void **state)
{
    static const char document[] =
        "{\"id\":\"r1\",\"requestInfo\":{\"user\":\"bob\",\"hostName\":\"WKS\"},"
        "\"accessDecision\":{\"decision\":\"Denied\",\"decisionPerformedByUser\":\"ann\"}}";
    const struct json *record = ocsf(*state, FEED_AUTHORIZATION_REQUESTS, document);
    assert_number(record, "type_uid", 300403);
    assert_text(record, "actor.user.name", "ann");
    assert_text(record, "unmapped.requestInfo.user", "bob");
    assert_text(record, "device.hostname", "WKS");
    assert_number(record, "status_id", 2);
}

static void cef_escapes_what_it_gives_a_meaning(void **state)
{
    struct writing *writing = *state;
    assert_int_equal(write_as(writing, "cef", FEED_EVENTS,
                              "{\"event\":{\"code\":\"1|\\\\2\",\"action\":\"a\\nb\"},"
                              "\"user\":{\"name\":\"a=b\\\\c\\nsuser=d\\r|\\u0000\"}}"),
                     RESULT_OK);
    assert_non_null(strstr(writing->out.bytes, "|1\\|\\\\2|a b|1|rt=1700000000123 "));
    assert_non_null(strstr(writing->out.bytes, " suser=a\\=b\\\\c\\nsuser\\=d\\r| "));
    assert_null(strchr(writing->out.bytes, '\n'));
}

static void a_record_over_the_bound_is_refused(void **state)
{
    struct writing *writing = *state;
    buffer_done(&writing->out);
    buffer_init(&writing->out, 16);
    for (size_t i = 0; i < format_count; i++) {
        assert_int_equal(
            write_as(writing, formats[i].name, FEED_EVENTS, "{\"event\":{\"code\":\"100\"}}"),
            RESULT_TOO_LARGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rows_of_a_table_are_sorted),
        cmocka_unit_test(a_custom_key_has_one_label),
        cmocka_unit_test(a_format_is_found_by_its_name),
        cmocka_unit_test_setup_teardown(ecs_is_the_document_on_one_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_object_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_event_has_what_the_base_class_requires, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_code_of_an_event_decides_its_class, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_blocked_start_is_denied_and_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_no_attribute_holds_whole_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_text_is_cut_and_stays_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_audit_tells_what_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_decision_is_of_who_decided, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cef_escapes_what_it_gives_a_meaning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_record_over_the_bound_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
