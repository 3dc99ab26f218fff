#include "resource/events/event_scan.h"

#include "base/arena.h"
#include "model/operation.h"
#include "resource/events/event_class.h"
#include "resource/events/event_cursor.h"
#include "resource/events/events.h"
#include "store/store.h"

enum {
    BLOCKS_AT_ONCE = 16,
    BLOCK_ARENA_BYTES = 512 * 1024 * 1024,
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

/* --- events at known places ------------------------------------------------------------------------------------------- */

/* The block of a class from which the last event came; the next one may be in it as well. */
struct place_block {
    struct event_cursor cursor;
    struct arena *arena;
    const char *computer_id;
    bool opened;
};

static enum result place_open(struct ctx *ctx, struct place_block *block,
                              const struct event_place *place)
{
    struct statement *row = NULL;
    if (block->opened && place->stamp_us <= block->cursor.last_us) {
        return RESULT_OK;
    }
    arena_reset(block->arena);
    block->opened = false;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT " EVENT_CURSOR_COLUMNS ", computer_id FROM event_block"
                  " WHERE class_no = $1 AND first_ingested <= $2 AND first_ingested > $3"
                  " ORDER BY first_ingested DESC LIMIT 1",
                  "iii", (int64_t)place->class, place->stamp_us, place->stamp_us - BATCH_SPAN_US));
    enum result result = event_cursor_open(ctx, block->arena, row, &block->cursor);
    block->computer_id = slice_dup(block->arena, statement_text(row, 5));
    statement_reset(row);
    block->opened = result == RESULT_OK && block->computer_id != NULL;
    return result != RESULT_OK || block->opened
               ? result
               : fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the events");
}

static enum result place_take(struct ctx *ctx, struct place_block *block,
                              const struct event_place *place, struct event_record *out)
{
    struct event_cursor *cursor = &block->cursor;
    enum result result = place_open(ctx, block, place);
    if (result == RESULT_OK) {
        TRY(event_cursor_seek(cursor, place->stamp_us));
        if (!cursor->ended && cursor->stamp_us == place->stamp_us) {
            *out = (struct event_record){ cursor->stamp_us, block->computer_id, cursor->document,
                                          cursor->offset };
            return RESULT_OK;
        }
        result = RESULT_NOT_FOUND;
    }
    return result != RESULT_NOT_FOUND
               ? result
               : fail(ctx->error, RESULT_CONFLICT, NULL, "events were dropped meanwhile");
}

enum result event_scan_places(struct ctx *ctx, const struct event_found *found, event_take *take,
                              void *context)
{
    struct place_block blocks[EVENT_CLASSES] = { { .arena = NULL } };
    enum result result = RESULT_OK;
    bool more = true;
    for (size_t i = 0; i < EVENT_CLASSES; i++) {
        blocks[i].arena = arena_new(BLOCK_ARENA_BYTES);
        if (blocks[i].arena == NULL) {
            result = fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the events");
        }
    }
    for (uint32_t i = 0; i < found->count && more && result == RESULT_OK; i++) {
        const struct event_place *place = &found->places[i];
        struct event_record record;
        result = place_take(ctx, &blocks[place->class], place, &record);
        more = result == RESULT_OK && take(context, &record);
    }
    for (size_t i = 0; i < EVENT_CLASSES; i++) {
        arena_free(blocks[i].arena);
    }
    return result;
}
