#include "sudo/syslog_line.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "base/time.h"

/* --- moments ---------------------------------------------------------------------------------------------------- */

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

bool syslog_moment_read(struct slice *rest, int64_t now_us, int64_t *out_us,
                        int64_t *out_precision_us)
{
    if (rest->length > 0 && isdigit((unsigned char)rest->text[0])) {
        return time_parse(slice_cut(rest, ' '), out_us, out_precision_us);
    }
    *out_precision_us = US_PER_SECOND;
    return read_traditional(rest, now_us, out_us);
}

/* Some write six digits behind a moment that they know to the second only. */
static bool is_exact(int64_t moment_us, int64_t precision_us)
{
    return precision_us == 1 && moment_us % US_PER_SECOND != 0;
}

/* --- RFC 5424 --------------------------------------------------------------------------------------------------- */

static bool is_nil(struct slice text)
{
    return slice_is(text, "-");
}

static struct slice or_empty(struct slice text)
{
    return is_nil(text) ? (struct slice){ .length = 0 } : text;
}

/* "-", or elements in brackets whose values may hold anything, with \ before quotes, brackets and itself. */
static bool skip_structured(struct slice *rest)
{
    size_t at = 0;
    if (rest->length > 0 && rest->text[0] == '-') {
        at = 1;
    }
    while (at < rest->length && rest->text[at] == '[') {
        bool quoted = false;
        for (at++; at < rest->length && (quoted || rest->text[at] != ']'); at++) {
            if (quoted && rest->text[at] == '\\') {
                at++;
            } else if (rest->text[at] == '"') {
                quoted = !quoted;
            }
        }
        if (at >= rest->length) {
            return false;
        }
        at++;
    }
    if (at == 0 || (at < rest->length && rest->text[at] != ' ')) {
        return false;
    }
    at += at < rest->length ? 1 : 0;
    *rest = (struct slice){ rest->text + at, rest->length - at };
    return true;
}

static bool read_5424(struct slice rest, int64_t now_us, struct syslog_line *out)
{
    static const char mark[] = "\xEF\xBB\xBF";
    int64_t precision_us = 0;
    struct slice moment = slice_cut(&rest, ' ');
    out->host = or_empty(slice_cut(&rest, ' '));
    out->program = or_empty(slice_cut(&rest, ' '));
    struct slice pid = slice_cut(&rest, ' ');
    (void)slice_cut(&rest, ' '); /* the kind of message */
    if (is_nil(moment)) {
        out->moment_us = now_us;
    } else if (!time_parse(moment, &out->moment_us, &precision_us)) {
        return false;
    }
    out->precise = is_exact(out->moment_us, precision_us);
    if (!slice_int64(pid, &out->pid) || out->pid < 0) {
        out->pid = 0; /* some write a name there */
    }
    if (!skip_structured(&rest)) {
        return false;
    }
    if (rest.length >= 3 && memcmp(rest.text, mark, 3) == 0) {
        rest = (struct slice){ rest.text + 3, rest.length - 3 };
    }
    out->message = slice_trim(rest);
    return true;
}

/* --- the older form --------------------------------------------------------------------------------------------- */

/* "sudo:", "sudo[77]:" */
static bool read_tag(struct slice tag, struct syslog_line *out)
{
    if (tag.length < 2 || tag.text[tag.length - 1] != ':') {
        return false;
    }
    struct slice pid = { tag.text, tag.length - 1 };
    out->program = slice_cut(&pid, '[');
    out->pid = 0;
    return out->program.length > 0 &&
           (pid.length == 0 || (slice_int64(slice_cut(&pid, ']'), &out->pid) && out->pid >= 0));
}

static bool read_3164(struct slice rest, int64_t now_us, struct syslog_line *out)
{
    int64_t precision_us = 0;
    if (!syslog_moment_read(&rest, now_us, &out->moment_us, &precision_us)) {
        return false;
    }
    out->precise = is_exact(out->moment_us, precision_us);
    struct slice first = slice_cut(&rest, ' ');
    if (!read_tag(first, out)) {
        out->host = first;
        if (!read_tag(slice_cut(&rest, ' '), out)) {
            return false;
        }
    }
    out->message = slice_trim(rest);
    return true;
}

/* --- lines ------------------------------------------------------------------------------------------------------ */

static bool skip_priority(struct slice *rest)
{
    enum { PRIORITY_MAX = 191, DIGITS_MAX = 3 };
    struct slice after = *rest;
    int64_t priority = 0;
    if (rest->length == 0 || rest->text[0] != '<') {
        return true;
    }
    after = (struct slice){ after.text + 1, after.length - 1 };
    struct slice digits = slice_cut(&after, '>');
    if (digits.length > DIGITS_MAX || !slice_int64(digits, &priority) || priority < 0 ||
        priority > PRIORITY_MAX) {
        return false;
    }
    *rest = after;
    return true;
}

bool syslog_line_read(struct slice line, int64_t now_us, struct syslog_line *out)
{
    struct slice rest = slice_trim(line);
    struct syslog_line found = { .pid = 0 };
    if (!slice_is_utf8(rest) || !skip_priority(&rest)) {
        return false;
    }
    bool newer = rest.length > 2 && rest.text[0] == '1' && rest.text[1] == ' ';
    if (newer) {
        rest = (struct slice){ rest.text + 2, rest.length - 2 };
    }
    if (!(newer ? read_5424(rest, now_us, &found) : read_3164(rest, now_us, &found))) {
        return false;
    }
    *out = found;
    return true;
}
