/* Proves that who follows events by a filter gets each one, also those whose words nobody sent before. */
#include <pthread.h>
#include <stdatomic.h>

#include "resource/events/event_search.h"
#include "resource/events/test_events.h"

enum { BATCHES = 400, PAGE = 100, PAGE_BYTES = 1024 * 1024 };

static struct sender {
    struct ctx ctx;
    struct error error;
    atomic_bool done;
    enum result result;
} sender;

static enum result one_send(struct ctx *ctx, int64_t sequence)
{
    const struct event_source source = { .computer_id = COMPUTER, .first_sequence = sequence };
    struct event_batch batch;
    struct event_stored stored;
    const char *line =
        arena_printf(ctx->arena, "{\"user\":{\"name\":\"new-%" PRId64 "\"}}\n", sequence);
    TRY(event_batch_make(ctx, &source, slice_of(line), &batch));
    TRY(session_begin(ctx->session, ctx->error));
    TRY(event_batch_store(ctx, &batch, &stored));
    return session_commit(ctx->session, ctx->error);
}

static void *send_main(void *context)
{
    struct ctx *ctx = &sender.ctx;
    (void)context;
    sender.result = RESULT_OK;
    for (int64_t i = 1; i <= BATCHES && sender.result == RESULT_OK; i++) {
        arena_reset(ctx->arena);
        sender.result = one_send(ctx, i);
    }
    atomic_store(&sender.done, true);
    return NULL;
}

/* Everything that fits behind the position. */
static int64_t follow(const struct call *call, int64_t *position)
{
    struct event_query *query = NULL;
    struct event_item items[PAGE];
    int64_t got = 0;
    bool more = true;
    is(events_query_follow(&at.ctx, call, *position, &query), RESULT_OK);
    while (more) {
        size_t count = 0;
        is(events_query_next(&at.ctx, query, PAGE, PAGE_BYTES, items, &count), RESULT_OK);
        got += (int64_t)count;
        *position = events_query_position(query, &more);
    }
    return got;
}

static void who_follows_misses_no_event_with_a_new_word(void **state)
{
    struct query_pair pair = { SLICE("User.UserName"), SLICE("new-*") };
    const struct call call = { .query = &pair, .query_count = 1, .raw_file = -1 };
    struct session *reader = NULL;
    pthread_t thread;
    int64_t position = 0;
    int64_t got = 0;
    bool last = false;
    open_events(state);
    memset(&sender, 0, sizeof(sender));
    sender.ctx = at.ctx;
    sender.ctx.error = &sender.error;
    sender.ctx.arena = arena_new(ARENA_BYTES);
    is(session_open(at.place->store, SESSION_READ, &reader, &at.error), RESULT_OK);
    at.ctx.session = reader;
    assert_int_equal(pthread_create(&thread, NULL, send_main, NULL), 0);
    while (!last) {
        last = atomic_load(&sender.done);
        arena_reset(at.arena);
        faults_init(&at.faults, at.arena);
        got += follow(&call, &position);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(sender.result, RESULT_OK);
    assert_int_equal(got, BATCHES);
    at.ctx.session = at.place->writer;
    session_close(reader);
    arena_free(sender.ctx.arena);
    close_events();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(who_follows_misses_no_event_with_a_new_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
