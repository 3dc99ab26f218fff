/* Proves what a stream says: where it begins, what its messages look like, when it beats, when it ends. */
#include <assert.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "model/operation.h"
#include "model/stream.h"

/* After ours: it makes a macro of `fail`. */
#include <cmocka.h>

enum { ARENA_BYTES = 1024 * 1024, BEAT_US = 15000000 };

/* A feed of which each test says what it has. */
static struct {
    int64_t newest;
    const struct stream_item *items;
    size_t count;
    int64_t position;
    int64_t read_behind; /* what it was asked for */
} told;

static enum result told_newest(struct ctx *ctx, int64_t *out)
{
    (void)ctx;
    *out = told.newest;
    return RESULT_OK;
}

static enum result told_at(struct ctx *ctx, int64_t moment_us, int64_t *out)
{
    (void)ctx;
    *out = moment_us / 1000000;
    return RESULT_OK;
}

static enum result told_read(struct ctx *ctx, const struct call *call, int64_t position,
                             struct stream_batch *out)
{
    (void)ctx;
    (void)call;
    told.read_behind = position;
    *out = (struct stream_batch){ told.items, told.count,
                                  told.position == 0 ? position : told.position, false };
    return RESULT_OK;
}

static const struct stream_source source = { "told", NULL, told_newest, told_at, told_read };
static const struct route route = {
    .id = "Told_Stream", .work = WORK_STREAM, .run = op_stream, .stream = &source
};

struct place {
    struct arena *arena;
    struct error error;
    struct faults faults;
    struct ctx ctx;
    struct query_pair query[2];
    struct call call;
    struct reply reply;
    const char *header;
};
static struct place at;

static struct slice header_read(const struct call *call, const char *name)
{
    const struct place *place = call->transport;
    assert_string_equal(name, "Last-Event-ID");
    return slice_of(place->header);
}

static enum result run(void)
{
    reply_done(&at.reply);
    reply_init(&at.reply);
    return op_stream(&at.ctx, &at.call, &at.reply);
}

static int set_up(void **state)
{
    (void)state;
    memset(&told, 0, sizeof(told));
    told.newest = 100;
    at = (struct place){ .arena = arena_new(ARENA_BYTES) };
    faults_init(&at.faults, at.arena);
    at.ctx = (struct ctx){ .arena = at.arena, .error = &at.error, .faults = &at.faults };
    at.call = (struct call){
        .route = &route, .position = -1, .query = at.query, .header = header_read, .transport = &at
    };
    reply_init(&at.reply);
    return at.arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    reply_done(&at.reply);
    arena_free(at.arena);
    return 0;
}

static void ask(const char *name, const char *value)
{
    at.query[at.call.query_count++] = (struct query_pair){ slice_of(name), slice_of(value) };
}

static void assert_body(const char *wanted)
{
    char got[4096];
    assert_true(at.reply.body.length < sizeof(got));
    memcpy(got, at.reply.body.bytes == NULL ? "" : at.reply.body.bytes, at.reply.body.length);
    got[at.reply.body.length] = '\0';
    assert_string_equal(got, wanted);
}

static void begins(int64_t position)
{
    char wanted[64];
    assert_int_equal(run(), RESULT_OK);
    (void)snprintf(wanted, sizeof(wanted), "retry: 2000\nid: %" PRId64 "\n\n", position);
    assert_body(wanted);
    assert_int_equal(told.read_behind, position);
    assert_true(at.reply.streams);
    assert_string_equal(at.reply.content_type, "text/event-stream");
}

static void without_a_word_it_begins_now(void **state)
{
    (void)state;
    begins(100);
}

static void it_begins_at_a_date(void **state)
{
    (void)state;
    ask("startdate", "1970-01-01T00:00:07Z");
    begins(7);
}

static void a_date_to_come_is_now(void **state)
{
    (void)state;
    ask("StartDate", "2200-01-01");
    begins(100);
}

static void it_goes_on_behind_an_id_of_the_query(void **state)
{
    (void)state;
    ask("LastEventId", "42");
    ask("StartDate", "1970-01-01T00:00:07Z");
    begins(42);
}

static void the_header_wins(void **state)
{
    (void)state;
    at.header = "43";
    ask("LastEventId", "42");
    begins(43);
}

static void bad_beginnings_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "x", "-1", "1.5", "101", "9223372036854775808", "42,43" };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        at.header = bad[i];
        assert_int_equal(run(), RESULT_INVALID);
        assert_string_equal(at.error.field, "Last-Event-ID");
    }
    at.header = NULL;
    ask("StartDate", "yesterday");
    assert_int_equal(run(), RESULT_INVALID);
    assert_string_equal(at.error.field, "StartDate");
}

static void messages_are_lines(void **state)
{
    (void)state;
    const struct stream_item items[] = { { 101, SLICE("{\"a\":1}") },
                                         { 102, SLICE("{\r\n\"b\":\n2\r}") },
                                         { 103, SLICE("{\"c\":1}") },
                                         { 103, SLICE("{\"c\":2}") } };
    told.items = items;
    told.count = COUNT_OF(items);
    told.position = 103;
    at.call.position = 100;
    assert_int_equal(run(), RESULT_OK);
    /* Nobody goes on between two that came together. */
    assert_body("id: 101\ndata: {\"a\":1}\n\n"
                "id: 102\ndata: {  \"b\": 2 }\n\n"
                "data: {\"c\":1}\n\n"
                "id: 103\ndata: {\"c\":2}\n\n");
    assert_int_equal(at.reply.position, 103);
    assert_null(at.reply.content_type);
}

static void a_quiet_stream_beats(void **state)
{
    (void)state;
    told.newest = 200;
    told.position = 150; /* what was looked at, though nothing fits */
    at.call.position = 100;
    at.call.waited_us = BEAT_US - 1;
    assert_int_equal(run(), RESULT_OK);
    assert_body("");
    assert_true(at.reply.streams);
    assert_int_equal(at.reply.position, 150);
    at.call.waited_us = BEAT_US;
    assert_int_equal(run(), RESULT_OK);
    assert_body(":\nid: 150\n\n");
}

static void a_store_that_was_set_back_ends_it(void **state)
{
    (void)state;
    told.newest = 99;
    at.call.position = 100;
    assert_int_equal(run(), RESULT_CONFLICT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_word_it_begins_now),
        TEST(it_begins_at_a_date),
        TEST(a_date_to_come_is_now),
        TEST(it_goes_on_behind_an_id_of_the_query),
        TEST(the_header_wins),
        TEST(bad_beginnings_are_refused),
        TEST(messages_are_lines),
        TEST(a_quiet_stream_beats),
        TEST(a_store_that_was_set_back_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
