#include "agent/note.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/child.h"
#include "base/time.h"

enum { LINE_BYTES = 1024, JOURNAL_TIMEOUT_MS = 5000, JOURNAL_BYTES_MAX = 1024 * 1024 };

static void file_add(const char *state_dir, const char *line, size_t length)
{
    char path[PATH_MAX];
    char old[PATH_MAX];
    struct stat status;
    int a = snprintf(path, sizeof(path), "%s/" NOTE_FILE, state_dir);
    int b = snprintf(old, sizeof(old), "%s/" NOTE_FILE ".1", state_dir);
    if (a < 0 || (size_t)a >= sizeof(path) || b < 0 || (size_t)b >= sizeof(old)) {
        return;
    }
    if (stat(path, &status) == 0 && status.st_size > NOTE_FILE_BYTES_MAX) {
        (void)rename(path, old);
    }
    int file = open(path, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0) {
        (void)!write(file, line, length);
        (void)close(file);
    }
}

void note(const char *state_dir, enum log_level level, const char *format, ...)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };
    char text[LINE_BYTES];
    char line[LINE_BYTES + 64];
    char moment[TIME_TEXT_BYTES];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    log_line(level, "agent", NULL, "%s", text);
    (void)time_format(time_now_us(), TIME_ZULU, moment);
    int length = snprintf(line, sizeof(line), "%s %s %s\n", moment, names[level], text);
    if (level != LOG_DEBUG && length > 0) {
        size_t used = (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1;
        file_add(state_dir, line, used);
    }
}

static void file_collect(const char *state_dir, const char *name, struct buffer *out)
{
    char path[PATH_MAX];
    char bytes[16384];
    int length = snprintf(path, sizeof(path), "%s/%s", state_dir, name);
    int file = length > 0 && (size_t)length < sizeof(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t got = 1;
    buffer_print(out, "==> %s <==\n", name);
    while (file >= 0 && got > 0 && !out->overflow) {
        got = read(file, bytes, sizeof(bytes));
        buffer_add(out, bytes, got > 0 ? (size_t)got : 0);
    }
    if (file >= 0) {
        (void)close(file);
    }
}

void note_collect(const char *state_dir, struct buffer *out)
{
    static const char *const arguments[] = {
        "journalctl",         "--no-pager",   "--quiet", "--unit=reeve-agent.service",
        "--output=short-iso", "--lines=5000", NULL
    };
    struct buffer journal;
    file_collect(state_dir, NOTE_FILE ".1", out);
    file_collect(state_dir, NOTE_FILE, out);
    buffer_init(&journal, JOURNAL_BYTES_MAX);
    child_collect(arguments, JOURNAL_TIMEOUT_MS, &journal);
    buffer_text(out, "==> journal <==\n");
    buffer_add(out, journal.bytes, journal.length);
    buffer_done(&journal);
}
