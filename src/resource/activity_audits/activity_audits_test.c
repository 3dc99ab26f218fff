/* Proves that audits are found by every filter, come in the order of their commits, and show their one object. */
#include "access/test_call.h"
#include "audit/audit.h"
#include "resource/activity_audits/activity_audits.h"
#include "resource/activity_audits/activity_audits_parts.h"

static struct test_api api;

static void add(const char *entity, const char *type, const char *object, const char *json)
{
    struct audit_entry entry = { .entity = entity, .type = type, .object = object };
    entry.entity_name = SLICE("North");
    entry.details = audit_sentence(&api.ctx, "%s was done 100%%", type);
    entry.object_json = slice_of(json);
    test_begin(&api);
    test_place_ok(audit_write(&api.ctx, &entry), &api.error);
    test_commit(&api);
}

static void open_store(void **state)
{
    test_open(&api, test_place(state), activity_audits_routes, activity_audits_route_count);
    (void)snprintf(api.principal.client_id, sizeof(api.principal.client_id), "client-1");
    add("Group", "GroupCreated", "groupDataAuditing", "{\"newName\":\"North\",\"oldName\":null}");
    api.principal.kind = PRINCIPAL_USER;
    (void)snprintf(api.principal.name, sizeof(api.principal.name), "ann@example.com");
    add("Policy", "PolicyModified", "policyDataAuditing", "{\"newName\":\"P\",\"oldName\":\"Q\"}");
    api.principal.kind = PRINCIPAL_SYSTEM;
    (void)snprintf(api.principal.name, sizeof(api.principal.name), "system");
    add("PolicyRevision", "RevisionAdded", NULL, NULL);
}

/* The ids of a page, in order. */
static const char *ids(const char *query)
{
    const struct json *page = NULL;
    char *text = arena_strdup(api.arena, "");
    test_is(&api, test_list(&api, "ActivityAudits_List", query), RESULT_OK);
    test_place_ok(
        json_parse(api.arena, slice_of(test_body(&api)), &json_limits_usual, &page, &api.error),
        &api.error);
    for (const struct json *row = json_get(page, "data")->first; row != NULL; row = row->next) {
        text = arena_printf(api.arena, "%s%lld", text, (long long)json_get(row, "id")->integer);
    }
    return text;
}

static void the_list_rises_with_the_moments(void **state)
{
    open_store(state);
    assert_string_equal(ids(""), "123");
    assert_string_equal(ids("Sorts[0].by=created&Sorts[0].order=desc"), "321");
    assert_string_equal(ids("Sorts[0].by=entity&Sorts[0].order=asc"), "123");
    assert_string_equal(ids("Sorts[0].by=changedBy&Sorts[0].order=desc"), "321");
    static const char *const keys[] = { "id",         "details",   "userId",  "user",     "entity",
                                        "entityName", "auditType", "created", "changedBy" };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        assert_int_equal(
            strlen(ids(arena_printf(api.arena, "Sorts[0].by=%s&Sorts[0].order=asc", keys[i]))), 3);
    }
    assert_string_equal(ids("Pagination.PageSize=2&Pagination.PageNumber=2"), "3");
    test_says(&api, "\"totalRecordCount\":3");
    test_close(&api);
}

static void filters_find_what_they_name(void **state)
{
    open_store(state);
    assert_string_equal(ids("Filter.User=ANN@"), "2");
    assert_string_equal(ids("Filter.User=client-1"), "1");
    assert_string_equal(ids("Filter.Details=modified"), "2");
    assert_string_equal(ids("Filter.Details=100%"), "123");
    assert_string_equal(ids("Filter.Details=was%done"), "");
    assert_string_equal(ids("Filter.Entity=policy"), "2"); /* not PolicyRevision */
    assert_string_equal(ids("Filter.Entity=polic"), "");
    assert_string_equal(ids("Filter.AuditType=groupcreated"), "1");
    assert_string_equal(ids("Filter.ChangedBy=api"), "1");
    assert_string_equal(ids("Filter.ChangedBy=Portal"), "2");
    assert_string_equal(ids("Filter.ChangedBy=System"), "3");
    assert_string_equal(ids("Filter.Entity=Group&Filter.ChangedBy=Portal"), "");
    test_is(&api, test_list(&api, "ActivityAudits_List", "Filter.ChangedBy=SCIM"), RESULT_INVALID);
    test_close(&api);
}

static void dates_select_by_the_moment_of_the_commit(void **state)
{
    open_store(state);
    char from[TIME_TEXT_BYTES];
    char until[TIME_TEXT_BYTES];
    int64_t second_us = test_number(&api, "SELECT created FROM activity_audit WHERE id = 2", NULL);
    (void)time_format(second_us, TIME_PLAIN, from);
    (void)time_format(second_us, TIME_PLAIN, until);
    assert_string_equal(ids(arena_printf(api.arena,
                                         "Filter.Created.Dates=%s&Filter.Created.Dates=%s"
                                         "&Filter.Created.SelectionMode=Range",
                                         from, until)),
                        "2");
    assert_string_equal(ids(arena_printf(api.arena,
                                         "Filter.Created.Dates=%s"
                                         "&Filter.Created.SelectionMode=range",
                                         from)),
                        "23");
    test_close(&api);
}

static void the_detail_shows_its_object_and_null_for_the_others(void **state)
{
    open_store(state);
    const struct json *page = NULL;
    test_is(&api, test_list(&api, "ActivityAudits_Details", ""), RESULT_OK);
    test_place_ok(
        json_parse(api.arena, slice_of(test_body(&api)), &json_limits_usual, &page, &api.error),
        &api.error);
    const struct json *row = json_get(page, "data")->first;
    assert_int_equal(audit_object_count, 29);
    for (size_t i = 0; i < audit_object_count; i++) {
        bool ours = strcmp(audit_object_names[i], "groupDataAuditing") == 0;
        const struct json *object = json_get(row, audit_object_names[i]);
        assert_non_null(object);
        assert_true(json_is(object, ours ? JSON_OBJECT : JSON_NULL));
    }
    assert_true(slice_is(json_text_of(json_path(row, "groupDataAuditing.newName")), "North"));
    assert_true(slice_is(json_text_of(json_get(row, "changedBy")), "API"));
    struct slice created = json_text_of(json_get(row, "created"));
    assert_int_equal(created.length, strlen("2026-04-08T14:32:15.2340000"));
    test_is(&api, test_json(&api, "ActivityAudits_Get", "1", NULL), RESULT_OK);
    test_says(&api, "\"groupDataAuditing\":{\"newName\":\"North\",\"oldName\":null}");
    test_says(&api, "\"locked\":null,\"errorInfo\":null}");
    test_is(&api, test_json(&api, "ActivityAudits_Get", "4", NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

/* One list for those who write and one for those who read: they must not drift apart. */
static void every_object_that_can_be_written_can_be_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < audit_object_count; i++) {
        const struct field *field =
            shape_find(&activity_audit_detail_shape, audit_object_names[i], 0);
        assert_non_null(field);
        assert_non_null(strstr(field->column, audit_object_names[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_ALL(the_list_rises_with_the_moments),
        TEST_ON_ALL(filters_find_what_they_name),
        TEST_ON_ALL(dates_select_by_the_moment_of_the_commit),
        TEST_ON_ALL(the_detail_shows_its_object_and_null_for_the_others),
        cmocka_unit_test(every_object_that_can_be_written_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
