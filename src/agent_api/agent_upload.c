/* What agents send: events and logs. */
#include <unistd.h>

#include "access/principal.h"
#include "agent_api/agent_ops.h"
#include "base/arena.h"
#include "crypto/compress.h"
#include "json/write.h"
#include "resource/events/events.h"

enum { BATCH_UNPACKED_BYTES_MAX = 32 * 1024 * 1024 };

/* --- events -------------------------------------------------------------------------------------------------------------------- */

static enum result batch_unpack(struct ctx *ctx, const struct call *call, struct slice *out)
{
    struct slice coding = slice_trim(call->header(call, "Content-Encoding"));
    if (coding.length == 0 || slice_is_any_case(coding, "identity")) {
        *out = call->raw;
        return RESULT_OK;
    }
    if (slice_is_any_case(coding, "zstd")) {
        return zstd_unpack(ctx->arena, call->raw, BATCH_UNPACKED_BYTES_MAX, out, ctx->error);
    }
    if (slice_is_any_case(coding, "gzip")) {
        return gzip_unpack(ctx->arena, call->raw, BATCH_UNPACKED_BYTES_MAX, out, ctx->error);
    }
    return fail(ctx->error, RESULT_UNSUPPORTED, NULL,
                "Content-Encoding must be zstd, gzip or identity");
}

/* Unpacking, checking and packing again happen before the transaction. */
enum result agent_events_prepare(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)reply;
    struct computer computer;
    struct slice lines = { .length = 0 };
    struct event_source source = { .first_sequence = 0 };
    struct event_batch *batch = arena_alloc(ctx->arena, sizeof(*batch));
    TRY(agent_load_authorised(ctx, &computer));
    if (batch == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the batch");
    }
    if (!slice_int64(slice_trim(call->header(call, "Reeve-First-Sequence")),
                     &source.first_sequence) ||
        source.first_sequence < 1 || source.first_sequence > INT64_MAX / 2) {
        return fail(ctx->error, RESULT_INVALID, "Reeve-First-Sequence",
                    "must be the number of the first event, from 1");
    }
    TRY(batch_unpack(ctx, call, &lines));
    source.computer_id = computer.id;
    source.group_id = computer.group_id;
    TRY(event_batch_make(ctx, &source, lines, batch));
    ctx->prepared = batch;
    return RESULT_OK;
}

/* POST events */
enum result agent_events(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    struct event_stored stored;
    struct json_writer writer;
    TRY(event_batch_store(ctx, ctx->prepared, &stored));
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_int(&writer, "nextSequence", stored.next_sequence);
    json_member_int(&writer, "stored", stored.stored);
    json_member_int(&writer, "repeated", stored.repeated);
    json_member_int(&writer, "lost", stored.lost);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}

/* --- logs ---------------------------------------------------------------------------------------------------------------------- */

struct log_source {
    struct slice memory;
    int file;
};

static ptrdiff_t log_read(void *context, char *out, size_t room)
{
    struct log_source *source = context;
    if (source->file >= 0) {
        return read(source->file, out, room);
    }
    size_t length = source->memory.length < room ? source->memory.length : room;
    for (size_t i = 0; i < length; i++) {
        out[i] = source->memory.text[i];
    }
    source->memory = (struct slice){ source->memory.text + length, source->memory.length - length };
    return (ptrdiff_t)length;
}

/* POST logs/{logId} */
enum result agent_log(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct computer computer;
    TRY(agent_load_authorised(ctx, &computer));
    if (call->raw_bytes > ctx->rules->log_bytes_max) {
        return fail(ctx->error, RESULT_TOO_LARGE, NULL, "a log has at most %zu bytes",
                    ctx->rules->log_bytes_max);
    }
    struct log_source source = { .memory = call->raw, .file = call->raw_file };
    if (source.file >= 0 && lseek(source.file, 0, SEEK_SET) != 0) {
        return fail(ctx->error, RESULT_BROKEN, NULL, "the uploaded log cannot be read back");
    }
    const struct log_upload upload = {
        .log_id = call->ids[0].text,
        .name = call->header(call, "Reeve-File-Name"),
        .content_type = call->header(call, "Content-Type"),
        .read = log_read,
        .context = &source,
        .bytes = call->raw_bytes,
    };
    TRY(computer_log_receive(ctx, computer.id, &upload));
    return reply_empty(reply, 204);
}
