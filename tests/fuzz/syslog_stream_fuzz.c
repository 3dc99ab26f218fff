/* Whatever comes as a stream of syslog, in pieces of any size, framing and gathering it stays within it. The first byte is the size of
   the pieces. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sudo_log/syslog_frames.h"
#include "sudo_log/syslog_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct stream {
    struct syslog_reader *reader;
    struct syslog_frames frames;
    struct sudo_batch batch;
    struct buffer in;
    int64_t now_us;
};

/* False: nothing more can be read. */
static bool piece_take(struct stream *stream)
{
    size_t before = stream->in.length;
    char *exact = malloc(before + 1); /* without the room behind it that a buffer has */
    if (exact == NULL) {
        return false;
    }
    char *begin = exact + 1;
    struct slice rest = { begin, before };
    enum syslog_frame frame = FRAME_LINE;
    memcpy(begin, stream->in.bytes, before);
    while (frame == FRAME_LINE || frame == FRAME_LONG) {
        struct slice line;
        frame = syslog_frames_cut(&stream->frames, &rest, &line);
        if (frame == FRAME_LINE) {
            (void)syslog_reader_take(stream->reader, line, "fuzz", INT64_C(1795532400000000),
                                     stream->now_us++, &stream->batch);
        }
        if (!sudo_batch_has_room(&stream->batch)) {
            sudo_batch_reset(&stream->batch);
        }
    }
    size_t used = before - rest.length;
    struct buffer left;
    buffer_init(&left, SYSLOG_FRAME_BYTES_MAX);
    buffer_add(&left, stream->in.bytes + used, rest.length);
    buffer_done(&stream->in);
    stream->in = left;
    free(exact);
    return frame != FRAME_BAD;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct stream stream = { .reader = syslog_reader_new(), .now_us = 1 };
    struct error error = { .field = NULL };
    size_t piece = length == 0 || bytes[0] == 0 ? 4096 : bytes[0];
    bool goes_on = stream.reader != NULL && sudo_batch_init(&stream.batch, &error) == RESULT_OK;
    buffer_init(&stream.in, SYSLOG_FRAME_BYTES_MAX);
    for (size_t i = 1; i < length && goes_on; i += piece) {
        buffer_add(&stream.in, (const char *)bytes + i, piece < length - i ? piece : length - i);
        goes_on = piece_take(&stream);
    }
    if (stream.reader != NULL && stream.batch.entries != NULL) {
        (void)syslog_reader_release(stream.reader, INT64_MAX, &stream.batch);
    }
    buffer_done(&stream.in);
    sudo_batch_done(&stream.batch);
    syslog_reader_free(stream.reader);
    return 0;
}
