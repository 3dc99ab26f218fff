#include "fleet/fleet.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "fleet/roster.h"
#include "fleet/shard.h"

enum { THREADS_MAX = 2, SAVE_EVERY_S = 10, FILES_OWN = 64, REQUESTS_USUAL = 8192 };

struct fleet {
    const struct fleet_options *options;
    struct fleet_plan plan;
    struct computer *computers;
    struct shard_order shards[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    uint32_t thread_count;
    atomic_bool stop;
    int64_t started_us;
};

/* Open files bound what can be under way; asks for as many as the system lets us. */
static uint32_t requests_max(const struct fleet_options *options)
{
    struct rlimit limit = { .rlim_cur = 1024 };
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    uint64_t files = limit.rlim_cur > 2 * FILES_OWN ? limit.rlim_cur - FILES_OWN : FILES_OWN;
    uint64_t wanted = options->connections > 0 ? options->connections : REQUESTS_USUAL;
    if (options->connections == 0 && options->wait_s > 0) {
        wanted = (uint64_t)options->computers * 2; /* each waits, and sends events beside it */
    }
    wanted = wanted < files ? wanted : files;
    return wanted < 2 ? 2 : (uint32_t)wanted;
}

static enum result options_check(const struct fleet_options *options, struct error *error)
{
    struct uuid id;
    if (options->server == NULL || options->server[0] == '\0') {
        return fail(error, RESULT_INVALID, "server", "--server must name the server");
    }
    if (options->installation_id == NULL || options->installation_key == NULL ||
        !uuid_parse(slice_of(options->installation_id), &id)) {
        return fail(error, RESULT_INVALID, "installation-id",
                    "--installation-id and --installation-key must be given");
    }
    if (options->computers < 1 || options->computers > FLEET_COMPUTERS_MAX) {
        return fail(error, RESULT_INVALID, "computers", "--computers must be 1 to %d",
                    FLEET_COMPUTERS_MAX);
    }
    return RESULT_OK;
}

/* Keys are on the disk before anyone enrols: the same key is the same computer, whatever was killed in between. */
static enum result keys_make(struct fleet *fleet, struct error *error)
{
    enum { KEY_ARENA_BYTES = 64 * 1024 };
    struct arena *arena = arena_new(KEY_ARENA_BYTES);
    enum result result =
        arena == NULL ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for keys") : RESULT_OK;
    for (uint32_t i = 0; result == RESULT_OK && i < fleet->options->computers; i++) {
        arena_reset(arena);
        result = computer_prepare(arena, &fleet->computers[i], error);
    }
    arena_free(arena);
    if (result == RESULT_OK) {
        result = roster_save(fleet->options->state_file, fleet->computers,
                             fleet->options->computers, error);
    }
    return result;
}

static enum result fleet_make(struct fleet *fleet, struct error *error)
{
    struct uuid id;
    const struct fleet_options *options = fleet->options;
    fleet->computers = calloc(options->computers, sizeof(*fleet->computers)); /* the whole run */
    if (fleet->computers == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for %u computers",
                    options->computers);
    }
    for (uint32_t i = 0; i < options->computers; i++) {
        fleet->computers[i].number = i + 1;
    }
    for (uint32_t i = 0; i < THREADS_MAX; i++) {
        (void)pthread_mutex_init(&fleet->shards[i].lock, NULL);
    }
    /* Event ids are the same in every run against the same installation, and others' elsewhere. */
    if (uuid_parse(slice_of(options->installation_id), &id)) {
        for (size_t i = 0; id.text[i] != '\0'; i++) {
            fleet->plan.seed = fleet->plan.seed * 131 + (unsigned char)id.text[i];
        }
    }
    fleet->plan.options = options;
    if (options->state_file == NULL) {
        return RESULT_OK;
    }
    TRY(roster_load(options->state_file, fleet->computers, options->computers, error));
    return keys_make(fleet, error);
}

static void threads_start(struct fleet *fleet)
{
    uint32_t count = fleet->options->computers;
    uint32_t threads = count < THREADS_MAX ? 1 : THREADS_MAX;
    uint32_t requests = requests_max(fleet->options) / threads;
    uint32_t first = 0;
    for (uint32_t i = 0; i < threads; i++) {
        uint32_t share = count / threads + (i < count % threads ? 1 : 0);
        fleet->shards[i].plan = &fleet->plan;
        fleet->shards[i].computers = fleet->computers + first;
        fleet->shards[i].count = share;
        fleet->shards[i].requests_max = requests;
        fleet->shards[i].stop = &fleet->stop;
        first += share;
        if (pthread_create(&fleet->threads[i], NULL, shard_main, &fleet->shards[i]) != 0) {
            (void)!fail(&fleet->shards[i].error, RESULT_BROKEN, NULL, "no thread");
            return;
        }
        fleet->thread_count++;
    }
}

/* --- progress -------------------------------------------------------------------------------------------------------------- */

struct counts {
    uint64_t enrolled, check_ins, events, refusals;
};

static struct counts counts_now(struct fleet *fleet)
{
    struct counts sum = { .enrolled = 0 };
    for (uint32_t i = 0; i < fleet->thread_count; i++) {
        struct shard_progress *progress = &fleet->shards[i].progress;
        sum.enrolled += atomic_load(&progress->enrolled);
        sum.check_ins += atomic_load(&progress->check_ins);
        sum.events += atomic_load(&progress->events);
        sum.refusals += atomic_load(&progress->refusals);
    }
    return sum;
}

static void progress_print(struct fleet *fleet, struct counts *before)
{
    struct counts now = counts_now(fleet);
    if (isatty(STDERR_FILENO) == 1) {
        (void)fprintf(stderr,
                      "\r%4" PRId64 " s  computers %" PRIu64 "/%u  check-ins %" PRIu64
                      "/s  events %" PRIu64 "/s  refused %" PRIu64 "   ",
                      (time_monotonic_us() - fleet->started_us) / US_PER_SECOND, now.enrolled,
                      fleet->options->computers, now.check_ins - before->check_ins,
                      now.events - before->events, now.refusals);
    }
    *before = now;
}

/* A kill loses what the last seconds changed: the server's answers repair it. */
static void roster_keep(struct fleet *fleet)
{
    struct error error = { .field = NULL };
    if (fleet->options->state_file == NULL) {
        return;
    }
    for (uint32_t i = 0; i < THREADS_MAX; i++) {
        (void)pthread_mutex_lock(&fleet->shards[i].lock);
    }
    enum result result = roster_save(fleet->options->state_file, fleet->computers,
                                     fleet->options->computers, &error);
    for (uint32_t i = 0; i < THREADS_MAX; i++) {
        (void)pthread_mutex_unlock(&fleet->shards[i].lock);
    }
    if (result != RESULT_OK) {
        (void)fprintf(stderr, "\nreeve fleet: %s\n", error.text);
    }
}

static void watch(struct fleet *fleet, const sigset_t *signals)
{
    struct counts before = { .enrolled = 0 };
    const struct timespec second = { .tv_sec = 1 };
    for (uint32_t i = 0; i < fleet->options->duration_s; i++) {
        if (sigtimedwait(signals, NULL, &second) > 0) {
            break;
        }
        progress_print(fleet, &before);
        if (i % SAVE_EVERY_S == SAVE_EVERY_S - 1) {
            roster_keep(fleet);
        }
    }
    atomic_store(&fleet->stop, true);
    for (uint32_t i = 0; i < fleet->thread_count; i++) {
        (void)pthread_join(fleet->threads[i], NULL);
    }
    if (isatty(STDERR_FILENO) == 1) {
        (void)fputc('\n', stderr);
    }
}

/* --- the end ----------------------------------------------------------------------------------------------------------------- */

static bool wrong_refusals(const struct stats *stats)
{
    enum { BAD_REQUEST = 400, UNSUPPORTED = 415 };
    uint64_t count = 0;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        count += stats->statuses[i][BAD_REQUEST] + stats->statuses[i][UNSUPPORTED];
    }
    return count > 0;
}

static int summary(struct fleet *fleet)
{
    static struct stats sum; /* large; only one summary a process */
    uint64_t acknowledged = 0;
    uint64_t applied = 0;
    bool started = true;
    uint64_t enrolled = counts_now(fleet).enrolled;
    memset(&sum, 0, sizeof(sum));
    for (uint32_t i = 0; i < fleet->thread_count; i++) {
        stats_add(&sum, &fleet->shards[i].stats);
        if (fleet->shards[i].error.text[0] != '\0') {
            (void)fprintf(stderr, "reeve fleet: %s\n", fleet->shards[i].error.text);
            started = false;
        }
    }
    for (uint32_t i = 0; i < fleet->options->computers; i++) {
        acknowledged += (uint64_t)fleet->computers[i].acknowledged;
        applied += fleet->computers[i].applied[0] != '\0' ? 1 : 0;
    }
    if (enrolled < fleet->options->computers && sum.problem != NULL) {
        (void)fprintf(stderr, "reeve fleet: no answer from %s: %s\n", fleet->options->server,
                      sum.problem);
    }
    double seconds = (double)(time_monotonic_us() - fleet->started_us) / (double)US_PER_SECOND;
    (void)printf("%" PRIu64 " of %u computers at work, %" PRIu64 " run a policy, %.1f s\n\n",
                 enrolled, fleet->options->computers, applied, seconds);
    stats_print(&sum, seconds, stdout);
    (void)printf("\nevents acknowledged in this run %" PRIu64 ", repeated %" PRIu64
                 ", counted as lost %" PRIu64 "\nacknowledged of these computers in all %" PRIu64
                 "\n",
                 sum.events_stored, sum.events_repeated, sum.events_lost, acknowledged);
    bool well = started && enrolled == fleet->options->computers && !wrong_refusals(&sum);
    return well ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void fleet_done(struct fleet *fleet)
{
    for (uint32_t i = 0; fleet->computers != NULL && i < fleet->options->computers; i++) {
        computer_done(&fleet->computers[i]);
    }
    free(fleet->computers);
    free(fleet);
}

int fleet_main(const struct fleet_options *options)
{
    struct error error = { .field = NULL };
    struct fleet *fleet = calloc(1, sizeof(*fleet)); /* one a process */
    sigset_t signals;
    if (fleet == NULL) {
        (void)fputs("reeve fleet: no memory\n", stderr);
        return EXIT_FAILURE;
    }
    fleet->options = options;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    int status = EXIT_FAILURE;
    if (options_check(options, &error) == RESULT_OK && fleet_make(fleet, &error) == RESULT_OK) {
        fleet->started_us = time_monotonic_us();
        threads_start(fleet);
        watch(fleet, &signals);
        roster_keep(fleet);
        status = summary(fleet);
    } else {
        (void)fprintf(stderr, "reeve fleet: %s\n", error.text);
    }
    fleet_done(fleet);
    return status;
}
