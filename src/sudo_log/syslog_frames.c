#include "sudo_log/syslog_frames.h"

#include <ctype.h>
#include <string.h>

static void advance(struct slice *rest, size_t bytes)
{
    rest->text += bytes;
    rest->length -= bytes;
}

/* What is left of a message that was too long. False: there must come more. */
static bool skip(struct syslog_frames *frames, struct slice *rest)
{
    if (frames->skip > 0) {
        size_t bytes = frames->skip < rest->length ? frames->skip : rest->length;
        advance(rest, bytes);
        frames->skip -= bytes;
    }
    if (frames->skip_line) {
        const char *end = rest->length == 0 ? NULL : memchr(rest->text, '\n', rest->length);
        frames->skip_line = end == NULL;
        advance(rest, end == NULL ? rest->length : (size_t)(end + 1 - rest->text));
    }
    return frames->skip == 0 && !frames->skip_line;
}

static enum syslog_frame cut_counted(struct syslog_frames *frames, struct slice *rest,
                                     struct slice *out)
{
    enum { DIGITS_MAX = 9 };
    size_t length = 0;
    size_t i = 0;
    while (i < rest->length && i < DIGITS_MAX && isdigit((unsigned char)rest->text[i])) {
        length = length * 10 + (size_t)(rest->text[i] - '0');
        i++;
    }
    if (i == rest->length) {
        return FRAME_NONE;
    }
    if (rest->text[i] != ' ') {
        return FRAME_BAD;
    }
    if (length > SYSLOG_LINE_BYTES_MAX) {
        advance(rest, i + 1);
        frames->skip = length;
        (void)skip(frames, rest);
        return FRAME_LONG;
    }
    if (rest->length - i - 1 < length) {
        return FRAME_NONE;
    }
    *out = (struct slice){ rest->text + i + 1, length };
    advance(rest, i + 1 + length);
    return FRAME_LINE;
}

static enum syslog_frame cut_line(struct syslog_frames *frames, struct slice *rest,
                                  struct slice *out)
{
    const char *end = memchr(rest->text, '\n', rest->length);
    size_t length = end == NULL ? rest->length : (size_t)(end - rest->text);
    if (length > SYSLOG_LINE_BYTES_MAX) {
        frames->skip_line = true;
        (void)skip(frames, rest);
        return FRAME_LONG;
    }
    if (end == NULL) {
        return FRAME_NONE;
    }
    *out = (struct slice){ rest->text, length };
    advance(rest, length + 1);
    return FRAME_LINE;
}

enum syslog_frame syslog_frames_cut(struct syslog_frames *frames, struct slice *rest,
                                    struct slice *out)
{
    if (!skip(frames, rest)) {
        return FRAME_NONE;
    }
    /* Line ends between messages, which some send after counted ones. */
    while (rest->length > 0 && memchr("\r\n", rest->text[0], 2) != NULL) {
        advance(rest, 1);
    }
    if (rest->length == 0) {
        return FRAME_NONE;
    }
    bool counted = rest->text[0] >= '1' && rest->text[0] <= '9';
    return counted ? cut_counted(frames, rest, out) : cut_line(frames, rest, out);
}
