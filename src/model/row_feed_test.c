/* Proves that a feed gives every row once, and rows of one position together, whatever is asked for at once, in both databases. */
#include <inttypes.h>

#include "base/arena.h"
#include "model/field.h"
#include "model/operation.h"
#include "model/row_feed.h"
#include "store/migrate.h"
#include "store/test_place.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, ROWS = 61 };

/* clang-format off */
static const struct field fields[] = {
    { .json = "number", .type = FIELD_INT64, .column = "t.number" },
    { .json = "text", .type = FIELD_TEXT, .column = "t.text" },
};
static const struct shape shape = { .name = "Told", .fields = fields, .count = COUNT_OF(fields) };
static const struct row_feed told = {
    .shape = &shape, .from = "told t", .where = "t.number < 1000", .position = "t.position", .number = "t.number", .time = "t.number * 10", .computer = "'c'",
    .id_prefix = "told", .newest = "SELECT MAX(position) FROM told", .at = "SELECT MIN(position) - 1 FROM told WHERE number >= $1 HAVING COUNT(*) > 0",
};
/* clang-format on */

struct feed_place {
    struct ctx ctx;
    struct arena *arena;
    struct error error;
    struct rules rules;
};

/* Positions 1, 2 2, 3 3 3 … so that each bound cuts through some of them. */
static int64_t position_of(int64_t number)
{
    int64_t position = 1;
    for (int64_t before = 0; before + position <= number; position++) {
        before += position;
    }
    return position;
}

static void open_told(struct feed_place *place, struct test_place *store)
{
    struct error error = { .field = NULL };
    *place = (struct feed_place){ .arena = arena_new(ARENA_BYTES) };
    assert_non_null(place->arena);
    test_place_ok(store_migrate(store->store, &error), &error);
    test_place_ok(
        session_run_script(store->writer,
                           "CREATE TABLE told (number BIGINT, position BIGINT, text TEXT)", &error),
        &error);
    test_place_ok(session_begin(store->writer, &error), &error);
    for (int64_t i = ROWS - 1; i >= 0; i--) {
        test_place_ok(store_run(store->writer, &error,
                                "INSERT INTO told (number, position, text) VALUES ($1, $2, 'ab')",
                                "ii", i, position_of(i)),
                      &error);
    }
    place->ctx = (struct ctx){ .arena = place->arena,
                               .session = store->writer,
                               .rules = &place->rules,
                               .error = &place->error };
}

static void close_told(struct feed_place *place)
{
    session_rollback(place->ctx.session);
    arena_free(place->arena);
}

/* Reads all of it, and says in how many steps. */
static size_t walk(struct feed_place *place, size_t items_max, size_t bytes_max)
{
    int64_t position = 0;
    int64_t next = 0;
    size_t steps = 0;
    for (;; steps++) {
        struct feed_item *items = NULL;
        size_t count = 0;
        arena_reset(place->arena);
        test_place_ok(
            row_feed_read(&place->ctx, &told, position, items_max, bytes_max, &items, &count),
            &place->error);
        if (count == 0) {
            break;
        }
        for (size_t i = 0; i < count; i++, next++) {
            char wanted[64];
            assert_true(items[i].position > position);
            assert_int_equal(items[i].position, position_of(next));
            assert_int_equal(items[i].time_us, next * 10);
            (void)snprintf(wanted, sizeof(wanted), "told-%" PRId64, next);
            assert_true(slice_is(items[i].id, wanted));
            (void)snprintf(wanted, sizeof(wanted), "{\"number\":%" PRId64 ",\"text\":\"ab\"}",
                           next);
            assert_true(slice_is(items[i].json, wanted));
        }
        position = items[count - 1].position;
    }
    assert_int_equal(next, ROWS);
    return steps;
}

static void every_row_comes_once(void **state)
{
    struct test_place *store = test_place(state);
    struct feed_place place;
    open_told(&place, store);
    assert_int_equal(walk(&place, ROWS + 1, SIZE_MAX), 1);
    for (size_t items_max = 1; items_max <= ROWS; items_max++) {
        assert_true(walk(&place, items_max, SIZE_MAX) >= 1);
    }
    /* One position at a time, since each document is more than what is asked for. */
    assert_int_equal(walk(&place, ROWS + 1, 1), position_of(ROWS - 1));
    for (size_t bytes_max = 20; bytes_max < 2000; bytes_max += 60) {
        assert_true(walk(&place, ROWS + 1, bytes_max) >= 1);
    }
    close_told(&place);
}

static void positions_are_found(void **state)
{
    struct test_place *store = test_place(state);
    struct feed_place place;
    int64_t position = -1;
    open_told(&place, store);
    test_place_ok(row_feed_newest(&place.ctx, &told, &position), &place.error);
    assert_int_equal(position, position_of(ROWS - 1));
    test_place_ok(row_feed_at(&place.ctx, &told, 10, &position), &place.error);
    assert_int_equal(position, position_of(10) - 1);
    test_place_ok(row_feed_at(&place.ctx, &told, ROWS, &position), &place.error);
    assert_int_equal(position, 0);
    close_told(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = { TEST_ON_SERVERS(every_row_comes_once),
                                        TEST_ON_SERVERS(positions_are_found) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
