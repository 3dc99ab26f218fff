#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/write.h"
#include "model/answers.h"
#include "model/stream.h"
#include "resource/events/ecs.h"
#include "resource/events/event_block.h"
#include "resource/events/event_partition.h"
#include "resource/events/event_scan.h"
#include "resource/events/events.h"
#include "resource/events/events_parts.h"
#include "store/store.h"

enum {
    RECORDS_MAX = 1000,
    ANSWER_BYTES_MAX = 48 * 1024 * 1024, /* of documents; fewer of them then */
    US_PER_MS = 1000
};

struct reading {
    struct ctx *ctx;
    int64_t start_us;
    size_t wanted;
    size_t bytes;
    struct event_record
        records[RECORDS_MAX + 1]; /* one more, to see whether a millisecond goes on */
    size_t count;
};

/* --- parameters ----------------------------------------------------------------------------------------------------------- */

static enum result parameters_read(struct ctx *ctx, const struct call *call, struct reading *out)
{
    const struct slice *start = call_query(call, "StartDate");
    const struct slice *size = call_query(call, "RecordSize");
    int64_t wanted = RECORDS_MAX;
    if (start == NULL || !time_parse(*start, &out->start_us, NULL)) {
        faults_add(ctx->faults, "StartDate", "Invalid Start date format.");
    }
    if (size != NULL && size->length > 0 &&
        (!slice_int64(slice_trim(*size), &wanted) || wanted < 1 || wanted > RECORDS_MAX)) {
        faults_add(ctx->faults, "RecordSize", "must be a whole number from 1 to %d", RECORDS_MAX);
    }
    out->wanted = (size_t)wanted;
    return ctx->faults->count == 0 ? RESULT_OK
                                   : fail(ctx->error, RESULT_INVALID, NULL, "%s: %s",
                                          ctx->faults->items[0].field, ctx->faults->items[0].text);
}

/* --- reading ---------------------------------------------------------------------------------------------------------------- */

static bool record_take(void *context, const struct event_record *record)
{
    struct reading *reading = context;
    reading->bytes += record->document.length;
    if (reading->bytes > ANSWER_BYTES_MAX && reading->count > 0 &&
        reading->count < reading->wanted) {
        reading->wanted = reading->count; /* this one only shows where the next answer begins */
    }
    reading->records[reading->count++] = *record;
    return reading->count <= reading->wanted;
}

static enum result records_read(struct reading *reading)
{
    struct ctx *ctx = reading->ctx;
    int64_t last = 0;
    TRY(event_last_ingested(ctx, &last));
    return event_scan(ctx, reading->start_us, event_stamp_end(last, time_now_us()), record_take,
                      reading);
}

/* Pollers go on from the millisecond after the last one they saw, so a batch never ends inside a millisecond, unless that
   one is all it has. */
static size_t records_cut(const struct reading *reading)
{
    size_t count = reading->count < reading->wanted ? reading->count : reading->wanted;
    if (reading->count <= reading->wanted) {
        return count;
    }
    int64_t next_ms = reading->records[count].ingested_us / US_PER_MS;
    size_t kept = count;
    while (kept > 0 && reading->records[kept - 1].ingested_us / US_PER_MS == next_ms) {
        kept--;
    }
    return kept == 0 ? count : kept;
}

/* GET Events/FromStartDate: by ingestion time, oldest first. */
static enum result events_from_start_date(struct ctx *ctx, const struct call *call,
                                          struct reply *reply)
{
    struct reading *reading = arena_alloc(ctx->arena, sizeof(*reading));
    struct json_writer writer;
    if (reading == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the events");
    }
    reading->ctx = ctx;
    TRY(parameters_read(ctx, call, reading));
    TRY(records_read(reading));
    size_t count = records_cut(reading);
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_int(&writer, "totalRecordsReturned", (int64_t)count);
    json_key(&writer, "events");
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buffer_char(&reply->body, ',');
        }
        const struct event_record *record = &reading->records[i];
        block_document_write(record->document, record->offset, record->ingested_us, &reply->body);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}

/* --- tables ------------------------------------------------------------------------------------------------------------------ */

/* clang-format off */
static const struct field answer_fields[] = {
    { .json = "totalRecordsReturned", .type = FIELD_INT, .flags = FIELD_REQUIRED, .summary = "Number of events in this answer" },
    { .json = "events", .type = FIELD_ARRAY, .flags = FIELD_REQUIRED, .shape = &shape_epm_ecs_event, .summary = "Events by event.ingested ascending" },
};
static const struct shape answer_shape = {
    .name = "EpmEcsEventResponseModel", .summary = "Events by ingestion time", .fields = answer_fields, .count = COUNT_OF(answer_fields),
};
static const struct parameter parameters[] = {
    { .name = "StartDate", .in = "query", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .summary = "Lower bound of the ingestion time, UTC, any ISO 8601 form, e.g. 2022-08-12T17:34:28.694Z" },
    { .name = "RecordSize", .in = "query", .type = FIELD_INT, .min = 1, .max = RECORDS_MAX, .initial = RECORDS_MAX, .summary = "Most events to return" },
};
static const struct answer answers[] = {
    { 200, ANSWER_SHAPE, &answer_shape, NULL, NULL, "The oldest events at or after the moment" }, ANSWER_400, ANSWERS_ALWAYS,
};
static const struct field page_fields[] = {
    { .json = "pageNumber", .type = FIELD_INT, .flags = FIELD_REQUIRED, .summary = "Page returned" },
    { .json = "pageSize", .type = FIELD_INT, .flags = FIELD_REQUIRED, .summary = "Page size used" },
    { .json = "totalRecordCount", .type = FIELD_INT, .flags = FIELD_REQUIRED, .summary = "Events that match" },
    { .json = "pageCount", .type = FIELD_INT, .flags = FIELD_REQUIRED, .summary = "Pages that exist; 0 when nothing matches" },
    { .json = "events", .type = FIELD_ARRAY, .flags = FIELD_REQUIRED, .shape = &shape_epm_ecs_event, .summary = "Events by event.ingested ascending" },
};
static const struct shape page_shape = {
    .name = "EpmEcsEventPagedResponse", .summary = "One page of events", .fields = page_fields, .count = COUNT_OF(page_fields),
};
static const struct answer search_answers[] = {
    { 200, ANSWER_SHAPE, &page_shape, NULL, NULL, "One page" }, ANSWER_400, ANSWER_413, ANSWERS_ALWAYS,
};
static const struct answer stream_answers[] = { STREAM_ANSWERS };
const struct route events_routes[] = {
    { .method = METHOD_GET, .path = "Events/FromStartDate", .id = "Events_FromStartDate", .tag = "Events", PERMITS("Event", "Query"),
      .summary = "Oldest events ingested at or after a moment", .area = AREA_REPORTING, .level = LEVEL_READ, .work = WORK_SLOW,
      .run = events_from_start_date, .parameters = parameters, .parameter_count = COUNT_OF(parameters),
      .answers = answers, .answer_count = COUNT_OF(answers) },
    { .method = METHOD_GET, .path = "Events/search", .id = "Events_Search", .tag = "Events", PERMITS("Event", "Query"),
      .summary = "Events that match filters, page by page", .area = AREA_REPORTING, .level = LEVEL_READ, .work = WORK_SLOW,
      .run = events_search, .parameters = events_search_parameters, .parameter_count = SEARCH_PARAMETERS,
      .answers = search_answers, .answer_count = COUNT_OF(search_answers) },
    { .method = METHOD_GET, .path = "Events/Stream", .id = "Events_Stream", .tag = "Events", PERMITS("Event", "Query"), .extension = true, .versions = API_V3,
      .summary = "Events as they come, as server-sent events", .area = AREA_REPORTING, .level = LEVEL_READ, .work = WORK_STREAM, .run = op_stream, .stream = &events_stream,
      .parameters = events_stream_parameters, .parameter_count = STREAM_PARAMETER_COUNT, .answers = stream_answers, .answer_count = COUNT_OF(stream_answers) },
};
/* clang-format on */
const size_t events_route_count = COUNT_OF(events_routes);
