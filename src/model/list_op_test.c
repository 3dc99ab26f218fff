/* Proves that a list's pages cover every row once, by number and by cursor, in both directions, in both databases. */
#include "base/arena.h"
#include "json/read.h"
#include "model/operation.h"
#include "model/page_walk.h"
#include "model/test_things.h"
#include "store/test_place.h"

enum { ARENA_BYTES = 8 * 1024 * 1024, THINGS = 57, PAIRS_MAX = 8 };

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(numbered_pages_cover_every_row_once),
        TEST_ON_SERVERS(cursors_lead_forward_and_back),
        TEST_ON_SERVERS(filters_select_rows),
        TEST_ON_SERVERS(a_foreign_cursor_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
