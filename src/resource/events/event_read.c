/* Events for others than the API: from a position on, all of them or those that a search would find. */
#include <assert.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "resource/events/event_block.h"
#include "resource/events/event_partition.h"
#include "resource/events/event_scan.h"
#include "resource/events/events.h"
#include "resource/events/events_parts.h"
#include "store/store.h"

enum { TRIES_MAX = 10 };

struct reading {
    struct ctx *ctx;
    struct event_item *items;
    size_t items_max, bytes_max;
    size_t count, bytes;
    enum result result;
};

/* A text of JSON at the start of `rest`, behind `before`, as it stands between its quotes. */
static bool text_cut(struct slice *rest, const char *before, struct slice *out)
{
    struct slice lead = slice_of(before);
    if (rest->length < lead.length ||
        !slice_equal((struct slice){ rest->text, lead.length }, lead)) {
        return false;
    }
    size_t end = lead.length;
    while (end < rest->length && rest->text[end] != '"') {
        end += rest->text[end] == '\\' ? 2 : 1;
    }
    if (end >= rest->length) {
        return false;
    }
    *out = (struct slice){ rest->text + lead.length, end - lead.length };
    *rest = (struct slice){ rest->text + end, rest->length - end };
    return true;
}

static bool has_escape(struct slice text)
{
    struct slice rest = text;
    return slice_cut(&rest, '\\').length < text.length;
}

static enum result id_decode(struct ctx *ctx, struct slice *id)
{
    const struct json *value = NULL;
    if (!has_escape(*id)) {
        return RESULT_OK;
    }
    TRY(json_parse(ctx->arena, (struct slice){ id->text - 1, id->length + 2 }, &json_limits_usual,
                   &value, ctx->error));
    *id = value->text;
    return RESULT_OK;
}

/* Every document begins with its time and its id: block_add writes them first. */
static enum result item_names(struct ctx *ctx, struct event_item *item)
{
    struct slice rest = item->json;
    struct slice moment;
    if (!text_cut(&rest, "{\"@timestamp\":\"", &moment) ||
        !text_cut(&rest, "\",\"event\":{\"id\":\"", &item->id)) {
        return fail(ctx->error, RESULT_BROKEN, NULL, "an event block is damaged");
    }
    if (!time_parse(moment, &item->time_us, NULL)) {
        item->time_us = item->position;
    }
    return id_decode(ctx, &item->id);
}

static enum result item_take(struct reading *reading, const struct event_record *record)
{
    struct ctx *ctx = reading->ctx;
    struct event_item *item = &reading->items[reading->count];
    struct buffer text;
    buffer_init(&text, record->document.length + 1);
    block_document_write(record->document, record->offset, record->ingested_us, &text);
    char *copy = text.overflow ? NULL : arena_strndup(ctx->arena, text.bytes, text.length);
    *item =
        (struct event_item){ .position = record->ingested_us,
                             .computer_id = slice_of(arena_strdup(ctx->arena, record->computer_id)),
                             .json = { copy, text.length } };
    buffer_done(&text);
    if (copy == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the events");
    }
    return item_names(ctx, item);
}

static bool reading_take(void *context, const struct event_record *record)
{
    struct reading *reading = context;
    if (reading->count > 0 && reading->bytes + record->document.length > reading->bytes_max) {
        return false;
    }
    reading->bytes += record->document.length;
    reading->result = item_take(reading, record);
    reading->count++;
    return reading->result == RESULT_OK && reading->count < reading->items_max;
}

enum result events_read_after(struct ctx *ctx, int64_t position, size_t items_max, size_t bytes_max,
                              struct event_item *out, size_t *out_count)
{
    struct reading reading = {
        .ctx = ctx, .items = out, .items_max = items_max, .bytes_max = bytes_max
    };
    assert(items_max > 0);
    assert(position >= 0);
    TRY(event_scan(ctx, position + 1, INT64_MAX, reading_take, &reading));
    TRY(reading.result);
    *out_count = reading.count;
    return RESULT_OK;
}

/* --- queries ---------------------------------------------------------------------------------------------------------- */

struct event_query {
    struct event_search search;
    struct event_found found;
    int64_t position; /* goes on behind this stamp */
    int64_t
        window_us; /* that is searched at once: what has nothing widens it, what has much narrows it */
};

enum result events_query_open(struct ctx *ctx, const struct query_pair *pairs, size_t count,
                              struct event_query **out)
{
    struct event_query *query = arena_alloc(ctx->arena, sizeof(*query));
    const struct call call = { .query = pairs, .query_count = count, .raw_file = -1 };
    int64_t page = 0;
    int64_t last = 0;
    if (query == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the events");
    }
    TRY(event_last_ingested(ctx, &last)); /* first: the filters know all words up to it */
    TRY(events_search_read(ctx, &call, &query->search, &page));
    query->search.until_us = query->search.until_us < last ? query->search.until_us : last;
    query->position = query->search.from_us - 1;
    query->window_us = US_PER_DAY / 24;
    *out = query;
    return RESULT_OK;
}

enum result events_query_follow(struct ctx *ctx, const struct call *call, int64_t position,
                                struct event_query **out)
{
    struct event_query *query = arena_alloc(ctx->arena, sizeof(*query));
    if (query == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the events");
    }
    TRY(event_last_ingested(ctx, &query->search.until_us));
    TRY(events_filters_read(ctx, call, &query->search)); /* second: see events_query_open */
    query->position = position;
    query->window_us = US_PER_DAY / 24;
    *out = query;
    return RESULT_OK;
}

int64_t events_query_position(const struct event_query *query, bool *out_more)
{
    *out_more = query->position < query->search.until_us;
    return query->position;
}

bool events_query_has(struct slice name)
{
    for (size_t i = 0; i < SEARCH_PARAMETERS; i++) {
        if (parameter_has_name(&events_search_parameters[i], name)) {
            return true;
        }
    }
    return false;
}

void events_query_move(struct event_query *query, int64_t position)
{
    query->position = position > query->position ? position : query->position;
}

/* One look at the index, in one view of the store. */
static enum result query_look(struct ctx *ctx, const struct event_query *query, int64_t until_us,
                              uint32_t wanted, struct event_found *found, struct reading *reading)
{
    struct event_search search = query->search;
    search.from_us = query->position + 1;
    search.until_us = until_us;
    search.offset = 0;
    search.wanted = wanted;
    TRY(session_begin(ctx->session, ctx->error));
    enum result result = event_search_run(ctx, &search, found);
    if (result == RESULT_OK && reading != NULL) {
        result = event_scan_places(ctx, found, reading_take, reading);
    }
    session_rollback(ctx->session);
    return result;
}

static enum result query_try(struct ctx *ctx, const struct event_query *query, int64_t until_us,
                             struct event_found *found, struct reading *reading)
{
    size_t most = reading == NULL ? 1 : reading->items_max;
    uint32_t wanted = most < SEARCH_PAGE_MAX ? (uint32_t)most : SEARCH_PAGE_MAX;
    enum result result = RESULT_CONFLICT;
    for (int i = 0; i < TRIES_MAX && result == RESULT_CONFLICT; i++) {
        if (reading != NULL) {
            reading->count = 0;
            reading->bytes = 0;
        }
        result = query_look(ctx, query, until_us, wanted, found, reading);
    }
    return result;
}

enum result events_query_count(struct ctx *ctx, struct event_query *query, int64_t *out)
{
    TRY(query_try(ctx, query, query->search.until_us, &query->found, NULL));
    *out = query->found.total;
    return RESULT_OK;
}

/* Without a filter there is no need to look at the index. */
static enum result query_scan(struct ctx *ctx, const struct event_query *query,
                              struct reading *reading)
{
    return event_scan(ctx, query->position + 1, query->search.until_us + 1, reading_take, reading);
}

static enum result query_search(struct ctx *ctx, struct event_query *query, struct reading *reading)
{
    const int64_t until_us = query->search.until_us;
    while (reading->count == 0 && query->position < until_us) {
        bool rest = until_us - query->position <= query->window_us;
        int64_t end_us = rest ? until_us : query->position + query->window_us;
        TRY(query_try(ctx, query, end_us, &query->found, reading));
        if (query->found.total == 0) {
            query->position = end_us;
            query->window_us *= 2;
        } else if (query->found.total > INT64_C(4) * SEARCH_PAGE_MAX &&
                   query->window_us > US_PER_SECOND) {
            query->window_us /= 2;
        }
    }
    return RESULT_OK;
}

enum result events_query_next(struct ctx *ctx, struct event_query *query, size_t items_max,
                              size_t bytes_max, struct event_item *out, size_t *out_count)
{
    struct reading reading = {
        .ctx = ctx, .items = out, .items_max = items_max, .bytes_max = bytes_max
    };
    assert(items_max > 0);
    TRY(query->search.filter_count == 0 ? query_scan(ctx, query, &reading)
                                        : query_search(ctx, query, &reading));
    TRY(reading.result);
    if (reading.count > 0) {
        query->position = out[reading.count - 1].position;
    }
    *out_count = reading.count;
    return RESULT_OK;
}
