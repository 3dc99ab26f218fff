#include "agent/auth_line.h"

#include "sudo/sudo_line.h"
#include "sudo/syslog_line.h"

/* --- sudo ------------------------------------------------------------------------------------------------------------ */

static bool read_sudo(struct slice message, struct auth_line *out)
{
    struct sudo_record record;
    if (!sudo_line_read(message, &record) || record.kind == SUDO_ALERT) {
        return false;
    }
    out->kind = record.kind == SUDO_REJECT ? AUTH_REFUSED : AUTH_ELEVATED;
    out->user = record.user;
    out->target = record.target;
    out->command = record.command;
    out->folder = record.folder;
    out->terminal = record.terminal;
    out->reason = record.reason;
    return true;
}

/* --- su: "(to root) alice on pts/0", "FAILED SU (to root) alice on pts/0" ---------------------------------------------- */

static bool read_su(struct slice message, struct auth_line *out)
{
    struct slice rest = message;
    out->kind = slice_take(&rest, "FAILED SU ") ? AUTH_REFUSED : AUTH_ELEVATED;
    if (!slice_take(&rest, "(to ") || !slice_cut_at(&rest, ") ", &out->target)) {
        return false;
    }
    if (slice_cut_at(&rest, " on ", &out->user)) {
        out->terminal = slice_trim(rest);
    } else {
        out->user = slice_trim(rest);
    }
    if (out->kind == AUTH_REFUSED) {
        out->reason = SLICE("authentication failed");
    }
    return sudo_is_name(out->user) && sudo_is_name(out->target);
}

/* --- pkexec: "alice: Executing command [USER=root] [TTY=unknown] [CWD=/home/alice] [COMMAND=/usr/bin/id]" ---------------- */

static bool bracket(struct slice text, const char *mark, struct slice *out)
{
    struct slice before;
    return slice_cut_at(&text, mark, &before) && slice_cut_at(&text, "]", out);
}

static bool read_pkexec(struct slice message, struct auth_line *out)
{
    struct slice rest = message;
    struct slice none;
    if (!slice_cut_at(&rest, ": ", &out->user) || !sudo_is_name(out->user)) {
        return false;
    }
    if (slice_take(&rest, "Executing command ")) {
        out->kind = AUTH_ELEVATED;
    } else if (slice_take(&rest, "Error executing command as another user")) {
        out->kind = AUTH_REFUSED;
        out->reason = SLICE("not authorised");
    } else {
        return false;
    }
    (void)bracket(rest, "[USER=", &out->target);
    (void)bracket(rest, "[TTY=", &out->terminal);
    (void)bracket(rest, "[CWD=", &out->folder);
    /* A command may hold brackets: it ends with the line. */
    if (slice_cut_at(&rest, "[COMMAND=", &none)) {
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
    return slice_take(&rest, "Accepted ") && slice_cut_at(&rest, " for ", &method) &&
           slice_cut_at(&rest, " from ", &out->user) &&
           slice_cut_at(&rest, " port ", &out->source_address) && sudo_is_name(out->user) &&
           sudo_is_name(out->source_address);
}

/* --- systemd-logind: "New session 5 of user alice.", "Removed session 5." ------------------------------------------------- */

static bool read_logind(struct slice message, struct auth_line *out)
{
    struct slice rest = slice_trim(message);
    if (rest.length == 0 || rest.text[rest.length - 1] != '.') {
        return false;
    }
    rest.length--;
    if (slice_take(&rest, "New session ")) {
        out->kind = AUTH_LOGON;
        out->user = rest;
        if (!slice_cut_at(&out->user, " of user ", &out->session)) {
            return false;
        }
        /* Newer ones add "with class 'user' and type 'tty'". */
        struct slice name = out->user;
        out->user = slice_cut(&name, ' ');
        return sudo_is_name(out->user) && sudo_is_name(out->session);
    }
    out->kind = AUTH_LOGOFF;
    out->session = rest;
    return slice_take(&out->session, "Removed session ") && sudo_is_name(out->session);
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

bool auth_line_read(struct slice line, int64_t now_us, struct auth_line *out)
{
    struct slice rest = slice_trim(line);
    struct slice tag;
    struct auth_line found = { .pid = 0 };
    int64_t precision_us = 0;
    if (rest.length > AUTH_LINE_BYTES_MAX || !slice_is_utf8(rest) ||
        !syslog_moment_read(&rest, now_us, &found.moment_us, &precision_us)) {
        return false;
    }
    (void)slice_cut(&rest, ' '); /* the host's own name */
    if (!slice_cut_at(&rest, ": ", &tag)) {
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
