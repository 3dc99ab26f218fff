#include "scene/month.h"

#include <stdlib.h>

#include "base/time.h"
#include "resource/computers/computers.h"
#include "scene/cast.h"
#include "scene/dice.h"

enum {
    DAYS = 30,
    EVENTS_A_SESSION = 20,
    STORY_SHARE = 4, /* a quarter of the events at most are of requests */
    REQUESTS_LEAST = 36,
    REQUESTS_MOST = 144,
    COMPUTERS_A_REQUEST = 50,
    TOGETHER = 20, /* sessions of one transaction */
};

/* Something that happens in the month: a session, or a step of a request. */
struct moment {
    int64_t at_us, order; /* equal moments keep their order */
    int64_t session;      /* its number; -1: a step */
    int64_t request;
    enum beat beat;
    int64_t count; /* events of it */
};

struct timeline {
    struct moment *moments;
    size_t count, room;
    int64_t events; /* planned */
};

static enum result add(struct stage *stage, struct timeline *line, struct moment moment)
{
    if (line->count == line->room) {
        size_t room = line->room == 0 ? 1024 : line->room * 2;
        struct moment *grown = realloc(line->moments, room * sizeof(*grown));
        if (grown == NULL) {
            return fail(stage->error, RESULT_NO_MEMORY, NULL, "no memory for a scene");
        }
        line->moments = grown;
        line->room = room;
    }
    moment.order = (int64_t)line->count;
    line->moments[line->count++] = moment;
    line->events += moment.count;
    return RESULT_OK;
}

static int by_time(const void *a, const void *b)
{
    const struct moment *first = a;
    const struct moment *second = b;
    if (first->at_us != second->at_us) {
        return first->at_us < second->at_us ? -1 : 1;
    }
    return first->order < second->order ? -1 : 1;
}

/* --- the plan -------------------------------------------------------------------------------------------------- */

static int64_t events_wanted(const struct scene_options *options)
{
    if (options->computers == 0) {
        return 0;
    }
    if (options->events >= 0) {
        return options->events;
    }
    if (options->events_per_computer > 0) {
        return options->events_per_computer * options->computers;
    }
    int64_t usual = options->computers * SCENE_EVENTS_USUAL;
    usual = usual < SCENE_EVENTS_SHOWN ? SCENE_EVENTS_SHOWN : usual;
    return usual > SCENE_EVENTS_USUAL_MAX ? SCENE_EVENTS_USUAL_MAX : usual;
}

static int64_t requests_wanted(const struct scene_options *options)
{
    int64_t wanted = options->computers / COMPUTERS_A_REQUEST;
    if (options->computers == 0) {
        return 0;
    }
    wanted = wanted < REQUESTS_LEAST ? REQUESTS_LEAST : wanted;
    return wanted > REQUESTS_MOST ? REQUESTS_MOST : wanted;
}

static enum result plan_requests(struct stage *stage, struct timeline *line, int64_t events_max)
{
    int64_t requests = requests_wanted(stage->options);
    for (int64_t i = 0; i < requests; i++) {
        struct story story;
        story_cast(stage, i, &story);
        int64_t at_us = story.start_us;
        for (size_t k = 0; k < PLOT_STEPS && story.plot->steps[k].beat != BEAT_NOTHING; k++) {
            enum beat beat = story.plot->steps[k].beat;
            int64_t count = session_events_of(beat);
            at_us += story.plot->steps[k].after_minutes * 60 * US_PER_SECOND;
            if (count > 0 && line->events + count > events_max) {
                continue; /* it happens, but nobody wrote it down */
            }
            const struct moment moment = {
                .at_us = at_us, .session = -1, .request = i, .beat = beat, .count = count
            };
            TRY(add(stage, line, moment));
        }
    }
    return RESULT_OK;
}

/* Most work is done between eight and six, in the order of the sessions over the month. */
static int64_t session_start(const struct stage *stage, int64_t number, int64_t sessions)
{
    enum { FIRST_HOUR = 7, HOURS = 10, LAST_MINUTES = 90 };
    struct dice dice = dice_for(stage->options->seed, DICE_SESSION, (uint64_t)number);
    int64_t now_us = stage->options->now_us;
    int64_t today_us = now_us / US_PER_DAY * US_PER_DAY;
    int64_t day = number * DAYS / sessions;
    int64_t second = FIRST_HOUR * 3600 + (int64_t)dice_below(&dice, HOURS * 3600);
    int64_t start_us = today_us - (DAYS - 1 - day) * US_PER_DAY + second * US_PER_SECOND;
    /* What would not be over yet today was yesterday. */
    return start_us > now_us - LAST_MINUTES * 60 * US_PER_SECOND ? start_us - US_PER_DAY : start_us;
}

static enum result plan_sessions(struct stage *stage, struct timeline *line, int64_t events)
{
    int64_t sessions = (events + EVENTS_A_SESSION - 1) / EVENTS_A_SESSION;
    for (int64_t i = 0; i < sessions; i++) {
        int64_t left = events - i * EVENTS_A_SESSION;
        const struct moment moment = {
            .at_us = session_start(stage, i, sessions),
            .session = i,
            .count = left < EVENTS_A_SESSION ? left : EVENTS_A_SESSION,
        };
        TRY(add(stage, line, moment));
    }
    return RESULT_OK;
}

/* What administrators beat of computers now and then. */
static enum result plan_all(struct stage *stage, struct timeline *line)
{
    int64_t wanted = events_wanted(stage->options);
    TRY(plan_requests(stage, line, wanted / STORY_SHARE));
    TRY(plan_sessions(stage, line, wanted - line->events));
    qsort(line->moments, line->count, sizeof(*line->moments), by_time);
    return RESULT_OK;
}

/* --- the play ---------------------------------------------------------------------------------------------------- */

static void session_of(const struct stage *stage, const struct moment *moment, struct story *story,
                       struct session_plan *out)
{
    *out = (struct session_plan){ .start_us = moment->at_us, .count = moment->count };
    if (moment->session >= 0) {
        out->number = moment->session;
        out->computer = reporting_computer(stage, moment->session);
        out->person = machine_owner(stage->options->seed, out->computer);
        return;
    }
    story_cast(stage, moment->request, story);
    out->number = (moment->request << 32) + moment->order;
    out->computer = story->computer;
    out->person = story->person;
    out->story = story;
    out->beat = moment->beat;
}

struct run { /* of sessions one after the other */
    const struct moment *moments;
    size_t count;
};

static enum result play_run(struct stage *stage, struct ctx *ctx, void *argument)
{
    const struct run *run = argument;
    for (size_t i = 0; i < run->count; i++) {
        struct session_plan plan;
        struct story story;
        session_of(stage, &run->moments[i], &story, &plan);
        ctx->now_us = session_end_us(&plan);
        time_hold(ctx->now_us);
        TRY(session_play(stage, ctx, &plan));
    }
    return RESULT_OK;
}

static enum result play_all(struct stage *stage, const struct timeline *line)
{
    size_t i = 0;
    while (i < line->count) {
        const struct moment *moment = &line->moments[i];
        struct run run = { .moments = moment };
        while (run.count < TOGETHER && i < line->count && line->moments[i].count > 0) {
            run.count++;
            i++;
        }
        if (run.count > 0) {
            TRY(stage_do(stage, moment->at_us, SCENE_SYSTEM, play_run, &run));
            stage_progress(stage, "events", stage->events, line->events);
            continue;
        }
        struct story story;
        story_cast(stage, moment->request, &story);
        TRY(story_step(stage, &story, moment->beat, moment->at_us));
        i++;
    }
    return RESULT_OK;
}

enum result act_month(struct stage *stage)
{
    struct timeline line = { .moments = NULL };
    enum result result = plan_all(stage, &line);
    if (result == RESULT_OK) {
        result = play_all(stage, &line);
    }
    free(line.moments);
    return result;
}
