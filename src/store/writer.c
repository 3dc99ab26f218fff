#include "store/writer.h"

#include <pthread.h>
#include <time.h>

#include "base/time.h"
#include "store/dialect.h"
#include "store/store.h"

enum { TRIES_TOGETHER = 2, TRIES_ALONE = 5, RETRY_PAUSE_MS = 5 };

struct writer_thread {
    struct writer *writer;
    struct session *session;
    pthread_t thread;
    bool started;
};

struct writer {
    pthread_mutex_t lock; /* over all below but the threads */
    pthread_cond_t filled;
    struct write_job *first;
    struct write_job *last;
    size_t queue_max;
    bool closing;
    struct writer_facts facts;
    uint32_t thread_count;
    struct writer_thread threads[WRITER_THREADS_MAX];
};

/* One try of a group. */
struct trial {
    struct session *session;
    struct write_job *jobs;
    int64_t commit_us;
};

/* Without a step around it: what undoes the job undoes the group. */
static enum result run_alone(struct trial *trial, struct error *error)
{
    struct write_job *job = trial->jobs;
    job->error = (struct error){ 0 };
    job->result = job->run(job, trial->session, &job->error);
    /* RESULT_BUSY may also be the job's own word, in a transaction that is whole: another try would say the same. */
    bool broken = job->result == RESULT_BUSY && !session_in_transaction(trial->session);
    return broken ? fail(error, RESULT_BUSY, NULL, "%s", job->error.text) : RESULT_OK;
}

/* RESULT_OK when the transaction can go on, whatever became of the job. */
static enum result run_in_step(struct trial *trial, struct write_job *job, struct error *error)
{
    TRY(session_step_begin(trial->session, error));
    job->result = job->run(job, trial->session, &job->error);
    if (job->result == RESULT_OK) {
        job->result = session_step_keep(trial->session, &job->error);
    }
    if (job->result != RESULT_OK) {
        session_step_undo(trial->session);
    }
    if (session_in_transaction(trial->session)) {
        return RESULT_OK;
    }
    return fail(error, RESULT_BUSY, NULL, "the store broke off the transaction: %s",
                job->result == RESULT_OK ? "no reason given" : job->error.text);
}

static enum result run_jobs(struct trial *trial, struct error *error)
{
    if (trial->jobs->next == NULL) {
        return run_alone(trial, error);
    }
    enum result result = RESULT_OK;
    struct write_job *job = trial->jobs;
    for (; job != NULL && result == RESULT_OK; job = job->next) {
        job->error = (struct error){ 0 };
        result = run_in_step(trial, job, error);
    }
    return result;
}

static enum result commit(struct trial *trial, struct error *error)
{
    if (trial->jobs->next == NULL && trial->jobs->result != RESULT_OK) {
        session_rollback(trial->session);
        return RESULT_OK;
    }
    int64_t start_us = time_monotonic_us();
    enum result result = session_commit(trial->session, error);
    trial->commit_us = time_monotonic_us() - start_us;
    return result;
}

/* A failure is the whole group's; each job's own is in the job. */
static enum result try_group(struct trial *trial, struct error *error)
{
    TRY(session_begin(trial->session, error));
    enum result result = run_jobs(trial, error);
    if (result == RESULT_OK) {
        result = commit(trial, error);
    }
    if (result != RESULT_OK) {
        session_rollback(trial->session);
    }
    return result;
}

static void fail_all(struct write_job *jobs, enum result result, const struct error *error)
{
    for (struct write_job *job = jobs; job != NULL; job = job->next) {
        job->result = result;
        job->error = *error;
    }
}

/* After RESULT_BUSY (a lost connection, a deadlock with another session) nothing of the group is in the store, so it is
   worth another try; a commit in doubt is RESULT_BROKEN. */
static enum result try_again(struct trial *trial, uint32_t tries, struct error *error)
{
    enum result result = try_group(trial, error);
    for (uint32_t i = 1; i < tries && result == RESULT_BUSY; i++) {
        const struct timespec pause = { .tv_nsec = (long)i * RETRY_PAUSE_MS * 1000000 };
        TRY(session_ping(trial->session, error));
        if (i > 1) { /* whoever we met has to get through */
            (void)nanosleep(&pause, NULL);
        }
        result = try_group(trial, error);
    }
    return result;
}

/* Many jobs hold many rows, and meet others in any order: alone they come through. When one does not, the reason is
   another, and the rest has to be quick. */
static void run_each(struct trial *trial)
{
    struct write_job *jobs = trial->jobs;
    uint32_t tries = TRIES_ALONE;
    for (struct write_job *job = jobs; job != NULL; job = job->next) {
        struct write_job *next = job->next;
        struct error error = { 0 };
        job->next = NULL;
        job->error = error;
        trial->jobs = job;
        enum result result = try_again(trial, tries, &error);
        if (result != RESULT_OK) {
            fail_all(job, result, &error);
        }
        tries = result == RESULT_BUSY ? 1 : tries;
        job->next = next;
    }
    trial->jobs = jobs;
}

/* Runs a group to its end. */
static void run_group(struct trial *trial)
{
    struct error error = { 0 };
    bool alone = trial->jobs->next == NULL;
    enum result result = try_again(trial, alone ? TRIES_ALONE : TRIES_TOGETHER, &error);
    struct error gone = { 0 };
    if (result == RESULT_BUSY && !alone && session_ping(trial->session, &gone) == RESULT_OK) {
        run_each(trial);
    } else if (result != RESULT_OK) {
        fail_all(trial->jobs, result, &error);
    }
}

/* The thread's fair share of the queue, so that several connections work side by side. Under the lock. */
static struct write_job *take_share(struct writer *writer)
{
    uint64_t share = (writer->facts.queued + writer->thread_count - 1) / writer->thread_count;
    if (share > WRITER_GROUP_MAX) {
        share = WRITER_GROUP_MAX;
    }
    struct write_job *jobs = writer->first;
    struct write_job *end = jobs;
    for (uint64_t i = 1; i < share; i++) {
        end = end->next;
    }
    writer->first = end->next;
    if (writer->first == NULL) {
        writer->last = NULL;
    }
    end->next = NULL;
    writer->facts.queued -= share;
    return jobs;
}

/* Waits for jobs; NULL when the writer has closed and nothing is left. */
static struct write_job *wait_for_jobs(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    while (writer->first == NULL && !writer->closing) {
        (void)pthread_cond_wait(&writer->filled, &writer->lock);
    }
    struct write_job *jobs = writer->first == NULL ? NULL : take_share(writer);
    (void)pthread_mutex_unlock(&writer->lock);
    return jobs;
}

/* The facts first: whoever hears `done` finds his job counted. */
static void note_group(struct writer *writer, const struct trial *trial)
{
    uint64_t jobs = 0;
    uint64_t failed = 0;
    for (const struct write_job *job = trial->jobs; job != NULL; job = job->next) {
        jobs++;
        failed += job->result == RESULT_OK ? 0 : 1;
    }
    (void)pthread_mutex_lock(&writer->lock);
    writer->facts.groups++;
    writer->facts.jobs += jobs;
    writer->facts.failed += failed;
    writer->facts.commit_us_total += trial->commit_us;
    (void)pthread_mutex_unlock(&writer->lock);
}

static void answer_all(struct write_job *jobs)
{
    while (jobs != NULL) {
        struct write_job *job = jobs;
        jobs = job->next; /* `done` may free the job */
        job->done(job, job->result, &job->error);
    }
}

static void *work(void *argument)
{
    struct writer_thread *thread = argument;
    struct trial trial = { .session = thread->session };
    trial.jobs = wait_for_jobs(thread->writer);
    while (trial.jobs != NULL) {
        run_group(&trial);
        note_group(thread->writer, &trial);
        answer_all(trial.jobs);
        trial = (struct trial){ .session = thread->session };
        trial.jobs = wait_for_jobs(thread->writer);
    }
    return NULL;
}

static enum result start_thread(struct writer *writer, struct writer_thread *thread,
                                struct store *store, struct error *error)
{
    thread->writer = writer;
    TRY(session_open(store, SESSION_WRITE, &thread->session, error));
    if (pthread_create(&thread->thread, NULL, work, thread) != 0) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a writer thread");
    }
    thread->started = true;
    return RESULT_OK;
}

enum result writer_open(struct store *store, uint32_t threads, size_t queue_max,
                        struct writer **out, struct error *error)
{
    if (threads < 1 || threads > WRITER_THREADS_MAX || queue_max < 1) {
        return fail(error, RESULT_INVALID, NULL, "a writer has 1 to %d threads and a queue",
                    WRITER_THREADS_MAX);
    }
    struct writer *writer = calloc(1, sizeof(*writer)); /* lives with the program */
    if (writer == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a writer");
    }
    (void)pthread_mutex_init(&writer->lock, NULL);
    (void)pthread_cond_init(&writer->filled, NULL);
    writer->queue_max = queue_max;
    writer->thread_count = store_dialect(store)->one_server ? 1 : threads;
    enum result result = RESULT_OK;
    for (uint32_t i = 0; i < writer->thread_count && result == RESULT_OK; i++) {
        result = start_thread(writer, &writer->threads[i], store, error);
    }
    if (result != RESULT_OK) {
        writer_close(writer);
        return result;
    }
    *out = writer;
    return RESULT_OK;
}

enum result writer_submit(struct writer *writer, struct write_job *job)
{
    job->next = NULL;
    job->result = RESULT_OK;
    job->error = (struct error){ 0 };
    (void)pthread_mutex_lock(&writer->lock);
    bool taken = !writer->closing && writer->facts.queued < writer->queue_max;
    if (taken) {
        if (writer->last == NULL) {
            writer->first = job;
        } else {
            writer->last->next = job;
        }
        writer->last = job;
        writer->facts.queued++;
        (void)pthread_cond_signal(&writer->filled);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return taken ? RESULT_OK : RESULT_BUSY;
}

struct waiting_job {
    struct write_job job; /* first, so that a job is its waiting_job */
    enum result (*run)(void *context, struct session *session, struct error *error);
    void *context;
    struct error *error;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool is_answered;
    enum result result;
};

static enum result run_waiting(struct write_job *job, struct session *session, struct error *error)
{
    const struct waiting_job *waiting = (const struct waiting_job *)job;
    return waiting->run(waiting->context, session, error);
}

static void answer_waiting(struct write_job *job, enum result result, const struct error *error)
{
    struct waiting_job *waiting = (struct waiting_job *)job;
    (void)pthread_mutex_lock(&waiting->lock);
    waiting->result = result;
    if (result != RESULT_OK && waiting->error != NULL) {
        *waiting->error = *error;
    }
    waiting->is_answered = true;
    /* Under the lock: the waiter's memory is gone as soon as it is let go. */
    (void)pthread_cond_signal(&waiting->answered);
    (void)pthread_mutex_unlock(&waiting->lock);
}

enum result writer_wait(struct writer *writer,
                        enum result (*run)(void *context, struct session *session,
                                           struct error *error),
                        void *context, struct error *error)
{
    struct waiting_job waiting = { .job = { .run = run_waiting, .done = answer_waiting },
                                   .run = run,
                                   .context = context,
                                   .error = error,
                                   .lock = PTHREAD_MUTEX_INITIALIZER,
                                   .answered = PTHREAD_COND_INITIALIZER };
    if (writer_submit(writer, &waiting.job) != RESULT_OK) {
        return fail(error, RESULT_BUSY, NULL, "too many writes wait; try again");
    }
    (void)pthread_mutex_lock(&waiting.lock);
    while (!waiting.is_answered) {
        (void)pthread_cond_wait(&waiting.answered, &waiting.lock);
    }
    (void)pthread_mutex_unlock(&waiting.lock);
    (void)pthread_cond_destroy(&waiting.answered);
    (void)pthread_mutex_destroy(&waiting.lock);
    return waiting.result;
}

void writer_close(struct writer *writer)
{
    if (writer == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&writer->lock);
    writer->closing = true;
    (void)pthread_cond_broadcast(&writer->filled);
    (void)pthread_mutex_unlock(&writer->lock);
    for (uint32_t i = 0; i < writer->thread_count; i++) {
        if (writer->threads[i].started) {
            (void)pthread_join(writer->threads[i].thread, NULL);
        }
        session_close(writer->threads[i].session);
    }
    (void)pthread_cond_destroy(&writer->filled);
    (void)pthread_mutex_destroy(&writer->lock);
    free(writer);
}

void writer_read_facts(struct writer *writer, struct writer_facts *out)
{
    (void)pthread_mutex_lock(&writer->lock);
    *out = writer->facts;
    (void)pthread_mutex_unlock(&writer->lock);
}
