#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent_parts.h"
#include "agent/state_dir.h"
#include "base/arena.h"

enum { ENROL_ARENA_BYTES = 8 * 1024 * 1024 };

static const char *given(const char *text)
{
    return text == NULL ? "" : text;
}

static enum result options_check(const struct agent_enrol_options *options, struct error *error)
{
    struct uuid id;
    if (given(options->server)[0] == '\0') {
        return fail(error, RESULT_INVALID, "server", "--server must name the server");
    }
    if (!uuid_parse(slice_of(given(options->installation_id)), &id)) {
        return fail(error, RESULT_INVALID, "installation-id", "--installation-id must be a UUID");
    }
    if (given(options->installation_key)[0] == '\0') {
        return fail(error, RESULT_INVALID, "installation-key",
                    "--installation-key must be given (see `reeve installation show`)");
    }
    if (options->group_id != NULL && !uuid_parse(slice_of(options->group_id), &id)) {
        return fail(error, RESULT_INVALID, "group", "--group must be a UUID");
    }
    return RESULT_OK;
}

/* The agent may be started from another folder than it was enrolled in. */
static const char *ca_path(struct arena *arena, const char *file)
{
    char path[PATH_MAX];
    if (file == NULL) {
        return "";
    }
    return realpath(file, path) == NULL ? file : arena_strdup(arena, path);
}

/* A queue that outlives its computer: the next computer's events begin at 1 again. */
static int64_t spool_base(const char *state_dir)
{
    char path[PATH_MAX];
    struct spool_counts counts;
    int length = snprintf(path, sizeof(path), "%s/" SPOOL_FOLDER, state_dir);
    bool known = length > 0 && (size_t)length < sizeof(path) &&
                 spool_inspect(path, &counts, NULL) == RESULT_OK;
    return known ? (int64_t)counts.first - 1 : 0;
}

static enum result enrol_now(struct arena *arena, const struct agent_enrol_options *options,
                             const char *dir, struct error *error)
{
    uint32_t retry_after_s = 0;
    struct facts facts;
    struct identity identity = {
        .server = options->server,
        .ca_file = ca_path(arena, options->ca_file),
        .installation_id = options->installation_id,
        .installation_key = options->installation_key,
        .group_id = given(options->group_id),
        .sequence_base = spool_base(dir),
    };
    facts_collect(&facts);
    if (identity.ca_file == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory to enrol");
    }
    enum protocol_fault fault = enrolment_ask(arena, dir, &facts, &identity, &retry_after_s, error);
    if (fault != PROTOCOL_FINE) {
        return fault == PROTOCOL_LATER ? RESULT_BUSY : RESULT_DENIED;
    }
    state_remove(dir, STATUS_FILE);
    (void)printf("enrolled as computer %s with %s\n", identity.computer_id, identity.server);
    return RESULT_OK;
}

/* RESULT_NOT_FOUND: there is an enrolment to be made. */
static enum result enrolled_before(struct arena *arena, const struct agent_enrol_options *options,
                                   const char *dir, struct error *error)
{
    struct identity identity;
    if (options->force) {
        return RESULT_NOT_FOUND;
    }
    TRY(identity_load(arena, dir, &identity, error));
    (void)printf("already enrolled as computer %s with %s\n", identity.computer_id,
                 identity.server);
    return RESULT_OK;
}

/* Not beside an agent that runs here, which would go on as the computer that was; and one enrolment at a time. */
static enum result enrol_locked(struct arena *arena, const struct agent_enrol_options *options,
                                const char *dir, struct error *error)
{
    int lock = -1;
    TRY(state_dir_lock(dir, &lock, error));
    enum result result = enrolled_before(arena, options, dir, error);
    if (result == RESULT_NOT_FOUND) {
        result = enrol_now(arena, options, dir, error);
    }
    (void)close(lock);
    return result;
}

static enum result enrol(struct arena *arena, const struct agent_enrol_options *options,
                         struct error *error)
{
    const char *dir = options->state_dir == NULL ? STATE_DIR_USUAL : options->state_dir;
    TRY(options_check(options, error));
    TRY(state_dir_make(dir, error));
    enum result result = enrolled_before(arena, options, dir, error);
    return result == RESULT_NOT_FOUND ? enrol_locked(arena, options, dir, error) : result;
}

int agent_enrol_main(const struct agent_enrol_options *options)
{
    struct error error = { .field = NULL };
    struct arena *arena = arena_new(ENROL_ARENA_BYTES);
    enum result result = arena == NULL ? fail(&error, RESULT_NO_MEMORY, NULL, "no memory to enrol")
                                       : enrol(arena, options, &error);
    arena_free(arena);
    if (result != RESULT_OK) {
        (void)fprintf(stderr, "reeve agent enrol: %s\n", error.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
