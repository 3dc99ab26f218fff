#include "server/deliverer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"
#include "base/uuid.h"
#include "model/operation.h"
#include "notify/delivery.h"
#include "server/delivery_sender.h"
#include "store/dialect.h"
#include "store/store.h"
#include "store/writer.h"

enum { ROUND_MS = 1000, RENEW_ROUNDS = 5, ARENA_BYTES = 1024 * 1024 };

struct deliverer {
    struct store *store;
    struct writer *writer;
    struct api *api;
    char owner[UUID_TEXT_BYTES];
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t ending;
    bool stopping;
    /* The thread's own: */
    struct session *session;
    struct arena *arena;
    struct sender *senders[DELIVERY_TARGETS_MAX];
    size_t count;
};

static bool round_wait(struct deliverer *deliverer)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ROUND_MS / 1000;
    (void)pthread_mutex_lock(&deliverer->lock);
    while (!deliverer->stopping) {
        if (pthread_cond_timedwait(&deliverer->ending, &deliverer->lock, &until) != 0) {
            break;
        }
    }
    bool stopping = deliverer->stopping;
    (void)pthread_mutex_unlock(&deliverer->lock);
    return !stopping;
}

static void ended_remove(struct deliverer *deliverer)
{
    for (size_t i = 0; i < deliverer->count;) {
        if (sender_has_ended(deliverer->senders[i])) {
            sender_free(deliverer->senders[i]);
            deliverer->senders[i] = deliverer->senders[--deliverer->count];
        } else {
            i++;
        }
    }
}

/* Those whose targets are gone or switched off end, and those whose targets were changed hear of it, whatever they wait for. */
static void senders_tell(const struct deliverer *deliverer, const struct delivery_enabled *enabled,
                         size_t count)
{
    for (size_t i = 0; i < deliverer->count; i++) {
        struct sender *sender = deliverer->senders[i];
        size_t at = 0;
        while (at < count && strcmp(enabled[at].id, sender_target(sender)) != 0) {
            at++;
        }
        if (at < count) {
            sender_tell(sender, enabled[at].revision);
        } else {
            sender_cancel(sender);
        }
    }
}

static bool has_sender(const struct deliverer *deliverer, const char *target_id)
{
    for (size_t i = 0; i < deliverer->count; i++) {
        if (strcmp(sender_target(deliverer->senders[i]), target_id) == 0) {
            return true;
        }
    }
    return false;
}

static enum result enabled_read(struct deliverer *deliverer, struct delivery_enabled *out,
                                size_t *out_count, struct error *error)
{
    struct ctx ctx;
    if (deliverer->session == NULL) {
        TRY(session_open(deliverer->store, SESSION_READ, &deliverer->session, error));
    }
    TRY(session_ping(deliverer->session, error));
    arena_reset(deliverer->arena);
    api_system_ctx(deliverer->api, deliverer->arena, deliverer->session, error, &ctx);
    return delivery_enabled(&ctx, out, out_count);
}

/* A thread for each target that is switched on and has none. */
static void senders_look(struct deliverer *deliverer)
{
    struct delivery_enabled enabled[DELIVERY_TARGETS_MAX];
    struct error error = { .field = NULL };
    size_t count = 0;
    ended_remove(deliverer);
    if (enabled_read(deliverer, enabled, &count, &error) != RESULT_OK) {
        return; /* the next round asks again */
    }
    senders_tell(deliverer, enabled, count);
    for (size_t i = 0; i < count && deliverer->count < DELIVERY_TARGETS_MAX; i++) {
        if (has_sender(deliverer, enabled[i].id)) {
            continue;
        }
        struct sender *sender = sender_start(deliverer->store, deliverer->writer, deliverer->api,
                                             enabled[i].id, deliverer->owner);
        if (sender == NULL) {
            log_line(LOG_WARN, "delivery", NULL, "no thread for the target %s", enabled[i].id);
            return;
        }
        deliverer->senders[deliverer->count++] = sender;
    }
}

struct chore {
    struct deliverer *deliverer;
    bool clear; /* else renew */
};

static enum result chore_run(void *context, struct session *session, struct error *error)
{
    const struct chore *chore = context;
    struct deliverer *deliverer = chore->deliverer;
    struct ctx ctx;
    arena_reset(deliverer->arena);
    api_system_ctx(deliverer->api, deliverer->arena, session, error, &ctx);
    return chore->clear ? delivery_leases_clear(&ctx)
                        : delivery_leases_renew(&ctx, deliverer->owner);
}

/* A renewal that fails is made up for by the next one; after three the lease is over, as it should be. */
static void chore_do(struct deliverer *deliverer, bool clear)
{
    struct chore chore = { deliverer, clear };
    struct error error = { .field = NULL };
    if (writer_wait(deliverer->writer, chore_run, &chore, &error) != RESULT_OK) {
        log_line(LOG_WARN, "delivery", NULL, "leases of targets: %s", error.text);
    }
}

static void *deliverer_main(void *context)
{
    struct deliverer *deliverer = context;
    uint64_t rounds = 0;
    if (store_dialect(deliverer->store)->one_server) {
        chore_do(deliverer, true);
    }
    do {
        senders_look(deliverer);
        if (++rounds % RENEW_ROUNDS == 0 && deliverer->count > 0) {
            chore_do(deliverer, false);
        }
    } while (round_wait(deliverer));
    for (size_t i = 0; i < deliverer->count; i++) {
        sender_cancel(deliverer->senders[i]); /* all at once, then one after the other */
    }
    for (size_t i = 0; i < deliverer->count; i++) {
        sender_free(deliverer->senders[i]);
    }
    return NULL;
}

enum result deliverer_start(struct store *store, struct writer *writer, struct api *api,
                            struct deliverer **out, struct error *error)
{
    struct uuid owner;
    struct deliverer *deliverer = calloc(1, sizeof(*deliverer)); /* program lifetime */
    pthread_condattr_t attributes;
    if (deliverer == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the delivery");
    }
    uuid_make(time_now_us(), &owner);
    memcpy(deliverer->owner, owner.text, sizeof(deliverer->owner));
    deliverer->store = store;
    deliverer->writer = writer;
    deliverer->api = api;
    deliverer->arena = arena_new(ARENA_BYTES);
    (void)pthread_mutex_init(&deliverer->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&deliverer->ending, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    deliverer->running = deliverer->arena != NULL &&
                         pthread_create(&deliverer->thread, NULL, deliverer_main, deliverer) == 0;
    if (!deliverer->running) {
        deliverer_free(deliverer);
        return fail(error, RESULT_NO_MEMORY, NULL, "no thread for the delivery");
    }
    *out = deliverer;
    return RESULT_OK;
}

void deliverer_free(struct deliverer *deliverer)
{
    if (deliverer == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&deliverer->lock);
    deliverer->stopping = true;
    (void)pthread_cond_signal(&deliverer->ending);
    (void)pthread_mutex_unlock(&deliverer->lock);
    if (deliverer->running) {
        (void)pthread_join(deliverer->thread, NULL);
    }
    session_close(deliverer->session);
    arena_free(deliverer->arena);
    (void)pthread_cond_destroy(&deliverer->ending);
    (void)pthread_mutex_destroy(&deliverer->lock);
    free(deliverer);
}
