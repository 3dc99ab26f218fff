/* A copy of a store in memory brings its state back, for every session, also for those that know statements already. */
#include "store/copy.h"
#include "store/test_place.h"

static struct error error;

static int64_t count(struct session *session)
{
    int64_t rows = 0;
    test_place_ok(store_int(session, &rows, &error, "SELECT COUNT(*) FROM a", ""), &error);
    return rows;
}

static void a_copy_brings_rows_back_for_all_sessions(void **state)
{
    struct test_place *place = *state;
    struct session *reader = NULL;
    struct store_copy *copy = NULL;
    test_place_ok(session_run_script(place->writer, "CREATE TABLE a (n INTEGER);", &error), &error);
    test_place_ok(store_run(place->writer, &error, "INSERT INTO a VALUES (1)", ""), &error);
    test_place_ok(session_open(place->store, SESSION_READ, &reader, &error), &error);
    test_place_ok(store_copy_take(reader, &copy, &error), &error);
    for (int round = 0; round < 3; round++) {
        test_place_ok(store_run(place->writer, &error, "INSERT INTO a VALUES (2)", ""), &error);
        assert_int_equal(count(reader), 2);
        test_place_ok(store_copy_put(place->writer, copy, &error), &error);
        assert_int_equal(count(reader), 1);
        assert_int_equal(count(place->writer), 1);
    }
    assert_true(store_copy_bytes(copy) > 0);
    store_copy_free(copy);
    session_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_copy_brings_rows_back_for_all_sessions, test_place_memory,
                                        test_place_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
