/* What sudo said, as an event document in the shape that agents send (docs/events.md). Private to this folder. */
#ifndef SUDO_LOG_SUDO_EVENT_H
#define SUDO_LOG_SUDO_EVENT_H

#include "base/text.h"
#include "sudo/sudo_record.h"

enum sudo_transport { SUDO_BY_SYSLOG, SUDO_BY_LOGSRV, SUDO_BY_IMPORT };

struct sudo_event {
    const struct sudo_record *record;
    const char *host; /* whose event it is */
    enum sudo_transport transport;
};

enum { SUDO_EVENT_ID_BYTES = 37 };

/* The same record of the same host has the same id, whichever way and however often it comes: a UUID (RFC 9562, version 8)
   made from its SHA-256. `text` is the line when sudo gave the run no id of its own. */
void sudo_event_id(const struct sudo_event *event, const char *host_key, struct slice text,
                   char out[SUDO_EVENT_ID_BYTES]);

/* One JSON object without line ends, added to `out`. */
void sudo_event_write(const struct sudo_event *event, const char *id, struct buffer *out);

#endif
