#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/write.h"
#include "model/answers.h"
#include "resource/events/ecs.h"
#include "resource/events/event_frames.h"
#include "resource/events/events.h"
#include "resource/events/events_parts.h"
#include "store/store.h"

enum {
    RECORDS_MAX = 1000,
    ANSWER_BYTES_MAX = 48 * 1024 * 1024, /* of documents; fewer of them then */
    US_PER_MS = 1000
};

struct record {
    struct slice document;
    uint32_t offset;
    int64_t ingested_us;
};

struct reading {
    struct ctx *ctx;
    int64_t start_us, end_us; /* up to, but without, the end */
    size_t wanted;
    size_t bytes;
    struct record records[RECORDS_MAX + 1]; /* one more, to see whether a millisecond goes on */
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

static void record_take(struct reading *reading, const struct record *record)
{
    reading->bytes += record->document.length;
    if (reading->bytes > ANSWER_BYTES_MAX && reading->count > 0 &&
        reading->count < reading->wanted) {
        reading->wanted = reading->count; /* this one only shows where the next answer begins */
    }
    reading->records[reading->count++] = *record;
}

static bool reading_goes_on(const struct reading *reading, int64_t ingested_us)
{
    return reading->count <= reading->wanted && ingested_us < reading->end_us;
}

static enum result frame_take(struct reading *reading, const struct frame *frame, int64_t first_us)
{
    struct block_reader reader;
    TRY(frame_open(reading->ctx->arena, frame, &reader, reading->ctx->error));
    struct record record = { .ingested_us = first_us };
    while (reading_goes_on(reading, record.ingested_us) &&
           block_next(&reader, &record.document, &record.offset)) {
        if (record.ingested_us >= reading->start_us) {
            record_take(reading, &record);
        }
        record.ingested_us += EVENT_STAMP_STEP_US;
    }
    return RESULT_OK;
}

static enum result block_take(struct reading *reading, int64_t first_us, struct slice packed)
{
    struct frame_reader reader;
    struct frame frame;
    if (!frames_open(&reader, packed)) {
        return fail(reading->ctx->error, RESULT_BROKEN, NULL, "an event block is damaged");
    }
    while (reading_goes_on(reading, first_us) && frames_next(&reader, &frame)) {
        int64_t next_us = first_us + (int64_t)frame.event_count * EVENT_STAMP_STEP_US;
        if (next_us > reading->start_us) {
            TRY(frame_take(reading, &frame, first_us));
        }
        first_us = next_us;
    }
    return RESULT_OK;
}

static enum result blocks_read(struct reading *reading)
{
    struct ctx *ctx = reading->ctx;
    struct statement *rows = NULL;
    bool row = false;
    int64_t last = 0;
    TRY(store_int(ctx->session, &last, ctx->error,
                  "SELECT COALESCE(MAX(last_ingested), 0) FROM event_block", ""));
    reading->end_us = event_stamp_end(last, time_now_us());
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT first_ingested, packed FROM event_block WHERE last_ingested >= $1"
                   " AND first_ingested < $2 ORDER BY last_ingested LIMIT $3",
                   "iii", reading->start_us, reading->end_us, (int64_t)reading->wanted + 1));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && reading->count <= reading->wanted) {
        result = block_take(reading, statement_int(rows, 0), statement_bytes(rows, 1));
        if (result == RESULT_OK && reading->count <= reading->wanted) {
            result = statement_step(rows, &row, ctx->error);
        }
    }
    statement_reset(rows);
    return result;
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
    TRY(blocks_read(reading));
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
        const struct record *record = &reading->records[i];
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
const struct route events_routes[] = {
    { .method = METHOD_GET, .path = "Events/FromStartDate", .id = "Events_FromStartDate", .tag = "Events", PERMITS("Event", "Query"),
      .summary = "Oldest events ingested at or after a moment", .area = AREA_REPORTING, .level = LEVEL_READ, .work = WORK_SLOW,
      .run = events_from_start_date, .parameters = parameters, .parameter_count = COUNT_OF(parameters),
      .answers = answers, .answer_count = COUNT_OF(answers) },
    { .method = METHOD_GET, .path = "Events/search", .id = "Events_Search", .tag = "Events", PERMITS("Event", "Query"),
      .summary = "Events that match filters, page by page", .area = AREA_REPORTING, .level = LEVEL_READ, .work = WORK_SLOW,
      .run = events_search, .parameters = events_search_parameters, .parameter_count = SEARCH_PARAMETERS,
      .answers = search_answers, .answer_count = COUNT_OF(search_answers) },
};
/* clang-format on */
const size_t events_route_count = COUNT_OF(events_routes);
