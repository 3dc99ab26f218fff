/* Proves that events are stored exactly once by their numbers, that gaps are counted, that stamps rise in the order of commits, and
   that pollers of FromStartDate get every event. */
#include "resource/events/test_events.h"

static struct event_stored send(int64_t first, int count)
{
    return send_as(COMPUTER, first, numbered(first, count));
}

static void answer_is(struct event_stored got, struct event_stored wanted)
{
    assert_int_equal(got.next_sequence, wanted.next_sequence);
    assert_int_equal(got.stored, wanted.stored);
    assert_int_equal(got.repeated, wanted.repeated);
    assert_int_equal(got.lost, wanted.lost);
}

static int64_t counted(const char *column)
{
    char sql[128];
    (void)snprintf(sql, sizeof(sql), "SELECT %s FROM computer_stream WHERE computer_id = '%s'",
                   column, COMPUTER);
    return number(sql);
}

/* --- polling ------------------------------------------------------------------------------------------------------------ */

static enum result ask(const char *start, const char *size)
{
    struct query_pair pairs[2];
    size_t count = 0;
    const struct route *route = &events_routes[0];
    if (start != NULL) {
        pairs[count++] = (struct query_pair){ SLICE("startdate"), slice_of(start) };
    }
    if (size != NULL) {
        pairs[count++] = (struct query_pair){ SLICE("RecordSize"), slice_of(size) };
    }
    const struct call call = {
        .route = route, .query = pairs, .query_count = count, .raw_file = -1
    };
    reply_done(&at.reply);
    reply_init(&at.reply);
    faults_init(&at.faults, at.arena);
    return route->run(&at.ctx, &call, &at.reply);
}

static const struct json *asked(const char *start, const char *size)
{
    const struct json *tree = NULL;
    is(ask(start, size), RESULT_OK);
    is(json_parse(at.arena, buffer_slice(&at.reply.body), &json_limits_usual, &tree, &at.error),
       RESULT_OK);
    const struct json *events = json_get(tree, "events");
    assert_int_equal(json_get(tree, "totalRecordsReturned")->integer, events->count);
    return events;
}

static const char *moment_text(int64_t moment_us)
{
    char text[TIME_TEXT_BYTES];
    (void)time_format(moment_us, TIME_ZONED, text);
    return arena_strdup(at.arena, text);
}

/* The way pollers go on: the greatest moment, cut to milliseconds, and one more. */
static const char *next_start(const struct json *events)
{
    int64_t greatest = 0;
    for (const struct json *event = events->first; event != NULL; event = event->next) {
        struct slice text = json_text_of(json_path(event, "event.ingested"));
        int64_t moment = 0;
        assert_int_equal(text.length, 33);
        assert_true(time_parse(text, &moment, NULL));
        assert_true(moment > greatest);
        greatest = moment;
    }
    return moment_text((greatest / US_PER_MS + 1) * US_PER_MS);
}

/* --- tests: storing ---------------------------------------------------------------------------------------------------- */

static void a_batch_is_stored_once_however_often_it_comes(void **state)
{
    open_events(state);
    answer_is(send(1, 3), (struct event_stored){ 4, 3, 0, 0 });
    answer_is(send(1, 3), (struct event_stored){ 4, 0, 3, 0 });
    answer_is(send(2, 4), (struct event_stored){ 6, 2, 2, 0 });
    answer_is(send(1, 1), (struct event_stored){ 6, 0, 1, 0 });
    assert_int_equal(counted("stored_count"), 5);
    assert_int_equal(counted("repeated_count"), 6);
    assert_int_equal(counted("lost_count"), 0);
    const struct json *events = asked("2020-01-01", NULL);
    assert_int_equal(events->count, 5);
    int64_t wanted = 1;
    for (const struct json *event = events->first; event != NULL; event = event->next, wanted++) {
        int64_t got = 0;
        assert_true(slice_int64(json_text_of(json_get(event, "message")), &got));
        assert_int_equal(got, wanted);
    }
    close_events();
}

static void a_gap_is_counted_and_stays_visible(void **state)
{
    open_events(state);
    answer_is(send(11, 2), (struct event_stored){ 13, 2, 0, 10 });
    answer_is(send(14, 1), (struct event_stored){ 15, 1, 0, 1 });
    answer_is(send(13, 1), (struct event_stored){ 15, 0, 1, 0 });
    assert_int_equal(counted("lost_count"), 11);
    assert_int_equal(counted("last_sequence"), 14);
    close_events();
}

/* The counts of all computers together stop where they are full: agents that begin at huge numbers keep nobody from sending. */
static void gaps_without_end_do_no_harm(void **state)
{
    const int64_t huge = INT64_MAX / 2;
    open_events(state);
    answer_is(send(huge, 1), (struct event_stored){ huge + 1, 1, 0, huge - 1 });
    answer_is(send_as(OTHER, huge, SLICE("null")), (struct event_stored){ huge + 1, 0, 0, huge });
    answer_is(send(huge + 5, 2), (struct event_stored){ huge + 7, 2, 0, 4 });
    answer_is(send_as(OTHER, huge + 5, SLICE("null")), (struct event_stored){ huge + 6, 0, 0, 5 });
    assert_true(number("SELECT lost_count FROM event_clock") == INT64_MAX);
    assert_int_equal(number("SELECT COUNT(*) FROM event_clock"
                            " WHERE lost_count = 9223372036854775807"),
                     1);
    assert_true(number("SELECT stored_count FROM event_clock") == 3);
    close_events();
}

static void a_null_line_is_an_event_that_the_agent_gave_up(void **state)
{
    open_events(state);
    answer_is(send_as(COMPUTER, 1, SLICE("{}\nnull\n{}\n")), (struct event_stored){ 4, 2, 0, 1 });
    answer_is(send_as(COMPUTER, 4, SLICE(" null ")), (struct event_stored){ 5, 0, 0, 1 });
    assert_int_equal(counted("lost_count"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM event_block"), 1);
    assert_int_equal(number("SELECT event_count FROM event_block"), 2);
    close_events();
}

static void two_batches_with_the_same_numbers_are_not_both_stored(void **state)
{
    open_events(state);
    struct event_batch first;
    struct event_batch second;
    struct event_stored stored;
    is(make(COMPUTER, 1, numbered(1, 3), &first), RESULT_OK);
    is(make(COMPUTER, 1, numbered(1, 4), &second), RESULT_OK);
    is(keep(&first, &stored), RESULT_OK);
    is(keep(&second, &stored), RESULT_BUSY);
    answer_is(send(1, 4), (struct event_stored){ 5, 1, 3, 0 });
    assert_int_equal(counted("stored_count"), 4);
    close_events();
}

static void each_computer_has_its_own_numbers(void **state)
{
    open_events(state);
    answer_is(send_as(COMPUTER, 1, numbered(1, 2)), (struct event_stored){ 3, 2, 0, 0 });
    answer_is(send_as(OTHER, 1, numbered(1, 2)), (struct event_stored){ 3, 2, 0, 0 });
    struct event_batch batch;
    is(make("01890a5d-ac96-774b-bcce-b302099a8059", 1, SLICE("{}"), &batch), RESULT_NOT_FOUND);
    close_events();
}

static void a_bad_line_is_named_and_nothing_is_stored(void **state)
{
    static const struct {
        const char *lines, *field;
    } bad[] = {
        { "{}\n[]\n", "line 2" },
        { "{\n", "line 1" },
        { "{}\n\n{}\n5", "line 3" },
        { "{} {}", "line 1" },
        { "\"text\"", "line 1" },
        { "{\"a\":1,\"a\":2}", "line 1" },
        { "{\"a\":\"\xff\"}", "line 1" },
        { "nulls", "line 1" },
        { "", "body" },
        { "\r\n \n", "body" },
    };
    open_events(state);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct event_batch batch;
        is(make(COMPUTER, 1, slice_of(bad[i].lines), &batch), RESULT_INVALID);
        assert_string_equal(at.error.field, bad[i].field);
    }
    assert_int_equal(counted("last_sequence"), 0);
    close_events();
}

static struct slice padded(size_t bytes)
{
    char *text = arena_alloc(at.arena, bytes + 1);
    assert_non_null(text);
    memset(text, 'x', bytes);
    memcpy(text, "{\"m\":\"", 6);
    memcpy(text + bytes - 2, "\"}", 2);
    return (struct slice){ text, bytes };
}

static struct slice nested(int depth)
{
    char *text = arena_alloc(at.arena, (size_t)depth * 8);
    size_t length = 0;
    assert_non_null(text);
    for (int i = 0; i < depth; i++) {
        length += (size_t)snprintf(text + length, 6, "{\"a\":");
    }
    text[length++] = '1';
    memset(text + length, '}', (size_t)depth);
    return (struct slice){ text, length + (size_t)depth };
}

static void bounds_hold_at_the_bound_and_not_past_it(void **state)
{
    struct event_batch batch;
    open_events(state);
    is(make(COMPUTER, 1, padded(EVENT_LINE_BYTES_MAX), &batch), RESULT_OK);
    is(make(COMPUTER, 1, padded(EVENT_LINE_BYTES_MAX + 1), &batch), RESULT_INVALID);
    is(make(COMPUTER, 1, nested(EVENT_DEPTH_MAX), &batch), RESULT_OK);
    is(make(COMPUTER, 1, nested(EVENT_DEPTH_MAX + 1), &batch), RESULT_INVALID);
    is(make(COMPUTER, 1, numbered(1, EVENT_LINES_MAX), &batch), RESULT_OK);
    assert_int_equal(batch.count, EVENT_LINES_MAX);
    is(make(COMPUTER, 1, numbered(1, EVENT_LINES_MAX + 1), &batch), RESULT_TOO_LARGE);
    close_events();
}

/* --- tests: stamps ----------------------------------------------------------------------------------------------------- */

static void a_block_begins_a_new_millisecond(void **state)
{
    (void)state;
    const int64_t now = INT64_C(1700000000123456);
    assert_int_equal(event_stamp_first(0, now), now);
    assert_int_equal(event_stamp_first(now - US_PER_MS, now), now);
    assert_int_equal(event_stamp_first(now - 1, now), INT64_C(1700000000124000));
    assert_int_equal(event_stamp_first(now + 2000, now), INT64_C(1700000000126000));
    assert_int_equal(event_stamp_end(now, now), now + 1);
}

static void stamps_far_ahead_share_milliseconds_that_nobody_reads_yet(void **state)
{
    (void)state;
    const int64_t now = INT64_C(1700000000123000);
    const int64_t ahead = now + EVENT_STAMP_LEAD_US_MAX;
    assert_int_equal(event_stamp_first(ahead - 2 * US_PER_MS, now), ahead - US_PER_MS);
    assert_int_equal(event_stamp_first(ahead, now), ahead + EVENT_STAMP_STEP_US);
    assert_int_equal(event_stamp_end(ahead + 7, now), ahead);
    assert_int_equal(event_stamp_end(ahead + 7, now + EVENT_STAMP_LEAD_US_MAX), ahead + 8);
}

static void a_clock_that_was_set_back_hides_nothing(void **state)
{
    (void)state;
    const int64_t now = INT64_C(1700000000123000);
    const int64_t hour = 3600 * US_PER_SECOND;
    assert_int_equal(event_stamp_first(now + hour, now), now + hour + US_PER_MS);
    assert_int_equal(event_stamp_end(now + hour, now), now + hour + 1);
}

static void stamps_rise_over_all_blocks(void **state)
{
    open_events(state);
    for (int64_t i = 0; i < 40; i++) {
        (void)send(i * 7 + 1, 7);
    }
    assert_int_equal(number("SELECT COUNT(*) FROM event_block a JOIN event_block b"
                            " ON b.first_ingested > a.first_ingested"
                            " AND b.first_ingested <= a.last_ingested"),
                     0);
    assert_int_equal(number("SELECT COUNT(*) FROM event_block a JOIN event_block b"
                            " ON b.first_ingested > a.first_ingested"
                            " AND b.first_ingested / 1000 = a.last_ingested / 1000"),
                     0);
    assert_int_equal(number("SELECT COUNT(*) FROM event_block a JOIN event_block b"
                            " ON b.first_ingested > a.first_ingested"
                            " AND b.first_sequence < a.first_sequence"),
                     0);
    close_events();
}

/* --- tests: FromStartDate ---------------------------------------------------------------------------------------------- */

static void a_poller_that_goes_on_a_millisecond_later_gets_every_event(void **state)
{
    open_events(state);
    enum { EVENTS = 2600 };
    int64_t sent = 0;
    for (int size = 1; sent < EVENTS; size = size * 3 % 701) {
        (void)send(sent + 1, size);
        sent += size;
    }
    int64_t got = 0;
    const char *start = "2020-01-01T00:00:00.000Z";
    for (const struct json *events = asked(start, "1000"); events->count > 0;
         events = asked(start, "1000")) {
        for (const struct json *event = events->first; event != NULL; event = event->next) {
            int64_t value = 0;
            assert_true(slice_int64(json_text_of(json_get(event, "message")), &value));
            assert_int_equal(value, ++got);
        }
        start = next_start(events);
    }
    assert_int_equal(got, sent);
    close_events();
}

static void an_answer_never_ends_inside_a_millisecond_unless_that_is_all(void **state)
{
    open_events(state);
    (void)send(1, 1200); /* 500 share a millisecond, but for the first and the last */
    const struct json *all = asked("2020-01-01", "1000");
    assert_true(all->count > 500 && all->count <= 1000);
    int64_t first = number("SELECT first_ingested FROM event_block");
    int64_t ends = first + (int64_t)all->count * EVENT_STAMP_STEP_US;
    assert_int_equal(ends / US_PER_MS, (ends - EVENT_STAMP_STEP_US) / US_PER_MS + 1);
    const char *whole = moment_text((first / US_PER_MS + 1) * US_PER_MS);
    assert_int_equal(asked(whole, "10")->count, 10);
    assert_int_equal(asked(whole, "500")->count, 500);
    assert_int_equal(asked(whole, "501")->count, 500);
    close_events();
}

static void the_start_is_included_and_sizes_are_exact(void **state)
{
    open_events(state);
    (void)send(1, 1);
    (void)send(2, 1);
    (void)send(3, 1);
    int64_t last = number("SELECT MAX(first_ingested) FROM event_block");
    assert_int_equal(asked(moment_text(last), NULL)->count, 1);
    assert_int_equal(asked(moment_text(last + 1), NULL)->count, 0);
    assert_int_equal(asked("2020-01-01", "1")->count, 1);
    assert_int_equal(asked("2020-01-01", "2")->count, 2);
    assert_int_equal(asked("2020-01-01", "")->count, 3);
    assert_int_equal(asked("2999-01-01", NULL)->count, 0);
    close_events();
}

static void events_carry_their_stamp_in_fixed_width(void **state)
{
    open_events(state);
    (void)send(1, 2);
    int64_t first = number("SELECT first_ingested FROM event_block");
    const struct json *events = asked("2020-01-01", NULL);
    assert_true(
        slice_is(json_text_of(json_path(events->first, "event.ingested")), moment_text(first)));
    assert_true(slice_is(json_text_of(json_path(events->first->next, "event.ingested")),
                         moment_text(first + EVENT_STAMP_STEP_US)));
    close_events();
}

static void wrong_parameters_are_refused_with_the_words_of_the_contract(void **state)
{
    static const char *const sizes[] = { "0", "1001", "-1", "ten", "1.5" };
    open_events(state);
    is(ask(NULL, NULL), RESULT_INVALID);
    assert_string_equal(at.faults.items[0].field, "StartDate");
    assert_string_equal(at.faults.items[0].text, "Invalid Start date format.");
    is(ask("soon", "10"), RESULT_INVALID);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        is(ask("2020-01-01", sizes[i]), RESULT_INVALID);
        assert_string_equal(at.faults.items[0].field, "RecordSize");
    }
    is(ask("2020-12-24 19:09:47 00:00", "1000"), RESULT_OK);
    close_events();
}

static void an_answer_has_a_bound_in_bytes_and_the_next_one_goes_on(void **state)
{
    open_events(state);
    enum { BATCHES = 30, LINES = 8 };
    struct buffer lines;
    buffer_init(&lines, LINES_BYTES_MAX);
    for (int i = 0; i < LINES; i++) {
        struct slice line = padded(EVENT_LINE_BYTES_MAX);
        buffer_add(&lines, line.text, line.length);
        buffer_char(&lines, '\n');
    }
    for (int64_t i = 0; i < BATCHES; i++) {
        answer_is(send_as(COMPUTER, i * LINES + 1, buffer_slice(&lines)),
                  (struct event_stored){ (i + 1) * LINES + 1, LINES, 0, 0 });
        arena_reset(at.arena);
    }
    size_t got = 0;
    int answers = 0;
    const char *start = "2020-01-01";
    for (const struct json *events = asked(start, NULL); events->count > 0;
         events = asked(start, NULL)) {
        assert_true(at.reply.body.length < 50 * 1024 * 1024);
        got += events->count;
        answers++;
        char next[TIME_TEXT_BYTES];
        (void)snprintf(next, sizeof(next), "%s", next_start(events));
        arena_reset(at.arena);
        start = arena_strdup(at.arena, next);
    }
    assert_int_equal(got, BATCHES * LINES);
    assert_int_equal(answers, 2);
    buffer_done(&lines);
    close_events();
}

/* --- tests: events_read_after --------------------------------------------------------------------------------------------- */

static size_t read_after(int64_t position, size_t items_max, size_t bytes_max,
                         struct event_item *out)
{
    size_t count = 0;
    is(events_read_after(&at.ctx, position, items_max, bytes_max, out, &count), RESULT_OK);
    return count;
}

static void readers_go_on_from_their_position_event_by_event(void **state)
{
    enum { EVENTS = 300, PAGE = 7 };
    struct event_item items[PAGE];
    open_events(state);
    for (int64_t first = 1; first <= EVENTS; first += 30) {
        (void)send_as(first % 60 == 1 ? COMPUTER : OTHER, first, numbered(first, 30));
    }
    int64_t position = 0;
    int64_t got = 0;
    for (size_t count = read_after(0, PAGE, SIZE_MAX, items); count > 0;
         count = read_after(position, PAGE, SIZE_MAX, items)) {
        for (size_t i = 0; i < count; i++) {
            const struct json *event = NULL;
            int64_t value = 0;
            int64_t ingested = 0;
            is(json_parse(at.arena, items[i].json, &json_limits_usual, &event, &at.error),
               RESULT_OK);
            assert_true(slice_int64(json_text_of(json_get(event, "message")), &value));
            assert_int_equal(value, ++got);
            assert_true(slice_equal(items[i].id, json_text_of(json_path(event, "event.id"))));
            assert_true(slice_is(items[i].computer_id, (value - 1) % 60 < 30 ? COMPUTER : OTHER));
            assert_true(
                time_parse(json_text_of(json_path(event, "event.ingested")), &ingested, NULL));
            assert_int_equal(ingested, items[i].position);
            assert_true(items[i].position > position);
            position = items[i].position;
        }
    }
    assert_int_equal(got, EVENTS);
    close_events();
}

static void readers_get_ids_and_times_as_they_were_sent(void **state)
{
    struct event_item items[4];
    open_events(state);
    (void)send_as(COMPUTER, 1,
                  SLICE("{\"@timestamp\":\"2026-04-15T06:50:01.25Z\",\"event\":{\"code\":\"100\","
                        "\"id\":\"a \\\"b\\\" \\\\\"}}\n{\"event\":{\"id\":\"plain\"}}\n"));
    assert_int_equal(read_after(0, 4, SIZE_MAX, items), 2);
    assert_true(slice_is(items[0].id, "a \"b\" \\"));
    assert_int_equal(items[0].time_us, INT64_C(1776235801250000));
    assert_true(slice_is(items[1].id, "plain"));
    assert_int_equal(read_after(0, 4, 1, items), 1); /* one at least, however large */
    assert_int_equal(read_after(items[0].position, 4, 1, items), 1);
    assert_true(slice_is(items[0].id, "plain"));
    assert_int_equal(read_after(items[0].position, 4, 1, items), 0);
    close_events();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_begins_a_new_millisecond),
        cmocka_unit_test(stamps_far_ahead_share_milliseconds_that_nobody_reads_yet),
        cmocka_unit_test(a_clock_that_was_set_back_hides_nothing),
        TEST_ON_SERVERS(a_batch_is_stored_once_however_often_it_comes),
        TEST_ON_SERVERS(a_gap_is_counted_and_stays_visible),
        TEST_ON_SERVERS(gaps_without_end_do_no_harm),
        TEST_ON_SERVERS(a_null_line_is_an_event_that_the_agent_gave_up),
        TEST_ON_SERVERS(two_batches_with_the_same_numbers_are_not_both_stored),
        TEST_ON_SERVERS(each_computer_has_its_own_numbers),
        TEST_ON_SERVERS(a_bad_line_is_named_and_nothing_is_stored),
        TEST_ON_FILE(bounds_hold_at_the_bound_and_not_past_it),
        TEST_ON_SERVERS(stamps_rise_over_all_blocks),
        TEST_ON_SERVERS(a_poller_that_goes_on_a_millisecond_later_gets_every_event),
        TEST_ON_SERVERS(an_answer_never_ends_inside_a_millisecond_unless_that_is_all),
        TEST_ON_SERVERS(the_start_is_included_and_sizes_are_exact),
        TEST_ON_SERVERS(events_carry_their_stamp_in_fixed_width),
        TEST_ON_SERVERS(readers_go_on_from_their_position_event_by_event),
        TEST_ON_SERVERS(readers_get_ids_and_times_as_they_were_sent),
        TEST_ON_FILE(wrong_parameters_are_refused_with_the_words_of_the_contract),
        TEST_ON_FILE(an_answer_has_a_bound_in_bytes_and_the_next_one_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
