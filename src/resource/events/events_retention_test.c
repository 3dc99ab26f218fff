/* Proves that whole partitions go when their class is kept no longer and nothing else does: by a clock of the test's own, under holds,
   after jumps of the clock, with the process killed at any moment, and beside searches. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "access/principal.h"
#include "resource/events/event_index.h"
#include "resource/events/event_partition.h"
#include "resource/events/test_events.h"

#define DAY_US INT64_C(86400000000)

static int64_t start_us; /* of day 0: in the future, since stamps never lie behind the clock */
static int64_t sent[2];

static void open_days(void **state)
{
    open_events(state);
    start_us = (time_now_us() / DAY_US + 400) * DAY_US;
    sent[0] = 0;
    sent[1] = 0;
    is(store_run(at.place->writer, &at.error, "UPDATE event_clock SET checked = $1", "i", start_us),
       RESULT_OK);
}

static void stamps_move_to(int64_t moment_us)
{
    is(store_run(at.place->writer, &at.error,
                 "UPDATE event_clock SET last_ingested = $1 WHERE last_ingested < $1", "i",
                 moment_us),
       RESULT_OK);
}

/* `count` events, each third of them passive. */
static void day_send(int day, int computer, int count)
{
    struct buffer lines;
    buffer_init(&lines, LINES_BYTES_MAX);
    stamps_move_to(start_us + day * DAY_US + 1000);
    for (int i = 0; i < count; i++) {
        buffer_print(&lines, "{\"message\":\"%" PRId64 "\",\"event\":{\"code\":%s}}\n",
                     sent[computer] + i + 1, i % 3 == 0 ? "\"106\"" : "100");
    }
    (void)send_as(computer == 0 ? COMPUTER : OTHER, sent[computer] + 1, buffer_slice(&lines));
    sent[computer] += count;
    buffer_done(&lines);
}

static void step(struct event_round *out)
{
    is(session_begin(at.place->writer, &at.error), RESULT_OK);
    is(events_retention_step(&at.ctx, NULL, out), RESULT_OK);
    is(session_commit(at.place->writer, &at.error), RESULT_OK);
}

/* A round on a day; gives how many events it dropped. */
static int64_t retain(int day)
{
    struct event_round round;
    int64_t dropped = 0;
    at.ctx.now_us = start_us + day * DAY_US;
    do {
        step(&round);
        dropped += round.dropped_events;
    } while (round.more);
    return dropped;
}

/* As in life: a round a day. */
static int64_t retain_daily(int from, int to)
{
    int64_t dropped = 0;
    for (int day = from; day <= to; day++) {
        dropped += retain(day);
    }
    return dropped;
}

static void merge_all(void)
{
    for (bool more = true; more;) {
        arena_reset(at.arena);
        is(session_begin(at.place->writer, &at.error), RESULT_OK);
        is(events_index_merge(&at.ctx, &more), RESULT_OK);
        is(session_commit(at.place->writer, &at.error), RESULT_OK);
    }
}

static enum result run(const struct route *routes, size_t count, const char *id, struct call *call)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(routes[i].id, id) == 0) {
            call->route = &routes[i];
        }
    }
    assert_non_null(call->route);
    call->raw_file = -1;
    at.error = (struct error){ .field = NULL };
    faults_init(&at.faults, at.arena);
    reply_done(&at.reply);
    reply_init(&at.reply);
    return call->route->run(&at.ctx, call, &at.reply);
}

/* -1: told to ask again, since events are being dropped. */
static int64_t found_or_busy(const char *code)
{
    struct query_pair pairs[] = {
        { SLICE("TimePeriod.StartDate"), SLICE("2020-01-01") },
        { SLICE("TimePeriod.EndDate"), SLICE("2999-01-01") },
        { SLICE("OperatingSystem"), SLICE("*") },
        { SLICE("Events.EventCode"), slice_of(code) },
    };
    struct call call = { .query = pairs, .query_count = code == NULL ? 3 : 4 };
    const struct json *answer = NULL;
    arena_reset(at.arena); /* nothing of a test is kept in it */
    enum result result = run(events_routes, events_route_count, "Events_Search", &call);
    if (result == RESULT_BUSY) {
        return -1;
    }
    is(result, RESULT_OK);
    is(json_parse(at.arena, buffer_slice(&at.reply.body), &json_limits_usual, &answer, &at.error),
       RESULT_OK);
    return json_get(answer, "totalRecordCount")->integer;
}

static int64_t found(const char *code)
{
    int64_t total = found_or_busy(code);
    assert_true(total >= 0);
    return total;
}

/* What a reader gets from the start on. */
static int64_t readable(void)
{
    struct event_item items[100];
    int64_t position = 0;
    int64_t total = 0;
    size_t count = 0;
    do {
        arena_reset(at.arena);
        is(events_read_after(&at.ctx, position, COUNT_OF(items), SIZE_MAX, items, &count),
           RESULT_OK);
        position = count == 0 ? position : items[count - 1].position;
        total += (int64_t)count;
    } while (count > 0);
    return total;
}

static enum result settings(const char *json)
{
    const struct json *body = NULL;
    struct call call = { .raw_file = -1 };
    is(json_parse(at.arena, slice_of(json), &json_limits_usual, &body, &at.error), RESULT_OK);
    call.body = body;
    is(session_begin(at.place->writer, &at.error), RESULT_OK);
    enum result result =
        run(event_retention_routes, event_retention_route_count, "EventRetention_Modify", &call);
    is(session_commit(at.place->writer, &at.error), RESULT_OK);
    return result;
}

static void hold(const char *id, int from_day, int until_day, const char *computer_id)
{
    is(store_run(at.place->writer, &at.error,
                 "INSERT INTO event_hold (id, name, name_key, created, created_by, from_us,"
                 " until_us, computers) VALUES ($1, $1, $1, 0, 'counsel', $2, $3, $4)",
                 "tiit", id, start_us + from_day * DAY_US, start_us + until_day * DAY_US,
                 computer_id == NULL ? "[]" : "[\"x\"]"),
       RESULT_OK);
    if (computer_id != NULL) {
        is(store_run(at.place->writer, &at.error,
                     "INSERT INTO event_hold_computer (hold_id, computer_id) VALUES ($1, $2)", "tt",
                     id, computer_id),
           RESULT_OK);
    }
}

static void hold_end(const char *id)
{
    is(store_run(at.place->writer, &at.error, "DELETE FROM event_hold WHERE id = $1", "t", id),
       RESULT_OK);
}

/* --- classes and order ----------------------------------------------------------------------------------------------------- */

static void events_of_a_batch_stay_in_order_whatever_their_class(void **state)
{
    struct event_item items[100];
    size_t count = 0;
    open_days(state);
    day_send(0, 0, 50);
    day_send(0, 0, 50);
    assert_int_equal(number("SELECT COUNT(*) FROM event_block"), 4);
    assert_int_equal(number("SELECT COUNT(*) FROM event_block WHERE class_no = 0"), 2);
    assert_int_equal(number("SELECT SUM(event_count) FROM event_block WHERE class_no = 0"), 34);
    is(events_read_after(&at.ctx, 0, COUNT_OF(items), SIZE_MAX, items, &count), RESULT_OK);
    assert_int_equal(count, 100);
    for (size_t i = 0; i < count; i++) {
        const struct json *event = NULL;
        int64_t value = 0;
        is(json_parse(at.arena, items[i].json, &json_limits_usual, &event, &at.error), RESULT_OK);
        assert_true(slice_int64(json_text_of(json_get(event, "message")), &value));
        assert_int_equal(value, i + 1);
        assert_true(i == 0 || items[i].position > items[i - 1].position);
    }
    assert_int_equal(found(NULL), 100);
    assert_int_equal(found("106"), 34);
    close_events();
}

static void codes_tell_the_class_as_text_and_as_number(void **state)
{
    open_days(state);
    (void)send_as(COMPUTER, 1,
                  SLICE("{\"event\":{\"code\":\"106\"}}\n{\"event\":{\"code\":107}}\n"
                        "{\"event\":{\"code\":\" 603 \"}}\n{\"event\":{\"code\":706}}\n"
                        "{\"event\":{\"code\":\"1060\"}}\n{\"event\":{\"code\":\"x106\"}}\n"
                        "{\"event\":{}}\n{\"event\":{\"code\":[106]}}\n{\"code\":\"106\"}\n{}\n"));
    assert_int_equal(number("SELECT event_count FROM event_block WHERE class_no = 0"), 4);
    assert_int_equal(number("SELECT event_count FROM event_block WHERE class_no = 1"), 6);
    close_events();
}

/* --- what goes ---------------------------------------------------------------------------------------------------------------- */

static void each_class_goes_when_its_days_are_over_and_not_before(void **state)
{
    open_days(state);
    for (int day = 0; day < 100; day++) {
        day_send(day, day % 2, 9);
    }
    assert_int_equal(retain(30), 0); /* the day is over at its end, the 30 days count from there */
    assert_int_equal(retain(31), 3);
    assert_int_equal(found("106"), 99 * 3);
    assert_int_equal(retain_daily(32, 90), 59 * 3);
    assert_int_equal(found("100"), 100 * 6);
    assert_int_equal(retain(91), 3 + 6);
    assert_int_equal(found("106"), 39 * 3);
    assert_int_equal(found("100"), 99 * 6);
    assert_int_equal(found(NULL), 39 * 3 + 99 * 6);
    assert_int_equal(readable(), 39 * 3 + 99 * 6);
    assert_int_equal(number("SELECT COUNT(*) FROM event_partition"), 39 + 99);
    assert_int_equal(number("SELECT dropped_count FROM event_clock"), 62);
    close_events();
}

static void joined_pieces_stay_within_their_partition(void **state)
{
    open_days(state);
    for (int day = 0; day < 3; day++) {
        for (int i = 0; i < 20; i++) {
            day_send(day, 0, 9);
        }
    }
    merge_all();
    assert_int_equal(number("SELECT COUNT(*) FROM event_piece WHERE level = 2"), 4);
    assert_int_equal(number("SELECT COUNT(*) FROM event_piece WHERE level < 2"), 40);
    assert_int_equal(number("SELECT COUNT(*) FROM event_column"), INT64_C(4) * EVENT_COLUMNS);
    assert_int_equal(found(NULL), 540);
    assert_int_equal(found("106"), 180);
    is(store_run(at.place->writer, &at.error, "UPDATE event_class SET days = 1", ""), RESULT_OK);
    assert_int_equal(retain(2), 180);
    assert_int_equal(number("SELECT COUNT(*) FROM event_column"), INT64_C(2) * EVENT_COLUMNS);
    assert_int_equal(found(NULL), 360);
    assert_int_equal(found("106"), 120);
    assert_int_equal(readable(), 360);
    close_events();
}

static void stamps_rise_although_everything_is_gone(void **state)
{
    struct event_item item;
    size_t count = 0;
    open_days(state);
    day_send(0, 0, 9);
    is(events_read_after(&at.ctx, 0, 1, SIZE_MAX, &item, &count), RESULT_OK);
    int64_t before = item.position;
    is(store_run(at.place->writer, &at.error, "UPDATE event_clock SET checked = $1", "i",
                 start_us + 200 * DAY_US),
       RESULT_OK);
    assert_int_equal(retain(200), 9);
    assert_int_equal(number("SELECT COUNT(*) FROM event_block"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM event_partition"), 0);
    /* The clock goes back into the day that was dropped: what comes now must not be of it. */
    (void)send_as(COMPUTER, sent[0] + 1, SLICE("{}"));
    is(events_read_after(&at.ctx, before, 1, SIZE_MAX, &item, &count), RESULT_OK);
    assert_int_equal(count, 1);
    assert_true(item.position >= start_us + DAY_US);
    assert_int_equal(found(NULL), 1);
    close_events();
}

static void settings_change_what_is_due(void **state)
{
    struct principal principal = { .kind = PRINCIPAL_API_ACCOUNT, .name = "operator" };
    open_days(state);
    at.ctx.principal = &principal;
    for (int day = 0; day < 50; day++) {
        day_send(day, 0, 9);
    }
    is(settings("{\"passiveDays\": 3650}"), RESULT_OK);
    assert_int_equal(retain_daily(31, 49), 0);
    is(settings("{\"passiveDays\": 40, \"otherDays\": 45}"), RESULT_OK);
    assert_int_equal(retain(50), 10 * 3 + 5 * 6);
    assert_int_equal(found(NULL), 40 * 3 + 45 * 6);
    close_events();
}

static void what_is_kept_for_years_is_in_few_partitions(void **state)
{
    open_days(state);
    is(store_run(at.place->writer, &at.error, "UPDATE event_class SET days = 3650", ""), RESULT_OK);
    for (int day = 0; day < 120; day++) {
        day_send(day, 0, 3);
    }
    assert_in_range(number("SELECT COUNT(*) FROM event_partition WHERE class_no = 1"), 4, 5);
    is(store_run(at.place->writer, &at.error, "UPDATE event_class SET days = 10", ""), RESULT_OK);
    for (int day = 151; day < 154; day++) {
        day_send(day, 0, 3);
    }
    assert_in_range(number("SELECT COUNT(*) FROM event_partition WHERE class_no = 1"), 7, 8);
    assert_int_equal(number("SELECT COUNT(*) FROM event_partition a JOIN event_partition b"
                            " ON a.class_no = b.class_no AND a.from_us < b.from_us"
                            " AND a.until_us > b.from_us"),
                     0);
    assert_int_equal(found(NULL), 123 * 3);
    close_events();
}

/* --- who is told --------------------------------------------------------------------------------------------------------- */

enum { WATCHED_MAX = 400 };

static struct watched {
    struct event_item items[WATCHED_MAX]; /* all there were, by their stamps */
    bool passive[WATCHED_MAX];
    size_t count;
    int64_t told; /* partitions */
    int64_t events;
} watched;

/* From each stamp on, the count must be that of the events of the partition's class and span that lie behind it. */
static enum result watch_drop(struct ctx *ctx, const struct event_partition *partition,
                              int64_t last_us, void *context)
{
    struct watched *all = context;
    int64_t events = 0;
    all->told++;
    for (size_t i = 0; i <= all->count; i++) {
        int64_t position = i == 0 ? 0 : all->items[i - 1].position;
        int64_t wanted = 0;
        int64_t last = 0;
        for (size_t k = i; k < all->count; k++) {
            int64_t stamp = all->items[k].position;
            if (all->passive[k] == (partition->class == CLASS_PASSIVE) &&
                stamp >= partition->from_us && stamp < partition->until_us) {
                wanted++;
                last = stamp;
            }
        }
        is(events_dropping_after(ctx, partition, position, &events), RESULT_OK);
        assert_int_equal(events, wanted);
        if (i == 0) {
            assert_int_equal(last_us, last);
            all->events += events;
        }
    }
    return RESULT_OK;
}

static void what_goes_is_counted_behind_any_position(void **state)
{
    const struct event_watch watch = { watch_drop, &watched };
    struct event_round round = { .more = true };
    open_days(state);
    memset(&watched, 0, sizeof(watched));
    for (int day = 0; day < 4; day++) {
        for (int i = 0; i < 8; i++) {
            day_send(day, i % 2, 9);
        }
        if (day == 1) {
            merge_all();
        }
    }
    is(events_read_after(&at.ctx, 0, WATCHED_MAX, SIZE_MAX, watched.items, &watched.count),
       RESULT_OK);
    assert_int_equal(watched.count, 4 * 8 * 9);
    for (size_t i = 0; i < watched.count; i++) {
        struct slice json = watched.items[i].json;
        watched.passive[i] = memmem(json.text, json.length, "\"106\"", 5) != NULL;
    }
    at.ctx.arena = arena_new(ARENA_BYTES); /* the items stay */
    is(store_run(at.place->writer, &at.error, "UPDATE event_class SET days = 1", ""), RESULT_OK);
    at.ctx.now_us = start_us + 5 * DAY_US;
    is(store_run(at.place->writer, &at.error, "UPDATE event_clock SET checked = $1", "i",
                 at.ctx.now_us),
       RESULT_OK);
    while (round.more) {
        is(session_begin(at.place->writer, &at.error), RESULT_OK);
        is(events_retention_step(&at.ctx, &watch, &round), RESULT_OK);
        is(session_commit(at.place->writer, &at.error), RESULT_OK);
    }
    assert_true(watched.told >= 2);
    assert_int_equal(watched.events, 4 * 8 * 9);
    arena_free(at.ctx.arena);
    close_events();
}

/* --- holds ----------------------------------------------------------------------------------------------------------------------- */

static void a_hold_keeps_what_it_covers_until_it_is_lifted(void **state)
{
    open_days(state);
    for (int day = 0; day < 10; day++) {
        day_send(day, 0, 9);
    }
    hold("span", 2, 3, NULL);
    assert_int_equal(retain_daily(31, 41), 8 * 3);
    assert_int_equal(found("106"), 2 * 3);
    assert_int_equal(retain_daily(42, 101), 8 * 6);
    assert_int_equal(readable(), 2 * 9);
    hold_end("span");
    assert_int_equal(retain(102), 2 * 9);
    assert_int_equal(readable(), 0);
    close_events();
}

static void a_hold_of_a_computer_keeps_the_days_it_has_events_in(void **state)
{
    open_days(state);
    for (int day = 0; day < 10; day++) {
        day_send(day, 0, 9);
        if (day == 4) {
            day_send(day, 1, 9);
        }
    }
    hold("computer", 0, 400, OTHER);
    hold("nobody", 0, 400, "01890a5d-ac96-774b-bcce-b302099a8059");
    assert_int_equal(retain_daily(31, 120), 9 * 9);
    assert_int_equal(found(NULL), 18);
    hold_end("computer");
    assert_int_equal(retain(121), 18);
    close_events();
}

/* --- clocks ------------------------------------------------------------------------------------------------------------------------ */

static void a_clock_that_jumps_drops_nothing_until_somebody_says_it_is_right(void **state)
{
    struct principal principal = { .kind = PRINCIPAL_API_ACCOUNT, .name = "operator" };
    struct event_round round;
    open_days(state);
    at.ctx.principal = &principal;
    for (int day = 0; day < 10; day++) {
        day_send(day, 0, 9);
    }
    assert_int_equal(retain(10), 0);
    at.ctx.now_us = start_us + 3650 * DAY_US; /* ten years at once */
    step(&round);
    assert_true(round.refused && round.newly && !round.more);
    assert_int_equal(round.due_percent, 100);
    step(&round);
    assert_true(round.refused && !round.newly && !round.more);
    assert_int_equal(found(NULL), 90);
    assert_int_equal(retain(11), 0); /* back again: nothing has happened */
    assert_int_equal(number("SELECT refused FROM event_clock"), 0);
    at.ctx.now_us = start_us + 3650 * DAY_US;
    step(&round);
    assert_true(round.refused && round.newly);
    is(settings("{\"clockIsRight\": true}"), RESULT_OK);
    assert_int_equal(retain(3650), 90);
    assert_int_equal(found(NULL), 0);
    close_events();
}

static void a_server_that_was_off_for_a_week_goes_on_by_itself(void **state)
{
    open_days(state);
    for (int day = 0; day < 90; day++) {
        day_send(day, 0, 9);
    }
    assert_int_equal(retain_daily(31, 90), 60 * 3);
    assert_int_equal(retain(97), 7 * 6 + 7 * 3);
    assert_int_equal(retain(60), 0); /* set back by a month, and forward again */
    assert_int_equal(retain(98), 6 + 3);
    close_events();
}

/* --- killed ------------------------------------------------------------------------------------------------------------------------ */

/* In a process of its own: rounds until it is killed. */
static void drop_forever(void)
{
    struct store *store = NULL;
    struct session *writer = NULL;
    if (store_open(at.place->name, &store, &at.error) != RESULT_OK ||
        session_open(store, SESSION_WRITE, &writer, &at.error) != RESULT_OK) {
        _exit(1);
    }
    at.ctx.session = writer;
    for (;;) {
        struct event_round round;
        if (session_begin(writer, &at.error) != RESULT_OK ||
            events_retention_step(&at.ctx, NULL, &round) != RESULT_OK ||
            session_commit(writer, &at.error) != RESULT_OK) {
            _exit(1);
        }
    }
}

static void a_kill_in_the_middle_leaves_whole_partitions(void **state)
{
    enum { DAYS = 40, KILLS = 12 };
    open_days(state);
    for (int day = 0; day < DAYS; day++) {
        day_send(day, 0, 300);
    }
    merge_all();
    is(store_run(at.place->writer, &at.error, "UPDATE event_class SET days = 1", ""), RESULT_OK);
    at.ctx.now_us = start_us + DAYS * DAY_US;
    is(store_run(at.place->writer, &at.error, "UPDATE event_clock SET checked = $1", "i",
                 at.ctx.now_us),
       RESULT_OK);
    for (int i = 0; i < KILLS; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            drop_forever();
        }
        (void)usleep((useconds_t)(1000 + i * 700));
        int status = 0;
        (void)kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        /* A day has 100 passive events and 200 others, and searches see all of a partition or none. */
        int64_t passive = found("106");
        int64_t other = found("100");
        assert_int_equal(passive % 100, 0);
        assert_int_equal(other % 200, 0);
        assert_int_equal(found(NULL), passive + other);
        assert_true(readable() >= passive + other);
    }
    (void)retain(DAYS);
    assert_int_equal(found(NULL), 300);
    assert_int_equal(readable(), 300);
    assert_int_equal(number("SELECT COUNT(*) FROM event_partition"), 2);
    close_events();
}

/* --- beside searches ------------------------------------------------------------------------------------------------------------- */

static struct dropper {
    struct store *store;
    struct error error;
    struct ctx ctx;
    atomic_bool done;
    enum result result;
} dropper;

static void *drop_main(void *context)
{
    struct session *writer = NULL;
    struct event_round round = { .more = true };
    (void)context;
    dropper.result = session_open(dropper.store, SESSION_WRITE, &writer, &dropper.error);
    dropper.ctx.session = writer;
    while (dropper.result == RESULT_OK && round.more) {
        dropper.result = session_begin(writer, &dropper.error);
        if (dropper.result == RESULT_OK) {
            dropper.result = events_retention_step(&dropper.ctx, NULL, &round);
        }
        if (dropper.result == RESULT_OK) {
            dropper.result = session_commit(writer, &dropper.error);
        }
    }
    session_close(writer);
    atomic_store(&dropper.done, true);
    return NULL;
}

static void searches_and_readers_beside_dropping_see_whole_partitions(void **state)
{
    enum { DAYS = 60 };
    pthread_t thread;
    struct session *reader = NULL;
    open_days(state);
    for (int day = 0; day < DAYS; day++) {
        day_send(day, 0, 150);
    }
    merge_all();
    is(store_run(at.place->writer, &at.error, "UPDATE event_class SET days = 1", ""), RESULT_OK);
    memset(&dropper, 0, sizeof(dropper));
    dropper.store = at.place->store;
    dropper.ctx = at.ctx;
    dropper.ctx.error = &dropper.error;
    dropper.ctx.arena = arena_new(ARENA_BYTES);
    dropper.ctx.now_us = start_us + DAYS * DAY_US;
    is(store_run(at.place->writer, &at.error, "UPDATE event_clock SET checked = $1", "i",
                 dropper.ctx.now_us),
       RESULT_OK);
    is(session_open(at.place->store, SESSION_READ, &reader, &at.error), RESULT_OK);
    at.ctx.session = reader;
    assert_int_equal(pthread_create(&thread, NULL, drop_main, NULL), 0);
    int64_t last = DAYS * INT64_C(150);
    while (!atomic_load(&dropper.done)) {
        int64_t now = found_or_busy(NULL);
        now = now < 0 ? last : now;
        assert_int_equal(now % 50, 0);
        assert_true(now <= last);
        assert_true(readable() >= 150);
        last = now;
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(dropper.result, RESULT_OK);
    assert_int_equal(found(NULL), 150);
    assert_int_equal(readable(), 150);
    at.ctx.session = at.place->writer;
    session_close(reader);
    arena_free(dropper.ctx.arena);
    close_events();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(events_of_a_batch_stay_in_order_whatever_their_class),
        TEST_ON_SERVERS(codes_tell_the_class_as_text_and_as_number),
        TEST_ON_SERVERS(each_class_goes_when_its_days_are_over_and_not_before),
        TEST_ON_SERVERS(joined_pieces_stay_within_their_partition),
        TEST_ON_SERVERS(stamps_rise_although_everything_is_gone),
        TEST_ON_SERVERS(settings_change_what_is_due),
        TEST_ON_SERVERS(what_is_kept_for_years_is_in_few_partitions),
        TEST_ON_SERVERS(what_goes_is_counted_behind_any_position),
        TEST_ON_SERVERS(a_hold_keeps_what_it_covers_until_it_is_lifted),
        TEST_ON_SERVERS(a_hold_of_a_computer_keeps_the_days_it_has_events_in),
        TEST_ON_SERVERS(a_clock_that_jumps_drops_nothing_until_somebody_says_it_is_right),
        TEST_ON_SERVERS(a_server_that_was_off_for_a_week_goes_on_by_itself),
        TEST_ON_SERVERS(a_kill_in_the_middle_leaves_whole_partitions),
        TEST_ON_SERVERS(searches_and_readers_beside_dropping_see_whole_partitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
