/* What happens on the endpoints: users log on, then programs run, are raised, are blocked; a batch of events a session. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "resource/events/events.h"
#include "scene/dice.h"
#include "scene/happening.h"
#include "scene/month.h"
#include "store/store.h"

enum { LINES_BYTES = 8 * 1024 * 1024, ARRIVES_S = 20, LONG_SESSION = 8 };

int64_t reporting_computer(const struct stage *stage, int64_t number)
{
    int64_t all = stage->options->computers;
    int64_t at = number % all;
    for (int64_t i = 0; i < all && !machine_reports(at); i++) {
        at = (at + 1) % all;
    }
    return at;
}

int64_t session_events_of(enum beat beat)
{
    enum { LOGON_AND_ONE = 2, LOGON_AND_TWO = 3 };
    return beat == BEAT_BLOCK || beat == BEAT_RUN ? LOGON_AND_ONE
           : beat == BEAT_WORK                    ? LOGON_AND_TWO
                                                  : 0;
}

/* Two minutes pass from one event to the next, a little more or less; the steps of a request are seconds. */
static int64_t event_us(const struct session_plan *plan, int64_t index)
{
    enum { APART_S = 120, MORE_S = 40, STORY_S = 10, MS = 1000 };
    bool is_story = plan->story != NULL;
    int64_t more_s = is_story ? 0 : (plan->number * 7 + index * 13) % MORE_S;
    int64_t apart_s = is_story ? STORY_S : APART_S;
    return plan->start_us + (index * apart_s + more_s) * US_PER_SECOND +
           (plan->number * 37 + index * 211) % MS * MS;
}

int64_t session_end_us(const struct session_plan *plan)
{
    return event_us(plan, plan->count - 1) + ARRIVES_S * US_PER_SECOND;
}

/* --- which code comes ----------------------------------------------------------------------------------- */

static const struct event_code *by_weight(unsigned system, uint64_t chance)
{
    uint64_t all = 0;
    for (size_t i = 0; i < event_code_count; i++) {
        all += (event_codes[i].systems & system) != 0 ? event_codes[i].weight : 0;
    }
    uint64_t left = chance % all;
    const struct event_code *code = event_codes;
    for (; (code->systems & system) == 0 || left >= code->weight; code++) {
        left -= (code->systems & system) != 0 ? code->weight : 0;
    }
    return code;
}

/* Codes take turns, so that rare ones come, too: every second place of a session is the next one's. */
static const struct event_code *in_turn(unsigned system, int64_t turn)
{
    size_t count = 0;
    for (size_t i = 0; i < event_code_count; i++) {
        count += (event_codes[i].systems & system) != 0 ? 1 : 0;
    }
    size_t left = (size_t)turn % count;
    const struct event_code *code = event_codes;
    while ((code->systems & system) == 0 || left-- > 0) {
        code++;
    }
    return code;
}

/* A long session begins with the start of the machine. */
static const struct event_code *opening(const struct session_plan *plan, int64_t index)
{
    static const char *const start[] = { "400", "210", "200", "300" };
    static const char *const logon[] = { "300" };
    bool is_long = plan->count >= LONG_SESSION && plan->story == NULL;
    size_t count = is_long ? COUNT_OF(start) : COUNT_OF(logon);
    if ((size_t)index >= count) {
        return NULL;
    }
    return event_code_of(is_long ? start[index] : logon[index]);
}

static const struct event_code *of_step(enum beat beat, int64_t index)
{
    if (beat == BEAT_BLOCK) {
        return event_code_of("116");
    }
    return event_code_of(beat == BEAT_RUN ? "100" : index == 1 ? "106" : "101");
}

static const struct event_code *code_at(struct stage *stage, const struct session_plan *plan,
                                        const struct machine_kind *kind, int64_t index)
{
    const struct event_code *code = opening(plan, index);
    struct dice dice = dice_for(stage->options->seed, DICE_SESSION,
                                ((uint64_t)plan->number << 16) + (uint64_t)index);
    unsigned system = 1U << kind->type;
    if (code != NULL) {
        return code;
    }
    if (plan->story != NULL) {
        return of_step(plan->beat, index);
    }
    int64_t *turn = &stage->turns[kind->type];
    if (index % 2 == 0 && *turn < (int64_t)event_code_count) {
        return in_turn(system, (*turn)++);
    }
    return by_weight(system, dice_roll(&dice) >> 16);
}

/* --- the batch ---------------------------------------------------------------------------------------------- */

struct cast { /* what all events of a session share */
    struct happening happening;
    struct person person;
    struct uuid computer_id;
    char host[HOST_NAME_BYTES], address[ADDRESS_BYTES];
    const char *ticket;
};

static void cast_make(struct stage *stage, const struct session_plan *plan, struct cast *out)
{
    uint64_t seed = stage->options->seed;
    int64_t group = stage_group_of(stage, plan->computer);
    int64_t policy = group < 0 ? -1 : stage->groups[group].policy;
    person_of(plan->person, &out->person);
    stage_computer_id(stage, plan->computer, &out->computer_id);
    machine_host(seed, plan->computer, out->host);
    machine_address(seed, plan->computer, out->address);
    out->happening = (struct happening){
        .seed = seed,
        .kind = machine_kind(seed, plan->computer),
        .person = &out->person,
        .host = out->host,
        .address = out->address,
        .computer_id = out->computer_id.text,
        .session = plan->number,
        .policy = policy,
    };
    if (policy >= 0) {
        const struct stage_policy *has = &stage->policies[policy];
        bool behind = machine_life(plan->computer) == LIFE_BEHIND;
        out->happening.policy_id = has->id;
        out->happening.policy_name = has->name;
        out->happening.policy_revision = behind ? 1 : has->revision;
    }
    if (plan->story != NULL && plan->beat == BEAT_WORK) {
        out->happening.admin_id = plan->story->id.text;
        out->happening.admin_ticket = out->ticket;
    } else if (plan->story != NULL) {
        out->happening.request_id = plan->story->id.text;
    }
}

static void write_lines(struct stage *stage, const struct session_plan *plan, struct cast *cast,
                        struct buffer *out)
{
    for (int64_t i = 0; i < plan->count; i++) {
        struct happening event = cast->happening;
        event.code = code_at(stage, plan, event.kind, i);
        event.at_us = event_us(plan, i);
        event.number = stage->events++;
        bool of_request = event.request_id != NULL && event.code->subject == ABOUT_PROGRAM;
        event.app = of_request ? plan->story->app : NULL;
        event.request_id = of_request ? event.request_id : NULL;
        scene_happening_write(&event, out);
    }
}

/* The group and the next number of the computer. */
static enum result source_read(struct ctx *ctx, struct event_source *source)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT s.last_sequence + 1, c.group_id FROM computer_stream s"
                  " JOIN computer c ON c.id = s.computer_id WHERE s.computer_id = $1",
                  "t", source->computer_id));
    source->first_sequence = statement_int(row, 0);
    source->group_id =
        statement_is_null(row, 1) ? NULL : slice_dup(ctx->arena, statement_text(row, 1));
    statement_reset(row);
    return RESULT_OK;
}

/* The number that the admin request of the session has. */
static enum result ticket_read(struct ctx *ctx, const struct session_plan *plan, const char **out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT ticket_id FROM admin_access_request WHERE id = $1", "t",
                  plan->story->id.text));
    *out = slice_dup(ctx->arena, statement_text(row, 0));
    statement_reset(row);
    return RESULT_OK;
}

enum result session_play(struct stage *stage, struct ctx *ctx, const struct session_plan *plan)
{
    struct buffer lines;
    struct event_batch batch;
    struct event_stored stored;
    struct cast cast = { .ticket = NULL };
    if (plan->story != NULL && plan->beat == BEAT_WORK) {
        TRY(ticket_read(ctx, plan, &cast.ticket));
    }
    cast_make(stage, plan, &cast);
    struct event_source source = { .computer_id = cast.computer_id.text };
    TRY(source_read(ctx, &source));
    buffer_init(&lines, LINES_BYTES);
    write_lines(stage, plan, &cast, &lines);
    enum result result = event_batch_make(ctx, &source, buffer_slice(&lines), &batch);
    buffer_done(&lines);
    TRY(result);
    return event_batch_store(ctx, &batch, &stored);
}
