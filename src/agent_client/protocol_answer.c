#include <string.h>

#include "agent_client/protocol.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "json/read.h"

enum { INTERVAL_S_MAX = 86400, STATE_BYTES_MAX = 32 };

static const struct json_limits answer_limits = { .depth_max = 8, .values_max = 1000 };
/* Requests describe applications with whatever their agent knew of them. */
static const struct json_limits request_limits = { .depth_max = 40, .values_max = 100000 };

/* --- refusals ---------------------------------------------------------------------------------------------------- */

static const struct json *problem_of(struct arena *arena, struct slice body)
{
    const struct json *problem = NULL;
    return json_parse(arena, body, &answer_limits, &problem, NULL) == RESULT_OK ? problem : NULL;
}

struct slice protocol_detail(struct arena *arena, struct slice body)
{
    const struct json *problem = problem_of(arena, body);
    struct slice detail = json_text_of(json_get(problem, "detail"));
    return detail.length > 0 ? detail : json_text_of(json_get(problem, "title"));
}

static enum protocol_fault by_type(struct arena *arena, struct slice body,
                                   enum protocol_fault usual)
{
    /* clang-format off */
    static const struct { const char *type; enum protocol_fault fault; } rows[] = {
        { "urn:reeve:problem:installation", PROTOCOL_INSTALLATION },
        { "urn:reeve:problem:enrol-again",  PROTOCOL_ENROL_AGAIN },
        { "urn:reeve:problem:rejected",     PROTOCOL_REJECTED },
    };
    /* clang-format on */
    struct slice type = json_text_of(json_get(problem_of(arena, body), "type"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (slice_is(type, rows[i].type)) {
            return rows[i].fault;
        }
    }
    return usual;
}

enum protocol_fault protocol_fault_of(struct arena *arena, int status, struct slice body)
{
    if ((status >= 200 && status < 300) || status == 304) {
        return PROTOCOL_FINE;
    }
    switch (status) {
    case 401: return by_type(arena, body, PROTOCOL_TOKEN_STALE);
    case 403: return by_type(arena, body, PROTOCOL_REJECTED);
    case 404: return PROTOCOL_UNKNOWN;
    case 409: return PROTOCOL_PENDING;
    case 413: return PROTOCOL_TOO_LARGE;
    case 408:
    case 429: return PROTOCOL_LATER;
    default: return status >= 500 || status < 400 ? PROTOCOL_LATER : PROTOCOL_MISTAKE;
    }
}

const char *protocol_fault_name(enum protocol_fault fault)
{
    static const char *const names[] = {
        [PROTOCOL_FINE] = "fine",
        [PROTOCOL_MISTAKE] = "refused",
        [PROTOCOL_TOKEN_STALE] = "not signed in",
        [PROTOCOL_INSTALLATION] = "wrong installation id or key",
        [PROTOCOL_ENROL_AGAIN] = "must enrol again",
        [PROTOCOL_REJECTED] = "rejected",
        [PROTOCOL_UNKNOWN] = "not found",
        [PROTOCOL_PENDING] = "not authorised yet",
        [PROTOCOL_TOO_LARGE] = "too large",
        [PROTOCOL_LATER] = "busy or away",
    };
    return names[fault];
}

/* --- answers ------------------------------------------------------------------------------------------------------- */

static enum result odd(struct error *error, const char *what)
{
    return fail(error, RESULT_BROKEN, NULL, "the server's answer to %s makes no sense", what);
}

static enum result parse_within(struct arena *arena, const struct json_limits *limits,
                                struct slice body, const char *what, const struct json **out,
                                struct error *error)
{
    enum result result = json_parse(arena, body, limits, out, NULL);
    if (result == RESULT_NO_MEMORY) {
        return fail(error, result, NULL, "no memory for the answer to %s", what);
    }
    return result == RESULT_OK && json_is(*out, JSON_OBJECT) ? RESULT_OK : odd(error, what);
}

static enum result answer_parse(struct arena *arena, struct slice body, const char *what,
                                const struct json **out, struct error *error)
{
    return parse_within(arena, &answer_limits, body, what, out, error);
}

static uint32_t seconds_of(const struct json *value, uint32_t otherwise)
{
    bool sane = json_is(value, JSON_INT) && value->integer >= 1 && value->integer <= INTERVAL_S_MAX;
    return sane ? (uint32_t)value->integer : otherwise;
}

enum result protocol_enrolled_read(struct arena *arena, struct slice body,
                                   struct protocol_enrolled *out, struct error *error)
{
    enum { INTERVAL_S_USUAL = 300 };
    const struct json *answer = NULL;
    TRY(answer_parse(arena, body, "enrol", &answer, error));
    out->state = json_text_of(json_get(answer, "state"));
    out->certificate_pem = json_text_of(json_get(answer, "certificate"));
    out->ca_certificate_pem = json_text_of(json_get(answer, "caCertificate"));
    out->check_in_interval_s =
        seconds_of(json_get(answer, "checkInIntervalSeconds"), INTERVAL_S_USUAL);
    bool known = uuid_parse(json_text_of(json_get(answer, "computerId")), &out->computer_id);
    return known && out->state.length > 0 && out->state.length < STATE_BYTES_MAX
               ? RESULT_OK
               : odd(error, "enrol");
}

enum result protocol_token_read(struct arena *arena, struct slice body, struct protocol_token *out,
                                struct error *error)
{
    enum { LIFE_S_USUAL = 300 };
    const struct json *answer = NULL;
    TRY(answer_parse(arena, body, "token", &answer, error));
    out->text = json_text_of(json_get(answer, "access_token"));
    out->life_s = seconds_of(json_get(answer, "expires_in"), LIFE_S_USUAL);
    bool sane = out->text.length > 0 && out->text.length < PROTOCOL_TOKEN_BYTES_MAX;
    for (size_t i = 0; sane && i < out->text.length; i++) {
        sane = out->text.text[i] > ' ' && out->text.text[i] < 0x7F; /* it becomes a header */
    }
    return sane ? RESULT_OK : odd(error, "token");
}

static enum protocol_command_type command_type(struct slice name)
{
    /* clang-format off */
    static const struct { const char *name; enum protocol_command_type type; } rows[] = {
        { "RetrieveLogs",       PROTOCOL_RETRIEVE_LOGS },
        { "RetrieveStatusInfo", PROTOCOL_RETRIEVE_STATUS },
        { "RenewCertificate",   PROTOCOL_RENEW_CERTIFICATE },
        { "Deactivate",         PROTOCOL_DEACTIVATE },
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (slice_is_any_case(name, rows[i].name)) {
            return rows[i].type;
        }
    }
    return PROTOCOL_COMMAND_UNKNOWN;
}

static void commands_read(const struct json *list, struct protocol_news *out)
{
    const struct json *item = json_is(list, JSON_ARRAY) ? list->first : NULL;
    for (; item != NULL && out->command_count < PROTOCOL_COMMANDS_MAX; item = item->next) {
        struct protocol_command_item *command = &out->commands[out->command_count];
        if (!uuid_parse(json_text_of(json_get(item, "id")), &command->id)) {
            continue;
        }
        command->type = command_type(json_text_of(json_get(item, "type")));
        if (!uuid_parse(json_text_of(json_get(item, "logId")), &command->log_id)) {
            command->log_id.text[0] = '\0';
        }
        out->command_count++;
    }
}

static enum result policy_read(const struct json *policy, struct protocol_news *out,
                               struct error *error)
{
    uint8_t digest[SHA256_BYTES];
    struct slice sha256 = json_text_of(json_get(policy, "sha256"));
    const struct json *revision = json_get(policy, "revision");
    const struct json *size = json_get(policy, "size");
    out->policy.name = json_text_of(json_get(policy, "name"));
    out->policy.revision = json_is(revision, JSON_INT) ? revision->integer : 0;
    out->policy.bytes = json_is(size, JSON_INT) ? size->integer : 0;
    if (!uuid_parse(json_text_of(json_get(policy, "revisionId")), &out->policy.revision_id) ||
        !hex_decode(sha256, digest, sizeof(digest))) {
        return odd(error, "check-in");
    }
    if (!uuid_parse(json_text_of(json_get(policy, "policyId")), &out->policy.policy_id)) {
        out->policy.policy_id.text[0] = '\0';
    }
    hex_encode(digest, sizeof(digest), out->policy.sha256);
    out->has_policy = true;
    return RESULT_OK;
}

static bool is_true(const struct json *value)
{
    return json_is(value, JSON_BOOL) && value->boolean;
}

enum result protocol_news_read(struct arena *arena, struct slice body, struct protocol_news *out,
                               struct error *error)
{
    enum { NEXT_S_USUAL = 300 };
    const struct json *answer = NULL;
    TRY(parse_within(arena, &request_limits, body, "check-in", &answer, error));
    memset(out, 0, sizeof(*out));
    out->state = json_text_of(json_get(answer, "state"));
    out->group_id = json_text_of(json_get(answer, "groupId"));
    if (out->state.length == 0 || out->state.length >= STATE_BYTES_MAX) {
        return odd(error, "check-in");
    }
    if (json_is(json_get(answer, "policy"), JSON_OBJECT)) {
        TRY(policy_read(json_get(answer, "policy"), out, error));
    }
    out->clear_policy = is_true(json_get(answer, "clearPolicy"));
    out->report = is_true(json_get(answer, "report"));
    out->next_check_in_s = seconds_of(json_get(answer, "nextCheckInSeconds"), NEXT_S_USUAL);
    commands_read(json_get(answer, "commands"), out);
    const struct json *decisions = json_get(answer, "decisions");
    bool whole = json_is(json_get(decisions, "version"), JSON_INT) &&
                 json_is(json_get(decisions, "items"), JSON_ARRAY);
    out->decisions = whole ? decisions : NULL;
    return RESULT_OK;
}

static int64_t whole(const struct json *value)
{
    return json_is(value, JSON_INT) ? value->integer : 0;
}

enum result protocol_stored_read(struct arena *arena, struct slice body,
                                 struct protocol_stored *out, struct error *error)
{
    const struct json *answer = NULL;
    TRY(answer_parse(arena, body, "events", &answer, error));
    *out = (struct protocol_stored){
        .next_sequence = whole(json_get(answer, "nextSequence")),
        .stored = whole(json_get(answer, "stored")),
        .repeated = whole(json_get(answer, "repeated")),
        .lost = whole(json_get(answer, "lost")),
    };
    return out->next_sequence >= 1 ? RESULT_OK : odd(error, "events");
}

enum result protocol_renewed_read(struct arena *arena, struct slice body,
                                  struct slice *out_certificate_pem, struct error *error)
{
    const struct json *answer = NULL;
    TRY(answer_parse(arena, body, "renew", &answer, error));
    *out_certificate_pem = json_text_of(json_get(answer, "certificate"));
    return out_certificate_pem->length > 0 ? RESULT_OK : odd(error, "renew");
}

bool protocol_request_of(const struct json *item, struct protocol_request *out)
{
    memset(out, 0, sizeof(*out));
    (void)time_parse(json_text_of(json_get(item, "sessionStart")), &out->session_start_us, NULL);
    out->kind = json_text_of(json_get(item, "kind"));
    out->decision = json_text_of(json_get(item, "decision"));
    out->state = json_text_of(json_get(item, "state"));
    out->user = json_text_of(json_get(item, "user"));
    out->ticket_id = json_text_of(json_get(item, "ticketId"));
    out->message = json_text_of(json_get(item, "message"));
    out->decided_by = json_text_of(json_get(item, "decisionPerformedByUser"));
    out->duration = json_text_of(json_get(item, "duration"));
    out->end_date = json_text_of(json_get(item, "endDate"));
    out->seconds = whole(json_get(item, "seconds"));
    return uuid_parse(json_text_of(json_get(item, "id")), &out->id) && out->state.length > 0 &&
           out->decision.length > 0;
}

enum result protocol_request_read(struct arena *arena, struct slice body,
                                  struct protocol_request *out, struct error *error)
{
    const struct json *answer = NULL;
    TRY(parse_within(arena, &request_limits, body, "requests", &answer, error));
    return protocol_request_of(answer, out) ? RESULT_OK : odd(error, "requests");
}
