/* Targets that take syslog over TLS: messages of RFC 5424, framed as RFC 5425 has it. */
#ifndef NOTIFY_SYSLOG_H
#define NOTIFY_SYSLOG_H

#include "notify/target.h"

extern const struct target_driver target_syslog;

/* Whose messages they are; printable ASCII without blanks. */
struct syslog_head {
    int64_t facility;
    const char *host, *app;
};
/* One frame: the count of the message's bytes, a blank, the message. RESULT_TOO_LARGE when the message has more than
   `bytes_max`; nothing is written then. */
MUST_CHECK enum result syslog_frame(const struct syslog_head *head,
                                    const struct delivery_item *item, struct slice record,
                                    size_t bytes_max, struct buffer *out, struct error *error);

#endif
