#include "agent/decisions.h"

#include <string.h>

#include "agent/state_dir.h"
#include "base/time.h"
#include "json/read.h"
#include "json/write.h"

const struct json *decisions_load(struct arena *arena, const char *state_dir)
{
    static const struct json_limits limits = { .depth_max = 40, .values_max = 100000 };
    struct slice bytes;
    const struct json *decisions = NULL;
    bool whole = state_read(arena, state_dir, DECISIONS_FILE, DECISIONS_BYTES_MAX, &bytes, NULL) ==
                     RESULT_OK &&
                 json_parse(arena, bytes, &limits, &decisions, NULL) == RESULT_OK &&
                 json_is(json_get(decisions, "items"), JSON_ARRAY);
    return whole ? decisions : NULL;
}

int64_t decisions_version(const struct json *decisions)
{
    const struct json *version = json_get(decisions, "version");
    return json_is(version, JSON_INT) && version->integer > 0 ? version->integer : 0;
}

enum result decisions_save(const char *state_dir, const struct json *decisions, struct error *error)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, DECISIONS_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_put_value(&writer, decisions);
    enum result result = text.overflow
                             ? fail(error, RESULT_TOO_LARGE, NULL,
                                    "the decisions are over %d bytes", DECISIONS_BYTES_MAX)
                             : state_write(state_dir, DECISIONS_FILE, buffer_slice(&text), error);
    buffer_done(&text);
    return result;
}

bool decisions_session_end(const struct json *decisions, int64_t now_us, const char *skip,
                           struct session_end *out, int64_t *out_next_us)
{
    const struct json *items = json_get(decisions, "items");
    *out_next_us = 0;
    for (const struct json *at = items == NULL ? NULL : items->first; at != NULL; at = at->next) {
        struct protocol_request request;
        if (!protocol_request_of(at, &request) || strcmp(request.id.text, skip) == 0) {
            continue;
        }
        bool ending = slice_is(request.state, "Ending");
        bool active = slice_is(request.state, "Active") && request.session_start_us > 0;
        int64_t end_us = request.session_start_us + request.seconds * US_PER_SECOND;
        if (ending || (active && end_us <= now_us)) {
            *out = (struct session_end){ request.id, ending ? "Revoked" : "Expired" };
            return true;
        }
        if (active && (*out_next_us == 0 || end_us < *out_next_us)) {
            *out_next_us = end_us;
        }
    }
    return false;
}
