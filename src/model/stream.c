#include "model/stream.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "model/operation.h"
#include "model/row_feed.h"

enum {
    LOOK_US = 1000 * 1000,      /* between looks at what other servers have stored */
    BEAT_US = 15 * 1000 * 1000, /* at least so often a client hears of us, and we of its end */
    RETRY_MS = 2000,            /* how long clients wait before they come again */
};

/* --- sources -------------------------------------------------------------------------------------------- */

enum result stream_newest(struct ctx *ctx, const struct stream_source *source, int64_t *out)
{
    return source->rows == NULL ? source->newest(ctx, out)
                                : row_feed_newest(ctx, source->rows, out);
}

enum result stream_at(struct ctx *ctx, const struct stream_source *source, int64_t moment_us,
                      int64_t *out)
{
    return source->rows == NULL ? source->at(ctx, moment_us, out)
                                : row_feed_at(ctx, source->rows, moment_us, out);
}

static enum result rows_read(struct ctx *ctx, const struct row_feed *feed, int64_t position,
                             struct stream_batch *out)
{
    struct feed_item *rows = NULL;
    TRY(row_feed_read(ctx, feed, position, STREAM_ITEMS_MAX, STREAM_BYTES_MAX, &rows, &out->count));
    struct stream_item *items = arena_alloc(ctx->arena, (out->count + 1) * sizeof(*items));
    if (items == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the stream");
    }
    for (size_t i = 0; i < out->count; i++) {
        items[i] = (struct stream_item){ rows[i].position, rows[i].json };
    }
    out->items = items;
    out->position = out->count == 0 ? position : items[out->count - 1].position;
    out->more = out->count > 0;
    return RESULT_OK;
}

static enum result source_read(struct ctx *ctx, const struct call *call, int64_t position,
                               struct stream_batch *out)
{
    const struct stream_source *source = call->route->stream;
    *out = (struct stream_batch){ .position = position };
    return source->rows == NULL ? source->read(ctx, call, position, out)
                                : rows_read(ctx, source->rows, position, out);
}

/* --- where it begins ------------------------------------------------------------------------------------ */

/* The header wins, since clients that come again by themselves set it beside the query that they began with. */
static struct slice last_id(const struct call *call)
{
    const struct slice *query = call_query(call, "LastEventId");
    struct slice header = call->header(call, "Last-Event-ID");
    if (header.length > 0) {
        return header;
    }
    return query == NULL ? (struct slice){ .length = 0 } : slice_trim(*query);
}

static enum result begin_behind(struct ctx *ctx, struct slice id, int64_t newest, int64_t *out)
{
    if (!slice_int64(id, out) || *out < 0) {
        return fail(ctx->error, RESULT_INVALID, "Last-Event-ID",
                    "Last-Event-ID must be the id of a message of this stream");
    }
    if (*out > newest) {
        return fail(ctx->error, RESULT_INVALID, "Last-Event-ID",
                    "Last-Event-ID is of another store, or of one that was set back since: begin "
                    "with StartDate");
    }
    return RESULT_OK;
}

static enum result stream_start(struct ctx *ctx, const struct call *call, int64_t *out)
{
    const struct stream_source *source = call->route->stream;
    const struct slice *start = call_query(call, "StartDate");
    struct slice id = last_id(call);
    int64_t newest = 0;
    int64_t moment_us = 0;
    TRY(stream_newest(ctx, source, &newest));
    if (id.length > 0) {
        return begin_behind(ctx, id, newest, out);
    }
    *out = newest;
    if (start == NULL || start->length == 0) {
        return RESULT_OK;
    }
    if (!time_parse(*start, &moment_us, NULL)) {
        return fail(ctx->error, RESULT_INVALID, "StartDate",
                    "StartDate must be a date like 2022-08-12T17:34:28.694Z");
    }
    TRY(stream_at(ctx, source, moment_us, out));
    *out = *out < newest ? *out : newest;
    return RESULT_OK;
}

/* --- messages ------------------------------------------------------------------------------------------- */

/* A line end between the values of a document would end the line of the message. */
static void data_write(struct slice json, struct buffer *out)
{
    struct slice rest = json;
    buffer_text(out, "data: ");
    while (rest.length > 0) {
        size_t length = 0;
        while (length < rest.length && rest.text[length] != '\n' && rest.text[length] != '\r') {
            length++;
        }
        buffer_add(out, rest.text, length);
        bool broken = length < rest.length;
        if (broken) {
            buffer_char(out, ' ');
        }
        length += broken ? 1 : 0;
        rest = (struct slice){ rest.text + length, rest.length - length };
    }
    buffer_text(out, "\n\n");
}

/* Of items that share a position only the last has its id: who is cut off among them gets all of them again. */
static void messages_write(const struct stream_batch *batch, struct buffer *out)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct stream_item *item = &batch->items[i];
        bool last = i + 1 == batch->count || item[1].position != item->position;
        if (last) {
            buffer_print(out, "id: %" PRId64 "\n", item->position);
        }
        data_write(item->json, out);
    }
}

static void headers_add(struct reply *reply)
{
    reply->content_type = "text/event-stream";
    reply_header(reply, "Cache-Control", "no-store");
    reply_header(reply, "X-Accel-Buffering", "no"); /* nginx, do not wait for more */
}

/* Nothing came: has the store been set back, so that nothing ever would? */
static enum result quiet_check(struct ctx *ctx, const struct stream_source *source,
                               int64_t position)
{
    int64_t newest = 0;
    TRY(stream_newest(ctx, source, &newest));
    return newest >= position
               ? RESULT_OK
               : fail(ctx->error, RESULT_CONFLICT, NULL, "the store was set back: begin anew");
}

enum result op_stream(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const struct stream_source *source = call->route->stream;
    struct stream_batch batch;
    int64_t position = call->position;
    bool begins = position < 0;
    if (begins) {
        TRY(stream_start(ctx, call, &position));
        headers_add(reply);
    }
    TRY(source_read(ctx, call, position, &batch));
    if (begins) {
        /* An id without data tells where a client stands that is cut off before the first message. */
        buffer_print(&reply->body, "retry: %d\nid: %" PRId64 "\n\n", RETRY_MS, position);
    }
    messages_write(&batch, &reply->body);
    if (batch.count == 0) {
        TRY(quiet_check(ctx, source, position));
    }
    if (reply->body.length == 0 && call->waited_us >= BEAT_US) {
        buffer_print(&reply->body, ":\nid: %" PRId64 "\n\n", batch.position);
    }
    reply->position = batch.position;
    return reply_stream(reply, source->feed, batch.more, LOOK_US);
}
