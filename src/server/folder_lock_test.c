/* A data folder has one server at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/folder_lock.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static char folder[64], lock_path[96];

static int make(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/reeve-lock-XXXXXX");
    bool made = mkdtemp(folder) != NULL;
    (void)snprintf(lock_path, sizeof(lock_path), "%s/lock", folder);
    return made ? 0 : -1;
}

static int drop(void **state)
{
    (void)state;
    (void)unlink(lock_path);
    return rmdir(folder);
}

static void the_second_is_refused_and_told_who(void **state)
{
    (void)state;
    struct folder_lock first = { .file = 0 };
    struct folder_lock second = { .file = 0 };
    struct error error = { .field = NULL };
    char process[32];
    assert_int_equal(folder_lock_open(folder, &first, &error), RESULT_OK);
    assert_int_equal(folder_lock_open(folder, &second, &error), RESULT_CONFLICT);
    (void)snprintf(process, sizeof(process), "process %d ", (int)getpid());
    assert_non_null(strstr(error.text, process));
    assert_non_null(strstr(error.text, folder));
    assert_int_equal(second.file, 0);
    folder_lock_close(&first);
    folder_lock_close(&first);
    assert_int_equal(folder_lock_open(folder, &second, &error), RESULT_OK);
    folder_lock_close(&second);
}

static void an_unknown_owner_is_not_named(void **state)
{
    (void)state;
    struct folder_lock first = { .file = 0 };
    struct folder_lock second = { .file = 0 };
    struct error error = { .field = NULL };
    assert_int_equal(folder_lock_open(folder, &first, &error), RESULT_OK);
    assert_int_equal(truncate(lock_path, 0), 0);
    assert_int_equal(folder_lock_open(folder, &second, &error), RESULT_CONFLICT);
    assert_null(strstr(error.text, "process"));
    folder_lock_close(&first);
}

static void a_file_in_place_of_the_folder_is_named(void **state)
{
    (void)state;
    struct folder_lock lock = { .file = 0 };
    struct error error = { .field = NULL };
    assert_int_equal(folder_lock_open("/proc/version", &lock, &error), RESULT_BROKEN);
    assert_non_null(strstr(error.text, "/proc/version"));
    assert_int_equal(folder_lock_open("/proc/absent/data", &lock, &error), RESULT_BROKEN);
    assert_non_null(strstr(error.text, "/proc/absent/data"));
}

static void a_path_of_any_length_is_answered(void **state)
{
    (void)state;
    struct folder_lock lock = { .file = 0 };
    struct error error = { .field = NULL };
    char path[2000];
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(folder_lock_open(path, &lock, &error), RESULT_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_second_is_refused_and_told_who, make, drop),
        cmocka_unit_test_setup_teardown(an_unknown_owner_is_not_named, make, drop),
        cmocka_unit_test(a_file_in_place_of_the_folder_is_named),
        cmocka_unit_test(a_path_of_any_length_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
