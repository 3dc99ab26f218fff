#include "resource/events/event_frames.h"

#include "base/arena.h"
#include "crypto/compress.h"

enum {
    BLOCK_BYTES_MAX = 64 * 1024 * 1024,
    FRAME_UNPACKED_BYTES_MAX =
        4 * 1024 * 1024, /* a usual one and an event of the greatest length, as rewritten */
    PACK_LEVEL = 1,
    HEAD_BYTES = 8,
};

static void put_u32(struct buffer *out, uint32_t value)
{
    char bytes[4];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(unsigned char)(value >> (8 * i));
    }
    buffer_add(out, bytes, sizeof(bytes));
}

static uint32_t get_u32(const char *in)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        value |= (uint32_t)(unsigned char)in[i] << (8 * i);
    }
    return value;
}

/* --- writing --------------------------------------------------------------------------------------------------- */

void frames_begin(struct frame_writer *frames, struct arena *arena)
{
    *frames = (struct frame_writer){ .arena = arena };
    buffer_init(&frames->text, BLOCK_BYTES_MAX);
    buffer_init(&frames->heads, (size_t)FRAMES_MAX * HEAD_BYTES);
    buffer_init(&frames->packed, BLOCK_BYTES_MAX);
    block_begin(&frames->block, &frames->text);
}

static enum result frame_close(struct frame_writer *frames, struct error *error)
{
    struct slice packed;
    block_end(&frames->block);
    if (frames->text.overflow) {
        return fail(error, RESULT_TOO_LARGE, NULL, "the batch is over %d bytes", BLOCK_BYTES_MAX);
    }
    TRY(zstd_pack(frames->arena, buffer_slice(&frames->text), PACK_LEVEL, &packed, error));
    put_u32(&frames->heads, frames->block.count);
    put_u32(&frames->heads, (uint32_t)packed.length);
    buffer_add(&frames->packed, packed.text, packed.length);
    frames->count++;
    buffer_reset(&frames->text);
    block_begin(&frames->block, &frames->text);
    return RESULT_OK;
}

enum result frames_added(struct frame_writer *frames, struct error *error)
{
    bool full = frames->block.count >= FRAME_EVENTS_MAX ||
                frames->text.length >= FRAME_BYTES_USUAL || frames->text.overflow;
    return full ? frame_close(frames, error) : RESULT_OK;
}

enum result frames_end(struct frame_writer *frames, struct slice *out, struct error *error)
{
    struct buffer whole;
    if (frames->block.count > 0) {
        TRY(frame_close(frames, error));
    }
    buffer_init(&whole, BLOCK_BYTES_MAX);
    put_u32(&whole, frames->count);
    buffer_add(&whole, frames->heads.bytes == NULL ? "" : frames->heads.bytes,
               frames->heads.length);
    buffer_add(&whole, frames->packed.bytes == NULL ? "" : frames->packed.bytes,
               frames->packed.length);
    bool overflow = whole.overflow || frames->heads.overflow || frames->packed.overflow;
    char *copy = overflow ? NULL : arena_strndup(frames->arena, whole.bytes, whole.length);
    *out = (struct slice){ copy, whole.length };
    buffer_done(&whole);
    return copy != NULL
               ? RESULT_OK
               : fail(error, RESULT_TOO_LARGE, NULL, "the batch is over %d bytes", BLOCK_BYTES_MAX);
}

void frames_done(struct frame_writer *frames)
{
    buffer_done(&frames->text);
    buffer_done(&frames->heads);
    buffer_done(&frames->packed);
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

bool frames_open(struct frame_reader *reader, struct slice bytes)
{
    uint32_t count = bytes.length < 4 ? 0 : get_u32(bytes.text);
    if (count < 1 || count > FRAMES_MAX || bytes.length < 4 + (size_t)count * HEAD_BYTES) {
        return false;
    }
    size_t heads = (size_t)count * HEAD_BYTES;
    reader->heads = (struct slice){ bytes.text + 4, heads };
    reader->packed = (struct slice){ bytes.text + 4 + heads, bytes.length - 4 - heads };
    return true;
}

bool frames_next(struct frame_reader *reader, struct frame *out)
{
    if (reader->heads.length < HEAD_BYTES) {
        return false;
    }
    uint32_t events = get_u32(reader->heads.text);
    uint32_t length = get_u32(reader->heads.text + 4);
    if (length > reader->packed.length) {
        return false;
    }
    *out = (struct frame){ events, { reader->packed.text, length } };
    reader->heads.text += HEAD_BYTES;
    reader->heads.length -= HEAD_BYTES;
    reader->packed.text += length;
    reader->packed.length -= length;
    return true;
}

enum result frame_open(struct arena *arena, const struct frame *frame, struct block_reader *out,
                       struct error *error)
{
    struct slice text;
    enum result result = zstd_unpack(arena, frame->packed, FRAME_UNPACKED_BYTES_MAX, &text, error);
    if (result == RESULT_NO_MEMORY) {
        return result;
    }
    if (result != RESULT_OK || !block_open(out, text) || out->left != frame->event_count) {
        return fail(error, RESULT_BROKEN, NULL, "an event block is damaged");
    }
    return RESULT_OK;
}
