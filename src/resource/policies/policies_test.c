/* Proves what policies promise: checked files, numbered revisions that never change, byte-exact downloads, drafts that
   lock, and no deletion while a group has one. */
#include "access/test_call.h"
#include "crypto/digest.h"
#include "resource/policies/policies.h"

#define UNKNOWN_ID "99999999-9999-4999-8999-999999999999"
#define CONFIGURATION(body)                                                                  \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"                                           \
    "<Configuration ID=\"0b6e6a5c-6c1d-4a8a-9c55-0d4c3f3b7a10\" Version=\"24.8.98.0\">" body \
    "</Configuration>\n"

static struct test_api api;

static void open_policies(void **state)
{
    test_open(&api, test_place(state), policies_routes, policies_route_count);
}

static enum result upload(const char *name, const char *description, struct slice document)
{
    const struct form_field fields[] = {
        { .name = SLICE("name"), .value = slice_of(name) },
        { .name = SLICE("DESCRIPTION"), .value = slice_of(description) },
        { .name = SLICE("upload"),
          .file_name = SLICE("a.xml"),
          .value = document,
          .is_file = true },
    };
    return test_form(&api, "Policies_Create", NULL, fields, COUNT_OF(fields));
}

static const char *make_policy(const char *name)
{
    test_is(&api, upload(name, "", SLICE(CONFIGURATION(""))), RESULT_OK);
    return test_reply_id(&api);
}

static void insert_group(const char *id, const char *revision_of)
{
    char sql[512];
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO computer_group (id, name, name_key, created, is_default, "
                   "policy_revision_id, policy_assigned, computer_count, active_count) "
                   "SELECT '%s', 'Group', 'group', 1, 0, revision_id, 5, 3, 2 FROM policy "
                   "WHERE id = '%s'",
                   id, revision_of);
    test_sql(&api, sql);
}

static void create_stores_revision_one_and_answers_the_id(void **state)
{
    open_policies(state);
    test_is(&api, upload(" Office  ", "All desks", SLICE(CONFIGURATION(""))), RESULT_OK);
    assert_int_equal(api.reply.status, 201);
    const char *id = test_reply_id(&api);
    char location[128];
    (void)snprintf(location, sizeof(location), "/management-api/v3/Policies/%s", id);
    assert_string_equal(test_reply_header(&api, "Location"), location);
    assert_int_equal(test_number(&api, "SELECT status FROM task WHERE id = $1", id), 2);

    test_is(&api, test_json(&api, "Policies_Get", id, NULL), RESULT_OK);
    test_says(&api,
              "\"name\":\"Office\",\"description\":\"All desks\",\"size\":1,\"revision\":1,"
              "\"totalRevisions\":1,\"totalAssignedRevisions\":0,\"latestAssignedRevisions\":0,"
              "\"created\":\"2023-11-14T22:13:20.1234560+00:00\"");
    test_says(&api, "\"lastModifiedUserId\":\"00000000-0000-0000-0000-000000000000\","
                    "\"lastModifiedUser\":\"connector\"");
    test_says(&api, "\"hasOpenDraft\":false,\"openDraftId\":null,\"isAssignedToGroup\":false");
    test_says(&api, "\"periodLocked\":null,\"locked\":false,\"errorInfo\":null");
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM policy WHERE document_id = $1",
                                 "0b6e6a5c-6c1d-4a8a-9c55-0d4c3f3b7a10"),
                     1);
    test_close(&api);
}

static void create_refuses_taken_names_missing_parts_and_bad_files(void **state)
{
    open_policies(state);
    (void)make_policy("Office");
    test_is(&api, upload("OFFICE", "", SLICE(CONFIGURATION(""))), RESULT_CONFLICT);
    test_is(&api, upload("  ", "", SLICE(CONFIGURATION(""))), RESULT_INVALID);
    test_is(&api, upload("New", "", SLICE("")), RESULT_INVALID);
    test_is(&api, upload("New", "", SLICE("<Configuration")), RESULT_INVALID);
    assert_true(api.faults.count > 0);
    assert_string_equal(api.faults.items[0].field, "PolicyFile");
    test_is(&api, upload("New", "", SLICE("<ClipboardText/>")), RESULT_INVALID);
    assert_non_null(strstr(api.faults.items[0].text, "P06"));
    assert_non_null(strstr(api.faults.items[0].text, "line 1"));
    const struct form_field name = { .name = SLICE("Name"), .value = SLICE("New") };
    test_is(&api, test_form(&api, "Policies_Create", NULL, &name, 1), RESULT_INVALID);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM policy", NULL), 1);
    test_close(&api);
}

static void every_fault_of_a_file_is_named(void **state)
{
    open_policies(state);
    test_is(&api,
            upload("New", "",
                   SLICE("<Configuration Version=\"1.0.0.0\">\n<ApplicationGroups>\n"
                         "<ApplicationGroup ID=\"x\" Name=\"A\"/>\n<ApplicationGroup Name=\"B\"/>\n"
                         "</ApplicationGroups>\n</Configuration>")),
            RESULT_INVALID);
    assert_true(api.faults.count >= 2);
    test_close(&api);
}

static void downloads_are_byte_exact_with_a_tag_and_a_file_name(void **state)
{
    open_policies(state);
    const struct slice document = SLICE("\xEF\xBB\xBF" CONFIGURATION("\r\n  <!-- kept -->\r\n"));
    char sha256[SHA256_HEX_BYTES];
    char tag[80];
    sha256_hex_of(document, sha256);
    (void)snprintf(tag, sizeof(tag), "\"%s\"", sha256);
    test_is(&api, upload("Caf\xC3\xA9 \"1\"/2", "", document), RESULT_OK);
    const char *id = test_reply_id(&api);

    test_is(&api, test_json(&api, "Policies_DownloadLatest", id, NULL), RESULT_OK);
    assert_true(slice_equal(buffer_slice(&api.reply.body), document));
    assert_string_equal(api.reply.content_type, "application/xml");
    assert_string_equal(test_reply_header(&api, "ETag"), tag);
    const char *disposition = test_reply_header(&api, "Content-Disposition");
    assert_non_null(disposition);
    assert_non_null(strstr(disposition, "attachment; filename=\"Caf"));
    assert_non_null(strstr(disposition, "filename*=UTF-8''Caf%C3%A9"));

    api.if_none_match = "\"other\", W/";
    test_is(&api, test_json(&api, "Policies_DownloadLatest", id, NULL), RESULT_OK);
    assert_int_equal(api.reply.status, 200);
    api.if_none_match = arena_printf(api.arena, "\"other\" , W/%s", tag);
    test_is(&api, test_json(&api, "Policies_DownloadLatest", id, NULL), RESULT_OK);
    assert_int_equal(api.reply.status, 304);
    assert_int_equal(api.reply.body.length, 0);
    assert_string_equal(test_reply_header(&api, "ETag"), tag);
    api.if_none_match = NULL;
    test_is(&api, test_json(&api, "Policies_DownloadLatest", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_is(&api, test_json(&api, "Policies_DownloadRevision", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void revisions_count_up_and_never_change(void **state)
{
    open_policies(state);
    const char *id = make_policy("Office");
    const char *second = NULL;
    const char *third = NULL;
    const struct slice document = SLICE(CONFIGURATION("<Policies/>"));
    struct policy_revision newest;
    test_begin(&api);
    test_is(&api, policy_add_revision(&api.ctx, id, NULL, document, SLICE("why"), &second),
            RESULT_OK);
    test_is(&api, policy_add_revision(&api.ctx, id, NULL, document, (struct slice){ 0 }, &third),
            RESULT_OK);
    test_is(&api, policy_newest_revision(&api.ctx, id, &newest), RESULT_OK);
    test_commit(&api);
    assert_string_equal(newest.id, third);
    assert_int_equal(newest.number, 3);

    test_is(&api, test_json(&api, "Policies_Revisions", id, NULL), RESULT_OK);
    const char *body = test_body(&api);
    const char *at_three = strstr(body, "\"revision\":3");
    const char *at_two = strstr(body, "\"revision\":2");
    const char *at_one = strstr(body, "\"revision\":1");
    assert_true(body[0] == '[' && at_three != NULL && at_two > at_three && at_one > at_two);
    test_says(&api, "\"annotationNote\":\"why\"");
    test_says(&api, "\"createdUser\":\"connector\"");
    test_is(&api, test_json(&api, "Policies_DownloadRevision", second, NULL), RESULT_OK);
    assert_true(slice_equal(buffer_slice(&api.reply.body), document));
    test_is(&api, test_json(&api, "Policies_Revisions", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_is(&api, policy_add_revision(&api.ctx, UNKNOWN_ID, NULL, document, document, &third),
            RESULT_NOT_FOUND);
    test_close(&api);
}

static void a_draft_locks_until_it_is_discarded(void **state)
{
    open_policies(state);
    const char *id = make_policy("Office");
    const char *revision = NULL;
    test_sql(&api, "UPDATE policy SET draft_id = '22222222-2222-4222-8222-222222222222', "
                   "draft_user_id = '33333333-3333-4333-8333-333333333333', "
                   "draft_user = 'Ann@example.org', draft_opened = 1699910000123456");
    test_is(&api, test_list(&api, "Policies_List", "Filter.LockedBy=ann"), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":1");
    test_says(&api,
              "\"hasOpenDraft\":true,\"openDraftId\":\"22222222-2222-4222-8222-222222222222\"");
    test_says(&api, "\"periodLocked\":\"1.01:00:00\",\"locked\":true");
    test_begin(&api);
    test_is(&api,
            policy_add_revision(&api.ctx, id, NULL, SLICE(CONFIGURATION("")), (struct slice){ 0 },
                                &revision),
            RESULT_CONFLICT);
    session_rollback(api.place->writer);
    for (int i = 0; i < 2; i++) {
        test_is(&api, test_json(&api, "Policies_Discard", id, NULL), RESULT_OK);
        assert_int_equal(api.reply.status, 204);
    }
    test_is(&api, test_json(&api, "Policies_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"hasOpenDraft\":false");
    test_says(&api, "\"revision\":1");
    test_is(&api, test_json(&api, "Policies_Discard", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void modify_changes_properties_without_a_new_revision(void **state)
{
    open_policies(state);
    const char *id = make_policy("Office");
    (void)make_policy("Other");
    test_is(&api,
            test_json(&api, "Policies_Modify", id, "{\"name\":\"office 2\",\"description\":\"d\"}"),
            RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    test_is(&api, test_json(&api, "Policies_Modify", id, "{\"name\":\"Office 2\"}"), RESULT_OK);
    test_is(&api, test_json(&api, "Policies_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"name\":\"Office 2\",\"description\":\"d\",\"size\":1,\"revision\":1");
    test_is(&api, test_json(&api, "Policies_Modify", id, "{\"name\":\"OTHER\"}"), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "Policies_Modify", id, "{\"description\":\"x\"}"),
            RESULT_INVALID);
    test_is(&api, test_json(&api, "Policies_Modify", id, "{\"name\":\" \"}"), RESULT_INVALID);
    test_is(&api, test_json(&api, "Policies_Modify", UNKNOWN_ID, "{\"name\":\"x\"}"),
            RESULT_NOT_FOUND);
    test_close(&api);
}

static void delete_is_refused_while_a_group_has_a_revision(void **state)
{
    open_policies(state);
    const char *group = "44444444-4444-4444-8444-444444444444";
    const char *id = make_policy("Office");
    insert_group(group, id);
    test_is(&api, test_json(&api, "Policies_AssignedGroups", id, NULL), RESULT_OK);
    test_says(&api, "\"id\":\"44444444-4444-4444-8444-444444444444\",\"name\":\"Group\"");
    test_says(&api, "\"computerCount\":3");
    test_says(&api, "\"policyRevisionStatus\":\"OnLatestPolicy\"");
    test_is(&api, test_json(&api, "Policies_Delete", id, NULL), RESULT_CONFLICT);
    test_sql(&api, "UPDATE computer_group SET policy_revision_id = NULL");
    test_is(&api, test_json(&api, "Policies_Delete", id, NULL), RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM policy_revision", NULL), 0);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM policy_content", NULL), 0);
    test_is(&api, test_json(&api, "Policies_Delete", id, NULL), RESULT_NOT_FOUND);
    test_is(&api, test_json(&api, "Policies_AssignedGroups", id, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void the_list_takes_every_sort_key_and_filter(void **state)
{
    open_policies(state);
    static const char *const keys[] = { "name",
                                        "description",
                                        "size",
                                        "revision",
                                        "totalRevisions",
                                        "totalAssignedRevisions",
                                        "created",
                                        "lastModified",
                                        "lastModifiedUser",
                                        "draftUser",
                                        "lastPolicyToGroupAssignment" };
    static const char *const filters[] = {
        "Filter.Name=FFIC",
        "Filter.TotalAssignedRevisions=1",
        "Filter.TotalAssignedGroups=1",
        "Filter.TotalRevisions=1&Filter.Size=1&Filter.Name=office",
        "Filter.Created.Dates=2023-11-14&Filter.Name=office",
    };
    char query[128];
    insert_group("44444444-4444-4444-8444-444444444444", make_policy("Office"));
    (void)make_policy("Lab");
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        (void)snprintf(query, sizeof(query), "Sorts[0].by=%s&Sorts[0].order=asc", keys[i]);
        test_is(&api, test_list(&api, "Policies_List", query), RESULT_OK);
        test_says(&api, "\"totalRecordCount\":2");
    }
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        test_is(&api, test_list(&api, "Policies_List", filters[i]), RESULT_OK);
        test_says(&api, "\"totalRecordCount\":1");
        test_says(&api, "\"name\":\"Office\"");
    }
    test_is(&api, test_list(&api, "Policies_List", "Sorts[0].by=locked"), RESULT_INVALID);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(create_stores_revision_one_and_answers_the_id),
        TEST_ON_SERVERS(create_refuses_taken_names_missing_parts_and_bad_files),
        TEST_ON_SERVERS(every_fault_of_a_file_is_named),
        TEST_ON_SERVERS(downloads_are_byte_exact_with_a_tag_and_a_file_name),
        TEST_ON_SERVERS(revisions_count_up_and_never_change),
        TEST_ON_SERVERS(a_draft_locks_until_it_is_discarded),
        TEST_ON_SERVERS(modify_changes_properties_without_a_new_revision),
        TEST_ON_SERVERS(delete_is_refused_while_a_group_has_a_revision),
        TEST_ON_SERVERS(the_list_takes_every_sort_key_and_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
