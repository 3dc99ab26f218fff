/* Whatever is sent as syslog, reading it stays within it: the header, sudo's text, sudo's JSON. */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "sudo/sudo_json.h"
#include "sudo/sudo_line.h"
#include "sudo/syslog_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void message_read(struct arena *arena, struct slice message)
{
    struct sudo_record record;
    struct error error = { .field = NULL };
    struct slice a;
    struct slice b;
    int64_t number = 0;
    (void)sudo_line_read(message, &record);
    (void)sudo_line_continues(message, &a, &b);
    (void)sudo_line_ended(message, &a, &b, &number);
    if (sudo_json_is_message(message)) {
        enum result result = sudo_json_message(arena, message, &record, &error);
        (void)result; /* anything but a crash will do */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    enum { ARENA_BYTES = 4 * 1024 * 1024 };
    struct slice rest = { (const char *)bytes, length };
    struct arena *arena = arena_new(ARENA_BYTES);
    while (arena != NULL && rest.length > 0) {
        struct syslog_line line;
        if (syslog_line_read(slice_cut(&rest, '\n'), INT64_C(1795532400000000), &line)) {
            message_read(arena, line.message);
        }
        arena_reset(arena);
    }
    arena_free(arena);
    return 0;
}
