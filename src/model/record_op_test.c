/* Proves that a record by its id and the plain arrays below it come as their tables say, in both databases. */
#include "base/arena.h"
#include "model/operation.h"
#include "store/test_place.h"

enum { ARENA_BYTES = 1024 * 1024 };

#define NOW_US    INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */
#define BOX_ID    "b0000000-0000-4000-8000-000000000001"
#define EMPTY_ID  "b0000000-0000-4000-8000-000000000002"
#define ABSENT_ID "b0000000-0000-4000-8000-000000000009"

static const char *const colour_values[] = { "Red", "Green" };
static const struct names colours = { "Colour", colour_values, 2 };

static const struct field item_fields[] = {
    { .json = "name", .type = FIELD_TEXT, .column = "i.name" },
    { .json = "made", .type = FIELD_TIME, .column = "i.made" },
};
static const struct shape item_row = {
    .name = "Item", .fields = item_fields, .count = 2, .times = TIME_BARE
};
static const struct resource items = {
    .name = "Items",
    .noun = "item",
    .from = "item i",
    .where = "i.made > 0 OR i.made < 0",
    .key = "i.name",
    .row = &item_row,
    .parent = "i.box_id",
    .parent_exists = "SELECT 1 FROM box WHERE id = $1",
    .parent_noun = "box",
    .order = "i.made DESC, i.name DESC",
};
static const struct resource all_items = {
    .name = "AllItems",
    .noun = "item",
    .from = "item i",
    .key = "i.name",
    .row = &item_row,
    .order = "i.name",
};

static const struct field place_fields[] = {
    { .json = "room", .type = FIELD_TEXT, .column = "b.room" },
    { .json = "shelf", .type = FIELD_INT, .column = "b.shelf" },
};
static const struct shape place_shape = { .name = "Place", .fields = place_fields, .count = 2 };

static const struct field box_fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "b.id" },
    { .json = "colour", .type = FIELD_ENUM, .column = "b.colour", .names = &colours },
    { .json = "secret", .type = FIELD_OBJECT, .flags = FIELD_HIDDEN, .shape = &place_shape },
    { .json = "place", .type = FIELD_OBJECT, .flags = FIELD_NULLABLE, .shape = &place_shape },
    { .json = "always", .type = FIELD_OBJECT, .shape = &place_shape },
    { .json = "document", .type = FIELD_JSON, .column = "b.document" },
    { .json = "items", .type = FIELD_ARRAY, .shape = &item_row, .rows = &items },
    { .json = "tags", .type = FIELD_ARRAY, .items = FIELD_TEXT },
    { .json = "note", .type = FIELD_ANY },
    { .json = "old", .type = FIELD_INT, .column = "b.shelf", .versions = API_V1 },
    { .json = "hidden", .type = FIELD_INT, .flags = FIELD_HIDDEN, .column = "b.shelf" },
    { .json = "weight", .type = FIELD_NUMBER, .column = "b.weight" },
    { .json = "locked", .type = FIELD_BOOL, .column = "b.shelf" },
    { .json = "age", .type = FIELD_INT64, .column = "({now} - {cutoff}) / 1000000" },
    { .json = "made", .type = FIELD_TIME, .column = "b.made" },
};
static const struct shape box_detail = {
    .name = "Box", .fields = box_fields, .count = COUNT_OF(box_fields), .times = TIME_ZONED
};
static const struct resource boxes = {
    .name = "Boxes",
    .noun = "box",
    .from = "box b",
    .where = "b.shelf >= 0 OR b.shelf IS NULL",
    .key = "b.id",
    .row = &box_detail,
};

struct record_place {
    struct ctx ctx;
    struct error error;
    struct rules rules;
    struct reply reply;
};

static void open_boxes(struct record_place *place, struct test_place *store)
{
    struct error error = { 0 };
    *place = (struct record_place){ .rules = { .disconnected_after_us = 90 * US_PER_SECOND } };
    test_place_ok(
        session_run_script(
            store->writer,
            "CREATE TABLE box (id TEXT PRIMARY KEY, colour BIGINT, room TEXT, shelf BIGINT, "
            "document TEXT, weight DOUBLE PRECISION, made BIGINT);"
            "CREATE TABLE item (box_id TEXT, name TEXT, made BIGINT);"
            "INSERT INTO box VALUES ('" BOX_ID "', 1, 'hall', 3, '{\"items\":[],\"x\":[1]}', 1.5, "
            "1700000000000000);"
            "INSERT INTO box VALUES ('" EMPTY_ID "', 7, NULL, NULL, NULL, NULL, NULL);"
            "INSERT INTO box VALUES ('b0000000-0000-4000-8000-000000000003', 0, 'gone', -1, NULL, NULL, "
            "NULL);"
            "INSERT INTO item VALUES ('" BOX_ID "', 'cup', 1700000000000000);"
            "INSERT INTO item VALUES ('" BOX_ID "', 'pot', 1700000001500000);"
            "INSERT INTO item VALUES ('" BOX_ID "', 'lost', 0);"
            "INSERT INTO item VALUES ('b0000000-0000-4000-8000-000000000003', 'pan', 5000000);",
            &error),
        &error);
    place->ctx = (struct ctx){ .arena = arena_new(ARENA_BYTES),
                               .session = store->writer,
                               .now_us = NOW_US,
                               .rules = &place->rules,
                               .error = &place->error,
                               .version = API_V3 };
    assert_non_null(place->ctx.arena);
    reply_init(&place->reply);
}

static void close_boxes(struct record_place *place)
{
    reply_done(&place->reply);
    arena_free(place->ctx.arena);
}

static enum result ask(struct record_place *place, operation_call *run,
                       const struct resource *resource, const char *id)
{
    const struct route route = { .resource = resource };
    const struct call call = { .route = &route, .ids = { slice_of(id) }, .id_count = 1 };
    reply_done(&place->reply);
    reply_init(&place->reply);
    return run(&place->ctx, &call, &place->reply);
}

#define CUP "{\"name\":\"cup\",\"made\":\"2023-11-14T22:13:20\"}"
#define POT "{\"name\":\"pot\",\"made\":\"2023-11-14T22:13:21.5\"}"

static void a_record_comes_as_its_table_says(void **state)
{
    struct record_place place;
    open_boxes(&place, test_place(state));
    test_place_ok(ask(&place, op_get, &boxes, BOX_ID), &place.error);
    assert_int_equal(place.reply.status, 200);
    assert_string_equal(
        place.reply.body.bytes,
        "{\"id\":\"" BOX_ID "\",\"colour\":\"Green\",\"place\":{\"room\":\"hall\",\"shelf\":3},"
        "\"always\":{\"room\":\"hall\",\"shelf\":3},\"document\":{\"items\":[],\"x\":[1]},"
        "\"items\":[" POT "," CUP "],\"tags\":[],\"note\":null,\"weight\":1.5,\"locked\":true,"
        "\"age\":90,\"made\":\"2023-11-14T22:13:20.0000000+00:00\"}");
    close_boxes(&place);
}

static void what_is_absent_is_null_or_empty(void **state)
{
    struct record_place place;
    open_boxes(&place, test_place(state));
    place.ctx.version = API_V1;
    test_place_ok(ask(&place, op_get, &boxes, EMPTY_ID), &place.error);
    assert_string_equal(
        place.reply.body.bytes,
        "{\"id\":\"" EMPTY_ID "\",\"colour\":null,\"place\":null,"
        "\"always\":{\"room\":null,\"shelf\":null},\"document\":null,\"items\":[],\"tags\":[],"
        "\"note\":null,\"old\":null,\"weight\":null,\"locked\":null,\"age\":90,\"made\":null}");
    close_boxes(&place);
}

static void numbers_that_json_has_not_are_null(void **state)
{
    struct record_place place;
    bool postgres = test_place(state)->schema[0] != '\0';
    open_boxes(&place, test_place(state));
    test_place_ok(store_run(place.ctx.session, &place.error,
                            "UPDATE box SET weight = CAST($1 AS DOUBLE PRECISION)", "t",
                            "-1.25e300"),
                  &place.error);
    test_place_ok(ask(&place, op_get, &boxes, BOX_ID), &place.error);
    assert_non_null(strstr(place.reply.body.bytes, "\"weight\":-1.25e+300,"));
    test_place_ok(session_run_script(place.ctx.session,
                                     postgres ? "UPDATE box SET weight = '-Infinity'"
                                              : "UPDATE box SET weight = -9e999",
                                     &place.error),
                  &place.error);
    test_place_ok(ask(&place, op_get, &boxes, BOX_ID), &place.error);
    assert_non_null(strstr(place.reply.body.bytes, "\"weight\":null,"));
    close_boxes(&place);
}

static void no_record_is_told_by_its_noun(void **state)
{
    struct record_place place;
    open_boxes(&place, test_place(state));
    assert_int_equal(ask(&place, op_get, &boxes, ABSENT_ID), RESULT_NOT_FOUND);
    assert_string_equal(place.error.text, "there is no box with the id " ABSENT_ID);
    /* The row is there, but does not count: the condition holds as a whole. */
    assert_int_equal(ask(&place, op_get, &boxes, "b0000000-0000-4000-8000-000000000003"),
                     RESULT_NOT_FOUND);
    close_boxes(&place);
}

static void an_array_below_a_record_has_its_rows_in_order(void **state)
{
    struct record_place place;
    open_boxes(&place, test_place(state));
    test_place_ok(ask(&place, op_array, &items, BOX_ID), &place.error);
    assert_string_equal(place.reply.body.bytes, "[" POT "," CUP "]");
    test_place_ok(ask(&place, op_array, &items, EMPTY_ID), &place.error);
    assert_string_equal(place.reply.body.bytes, "[]");
    assert_int_equal(ask(&place, op_array, &items, ABSENT_ID), RESULT_NOT_FOUND);
    assert_string_equal(place.error.text, "there is no box with the id " ABSENT_ID);
    close_boxes(&place);
}

static void an_array_of_large_rows_ends_at_its_bytes(void **state)
{
    struct record_place place;
    struct resource bounded = items;
    open_boxes(&place, test_place(state));
    bounded.array_bytes_max =
        sizeof(POT) - 1; /* with the bracket before it, the first row is one too many */
    test_place_ok(ask(&place, op_array, &bounded, BOX_ID), &place.error);
    assert_string_equal(place.reply.body.bytes, "[" POT "]");
    bounded.array_bytes_max = sizeof("[" POT) + 1;
    test_place_ok(ask(&place, op_array, &bounded, BOX_ID), &place.error);
    assert_string_equal(place.reply.body.bytes, "[" POT "," CUP "]");
    close_boxes(&place);
}

static void a_small_collection_comes_whole_up_to_1000_rows(void **state)
{
    struct record_place place;
    open_boxes(&place, test_place(state));
    test_place_ok(ask(&place, op_array, &all_items, NULL), &place.error);
    assert_memory_equal(place.reply.body.bytes, "[" CUP ",", sizeof(CUP));
    test_place_ok(session_begin(place.ctx.session, &place.error), &place.error);
    for (int64_t i = 0; i < ARRAY_ROWS_MAX; i++) {
        test_place_ok(store_run(place.ctx.session, &place.error,
                                "INSERT INTO item VALUES ('x', 'more', $1)", "i", i + 1),
                      &place.error);
    }
    test_place_ok(ask(&place, op_array, &all_items, NULL), &place.error);
    size_t rows = 0;
    for (const char *at = place.reply.body.bytes; (at = strstr(at, "{\"name\"")) != NULL; at++) {
        rows++;
    }
    assert_int_equal(rows, ARRAY_ROWS_MAX);
    session_rollback(place.ctx.session);
    close_boxes(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_record_comes_as_its_table_says),
        TEST_ON_SERVERS(what_is_absent_is_null_or_empty),
        TEST_ON_SERVERS(numbers_that_json_has_not_are_null),
        TEST_ON_SERVERS(no_record_is_told_by_its_noun),
        TEST_ON_SERVERS(an_array_below_a_record_has_its_rows_in_order),
        TEST_ON_SERVERS(an_array_of_large_rows_ends_at_its_bytes),
        TEST_ON_SERVERS(a_small_collection_comes_whole_up_to_1000_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
