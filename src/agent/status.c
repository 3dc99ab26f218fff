#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent_parts.h"
#include "agent/state_dir.h"
#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "json/write.h"

enum { STATUS_ARENA_BYTES = 128 * 1024 * 1024, STATUS_BYTES_MAX = 64 * 1024 };

struct status {
    struct identity identity;
    struct applied_policy policy;
    struct spool_counts queue;
    const struct json *last; /* what the running agent wrote, or NULL */
};

static enum result status_read(struct arena *arena, const char *dir, struct status *out,
                               struct error *error)
{
    char path[PATH_MAX];
    struct slice bytes;
    memset(out, 0, sizeof(*out));
    enum result result = identity_load(arena, dir, &out->identity, error);
    if (result == RESULT_NOT_FOUND) {
        return fail(error, RESULT_NOT_FOUND, NULL, "this computer is not enrolled (no %s/%s)", dir,
                    IDENTITY_FILE);
    }
    TRY(result);
    policy_store_load(arena, dir, &out->policy);
    int length = snprintf(path, sizeof(path), "%s/" SPOOL_FOLDER, dir);
    if (length < 0 || (size_t)length >= sizeof(path) ||
        spool_inspect(path, &out->queue, NULL) != RESULT_OK) {
        memset(&out->queue, 0, sizeof(out->queue)); /* it never ran */
    }
    if (state_read(arena, dir, STATUS_FILE, STATE_FILE_BYTES_MAX, &bytes, NULL) == RESULT_OK &&
        json_parse(arena, bytes, &json_limits_usual, &out->last, NULL) != RESULT_OK) {
        out->last = NULL;
    }
    return RESULT_OK;
}

static void print_json(const struct status *status)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, STATUS_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_member_text(&writer, "computerId", status->identity.computer_id);
    json_member_text(&writer, "server", status->identity.server);
    json_member_slice(&writer, "state", json_text_of(json_get(status->last, "state")));
    const struct json *contact = json_get(status->last, "lastContact");
    json_key(&writer, "lastContact");
    if (contact == NULL) {
        json_put_null(&writer);
    } else {
        json_put_value(&writer, contact);
    }
    struct slice problem = json_text_of(json_get(status->last, "problem"));
    json_key(&writer, "problem");
    if (problem.length == 0) {
        json_put_null(&writer);
    } else {
        json_put_slice(&writer, problem);
    }
    json_key(&writer, "policy");
    if (status->policy.revision_id.text[0] == '\0') {
        json_put_null(&writer);
    } else {
        json_begin_object(&writer);
        json_member_text(&writer, "id", status->policy.policy_id.text);
        json_member_text(&writer, "name", status->policy.name);
        json_member_int(&writer, "revision", status->policy.revision);
        json_member_text(&writer, "revisionId", status->policy.revision_id.text);
        json_end_object(&writer);
    }
    json_member_int(&writer, "queuedEvents", (int64_t)status->queue.queued);
    json_member_int(&writer, "lostEvents", (int64_t)status->queue.lost);
    json_end_object(&writer);
    (void)printf("%.*s\n", (int)text.length, text.length > 0 ? text.bytes : "");
    buffer_done(&text);
}

static void print_slice(const char *label, struct slice text, const char *otherwise)
{
    if (text.length == 0) {
        text = slice_of(otherwise);
    }
    (void)printf("%-14s%.*s\n", label, (int)text.length, text.text);
}

static void print_text(const struct status *status)
{
    print_slice("computer", slice_of(status->identity.computer_id), "");
    print_slice("server", slice_of(status->identity.server), "");
    print_slice("state", json_text_of(json_get(status->last, "state")), "not known yet");
    print_slice("last contact", json_text_of(json_get(status->last, "lastContact")), "never");
    struct slice problem = json_text_of(json_get(status->last, "problem"));
    if (problem.length > 0) {
        print_slice("problem", problem, "");
    }
    if (status->policy.revision_id.text[0] == '\0') {
        print_slice("policy", slice_of("none"), "");
    } else {
        (void)printf("%-14s%s, revision %" PRId64 "\n", "policy", status->policy.name,
                     status->policy.revision);
    }
    (void)printf("%-14s%" PRIu64 " events wait, %" PRIu64 " were lost\n", "queue",
                 status->queue.queued, status->queue.lost);
}

int agent_status_main(const struct agent_status_options *options)
{
    struct error error = { .field = NULL };
    struct status status;
    struct arena *arena = arena_new(STATUS_ARENA_BYTES);
    const char *dir = options->state_dir == NULL ? STATE_DIR_USUAL : options->state_dir;
    enum result result = arena == NULL
                             ? fail(&error, RESULT_NO_MEMORY, NULL, "no memory for the status")
                             : status_read(arena, dir, &status, &error);
    if (result != RESULT_OK) {
        (void)fprintf(stderr, "reeve agent status: %s\n", error.text);
    } else if (options->json) {
        print_json(&status);
    } else {
        print_text(&status);
    }
    arena_free(arena);
    return result == RESULT_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
