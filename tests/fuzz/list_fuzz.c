/* List requests: the input is a query, a pair a line, or the filter object of a bulk body when it begins with a brace. */
#include <assert.h>
#include <stdint.h>

#include "base/arena.h"
#include "json/read.h"
#include "model/list.h"
#include "model/test_things.h"

enum { ARENA_BYTES = 1024 * 1024, PAIRS_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_list(const struct list *list, const struct faults *faults)
{
    assert(list->condition_count <= LIST_CONDITIONS_MAX && list->sort_count <= LIST_SORTS_MAX);
    assert(list->page_size >= 1 && list->page_size <= LIST_PAGE_SIZE_MAX);
    assert(list->page_number >= 1 && list->page_number <= LIST_PAGE_NUMBER_MAX);
    assert(faults->kept <= FAULTS_MAX && faults->kept <= faults->count);
    if (faults->count > 0) {
        return;
    }
    for (size_t i = 0; i < list->sort_count; i++) {
        assert(list->sorts[i].field != NULL && list->sorts[i].field->sort != NULL);
    }
    for (size_t i = 0; i < list->condition_count; i++) {
        assert(list->conditions[i].filter != NULL);
        assert(list->conditions[i].text.length <= LIST_TEXT_BYTES_MAX);
        assert(list->conditions[i].span_count <= LIST_DATES_MAX);
        for (size_t k = 0; k < list->conditions[i].span_count; k++) {
            assert(list->conditions[i].spans[k].from_us <= list->conditions[i].spans[k].until_us);
        }
    }
    (void)list_is_quick(list);
}

static void parse_query(struct arena *arena, struct slice text, struct list *list,
                        struct faults *faults)
{
    struct query_pair pairs[PAIRS_MAX];
    const char *const *unknown = NULL;
    size_t count = 0;
    while (text.length > 0 && count < PAIRS_MAX) {
        struct slice value = slice_cut(&text, '\n');
        pairs[count].name = slice_cut(&value, '=');
        pairs[count++].value = value;
    }
    list_parse(arena, &things, API_V3, pairs, count, list, faults, &unknown);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct slice text = { (const char *)bytes, length };
    const struct json *json = NULL;
    struct faults faults;
    struct list list;
    if (arena == NULL) {
        return 0;
    }
    faults_init(&faults, arena);
    if (length > 0 && bytes[0] == '{') {
        if (json_parse(arena, text, &json_limits_usual, &json, NULL) == RESULT_OK) {
            list_parse_filter(arena, &things, API_V3, json, "filter", &list, &faults);
            check_list(&list, &faults);
        }
    } else {
        parse_query(arena, text, &list, &faults);
        check_list(&list, &faults);
    }
    arena_free(arena);
    return 0;
}
