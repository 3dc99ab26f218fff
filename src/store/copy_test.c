/* A copy of a store in memory brings its state back, for every session, also for those that know statements already. */
#include <pthread.h>

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

/* Each state is written by as many transactions as the one before, so counts of changes alone would not tell them apart. */
static void what_sessions_remember_of_a_state_is_not_taken_for_another(void **state)
{
    struct test_place *place = *state;
    struct session *reader = NULL;
    struct store_copy *copy = NULL;
    test_place_ok(session_run_script(place->writer, "CREATE TABLE a (n INTEGER);", &error), &error);
    test_place_ok(session_open(place->store, SESSION_READ, &reader, &error), &error);
    test_place_ok(store_copy_take(reader, &copy, &error), &error);
    for (int64_t round = 1; round < 20; round++) {
        int64_t seen[2] = { 0 };
        test_place_ok(store_run(place->writer, &error, "INSERT INTO a VALUES ($1)", "i", round),
                      &error);
        test_place_ok(store_int(reader, &seen[0], &error, "SELECT n FROM a", ""), &error);
        test_place_ok(store_int(place->writer, &seen[1], &error, "SELECT n FROM a", ""), &error);
        assert_int_equal(seen[0], round);
        assert_int_equal(seen[1], round);
        test_place_ok(store_copy_put(place->writer, copy, &error), &error);
    }
    store_copy_free(copy);
    session_close(reader);
}

static void tables_made_since_are_gone_and_may_be_others(void **state)
{
    struct test_place *place = *state;
    struct store_copy *copy = NULL;
    int64_t value = 0;
    assert_int_equal(store_copy_take(place->writer, &copy, &error), RESULT_INVALID);
    test_place_ok(session_run_script(place->writer, "CREATE TABLE b (n INTEGER);", &error), &error);
    test_place_ok(store_copy_take(place->writer, &copy, &error), &error);
    test_place_ok(
        session_run_script(place->writer, "CREATE TABLE a (n INTEGER, m INTEGER);", &error),
        &error);
    test_place_ok(store_run(place->writer, &error, "INSERT INTO a VALUES (1, 2)", ""), &error);
    test_place_ok(store_int(place->writer, &value, &error, "SELECT m FROM a", ""), &error);
    test_place_ok(store_copy_put(place->writer, copy, &error), &error);
    assert_int_equal(store_int(place->writer, &value, &error, "SELECT m FROM a", ""),
                     RESULT_BROKEN);
    test_place_ok(
        session_run_script(place->writer, "CREATE TABLE a (m INTEGER, n INTEGER);", &error),
        &error);
    test_place_ok(store_run(place->writer, &error, "INSERT INTO a VALUES (1, 2)", ""), &error);
    test_place_ok(store_int(place->writer, &value, &error, "SELECT m FROM a", ""), &error);
    assert_int_equal(value, 1);
    store_copy_free(copy);
}

static void what_a_transaction_has_not_committed_is_in_no_copy(void **state)
{
    struct test_place *place = *state;
    struct session *reader = NULL;
    struct store_copy *copy = NULL;
    test_place_ok(session_run_script(place->writer, "CREATE TABLE a (n INTEGER);", &error), &error);
    test_place_ok(session_open(place->store, SESSION_READ, &reader, &error), &error);
    test_place_ok(session_begin(place->writer, &error), &error);
    test_place_ok(store_run(place->writer, &error, "INSERT INTO a VALUES (1)", ""), &error);
    test_place_ok(store_copy_take(reader, &copy, &error), &error); /* beside it, without waiting */
    test_place_ok(session_commit(place->writer, &error), &error);
    assert_int_equal(count(reader), 1);
    test_place_ok(store_copy_put(place->writer, copy, &error), &error);
    assert_int_equal(count(reader), 0);
    store_copy_free(copy);
    session_close(reader);
}

/* Writers count up in one row; each reader sees it rise, or fall to where the copy was. */
enum { THREADS = 4, ROUNDS = 200, ROWS = 300 };

struct walker {
    struct store *store;
    pthread_t thread;
    bool writes;
};

static void *walk(void *context)
{
    struct walker *walker = context;
    struct session *session = NULL;
    struct error failure;
    test_place_ok(session_open(walker->store, walker->writes ? SESSION_WRITE : SESSION_READ,
                               &session, &failure),
                  &failure);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t lowest = 0;
        int64_t highest = 0;
        if (walker->writes) {
            test_place_ok(store_run(session, &failure, "UPDATE a SET n = n + 1", ""), &failure);
        }
        test_place_ok(session_begin(session, &failure), &failure);
        test_place_ok(store_int(session, &lowest, &failure, "SELECT MIN(n) FROM a", ""), &failure);
        test_place_ok(store_int(session, &highest, &failure, "SELECT MAX(n) FROM a", ""), &failure);
        session_rollback(session);
        assert_int_equal(lowest, highest);
    }
    session_close(session);
    return NULL;
}

static void states_change_beside_readers_and_writers_as_a_whole(void **state)
{
    struct test_place *place = *state;
    struct store_copy *copy = NULL;
    struct walker walkers[THREADS];
    test_place_ok(
        session_run_script(place->writer, "CREATE TABLE a (n INTEGER, filler TEXT);", &error),
        &error);
    for (int i = 0; i < ROWS; i++) {
        test_place_ok(
            store_run(place->writer, &error, "INSERT INTO a VALUES (0, hex(zeroblob(1000)))", ""),
            &error);
    }
    for (size_t i = 0; i < THREADS; i++) {
        walkers[i] = (struct walker){ .store = place->store, .writes = i % 2 == 0 };
        assert_int_equal(pthread_create(&walkers[i].thread, NULL, walk, &walkers[i]), 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 5 == 0) {
            store_copy_free(copy);
            copy = NULL;
            test_place_ok(store_copy_take(place->writer, &copy, &error), &error);
        }
        test_place_ok(store_copy_put(place->writer, copy, &error), &error);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(walkers[i].thread, NULL), 0);
    }
    int64_t whole = 0;
    test_place_ok(
        store_int(place->writer, &whole, &error,
                  "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'", ""),
        &error);
    assert_int_equal(whole, 1);
    store_copy_free(copy);
}

static void a_store_elsewhere_has_no_copy(void **state)
{
    struct test_place *place = test_place(state);
    struct store_copy *copy = NULL;
    assert_int_equal(store_copy_take(place->writer, &copy, &error), RESULT_INVALID);
    assert_null(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_MEMORY(a_copy_brings_rows_back_for_all_sessions),
        TEST_ON_MEMORY(what_sessions_remember_of_a_state_is_not_taken_for_another),
        TEST_ON_MEMORY(tables_made_since_are_gone_and_may_be_others),
        TEST_ON_MEMORY(what_a_transaction_has_not_committed_is_in_no_copy),
        TEST_ON_MEMORY(states_change_beside_readers_and_writers_as_a_whole),
        TEST_ON_SERVERS(a_store_elsewhere_has_no_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
