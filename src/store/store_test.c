/* Proves that sessions and statements behave the same on SQLite (file and memory) and PostgreSQL. */
#include <pthread.h>
#include <sys/stat.h>

#include "base/time.h"
#include "store/test_place.h"

static void run_ok(struct session *session, const char *sql)
{
    struct error error = { 0 };
    test_place_ok(store_run(session, &error, sql, ""), &error);
}

static int64_t number(struct session *session, const char *sql)
{
    struct error error = { 0 };
    int64_t value = -1;
    test_place_ok(store_int(session, &value, &error, sql, ""), &error);
    return value;
}

/* thing(id, name unique, level 0..9, body, note, owner -> thing) */
static struct session *with_things(void **state)
{
    struct test_place *place = test_place(state);
    bool sqlite = store_dialect(place->store)->one_server;
    struct error error = { 0 };
    char sql[256];
    (void)snprintf(sql, sizeof(sql),
                   "CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT UNIQUE,"
                   " level BIGINT NOT NULL DEFAULT 0 CHECK (level < 10), body %s, note TEXT,"
                   " owner BIGINT REFERENCES thing (id))",
                   sqlite ? "BLOB" : "BYTEA");
    test_place_ok(session_run_script(place->writer, sql, &error), &error);
    return place->writer;
}

static enum result add(struct session *session, int64_t id, const char *name)
{
    return store_run(session, NULL, "INSERT INTO thing (id, name) VALUES ($1, $2)", "it", id, name);
}

static void values_of_every_type_come_back(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    static const char all[] = { 0, 1, 2, '\\', 'x', '\'', (char)0xff, 0 };
    struct slice body = { .text = all, .length = sizeof(all) };
    test_place_ok(store_run(session, &error,
                            "INSERT INTO thing (id, name, body, owner) VALUES ($1, $2, $3, $4)",
                            "itbn", INT64_MIN, "caf\xc3\xa9 'x'; --", body),
                  &error);
    struct statement *row = NULL;
    test_place_ok(store_row(session, &row, &error,
                            "SELECT id, name, body, owner, body FROM thing WHERE id = $1", "i",
                            INT64_MIN),
                  &error);
    assert_true(statement_int(row, 0) == INT64_MIN);
    assert_true(slice_is(statement_text(row, 1), "caf\xc3\xa9 'x'; --"));
    assert_true(slice_equal(statement_bytes(row, 2), body));
    assert_true(slice_equal(statement_bytes(row, 4), body));
    assert_true(statement_is_null(row, 3));
    assert_false(statement_is_null(row, 2));
    assert_int_equal(statement_int(row, 3), 0);
    assert_int_equal(statement_text(row, 3).length, 0);
    statement_reset(row);
}

static void a_text_pointer_of_null_is_null_and_an_empty_text_is_not(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    const char *const none = NULL;
    test_place_ok(store_run(session, &error,
                            "INSERT INTO thing (id, name, body) VALUES (1, $1, $2), (2, $3, NULL)",
                            "tbs", none, (struct slice){ 0 }, (struct slice){ 0 }),
                  &error);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing WHERE id = 1 AND name IS NULL"),
                     1);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing WHERE id = 2 AND name = ''"), 1);
    struct statement *row = NULL;
    test_place_ok(store_row(session, &row, &error, "SELECT body FROM thing WHERE id = 1", ""),
                  &error);
    assert_false(statement_is_null(row, 0));
    assert_int_equal(statement_bytes(row, 0).length, 0);
    statement_reset(row);
}

static void marks_may_repeat_and_come_out_of_order(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    int64_t value = 0;
    test_place_ok(add(session, 7, "$9"), &error);
    test_place_ok(
        store_int(session, &value, &error,
                  "SELECT COUNT(*) FROM thing WHERE name = $2 AND name <> '$4' AND id = $1"
                  " AND id < $3 AND name = $2",
                  "iti", INT64_C(7), "$9", INT64_C(100)),
        &error);
    assert_int_equal(value, 1);
}

static void a_value_without_a_mark_is_refused(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    static const char sql[] = "SELECT COUNT(*) FROM thing WHERE id = $1";
    int64_t value = 0;
    assert_int_equal(store_int(session, &value, &error, sql, "ii", INT64_C(1), INT64_C(2)),
                     RESULT_BROKEN);
    test_place_ok(store_int(session, &value, &error, sql, "i", INT64_C(1)), &error);
}

static void a_text_with_a_nul_is_refused(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    struct slice text = { .text = "a\0b", .length = 3 };
    static const char sql[] = "INSERT INTO thing (id, name) VALUES (1, $1)";
    assert_int_equal(store_run(session, &error, sql, "s", text), RESULT_INVALID);
    test_place_ok(store_run(session, &error, sql, "t", "a"), &error);
}

static void bodies_of_five_megabytes_come_back_whole(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    size_t length = 5 * 1024 * 1024;
    char *bytes = malloc(length);
    assert_non_null(bytes);
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (char)(i * 31 + i / 251);
    }
    struct slice body = { .text = bytes, .length = length };
    test_place_ok(
        store_run(session, &error, "INSERT INTO thing (id, body) VALUES (1, $1)", "b", body),
        &error);
    memset(bytes, 'x', length);
    struct statement *row = NULL;
    test_place_ok(store_row(session, &row, &error, "SELECT body FROM thing WHERE id = 1", ""),
                  &error);
    struct slice back = statement_bytes(row, 0);
    assert_int_equal(back.length, length);
    for (size_t i = 0; i < length; i += 4099) {
        assert_int_equal(back.text[i], (char)(i * 31 + i / 251));
    }
    statement_reset(row);
    test_place_ok(store_run(session, &error, "UPDATE thing SET note = $1 WHERE id = 1", "s", body),
                  &error);
    assert_int_equal(number(session, "SELECT LENGTH(note) FROM thing"), length);
    free(bytes);
}

static void broken_rules_are_conflicts_without_sql_in_the_text(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    assert_int_equal(add(session, 1, "a"), RESULT_OK);
    assert_int_equal(add(session, 1, "b"), RESULT_CONFLICT);
    assert_int_equal(add(session, 2, "a"), RESULT_CONFLICT);
    assert_int_equal(store_run(session, &error, "INSERT INTO thing (id, owner) VALUES (3, 99)", ""),
                     RESULT_CONFLICT);
    assert_int_equal(store_run(session, &error, "INSERT INTO thing (id, level) VALUES (3, 10)", ""),
                     RESULT_CONFLICT);
    assert_null(strstr(error.text, "INSERT"));
    assert_null(strstr(error.text, "thing"));
    assert_int_equal(store_run(session, &error, "SELEC 1", ""), RESULT_BROKEN);
    assert_int_equal(store_run(session, &error, "", ""), RESULT_BROKEN);
    assert_int_equal(store_run(session, &error, "SELECT 1; SELECT 2", ""), RESULT_BROKEN);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 1);
}

static void a_row_that_is_not_there_is_not_found_and_a_null_is_zero(void **state)
{
    struct session *session = with_things(state);
    struct statement *row = NULL;
    int64_t value = 5;
    assert_int_equal(store_row(session, &row, NULL, "SELECT id FROM thing", ""), RESULT_NOT_FOUND);
    assert_null(row);
    assert_int_equal(store_int(session, &value, NULL, "SELECT id FROM thing", ""),
                     RESULT_NOT_FOUND);
    assert_int_equal(value, 5);
    assert_int_equal(number(session, "SELECT MAX(id) FROM thing"), 0);
    assert_int_equal(number(session, "SELECT EXISTS (SELECT 1 FROM thing)"), 0);
    assert_int_equal(number(session, "SELECT NOT EXISTS (SELECT 1 FROM thing)"), 1);
}

static void commit_keeps_and_rollback_undoes(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    assert_false(session_in_transaction(session));
    test_place_ok(session_begin(session, &error), &error);
    assert_true(session_in_transaction(session));
    assert_int_equal(add(session, 1, "a"), RESULT_OK);
    test_place_ok(session_commit(session, &error), &error);
    test_place_ok(session_begin(session, &error), &error);
    assert_int_equal(add(session, 2, "b"), RESULT_OK);
    session_rollback(session);
    session_rollback(session);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 1);
}

static void an_undone_step_leaves_the_others(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    test_place_ok(session_begin(session, &error), &error);
    test_place_ok(session_step_begin(session, &error), &error);
    assert_int_equal(add(session, 1, "a"), RESULT_OK);
    test_place_ok(session_step_keep(session, &error), &error);
    test_place_ok(session_step_begin(session, &error), &error);
    assert_int_equal(add(session, 2, "b"), RESULT_OK);
    assert_int_equal(add(session, 3, "a"), RESULT_CONFLICT);
    session_step_undo(session);
    assert_true(session_in_transaction(session));
    assert_int_equal(add(session, 4, "d"), RESULT_OK);
    test_place_ok(session_commit(session, &error), &error);
    assert_int_equal(number(session, "SELECT SUM(id) FROM thing"), 5);
}

/* Keeps what it was given as a row, to be seen after the commit. */
static enum result keep_notes(struct session *session, struct slice bytes, struct error *error)
{
    return store_run(session, error, "INSERT INTO thing (id, name) VALUES (99, $1)", "s", bytes);
}

static enum result refuse_notes(struct session *session, struct slice bytes, struct error *error)
{
    (void)session;
    (void)bytes;
    return fail(error, RESULT_DENIED, NULL, "not like this");
}

static void notes_come_together_right_before_the_commit(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    assert_int_equal(session_at_commit(session, SLICE("stray"), keep_notes, &error), RESULT_BROKEN);
    test_place_ok(session_begin(session, &error), &error);
    test_place_ok(session_at_commit(session, SLICE("a"), keep_notes, &error), &error);
    test_place_ok(session_step_begin(session, &error), &error);
    test_place_ok(session_at_commit(session, SLICE("undone"), keep_notes, &error), &error);
    session_step_undo(session);
    test_place_ok(session_step_begin(session, &error), &error);
    test_place_ok(session_at_commit(session, SLICE("b"), keep_notes, &error), &error);
    test_place_ok(session_step_keep(session, &error), &error);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 0);
    test_place_ok(session_commit(session, &error), &error);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing WHERE id = 99 AND name = 'ab'"),
                     1);
    /* Nothing is left for the next transaction. */
    run_ok(session, "DELETE FROM thing");
    test_place_ok(session_begin(session, &error), &error);
    test_place_ok(session_commit(session, &error), &error);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 0);
}

static void a_commit_fails_with_its_notes(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    test_place_ok(session_begin(session, &error), &error);
    assert_int_equal(add(session, 1, "a"), RESULT_OK);
    test_place_ok(session_at_commit(session, SLICE("a"), refuse_notes, &error), &error);
    assert_int_equal(session_commit(session, &error), RESULT_DENIED);
    session_rollback(session);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 0);
    test_place_ok(session_begin(session, &error), &error);
    test_place_ok(session_at_commit(session, SLICE("b"), keep_notes, &error), &error);
    test_place_ok(session_commit(session, &error), &error);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing WHERE name = 'b'"), 1);
}

static void affected_counts_the_last_change(void **state)
{
    struct session *session = with_things(state);
    for (int64_t id = 1; id <= 5; id++) {
        assert_int_equal(store_run(session, NULL, "INSERT INTO thing (id) VALUES ($1)", "i", id),
                         RESULT_OK);
    }
    run_ok(session, "UPDATE thing SET level = 3 WHERE id > 2");
    assert_int_equal(session_affected(session), 3);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 5);
    assert_int_equal(session_affected(session), 3);
    run_ok(session, "DELETE FROM thing WHERE id = 77");
    assert_int_equal(session_affected(session), 0);
}

static void an_insert_can_return_its_row(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    struct statement *row = NULL;
    test_place_ok(store_row(session, &row, &error,
                            "INSERT INTO thing (id, name) VALUES (4, 'd') RETURNING id, name", ""),
                  &error);
    assert_int_equal(statement_int(row, 0), 4);
    statement_reset(row);
    assert_int_equal(session_affected(session), 1);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 1);
}

static void rows_come_in_order_and_end_once(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    assert_int_equal(add(session, 2, "b"), RESULT_OK);
    assert_int_equal(add(session, 1, "a"), RESULT_OK);
    struct statement *rows = NULL;
    static const char sql[] = "SELECT id FROM thing WHERE id > $1 ORDER BY id";
    for (int round = 0; round < 2; round++) {
        test_place_ok(store_rows(session, &rows, &error, sql, "i", INT64_C(0)), &error);
        bool row = false;
        for (int64_t id = 1; id <= 2; id++) {
            test_place_ok(statement_step(rows, &row, &error), &error);
            assert_true(row);
            assert_int_equal(statement_int(rows, 0), id);
        }
        for (int after = 0; after < 2; after++) {
            test_place_ok(statement_step(rows, &row, &error), &error);
            assert_false(row);
        }
        statement_reset(rows);
    }
}

static void commit_ends_a_forgotten_statement(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    assert_int_equal(add(session, 1, "a"), RESULT_OK);
    assert_int_equal(add(session, 2, "b"), RESULT_OK);
    test_place_ok(session_begin(session, &error), &error);
    struct statement *rows = NULL;
    test_place_ok(store_row(session, &rows, &error, "SELECT id FROM thing ORDER BY id", ""),
                  &error);
    test_place_ok(session_commit(session, &error), &error);
    bool row = true;
    test_place_ok(statement_step(rows, &row, &error), &error);
    assert_false(row);
}

static void more_texts_than_the_cache_holds_keep_the_one_in_use(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    assert_int_equal(add(session, 1, "a"), RESULT_OK);
    assert_int_equal(add(session, 2, "b"), RESULT_OK);
    struct statement *rows = NULL;
    test_place_ok(store_row(session, &rows, &error, "SELECT id FROM thing ORDER BY id", ""),
                  &error);
    for (int i = 0; i < 1200; i++) {
        char sql[64];
        (void)snprintf(sql, sizeof(sql), "SELECT %d + COUNT(*) FROM thing", i % 700);
        assert_int_equal(number(session, sql), i % 700 + 2);
    }
    bool row = false;
    test_place_ok(statement_step(rows, &row, &error), &error);
    assert_true(row);
    assert_int_equal(statement_int(rows, 0), 2);
    statement_reset(rows);
}

static void a_read_session_cannot_write(void **state)
{
    (void)with_things(state);
    struct test_place *place = *state;
    struct error error = { 0 };
    struct session *reader = NULL;
    test_place_ok(session_open(place->store, SESSION_READ, &reader, &error), &error);
    assert_int_equal(add(reader, 1, "a"), RESULT_BROKEN);
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM thing"), 0);
    test_place_ok(session_ping(reader, &error), &error);
    assert_ptr_equal(session_store(reader), place->store);
    session_close(reader);
}

static void other_sessions_see_what_is_committed(void **state)
{
    struct session *writer = with_things(state);
    struct test_place *place = *state;
    struct error error = { 0 };
    struct session *reader = NULL;
    test_place_ok(session_open(place->store, SESSION_READ, &reader, &error), &error);
    for (int64_t id = 1; id <= 3; id++) {
        test_place_ok(session_begin(writer, &error), &error);
        assert_int_equal(store_run(writer, NULL, "INSERT INTO thing (id) VALUES ($1)", "i", id),
                         RESULT_OK);
        test_place_ok(session_commit(writer, &error), &error);
        assert_int_equal(number(reader, "SELECT COUNT(*) FROM thing"), id);
    }
    session_close(reader);
}

static void a_reader_sees_one_moment_in_its_transaction(void **state)
{
    struct session *writer = with_things(state);
    struct test_place *place = *state;
    struct error error = { 0 };
    struct session *reader = NULL;
    test_place_ok(session_open(place->store, SESSION_READ, &reader, &error), &error);
    test_place_ok(session_begin(reader, &error), &error);
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM thing"), 0);
    assert_int_equal(add(writer, 1, "a"), RESULT_OK);
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM thing"), 0);
    test_place_ok(session_commit(reader, &error), &error);
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM thing"), 1);
    session_close(reader);
}

static void a_kept_step_is_undone_only_with_its_transaction(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    test_place_ok(session_begin(session, &error), &error);
    for (int64_t id = 1; id <= 3; id++) {
        test_place_ok(session_step_begin(session, &error), &error);
        assert_int_equal(store_run(session, NULL, "INSERT INTO thing (id) VALUES ($1)", "i", id),
                         RESULT_OK);
        if (id == 2) {
            session_step_undo(session);
        } else {
            test_place_ok(session_step_keep(session, &error), &error);
        }
    }
    assert_int_equal(number(session, "SELECT SUM(id) FROM thing"), 4);
    session_rollback(session);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 0);
    assert_int_not_equal(session_step_keep(session, &error), RESULT_OK);
}

static void a_full_disk_is_busy_and_leaves_the_store_usable(void **state)
{
    struct session *session = with_things(state);
    struct error error = { 0 };
    test_place_ok(session_run_script(session, "PRAGMA max_page_count=20", &error), &error);
    test_place_ok(session_begin(session, &error), &error);
    assert_int_equal(add(session, 1, "a"), RESULT_OK);
    assert_int_equal(store_run(session, &error,
                               "INSERT INTO thing (id, body) VALUES (2, zeroblob(1000000))", ""),
                     RESULT_BUSY);
    assert_string_equal(error.text, "the disk of the store is full");
    session_rollback(session);
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), 0);
    assert_int_equal(add(session, 1, "a"), RESULT_OK);
}

enum { THREADS = 4, ROUNDS = 50 };

struct rival {
    struct store *store;
    int64_t first_id;
    enum result result;
};

static void *write_many(void *argument)
{
    struct rival *rival = argument;
    struct session *session = NULL;
    rival->result = session_open(rival->store, SESSION_WRITE, &session, NULL);
    for (int64_t i = 0; i < ROUNDS && rival->result == RESULT_OK; i++) {
        rival->result = session_begin(session, NULL);
        if (rival->result == RESULT_OK) {
            rival->result = store_run(session, NULL, "INSERT INTO thing (id) VALUES ($1)", "i",
                                      rival->first_id + i);
        }
        if (rival->result == RESULT_OK) {
            rival->result = session_commit(session, NULL);
        }
    }
    session_close(session);
    return NULL;
}

static void rival_writers_and_a_reader_wait_for_each_other(void **state)
{
    struct session *session = with_things(state);
    struct test_place *place = *state;
    struct rival rivals[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        rivals[i] = (struct rival){ .store = place->store, .first_id = (int64_t)i * ROUNDS };
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &rivals[i]), 0);
    }
    while (number(session, "SELECT COUNT(*) FROM thing") < ROUNDS) {
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(rivals[i].result, RESULT_OK);
    }
    assert_int_equal(number(session, "SELECT COUNT(*) FROM thing"), THREADS * ROUNDS);
}

static void a_new_file_is_for_its_owner_only_and_keeps_what_it_has(void **state)
{
    struct session *session = with_things(state);
    struct test_place *place = *state;
    struct stat facts;
    assert_int_equal(stat(place->name, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(add(session, 1, "a"), RESULT_OK);
    session_close(place->writer);
    store_close(place->store);
    struct error error = { 0 };
    test_place_ok(store_open(place->name, &place->store, &error), &error);
    test_place_ok(session_open(place->store, SESSION_WRITE, &place->writer, &error), &error);
    assert_int_equal(number(place->writer, "SELECT COUNT(*) FROM thing"), 1);
}

static void places_that_cannot_be_a_store_are_refused(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    struct store *store = NULL;
    char path[TEST_PLACE_BYTES + 16];
    assert_int_equal(store_open("", &store, &error), RESULT_INVALID);
    (void)snprintf(path, sizeof(path), "%s/no/such/folder", place->folder);
    assert_int_equal(store_open(path, &store, &error), RESULT_BROKEN);
    (void)snprintf(path, sizeof(path), "%s/text", place->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 100; i++) {
        (void)fputs("this is a text and no database at all\n", file);
    }
    (void)fclose(file);
    assert_int_equal(store_open(path, &store, &error), RESULT_BROKEN);
    (void)unlink(path);
    assert_int_equal(store_open("postgresql://x@/x?host=/nowhere", &store, &error), RESULT_BUSY);
    assert_null(store);
}

static void functions_fold_and_make_ids(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    struct statement *row = NULL;
    test_place_ok(store_row(place->writer, &row, &error,
                            "SELECT reeve_fold($1), reeve_fold(NULL), reeve_uuid(), reeve_uuid()",
                            "t", "\xc3\x84PFEL Birne"),
                  &error);
    assert_true(slice_is(statement_text(row, 0), "\xc3\xa4pfel birne"));
    assert_true(statement_is_null(row, 1));
    assert_int_equal(statement_text(row, 2).length, 36);
    assert_false(slice_equal(statement_text(row, 2), statement_text(row, 3)));
    statement_reset(row);
}

/* Some billions of rows to count. */
static const char endless[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
    "i < 9000000000000000000) SELECT COUNT(*) FROM n";

static void a_read_that_never_ends_is_ended(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    struct session *reader = NULL;
    int64_t value = 0;
    test_place_ok(session_open(place->store, SESSION_READ, &reader, &error), &error);
    test_place_ok(session_limit_reads(reader, 100, &error), &error);
    int64_t begun_us = time_monotonic_us();
    assert_int_equal(store_int(reader, &value, &error, endless, ""), RESULT_BUSY);
    assert_string_equal(error.text, "the store took too long");
    assert_true(time_monotonic_us() - begun_us >= 100 * 1000);
    /* The session goes on, and what comes next has all its time again. */
    test_place_ok(store_int(reader, &value, &error, "SELECT 7", ""), &error);
    assert_int_equal(value, 7);
    session_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_ALL(values_of_every_type_come_back),
        TEST_ON_ALL(a_text_pointer_of_null_is_null_and_an_empty_text_is_not),
        TEST_ON_ALL(marks_may_repeat_and_come_out_of_order),
        TEST_ON_ALL(a_value_without_a_mark_is_refused),
        TEST_ON_ALL(a_text_with_a_nul_is_refused),
        TEST_ON_ALL(bodies_of_five_megabytes_come_back_whole),
        TEST_ON_ALL(broken_rules_are_conflicts_without_sql_in_the_text),
        TEST_ON_ALL(a_row_that_is_not_there_is_not_found_and_a_null_is_zero),
        TEST_ON_ALL(commit_keeps_and_rollback_undoes),
        TEST_ON_ALL(an_undone_step_leaves_the_others),
        TEST_ON_ALL(a_kept_step_is_undone_only_with_its_transaction),
        TEST_ON_FILE(a_full_disk_is_busy_and_leaves_the_store_usable),
        TEST_ON_ALL(notes_come_together_right_before_the_commit),
        TEST_ON_ALL(a_commit_fails_with_its_notes),
        TEST_ON_ALL(affected_counts_the_last_change),
        TEST_ON_ALL(an_insert_can_return_its_row),
        TEST_ON_ALL(rows_come_in_order_and_end_once),
        TEST_ON_ALL(commit_ends_a_forgotten_statement),
        TEST_ON_ALL(more_texts_than_the_cache_holds_keep_the_one_in_use),
        TEST_ON_ALL(a_read_session_cannot_write),
        TEST_ON_ALL(a_read_that_never_ends_is_ended),
        TEST_ON_ALL(other_sessions_see_what_is_committed),
        TEST_ON_SERVERS(a_reader_sees_one_moment_in_its_transaction),
        TEST_ON_ALL(rival_writers_and_a_reader_wait_for_each_other),
        TEST_ON_FILE(a_new_file_is_for_its_owner_only_and_keeps_what_it_has),
        TEST_ON_FILE(places_that_cannot_be_a_store_are_refused),
        TEST_ON_FILE(functions_fold_and_make_ids),
        TEST_ON_MEMORY(functions_fold_and_make_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
