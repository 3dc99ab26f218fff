/* Proves that the built-in roles are there, keep their ids and can't be changed, and that custom ones can. */
#include "access/permission.h"
#include "access/role.h"
#include "access/test_call.h"
#include "resource/global_roles/global_roles.h"
#include "resource/roles/roles.h"

static struct test_api api;
static struct route routes[16];

static void open_roles(void **state)
{
    size_t count = 0;
    for (size_t i = 0; i < roles_route_count; i++) {
        routes[count++] = roles_routes[i];
    }
    for (size_t i = 0; i < global_roles_route_count; i++) {
        routes[count++] = global_roles_routes[i];
    }
    test_open(&api, test_place(state), routes, count);
    test_begin(&api);
    test_is(&api, roles_seed(api.ctx.session, api.arena, TEST_NOW_US, &api.error), RESULT_OK);
    test_commit(&api);
}

static const char *create(const char *body)
{
    test_is(&api, test_json(&api, "GlobalRoles_Create", NULL, body), RESULT_OK);
    return test_reply_id(&api);
}

static const char *id_of(const char *name)
{
    struct role_found role;
    test_is(&api, role_load_named(&api.ctx, slice_of(name), &role), RESULT_OK);
    return role.id;
}

static void the_five_global_roles_are_there(void **state)
{
    open_roles(state);
    test_is(&api, test_list(&api, "GlobalRoles_List", "Filter.BuiltIn=true"), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":5");
    static const char *const names[] = { "Administrator", "Auditor", "Computer Manager",
                                         "Policy Manager", "Request Manager" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "\"name\":\"%s\"", names[i]);
        test_says(&api, text);
    }
    test_is(&api, test_list(&api, "GlobalRoles_List", "Filter.Name=manager&Sorts[0].by=id"),
            RESULT_OK);
    test_says(&api, "\"totalRecordCount\":3");
    test_close(&api);
}

static void roles_are_found_by_id_and_by_name(void **state)
{
    open_roles(state);
    const char *id = id_of("policy viewer");
    test_is(&api, test_json(&api, "Roles_Get", id, NULL), RESULT_OK);
    test_says(&api, "{\"resource\":\"Policy\",\"action\":\"Query\"}");
    test_says(&api, "\"denyPermissions\":[]");
    test_is(&api, test_json(&api, "Roles_Get", "POLICY Viewer", NULL), RESULT_OK);
    test_says(&api, id);
    test_is(&api, test_json(&api, "Roles_Get", "Nobody", NULL), RESULT_NOT_FOUND);
    /* Global roles are no fine-grained ones, but for the Administrator, who is both. */
    test_is(&api, test_json(&api, "Roles_Get", "Auditor", NULL), RESULT_NOT_FOUND);
    test_is(&api, test_json(&api, "Roles_Get", "Administrator", NULL), RESULT_OK);
    test_is(&api, test_json(&api, "Roles_List", NULL, NULL), RESULT_OK);
    test_says(&api, "[{\"id\":\"");
    test_says(&api, "\"name\":\"AuthenticationProviderSettingsAdmin\",\"allowPermissions\":"
                    "[{\"resource\":\"Task\",\"action\":\"Query\"},"
                    "{\"resource\":\"AuthenticationProviderSettings\",\"action\":\"Modify\"}],"
                    "\"denyPermissions\":[]");
    test_close(&api);
}

static void a_new_start_keeps_ids_and_brings_new_permissions(void **state)
{
    open_roles(state);
    const char *before = id_of("Auditor");
    test_sql(&api, "DELETE FROM role_permission; UPDATE role SET allow_permissions = '[]'");
    test_begin(&api);
    test_is(&api, roles_seed(api.ctx.session, api.arena, TEST_NOW_US + 1, &api.error), RESULT_OK);
    test_commit(&api);
    assert_string_equal(id_of("Auditor"), before);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM role_permission WHERE role_id = $1"
                                 " AND resource = 'Group' AND action = 'Query' AND denies = 0",
                                 before),
                     1);
    assert_int_equal(test_number(&api,
                                 "SELECT COUNT(*) FROM role_permission WHERE role_id = $1"
                                 " AND action <> 'Query'",
                                 before),
                     0);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM role_permission WHERE role_id = $1",
                                 id_of("Administrator")),
                     (int64_t)permission_row_count);
    test_close(&api);
}

static void custom_roles_are_made_changed_and_deleted(void **state)
{
    open_roles(state);
    const char *id =
        create("{\"name\":\" Night shift \",\"description\":\"d\",\"allowPermissions\":"
               "[{\"resource\":\"computer\",\"action\":\"QUERY\"},{\"Resource\":\"Group\","
               "\"Action\":\"Query\"}],\"denyPermissions\":[{\"resource\":\"Computer\","
               "\"action\":\"Delete\"}]}");
    test_is(&api, test_json(&api, "GlobalRoles_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"name\":\"Night shift\"");
    test_says(&api, "\"builtIn\":false");
    test_says(&api, "\"allowPermissions\":[{\"resource\":\"Group\",\"action\":\"Query\"},"
                    "{\"resource\":\"Computer\",\"action\":\"Query\"}]");
    test_says(&api, "\"denyPermissions\":[{\"resource\":\"Computer\",\"action\":\"Delete\"}]");
    test_is(&api, test_json(&api, "GlobalRoles_Modify", id, "{\"denyPermissions\":[]}"), RESULT_OK);
    test_is(&api, test_json(&api, "GlobalRoles_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"description\":\"d\"");
    test_says(&api, "\"denyPermissions\":[]");
    test_says(&api, "{\"resource\":\"Computer\",\"action\":\"Query\"}");
    assert_int_equal(
        test_number(&api, "SELECT COUNT(*) FROM role_permission WHERE role_id = $1", id), 2);
    test_is(&api, test_json(&api, "GlobalRoles_Delete", id, NULL), RESULT_OK);
    test_is(&api, test_json(&api, "GlobalRoles_Get", id, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void what_does_not_fit_a_role_is_refused(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "{\"name\":\" \"}",
        "{\"name\":\"a\",\"allowPermissions\":[{\"resource\":\"Nothing\",\"action\":\"Query\"}]}",
        "{\"name\":\"a\",\"allowPermissions\":[{\"resource\":\"Group\",\"action\":\"Fly\"}]}",
        "{\"name\":\"a\",\"allowPermissions\":[{\"resource\":\"Group\"}]}",
        "{\"name\":\"a\",\"denyPermissions\":[{\"resource\":\"Group::Query "
        "Group\",\"action\":\"Query\"}]}",
        "{\"name\":\"a\",\"denyPermissions\":[7]}",
    };
    open_roles(state);
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        test_is(&api, test_json(&api, "GlobalRoles_Create", NULL, bodies[i]), RESULT_INVALID);
    }
    test_is(&api, test_json(&api, "GlobalRoles_Create", NULL, "{\"name\":\"AUDITOR\"}"),
            RESULT_CONFLICT);
    const char *auditor = id_of("Auditor");
    test_is(&api, test_json(&api, "GlobalRoles_Modify", auditor, "{\"name\":\"x\"}"),
            RESULT_CONFLICT);
    test_is(&api, test_json(&api, "GlobalRoles_Delete", auditor, NULL), RESULT_CONFLICT);
    /* A fine-grained role is no global one. */
    test_is(&api, test_json(&api, "GlobalRoles_Get", id_of("Group Viewer"), NULL),
            RESULT_NOT_FOUND);
    test_is(&api, test_json(&api, "GlobalRoles_Delete", id_of("Group Viewer"), NULL),
            RESULT_NOT_FOUND);
    test_close(&api);
}

static void a_role_that_somebody_holds_stays(void **state)
{
    open_roles(state);
    const char *id = create("{\"name\":\"Held\"}");
    char sql[512];
    test_sql(&api, "INSERT INTO user_account (id, email, email_key, domain, created, last_modified,"
                   " disabled) VALUES ('u', 'u@a.example', 'u@a.example', 'a.example', 1, 1, 0)");
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO user_grant (user_id, role_id, scope) VALUES ('u', '%s', 0)", id);
    test_sql(&api, sql);
    test_is(&api, test_json(&api, "GlobalRoles_Delete", id, NULL), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "GlobalRoles_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"numberOfUsers\":1");
    test_close(&api);
}

static void a_custom_role_gives_way_to_a_new_built_in_one(void **state)
{
    open_roles(state);
    test_sql(&api, "DELETE FROM role WHERE name = 'Auditor'");
    const char *id = create("{\"name\":\"auditor\"}");
    test_begin(&api);
    test_is(&api, roles_seed(api.ctx.session, api.arena, TEST_NOW_US + 1, &api.error), RESULT_OK);
    test_commit(&api);
    test_is(&api, test_json(&api, "GlobalRoles_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"name\":\"auditor (custom)\"");
    assert_int_not_equal(strcmp(id_of("Auditor"), id), 0);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(the_five_global_roles_are_there),
        TEST_ON_SERVERS(roles_are_found_by_id_and_by_name),
        TEST_ON_SERVERS(a_new_start_keeps_ids_and_brings_new_permissions),
        TEST_ON_SERVERS(custom_roles_are_made_changed_and_deleted),
        TEST_ON_SERVERS(what_does_not_fit_a_role_is_refused),
        TEST_ON_SERVERS(a_role_that_somebody_holds_stays),
        TEST_ON_SERVERS(a_custom_role_gives_way_to_a_new_built_in_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
