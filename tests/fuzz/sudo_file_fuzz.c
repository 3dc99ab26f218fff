/* Whatever a file holds, cutting it into sudo's records and reading them stays within it. The first byte is the size of the pieces. */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "json/read.h"
#include "sudo/sudo_json.h"
#include "sudo_log/sudo_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void record_read(struct arena *arena, const struct sudo_cutter *cutter)
{
    const struct json *members = NULL;
    struct sudo_record record;
    struct error error = { .field = NULL };
    arena_reset(arena);
    if (json_parse(arena, buffer_slice(&cutter->record), &json_limits_usual, &members, &error) ==
        RESULT_OK) {
        enum result result = sudo_json_record(
            arena, (struct slice){ cutter->kind, cutter->kind_length }, members, &record, &error);
        (void)result; /* anything but a crash will do */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    enum { ARENA_BYTES = 16 * 1024 * 1024 };
    struct sudo_cutter cutter;
    struct arena *arena = arena_new(ARENA_BYTES);
    size_t piece = length == 0 || bytes[0] == 0 ? 4096 : bytes[0];
    enum sudo_cut cut = CUT_NOTHING;
    sudo_cutter_init(&cutter);
    for (size_t i = 1; i < length && cut != CUT_BAD && arena != NULL; i += piece) {
        struct slice rest = { (const char *)bytes + i, piece < length - i ? piece : length - i };
        for (cut = CUT_RECORD; cut == CUT_RECORD;) {
            cut = sudo_cutter_next(&cutter, &rest);
            if (cut == CUT_RECORD) {
                record_read(arena, &cutter);
            }
        }
    }
    sudo_cutter_done(&cutter);
    arena_free(arena);
    return 0;
}
