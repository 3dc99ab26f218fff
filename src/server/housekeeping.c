#include "server/housekeeping.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "access/token.h"
#include "agent_api/agent_api.h"
#include "api/api.h"
#include "api/metrics.h"
#include "audit/checkpoint.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"
#include "model/changes.h"
#include "notify/delivery.h"
#include "notify/mail.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "resource/assignments/assignments.h"
#include "resource/authorization_requests/authorization_requests.h"
#include "resource/computers/computers.h"
#include "resource/events/events.h"
#include "resource/management_rules/management_rules.h"
#include "store/dialect.h"
#include "store/store.h"
#include "store/writer.h"
#include "sudo_log/sudo_log.h"
#include "task/task.h"

enum {
    ROUND_MS = 1000,
    MINUTE_ROUNDS = 60,
    HOUR_ROUNDS = 3600,
    SWEEP_ROWS_MAX = 1000,
    SEEN_ROWS_MAX = 20000,
    ARENA_BYTES = 64 * 1024 * 1024,
    ACTIONS_MAX = 64,
    LISTEN_MS = 1000,
};

struct housekeeping {
    enum housekeeping_pace pace;
    pthread_mutex_t step_lock; /* one step at a time */
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    pthread_t thread, listener;
    bool running, listening, ending, wake;
    atomic_bool stopping;
    struct store *store;
    struct writer *writer;
    struct api *api;
    struct agent_services *agents;
    const struct task_action *actions[ACTIONS_MAX];
    size_t action_count;
};

/* One piece of work in the writer, waited for. */
struct chore {
    struct housekeeping *housekeeping;
    enum result (*run)(struct ctx *ctx, struct chore *chore);
    const struct computer_seen *seen;
    size_t seen_count;
    const char *message;
    bool worked;
    struct event_round round;
    size_t missed; /* targets that had not all events that were dropped */
    struct event_facts facts;
    struct delivery_facts delivery;
    struct arena *arena;
    struct wake *wakes;
};

static enum result chore_run(void *context, struct session *session, struct error *error)
{
    struct chore *chore = context;
    struct ctx ctx;
    struct faults faults;
    arena_reset(chore->arena);
    faults_init(&faults, chore->arena);
    api_system_ctx(chore->housekeeping->api, chore->arena, session, error, &ctx);
    ctx.faults = &faults;
    TRY(session_plan_anew(session, error));
    enum result result = chore->run(&ctx, chore);
    chore->wakes = ctx.wakes;
    return result;
}

static enum result chore_do(struct chore *chore, const char *what)
{
    struct error error = { .field = NULL };
    chore->arena = arena_new(ARENA_BYTES);
    if (chore->arena == NULL) {
        return RESULT_NO_MEMORY;
    }
    enum result result = writer_wait(chore->housekeeping->writer, chore_run, chore, &error);
    if (result == RESULT_OK) {
        api_tell_wakes(chore->housekeeping->api, chore->wakes);
    } else {
        log_line(LOG_WARN, "housekeeping", NULL, "%s: %s: %s", what, result_name(result),
                 error.text);
    }
    arena_free(chore->arena);
    return result;
}

/* --- chores -------------------------------------------------------------------------------------------------------------- */

static enum result run_contacts(struct ctx *ctx, struct chore *chore)
{
    return computers_seen(ctx, chore->seen, chore->seen_count);
}

static void contacts_flush(struct housekeeping *housekeeping)
{
    struct chore chore = { .housekeeping = housekeeping, .run = run_contacts };
    for (chore.seen_count = agent_contacts_take(housekeeping->agents, &chore.seen);
         chore.seen_count > 0;
         chore.seen_count = agent_contacts_take(housekeeping->agents, &chore.seen)) {
        if (chore_do(&chore, "last contacts") != RESULT_OK) {
            return;
        }
    }
}

static enum result run_task(struct ctx *ctx, struct chore *chore)
{
    return task_step(ctx, chore->housekeeping->actions, chore->housekeeping->action_count,
                     &chore->worked);
}

static enum result run_task_failed(struct ctx *ctx, struct chore *chore)
{
    return task_step_failed(ctx, chore->message);
}

static void tasks_run(struct housekeeping *housekeeping)
{
    struct chore chore = { .housekeeping = housekeeping, .run = run_task, .worked = true };
    while (chore.worked && !atomic_load(&housekeeping->stopping)) {
        enum result result = chore_do(&chore, "task");
        if (result == RESULT_BUSY || result == RESULT_NO_MEMORY) {
            return; /* the next round tries again */
        }
        if (result != RESULT_OK) {
            struct chore failed = { .housekeeping = housekeeping,
                                    .run = run_task_failed,
                                    .message =
                                        "the server could not do this chunk; its log says why" };
            if (chore_do(&failed, "failed task") != RESULT_OK) {
                return;
            }
            chore.worked = true;
        }
    }
}

static enum result run_minute(struct ctx *ctx, struct chore *chore)
{
    (void)chore;
    TRY(requests_expire(ctx, &authorization_request_kind, SWEEP_ROWS_MAX));
    TRY(requests_expire(ctx, &admin_request_kind, SWEEP_ROWS_MAX));
    TRY(commands_expire(ctx, SWEEP_ROWS_MAX));
    TRY(audit_checkpoint(ctx));
    TRY(changes_keep(ctx, SWEEP_ROWS_MAX));
    return token_sweep(ctx->session, ctx->now_us, ctx->error);
}

static enum result run_events(struct ctx *ctx, struct chore *chore)
{
    return events_index_merge(ctx, &chore->worked);
}

static void events_merge(struct housekeeping *housekeeping)
{
    struct chore chore = { .housekeeping = housekeeping, .run = run_events, .worked = true };
    while (chore.worked && !atomic_load(&housekeeping->stopping)) {
        if (chore_do(&chore, "index of events") != RESULT_OK) {
            return; /* the next round tries again */
        }
    }
}

static enum result missed_count(struct ctx *ctx, int64_t position, const void *context,
                                int64_t *out)
{
    return events_dropping_after(ctx, context, position, out);
}

/* Targets of deliveries that do not have these events yet. */
static enum result on_dropping(struct ctx *ctx, const struct event_partition *partition,
                               int64_t last_us, void *context)
{
    struct chore *chore = context;
    const struct delivery_drop drop = { FEED_EVENTS, last_us, missed_count, partition };
    return delivery_missed(ctx, &drop, &chore->missed);
}

static enum result run_retention(struct ctx *ctx, struct chore *chore)
{
    const struct event_watch watch = { on_dropping, chore };
    chore->missed = 0;
    return events_retention_step(ctx, &watch, &chore->round);
}

static enum result run_event_facts(struct ctx *ctx, struct chore *chore)
{
    return events_read_facts(ctx, &chore->facts);
}

static void event_facts_show(struct housekeeping *housekeeping)
{
    struct chore chore = { .housekeeping = housekeeping, .run = run_event_facts };
    if (chore_do(&chore, "counts of events") != RESULT_OK) {
        return;
    }
    metrics_store_number(housekeeping->api, STORE_EVENTS, chore.facts.stored);
    metrics_store_number(housekeeping->api, STORE_EVENTS_LOST, chore.facts.lost);
    metrics_store_number(housekeeping->api, STORE_PARTITIONS_DROPPED,
                         chore.facts.partitions_dropped);
    metrics_store_number(housekeeping->api, STORE_RETENTION_REFUSED,
                         chore.facts.retention_refused_us > 0);
}

static enum result run_delivery_facts(struct ctx *ctx, struct chore *chore)
{
    return delivery_read_facts(ctx, &chore->delivery);
}

static void delivery_facts_show(struct housekeeping *housekeeping)
{
    struct chore chore = { .housekeeping = housekeeping, .run = run_delivery_facts };
    if (chore_do(&chore, "counts of deliveries") != RESULT_OK) {
        return;
    }
    metrics_store_number(housekeeping->api, STORE_DELIVERED, chore.delivery.delivered);
    metrics_store_number(housekeeping->api, STORE_DEAD_LETTERS, chore.delivery.dead_letters);
    metrics_store_number(housekeeping->api, STORE_TARGETS_FAILING, chore.delivery.failing);
    metrics_store_number(housekeeping->api, STORE_FEEDS_BEHIND, chore.delivery.behind);
    metrics_store_number(housekeeping->api, STORE_MISSED, chore.delivery.missed);
}

static void events_drop(struct housekeeping *housekeeping)
{
    struct chore chore = { .housekeeping = housekeeping, .run = run_retention };
    do {
        if (chore_do(&chore, "retention of events") != RESULT_OK) {
            return; /* the next minute tries again */
        }
        if (chore.round.dropped_events > 0) {
            log_line(LOG_INFO, "retention", NULL, "dropped a partition of %lld events",
                     (long long)chore.round.dropped_events);
        }
        if (chore.missed > 0) {
            log_line(LOG_WARN, "retention", NULL,
                     "%zu delivery targets did not have all events that were dropped:"
                     " missedUntil and missedCount of GET DeliveryTargets/{id} tell which",
                     chore.missed);
        }
        if (chore.round.newly) {
            log_line(
                LOG_WARN, "retention", NULL,
                "the clock seems to have jumped: %lld %% of all events would be dropped at once,"
                " so none are; PUT EventRetention {\"clockIsRight\": true} lets them go",
                (long long)chore.round.due_percent);
        }
    } while (chore.round.more && !atomic_load(&housekeeping->stopping));
}

static enum result run_rules(struct ctx *ctx, struct chore *chore)
{
    return management_rules_step(ctx, &chore->worked);
}

static void rules_run(struct housekeeping *housekeeping)
{
    struct chore chore = { .housekeeping = housekeeping, .run = run_rules, .worked = true };
    while (chore.worked && !atomic_load(&housekeeping->stopping)) {
        if (chore_do(&chore, "management rules") != RESULT_OK) {
            return; /* the next minute tries again */
        }
    }
}

static enum result run_hour(struct ctx *ctx, struct chore *chore)
{
    (void)chore;
    TRY(mail_sweep(ctx, SWEEP_ROWS_MAX));
    TRY(sudo_seen_sweep(ctx, SEEN_ROWS_MAX));
    return task_sweep(ctx, SWEEP_ROWS_MAX);
}

/* --- threads ---------------------------------------------------------------------------------------------------------------- */

static void round_wait(struct housekeeping *housekeeping)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ROUND_MS / 1000;
    (void)pthread_mutex_lock(&housekeeping->lock);
    while (!housekeeping->wake && !housekeeping->ending) {
        if (pthread_cond_timedwait(&housekeeping->wanted, &housekeeping->lock, &until) != 0) {
            break;
        }
    }
    housekeeping->wake = false;
    (void)pthread_mutex_unlock(&housekeeping->lock);
}

/* Behind this, what was given to the writer before is done. */
static enum result run_nothing(struct ctx *ctx, struct chore *chore)
{
    (void)ctx;
    (void)chore;
    return RESULT_OK;
}

static bool wake_take(struct housekeeping *housekeeping)
{
    (void)pthread_mutex_lock(&housekeeping->lock);
    bool wake = housekeeping->wake;
    housekeeping->wake = false;
    (void)pthread_mutex_unlock(&housekeeping->lock);
    return wake;
}

static void settle(struct housekeeping *housekeeping)
{
    struct chore chore = { .housekeeping = housekeeping, .run = run_nothing };
    (void)chore_do(&chore, "what waits to be written");
    contacts_flush(housekeeping);
    while (wake_take(housekeeping)) {
        tasks_run(housekeeping);
    }
}

void housekeeping_settle(struct housekeeping *housekeeping)
{
    (void)pthread_mutex_lock(&housekeeping->step_lock);
    settle(housekeeping);
    (void)pthread_mutex_unlock(&housekeeping->step_lock);
}

static void minute_do(struct housekeeping *housekeeping)
{
    struct chore chore = { .housekeeping = housekeeping, .run = run_minute };
    (void)chore_do(&chore, "what ran out");
    rules_run(housekeeping);
    events_drop(housekeeping);
    event_facts_show(housekeeping);
    delivery_facts_show(housekeeping);
}

static void hour_do(struct housekeeping *housekeeping)
{
    struct chore chore = { .housekeeping = housekeeping, .run = run_hour };
    (void)chore_do(&chore, "old records");
}

void housekeeping_pass(struct housekeeping *housekeeping)
{
    (void)pthread_mutex_lock(&housekeeping->step_lock);
    settle(housekeeping);
    events_merge(housekeeping);
    minute_do(housekeeping);
    hour_do(housekeeping);
    settle(housekeeping); /* the tasks that came of it */
    (void)pthread_mutex_unlock(&housekeeping->step_lock);
}

static void *housekeeping_main(void *context)
{
    struct housekeeping *housekeeping = context;
    uint64_t rounds = 0;
    int64_t next_us = 0;
    while (!atomic_load(&housekeeping->stopping)) {
        tasks_run(housekeeping);
        if (time_monotonic_us() >= next_us) {
            next_us = time_monotonic_us() + ROUND_MS * INT64_C(1000);
            contacts_flush(housekeeping);
            events_merge(housekeeping);
            if (rounds % MINUTE_ROUNDS == 0) {
                minute_do(housekeeping);
            }
            if (rounds % HOUR_ROUNDS == 0) {
                hour_do(housekeeping);
            }
            rounds++;
        }
        round_wait(housekeeping);
    }
    contacts_flush(housekeeping);
    return NULL;
}

static void take_notice(void *context, struct slice text)
{
    struct housekeeping *housekeeping = context;
    api_take_notice(housekeeping->api, text);
}

/* Hears other servers on the same store; begins anew when the connection is lost. */
static void *listener_main(void *context)
{
    struct housekeeping *housekeeping = context;
    struct error error = { .field = NULL };
    struct session *session = NULL;
    while (!atomic_load(&housekeeping->stopping)) {
        if (session == NULL &&
            session_open(housekeeping->store, SESSION_READ, &session, &error) != RESULT_OK) {
            session = NULL;
            (void)nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL);
            continue;
        }
        if (session_listen(session, API_NOTICE_CHANNEL, LISTEN_MS, take_notice, housekeeping,
                           &error) != RESULT_OK) {
            log_line(LOG_WARN, "housekeeping", NULL, "notices of other servers: %s", error.text);
            session_close(session);
            session = NULL;
            /* What was missed is unknown: everybody looks again. */
            api_take_notice(housekeeping->api, SLICE("*"));
            (void)nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL);
        }
    }
    session_close(session);
    return NULL;
}

struct housekeeping *housekeeping_new(enum housekeeping_pace pace)
{
    struct housekeeping *housekeeping = calloc(1, sizeof(*housekeeping)); /* program lifetime */
    pthread_condattr_t attributes;
    if (housekeeping == NULL) {
        return NULL;
    }
    housekeeping->pace = pace;
    (void)pthread_mutex_init(&housekeeping->step_lock, NULL);
    (void)pthread_mutex_init(&housekeeping->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&housekeeping->wanted, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return housekeeping;
}

static void actions_add(struct housekeeping *housekeeping, const struct task_action *const *actions,
                        size_t count)
{
    for (size_t i = 0; i < count && housekeeping->action_count < ACTIONS_MAX; i++) {
        housekeeping->actions[housekeeping->action_count++] = actions[i];
    }
}

enum result housekeeping_start(struct housekeeping *housekeeping, struct store *store,
                               struct writer *writer, struct api *api,
                               struct agent_services *agents, struct error *error)
{
    housekeeping->store = store;
    housekeeping->writer = writer;
    housekeeping->api = api;
    housekeeping->agents = agents;
    actions_add(housekeeping, computers_task_actions, computers_task_action_count);
    actions_add(housekeeping, assignments_task_actions, assignments_task_action_count);
    if (housekeeping->pace == HOUSEKEEPING_IN_STEP) {
        return RESULT_OK;
    }
    housekeeping->running =
        pthread_create(&housekeeping->thread, NULL, housekeeping_main, housekeeping) == 0;
    housekeeping->listening =
        !store_dialect(store)->one_server &&
        pthread_create(&housekeeping->listener, NULL, listener_main, housekeeping) == 0;
    return housekeeping->running
               ? RESULT_OK
               : fail(error, RESULT_NO_MEMORY, NULL, "no thread for housekeeping");
}

void housekeeping_wake(void *context)
{
    struct housekeeping *housekeeping = context;
    (void)pthread_mutex_lock(&housekeeping->lock);
    housekeeping->wake = true;
    (void)pthread_cond_signal(&housekeeping->wanted);
    (void)pthread_mutex_unlock(&housekeeping->lock);
}

void housekeeping_free(struct housekeeping *housekeeping)
{
    if (housekeeping == NULL) {
        return;
    }
    atomic_store(&housekeeping->stopping, true);
    (void)pthread_mutex_lock(&housekeeping->lock);
    housekeeping->ending = true;
    (void)pthread_cond_signal(&housekeeping->wanted);
    (void)pthread_mutex_unlock(&housekeeping->lock);
    if (housekeeping->running) {
        (void)pthread_join(housekeeping->thread, NULL);
    }
    if (housekeeping->listening) {
        (void)pthread_join(housekeeping->listener, NULL);
    }
    (void)pthread_cond_destroy(&housekeeping->wanted);
    (void)pthread_mutex_destroy(&housekeeping->lock);
    (void)pthread_mutex_destroy(&housekeeping->step_lock);
    free(housekeeping);
}
