/* Proves what agents may send, in which codings and how much; and what is kept in memory for all of them. */
#include "agent_api/test_agent.h"
#include "crypto/compress.h"

#define LINES "{\"message\":\"one\"}\n{\"message\":\"two\"}\n"

/* --- events ------------------------------------------------------------------------------------------------------------- */

static enum result send(const struct endpoint *endpoint, const char *first, const char *coding,
                        struct slice body)
{
    with_header("Reeve-First-Sequence", first);
    with_header("Content-Encoding", coding);
    return agent_raw(endpoint, "Agent_Events", NULL, body);
}

static void stored_is(int64_t next, int64_t stored, int64_t repeated, int64_t lost)
{
    assert_int_equal(api.reply.status, 200);
    assert_int_equal(json_get(answer(), "nextSequence")->integer, next);
    assert_int_equal(json_get(answer(), "stored")->integer, stored);
    assert_int_equal(json_get(answer(), "repeated")->integer, repeated);
    assert_int_equal(json_get(answer(), "lost")->integer, lost);
}

static void events_come_plain_or_packed(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_in(fleet_group("Desks", false));
    struct slice zstd;
    struct slice gzip;
    test_is(&api, zstd_pack(api.arena, SLICE(LINES), 1, &zstd, &api.error), RESULT_OK);
    test_is(&api, gzip_pack(api.arena, SLICE(LINES), 1, &gzip, &api.error), RESULT_OK);
    test_is(&api, send(&endpoint, "1", "", SLICE(LINES)), RESULT_OK);
    stored_is(3, 2, 0, 0);
    test_is(&api, send(&endpoint, " 2 ", "Identity", SLICE(LINES)), RESULT_OK);
    stored_is(4, 1, 1, 0);
    test_is(&api, send(&endpoint, "4", "zstd", zstd), RESULT_OK);
    stored_is(6, 2, 0, 0);
    test_is(&api, send(&endpoint, "10", "GZIP", gzip), RESULT_OK);
    stored_is(12, 2, 0, 4);
    test_is(&api, send(&endpoint, "10", "gzip", gzip), RESULT_OK);
    stored_is(12, 0, 2, 0);
    agents_close();
}

static void batches_that_cannot_be_read_are_refused(void **state)
{
    static const char *const numbers[] = { "", "0", "-1", "one", "9223372036854775807" };
    agents_open(state);
    struct endpoint endpoint = endpoint_in(fleet_group("Desks", false));
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        test_is(&api, send(&endpoint, numbers[i], "", SLICE(LINES)), RESULT_INVALID);
        problem_is("Reeve-First-Sequence");
    }
    test_is(&api, send(&endpoint, "1", "br", SLICE(LINES)), RESULT_UNSUPPORTED);
    test_is(&api, send(&endpoint, "1", "zstd", SLICE(LINES)), RESULT_INVALID);
    test_is(&api, send(&endpoint, "1", "gzip", SLICE(LINES)), RESULT_INVALID);
    test_is(&api, send(&endpoint, "1", "", SLICE("{}\nbad\n")), RESULT_INVALID);
    problem_is("line 2");
    test_is(&api, send(&endpoint, "1", "", SLICE("")), RESULT_INVALID);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM event_block", NULL), 0);
    agents_close();
}

static void a_batch_that_unpacks_past_the_bound_is_too_large(void **state)
{
    enum { BLANKS = 32 * 1024 * 1024 + 1 };
    agents_open(state);
    struct endpoint endpoint = endpoint_in(fleet_group("Desks", false));
    char *blanks = malloc(BLANKS);
    struct slice packed;
    assert_non_null(blanks);
    memset(blanks, '\n', BLANKS);
    test_is(&api, gzip_pack(api.arena, (struct slice){ blanks, BLANKS }, 1, &packed, &api.error),
            RESULT_OK);
    test_is(&api, send(&endpoint, "1", "gzip", packed), RESULT_TOO_LARGE);
    test_is(&api, zstd_pack(api.arena, (struct slice){ blanks, BLANKS }, 1, &packed, &api.error),
            RESULT_OK);
    test_is(&api, send(&endpoint, "1", "zstd", packed), RESULT_TOO_LARGE);
    free(blanks);
    agents_close();
}

static void computers_without_authorisation_send_nothing(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_new();
    enrol(&endpoint, "");
    test_is(&api, send(&endpoint, "1", "", SLICE(LINES)), RESULT_CONFLICT);
    problem_is(AGENT_PROBLEM_PENDING);
    test_is(&api, agent_raw(&endpoint, "Agent_Log", UNKNOWN_ID, SLICE("log")), RESULT_CONFLICT);
    agents_close();
}

/* --- logs --------------------------------------------------------------------------------------------------------------- */

static const char *log_asked(const struct endpoint *endpoint)
{
    operator_call("Computers_RetrieveLogs", endpoint->id, NULL);
    test_is(&api, agent_call(endpoint, "Agent_CheckIn", NULL, "{}"), RESULT_OK);
    const struct json *command = json_get(answer(), "commands")->first;
    assert_true(slice_is(json_text_of(json_get(command, "type")), "RetrieveLogs"));
    return slice_dup(api.arena, json_text_of(json_get(command, "logId")));
}

static void a_log_that_was_asked_for_is_kept(void **state)
{
    agents_open(state);
    const char *group = fleet_group("Desks", false);
    struct endpoint endpoint = endpoint_in(group);
    struct endpoint other = endpoint_in(group);
    const char *id = log_asked(&endpoint);
    test_is(&api, agent_raw(&other, "Agent_Log", id, SLICE("not mine")), RESULT_NOT_FOUND);
    with_header("Reeve-File-Name", "agent.zip");
    with_header("Content-Type", "application/zip");
    test_is(&api, agent_raw(&endpoint, "Agent_Log", id, SLICE("the log")), RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    assert_int_equal(fleet_number("size_bytes", "computer_log", id), 7);
    test_is(&api, agent_raw(&endpoint, "Agent_Log", id, SLICE("again")), RESULT_OK);
    assert_int_equal(fleet_number("size_bytes", "computer_log", id), 7);
    agents_close();
}

static void a_log_has_a_bound(void **state)
{
    char log[1001];
    agents_open(state);
    struct endpoint endpoint = endpoint_in(fleet_group("Desks", false));
    const char *id = log_asked(&endpoint);
    memset(log, 'x', sizeof(log));
    test_is(&api, agent_raw(&endpoint, "Agent_Log", id, (struct slice){ log, 1001 }),
            RESULT_TOO_LARGE);
    test_is(&api, agent_raw(&endpoint, "Agent_Log", id, (struct slice){ log, 1000 }), RESULT_OK);
    agents_close();
}

/* --- in memory ---------------------------------------------------------------------------------------------------------- */

static size_t contacts(struct agent_services *services, int64_t *out_last_us)
{
    const struct computer_seen *seen = NULL;
    size_t all = 0;
    for (size_t count = agent_contacts_take(services, &seen); count > 0;
         count = agent_contacts_take(services, &seen)) {
        assert_true(count <= CONTACTS_A_WRITE);
        *out_last_us = seen[count - 1].at_us;
        all += count;
    }
    return all;
}

static void every_call_is_a_contact_and_each_computer_counts_once(void **state)
{
    agents_open(state);
    struct endpoint endpoint = endpoint_in(fleet_group("Desks", false));
    int64_t last = 0;
    (void)contacts(api.ctx.agents, &last);
    for (int i = 0; i < 3; i++) {
        api.ctx.now_us += US_PER_SECOND;
        test_is(&api, agent_call(&endpoint, "Agent_CheckIn", NULL, "{}"), RESULT_OK);
    }
    assert_int_equal(agent_contacts_waiting(api.ctx.agents), 1);
    assert_int_equal(contacts(api.ctx.agents, &last), 1);
    assert_int_equal(last, TEST_NOW_US + 3 * US_PER_SECOND);
    assert_int_equal(contacts(api.ctx.agents, &last), 0);
    agents_close();
}

static void contacts_are_handed_out_in_pieces_up_to_a_bound(void **state)
{
    (void)state;
    struct agent_services *services = agent_services_new();
    int64_t last = 0;
    assert_non_null(services);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < CONTACTS_MAX + 10; i++) {
            char id[37];
            (void)snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", i);
            contact_note(services, id, i);
        }
        assert_int_equal(agent_contacts_waiting(services), CONTACTS_MAX);
        assert_int_equal(contacts(services, &last), CONTACTS_MAX);
        assert_int_equal(last, CONTACTS_MAX - 1);
    }
    agent_services_free(services);
    agent_services_free(NULL);
}

static void a_stamped_policy_is_kept_and_follows_its_name(void **state)
{
    agents_open(state);
    struct stamped first;
    struct stamped again;
    struct stamped renamed;
    const char *revision = group_policy("Workstations", fleet_group("Desks", false));
    test_fresh(&api);
    test_is(&api, stamped_load(&api.ctx, revision, STAMPED_FACTS, &first), RESULT_OK);
    test_is(&api, stamped_load(&api.ctx, revision, STAMPED_DOCUMENT, &again), RESULT_OK);
    assert_string_equal(first.sha256, again.sha256);
    assert_int_equal(first.bytes, again.document.length);
    test_sql(&api, "UPDATE policy SET name = 'Desktops'");
    test_is(&api, stamped_load(&api.ctx, revision, STAMPED_DOCUMENT, &renamed), RESULT_OK);
    assert_string_not_equal(first.sha256, renamed.sha256);
    assert_non_null(memmem(renamed.document.text, renamed.document.length, "Desktops", 8));
    agents_close();
}

/* What is stamped has another name each time, so one policy fills all places. */
static void more_policies_than_are_kept_still_arrive(void **state)
{
    enum { NAMES = 1030 };
    agents_open(state);
    char first[SHA256_HEX_BYTES] = "";
    const char *revision = group_policy("Workstations", fleet_group("Desks", false));
    for (int i = 0; i <= NAMES; i++) {
        struct stamped facts;
        struct stamped whole;
        char digest[SHA256_HEX_BYTES];
        test_fresh(&api);
        test_sql(&api, arena_printf(api.arena, "UPDATE policy SET name = 'Policy %d'", i % NAMES));
        test_is(&api, stamped_load(&api.ctx, revision, STAMPED_FACTS, &facts), RESULT_OK);
        test_is(&api, stamped_load(&api.ctx, revision, STAMPED_DOCUMENT, &whole), RESULT_OK);
        sha256_hex_of(whole.document, digest);
        assert_string_equal(digest, facts.sha256);
        assert_string_equal(digest, whole.sha256);
        if (i == 0) {
            memcpy(first, digest, sizeof(first));
        }
        if (i == NAMES) {
            assert_string_equal(digest, first);
        }
    }
    agents_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(events_come_plain_or_packed),
        TEST_ON_FILE(batches_that_cannot_be_read_are_refused),
        TEST_ON_FILE(a_batch_that_unpacks_past_the_bound_is_too_large),
        TEST_ON_FILE(computers_without_authorisation_send_nothing),
        TEST_ON_SERVERS(a_log_that_was_asked_for_is_kept),
        TEST_ON_FILE(a_log_has_a_bound),
        TEST_ON_FILE(every_call_is_a_contact_and_each_computer_counts_once),
        cmocka_unit_test(contacts_are_handed_out_in_pieces_up_to_a_bound),
        TEST_ON_SERVERS(a_stamped_policy_is_kept_and_follows_its_name),
        TEST_ON_FILE(more_policies_than_are_kept_still_arrive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
