/* Proves who gets in: enrolment by installation key, tokens by signed assertion, certificates; and who is kept out. */
#include "agent_api/test_agent.h"

/* --- enrolment ---------------------------------------------------------------------------------------------------------- */

static void enrolment_gives_an_id_and_a_certificate_for_it(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_new();
    struct cert_facts facts;
    enrol(&endpoint, "");
    answer_is("state", "Pending");
    answer_is("audience", "reeve-agent");
    assert_int_equal(json_get(answer(), "checkInIntervalSeconds")->integer, 300);
    assert_true(slice_equal(answer_text("caCertificate"), agent_keys.ca_certificate_pem));
    test_is(&api, cert_read(api.arena, answer_text("certificate"), &facts, &api.error), RESULT_OK);
    assert_string_equal(facts.common_name, endpoint.id);
    assert_true(facts.until_us > TEST_NOW_US + 300 * US_PER_DAY);
    agents_close();
}

static void the_same_key_again_is_the_same_computer(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_new();
    enrol(&endpoint, "");
    struct endpoint again = endpoint;
    enrol(&again, "");
    assert_string_equal(again.id, endpoint.id);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM computer", NULL), 1);
    struct endpoint other = endpoint_new();
    enrol(&other, "");
    assert_string_not_equal(other.id, endpoint.id);
    agents_close();
}

static void a_computer_with_a_group_is_authorised_at_once(void **state)
{
    agents_open(state);
    const char *group = fleet_group("Named", false);
    struct endpoint endpoint = endpoint_in(group);
    assert_string_equal(fleet_load(endpoint.id).group_id, group);
    const char *usual = fleet_group("Usual", true);
    struct endpoint second = endpoint_new();
    enrol(&second, "");
    answer_is("state", "Authorised");
    assert_string_equal(fleet_load(second.id).group_id, usual);
    agents_close();
}

static void a_wrong_installation_is_refused_and_leaves_nothing(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_new();
    static const char *const keys[] = { "wrong", INSTALLATION_KEY "x", "Zk3" };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        test_is(&api, agent_call(NULL, "Agent_Enrol", NULL, enrol_text(&endpoint, keys[i], "")),
                RESULT_UNAUTHENTICATED);
        problem_is(AGENT_PROBLEM_INSTALLATION);
    }
    test_is(&api, agent_call(NULL, "Agent_Enrol", NULL, enrol_text(&endpoint, "", "")),
            RESULT_INVALID);
    test_sql(&api, "UPDATE installation SET id = '" UNKNOWN_ID "'");
    test_is(&api,
            agent_call(NULL, "Agent_Enrol", NULL, enrol_text(&endpoint, INSTALLATION_KEY, "")),
            RESULT_UNAUTHENTICATED);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM computer", NULL), 0);
    agents_close();
}

static void enrolment_refuses_what_it_cannot_use(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_new();
    test_is(&api,
            agent_call(NULL, "Agent_Enrol", NULL,
                       enrol_text(&endpoint, INSTALLATION_KEY, ",'groupId':'" UNKNOWN_ID "'")),
            RESULT_INVALID);
    endpoint.csr_pem = SLICE("-----BEGIN NOTHING-----");
    test_is(&api,
            agent_call(NULL, "Agent_Enrol", NULL, enrol_text(&endpoint, INSTALLATION_KEY, "")),
            RESULT_INVALID);
    test_is(&api, agent_call(NULL, "Agent_Enrol", NULL, "{}"), RESULT_INVALID);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM computer", NULL), 0);
    agents_close();
}

/* --- tokens ------------------------------------------------------------------------------------------------------------- */

static struct slice assertion(const struct endpoint *endpoint, const char *issuer,
                              const char *audience, int64_t life_s)
{
    struct slice token;
    char *claims = arena_printf(
        api.arena, "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"exp\":%lld,\"jti\":\"1\"}",
        issuer, endpoint->id, audience, (long long)(TEST_NOW_US / US_PER_SECOND + life_s));
    test_place_ok(
        jwt_sign_es256(api.arena, endpoint->key_pem, slice_of(claims), &token, &api.error),
        &api.error);
    return token;
}

static enum result ask_token_with(struct slice token, const char *grant)
{
    const char *form =
        arena_printf(api.arena,
                     "grant_type=%s&client_assertion_type=urn%%3Aietf%%3Aparams%%3Aoauth"
                     "%%3Aclient-assertion-type%%3Ajwt-bearer&client_assertion=%.*s",
                     grant, (int)token.length, token.text);
    with_header("Content-Type", "application/x-www-form-urlencoded");
    return agent_raw(NULL, "Agent_Token", NULL, slice_of(form));
}

static enum result ask_token(const struct endpoint *endpoint)
{
    return ask_token_with(assertion(endpoint, endpoint->id, AGENT_AUDIENCE, 300),
                          "client_credentials");
}

static enum result authenticate(struct slice token)
{
    struct principal principal;
    api.principal = (struct principal){ .kind = PRINCIPAL_NONE };
    const char *header = arena_printf(api.arena, "Bearer %.*s", (int)token.length, token.text);
    enum result result = agent_face.authenticate(&api.ctx, slice_of(header), &principal);
    if (result == RESULT_OK) {
        api.principal = principal;
    }
    return result;
}

static void a_signed_assertion_gives_a_token_for_an_hour(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_new();
    enrol(&endpoint, "");
    test_is(&api, ask_token(&endpoint), RESULT_OK);
    answer_is("token_type", "Bearer");
    assert_int_equal(json_get(answer(), "expires_in")->integer, 3600);
    struct slice token = answer_text("access_token");
    test_is(&api, authenticate(token), RESULT_OK);
    assert_string_equal(api.principal.id, endpoint.id);
    assert_int_equal(api.principal.kind, PRINCIPAL_AGENT);
    api.ctx.now_us += 3599 * US_PER_SECOND;
    test_is(&api, authenticate(token), RESULT_OK);
    api.ctx.now_us += 2 * US_PER_SECOND;
    test_is(&api, authenticate(token), RESULT_UNAUTHENTICATED);
    agents_close();
}

static void tokens_that_we_did_not_make_open_nothing(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_new();
    struct slice forged;
    enrol(&endpoint, "");
    char *claims = arena_printf(api.arena, "{\"sub\":\"%s\",\"exp\":99999999999}", endpoint.id);
    test_place_ok(
        jwt_sign_hs256(api.arena, SLICE("another secret"), slice_of(claims), &forged, &api.error),
        &api.error);
    test_is(&api, authenticate(forged), RESULT_UNAUTHENTICATED);
    test_is(&api, authenticate(SLICE("")), RESULT_UNAUTHENTICATED);
    test_is(&api, authenticate(SLICE("a.b.c")), RESULT_UNAUTHENTICATED);
    test_is(&api, authenticate(assertion(&endpoint, endpoint.id, AGENT_AUDIENCE, 300)),
            RESULT_UNAUTHENTICATED);
    agents_close();
}

static void an_assertion_must_hold_in_every_part(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_new();
    struct endpoint thief = endpoint_new();
    enrol(&endpoint, "");
    enrol(&thief, "");
    struct endpoint posing = thief;
    memcpy(posing.id, endpoint.id, sizeof(posing.id));
    const struct slice bad[] = {
        assertion(&endpoint, endpoint.id, "another-audience", 300),
        assertion(&endpoint, thief.id, AGENT_AUDIENCE, 300),
        assertion(&endpoint, endpoint.id, AGENT_AUDIENCE, -301),
        assertion(&endpoint, endpoint.id, AGENT_AUDIENCE, 901),
        assertion(&posing, endpoint.id, AGENT_AUDIENCE, 300),
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        test_is(&api, ask_token_with(bad[i], "client_credentials"), RESULT_UNAUTHENTICATED);
        problem_is("invalid_token");
    }
    test_is(&api,
            ask_token_with(assertion(&endpoint, endpoint.id, AGENT_AUDIENCE, 900),
                           "client_credentials"),
            RESULT_OK);
    test_is(&api, ask_token_with(bad[0], "password"), RESULT_INVALID);
    agents_close();
}

static void deleted_and_rejected_computers_get_no_token(void **state)
{
    agents_open(state);
    struct endpoint gone = endpoint_new();
    struct endpoint rejected = endpoint_new();
    enrol(&gone, "");
    enrol(&rejected, "");
    operator_bulk("Computers_Reject", "{'computerIds':['@']}", rejected.id);
    operator_call("Computers_DeleteOne", gone.id, NULL);
    test_is(&api, ask_token(&gone), RESULT_UNAUTHENTICATED);
    problem_is(AGENT_PROBLEM_ENROL_AGAIN);
    test_is(&api, ask_token(&rejected), RESULT_DENIED);
    problem_is(AGENT_PROBLEM_REJECTED);
    memcpy(gone.id, UNKNOWN_ID, sizeof(gone.id));
    test_is(&api, ask_token(&gone), RESULT_UNAUTHENTICATED);
    problem_is(AGENT_PROBLEM_ENROL_AGAIN);
    agents_close();
}

/* --- renewal ------------------------------------------------------------------------------------------------------------ */

static const char *renew_text(const struct endpoint *endpoint)
{
    return arena_printf(api.arena, "{'csr':'%s'}", pem_json(endpoint->csr_pem));
}

static void a_renewed_key_counts_at_once_and_the_one_before_still_signs(void **state)
{
    agents_open(state);
    const char *group = fleet_group("Desks", false);
    struct endpoint first = endpoint_in(group);
    struct endpoint second = endpoint_new();
    struct endpoint third = endpoint_new();
    struct cert_facts facts;
    memcpy(second.id, first.id, sizeof(second.id));
    memcpy(third.id, first.id, sizeof(third.id));
    test_is(&api, agent_call(&first, "Agent_Renew", NULL, renew_text(&second)), RESULT_OK);
    test_is(&api, cert_read(api.arena, answer_text("certificate"), &facts, &api.error), RESULT_OK);
    assert_string_equal(facts.common_name, first.id);
    test_is(&api, ask_token(&second), RESULT_OK);
    test_is(&api, ask_token(&first), RESULT_OK);
    test_is(&api, agent_call(&first, "Agent_Renew", NULL, renew_text(&second)), RESULT_OK);
    test_is(&api, ask_token(&first), RESULT_OK);
    test_is(&api, agent_call(&first, "Agent_Renew", NULL, renew_text(&third)), RESULT_OK);
    test_is(&api, ask_token(&third), RESULT_OK);
    test_is(&api, ask_token(&second), RESULT_OK);
    test_is(&api, ask_token(&first), RESULT_UNAUTHENTICATED);
    agents_close();
}

static void a_pending_computer_renews_nothing(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_new();
    enrol(&endpoint, "");
    test_is(&api, agent_call(&endpoint, "Agent_Renew", NULL, renew_text(&endpoint)),
            RESULT_CONFLICT);
    problem_is(AGENT_PROBLEM_PENDING);
    agents_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(enrolment_gives_an_id_and_a_certificate_for_it),
        TEST_ON_SERVERS(the_same_key_again_is_the_same_computer),
        TEST_ON_SERVERS(a_computer_with_a_group_is_authorised_at_once),
        TEST_ON_FILE(a_wrong_installation_is_refused_and_leaves_nothing),
        TEST_ON_FILE(enrolment_refuses_what_it_cannot_use),
        TEST_ON_SERVERS(a_signed_assertion_gives_a_token_for_an_hour),
        TEST_ON_FILE(tokens_that_we_did_not_make_open_nothing),
        TEST_ON_FILE(an_assertion_must_hold_in_every_part),
        TEST_ON_FILE(deleted_and_rejected_computers_get_no_token),
        TEST_ON_SERVERS(a_renewed_key_counts_at_once_and_the_one_before_still_signs),
        TEST_ON_FILE(a_pending_computer_renews_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
