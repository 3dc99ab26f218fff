/* Proves that words go with the last events that may have them, and that no event loses one: by a clock of the test's own. */
#include "resource/events/test_events.h"

#define DAY_US INT64_C(86400000000)

static int64_t start_us; /* of day 0: in the future, since stamps never lie behind the clock */
static int64_t sequence;

static void open_days(void **state)
{
    open_events(state);
    start_us = (time_now_us() / DAY_US + 400) * DAY_US;
    sequence = 1;
    is(store_run(at.place->writer, &at.error, "UPDATE event_clock SET checked = $1", "i", start_us),
       RESULT_OK);
    is(store_run(at.place->writer, &at.error, "UPDATE event_class SET days = 1", ""), RESULT_OK);
}

static void day_begin(int day)
{
    is(store_run(at.place->writer, &at.error,
                 "UPDATE event_clock SET last_ingested = $1 WHERE last_ingested < $1", "i",
                 start_us + day * DAY_US + 1000),
       RESULT_OK);
}

static struct slice event_of(const char *user)
{
    return slice_of(arena_printf(at.arena,
                                 "{\"user\":{\"name\":\"%s\",\"domain\":\"%s.example\","
                                 "\"DomainNetBIOSName\":\"%s\"}}\n",
                                 user, user, user));
}

static void day_send(int day, const char *user)
{
    day_begin(day);
    (void)send_as(COMPUTER, sequence++, event_of(user));
}

/* A round each day. */
static void retain(int from, int to)
{
    for (int day = from; day <= to; day++) {
        struct event_round round = { .more = true };
        at.ctx.now_us = start_us + day * DAY_US;
        while (round.more) {
            is(session_begin(at.place->writer, &at.error), RESULT_OK);
            is(events_retention_step(&at.ctx, NULL, &round), RESULT_OK);
            is(session_commit(at.place->writer, &at.error), RESULT_OK);
        }
    }
}

static int64_t found(const char *user)
{
    struct query_pair pair = { SLICE("User.UserName"), slice_of(user) };
    const struct call call = { .query = &pair, .query_count = 1, .raw_file = -1 };
    struct event_query *query = NULL;
    int64_t count = 0;
    is(events_query_follow(&at.ctx, &call, 0, &query), RESULT_OK);
    is(events_query_count(&at.ctx, query, &count), RESULT_OK);
    return count;
}

static int64_t words(const char *text)
{
    return number(arena_printf(
        at.arena, "SELECT COUNT(*) FROM event_word_part WHERE part LIKE '%s%%'", text));
}

static void parts_are_whole(void)
{
    assert_int_equal(number("SELECT COUNT(*) FROM event_word_part p LEFT JOIN event_word w"
                            " ON w.id = p.word_id WHERE w.id IS NULL"),
                     0);
    assert_int_equal(number("SELECT COUNT(*) FROM event_word w WHERE NOT EXISTS"
                            " (SELECT 1 FROM event_word_part p WHERE p.word_id = w.id)"),
                     0);
}

static void words_go_with_the_last_events_that_have_them(void **state)
{
    open_days(state);
    day_send(0, "early");
    day_send(0, "steady");
    int64_t id = number("SELECT word_id FROM event_word_part WHERE column_no = 8"
                        " AND part = 'steady' ORDER BY word_id LIMIT 1");
    for (int day = 1; day <= 7; day++) {
        day_send(day, "steady");
        retain(day, day);
        assert_true(found("early") == 0 || words("early") == 3);
    }
    assert_int_equal(words("early"), 0);
    assert_int_equal(words("steady"), 3);
    assert_int_equal(
        number(arena_printf(at.arena, "SELECT COUNT(*) FROM event_word WHERE id = %" PRId64, id)),
        1);
    assert_true(found("steady") >= 2);
    parts_are_whole();
    day_send(8, "early");
    assert_int_equal(found("early"), 1);
    assert_int_equal(words("early"), 3);
    parts_are_whole();
    close_events();
}

/* It knows the number that the word had. */
static void a_batch_made_before_its_words_went_is_found(void **state)
{
    struct event_batch batch;
    struct event_stored stored;
    open_days(state);
    day_send(0, "early");
    day_send(1, "other");
    is(make(COMPUTER, 3, event_of("early"), &batch), RESULT_OK);
    for (int day = 2; day <= 7; day++) {
        day_begin(day);
        (void)send_as(OTHER, day - 1, event_of("other"));
        retain(day, day);
    }
    assert_int_equal(words("early"), 0);
    is(keep(&batch, &stored), RESULT_OK);
    assert_int_equal(stored.stored, 1);
    assert_int_equal(found("early"), 1);
    retain(8, 8);
    assert_int_equal(found("early"), 1);
    parts_are_whole();
    close_events();
}

static void many_words_go_in_bites(void **state)
{
    enum { MANY = 1300 };
    open_days(state);
    for (int i = 0; i < MANY; i += 100) {
        struct buffer lines;
        buffer_init(&lines, LINES_BYTES_MAX);
        for (int k = i; k < i + 100; k++) {
            buffer_print(&lines, "{\"user\":{\"name\":\"many-%d\"}}\n", k);
        }
        day_begin(0);
        (void)send_as(COMPUTER, i + 1, buffer_slice(&lines));
        buffer_done(&lines);
    }
    assert_int_equal(words("many-"), MANY);
    sequence = MANY + 1;
    for (int day = 1; day <= 6; day++) {
        day_send(day, "steady");
        retain(day, day);
    }
    assert_int_equal(words("many-"), 0);
    parts_are_whole();
    close_events();
}

/* A hold keeps a day, and so its words. */
static void words_stay_as_long_as_a_day_does(void **state)
{
    open_days(state);
    day_send(0, "early");
    is(store_run(at.place->writer, &at.error,
                 "INSERT INTO event_hold (id, name, name_key, created, created_by, from_us,"
                 " until_us, computers) VALUES ('h', 'h', 'h', 1, 'x', $1, $2, '[]')",
                 "ii", start_us, start_us + DAY_US),
       RESULT_OK);
    for (int day = 1; day <= 7; day++) {
        day_send(day, "steady");
        retain(day, day);
    }
    assert_int_equal(found("early"), 1);
    is(store_run(at.place->writer, &at.error, "DELETE FROM event_hold", ""), RESULT_OK);
    retain(8, 8);
    assert_int_equal(found("early"), 0);
    assert_int_equal(words("early"), 0);
    close_events();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(words_go_with_the_last_events_that_have_them),
        TEST_ON_SERVERS(a_batch_made_before_its_words_went_is_found),
        TEST_ON_SERVERS(many_words_go_in_bites),
        TEST_ON_SERVERS(words_stay_as_long_as_a_day_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
