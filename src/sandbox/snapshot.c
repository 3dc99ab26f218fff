#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "sandbox/parts.h"
#include "store/store.h"

/* Ids and tokens from a state on are counted in a stream of its own, so that they meet neither those of before nor those of
   another state. */
static void stream_begin(const struct sandbox *sandbox, uint64_t stream)
{
    uint64_t seed = (sandbox->settings.seed + 1) * UINT64_C(0x9E3779B97F4A7C15) + stream;
    uuid_replay(&seed);
    random_replay(&seed);
}

static enum result take(struct sandbox *sandbox, struct snapshot *out, struct error *error)
{
    struct session *session = NULL;
    struct store_copy *copy = NULL;
    TRY(session_open(sandbox->settings.store, SESSION_READ, &session, error));
    enum result result = store_copy_take(session, &copy, error);
    session_close(session);
    TRY(result);
    store_copy_free(out->copy);
    out->copy = copy;
    out->clock_us = time_now_us();
    out->stream = ++sandbox->streams;
    stream_begin(sandbox, out->stream);
    return RESULT_OK;
}

static enum result put(struct sandbox *sandbox, const struct snapshot *snapshot,
                       struct error *error)
{
    struct session *session = NULL;
    TRY(session_open(sandbox->settings.store, SESSION_WRITE, &session, error));
    enum result result = store_copy_put(session, snapshot->copy, error);
    session_close(session);
    TRY(result);
    sandbox->settings.forget(sandbox->settings.context);
    time_hold(snapshot->clock_us);
    stream_begin(sandbox, snapshot->stream);
    return RESULT_OK;
}

enum result sandbox_start(struct sandbox *sandbox, struct error *error)
{
    return take(sandbox, &sandbox->start, error);
}

enum result sandbox_reset(struct sandbox *sandbox, struct error *error)
{
    (void)pthread_mutex_lock(&sandbox->state_lock);
    sandbox->settings.settle(sandbox->settings.context);
    enum result result = put(sandbox, &sandbox->start, error);
    (void)pthread_mutex_lock(&sandbox->lock);
    fault_rules_reset(&sandbox->faults, sandbox->settings.seed);
    row_memory_reset(&sandbox->rows);
    records_reset(&sandbox->records);
    (void)pthread_mutex_unlock(&sandbox->lock);
    (void)pthread_mutex_unlock(&sandbox->state_lock);
    return result;
}

/* --- by name ------------------------------------------------------------------------------------------ */

static bool name_is_good(struct slice name)
{
    if (name.length == 0 || name.length > SNAPSHOT_NAME_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.text[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && !(byte >= '0' && byte <= '9') && strchr("-_. ", byte) == NULL) {
            return false;
        }
    }
    return true;
}

/* The snapshot of that name; NULL when there is none. The empty name finds an empty place. */
static struct snapshot *find(struct sandbox *sandbox, struct slice name)
{
    for (size_t i = 0; i < SNAPSHOTS_MAX; i++) {
        if (slice_is(name, sandbox->snapshots[i].name)) {
            return &sandbox->snapshots[i];
        }
    }
    return NULL;
}

static enum result find_known(struct sandbox *sandbox, struct slice name, struct snapshot **out,
                              struct error *error)
{
    *out = name.length == 0 ? NULL : find(sandbox, name);
    return *out != NULL ? RESULT_OK
                        : fail(error, RESULT_NOT_FOUND, NULL, "there is no snapshot of this name");
}

static enum result take_named(struct sandbox *sandbox, struct slice name, struct error *error)
{
    struct snapshot *place = find(sandbox, name);
    place = place == NULL ? find(sandbox, (struct slice){ .length = 0 }) : place;
    if (place == NULL) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "there are %d snapshots already; remove one with DELETE", SNAPSHOTS_MAX);
    }
    sandbox->settings.settle(sandbox->settings.context);
    TRY(take(sandbox, place, error));
    (void)snprintf(place->name, sizeof(place->name), "%.*s", (int)name.length, name.text);
    return RESULT_OK;
}

enum result snapshot_take(struct sandbox *sandbox, struct slice name, struct error *error)
{
    if (!name_is_good(name)) {
        return fail(error, RESULT_INVALID, "name",
                    "name must be 1 to %d of a-z, A-Z, 0-9, -, _, . and blanks",
                    SNAPSHOT_NAME_BYTES_MAX);
    }
    (void)pthread_mutex_lock(&sandbox->state_lock);
    enum result result = take_named(sandbox, name, error);
    (void)pthread_mutex_unlock(&sandbox->state_lock);
    return result;
}

enum result snapshot_restore(struct sandbox *sandbox, struct slice name, struct error *error)
{
    struct snapshot *snapshot = NULL;
    (void)pthread_mutex_lock(&sandbox->state_lock);
    enum result result = find_known(sandbox, name, &snapshot, error);
    if (result == RESULT_OK) {
        sandbox->settings.settle(sandbox->settings.context);
        result = put(sandbox, snapshot, error);
    }
    (void)pthread_mutex_lock(&sandbox->lock);
    row_memory_reset(&sandbox->rows);
    (void)pthread_mutex_unlock(&sandbox->lock);
    (void)pthread_mutex_unlock(&sandbox->state_lock);
    return result;
}

enum result snapshot_remove(struct sandbox *sandbox, struct slice name, struct error *error)
{
    struct snapshot *snapshot = NULL;
    (void)pthread_mutex_lock(&sandbox->state_lock);
    enum result result = find_known(sandbox, name, &snapshot, error);
    if (result == RESULT_OK) {
        store_copy_free(snapshot->copy);
        *snapshot = (struct snapshot){ .copy = NULL };
    }
    (void)pthread_mutex_unlock(&sandbox->state_lock);
    return result;
}

/* --- the clock ------------------------------------------------------------------------------------------ */

/* What runs out does so at about its time: the longer the way, the longer the steps. */
static int64_t step_of(int64_t way_us)
{
    static const struct {
        int64_t way_us, step_us;
    } steps[] = { { 2 * 3600 * US_PER_SECOND, 60 * US_PER_SECOND },
                  { 7 * US_PER_DAY, 3600 * US_PER_SECOND } };
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (way_us <= steps[i].way_us) {
            return steps[i].step_us;
        }
    }
    return US_PER_DAY;
}

void sandbox_advance(struct sandbox *sandbox, int64_t until_us)
{
    (void)pthread_mutex_lock(&sandbox->state_lock);
    int64_t step_us = step_of(until_us - time_now_us());
    while (time_now_us() < until_us) {
        int64_t left_us = until_us - time_now_us();
        time_hold(time_now_us() + (left_us < step_us ? left_us : step_us));
        sandbox->settings.pass(sandbox->settings.context);
    }
    (void)pthread_mutex_unlock(&sandbox->state_lock);
}
