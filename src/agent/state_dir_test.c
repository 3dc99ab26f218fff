/* Proves that state files are replaced whole, closed to others, and bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/state_dir.h"
#include "base/arena.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static char folder[64];
static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/state-test-XXXXXX");
    arena = arena_new(1024 * 1024);
    return mkdtemp(folder) == NULL || arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    arena_free(arena);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    struct slice text;
    assert_int_equal(state_write(folder, "a", SLICE("one"), NULL), RESULT_OK);
    assert_int_equal(state_write(folder, "a", SLICE("two"), NULL), RESULT_OK);
    assert_int_equal(state_read(arena, folder, "a", 3, &text, NULL), RESULT_OK);
    assert_true(slice_is(text, "two"));
    assert_int_equal(state_read(arena, folder, "a", 2, &text, NULL), RESULT_TOO_LARGE);
}

static void nobody_else_may_read(void **state)
{
    (void)state;
    char path[128];
    struct stat status;
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(state_dir_make(folder, NULL), RESULT_OK);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(state_write(folder, "key", SLICE("x"), NULL), RESULT_OK);
    (void)snprintf(path, sizeof(path), "%s/key", folder);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_half_written_new_file_harms_nothing(void **state)
{
    (void)state;
    char path[128];
    struct slice text;
    assert_int_equal(state_write(folder, "a", SLICE("old"), NULL), RESULT_OK);
    (void)snprintf(path, sizeof(path), "%s/a.new", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("ha", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(state_read(arena, folder, "a", 10, &text, NULL), RESULT_OK);
    assert_true(slice_is(text, "old"));
    assert_int_equal(state_write(folder, "a", SLICE("new"), NULL), RESULT_OK);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_failed_write_leaves_the_old_file(void **state)
{
    (void)state;
    struct slice text;
    char path[128];
    assert_int_equal(state_write(folder, "a", SLICE("old"), NULL), RESULT_OK);
    (void)snprintf(path, sizeof(path), "%s/a.new", folder);
    assert_int_equal(mkdir(path, 0700), 0); /* nothing can be written there */
    assert_int_equal(state_write(folder, "a", SLICE("new"), NULL), RESULT_BROKEN);
    assert_int_equal(state_read(arena, folder, "a", 10, &text, NULL), RESULT_OK);
    assert_true(slice_is(text, "old"));
}

static void a_file_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct slice text;
    assert_int_equal(state_read(arena, folder, "none", 10, &text, NULL), RESULT_NOT_FOUND);
    state_remove(folder, "none");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_is_read),
        TEST(nobody_else_may_read),
        TEST(a_half_written_new_file_harms_nothing),
        TEST(a_failed_write_leaves_the_old_file),
        TEST(a_file_that_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
