#include "fleet/computer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "crypto/compress.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "fleet/computer_events.h"

enum {
    CALL_TIMEOUT_MS = 60000,
    WAIT_MARGIN_S = 30,
    BATCH_BYTES_MAX = 4 * 1024 * 1024,
    EVENTS_PAUSE_US = 5 * 1000000, /* what is there goes after so long */
    PACK_LEVEL = 1,
    REJECTED_WAIT_S = 3600,
    HOUR_S = 3600,
};

/* --- small things -------------------------------------------------------------------------------------------------------- */

/* A copy that outlives the arena: a key or a token belongs to the computer, for as long as it is good. */
static bool keep_text(char **place, struct slice text)
{
    char *copy = malloc(text.length + 1);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, text.text, text.length);
    copy[text.length] = '\0';
    free(*place);
    *place = copy;
    return true;
}

static void drop_text(char **place)
{
    free(*place);
    *place = NULL;
}

static void copy_short(struct slice text, char *out, size_t room)
{
    size_t length = text.length < room - 1 ? text.length : room - 1;
    memcpy(out, text.length == 0 ? "" : text.text, length);
    out[length] = '\0';
}

static bool authorised(const struct computer *computer)
{
    return strcmp(computer->state, "Authorised") == 0;
}

enum result computer_prepare(struct arena *arena, struct computer *computer, struct error *error)
{
    struct slice key;
    if (computer->key_pem != NULL) {
        return RESULT_OK;
    }
    TRY(key_make(arena, &key, error));
    return keep_text(&computer->key_pem, key)
               ? RESULT_OK
               : fail(error, RESULT_NO_MEMORY, NULL, "no memory for a key");
}

void computer_done(struct computer *computer)
{
    drop_text(&computer->key_pem);
    drop_text(&computer->next_key_pem);
    drop_text(&computer->token);
}

/* --- requests ------------------------------------------------------------------------------------------------------------ */

struct facts {
    char host[32], mac[32], dns[64];
    struct protocol_fact rows[8];
    struct protocol_machine machine;
};

static void facts_make(const struct computer *computer, struct facts *out)
{
    uint32_t number = computer->number;
    (void)snprintf(out->host, sizeof(out->host), "fleet-%06u", number);
    (void)snprintf(out->dns, sizeof(out->dns), "%s.example.com", out->host);
    (void)snprintf(out->mac, sizeof(out->mac), "02:f1:%02x:%02x:%02x:%02x", number >> 24,
                   number >> 16 & 255U, number >> 8 & 255U, number & 255U);
    const struct protocol_fact rows[] = {
        { "macAddress", out->mac },
        { "osArchitecture", "x86_64" },
        { "osCaption", "Debian GNU/Linux 12 (bookworm)" },
        { "osVersion", "12" },
        { "systemName", out->host },
        { "systemDnsHostName", out->dns },
        { "systemDomain", "example.com" },
        { "processorName", "Simulated" },
    };
    memcpy(out->rows, rows, sizeof(rows));
    out->machine = (struct protocol_machine){ out->host, REEVE_VERSION, out->rows, COUNT_OF(rows) };
}

static enum result enrol_request(struct arena *arena, const struct fleet_plan *plan,
                                 const struct computer *computer, struct computer_request *out,
                                 struct error *error)
{
    struct facts facts;
    struct slice csr;
    facts_make(computer, &facts);
    TRY(csr_make(arena, slice_of(computer->key_pem), facts.host, &csr, error));
    const struct protocol_enrolment enrolment = {
        .installation_id = plan->options->installation_id,
        .installation_key = plan->options->installation_key,
        .group_id = plan->options->group_id,
        .csr_pem = csr,
        .machine = &facts.machine,
    };
    out->http.path = PROTOCOL_ENROL;
    return protocol_enrol_body(arena, &enrolment, &out->http.body, error);
}

static enum result check_in_request(struct arena *arena, const struct fleet_plan *plan,
                                    const struct computer *computer, struct computer_request *out,
                                    struct error *error)
{
    const struct protocol_check_in check_in = {
        .known_state = computer->state,
        .applied_revision_id = computer->applied,
        .wait_s = plan->options->wait_s,
    };
    out->http.path = PROTOCOL_CHECK_IN;
    out->http.timeout_ms = plan->options->wait_s > 0
                               ? (plan->options->wait_s + WAIT_MARGIN_S) * 1000
                               : CALL_TIMEOUT_MS;
    return protocol_check_in_body(arena, &check_in, &out->http.body, error);
}

static enum result status_request(struct arena *arena, const struct computer *computer,
                                  struct computer_request *out, struct error *error)
{
    struct facts facts;
    facts_make(computer, &facts);
    const struct protocol_report report = {
        .machine = &facts.machine,
        .applied_revision_id = computer->applied[0] == '\0' ? NULL : computer->applied,
        .applied_us = computer->applied[0] == '\0' ? 0 : time_now_us(),
    };
    out->http.path = PROTOCOL_STATUS;
    return protocol_status_body(arena, &report, &out->http.body, error);
}

static enum result renew_request(struct arena *arena, struct computer *computer,
                                 struct computer_request *out, struct error *error)
{
    struct slice key;
    struct slice csr;
    if (computer->next_key_pem == NULL) {
        TRY(key_make(arena, &key, error));
        if (!keep_text(&computer->next_key_pem, key)) {
            return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a key");
        }
    }
    TRY(csr_make(arena, slice_of(computer->next_key_pem), "fleet", &csr, error));
    out->http.path = PROTOCOL_RENEW;
    return protocol_renew_body(arena, csr, &out->http.body, error);
}

/* How many events have happened since the last batch; time that is not a whole event yet stays. */
static void batch_make(const struct fleet_plan *plan, struct computer *computer, int64_t now_us)
{
    int64_t rate = plan->options->events_per_hour;
    int64_t hour_us = HOUR_S * US_PER_SECOND;
    if (computer->batch_count > 0 || rate == 0) {
        return;
    }
    int64_t each_us = hour_us / rate > 0 ? hour_us / rate : 1;
    int64_t count = (now_us - computer->made_us) / each_us;
    count = count < BATCH_EVENTS_MAX ? count : BATCH_EVENTS_MAX;
    if (count > 0) {
        computer->batch_count = (uint32_t)count;
        computer->made_us += count * each_us;
        computer->batch_us = time_now_us();
    }
}

static enum result events_request(struct arena *arena, const struct fleet_plan *plan,
                                  struct computer *computer, int64_t now_us,
                                  struct computer_request *out, struct error *error)
{
    struct buffer lines;
    batch_make(plan, computer, now_us);
    if (computer->batch_count == 0) {
        return fail(error, RESULT_NOT_FOUND, NULL, "no event yet");
    }
    const struct event_series series = { plan->seed, computer->number, computer->acknowledged + 1,
                                         computer->batch_count, computer->batch_us };
    buffer_init(&lines, BATCH_BYTES_MAX);
    events_write(&series, &lines);
    enum result result =
        lines.overflow ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for events")
                       : zstd_pack(arena, buffer_slice(&lines), PACK_LEVEL, &out->http.body, error);
    buffer_done(&lines);
    (void)snprintf(out->sequence, sizeof(out->sequence), "Reeve-First-Sequence: %" PRId64,
                   series.first);
    out->http.path = PROTOCOL_EVENTS;
    out->headers[0] = PROTOCOL_NDJSON;
    out->headers[2] = "Content-Encoding: zstd";
    out->headers[3] = out->sequence;
    return result;
}

static enum operation control_operation(const struct computer *computer)
{
    if (computer->command_phase == COMMAND_DO) {
        return computer->command.type == PROTOCOL_RETRIEVE_LOGS       ? OPERATION_LOG
               : computer->command.type == PROTOCOL_RENEW_CERTIFICATE ? OPERATION_RENEW
                                                                      : OPERATION_STATUS;
    }
    if (computer->command_phase != COMMAND_NONE) {
        return OPERATION_COMMAND;
    }
    if (computer->wanted[0] != '\0') {
        return OPERATION_POLICY;
    }
    return computer->wants_report ? OPERATION_STATUS : OPERATION_CHECK_IN;
}

static enum operation operation_of(const struct computer *computer, enum lane lane, int64_t now_us)
{
    if (computer->id[0] == '\0') {
        return OPERATION_ENROL;
    }
    if (computer->token == NULL || now_us >= computer->token_until_us) {
        return OPERATION_TOKEN;
    }
    return lane == LANE_EVENTS ? OPERATION_EVENTS : control_operation(computer);
}

static enum result command_request(struct arena *arena, const struct computer *computer,
                                   struct computer_request *out, struct error *error)
{
    (void)snprintf(out->path, sizeof(out->path), PROTOCOL_COMMAND, computer->command.id.text);
    out->http.path = out->path;
    bool known = computer->command.type != PROTOCOL_COMMAND_UNKNOWN;
    const char *word = computer->command_phase == COMMAND_ACCEPT ? "Accepted"
                       : known                                   ? "Completed"
                                                                 : "Failed";
    return protocol_outcome_body(arena, word, NULL, &out->http.body, error);
}

static enum result request_make(struct arena *arena, const struct fleet_plan *plan,
                                struct computer *computer, enum operation operation, int64_t now_us,
                                struct computer_request *out, struct error *error)
{
    switch (operation) {
    case OPERATION_ENROL: return enrol_request(arena, plan, computer, out, error);
    case OPERATION_TOKEN:
        out->http.path = PROTOCOL_TOKEN;
        out->headers[0] = PROTOCOL_FORM;
        return protocol_token_form(arena, slice_of(computer->key_pem), computer->id, time_now_us(),
                                   &out->http.body, error);
    case OPERATION_CHECK_IN: return check_in_request(arena, plan, computer, out, error);
    case OPERATION_STATUS: return status_request(arena, computer, out, error);
    case OPERATION_POLICY:
        out->http.method = "GET";
        (void)snprintf(out->path, sizeof(out->path), PROTOCOL_POLICY_FORMAT, computer->wanted);
        out->http.path = out->path;
        return RESULT_OK;
    case OPERATION_EVENTS: return events_request(arena, plan, computer, now_us, out, error);
    case OPERATION_COMMAND: return command_request(arena, computer, out, error);
    case OPERATION_LOG:
        (void)snprintf(out->path, sizeof(out->path), PROTOCOL_LOG, computer->command.log_id.text);
        out->http.path = out->path;
        out->headers[0] = "Content-Type: text/plain";
        out->headers[2] = "Reeve-File-Name: fleet.log";
        out->http.body = SLICE("a simulated computer has nothing to tell\n");
        return RESULT_OK;
    case OPERATION_RENEW: return renew_request(arena, computer, out, error);
    case OPERATION_COUNT: break;
    }
    return fail(error, RESULT_BROKEN, NULL, "no such operation");
}

enum result computer_next(struct arena *arena, const struct fleet_plan *plan,
                          struct computer *computer, enum lane lane, int64_t now_us,
                          struct computer_request *out, struct error *error)
{
    if (lane == LANE_EVENTS && (computer->id[0] == '\0' || !authorised(computer))) {
        return fail(error, RESULT_NOT_FOUND, NULL, "no events before it is authorised");
    }
    enum operation operation = operation_of(computer, lane, now_us);
    *out = (struct computer_request){
        .http = { .method = "POST", .headers = out->headers, .timeout_ms = CALL_TIMEOUT_MS },
        .headers = { PROTOCOL_JSON }
    };
    TRY(request_make(arena, plan, computer, operation, now_us, out, error));
    if (operation != OPERATION_ENROL && operation != OPERATION_TOKEN) {
        (void)snprintf(out->bearer, sizeof(out->bearer), "Authorization: Bearer %s",
                       computer->token);
        out->headers[1] = out->bearer;
    }
    computer->under_way[lane] = operation;
    return RESULT_OK;
}

/* --- answers --------------------------------------------------------------------------------------------------------------- */

static bool enrolled_take(struct arena *arena, struct computer *computer, struct slice body)
{
    struct protocol_enrolled enrolled;
    if (protocol_enrolled_read(arena, body, &enrolled, NULL) != RESULT_OK) {
        return false;
    }
    copy_short(slice_of(enrolled.computer_id.text), computer->id, sizeof(computer->id));
    computer->wants_report = true;
    return true;
}

static bool token_take(struct arena *arena, struct computer *computer, struct slice body)
{
    enum { PARTS = 10 };
    struct protocol_token token;
    if (protocol_token_read(arena, body, &token, NULL) != RESULT_OK ||
        !keep_text(&computer->token, token.text)) {
        return false;
    }
    computer->token_until_us =
        time_monotonic_us() + (int64_t)token.life_s * US_PER_SECOND / PARTS * (PARTS - 1);
    return true;
}

static bool news_take(struct arena *arena, struct computer *computer, struct slice body)
{
    struct protocol_news news;
    if (protocol_news_read(arena, body, &news, NULL) != RESULT_OK) {
        return false;
    }
    copy_short(news.state, computer->state, sizeof(computer->state));
    computer->wants_report = computer->wants_report || news.report || news.clear_policy;
    if (news.clear_policy) {
        computer->applied[0] = '\0';
    }
    if (news.has_policy) {
        copy_short(slice_of(news.policy.revision_id.text), computer->wanted,
                   sizeof(computer->wanted));
        copy_short(slice_of(news.policy.sha256), computer->wanted_sha256,
                   sizeof(computer->wanted_sha256));
    }
    if (news.command_count > 0) { /* the next check-in brings the others again */
        computer->command = news.commands[0];
        computer->command_phase = COMMAND_ACCEPT;
    }
    return true;
}

static bool policy_take(struct computer *computer, struct slice body)
{
    char sha256[SHA256_HEX_BYTES];
    sha256_hex_of(body, sha256);
    bool whole = strcmp(sha256, computer->wanted_sha256) == 0;
    if (whole) {
        memcpy(computer->applied, computer->wanted, sizeof(computer->applied));
        computer->wants_report = true;
    }
    computer->wanted[0] = '\0';
    return whole;
}

static bool stored_take(struct arena *arena, struct computer *computer, struct slice body,
                        struct stats *stats)
{
    struct protocol_stored stored;
    if (protocol_stored_read(arena, body, &stored, NULL) != RESULT_OK) {
        return false;
    }
    /* More than we sent: the server remembers an earlier run. Its word counts. */
    computer->acknowledged = stored.next_sequence - 1;
    computer->batch_count = 0;
    stats->events_stored += (uint64_t)(stored.stored > 0 ? stored.stored : 0);
    stats->events_repeated += (uint64_t)(stored.repeated > 0 ? stored.repeated : 0);
    stats->events_lost += (uint64_t)(stored.lost > 0 ? stored.lost : 0);
    return true;
}

static void command_step(struct computer *computer)
{
    bool at_once = computer->command.type == PROTOCOL_COMMAND_UNKNOWN ||
                   computer->command.type == PROTOCOL_DEACTIVATE;
    if (computer->command_phase == COMMAND_ACCEPT) {
        computer->command_phase = at_once ? COMMAND_COMPLETE : COMMAND_DO;
    } else {
        computer->command_phase =
            computer->command_phase == COMMAND_DO ? COMMAND_COMPLETE : COMMAND_NONE;
    }
}

static void renewed_take(struct computer *computer)
{
    free(computer->key_pem);
    computer->key_pem = computer->next_key_pem;
    computer->next_key_pem = NULL;
    drop_text(&computer->token);
}

static bool success_take(struct arena *arena, struct computer *computer, enum operation operation,
                         struct slice body, struct stats *stats)
{
    switch (operation) {
    case OPERATION_ENROL: return enrolled_take(arena, computer, body);
    case OPERATION_TOKEN: return token_take(arena, computer, body);
    case OPERATION_CHECK_IN: return news_take(arena, computer, body);
    case OPERATION_POLICY: return policy_take(computer, body);
    case OPERATION_EVENTS: return stored_take(arena, computer, body, stats);
    case OPERATION_STATUS:
        computer->wants_report = false;
        computer->started = true;
        break;
    case OPERATION_RENEW: renewed_take(computer); break;
    case OPERATION_COMMAND:
    case OPERATION_LOG:
    case OPERATION_COUNT: break;
    }
    bool of_command = operation == OPERATION_COMMAND || operation == OPERATION_LOG ||
                      operation == OPERATION_RENEW || operation == OPERATION_STATUS;
    if (of_command && computer->command_phase != COMMAND_NONE) {
        command_step(computer);
    }
    return true;
}

static int64_t random_below_us(int64_t bound_us)
{
    uint64_t number = 0;
    random_bytes(&number, sizeof(number));
    return bound_us <= 0 ? 0 : (int64_t)(number % (uint64_t)bound_us);
}

static int64_t every_us(const struct fleet_plan *plan)
{
    enum { EVERY_S_USUAL = 60 };
    uint32_t every_s = plan->options->check_in_every_s;
    return (int64_t)(every_s == 0 ? EVERY_S_USUAL : every_s) * US_PER_SECOND;
}

int64_t computer_rest_us(const struct fleet_plan *plan, const struct computer *computer,
                         enum lane lane, int64_t now_us)
{
    int64_t rate = plan->options->events_per_hour;
    if (lane == LANE_CONTROL) {
        return now_us + every_us(plan);
    }
    if (rate == 0) {
        return INT64_MAX;
    }
    int64_t next_us = computer->made_us + HOUR_S * US_PER_SECOND / rate;
    return next_us > now_us + EVENTS_PAUSE_US ? next_us : now_us + EVENTS_PAUSE_US;
}

static int64_t after_success_us(const struct fleet_plan *plan, const struct computer *computer,
                                enum lane lane, enum operation operation, int64_t now_us)
{
    if (lane == LANE_EVENTS) {
        return operation == OPERATION_EVENTS ? computer_rest_us(plan, computer, lane, now_us)
                                             : now_us;
    }
    bool more = control_operation(computer) != OPERATION_CHECK_IN;
    if (more || operation == OPERATION_ENROL || operation == OPERATION_TOKEN) {
        return now_us;
    }
    if (plan->options->wait_s > 0) {
        return now_us;
    }
    /* After the first report the fleet spreads over the interval; then each keeps its own beat. */
    return operation == OPERATION_STATUS && computer->state[0] == '\0'
               ? now_us + random_below_us(every_us(plan))
               : now_us + every_us(plan);
}

static void forget_all(struct computer *computer)
{
    drop_text(&computer->key_pem);
    drop_text(&computer->token);
    computer->id[0] = '\0';
    computer->state[0] = '\0';
    computer->applied[0] = '\0';
    computer->wanted[0] = '\0';
    computer->command_phase = COMMAND_NONE;
    computer->acknowledged = 0;
    computer->batch_count = 0;
}

static uint32_t fault_take(struct computer *computer, enum lane lane, enum operation operation,
                           enum protocol_fault fault)
{
    switch (fault) {
    case PROTOCOL_ENROL_AGAIN:
        if (lane ==
            LANE_CONTROL) { /* the other lane's request may still be under way: it is told as well */
            forget_all(computer);
            computer->under_way[LANE_EVENTS] =
                OPERATION_COUNT; /* its answer is about the computer that was */
        }
        break;
    case PROTOCOL_TOKEN_STALE: drop_text(&computer->token); break;
    case PROTOCOL_REJECTED:
        copy_short(SLICE("Rejected"), computer->state, sizeof(computer->state));
        return REJECTED_WAIT_S;
    case PROTOCOL_UNKNOWN:
        computer->wanted[0] = operation == OPERATION_POLICY ? '\0' : computer->wanted[0];
        computer->command_phase = COMMAND_NONE;
        break;
    case PROTOCOL_PENDING:
        copy_short(SLICE("Pending"), computer->state, sizeof(computer->state));
        computer->wanted[0] = '\0';
        computer->command_phase = COMMAND_NONE;
        break;
    case PROTOCOL_FINE:
    case PROTOCOL_MISTAKE:
    case PROTOCOL_INSTALLATION:
    case PROTOCOL_TOO_LARGE:
    case PROTOCOL_LATER: break;
    }
    return 0;
}

int64_t computer_answer(struct arena *arena, const struct fleet_plan *plan,
                        struct computer *computer, enum lane lane,
                        const struct multi_answer *answer, struct stats *stats)
{
    enum operation operation = computer->under_way[lane];
    int64_t now_us = time_monotonic_us();
    if (operation == OPERATION_COUNT) {
        return now_us;
    }
    enum protocol_fault fault = answer->status == 0
                                    ? PROTOCOL_LATER
                                    : protocol_fault_of(arena, answer->status, answer->body);
    bool taken =
        fault == PROTOCOL_FINE && success_take(arena, computer, operation, answer->body, stats);
    if (taken) {
        stats_answer(stats, operation, answer->duration_us);
        backoff_clear(&computer->backoff[lane]);
        return after_success_us(plan, computer, lane, operation, now_us);
    }
    stats_refusal(stats, operation, answer->status);
    stats->problem = stats->problem == NULL ? answer->problem : stats->problem;
    uint32_t least_s = fault_take(computer, lane, operation, fault);
    uint32_t retry_s = least_s > answer->retry_after_s ? least_s : answer->retry_after_s;
    return now_us + (int64_t)backoff_next_ms(&computer->backoff[lane], retry_s) * 1000;
}
