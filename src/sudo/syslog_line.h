/* One message of syslog: RFC 5424, or the older form that RFC 3164 tells of, with or without its priority. */
#ifndef SUDO_SYSLOG_LINE_H
#define SUDO_SYSLOG_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Slices point into the line. */
struct syslog_line {
    int64_t moment_us;
    bool precise; /* the moment was told to less than a second */
    struct slice host, program;
    int64_t pid; /* 0: not said */
    struct slice message;
};

/* A moment without year and zone ("Nov 24 14:17:06") is local time, the latest such moment that is not in the future of
   `now_us`; a message that says no moment has this one. `host` is empty when the line names none. False when it is no
   syslog. */
bool syslog_line_read(struct slice line, int64_t now_us, struct syslog_line *out);

/* Cuts a moment from the begin of a line, traditional or ISO, and the blank behind it. */
bool syslog_moment_read(struct slice *rest, int64_t now_us, int64_t *out_us,
                        int64_t *out_precision_us);

#endif
