/* Proves what only PostgreSQL has: lost servers, spoilt transactions, notices. */
#include "store/test_place.h"

static int64_t number(struct session *session, const char *sql)
{
    struct error error = { 0 };
    int64_t value = -1;
    test_place_ok(store_int(session, &value, &error, sql, ""), &error);
    return value;
}

/* Ends the server's process behind `session`, as a restart of the server does. */
static void cut_off(struct test_place *place, struct session *session)
{
    struct error error = { 0 };
    struct session *other = NULL;
    int64_t process = number(session, "SELECT pg_backend_pid()");
    test_place_ok(session_open(place->store, SESSION_WRITE, &other, &error), &error);
    int64_t ended = 0;
    test_place_ok(store_int(other, &ended, &error, "SELECT pg_terminate_backend($1::int, 5000)",
                            "i", process),
                  &error);
    assert_int_equal(ended, 1);
    session_close(other);
}

static struct test_place *with_table(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    test_place_ok(session_run_script(place->writer,
                                     "CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT)",
                                     &error),
                  &error);
    return place;
}

static const char insert[] = "INSERT INTO thing (id) VALUES ($1)";

static void a_lost_connection_is_busy_and_comes_back_with_its_statements(void **state)
{
    struct test_place *place = with_table(state);
    struct error error = { 0 };
    test_place_ok(store_run(place->writer, &error, insert, "i", INT64_C(1)), &error);
    cut_off(place, place->writer);
    assert_int_equal(store_run(place->writer, &error, insert, "i", INT64_C(2)), RESULT_BUSY);
    test_place_ok(store_run(place->writer, &error, insert, "i", INT64_C(3)), &error);
    cut_off(place, place->writer);
    test_place_ok(session_ping(place->writer, &error), &error);
    test_place_ok(store_run(place->writer, &error, insert, "i", INT64_C(4)), &error);
    assert_int_equal(number(place->writer, "SELECT SUM(id) FROM thing"), 8);
}

static void a_transaction_lost_half_way_is_lost_whole(void **state)
{
    struct test_place *place = with_table(state);
    struct session *session = place->writer;
    struct error error = { 0 };
    test_place_ok(session_begin(session, &error), &error);
    test_place_ok(store_run(session, &error, insert, "i", INT64_C(1)), &error);
    cut_off(place, session);
    assert_int_equal(store_run(session, &error, insert, "i", INT64_C(2)), RESULT_BUSY);
    assert_int_equal(store_run(session, &error, insert, "i", INT64_C(3)), RESULT_BUSY);
    test_place_ok(session_ping(session, &error), &error);
    /* The connection is new, the transaction is not: its rest must not be written. */
    assert_int_equal(store_run(session, &error, insert, "i", INT64_C(4)), RESULT_BUSY);
    assert_false(session_in_transaction(session));
    assert_int_equal(session_commit(session, &error), RESULT_BUSY);
    session_rollback(session);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 0);
}

static void a_connection_lost_at_the_commit_is_broken(void **state)
{
    struct test_place *place = with_table(state);
    struct error error = { 0 };
    test_place_ok(session_begin(place->writer, &error), &error);
    test_place_ok(store_run(place->writer, &error, insert, "i", INT64_C(1)), &error);
    cut_off(place, place->writer);
    assert_int_equal(session_commit(place->writer, &error), RESULT_BROKEN);
    session_rollback(place->writer);
    test_place_ok(session_begin(place->writer, &error), &error);
    test_place_ok(session_commit(place->writer, &error), &error);
}

static void a_spoilt_transaction_does_not_commit(void **state)
{
    struct test_place *place = with_table(state);
    struct session *session = place->writer;
    struct error error = { 0 };
    test_place_ok(session_begin(session, &error), &error);
    test_place_ok(store_run(session, &error, insert, "i", INT64_C(1)), &error);
    assert_int_equal(store_run(session, &error, insert, "i", INT64_C(1)), RESULT_CONFLICT);
    assert_int_equal(store_run(session, &error, insert, "i", INT64_C(2)), RESULT_BROKEN);
    assert_int_equal(session_commit(session, &error), RESULT_BROKEN);
    session_rollback(session);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 0);
}

static void a_changed_layout_is_met_with_a_new_plan(void **state)
{
    struct test_place *place = with_table(state);
    struct error error = { 0 };
    static const char sql[] = "SELECT * FROM thing";
    test_place_ok(store_run(place->writer, &error, insert, "i", INT64_C(7)), &error);
    assert_int_equal(number(place->writer, sql), 7);
    test_place_ok(session_run_script(place->writer, "ALTER TABLE thing ADD more TEXT", &error),
                  &error);
    int64_t value = 0;
    assert_int_equal(store_int(place->writer, &value, &error, sql, ""), RESULT_BROKEN);
    assert_int_equal(number(place->writer, sql), 7);
}

static void booleans_and_sums_read_as_numbers(void **state)
{
    struct test_place *place = test_place(state);
    struct session *session = place->writer;
    assert_int_equal(number(session, "SELECT 1 = 1"), 1);
    assert_int_equal(number(session, "SELECT 1 = 2"), 0);
    assert_int_equal(number(session, "SELECT SUM(n) FROM generate_series(1, 10) AS n"), 55);
    assert_int_equal(number(session, "SELECT -2.75"), -2);
}

static void a_text_that_is_not_utf8_is_invalid_and_an_endless_key_too_large(void **state)
{
    struct test_place *place = with_table(state);
    struct error error = { 0 };
    static const char sql[] = "UPDATE thing SET name = $1";
    assert_int_equal(store_run(place->writer, &error, sql, "t", "\xff\xfe"), RESULT_INVALID);
    test_place_ok(
        session_run_script(place->writer, "CREATE INDEX thing_name ON thing (name)", &error),
        &error);
    assert_int_equal(store_run(place->writer, &error,
                               "INSERT INTO thing (id, name) SELECT 1, string_agg(md5(n::text), '')"
                               " FROM generate_series(1, 2000) AS n",
                               ""),
                     RESULT_TOO_LARGE);
}

struct heard {
    int count;
    char last[32];
};

static void hear(void *context, struct slice text)
{
    struct heard *heard = context;
    heard->count++;
    (void)snprintf(heard->last, sizeof(heard->last), "%.*s", (int)text.length, text.text);
}

static void a_notice_leaves_with_the_commit(void **state)
{
    struct test_place *place = test_place(state);
    struct session *writer = place->writer;
    struct error error = { 0 };
    struct session *ears = NULL;
    struct heard heard = { 0 };
    test_place_ok(session_open(place->store, SESSION_READ, &ears, &error), &error);
    test_place_ok(session_listen(ears, place->schema, 0, hear, &heard, &error), &error);
    test_place_ok(session_begin(writer, &error), &error);
    test_place_ok(session_notify(writer, place->schema, SLICE("first"), &error), &error);
    test_place_ok(session_listen(ears, place->schema, 50, hear, &heard, &error), &error);
    assert_int_equal(heard.count, 0);
    test_place_ok(session_notify(writer, "another", SLICE("second"), &error), &error);
    test_place_ok(session_commit(writer, &error), &error);
    test_place_ok(session_listen(ears, place->schema, 5000, hear, &heard, &error), &error);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.last, "first");
    cut_off(place, ears);
    assert_int_equal(session_listen(ears, place->schema, 5000, hear, &heard, &error), RESULT_BUSY);
    test_place_ok(session_listen(ears, place->schema, 0, hear, &heard, &error), &error);
    test_place_ok(session_notify(writer, place->schema, SLICE("third"), &error), &error);
    test_place_ok(session_listen(ears, place->schema, 5000, hear, &heard, &error), &error);
    assert_string_equal(heard.last, "third");
    assert_int_equal(session_listen(ears, "a\"b", 0, hear, &heard, &error), RESULT_BROKEN);
    session_close(ears);
}

static void on_sqlite_notices_go_nowhere(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    struct heard heard = { 0 };
    test_place_ok(session_notify(place->writer, "tasks", SLICE("first"), &error), &error);
    test_place_ok(session_listen(place->writer, "tasks", 5000, hear, &heard, &error), &error);
    assert_int_equal(heard.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_POSTGRES(a_lost_connection_is_busy_and_comes_back_with_its_statements),
        TEST_ON_POSTGRES(a_transaction_lost_half_way_is_lost_whole),
        TEST_ON_POSTGRES(a_connection_lost_at_the_commit_is_broken),
        TEST_ON_POSTGRES(a_spoilt_transaction_does_not_commit),
        TEST_ON_POSTGRES(a_changed_layout_is_met_with_a_new_plan),
        TEST_ON_POSTGRES(booleans_and_sums_read_as_numbers),
        TEST_ON_POSTGRES(a_text_that_is_not_utf8_is_invalid_and_an_endless_key_too_large),
        TEST_ON_POSTGRES(a_notice_leaves_with_the_commit),
        TEST_ON_MEMORY(on_sqlite_notices_go_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
