/* Where syslog messages begin and end in a stream: by their count of bytes (RFC 5425, RFC 6587), or by line ends. Private to
   this folder. */
#ifndef SUDO_LOG_SYSLOG_FRAMES_H
#define SUDO_LOG_SYSLOG_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { SYSLOG_LINE_BYTES_MAX = 128 * 1024, SYSLOG_FRAME_BYTES_MAX = SYSLOG_LINE_BYTES_MAX + 16 };

/* All zero at the begin of a stream. */
struct syslog_frames {
    size_t skip;    /* bytes of a message that is too long, still to come */
    bool skip_line; /* a line that is too long goes on */
};

enum syslog_frame {
    FRAME_NONE, /* there must come more */
    FRAME_LINE,
    FRAME_LONG, /* one was too long and is left out */
    FRAME_BAD,  /* this is no syslog: nothing more can be read */
};
/* Cuts the next message from the begin of `rest`. With SYSLOG_FRAME_BYTES_MAX bytes it never says FRAME_NONE without cutting
   something. */
enum syslog_frame syslog_frames_cut(struct syslog_frames *frames, struct slice *rest,
                                    struct slice *out);

#endif
