/* GET Events/search: its parameters, of which streams have some, and the page. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "json/write.h"
#include "model/list.h"
#include "model/stream.h"
#include "resource/events/event_block.h"
#include "resource/events/event_partition.h"
#include "resource/events/event_scan.h"
#include "resource/events/events.h"
#include "resource/events/events_parts.h"
#include "store/store.h"

enum { VALUES_MAX = 100, TRIES_MAX = 10 };

enum value_kind {
    VALUE_TEXT,    /* equal in any letter case */
    VALUE_PATTERN, /* the same, and * and ? count */
    VALUE_UUID,
    VALUE_FLAG,
    VALUE_OS,
};

/* clang-format off */
static const char *const type_aliases[] = { "Application.ApplicationType", "Application.Type", "Applications.ApplicationType", NULL };
static const char *const host_aliases[] = { "Computers.HostName", "Host.HostName", "HostName", NULL };
static const char *const host_domain_aliases[] = { "Computers.HostDomain", "Host.HostDomain", "HostDomain", NULL };
static const char *const user_aliases[] = { "Users.UserName", "User.Name", "UserName", NULL };
static const char *const user_domain_aliases[] = { "Users.UserDomain", "User.Domain", "UserDomain", NULL };
static const char *const workstyle_aliases[] = { "Policy.WorkstyleName", "Policies.Workstyle", "Workstyle", "WorkstyleName", NULL };
static const char *const group_aliases[] = { "Policy.ApplicationGroupName", "Policies.ApplicationGroup", "ApplicationGroup", "ApplicationGroupName", NULL };
static const char *const on_demand_aliases[] = { "Policy.OnDemand", "OnDemandRule", "OnDemand", NULL };

#define QUERY(row_name, row_type, text) .name = row_name, .in = "query", .type = row_type, .summary = text
#define FILTER_ROWS \
    { QUERY("ComputerGroups", FIELD_ARRAY, "Ids of computer groups"), .items = FIELD_UUID }, \
    { QUERY("Events.EventAction", FIELD_ARRAY, "Event actions"), .items = FIELD_TEXT }, \
    { QUERY("Events.EventCode", FIELD_ARRAY, "Event codes"), .items = FIELD_TEXT }, \
    { QUERY("Events.EventType", FIELD_ARRAY, "Event types"), .items = FIELD_TEXT }, \
    { QUERY("ApplicationType", FIELD_TEXT, "Application type; * and ? are wildcards"), .aliases = type_aliases }, \
    { QUERY("Computer.HostName", FIELD_TEXT, "Host name; * and ? are wildcards"), .aliases = host_aliases }, \
    { QUERY("Computer.HostDomain", FIELD_TEXT, "Host domain; * and ? are wildcards"), .aliases = host_domain_aliases }, \
    { QUERY("User.UserName", FIELD_TEXT, "User name; * and ? are wildcards"), .aliases = user_aliases }, \
    { QUERY("User.UserDomain", FIELD_TEXT, "User domain; * and ? are wildcards"), .aliases = user_domain_aliases }, \
    { QUERY("Policy.Workstyle", FIELD_TEXT, "Workstyle; * and ? are wildcards"), .aliases = workstyle_aliases }, \
    { QUERY("Policy.ApplicationGroup", FIELD_TEXT, "Application group; * and ? are wildcards"), .aliases = group_aliases }, \
    { QUERY("Policy.OnDemandRule", FIELD_BOOL, "Only on-demand rules, or only others"), .aliases = on_demand_aliases }
const struct parameter events_search_parameters[SEARCH_PARAMETERS] = {
    { QUERY("TimePeriod.StartDate", FIELD_TEXT, "Lower bound of the ingestion time, UTC"), .flags = FIELD_REQUIRED },
    { QUERY("TimePeriod.EndDate", FIELD_TEXT, "Upper bound of the ingestion time, UTC"), .flags = FIELD_REQUIRED },
    { QUERY("OperatingSystem", FIELD_TEXT, "Operating system, e.g. Windows; * for all"), .flags = FIELD_REQUIRED },
    FILTER_ROWS,
    { QUERY("Pagination.PageSize", FIELD_INT, "Events per page"), .min = 1, .max = SEARCH_PAGE_MAX, .initial = LIST_PAGE_SIZE_USUAL },
    { QUERY("Pagination.PageNumber", FIELD_INT, "Page to return, from 1"), .min = 1, .max = INT32_MAX, .initial = 1 },
};
/* The same filters, none of them needed. */
const struct parameter events_stream_parameters[STREAM_PARAMETER_COUNT] = {
    STREAM_PARAMETERS,
    { QUERY("OperatingSystem", FIELD_TEXT, "Operating system, e.g. Windows; * for all") },
    FILTER_ROWS,
};
enum { PARAMETER_START, PARAMETER_END, PARAMETER_FIRST_FILTER, PARAMETER_SIZE = 15, PARAMETER_NUMBER };

/* What the filters of the table above look for, in its order. */
static const struct search_filter {
    enum event_column column;
    enum value_kind kind;
} filters[] = {
    { COLUMN_OS, VALUE_OS },
    { COLUMN_GROUP, VALUE_UUID },
    { COLUMN_ACTION, VALUE_TEXT },
    { COLUMN_CODE, VALUE_TEXT },
    { COLUMN_TYPE, VALUE_TEXT },
    { COLUMN_APPLICATION_TYPE, VALUE_PATTERN },
    { COLUMN_HOST, VALUE_PATTERN },
    { COLUMN_HOST_DOMAIN, VALUE_PATTERN },
    { COLUMN_USER, VALUE_PATTERN },
    { COLUMN_USER_DOMAIN, VALUE_PATTERN },
    { COLUMN_WORKSTYLE, VALUE_PATTERN },
    { COLUMN_APPLICATION_GROUP, VALUE_PATTERN },
    { COLUMN_ON_DEMAND, VALUE_FLAG },
};
/* clang-format on */
_Static_assert(SEARCH_PARAMETERS == PARAMETER_NUMBER + 1, "numbers of parameters fit their table");
_Static_assert(STREAM_PARAMETER_COUNT == 3 + COUNT_OF(filters), "a stream has all filters");
_Static_assert(PARAMETER_FIRST_FILTER + COUNT_OF(filters) == PARAMETER_SIZE,
               "each filter has its parameter");

/* --- values ------------------------------------------------------------------------------------------------------- */

struct values {
    struct slice items[VALUES_MAX];
    size_t count;
};

/* Those of a parameter that are not empty, under all of its names. */
static void values_take(struct ctx *ctx, const struct call *call, const struct parameter *parameter,
                        struct values *out)
{
    out->count = 0;
    for (size_t i = 0; i < call->query_count; i++) {
        struct slice value = slice_trim(call->query[i].value);
        if (value.length == 0 || !parameter_has_name(parameter, call->query[i].name)) {
            continue;
        }
        if (out->count == VALUES_MAX || value.length > LIST_TEXT_BYTES_MAX) {
            faults_add(ctx->faults, parameter->name, "takes at most %d values of %d bytes",
                       VALUES_MAX, LIST_TEXT_BYTES_MAX);
            return;
        }
        out->items[out->count++] = value;
    }
}

static bool one_value(struct ctx *ctx, const struct call *call, size_t number, struct slice *out)
{
    struct values values;
    values_take(ctx, call, &events_search_parameters[number], &values);
    *out = values.count == 0 ? (struct slice){ .length = 0 } : values.items[0];
    return values.count > 0;
}

static int64_t number_read(struct ctx *ctx, const struct call *call, size_t index)
{
    const struct parameter *parameter = &events_search_parameters[index];
    struct slice text;
    int64_t number = parameter->initial;
    if (one_value(ctx, call, index, &text) &&
        (!slice_int64(text, &number) || number < parameter->min || number > parameter->max)) {
        faults_add(ctx->faults, parameter->name,
                   "must be a whole number from %" PRId64 " to %" PRId64, parameter->min,
                   parameter->max);
    }
    return number;
}

static bool moment_read(struct ctx *ctx, const struct call *call, size_t index, int64_t *out_us,
                        int64_t *out_precision_us)
{
    const char *name = events_search_parameters[index].name;
    struct slice text;
    if (!one_value(ctx, call, index, &text)) {
        faults_add(ctx->faults, name, "is required");
        return false;
    }
    if (!time_parse(text, out_us, out_precision_us)) {
        faults_add(
            ctx->faults, name,
            "must be a date like 2022-08-12, 2022-08-12 17:34:28 or 2022-08-12T17:34:28.694Z");
        return false;
    }
    return true;
}

static void period_read(struct ctx *ctx, const struct call *call, struct event_search *search)
{
    int64_t precision_us = 1;
    bool start = moment_read(ctx, call, PARAMETER_START, &search->from_us, NULL);
    bool end = moment_read(ctx, call, PARAMETER_END, &search->until_us, &precision_us);
    /* A day means all of it, a second as well: a poller's "now" has none of the fractions that a stamp has. */
    search->until_us += precision_us - 1;
    if (start && end && search->from_us > search->until_us) {
        faults_add(ctx->faults, "TimePeriod.StartDate", "must not be after TimePeriod.EndDate");
    }
}

/* --- filters -------------------------------------------------------------------------------------------------------- */

/* Everything that may be called so: names of the same system differ between agents. */
static enum result os_add(struct ctx *ctx, const char *text, struct word_ids *ids)
{
    static const char *const apple[] = { "mac", "macos", "darwin", "os x", "osx", "mac os x" };
    bool is_apple = false;
    for (size_t i = 0; i < COUNT_OF(apple); i++) {
        is_apple = is_apple || strcmp(text, apple[i]) == 0;
    }
    for (size_t i = 0; i < COUNT_OF(apple) && is_apple; i++) {
        TRY(word_ids_add(ctx, COLUMN_OS, WORD_BEGINS, apple[i], ids));
    }
    return is_apple ? RESULT_OK : word_ids_add(ctx, COLUMN_OS, WORD_BEGINS, text, ids);
}

static enum result flag_add(struct ctx *ctx, const char *text, struct word_ids *ids)
{
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    if (!yes && strcmp(text, "false") != 0 && strcmp(text, "0") != 0) {
        faults_add(ctx->faults, "Policy.OnDemandRule", "must be true or false");
        return RESULT_OK;
    }
    return yes ? word_ids_add(ctx, COLUMN_ON_DEMAND, WORD_EQUALS, "true", ids)
               : word_ids_add_others(ctx, COLUMN_ON_DEMAND, "false", ids);
}

static enum result uuid_add(struct ctx *ctx, const char *text, struct word_ids *ids)
{
    struct uuid id;
    if (!uuid_parse(slice_of(text), &id)) {
        faults_add(ctx->faults, "ComputerGroups", "must be ids of groups, which are UUIDs");
        return RESULT_OK;
    }
    return word_ids_add(ctx, COLUMN_GROUP, WORD_EQUALS, id.text, ids);
}

static enum result value_add(struct ctx *ctx, const struct search_filter *filter,
                             struct slice value, struct word_ids *ids)
{
    const char *text = event_word_part(ctx->arena, value);
    if (text == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                    "the request needs more memory than it may use");
    }
    switch (filter->kind) {
    case VALUE_OS: return os_add(ctx, text, ids);
    case VALUE_FLAG: return flag_add(ctx, text, ids);
    case VALUE_UUID: return uuid_add(ctx, text, ids);
    case VALUE_TEXT: return word_ids_add(ctx, filter->column, WORD_EQUALS, text, ids);
    case VALUE_PATTERN: break;
    }
    bool pattern = strpbrk(text, "*?") != NULL;
    return word_ids_add(ctx, filter->column, pattern ? WORD_PATTERN : WORD_EQUALS, text, ids);
}

static bool is_everything(enum value_kind kind, struct slice value)
{
    return kind == VALUE_OS && (slice_is(value, "*") || slice_is_any_case(value, "all"));
}

/* `parameters`: the first of the filters. */
static enum result filter_read(struct ctx *ctx, const struct call *call,
                               const struct parameter *parameters, size_t number,
                               struct event_search *search)
{
    const struct search_filter *filter = &filters[number];
    const struct parameter *parameter = &parameters[number];
    struct values values;
    values_take(ctx, call, parameter, &values);
    if (values.count == 0) {
        if ((parameter->flags & FIELD_REQUIRED) != 0) {
            faults_add(ctx->faults, parameter->name, "is required");
        }
        return RESULT_OK;
    }
    struct event_filter *out = &search->filters[search->filter_count];
    *out = (struct event_filter){ .column = filter->column };
    for (size_t i = 0; i < values.count; i++) {
        if (is_everything(filter->kind, values.items[i])) {
            return RESULT_OK;
        }
        TRY(value_add(ctx, filter, values.items[i], &out->ids));
    }
    word_ids_close(&out->ids);
    search->filter_count++;
    return RESULT_OK;
}

static enum result filters_read(struct ctx *ctx, const struct call *call,
                                const struct parameter *parameters, struct event_search *search)
{
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        TRY(filter_read(ctx, call, parameters, i, search));
    }
    return ctx->faults->count == 0 ? RESULT_OK
                                   : fail(ctx->error, RESULT_INVALID, NULL, "%s: %s",
                                          ctx->faults->items[0].field, ctx->faults->items[0].text);
}

enum result events_search_read(struct ctx *ctx, const struct call *call,
                               struct event_search *search, int64_t *out_page)
{
    period_read(ctx, call, search);
    search->wanted = (uint32_t)number_read(ctx, call, PARAMETER_SIZE);
    *out_page = number_read(ctx, call, PARAMETER_NUMBER);
    TRY(filters_read(ctx, call, &events_search_parameters[PARAMETER_FIRST_FILTER], search));
    search->offset = (*out_page - 1) * (int64_t)search->wanted;
    return RESULT_OK;
}

enum result events_filters_read(struct ctx *ctx, const struct call *call,
                                struct event_search *search)
{
    return filters_read(
        ctx, call, &events_stream_parameters[STREAM_PARAMETER_COUNT - COUNT_OF(filters)], search);
}

/* --- the page ------------------------------------------------------------------------------------------------------- */

struct page {
    struct buffer *out;
    uint32_t written;
};

static bool page_take(void *context, const struct event_record *record)
{
    struct page *page = context;
    if (page->written++ > 0) {
        buffer_char(page->out, ',');
    }
    block_document_write(record->document, record->offset, record->ingested_us, page->out);
    return !page->out->overflow;
}

static enum result answer_write(struct ctx *ctx, const struct event_search *search, int64_t page,
                                struct event_found *found, struct reply *reply)
{
    struct json_writer writer;
    struct page written = { .out = &reply->body };
    int64_t size = search->wanted;
    TRY(event_search_run(ctx, search, found));
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_int(&writer, "pageNumber", page);
    json_member_int(&writer, "pageSize", size);
    json_member_int(&writer, "totalRecordCount", found->total);
    json_member_int(&writer, "pageCount", (found->total + size - 1) / size);
    json_key(&writer, "events");
    json_begin_array(&writer);
    TRY(event_scan_places(ctx, found, page_take, &written));
    json_end_array(&writer);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}

/* In one view of the store, so that pieces that are joined meanwhile do no harm; dropped tables are gone from every view. */
static enum result answer_try(struct ctx *ctx, const struct event_search *search, int64_t page,
                              struct event_found *found, struct reply *reply)
{
    bool own_view = !session_in_transaction(ctx->session);
    if (own_view) {
        TRY(session_begin(ctx->session, ctx->error));
    }
    buffer_reset(&reply->body);
    enum result result = answer_write(ctx, search, page, found, reply);
    if (own_view) {
        session_rollback(ctx->session);
    }
    return result;
}

enum result events_search(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct event_search *search = arena_alloc(ctx->arena, sizeof(*search));
    struct event_found *found = arena_alloc(ctx->arena, sizeof(*found));
    int64_t page = 0;
    int64_t last = 0;
    if (search == NULL || found == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the search");
    }
    TRY(event_last_ingested(ctx, &last)); /* first: the filters know all words up to it */
    TRY(events_search_read(ctx, call, search, &page));
    int64_t end_us = event_stamp_end(last, time_now_us());
    search->until_us = search->until_us < end_us ? search->until_us : end_us - 1;
    enum result result = RESULT_CONFLICT;
    for (int i = 0; i < TRIES_MAX && result == RESULT_CONFLICT; i++) {
        result = answer_try(ctx, search, page, found, reply);
    }
    return result == RESULT_CONFLICT
               ? fail(ctx->error, RESULT_BUSY, NULL, "events are being dropped; ask again")
               : result;
}
