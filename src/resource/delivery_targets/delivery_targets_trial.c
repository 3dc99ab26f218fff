/* Trying a target out: one record, now, and what came of it. */
#include <pthread.h>
#include <time.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "json/write.h"
#include "notify/delivery.h"
#include "resource/delivery_targets/delivery_targets_parts.h"

/* A receiver may take minutes, by its settings; whoever asked, and a server that is to stop, do not wait for that. */
enum { TRIAL_S_MAX = 10 };

struct trial {
    const struct target_driver *driver;
    void *state;
    pthread_mutex_t lock; /* over what follows */
    pthread_cond_t ending;
    bool ended, cancelled;
};

static enum result no_memory(struct error *error)
{
    return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a test");
}

/* --- the time it may take -------------------------------------------------------------------------------------------- */

static void *trial_watch(void *context)
{
    struct trial *trial = context;
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += TRIAL_S_MAX;
    (void)pthread_mutex_lock(&trial->lock);
    while (!trial->ended && !trial->cancelled) {
        trial->cancelled =
            pthread_cond_timedwait(&trial->ending, &trial->lock, &until) != 0 && !trial->ended;
    }
    if (trial->cancelled) {
        trial->driver->cancel(trial->state);
    }
    (void)pthread_mutex_unlock(&trial->lock);
    return NULL;
}

static void trial_end(struct trial *trial, pthread_t watch)
{
    (void)pthread_mutex_lock(&trial->lock);
    trial->ended = true;
    (void)pthread_cond_signal(&trial->ending);
    (void)pthread_mutex_unlock(&trial->lock);
    (void)pthread_join(watch, NULL);
}

static void trial_init(struct trial *trial)
{
    pthread_condattr_t attributes;
    (void)pthread_mutex_init(&trial->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&trial->ending, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

static enum result trial_send(struct trial *trial, const struct delivery_item *item,
                              struct error *error)
{
    const struct delivery_batch batch = { item, 1 };
    pthread_t watch;
    size_t delivered = 0;
    if (trial->driver->cancel == NULL) { /* it waits for nobody */
        return trial->driver->send(trial->state, &batch, &delivered, error);
    }
    trial_init(trial);
    enum result result = RESULT_OK;
    if (pthread_create(&watch, NULL, trial_watch, trial) == 0) {
        result = trial->driver->send(trial->state, &batch, &delivered, error);
        trial_end(trial, watch);
    } else {
        result = no_memory(error);
    }
    (void)pthread_cond_destroy(&trial->ending);
    (void)pthread_mutex_destroy(&trial->lock);
    return result == RESULT_BUSY && trial->cancelled
               ? fail(error, RESULT_BUSY, NULL, "the receiver did not answer in %d seconds",
                      TRIAL_S_MAX)
               : result;
}

/* --- the record ------------------------------------------------------------------------------------------------------- */

static enum result document_make(struct ctx *ctx, const char *id, const char **out)
{
    char moment[TIME_TEXT_BYTES];
    (void)time_format(ctx->now_us, TIME_ZONED, moment);
    *out = arena_printf(ctx->arena,
                        "{\"@timestamp\":\"%s\",\"event\":{\"id\":\"%s\",\"code\":\"0\",\"kind\":"
                        "\"event\",\"action\":\"test\",\"reason\":\"A test of a delivery target\","
                        "\"ingested\":\"%s\"}}",
                        moment, id, moment);
    return *out == NULL ? no_memory(ctx->error) : RESULT_OK;
}

static enum result target_try(struct ctx *ctx, const struct delivery_target *target,
                              struct error *error)
{
    struct uuid made;
    struct target_settings settings;
    struct trial trial = { .driver = target_driver_find(slice_of(target->kind)) };
    const struct format *format = format_find(slice_of(target->format));
    const char *document = NULL;
    if (trial.driver == NULL || format == NULL) {
        return fail(error, RESULT_DENIED, NULL, "this server has no kind %s with format %s",
                    target->kind, target->format);
    }
    uuid_make(ctx->now_us, &made);
    TRY(document_make(ctx, made.text, &document));
    TRY(delivery_settings_read(ctx, target, &settings));
    const struct delivery_item item = {
        .feed = FEED_EVENTS,
        .position = (uint64_t)ctx->now_us,
        .id = slice_of(made.text),
        .time = ctx->now_us,
        .json = slice_of(document),
    };
    TRY(trial.driver->open(&settings, format, &trial.state, error));
    enum result result = trial_send(&trial, &item, error);
    trial.driver->close(trial.state);
    return result;
}

/* POST DeliveryTargets/{id}/Test */
enum result delivery_targets_test(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct delivery_target target;
    struct json_writer writer;
    struct error error = { .field = NULL };
    TRY(delivery_target_load(ctx, call->ids[0].text, &target));
    enum result result = target_try(ctx, &target, &error);
    reply->status = 200;
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_bool(&writer, "delivered", result == RESULT_OK);
    json_member_text(&writer, "error", result == RESULT_OK ? NULL : error.text);
    json_end_object(&writer);
    return RESULT_OK;
}
