/* Group commit: writes queue up, a thread runs what is queued in one transaction, each in a step of
   its own, commits once, then tells every one of them. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct session;
struct store;
struct writer;

/* Lives in the caller's memory from submit until `done` was called. */
struct write_job {
    /* On a writer thread, inside the transaction. A failure undoes this job alone. It may run again when the
       transaction has to be repeated, so it must not keep state of its first run. */
    enum result (*run)(struct write_job *job, struct session *session, struct error *error);
    /* On a writer thread, after the commit (or the failure). `result` RESULT_OK means durable. Must not
       block. */
    void (*done)(struct write_job *job, enum result result, const struct error *error);
    struct write_job *next; /* the writer's */
    enum result result;     /* the writer's */
    struct error error;     /* the writer's */
};

struct writer_facts {
    uint64_t jobs;
    uint64_t groups; /* transactions committed or tried */
    uint64_t failed;
    uint64_t queued; /* now */
    int64_t commit_us_total;
};

enum {
    WRITER_GROUP_MAX = 2000, /* jobs of one transaction */
    WRITER_THREADS_MAX = 32,
};

/* SQLite: one thread. PostgreSQL: `threads` of them with a connection each, at most
   WRITER_THREADS_MAX; jobs of different threads commit in any order. When a group's begin or commit
   fails, each of its jobs fails with that result; RESULT_BROKEN when the connection broke during the
   commit, since then nobody knows whether it took place. */
MUST_CHECK enum result writer_open(struct store *store, uint32_t threads, size_t queue_max,
                                   struct writer **out, struct error *error);
/* RESULT_BUSY when queue_max jobs wait or the writer is closing; `done` is not called then. */
MUST_CHECK enum result writer_submit(struct writer *writer, struct write_job *job);
/* Submits and waits: for the command line and for tests. `run` like that of a job. Never from a `run` or
   `done`, which would wait for themselves. RESULT_BUSY like writer_submit. */
MUST_CHECK enum result writer_wait(struct writer *writer,
                                   enum result (*run)(void *context, struct session *session,
                                                      struct error *error),
                                   void *context, struct error *error);
/* Finishes what was accepted, then ends the threads. */
void writer_close(struct writer *writer);
void writer_read_facts(struct writer *writer, struct writer_facts *out);

#endif
