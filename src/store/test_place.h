/* For tests: an empty store in each database. The PostgreSQL half needs the URI of a server in the
   environment variable REEVE_TEST_POSTGRES (tests/postgres.sh start prints one) and is skipped
   without. */
#ifndef STORE_TEST_PLACE_H
#define STORE_TEST_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/dialect.h"
#include "store/store.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { TEST_PLACE_BYTES = 512 };

struct test_place {
    struct store *store; /* NULL: no PostgreSQL here */
    struct session *writer;
    char name[TEST_PLACE_BYTES];   /* for store_open */
    char folder[TEST_PLACE_BYTES]; /* of a SQLite file */
    char schema[64];               /* of PostgreSQL */
};

static inline void test_place_ok(enum result result, const struct error *error)
{
    if (result != RESULT_OK) {
        print_error("%s: %s\n", result_name(result), error->text);
        _fail(__FILE__, __LINE__);
    }
}

static inline int test_place_open(struct test_place *place, void **state)
{
    struct error error = { 0 };
    test_place_ok(store_open(place->name, &place->store, &error), &error);
    test_place_ok(session_open(place->store, SESSION_WRITE, &place->writer, &error), &error);
    *state = place;
    return 0;
}

static inline int test_place_file(void **state)
{
    struct test_place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/reeve-test-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->name, sizeof(place->name), "%.400s/store.db", place->folder);
    return test_place_open(place, state);
}

static inline int test_place_memory(void **state)
{
    struct test_place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    (void)snprintf(place->name, sizeof(place->name), ":memory:");
    return test_place_open(place, state);
}

/* A schema of its own, so that tests do not meet. */
static inline int test_place_postgres(void **state)
{
    struct test_place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    *state = place;
    const char *server = getenv("REEVE_TEST_POSTGRES");
    if (server == NULL) {
        return 0;
    }
    struct error error = { 0 };
    struct store *store = NULL;
    struct session *session = NULL;
    test_place_ok(store_open(server, &store, &error), &error);
    test_place_ok(session_open(store, SESSION_WRITE, &session, &error), &error);
    int64_t part = 0;
    test_place_ok(store_int(session, &part, &error,
                            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", ""),
                  &error);
    (void)snprintf(place->schema, sizeof(place->schema), "test_%d_%lld", (int)getpid(),
                   (long long)part);
    char sql[128];
    (void)snprintf(sql, sizeof(sql), "CREATE SCHEMA %s", place->schema);
    test_place_ok(session_run_script(session, sql, &error), &error);
    session_close(session);
    store_close(store);
    (void)snprintf(place->name, sizeof(place->name), "%s%coptions=-csearch_path%%3D%s", server,
                   strchr(server, '?') == NULL ? '?' : '&', place->schema);
    return test_place_open(place, state);
}

static inline int test_place_close(void **state)
{
    struct test_place *place = *state;
    if (place->schema[0] != '\0') {
        char sql[128];
        struct error error = { 0 };
        (void)snprintf(sql, sizeof(sql), "DROP SCHEMA %s CASCADE", place->schema);
        session_rollback(place->writer);
        test_place_ok(session_ping(place->writer, &error), &error);
        test_place_ok(session_run_script(place->writer, sql, &error), &error);
    }
    session_close(place->writer);
    store_close(place->store);
    if (place->folder[0] != '\0') {
        static const char *const endings[] = { "", "-wal", "-shm" };
        for (size_t i = 0; i < COUNT_OF(endings); i++) {
            char path[TEST_PLACE_BYTES + 16];
            (void)snprintf(path, sizeof(path), "%s%s", place->name, endings[i]);
            (void)unlink(path);
        }
        (void)rmdir(place->folder);
    }
    free(place);
    return 0;
}

/* First line of a test: the place, or the end of the test when there is none. */
static inline struct test_place *test_place(void **state)
{
    struct test_place *place = *state;
    if (place->store == NULL) {
        print_message("skipped: REEVE_TEST_POSTGRES is not set\n");
        skip();
    }
    return place;
}

/* Rows of a cmocka table. */
#define TEST_ON_FILE(test)                                               \
    {                                                                    \
#test " (sqlite)", test, test_place_file, test_place_close, NULL \
    }
#define TEST_ON_MEMORY(test)                                               \
    {                                                                      \
#test " (memory)", test, test_place_memory, test_place_close, NULL \
    }
#define TEST_ON_POSTGRES(test)                                                 \
    {                                                                          \
#test " (postgres)", test, test_place_postgres, test_place_close, NULL \
    }
#define TEST_ON_SERVERS(test) TEST_ON_FILE(test), TEST_ON_POSTGRES(test)
#define TEST_ON_ALL(test)     TEST_ON_FILE(test), TEST_ON_MEMORY(test), TEST_ON_POSTGRES(test)

#endif
