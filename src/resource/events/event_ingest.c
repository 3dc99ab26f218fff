#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "resource/events/event_frames.h"
#include "resource/events/event_index.h"
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
    struct frame_writer frames;
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
    block_add(&making->frames.block, event, &marks);
    batch->count++;
    if (!event_index_add(batch->index, making->line_arena, event, marks.group_id)) {
        return fail(making->ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the batch");
    }
    return frames_added(&making->frames, making->ctx->error);
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
    *out = (struct event_batch){ .source = *source,
                                 .index = arena_alloc(ctx->arena, sizeof(struct event_index)) };
    struct making making = {
        .ctx = ctx, .source = source, .line_arena = arena_new(LINE_ARENA_BYTES), .batch = out
    };
    if (making.line_arena == NULL || out->index == NULL ||
        !event_index_init(out->index, ctx->arena)) {
        arena_free(making.line_arena);
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the batch");
    }
    frames_begin(&making.frames, ctx->arena);
    enum result result = lines_take(&making, lines, last_stored);
    if (result == RESULT_OK && out->count > 0) {
        result = frames_end(&making.frames, &out->packed, ctx->error);
    }
    frames_done(&making.frames);
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
                                int64_t first_sequence)
{
    int64_t last = 0;
    /* With several writers, commits happen in the order of the stamps only if one at a time makes them. */
    TRY(event_lock(ctx, EVENT_LOCK_STAMPS));
    TRY(store_int(ctx->session, &last, ctx->error,
                  "SELECT COALESCE(MAX(last_ingested), 0) FROM event_block", ""));
    int64_t first = event_stamp_first(last, time_now_us());
    last = first + (batch->count - 1) * EVENT_STAMP_STEP_US;
    TRY(store_run(
        ctx->session, ctx->error,
        "INSERT INTO event_block (first_ingested, last_ingested, event_count, computer_id,"
        " first_sequence, packed) VALUES ($1, $2, $3, $4, $5, $6)",
        "iiitib", first, last, batch->count, batch->source.computer_id, first_sequence,
        batch->packed));
    return event_index_store(ctx, batch->index, first, last);
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
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer_stream SET last_sequence = $2, stored_count = stored_count + $3,"
                  " lost_count = lost_count + $4, repeated_count = repeated_count + $5"
                  " WHERE computer_id = $1 AND last_sequence = $6",
                  "tiiiii", id, end, out->stored, out->lost, out->repeated, last));
    if (session_affected(ctx->session) != 1) {
        return came_between(ctx); /* another server's writer was faster */
    }
    return batch->count == 0 ? RESULT_OK : block_insert(ctx, batch, first_new);
}
