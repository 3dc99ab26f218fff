/* Lines of syslog become records: sudo's JSON at once, its text when it is known to be whole. Private to this folder. */
#ifndef SUDO_LOG_SYSLOG_READER_H
#define SUDO_LOG_SYSLOG_READER_H

#include "sudo_log/sudo_batch.h"

struct syslog_reader;

enum {
    SYSLOG_HELD_MAX = 256,       /* messages that may go on */
    SYSLOG_HOLD_US = 300 * 1000, /* sudo writes the pieces of a message at once */
    SYSLOG_ENDED_MAX = 4096,     /* accepted commands whose end is known when it comes */
    SYSLOG_MESSAGE_BYTES_MAX = 128 * 1024,
};

/* NULL without memory. One thread. */
struct syslog_reader *syslog_reader_new(void);
void syslog_reader_free(struct syslog_reader *reader);

enum syslog_taken {
    SYSLOG_TAKEN,      /* it is, or will be, in a batch */
    SYSLOG_OTHER,      /* a line of another program, or of sudo about something else */
    SYSLOG_UNREADABLE, /* no syslog, or no record that could be stored */
};
/* The batch has room (sudo_batch_has_room). `source` is who sent the line; `now_us` is the wall clock, `mono_us` the other. */
enum syslog_taken syslog_reader_take(struct syslog_reader *reader, struct slice line,
                                     const char *source, int64_t now_us, int64_t mono_us,
                                     struct sudo_batch *batch);
/* Hands out what has waited long enough, while the batch has room; INT64_MAX hands out all. Gives the number of records that could
   not be stored. */
size_t syslog_reader_release(struct syslog_reader *reader, int64_t mono_us,
                             struct sudo_batch *batch);
/* When the next one will have waited long enough; INT64_MAX: nothing waits. */
int64_t syslog_reader_due(const struct syslog_reader *reader);

#endif
