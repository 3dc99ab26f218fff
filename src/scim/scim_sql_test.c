/* Proves that a filter as SQL selects exactly the users that match.c says fit: random filters over random users, on both
   databases; and that documents come back from the store as they went in. */
#include "access/role.h"
#include "access/test_call.h"
#include "json/write.h"
#include "resource/roles/roles.h"
#include "scim/document.h"
#include "scim/filter_sql.h"
#include "scim/tree.h"
#include "scim/user_record.h"

enum { USERS = 40, FILTERS = 1500, FILTER_BYTES = 4096 };

#define ROOT "https://reeve.example/management-api/scim/v3"

static struct test_api api;
static uint64_t random_state;

static unsigned pick(unsigned count)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(random_state >> 33) % count;
}

static const char *one_of(const char *const *texts, unsigned count)
{
    return texts[pick(count)];
}
#define ONE_OF(texts) one_of(texts, COUNT_OF(texts))

static const char *const words[] = {
    "a", "b", "ab", "Ab", "ba", "%", "_", "abc", "", "work", "home"
};

/* --- users ------------------------------------------------------------------------------------ */

static void put_element(struct buffer *text, const char *value)
{
    buffer_print(text, "{\"value\":\"%s\"", value);
    if (pick(2) == 0) {
        buffer_print(text, ",\"type\":\"%s\"", pick(2) == 0 ? "work" : "home");
    }
    if (pick(3) == 0) {
        buffer_print(text, ",\"primary\":%s", pick(2) == 0 ? "true" : "false");
    }
    buffer_text(text, "}");
}

static void put_elements(struct buffer *text, const char *name, const char *const *values,
                         unsigned count)
{
    unsigned elements = pick(4);
    buffer_print(text, ",\"%s\":[", name);
    for (unsigned i = 0; i < elements; i++) {
        buffer_text(text, i == 0 ? "" : ",");
        put_element(text, one_of(values, count));
    }
    buffer_text(text, "]");
}

static const char *random_user(unsigned number)
{
    static const char *const plain[] = { "title",    "displayName", "nickName",      "locale",
                                         "timezone", "profileUrl",  "dateTimeFormat" };
    static const char *const preferences[] = { "en-US", "de", "UTC", "Europe/London", "ab" };
    static const char *const addresses[] = { "a@x.example", "A@x.example", "b@x.example" };
    static const char *const roles[] = { "Policy Viewer", "group viewer", "ab", "odd" };
    struct buffer text;
    buffer_init(&text, 65536);
    buffer_print(&text, "{\"userName\":\"u%u%s\",\"active\":%s", number, words[pick(5)],
                 pick(2) == 0 ? "true" : "false");
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        if (pick(2) == 0) {
            buffer_print(&text, ",\"%s\":\"%s\"", plain[i],
                         pick(2) == 0 ? ONE_OF(preferences) : ONE_OF(words));
        }
    }
    if (pick(2) == 0) {
        buffer_print(&text, ",\"externalId\":\"E%u\"", number);
    }
    if (pick(2) == 0) {
        buffer_print(&text, ",\"name\":{\"givenName\":\"%s\",\"formatted\":\"%s\"}", ONE_OF(words),
                     ONE_OF(words));
    }
    put_elements(&text, "emails", addresses, COUNT_OF(addresses));
    put_elements(&text, "phoneNumbers", words, 8);
    put_elements(&text, "roles", roles, COUNT_OF(roles));
    if (pick(2) == 0) {
        buffer_print(&text, ",\"%s\":{\"department\":\"%s\",\"manager\":{\"value\":\"%s\"}}",
                     scim_enterprise_schema.urn, ONE_OF(words), ONE_OF(words));
    }
    buffer_text(&text, "}");
    const char *copy = arena_strndup(api.arena, text.bytes, text.length);
    buffer_done(&text);
    return copy;
}

static struct json *document_of(const char *text)
{
    const struct json *body = NULL;
    struct json *document = NULL;
    test_is(&api, json_parse(api.arena, slice_of(text), &json_limits_usual, &body, &api.error),
            RESULT_OK);
    test_is(&api, scim_document_take(api.arena, &scim_user_kind, body, &document, &api.error),
            RESULT_OK);
    return document;
}

static const char *make_user(unsigned number)
{
    const char *id = NULL;
    char address[64];
    test_fresh(&api);
    api.ctx.now_us += 777;
    if (number % 8 == 0) { /* as the management API makes them */
        (void)snprintf(address, sizeof(address), "m%u@x.example", number);
        const struct user_order order = { .email = slice_of(address),
                                          .given_name = slice_of(words[pick(4)]),
                                          .any_name = true };
        test_is(&api, user_create(&api.ctx, &order, &id), RESULT_OK);
        return id;
    }
    test_is(&api, scim_user_create(&api.ctx, document_of(random_user(number)), &id), RESULT_OK);
    return id;
}

/* --- filters ---------------------------------------------------------------------------------- */

static void put_value(struct buffer *text, const char *path)
{
    static const char *const texts[] = { "policy viewer", "ODD", "en-us", "utc",  "Policy::Query",
                                         "a@X.example",   "E7",  "u1",    "User", "W/" };
    if (strcmp(path, "active") == 0 || strstr(path, "primary") != NULL) {
        buffer_text(text, pick(2) == 0 ? "true" : "\"False\"");
    } else if (strstr(path, "created") != NULL || strstr(path, "lastModified") != NULL) {
        buffer_print(text, "\"2023-11-14T22:13:20.1%u%s\"", 20 + pick(40),
                     pick(2) == 0 ? "Z" : "5Z");
    } else if (pick(10) == 0) {
        buffer_text(text, "null");
    } else {
        buffer_print(text, "\"%s\"", pick(2) == 0 ? ONE_OF(words) : ONE_OF(texts));
    }
}

static void put_comparison(struct buffer *text, const char *path)
{
    static const char *const operators[] = { "eq", "ne", "co", "sw", "ew",
                                             "gt", "ge", "lt", "le", "pr" };
    const char *operator= ONE_OF(operators);
    buffer_print(text, "%s %s", path, operator);
    if (strcmp(operator, "pr") != 0) {
        buffer_text(text, " ");
        put_value(text, path);
    }
}

static void put_element_filter(struct buffer *text)
{
    static const char *const attributes[] = { "emails", "phoneNumbers", "roles", "entitlements" };
    static const char *const subs[] = { "value", "type", "primary", "display" };
    unsigned terms = 1 + pick(3);
    buffer_print(text, "%s[", ONE_OF(attributes));
    for (unsigned i = 0; i < terms; i++) {
        buffer_text(text, i == 0 ? "" : pick(2) == 0 ? " and " : " or ");
        buffer_text(text, pick(4) == 0 ? "not (" : "(");
        put_comparison(text, ONE_OF(subs));
        buffer_text(text, ")");
    }
    buffer_text(text, "]");
}

static void put_term(struct buffer *text)
{
    static const char *const paths[] = {
        "id",
        "userName",
        "externalId",
        "active",
        "title",
        "displayName",
        "locale",
        "timezone",
        "dateTimeFormat",
        "profileUrl",
        "name",
        "name.givenName",
        "name.formatted",
        "emails",
        "emails.type",
        "emails.primary",
        "phoneNumbers",
        "roles",
        "roles.primary",
        "entitlements",
        "groups",
        "groups.value",
        "schemas",
        "meta.created",
        "meta.lastModified",
        "meta.version",
        "meta.location",
        "meta.resourceType",
        "meta",
        "unheard",
        "password",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    };
    switch (pick(8)) {
    case 0: put_element_filter(text); break;
    case 1:
        buffer_text(text, pick(2) == 0 ? "name[" : "meta[");
        put_comparison(text, pick(2) == 0 ? "givenName" : "version");
        buffer_text(text, "]");
        break;
    default: put_comparison(text, ONE_OF(paths)); break;
    }
}

static void put_filter(struct buffer *text, unsigned depth)
{
    if (depth == 0 || pick(3) == 0) {
        put_term(text);
        return;
    }
    buffer_text(text, pick(3) == 0 ? "not (" : "(");
    put_filter(text, depth - 1);
    buffer_text(text, pick(2) == 0 ? " and " : " or ");
    put_filter(text, depth - 1);
    buffer_text(text, ")");
}

/* --- both against each other ------------------------------------------------------------------ */

static bool selects(const struct scim_node *filter, const char *id)
{
    static struct sql_values values;
    struct buffer text;
    struct statement *statement = NULL;
    bool row = false;
    struct scim_sql sql = {
        .arena = api.arena, .text = &text, .values = &values, .root = ROOT, .error = &api.error
    };
    values.count = 0;
    buffer_init(&text, SQL_BYTES_MAX);
    buffer_text(&text, "SELECT 1 FROM user_account u LEFT JOIN scim_user s ON s.user_id = u.id"
                       " WHERE u.id = ");
    sql_mark_text(&text, &values, slice_of(id));
    buffer_text(&text, " AND ");
    test_is(&api, scim_filter_sql(&sql, filter), RESULT_OK);
    test_is(&api, session_prepare(api.ctx.session, text.bytes, &statement, &api.error), RESULT_OK);
    sql_bind(statement, &values);
    test_is(&api, statement_step(statement, &row, &api.error), RESULT_OK);
    statement_reset(statement);
    buffer_done(&text);
    return row;
}

static size_t check_filter(const char *text, const char *const *ids, struct json *const *resources)
{
    const struct scim_node *filter = NULL;
    size_t fitting = 0;
    test_fresh(&api);
    if (scim_filter_parse(api.arena, &scim_user_kind, slice_of(text), &filter, &api.error) !=
        RESULT_OK) {
        return 0; /* an operator that the type does not have */
    }
    for (size_t i = 0; i < USERS; i++) {
        bool fits = scim_filter_fits(api.arena, filter, resources[i]);
        if (selects(filter, ids[i]) != fits) {
            struct buffer resource;
            struct json_writer writer;
            buffer_init(&resource, 65536);
            json_writer_init(&writer, &resource);
            json_put_value(&writer, resources[i]);
            test_stop("%s: match.c says %s, SQL does not, of %s", text, fits ? "yes" : "no",
                      resource.bytes);
        }
        fitting += fits ? 1 : 0;
    }
    return fitting;
}

static void open_scim(void **state)
{
    test_open(&api, test_place(state), NULL, 0);
    api.rules.scim_any_name = true;
    random_state = 7;
    test_begin(&api);
    test_is(&api, roles_seed(api.ctx.session, api.arena, TEST_NOW_US, &api.error), RESULT_OK);
    test_commit(&api);
}

static void sql_selects_what_fits(void **state)
{
    const char *ids[USERS];
    struct json *resources[USERS];
    size_t some = 0;
    open_scim(state);
    test_begin(&api);
    for (unsigned i = 0; i < USERS; i++) {
        struct scim_user user;
        ids[i] = make_user(i);
        test_is(&api, scim_user_load(&api.ctx, ids[i], &user), RESULT_OK);
        test_is(&api, scim_user_render(&api.ctx, &user, ROOT, &resources[i]), RESULT_OK);
    }
    for (int i = 0; i < FILTERS; i++) {
        struct buffer text;
        buffer_init(&text, FILTER_BYTES);
        put_filter(&text, pick(4));
        size_t fitting = check_filter(text.bytes, ids, resources);
        some += fitting > 0 && fitting < USERS ? 1 : 0;
        buffer_done(&text);
    }
    assert_true(some > FILTERS / 5); /* the filters tell users apart, or this proves nothing */
    test_commit(&api);
    test_close(&api);
}

/* --- plans -------------------------------------------------------------------------------------- */

/* The plan of a filter's ids, a line a step. */
static void plan_of(const char *filter_text, struct buffer *plan)
{
    static struct sql_values values;
    const bool postgres = !store_dialect(session_store(api.ctx.session))->one_server;
    const struct scim_node *filter = NULL;
    struct statement *statement = NULL;
    struct buffer text;
    bool row = false;
    struct scim_sql sql = {
        .arena = api.arena, .text = &text, .values = &values, .root = ROOT, .error = &api.error
    };
    test_is(
        &api,
        scim_filter_parse(api.arena, &scim_user_kind, slice_of(filter_text), &filter, &api.error),
        RESULT_OK);
    assert_true(scim_filter_is_narrow(filter));
    values.count = 0;
    buffer_init(&text, SQL_BYTES_MAX);
    buffer_print(&text,
                 "%s SELECT u.id FROM user_account u LEFT JOIN scim_user s ON s.user_id = u.id"
                 " WHERE s.deleted IS NULL AND ",
                 postgres ? "EXPLAIN" : "EXPLAIN QUERY PLAN");
    test_is(&api, scim_filter_sql(&sql, filter), RESULT_OK);
    buffer_text(&text, " ORDER BY u.created + 0, u.id LIMIT 10");
    test_is(&api, session_prepare(api.ctx.session, text.bytes, &statement, &api.error), RESULT_OK);
    sql_bind(statement, &values);
    test_is(&api, statement_step(statement, &row, &api.error), RESULT_OK);
    while (row) {
        struct slice line = statement_text(statement, postgres ? 0 : 3);
        buffer_add(plan, line.text, line.length);
        buffer_char(plan, '\n');
        test_is(&api, statement_step(statement, &row, &api.error), RESULT_OK);
    }
    statement_reset(statement);
    buffer_done(&text);
}

/* Not by the clock: what is looked up does not grow with the users. PostgreSQL is told to scan only where no index serves,
   since a table of forty rows is read faster as a whole. */
static void filters_of_identity_providers_use_an_index(void **state)
{
    static const char *const filters[] = {
        "userName eq \"m1@x.example\"",
        "id eq \"01890a5d-ac96-774b-bcce-b302099a8057\"",
        "externalId eq \"ext-1\"",
        "emails.value eq \"m1@x.example\"",
        "emails[type eq \"work\" and value eq \"m1@x.example\"]",
        "meta.lastModified gt \"2026-01-01T00:00:00Z\"",
        "title eq \"Boss\"",
        "userName eq \"m1@x.example\" and active eq true",
    };
    static const char *const scans[] = { "SCAN scim_value", "SCAN v", "Seq Scan on user_account",
                                         "Seq Scan on scim_value" };
    const bool postgres = !store_dialect(test_place(state)->store)->one_server;
    open_scim(state);
    test_begin(&api);
    for (unsigned i = 0; i < USERS; i++) {
        (void)make_user(i);
    }
    if (postgres) {
        test_is(&api,
                session_run_script(api.ctx.session, "SET LOCAL enable_seqscan = off", &api.error),
                RESULT_OK);
    }
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        struct buffer plan;
        buffer_init(&plan, 65536);
        plan_of(filters[i], &plan);
        /* The parts of the view that have other attributes stand there as scans, and are never begun. */
        if (!postgres && strncmp(plan.bytes, "SEARCH u", strlen("SEARCH u")) != 0) {
            test_stop("%s goes through all users:\n%s", filters[i], plan.bytes);
        }
        for (size_t k = 0; k < COUNT_OF(scans); k++) {
            if (strstr(plan.bytes, scans[k]) != NULL) {
                test_stop("%s scans:\n%s", filters[i], plan.bytes);
            }
        }
        buffer_done(&plan);
    }
    test_commit(&api);
    test_close(&api);
}

/* --- cost --------------------------------------------------------------------------------------- */

enum { LOOKUPS_OF_A_TERM = 4, STEPS_OF_A_TERM = 80 };

static void repeat(struct buffer *text, const char *piece, int times)
{
    for (int i = 0; i < times; i++) {
        buffer_text(text, piece);
    }
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

/* Steps of the plan: a part of the view is copied once a term, and not once a term and part. */
static void check_plan(const struct buffer *text, const struct sql_values *values, size_t terms)
{
    struct statement *statement = NULL;
    struct buffer explain;
    bool row = false;
    size_t steps = 0;
    buffer_init(&explain, SQL_BYTES_MAX);
    buffer_text(&explain, store_dialect(session_store(api.ctx.session))->one_server
                              ? "EXPLAIN QUERY PLAN "
                              : "EXPLAIN ");
    buffer_text(&explain, text->bytes);
    test_is(&api, session_prepare(api.ctx.session, explain.bytes, &statement, &api.error),
            RESULT_OK);
    sql_bind(statement, values);
    test_is(&api, statement_step(statement, &row, &api.error), RESULT_OK);
    for (; row; steps++) {
        test_is(&api, statement_step(statement, &row, &api.error), RESULT_OK);
    }
    statement_reset(statement);
    buffer_done(&explain);
    if (steps > terms * STEPS_OF_A_TERM) {
        test_stop("%zu steps for %zu terms", steps, terms);
    }
}

/* What a filter costs a user is its look-ups in the user's own values: so many a term, however it is written. The longest
   still is a statement that both databases take. */
static void check_cost(const char *filter_text, size_t terms)
{
    static struct sql_values values;
    const struct scim_node *filter = NULL;
    struct statement *statement = NULL;
    struct buffer text;
    bool row = false;
    struct scim_sql sql = {
        .arena = api.arena, .text = &text, .values = &values, .root = ROOT, .error = &api.error
    };
    struct slice given = slice_of(filter_text);
    test_fresh(&api);
    test_is(&api, scim_filter_parse(api.arena, &scim_user_kind, given, &filter, &api.error),
            RESULT_OK);
    values.count = 0;
    buffer_init(&text, SQL_BYTES_MAX);
    buffer_text(&text, "SELECT u.id FROM user_account u LEFT JOIN scim_user s ON s.user_id = u.id"
                       " WHERE ");
    test_is(&api, scim_filter_sql(&sql, filter), RESULT_OK);
    size_t lookups = count_of(text.bytes, "SELECT") - 1;
    assert_true(values.count <= SQL_VALUES_MAX);
    if (lookups > terms * LOOKUPS_OF_A_TERM) {
        test_stop("%zu look-ups for %zu terms: %s", lookups, terms, filter_text);
    }
    test_is(&api, session_prepare(api.ctx.session, text.bytes, &statement, &api.error), RESULT_OK);
    sql_bind(statement, &values);
    test_is(&api, statement_step(statement, &row, &api.error), RESULT_OK);
    statement_reset(statement);
    check_plan(&text, &values, terms);
    buffer_done(&text);
}

static void hostile_filters_cost_so_much_a_term(void **state)
{
    static const struct {
        const char *start, *piece;
        int times;
        const char *middle, *end;
        size_t terms;
    } filters[] = {
        { "", "(", SCIM_FILTER_DEPTH_MAX, "title co \"a\"", ")", 1 },
        {
            "",
            "not (title co \"a\" and ",
            SCIM_FILTER_DEPTH_MAX - 1,
            "title co \"a\"",
            ")",
            SCIM_FILTER_DEPTH_MAX,
        },
        { "", "not (", SCIM_FILTER_DEPTH_MAX / 2, "title co \"a\"", ")", 1 },
        { "", "title co \"a\" or ", 40, "title co \"a\"", "", 41 },
        { "", "emails co \"a\" and ", 40, "title co \"a\"", "", 41 },
        { "emails[", "value co \"a\" or ", 40, "type co \"a\"]", "", 41 },
        { "", "title co \"a\" or ", (SCIM_FILTER_NODES_MAX - 1) / 2, "title co \"a\"", "",
          (SCIM_FILTER_NODES_MAX + 1) / 2 },
    };
    open_scim(state);
    test_begin(&api);
    (void)make_user(1);
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        struct buffer text;
        buffer_init(&text, SCIM_FILTER_BYTES_MAX);
        buffer_text(&text, filters[i].start);
        repeat(&text, filters[i].piece, filters[i].times);
        buffer_text(&text, filters[i].middle);
        repeat(&text, filters[i].end, filters[i].times);
        check_cost(text.bytes, filters[i].terms);
        buffer_done(&text);
    }
    test_commit(&api);
    test_close(&api);
}

/* What is stored and read again is equal, so writing it again changes nothing. */
static void documents_come_back(void **state)
{
    open_scim(state);
    test_begin(&api);
    for (unsigned i = 0; i < USERS; i++) {
        struct scim_user user;
        struct scim_user again;
        const char *id = make_user(i);
        test_is(&api, scim_user_load(&api.ctx, id, &user), RESULT_OK);
        api.ctx.now_us += 1000;
        test_is(&api, scim_user_replace(&api.ctx, &user, tree_copy(api.arena, user.document)),
                RESULT_OK);
        test_is(&api, scim_user_load(&api.ctx, id, &again), RESULT_OK);
        assert_true(tree_equal(user.document, again.document));
        assert_string_equal(user.version, again.version);
    }
    test_commit(&api);
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(sql_selects_what_fits),
        TEST_ON_SERVERS(filters_of_identity_providers_use_an_index),
        TEST_ON_SERVERS(hostile_filters_cost_so_much_a_term),
        TEST_ON_SERVERS(documents_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
