#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "model/stream.h"
#include "resource/events/event_frames.h"
#include "resource/events/event_index.h"
#include "resource/events/event_partition.h"
#include "resource/events/events.h"
#include "store/store.h"

enum {
    LINE_ARENA_BYTES = 8 * 1024 * 1024,
    LINE_VALUES_MAX = 20000,
    US_PER_MS = 1000,
};

/* --- making ------------------------------------------------------------------------------------------------------------ */

struct making {
    struct ctx *ctx;
    const struct event_source *source;
    struct arena *line_arena; /* dropped after each line */
    struct frame_writer frames[EVENT_CLASSES];
    struct event_batch *batch;
};

static enum result bad_line(struct making *making, const char *why)
{
    char *field = arena_printf(making->ctx->arena, "line %" PRId64, making->batch->line_count);
    return fail(making->ctx->error, RESULT_INVALID, field == NULL ? "line" : field,
                "line %" PRId64 " %s", making->batch->line_count, why);
}

static enum result line_take(struct making *making, struct slice line, int64_t last_stored)
{
    static const struct json_limits limits = { .depth_max = EVENT_DEPTH_MAX,
                                               .values_max = LINE_VALUES_MAX };
    const struct json *event = NULL;
    struct error why = { .field = NULL };
    struct event_batch *batch = making->batch;
    int64_t sequence = making->source->first_sequence + batch->line_count;
    batch->line_count++;
    if (batch->line_count > EVENT_LINES_MAX) {
        return fail(making->ctx->error, RESULT_TOO_LARGE, NULL, "a batch has at most %d lines",
                    EVENT_LINES_MAX);
    }
    if (sequence <= last_stored) {
        batch->skipped++;
        return RESULT_OK;
    }
    if (slice_is(line, "null")) { /* the agent dropped this one and says so */
        batch->dropped++;
        return RESULT_OK;
    }
    if (line.length > EVENT_LINE_BYTES_MAX) {
        return bad_line(making, "is longer than an event may be (262144 bytes)");
    }
    arena_reset(making->line_arena);
    if (json_parse(making->line_arena, line, &limits, &event, &why) != RESULT_OK) {
        return bad_line(making, why.text);
    }
    if (event->type != JSON_OBJECT) {
        return bad_line(making, "is no JSON object");
    }
    const struct document_marks marks = {
        .computer_id = making->source->computer_id,
        .group_id = making->source->group_id,
        .tenant_id = making->ctx->rules->tenant_id,
        .received_us = making->ctx->now_us,
        .sequence = sequence,
    };
    enum event_class class = event_class_of(event);
    block_add(&making->frames[class].block, event, &marks);
    if (!event_index_add(batch->index, making->line_arena, class, (uint32_t)batch->count, event,
                         marks.group_id)) {
        return fail(making->ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the batch");
    }
    batch->count++;
    return frames_added(&making->frames[class], making->ctx->error);
}

static enum result lines_take(struct making *making, struct slice lines, int64_t last_stored)
{
    struct slice rest = lines;
    enum result result = RESULT_OK;
    while (result == RESULT_OK && rest.length > 0) {
        struct slice line = slice_trim(slice_cut(&rest, '\n'));
        result = line.length > 0 ? line_take(making, line, last_stored) : RESULT_OK;
    }
    if (result == RESULT_OK && making->batch->line_count == 0) {
        return fail(making->ctx->error, RESULT_INVALID, "body", "the batch has no event");
    }
    return result;
}

static enum result batch_pack(struct making *making, struct slice lines, int64_t last_stored)
{
    struct event_batch *batch = making->batch;
    for (size_t i = 0; i < EVENT_CLASSES; i++) {
        frames_begin(&making->frames[i], making->ctx->arena);
    }
    enum result result = lines_take(making, lines, last_stored);
    for (size_t i = 0; i < EVENT_CLASSES; i++) {
        if (result == RESULT_OK && batch->index->parts[i].count > 0) {
            result = frames_end(&making->frames[i], &batch->packed[i], making->ctx->error);
        }
        frames_done(&making->frames[i]);
    }
    return result;
}

static enum result sequence_read(struct ctx *ctx, const char *computer_id, int64_t *out)
{
    enum result result = store_int(
        ctx->session, out, ctx->error,
        "SELECT last_sequence FROM computer_stream WHERE computer_id = $1", "t", computer_id);
    return result == RESULT_NOT_FOUND
               ? fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no such computer")
               : result;
}

enum result event_batch_make(struct ctx *ctx, const struct event_source *source, struct slice lines,
                             struct event_batch *out)
{
    int64_t last_stored = 0;
    TRY(sequence_read(ctx, source->computer_id, &last_stored));
    *out = (struct event_batch){
        .source = *source,
        .index = arena_alloc(ctx->arena, sizeof(struct event_index)),
        .packed = arena_alloc(ctx->arena, EVENT_CLASSES * sizeof(struct slice)),
    };
    struct making making = {
        .ctx = ctx, .source = source, .line_arena = arena_new(LINE_ARENA_BYTES), .batch = out
    };
    if (making.line_arena == NULL || out->index == NULL || out->packed == NULL ||
        !event_index_init(out->index, ctx->arena)) {
        arena_free(making.line_arena);
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the batch");
    }
    enum result result = batch_pack(&making, lines, last_stored);
    arena_free(making.line_arena);
    TRY(result);
    return event_words_look(ctx, &out->index->words);
}

/* --- storing ------------------------------------------------------------------------------------------------------------ */

static int64_t next_millisecond(int64_t moment_us)
{
    return (moment_us / US_PER_MS + 1) * US_PER_MS;
}

int64_t event_stamp_first(int64_t last_us, int64_t now_us)
{
    int64_t next_us = next_millisecond(last_us);
    int64_t lead_us = next_us - now_us;
    if (lead_us <= 0) {
        return now_us;
    }
    bool shares = lead_us >= EVENT_STAMP_LEAD_US_MAX && lead_us < EVENT_CLOCK_STEP_US;
    return shares ? last_us + EVENT_STAMP_STEP_US : next_us;
}

int64_t event_stamp_end(int64_t last_us, int64_t now_us)
{
    int64_t lead_us = next_millisecond(last_us) - now_us;
    bool goes_on =
        lead_us >= EVENT_STAMP_LEAD_US_MAX / 2 && lead_us < INT64_C(2) * EVENT_CLOCK_STEP_US;
    return goes_on ? last_us / US_PER_MS * US_PER_MS : last_us + 1;
}

static enum result block_insert(struct ctx *ctx, const struct event_batch *batch,
                                enum event_class class, int64_t first_sequence,
                                const struct piece_run *runs, size_t run_count)
{
    const struct event_part *part = &batch->index->parts[class];
    struct buffer text; /* nothing when one event follows the other, as usual */
    buffer_init(&text, PIECE_EVENTS_MAX);
    if (run_count > 1) {
        piece_runs_write(runs, run_count, &text);
    }
    enum result result =
        text.overflow
            ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the batch")
            : store_run(ctx->session, ctx->error,
                        "INSERT INTO event_block (class_no, first_ingested, last_ingested,"
                        " event_count, computer_id, first_sequence, runs, packed)"
                        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                        "iiiitibb", (int64_t) class, runs[0].first_us,
                        piece_runs_stamp(runs, run_count, part->count - 1), (int64_t)part->count,
                        batch->source.computer_id, first_sequence,
                        text.length == 0 ? SLICE("") : buffer_slice(&text), batch->packed[class]);
    buffer_done(&text);
    return result;
}

/* A block for each class that the batch has; each event keeps the stamp of its place in the batch, so that those of a computer stay
   in their order whatever class they are of. */
static enum result blocks_insert(struct ctx *ctx, const struct event_batch *batch,
                                 int64_t first_sequence, int64_t lost)
{
    const uint32_t *word_ids = NULL;
    int64_t first = 0;
    TRY(event_stamps_take(ctx, batch->count, lost,
                          &first)); /* first: it lets in one writer at a time */
    TRY(event_words_store(ctx, &batch->index->words,
                          first + (batch->count - 1) * EVENT_STAMP_STEP_US, &word_ids));
    for (int i = 0; i < EVENT_CLASSES; i++) {
        enum event_class class = (enum event_class)i;
        const struct event_part *part = &batch->index->parts[class];
        size_t run_count = 0;
        if (part->count == 0) {
            continue;
        }
        struct piece_run *runs = event_part_runs(ctx->arena, part, first, &run_count);
        if (runs == NULL) {
            return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the batch");
        }
        TRY(block_insert(ctx, batch, class, first_sequence, runs, run_count));
        TRY(event_index_store(ctx, batch->index, class, word_ids, runs, run_count));
    }
    return RESULT_OK;
}

static enum result came_between(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_BUSY, NULL, "another batch of this computer came in between");
}

enum result event_batch_store(struct ctx *ctx, const struct event_batch *batch,
                              struct event_stored *out)
{
    const char *id = batch->source.computer_id;
    int64_t last = 0;
    TRY(sequence_read(ctx, id, &last));
    int64_t first_new = batch->source.first_sequence + batch->skipped;
    int64_t end = batch->source.first_sequence + batch->line_count - 1;
    *out = (struct event_stored){ .next_sequence = last + 1, .repeated = batch->line_count };
    if (end <= last) {
        return store_run(ctx->session, ctx->error,
                         "UPDATE computer_stream SET repeated_count = repeated_count + $2"
                         " WHERE computer_id = $1",
                         "ti", id, batch->line_count);
    }
    if (first_new <= last) {
        return came_between(ctx);
    }
    *out = (struct event_stored){ .next_sequence = end + 1,
                                  .stored = batch->count,
                                  .repeated = batch->skipped,
                                  .lost = first_new - last - 1 + batch->dropped };
    TRY(store_run(
        ctx->session, ctx->error,
        "UPDATE computer_stream SET last_sequence = $2, stored_count = stored_count + $3,"
        " " EVENT_COUNT_PLUS("lost_count", "$4") ", repeated_count = repeated_count + $5"
                                                 " WHERE computer_id = $1 AND last_sequence = $6",
        "tiiiii", id, end, out->stored, out->lost, out->repeated, last));
    if (session_affected(ctx->session) != 1) {
        return came_between(ctx); /* another server's writer was faster */
    }
    if (batch->count > 0) {
        ctx_wake(ctx, WAKE_FEED, STREAM_EVENTS);
        return blocks_insert(ctx, batch, first_new, out->lost);
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE event_clock SET " EVENT_COUNT_PLUS("lost_count", "$1") " WHERE id = 1",
                     "i", out->lost);
}
