/* Which lines about sessions are news: a sign-in over ssh shows up twice, and the end of a session names no user. */
#ifndef AGENT_LOGONS_H
#define AGENT_LOGONS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/auth_line.h"

enum { LOGONS_MAX = 128, LOGON_NAME_BYTES = 128, LOGON_SESSION_BYTES = 32 };

/* All zero is empty. The oldest session is forgotten when there are more than LOGONS_MAX. */
struct logons {
    struct logon {
        char user[LOGON_NAME_BYTES], session[LOGON_SESSION_BYTES];
    } open[LOGONS_MAX];
    size_t next;
    char ssh_user[LOGON_NAME_BYTES]; /* who signed in over ssh last, and when */
    int64_t ssh_us;
};

/* False when the line repeats what another said or nothing is known about its session. An end gets its user, whose text
   lives in `logons`. Lines that are neither a beginning nor an end are news. */
bool logons_take(struct logons *logons, struct auth_line *line);

#endif
