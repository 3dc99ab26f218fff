/* Proves what targets, positions, leases and dead letters keep to when servers die, clocks jump, and people set targets back
   while a batch is under way. */
#include "access/test_call.h"
#include "notify/delivery.h"

#define TARGET "01890a5d-ac96-774b-bcce-b302099a8057"
#define HERE   "server-a"
#define THERE  "server-b"

static struct test_api api;

/* A target of events that is at position 10, and whose last tries failed. */
static void open_target(void **state)
{
    test_open(&api, test_place(state), NULL, 0);
    test_sql(&api,
             "INSERT INTO delivery_target (id, name, name_key, kind, format, enabled, feeds,"
             " feeds_json, settings, shown, created, last_modified, revision, refused, attempts,"
             " next_try, last_error, delivered, lease_until) VALUES ('" TARGET
             "', 'a', 'a', 'file',"
             " 'ecs', 1, 1, '[]', '{}', '{}', 0, 0, 1, 1, 3, 9, 'why', 5, 0);"
             "INSERT INTO delivery_position (target_id, feed, position, behind) VALUES ('" TARGET
             "', 0, 10, 1)");
    test_begin(&api);
}

static void close_target(void)
{
    session_rollback(api.place->writer);
    test_close(&api);
}

static struct delivery_item item_of(const char *id, const char *document)
{
    return (struct delivery_item){ .feed = FEED_EVENTS,
                                   .position = 7,
                                   .id = slice_of(id),
                                   .time = 1,
                                   .json = slice_of(document) };
}

static int64_t of_target(const char *column)
{
    char sql[128];
    (void)snprintf(sql, sizeof(sql), "SELECT %s FROM delivery_target WHERE id = $1", column);
    return test_number(&api, sql, TARGET);
}

static int64_t position(void)
{
    return test_number(&api, "SELECT position FROM delivery_position WHERE target_id = $1", TARGET);
}

static enum result move(const char *owner, int64_t from, int64_t to)
{
    const struct delivery_progress progress = {
        .id = TARGET, .owner = owner, .from = from, .position = to, .delivered = 2, .behind = true
    };
    return delivery_moved(&api.ctx, &progress);
}

/* --- positions -------------------------------------------------------------------------------------------------------- */

static void a_position_moves_for_whoever_has_the_lease(void **state)
{
    open_target(state);
    test_is(&api, delivery_lease(&api.ctx, TARGET, HERE), RESULT_OK);
    test_is(&api, move(THERE, 10, 20), RESULT_BUSY);
    assert_int_equal(position(), 10);
    test_is(&api, move(HERE, 10, 20), RESULT_OK);
    assert_int_equal(position(), 20);
    assert_int_equal(of_target("delivered"), 7);
    assert_int_equal(of_target("attempts + refused + next_try"), 0);
    close_target();
}

static void a_batch_under_way_does_not_undo_a_replay(void **state)
{
    open_target(state);
    test_is(&api, delivery_lease(&api.ctx, TARGET, HERE), RESULT_OK);
    test_sql(&api, "UPDATE delivery_position SET position = 3"); /* POST Replay, meanwhile */
    test_is(&api, move(HERE, 10, 20), RESULT_OK);
    assert_int_equal(position(), 3);
    assert_int_equal(of_target("delivered"), 7); /* the receiver has them all the same */
    close_target();
}

/* --- what retention takes away -------------------------------------------------------------------------------------------- */

static enum result count_rest(struct ctx *ctx, int64_t position, const void *context, int64_t *out)
{
    (void)ctx;
    const int64_t *last = context;
    *out = *last - position;
    return RESULT_OK;
}

static void drop(int64_t last, size_t wanted)
{
    size_t count = 0;
    const struct delivery_drop what = { FEED_EVENTS, last, count_rest, &last };
    test_is(&api, delivery_missed(&api.ctx, &what, &count), RESULT_OK);
    assert_int_equal(count, wanted);
}

static void what_a_target_missed_is_counted(void **state)
{
    struct delivery_facts facts;
    open_target(state);
    drop(10, 0);
    assert_int_equal(
        test_number(&api, "SELECT COUNT(*) FROM delivery_position WHERE missed IS NULL", NULL), 1);
    drop(25, 1);
    drop(12, 1); /* a partition of another class, whose last one is older */
    assert_int_equal(test_number(&api, "SELECT missed FROM delivery_position", NULL), 25);
    test_is(&api, delivery_read_facts(&api.ctx, &facts), RESULT_OK);
    assert_int_equal(facts.missed, 15 + 2);
    close_target();
}

/* --- leases ----------------------------------------------------------------------------------------------------------- */

static void a_lease_ends_when_nobody_keeps_it(void **state)
{
    open_target(state);
    test_is(&api, delivery_lease(&api.ctx, TARGET, HERE), RESULT_OK);
    api.ctx.now_us += (DELIVERY_LEASE_S - 1) * US_PER_SECOND;
    test_is(&api, delivery_lease(&api.ctx, TARGET, THERE), RESULT_BUSY);
    test_is(&api, delivery_leases_renew(&api.ctx, HERE), RESULT_OK);
    api.ctx.now_us += (DELIVERY_LEASE_S - 1) * US_PER_SECOND;
    test_is(&api, delivery_lease(&api.ctx, TARGET, THERE), RESULT_BUSY);
    api.ctx.now_us += 2 * US_PER_SECOND;
    test_is(&api, delivery_lease(&api.ctx, TARGET, THERE), RESULT_OK);
    test_is(&api, delivery_lease(&api.ctx, TARGET, HERE), RESULT_BUSY);
    close_target();
}

static void a_lease_of_a_clock_that_was_days_ahead_keeps_nobody_out(void **state)
{
    const int64_t now_us = TEST_NOW_US;
    open_target(state);
    api.ctx.now_us = now_us + US_PER_DAY;
    test_is(&api, delivery_lease(&api.ctx, TARGET, HERE), RESULT_OK);
    api.ctx.now_us = now_us; /* that server was killed, and the clock set right */
    test_is(&api, delivery_lease(&api.ctx, TARGET, THERE), RESULT_OK);
    /* A server whose clock is a little ahead has its lease. */
    test_is(&api, delivery_release(&api.ctx, TARGET, THERE), RESULT_OK);
    api.ctx.now_us = now_us + 60 * US_PER_SECOND;
    test_is(&api, delivery_lease(&api.ctx, TARGET, HERE), RESULT_OK);
    api.ctx.now_us = now_us;
    test_is(&api, delivery_lease(&api.ctx, TARGET, THERE), RESULT_BUSY);
    close_target();
}

/* --- dead letters ------------------------------------------------------------------------------------------------------- */

static void letters_fill(int count)
{
    char sql[512];
    (void)snprintf(sql, sizeof(sql),
                   "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                   " INSERT INTO delivery_dead (target_id, feed, position, item_id, computer_id,"
                   " item_time, document, reason, died, replay) SELECT '" TARGET
                   "', 0, i, 'item-' || i, '', 0, '{}', 'why', 0, 1 FROM n",
                   count);
    test_sql(&api, sql);
}

static void a_letter_that_is_refused_again_needs_no_more_room(void **state)
{
    const struct delivery_item known = item_of("item-1", "{}");
    const struct delivery_item fresh = item_of("fresh", "{}");
    open_target(state);
    letters_fill(DELIVERY_DEAD_MAX);
    test_is(&api, delivery_dead_add(&api.ctx, TARGET, &known, "no"), RESULT_OK);
    test_is(&api, delivery_dead_add(&api.ctx, TARGET, &fresh, "no"), RESULT_TOO_LARGE);
    assert_int_equal(
        test_number(&api, "SELECT COUNT(*) FROM delivery_dead WHERE target_id = $1", TARGET),
        DELIVERY_DEAD_MAX);
    close_target();
}

static void a_letter_that_goes_at_last_shows_that_the_target_is_well(void **state)
{
    const struct delivery_item item = item_of("item-1", "{}");
    open_target(state);
    letters_fill(2);
    test_is(&api, delivery_lease(&api.ctx, TARGET, HERE), RESULT_OK);
    test_is(&api, delivery_dead_done(&api.ctx, TARGET, THERE, &item, NULL), RESULT_BUSY);
    test_is(&api, delivery_dead_done(&api.ctx, TARGET, HERE, &item, NULL), RESULT_OK);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM delivery_dead", NULL), 1);
    assert_int_equal(of_target("attempts + refused + next_try"), 0);
    assert_int_equal(of_target("delivered"), 6);
    const struct delivery_item other = item_of("item-2", "{}");
    test_is(&api, delivery_dead_done(&api.ctx, TARGET, HERE, &other, "still not"), RESULT_OK);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM delivery_dead WHERE replay = 0", NULL),
                     1);
    assert_int_equal(of_target("delivered"), 6);
    close_target();
}

static void letters_are_read_up_to_a_bound_of_bytes(void **state)
{
    struct delivery_item items[10];
    size_t count = 0;
    open_target(state);
    letters_fill(10);
    test_is(&api, delivery_replays(&api.ctx, TARGET, 1000, items, 4, &count), RESULT_OK);
    assert_int_equal(count, 4);
    test_is(&api, delivery_replays(&api.ctx, TARGET, 5, items, COUNT_OF(items), &count), RESULT_OK);
    assert_int_equal(count, 3); /* of two bytes each */
    test_is(&api, delivery_replays(&api.ctx, TARGET, 1, items, COUNT_OF(items), &count), RESULT_OK);
    assert_int_equal(count, 1);
    close_target();
}

static void what_receivers_say_is_kept_whatever_its_bytes(void **state)
{
    const struct delivery_item item = item_of("item-1", "{}");
    open_target(state);
    test_is(&api, delivery_lease(&api.ctx, TARGET, HERE), RESULT_OK);
    test_is(&api, delivery_failed(&api.ctx, TARGET, HERE, "no \xC3\xA4 \xFF", false, 1), RESULT_OK);
    assert_int_equal(of_target("CASE WHEN last_error = 'no ?? ?' THEN 1 ELSE 0 END"), 1);
    test_is(&api, delivery_failed(&api.ctx, TARGET, HERE, "no \xC3\xA4", false, 1), RESULT_OK);
    assert_int_equal(of_target("CASE WHEN last_error LIKE 'no _' THEN 1 ELSE 0 END"), 1);
    test_is(&api, delivery_dead_add(&api.ctx, TARGET, &item, "\xE2\x82"), RESULT_OK);
    test_is(&api, delivery_dead_done(&api.ctx, TARGET, HERE, &item, "\xE2\x82"), RESULT_OK);
    close_target();
}

static void pauses_double_up_to_a_bound(void **state)
{
    (void)state;
    assert_int_equal(delivery_retry_s(0, 0), 1);
    assert_int_equal(delivery_retry_s(3, 0), 8);
    assert_int_equal(delivery_retry_s(INT64_MAX, 0), DELIVERY_RETRY_S_MAX);
    assert_int_equal(delivery_retry_s(INT64_MAX, 255), DELIVERY_RETRY_S_MAX * 5 / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_position_moves_for_whoever_has_the_lease),
        TEST_ON_SERVERS(a_batch_under_way_does_not_undo_a_replay),
        TEST_ON_SERVERS(what_a_target_missed_is_counted),
        TEST_ON_SERVERS(a_lease_ends_when_nobody_keeps_it),
        TEST_ON_SERVERS(a_lease_of_a_clock_that_was_days_ahead_keeps_nobody_out),
        TEST_ON_SERVERS(a_letter_that_is_refused_again_needs_no_more_room),
        TEST_ON_SERVERS(a_letter_that_goes_at_last_shows_that_the_target_is_well),
        TEST_ON_SERVERS(letters_are_read_up_to_a_bound_of_bytes),
        TEST_ON_SERVERS(what_receivers_say_is_kept_whatever_its_bytes),
        cmocka_unit_test(pauses_double_up_to_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
