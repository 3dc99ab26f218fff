#include "store/migrate.h"

#include <assert.h>
#include <inttypes.h>

#include "base/text.h"
#include "base/time.h"
#include "migration_text.h"
#include "store/dialect.h"
#include "store/store.h"

enum {
    STEP_BYTES_MAX = 1024 * 1024, /* one step's text */
    STEPS_MAX = 256,
    NUMBER_DIGITS = 4,
    LOCK_WAIT_S = 60, /* for another server that is at it */
    RETRY_PAUSE_MS = 100,
};

static const char mark[] = "--! ";

/* What every try of a step needs. */
struct migration {
    struct session *session;
    const struct dialect *dialect;
    const struct migrate_step *steps;
    size_t step_count;
};

/* The lines of `text` that count for the database, between the marks of others. */
static enum result choose_lines(const struct dialect *dialect, struct slice text,
                                struct buffer *out, struct error *error)
{
    bool counts = true;
    while (text.length > 0) {
        struct slice line = slice_cut(&text, '\n');
        if (slice_starts_any_case(line, mark)) {
            struct slice name = { .text = line.text + sizeof(mark) - 1,
                                  .length = line.length - (sizeof(mark) - 1) };
            name = slice_trim(name);
            counts = slice_is(name, dialect->name) || slice_is(name, "both");
        } else if (counts) {
            buffer_add(out, line.text, line.length);
            buffer_char(out, '\n');
        }
    }
    return out->overflow ? fail(error, RESULT_TOO_LARGE, NULL,
                                "a step of the store has over %d bytes", STEP_BYTES_MAX)
                         : RESULT_OK;
}

/* 0 when the name does not start with a number. */
static int64_t step_number(const struct migrate_step *step)
{
    int64_t number = 0;
    struct slice name = slice_of(step->name);
    struct slice digits = { .text = name.text, .length = NUMBER_DIGITS };
    return name.length > NUMBER_DIGITS && slice_int64(digits, &number) && number > 0 ? number : 0;
}

static enum result check_steps(const struct migrate_step *steps, size_t count, struct error *error)
{
    int64_t last = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t number = step_number(&steps[i]);
        if (number <= last) {
            return fail(error, RESULT_BROKEN, NULL,
                        "step %s of the store should have a number above %04" PRId64, steps[i].name,
                        last);
        }
        last = number;
    }
    return RESULT_OK;
}

/* Numbers may have gaps: steps that were written side by side arrive in any order, and each store takes what it lacks. */
struct steps_known {
    int64_t newest;  /* in the store */
    size_t missing;  /* index of the first step that the store lacks; step_count: none */
    size_t in_store; /* how many of ours it has */
    int64_t all;     /* how many it has in all */
};

/* Inside the transaction and its lock. */
static enum result steps_look(const struct migration *migration, struct steps_known *out,
                              struct error *error)
{
    struct session *session = migration->session;
    *out = (struct steps_known){ .missing = migration->step_count };
    TRY(session_run_script(session,
                           "CREATE TABLE IF NOT EXISTS schema_step (number INTEGER PRIMARY KEY,"
                           " name TEXT NOT NULL, applied BIGINT NOT NULL)",
                           error));
    TRY(store_int(session, &out->newest, error, "SELECT COALESCE(MAX(number), 0) FROM schema_step",
                  ""));
    TRY(store_int(session, &out->all, error, "SELECT COUNT(*) FROM schema_step", ""));
    for (size_t i = 0; i < migration->step_count; i++) {
        int64_t there = 0;
        TRY(store_int(session, &there, error, "SELECT COUNT(*) FROM schema_step WHERE number = $1",
                      "i", step_number(&migration->steps[i])));
        out->in_store += there > 0 ? 1 : 0;
        if (there == 0 && out->missing == migration->step_count) {
            out->missing = i;
        }
    }
    return RESULT_OK;
}

static enum result apply(const struct migration *migration, size_t index, struct error *error)
{
    const struct migrate_step *step = &migration->steps[index];
    struct buffer text;
    buffer_init(&text, STEP_BYTES_MAX);
    struct slice whole = { .text = step->text, .length = step->length };
    enum result result = choose_lines(migration->dialect, whole, &text, error);
    struct error cause = { 0 };
    if (result == RESULT_OK && text.length > 0) {
        result = session_run_script(migration->session, text.bytes, &cause);
        if (result != RESULT_OK) {
            result = fail(error, result, NULL, "step %s: %.300s", step->name, cause.text);
        }
    }
    buffer_done(&text);
    TRY(result);
    return store_run(migration->session, error,
                     "INSERT INTO schema_step (number, name, applied) VALUES ($1, $2, $3)", "iti",
                     step_number(step), step->name, time_now_us());
}

static enum result step_inside(const struct migration *migration, bool *out_ready,
                               struct error *error)
{
    if (migration->dialect->migration_lock[0] != '\0') {
        TRY(store_run(migration->session, error, migration->dialect->migration_lock, ""));
    }
    struct steps_known known;
    TRY(steps_look(migration, &known, error));
    size_t count = migration->step_count;
    if (known.all > (int64_t)known.in_store) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "the store is at step %" PRId64 ", this program knows steps up to %" PRId64
                    ": use the newer program",
                    known.newest, count == 0 ? 0 : step_number(&migration->steps[count - 1]));
    }
    if (known.missing < count) {
        TRY(apply(migration, known.missing, error));
    }
    *out_ready = known.missing == count;
    return RESULT_OK;
}

/* The next missing step in a transaction of its own; *out_ready when none is missing. */
static enum result take_step(const struct migration *migration, bool *out_ready,
                             struct error *error)
{
    TRY(session_begin(migration->session, error));
    enum result result = step_inside(migration, out_ready, error);
    if (result == RESULT_OK) {
        result = session_commit(migration->session, error);
    }
    if (result != RESULT_OK) {
        session_rollback(migration->session);
    }
    return result;
}

static enum result take_all_steps(const struct migration *migration, struct error *error)
{
    int64_t end_us = time_monotonic_us() + LOCK_WAIT_S * US_PER_SECOND;
    const struct timespec pause = { .tv_nsec = RETRY_PAUSE_MS * 1000000 };
    bool ready = false;
    while (!ready) {
        enum result result = take_step(migration, &ready, error);
        if (result != RESULT_OK && (result != RESULT_BUSY || time_monotonic_us() >= end_us)) {
            return result;
        }
        if (result != RESULT_OK) {
            ready = false; /* its commit may be what failed */
            (void)nanosleep(&pause, NULL);
        }
    }
    return RESULT_OK;
}

enum result store_migrate_with(struct store *store, const struct migrate_step *steps,
                               size_t step_count, struct error *error)
{
    TRY(check_steps(steps, step_count, error));
    struct migration migration = { .dialect = store_dialect(store),
                                   .steps = steps,
                                   .step_count = step_count };
    TRY(session_open(store, SESSION_WRITE, &migration.session, error));
    enum result result = take_all_steps(&migration, error);
    session_close(migration.session);
    return result;
}

enum result store_migrate(struct store *store, struct error *error)
{
    struct migrate_step steps[STEPS_MAX];
    assert(migration_text_count <= STEPS_MAX);
    for (size_t i = 0; i < migration_text_count; i++) {
        steps[i] = (struct migrate_step){ .name = migration_texts[i].name,
                                          .text = migration_texts[i].text,
                                          .length = migration_texts[i].length };
    }
    return store_migrate_with(store, steps, migration_text_count, error);
}

uint32_t migrate_newest(void)
{
    struct migrate_step newest = { .name = migration_texts[migration_text_count - 1].name };
    return (uint32_t)step_number(&newest);
}
