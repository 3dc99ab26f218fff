/* Proves the life of a computer: enrolled, authorised or rejected, archived, back again, deleted, purged; and that the
   kept counts follow each step. */
#include "crypto/key.h"
#include "resource/computers/computers_parts.h"
#include "resource/computers/test_fleet.h"

static int64_t state_of(const char *id)
{
    return fleet_number("authorisation_state", "computer", id);
}

static int64_t members(const char *group)
{
    return fleet_number("computer_count", "computer_group", group);
}

static int64_t active(const char *group)
{
    return fleet_number("active_count", "computer_group", group);
}

static int64_t tally(void)
{
    return test_number(&api, "SELECT amount FROM tally WHERE name = $1", "computer");
}

/* --- enrolment -------------------------------------------------------------------------------- */

static void without_a_group_a_computer_waits_for_its_authorisation(void **state)
{
    fleet_open(state);
    struct computer computer = fleet_load(fleet_enrol("Desk-1", NULL));
    assert_int_equal(computer.authorisation, COMPUTER_PENDING);
    assert_string_equal(computer.host, "Desk-1");
    assert_null(computer.group_id);
    assert_null(computer.thumbprint);
    assert_int_equal(computer.last_connected_us, TEST_NOW_US);
    assert_int_equal(tally(), 1);
    test_is(&api, test_json(&api, "Computers_Get", computer.id, NULL), RESULT_OK);
    test_says(&api, "\"connectionStatus\":\"PendingActivation\"");
    test_says(&api, "\"authorised\":null");
    test_says(&api, "\"endpointInformation\":{\"macAddress\":null");
    test_says(&api, "\"certificateInformation\":null");
    test_says(&api, "\"agentLogs\":[]");
    test_says(&api, "\"packageManagerVersion\":\"NA\"");
    test_says(&api, "\"policyRevisionStatus\":\"NoPolicy\"");
    test_says(&api, "\"deactivatedOn\":null");
    test_close(&api);
}

static void a_named_or_a_default_group_authorises_at_once(void **state)
{
    fleet_open(state);
    const char *named = fleet_group("Named", false);
    struct computer first = fleet_load(fleet_enrol("Desk-1", named));
    const char *standard = fleet_group("Standard", true);
    const char *revision = fleet_policy("P", standard);
    struct computer second = fleet_load(fleet_enrol("Desk-2", NULL));
    assert_int_equal(first.authorisation, COMPUTER_AUTHORISED);
    assert_int_equal(second.authorisation, COMPUTER_AUTHORISED);
    assert_string_equal(first.group_id, named);
    assert_string_equal(second.group_id, standard);
    assert_string_equal(second.policy_revision_id, revision);
    assert_int_equal(fleet_open_commands(first.id, COMMAND_APPLY_POLICY), 0);
    assert_int_equal(fleet_open_commands(second.id, COMMAND_APPLY_POLICY), 1);
    assert_int_equal(members(named), 1);
    assert_int_equal(active(standard), 1);
    assert_int_equal(fleet_number("authorised", "computer", second.id), TEST_NOW_US);
    test_close(&api);
}

static void the_same_key_gives_the_same_row_until_it_was_rejected_or_deleted(void **state)
{
    fleet_open(state);
    const char *first = fleet_enrol("Desk-1", NULL);
    assert_string_equal(fleet_enrol("Desk-1", NULL), first);
    assert_int_equal(tally(), 1);
    test_is(&api,
            test_json(&api, "Computers_Reject", NULL, text_of("{'computerIds':['@']}", first)),
            RESULT_OK);
    const char *second = fleet_enrol("Desk-1", NULL);
    assert_string_not_equal(second, first);
    test_is(&api, test_json(&api, "Computers_DeleteOne", second, NULL), RESULT_OK);
    assert_string_not_equal(fleet_enrol("Desk-1", NULL), second);
    assert_int_equal(tally(), 2);
    test_close(&api);
}

static void enrolment_refuses_unknown_groups_and_names_out_of_bounds(void **state)
{
    fleet_open(state);
    char name[257];
    memset(name, 'n', sizeof(name));
    struct computer computer;
    struct computer_enrolment order = { .host = SLICE("Desk-1"),
                                        .public_key_pem = "key",
                                        .group_id = UNKNOWN_ID };
    test_is(&api, fleet_try_enrol(&order, &computer), RESULT_INVALID);
    assert_string_equal(api.error.field, "groupId");
    order.group_id = NULL;
    order.host = (struct slice){ name, 256 };
    test_is(&api, fleet_try_enrol(&order, &computer), RESULT_INVALID);
    order.host = SLICE(" \t");
    test_is(&api, fleet_try_enrol(&order, &computer), RESULT_INVALID);
    order.host = SLICE("\xff");
    test_is(&api, fleet_try_enrol(&order, &computer), RESULT_INVALID);
    order.host = (struct slice){ name, 255 };
    test_is(&api, fleet_try_enrol(&order, &computer), RESULT_OK);
    assert_int_equal(tally(), 1);
    test_close(&api);
}

static const char *enrol_machine(const char *host, const char *key, const char *endpoint)
{
    struct computer computer;
    const struct computer_enrolment order = { .host = slice_of(host),
                                              .public_key_pem = key,
                                              .endpoint = json_of(endpoint) };
    test_is(&api, fleet_try_enrol(&order, &computer), RESULT_OK);
    return computer.id;
}

static void machines_with_one_name_and_one_card_are_duplicates_of_each_other(void **state)
{
    fleet_open(state);
    const char *first = enrol_machine("Desk", "k1", "{'macAddress':'AA:01'}");
    const char *second = enrol_machine("DESK", "k2", "{'macAddress':'aa:01'}");
    const char *third = enrol_machine("Desk", "k3", "{'macAddress':'AA:02'}");
    const char *fourth = enrol_machine("Desk", "k4", "{}");
    (void)enrol_machine("Desk", "k5", "{'systemName':'Desk'}");
    const char *sixth = enrol_machine("", "k6", "{'systemName':'Desk','osSerialNumber':'aa:02'}");
    assert_int_equal(fleet_number("duplicate_count", "computer", first), 1);
    assert_int_equal(fleet_number("duplicate_count", "computer", second), 1);
    assert_int_equal(fleet_number("duplicate_count", "computer", third), 1);
    assert_int_equal(fleet_number("duplicate_count", "computer", sixth), 1);
    assert_int_equal(fleet_number("duplicate_count", "computer", fourth), 0);
    test_is(&api, test_list(&api, "Computers_List", "Filter.DuplicateOnly=true"), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":4");
    test_is(&api, test_json(&api, "Computers_DeleteOne", second, NULL), RESULT_OK);
    assert_int_equal(fleet_number("duplicate_count", "computer", first), 0);
    test_close(&api);
}

static void a_certificate_shows_in_the_detail_and_keeps_the_former_key(void **state)
{
    fleet_open(state);
    struct slice ca_key = { 0 };
    struct slice ca = { 0 };
    struct slice key = { 0 };
    struct slice certificate = { 0 };
    struct slice csr = { 0 };
    const char *id = fleet_enrol("Desk-1", NULL);
    test_place_ok(key_make(api.arena, &key, &api.error), &api.error);
    test_place_ok(ca_make(api.arena, "Test CA", TEST_NOW_US, TEST_NOW_US + US_PER_DAY, &ca, &ca_key,
                          &api.error),
                  &api.error);
    test_place_ok(csr_make(api.arena, key, id, &csr, &api.error), &api.error);
    const struct cert_order order = { .use = CERT_CLIENT,
                                      .common_name = id,
                                      .from_us = TEST_NOW_US,
                                      .until_us = TEST_NOW_US + US_PER_DAY / 2,
                                      .csr_pem = csr };
    test_place_ok(cert_issue(api.arena, ca, ca_key, &order, &certificate, &api.error), &api.error);
    test_begin(&api);
    test_is(&api, computer_set_certificate(&api.ctx, id, certificate, "new key"), RESULT_OK);
    test_commit(&api);
    struct computer computer = fleet_load(id);
    assert_string_equal(computer.public_key_pem, "new key");
    assert_non_null(computer.thumbprint);
    assert_in_range(computer.certificate_until_us, TEST_NOW_US, TEST_NOW_US + US_PER_DAY);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM computer_identity WHERE computer_id = $1"
                                 " AND previous_key = 'key of Desk-1'",
                                 id),
                     1);
    test_is(&api, test_json(&api, "Computers_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"certificateInformation\":{\"thumbprint\":\"");
    test_begin(&api);
    test_is(&api, computer_set_certificate(&api.ctx, id, SLICE("nonsense"), "k"), RESULT_INVALID);
    session_rollback(api.place->writer);
    test_close(&api);
}

/* --- states ----------------------------------------------------------------------------------- */

static void each_state_allows_what_the_table_says(void **state)
{
    (void)state;
    static const bool wanted[][STEP_COUNT] = { { true, true, true, true },
                                               { false, false, true, true },
                                               { false, false, false, true },
                                               { false, false, false, true } };
    for (size_t now = 0; now < COUNT_OF(wanted); now++) {
        for (size_t step = 0; step < STEP_COUNT; step++) {
            assert_int_equal(
                computer_may((enum computer_authorisation)now, (enum computer_step)step),
                wanted[now][step]);
        }
    }
}

static void authorising_puts_a_pending_computer_into_the_group_with_its_policy(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    (void)fleet_policy("P", group);
    const char *id = fleet_enrol("Desk-1", NULL);
    const char *body =
        arena_printf(api.arena, "{\"computerIds\":[\"%s\"],\"groupId\":\"%s\"}", id, group);
    test_is(&api, test_json(&api, "Computers_Authorise", NULL, body), RESULT_OK);
    assert_int_equal(api.reply.status, 200);
    assert_int_equal(api.reply.body.length, 0);
    assert_true(fleet_woke(WAKE_COMPUTER, id));
    struct computer computer = fleet_load(id);
    assert_int_equal(computer.authorisation, COMPUTER_AUTHORISED);
    assert_string_equal(computer.group_id, group);
    assert_int_equal(fleet_open_commands(id, COMMAND_APPLY_POLICY), 1);
    assert_int_equal(members(group), 1);
    assert_int_equal(active(group), 1);
    api.ctx.now_us += US_PER_SECOND;
    test_is(&api, test_json(&api, "Computers_Authorise", NULL, body), RESULT_OK);
    assert_int_equal(fleet_number("authorised", "computer", id), TEST_NOW_US);
    assert_int_equal(active(group), 1);
    test_close(&api);
}

/* The group had it already, so nothing moves; the policy must be asked for all the same. */
static void authorising_into_the_group_it_is_in_brings_the_policy(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    (void)fleet_policy("P", group);
    const char *id = fleet_enrol("Desk-1", NULL);
    struct task_faults faults = { 0 };
    test_begin(&api);
    test_is(&api, computers_set_group(&api.ctx, &id, 1, group, &faults), RESULT_OK);
    test_commit(&api);
    assert_int_equal(fleet_open_commands(id, COMMAND_APPLY_POLICY), 0);
    assert_int_equal(active(group), 0);
    test_is(&api,
            test_json(&api, "Computers_Authorise", NULL,
                      arena_printf(api.arena, "{\"computerIds\":[\"%s\"],\"groupId\":\"%s\"}", id,
                                   group)),
            RESULT_OK);
    assert_int_equal(fleet_open_commands(id, COMMAND_APPLY_POLICY), 1);
    assert_int_equal(members(group), 1);
    assert_int_equal(active(group), 1);
    test_close(&api);
}

static void authorising_without_a_group_takes_the_default_one_or_none(void **state)
{
    fleet_open(state);
    const char *first = fleet_enrol("Desk-1", NULL);
    const char *second = fleet_enrol("Desk-2", NULL);
    test_is(&api,
            test_json(&api, "Computers_Authorise", NULL,
                      text_of("{'computerIds':['@'],'groupId':null}", first)),
            RESULT_OK);
    assert_null(fleet_load(first).group_id);
    const char *standard = fleet_group("Standard", true);
    test_is(&api,
            test_json(&api, "Computers_Authorise", NULL, text_of("{'computerIds':['@']}", second)),
            RESULT_OK);
    assert_string_equal(fleet_load(second).group_id, standard);
    test_is(&api,
            test_json(&api, "Computers_Authorise", NULL,
                      text_of("{'computerIds':['@'],'groupId':'" UNKNOWN_ID "'}", second)),
            RESULT_NOT_FOUND);
    test_sql(&api, "INSERT INTO task (id, name, status, total, succeeded, failed, created, action)"
                   " VALUES ('t', 'T', 1, 1, 0, 0, 1, 'T');"
                   "UPDATE computer_group SET locked_by = 't'");
    test_is(&api,
            test_json(&api, "Computers_Authorise", NULL,
                      arena_printf(api.arena, "{\"computerIds\":[\"%s\"],\"groupId\":\"%s\"}",
                                   second, standard)),
            RESULT_CONFLICT);
    test_close(&api);
}

static void rejecting_cuts_off_a_pending_computer_and_leaves_an_authorised_one(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    const char *pending = fleet_enrol("Desk-1", NULL);
    const char *authorised = fleet_enrol("Desk-2", group);
    test_is(&api, test_json(&api, "Computers_RetrieveLogs", pending, NULL), RESULT_OK);
    test_is(&api,
            test_json(
                &api, "Computers_Reject", NULL,
                arena_printf(api.arena, "{\"computerIds\":[\"%s\",\"%s\"]}", pending, authorised)),
            RESULT_OK);
    assert_true(fleet_woke(WAKE_COMPUTER, pending));
    assert_int_equal(state_of(pending), COMPUTER_REJECTED);
    assert_int_equal(state_of(authorised), COMPUTER_AUTHORISED);
    assert_int_equal(fleet_open_commands(pending, COMMAND_RETRIEVE_LOGS), 0);
    test_is(&api,
            test_json(&api, "Computers_Authorise", NULL, text_of("{'computerIds':['@']}", pending)),
            RESULT_OK);
    assert_int_equal(state_of(pending), COMPUTER_REJECTED);
    test_close(&api);
}

static void archiving_leaves_state_and_group_and_is_undone_by_a_call_or_by_contact(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    const char *id = fleet_enrol("Desk-1", group);
    test_is(&api, test_json(&api, "Computers_ArchiveOne", id, NULL), RESULT_OK);
    assert_int_equal(api.reply.status, 200);
    api.ctx.now_us += US_PER_SECOND;
    test_is(&api, test_json(&api, "Computers_ArchiveOne", id, NULL), RESULT_OK);
    assert_int_equal(fleet_number("archived_on", "computer", id), TEST_NOW_US);
    assert_string_equal(fleet_load(id).group_id, group);
    test_is(&api, test_json(&api, "Computers_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"connectionStatus\":\"Archived\"");
    test_says(&api, "\"authorisationState\":\"Authorised\"");
    test_says(&api, "\"archived\":true");
    assert_int_equal(active(group), 1);
    test_is(&api, test_json(&api, "Computers_UnarchiveOne", id, NULL), RESULT_OK);
    assert_false(fleet_load(id).archived);
    assert_int_equal(
        test_number(&api, "SELECT COUNT(*) FROM computer WHERE id = $1 AND archived_on IS NULL",
                    id),
        1);
    test_is(&api, test_json(&api, "Computers_Archive", NULL, text_of("{'computerIds':['@']}", id)),
            RESULT_OK);
    test_begin(&api);
    test_is(&api, computer_came_back(&api.ctx, id), RESULT_OK);
    test_commit(&api);
    assert_false(fleet_load(id).archived);
    test_is(&api, test_json(&api, "Computers_ArchiveOne", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void a_deleted_computer_is_gone_for_callers_and_leaves_the_counts(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    const char *id = fleet_enrol("Desk-1", group);
    test_is(&api, test_json(&api, "Computers_RetrieveLogs", id, NULL), RESULT_OK);
    test_is(&api, test_json(&api, "Computers_Delete", NULL, text_of("{'computerIds':['@']}", id)),
            RESULT_OK);
    assert_true(fleet_woke(WAKE_COMPUTER, id));
    assert_true(fleet_load(id).deleted);
    assert_int_equal(fleet_open_commands(id, COMMAND_RETRIEVE_LOGS), 0);
    assert_int_equal(members(group), 0);
    assert_int_equal(active(group), 0);
    assert_int_equal(tally(), 0);
    static const char *const one[] = { "Computers_Get",          "Computers_DeleteOne",
                                       "Computers_ArchiveOne",   "Computers_UnarchiveOne",
                                       "Computers_RetrieveLogs", "Computers_Logs",
                                       "Computers_CommandLogs" };
    for (size_t i = 0; i < COUNT_OF(one); i++) {
        test_is(&api, test_json(&api, one[i], id, NULL), RESULT_NOT_FOUND);
    }
    test_is(&api, test_list(&api, "Computers_List", ""), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":0");
    test_close(&api);
}

static void deactivating_archives_and_deletes(void **state)
{
    fleet_open(state);
    const char *id = fleet_enrol("Desk-1", NULL);
    test_is(&api,
            test_json(&api, "Computers_Deactivate", NULL, text_of("{'computerIds':['@']}", id)),
            RESULT_OK);
    assert_true(fleet_load(id).archived);
    assert_true(fleet_load(id).deleted);
    assert_int_equal(tally(), 0);
    test_close(&api);
}

static int64_t rows_left(void)
{
    return test_number(&api, "SELECT COUNT(*) FROM computer", NULL);
}

static void purge(uint32_t max)
{
    test_begin(&api);
    size_t count = 0;
    test_is(&api, computers_purge(&api.ctx, api.ctx.now_us - 21 * US_PER_DAY, max, &count),
            RESULT_OK);
    test_commit(&api);
}

static void what_was_deleted_21_days_ago_goes_for_good(void **state)
{
    fleet_open(state);
    const char *first = fleet_enrol("Desk-1", NULL);
    const char *second = fleet_enrol("Desk-2", NULL);
    (void)fleet_enrol("Desk-3", NULL);
    test_is(&api, test_json(&api, "Computers_RetrieveLogs", first, NULL), RESULT_OK);
    test_is(&api, test_json(&api, "Computers_DeleteOne", first, NULL), RESULT_OK);
    test_is(&api, test_json(&api, "Computers_DeleteOne", second, NULL), RESULT_OK);
    api.ctx.now_us = TEST_NOW_US + 21 * US_PER_DAY;
    purge(100);
    assert_int_equal(rows_left(), 3);
    api.ctx.now_us++;
    purge(1);
    assert_int_equal(rows_left(), 2);
    purge(100);
    assert_int_equal(rows_left(), 1);
    struct computer computer;
    test_is(&api, computer_load(&api.ctx, first, &computer), RESULT_NOT_FOUND);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM command", NULL), 0);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM computer_log", NULL), 0);
    test_close(&api);
}

/* --- lists ------------------------------------------------------------------------------------ */

static void seen(const char *id, int64_t at_us)
{
    const struct computer_seen one = { id, at_us };
    test_begin(&api);
    test_is(&api, computers_seen(&api.ctx, &one, 1), RESULT_OK);
    test_commit(&api);
}

static void contact_makes_connected_and_its_absence_counts_days(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    const char *id = fleet_enrol("Desk-1", group);
    test_is(&api, test_list(&api, "Computers_List", ""), RESULT_OK);
    test_says(&api, "\"connectionStatus\":\"Connected\"");
    api.ctx.now_us = TEST_NOW_US + 900 * US_PER_SECOND;
    test_is(&api, test_list(&api, "Computers_List", "Filter.ConnectionStatus=Connected"),
            RESULT_OK);
    test_says(&api, "\"totalRecordCount\":1");
    api.ctx.now_us++;
    test_is(&api, test_list(&api, "Computers_List", "Filter.ConnectionStatus=1"), RESULT_OK);
    test_says(&api, "\"connectionStatus\":\"Disconnected\"");
    test_says(&api, "\"daysDisconnected\":0");
    api.ctx.now_us = TEST_NOW_US + 3 * US_PER_DAY - 1;
    test_is(&api, test_list(&api, "Computers_List", ""), RESULT_OK);
    test_says(&api, "\"daysDisconnected\":2");
    api.ctx.now_us++;
    test_is(
        &api,
        test_list(
            &api, "Computers_List",
            "Filter.DaysDisconnected.Value=3&Filter.DaysDisconnected.Operator=GreaterThanOrEqual"),
        RESULT_OK);
    test_says(&api, "\"daysDisconnected\":3");
    seen(id, api.ctx.now_us);
    seen(id, TEST_NOW_US);
    test_is(&api, test_json(&api, "Computers_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"daysDisconnected\":0");
    test_says(&api, "\"connected\":true");
    test_close(&api);
}

/* Every key of the table must be sortable and every filter readable in both databases. */
static void the_list_sorts_by_every_key_and_filters_by_every_column(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    (void)fleet_policy("P", group);
    (void)fleet_enrol("Desk-1", group);
    (void)fleet_enrol("desk-2", NULL);
    for (size_t i = 0; i < computer_row.count; i++) {
        const struct field *field = &computer_row.fields[i];
        if (field->sort != NULL) {
            test_is(&api,
                    test_list(
                        &api, "Computers_List",
                        arena_printf(api.arena, "Sorts[0].by=%s&Sorts[0].order=desc", field->json)),
                    RESULT_OK);
            test_says(&api, "\"totalRecordCount\":2");
        }
    }
    static const struct {
        const char *query, *total;
    } rows[] = {
        { "Filter.Host=DESK", "2" },
        { "Filter.Host=%", "0" },
        { "Filter.HostType=linux", "2" },
        { "Filter.AgentVersion=1.2", "2" },
        { "Filter.AdapterVersion=1", "0" },
        { "Filter.PackageManagerVersion=na", "2" },
        { "Filter.AuthorisationState=pending", "1" },
        { "Filter.LastConnected.Dates=2023-11-14", "2" },
        { "Filter.PolicyRevisionStatus=AwaitingLatestPolicy", "1" },
        { "Filter.PolicyRevisionStatus=NoPolicy", "1" },
        { "Filter.PolicyId=" UNKNOWN_ID, "0" },
        { "Filter.PolicyName=p", "1" },
        { "Filter.GroupName=a", "1" },
        { "Filter.OS=x", "0" },
        { "Filter.OperatingSystem=x", "0" },
        { "Filter.Domain=x", "0" },
        { "Filter.IncludeDeactivated=true", "2" },
        { "Filter.IncludeArchived=false", "2" },
        { "Filter.PolicyUpdateTimeStamp.Dates=2023-11-14", "0" },
        { "Filter.DaysDisconnected=0", "2" },
        { "Filter.ConnectionStatus=PendingActivation", "1" },
        { "Filter.Created.Dates=2023-11-14", "2" },
        { "Filter.ArchivedOn.Dates=2023-11-14", "0" },
        { "Filter.ComputerId=" UNKNOWN_ID, "0" },
        { "Filter.GroupId=" UNKNOWN_ID, "0" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        test_is(&api, test_list(&api, "Computers_List", rows[i].query), RESULT_OK);
        const char *wanted = arena_printf(api.arena, "\"totalRecordCount\":%s,", rows[i].total);
        if (strstr(test_body(&api), wanted) == NULL) {
            test_stop("%s: not %s in %s", rows[i].query, wanted, test_body(&api));
        }
    }
    test_close(&api);
}

/* What the flag FIELD_INDEXED promises, as SQLite plans it. */
static void the_quick_sorts_walk_an_index(void **state)
{
    static const struct {
        const char *order, *index;
    } rows[] = { { "c.created", "INDEX computer_created" },
                 { "c.host_key", "INDEX computer_host" },
                 { "k.last_connected", "INDEX computer_contact_last" } };
    fleet_open(state);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct statement *row = NULL;
        const char *sql = arena_printf(
            api.arena,
            "EXPLAIN QUERY PLAN SELECT c.id FROM %s WHERE %s ORDER BY %s, c.id LIMIT 200",
            computers_resource.from, computers_resource.where, rows[i].order);
        test_is(&api, store_row(api.place->writer, &row, &api.error, sql, ""), RESULT_OK);
        const char *step = slice_dup(api.arena, statement_text(row, 3));
        statement_reset(row);
        if (strstr(step, rows[i].index) == NULL) {
            test_stop("%s: %s", rows[i].order, step);
        }
    }
    test_close(&api);
}

static void archived_computers_are_listed_unless_left_out(void **state)
{
    fleet_open(state);
    const char *id = fleet_enrol("Desk-1", NULL);
    (void)fleet_enrol("Desk-2", NULL);
    test_is(&api, test_json(&api, "Computers_ArchiveOne", id, NULL), RESULT_OK);
    test_is(&api, test_list(&api, "Computers_List", ""), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":2");
    test_is(&api, test_list(&api, "Computers_List", "Filter.IncludeArchived=false"), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":1");
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(without_a_group_a_computer_waits_for_its_authorisation),
        TEST_ON_SERVERS(a_named_or_a_default_group_authorises_at_once),
        TEST_ON_SERVERS(the_same_key_gives_the_same_row_until_it_was_rejected_or_deleted),
        TEST_ON_SERVERS(enrolment_refuses_unknown_groups_and_names_out_of_bounds),
        TEST_ON_SERVERS(machines_with_one_name_and_one_card_are_duplicates_of_each_other),
        TEST_ON_SERVERS(a_certificate_shows_in_the_detail_and_keeps_the_former_key),
        cmocka_unit_test(each_state_allows_what_the_table_says),
        TEST_ON_SERVERS(authorising_puts_a_pending_computer_into_the_group_with_its_policy),
        TEST_ON_SERVERS(authorising_into_the_group_it_is_in_brings_the_policy),
        TEST_ON_SERVERS(authorising_without_a_group_takes_the_default_one_or_none),
        TEST_ON_SERVERS(rejecting_cuts_off_a_pending_computer_and_leaves_an_authorised_one),
        TEST_ON_SERVERS(archiving_leaves_state_and_group_and_is_undone_by_a_call_or_by_contact),
        TEST_ON_SERVERS(a_deleted_computer_is_gone_for_callers_and_leaves_the_counts),
        TEST_ON_SERVERS(deactivating_archives_and_deletes),
        TEST_ON_SERVERS(what_was_deleted_21_days_ago_goes_for_good),
        TEST_ON_SERVERS(contact_makes_connected_and_its_absence_counts_days),
        TEST_ON_SERVERS(the_list_sorts_by_every_key_and_filters_by_every_column),
        TEST_ON_FILE(the_quick_sorts_walk_an_index),
        TEST_ON_SERVERS(archived_computers_are_listed_unless_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
