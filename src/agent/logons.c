#include "agent/logons.h"

#include <string.h>

#include "base/time.h"

/* The session begins this long after sshd let the user in, at most. */
#define SAME_LOGON_US (10 * US_PER_SECOND)

static bool keep(struct slice text, char *out, size_t room)
{
    if (text.length == 0 || text.length >= room) {
        return false;
    }
    memcpy(out, text.text, text.length);
    out[text.length] = '\0';
    return true;
}

static bool begin(struct logons *logons, const struct auth_line *line)
{
    if (line->session.length == 0) {
        (void)keep(line->user, logons->ssh_user, sizeof(logons->ssh_user));
        logons->ssh_us = line->moment_us;
        return true;
    }
    struct logon *logon = &logons->open[logons->next];
    if (keep(line->user, logon->user, sizeof(logon->user)) &&
        keep(line->session, logon->session, sizeof(logon->session))) {
        logons->next = (logons->next + 1) % LOGONS_MAX;
    }
    bool told = slice_is(line->user, logons->ssh_user) &&
                line->moment_us - logons->ssh_us < SAME_LOGON_US &&
                logons->ssh_us - line->moment_us < SAME_LOGON_US;
    logons->ssh_user[0] = '\0'; /* one session for one sign-in */
    return !told;
}

static bool end(struct logons *logons, struct auth_line *line)
{
    for (size_t i = 0; i < LOGONS_MAX; i++) {
        struct logon *logon = &logons->open[i];
        if (logon->session[0] != '\0' && slice_is(line->session, logon->session)) {
            line->user = slice_of(logon->user);
            logon->session[0] = '\0';
            return true;
        }
    }
    return false;
}

bool logons_take(struct logons *logons, struct auth_line *line)
{
    switch (line->kind) {
    case AUTH_LOGON: return begin(logons, line);
    case AUTH_LOGOFF: return end(logons, line);
    case AUTH_ELEVATED:
    case AUTH_REFUSED: break;
    }
    return true;
}
