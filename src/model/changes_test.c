/* Proves which changes are kept, what a moment is looked up as, and that a database whose transactions count anew begins
   anew, in both databases. */
#include "base/arena.h"
#include "base/time.h"
#include "model/changes.h"
#include "model/operation.h"
#include "store/migrate.h"
#include "store/test_place.h"

enum { ARENA_BYTES = 1024 * 1024 };

static const struct changes group_changes = CHANGES_OF("2");
static const struct resource groups = { .name = "Groups", .changes = &group_changes };

static void open_ctx(struct ctx *ctx, struct error *error, struct test_place *place)
{
    test_place_ok(store_migrate(place->store, error), error);
    test_place_ok(session_begin(place->writer, error), error);
    *ctx = (struct ctx){ .arena = arena_new(ARENA_BYTES),
                         .session = place->writer,
                         .now_us = time_now_us(),
                         .error = error };
    assert_non_null(ctx->arena);
}

static void close_ctx(struct ctx *ctx)
{
    session_rollback(ctx->session);
    arena_free(ctx->arena);
}

static void add_group(struct ctx *ctx, const char *id)
{
    test_place_ok(store_run(ctx->session, ctx->error,
                            "INSERT INTO computer_group (id, name, name_key, created, is_default, "
                            "computer_count, active_count) VALUES ($1, $1, $1, 0, 0, 0, 0)",
                            "t", id),
                  ctx->error);
}

static int64_t number(struct ctx *ctx, const char *sql)
{
    int64_t value = -1;
    test_place_ok(store_int(ctx->session, &value, ctx->error, sql, ""), ctx->error);
    return value;
}

static void a_change_that_changes_nothing_is_none(void **state)
{
    struct error error = { 0 };
    struct ctx ctx;
    open_ctx(&ctx, &error, test_place(state));
    add_group(&ctx, "a");
    assert_int_equal(number(&ctx, "SELECT COUNT(*) FROM change WHERE kind = 2"), 1);
    test_place_ok(store_run(ctx.session, &error, "UPDATE change SET moment = 5, stamp = 1", ""),
                  &error);
    test_place_ok(
        store_run(ctx.session, &error, "UPDATE computer_group SET description = description", ""),
        &error);
    assert_int_equal(number(&ctx, "SELECT moment FROM change WHERE item_id = 'a'"), 5);
    test_place_ok(store_run(ctx.session, &error, "UPDATE computer_group SET description = 'b'", ""),
                  &error);
    assert_true(number(&ctx, "SELECT moment FROM change WHERE item_id = 'a'") > 5);
    test_place_ok(store_run(ctx.session, &error, "DELETE FROM computer_group", ""), &error);
    assert_int_equal(number(&ctx, "SELECT COUNT(*) FROM change WHERE kind = 2"), 1);
    close_ctx(&ctx);
}

static void an_object_that_moves_leaves_a_change_behind(void **state)
{
    struct error error = { 0 };
    struct ctx ctx;
    open_ctx(&ctx, &error, test_place(state));
    test_place_ok(
        store_run(ctx.session, &error,
                  "INSERT INTO user_account (id, email, email_key, domain, created, last_modified, "
                  "disabled) VALUES ('u', 'a@x', 'a@x', 'x', 0, 0, 0)",
                  ""),
        &error);
    test_place_ok(store_run(ctx.session, &error, "UPDATE change SET moment = 5, stamp = 1", ""),
                  &error);
    test_place_ok(store_run(ctx.session, &error, "UPDATE user_account SET email = 'b@x'", ""),
                  &error);
    assert_int_equal(number(&ctx, "SELECT COUNT(*) FROM change WHERE kind = 4 AND item_id = 'u' "
                                  "AND place IN ('a@x', 'b@x') AND moment > 5"),
                     2);
    close_ctx(&ctx);
}

static void old_changes_go_and_the_newest_moment_stays(void **state)
{
    struct error error = { 0 };
    struct ctx ctx;
    open_ctx(&ctx, &error, test_place(state));
    add_group(&ctx, "a");
    add_group(&ctx, "b");
    add_group(&ctx, "c");
    const int64_t old_us = ctx.now_us - (CHANGES_KEPT_DAYS + 2) * US_PER_DAY;
    test_place_ok(store_run(ctx.session, &error,
                            "UPDATE change SET moment = $1 WHERE item_id IN ('a', 'b')", "i",
                            old_us),
                  &error);
    test_place_ok(store_run(ctx.session, &error,
                            "INSERT INTO change_moment (moment, stamp) VALUES ($1, 0)", "i",
                            old_us),
                  &error);
    test_place_ok(changes_keep(&ctx, 1), &error);
    assert_int_equal(number(&ctx, "SELECT COUNT(*) FROM change WHERE kind = 2"), 2);
    assert_int_equal(number(&ctx, "SELECT COUNT(*) FROM change_moment"), 1);
    test_place_ok(changes_keep(&ctx, 10), &error);
    assert_int_equal(number(&ctx, "SELECT COUNT(*) FROM change WHERE item_id = 'c'"), 1);
    assert_int_equal(number(&ctx, "SELECT COUNT(*) FROM change WHERE kind = 2"), 1);
    close_ctx(&ctx);
}

static void a_mark_is_read_by_its_own_list_for_a_while(void **state)
{
    static const struct resource others = { .name = "Computers", .changes = &group_changes };
    struct error error = { 0 };
    struct ctx ctx;
    const char *text = NULL;
    struct change_walk walk;
    open_ctx(&ctx, &error, test_place(state));
    test_place_ok(change_mark_now(&ctx, &groups, &text), &error);
    test_place_ok(change_mark_read(&ctx, &groups, slice_of(text), &walk), &error);
    assert_true(walk.since > 0 && walk.taken_us == ctx.now_us && !walk.inside);
    assert_int_equal(change_mark_read(&ctx, &others, slice_of(text), &walk), RESULT_INVALID);
    ctx.now_us += CHANGES_KEPT_DAYS * US_PER_DAY;
    test_place_ok(change_mark_read(&ctx, &groups, slice_of(text), &walk), &error);
    ctx.now_us += 1;
    assert_int_equal(change_mark_read(&ctx, &groups, slice_of(text), &walk), RESULT_INVALID);
    assert_non_null(strstr(error.text, "30 days"));
    close_ctx(&ctx);
}

static void a_start_keeps_what_is_told_unless_it_is_of_another_database(void **state)
{
    struct error error = { 0 };
    struct ctx ctx;
    const char *text = NULL;
    struct change_walk walk;
    open_ctx(&ctx, &error, test_place(state));
    add_group(&ctx, "a");
    test_place_ok(change_mark_now(&ctx, &groups, &text), &error);
    /* Its own transaction is none that has ended, so the stamp is put back as if it had. */
    test_place_ok(store_run(ctx.session, &error, "UPDATE change SET stamp = 1", ""), &error);
    test_place_ok(changes_start(ctx.session, &error), &error);
    test_place_ok(change_mark_read(&ctx, &groups, slice_of(text), &walk), &error);
    test_place_ok(store_run(ctx.session, &error, "UPDATE change SET stamp = 1000000000000", ""),
                  &error);
    test_place_ok(changes_start(ctx.session, &error), &error);
    assert_int_equal(number(&ctx, "SELECT COUNT(*) FROM change"), 0);
    assert_int_equal(change_mark_read(&ctx, &groups, slice_of(text), &walk), RESULT_INVALID);
    assert_non_null(strstr(error.text, "another store"));
    close_ctx(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_change_that_changes_nothing_is_none),
        TEST_ON_SERVERS(an_object_that_moves_leaves_a_change_behind),
        TEST_ON_SERVERS(old_changes_go_and_the_newest_moment_stays),
        TEST_ON_SERVERS(a_mark_is_read_by_its_own_list_for_a_while),
        TEST_ON_SERVERS(a_start_keeps_what_is_told_unless_it_is_of_another_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
