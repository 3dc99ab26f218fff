#include "resource/events/event_scan.h"

#include <assert.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "model/operation.h"
#include "resource/events/event_class.h"
#include "resource/events/event_cursor.h"
#include "resource/events/events.h"
#include "store/store.h"

enum {
    BLOCKS_AT_ONCE = 16,
    BATCH_SPAN_US = EVENT_LINES_MAX * EVENT_STAMP_STEP_US, /* a block ends before this is over */
};

struct scan {
    struct ctx *ctx;
    int64_t from_us, end_us;
    event_take *take;
    void *context;
    bool enough;
    int64_t last_us; /* of the last block that was read */
    size_t rows;     /* of the present statement */
    /* The blocks of a batch, one a class: their events go one between the other. Batches never overlap. */
    struct event_cursor blocks[EVENT_CLASSES];
    const char *computers[EVENT_CLASSES];
    size_t count;
    int64_t batch_end_us;
};

static enum result damaged(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_BROKEN, NULL, "an event block is damaged");
}

static size_t next_block(const struct scan *scan)
{
    size_t next = scan->count;
    for (size_t i = 0; i < scan->count; i++) {
        if (!scan->blocks[i].ended &&
            (next == scan->count || scan->blocks[i].stamp_us < scan->blocks[next].stamp_us)) {
            next = i;
        }
    }
    return next;
}

static enum result batch_scan(struct scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        TRY(event_cursor_seek(&scan->blocks[i], scan->from_us));
    }
    for (size_t i = next_block(scan); i < scan->count && !scan->enough; i = next_block(scan)) {
        struct event_cursor *block = &scan->blocks[i];
        if (block->stamp_us >= scan->end_us) {
            break;
        }
        const struct event_record record = { block->stamp_us, scan->computers[i], block->document,
                                             block->offset };
        scan->enough = !scan->take(scan->context, &record);
        TRY(event_cursor_seek(block, block->stamp_us + 1));
    }
    scan->count = 0;
    return RESULT_OK;
}

static enum result block_take(struct scan *scan, const struct statement *row)
{
    struct ctx *ctx = scan->ctx;
    scan->rows++;
    scan->last_us = statement_int(row, 0);
    if (scan->count > 0 && scan->last_us > scan->batch_end_us) {
        TRY(batch_scan(scan));
    }
    if (statement_int(row, 1) < scan->from_us || scan->enough) {
        return RESULT_OK;
    }
    if (scan->count == EVENT_CLASSES) {
        return damaged(ctx);
    }
    scan->computers[scan->count] = slice_dup(ctx->arena, statement_text(row, 5));
    if (scan->computers[scan->count] == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the events");
    }
    struct event_cursor *block = &scan->blocks[scan->count++];
    TRY(event_cursor_open(ctx, ctx->arena, row, block));
    bool later = scan->count == 1 || block->last_us > scan->batch_end_us;
    scan->batch_end_us = later ? block->last_us : scan->batch_end_us;
    return RESULT_OK;
}

static enum result blocks_scan(struct scan *scan)
{
    struct ctx *ctx = scan->ctx;
    struct statement *rows = NULL;
    bool row = false;
    scan->rows = 0;
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT " EVENT_CURSOR_COLUMNS ", computer_id FROM event_block"
                   " WHERE first_ingested > $1 AND first_ingested < $2"
                   " ORDER BY first_ingested LIMIT $3",
                   "iii", scan->last_us, scan->end_us, (int64_t)BLOCKS_AT_ONCE));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && !scan->enough) {
        result = block_take(scan, rows);
        if (result == RESULT_OK && !scan->enough) {
            result = statement_step(rows, &row, ctx->error);
        }
    }
    statement_reset(rows);
    return result;
}

enum result event_scan(struct ctx *ctx, int64_t from_us, int64_t end_us, event_take *take,
                       void *context)
{
    struct scan scan = { .ctx = ctx,
                         .from_us = from_us,
                         .end_us = end_us,
                         .take = take,
                         .context = context,
                         .last_us = from_us < INT64_MIN / 2 ? from_us : from_us - BATCH_SPAN_US,
                         .rows = BLOCKS_AT_ONCE };
    while (!scan.enough && scan.rows == BLOCKS_AT_ONCE) {
        TRY(blocks_scan(&scan));
    }
    return scan.enough ? RESULT_OK : batch_scan(&scan);
}

/* --- for others ------------------------------------------------------------------------------------------------------ */

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
        return damaged(ctx);
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
    *item = (struct event_item){ .position = record->ingested_us,
                                 .computer_id = slice_of(record->computer_id),
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
