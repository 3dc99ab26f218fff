/* Event lines into blocks and back: whatever is stored reads back as JSON with the server's members, and the bytes of
   a block that is no block are refused. The first byte chooses: lines, or a block. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "resource/events/event_block.h"
#include "resource/events/events.h"

enum { FUZZ_ARENA_BYTES = 64 * 1024 * 1024, FUZZ_BLOCK_BYTES_MAX = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static size_t read_block(struct slice bytes, struct arena *arena, bool ours)
{
    static const struct json_limits limits = { .depth_max = EVENT_DEPTH_MAX + 1,
                                               .values_max = 1000000 };
    struct block_reader reader;
    struct slice document;
    uint32_t offset = 0;
    size_t count = 0;
    if (!block_open(&reader, bytes)) {
        return 0;
    }
    for (; block_next(&reader, &document, &offset); count++) {
        const struct json *tree = NULL;
        require(document.length >= INGESTED_BYTES && offset <= document.length - INGESTED_BYTES);
        if (!ours) {
            continue;
        }
        require(json_parse(arena, document, &limits, &tree, NULL) == RESULT_OK);
        require(json_text_of(json_path(tree, "event.ingested")).length == INGESTED_BYTES);
        require(json_text_of(json_path(tree, "event.id")).length > 0);
        require(memcmp(document.text + offset, "0000-00-00T", 11) == 0);
    }
    return count;
}

static void write_lines(struct slice rest, struct arena *arena)
{
    static const struct json_limits limits = { .depth_max = EVENT_DEPTH_MAX, .values_max = 20000 };
    struct document_marks marks = { .computer_id = "01890a5d-ac96-774b-bcce-b302099a8057",
                                    .tenant_id = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
                                    .received_us = INT64_C(1700000000123456) };
    struct buffer text;
    struct block_writer block;
    buffer_init(&text, FUZZ_BLOCK_BYTES_MAX);
    block_begin(&block, &text);
    while (rest.length > 0) {
        const struct json *event = NULL;
        struct slice line = slice_cut(&rest, '\n');
        if (json_parse(arena, line, &limits, &event, NULL) == RESULT_OK &&
            json_is(event, JSON_OBJECT)) {
            marks.sequence++;
            block_add(&block, event, &marks);
        }
    }
    block_end(&block);
    if (!text.overflow) {
        require(read_block(buffer_slice(&text), arena, true) == block.count);
    }
    buffer_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const struct slice input = { (const char *)data + 1, size - 1 };
    struct arena *arena = arena_new(FUZZ_ARENA_BYTES);
    require(arena != NULL);
    if (data[0] == 'b') {
        (void)read_block(input, arena, false);
    } else {
        write_lines(input, arena);
    }
    arena_free(arena);
    return 0;
}
