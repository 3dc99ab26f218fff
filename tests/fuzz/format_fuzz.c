/* Any document becomes a record of one line, or is refused. An OCSF record is JSON that has what every class requires. The
   first byte chooses the feed. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "notify/target.h"

enum { FUZZ_ARENA_BYTES = 64 * 1024 * 1024, FUZZ_RECORD_BYTES_MAX = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void require_ocsf(struct arena *arena, struct slice bytes)
{
    static const char *const paths[] = {
        "activity_id", "category_uid", "class_uid",        "severity_id",
        "time",        "type_uid",     "metadata.version", "metadata.product.name"
    };
    static const struct json_limits limits = { .depth_max = 40, .values_max = 1000000 };
    const struct json *record = NULL;
    require(json_parse(arena, bytes, &limits, &record, NULL) == RESULT_OK);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        require(json_path(record, paths[i]) != NULL);
    }
}

static void require_record(struct arena *arena, const struct format *format, struct slice bytes)
{
    require(memchr(bytes.text, '\n', bytes.length) == NULL);
    require(memchr(bytes.text, '\r', bytes.length) == NULL);
    if (strcmp(format->name, "ocsf") == 0) {
        require_ocsf(arena, bytes);
    } else if (strcmp(format->name, "cef") == 0) {
        require(slice_is_utf8(bytes));
        require(slice_starts_any_case(bytes, "CEF:0|Reeve|Reeve|"));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct delivery_item item = { .feed = (enum feed)(data[0] % FEED_COUNT),
                                  .position = 1,
                                  .id = SLICE("01890a5d-ac96-774b-bcce-b302099a8057"),
                                  .computer = SLICE(""),
                                  .time = INT64_C(1700000000123456),
                                  .json = { (const char *)data + 1, size - 1 } };
    for (size_t i = 0; i < format_count; i++) {
        struct arena *arena = arena_new(FUZZ_ARENA_BYTES);
        struct buffer out;
        require(arena != NULL);
        buffer_init(&out, FUZZ_RECORD_BYTES_MAX);
        if (formats[i].write(arena, &item, &out, NULL) == RESULT_OK && out.length > 0) {
            require_record(arena, &formats[i], buffer_slice(&out));
        }
        buffer_done(&out);
        arena_free(arena);
    }
    return 0;
}
