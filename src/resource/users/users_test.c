/* Proves what users promise: addresses, states, the last administrator, and rights that are what each version says. */
#include "access/permission.h"
#include "access/role.h"
#include "access/test_call.h"
#include "resource/roles/roles.h"
#include "resource/users/users.h"
#include "resource/users/users_parts.h"

#define UNKNOWN_ID "99999999-9999-4999-8999-999999999999"

static struct test_api api;
static const char *group_a = "aaaaaaaa-0000-4000-8000-00000000000a";
static const char *policy_b = "bbbbbbbb-0000-4000-8000-00000000000b";

static void open_users(void **state)
{
    test_open(&api, test_place(state), users_routes, users_route_count);
    test_begin(&api);
    test_is(&api, roles_seed(api.ctx.session, api.arena, TEST_NOW_US, &api.error), RESULT_OK);
    test_commit(&api);
    test_sql(&api,
             "INSERT INTO accepted_domain (id, domain, created) VALUES ('d', 'a.example', 1)");
    test_sql(&api, "INSERT INTO computer_group (id, name, name_key, created, is_default,"
                   " computer_count, active_count) VALUES"
                   " ('aaaaaaaa-0000-4000-8000-00000000000a', 'A', 'a', 1, 0, 0, 0)");
    test_sql(&api, "INSERT INTO policy (id, name, name_key, revision, size_kb, created,"
                   " last_modified, last_modified_user_id) VALUES"
                   " ('bbbbbbbb-0000-4000-8000-00000000000b', 'B', 'b', 1, 1, 1, 1, '')");
}

static const char *role_id(const char *name)
{
    struct role_found role;
    test_fresh(&api);
    test_is(&api, role_load_named(&api.ctx, slice_of(name), &role), RESULT_OK);
    return role.id;
}

/* Body texts with ids in them. */
static const char *text(const char *format, ...) PRINTF_LIKE(1, 2);
static const char *text(const char *format, ...)
{
    char body[2048];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(body, sizeof(body), format, values);
    va_end(values);
    return arena_strdup(api.arena, body);
}

static const char *make(const char *body)
{
    test_is(&api, test_json(&api, "Users_Create", NULL, body), RESULT_OK);
    return test_reply_id(&api);
}

static void assign(const char *id, const char *body, enum result wanted)
{
    test_is(&api, test_json(&api, "Users_AssignRoles", id, body), wanted);
}

static void shows(const char *id, const char *part)
{
    test_is(&api, test_json(&api, "Users_Get", id, NULL), RESULT_OK);
    test_says(&api, part);
}

/* --- addresses and preferences ---------------------------------------------------------------------- */

static void a_new_user_is_enabled_and_invited(void **state)
{
    open_users(state);
    const char *id = make("{\"emailAddress\":\" Ann@A.Example \",\"language\":\"en-GB\","
                          "\"olsonTimeZoneId\":\"europe/LONDON\"}");
    assert_int_equal(api.reply.status, 201);
    assert_string_equal(test_reply_header(&api, "Location"),
                        text("/management-api/v3/Users/%s", id));
    shows(id, "\"accountName\":\"Ann@a.example\",\"emailAddress\":\"Ann@a.example\"");
    test_says(&api, "\"disabled\":false");
    test_says(&api, "\"lastSignedIn\":null");
    test_says(&api, "\"olsonTimeZoneId\":\"Europe/London\"");
    assert_int_equal(test_number(&api, "SELECT status FROM task WHERE id = $1", id), 2);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM mail WHERE user_id = $1", id), 1);
    id = make("{\"emailAddress\":\"b@a.example\",\"enabled\":false}");
    shows(id, "\"disabled\":true");
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM mail WHERE user_id = $1", id), 0);
    test_close(&api);
}

static void what_is_no_address_or_preference_is_refused(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "{\"emailAddress\":null}",
        "{\"emailAddress\":\"ann\"}",
        "{\"emailAddress\":\"@a.example\"}",
        "{\"emailAddress\":\"ann@b.example\"}",
        "{\"emailAddress\":\"ann@sub.a.example\"}",
        "{\"emailAddress\":\"a n@a.example\"}",
        "{\"emailAddress\":\".a@a.example\"}",
        "{\"emailAddress\":\"a..b@a.example\"}",
        "{\"emailAddress\":\"a.@a.example\"}",
        "{\"emailAddress\":\"a\\r\\nBcc: x@a.example\"}",
        "{\"emailAddress\":\"\\\"a\\\"@a.example\"}",
        "{\"emailAddress\":\"a@b@a.example\"}",
        "{\"emailAddress\":\"a@a.example\",\"language\":\"qq\"}",
        "{\"emailAddress\":\"a@a.example\",\"language\":\"english\"}",
        "{\"emailAddress\":\"a@a.example\",\"language\":\"en-\"}",
        "{\"emailAddress\":\"a@a.example\",\"olsonTimeZoneId\":\"Europe/Lond\"}",
        "{\"emailAddress\":\"a@a.example\",\"olsonTimeZoneId\":\"Europe/London/x\"}",
        "{\"emailAddress\":\"a@a.example\",\"enabled\":\"yes\"}",
    };
    open_users(state);
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        test_is(&api, test_json(&api, "Users_Create", NULL, bodies[i]), RESULT_INVALID);
    }
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM user_account", NULL), 0);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM mail", NULL), 0);
    test_close(&api);
}

static void languages_are_codes_of_letters(void **state)
{
    (void)state;
    const struct slice good[] = { SLICE("en"), SLICE("EN"), SLICE("en-GB"), SLICE("zh-Hant-TW"),
                                  SLICE("es-419") };
    const struct slice bad[] = { SLICE(""),    SLICE("e"),    SLICE("qq"),    SLICE("eng"),
                                 SLICE("en-"), SLICE("en-g"), SLICE("en_GB"), SLICE(" n"),
                                 SLICE("\0x"), SLICE("n "),   SLICE("en--GB") };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(language_is_known(good[i]));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(language_is_known(bad[i]));
    }
}

static void an_address_is_there_once_in_any_letter_case(void **state)
{
    open_users(state);
    const char *a = make("{\"emailAddress\":\"ann@a.example\"}");
    const char *b = make("{\"emailAddress\":\"bob@a.example\"}");
    test_is(&api, test_json(&api, "Users_Create", NULL, "{\"emailAddress\":\"ANN@A.example\"}"),
            RESULT_CONFLICT);
    test_is(&api, test_json(&api, "Users_Modify", b, "{\"emailAddress\":\"ANN@a.example\"}"),
            RESULT_CONFLICT);
    test_is(&api, test_json(&api, "Users_Modify", a, "{\"emailAddress\":\"Ann@a.example\"}"),
            RESULT_OK);
    shows(a, "\"emailAddress\":\"Ann@a.example\"");
    test_close(&api);
}

static void what_a_change_leaves_out_stays(void **state)
{
    open_users(state);
    const char *id = make("{\"emailAddress\":\"a@a.example\",\"language\":\"de\","
                          "\"dateTimeDisplayFormat\":\"DD/MM\"}");
    test_is(&api, test_json(&api, "Users_Modify", id, "{\"olsonTimeZoneId\":\"UTC\"}"), RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    test_is(&api,
            test_json(&api, "Users_ModifyPreferences", id,
                      "{\"language\":\"fr\",\"emailAddress\":\"x@a.example\"}"),
            RESULT_OK);
    shows(id,
          "\"olsonTimeZoneId\":\"UTC\",\"dateTimeDisplayFormat\":\"DD/MM\",\"language\":\"fr\"");
    test_says(&api, "\"emailAddress\":\"a@a.example\"");
    test_is(&api, test_json(&api, "Users_ModifyPreferences", id, "{\"language\":\"zz\"}"),
            RESULT_INVALID);
    test_is(&api, test_json(&api, "Users_ModifyPreferences", UNKNOWN_ID, "{}"), RESULT_NOT_FOUND);
    test_is(&api, test_json(&api, "Users_Modify", UNKNOWN_ID, "{}"), RESULT_NOT_FOUND);
    test_close(&api);
}

/* --- states ---------------------------------------------------------------------------------------- */

static void disabling_and_enabling_may_be_repeated(void **state)
{
    open_users(state);
    const char *id = make("{\"emailAddress\":\"a@a.example\"}");
    for (int i = 0; i < 2; i++) {
        test_is(&api, test_json(&api, "Users_Disable", id, NULL), RESULT_OK);
        assert_int_equal(api.reply.status, 204);
        shows(id, "\"disabled\":true");
    }
    test_is(&api, test_json(&api, "Users_ResendInvite", id, NULL), RESULT_CONFLICT);
    for (int i = 0; i < 2; i++) {
        test_is(&api, test_json(&api, "Users_Enable", id, NULL), RESULT_OK);
        shows(id, "\"disabled\":false");
    }
    test_is(&api, test_json(&api, "Users_Disable", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_close(&api);
}

static void an_invitation_goes_once_a_minute_until_the_first_sign_in(void **state)
{
    open_users(state);
    const char *id = make("{\"emailAddress\":\"a@a.example\"}");
    test_is(&api, test_json(&api, "Users_ResendInvite", id, NULL), RESULT_LIMITED);
    assert_string_equal(test_reply_header(&api, "Retry-After"), "60");
    api.ctx.now_us += 60 * US_PER_SECOND;
    test_is(&api, test_json(&api, "Users_ResendInvite", id, NULL), RESULT_OK);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM mail WHERE user_id = $1", id), 2);
    test_sql(&api, "UPDATE user_account SET last_signed_in = 5");
    api.ctx.now_us += 60 * US_PER_SECOND;
    test_is(&api, test_json(&api, "Users_ResendInvite", id, NULL), RESULT_CONFLICT);
    test_close(&api);
}

static void one_enabled_administrator_stays(void **state)
{
    open_users(state);
    const char *a = make("{\"emailAddress\":\"a@a.example\",\"admin\":true}");
    test_is(&api, test_json(&api, "Users_Disable", a, NULL), RESULT_CONFLICT);
    assign(a, "{\"admin\":false}", RESULT_CONFLICT);
    assign(a, "{\"globalRolesIds\":[]}", RESULT_CONFLICT);
    api.ctx.version = API_V1;
    test_is(&api,
            test_json(&api, "Users_AssignRole", a,
                      text("{\"roleId\":\"%s\"}", role_id("Policy Viewer"))),
            RESULT_CONFLICT);
    api.ctx.version = API_V3;
    shows(a, "\"admin\":true");
    const char *b = make(text("{\"emailAddress\":\"b@a.example\",\"globalRolesIds\":[\"%s\"]}",
                              role_id("Administrator")));
    shows(b, "\"admin\":true");
    test_is(&api, test_json(&api, "Users_Disable", a, NULL), RESULT_OK);
    test_is(&api, test_json(&api, "Users_Disable", b, NULL), RESULT_CONFLICT);
    /* A disabled one is no help, but may lose the role. */
    assign(a, "{\"admin\":false}", RESULT_OK);
    assign(b, "{\"admin\":false}", RESULT_CONFLICT);
    test_close(&api);
}

/* --- rights ---------------------------------------------------------------------------------------- */

static void v1_gives_one_role_in_place_of_all(void **state)
{
    open_users(state);
    api.ctx.version = API_V1;
    /* Members of later versions count as not sent. */
    const char *id =
        make(text("{\"emailAddress\":\"a@a.example\",\"admin\":true,\"roleId\":\"%s\"}",
                  role_id("Group Viewer")));
    shows(id, text("\"roleId\":\"%s\"", role_id("Group Viewer")));
    test_says(&api, "\"roleName\":\"Group Viewer\"");
    test_is(&api,
            test_json(&api, "Users_AssignRole", id,
                      text("{\"roleId\":\"%s\"}", role_id("Policy Editor"))),
            RESULT_OK);
    assert_int_equal(api.reply.status, 204);
    api.ctx.version = API_V3;
    shows(id, text("\"roleResource\":[{\"resourceId\":null,\"resourceType\":null,\"roleIds\":"
                   "[\"%s\"],\"roleId\":\"%s\"}]",
                   role_id("Policy Editor"), role_id("Policy Editor")));
    test_says(&api, "\"admin\":false");
    api.ctx.version = API_V1;
    test_is(&api, test_json(&api, "Users_AssignRole", id, "{\"roleId\":\"" UNKNOWN_ID "\"}"),
            RESULT_INVALID);
    test_is(&api, test_json(&api, "Users_AssignRole", id, "{}"), RESULT_INVALID);
    test_is(&api,
            test_json(&api, "Users_AssignRole", UNKNOWN_ID,
                      text("{\"roleId\":\"%s\"}", role_id("Auditor"))),
            RESULT_NOT_FOUND);
    test_close(&api);
}

static void switches_and_lists_of_all_groups_do_not_widen_each_other(void **state)
{
    open_users(state);
    const char *viewer = role_id("Group Viewer");
    const char *id = make("{\"emailAddress\":\"a@a.example\",\"allGroups\":true,"
                          "\"groupRoles\":[]}");
    shows(id, "\"allGroups\":true,\"groupRoles\":[]");
    /* Who names roles means these, not all rights. */
    assign(id, text("{\"groupRoles\":[\"%s\"]}", viewer), RESULT_OK);
    shows(id, text("\"allGroups\":false,\"groupRoles\":[\"%s\"]", viewer));
    assign(id, text("{\"allGroups\":true,\"groupRoles\":[\"%s\"]}", viewer), RESULT_OK);
    shows(id, text("\"allGroups\":false,\"groupRoles\":[\"%s\"]", viewer));
    assign(id, "{\"groupRoles\":[]}", RESULT_OK);
    shows(id, "\"allGroups\":false,\"groupRoles\":[]");
    assign(id, "{\"allGroups\":true}", RESULT_OK);
    assign(id, "{\"policyRoles\":[]}", RESULT_OK);
    shows(id, "\"allGroups\":true");
    test_says(&api, "\"allPolicies\":false");
    assign(id, "{\"allGroups\":false}", RESULT_OK);
    shows(id, "\"allGroups\":false");
    assign(id, text("{\"groupRoles\":[\"%s\"]}", role_id("Policy Viewer")), RESULT_INVALID);
    test_close(&api);
}

static void roles_by_resource_are_replaced_as_a_list(void **state)
{
    open_users(state);
    const char *viewer = role_id("Group Viewer");
    const char *editor = role_id("Policy Editor");
    const char *id =
        make(text("{\"emailAddress\":\"a@a.example\",\"roleResource\":[{\"resourceId\":"
                  "\"%s\",\"resourceType\":\"group\",\"roleIds\":[\"%s\"]},"
                  "{\"resourceId\":\"%s\",\"roleId\":\"%s\"}]}",
                  group_a, viewer, policy_b, editor));
    shows(id, text("{\"resourceId\":\"%s\",\"resourceType\":\"Group\",\"roleIds\":[\"%s\"],"
                   "\"roleId\":\"%s\"}",
                   group_a, viewer, viewer));
    test_says(&api, text("{\"resourceId\":\"%s\",\"resourceType\":\"Policy\",\"roleIds\":[\"%s\"],",
                         policy_b, editor));
    assign(id, "{\"globalRolesIds\":[]}", RESULT_OK);
    shows(id, group_a);
    assign(id,
           text("{\"roleResource\":[{\"resourceId\":\"%s\",\"roleId\":\"%s\"}]}", policy_b, editor),
           RESULT_OK);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM user_grant WHERE user_id = $1", id),
                     1);
    /* Refused whole: nothing of it is kept. */
    static const char *const bad[] = {
        "{\"roleResource\":[{\"resourceId\":\"" UNKNOWN_ID "\",\"roleIds\":[]}]}",
        "{\"roleResource\":[{\"resourceId\":\"aaaaaaaa-0000-4000-8000-00000000000a\","
        "\"resourceType\":\"Policy\",\"roleIds\":[]}]}",
        "{\"roleResource\":[{\"resourceType\":\"Computer\",\"roleIds\":[]}]}",
        "{\"roleResource\":[{\"resourceId\":\"x\"}]}",
        "{\"roleResource\":{}}",
        "{\"roleResource\":[{\"roleId\":\"" UNKNOWN_ID "\"}]}",
        "{\"globalRolesIds\":[\"" UNKNOWN_ID "\"]}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assign(id, bad[i], RESULT_INVALID);
    }
    assign(id, text("{\"globalRolesIds\":[\"%s\"]}", viewer), RESULT_INVALID);
    assign(id,
           text("{\"roleResource\":[{\"resourceId\":\"%s\",\"roleId\":\"%s\"}]}", group_a, editor),
           RESULT_INVALID);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM user_grant WHERE user_id = $1", id),
                     1);
    /* What a role was held on takes the grant along. */
    test_sql(&api, "DELETE FROM policy");
    shows(id, "\"roleResource\":[]");
    test_close(&api);
}

static void an_administrator_needs_no_other_roles(void **state)
{
    open_users(state);
    const char *id = make("{\"emailAddress\":\"a@a.example\",\"admin\":true,"
                          "\"globalRolesIds\":[\"" UNKNOWN_ID "\"]}");
    shows(id, text("\"globalRolesIds\":[\"%s\"]", role_id("Administrator")));
    test_says(&api, "\"roleName\":\"Administrator\"");
    test_close(&api);
}

static void lists_filter_and_sort(void **state)
{
    open_users(state);
    (void)make(
        text("{\"emailAddress\":\"b@a.example\",\"language\":\"de\",\"globalRolesIds\":[\"%s\"]}",
             role_id("Auditor")));
    (void)make("{\"emailAddress\":\"a@a.example\",\"enabled\":false}");
    test_is(&api, test_list(&api, "Users_List", text("Filter.RoleId=%s", role_id("Auditor"))),
            RESULT_OK);
    test_says(&api, "\"totalRecordCount\":1");
    test_says(&api, "b@a.example");
    test_is(&api, test_list(&api, "Users_List", "Filter.Disabled=true"), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":1");
    test_says(&api, "a@a.example");
    test_is(&api, test_list(&api, "Users_List", "Filter.Language=DE"), RESULT_OK);
    test_says(&api, "\"totalRecordCount\":1");
    test_is(&api, test_list(&api, "Users_List", "Filter.EmailAddress=A%40"), RESULT_OK);
    test_is(
        &api,
        test_list(&api, "Users_List",
                  "Filter.LastSignedIn.Dates=2020-01-01&Filter.LastSignedIn.SelectionMode=Single"),
        RESULT_OK);
    test_says(&api, "\"totalRecordCount\":0");
    test_is(&api, test_list(&api, "Users_List", "Filter.RoleId=x"), RESULT_INVALID);
    test_is(&api, test_list(&api, "Users_List", "Sorts[0].by=emailAddress"), RESULT_OK);
    assert_true(strstr(test_body(&api), "a@a.example") < strstr(test_body(&api), "b@a.example"));
    static const char *const sorts[] = { "accountName", "created",  "lastSignedIn",   "disabled",
                                         "roleName",    "language", "olsonTimeZoneId" };
    for (size_t i = 0; i < COUNT_OF(sorts); i++) {
        test_is(
            &api,
            test_list(&api, "Users_List",
                      text("Sorts[0].by=%s&Sorts[0].order=desc&Pagination.PageSize=1", sorts[i])),
            RESULT_OK);
        test_says(&api, "\"pageCount\":2");
    }
    test_close(&api);
}

/* --- who changes whom -------------------------------------------------------------------------------- */

static void act_as(const char *id, const char *email)
{
    api.principal = (struct principal){ .kind = PRINCIPAL_USER };
    (void)snprintf(api.principal.id, sizeof(api.principal.id), "%s", id);
    (void)snprintf(api.principal.name, sizeof(api.principal.name), "%s", email);
}

static void who_may_not_assign_roles_can_not_get_at_administrators(void **state)
{
    open_users(state);
    const char *root = make("{\"emailAddress\":\"root@a.example\",\"admin\":true}");
    const char *other = make("{\"emailAddress\":\"other@a.example\"}");
    const char *helper = make(text("{\"emailAddress\":\"h@a.example\",\"roleResource\":"
                                   "[{\"roleId\":\"%s\"}]}",
                                   role_id("UserAdmin")));
    act_as(helper, "h@a.example");
    test_is(&api, test_json(&api, "Users_Modify", other, "{\"emailAddress\":\"o2@a.example\"}"),
            RESULT_OK);
    test_is(&api, test_json(&api, "Users_Modify", root, "{\"emailAddress\":\"r2@a.example\"}"),
            RESULT_DENIED);
    test_is(&api, test_json(&api, "Users_Disable", root, NULL), RESULT_DENIED);
    test_is(&api, test_json(&api, "Users_ResendInvite", root, NULL), RESULT_DENIED);
    test_is(&api,
            test_json(&api, "Users_Create", NULL,
                      "{\"emailAddress\":\"new@a.example\",\"admin\":true}"),
            RESULT_DENIED);
    (void)make("{\"emailAddress\":\"new@a.example\"}");
    act_as(root, "root@a.example");
    (void)make("{\"emailAddress\":\"new2@a.example\",\"admin\":true}");
    test_close(&api);
}

static void a_decision_is_explained(void **state)
{
    open_users(state);
    const char *id =
        make(text("{\"emailAddress\":\"a@a.example\",\"roleResource\":[{\"resourceId\":"
                  "\"%s\",\"roleId\":\"%s\"}]}",
                  group_a, role_id("Group Viewer")));
    struct query_pair pairs[] = { { SLICE("Resource"), SLICE("group") },
                                  { SLICE("action"), SLICE("query") },
                                  { SLICE("objectId"), slice_of(group_a) } };
    const struct row {
        const char *resource, *action, *object, *says;
    } rows[] = {
        { "group", "query", group_a, "\"allowed\":true,\"rule\":\"Role\"" },
        { "group", "query", NULL, "\"allowed\":false,\"rule\":\"None\"" },
        { "Group", "Modify", group_a, "\"allowed\":false,\"rule\":\"None\",\"roleId\":null" },
        { "Task", "Query", NULL, "\"allowed\":true,\"rule\":\"Everybody\"" },
        { "Policy", "Query", policy_b, "\"objectType\":\"Policy\"" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call call;
        pairs[0].value = slice_of(rows[i].resource);
        pairs[1].value = slice_of(rows[i].action);
        pairs[2].value = slice_of(rows[i].object);
        test_begin_call(&api, &call, "Users_ExplainPermission", id);
        call.query = pairs;
        call.query_count = rows[i].object == NULL ? 2 : 3;
        test_is(&api, test_finish(&api, &call), RESULT_OK);
        test_says(&api, rows[i].says);
    }
    test_is(&api, test_json(&api, "Users_Disable", id, NULL), RESULT_OK);
    struct call call;
    test_begin_call(&api, &call, "Users_ExplainPermission", id);
    call.query = pairs;
    call.query_count = 3;
    test_is(&api, test_finish(&api, &call), RESULT_OK);
    test_says(&api, "\"allowed\":false,\"rule\":\"Disabled\"");
    pairs[1].value = SLICE("fly");
    test_is(&api, test_finish(&api, &call), RESULT_INVALID);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_new_user_is_enabled_and_invited),
        TEST_ON_SERVERS(what_is_no_address_or_preference_is_refused),
        cmocka_unit_test(languages_are_codes_of_letters),
        TEST_ON_SERVERS(an_address_is_there_once_in_any_letter_case),
        TEST_ON_SERVERS(what_a_change_leaves_out_stays),
        TEST_ON_SERVERS(disabling_and_enabling_may_be_repeated),
        TEST_ON_SERVERS(an_invitation_goes_once_a_minute_until_the_first_sign_in),
        TEST_ON_SERVERS(one_enabled_administrator_stays),
        TEST_ON_SERVERS(v1_gives_one_role_in_place_of_all),
        TEST_ON_SERVERS(switches_and_lists_of_all_groups_do_not_widen_each_other),
        TEST_ON_SERVERS(roles_by_resource_are_replaced_as_a_list),
        TEST_ON_SERVERS(an_administrator_needs_no_other_roles),
        TEST_ON_SERVERS(lists_filter_and_sort),
        TEST_ON_SERVERS(who_may_not_assign_roles_can_not_get_at_administrators),
        TEST_ON_SERVERS(a_decision_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
