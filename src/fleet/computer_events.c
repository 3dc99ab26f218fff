#include "fleet/computer_events.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/time.h"
#include "base/uuid.h"

struct pattern {
    const char *code, *type, *action, *event_type, *outcome, *path, *name;
};

/* clang-format off */
static const struct pattern patterns[] = {
    { "106", "Process", "Passive",  "start",  "success", "/usr/bin/gedit",      "gedit" },
    { "100", "Process", "Elevated", "start",  "success", "/usr/bin/apt",        "apt" },
    { "106", "Process", "Passive",  "start",  "success", "/usr/lib/code/code",  "code" },
    { "116", "Process", "Blocked",  "denied", "failure", "/home/alice/tool.sh", "tool.sh" },
    { "100", "Process", "Elevated", "start",  "success", "/usr/bin/systemctl",  "systemctl" },
    { "106", "Process", "Passive",  "start",  "success", "/usr/bin/firefox",    "firefox" },
};
/* clang-format on */

static void event_write(const struct event_series *series, int64_t number, struct buffer *out)
{
    const struct pattern *pattern = &patterns[(uint64_t)number % COUNT_OF(patterns)];
    struct uuid id;
    char moment[TIME_TEXT_BYTES];
    unsigned user = (unsigned)(series->computer * 7 + (uint64_t)number % 3) % 1000;
    uuid_seeded(series->seed + series->computer, (uint64_t)number, &id);
    (void)time_format(series->moment_us, TIME_ZULU, moment);
    buffer_print(
        out,
        "{\"@timestamp\":\"%s\",\"tags\":[\"AgentEventAudit\"],\"ecs\":{\"version\":\"8.11.0\"},"
        "\"event\":{\"id\":\"%s\",\"code\":\"%s\",\"kind\":\"event\",\"category\":[\"process\"],"
        "\"type\":[\"%s\"],\"action\":\"%s %s\",\"outcome\":\"%s\",\"provider\":\"Reeve fleet\","
        "\"sequence\":%" PRId64 "},",
        moment, id.text, pattern->code, pattern->event_type, pattern->type, pattern->action,
        pattern->outcome, number);
    buffer_print(
        out,
        "\"agent\":{\"version\":\"" REEVE_VERSION "\"},\"host\":{\"hostname\":\"fleet-%06u\","
        "\"name\":\"fleet-%06u.example.com\",\"domain\":\"example.com\",\"ip\":[\"10.%u.%u.%u\"],"
        "\"architecture\":\"x86_64\",\"os\":{\"type\":\"linux\",\"platform\":\"debian\","
        "\"name\":\"Debian GNU/Linux\",\"version\":\"12\",\"family\":\"debian\"}},",
        series->computer, series->computer, series->computer >> 16 & 255U,
        series->computer >> 8 & 255U, series->computer & 255U);
    buffer_print(out,
                 "\"user\":{\"id\":\"%u\",\"name\":\"user%03u\",\"domain\":\"example.com\"},"
                 "\"process\":{\"pid\":%" PRId64
                 ",\"executable\":\"%s\",\"command_line\":\"%s --run %" PRId64 "\","
                 "\"start\":\"%s\",\"parent\":{\"pid\":1,\"executable\":\"/usr/bin/bash\"}},"
                 "\"file\":{\"name\":\"%s\",\"path\":\"%s\"},",
                 1000 + user, user, 1000 + number % 30000, pattern->path, pattern->path, number,
                 moment, pattern->name, pattern->path);
    buffer_print(out,
                 "\"related\":{\"user\":[\"user%03u\"],\"hosts\":[\"fleet-%06u\"]},"
                 "\"EPMWinMac\":{\"SchemaVersion\":\"1.0\",\"AdapterVersion\":\"" REEVE_VERSION
                 "\","
                 "\"Event\":{\"Type\":\"%s\",\"Action\":\"%s\"},\"Configuration\":{\"Application\":"
                 "{\"Type\":\"exe\",\"Description\":\"%s\"}}}}\n",
                 user, series->computer, pattern->type, pattern->action, pattern->name);
}

void events_write(const struct event_series *series, struct buffer *out)
{
    for (uint32_t i = 0; i < series->count; i++) {
        event_write(series, series->first + i, out);
    }
}
