#include "model/list.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "json/read.h"
#include "model/list_filter.h"

enum { UNKNOWN_KEPT_MAX = 16, QUICK_OFFSET_MAX = 2000, NAME_BYTES_MAX = 128 };

struct parse {
    struct arena *arena;
    struct list *list;
    const struct query_pair *pairs;
    size_t pair_count;
    bool *used; /* a flag a pair: somebody knows it */
    struct faults *faults;
};

/* --- paging -------------------------------------------------------------------------------------------- */

/* Of two values that differ nobody knows which was meant. */
static void fault_repeated(struct parse *parse, const char *name)
{
    faults_add(parse->faults, name, "is given more than once, with different values");
}

/* The pair of the name, or NULL; marks all of them as known. */
static const struct slice *pair_find(struct parse *parse, const char *name)
{
    const struct slice *found = NULL;
    bool differs = false;
    for (size_t i = 0; i < parse->pair_count; i++) {
        if (slice_is_any_case(parse->pairs[i].name, name)) {
            parse->used[i] = true;
            differs = differs || (found != NULL && !slice_equal(*found, parse->pairs[i].value));
            found = found == NULL ? &parse->pairs[i].value : found;
        }
    }
    if (differs) {
        fault_repeated(parse, name);
    }
    return found;
}

static void parse_number(struct parse *parse, const char *name, int64_t max, uint32_t *out)
{
    const struct slice *value = pair_find(parse, name);
    int64_t number = 0;
    if (value == NULL || value->length == 0) {
        return;
    }
    if (!slice_int64(slice_trim(*value), &number) || number < 1 || number > max) {
        faults_add(parse->faults, name, "must be a whole number from 1 to %" PRId64, max);
        return;
    }
    *out = (uint32_t)number;
}

static void parse_paging(struct parse *parse)
{
    struct list *list = parse->list;
    parse_number(parse, "Pagination.PageSize", LIST_PAGE_SIZE_MAX, &list->page_size);
    parse_number(parse, "Pagination.PageNumber", LIST_PAGE_NUMBER_MAX, &list->page_number);
    const struct slice *cursor = pair_find(parse, "Pagination.Cursor");
    if (cursor != NULL) {
        list->cursor = slice_trim(*cursor);
        list->by_cursor = true;
    }
}

/* --- changes ------------------------------------------------------------------------------------------- */

/* A walk through changes has an order of its own, and goes on by its mark. */
static void refuse_with_changes(struct parse *parse)
{
    const struct list *list = parse->list;
    static const char text[] =
        "must not be given with changedSince, whose pages follow each other by "
        "changeMark";
    if (list->by_cursor) {
        faults_add(parse->faults, "Pagination.Cursor", text);
    }
    if (list->page_number > 1) {
        faults_add(parse->faults, "Pagination.PageNumber", text);
    }
    if (list->sort_count > 0) {
        faults_add(parse->faults, "Sorts", text);
    }
}

static void parse_changes(struct parse *parse)
{
    struct list *list = parse->list;
    const struct slice *given =
        list->resource->changes == NULL ? NULL : pair_find(parse, "changedSince");
    if (given == NULL) {
        return;
    }
    struct slice value = slice_trim(*given);
    if (slice_is_any_case(value, "all")) {
        list->changes = LIST_MARKED;
        return;
    }
    list->changes =
        time_parse(value, &list->changed_since_us, NULL) ? LIST_SINCE_MOMENT : LIST_SINCE_MARK;
    list->change_mark = value;
    if (value.length == 0) {
        faults_add(parse->faults, "changedSince",
                   "must be all, a date, or the changeMark of an earlier answer");
    }
    refuse_with_changes(parse);
}

bool list_is_of_changes(const struct list *list)
{
    return list->changes == LIST_SINCE_MOMENT || list->changes == LIST_SINCE_MARK;
}

/* --- sorts --------------------------------------------------------------------------------------------- */

struct sort_input {
    bool has_by, has_order;
    struct slice by, order;
};

/* "Sorts[2].by" into its index (-1 when it is no number) and what follows; false for other names. */
static bool sort_name(struct slice name, int64_t *out_index, struct slice *out_rest)
{
    if (!slice_starts_any_case(name, "Sorts[")) {
        return false;
    }
    struct slice rest = { name.text + strlen("Sorts["), name.length - strlen("Sorts[") };
    struct slice index = slice_cut(&rest, ']');
    *out_rest = rest;
    if (!slice_int64(index, out_index)) {
        *out_index = -1;
    }
    return true;
}

static void sort_set(struct parse *parse, struct sort_input *input, bool by, struct slice value)
{
    struct slice *place = by ? &input->by : &input->order;
    if ((by ? input->has_by : input->has_order) && !slice_equal(*place, value)) {
        fault_repeated(parse, "Sorts");
    }
    *place = value;
    input->has_by = input->has_by || by;
    input->has_order = input->has_order || (!by && value.length > 0);
}

static void sort_gather(struct parse *parse, struct sort_input inputs[LIST_SORTS_MAX])
{
    for (size_t i = 0; i < parse->pair_count; i++) {
        int64_t index = 0;
        struct slice rest;
        if (!sort_name(parse->pairs[i].name, &index, &rest)) {
            continue;
        }
        bool by = slice_is_any_case(rest, ".by");
        bool order = slice_is_any_case(rest, ".order");
        if (!by && !order) {
            continue;
        }
        parse->used[i] = true;
        if (index < 0 || index >= LIST_SORTS_MAX) {
            faults_add(parse->faults, "Sorts", "takes an index from 0 to %d", LIST_SORTS_MAX - 1);
            continue;
        }
        sort_set(parse, &inputs[index], by, slice_trim(parse->pairs[i].value));
    }
}

static void fault_sort_key(struct parse *parse, const char *field)
{
    char text[400] = "";
    size_t length = 0;
    const struct shape *row = parse->list->resource->row;
    for (size_t i = 0; i < row->count && length < sizeof(text) - 64; i++) {
        if (row->fields[i].sort != NULL && field_in(&row->fields[i], parse->list->version)) {
            length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
                                       length == 0 ? "" : ", ", row->fields[i].json);
        }
    }
    faults_add(parse->faults, field, "must be one of %s", text);
}

static const struct field *sort_field(const struct list *list, struct slice name)
{
    const struct shape *row = list->resource->row;
    for (size_t i = 0; i < row->count; i++) {
        const struct field *field = &row->fields[i];
        if (field->sort != NULL && field_in(field, list->version) &&
            slice_is_any_case(name, field->json)) {
            return field;
        }
    }
    return NULL;
}

static void sort_take(struct parse *parse, size_t index, const struct sort_input *input)
{
    char field[32];
    (void)snprintf(field, sizeof(field), "Sorts[%zu].by", index);
    if (!input->has_by || input->by.length == 0) {
        if (input->has_order) {
            faults_add(parse->faults, field, "is missing beside Sorts[%zu].order", index);
        }
        return;
    }
    if (index > parse->list->sort_count) {
        faults_add(parse->faults, field, "leaves a gap: Sorts[%zu] is missing",
                   parse->list->sort_count);
        return;
    }
    const struct field *found = sort_field(parse->list, input->by);
    bool descending = slice_is_any_case(input->order, "desc");
    if (found == NULL) {
        fault_sort_key(parse, field);
    } else if (input->order.length > 0 && !descending && !slice_is_any_case(input->order, "asc")) {
        (void)snprintf(field, sizeof(field), "Sorts[%zu].order", index);
        faults_add(parse->faults, field, "must be asc or desc");
    }
    parse->list->sorts[parse->list->sort_count++] =
        (struct list_sort){ .field = found, .descending = descending };
}

static void parse_sorts(struct parse *parse)
{
    struct sort_input inputs[LIST_SORTS_MAX] = { { .has_by = false } };
    sort_gather(parse, inputs);
    for (size_t i = 0; i < LIST_SORTS_MAX; i++) {
        sort_take(parse, i, &inputs[i]);
    }
    for (size_t i = 0; i < parse->list->sort_count; i++) {
        if (parse->list->sorts[i].field == NULL) {
            parse->list->sort_count = 0; /* refused: but nobody shall meet a sort without a field */
        }
    }
}

static void sort_default(struct list *list)
{
    if (list->sort_count > 0 || list->resource->default_sort == NULL) {
        return;
    }
    const struct field *field = sort_field(list, slice_of(list->resource->default_sort));
    assert(field != NULL);
    list->sorts[0] =
        (struct list_sort){ .field = field, .descending = list->resource->default_descending };
    list->sort_count = 1;
}

/* --- filters ------------------------------------------------------------------------------------------- */

enum filter_part { PART_NONE, PART_VALUE, PART_COMPARE, PART_DATES, PART_MODE };

/* ".Dates", ".Dates[]" or ".Dates[2]". */
static bool is_dates(struct slice rest)
{
    const size_t length = strlen(".Dates");
    int64_t index = 0;
    if (!slice_starts_any_case(rest, ".Dates")) {
        return false;
    }
    rest = (struct slice){ rest.text + length, rest.length - length };
    if (rest.length == 0 || slice_is(rest, "[]")) {
        return true;
    }
    return rest.text[0] == '[' && rest.text[rest.length - 1] == ']' &&
           slice_int64((struct slice){ rest.text + 1, rest.length - 2 }, &index) && index >= 0;
}

/* Which part of the filter a parameter's name (behind "Filter.") is. */
static enum filter_part part_of(const struct filter *filter, struct slice name)
{
    size_t length = strlen(filter->name);
    if (name.length < length || !slice_starts_any_case(name, filter->name)) {
        return PART_NONE;
    }
    struct slice rest = { name.text + length, name.length - length };
    switch (filter->kind) {
    case FILTER_DATES:
        if (slice_is_any_case(rest, ".SelectionMode")) {
            return PART_MODE;
        }
        return is_dates(rest) ? PART_DATES : PART_NONE;
    case FILTER_NUMBER:
        if (slice_is_any_case(rest, ".Operator")) {
            return PART_COMPARE;
        }
        return slice_is_any_case(rest, ".Value") ? PART_VALUE : PART_NONE;
    case FILTER_CONTAINS:
    case FILTER_SAME:
    case FILTER_UUID:
    case FILTER_UUID_AMONG:
    case FILTER_ENUM:
    case FILTER_ENUM_TEXT:
    case FILTER_INT:
    case FILTER_BOOL:
    case FILTER_SINCE:
    case FILTER_SWITCH: return rest.length == 0 ? PART_VALUE : PART_NONE;
    }
    return PART_NONE;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);
    size_t tail = strlen(ending);
    return length >= tail && strcasecmp(text + length - tail, ending) == 0;
}

/* Aliases are whole parameter names; those that end like an operator stand for one. */
static enum filter_part part_of_alias(const struct filter *filter, struct slice name)
{
    for (size_t i = 0; filter->aliases != NULL && filter->aliases[i] != NULL; i++) {
        const char *alias = filter->aliases[i];
        if (!slice_is_any_case(name, alias)) {
            continue;
        }
        bool compare = ends_with(alias, ".Operator") || ends_with(alias, ".Mode") ||
                       ends_with(alias, ".Logic");
        return compare ? PART_COMPARE : PART_VALUE;
    }
    return PART_NONE;
}

static void part_set(struct parse *parse, const struct filter_input *input, struct slice value,
                     struct slice *out)
{
    if (out->length > 0 && value.length > 0 && !slice_equal(*out, value)) {
        fault_repeated(parse, input->field);
    }
    *out = value.length > 0 ? value : *out;
}

static void part_take(struct parse *parse, struct filter_input *input, enum filter_part part,
                      struct slice value)
{
    input->given = true;
    switch (part) {
    case PART_VALUE: part_set(parse, input, value, &input->value); break;
    case PART_COMPARE: part_set(parse, input, value, &input->compare); break;
    case PART_MODE: part_set(parse, input, value, &input->mode); break;
    case PART_DATES:
        if (value.length == 0) {
            break;
        }
        if (input->date_count == LIST_DATES_MAX) {
            char field[NAME_BYTES_MAX];
            (void)snprintf(field, sizeof(field), "%s.Dates", input->field);
            faults_add(parse->faults, field, "takes at most %d dates", LIST_DATES_MAX);
            break;
        }
        input->dates[input->date_count++] = value;
        break;
    case PART_NONE: break;
    }
}

static void parse_filter(struct parse *parse, const struct filter *filter)
{
    char field[NAME_BYTES_MAX];
    (void)snprintf(field, sizeof(field), "Filter.%s", filter->name);
    struct filter_input input = { .filter = filter, .field = field };
    const size_t prefix = strlen("Filter.");
    for (size_t i = 0; i < parse->pair_count; i++) {
        struct slice name = parse->pairs[i].name;
        enum filter_part part = PART_NONE;
        if (slice_starts_any_case(name, "Filter.")) {
            part = part_of(filter, (struct slice){ name.text + prefix, name.length - prefix });
        }
        part = part == PART_NONE ? part_of_alias(filter, name) : part;
        if (part != PART_NONE) {
            parse->used[i] = true;
            part_take(parse, &input, part, parse->pairs[i].value);
        }
    }
    list_add_condition(parse->arena, parse->list, &input, parse->faults);
}

static bool filter_in(const struct filter *filter, unsigned version)
{
    return filter->versions == 0 || (filter->versions & version) != 0;
}

/* --- whole lists --------------------------------------------------------------------------------------- */

static void list_init(struct list *list, const struct resource *resource, unsigned version)
{
    list->resource = resource;
    list->version = version;
    list->condition_count = 0;
    list->sort_count = 0;
    list->page_number = 1;
    list->page_size = LIST_PAGE_SIZE_USUAL;
    list->cursor = (struct slice){ .length = 0 };
    list->by_cursor = false;
    list->changes = LIST_WHOLE;
    list->changed_since_us = 0;
    list->change_mark = (struct slice){ .length = 0 };
}

static const char *const *unknown_names(struct parse *parse)
{
    const char **names = NULL;
    size_t count = 0;
    for (size_t i = 0; i < parse->pair_count && count < UNKNOWN_KEPT_MAX; i++) {
        if (parse->used[i]) {
            continue;
        }
        if (names == NULL) {
            names = arena_alloc(parse->arena, (UNKNOWN_KEPT_MAX + 1) * sizeof(*names));
        }
        char *name = slice_dup(parse->arena, parse->pairs[i].name);
        if (names == NULL || name == NULL) {
            break;
        }
        names[count++] = name;
    }
    return names;
}

void list_parse(struct arena *arena, const struct resource *resource, unsigned version,
                const struct query_pair *pairs, size_t pair_count, struct list *out,
                struct faults *faults, const char *const **out_unknown)
{
    bool *used = arena_alloc(arena, pair_count + 1);
    struct parse parse = { .arena = arena,
                           .list = out,
                           .pairs = pairs,
                           .pair_count = used == NULL ? 0 : pair_count,
                           .used = used,
                           .faults = faults };
    list_init(out, resource, version);
    if (used == NULL) {
        faults_add(faults, "query", "needs more memory than the request may use");
    }
    parse_paging(&parse);
    parse_sorts(&parse);
    parse_changes(&parse);
    sort_default(out);
    for (size_t i = 0; i < resource->filter_count; i++) {
        if (filter_in(&resource->filters[i], version)) {
            parse_filter(&parse, &resource->filters[i]);
        }
    }
    *out_unknown = unknown_names(&parse);
}

/* --- the filter object of bulk bodies ------------------------------------------------------------------- */

static bool is_nothing(const struct json *value)
{
    return value == NULL || value->type == JSON_NULL;
}

/* The value as a parameter would have it. What does not fit is a fault, never no filter: a bulk operation would then
   take more than it was meant to. */
static struct slice scalar_text(struct parse *parse, const struct json *value, const char *field)
{
    struct slice text = { .length = 0 };
    if (is_nothing(value)) {
        return text;
    }
    if (value->type == JSON_TEXT) {
        return value->text;
    }
    if (value->type == JSON_BOOL) {
        return value->boolean ? SLICE("true") : SLICE("false");
    }
    if (value->type == JSON_INT) {
        text = slice_of(arena_printf(parse->arena, "%" PRId64, value->integer));
    }
    if (text.length == 0) {
        faults_add(parse->faults, field, "has the wrong type");
    }
    return text;
}

static struct slice member_text(struct parse *parse, const struct filter_input *input,
                                const struct json *object, const char *name)
{
    char field[NAME_BYTES_MAX];
    (void)snprintf(field, sizeof(field), "%s.%s", input->field, name);
    return scalar_text(parse, json_get_any_case(object, name), field);
}

static void object_dates(struct parse *parse, struct filter_input *input, const struct json *value)
{
    char field[NAME_BYTES_MAX];
    const struct json *dates = json_get_any_case(value, "dates");
    input->mode = member_text(parse, input, value, "selectionMode");
    (void)snprintf(field, sizeof(field), "%s.dates", input->field);
    if (is_nothing(dates)) {
        return;
    }
    if (dates->type != JSON_ARRAY) {
        faults_add(parse->faults, field, "must be an array of dates");
        return;
    }
    for (const struct json *at = dates->first; at != NULL; at = at->next) {
        if (at->type == JSON_TEXT) {
            part_take(parse, input, PART_DATES, at->text);
        } else {
            faults_add(parse->faults, field, "must be an array of dates");
        }
    }
}

/* By its name, or by an alias that stands for the whole filter: "Filter.OperatingSystem". */
static bool is_member_of(const struct filter *filter, struct slice key)
{
    const size_t prefix = strlen("Filter.");
    bool is = slice_is_any_case(key, filter->name);
    for (size_t i = 0; !is && filter->aliases != NULL && filter->aliases[i] != NULL; i++) {
        const char *alias = filter->aliases[i];
        is = strncasecmp(alias, "Filter.", prefix) == 0 && slice_is_any_case(key, alias + prefix);
    }
    return is;
}

static const struct json *object_member(const struct filter *filter, const struct json *object)
{
    for (const struct json *at = object == NULL ? NULL : object->first; at != NULL; at = at->next) {
        if (is_member_of(filter, at->key)) {
            return at;
        }
    }
    return NULL;
}

static void object_filter(struct parse *parse, const struct filter *filter,
                          const struct json *object, const char *prefix)
{
    char name[FILTER_NAME_BYTES_MAX];
    char field[NAME_BYTES_MAX];
    const struct json *value = object_member(filter, object);
    bool given = !is_nothing(value);
    filter_member_name(filter->name, name);
    (void)snprintf(field, sizeof(field), "%s.%s", prefix, name);
    struct filter_input input = {
        .filter = filter, .field = field, .given = given, .is_member = true
    };
    if (given && filter->kind == FILTER_DATES && value->type == JSON_OBJECT) {
        object_dates(parse, &input, value);
    } else if (given && filter->kind == FILTER_NUMBER && value->type == JSON_OBJECT) {
        input.value = member_text(parse, &input, value, "value");
        input.compare = member_text(parse, &input, value, "operator");
    } else if (given && filter->kind == FILTER_DATES) {
        faults_add(parse->faults, field, "must be an object with dates");
    } else {
        input.value = scalar_text(parse, value, field);
    }
    list_add_condition(parse->arena, parse->list, &input, parse->faults);
}

/* A member that nobody knows would select more than was meant: it is refused, where a parameter of a list is only
   told of. */
static void object_unknown(struct parse *parse, const struct json *object, const char *prefix)
{
    for (const struct json *at = object->first; at != NULL; at = at->next) {
        bool known = false;
        for (size_t i = 0; i < parse->list->resource->filter_count && !known; i++) {
            const struct filter *filter = &parse->list->resource->filters[i];
            known = filter_in(filter, parse->list->version) && is_member_of(filter, at->key);
        }
        if (!known && at->type != JSON_NULL) {
            char field[NAME_BYTES_MAX];
            struct slice key = slice_is_utf8(at->key) ? at->key : SLICE("?");
            (void)snprintf(field, sizeof(field), "%s.%.*s", prefix,
                           (int)(key.length < 64 ? key.length : 64), key.text);
            faults_add(parse->faults, field, "is no filter of this list");
        }
    }
}

void list_parse_filter(struct arena *arena, const struct resource *resource, unsigned version,
                       const struct json *object, const char *field, struct list *out,
                       struct faults *faults)
{
    struct parse parse = { .arena = arena, .list = out, .faults = faults };
    list_init(out, resource, version);
    sort_default(out);
    if (object != NULL && object->type != JSON_OBJECT && object->type != JSON_NULL) {
        faults_add(faults, field, "must be an object");
        return;
    }
    if (object != NULL) {
        object_unknown(&parse, object, field);
    }
    for (size_t i = 0; i < resource->filter_count; i++) {
        if (filter_in(&resource->filters[i], version)) {
            object_filter(&parse, &resource->filters[i], object, field);
        }
    }
}

/* At most one row. */
static bool selects_key(const struct list_condition *condition, const struct resource *resource)
{
    return condition->filter->kind == FILTER_UUID &&
           strcmp(condition->filter->column, resource->key) == 0;
}

bool list_is_quick(const struct list *list)
{
    if (list_is_of_changes(list)) {
        return false;
    }
    for (size_t i = 0; i < list->condition_count; i++) {
        if (selects_key(&list->conditions[i], list->resource)) {
            return true;
        }
    }
    for (size_t i = 0; i < list->condition_count; i++) {
        if (!list->conditions[i].implicit) {
            return false;
        }
    }
    bool indexed = list->sort_count == 0 ||
                   (list->sort_count == 1 && (list->sorts[0].field->flags & FIELD_INDEXED) != 0);
    uint64_t offset = ((uint64_t)list->page_number - 1) * list->page_size;
    return indexed && (list->by_cursor || offset <= QUICK_OFFSET_MAX);
}
