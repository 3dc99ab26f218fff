/* Proves that decisions are kept whole on disk and say which session must end, and when the next one does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/decisions.h"
#include "agent/state_dir.h"
#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define A "11111111-1111-4111-8111-111111111111"
#define B "22222222-2222-4222-8222-222222222222"
#define ITEM(id, state, start)                                                           \
    "{\"id\":\"" id "\",\"kind\":\"Admin\",\"decision\":\"Approved\",\"state\":\"" state \
    "\",\"seconds\":600,\"sessionStart\":" start "}"
#define START_US INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */

static struct arena *arena;

static const struct json *tree_of(const char *items)
{
    const struct json *tree = NULL;
    const char *text = arena_printf(arena, "{\"version\":7,\"items\":[%s]}", items);
    assert_int_equal(json_parse(arena, slice_of(text), &json_limits_usual, &tree, NULL), RESULT_OK);
    return tree;
}

static void decisions_are_kept_whole_or_not_at_all(void **state)
{
    (void)state;
    char dir[] = "/tmp/reeve-decisions-XXXXXX";
    char path[64];
    struct error error = { 0 };
    assert_non_null(mkdtemp(dir));
    assert_null(decisions_load(arena, dir));
    assert_int_equal(decisions_version(NULL), 0);
    assert_int_equal(decisions_save(dir, tree_of(ITEM(A, "Active", "null")), &error), RESULT_OK);
    const struct json *kept = decisions_load(arena, dir);
    assert_int_equal(decisions_version(kept), 7);
    assert_int_equal(json_get(kept, "items")->count, 1);
    static const char *const damaged[] = { "", "{", "[]", "{\"version\":3}", "{\"items\":7}" };
    for (size_t i = 0; i < COUNT_OF(damaged); i++) {
        assert_int_equal(state_write(dir, DECISIONS_FILE, slice_of(damaged[i]), &error), RESULT_OK);
        assert_null(decisions_load(arena, dir));
    }
    state_remove(dir, DECISIONS_FILE);
    (void)snprintf(path, sizeof(path), "%s", dir);
    assert_int_equal(rmdir(path), 0);
}

static void a_session_ends_by_time_or_denial(void **state)
{
    (void)state;
    static const struct {
        const char *items;
        int64_t now_s; /* after the start */
        const char *id, *reason;
        int64_t next_s;
    } rows[] = {
        { "", 0, NULL, NULL, 0 },
        { ITEM(A, "Approved", "null"), 9999, NULL, NULL, 0 },
        { ITEM(A, "Active", "\"2023-11-14T22:13:20Z\""), 599, NULL, NULL, 600 },
        { ITEM(A, "Active", "\"2023-11-14T22:13:20Z\""), 600, A, "Expired", 0 },
        { ITEM(A, "Active", "null"), 600, NULL, NULL, 0 },
        { ITEM(A, "Ending", "\"2023-11-14T22:13:20Z\""), 1, A, "Revoked", 0 },
        { ITEM(A, "Ended", "\"2023-11-14T22:13:20Z\""), 9999, NULL, NULL, 0 },
        { ITEM(A, "Active", "\"2023-11-14T22:14:20Z\"") "," ITEM(B, "Active",
                                                                 "\"2023-11-14T22:13:20Z\""),
          1, NULL, NULL, 600 },
        { "7,{\"id\":\"x\"}," ITEM(B, "Ending", "null"), 1, B, "Revoked", 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct session_end end;
        int64_t next_us = 0;
        bool found = decisions_session_end(
            tree_of(rows[i].items), START_US + rows[i].now_s * US_PER_SECOND, "", &end, &next_us);
        assert_int_equal(found, rows[i].id != NULL);
        if (found) {
            assert_string_equal(end.id.text, rows[i].id);
            assert_string_equal(end.reason, rows[i].reason);
        } else {
            assert_true(next_us ==
                        (rows[i].next_s == 0 ? 0 : START_US + rows[i].next_s * US_PER_SECOND));
        }
    }
}

static void a_session_that_was_said_is_passed_over(void **state)
{
    (void)state;
    struct session_end end;
    int64_t next_us = 0;
    const struct json *both = tree_of(ITEM(A, "Ending", "null") "," ITEM(B, "Ending", "null"));
    assert_true(decisions_session_end(both, START_US, A, &end, &next_us));
    assert_string_equal(end.id.text, B);
    assert_false(
        decisions_session_end(tree_of(ITEM(A, "Ending", "null")), START_US, A, &end, &next_us));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_are_kept_whole_or_not_at_all),
        cmocka_unit_test(a_session_ends_by_time_or_denial),
        cmocka_unit_test(a_session_that_was_said_is_passed_over),
    };
    arena = arena_new(16 * 1024 * 1024);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
