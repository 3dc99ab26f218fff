#include <string.h>

#include "agent_client/protocol.h"
#include "base/arena.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "json/write.h"

enum { ASSERTION_LIFE_S = 300, JTI_CHARACTERS = 22 };

#define ASSERTION_TYPE "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"

struct body {
    struct buffer text;
    struct json_writer json;
};

static void body_begin(struct body *body)
{
    buffer_init(&body->text, PROTOCOL_BODY_BYTES_MAX);
    json_writer_init(&body->json, &body->text);
    json_begin_object(&body->json);
}

static enum result body_end(struct body *body, struct arena *arena, struct slice *out,
                            struct error *error)
{
    json_end_object(&body->json);
    size_t length = body->text.length;
    bool overflow = body->text.overflow;
    char *copy = overflow ? NULL : arena_strndup(arena, body->text.bytes, length);
    buffer_done(&body->text);
    if (overflow) {
        return fail(error, RESULT_TOO_LARGE, NULL, "the request is over %d bytes",
                    PROTOCOL_BODY_BYTES_MAX);
    }
    if (copy == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the request");
    }
    *out = (struct slice){ copy, length };
    return RESULT_OK;
}

static void member_optional(struct body *body, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        json_member_text(&body->json, name, text);
    }
}

/* Cut at a whole character, so that the server never sees half of one. */
static struct slice cut_text(const char *text, size_t bytes_max)
{
    struct slice cut = slice_of(text);
    if (cut.length > bytes_max) {
        cut.length = bytes_max;
        while (cut.length > 0 && ((unsigned char)cut.text[cut.length] & 0xC0U) == 0x80U) {
            cut.length--;
        }
    }
    return cut;
}

static void put_facts(struct body *body, const struct protocol_fact *facts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (facts[i].value != NULL && facts[i].value[0] != '\0') {
            json_member_slice(&body->json, facts[i].name,
                              cut_text(facts[i].value, PROTOCOL_FACT_BYTES_MAX));
        }
    }
}

static void put_machine(struct body *body, const struct protocol_machine *machine)
{
    json_member_text(&body->json, "host", machine->host);
    json_member_text(&body->json, "agentVersion", machine->agent_version);
    json_key(&body->json, "endpointInformation");
    json_begin_object(&body->json);
    put_facts(body, machine->facts, machine->fact_count);
    json_end_object(&body->json);
}

enum result protocol_enrol_body(struct arena *arena, const struct protocol_enrolment *enrolment,
                                struct slice *out, struct error *error)
{
    struct body body;
    body_begin(&body);
    json_member_text(&body.json, "installationId", enrolment->installation_id);
    json_member_text(&body.json, "installationKey", enrolment->installation_key);
    json_member_slice(&body.json, "csr", enrolment->csr_pem);
    json_member_text(&body.json, "hostType", "Linux");
    member_optional(&body, "groupId", enrolment->group_id);
    put_machine(&body, enrolment->machine);
    return body_end(&body, arena, out, error);
}

enum result protocol_token_form(struct arena *arena, struct slice key_pem, const char *computer_id,
                                int64_t now_us, struct slice *out, struct error *error)
{
    struct body body;
    struct slice claims;
    struct slice assertion;
    char jti[JTI_CHARACTERS + 1];
    int64_t now_s = now_us / US_PER_SECOND;
    random_alphanumeric(jti, JTI_CHARACTERS);
    body_begin(&body);
    json_member_text(&body.json, "iss", computer_id);
    json_member_text(&body.json, "sub", computer_id);
    json_member_text(&body.json, "aud", "reeve-agent");
    json_member_int(&body.json, "iat", now_s);
    json_member_int(&body.json, "exp", now_s + ASSERTION_LIFE_S);
    json_member_text(&body.json, "jti", jti);
    TRY(body_end(&body, arena, &claims, error));
    TRY(jwt_sign_es256(arena, key_pem, claims, &assertion, error));
    char *form = arena_printf(arena,
                              "grant_type=client_credentials&client_assertion_type=%s"
                              "&client_assertion=%.*s",
                              ASSERTION_TYPE, (int)assertion.length, assertion.text);
    if (form == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the assertion");
    }
    *out = slice_of(form);
    return RESULT_OK;
}

enum result protocol_check_in_body(struct arena *arena, const struct protocol_check_in *check_in,
                                   struct slice *out, struct error *error)
{
    struct body body;
    body_begin(&body);
    member_optional(&body, "knownState", check_in->known_state);
    member_optional(&body, "appliedRevisionId", check_in->applied_revision_id);
    member_optional(&body, "knownRevisionId", check_in->known_revision_id);
    if (check_in->tells_decisions) {
        json_member_int(&body.json, "knownDecisions", check_in->known_decisions);
    }
    json_member_int(&body.json, "waitSeconds", check_in->wait_s);
    json_member_text(&body.json, "agentVersion", REEVE_VERSION);
    return body_end(&body, arena, out, error);
}

enum result protocol_status_body(struct arena *arena, const struct protocol_report *report,
                                 struct slice *out, struct error *error)
{
    struct body body;
    char moment[TIME_TEXT_BYTES];
    body_begin(&body);
    if (report->machine != NULL) {
        put_machine(&body, report->machine);
    }
    json_member_text(&body.json, "adapterVersion", REEVE_VERSION);
    json_member_text(&body.json, "appliedRevisionId", report->applied_revision_id);
    if (report->applied_us > 0) {
        (void)time_format(report->applied_us, TIME_ZULU, moment);
        json_member_text(&body.json, "appliedOn", moment);
    }
    json_key(&body.json, "policyError");
    if (report->policy_error == NULL) {
        json_put_null(&body.json);
    } else {
        json_put_slice(&body.json, cut_text(report->policy_error, PROTOCOL_RESULT_BYTES_MAX));
    }
    return body_end(&body, arena, out, error);
}

enum result protocol_outcome_body(struct arena *arena, const char *status, const char *text,
                                  struct slice *out, struct error *error)
{
    struct body body;
    body_begin(&body);
    json_member_text(&body.json, "status", status);
    if (text != NULL && text[0] != '\0') {
        json_member_slice(&body.json, "result", cut_text(text, PROTOCOL_RESULT_BYTES_MAX));
    }
    return body_end(&body, arena, out, error);
}

enum result protocol_renew_body(struct arena *arena, struct slice csr_pem, struct slice *out,
                                struct error *error)
{
    struct body body;
    body_begin(&body);
    json_member_slice(&body.json, "csr", csr_pem);
    return body_end(&body, arena, out, error);
}

static void put_order(struct body *body, const struct protocol_request_order *order)
{
    json_member_text(&body->json, "id", order->id);
    json_member_text(&body->json, "user", order->user);
    member_optional(body, "reason", order->reason);
}

enum result protocol_application_body(struct arena *arena,
                                      const struct protocol_request_order *order, struct slice *out,
                                      struct error *error)
{
    struct body body;
    body_begin(&body);
    put_order(&body, order);
    json_key(&body.json, "application");
    json_begin_object(&body.json);
    put_facts(&body, order->facts, order->fact_count);
    json_end_object(&body.json);
    return body_end(&body, arena, out, error);
}

enum result protocol_admin_body(struct arena *arena, const struct protocol_request_order *order,
                                struct slice *out, struct error *error)
{
    struct body body;
    body_begin(&body);
    put_order(&body, order);
    member_optional(&body, "userId", order->user_id);
    if (order->seconds > 0) {
        json_member_int(&body.json, "seconds", order->seconds);
    }
    return body_end(&body, arena, out, error);
}

enum result protocol_request_event_body(struct arena *arena, const char *event, const char *reason,
                                        int64_t at_us, struct slice *out, struct error *error)
{
    struct body body;
    char moment[TIME_TEXT_BYTES];
    body_begin(&body);
    json_member_text(&body.json, "event", event);
    member_optional(&body, "reason", reason);
    (void)time_format(at_us, TIME_ZULU, moment);
    json_member_text(&body.json, "at", moment);
    return body_end(&body, arena, out, error);
}
