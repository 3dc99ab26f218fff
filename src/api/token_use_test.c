/* Proves that uses of long-lived tokens are noted behind the answer, once a minute, and that none is waited for or leaked. */
#include <pthread.h>

#include "access/account.h"
#include "access/account_token.h"
#include "api/exchange.h"
#include "base/time.h"
#include "store/migrate.h"
#include "store/test_place.h"
#include "store/writer.h"

#define NOW_US INT64_C(1700000000000000)
#define KEY    SLICE("the installation's secret key")

struct bench {
    struct test_place *place;
    struct api api;
    struct account_token_made made;
    char header[ACCESS_TOKEN_CHARACTERS + 16];
    struct error error;
};

static void bench_open(void **state, size_t queue_max, struct bench *bench)
{
    struct account_made account;
    const struct account_order order = { .name = "Provider",
                                         .levels = { [AREA_SCIM] = LEVEL_FULL } };
    *bench = (struct bench){ .place = test_place(state) };
    struct session *session = bench->place->writer;
    test_place_ok(store_migrate(bench->place->store, &bench->error), &bench->error);
    test_place_ok(session_begin(session, &bench->error), &bench->error);
    test_place_ok(account_create(session, KEY, NOW_US, &order, &account, &bench->error),
                  &bench->error);
    const struct account_token_order wanted = { account.client_id, "Okta", NOW_US + US_PER_DAY };
    test_place_ok(account_token_create(session, KEY, NOW_US, &wanted, &bench->made, &bench->error),
                  &bench->error);
    test_place_ok(session_commit(session, &bench->error), &bench->error);
    (void)snprintf(bench->header, sizeof(bench->header), "Bearer %s", bench->made.token);
    test_place_ok(writer_open(bench->place->store, 1, queue_max, &bench->api.writer, &bench->error),
                  &bench->error);
}

/* Who calls with the token now, as the request's first step finds out. */
static struct principal caller(struct bench *bench, int64_t now_us)
{
    struct principal principal;
    test_place_ok(token_authenticate(bench->place->writer, KEY, slice_of(bench->header), now_us,
                                     &principal, &bench->error),
                  &bench->error);
    return principal;
}

static enum result nothing(void *context, struct session *session, struct error *error)
{
    (void)context;
    (void)session;
    (void)error;
    return RESULT_OK;
}

/* Everything that was handed to the writer before is done. */
static void settle(struct bench *bench)
{
    test_place_ok(writer_wait(bench->api.writer, nothing, NULL, &bench->error), &bench->error);
}

/* How many it has had, this look apart. */
static uint64_t jobs(struct bench *bench)
{
    struct writer_facts facts;
    settle(bench);
    writer_read_facts(bench->api.writer, &facts);
    return facts.jobs;
}

static void a_use_is_noted_once_a_minute(void **state)
{
    struct bench bench;
    bench_open(state, 100, &bench);
    struct principal first = caller(&bench, NOW_US);
    assert_int_equal(first.token_used_us, 0);
    token_use_note(&bench.api, &first, NOW_US);
    settle(&bench);
    struct principal again = caller(&bench, NOW_US + 1);
    assert_int_equal(again.token_used_us, NOW_US);
    uint64_t before = jobs(&bench);
    token_use_note(&bench.api, &again, NOW_US + ACCOUNT_TOKEN_NOTE_US - 1);
    token_use_note(&bench.api, &again, NOW_US - 1); /* the clock was set back */
    assert_int_equal(jobs(&bench), before + 1);
    token_use_note(&bench.api, &again, NOW_US + ACCOUNT_TOKEN_NOTE_US + 1);
    settle(&bench);
    assert_int_equal(caller(&bench, NOW_US + 2).token_used_us, NOW_US + ACCOUNT_TOKEN_NOTE_US + 1);
    writer_close(bench.api.writer);
}

/* Requests that came together all know of no use; the later moment of the first note stays. */
static void a_burst_does_not_move_it(void **state)
{
    struct bench bench;
    bench_open(state, 100, &bench);
    struct principal principal = caller(&bench, NOW_US);
    for (int i = 0; i < 20; i++) {
        token_use_note(&bench.api, &principal, NOW_US + i);
    }
    settle(&bench);
    assert_int_equal(caller(&bench, NOW_US + 30).token_used_us, NOW_US);
    writer_close(bench.api.writer);
}

static void other_callers_leave_no_note(void **state)
{
    struct bench bench;
    bench_open(state, 100, &bench);
    const struct principal user = { .kind = PRINCIPAL_USER, .id = "someone" };
    struct principal issued = caller(&bench, NOW_US);
    issued.token_id[0] = '\0'; /* a short one, from the token endpoint */
    uint64_t before = jobs(&bench);
    token_use_note(&bench.api, &user, NOW_US);
    token_use_note(&bench.api, &issued, NOW_US);
    assert_int_equal(jobs(&bench), before + 1);
    writer_close(bench.api.writer);
}

static void of_a_token_that_is_gone_nothing_is_left(void **state)
{
    struct bench bench;
    char owner[37];
    bench_open(state, 100, &bench);
    struct principal principal = caller(&bench, NOW_US);
    test_place_ok(account_token_revoke(bench.place->writer, bench.made.id, owner, &bench.error),
                  &bench.error);
    token_use_note(&bench.api, &principal, NOW_US);
    settle(&bench);
    int64_t rows = -1;
    test_place_ok(
        store_int(bench.place->writer, &rows, &bench.error, "SELECT COUNT(*) FROM api_token", ""),
        &bench.error);
    assert_int_equal(rows, 0);
    writer_close(bench.api.writer);
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, opened;
};

struct gate_job {
    struct write_job job; /* first */
    struct gate *gate;
};

static enum result gate_run(struct write_job *job, struct session *session, struct error *error)
{
    struct gate *gate = ((struct gate_job *)(void *)job)->gate;
    (void)session;
    (void)error;
    (void)pthread_mutex_lock(&gate->lock);
    gate->entered = true;
    (void)pthread_cond_broadcast(&gate->changed);
    while (!gate->opened) {
        (void)pthread_cond_wait(&gate->changed, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
    return RESULT_OK;
}

static void gate_done(struct write_job *job, enum result result, const struct error *error)
{
    (void)job;
    (void)result;
    (void)error;
}

static void gate_wait(struct gate *gate)
{
    (void)pthread_mutex_lock(&gate->lock);
    while (!gate->entered) {
        (void)pthread_cond_wait(&gate->changed, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate)
{
    (void)pthread_mutex_lock(&gate->lock);
    gate->opened = true;
    (void)pthread_cond_broadcast(&gate->changed);
    (void)pthread_mutex_unlock(&gate->lock);
}

/* With the sanitizers a note that was refused and not freed fails here. */
static void a_full_queue_drops_the_note_and_the_next_use_makes_up_for_it(void **state)
{
    struct bench bench;
    struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    struct gate_job job = { .job = { .run = gate_run, .done = gate_done }, .gate = &gate };
    bench_open(state, 1, &bench);
    struct principal principal = caller(&bench, NOW_US);
    assert_int_equal(writer_submit(bench.api.writer, &job.job), RESULT_OK);
    gate_wait(&gate);
    token_use_note(&bench.api, &principal, NOW_US + 1); /* waits in the queue */
    token_use_note(&bench.api, &principal, NOW_US + 2); /* no room */
    gate_open(&gate);
    writer_close(bench.api.writer);
    assert_int_equal(caller(&bench, NOW_US + 3).token_used_us, NOW_US + 1);
    (void)pthread_cond_destroy(&gate.changed);
    (void)pthread_mutex_destroy(&gate.lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_use_is_noted_once_a_minute),
        TEST_ON_SERVERS(a_burst_does_not_move_it),
        TEST_ON_SERVERS(other_callers_leave_no_note),
        TEST_ON_SERVERS(of_a_token_that_is_gone_nothing_is_left),
        TEST_ON_SERVERS(a_full_queue_drops_the_note_and_the_next_use_makes_up_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
