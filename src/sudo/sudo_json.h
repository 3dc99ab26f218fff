/* sudo's records as JSON: in a system log (log_format=json), or in the event log of sudo_logsrvd. */
#ifndef SUDO_SUDO_JSON_H
#define SUDO_SUDO_JSON_H

#include "base/result.h"
#include "sudo/sudo_record.h"

struct json;

/* A message of the system log: {"sudo":{"accept":{…}}}, with or without "@cee:" before it. Texts live in the arena.
   RESULT_INVALID when it is none. */
MUST_CHECK enum result sudo_json_message(struct arena *arena, struct slice message,
                                         struct sudo_record *out, struct error *error);
bool sudo_json_is_message(struct slice message);

/* One record of an event log by its name ("accept") and its object. */
MUST_CHECK enum result sudo_json_record(struct arena *arena, struct slice kind,
                                        const struct json *members, struct sudo_record *out,
                                        struct error *error);

#endif
