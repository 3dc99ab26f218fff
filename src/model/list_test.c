/* Proves how a list request is read from its parameters and from the filter object of a bulk body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "model/list.h"
#include "model/test_things.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 4 * 1024 * 1024, PAIRS_MAX = 80 };

#define DAY_US INT64_C(1735084800000000) /* 2024-12-25 */

struct place {
    struct arena *arena;
    struct list list;
    struct faults faults;
    const char *const *unknown;
};

static struct place place;

static int set_up(void **state)
{
    (void)state;
    place.arena = arena_new(ARENA_BYTES);
    return place.arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(place.arena);
    return 0;
}

/* "Name=value&Name=value"; nothing is decoded. */
static void parse(const char *query)
{
    struct query_pair pairs[PAIRS_MAX];
    size_t count = 0;
    struct slice rest = slice_of(query);
    while (rest.length > 0) {
        struct slice value = slice_cut(&rest, '&');
        assert_true(count < PAIRS_MAX);
        pairs[count].name = slice_cut(&value, '=');
        pairs[count++].value = value;
    }
    arena_reset(place.arena);
    faults_init(&place.faults, place.arena);
    list_parse(place.arena, &things, API_V3, pairs, count, &place.list, &place.faults,
               &place.unknown);
}

static void parse_object(const char *text)
{
    const struct json *json = NULL;
    arena_reset(place.arena);
    faults_init(&place.faults, place.arena);
    assert_int_equal(json_parse(place.arena, slice_of(text), &json_limits_usual, &json, NULL),
                     RESULT_OK);
    list_parse_filter(place.arena, &things, API_V3, json, "filter", &place.list, &place.faults);
}

/* The condition of a filter, or NULL. */
static const struct list_condition *condition(const char *name)
{
    for (size_t i = 0; i < place.list.condition_count; i++) {
        if (strcmp(place.list.conditions[i].filter->name, name) == 0) {
            return &place.list.conditions[i];
        }
    }
    return NULL;
}

static void takes(const char *query)
{
    parse(query);
    if (place.faults.count > 0) {
        print_error("%s: %s %s\n", query, place.faults.items[0].field, place.faults.items[0].text);
    }
    assert_int_equal(place.faults.count, 0);
    assert_null(place.unknown);
}

/* One fault, of this parameter. */
static void refuses(const char *query, const char *field)
{
    parse(query);
    if (place.faults.count != 1 || strcmp(place.faults.items[0].field, field) != 0) {
        print_error("%s: %zu faults, first %s\n", query, place.faults.count,
                    place.faults.count == 0 ? "-" : place.faults.items[0].field);
    }
    assert_int_equal(place.faults.count, 1);
    assert_string_equal(place.faults.items[0].field, field);
    assert_true(place.faults.items[0].text[0] != '\0');
}

static void without_parameters_it_is_the_first_page_in_usual_order(void **state)
{
    (void)state;
    takes("");
    assert_int_equal(place.list.page_number, 1);
    assert_int_equal(place.list.page_size, LIST_PAGE_SIZE_USUAL);
    assert_false(place.list.by_cursor);
    assert_int_equal(place.list.sort_count, 1);
    assert_string_equal(place.list.sorts[0].field->json, "host");
    assert_false(place.list.sorts[0].descending);
    assert_int_equal(place.list.condition_count, 1);
    assert_true(condition("Archived")->implicit);
    assert_true(list_is_quick(&place.list));
}

static void pages_have_bounds(void **state)
{
    (void)state;
    takes("pagination.pagesize=1000&PAGINATION.PAGENUMBER=1000000000");
    assert_int_equal(place.list.page_size, 1000);
    assert_int_equal(place.list.page_number, 1000000000);
    takes("Pagination.PageSize=&Pagination.PageNumber= 2 ");
    assert_int_equal(place.list.page_size, LIST_PAGE_SIZE_USUAL);
    assert_int_equal(place.list.page_number, 2);
    refuses("Pagination.PageSize=0", "Pagination.PageSize");
    refuses("Pagination.PageSize=1001", "Pagination.PageSize");
    refuses("Pagination.PageSize=-1", "Pagination.PageSize");
    refuses("Pagination.PageSize=x", "Pagination.PageSize");
    refuses("Pagination.PageNumber=0", "Pagination.PageNumber");
    refuses("Pagination.PageNumber=1000000001", "Pagination.PageNumber");
    refuses("Pagination.PageNumber=1.5", "Pagination.PageNumber");
    refuses("Pagination.PageSize=10&pagination.pageSize=20", "Pagination.PageSize");
    takes("Pagination.PageSize=10&Pagination.PageSize=10");
    takes("Pagination.Cursor=");
    assert_true(place.list.by_cursor);
    takes("Pagination.Cursor= abc ");
    assert_true(slice_is(place.list.cursor, "abc"));
}

static void sorts_are_taken_by_index(void **state)
{
    (void)state;
    takes("Sorts[1].order=DESC&Sorts[1].by=SIZE&sorts[0].By=host&Sorts[0].order=asc");
    assert_int_equal(place.list.sort_count, 2);
    assert_string_equal(place.list.sorts[0].field->json, "host");
    assert_false(place.list.sorts[0].descending);
    assert_string_equal(place.list.sorts[1].field->json, "size");
    assert_true(place.list.sorts[1].descending);
    takes("Sorts[0].by=seen&Sorts[0].order=");
    assert_false(place.list.sorts[0].descending);
    takes("Sorts[0].by=&Sorts[0].order=");
    assert_string_equal(place.list.sorts[0].field->json, "host");
}

static void malformed_sorts_are_refused(void **state)
{
    (void)state;
    refuses("Sorts[0].by=nothing", "Sorts[0].by");
    assert_non_null(strstr(place.faults.items[0].text, "host, size, seen"));
    assert_null(strstr(place.faults.items[0].text, "secret"));
    refuses("Sorts[0].by=secret", "Sorts[0].by");
    refuses("Sorts[0].by=id", "Sorts[0].by");
    refuses("Sorts[0].by=host&Sorts[0].order=up", "Sorts[0].order");
    refuses("Sorts[0].order=asc", "Sorts[0].by");
    refuses("Sorts[1].by=host", "Sorts[1].by");
    refuses("Sorts[8].by=host", "Sorts");
    refuses("Sorts[-1].by=host", "Sorts");
    refuses("Sorts[].by=host", "Sorts");
    refuses("Sorts[0].by=host&Sorts[0].by=size", "Sorts");
    refuses("Sorts[0].by=host&Sorts[0].order=asc&Sorts[0].order=desc", "Sorts");
    takes("Sorts[0].by=host&Sorts[0].by=host");
    parse("Sorts[0].by=host&Sorts[1].by=nothing");
    assert_int_equal(place.list.sort_count, 1); /* never a sort without a field */
    assert_non_null(place.list.sorts[0].field);
}

static void texts_and_ids_become_conditions(void **state)
{
    (void)state;
    takes("filter.host=100%_&Filter.GroupId={A0000000-0000-4000-8000-000000000001}");
    assert_true(slice_is(condition("Host")->text, "100%_"));
    assert_true(slice_is(condition("GroupId")->text, "a0000000-0000-4000-8000-000000000001"));
    takes("Filter.Host=&Filter.GroupId=");
    assert_null(condition("Host"));
    assert_null(condition("GroupId"));
    refuses("Filter.GroupId=12", "Filter.GroupId");
}

static void a_text_has_at_most_1024_bytes(void **state)
{
    (void)state;
    char query[LIST_TEXT_BYTES_MAX + 32];
    int length = snprintf(query, sizeof(query), "Filter.Host=");
    memset(query + length, 'x', LIST_TEXT_BYTES_MAX + 1);
    query[length + LIST_TEXT_BYTES_MAX + 1] = '\0';
    refuses(query, "Filter.Host");
    query[length + LIST_TEXT_BYTES_MAX] = '\0';
    takes(query);
}

static void enumerations_take_a_name_or_its_number(void **state)
{
    (void)state;
    takes("Filter.Colour=bLUE");
    assert_int_equal(condition("Colour")->number, 2);
    takes("Filter.Colour=1");
    assert_int_equal(condition("Colour")->number, 1);
    refuses("Filter.Colour=3", "Filter.Colour");
    refuses("Filter.Colour=-1", "Filter.Colour");
    refuses("Filter.Colour=Pink", "Filter.Colour");
    assert_non_null(strstr(place.faults.items[0].text, "Red, Green, Blue"));
}

static void numbers_come_with_an_operator(void **state)
{
    (void)state;
    takes("Filter.Size.Value=2147483647&Filter.Size.Operator=GreaterThan");
    assert_int_equal(condition("Size")->number, INT32_MAX);
    assert_int_equal(condition("Size")->compare, LIST_GREATER);
    takes("Filter.Size.Value=-5");
    assert_int_equal(condition("Size")->compare, LIST_EQUAL);
    takes("Filter.Size.Operator=GreaterThan");
    assert_null(condition("Size"));
    takes("Filter.Amount=5&Filter.Amount.Operator=NotEqual");
    assert_int_equal(condition("Size")->number, 5);
    assert_int_equal(condition("Size")->compare, LIST_NOT_EQUAL);
    refuses("Filter.Size.Value=2147483648", "Filter.Size.Value");
    refuses("Filter.Size.Value=1&Filter.Size.Operator=Near", "Filter.Size.Operator");
    refuses("Filter.Size.Operator=Near", "Filter.Size.Operator");
    refuses("Filter.Size.Value=1&Filter.Amount=2", "Filter.Size");
    parse("Filter.Size.Value=x&Filter.Size.Operator=Near");
    assert_int_equal(place.faults.count, 2);
    takes("Filter.Rank=7");
    assert_int_equal(condition("Rank")->number, 7);
    refuses("Filter.Rank=x", "Filter.Rank");
}

static void booleans_and_switches_are_read(void **state)
{
    (void)state;
    takes("Filter.Locked=TRUE");
    assert_int_equal(condition("Locked")->number, 1);
    takes("Filter.Locked=0");
    assert_int_equal(condition("Locked")->number, 0);
    refuses("Filter.Locked=yes", "Filter.Locked");
    takes("Filter.Archived=true");
    assert_null(condition("Archived"));
    takes("Filter.Archived=false");
    assert_non_null(condition("Archived"));
    refuses("Filter.Archived=maybe", "Filter.Archived");
}

static void a_single_date_stands_for_what_was_written(void **state)
{
    (void)state;
    takes("Filter.Seen.Dates=2024-12-25");
    const struct list_condition *seen = condition("Seen");
    assert_int_equal(seen->span_count, 1);
    assert_true(seen->spans[0].from_us == DAY_US);
    assert_true(seen->spans[0].until_us == DAY_US + US_PER_DAY - 1);
    takes("Filter.Seen.Dates=2024-12-25 10:00:00&Filter.Seen.SelectionMode=Single");
    seen = condition("Seen");
    assert_true(seen->spans[0].from_us == DAY_US + 36000 * US_PER_SECOND);
    assert_true(seen->spans[0].until_us == DAY_US + 36001 * US_PER_SECOND - 1);
}

static void several_dates_are_days_each(void **state)
{
    (void)state;
    takes("Filter.Seen.Dates[0]=2024-12-25 10:00:00&Filter.Seen.Dates[]=2024-12-27");
    const struct list_condition *seen = condition("Seen");
    assert_int_equal(seen->span_count, 2);
    assert_true(seen->spans[0].from_us == DAY_US);
    assert_true(seen->spans[1].until_us == DAY_US + 3 * US_PER_DAY - 1);
}

static void a_range_has_two_dates_in_either_order(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "Filter.Seen.SelectionMode=Range&Filter.Seen.Dates=2024-12-25&Filter.Seen.Dates=2024-12-26",
        "Filter.Seen.SelectionMode=range&Filter.Seen.Dates=2024-12-26&Filter.Seen.Dates=2024-12-25",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        takes(rows[i]);
        const struct list_condition *seen = condition("Seen");
        assert_int_equal(seen->span_count, 1);
        assert_true(seen->spans[0].from_us == DAY_US);
        assert_true(seen->spans[0].until_us == DAY_US + 2 * US_PER_DAY - 1);
    }
}

static void a_range_holds_the_whole_day_of_a_date_without_time(void **state)
{
    (void)state;
    takes("Filter.Seen.SelectionMode=Range&Filter.Seen.Dates=2024-12-25 10:00:00"
          "&Filter.Seen.Dates=2024-12-25");
    const struct list_condition *seen = condition("Seen");
    assert_true(seen->spans[0].from_us == DAY_US);
    assert_true(seen->spans[0].until_us == DAY_US + US_PER_DAY - 1);
}

static void a_range_of_one_date_is_from_it_on_where_the_filter_says_so(void **state)
{
    (void)state;
    takes("Filter.Asked.SelectionMode=Range&Filter.Asked.Dates=2024-12-25 10:00:00");
    const struct list_condition *asked = condition("Asked");
    assert_int_equal(asked->span_count, 1);
    assert_true(asked->spans[0].from_us == DAY_US + 36000 * US_PER_SECOND);
    assert_true(asked->spans[0].until_us == INT64_MAX);
}

static void a_since_filter_is_a_day_or_from_a_moment_on(void **state)
{
    (void)state;
    static const char *const days[] = { "2024-12-25", "2024-12-25T00:00:00Z",
                                        "2024-12-25T02:00:00+02:00" };
    char query[64];
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        (void)snprintf(query, sizeof(query), "Filter.Changed=%s", days[i]);
        takes(query);
        assert_true(condition("Changed")->spans[0].from_us == DAY_US);
        assert_true(condition("Changed")->spans[0].until_us == DAY_US + US_PER_DAY - 1);
    }
    takes("Filter.Changed=2024-12-25T10:00:00Z");
    assert_true(condition("Changed")->spans[0].from_us == DAY_US + 36000 * US_PER_SECOND);
    assert_true(condition("Changed")->spans[0].until_us == INT64_MAX);
    refuses("Filter.Changed=soon", "Filter.Changed");
}

static void malformed_dates_are_refused(void **state)
{
    (void)state;
    refuses("Filter.Seen.Dates=yesterday", "Filter.Seen.Dates");
    refuses("Filter.Seen.Dates=2024-12-25&Filter.Seen.SelectionMode=Some",
            "Filter.Seen.SelectionMode");
    refuses("Filter.Seen.Dates=2024-12-25&Filter.Seen.SelectionMode=Range", "Filter.Seen.Dates");
    refuses("Filter.Seen.Dates=2024-12-25&Filter.Seen.Dates=2024-12-26&"
            "Filter.Seen.SelectionMode=Single",
            "Filter.Seen.Dates");
    takes("Filter.Seen.SelectionMode=Range");
    assert_null(condition("Seen"));
    refuses("Filter.Seen.Dates=2024-12-25&Filter.Seen.SelectionMode=Single&"
            "Filter.Seen.SelectionMode=Multiple",
            "Filter.Seen");
    parse("Filter.Seen.Dates[x]=2024-12-25");
    assert_string_equal(place.unknown[0], "Filter.Seen.Dates[x]");
    char query[(LIST_DATES_MAX + 1) * 32] = "";
    for (size_t i = 0; i <= LIST_DATES_MAX; i++) {
        size_t length = strlen(query);
        (void)snprintf(query + length, sizeof(query) - length, "&Filter.Seen.Dates=2024-12-25");
        if (i == LIST_DATES_MAX - 1) {
            takes(query + 1);
            assert_int_equal(condition("Seen")->span_count, LIST_DATES_MAX);
            (void)snprintf(query + strlen(query), sizeof(query) - strlen(query),
                           "&Filter.Made.Dates=2024-12-25");
            refuses(query + 1, "Filter.Made.Dates");
            *strstr(query, "&Filter.Made") = '\0';
        }
    }
    refuses(query + 1, "Filter.Seen.Dates");
}

static void unknown_parameters_are_told_and_all_faults_named(void **state)
{
    (void)state;
    parse("a=1&Filter.Nothing=2&Filter.Old=x&Filter.Host=y&Sorts[0].up=1");
    assert_int_equal(place.faults.count, 0);
    assert_string_equal(place.unknown[0], "a");
    assert_string_equal(place.unknown[1], "Filter.Nothing");
    assert_string_equal(place.unknown[2], "Filter.Old");
    assert_string_equal(place.unknown[3], "Sorts[0].up");
    assert_null(place.unknown[4]);
    refuses("Filter.Host=a&Filter.Host=b", "Filter.Host");
    takes("Filter.Host=a&Filter.Host=a&Filter.Host=");
    assert_true(slice_is(condition("Host")->text, "a"));
    parse("Pagination.PageSize=0&Filter.Rank=x&Filter.Locked=x");
    assert_int_equal(place.faults.count, 3);
}

static void a_bulk_body_filters_with_the_same_words(void **state)
{
    (void)state;
    parse_object("{\"HOST\":\"pc\",\"size\":{\"value\":5,\"operator\":\"LessThan\"},"
                 "\"locked\":true,\"rank\":3,\"colour\":\"Red\",\"groupId\":null,"
                 "\"seen\":{\"dates\":[\"2024-12-25\"],\"selectionMode\":\"Single\"},"
                 "\"archived\":true,\"other\":null}");
    assert_int_equal(place.faults.count, 0);
    assert_true(slice_is(condition("Host")->text, "pc"));
    assert_int_equal(condition("Size")->number, 5);
    assert_int_equal(condition("Size")->compare, LIST_LESS);
    assert_int_equal(condition("Locked")->number, 1);
    assert_int_equal(condition("Rank")->number, 3);
    assert_int_equal(condition("Seen")->span_count, 1);
    assert_null(condition("GroupId"));
    assert_null(condition("Archived"));
}

static void a_bulk_filter_of_wrong_types_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } rows[] = {
        { "{\"host\":[]}", "filter.host" },
        { "{\"hots\":\"pc\"}", "filter.hots" },
        { "{\"old\":\"only in v1\"}", "filter.old" },
        { "{\"seen\":\"2024-12-25\"}", "filter.seen" },
        { "{\"seen\":{\"dates\":[\"x\"]}}", "filter.seen.dates" },
        { "{\"groupId\":\"x\"}", "filter.groupId" },
        { "{\"locked\":\"maybe\"}", "filter.locked" },
        { "{\"host\":1.5}", "filter.host" },
        { "{\"host\":\"a\\u0000\"}", "filter.host" },
        { "{\"seen\":{\"dates\":\"2024-12-25\"}}", "filter.seen.dates" },
        { "{\"seen\":{\"dates\":[null]}}", "filter.seen.dates" },
        { "{\"seen\":{\"dates\":[\"2024-12-25\"],\"selectionMode\":[]}}",
          "filter.seen.selectionMode" },
        { "{\"size\":{\"value\":[5]}}", "filter.size.value" },
        { "{\"size\":{\"value\":1.5}}", "filter.size.value" },
        { "{\"size\":{\"value\":5,\"operator\":{}}}", "filter.size.operator" },
        { "[]", "filter" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        parse_object(rows[i].text);
        assert_int_equal(place.faults.count, 1);
        assert_string_equal(place.faults.items[0].field, rows[i].field);
    }
    parse_object("null");
    assert_int_equal(place.faults.count, 0);
    faults_init(&place.faults, place.arena);
    list_parse_filter(place.arena, &things, API_V3, NULL, "filter", &place.list, &place.faults);
    assert_int_equal(place.faults.count, 0);
}

/* A condition that is left out would make a bulk operation take more than it was meant to. */
static void a_list_without_memory_is_refused(void **state)
{
    (void)state;
    const struct query_pair pair = { SLICE("Filter.GroupId"),
                                     SLICE("a0000000-0000-4000-8000-000000000001") };
    for (size_t bytes = 1; bytes < 64; bytes++) {
        struct arena *small = arena_new(bytes);
        const char *const *unknown = NULL;
        struct faults faults;
        faults_init(&faults, place.arena);
        list_parse(small, &things, API_V3, &pair, 1, &place.list, &faults, &unknown);
        assert_true(faults.count > 0 || slice_equal(condition("GroupId")->text, pair.value));
        assert_true(faults.count > 0 || bytes >= 39);
        arena_free(small);
    }
}

static void only_what_an_index_serves_is_quick(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        bool quick;
    } rows[] = {
        { "Pagination.PageNumber=11", true },
        { "Pagination.PageNumber=12", false },
        { "Pagination.PageNumber=12&Pagination.Cursor=", true },
        { "Sorts[0].by=host&Sorts[0].order=desc", true },
        { "Sorts[0].by=size", false },
        { "Sorts[0].by=host&Sorts[1].by=size", false },
        { "Filter.Host=a", false },
        { "Filter.GroupId=a0000000-0000-4000-8000-000000000001", true },
        { "Filter.Archived=false", true },
        { "Filter.Archived=true", true },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        takes(rows[i].query);
        assert_int_equal(list_is_quick(&place.list), rows[i].quick);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_parameters_it_is_the_first_page_in_usual_order),
        cmocka_unit_test(pages_have_bounds),
        cmocka_unit_test(sorts_are_taken_by_index),
        cmocka_unit_test(malformed_sorts_are_refused),
        cmocka_unit_test(texts_and_ids_become_conditions),
        cmocka_unit_test(a_text_has_at_most_1024_bytes),
        cmocka_unit_test(enumerations_take_a_name_or_its_number),
        cmocka_unit_test(numbers_come_with_an_operator),
        cmocka_unit_test(booleans_and_switches_are_read),
        cmocka_unit_test(a_single_date_stands_for_what_was_written),
        cmocka_unit_test(several_dates_are_days_each),
        cmocka_unit_test(a_range_has_two_dates_in_either_order),
        cmocka_unit_test(a_range_holds_the_whole_day_of_a_date_without_time),
        cmocka_unit_test(a_range_of_one_date_is_from_it_on_where_the_filter_says_so),
        cmocka_unit_test(a_since_filter_is_a_day_or_from_a_moment_on),
        cmocka_unit_test(malformed_dates_are_refused),
        cmocka_unit_test(a_list_without_memory_is_refused),
        cmocka_unit_test(only_what_an_index_serves_is_quick),
        cmocka_unit_test(unknown_parameters_are_told_and_all_faults_named),
        cmocka_unit_test(a_bulk_body_filters_with_the_same_words),
        cmocka_unit_test(a_bulk_filter_of_wrong_types_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
