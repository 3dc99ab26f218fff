#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/agent_parts.h"
#include "agent/note.h"
#include "agent/state_dir.h"
#include "base/arena.h"
#include "base/time.h"

enum {
    STOP_S_MAX = 5, /* for the last batch; what is left is in the queue on disk */
    LOAD_ARENA_BYTES = 128 * 1024 * 1024,
};

static enum result spool_start(struct agent *agent, struct error *error)
{
    char path[PATH_MAX];
    uint64_t bytes = agent->options->queue_bytes;
    int length = snprintf(path, sizeof(path), "%s/" SPOOL_FOLDER, agent->state_dir);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return fail(error, RESULT_INVALID, "state", "the path of the state folder is too long");
    }
    return spool_open(path, bytes == 0 ? SPOOL_BYTES_USUAL : bytes, &agent->spool, error);
}

static enum result agent_load(struct agent *agent, struct error *error)
{
    struct identity identity;
    struct arena *arena = arena_new(LOAD_ARENA_BYTES);
    if (arena == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory to start");
    }
    enum result result = identity_load(arena, agent->state_dir, &identity, error);
    if (result == RESULT_NOT_FOUND) {
        result = fail(error, RESULT_NOT_FOUND, NULL,
                      "this computer is not enrolled: run `reeve agent enrol` first");
    }
    if (result == RESULT_OK) {
        result = agent_set_identity(agent, &identity, IDENTITY_NEW_COMPUTER, error);
        policy_store_load(arena, agent->state_dir, &agent->policy);
    }
    arena_free(arena);
    return result;
}

static void agent_done(struct agent *agent)
{
    spool_close(agent->spool);
    arena_free(agent->identity_arena);
    (void)pthread_cond_destroy(&agent->changed);
    (void)pthread_mutex_destroy(&agent->lock);
}

static enum result agent_init(struct agent *agent, const struct agent_run_options *options,
                              struct error *error)
{
    pthread_condattr_t monotonic;
    memset(agent, 0, sizeof(*agent));
    agent->options = options;
    agent->state_dir = options->state_dir == NULL ? STATE_DIR_USUAL : options->state_dir;
    (void)pthread_mutex_init(&agent->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&agent->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    uuid_make(time_now_us(), &agent->run_id);
    facts_collect(&agent->facts);
    enum result result = agent_load(agent, error);
    return result == RESULT_OK ? spool_start(agent, error) : result;
}

/* --- running ------------------------------------------------------------------------------------------------------------------ */

static void signals_block(sigset_t *out)
{
    (void)sigemptyset(out);
    (void)sigaddset(out, SIGTERM);
    (void)sigaddset(out, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, out, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a bound on the size of files is a full disk, not the end */
}

static void stop_begin(struct agent *agent)
{
    (void)pthread_mutex_lock(&agent->lock);
    agent->stopping = true;
    if (agent->check_in_session != NULL) {
        conversation_cancel(agent->check_in_session);
    }
    (void)pthread_cond_broadcast(&agent->changed);
    (void)pthread_mutex_unlock(&agent->lock);
}

static void sender_cancel(struct agent *agent)
{
    (void)pthread_mutex_lock(&agent->lock);
    if (agent->sender_session != NULL) {
        conversation_cancel(agent->sender_session);
    }
    (void)pthread_mutex_unlock(&agent->lock);
}

static enum result threads_run(struct agent *agent, const sigset_t *signals, struct error *error)
{
    pthread_t check_in;
    pthread_t sender;
    int which = 0;
    if (pthread_create(&sender, NULL, sender_main, agent) != 0) {
        return fail(error, RESULT_BROKEN, NULL, "no thread for events");
    }
    bool both = pthread_create(&check_in, NULL, check_in_main, agent) == 0;
    if (both) {
        (void)sigwait(signals, &which);
    }
    stop_begin(agent);
    const struct timespec deadline = { .tv_sec = time_now_us() / US_PER_SECOND + STOP_S_MAX };
    if (pthread_timedjoin_np(sender, NULL, &deadline) != 0) {
        sender_cancel(agent);
        (void)pthread_join(sender, NULL);
    }
    if (both) {
        (void)pthread_join(check_in, NULL);
    }
    return both ? RESULT_OK : fail(error, RESULT_BROKEN, NULL, "no thread for check-ins");
}

static enum result run(const struct agent_run_options *options, struct error *error)
{
    struct agent agent;
    sigset_t signals;
    int lock = -1;
    const char *state_dir = options->state_dir == NULL ? STATE_DIR_USUAL : options->state_dir;
    signals_block(&signals);
    TRY(state_dir_make(state_dir, error));
    TRY(state_dir_lock(state_dir, &lock, error));
    enum result result = agent_init(&agent, options, error);
    if (result == RESULT_OK) {
        note(state_dir, LOG_INFO, "agent %s started as computer %s for %s", REEVE_VERSION,
             agent.identity.computer_id, agent.identity.server);
        result = threads_run(&agent, &signals, error);
        note(state_dir, LOG_INFO, "agent stopped");
        agent_status_save(&agent);
    }
    agent_done(&agent);
    (void)close(lock);
    return result;
}

int agent_run_main(const struct agent_run_options *options)
{
    struct error error = { .field = NULL };
    if (run(options, &error) != RESULT_OK) {
        (void)fprintf(stderr, "reeve agent run: %s\n", error.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
