#include "server/delivery_sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "server/delivery_sender_parts.h"
#include "store/store.h"

enum {
    ARENA_BYTES = 256 * 1024 * 1024,
    WORK_ARENA_BYTES = 64 * 1024 * 1024,
    IDLE_MS = 500, /* between looks at feeds that had nothing */
};

/* --- waiting ------------------------------------------------------------------------------------------------------- */

bool sender_is_stopping(struct sender *sender)
{
    (void)pthread_mutex_lock(&sender->lock);
    bool stopping = sender->stopping;
    (void)pthread_mutex_unlock(&sender->lock);
    return stopping;
}

/* Under the lock. Revisions rise, and what was told may be older than what was loaded. */
static bool is_woken(const struct sender *sender)
{
    bool changed = sender->opened_revision > 0 && sender->told_revision > sender->opened_revision;
    return sender->stopping || changed;
}

void sender_wait_ms(struct sender *sender, int64_t milliseconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + milliseconds % 1000 * 1000000;
    until.tv_sec += milliseconds / 1000 + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    (void)pthread_mutex_lock(&sender->lock);
    while (!is_woken(sender)) {
        if (pthread_cond_timedwait(&sender->ending, &sender->lock, &until) != 0) {
            break;
        }
    }
    (void)pthread_mutex_unlock(&sender->lock);
}

/* --- opening --------------------------------------------------------------------------------------------------------- */

static void driver_set(struct sender *sender, const struct target_driver *driver, void *state)
{
    (void)pthread_mutex_lock(&sender->lock);
    sender->driver = driver;
    sender->state = state;
    bool stopping = sender->stopping;
    (void)pthread_mutex_unlock(&sender->lock);
    if (stopping && state != NULL && driver->cancel != NULL) {
        driver->cancel(state);
    }
}

static void driver_close(struct sender *sender)
{
    const struct target_driver *driver = sender->driver;
    void *state = sender->state;
    driver_set(sender, NULL, NULL);
    if (state != NULL) {
        driver->close(state);
    }
}

static enum result driver_open(struct sender *sender)
{
    struct target_settings settings;
    void *state = NULL;
    const struct target_driver *driver = target_driver_find(slice_of(sender->target.kind));
    const struct format *format = format_find(slice_of(sender->target.format));
    if (driver == NULL || format == NULL) {
        return fail(&sender->error, RESULT_DENIED, NULL,
                    "this server has no kind %s with format %s", sender->target.kind,
                    sender->target.format);
    }
    TRY(delivery_settings_read(&sender->ctx, &sender->target, &settings));
    TRY(driver->open(&settings, format, &state, &sender->error));
    driver_set(sender, driver, state);
    return RESULT_OK;
}

static void revision_set(struct sender *sender)
{
    (void)pthread_mutex_lock(&sender->lock);
    sender->opened_revision = sender->target.revision;
    (void)pthread_mutex_unlock(&sender->lock);
}

/* The target as it is now, with the positions, in memory of its own. */
static enum result target_open(struct sender *sender)
{
    struct ctx *ctx = &sender->ctx;
    arena_reset(sender->kept);
    ctx->arena = sender->kept;
    TRY(delivery_target_load(ctx, sender->target_id, &sender->target));
    revision_set(sender);
    sender->filter = NULL;
    if (sender->target.filter != NULL) {
        TRY(json_parse(sender->kept, slice_of(sender->target.filter), &json_limits_usual,
                       &sender->filter, &sender->error));
    }
    for (int feed = 0; feed < FEED_COUNT; feed++) {
        sender->gathering_since_us[feed] = 0;
        sender->is_late[feed] = false;
        sender->look_again_us[feed] = 0;
        sender->behind[feed] = true; /* so that being up to date is noted once */
        if ((sender->target.feeds & 1u << feed) != 0) {
            TRY(delivery_position_load(ctx, sender->target_id, (enum feed)feed,
                                       &sender->position[feed]));
        }
    }
    return driver_open(sender);
}

/* --- the thread ------------------------------------------------------------------------------------------------------ */

/* Does the target still stand as it was opened? */
static enum result target_is_same(struct sender *sender, bool *out)
{
    int64_t revision = 0;
    enum result result =
        store_int(sender->session, &revision, &sender->error,
                  "SELECT revision FROM delivery_target WHERE id = $1 AND enabled = 1", "t",
                  sender->target_id);
    *out = result == RESULT_OK && revision == sender->target.revision;
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

/* One round over all feeds. RESULT_BUSY and the like are the target's failures. *out_same false: it is over. */
static enum result round_do(struct sender *sender, bool *out_worked, bool *out_same)
{
    *out_worked = false;
    TRY(sender_store_result(sender, target_is_same(sender, out_same)));
    if (!*out_same) {
        return RESULT_OK;
    }
    TRY(sender_letters_turn(sender, out_worked));
    for (int feed = 0; feed < FEED_COUNT && !sender_is_stopping(sender); feed++) {
        if ((sender->target.feeds & 1u << feed) != 0) {
            TRY(sender_feed_turn(sender, (enum feed)feed, out_worked));
        }
    }
    return RESULT_OK;
}

/* Tries again after what failed before this server had the target. */
static void wait_for_next_try(struct sender *sender)
{
    int64_t wait_us = sender->target.next_try_us - time_now_us();
    if (wait_us > DELIVERY_RETRY_S_MAX * 2 * US_PER_SECOND) {
        wait_us = DELIVERY_RETRY_S_MAX * 2 * US_PER_SECOND; /* a clock that was set back */
    }
    if (wait_us > 0) {
        sender_wait_ms(sender, wait_us / 1000);
    }
}

static enum result turn_begin(struct sender *sender)
{
    arena_reset(sender->arena);
    sender->error = (struct error){ .field = NULL };
    if (sender->session == NULL) {
        TRY(session_open(sender->store, SESSION_READ, &sender->session, &sender->error));
    }
    TRY(session_ping(sender->session, &sender->error));
    api_system_ctx(sender->api, sender->arena, sender->session, &sender->error, &sender->ctx);
    return RESULT_OK;
}

static void *sender_main(void *context)
{
    struct sender *sender = context;
    bool same = true;
    bool opened = false;
    while (same && !sender_is_stopping(sender)) {
        bool worked = false;
        enum result result = turn_begin(sender);
        if (result == RESULT_OK) {
            result = sender_lease_keep(sender);
        }
        if (sender->lost) {
            driver_close(sender);
            opened = false;
        }
        if (result != RESULT_OK) { /* the store is not there, or another server delivers */
            sender_wait_ms(sender, IDLE_MS * 4);
            continue;
        }
        sender->lost = false;
        if (!opened) {
            result = target_open(sender);
            if (result == RESULT_NOT_FOUND) {
                break;
            }
            opened = result == RESULT_OK;
            sender->ctx.arena = sender->arena;
            if (opened) {
                wait_for_next_try(sender);
            }
        }
        if (opened) {
            result = round_do(sender, &worked, &same);
        }
        if (result != RESULT_OK) {
            sender_failure_note(sender, result);
        } else if (!worked && same) {
            sender_wait_ms(sender, IDLE_MS);
        }
    }
    driver_close(sender);
    sender_release(sender);
    atomic_store(&sender->ended, true);
    return NULL;
}

/* --- life -------------------------------------------------------------------------------------------------------------- */

static void sender_done(struct sender *sender)
{
    session_close(sender->session);
    arena_free(sender->arena);
    arena_free(sender->kept);
    arena_free(sender->work);
    (void)pthread_cond_destroy(&sender->ending);
    (void)pthread_mutex_destroy(&sender->lock);
    free(sender);
}

struct sender *sender_start(struct store *store, struct writer *writer, struct api *api,
                            const char *target_id, const char *owner)
{
    struct sender *sender = calloc(1, sizeof(*sender)); /* until sender_free */
    pthread_condattr_t attributes;
    if (sender == NULL) {
        return NULL;
    }
    sender->store = store;
    sender->writer = writer;
    sender->api = api;
    (void)snprintf(sender->target_id, sizeof(sender->target_id), "%s", target_id);
    (void)snprintf(sender->owner, sizeof(sender->owner), "%s", owner);
    sender->arena = arena_new(ARENA_BYTES);
    sender->kept = arena_new(WORK_ARENA_BYTES);
    sender->work = arena_new(WORK_ARENA_BYTES);
    (void)pthread_mutex_init(&sender->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&sender->ending, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    sender->running = sender->arena != NULL && sender->kept != NULL && sender->work != NULL &&
                      pthread_create(&sender->thread, NULL, sender_main, sender) == 0;
    if (!sender->running) {
        sender_done(sender);
        return NULL;
    }
    return sender;
}

const char *sender_target(const struct sender *sender)
{
    return sender->target_id;
}

bool sender_has_ended(const struct sender *sender)
{
    return atomic_load(&sender->ended);
}

void sender_tell(struct sender *sender, int64_t revision)
{
    (void)pthread_mutex_lock(&sender->lock);
    sender->told_revision = revision;
    (void)pthread_cond_signal(&sender->ending);
    (void)pthread_mutex_unlock(&sender->lock);
}

void sender_cancel(struct sender *sender)
{
    (void)pthread_mutex_lock(&sender->lock);
    sender->stopping = true;
    (void)pthread_cond_signal(&sender->ending);
    if (sender->state != NULL && sender->driver->cancel != NULL) {
        sender->driver->cancel(sender->state);
    }
    (void)pthread_mutex_unlock(&sender->lock);
}

void sender_free(struct sender *sender)
{
    sender_cancel(sender);
    (void)pthread_join(sender->thread, NULL);
    sender_done(sender);
}
