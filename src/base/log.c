#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"

enum { LINE_BYTES_MAX = 4096 };

/* Set once before threads start, then only read. */
static struct {
    enum log_level level;
    enum log_format format;
} settings = { LOG_INFO, LOG_TEXT };

static const char *const level_names[] = { "ERROR", "WARN", "INFO", "DEBUG" };

void log_setup(enum log_level level, enum log_format format)
{
    settings.level = level;
    settings.format = format;
}

bool log_takes(enum log_level level)
{
    return level <= settings.level;
}

struct line {
    char text[LINE_BYTES_MAX];
    size_t length;
};

static void put_bytes(struct line *line, const char *text, size_t length)
{
    size_t room = sizeof(line->text) - 2 - line->length; /* the line end and a brace always fit */
    length = length < room ? length : room;
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void put(struct line *line, const char *text)
{
    put_bytes(line, text, strlen(text));
}

static bool must_escape(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7F ||
           (settings.format == LOG_JSON && (byte == '"' || byte == '\\'));
}

/* Control characters, quotes and backslashes escaped as in JSON, which also keeps text lines whole. */
static void put_escaped(struct line *line, const char *text, size_t bytes_max)
{
    size_t run = 0; /* start of what needs no change */
    size_t at = 0;
    for (; text[at] != '\0' && at < bytes_max; at++) {
        unsigned char byte = (unsigned char)text[at];
        if (!must_escape(byte)) {
            continue;
        }
        char escaped[8] = { '\\', text[at] };
        if (byte < 0x20 || byte == 0x7F) {
            (void)snprintf(escaped, sizeof(escaped), "\\u%04x", byte);
        }
        put_bytes(line, text + run, at - run);
        put(line, escaped);
        run = at + 1;
    }
    put_bytes(line, text + run, at - run);
}

static void put_member(struct line *line, const char *name, const char *value)
{
    if (settings.format == LOG_JSON) {
        put(line, ",\"");
        put(line, name);
        put(line, "\":\"");
        put_escaped(line, value, LINE_BYTES_MAX / 2);
        put(line, "\"");
        return;
    }
    put(line, " ");
    put(line, name);
    put(line, "=");
    put_escaped(line, value, LINE_BYTES_MAX / 2);
}

static void put_number(struct line *line, const char *name, int64_t value)
{
    char text[64];
    (void)snprintf(text, sizeof(text), settings.format == LOG_JSON ? ",\"%s\":%lld" : " %s=%lld",
                   name, (long long)value);
    put(line, text);
}

static void line_begin(struct line *line, enum log_level level, const char *subject)
{
    char moment[TIME_TEXT_BYTES];
    (void)time_format(time_system_us(), TIME_ZULU, moment);
    line->length = 0;
    if (settings.format == LOG_JSON) {
        put(line, "{\"time\":\"");
        put(line, moment);
        put(line, "\"");
        put_member(line, "level", level_names[level]);
        put_member(line, "subject", subject);
        return;
    }
    put(line, moment);
    put(line, " ");
    put(line, level_names[level]);
    put(line, " ");
    put(line, subject);
}

static void line_end(struct line *line)
{
    if (settings.format == LOG_JSON) {
        line->text[line->length++] = '}';
    }
    line->text[line->length++] = '\n';
    ssize_t written = write(STDERR_FILENO, line->text, line->length);
    (void)written; /* there is nowhere left to say that logging failed */
}

void log_line(enum log_level level, const char *subject, const char *request_id, const char *format,
              ...)
{
    if (!log_takes(level)) {
        return;
    }
    char message[LINE_BYTES_MAX / 2];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    struct line line;
    line_begin(&line, level, subject);
    if (request_id != NULL) {
        put_member(&line, "request_id", request_id);
    }
    if (settings.format == LOG_JSON) {
        put_member(&line, "message", message);
    } else {
        put(&line, " ");
        put_escaped(&line, message, sizeof(message));
    }
    line_end(&line);
}

void log_access(const struct log_access *access)
{
    if (!log_takes(LOG_INFO)) {
        return;
    }
    struct line line;
    line_begin(&line, LOG_INFO, "access");
    put_member(&line, "request_id", access->request_id);
    put_member(&line, "peer", access->peer);
    put_member(&line, "method", access->method);
    put_member(&line, "path", access->path);
    put_number(&line, "status", access->status);
    put_number(&line, "bytes", (int64_t)access->bytes);
    put_number(&line, "duration_us", access->duration_us);
    if (access->caller != NULL) {
        put_member(&line, "caller", access->caller);
    }
    line_end(&line);
}
