/* `reeve agent request` and `reeve agent session`: what a user at this computer asks for and does. */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/application_facts.h"
#include "agent/conversation.h"
#include "agent/decisions.h"
#include "agent/identity.h"
#include "agent/state_dir.h"
#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"

enum {
    REQUESTS_ARENA_BYTES = 64 * 1024 * 1024,
    ANSWER_BYTES_MAX = 1024 * 1024,
    PATH_BYTES = 128,
    USER_BYTES = 256,
    ASK_S_MAX = 30, /* with repetitions, until the server has the request */
    WAIT_S_AT_ONCE = 60,
    WAIT_MARGIN_S = 30, /* over the wait that was asked for, before the answer counts as lost */
    RETRY_MS = 500,
};

struct asking {
    struct arena *arena;
    struct conversation *session;
    struct conversation_answer answer;
};

static enum result identity_known(struct arena *arena, const char *dir, struct identity *out,
                                  struct error *error)
{
    enum result result = identity_load(arena, dir, out, error);
    return result == RESULT_NOT_FOUND
               ? fail(error, RESULT_NOT_FOUND, NULL,
                      "this computer is not enrolled: run `reeve agent enrol` first")
               : result;
}

static enum result asking_open(const char *state_dir, struct asking *out, struct error *error)
{
    struct identity identity;
    const char *dir = state_dir == NULL ? STATE_DIR_USUAL : state_dir;
    out->arena = arena_new(REQUESTS_ARENA_BYTES);
    if (out->arena == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the request");
    }
    TRY(identity_known(out->arena, dir, &identity, error));
    return conversation_open(&identity, ANSWER_BYTES_MAX, &out->session, error);
}

static void asking_close(struct asking *asking)
{
    conversation_close(asking->session);
    arena_free(asking->arena);
}

static void pause_before_retry(void)
{
    (void)nanosleep(&(struct timespec){ .tv_nsec = RETRY_MS * 1000000L }, NULL);
}

/* The same call until it is answered, or for so long. Every write may be repeated: the outcome is the same. */
static enum result call(struct asking *asking, const struct http_call *call, int64_t until_us,
                        struct error *error)
{
    enum protocol_fault fault = PROTOCOL_LATER;
    for (bool told = false;; told = true) {
        fault = conversation_call(asking->session, asking->arena, call, &asking->answer, error);
        if (fault != PROTOCOL_LATER || time_monotonic_us() >= until_us) {
            break;
        }
        if (!told) {
            (void)fprintf(stderr, "reeve agent: %s; trying again for %" PRId64 " seconds\n",
                          error->text, (until_us - time_monotonic_us()) / US_PER_SECOND + 1);
        }
        pause_before_retry();
    }
    if (fault == PROTOCOL_FINE) {
        return RESULT_OK;
    }
    return fault == PROTOCOL_LATER ? RESULT_BUSY : RESULT_CONFLICT;
}

static int64_t seconds_from_now(int64_t seconds)
{
    return time_monotonic_us() + seconds * US_PER_SECOND;
}

static enum result post(struct asking *asking, const char *path, struct slice body,
                        struct protocol_request *out, struct error *error)
{
    static const char *const headers[] = { PROTOCOL_JSON, NULL };
    const struct http_call order = { .method = "POST",
                                     .path = path,
                                     .headers = headers,
                                     .body = body,
                                     .timeout_ms = CALL_TIMEOUT_MS };
    TRY(call(asking, &order, seconds_from_now(ASK_S_MAX), error));
    return protocol_request_read(asking->arena, asking->answer.http.body, out, error);
}

/* Reads the request until it is decided, or until the time is over. */
static enum result await_decision(struct asking *asking, uint32_t wait_s,
                                  struct protocol_request *request, struct error *error)
{
    int64_t until_us = seconds_from_now(wait_s);
    char path[PATH_BYTES];
    struct uuid id = request->id;
    while (slice_is(request->state, "Pending") && time_monotonic_us() < until_us) {
        int64_t left_s = (until_us - time_monotonic_us()) / US_PER_SECOND + 1;
        unsigned now_s = (unsigned)(left_s > WAIT_S_AT_ONCE ? WAIT_S_AT_ONCE : left_s);
        arena_reset(asking->arena);
        (void)snprintf(path, sizeof(path), PROTOCOL_REQUEST_WAIT, id.text, now_s);
        const struct http_call order = { .method = "GET",
                                         .path = path,
                                         .timeout_ms = (now_s + WAIT_MARGIN_S) * 1000 };
        TRY(call(asking, &order, until_us, error));
        TRY(protocol_request_read(asking->arena, asking->answer.http.body, request, error));
    }
    return RESULT_OK;
}

/* --- for people ------------------------------------------------------------------------------------------------ */

static void print_line(const char *label, struct slice text)
{
    if (text.length > 0) {
        (void)printf("%-12s%.*s\n", label, (int)text.length, text.text);
    }
}

static void print_request(const struct asking *asking, const struct protocol_request *request,
                          bool json)
{
    if (json) {
        struct slice body = asking->answer.http.body;
        (void)printf("%.*s\n", (int)body.length, body.text);
        return;
    }
    print_line("request", slice_of(request->id.text));
    print_line("state", request->state);
    print_line("ticket", request->ticket_id);
    print_line("duration", request->duration);
    print_line("until", request->end_date);
    if (request->seconds > 0) {
        (void)printf("%-12s%lld\n", "seconds", (long long)request->seconds);
    }
    print_line("decided by", request->decided_by);
    print_line("message", request->message);
}

static int exit_of(const struct protocol_request *request, bool waited)
{
    bool granted = slice_is(request->state, "Approved") || slice_is(request->state, "Active");
    if (slice_is(request->state, "Pending")) {
        return waited ? AGENT_EXIT_UNDECIDED : EXIT_SUCCESS;
    }
    return granted ? EXIT_SUCCESS : AGENT_EXIT_DENIED;
}

/* Whoever is behind sudo, else whose process this is. */
static void user_here(char out[USER_BYTES], char out_id[USER_BYTES])
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *account =
        sudo != NULL && sudo[0] != '\0' ? getpwnam(sudo) : getpwuid(getuid());
    (void)snprintf(out, USER_BYTES, "%s", account == NULL ? "unknown" : account->pw_name);
    (void)snprintf(out_id, USER_BYTES, "%u",
                   (unsigned)(account == NULL ? getuid() : account->pw_uid));
}

/* --- request ----------------------------------------------------------------------------------------------------- */

static enum result order_body(struct arena *arena, const struct agent_request_options *options,
                              struct slice *out, struct error *error)
{
    char user[USER_BYTES];
    char user_id[USER_BYTES];
    struct uuid id;
    struct protocol_fact facts[APPLICATION_FACTS_MAX];
    struct protocol_request_order order = { .reason = options->reason, .facts = facts };
    user_here(user, user_id);
    order.user = options->user == NULL ? user : options->user;
    order.user_id = options->user == NULL ? user_id : NULL;
    order.seconds = options->seconds;
    uuid_make(time_now_us(), &id);
    if (options->id != NULL && !uuid_parse(slice_of(options->id), &id)) {
        return fail(error, RESULT_INVALID, "request", "--request must be a UUID");
    }
    order.id = id.text;
    if (options->path == NULL) {
        return protocol_admin_body(arena, &order, out, error);
    }
    TRY(application_facts(arena, options->path, options->command_line, facts, &order.fact_count,
                          error));
    return protocol_application_body(arena, &order, out, error);
}

static enum result ask(struct asking *asking, const struct agent_request_options *options,
                       int *out_exit, struct error *error)
{
    struct protocol_request request;
    struct slice body;
    TRY(asking_open(options->state_dir, asking, error));
    TRY(order_body(asking->arena, options, &body, error));
    const char *path = options->path == NULL ? PROTOCOL_ADMIN : PROTOCOL_APPLICATION;
    TRY(post(asking, path, body, &request, error));
    if (options->wait_s > 0) {
        TRY(await_decision(asking, options->wait_s, &request, error));
    }
    print_request(asking, &request, options->json);
    *out_exit = exit_of(&request, options->wait_s > 0);
    return RESULT_OK;
}

int agent_request_main(const struct agent_request_options *options)
{
    struct error error = { .field = NULL };
    struct asking asking = { .arena = NULL };
    int status = EXIT_FAILURE;
    if (ask(&asking, options, &status, &error) != RESULT_OK) {
        (void)fprintf(stderr, "reeve agent request: %s\n", error.text);
        status = EXIT_FAILURE;
    }
    asking_close(&asking);
    return status;
}

/* --- what came of it ---------------------------------------------------------------------------------------------- */

static enum result report(struct asking *asking, const struct agent_outcome_options *options,
                          struct error *error)
{
    struct protocol_request request;
    struct slice body;
    struct uuid id;
    char path[PATH_BYTES];
    TRY(asking_open(options->state_dir, asking, error));
    if (!uuid_parse(slice_of(options->id), &id)) {
        return fail(error, RESULT_INVALID, "request", "--request must be a UUID");
    }
    (void)snprintf(path, sizeof(path), PROTOCOL_REQUEST, id.text);
    TRY(protocol_request_event_body(asking->arena, options->event, options->reason, time_now_us(),
                                    &body, error));
    TRY(post(asking, path, body, &request, error));
    print_request(asking, &request, options->json);
    return RESULT_OK;
}

int agent_outcome_main(const struct agent_outcome_options *options)
{
    struct error error = { .field = NULL };
    struct asking asking = { .arena = NULL };
    enum result result = report(&asking, options, &error);
    if (result != RESULT_OK) {
        (void)fprintf(stderr, "reeve agent: %s\n", error.text);
    }
    asking_close(&asking);
    return result == RESULT_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- what is known here ---------------------------------------------------------------------------------------------- */

int agent_decisions_main(const char *state_dir)
{
    struct arena *arena = arena_new(REQUESTS_ARENA_BYTES);
    const char *dir = state_dir == NULL ? STATE_DIR_USUAL : state_dir;
    struct identity identity;
    struct error error = { .field = NULL };
    if (arena != NULL && identity_known(arena, dir, &identity, &error) != RESULT_OK) {
        (void)fprintf(stderr, "reeve agent request: %s\n", error.text);
        arena_free(arena);
        return EXIT_FAILURE;
    }
    const struct json *decisions = arena == NULL ? NULL : decisions_load(arena, dir);
    const struct json *items = json_get(decisions, "items");
    const struct json *at = items == NULL ? NULL : items->first;
    for (; at != NULL; at = at->next) {
        struct protocol_request request;
        if (protocol_request_of(at, &request)) {
            (void)printf("%s  %-11.*s  %-9.*s  %.*s  %.*s\n", request.id.text,
                         (int)request.kind.length, request.kind.text, (int)request.state.length,
                         request.state.text, (int)request.ticket_id.length, request.ticket_id.text,
                         (int)request.user.length, request.user.text);
        }
    }
    arena_free(arena);
    return EXIT_SUCCESS;
}
