/* A backup is one moment of a store that others write, is whole or is not there, and never touches the store. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "store/backup.h"
#include "store/test_place.h"

/* Half as many pages again as one step copies. */
enum { ROWS = 3200, ROW_BYTES = 8000, BACKUPS = 3, PATH_BYTES = 1200 };

static struct error error;

static void path_of(const struct test_place *place, const char *name, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", place->folder, name);
}

static void rows_make(struct test_place *place)
{
    test_place_ok(session_run_script(place->writer,
                                     "CREATE TABLE a (k INTEGER PRIMARY KEY, n INTEGER, fill BLOB);"
                                     "CREATE TABLE b (n INTEGER); INSERT INTO b VALUES (0);",
                                     &error),
                  &error);
    test_place_ok(session_begin(place->writer, &error), &error);
    for (int64_t i = 0; i < ROWS; i++) {
        test_place_ok(store_run(place->writer, &error, "INSERT INTO a VALUES ($1, 0, zeroblob($2))",
                                "ii", i, (int64_t)ROW_BYTES),
                      &error);
    }
    test_place_ok(session_commit(place->writer, &error), &error);
}

struct writing {
    struct store *store;
    pthread_t thread;
    atomic_bool ends;
    atomic_int rounds;
};

/* All rows of `a` have the number of `b`, at every moment. */
static void *write_rounds(void *context)
{
    struct writing *writing = context;
    struct session *session = NULL;
    struct error failure;
    test_place_ok(session_open(writing->store, SESSION_WRITE, &session, &failure), &failure);
    while (!atomic_load(&writing->ends)) {
        test_place_ok(session_begin(session, &failure), &failure);
        test_place_ok(store_run(session, &failure, "UPDATE b SET n = n + 1", ""), &failure);
        test_place_ok(
            store_run(session, &failure, "UPDATE a SET n = n + 1 WHERE k IN (0, 1600, 3199)", ""),
            &failure);
        test_place_ok(session_commit(session, &failure), &failure);
        (void)atomic_fetch_add(&writing->rounds, 1);
    }
    session_close(session);
    return NULL;
}

static int64_t number_in(const char *path, const char *sql)
{
    struct store *store = NULL;
    struct session *session = NULL;
    int64_t number = -1;
    test_place_ok(store_open(path, &store, &error), &error);
    test_place_ok(session_open(store, SESSION_READ, &session, &error), &error);
    test_place_ok(store_int(session, &number, &error, sql, ""), &error);
    session_close(session);
    store_close(store);
    return number;
}

static struct writing writing;
static int64_t pages_seen;

/* Between two steps somebody else commits. A copy that began anew would have as many pages as before. */
static bool pages_see(int64_t done, int64_t all)
{
    int rounds = atomic_load(&writing.rounds);
    assert_true(done <= all && (done > pages_seen || done == all));
    pages_seen = done;
    while (atomic_load(&writing.rounds) == rounds) {
        (void)usleep(100);
    }
    return true;
}

static void is_one_moment_beside_a_writer(void **state)
{
    struct test_place *place = *state;
    struct stat facts;
    char path[PATH_BYTES];
    path_of(place, "copy.db", path);
    rows_make(place);
    writing.store = place->store;
    assert_int_equal(pthread_create(&writing.thread, NULL, write_rounds, &writing), 0);
    for (int i = 0; i < BACKUPS; i++) {
        int before = atomic_load(&writing.rounds);
        pages_seen = 0;
        test_place_ok(store_backup(place->name, path, pages_see, &error), &error);
        assert_true(number_in(path, "SELECT n FROM b") >= before);
        assert_int_equal(number_in(path, "SELECT COUNT(*) FROM a WHERE k IN (0, 1600, 3199)"
                                         " AND n = (SELECT n FROM b)"),
                         3);
    }
    atomic_store(&writing.ends, true);
    assert_int_equal(pthread_join(writing.thread, NULL), 0);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(unlink(path), 0);
}

static void does_not_write_over_the_store(void **state)
{
    struct test_place *place = *state;
    char link_path[PATH_BYTES];
    path_of(place, "other-name", link_path);
    test_place_ok(session_run_script(place->writer, "CREATE TABLE a (n INTEGER);", &error), &error);
    assert_int_equal(link(place->name, link_path), 0);
    assert_int_equal(store_backup(place->name, place->name, NULL, &error), RESULT_INVALID);
    assert_int_equal(store_backup(place->name, link_path, NULL, &error), RESULT_INVALID);
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(symlink(place->name, link_path), 0);
    assert_int_equal(store_backup(place->name, link_path, NULL, &error), RESULT_INVALID);
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(number_in(place->name, "SELECT COUNT(*) FROM a"), 0);
}

static int64_t calls_left;

static bool ends_soon(int64_t done, int64_t all)
{
    (void)done;
    (void)all;
    return --calls_left > 0;
}

/* At the first pages, at the last ones, and when it was checked. */
static void one_that_is_stopped_leaves_nothing(void **state)
{
    struct test_place *place = *state;
    struct stat facts;
    char path[PATH_BYTES];
    char part[PATH_BYTES];
    path_of(place, "copy.db", path);
    path_of(place, "copy.db.part", part);
    rows_make(place);
    for (int64_t calls = 1; calls <= 3; calls++) {
        calls_left = calls;
        assert_int_equal(store_backup(place->name, path, ends_soon, &error), RESULT_CONFLICT);
        assert_int_not_equal(stat(path, &facts), 0);
        assert_int_not_equal(stat(part, &facts), 0);
    }
}

static void a_store_that_is_not_there_is_not_made(void **state)
{
    struct test_place *place = *state;
    struct stat facts;
    char source[PATH_BYTES];
    char path[PATH_BYTES];
    path_of(place, "absent.db", source);
    path_of(place, "copy.db", path);
    assert_int_equal(store_backup(source, path, NULL, &error), RESULT_INVALID);
    assert_int_not_equal(stat(source, &facts), 0);
    assert_int_not_equal(stat(path, &facts), 0);
}

/* Bytes in the middle that SQLite can't make sense of. */
static void a_damaged_store_leaves_the_backup_before(void **state)
{
    struct test_place *place = *state;
    struct stat facts;
    char damaged[PATH_BYTES];
    char path[PATH_BYTES];
    path_of(place, "damaged.db", damaged);
    path_of(place, "copy.db", path);
    rows_make(place);
    test_place_ok(store_backup(place->name, damaged, NULL, &error), &error);
    test_place_ok(store_backup(place->name, path, NULL, &error), &error);
    FILE *file = fopen(damaged, "r+e");
    assert_non_null(file);
    for (long page = 4; page < 40; page++) {
        assert_int_equal(fseek(file, page * 4096, SEEK_SET), 0);
        assert_int_equal(fwrite("\xff\xff\xff\xff\xff\xff\xff\xff", 1, 8, file), 8);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(store_backup(damaged, path, NULL, &error), RESULT_BROKEN);
    assert_int_equal(number_in(path, "SELECT COUNT(*) FROM a"), ROWS);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(damaged), 0);
    path_of(place, "copy.db.part", path);
    assert_int_not_equal(stat(path, &facts), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_FILE(is_one_moment_beside_a_writer),
        TEST_ON_FILE(does_not_write_over_the_store),
        TEST_ON_FILE(one_that_is_stopped_leaves_nothing),
        TEST_ON_FILE(a_store_that_is_not_there_is_not_made),
        TEST_ON_FILE(a_damaged_store_leaves_the_backup_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
