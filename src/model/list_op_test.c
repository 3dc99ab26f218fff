/* Proves that a list's pages cover every row once, by number and by cursor, in both directions, in both databases. */
#include "base/arena.h"
#include "json/read.h"
#include "model/list_sql.h"
#include "model/operation.h"
#include "model/page_walk.h"
#include "model/row_json.h"
#include "model/test_things.h"
#include "store/migrate.h"
#include "store/test_place.h"

enum { ARENA_BYTES = 8 * 1024 * 1024, THINGS = 57, PAIRS_MAX = 128 };

#define NOW_US INT64_C(1700000000000000)

struct call_place {
    struct ctx ctx;
    struct arena *arena;
    struct error error;
    struct faults faults;
    struct rules rules;
    struct list list;
    struct reply reply;
};

static void open_things(struct call_place *place, struct test_place *store)
{
    struct error error = { 0 };
    *place = (struct call_place){ .arena = arena_new(ARENA_BYTES) };
    assert_non_null(place->arena);
    test_place_ok(store_migrate(store->store, &error), &error); /* for its functions */
    test_place_ok(session_run_script(store->writer,
                                     "CREATE TABLE thing (id TEXT PRIMARY KEY, host TEXT NOT NULL, "
                                     "size BIGINT NOT NULL, seen BIGINT)",
                                     &error),
                  &error);
    test_place_ok(session_begin(store->writer, &error), &error);
    for (int64_t i = 0; i < THINGS; i++) {
        char id[64];
        char host[40];
        (void)snprintf(id, sizeof(id), "a0000000-0000-4000-8000-%012lld", (long long)i);
        (void)snprintf(host, sizeof(host), "%s-%lld", i % 2 == 0 ? "PC" : "mac",
                       (long long)(i / 4));
        test_place_ok(store_run(store->writer, &error,
                                "INSERT INTO thing (id, host, size, seen) VALUES ($1, $2, $3, $4)",
                                "ttii", id, host, i % 5, NOW_US + i * US_PER_DAY),
                      &error);
    }
    place->ctx = (struct ctx){ .arena = place->arena,
                               .session = store->writer,
                               .now_us = NOW_US,
                               .rules = &place->rules,
                               .caller = "somebody",
                               .error = &place->error,
                               .version = API_V3,
                               .faults = &place->faults };
    reply_init(&place->reply);
}

static void close_things(struct call_place *place)
{
    session_rollback(place->ctx.session);
    reply_done(&place->reply);
    arena_free(place->arena);
}

/* The page that the query asks for; lives until the next call. */
static const struct json *page_of(struct call_place *place, const char *query, const char *cursor)
{
    struct query_pair pairs[PAIRS_MAX];
    const char *const *unknown = NULL;
    const struct json *json = NULL;
    size_t count = 0;
    struct slice rest = slice_of(query);
    while (rest.length > 0) {
        struct slice value = slice_cut(&rest, '&');
        pairs[count].name = slice_cut(&value, '=');
        pairs[count++].value = value;
    }
    if (cursor != NULL) {
        pairs[count++] = (struct query_pair){ SLICE("Pagination.Cursor"), slice_of(cursor) };
    }
    faults_init(&place->faults, place->arena);
    list_parse(place->arena, &things, API_V3, pairs, count, &place->list, &place->faults, &unknown);
    assert_int_equal(place->faults.count, 0);
    reply_done(&place->reply);
    reply_init(&place->reply);
    const struct call call = { .list = &place->list, .path = "/management-api/v3/Things" };
    test_place_ok(op_list(&place->ctx, &call, &place->reply), &place->error);
    assert_int_equal(json_parse(place->arena, buffer_slice(&place->reply.body), &json_limits_usual,
                                &json, &place->error),
                     RESULT_OK);
    return json;
}

static const struct json *rows_of(const struct json *page)
{
    const struct json *rows = json_get(page, "data");
    assert_true(json_is(rows, JSON_ARRAY));
    return rows;
}

static const char *const orders[] = {
    "Pagination.PageSize=10",
    "Pagination.PageSize=10&Sorts[0].by=size&Sorts[0].order=desc",
    "Pagination.PageSize=7&Sorts[0].by=size&Sorts[1].by=host&Sorts[1].order=desc",
    "Pagination.PageSize=1000&Sorts[0].by=seen",
};

static void note(struct json const *rows, bool seen[THINGS])
{
    for (const struct json *row = rows->first; row != NULL; row = row->next) {
        struct slice id = json_text_of(json_get(row, "id"));
        int64_t number = 0;
        assert_int_equal(id.length, 36);
        assert_true(slice_int64((struct slice){ id.text + 24, 12 }, &number));
        assert_false(seen[number]);
        seen[number] = true;
    }
}

static void assert_all(const bool seen[THINGS])
{
    for (size_t i = 0; i < THINGS; i++) {
        assert_true(seen[i]);
    }
}

static void numbered_pages_cover_every_row_once(void **state)
{
    struct call_place place;
    open_things(&place, test_place(state));
    for (size_t walking = 0; walking < 2; walking++) {
        place.ctx.walks = walking == 0 ? NULL : page_walks_new();
        for (size_t i = 0; i < COUNT_OF(orders); i++) {
            bool seen[THINGS] = { false };
            size_t count = 1;
            for (int number = 1; count > 0; number++) {
                char query[256];
                (void)snprintf(query, sizeof(query), "%s&Pagination.PageNumber=%d", orders[i],
                               number);
                const struct json *page = page_of(&place, query, NULL);
                assert_int_equal(json_get(page, "totalRecordCount")->integer, THINGS);
                count = rows_of(page)->count;
                note(rows_of(page), seen);
            }
            assert_all(seen);
        }
        page_walks_free(place.ctx.walks);
    }
    close_things(&place);
}

static void cursors_lead_forward_and_back(void **state)
{
    struct call_place place;
    open_things(&place, test_place(state));
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        for (size_t back = 0; back < 2; back++) {
            bool seen[THINGS] = { false };
            const char *cursor = "";
            const char *last = NULL;
            while (cursor != NULL) {
                const struct json *page = page_of(&place, orders[i], cursor);
                last = cursor;
                note(rows_of(page), seen);
                struct slice next = json_text_of(json_get(page, "nextCursor"));
                cursor = next.length == 0 ? NULL : slice_dup(place.arena, next);
            }
            assert_all(seen);
            if (back == 1) {
                /* From the last page backward: each page but the last again. */
                bool again[THINGS] = { false };
                const struct json *page = page_of(&place, orders[i], last);
                size_t rows = rows_of(page)->count;
                note(rows_of(page), again);
                struct slice previous = json_text_of(json_get(page, "previousCursor"));
                while (previous.length > 0) {
                    page = page_of(&place, orders[i], slice_dup(place.arena, previous));
                    rows += rows_of(page)->count;
                    note(rows_of(page), again);
                    previous = json_text_of(json_get(page, "previousCursor"));
                }
                assert_int_equal(rows, THINGS);
                assert_all(again);
            }
        }
    }
    close_things(&place);
}

static size_t count_of(struct call_place *place, const char *query)
{
    const struct json *page = page_of(place, query, NULL);
    size_t count = rows_of(page)->count;
    assert_int_equal(json_get(page, "totalRecordCount")->integer, count);
    return count;
}

static void filters_select_rows(void **state)
{
    struct call_place place;
    open_things(&place, test_place(state));
    assert_int_equal(count_of(&place, "Filter.Host=pc-"), 29);
    assert_int_equal(count_of(&place, "Filter.Host=MAC-1"), 9 + 1);
    assert_int_equal(count_of(&place, "Filter.Host=%"), 0);
    assert_int_equal(count_of(&place, "Filter.Host=_"), 0);
    assert_int_equal(count_of(&place, "Filter.Host='"), 0);
    assert_int_equal(count_of(&place, "Filter.GroupId=A0000000-0000-4000-8000-000000000005"), 1);
    assert_int_equal(count_of(&place, "Filter.Colour=Blue"), 11);
    assert_int_equal(count_of(&place, "Filter.Rank=4"), 11);
    assert_int_equal(count_of(&place, "Filter.Locked=true"), 12);
    assert_int_equal(
        count_of(&place, "Filter.Size.Value=3&Filter.Size.Operator=GreaterThanOrEqual"), 22);
    assert_int_equal(count_of(&place, "Filter.Size.Value=3&Filter.Size.Operator=NotEqual"), 46);
    assert_int_equal(count_of(&place, "Filter.Seen.Dates=2023-11-14"), 1);
    assert_int_equal(count_of(&place, "Filter.Seen.Dates=2023-11-14&Filter.Seen.Dates=2023-11-16"),
                     2);
    assert_int_equal(count_of(&place, "Filter.Seen.SelectionMode=Range&Filter.Seen.Dates=2023-11-14"
                                      "&Filter.Seen.Dates=2023-11-23"),
                     10);
    close_things(&place);
}

/* "age" goes by the moment of the request. */
static void a_walk_keeps_to_the_moment_when_it_began(void **state)
{
    static const char *const orders_by_time[] = { "Pagination.PageSize=10&Sorts[0].by=age",
                                                  "Pagination.PageSize=10&Sorts[0].by=age&"
                                                  "Sorts[0].order=desc" };
    struct call_place place;
    open_things(&place, test_place(state));
    for (size_t i = 0; i < COUNT_OF(orders_by_time); i++) {
        bool seen[THINGS] = { false };
        const char *cursor = "";
        for (int64_t step = 0; cursor != NULL; step++) {
            place.ctx.now_us = NOW_US + step * 3 * US_PER_SECOND * 3600;
            const struct json *page = page_of(&place, orders_by_time[i], cursor);
            note(rows_of(page), seen);
            struct slice next = json_text_of(json_get(page, "nextCursor"));
            cursor = next.length == 0 ? NULL : slice_dup(place.arena, next);
        }
        assert_all(seen);
    }
    close_things(&place);
}

static void an_old_cursor_by_time_is_refused(void **state)
{
    struct call_place place;
    open_things(&place, test_place(state));
    const struct json *page = page_of(&place, "Sorts[0].by=age&Pagination.PageSize=10", "");
    char *cursor = slice_dup(place.arena, json_text_of(json_get(page, "nextCursor")));
    const struct query_pair pairs[] = { { SLICE("Pagination.Cursor"), slice_of(cursor) },
                                        { SLICE("Sorts[0].by"), SLICE("age") } };
    const char *const *unknown = NULL;
    for (int late = 0; late < 2; late++) { /* also one that says it comes from the future */
        place.ctx.now_us = NOW_US + (late == 1 ? 2 * US_PER_DAY : -1);
        faults_init(&place.faults, place.arena);
        list_parse(place.arena, &things, API_V3, pairs, 2, &place.list, &place.faults, &unknown);
        const struct call call = { .list = &place.list, .path = "/" };
        reply_done(&place.reply);
        reply_init(&place.reply);
        assert_int_equal(op_list(&place.ctx, &call, &place.reply), RESULT_INVALID);
        assert_string_equal(place.error.field, "Pagination.Cursor");
    }
    close_things(&place);
}

/* A page whose rows are gone still leads to those that are there. */
static void an_empty_page_leads_back(void **state)
{
    struct call_place place;
    open_things(&place, test_place(state));
    const struct json *page = page_of(&place, "Pagination.PageSize=50&Sorts[0].by=seen", "");
    const char *on = slice_dup(place.arena, json_text_of(json_get(page, "nextCursor")));
    page = page_of(&place, "Pagination.PageSize=50&Sorts[0].by=seen", on);
    const char *back = slice_dup(place.arena, json_text_of(json_get(page, "previousCursor")));
    assert_int_equal(rows_of(page)->count, 7);
    test_place_ok(store_run(place.ctx.session, &place.error, "DELETE FROM thing WHERE seen >= $1",
                            "i", NOW_US + 50 * US_PER_DAY),
                  &place.error);
    page = page_of(&place, "Pagination.PageSize=50&Sorts[0].by=seen", on);
    assert_int_equal(rows_of(page)->count, 0);
    const char *end = slice_dup(place.arena, json_text_of(json_get(page, "previousCursor")));
    assert_int_equal(
        rows_of(page_of(&place, "Pagination.PageSize=50&Sorts[0].by=seen", end))->count, 50);
    test_place_ok(store_run(place.ctx.session, &place.error, "UPDATE thing SET seen = seen + $1",
                            "i", 100 * US_PER_DAY),
                  &place.error);
    page = page_of(&place, "Pagination.PageSize=50&Sorts[0].by=seen", back);
    assert_int_equal(rows_of(page)->count, 0);
    const char *start = slice_dup(place.arena, json_text_of(json_get(page, "nextCursor")));
    assert_int_equal(
        rows_of(page_of(&place, "Pagination.PageSize=50&Sorts[0].by=seen", start))->count, 50);
    close_things(&place);
}

static void a_foreign_cursor_is_refused(void **state)
{
    struct call_place place;
    open_things(&place, test_place(state));
    const struct json *page = page_of(&place, orders[1], "");
    char *cursor = slice_dup(place.arena, json_text_of(json_get(page, "nextCursor")));
    const struct query_pair pair = { SLICE("Pagination.Cursor"), slice_of(cursor) };
    const char *const *unknown = NULL;
    faults_init(&place.faults, place.arena);
    list_parse(place.arena, &things, API_V3, &pair, 1, &place.list, &place.faults, &unknown);
    const struct call call = { .list = &place.list, .path = "/" };
    reply_done(&place.reply);
    reply_init(&place.reply);
    assert_int_equal(op_list(&place.ctx, &call, &place.reply), RESULT_INVALID);
    assert_string_equal(place.error.field, "Pagination.Cursor");
    close_things(&place);
}

/* Every mark that a request can ask for: eight sorts of both directions by what holds moments, 64 dates, an edge. */
static void the_largest_list_fits_its_statement(void **state)
{
    struct call_place place;
    open_things(&place, test_place(state));
    char query[8192] = "Pagination.PageSize=1";
    for (size_t i = 0; i < LIST_SORTS_MAX; i++) {
        size_t length = strlen(query);
        (void)snprintf(query + length, sizeof(query) - length,
                       "&Sorts[%zu].by=age&Sorts[%zu].order=%s", i, i, i % 2 == 0 ? "asc" : "desc");
    }
    for (size_t i = 0; i < LIST_DATES_MAX; i++) {
        size_t length = strlen(query);
        (void)snprintf(query + length, sizeof(query) - length, "&Filter.%s.Dates=2023-11-%02zu",
                       i % 2 == 0 ? "Seen" : "Made", 14 + i / 2 % 4);
    }
    (void)snprintf(query + strlen(query), sizeof(query) - strlen(query),
                   "&Filter.Host=p&Filter.GroupId=a0000000-0000-4000-8000-000000000000"
                   "&Filter.Colour=0&Filter.Size.Value=0&Filter.Rank=0&Filter.Locked=0");
    const struct json *page = page_of(&place, query, "");
    assert_int_equal(rows_of(page)->count, 1);
    struct list list = place.list;
    struct edge edge = { .count = (uint32_t)list.sort_count + 1, .now_us = NOW_US };
    for (size_t i = 0; i < edge.count; i++) {
        edge.values[i].is_text = i == list.sort_count;
        edge.values[i].number = INT64_MIN;
    }
    char *cursor = edge_write(place.arena, &list, &edge, false);
    assert_int_equal(rows_of(page_of(&place, query, cursor))->count, 1);
    close_things(&place);
}

static void run_sql(struct call_place *place, const char *sql)
{
    test_place_ok(store_run(place->ctx.session, &place->error, sql, ""), &place->error);
}

/* Rows go that were read and rows come before the walker, so that offsets would lose and repeat some; and the count
   grows, so that a client that goes on by it reads pages behind the end. */
static void a_walk_meets_each_row_once_while_rows_come_and_go(void **state)
{
    static const char *const rows[] = {
        "Pagination.PageSize=10&Sorts[0].by=seen",
        "Pagination.PageSize=10&Sorts[0].by=seen&Sorts[1].by=host&Sorts[1].order=desc",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call_place place;
        bool seen[1000] = { false };
        int64_t page_count = 1;
        open_things(&place, test_place(state));
        place.ctx.walks = page_walks_new();
        for (int number = 1; number <= page_count; number++) {
            char text[256];
            (void)snprintf(text, sizeof(text), "%s&Pagination.PageNumber=%d", rows[i], number);
            const struct json *page = page_of(&place, text, NULL);
            size_t count = rows_of(page)->count;
            page_count = json_get(page, "pageCount")->integer;
            int64_t total = json_get(page, "totalRecordCount")->integer;
            assert_true(total >= (number - 1) * 10 + (int64_t)count || count == 0);
            assert_true(count == 10 || number >= 6);
            for (const struct json *row = rows_of(page)->first; row != NULL; row = row->next) {
                int64_t id = 0;
                assert_true(slice_int64(
                    (struct slice){ json_text_of(json_get(row, "id")).text + 24, 12 }, &id));
                assert_false(seen[id]);
                seen[id] = true;
            }
            if (number == 2) {
                run_sql(&place, "DELETE FROM thing WHERE size = 3 AND id < "
                                "'a0000000-0000-4000-8000-000000000020'");
            }
            for (int k = 0; k < (number == 1 || number == 4 ? 25 : 0); k++) {
                (void)snprintf(text, sizeof(text),
                               "INSERT INTO thing (id, host, size, seen) VALUES "
                               "('a0000000-0000-4000-8000-000000000%d', 'new', 1, 5)",
                               number * 100 + k);
                run_sql(&place, text);
            }
        }
        for (size_t k = 0; k < THINGS; k++) {
            assert_true(seen[k]);
        }
        assert_true(page_count >= 10);
        page_walks_free(place.ctx.walks);
        place.ctx.walks = NULL;
        close_things(&place);
        test_place_ok(
            session_run_script(test_place(state)->writer, "DROP TABLE thing", &place.error),
            &place.error);
    }
}

static void a_page_past_the_end_is_empty_and_tells_the_total(void **state)
{
    struct call_place place;
    open_things(&place, test_place(state));
    const struct json *page =
        page_of(&place, "Pagination.PageSize=19&Pagination.PageNumber=4", NULL);
    assert_int_equal(rows_of(page)->count, 0);
    assert_int_equal(json_get(page, "totalRecordCount")->integer, THINGS);
    assert_int_equal(json_get(page, "pageCount")->integer, 3);
    assert_int_equal(json_get(page, "pageNumber")->integer, 4);
    assert_null(json_get(page, "nextCursor"));
    page = page_of(&place, "Filter.Host=nowhere", NULL);
    assert_int_equal(json_get(page, "totalRecordCount")->integer, 0);
    assert_int_equal(json_get(page, "pageCount")->integer, 0);
    close_things(&place);
}

static void sort_values_that_fit_no_cursor_are_told(void **state)
{
    struct call_place place;
    open_things(&place, test_place(state));
    char sql[4096];
    char host[3001];
    memset(host, 'a', 3000);
    host[3000] = '\0';
    (void)snprintf(sql, sizeof(sql), "UPDATE thing SET host = '%s'", host);
    run_sql(&place, sql);
    const struct query_pair pair = { SLICE("Pagination.Cursor"), SLICE("") };
    const char *const *unknown = NULL;
    faults_init(&place.faults, place.arena);
    list_parse(place.arena, &things, API_V3, &pair, 1, &place.list, &place.faults, &unknown);
    place.list.page_size = 5;
    const struct call call = { .list = &place.list, .path = "/" };
    assert_int_equal(op_list(&place.ctx, &call, &place.reply), RESULT_INVALID);
    assert_string_equal(place.error.field, "Pagination.Cursor");
    reply_done(&place.reply);
    reply_init(&place.reply);
    assert_int_equal(rows_of(page_of(&place, "Pagination.PageSize=5", NULL))->count, 5);
    close_things(&place);
}

static void a_selection_gives_all_ids_up_to_its_bound(void **state)
{
    struct call_place place;
    const char **ids = NULL;
    size_t count = 0;
    open_things(&place, test_place(state));
    (void)page_of(&place, "Filter.Host=pc-", NULL);
    test_place_ok(list_select_ids(&place.ctx, &place.list, 29, &ids, &count), &place.error);
    assert_int_equal(count, 29);
    for (size_t i = 1; i < count; i++) {
        assert_true(strcmp(ids[i - 1], ids[i]) < 0);
    }
    assert_int_equal(list_select_ids(&place.ctx, &place.list, 28, &ids, &count), RESULT_TOO_LARGE);
    close_things(&place);
}

/* Without memory for a condition nothing is selected, instead of everything. */
static void a_selection_without_memory_fails(void **state)
{
    struct call_place place;
    open_things(&place, test_place(state));
    (void)page_of(&place, "Filter.Host=nowhere", NULL);
    for (size_t bytes = 1; bytes < 24 * 1024; bytes += 7) {
        const char **ids = NULL;
        size_t count = 0;
        struct arena *small = arena_new(bytes);
        place.ctx.arena = small;
        enum result result = list_select_ids(&place.ctx, &place.list, 100, &ids, &count);
        assert_true(result == RESULT_NO_MEMORY || (result == RESULT_OK && count == 0));
        arena_free(small);
    }
    place.ctx.arena = place.arena;
    close_things(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(numbered_pages_cover_every_row_once),
        TEST_ON_SERVERS(cursors_lead_forward_and_back),
        TEST_ON_SERVERS(filters_select_rows),
        TEST_ON_SERVERS(a_foreign_cursor_is_refused),
        TEST_ON_SERVERS(a_walk_keeps_to_the_moment_when_it_began),
        TEST_ON_SERVERS(an_old_cursor_by_time_is_refused),
        TEST_ON_SERVERS(an_empty_page_leads_back),
        TEST_ON_SERVERS(the_largest_list_fits_its_statement),
        TEST_ON_SERVERS(a_walk_meets_each_row_once_while_rows_come_and_go),
        TEST_ON_SERVERS(a_page_past_the_end_is_empty_and_tells_the_total),
        TEST_ON_SERVERS(sort_values_that_fit_no_cursor_are_told),
        TEST_ON_SERVERS(a_selection_gives_all_ids_up_to_its_bound),
        TEST_ON_SERVERS(a_selection_without_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
