#include "server/delivery_sender.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "json/read.h"
#include "model/operation.h"
#include "notify/delivery.h"
#include "notify/delivery_filter.h"
#include "server/feeds.h"
#include "store/store.h"
#include "store/writer.h"

enum {
    ARENA_BYTES = 256 * 1024 * 1024,
    WORK_ARENA_BYTES = 64 * 1024 * 1024,
    ITEMS_AT_ONCE = 500,
    BYTES_AT_ONCE = 4 * 1024 * 1024,
    GATHER_ITEMS_MAX = 20000, /* of events, for drivers that want large batches */
    GATHER_BYTES_MAX = 32 * 1024 * 1024,
    GATHER_LOOKS = 10,
    IDLE_MS = 500, /* between looks at feeds that had nothing */
    ID_BYTES = 40,
    SPARE_S = DELIVERY_LEASE_S / 2,
};

struct sender {
    struct store *store;
    struct writer *writer;
    struct api *api;
    char target_id[ID_BYTES], owner[ID_BYTES];
    pthread_t thread;
    pthread_mutex_t lock; /* over what follows */
    pthread_cond_t ending;
    bool stopping, running;
    const struct target_driver *driver; /* with `state`: what is open */
    void *state;
    atomic_bool ended;
    /* The thread's own: */
    struct session *session;
    struct arena *arena; /* of a turn */
    struct arena *kept;  /* of the target as it was loaded */
    struct arena *work;  /* of a transaction */
    struct ctx ctx;
    struct error error;
    struct delivery_target target;
    const struct json *filter;
    int64_t leased_until_us; /* monotonic */
    bool lost; /* the store did not take what we said: another server may have gone on */
    int64_t gathering_since_us[FEED_COUNT];
    int64_t look_again_us[FEED_COUNT]; /* while it gathers: what waits is not read over and over */
    int64_t position[FEED_COUNT];
    bool behind[FEED_COUNT];
};

/* --- waiting ------------------------------------------------------------------------------------------------------- */

static bool is_stopping(struct sender *sender)
{
    (void)pthread_mutex_lock(&sender->lock);
    bool stopping = sender->stopping;
    (void)pthread_mutex_unlock(&sender->lock);
    return stopping;
}

static void wait_ms(struct sender *sender, int64_t milliseconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + milliseconds % 1000 * 1000000;
    until.tv_sec += milliseconds / 1000 + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    (void)pthread_mutex_lock(&sender->lock);
    while (!sender->stopping) {
        if (pthread_cond_timedwait(&sender->ending, &sender->lock, &until) != 0) {
            break;
        }
    }
    (void)pthread_mutex_unlock(&sender->lock);
}

/* --- the store ------------------------------------------------------------------------------------------------------- */

/* One piece of work in the writer. */
struct errand {
    struct sender *sender;
    enum result (*run)(struct ctx *ctx, const struct errand *errand);
    struct delivery_progress progress;
    const struct delivery_item *item; /* that is dead, or was sent again */
    const char *why;
    bool refused;
    int64_t retry_s;
};

static enum result errand_run(void *context, struct session *session, struct error *error)
{
    const struct errand *errand = context;
    struct sender *sender = errand->sender;
    struct ctx ctx;
    arena_reset(sender->work);
    api_system_ctx(sender->api, sender->work, session, error, &ctx);
    return errand->run(&ctx, errand);
}

static enum result errand_do(struct errand *errand)
{
    struct sender *sender = errand->sender;
    sender->error = (struct error){ .field = NULL };
    enum result result = writer_wait(sender->writer, errand_run, errand, &sender->error);
    bool held = result == RESULT_OK;
    sender->lost = sender->lost || !held;
    sender->leased_until_us = held ? time_monotonic_us() + DELIVERY_LEASE_S * US_PER_SECOND : 0;
    return result;
}

static enum result run_lease(struct ctx *ctx, const struct errand *errand)
{
    return delivery_lease(ctx, errand->sender->target_id, errand->sender->owner);
}

static enum result run_release(struct ctx *ctx, const struct errand *errand)
{
    return delivery_release(ctx, errand->sender->target_id, errand->sender->owner);
}

static enum result run_moved(struct ctx *ctx, const struct errand *errand)
{
    return delivery_moved(ctx, &errand->progress);
}

static enum result run_dead(struct ctx *ctx, const struct errand *errand)
{
    TRY(delivery_lease(ctx, errand->sender->target_id, errand->sender->owner));
    return delivery_dead_add(ctx, errand->sender->target_id, errand->item, errand->why);
}

static enum result run_replayed(struct ctx *ctx, const struct errand *errand)
{
    return delivery_dead_done(ctx, errand->sender->target_id, errand->sender->owner, errand->item,
                              errand->why);
}

static enum result run_failed(struct ctx *ctx, const struct errand *errand)
{
    return delivery_failed(ctx, errand->sender->target_id, errand->sender->owner, errand->why,
                           errand->refused, errand->retry_s);
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

static enum result lease_keep(struct sender *sender)
{
    struct errand errand = { .sender = sender, .run = run_lease };
    bool fresh = sender->leased_until_us - time_monotonic_us() > SPARE_S * US_PER_SECOND;
    return fresh ? RESULT_OK : errand_do(&errand);
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

/* The target as it is now, with the positions, in memory of its own. */
static enum result target_open(struct sender *sender)
{
    struct ctx *ctx = &sender->ctx;
    arena_reset(sender->kept);
    ctx->arena = sender->kept;
    TRY(delivery_target_load(ctx, sender->target_id, &sender->target));
    sender->filter = NULL;
    if (sender->target.filter != NULL) {
        TRY(json_parse(sender->kept, slice_of(sender->target.filter), &json_limits_usual,
                       &sender->filter, &sender->error));
    }
    for (int feed = 0; feed < FEED_COUNT; feed++) {
        sender->gathering_since_us[feed] = 0;
        sender->look_again_us[feed] = 0;
        sender->behind[feed] = true; /* so that being up to date is noted once */
        if ((sender->target.feeds & 1u << feed) != 0) {
            TRY(delivery_position_load(ctx, sender->target_id, (enum feed)feed,
                                       &sender->position[feed]));
        }
    }
    return driver_open(sender);
}

/* --- sending --------------------------------------------------------------------------------------------------------- */

/* What an attempt has come to. */
struct sent {
    enum result result;
    size_t delivered;
};

static struct sent batch_send(struct sender *sender, const struct delivery_item *items,
                              size_t count)
{
    struct sent sent = { .delivered = 0 };
    const struct delivery_batch batch = { items, count };
    sender->error = (struct error){ .field = NULL };
    sent.result = sender->driver->send(sender->state, &batch, &sent.delivered, &sender->error);
    return sent;
}

static bool is_for_good(enum result result)
{
    return result == RESULT_INVALID || result == RESULT_TOO_LARGE;
}

/* Notes a failure and waits for the next try. */
static void failure_note(struct sender *sender, enum result result)
{
    uint8_t chance = 0;
    random_bytes(&chance, sizeof(chance));
    char why[ERROR_TEXT_BYTES];
    (void)snprintf(why, sizeof(why), "%s", sender->error.text);
    struct errand errand = {
        .sender = sender,
        .run = run_failed,
        .why = why,
        .refused = result != RESULT_BUSY && result != RESULT_NO_MEMORY,
        .retry_s = delivery_retry_s(sender->target.attempts, chance),
    };
    if (is_stopping(sender)) {
        return;
    }
    log_line(LOG_WARN, "delivery", NULL, "%s: %s: again in %lld seconds: %s", sender->target.name,
             result_name(result), (long long)errand.retry_s, why);
    (void)errand_do(&errand);
    sender->target.attempts++;
    wait_ms(sender, errand.retry_s * 1000);
}

/* What cannot be looked at is let through: to send too much is better than to lose it. */
static bool item_fits(struct sender *sender, const struct delivery_item *item)
{
    const struct json *document = NULL;
    struct error ignored;
    arena_reset(sender->work); /* for each: many values take many times their text */
    enum result result =
        json_parse(sender->work, item->json, &json_limits_usual, &document, &ignored);
    return result != RESULT_OK || delivery_filter_fits(sender->filter, document);
}

/* The items of a feed's batch that the filter lets through, in place. */
static size_t items_filter(struct sender *sender, struct delivery_item *items, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count && sender->filter != NULL; i++) {
        if (item_fits(sender, &items[i])) {
            items[kept++] = items[i];
        }
    }
    return sender->filter == NULL ? count : kept;
}

/* Where the feed is once `delivered` of the kept items are out: before the first one that is not. */
static int64_t position_behind(const struct sender *sender, enum feed feed,
                               const struct delivery_item *kept, size_t count, size_t delivered,
                               int64_t all)
{
    if (delivered == count) {
        return all;
    }
    int64_t next = (int64_t)kept[delivered].position;
    size_t i = delivered;
    while (i > 0 && (int64_t)kept[i - 1].position >= next) {
        i--; /* they came together and are one position */
    }
    return i > 0 ? (int64_t)kept[i - 1].position : sender->position[feed];
}

static enum result position_save(struct sender *sender, enum feed feed, int64_t position,
                                 const struct delivery_item *last, size_t delivered, bool behind)
{
    struct errand errand = {
        .sender = sender,
        .run = run_moved,
        .progress = { .id = sender->target_id,
                      .owner = sender->owner,
                      .feed = feed,
                      .from = sender->position[feed],
                      .position = position,
                      .item_time_us = last == NULL ? 0 : last->time,
                      .delivered = delivered,
                      .behind = behind },
    };
    TRY(errand_do(&errand));
    sender->position[feed] = position;
    sender->behind[feed] = behind;
    sender->target.attempts = 0;
    return RESULT_OK;
}

/* An item that will never go is put aside. */
static enum result item_bury(struct sender *sender, const struct delivery_item *item)
{
    char why[ERROR_TEXT_BYTES];
    (void)snprintf(why, sizeof(why), "%s", sender->error.text);
    struct errand errand = { .sender = sender, .run = run_dead, .item = item, .why = why };
    log_line(LOG_WARN, "delivery", NULL, "%s: %.*s is a dead letter: %s", sender->target.name,
             (int)item->id.length, item->id.text, why);
    return errand_do(&errand);
}

/* Sends the items; dead letters are left behind. *out_done: how many are out or put aside; *out_delivered: are out. */
static enum result items_send(struct sender *sender, const struct delivery_item *items,
                              size_t count, size_t *out_done, size_t *out_delivered)
{
    while (*out_done < count && !is_stopping(sender)) {
        struct sent sent = batch_send(sender, &items[*out_done], count - *out_done);
        *out_done += sent.delivered;
        *out_delivered += sent.delivered;
        if (is_for_good(sent.result) && *out_done < count) {
            TRY(item_bury(sender, &items[*out_done]));
            (*out_done)++;
        } else if (sent.result != RESULT_OK) {
            return sent.result;
        }
    }
    return RESULT_OK;
}

/* How much is read of a feed, and what of it is enough to be sent at once. */
struct portion {
    struct feed_bounds read;
    size_t items, bytes;
    uint32_t seconds; /* after which less is enough */
};

/* A read that was cut off at its bound has more than is enough, whatever the next document's size. */
static struct portion portion_of(const struct sender *sender, enum feed feed)
{
    struct portion portion = { .read = { feed == FEED_EVENTS ? ITEMS_AT_ONCE : FEED_ITEMS_MAX,
                                         BYTES_AT_ONCE },
                               .items = ITEMS_AT_ONCE };
    if (sender->driver->gather != NULL) {
        struct target_gather wanted = sender->driver->gather(sender->state);
        portion.bytes = wanted.bytes < GATHER_BYTES_MAX ? wanted.bytes : GATHER_BYTES_MAX;
        portion.read.bytes_max =
            portion.bytes * 2 > BYTES_AT_ONCE ? portion.bytes * 2 : BYTES_AT_ONCE;
        portion.read.items_max = feed == FEED_EVENTS ? GATHER_ITEMS_MAX : FEED_ITEMS_MAX;
        portion.items = feed == FEED_EVENTS ? GATHER_ITEMS_MAX : ITEMS_AT_ONCE;
        portion.seconds = wanted.seconds;
    }
    return portion;
}

/* Is there enough, or has the oldest waited long enough, for the driver to make something good of it? What the filter
   leaves out counts, since nothing behind it is read before. */
static bool is_gathered(struct sender *sender, enum feed feed, const struct portion *portion,
                        const struct delivery_item *items, size_t count)
{
    size_t bytes = 0;
    int64_t now_us = time_monotonic_us();
    for (size_t i = 0; i < count; i++) {
        bytes += items[i].json.length;
    }
    if (sender->gathering_since_us[feed] == 0) {
        sender->gathering_since_us[feed] = now_us;
    }
    int64_t waited_us = now_us - sender->gathering_since_us[feed];
    sender->look_again_us[feed] = now_us + (int64_t)portion->seconds * US_PER_SECOND / GATHER_LOOKS;
    return count >= portion->items || bytes >= portion->bytes ||
           waited_us >= (int64_t)portion->seconds * US_PER_SECOND;
}

/* Sends what was read, and moves the position behind what is out. */
static enum result portion_send(struct sender *sender, enum feed feed, struct delivery_item *items,
                                size_t count)
{
    size_t done = 0;
    size_t delivered = 0;
    int64_t all = (int64_t)items[count - 1].position;
    size_t kept = items_filter(sender, items, count);
    enum result result = items_send(sender, items, kept, &done, &delivered);
    int64_t position = position_behind(sender, feed, items, kept, done, all);
    if (position <= sender->position[feed]) {
        return result;
    }
    const struct error failure = sender->error;
    const struct delivery_item *last = done == 0 ? NULL : &items[done - 1];
    TRY(position_save(sender, feed, position, last, delivered, true));
    sender->error = failure;
    return result;
}

/* A batch of a feed. *out_worked: there may be more. */
static enum result feed_turn(struct sender *sender, enum feed feed, bool *out_worked)
{
    size_t count = 0;
    if (time_monotonic_us() < sender->look_again_us[feed]) {
        return RESULT_OK;
    }
    struct delivery_item *items = NULL;
    const struct portion portion = portion_of(sender, feed);
    TRY(feed_read(&sender->ctx, feed, sender->position[feed], &portion.read, &items, &count));
    if (count == 0) {
        return sender->behind[feed]
                   ? position_save(sender, feed, sender->position[feed], NULL, 0, false)
                   : RESULT_OK;
    }
    if (!is_gathered(sender, feed, &portion, items, count)) {
        return RESULT_OK;
    }
    sender->gathering_since_us[feed] = 0;
    sender->look_again_us[feed] = 0;
    *out_worked = true;
    return portion_send(sender, feed, items, count);
}

/* Dead letters that are wanted again go one by one: what they came to is noted for each. */
static enum result replays_turn(struct sender *sender, bool *out_worked)
{
    size_t count = 0;
    struct delivery_item *items = arena_alloc(sender->arena, ITEMS_AT_ONCE * sizeof(*items));
    if (items == NULL) {
        return fail(&sender->error, RESULT_NO_MEMORY, NULL, "no memory for a batch");
    }
    TRY(delivery_replays(&sender->ctx, sender->target_id, BYTES_AT_ONCE, items, ITEMS_AT_ONCE,
                         &count));
    for (size_t i = 0; i < count && !is_stopping(sender); i++) {
        struct sent sent = batch_send(sender, &items[i], 1);
        char why[ERROR_TEXT_BYTES];
        (void)snprintf(why, sizeof(why), "%s", sender->error.text);
        if (sent.result != RESULT_OK && !is_for_good(sent.result)) {
            return sent.result;
        }
        struct errand errand = { .sender = sender,
                                 .run = run_replayed,
                                 .item = &items[i],
                                 .why = sent.result == RESULT_OK ? NULL : why };
        TRY(errand_do(&errand));
        *out_worked = true;
    }
    return RESULT_OK;
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
    TRY(target_is_same(sender, out_same));
    if (!*out_same) {
        return RESULT_OK;
    }
    TRY(replays_turn(sender, out_worked));
    for (int feed = 0; feed < FEED_COUNT && !is_stopping(sender); feed++) {
        if ((sender->target.feeds & 1u << feed) != 0) {
            TRY(feed_turn(sender, (enum feed)feed, out_worked));
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
        wait_ms(sender, wait_us / 1000);
    }
}

static void *sender_main(void *context)
{
    struct sender *sender = context;
    bool same = true;
    bool opened = false;
    while (same && !is_stopping(sender)) {
        bool worked = false;
        enum result result = turn_begin(sender);
        if (result == RESULT_OK) {
            result = lease_keep(sender);
        }
        if (sender->lost) {
            driver_close(sender);
            opened = false;
        }
        if (result != RESULT_OK) { /* the store is not there, or another server delivers */
            wait_ms(sender, IDLE_MS * 4);
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
            failure_note(sender, result);
        } else if (!worked && same) {
            wait_ms(sender, IDLE_MS);
        }
    }
    driver_close(sender);
    struct errand errand = { .sender = sender, .run = run_release };
    (void)errand_do(&errand);
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
