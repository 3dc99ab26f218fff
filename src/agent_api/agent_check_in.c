/* Check-ins and reports: what an agent should do next, and what it did. */
#include <string.h>

#include "access/principal.h"
#include "agent_api/agent_ops.h"
#include "base/arena.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "json/read.h"
#include "json/write.h"

/* --- check-in ------------------------------------------------------------------------------------------------------------------ */

struct news {
    struct computer computer;
    const struct command *commands[32];
    size_t command_count;
    bool policy_runs;    /* what it should run is what it says it runs */
    bool policy_differs; /* what it should run is to be offered */
    bool state_differs;
    bool report;    /* a status report is wanted */
    bool decisions; /* the agent does not know all of its requests */
};

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static enum result commands_find(struct ctx *ctx, struct news *news)
{
    struct command *commands = NULL;
    size_t count = 0;
    TRY(commands_open(ctx, news->computer.id, &commands, &count));
    for (size_t i = 0; i < count; i++) {
        bool policy =
            commands[i].type == COMMAND_APPLY_POLICY || commands[i].type == COMMAND_CLEAR_POLICY;
        /* A policy command whose policy runs already ends with the next report. */
        news->report = news->report || (policy && news->policy_runs);
        if (!policy && commands[i].status == COMMAND_PENDING) {
            news->commands[news->command_count++] = &commands[i];
        }
    }
    return RESULT_OK;
}

static enum result news_find(struct ctx *ctx, const struct call *call, struct news *out)
{
    TRY(agent_load(ctx, &out->computer));
    const struct computer *computer = &out->computer;
    struct slice known_state = call_text(call, "knownState");
    const char *applied = call_uuid(ctx, call, "appliedRevisionId");
    bool authorised = computer->authorisation == COMPUTER_AUTHORISED;
    out->state_differs =
        known_state.length > 0 && !slice_is_any_case(known_state, agent_state_name(computer));
    out->report = computer->archived;
    if (!authorised) {
        return RESULT_OK;
    }
    /* One that could not be applied is not offered again and again. */
    const char *known =
        call_has(call, "knownRevisionId") ? call_uuid(ctx, call, "knownRevisionId") : applied;
    out->policy_runs = same_text(applied, computer->policy_revision_id);
    out->policy_differs = !out->policy_runs && !same_text(known, computer->policy_revision_id);
    out->report = out->report || !same_text(applied, computer->host_revision_id);
    out->decisions = agent_decisions_differ(call, computer);
    return commands_find(ctx, out);
}

static bool is_news(const struct news *news)
{
    return news->state_differs || news->policy_differs || news->report || news->decisions ||
           news->command_count > 0;
}

static int64_t wait_us(const struct ctx *ctx, const struct call *call)
{
    const struct json *member = call_member(call, "waitSeconds");
    bool number = json_is(member, JSON_INT) || json_is(member, JSON_NUMBER); /* 60 or 60.0 */
    double seconds = number ? member->number : 0;
    seconds = seconds > ctx->rules->wait_max_s ? ctx->rules->wait_max_s : seconds;
    return (int64_t)seconds * US_PER_SECOND;
}

/* Between 80 and 120 per cent, so that a fleet that was started together does not stay together. */
static int64_t next_check_in_s(const struct ctx *ctx)
{
    uint8_t random[1];
    random_bytes(random, sizeof(random));
    int64_t interval = ctx->rules->check_in_interval_s;
    int64_t jittered = interval * (80 + random[0] % 41) / 100;
    return jittered > 0 ? jittered : 1;
}

static void write_commands(const struct news *news, struct json_writer *writer)
{
    static const char *const types[] = { "ApplyPolicy",        "ClearPolicy",      "RetrieveLogs",
                                         "RetrieveStatusInfo", "RenewCertificate", "Deactivate" };
    json_key(writer, "commands");
    json_begin_array(writer);
    for (size_t i = 0; i < news->command_count; i++) {
        const struct command *command = news->commands[i];
        json_begin_object(writer);
        json_member_text(writer, "id", command->id);
        json_member_text(writer, "type", types[command->type]);
        json_member_text(writer, "logId", command->log_id);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static enum result write_policy(struct ctx *ctx, const struct news *news,
                                struct json_writer *writer)
{
    const char *revision_id = news->computer.policy_revision_id;
    json_key(writer, "policy");
    if (!news->policy_differs || revision_id == NULL) {
        json_put_null(writer);
        json_member_bool(writer, "clearPolicy", news->policy_differs);
        return RESULT_OK;
    }
    struct stamped stamped;
    TRY(stamped_load(ctx, revision_id, STAMPED_FACTS, &stamped));
    json_begin_object(writer);
    json_member_text(writer, "revisionId", stamped.revision_id);
    json_member_text(writer, "policyId", stamped.policy_id);
    json_member_text(writer, "name", stamped.policy_name);
    json_member_int(writer, "revision", stamped.number);
    json_member_text(writer, "sha256", stamped.sha256);
    json_member_int(writer, "size", stamped.bytes);
    json_end_object(writer);
    json_member_bool(writer, "clearPolicy", false);
    return RESULT_OK;
}

static enum result write_decisions(struct ctx *ctx, const struct news *news,
                                   struct json_writer *writer)
{
    json_key(writer, "decisions");
    if (!news->decisions) {
        json_put_null(writer);
        return RESULT_OK;
    }
    return agent_decisions_write(ctx, &news->computer, writer);
}

/* POST check-in: answers at once when there is news, else waits for it. */
enum result agent_check_in(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct news news = { .command_count = 0 };
    struct json_writer writer;
    char now[TIME_TEXT_BYTES];
    TRY(news_find(ctx, call, &news));
    int64_t wait = wait_us(ctx, call);
    if (!is_news(&news) && call->waited_us < wait) {
        return reply_wait(reply, news.computer.id, news.computer.group_id, wait);
    }
    (void)time_format(ctx->now_us, TIME_ZULU, now);
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_text(&writer, "state", agent_state_name(&news.computer));
    json_member_text(&writer, "groupId", news.computer.group_id);
    TRY(write_policy(ctx, &news, &writer));
    write_commands(&news, &writer);
    TRY(write_decisions(ctx, &news, &writer));
    json_member_bool(&writer, "report", news.report);
    json_member_int(&writer, "nextCheckInSeconds", next_check_in_s(ctx));
    json_member_text(&writer, "serverTime", now);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}

/* --- reports --------------------------------------------------------------------------------------------------------------------- */

static int64_t moment_of(const struct call *call, const char *name)
{
    int64_t moment = 0;
    return time_parse(call_text(call, name), &moment, NULL) ? moment : 0;
}

/* POST status */
enum result agent_status(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct computer computer;
    TRY(agent_load(ctx, &computer));
    const char *applied = call_uuid(ctx, call, "appliedRevisionId");
    bool said = call_has(call, "appliedRevisionId");
    const struct computer_report report = {
        .host = call_text(call, "host"),
        .agent_version = call_text(call, "agentVersion"),
        .adapter_version = call_text(call, "adapterVersion"),
        .endpoint = call_member(call, "endpointInformation"),
        .applied_revision_id = said ? (applied == NULL ? "" : applied) : NULL,
        .applied_us = moment_of(call, "appliedOn"),
        .error_info = call_text(call, "policyError"),
        .error_said = call_has(call, "policyError"),
    };
    TRY(computer_report(ctx, computer.id, &report));
    if (computer.archived) {
        TRY(computer_came_back(ctx, computer.id));
    }
    return reply_empty(reply, 204);
}

/* POST commands/{id}: taken, done or failed. */
enum result agent_command(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct computer computer;
    const char *id = call->ids[0].text;
    struct slice status = call_text(call, "status");
    TRY(agent_load_authorised(ctx, &computer));
    if (slice_is_any_case(status, "Accepted")) {
        TRY(commands_sent(ctx, computer.id, &id, 1));
    } else {
        TRY(command_finish(ctx, computer.id, id, slice_is_any_case(status, "Completed"),
                           call_text(call, "result")));
    }
    return reply_empty(reply, 204);
}

/* GET policy/{revisionId}: as agents run it; only the one of the caller's group. */
enum result agent_policy(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct computer computer;
    struct stamped stamped;
    TRY(agent_load_authorised(ctx, &computer));
    if (!same_text(computer.policy_revision_id, call->ids[0].text)) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL,
                    "this revision is not assigned to this computer");
    }
    TRY(stamped_load(ctx, call->ids[0].text, STAMPED_DOCUMENT, &stamped));
    char *tag = arena_printf(ctx->arena, "\"%s\"", stamped.sha256);
    char *digest = arena_strdup(ctx->arena, stamped.sha256);
    if (tag == NULL || digest == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the policy");
    }
    reply_header(reply, "ETag", tag);
    reply_header(reply, "X-Policy-Sha256", digest);
    if (slice_is(slice_trim(call->header(call, "If-None-Match")), tag)) {
        return reply_empty(reply, 304);
    }
    return reply_bytes(ctx, reply, stamped.document, "application/xml", NULL);
}
