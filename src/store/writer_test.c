/* Proves that grouped writes are kept or undone one by one, and that each is answered once. */
#include <pthread.h>

#include "store/test_place.h"
#include "store/writer.h"

enum { SUBMITTERS = 8, JOBS_EACH = 500, QUEUE_MAX = 10000, CONNECTIONS = 4 };

static int64_t number(struct session *session, const char *sql)
{
    struct error error = { 0 };
    int64_t value = -1;
    test_place_ok(store_int(session, &value, &error, sql, ""), &error);
    return value;
}

static struct writer *with_writer(void **state, size_t queue_max)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    struct writer *writer = NULL;
    test_place_ok(session_run_script(place->writer,
                                     "CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT)",
                                     &error),
                  &error);
    test_place_ok(writer_open(place->store, CONNECTIONS, queue_max, &writer, &error), &error);
    return writer;
}

/* Answers of many jobs, counted. */
struct tally {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int answered;
    int good;
};

struct add_job {
    struct write_job job; /* first */
    struct tally *tally;
    int64_t id;
};

/* Of five jobs, the third fails after it has written, the fourth breaks a rule. */
static bool is_good(int64_t id)
{
    return id % 5 != 2 && id % 5 != 3;
}

static enum result run_add(struct write_job *job, struct session *session, struct error *error)
{
    const struct add_job *add = (const struct add_job *)job;
    static const char sql[] = "INSERT INTO thing (id) VALUES ($1)";
    TRY(store_run(session, error, sql, "i", add->id));
    if (add->id % 5 == 2) {
        return fail(error, RESULT_DENIED, NULL, "not this one");
    }
    if (add->id % 5 == 3) {
        return store_run(session, error, sql, "i", add->id);
    }
    return RESULT_OK;
}

static enum result expected(int64_t id)
{
    if (is_good(id)) {
        return RESULT_OK;
    }
    return id % 5 == 2 ? RESULT_DENIED : RESULT_CONFLICT;
}

static void note_answer(struct write_job *job, enum result result, const struct error *error)
{
    struct add_job *add = (struct add_job *)job;
    struct tally *tally = add->tally;
    bool as_expected =
        result == expected(add->id) && (result == RESULT_OK || error->text[0] != '\0');
    free(add);
    (void)pthread_mutex_lock(&tally->lock);
    tally->answered++;
    tally->good += as_expected ? 1 : 0;
    (void)pthread_cond_signal(&tally->changed);
    (void)pthread_mutex_unlock(&tally->lock);
}

static enum result submit(struct writer *writer, struct tally *tally, int64_t id)
{
    struct add_job *add = calloc(1, sizeof(*add));
    assert_non_null(add);
    add->job.run = run_add;
    add->job.done = note_answer;
    add->tally = tally;
    add->id = id;
    enum result result = writer_submit(writer, &add->job);
    if (result != RESULT_OK) {
        free(add);
    }
    return result;
}

struct submitter {
    struct writer *writer;
    struct tally *tally;
    int64_t first_id;
    int refused;
};

static void *submit_many(void *argument)
{
    struct submitter *submitter = argument;
    for (int64_t i = 0; i < JOBS_EACH; i++) {
        enum result result = submit(submitter->writer, submitter->tally, submitter->first_id + i);
        submitter->refused += result == RESULT_OK ? 0 : 1;
    }
    return NULL;
}

static void wait_for(struct tally *tally, int answered)
{
    (void)pthread_mutex_lock(&tally->lock);
    while (tally->answered < answered) {
        (void)pthread_cond_wait(&tally->changed, &tally->lock);
    }
    (void)pthread_mutex_unlock(&tally->lock);
}

static void many_submitters_keep_exactly_the_good_jobs(void **state)
{
    struct writer *writer = with_writer(state, QUEUE_MAX);
    struct test_place *place = *state;
    struct tally tally = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    struct submitter submitters[SUBMITTERS];
    pthread_t threads[SUBMITTERS];
    for (size_t i = 0; i < SUBMITTERS; i++) {
        submitters[i] = (struct submitter){ .writer = writer,
                                            .tally = &tally,
                                            .first_id = (int64_t)i * JOBS_EACH };
        assert_int_equal(pthread_create(&threads[i], NULL, submit_many, &submitters[i]), 0);
    }
    for (size_t i = 0; i < SUBMITTERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(submitters[i].refused, 0);
    }
    wait_for(&tally, SUBMITTERS * JOBS_EACH);
    struct writer_facts facts;
    writer_read_facts(writer, &facts);
    writer_close(writer);
    int good = SUBMITTERS * JOBS_EACH / 5 * 3;
    assert_int_equal(tally.good, SUBMITTERS * JOBS_EACH);
    assert_int_equal(number(place->writer, "SELECT COUNT(*) FROM thing"), good);
    assert_int_equal(number(place->writer, "SELECT COUNT(*) FROM thing WHERE id % 5 IN (2, 3)"), 0);
    assert_int_equal(facts.jobs, SUBMITTERS * JOBS_EACH);
    assert_int_equal(facts.failed, SUBMITTERS * JOBS_EACH - good);
    assert_int_equal(facts.queued, 0);
    assert_in_range(facts.groups, 1, SUBMITTERS * JOBS_EACH - 1);
}

static enum result add_one(void *context, struct session *session, struct error *error)
{
    const int64_t *id = context;
    return store_run(session, error, "INSERT INTO thing (id) VALUES ($1)", "i", *id);
}

static void waiting_gives_the_job_s_own_result(void **state)
{
    struct writer *writer = with_writer(state, QUEUE_MAX);
    struct test_place *place = *state;
    struct error error = { 0 };
    int64_t id = 4;
    test_place_ok(writer_wait(writer, add_one, &id, &error), &error);
    assert_int_equal(number(place->writer, "SELECT SUM(id) FROM thing"), 4);
    assert_int_equal(writer_wait(writer, add_one, &id, &error), RESULT_CONFLICT);
    assert_true(error.text[0] != '\0');
    id = 5;
    test_place_ok(writer_wait(writer, add_one, &id, &error), &error);
    assert_int_equal(number(place->writer, "SELECT SUM(id) FROM thing"), 9);
    writer_close(writer);
}

/* A job that stands in the writer until the test lets it go. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered;
    bool open;
    struct write_job job;
    enum result result;
};

static struct gate *gate_of(struct write_job *job)
{
    return (struct gate *)(void *)((char *)job - offsetof(struct gate, job));
}

static enum result run_gate(struct write_job *job, struct session *session, struct error *error)
{
    (void)session;
    (void)error;
    struct gate *gate = gate_of(job);
    (void)pthread_mutex_lock(&gate->lock);
    gate->entered = true;
    (void)pthread_cond_broadcast(&gate->changed);
    while (!gate->open) {
        (void)pthread_cond_wait(&gate->changed, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
    return RESULT_OK;
}

static void gate_done(struct write_job *job, enum result result, const struct error *error)
{
    (void)error;
    gate_of(job)->result = result;
}

static void gate_enter(struct gate *gate, struct writer *writer)
{
    *gate = (struct gate){ .lock = PTHREAD_MUTEX_INITIALIZER,
                           .changed = PTHREAD_COND_INITIALIZER,
                           .job = { .run = run_gate, .done = gate_done },
                           .result = RESULT_BROKEN };
    assert_int_equal(writer_submit(writer, &gate->job), RESULT_OK);
    (void)pthread_mutex_lock(&gate->lock);
    while (!gate->entered) {
        (void)pthread_cond_wait(&gate->changed, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate)
{
    (void)pthread_mutex_lock(&gate->lock);
    gate->open = true;
    (void)pthread_cond_broadcast(&gate->changed);
    (void)pthread_mutex_unlock(&gate->lock);
}

static void a_full_queue_refuses_and_closing_finishes_what_was_taken(void **state)
{
    struct writer *writer = with_writer(state, 3);
    struct test_place *place = *state;
    struct tally tally = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    struct gate gate;
    gate_enter(&gate, writer);
    assert_int_equal(submit(writer, &tally, 0), RESULT_OK);
    assert_int_equal(submit(writer, &tally, 2), RESULT_OK);
    assert_int_equal(submit(writer, &tally, 5), RESULT_OK);
    assert_int_equal(submit(writer, &tally, 6), RESULT_BUSY);
    struct error error = { 0 };
    int64_t id = 9;
    assert_int_equal(writer_wait(writer, add_one, &id, &error), RESULT_BUSY);
    gate_open(&gate);
    writer_close(writer);
    assert_int_equal(gate.result, RESULT_OK);
    assert_int_equal(tally.answered, 3);
    assert_int_equal(tally.good, 3);
    assert_int_equal(number(place->writer, "SELECT SUM(id) FROM thing"), 5);
}

static void a_group_has_one_commit(void **state)
{
    struct writer *writer = with_writer(state, QUEUE_MAX);
    struct tally tally = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    struct gate gate;
    gate_enter(&gate, writer);
    for (int64_t id = 0; id < WRITER_GROUP_MAX + 1; id++) {
        assert_int_equal(submit(writer, &tally, id), RESULT_OK);
    }
    gate_open(&gate);
    wait_for(&tally, WRITER_GROUP_MAX + 1);
    struct writer_facts facts;
    writer_read_facts(writer, &facts);
    assert_int_equal(facts.groups, 3); /* the gate, a full group, one over */
    writer_close(writer);
}

/* The first run loses its connection, as when the server restarts. */
struct unlucky {
    struct store *store;
    int runs;
};

static enum result lose_once(void *context, struct session *session, struct error *error)
{
    struct unlucky *unlucky = context;
    int64_t id = 1;
    int64_t process = 0;
    unlucky->runs++;
    TRY(add_one(&id, session, error));
    TRY(store_int(session, &process, error, "SELECT pg_backend_pid()", ""));
    if (unlucky->runs == 1) {
        struct session *other = NULL;
        TRY(session_open(unlucky->store, SESSION_WRITE, &other, error));
        enum result result =
            store_run(other, error, "SELECT pg_terminate_backend($1::int, 5000)", "i", process);
        session_close(other);
        TRY(result);
    }
    id = 2;
    return add_one(&id, session, error);
}

static void a_group_that_lost_its_connection_runs_again(void **state)
{
    struct writer *writer = with_writer(state, QUEUE_MAX);
    struct test_place *place = *state;
    struct error error = { 0 };
    struct unlucky unlucky = { .store = place->store };
    test_place_ok(writer_wait(writer, lose_once, &unlucky, &error), &error);
    assert_int_equal(unlucky.runs, 2);
    assert_int_equal(number(place->writer, "SELECT SUM(id) FROM thing"), 3);
    writer_close(writer);
}

/* Two jobs that take the same two rows in opposite order; in their first runs each waits until the other has its first. */
struct crossing {
    struct writer *writer;
    pthread_barrier_t *both;
    int64_t first, second;
    int runs;
    enum result result;
};

static enum result cross(void *context, struct session *session, struct error *error)
{
    static const char sql[] = "UPDATE thing SET name = name || 'x' WHERE id = $1";
    struct crossing *crossing = context;
    TRY(store_run(session, error, sql, "i", crossing->first));
    if (crossing->runs++ == 0) {
        (void)pthread_barrier_wait(crossing->both);
    }
    return store_run(session, error, sql, "i", crossing->second);
}

static void *cross_alone(void *context)
{
    struct crossing *crossing = context;
    struct error error = { 0 };
    crossing->result = writer_wait(crossing->writer, cross, crossing, &error);
    return NULL;
}

static void jobs_that_stand_in_each_other_s_way_both_come_through(void **state)
{
    struct writer *writer = with_writer(state, QUEUE_MAX);
    struct test_place *place = *state;
    struct error error = { 0 };
    pthread_barrier_t both;
    pthread_t threads[2];
    struct crossing jobs[] = { { writer, &both, 1, 2, 0, RESULT_BROKEN },
                               { writer, &both, 2, 1, 0, RESULT_BROKEN } };
    test_place_ok(
        session_run_script(place->writer, "INSERT INTO thing VALUES (1, ''), (2, '')", &error),
        &error);
    assert_int_equal(pthread_barrier_init(&both, NULL, 2), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, cross_alone, &jobs[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(jobs[i].result, RESULT_OK);
    }
    assert_int_equal(jobs[0].runs + jobs[1].runs, 3);
    assert_int_equal(number(place->writer, "SELECT COUNT(*) FROM thing WHERE name = 'xx'"), 2);
    (void)pthread_barrier_destroy(&both);
    writer_close(writer);
}

/* "Not now" as a job's own answer is no reason to try again. */
static enum result say_busy(void *context, struct session *session, struct error *error)
{
    (void)session;
    (*(int *)context)++;
    return fail(error, RESULT_BUSY, NULL, "make it again");
}

static void a_job_that_says_busy_runs_once(void **state)
{
    struct writer *writer = with_writer(state, QUEUE_MAX);
    struct error error = { 0 };
    int runs = 0;
    assert_int_equal(writer_wait(writer, say_busy, &runs, &error), RESULT_BUSY);
    assert_int_equal(runs, 1);
    assert_string_equal(error.text, "make it again");
    writer_close(writer);
}

static enum result fail_unheard(void *context, struct session *session, struct error *error)
{
    int64_t id = 1;
    TRY(add_one(&id, session, error));
    enum result ignored = add_one(&id, session, error);
    (void)ignored;
    (void)context;
    return RESULT_OK;
}

static void a_job_that_hides_a_failure_is_not_kept(void **state)
{
    struct writer *writer = with_writer(state, QUEUE_MAX);
    struct test_place *place = *state;
    struct error error = { 0 };
    assert_int_equal(writer_wait(writer, fail_unheard, NULL, &error), RESULT_BROKEN);
    assert_int_equal(number(place->writer, "SELECT COUNT(*) FROM thing"), 0);
    writer_close(writer);
}

static void bad_bounds_are_refused(void **state)
{
    struct test_place *place = test_place(state);
    struct error error = { 0 };
    struct writer *writer = NULL;
    assert_int_equal(writer_open(place->store, 0, 1, &writer, &error), RESULT_INVALID);
    assert_int_equal(writer_open(place->store, WRITER_THREADS_MAX + 1, 1, &writer, &error),
                     RESULT_INVALID);
    assert_int_equal(writer_open(place->store, 1, 0, &writer, &error), RESULT_INVALID);
    assert_null(writer);
    writer_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_ALL(many_submitters_keep_exactly_the_good_jobs),
        TEST_ON_ALL(waiting_gives_the_job_s_own_result),
        TEST_ON_FILE(a_full_queue_refuses_and_closing_finishes_what_was_taken),
        TEST_ON_MEMORY(a_full_queue_refuses_and_closing_finishes_what_was_taken),
        TEST_ON_FILE(a_group_has_one_commit),
        TEST_ON_POSTGRES(a_group_that_lost_its_connection_runs_again),
        TEST_ON_POSTGRES(jobs_that_stand_in_each_other_s_way_both_come_through),
        TEST_ON_SERVERS(a_job_that_says_busy_runs_once),
        TEST_ON_POSTGRES(a_job_that_hides_a_failure_is_not_kept),
        TEST_ON_FILE(bad_bounds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
