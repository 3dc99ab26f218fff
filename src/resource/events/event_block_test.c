/* Proves what a stored document looks like: what the server adds, what it leaves out, what survives; and that blocks read back as
   they were written, whatever happens to their bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "resource/events/event_block.h"
#include "store/test_place.h"

#define COMPUTER "01890a5d-ac96-774b-bcce-b302099a8057"
#define TENANT   "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
#define GROUP    "2c9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"

enum { ARENA_BYTES = 16 * 1024 * 1024, TEST_BLOCK_BYTES_MAX = 1024 * 1024 };

static struct arena *arena;
static struct buffer block_text;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(ARENA_BYTES);
    buffer_init(&block_text, TEST_BLOCK_BYTES_MAX);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    buffer_done(&block_text);
    arena_free(arena);
    return 0;
}

static const struct document_marks usual_marks = {
    .computer_id = COMPUTER,
    .group_id = GROUP,
    .tenant_id = TENANT,
    .received_us = INT64_C(1700000000123456),
    .sequence = 7,
};

static const struct json *tree_of(struct slice text)
{
    const struct json *tree = NULL;
    struct error error = { .field = NULL };
    if (json_parse(arena, text, &json_limits_usual, &tree, &error) != RESULT_OK) {
        print_error("%s in %.*s\n", error.text, (int)text.length, text.text);
        _fail(__FILE__, __LINE__);
    }
    return tree;
}

/* The stored text of one event, and where its ingestion time goes. */
static struct slice stored_marked(const char *event, const struct document_marks *marks,
                                  uint32_t *out_offset)
{
    struct block_writer block;
    struct block_reader reader;
    struct slice document;
    buffer_reset(&block_text);
    block_begin(&block, &block_text);
    block_add(&block, tree_of(slice_of(event)), marks);
    block_end(&block);
    assert_true(block_open(&reader, buffer_slice(&block_text)));
    assert_true(block_next(&reader, &document, out_offset));
    uint32_t none = 0;
    struct slice no_document;
    assert_false(block_next(&reader, &no_document, &none));
    return document;
}

static struct slice stored(const char *event)
{
    uint32_t offset = 0;
    return stored_marked(event, &usual_marks, &offset);
}

static void member_is(const struct json *tree, const char *path, const char *wanted)
{
    struct slice text = json_text_of(json_path(tree, path));
    if (!slice_is(text, wanted)) {
        print_error("%s is \"%.*s\"\n", path, (int)text.length, text.text);
        _fail(__FILE__, __LINE__);
    }
}

static void an_empty_event_gets_all_that_readers_insist_on(void **state)
{
    (void)state;
    const struct json *tree = tree_of(stored("{}"));
    member_is(tree, "@timestamp", "2023-11-14T22:13:20.123Z");
    member_is(tree, "event.ingested", "0000-00-00T00:00:00.0000000+00:00");
    member_is(tree, "event.ReceivedAt", "2023-11-14T22:13:20.1234560+00:00");
    member_is(tree, "agent.id", COMPUTER);
    member_is(tree, "EPMWinMac.TenantId", TENANT);
    member_is(tree, "EPMWinMac.GroupId", GROUP);
    assert_int_equal(json_text_of(json_path(tree, "event.id")).length, 36);
    assert_int_equal(tree->count, 4);
}

static void the_id_of_an_event_without_one_is_the_same_each_time(void **state)
{
    (void)state;
    uint32_t offset = 0;
    struct document_marks later = usual_marks;
    later.sequence++;
    struct slice first = json_text_of(json_path(tree_of(stored("{}")), "event.id"));
    struct slice again =
        json_text_of(json_path(tree_of(stored("{\"event\":{\"id\":\"\"}}")), "event.id"));
    struct slice other =
        json_text_of(json_path(tree_of(stored_marked("{}", &later, &offset)), "event.id"));
    assert_true(slice_equal(first, again));
    assert_false(slice_equal(first, other));
}

static void what_the_server_sets_an_agent_cannot(void **state)
{
    (void)state;
    struct document_marks marks = usual_marks;
    uint32_t offset = 0;
    marks.group_id = NULL;
    const struct json *tree = tree_of(stored_marked(
        "{\"event\":{\"id\":\"kept\",\"ingested\":\"x\",\"ReceivedAt\":\"y\",\"code\":\"100\"},\"agent\":{\"id\":\"other\",\"version\":\"1\"},"
        "\"EPMWinMac\":{\"TenantId\":\"t\",\"GroupId\":\"g\",\"SchemaVersion\":\"1.0\"}}",
        &marks, &offset));
    member_is(tree, "event.id", "kept");
    member_is(tree, "event.code", "100");
    member_is(tree, "event.ReceivedAt", "2023-11-14T22:13:20.1234560+00:00");
    member_is(tree, "agent.id", COMPUTER);
    member_is(tree, "agent.version", "1");
    member_is(tree, "EPMWinMac.TenantId", TENANT);
    member_is(tree, "EPMWinMac.SchemaVersion", "1.0");
    assert_null(json_path(tree, "EPMWinMac.GroupId"));
}

static void the_offset_is_where_the_ingestion_time_stands(void **state)
{
    (void)state;
    uint32_t offset = 0;
    struct slice text = stored_marked("{\"tags\":[\"event\"],\"event\":{\"kind\":\"alert\"}}",
                                      &usual_marks, &offset);
    assert_true(offset + INGESTED_BYTES <= text.length);
    assert_memory_equal(text.text + offset, "0000-00-00T00:00:00.0000000+00:00", INGESTED_BYTES);
    assert_memory_equal(text.text + offset - 12, "\"ingested\":\"", 12);
}

static void nulls_are_left_out_at_every_depth(void **state)
{
    (void)state;
    struct slice text = stored(
        "{\"tags\":null,\"user\":{\"name\":null,\"domain\":\"d\"},\"host\":{\"ip\":[null,\"10.0.0.1\",null]},"
        "\"own\":{\"deep\":[{\"a\":null,\"b\":1}],\"none\":null},\"event\":null,\"agent\":null}");
    const struct json *tree = tree_of(text);
    assert_null(memmem(text.text, text.length, "null", 4));
    assert_null(json_get(tree, "tags"));
    member_is(tree, "user.domain", "d");
    const struct json *ip = json_path(tree, "host.ip");
    assert_int_equal(ip->count, 1);
    assert_int_equal(json_path(tree, "own.deep")->first->count, 1);
}

static void members_of_a_wrong_type_are_left_out_and_the_rest_stays(void **state)
{
    (void)state;
    const struct json *tree = tree_of(stored(
        "{\"tags\":\"bare\",\"user\":\"alice\",\"event\":{\"category\":\"process\",\"type\":[\"start\",{}],\"severity\":\"high\"},"
        "\"process\":{\"pid\":\"12\",\"start\":\"soon\",\"ElevationRequired\":1,\"executable\":\"x\"},"
        "\"file\":{\"owner\":\"BUILTIN\",\"Owner\":{\"Name\":\"Administrators\"},\"size\":5}}"));
    assert_null(json_get(tree, "tags"));
    assert_null(json_get(tree, "user"));
    assert_null(json_path(tree, "event.category"));
    assert_null(json_path(tree, "event.severity"));
    assert_int_equal(json_path(tree, "event.type")->count, 1);
    assert_null(json_path(tree, "process.pid"));
    assert_null(json_path(tree, "process.start"));
    assert_null(json_path(tree, "process.ElevationRequired"));
    member_is(tree, "process.executable", "x");
    member_is(tree, "file.owner", "BUILTIN");
    member_is(tree, "file.Owner.Name", "Administrators");
    assert_int_equal(json_path(tree, "file.size")->integer, 5);
}

static void numbers_for_texts_become_texts(void **state)
{
    (void)state;
    const struct json *tree = tree_of(stored(
        "{\"event\":{\"code\":100,\"type\":[7]},\"EPMWinMac\":{\"Session\":{\"WindowsSessionId\":2}}}"));
    member_is(tree, "event.code", "100");
    member_is(tree, "EPMWinMac.Session.WindowsSessionId", "2");
    assert_true(slice_is(json_path(tree, "event.type")->first->text, "7"));
}

static void unknown_members_survive_whatever_they_are(void **state)
{
    (void)state;
    struct slice text = stored(
        "{\"Vendor\":{\"list\":[1,2.5,true,[[\"x\"]],{}],\"\":\"empty name\"},\"labels\":[1,\"a\"],"
        "\"user\":{\"Extra\":\"\\u00e9\\n\\\"\"},\"Event\":{\"a\":false}}");
    const struct json *tree = tree_of(text);
    assert_int_equal(json_path(tree, "Vendor.list")->count, 5);
    assert_int_equal(json_get(tree, "Vendor")->count, 2);
    assert_int_equal(json_get(tree, "labels")->count, 2);
    member_is(tree, "user.Extra", "\xC3\xA9\n\"");
    assert_true(json_is(json_path(tree, "Event.a"), JSON_BOOL));
}

static void a_timestamp_that_is_no_moment_becomes_the_time_of_receipt(void **state)
{
    (void)state;
    member_is(tree_of(stored("{\"@timestamp\":\"yesterday\"}")), "@timestamp",
              "2023-11-14T22:13:20.123Z");
    member_is(tree_of(stored("{\"@timestamp\":5}")), "@timestamp", "2023-11-14T22:13:20.123Z");
    member_is(tree_of(stored("{\"@timestamp\":\"2026-04-15T06:49:55.541Z\"}")), "@timestamp",
              "2026-04-15T06:49:55.541Z");
}

static struct slice three_documents(void)
{
    struct block_writer block;
    buffer_reset(&block_text);
    block_begin(&block, &block_text);
    block_add(&block, tree_of(SLICE("{\"message\":\"one\"}")), &usual_marks);
    block_add(&block, tree_of(SLICE("{\"message\":\"two\"}")), &usual_marks);
    block_add(&block, tree_of(SLICE("{\"message\":\"three\"}")), &usual_marks);
    block_end(&block);
    return buffer_slice(&block_text);
}

static void a_block_gives_its_documents_in_order(void **state)
{
    (void)state;
    static const char *const wanted[] = { "one", "two", "three" };
    struct block_reader reader;
    struct slice document;
    uint32_t offset = 0;
    assert_true(block_open(&reader, three_documents()));
    for (size_t i = 0; i < 3; i++) {
        assert_true(block_next(&reader, &document, &offset));
        member_is(tree_of(document), "message", wanted[i]);
    }
    assert_false(block_next(&reader, &document, &offset));
}

static void a_damaged_block_ends_early_and_nothing_is_read_behind_it(void **state)
{
    (void)state;
    struct slice whole = three_documents();
    for (size_t length = 0; length < whole.length; length++) {
        char *cut = malloc(length + 1);
        struct block_reader reader;
        struct slice document;
        uint32_t offset = 0;
        size_t count = 0;
        assert_non_null(cut);
        memcpy(cut, whole.text, length);
        bool opened = block_open(&reader, (struct slice){ cut, length });
        assert_true(opened == (length >= 4));
        while (opened && block_next(&reader, &document, &offset)) {
            assert_true(document.text + document.length <= cut + length);
            count++;
        }
        assert_true(count < 3);
        free(cut);
    }
}

static void a_block_over_its_bound_says_so(void **state)
{
    (void)state;
    struct buffer small;
    struct block_writer block;
    buffer_init(&small, 64);
    block_begin(&block, &small);
    block_add(&block, tree_of(SLICE("{}")), &usual_marks);
    block_end(&block);
    assert_true(small.overflow);
    assert_int_equal(block.count, 0);
    buffer_done(&small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_event_gets_all_that_readers_insist_on),
        TEST(the_id_of_an_event_without_one_is_the_same_each_time),
        TEST(what_the_server_sets_an_agent_cannot),
        TEST(the_offset_is_where_the_ingestion_time_stands),
        TEST(nulls_are_left_out_at_every_depth),
        TEST(members_of_a_wrong_type_are_left_out_and_the_rest_stays),
        TEST(numbers_for_texts_become_texts),
        TEST(unknown_members_survive_whatever_they_are),
        TEST(a_timestamp_that_is_no_moment_becomes_the_time_of_receipt),
        TEST(a_block_gives_its_documents_in_order),
        TEST(a_damaged_block_ends_early_and_nothing_is_read_behind_it),
        TEST(a_block_over_its_bound_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
