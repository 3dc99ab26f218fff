/* A list request from parameters or from a bulk body's filter object: whatever is taken makes a statement with as many
   marks as values, and a fingerprint that is the same each time. The first byte chooses: '{' is a filter object,
   anything else parameters, "name=value" a line. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "model/list_sql.h"
#include "model/operation.h"
#include "model/test_things.h"

enum { FUZZ_ARENA_BYTES = 4 * 1024 * 1024, PAIRS_MAX = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* The marks of the text are $1 to $count, each at least once. */
static void check_marks(const struct buffer *sql, const struct sql_values *values)
{
    bool met[SQL_VALUES_MAX + 1] = { false };
    for (const char *at = strchr(sql->bytes, '$'); at != NULL; at = strchr(at + 1, '$')) {
        unsigned long mark = strtoul(at + 1, NULL, 10);
        require(mark >= 1 && mark <= values->count);
        met[mark] = true;
    }
    for (uint32_t i = 1; i <= values->count; i++) {
        require(met[i]);
    }
}

static void use_list(struct arena *arena, const struct list *list)
{
    static const struct rules rules = { .disconnected_after_us = 5 };
    struct ctx ctx = { .arena = arena, .version = API_V3, .now_us = 10, .rules = &rules };
    struct edge edge = { .count = (uint32_t)list->sort_count + 1 };
    struct edge again;
    for (uint32_t i = 0; i < edge.count; i++) {
        edge.values[i].is_text = i == list->sort_count || list->sorts[i].field->sort_is_text;
        edge.values[i].text = SLICE("x");
    }
    bool backward = list->page_number % 2 == 0;
    char *cursor = edge_write(arena, list, &edge, backward);
    require(cursor != NULL && edge_read(arena, list, slice_of(cursor), &again, &backward));

    struct sql_values *values = arena_alloc(arena, sizeof(*values));
    struct buffer sql;
    uint32_t first_edge = 0;
    require(values != NULL);
    buffer_init(&sql, SQL_BYTES_MAX);
    list_sql_select(&ctx, list, &sql, values, &first_edge);
    list_where(&ctx, list, &sql, values);
    list_sql_beyond(&ctx, list, &again, backward, &sql, values);
    list_sql_order(&ctx, list, backward, &sql, values);
    require(!sql.overflow);
    check_marks(&sql, values);
    buffer_done(&sql);
    (void)list_is_quick(list);
    require(list_fingerprint(list) == list_fingerprint(list));
    require(list->page_size >= 1 && list->page_size <= LIST_PAGE_SIZE_MAX);
}

static void parse_parameters(struct arena *arena, struct slice rest, struct list *list,
                             struct faults *faults)
{
    struct query_pair pairs[PAIRS_MAX];
    const char *const *unknown = NULL;
    size_t count = 0;
    while (rest.length > 0 && count < PAIRS_MAX) {
        struct slice value = slice_cut(&rest, '\n');
        pairs[count].name = slice_cut(&value, '=');
        pairs[count++].value = value;
    }
    list_parse(arena, &things, API_V3, pairs, count, list, faults, &unknown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(FUZZ_ARENA_BYTES);
    struct slice text = { (const char *)data, size };
    const struct json *object = NULL;
    struct faults faults;
    struct list list;
    require(arena != NULL);
    faults_init(&faults, arena);
    if (size > 0 && data[0] != '{') {
        parse_parameters(arena, text, &list, &faults);
    } else if (json_parse(arena, text, &json_limits_usual, &object, NULL) == RESULT_OK) {
        list_parse_filter(arena, &things, API_V3, object, "filter", &list, &faults);
    } else {
        faults.count = 1;
    }
    if (faults.count == 0) {
        use_list(arena, &list);
    }
    arena_free(arena);
    return 0;
}
