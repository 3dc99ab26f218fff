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

static enum result check_steps(const struct migrate_step *steps, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        int64_t number = 0;
        struct slice name = slice_of(steps[i].name);
        struct slice digits = { .text = name.text, .length = NUMBER_DIGITS };
        if (name.length <= NUMBER_DIGITS || !slice_int64(digits, &number) ||
            number != (int64_t)i + 1) {
            return fail(error, RESULT_BROKEN, NULL, "step %s of the store should be number %04zu",
                        steps[i].name, i + 1);
        }
    }
    return RESULT_OK;
}

/* The number of the store's newest step, 0 when there is none. Inside the transaction and its lock. */
static enum result read_newest(struct session *session, int64_t *out, struct error *error)
{
    TRY(session_run_script(session,
                           "CREATE TABLE IF NOT EXISTS schema_step (number INTEGER PRIMARY KEY,"
                           " name TEXT NOT NULL, applied BIGINT NOT NULL)",
                           error));
    return store_int(session, out, error, "SELECT COALESCE(MAX(number), 0) FROM schema_step", "");
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
                     (int64_t)index + 1, step->name, time_now_us());
}

static enum result step_inside(const struct migration *migration, bool *out_ready,
                               struct error *error)
{
    if (migration->dialect->migration_lock[0] != '\0') {
        TRY(store_run(migration->session, error, migration->dialect->migration_lock, ""));
    }
    int64_t newest = 0;
    TRY(read_newest(migration->session, &newest, error));
    int64_t known = (int64_t)migration->step_count;
    if (newest > known) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "the store is at step %" PRId64 ", this program knows steps up to %" PRId64
                    ": use the newer program",
                    newest, known);
    }
    if (newest < known) {
        TRY(apply(migration, (size_t)newest, error));
    }
    *out_ready = newest >= known;
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
    return (uint32_t)migration_text_count;
}
