/* Proves that a store gets each step once, for its own database, and never goes back. */
#include <pthread.h>

#include "store/migrate.h"
#include "store/test_place.h"

#define STEP(name, text)             \
    {                                \
        name, text, sizeof(text) - 1 \
    }

static const struct migrate_step steps[] = {
    STEP("0001_start.sql", "CREATE TABLE start (number BIGINT);\n"
                           "--! sqlite\n"
                           "INSERT INTO start VALUES (1);\n"
                           "--! postgres\n"
                           "INSERT INTO start VALUES (1::bigint);\n"
                           "--! both\n"
                           "INSERT INTO start VALUES (10);"),
    STEP("0002_more.sql", "ALTER TABLE start ADD COLUMN more TEXT;\n"
                          "-- a remark; with a semicolon\n"
                          "INSERT INTO start (number, more) VALUES (100, 'a;b');\n"),
    STEP("0003_wrong.sql",
         "INSERT INTO start (number) VALUES (1000);\nINSERT INTO nowhere VALUES (1);"),
};

static int64_t number(struct test_place *place, const char *sql)
{
    struct error error = { 0 };
    int64_t value = -1;
    test_place_ok(store_int(place->writer, &value, &error, sql, ""), &error);
    return value;
}

static void steps_are_applied_once_and_for_one_database(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    test_place_ok(store_migrate_with(place->store, steps, 1, &error), &error);
    assert_int_equal(number(place, "SELECT SUM(number) FROM start"), 11);
    for (int i = 0; i < 2; i++) {
        test_place_ok(store_migrate_with(place->store, steps, 2, &error), &error);
        assert_int_equal(number(place, "SELECT SUM(number) FROM start"), 111);
        assert_int_equal(number(place, "SELECT MAX(number) FROM schema_step"), 2);
        assert_int_equal(number(place, "SELECT COUNT(*) FROM schema_step"), 2);
    }
}

static void a_failing_step_leaves_the_steps_before_it(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    assert_int_equal(store_migrate_with(place->store, steps, 3, &error), RESULT_BROKEN);
    assert_non_null(strstr(error.text, "0003_wrong.sql"));
    assert_int_equal(number(place, "SELECT SUM(number) FROM start"), 111);
    assert_int_equal(number(place, "SELECT MAX(number) FROM schema_step"), 2);
}

static void a_newer_store_is_refused(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    test_place_ok(store_migrate_with(place->store, steps, 2, &error), &error);
    assert_int_equal(store_migrate_with(place->store, steps, 1, &error), RESULT_CONFLICT);
    assert_string_equal(error.text, "the store is at step 2, this program knows steps up to 1:"
                                    " use the newer program");
}

static void names_out_of_order_are_refused(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    const struct migrate_step turned[] = { steps[1], steps[0] };
    assert_int_equal(store_migrate_with(place->store, turned, 2, &error), RESULT_BROKEN);
    const struct migrate_step twice[] = { steps[0], steps[0] };
    assert_int_equal(store_migrate_with(place->store, twice, 2, &error), RESULT_BROKEN);
    const struct migrate_step nameless[] = { STEP("one.sql", "") };
    assert_int_equal(store_migrate_with(place->store, nameless, 1, &error), RESULT_BROKEN);
    test_place_ok(store_migrate_with(place->store, steps, 0, &error), &error);
}

static void a_step_that_comes_later_fills_its_gap(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    const struct migrate_step gap[] = {
        steps[0], STEP("0004_last.sql", "INSERT INTO start (number) VALUES (1000);")
    };
    const struct migrate_step whole[] = { steps[0], steps[1], gap[1] };
    test_place_ok(store_migrate_with(place->store, gap, 2, &error), &error);
    assert_int_equal(number(place, "SELECT SUM(number) FROM start"), 1011);
    test_place_ok(store_migrate_with(place->store, whole, 3, &error), &error);
    assert_int_equal(number(place, "SELECT SUM(number) FROM start"), 1111);
    assert_int_equal(store_migrate_with(place->store, gap, 2, &error), RESULT_CONFLICT);
}

static void *migrate(void *argument)
{
    struct test_place *place = argument;
    struct error error = { 0 };
    test_place_ok(store_migrate_with(place->store, steps, 2, &error), &error);
    return NULL;
}

static void servers_that_start_together_do_it_once(void **state)
{
    struct test_place *place = test_place(state);
    pthread_t threads[6];
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, migrate, place), 0);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(number(place, "SELECT SUM(number) FROM start"), 111);
}

static void the_program_s_own_steps_work(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    test_place_ok(store_migrate(place->store, &error), &error);
    assert_int_equal(number(place, "SELECT MAX(number) FROM schema_step"), migrate_newest());
    test_place_ok(store_migrate(place->store, &error), &error);
}

static void both_databases_fold_letter_case_alike(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    struct statement *row = NULL;
    test_place_ok(store_migrate(place->store, &error), &error);
    test_place_ok(session_run_script(place->writer,
                                     "INSERT INTO setting (name, value) VALUES"
                                     " ('fold', '\xc3\x84PFEL \xce\xa9MEGA')",
                                     &error),
                  &error);
    test_place_ok(store_row(place->writer, &row, &error,
                            "SELECT reeve_fold(value), LENGTH(reeve_uuid()) FROM setting"
                            " WHERE name = 'fold'",
                            ""),
                  &error);
    assert_true(slice_is(statement_text(row, 0), "\xc3\xa4pfel \xcf\x89mega"));
    assert_int_equal(statement_int(row, 1), 36);
    statement_reset(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_ALL(steps_are_applied_once_and_for_one_database),
        TEST_ON_ALL(a_failing_step_leaves_the_steps_before_it),
        TEST_ON_ALL(a_newer_store_is_refused),
        TEST_ON_SERVERS(names_out_of_order_are_refused),
        TEST_ON_ALL(a_step_that_comes_later_fills_its_gap),
        TEST_ON_ALL(servers_that_start_together_do_it_once),
        TEST_ON_ALL(the_program_s_own_steps_work),
        TEST_ON_ALL(both_databases_fold_letter_case_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
