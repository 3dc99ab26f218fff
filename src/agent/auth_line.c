#include "agent/auth_line.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "base/time.h"

/* --- cutting --------------------------------------------------------------------------------------------------------- */

static bool take(struct slice *rest, const char *text)
{
    size_t length = strlen(text);
    if (rest->length < length || memcmp(rest->text, text, length) != 0) {
        return false;
    }
    rest->text += length;
    rest->length -= length;
    return true;
}

/* Cuts `rest` at the first `mark`; false (and nothing changed) when it is not there. */
static bool cut_at(struct slice *rest, const char *mark, struct slice *out)
{
    const char *found =
        rest->length == 0 ? NULL : memmem(rest->text, rest->length, mark, strlen(mark));
    if (found == NULL) {
        return false;
    }
    size_t before = (size_t)(found - rest->text);
    size_t used = before + strlen(mark);
    *out = (struct slice){ rest->text, before };
    *rest = (struct slice){ found + strlen(mark), rest->length - used };
    return true;
}

static bool is_name(struct slice text)
{
    if (text.length == 0 || text.length > 256) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.text[i];
        if (byte <= ' ' || byte == 0x7F || byte == '"') {
            return false;
        }
    }
    return true;
}

/* --- sudo: "alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id -u" --------------------------------- */

static void sudo_part(struct slice part, struct auth_line *out)
{
    if (take(&part, "TTY=")) {
        out->terminal = part;
    } else if (take(&part, "PWD=")) {
        out->folder = part;
    } else if (take(&part, "USER=")) {
        out->target = part;
    } else if (!take(&part, "GROUP=") && !take(&part, "ENV=") && !take(&part, "TSID=") &&
               out->reason.length == 0) {
        out->reason = part;
    }
}

/* A refused call says why in a part without a name: "command not allowed", "3 incorrect password attempts". */
static bool read_sudo(struct slice message, struct auth_line *out)
{
    struct slice rest = slice_trim(message);
    struct slice part;
    if (!cut_at(&rest, " : ", &part) || !is_name(slice_trim(part))) {
        return false;
    }
    out->user = slice_trim(part);
    bool commanded = false;
    while (!commanded && rest.length > 0) {
        commanded = take(&rest, "COMMAND=");
        if (!commanded) {
            part = rest;
            if (!cut_at(&rest, " ; ", &part)) {
                rest.length = 0;
            }
            sudo_part(slice_trim(part), out);
        }
    }
    out->command = commanded ? slice_trim(rest) : (struct slice){ .length = 0 };
    out->kind = out->reason.length > 0 ? AUTH_REFUSED : AUTH_ELEVATED;
    return commanded && out->command.length > 0;
}

/* --- su: "(to root) alice on pts/0", "FAILED SU (to root) alice on pts/0" ---------------------------------------------- */

static bool read_su(struct slice message, struct auth_line *out)
{
    struct slice rest = message;
    out->kind = take(&rest, "FAILED SU ") ? AUTH_REFUSED : AUTH_ELEVATED;
    if (!take(&rest, "(to ") || !cut_at(&rest, ") ", &out->target)) {
        return false;
    }
    if (cut_at(&rest, " on ", &out->user)) {
        out->terminal = slice_trim(rest);
    } else {
        out->user = slice_trim(rest);
    }
    if (out->kind == AUTH_REFUSED) {
        out->reason = SLICE("authentication failed");
    }
    return is_name(out->user) && is_name(out->target);
}

/* --- pkexec: "alice: Executing command [USER=root] [TTY=unknown] [CWD=/home/alice] [COMMAND=/usr/bin/id]" ---------------- */

static bool bracket(struct slice text, const char *mark, struct slice *out)
{
    struct slice before;
    return cut_at(&text, mark, &before) && cut_at(&text, "]", out);
}

static bool read_pkexec(struct slice message, struct auth_line *out)
{
    struct slice rest = message;
    struct slice none;
    if (!cut_at(&rest, ": ", &out->user) || !is_name(out->user)) {
        return false;
    }
    if (take(&rest, "Executing command ")) {
        out->kind = AUTH_ELEVATED;
    } else if (take(&rest, "Error executing command as another user")) {
        out->kind = AUTH_REFUSED;
        out->reason = SLICE("not authorised");
    } else {
        return false;
    }
    (void)bracket(rest, "[USER=", &out->target);
    (void)bracket(rest, "[TTY=", &out->terminal);
    (void)bracket(rest, "[CWD=", &out->folder);
    /* A command may hold brackets: it ends with the line. */
    if (cut_at(&rest, "[COMMAND=", &none)) {
        out->command = slice_trim(rest);
        if (out->command.length > 0 && out->command.text[out->command.length - 1] == ']') {
            out->command.length--;
        }
    }
    return out->command.length > 0;
}

/* --- sshd: "Accepted publickey for alice from 10.1.2.3 port 50022 ssh2" --------------------------------------------------- */

static bool read_sshd(struct slice message, struct auth_line *out)
{
    struct slice rest = message;
    struct slice method;
    out->kind = AUTH_LOGON;
    out->terminal = SLICE("ssh");
    return take(&rest, "Accepted ") && cut_at(&rest, " for ", &method) &&
           cut_at(&rest, " from ", &out->user) && cut_at(&rest, " port ", &out->source_address) &&
           is_name(out->user) && is_name(out->source_address);
}

/* --- systemd-logind: "New session 5 of user alice.", "Removed session 5." ------------------------------------------------- */

static bool read_logind(struct slice message, struct auth_line *out)
{
    struct slice rest = slice_trim(message);
    if (rest.length == 0 || rest.text[rest.length - 1] != '.') {
        return false;
    }
    rest.length--;
    if (take(&rest, "New session ")) {
        out->kind = AUTH_LOGON;
        out->user = rest;
        if (!cut_at(&out->user, " of user ", &out->session)) {
            return false;
        }
        /* Newer ones add "with class 'user' and type 'tty'". */
        struct slice name = out->user;
        out->user = slice_cut(&name, ' ');
        return is_name(out->user) && is_name(out->session);
    }
    out->kind = AUTH_LOGOFF;
    out->session = rest;
    return take(&out->session, "Removed session ") && is_name(out->session);
}

/* --- lines ------------------------------------------------------------------------------------------------------------------- */

bool auth_message_read(struct slice program, struct slice message, struct auth_line *out)
{
    /* clang-format off */
    static const struct { const char *program; bool (*read)(struct slice, struct auth_line *); } readers[] = {
        { "sudo", read_sudo }, { "su", read_su }, { "pkexec", read_pkexec }, { "sshd", read_sshd },
        { "sshd-session", read_sshd }, { "systemd-logind", read_logind },
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        if (slice_is(program, readers[i].program)) {
            int64_t moment_us = out->moment_us;
            int64_t pid = out->pid;
            *out = (struct auth_line){ .moment_us = moment_us, .pid = pid, .program = program };
            return readers[i].read(message, out);
        }
    }
    return false;
}

/* "Nov 24 14:17:06" has no year and means local time: the latest such moment that is not in the future. */
static bool read_traditional(struct slice *rest, int64_t now_us, int64_t *out_us)
{
    enum { STAMP_BYTES = 15, DAY_S = 86400 };
    char text[STAMP_BYTES + 1];
    struct tm now;
    struct tm moment;
    time_t now_s = (time_t)(now_us / US_PER_SECOND);
    if (rest->length <= STAMP_BYTES || rest->text[STAMP_BYTES] != ' ') {
        return false;
    }
    memcpy(text, rest->text, STAMP_BYTES);
    text[STAMP_BYTES] = '\0';
    memset(&moment, 0, sizeof(moment));
    const char *end = strptime(text, "%b %e %H:%M:%S", &moment);
    if (end == NULL || *end != '\0' || localtime_r(&now_s, &now) == NULL) {
        return false;
    }
    moment.tm_year = now.tm_year;
    moment.tm_isdst = -1;
    time_t when = mktime(&moment);
    if (when > now_s + DAY_S) {
        moment.tm_year--;
        moment.tm_isdst = -1;
        when = mktime(&moment);
    }
    *out_us = (int64_t)when * US_PER_SECOND;
    *rest = (struct slice){ rest->text + STAMP_BYTES + 1, rest->length - STAMP_BYTES - 1 };
    return when > 0;
}

static bool read_moment(struct slice *rest, int64_t now_us, int64_t *out_us)
{
    if (rest->length > 0 && isdigit((unsigned char)rest->text[0])) {
        return time_parse(slice_cut(rest, ' '), out_us, NULL);
    }
    return read_traditional(rest, now_us, out_us);
}

bool auth_line_read(struct slice line, int64_t now_us, struct auth_line *out)
{
    struct slice rest = slice_trim(line);
    struct slice tag;
    struct auth_line found = { .pid = 0 };
    if (rest.length > AUTH_LINE_BYTES_MAX || !slice_is_utf8(rest) ||
        !read_moment(&rest, now_us, &found.moment_us)) {
        return false;
    }
    (void)slice_cut(&rest, ' '); /* the host's own name */
    if (!cut_at(&rest, ": ", &tag)) {
        return false;
    }
    struct slice program = slice_cut(&tag, '[');
    if (tag.length > 0 && !slice_int64(slice_cut(&tag, ']'), &found.pid)) {
        return false;
    }
    if (!auth_message_read(program, slice_trim(rest), &found)) {
        return false;
    }
    *out = found;
    return true;
}
