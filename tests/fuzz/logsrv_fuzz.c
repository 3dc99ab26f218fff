/* Whatever a client of the log server's protocol sends, the conversation stays within its bounds. */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "sudo_log/sudo_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    enum { ARENA_BYTES = 16 * 1024 * 1024, OUT_BYTES = 64 * 1024 };
    struct slice rest = { (const char *)bytes, length };
    struct sudo_talk talk = { .begun = false };
    struct sudo_batch batch;
    struct error error = { .field = NULL };
    struct arena *arena = arena_new(ARENA_BYTES);
    struct buffer out;
    size_t size = 0;
    bool goes_on = arena != NULL && sudo_batch_init(&batch, &error) == RESULT_OK;
    if (!goes_on) {
        arena_free(arena);
        return 0;
    }
    buffer_init(&out, OUT_BYTES);
    while (goes_on && sudo_batch_has_room(&batch) && logsrv_length(rest, &size) &&
           rest.length >= LOGSRV_HEAD_BYTES && rest.length - LOGSRV_HEAD_BYTES >= size) {
        struct sudo_said said;
        struct slice message = { rest.text + LOGSRV_HEAD_BYTES, size };
        arena_reset(arena);
        goes_on =
            sudo_talk_take(&talk, arena, message, "fuzz", &batch, &said, &error) == RESULT_OK &&
            sudo_talk_answer(&talk, &said, SUDO_STORED, &out);
        rest = (struct slice){ message.text + size, rest.length - LOGSRV_HEAD_BYTES - size };
    }
    buffer_done(&out);
    sudo_talk_done(&talk);
    sudo_batch_done(&batch);
    arena_free(arena);
    return 0;
}
