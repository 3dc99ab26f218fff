#include "scene/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "model/body.h"
#include "resource/all.h"
#include "scene/cast.h"
#include "server/instance.h"
#include "store/store.h"

enum { STEP_ARENA_BYTES = 512 * 1024 * 1024 };

enum result stage_open(struct instance *instance, const struct scene_options *options,
                       struct stage *out, struct error *error)
{
    *out = (struct stage){ .instance = instance, .options = options, .error = error };
    out->policies = calloc((size_t)options->policies, sizeof(*out->policies));
    out->groups = calloc((size_t)options->groups, sizeof(*out->groups));
    out->arena = arena_new(STEP_ARENA_BYTES);
    enum result result = RESULT_OK;
    if (out->policies == NULL || out->groups == NULL || out->arena == NULL) {
        result = fail(error, RESULT_NO_MEMORY, NULL, "no memory for a scene");
    } else {
        result = session_open(instance->store, SESSION_WRITE, &out->session, error);
    }
    if (result != RESULT_OK) {
        stage_close(out);
    }
    return result;
}

void stage_close(struct stage *stage)
{
    if (stage->session != NULL) {
        session_close(stage->session);
    }
    arena_free(stage->arena);
    free(stage->policies);
    free(stage->groups);
    *stage = (struct stage){ .session = NULL };
}

/* --- a step --------------------------------------------------------------------------------------------- */

static const struct principal *actor(const struct stage *stage, int who)
{
    static const struct principal system_itself = { .kind = PRINCIPAL_SYSTEM, .name = "system" };
    if (who == SCENE_ITSM) {
        return &stage->itsm;
    }
    if (who == SCENE_AGENT) {
        return &stage->agent;
    }
    return who < 0 || stage->user_count == 0 ? &system_itself
                                             : &stage->users[(size_t)who % stage->user_count];
}

enum result stage_do(struct stage *stage, int64_t at_us, int who, stage_work *work, void *argument)
{
    struct faults faults;
    const struct principal *principal = actor(stage, who);
    time_hold(at_us);
    arena_reset(stage->arena);
    faults_init(&faults, stage->arena);
    struct ctx ctx = {
        .arena = stage->arena,
        .session = stage->session,
        .now_us = at_us,
        .rules = &stage->instance->rules,
        .principal = principal,
        .caller = principal->id,
        .error = stage->error,
        .faults = &faults,
        .keys = &stage->instance->keys,
        .version = API_V3,
    };
    TRY(session_begin(stage->session, stage->error));
    enum result result = work(stage, &ctx, argument);
    if (result == RESULT_OK) {
        return session_commit(stage->session, stage->error);
    }
    session_rollback(stage->session);
    return result;
}

/* --- the API -------------------------------------------------------------------------------------------- */

struct api_step {
    const struct stage_call *call;
    char id[UUID_TEXT_BYTES];
};

static const struct route *route_of(const char *operation)
{
    for (size_t i = 0; i < RESOURCE_TABLES; i++) {
        for (size_t k = 0; k < *resource_tables[i].count; k++) {
            if (strcmp(resource_tables[i].routes[k].id, operation) == 0) {
                return &resource_tables[i].routes[k];
            }
        }
    }
    return NULL;
}

static struct slice no_header(const struct call *call, const char *name)
{
    (void)call;
    (void)name;
    return (struct slice){ 0 };
}

/* The faults that the API would answer. */
static enum result check_input(struct ctx *ctx, const struct stage_call *order, struct call *call)
{
    const struct route *route = call->route;
    if (order->body != NULL) {
        TRY(json_parse(ctx->arena, slice_of(order->body), &json_limits_usual, &call->body,
                       ctx->error));
    }
    if (route->body_kind == BODY_JSON) {
        body_check(route->body, ctx->version, call->body, ctx->faults);
    } else if (route->body_kind == BODY_FORM) {
        body_check_form(route->body, ctx->version, order->form, ctx->faults);
    }
    return ctx->faults->count == 0
               ? RESULT_OK
               : fail(ctx->error, RESULT_INVALID, NULL, "%s: %s: %s", order->operation,
                      ctx->faults->items[0].field, ctx->faults->items[0].text);
}

/* A bare id, or the member id of an object; empty when there is neither. */
static enum result answered_id(struct ctx *ctx, const struct reply *reply,
                               char out[UUID_TEXT_BYTES])
{
    const struct json *answer = NULL;
    struct uuid id = { "" };
    if (reply->body.length > 0) {
        TRY(json_parse(ctx->arena, buffer_slice(&reply->body), &json_limits_usual, &answer,
                       ctx->error));
        (void)uuid_parse(
            json_text_of(json_is(answer, JSON_OBJECT) ? json_get_any_case(answer, "id") : answer),
            &id);
    }
    (void)snprintf(out, UUID_TEXT_BYTES, "%s", id.text);
    return RESULT_OK;
}

static enum result run_route(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    if (call->route->prepare != NULL) {
        TRY(call->route->prepare(ctx, call, reply));
    }
    TRY(call->route->run(ctx, call, reply));
    return ctx->audited || !route_is_audited(call->route)
               ? RESULT_OK
               : fail(ctx->error, RESULT_BROKEN, NULL, "%s left no audit", call->route->id);
}

static enum result api_step(struct stage *stage, struct ctx *ctx, void *argument)
{
    struct api_step *step = argument;
    const struct stage_call *order = step->call;
    struct reply reply;
    struct call call = {
        .route = route_of(order->operation),
        .path = order->operation,
        .form = order->form,
        .raw_file = -1,
        .header = no_header,
        .ids = { slice_of(order->id) },
        .id_count = order->id == NULL ? 0 : 1,
    };
    (void)stage;
    if (call.route == NULL) {
        return fail(ctx->error, RESULT_BROKEN, NULL, "there is no operation %s", order->operation);
    }
    TRY(check_input(ctx, order, &call));
    reply_init(&reply);
    enum result result = run_route(ctx, &call, &reply);
    if (result == RESULT_OK) {
        result = answered_id(ctx, &reply, step->id);
    }
    reply_done(&reply);
    return result;
}

enum result stage_api(struct stage *stage, int64_t at_us, int who, const struct stage_call *call,
                      char out_id[UUID_TEXT_BYTES])
{
    struct api_step step = { .call = call };
    TRY(stage_do(stage, at_us, who, api_step, &step));
    if (out_id != NULL) {
        memcpy(out_id, step.id, UUID_TEXT_BYTES);
    }
    return RESULT_OK;
}

/* --- places ----------------------------------------------------------------------------------------------- */

void stage_computer_id(const struct stage *stage, int64_t number, struct uuid *out)
{
    uuid_seeded(stage->options->seed, SCENE_ID_COMPUTER + (uint64_t)number, out);
}

/* Servers in every third group from the second, the rest in the others; a few in the last one, which has no policy. */
int64_t stage_group_of(const struct stage *stage, int64_t number)
{
    enum { LAST_OF = 10, LAST_AT = 7 };
    int64_t groups = stage->options->groups;
    enum machine_life life = machine_life(number);
    if (life == LIFE_PENDING || life == LIFE_REJECTED) {
        return -1;
    }
    if (groups == 1 || number % LAST_OF == LAST_AT) {
        return groups - 1;
    }
    int64_t with_policy = groups - 1;
    int64_t at = number % with_policy;
    bool server = machine_kind(stage->options->seed, number)->server;
    bool for_servers = at % 3 == 1;
    return server == for_servers || with_policy < 3 ? at : server ? 1 : at == 1 ? 0 : at - 1;
}

void stage_progress(const struct stage *stage, const char *what, int64_t done, int64_t all)
{
    if (stage->options->progress != NULL) {
        stage->options->progress(stage->options->context, what, done, all);
    }
}
