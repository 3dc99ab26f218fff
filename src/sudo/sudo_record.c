#include "sudo/sudo_record.h"

#include <string.h>

#include "base/arena.h"

#define NS_PER_SECOND INT64_C(1000000000)

void sudo_record_init(struct sudo_record *record, enum sudo_kind kind)
{
    *record = (struct sudo_record){
        .kind = kind, .user_id = -1, .target_id = -1, .exit_value = -1, .run_ns = -1
    };
}

/* clang-format off */
static const struct { const char *name; size_t place; } texts[] = {
    { "uuid",       offsetof(struct sudo_record, run) },
    { "submithost", offsetof(struct sudo_record, host) },
    { "submituser", offsetof(struct sudo_record, user) },
    { "submitcwd",  offsetof(struct sudo_record, folder) },
    { "runuser",    offsetof(struct sudo_record, target) },
    { "rungroup",   offsetof(struct sudo_record, target_group) },
    { "command",    offsetof(struct sudo_record, program) },
    { "ttyname",    offsetof(struct sudo_record, terminal) },
    { "reason",     offsetof(struct sudo_record, reason) },
    { "signal",     offsetof(struct sudo_record, signal) },
};
static const struct { const char *name; size_t place; } numbers[] = {
    { "submituid",  offsetof(struct sudo_record, user_id) },
    { "runuid",     offsetof(struct sudo_record, target_id) },
    { "clientpid",  offsetof(struct sudo_record, pid) },
    { "exit_value", offsetof(struct sudo_record, exit_value) },
};
/* clang-format on */

void sudo_record_text(struct sudo_record *record, struct slice name, struct slice value)
{
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (slice_is(name, texts[i].name)) {
            memcpy((char *)record + texts[i].place, &value, sizeof(value));
        }
    }
}

void sudo_record_number(struct sudo_record *record, struct slice name, int64_t value)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (slice_is(name, numbers[i].name)) {
            memcpy((char *)record + numbers[i].place, &value, sizeof(value));
        }
    }
}

/* --- arguments -------------------------------------------------------------------------------------------------- */

static bool is_plain(struct slice argument)
{
    static const char marks[] = " \t\r\n'\"\\$`;&|<>(){}[]*?!#~";
    for (size_t i = 0; i < argument.length; i++) {
        if (argument.text[i] == '\0' || strchr(marks, argument.text[i]) != NULL) {
            return false;
        }
    }
    return argument.length > 0;
}

/* How many bytes it takes, written to `out` unless that is NULL. */
static size_t argument_write(struct slice argument, char *out)
{
    size_t length = 0;
    if (is_plain(argument)) {
        if (out != NULL) {
            memcpy(out, argument.text, argument.length);
        }
        return argument.length;
    }
    for (size_t i = 0; i <= argument.length + 1; i++) {
        bool edge = i == 0 || i == argument.length + 1;
        bool quote = !edge && argument.text[i - 1] == '\'';
        const char *piece = edge ? "'" : quote ? "'\\''" : &argument.text[i - 1];
        size_t bytes = quote ? 4 : 1;
        if (out != NULL) {
            memcpy(out + length, piece, bytes);
        }
        length += bytes;
    }
    return length;
}

bool sudo_arguments_join(struct arena *arena, const struct slice *arguments, size_t count,
                         struct slice *out)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        length += argument_write(arguments[i], NULL) + (i > 0 ? 1 : 0);
    }
    char *text = arena_alloc(arena, length + 1);
    if (text == NULL) {
        return false;
    }
    *out = (struct slice){ text, length };
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            *text++ = ' ';
        }
        text += argument_write(arguments[i], text);
    }
    return true;
}

bool sudo_record_close(struct sudo_record *record)
{
    if (record->command.length == 0) {
        record->command = record->program;
    }
    return record->kind == SUDO_ALERT || record->kind == SUDO_EXIT ||
           (record->user.length > 0 && record->command.length > 0);
}

bool sudo_moment(int64_t seconds, int64_t nanoseconds, int64_t *out_ns)
{
    if (seconds <= 0 || seconds >= INT64_MAX / NS_PER_SECOND || nanoseconds < 0 ||
        nanoseconds >= NS_PER_SECOND) {
        return false;
    }
    *out_ns = seconds * NS_PER_SECOND + nanoseconds;
    return true;
}
