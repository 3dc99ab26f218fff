/* Requests to run a program and to be administrator for a while: every state that there is, by the steps that lead there. */
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "json/write.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "resource/authorization_requests/authorization_requests.h"
#include "resource/tickets/tickets.h"
#include "scene/cast.h"
#include "scene/dice.h"
#include "scene/month.h"
#include "store/store.h"

enum { BODY_BYTES = 2048, DAY = 24 * 60, DUE_AT_ONCE = 1000, FIRST_HOUR = 8, HOURS = 6 };

/* clang-format off */
const struct plot plots[] = {
    { false, 3000, 2800, "2 Hours", { { BEAT_BLOCK, 0 }, { BEAT_ASK, 2 } } },
    { true, 600, 500, "1800", { { BEAT_ASK, 0 } } },
    { false, 25 * DAY, 20 * DAY, "12 Months", { { BEAT_BLOCK, 0 }, { BEAT_ASK, 1 }, { BEAT_NUMBER, 4 }, { BEAT_GRANT, 75 }, { BEAT_RUN, 9 } } },
    { true, 28 * DAY, 20 * DAY, "1800", { { BEAT_ASK, 0 }, { BEAT_GRANT, 12 }, { BEAT_BEGIN, 3 }, { BEAT_WORK, 2 }, { BEAT_LEAVE, 18 } } },
    { false, 26 * DAY, 20 * DAY, "Once", { { BEAT_BLOCK, 0 }, { BEAT_ASK, 3 }, { BEAT_REFUSE, 200 } } },
    { true, 90, 1, "3600", { { BEAT_ASK, 0 }, { BEAT_GRANT, 45 }, { BEAT_BEGIN, 20 }, { BEAT_WORK, 4 } } },
    { false, 27 * DAY, 20 * DAY, "Once", { { BEAT_BLOCK, 0 }, { BEAT_ASK, 1 }, { BEAT_NUMBER, 5 }, { BEAT_GRANT, 31 }, { BEAT_RUN, 6 }, { BEAT_SPEND, 1 } } },
    { true, 300, 60, "3600", { { BEAT_ASK, 0 }, { BEAT_GRANT, 40 } } },
    { false, 29 * DAY, 20 * DAY, "2 Hours", { { BEAT_BLOCK, 0 }, { BEAT_ASK, 2 }, { BEAT_GRANT, 16 }, { BEAT_RUN, 5 }, { BEAT_LAPSE, 130 } } },
    { true, 28 * DAY, 20 * DAY, "900", { { BEAT_ASK, 0 }, { BEAT_REFUSE, 61 } } },
    { false, 28 * DAY, 10 * DAY, "Forever", { { BEAT_BLOCK, 0 }, { BEAT_ASK, 2 }, { BEAT_NUMBER, 3 }, { BEAT_GRANT, 44 }, { BEAT_RUN, 8 }, { BEAT_REFUSE, 3 * DAY } } },
    { true, 28 * DAY, 20 * DAY, "1800", { { BEAT_ASK, 0 }, { BEAT_GRANT, 7 }, { BEAT_REFUSE, 25 } } },
    { false, 33 * DAY, 2 * DAY, "2 Hours", { { BEAT_BLOCK, 0 }, { BEAT_ASK, 4 }, { BEAT_LAPSE, 30 * DAY + 5 } } },
    { true, 28 * DAY, 20 * DAY, "900", { { BEAT_ASK, 0 }, { BEAT_GRANT, 9 }, { BEAT_BEGIN, 4 }, { BEAT_WORK, 1 }, { BEAT_TIMEOUT, 15 } } },
    { false, 2 * DAY, DAY, "2 Hours", { { BEAT_BLOCK, 0 }, { BEAT_ASK, 2 }, { BEAT_NUMBER, 21 } } },
    { true, 28 * DAY, 20 * DAY, "3600", { { BEAT_ASK, 0 }, { BEAT_GRANT, 5 }, { BEAT_BEGIN, 6 }, { BEAT_WORK, 3 }, { BEAT_REFUSE, 11 }, { BEAT_EJECT, 1 } } },
    { true, 75, 1, "3600", { { BEAT_ASK, 0 }, { BEAT_GRANT, 30 }, { BEAT_BEGIN, 10 }, { BEAT_WORK, 5 }, { BEAT_REFUSE, 24 } } },
    { true, 33 * DAY, 2 * DAY, "1800", { { BEAT_ASK, 0 }, { BEAT_LAPSE, 30 * DAY + 5 } } },
};
const size_t plot_count = COUNT_OF(plots);

static const char *const reasons[] = { "I need it for the quarterly report", "The customer sends files that only this opens", "Ticket of last week: please again", "Driver update for the label printer", "To finish the release build" };
/* clang-format on */

void story_cast(const struct stage *stage, int64_t number, struct story *out)
{
    uint64_t seed = stage->options->seed;
    struct dice dice = dice_for(seed, DICE_REQUEST, (uint64_t)number);
    const struct plot *plot = &plots[(size_t)number % plot_count];
    int64_t spread_us = plot->spread_minutes * 60 * US_PER_SECOND;
    int64_t computer = reporting_computer(stage, number);
    *out = (struct story){ .plot = plot, .number = number, .computer = computer };
    /* On few computers others beat, too: somebody has one open request of a kind at a time. */
    out->person = machine_owner(seed, computer) + (size_t)(number / stage->options->computers);
    out->app = app_pick(machine_kind(seed, computer)->type, GROUP_INSTALLERS,
                        (uint64_t)number / plot_count);
    out->start_us = stage->options->now_us - plot->from_minutes * 60 * US_PER_SECOND +
                    (int64_t)dice_below(&dice, (size_t)spread_us);
    if (plot->spread_minutes >= 2 * DAY) { /* people ask by day */
        out->start_us =
            out->start_us / US_PER_DAY * US_PER_DAY +
            (int64_t)(FIRST_HOUR * 3600 + dice_below(&dice, HOURS * 3600)) * US_PER_SECOND;
    }
    machine_host(seed, computer, out->host);
    stage_computer_id(stage, computer, &out->computer_id);
    uuid_seeded(seed, SCENE_ID_REQUEST + (uint64_t)number, &out->id);
}

static const char *reason_of(const struct story *story)
{
    return reasons[(size_t)story->number % COUNT_OF(reasons)];
}

static const char *group_id(const struct stage *stage, const struct story *story)
{
    int64_t group = stage_group_of(stage, story->computer);
    return group < 0 ? NULL : stage->groups[group].id;
}

/* Users as their system names them. */
static void user_name(const struct stage *stage, const struct story *story, char out[96])
{
    struct person person;
    person_of(story->person, &person);
    bool windows = machine_kind(stage->options->seed, story->computer)->type == HOST_WINDOWS;
    (void)snprintf(out, 96, "%s%s", windows ? SCENE_NETBIOS "\\" : "", person.login);
}

/* --- asked ------------------------------------------------------------------------------------------------- */

static const struct json *info_of(struct ctx *ctx, const struct story *story, const char *user,
                                  enum result *out_result)
{
    const struct app *app = story->app;
    const struct json *info = NULL;
    struct json_writer writer;
    struct buffer text;
    char hash[65];
    char moment[TIME_TEXT_BYTES];
    buffer_init(&text, BODY_BYTES * 4);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_member_text(&writer, "user", user);
    (void)time_format(ctx->now_us, TIME_ZULU, moment);
    json_member_text(&writer, "created", moment);
    json_member_text(&writer, "hostName", story->host);
    json_member_text(&writer, "reason", reason_of(story));
    json_member_text(&writer, "applicationType", app->type);
    json_member_text(&writer, "action", "Request");
    json_member_text(&writer, "workstyle", "High Flexibility");
    json_member_text(&writer, "trustedOwnership", "true");
    json_member_text(&writer, "productName", app->product);
    json_member_text(&writer, "productDescription", app->description);
    json_member_text(&writer, "productVersion", app->version);
    json_member_text(&writer, "fileName", path_name(app->path));
    json_member_text(&writer, "filePath", app->path);
    json_member_text(&writer, "commandLine", app->path);
    json_member_text(&writer, "publisher", app->publisher);
    json_member_text(&writer, "sourceUrl", app->url);
    json_member_text(&writer, "downloadSourceUrl", app->url);
    json_member_text(&writer, "driveType", "Fixed");
    json_member_text(&writer, "token", "Add Full Admin");
    json_member_text(&writer, "userLanguage", "en-GB");
    app_hash(app, 40, hash);
    json_member_text(&writer, "sha1Hash", hash);
    app_hash(app, 64, hash);
    json_member_text(&writer, "sha256Hash", hash);
    json_end_object(&writer);
    *out_result =
        json_parse(ctx->arena, buffer_slice(&text), &json_limits_usual, &info, ctx->error);
    buffer_done(&text);
    return info;
}

static enum result open_request(struct stage *stage, struct ctx *ctx, void *argument)
{
    const struct story *story = argument;
    struct authorization_request made;
    enum result result = RESULT_OK;
    char user[96];
    user_name(stage, story, user);
    const struct authorization_order order = {
        .id = story->id.text,
        .computer_id = story->computer_id.text,
        .computer_name = story->host,
        .group_id = group_id(stage, story),
        .user = slice_of(user),
        .reason = slice_of(reason_of(story)),
        .info = info_of(ctx, story, user, &result),
    };
    TRY(result);
    return authorization_request_open(ctx, &order, &made);
}

static enum result open_admin(struct stage *stage, struct ctx *ctx, void *argument)
{
    const struct story *story = argument;
    struct admin_request made;
    struct person person;
    int64_t seconds = ADMIN_SESSION_S_USUAL;
    char user[96];
    user_name(stage, story, user);
    person_of(story->person, &person);
    (void)slice_int64(slice_of(story->plot->duration), &seconds);
    bool windows = machine_kind(stage->options->seed, story->computer)->type == HOST_WINDOWS;
    const struct admin_order order = {
        .id = story->id.text,
        .computer_id = story->computer_id.text,
        .computer_name = story->host,
        .group_id = group_id(stage, story),
        .user_id = windows ? slice_of(person.sid) : (struct slice){ 0 },
        .user_name = slice_of(user),
        .reason = slice_of(reason_of(story)),
        .duration_s = seconds,
    };
    return admin_request_open(ctx, &order, &made);
}

/* --- decided: by the service desk's program, or by somebody of it ----------------------------------------------- */

static const char *decider(const struct stage *stage, const struct story *story)
{
    return stage->users[2 + (size_t)story->number % 2].name;
}

static enum result notify(struct stage *stage, const struct story *story, enum beat beat,
                          int64_t at_us)
{
    static const char *const words[][3] = {
        { "1000", "Pending", "A ticket was made" },
        { "2000", "Approved", "Approved by the service desk" },
        { "2001", "Denied", "Not needed for your work" },
    };
    const char *const *said = words[beat == BEAT_NUMBER ? 0 : beat == BEAT_GRANT ? 1 : 2];
    struct dice dice =
        dice_for(stage->options->seed, DICE_REQUEST, ((uint64_t)story->number << 8) + 1);
    char system_id[33];
    char moment[TIME_TEXT_BYTES];
    char body[BODY_BYTES];
    dice_hex(&dice, 32, system_id);
    (void)time_format(at_us, TIME_ZULU, moment);
    (void)snprintf(body, sizeof(body),
                   "{\"status\":\"%s\",\"decision\":\"%s\",\"decisionPerformedByUser\":\"%s\","
                   "\"duration\":\"%s\",\"itsmRequestId\":\"%s\",\"decisionTime\":\"%s\","
                   "\"message\":\"%s\",\"systemId\":\"%s\",\"ticketId\":\"RITM%07" PRId64
                   "\",\"ticketUrl\":\"https://servicedesk.example.com/task/%s\"}",
                   said[0], said[1], decider(stage, story), story->plot->duration, story->id.text,
                   moment, said[2], system_id, 10400 + story->number, system_id);
    const struct stage_call call = { "AuthorizationRequest_Notification", NULL, body, NULL };
    return stage_api(stage, at_us, SCENE_ITSM, &call, NULL);
}

static enum result decide_admin(struct stage *stage, const struct story *story, enum beat beat,
                                int64_t at_us)
{
    char body[BODY_BYTES];
    bool granted = beat == BEAT_GRANT;
    (void)snprintf(body, sizeof(body),
                   "{\"decision\":\"%s\",\"duration\":\"%s\",\"decisionPerformedByUser\":\"%s\","
                   "\"message\":\"%s\"}",
                   granted ? "Approved" : "Denied", story->plot->duration, decider(stage, story),
                   granted ? "For this once" : "Please use the shop");
    const struct stage_call call = { "AdminAccessRequest_DecideOne", story->id.text, body, NULL };
    return stage_api(stage, at_us, 2 + (int)(story->number % 2), &call, NULL);
}

/* --- what the endpoint says --------------------------------------------------------------------------------------- */

static enum result spend(struct stage *stage, struct ctx *ctx, void *argument)
{
    const struct story *story = argument;
    struct authorization_request now;
    (void)stage;
    TRY(authorization_request_load(ctx, story->id.text, &now));
    return authorization_request_use(ctx, &now);
}

struct session_change {
    const struct story *story;
    bool begins;
    enum admin_end_reason reason;
};

static enum result change_session(struct stage *stage, struct ctx *ctx, void *argument)
{
    const struct session_change *change = argument;
    struct admin_request now;
    (void)stage;
    TRY(admin_request_load(ctx, change->story->id.text, &now));
    return change->begins ? admin_session_started(ctx, &now, ctx->now_us)
                          : admin_session_ended(ctx, &now, change->reason, ctx->now_us);
}

static enum result run_out(struct stage *stage, struct ctx *ctx, void *argument)
{
    (void)stage;
    (void)argument;
    TRY(requests_expire(ctx, &authorization_request_kind, DUE_AT_ONCE));
    TRY(requests_expire(ctx, &admin_request_kind, DUE_AT_ONCE));
    return commands_expire(ctx, DUE_AT_ONCE);
}

enum result stories_run_out(struct stage *stage, int64_t at_us)
{
    return stage_do(stage, at_us, SCENE_SYSTEM, run_out, NULL);
}

static void agent_is(struct stage *stage, const struct story *story)
{
    stage->agent = (struct principal){ .kind = PRINCIPAL_AGENT };
    (void)snprintf(stage->agent.id, sizeof(stage->agent.id), "%s", story->computer_id.text);
    (void)snprintf(stage->agent.name, sizeof(stage->agent.name), "%s", story->host);
}

enum result story_step(struct stage *stage, const struct story *story, enum beat beat,
                       int64_t at_us)
{
    struct story copy = *story;
    struct session_change change = { .story = story, .begins = beat == BEAT_BEGIN };
    bool admin = story->plot->admin;
    agent_is(stage, story);
    switch (beat) {
    case BEAT_ASK:
        return stage_do(stage, at_us, SCENE_AGENT, admin ? open_admin : open_request, &copy);
    case BEAT_NUMBER:
    case BEAT_GRANT:
    case BEAT_REFUSE:
        return admin ? decide_admin(stage, story, beat, at_us) : notify(stage, story, beat, at_us);
    case BEAT_SPEND: return stage_do(stage, at_us, SCENE_AGENT, spend, &copy);
    case BEAT_BEGIN:
    case BEAT_LEAVE:
    case BEAT_TIMEOUT:
    case BEAT_EJECT:
        change.reason = beat == BEAT_LEAVE     ? ADMIN_USER_ENDED
                        : beat == BEAT_TIMEOUT ? ADMIN_TIME_OVER
                                               : ADMIN_WAS_REVOKED;
        return stage_do(stage, at_us, SCENE_AGENT, change_session, &change);
    case BEAT_LAPSE: return stories_run_out(stage, at_us);
    case BEAT_NOTHING:
    case BEAT_BLOCK:
    case BEAT_RUN:
    case BEAT_WORK: break;
    }
    return RESULT_OK;
}
