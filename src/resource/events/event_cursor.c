#include "resource/events/event_cursor.h"

#include "base/arena.h"
#include "model/operation.h"
#include "resource/events/events.h"
#include "store/store.h"

static enum result damaged(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_BROKEN, NULL, "an event block is damaged");
}

static enum result runs_open(struct event_cursor *cursor, struct slice bytes)
{
    if (bytes.length > 0) {
        bool good = piece_runs_read(cursor->arena, bytes, &cursor->runs, &cursor->run_count);
        const struct piece_run *last = good ? &cursor->runs[cursor->run_count - 1] : NULL;
        return good && last->start + last->count == cursor->event_count ? RESULT_OK
                                                                        : damaged(cursor->ctx);
    }
    cursor->runs = arena_alloc(cursor->arena, sizeof(*cursor->runs));
    if (cursor->runs == NULL) {
        return fail(cursor->ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the events");
    }
    cursor->runs[0] = (struct piece_run){ cursor->first_us, 0, cursor->event_count };
    cursor->run_count = 1;
    return RESULT_OK;
}

enum result event_cursor_open(struct ctx *ctx, struct arena *arena, const struct statement *row,
                              struct event_cursor *out)
{
    struct slice packed = statement_bytes(row, 4);
    char *copy = arena_strndup(arena, packed.text, packed.length);
    *out = (struct event_cursor){
        .ctx = ctx,
        .arena = arena,
        .first_us = statement_int(row, 0),
        .last_us = statement_int(row, 1),
        .event_count = (uint32_t)statement_int(row, 2),
    };
    if (copy == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the events");
    }
    if (out->event_count < 1 || out->event_count > EVENT_LINES_MAX ||
        !frames_open(&out->frames, (struct slice){ copy, packed.length })) {
        return damaged(ctx);
    }
    return runs_open(out, statement_bytes(row, 3));
}

/* Takes the event with this number in hand. */
static enum result event_reach(struct event_cursor *cursor, uint32_t index)
{
    while (cursor->frame_end <= index) {
        if (!frames_next(&cursor->frames, &cursor->frame)) {
            return damaged(cursor->ctx);
        }
        cursor->opened = false;
        cursor->frame_start = cursor->frame_end;
        cursor->frame_end += cursor->frame.event_count;
    }
    if (!cursor->opened) {
        TRY(frame_open(cursor->arena, &cursor->frame, &cursor->block, cursor->ctx->error));
        cursor->opened = true;
        cursor->next = cursor->frame_start;
    }
    for (; cursor->next <= index; cursor->next++) {
        if (!block_next(&cursor->block, &cursor->document, &cursor->offset)) {
            return damaged(cursor->ctx);
        }
    }
    return RESULT_OK;
}

enum result event_cursor_seek(struct event_cursor *cursor, int64_t moment_us)
{
    uint32_t index = piece_runs_before(cursor->runs, cursor->run_count, moment_us);
    cursor->ended = index == cursor->event_count;
    if (cursor->ended) {
        return RESULT_OK;
    }
    cursor->stamp_us = piece_runs_stamp(cursor->runs, cursor->run_count, index);
    return event_reach(cursor, index);
}
