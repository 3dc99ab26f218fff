#include "model/list_filter.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "model/openapi_schema.h"

static struct list_condition *condition_add(struct list *list, const struct filter_input *input,
                                            struct faults *faults)
{
    if (list->condition_count == LIST_CONDITIONS_MAX) {
        faults_add(faults, input->field, "is one filter too many: at most %d", LIST_CONDITIONS_MAX);
        return NULL;
    }
    struct list_condition *condition = &list->conditions[list->condition_count++];
    *condition = (struct list_condition){ .filter = input->filter };
    return condition;
}

enum { PART_NAME_BYTES_MAX = 128 };

/* "Filter.Seen.Dates", or "filter.seen.dates" as members of a body are called. */
static void part_name(const struct filter_input *input, const char *part,
                      char out[PART_NAME_BYTES_MAX])
{
    char name[FILTER_NAME_BYTES_MAX];
    (void)snprintf(name, sizeof(name), "%s", part);
    if (input->is_member) {
        filter_member_name(part, name);
    }
    (void)snprintf(out, PART_NAME_BYTES_MAX, "%s%s%s", input->field, *part == '\0' ? "" : ".",
                   name);
}

/* Without memory the list must be refused: with the condition left out it would select more. */
static void fault_memory(const struct filter_input *input, struct faults *faults)
{
    faults_add(faults, input->field, "needs more memory than the request may use");
}

static void add_text(struct list *list, const struct filter_input *input, struct faults *faults)
{
    if (input->value.length > LIST_TEXT_BYTES_MAX) {
        faults_add(faults, input->field, "must have at most %d bytes", LIST_TEXT_BYTES_MAX);
        return;
    }
    if (!slice_is_utf8(input->value)) {
        faults_add(faults, input->field, "must be UTF-8 text without NUL");
        return;
    }
    struct list_condition *condition = condition_add(list, input, faults);
    if (condition != NULL) {
        condition->text = input->value;
    }
}

static void add_uuid(struct arena *arena, struct list *list, const struct filter_input *input,
                     struct faults *faults)
{
    struct uuid id;
    if (!uuid_parse(slice_trim(input->value), &id)) {
        faults_add(faults, input->field, "must be a UUID");
        return;
    }
    struct list_condition *condition = condition_add(list, input, faults);
    char *copy = arena_strdup(arena, id.text);
    if (copy == NULL) {
        fault_memory(input, faults);
    } else if (condition != NULL) {
        condition->text = slice_of(copy);
    }
}

static void fault_names(struct faults *faults, const char *field, const struct names *names)
{
    char text[400] = "";
    size_t length = 0;
    for (size_t i = 0; i < names->count && length < sizeof(text) - 64; i++) {
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s", i == 0 ? "" : ", ",
                                   names->values[i]);
    }
    faults_add(faults, field, "must be one of %s", text);
}

static void add_enum(struct list *list, const struct filter_input *input, struct faults *faults)
{
    struct slice value = slice_trim(input->value);
    int index = names_index(input->filter->names, value.text, value.length);
    if (index < 0) {
        fault_names(faults, input->field, input->filter->names);
        return;
    }
    struct list_condition *condition = condition_add(list, input, faults);
    if (condition != NULL) {
        condition->number = index;
    }
}

static bool read_bool(struct slice text, bool *out)
{
    *out = slice_is_any_case(text, "true") || slice_is(text, "1");
    return *out || slice_is_any_case(text, "false") || slice_is(text, "0");
}

static void add_bool(struct list *list, const struct filter_input *input, struct faults *faults)
{
    bool value = false;
    if (!read_bool(slice_trim(input->value), &value)) {
        faults_add(faults, input->field, "must be true or false");
        return;
    }
    struct list_condition *condition = condition_add(list, input, faults);
    if (condition != NULL) {
        condition->number = value ? 1 : 0;
    }
}

static bool read_int32(struct slice text, int64_t *out)
{
    return slice_int64(slice_trim(text), out) && *out >= INT32_MIN && *out <= INT32_MAX;
}

static void add_number(struct list *list, const struct filter_input *input, struct faults *faults)
{
    int64_t number = 0;
    int compare = LIST_EQUAL;
    char field[PART_NAME_BYTES_MAX];
    bool good = input->value.length == 0 || read_int32(input->value, &number);
    struct slice word = slice_trim(input->compare);
    if (!good) {
        part_name(input, input->filter->kind == FILTER_NUMBER ? "Value" : "", field);
        faults_add(faults, field, "must be a whole number from %d to %d", INT32_MIN, INT32_MAX);
    }
    if (word.length > 0) {
        compare = names_index(&numeric_operator_names, word.text, word.length);
    }
    if (compare < 0) {
        part_name(input, "Operator", field);
        fault_names(faults, field, &numeric_operator_names);
    }
    if (!good || compare < 0 || input->value.length == 0) {
        return; /* an operator alone is no filter */
    }
    struct list_condition *condition = condition_add(list, input, faults);
    if (condition != NULL) {
        condition->number = number;
        condition->compare = (enum list_compare)compare;
    }
}

/* --- dates ------------------------------------------------------------------------------------------- */

enum date_mode { DATES_SINGLE, DATES_MULTIPLE, DATES_RANGE };

struct moment {
    int64_t at_us, precision_us;
};

static bool dates_read(const struct filter_input *input, struct moment *out, struct faults *faults)
{
    char field[PART_NAME_BYTES_MAX];
    bool good = true;
    for (size_t i = 0; i < input->date_count; i++) {
        if (!time_parse(input->dates[i], &out[i].at_us, &out[i].precision_us)) {
            part_name(input, "Dates", field);
            faults_add(
                faults, field,
                "must be dates like 2024-12-24, 2024-12-24 19:09:47 or 2024-12-24T19:09:47Z");
            good = false;
        }
    }
    return good;
}

/* The mode that was sent, or what the number of dates says; -1 after a fault. */
static int dates_mode(const struct filter_input *input, struct faults *faults)
{
    char field[PART_NAME_BYTES_MAX];
    struct slice word = slice_trim(input->mode);
    int mode = input->date_count > 1 ? DATES_MULTIPLE : DATES_SINGLE;
    part_name(input, "SelectionMode", field);
    if (word.length > 0) {
        mode = names_index(&date_selection_names, word.text, word.length);
        if (mode < 0) {
            fault_names(faults, field, &date_selection_names);
            return -1;
        }
    }
    if (input->date_count == 0) {
        return mode; /* a mode alone filters nothing, but must be one */
    }
    part_name(input, "Dates", field);
    bool open = input->filter->range_may_be_open && input->date_count == 1;
    if (mode == DATES_RANGE && input->date_count != 2 && !open) {
        faults_add(faults, field, "must be two dates when SelectionMode is Range, not %zu",
                   input->date_count);
        return -1;
    }
    if (mode == DATES_SINGLE && input->date_count > 1) {
        faults_add(faults, field, "must be one date when SelectionMode is Single, not %zu",
                   input->date_count);
        return -1;
    }
    return mode;
}

/* What one written date stands for: a day as a whole, a second as a whole, or the moment itself. Multiple
   means days whatever was written. */
static struct list_span span_of(const struct moment *moment, bool whole_day)
{
    if (whole_day) {
        int64_t rest = moment->at_us % US_PER_DAY;
        int64_t start = moment->at_us - (rest < 0 ? rest + US_PER_DAY : rest);
        return (struct list_span){ start, start + US_PER_DAY - 1 };
    }
    return (struct list_span){ moment->at_us, moment->at_us + moment->precision_us - 1 };
}

/* From the start of the earlier one to the end of the later one; a day's end is its last moment. */
static struct list_span span_between(const struct moment moments[2])
{
    struct list_span a = span_of(&moments[0], false);
    struct list_span b = span_of(&moments[1], false);
    return (struct list_span){ a.from_us < b.from_us ? a.from_us : b.from_us,
                               a.until_us > b.until_us ? a.until_us : b.until_us };
}

static struct list_span span_from(const struct moment *moment)
{
    return (struct list_span){ moment->at_us, INT64_MAX };
}

/* The bound holds for all filters together, since each date takes two marks of the statement. */
static bool dates_fit(const struct list *list, const struct filter_input *input,
                      struct faults *faults)
{
    size_t count = input->date_count;
    for (size_t i = 0; i < list->condition_count; i++) {
        count += list->conditions[i].span_count;
    }
    if (count > LIST_DATES_MAX) {
        char field[PART_NAME_BYTES_MAX];
        part_name(input, "Dates", field);
        faults_add(faults, field, "has a date too many: all filters together take %d",
                   LIST_DATES_MAX);
    }
    return count <= LIST_DATES_MAX;
}

static void add_dates(struct arena *arena, struct list *list, const struct filter_input *input,
                      struct faults *faults)
{
    struct moment moments[LIST_DATES_MAX];
    int mode = dates_mode(input, faults);
    bool good = dates_read(input, moments, faults);
    if (input->date_count == 0 || !good || mode < 0 || !dates_fit(list, input, faults)) {
        return;
    }
    struct list_condition *condition = condition_add(list, input, faults);
    struct list_span *spans = arena_alloc(arena, input->date_count * sizeof(*spans));
    if (condition == NULL || spans == NULL) {
        fault_memory(input, faults);
        return;
    }
    condition->spans = spans;
    if (mode == DATES_RANGE) {
        spans[0] = input->date_count == 1 ? span_from(&moments[0]) : span_between(moments);
        condition->span_count = 1;
        return;
    }
    for (size_t i = 0; i < input->date_count; i++) {
        bool whole_day = mode == DATES_MULTIPLE || moments[i].precision_us == US_PER_DAY;
        spans[i] = span_of(&moments[i], whole_day);
    }
    condition->span_count = input->date_count;
}

/* "2024-12-24" and midnight mean that day, a later time of day from that moment on. */
static void add_since(struct arena *arena, struct list *list, const struct filter_input *input,
                      struct faults *faults)
{
    struct moment moment;
    if (!time_parse(input->value, &moment.at_us, &moment.precision_us)) {
        faults_add(faults, input->field, "must be a date like 2024-12-24T19:09:47Z");
        return;
    }
    struct list_condition *condition = condition_add(list, input, faults);
    struct list_span *span = arena_alloc(arena, sizeof(*span));
    if (condition == NULL || span == NULL) {
        fault_memory(input, faults);
        return;
    }
    bool whole_day = moment.precision_us == US_PER_DAY || moment.at_us % US_PER_DAY == 0;
    *span = whole_day ? span_of(&moment, true) : span_from(&moment);
    condition->spans = span;
    condition->span_count = 1;
}

/* --- all kinds ----------------------------------------------------------------------------------------- */

static void add_switch(struct list *list, const struct filter_input *input, struct faults *faults)
{
    bool value = input->filter->when_absent;
    bool given = input->given && input->value.length > 0;
    if (given && !read_bool(slice_trim(input->value), &value)) {
        faults_add(faults, input->field, "must be true or false");
        return;
    }
    const char *text = value ? input->filter->when_true : input->filter->when_false;
    struct list_condition *condition = text == NULL ? NULL : condition_add(list, input, faults);
    if (condition != NULL) {
        condition->number = value ? 1 : 0;
        condition->implicit = value == input->filter->when_absent;
    }
}

void list_add_condition(struct arena *arena, struct list *list, const struct filter_input *input,
                        struct faults *faults)
{
    enum filter_kind kind = input->filter->kind;
    if (kind == FILTER_SWITCH) {
        add_switch(list, input, faults);
        return;
    }
    bool plain = kind != FILTER_NUMBER && kind != FILTER_DATES;
    if (!input->given || (plain && input->value.length == 0)) {
        return; /* an empty value is no filter */
    }
    switch (kind) {
    case FILTER_SAME:
    case FILTER_CONTAINS: add_text(list, input, faults); break;
    case FILTER_UUID:
    case FILTER_UUID_AMONG: add_uuid(arena, list, input, faults); break;
    case FILTER_ENUM:
    case FILTER_ENUM_TEXT: add_enum(list, input, faults); break;
    case FILTER_BOOL: add_bool(list, input, faults); break;
    case FILTER_INT:
    case FILTER_NUMBER: add_number(list, input, faults); break;
    case FILTER_SINCE: add_since(arena, list, input, faults); break;
    case FILTER_DATES: add_dates(arena, list, input, faults); break;
    case FILTER_SWITCH: break;
    }
}
