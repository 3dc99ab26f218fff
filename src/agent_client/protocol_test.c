/* Proves that bodies hold what the protocol asks for, and that odd answers are refused instead of believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "agent_client/backoff.h"
#include "agent_client/protocol.h"
#include "base/arena.h"
#include "base/time.h"
#include "crypto/jwt.h"
#include "crypto/key.h"
#include "json/read.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define ID    "01890a5d-ac96-774b-bcce-b302099a8057"
#define OTHER "01890a5d-ac96-774b-bcce-b302099a8058"
#define SHA   "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static int arena_make(void **state)
{
    *state = arena_new(4 * 1024 * 1024);
    return *state == NULL;
}

static int arena_drop(void **state)
{
    arena_free(*state);
    return 0;
}

static const struct json *parsed(struct arena *arena, struct slice text)
{
    const struct json *tree = NULL;
    assert_int_equal(json_parse(arena, text, &json_limits_usual, &tree, NULL), RESULT_OK);
    return tree;
}

static void faults_follow_status_and_type(void **state)
{
    struct arena *arena = *state;
    struct slice none = SLICE("");
    struct slice again = SLICE("{\"type\":\"urn:reeve:problem:enrol-again\"}");
    struct slice installation = SLICE("{\"type\":\"urn:reeve:problem:installation\"}");
    assert_int_equal(protocol_fault_of(arena, 204, none), PROTOCOL_FINE);
    assert_int_equal(protocol_fault_of(arena, 304, none), PROTOCOL_FINE);
    assert_int_equal(protocol_fault_of(arena, 401, none), PROTOCOL_TOKEN_STALE);
    assert_int_equal(protocol_fault_of(arena, 401, again), PROTOCOL_ENROL_AGAIN);
    assert_int_equal(protocol_fault_of(arena, 401, installation), PROTOCOL_INSTALLATION);
    assert_int_equal(protocol_fault_of(arena, 403, none), PROTOCOL_REJECTED);
    assert_int_equal(protocol_fault_of(arena, 404, none), PROTOCOL_UNKNOWN);
    assert_int_equal(protocol_fault_of(arena, 409, none), PROTOCOL_PENDING);
    assert_int_equal(protocol_fault_of(arena, 413, none), PROTOCOL_TOO_LARGE);
    assert_int_equal(protocol_fault_of(arena, 429, none), PROTOCOL_LATER);
    assert_int_equal(protocol_fault_of(arena, 500, none), PROTOCOL_LATER);
    assert_int_equal(protocol_fault_of(arena, 400, none), PROTOCOL_MISTAKE);
}

static void a_token_form_holds_an_assertion_of_the_key(void **state)
{
    struct arena *arena = *state;
    struct slice key, form, claims, csr;
    struct csr_facts facts;
    assert_int_equal(key_make(arena, &key, NULL), RESULT_OK);
    assert_int_equal(protocol_token_form(arena, key, ID, 1700000000 * US_PER_SECOND, &form, NULL),
                     RESULT_OK);
    const char *assertion = strstr(form.text, "client_assertion=");
    assert_non_null(assertion);
    assert_int_equal(csr_make(arena, key, "x", &csr, NULL), RESULT_OK);
    assert_int_equal(csr_read(arena, csr, &facts, NULL), RESULT_OK);
    assert_int_equal(jwt_verify_key(arena, slice_of(assertion + strlen("client_assertion=")),
                                    facts.public_key_pem, &claims, NULL),
                     RESULT_OK);
    const struct json *tree = parsed(arena, claims);
    assert_true(slice_is(json_text_of(json_get(tree, "sub")), ID));
    assert_true(slice_is(json_text_of(json_get(tree, "iss")), ID));
    assert_true(slice_is(json_text_of(json_get(tree, "aud")), "reeve-agent"));
    assert_int_equal(json_get(tree, "exp")->integer, 1700000300);
}

static void an_enrolment_names_only_the_facts_there_are(void **state)
{
    struct arena *arena = *state;
    const struct protocol_fact facts[] = { { "osCaption", "Debian" },
                                           { "osVersion", NULL },
                                           { "systemModel", "" } };
    const struct protocol_machine machine = { "host", "0.1", facts, 3 };
    const struct protocol_enrolment enrolment = {
        .installation_id = ID, .installation_key = "k", .csr_pem = SLICE("csr"), .machine = &machine
    };
    struct slice body;
    assert_int_equal(protocol_enrol_body(arena, &enrolment, &body, NULL), RESULT_OK);
    const struct json *tree = parsed(arena, body);
    assert_int_equal(json_get(tree, "endpointInformation")->count, 1);
    assert_null(json_get(tree, "groupId"));
    assert_true(slice_is(json_text_of(json_get(tree, "hostType")), "Linux"));
}

static void a_status_without_a_policy_says_null(void **state)
{
    struct arena *arena = *state;
    const struct protocol_report report = { .applied_revision_id = NULL };
    struct slice body;
    assert_int_equal(protocol_status_body(arena, &report, &body, NULL), RESULT_OK);
    const struct json *tree = parsed(arena, body);
    assert_true(json_is(json_get(tree, "appliedRevisionId"), JSON_NULL));
    assert_null(json_get(tree, "host"));
}

static void a_result_is_cut_at_a_whole_character(void **state)
{
    struct arena *arena = *state;
    char text[PROTOCOL_RESULT_BYTES_MAX + 3];
    struct slice body;
    memset(text, 'a', sizeof(text));
    memcpy(text + PROTOCOL_RESULT_BYTES_MAX - 1, "\xc3\xa4", 3);
    assert_int_equal(protocol_outcome_body(arena, "Failed", text, &body, NULL), RESULT_OK);
    const struct json *tree = parsed(arena, body);
    assert_int_equal(json_text_of(json_get(tree, "result")).length, PROTOCOL_RESULT_BYTES_MAX - 1);
}

static void news_are_read(void **state)
{
    struct arena *arena = *state;
    struct protocol_news news;
    struct slice body =
        SLICE("{\"state\":\"Authorised\",\"groupId\":\"" OTHER "\",\"policy\":{\"revisionId\":\"" ID
              "\",\"policyId\":\"" OTHER "\",\"name\":\"W\",\"revision\":3,\"sha256\":\"" SHA
              "\",\"size\":9},\"clearPolicy\":false,\"commands\":[{\"id\":\"" ID
              "\",\"type\":\"RetrieveLogs\",\"logId\":\"" OTHER "\"},{\"id\":\"" OTHER
              "\",\"type\":\"Fly\"}],\"report\":true,\"nextCheckInSeconds\":7}");
    assert_int_equal(protocol_news_read(arena, body, &news, NULL), RESULT_OK);
    assert_true(news.has_policy && news.report && !news.clear_policy);
    assert_string_equal(news.policy.sha256, SHA);
    assert_int_equal(news.policy.revision, 3);
    assert_int_equal(news.command_count, 2);
    assert_int_equal(news.commands[0].type, PROTOCOL_RETRIEVE_LOGS);
    assert_string_equal(news.commands[0].log_id.text, OTHER);
    assert_int_equal(news.commands[1].type, PROTOCOL_COMMAND_UNKNOWN);
    assert_int_equal(news.next_check_in_s, 7);
}

static void odd_answers_are_refused(void **state)
{
    struct arena *arena = *state;
    struct protocol_news news;
    struct protocol_token token;
    struct protocol_stored stored;
    struct protocol_enrolled enrolled;
    struct slice certificate;
    assert_int_equal(protocol_news_read(arena, slice_of("[]"), &news, NULL), RESULT_BROKEN);
    assert_int_equal(protocol_news_read(arena, slice_of("{}"), &news, NULL), RESULT_BROKEN);
    assert_int_equal(
        protocol_news_read(
            arena, slice_of("{\"state\":\"A\",\"policy\":{\"revisionId\":\"../x\"}}"), &news, NULL),
        RESULT_BROKEN);
    assert_int_equal(
        protocol_token_read(arena, slice_of("{\"access_token\":\"a\\nb\"}"), &token, NULL),
        RESULT_BROKEN);
    assert_int_equal(protocol_stored_read(arena, slice_of("{\"nextSequence\":0}"), &stored, NULL),
                     RESULT_BROKEN);
    assert_int_equal(
        protocol_enrolled_read(arena, slice_of("{\"state\":\"Pending\"}"), &enrolled, NULL),
        RESULT_BROKEN);
    assert_int_equal(protocol_renewed_read(arena, slice_of("nginx"), &certificate, NULL),
                     RESULT_BROKEN);
}

static void waits_stay_below_a_doubling_ceiling(void **state)
{
    (void)state;
    struct backoff backoff = { 0 };
    uint32_t ceiling = BACKOFF_FIRST_MS;
    for (int i = 0; i < 20; i++) {
        uint32_t wait = backoff_next_ms(&backoff, 0);
        assert_in_range(wait, 1, ceiling);
        ceiling = ceiling * 2 < BACKOFF_MOST_MS ? ceiling * 2 : BACKOFF_MOST_MS;
    }
    backoff_clear(&backoff);
    assert_in_range(backoff_next_ms(&backoff, 0), 1, BACKOFF_FIRST_MS);
}

static void a_wait_is_never_shorter_than_the_server_asks(void **state)
{
    (void)state;
    struct backoff backoff = { 0 };
    for (int i = 0; i < 50; i++) {
        backoff_clear(&backoff);
        assert_in_range(backoff_next_ms(&backoff, 20), 20000, 25000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_follow_status_and_type),
        cmocka_unit_test(a_token_form_holds_an_assertion_of_the_key),
        cmocka_unit_test(an_enrolment_names_only_the_facts_there_are),
        cmocka_unit_test(a_status_without_a_policy_says_null),
        cmocka_unit_test(a_result_is_cut_at_a_whole_character),
        cmocka_unit_test(news_are_read),
        cmocka_unit_test(odd_answers_are_refused),
        cmocka_unit_test(waits_stay_below_a_doubling_ceiling),
        cmocka_unit_test(a_wait_is_never_shorter_than_the_server_asks),
    };
    return cmocka_run_group_tests(tests, arena_make, arena_drop);
}
