/* Proves who ends up in which group with which revision: single, many, by filter, by file, at once and as a task, and
   that waiting agents are woken. */
#include "access/test_call.h"
#include "resource/assignments/assignments.h"
#include "resource/groups/groups.h"
#include "resource/policies/policies.h"

#define UNKNOWN_ID "99999999-9999-4999-8999-999999999999"
#define DOCUMENT                                   \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" \
    "<Configuration ID=\"0b6e6a5c-6c1d-4a8a-9c55-0d4c3f3b7a10\" Version=\"24.8.98.0\"/>\n"

static struct test_api api;

struct policy_made {
    const char *id, *first, *second;
};

static void open_assignments(void **state)
{
    test_open(&api, test_place(state), assignments_routes, assignments_route_count);
}

static const char *make_group(const char *name)
{
    const struct group_order order = { .name = slice_of(name) };
    const char *id = NULL;
    test_begin(&api);
    test_is(&api, group_create(&api.ctx, &order, &id), RESULT_OK);
    test_commit(&api);
    return id;
}

static struct policy_made make_policy(const char *name)
{
    const struct policy_upload upload = { .packed = SLICE("p"), .sha256 = "aa", .size_bytes = 1 };
    const struct policy_order order = { .name = slice_of(name), .upload = &upload };
    struct policy_made made = { 0 };
    test_begin(&api);
    test_is(&api, policy_create(&api.ctx, &order, &made.id, &made.first), RESULT_OK);
    test_is(
        &api,
        policy_store_revision(&api.ctx, made.id, NULL, &upload, (struct slice){ 0 }, &made.second),
        RESULT_OK);
    test_commit(&api);
    return made;
}

/* An authorised computer; the number makes its id and host. */
static const char *make_computer(int number, const char *group_id)
{
    char sql[1024];
    const char *id = arena_printf(api.arena, "00000000-0000-4000-8000-%012d", number);
    (void)snprintf(
        sql, sizeof(sql),
        "INSERT INTO computer (id, host, host_key, host_type, created, deleted_on, "
        "authorisation_state, archived, group_id, package_manager_version, machine_key, "
        "duplicate_count, credential_type) VALUES ('%s', 'Desk-%d', 'desk-%d', 0, %d, 0, "
        "1, 0, %s%s%s, 'NA', '', 0, 0)",
        id, number, number, number, group_id == NULL ? "NULL" : "'",
        group_id == NULL ? "" : group_id, group_id == NULL ? "" : "'");
    test_sql(&api, sql);
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO computer_contact (computer_id, last_connected) VALUES ('%s', 0);"
                   "INSERT INTO computer_endpoint (computer_id, document) VALUES ('%s', '{}');"
                   "INSERT INTO computer_identity (computer_id, public_key) VALUES ('%s', 'key')",
                   id, id, id);
    test_sql(&api, sql);
    if (group_id != NULL) {
        test_begin(&api);
        test_is(&api, group_count(&api.ctx, group_id, 1, 1), RESULT_OK);
        test_commit(&api);
    }
    return id;
}

static const char *body_of(const char *format, const char *a, const char *b)
{
    char *text = arena_alloc(api.arena, 4096);
    size_t length = 0;
    for (const char *at = format; *at != '\0' && length < 4000; at++) {
        const char *put = *at == '@' ? a : *at == '#' ? b : NULL;
        if (put == NULL) {
            text[length++] = *at == '\'' ? '"' : *at;
        } else {
            size_t bytes = strlen(put);
            memcpy(text + length, put, bytes);
            length += bytes;
        }
    }
    return text;
}

static int64_t has_revision(const char *group, const char *revision)
{
    struct group loaded;
    test_fresh(&api);
    test_is(&api, group_load(&api.ctx, group, &loaded), RESULT_OK);
    return revision == NULL ? loaded.policy_revision_id == NULL
                            : loaded.policy_revision_id != NULL &&
                                  strcmp(loaded.policy_revision_id, revision) == 0;
}

static int64_t in_group(const char *group)
{
    return test_number(&api, "SELECT COUNT(*) FROM computer WHERE group_id = $1 AND deleted_on = 0",
                       group);
}

static int64_t kept_count(const char *group)
{
    return test_number(&api, "SELECT computer_count FROM computer_group WHERE id = $1", group);
}

/* ApplyPolicy is type 0, ClearPolicy 1. */
static int64_t open_commands(const char *computer)
{
    return test_number(&api,
                       "SELECT COUNT(*) FROM command WHERE computer_id = $1 AND status < 2 "
                       "AND command_type < 2",
                       computer);
}

static bool woke(enum wake_kind kind, const char *id)
{
    for (const struct wake *wake = api.ctx.wakes; wake != NULL; wake = wake->next) {
        if (wake->kind == kind && (id == NULL || strcmp(wake->id, id) == 0)) {
            return true;
        }
    }
    return false;
}

static int64_t task_number(const char *column, const char *id)
{
    char sql[128];
    (void)snprintf(sql, sizeof(sql), "SELECT %s FROM task WHERE id = $1", column);
    return test_number(&api, sql, id);
}

static void work_off(void)
{
    bool worked = true;
    for (int i = 0; worked && i < 100; i++) {
        test_begin(&api);
        test_is(
            &api,
            task_step(&api.ctx, assignments_task_actions, assignments_task_action_count, &worked),
            RESULT_OK);
        test_commit(&api);
    }
    assert_false(worked);
}

/* --- policies ---------------------------------------------------------------------------------- */

static void assigning_changes_the_group_queues_commands_and_wakes(void **state)
{
    open_assignments(state);
    struct policy_made policy = make_policy("Office");
    const char *group = make_group("A");
    const char *computer = make_computer(1, group);
    const char *body = body_of("{'policyRevisionId':'@'}", policy.first, "");
    test_is(&api, test_json(&api, "Groups_AssignPolicyRevision", group, body), RESULT_OK);
    assert_int_equal(api.reply.status, 200);
    assert_true(woke(WAKE_GROUP, group));
    const char *task = test_reply_id(&api);
    assert_non_null(test_reply_header(&api, "Location"));
    assert_int_equal(task_number("status", task), 2);
    assert_int_equal(task_number("total", task), 1);
    assert_true(has_revision(group, policy.first));
    assert_int_equal(open_commands(computer), 1);
    assert_int_equal(
        test_number(&api, "SELECT COUNT(*) FROM command WHERE task_id = $1 AND command_type = 0",
                    task),
        1);

    test_is(&api, test_json(&api, "Groups_AssignPolicyRevision", group, body), RESULT_OK);
    assert_int_equal(task_number("total", test_reply_id(&api)), 0);
    assert_false(woke(WAKE_GROUP, group));
    assert_int_equal(open_commands(computer), 1);
    test_close(&api);
}

static void assigning_refuses_what_is_missing_unknown_or_locked(void **state)
{
    open_assignments(state);
    struct policy_made policy = make_policy("Office");
    const char *group = make_group("A");
    const char *body = body_of("{'policyRevisionId':'@'}", policy.first, "");
    test_is(&api, test_json(&api, "Groups_AssignPolicyRevision", group, NULL), RESULT_INVALID);
    test_is(&api, test_json(&api, "Groups_AssignPolicyRevision", group, "{}"), RESULT_INVALID);
    test_is(&api,
            test_json(&api, "Groups_AssignPolicyRevision", group,
                      "{\"policyRevisionId\":\"" UNKNOWN_ID "\"}"),
            RESULT_NOT_FOUND);
    test_is(&api, test_json(&api, "Groups_AssignPolicyRevision", UNKNOWN_ID, body),
            RESULT_NOT_FOUND);
    test_sql(&api, "INSERT INTO task (id, name, status, total, succeeded, failed, created, action) "
                   "VALUES ('t', 'Move', 1, 1, 0, 0, 0, 'Move');"
                   "UPDATE computer_group SET locked_by = 't'");
    test_is(&api, test_json(&api, "Groups_AssignPolicyRevision", group, body), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "Groups_ClearPolicy", group, NULL), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "Groups_Delete", group, NULL), RESULT_CONFLICT);
    assert_true(has_revision(group, NULL));
    test_close(&api);
}

static void clearing_takes_the_policy_away(void **state)
{
    open_assignments(state);
    struct policy_made policy = make_policy("Office");
    const char *group = make_group("A");
    const char *computer = make_computer(1, group);
    test_is(&api,
            test_json(&api, "Groups_AssignPolicyRevision", group,
                      body_of("{'policyRevisionId':'@'}", policy.first, "")),
            RESULT_OK);
    test_is(&api, test_json(&api, "Groups_ClearPolicy", group, NULL), RESULT_OK);
    assert_true(woke(WAKE_GROUP, group));
    assert_true(has_revision(group, NULL));
    assert_int_equal(open_commands(computer), 1);
    assert_int_equal(test_number(&api,
                                 "SELECT command_type FROM command WHERE computer_id = $1 "
                                 "AND status < 2",
                                 computer),
                     1);
    test_is(&api, test_json(&api, "Groups_ClearPolicy", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void many_groups_are_named_by_id_or_by_filter_less_the_excluded(void **state)
{
    open_assignments(state);
    struct policy_made policy = make_policy("Office");
    const char *a = make_group("Desk A");
    const char *b = make_group("Desk B");
    const char *c = make_group("Lab");
    test_is(&api,
            test_json(&api, "Groups_AssignPolicyRevisionMany", NULL,
                      body_of("{'policyRevisionId':'@','groupIds':['#','#','" UNKNOWN_ID "']}",
                              policy.first, a)),
            RESULT_OK);
    const char *task = test_reply_id(&api);
    assert_int_equal(task_number("succeeded", task), 1);
    assert_int_equal(task_number("failed", task), 1);
    assert_int_equal(task_number("status", task), 3);
    assert_true(has_revision(a, policy.first));
    assert_true(has_revision(b, NULL));

    test_is(&api,
            test_json(&api, "Groups_AssignPolicyRevisionMany", NULL,
                      body_of("{'policyRevisionId':'@','allGroups':true,'groupIds':['" UNKNOWN_ID
                              "'],'filter':{'name':'desk'},'excludedGroupIds':['#']}",
                              policy.second, a)),
            RESULT_OK);
    assert_true(has_revision(a, policy.first));
    assert_true(has_revision(b, policy.second));
    assert_true(has_revision(c, NULL));

    test_is(&api, test_json(&api, "Groups_ClearPolicyMany", NULL, "{\"allGroups\":true}"),
            RESULT_OK);
    assert_true(has_revision(a, NULL));
    assert_true(has_revision(b, NULL));
    test_close(&api);
}

static void many_groups_refuse_no_selection_unknown_ids_and_bad_filters(void **state)
{
    open_assignments(state);
    struct policy_made policy = make_policy("Office");
    test_is(&api, test_json(&api, "Groups_ClearPolicyMany", NULL, "{}"), RESULT_INVALID);
    test_is(&api, test_json(&api, "Groups_ClearPolicyMany", NULL, NULL), RESULT_INVALID);
    test_is(&api, test_json(&api, "Groups_ClearPolicyMany", NULL, "{\"groupIds\":[]}"),
            RESULT_INVALID);
    test_is(&api,
            test_json(&api, "Groups_ClearPolicyMany", NULL, "{\"groupIds\":[\"" UNKNOWN_ID "\"]}"),
            RESULT_NOT_FOUND);
    test_is(&api,
            test_json(&api, "Groups_ClearPolicyMany", NULL,
                      "{\"allGroups\":true,\"filter\":{\"computerCount\":\"many\"}}"),
            RESULT_INVALID);
    test_is(&api, test_json(&api, "Groups_AssignPolicyRevisionMany", NULL, "{\"allGroups\":true}"),
            RESULT_INVALID);
    test_is(&api,
            test_json(&api, "Groups_AssignPolicyRevisionMany", NULL,
                      body_of("{'policyRevisionId':'@'}", policy.first, "")),
            RESULT_INVALID);
    test_close(&api);
}

static void auto_assign_moves_groups_with_an_older_revision(void **state)
{
    open_assignments(state);
    struct policy_made policy = make_policy("Office");
    struct policy_made other = make_policy("Lab");
    const char *old = make_group("Old");
    const char *lab = make_group("Lab");
    const char *none = make_group("None");
    test_begin(&api);
    test_is(&api, assign_revision(&api.ctx, old, policy.first, NULL), RESULT_OK);
    test_is(&api, assign_revision(&api.ctx, lab, other.first, NULL), RESULT_OK);
    test_commit(&api);
    test_is(&api,
            test_json(&api, "Groups_AutoAssignPolicyRevision", NULL,
                      body_of("{'policyRevisionId':'@'}", policy.first, "")),
            RESULT_OK);
    assert_int_equal(task_number("total", test_reply_id(&api)), 1);
    assert_true(has_revision(old, policy.second));
    assert_true(has_revision(lab, other.first));
    assert_true(has_revision(none, NULL));
    test_is(&api,
            test_json(&api, "Groups_AutoAssignPolicyRevision", NULL,
                      body_of("{'policyId':'@'}", policy.id, "")),
            RESULT_OK);
    assert_int_equal(task_number("total", test_reply_id(&api)), 0);

    test_is(&api, test_json(&api, "Groups_AutoAssignPolicyRevision", NULL, "{}"), RESULT_INVALID);
    test_is(&api,
            test_json(&api, "Groups_AutoAssignPolicyRevision", NULL,
                      body_of("{'policyId':'@','policyRevisionId':'#'}", policy.id, other.first)),
            RESULT_INVALID);
    test_is(&api,
            test_json(&api, "Groups_AutoAssignPolicyRevision", NULL,
                      "{\"policyId\":\"" UNKNOWN_ID "\"}"),
            RESULT_NOT_FOUND);
    test_close(&api);
}

static enum result upload(const char *policy, const char *assign)
{
    const struct form_field fields[] = {
        { .name = SLICE("file"),
          .file_name = SLICE("p.xml"),
          .value = SLICE(DOCUMENT),
          .is_file = true },
        { .name = SLICE("autoassignpolicyrevision"), .value = slice_of(assign) },
    };
    return test_form(&api, "Policies_Upload", policy, fields, COUNT_OF(fields));
}

static void upload_stores_a_revision_and_gives_it_to_groups_when_asked(void **state)
{
    open_assignments(state);
    struct policy_made policy = make_policy("Office");
    const char *group = make_group("A");
    test_begin(&api);
    test_is(&api, assign_revision(&api.ctx, group, policy.first, NULL), RESULT_OK);
    test_commit(&api);
    test_is(&api, upload(policy.id, "false"), RESULT_OK);
    assert_int_equal(api.reply.status, 200);
    assert_true(has_revision(group, policy.first));
    test_is(&api, upload(policy.id, "True"), RESULT_OK);
    assert_true(woke(WAKE_GROUP, group));
    const char *revision = test_reply_id(&api);
    assert_true(has_revision(group, revision));
    assert_int_equal(task_number("status", revision), 2);
    assert_int_equal(test_number(&api, "SELECT revision FROM policy WHERE id = $1", policy.id), 4);

    test_is(&api, upload(UNKNOWN_ID, "true"), RESULT_NOT_FOUND);
    test_is(&api, upload(policy.id, "perhaps"), RESULT_INVALID);
    test_sql(&api, "UPDATE policy SET draft_id = '22222222-2222-4222-8222-222222222222'");
    test_is(&api, upload(policy.id, "true"), RESULT_CONFLICT);
    test_close(&api);
}

/* --- computers --------------------------------------------------------------------------------- */

static void computers_move_between_groups_before_the_answer(void **state)
{
    open_assignments(state);
    const char *a = make_group("A");
    const char *b = make_group("B");
    const char *computer = make_computer(1, a);
    test_is(&api,
            test_json(&api, "Groups_AssignComputers", b,
                      body_of("{'computerIds':['@','" UNKNOWN_ID "']}", computer, "")),
            RESULT_OK);
    const char *task = test_reply_id(&api);
    assert_int_equal(task_number("succeeded", task), 1);
    assert_int_equal(task_number("failed", task), 1);
    assert_int_equal(in_group(b), 1);
    assert_int_equal(kept_count(a), 0);
    assert_int_equal(kept_count(b), 1);
    test_is(&api, test_json(&api, "Groups_AssignComputers", b, "{}"), RESULT_INVALID);
    test_is(&api,
            test_json(&api, "Groups_AssignComputers", b, "{\"computerIds\":[\"" UNKNOWN_ID "\"]}"),
            RESULT_NOT_FOUND);
    test_is(&api,
            test_json(&api, "Groups_AssignComputers", UNKNOWN_ID,
                      body_of("{'computerIds':['@']}", computer, "")),
            RESULT_NOT_FOUND);
    test_close(&api);
}

static void a_large_move_locks_the_group_until_its_task_ends(void **state)
{
    open_assignments(state);
    const char *a = make_group("A");
    const char *b = make_group("B");
    for (int i = 0; i < TEST_AT_ONCE_MAX + 1; i++) {
        (void)make_computer(i, a);
    }
    test_is(&api, test_json(&api, "Groups_AssignComputers", b, "{\"allComputers\":true}"),
            RESULT_OK);
    const char *task = test_reply_id(&api);
    assert_true(task_number("status", task) < 2);
    test_is(&api, test_json(&api, "Groups_AssignComputers", b, "{\"allComputers\":true}"),
            RESULT_CONFLICT);
    work_off();
    assert_int_equal(task_number("status", task), 2);
    assert_int_equal(in_group(b), TEST_AT_ONCE_MAX + 1);
    assert_int_equal(kept_count(b), TEST_AT_ONCE_MAX + 1);
    test_is(&api, test_json(&api, "Groups_ClearPolicy", b, NULL), RESULT_OK);

    test_is(&api, test_json(&api, "Groups_Delete", b, NULL), RESULT_OK);
    assert_int_equal(api.reply.status, 200);
    test_is(&api, test_json(&api, "Groups_Delete", b, NULL), RESULT_CONFLICT);
    work_off();
    test_is(&api, test_json(&api, "Groups_Delete", b, NULL), RESULT_NOT_FOUND);
    assert_int_equal(in_group(b), 0);
    test_close(&api);
}

static void unassigning_takes_either_name_of_the_list(void **state)
{
    open_assignments(state);
    const char *a = make_group("A");
    const char *first = make_computer(1, a);
    const char *second = make_computer(2, a);
    test_is(&api,
            test_json(&api, "Groups_UnassignComputers", NULL,
                      body_of("{'selectionComputerIds':['@']}", first, "")),
            RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    assert_int_equal(api.reply.body.length, 0);
    assert_int_equal(in_group(a), 1);
    test_is(&api,
            test_json(&api, "Groups_UnassignComputers", NULL,
                      body_of("{'selectionComputerIds':null,'computerIds':['@']}", second, "")),
            RESULT_OK);
    assert_int_equal(in_group(a), 0);
    assert_int_equal(kept_count(a), 0);
    test_is(&api, test_json(&api, "Groups_UnassignComputers", NULL, "{}"), RESULT_INVALID);
    test_close(&api);
}

static void unassigning_with_a_group_leaves_computers_that_moved_on(void **state)
{
    open_assignments(state);
    const char *a = make_group("A");
    const char *b = make_group("B");
    const char *stays = make_computer(1, b);
    test_is(&api,
            test_json(&api, "Groups_UnassignComputers", NULL,
                      body_of("{'selectionComputerIds':['@'],'groupId':'#'}", stays, a)),
            RESULT_OK);
    assert_int_equal(in_group(b), 1);
    test_is(&api,
            test_json(&api, "Groups_UnassignComputers", NULL,
                      body_of("{'selectionComputerIds':['@'],'groupId':'#'}", stays, b)),
            RESULT_OK);
    assert_int_equal(in_group(b), 0);
    test_close(&api);
}

static void deleting_a_group_ungroups_its_computers(void **state)
{
    open_assignments(state);
    const char *group = make_group("A");
    (void)make_computer(1, group);
    const char *gone = make_computer(2, group);
    char sql[128];
    (void)snprintf(sql, sizeof(sql), "UPDATE computer SET deleted_on = 5 WHERE id = '%s'", gone);
    test_sql(&api, sql);
    test_is(&api, test_json(&api, "Groups_Delete", group, NULL), RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    assert_int_equal(
        test_number(&api, "SELECT COUNT(*) FROM computer WHERE group_id IS NULL", NULL), 2);
    test_is(&api, test_json(&api, "Groups_Delete", group, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void the_default_group_is_not_deleted(void **state)
{
    open_assignments(state);
    const char *group = make_group("A");
    test_begin(&api);
    test_is(&api, group_make_default(&api.ctx, group), RESULT_OK);
    test_commit(&api);
    test_is(&api, test_json(&api, "Groups_Delete", group, NULL), RESULT_CONFLICT);
    test_close(&api);
}

/* --- by file ------------------------------------------------------------------------------------ */

static enum result send_csv(const char *group, struct slice file)
{
    const struct form_field field = {
        .name = SLICE("anything"), .file_name = SLICE("c.csv"), .value = file, .is_file = true
    };
    return test_form(&api, "Groups_AssignComputersByCsv", group, &field, 1);
}

static void a_file_may_name_computers_by_id_or_host(void **state)
{
    open_assignments(state);
    const char *group = make_group("A");
    (void)make_computer(1, NULL);
    (void)make_computer(2, NULL);
    (void)make_computer(3, NULL);
    test_is(
        &api,
        send_csv(group, SLICE("DESK-1\n00000000-0000-4000-8000-000000000002\ndesk-1\nnobody\n")),
        RESULT_OK);
    const char *task = test_reply_id(&api);
    assert_int_equal(in_group(group), 2);
    assert_int_equal(task_number("succeeded", task), 2);
    assert_int_equal(task_number("failed", task), 1);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM task_item WHERE task_id = $1 AND "
                                 "message LIKE 'line 4:%'",
                                 task),
                     1);
    test_is(&api, send_csv(group, SLICE("os;Host Name;x\r\nWin;\"Desk-3\";\r\n")), RESULT_OK);
    assert_int_equal(in_group(group), 3);
    test_close(&api);
}

static void a_host_name_of_several_computers_means_the_newest_that_is_not_archived(void **state)
{
    open_assignments(state);
    const char *group = make_group("A");
    (void)make_computer(1, NULL);
    const char *newest = make_computer(2, NULL);
    (void)make_computer(3, NULL);
    test_sql(&api, "UPDATE computer SET host_key = 'same';"
                   "UPDATE computer SET archived = 1 WHERE created = 3");
    test_is(&api, send_csv(group, SLICE("Same")), RESULT_OK);
    assert_int_equal(in_group(group), 1);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM computer WHERE id = $1 "
                                 "AND group_id IS NOT NULL",
                                 newest),
                     1);
    test_close(&api);
}

static void a_file_is_refused_when_empty_or_for_an_unknown_group(void **state)
{
    open_assignments(state);
    const char *group = make_group("A");
    test_is(&api, send_csv(group, SLICE("\n\n")), RESULT_INVALID);
    test_is(&api, send_csv(UNKNOWN_ID, SLICE("desk-1")), RESULT_NOT_FOUND);
    test_is(&api, test_form(&api, "Groups_AssignComputersByCsv", group, NULL, 0), RESULT_INVALID);
    test_close(&api);
}

static void a_file_has_a_bound_of_rows_and_one_of_bytes(void **state)
{
    open_assignments(state);
    enum { ROWS_MAX = 100000, ROW_BYTES = 4 };
    const char *group = make_group("A");
    size_t length = (size_t)(ROWS_MAX + 1) * ROW_BYTES;
    char *file = malloc(length);
    assert_non_null(file);
    for (size_t i = 0; i < length; i += ROW_BYTES) {
        memcpy(file + i, "pc1\n", ROW_BYTES);
    }
    test_is(&api, send_csv(group, (struct slice){ file, length }), RESULT_TOO_LARGE);
    test_is(&api, send_csv(group, (struct slice){ file, length - ROW_BYTES }), RESULT_OK);
    memcpy(file, "id \n", ROW_BYTES);
    test_is(&api, send_csv(group, (struct slice){ file, length }), RESULT_OK);
    free(file);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(assigning_changes_the_group_queues_commands_and_wakes),
        TEST_ON_SERVERS(assigning_refuses_what_is_missing_unknown_or_locked),
        TEST_ON_SERVERS(clearing_takes_the_policy_away),
        TEST_ON_SERVERS(many_groups_are_named_by_id_or_by_filter_less_the_excluded),
        TEST_ON_SERVERS(many_groups_refuse_no_selection_unknown_ids_and_bad_filters),
        TEST_ON_SERVERS(auto_assign_moves_groups_with_an_older_revision),
        TEST_ON_SERVERS(upload_stores_a_revision_and_gives_it_to_groups_when_asked),
        TEST_ON_SERVERS(computers_move_between_groups_before_the_answer),
        TEST_ON_SERVERS(a_large_move_locks_the_group_until_its_task_ends),
        TEST_ON_SERVERS(unassigning_takes_either_name_of_the_list),
        TEST_ON_SERVERS(unassigning_with_a_group_leaves_computers_that_moved_on),
        TEST_ON_SERVERS(deleting_a_group_ungroups_its_computers),
        TEST_ON_SERVERS(the_default_group_is_not_deleted),
        TEST_ON_SERVERS(a_file_may_name_computers_by_id_or_host),
        TEST_ON_SERVERS(a_host_name_of_several_computers_means_the_newest_that_is_not_archived),
        TEST_ON_SERVERS(a_file_is_refused_when_empty_or_for_an_unknown_group),
        TEST_ON_FILE(a_file_has_a_bound_of_rows_and_one_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
