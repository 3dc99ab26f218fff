#include "resource/events/event_csv.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "json/write.h"

enum column_type { CSV_TIME, CSV_TEXT, CSV_INT, CSV_BOOL, CSV_JSON };

enum { PATHS_MAX = 2, FRACTION_AT = 20, FRACTION_DIGITS = 6, JSON_BYTES_MAX = 1024 * 1024 };

/* clang-format off */
/* New ones go to the end: tables that were loaded keep their order. */
static const struct column {
    const char *name;
    enum column_type type;
    const char *paths[PATHS_MAX]; /* the first that is there */
} columns[] = {
    { "ingested",            CSV_TIME, { "event.ingested" } },
    { "time",                CSV_TIME, { "@timestamp" } },
    { "received",            CSV_TIME, { "event.ReceivedAt" } },
    { "event_id",            CSV_TEXT, { "event.id" } },
    { "event_code",          CSV_TEXT, { "event.code" } },
    { "event_action",        CSV_TEXT, { "event.action", "EPMWinMac.Event.Action" } },
    { "event_type",          CSV_TEXT, { "EPMWinMac.Event.Type" } },
    { "event_outcome",       CSV_TEXT, { "event.outcome" } },
    { "event_reason",        CSV_TEXT, { "event.reason" } },
    { "event_types",         CSV_JSON, { "event.type" } },
    { "event_categories",    CSV_JSON, { "event.category" } },
    { "message",             CSV_TEXT, { "message" } },
    { "computer_id",         CSV_TEXT, { "agent.id" } },
    { "agent_version",       CSV_TEXT, { "agent.version" } },
    { "tenant_id",           CSV_TEXT, { "EPMWinMac.TenantId" } },
    { "group_id",            CSV_TEXT, { "EPMWinMac.GroupId" } },
    { "host_name",           CSV_TEXT, { "host.hostname", "host.name" } },
    { "host_domain",         CSV_TEXT, { "host.domain", "host.DomainNetBIOSName" } },
    { "host_os_type",        CSV_TEXT, { "host.os.type" } },
    { "host_os_name",        CSV_TEXT, { "host.os.name" } },
    { "host_os_version",     CSV_TEXT, { "host.os.version" } },
    { "host_ips",            CSV_JSON, { "host.ip" } },
    { "user_id",             CSV_TEXT, { "user.id" } },
    { "user_name",           CSV_TEXT, { "user.name" } },
    { "user_domain",         CSV_TEXT, { "user.domain", "user.DomainNetBIOSName" } },
    { "user_effective_name", CSV_TEXT, { "user.effective.name" } },
    { "process_id",          CSV_INT,  { "process.pid" } },
    { "process_executable",  CSV_TEXT, { "process.executable" } },
    { "process_command_line", CSV_TEXT, { "process.command_line" } },
    { "process_start",       CSV_TIME, { "process.start" } },
    { "parent_process_id",   CSV_INT,  { "process.parent.pid" } },
    { "parent_executable",   CSV_TEXT, { "process.parent.executable" } },
    { "file_path",           CSV_TEXT, { "file.path" } },
    { "file_name",           CSV_TEXT, { "file.name" } },
    { "file_size",           CSV_INT,  { "file.size" } },
    { "file_sha256",         CSV_TEXT, { "file.hash.sha256" } },
    { "file_sha1",           CSV_TEXT, { "file.hash.sha1" } },
    { "file_signer",         CSV_TEXT, { "file.code_signature.subject_name" } },
    { "application_type",    CSV_TEXT, { "EPMWinMac.Configuration.Application.Type" } },
    { "application_group",   CSV_TEXT, { "EPMWinMac.Configuration.ApplicationGroup.Name" } },
    { "workstyle",           CSV_TEXT, { "EPMWinMac.Configuration.Workstyle.Name" } },
    { "on_demand",           CSV_BOOL, { "EPMWinMac.Configuration.Rule.OnDemand" } },
    { "policy_name",         CSV_TEXT, { "EPMWinMac.Configuration.Name" } },
    { "request_id",          CSV_TEXT, { "EPMWinMac.Session.JITAdmin.RequestIdentifier" } },
    { "ticket_id",           CSV_TEXT, { "EPMWinMac.Session.JITAdmin.TicketIdentifier" } },
};
/* clang-format on */

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

void event_csv_head(struct buffer *out)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        buffer_print(out, "%s%s", i == 0 ? "" : ",", columns[i].name);
    }
    buffer_text(out, "\r\n");
}

static void put_text(struct slice text, struct buffer *out)
{
    buffer_char(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        if (text.text[i] == '"') {
            buffer_char(out, '"');
        }
        buffer_char(out, text.text[i]);
    }
    buffer_char(out, '"');
}

/* 2026-04-15T06:50:01.123456Z: microseconds are what both Parquet and the databases have. */
static void put_time(struct slice text, struct buffer *out)
{
    char moment[TIME_TEXT_BYTES];
    int64_t moment_us = 0;
    if (time_parse(text, &moment_us, NULL)) {
        (void)time_format(moment_us, TIME_ZONED, moment);
        buffer_add(out, moment, FRACTION_AT + FRACTION_DIGITS);
        buffer_char(out, 'Z');
    }
}

static void put_json(const struct json *value, struct buffer *out)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, JSON_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_put_value(&writer, value);
    out->overflow = out->overflow || text.overflow;
    put_text(buffer_slice(&text), out);
    buffer_done(&text);
}

static void put_value(enum column_type type, const struct json *value, struct buffer *out)
{
    switch (type) {
    case CSV_TEXT:
        if (value->type == JSON_TEXT) {
            put_text(value->text, out);
        } else if (value->type == JSON_INT) {
            buffer_print(out, "\"%" PRId64 "\"", value->integer);
        }
        break;
    case CSV_TIME: put_time(json_text_of(value), out); break;
    case CSV_INT:
        if (value->type == JSON_INT) {
            buffer_print(out, "%" PRId64, value->integer);
        }
        break;
    case CSV_BOOL:
        if (value->type == JSON_BOOL) {
            buffer_text(out, value->boolean ? "true" : "false");
        }
        break;
    case CSV_JSON:
        if (value->type == JSON_ARRAY) {
            put_json(value, out);
        }
        break;
    }
}

enum result event_csv_row(struct arena *arena, struct slice json, struct buffer *out,
                          struct error *error)
{
    const struct json *event = NULL;
    TRY(json_parse(arena, json, &json_limits_usual, &event, error));
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct json *value = NULL;
        for (size_t k = 0; k < PATHS_MAX && columns[i].paths[k] != NULL && value == NULL; k++) {
            value = json_path(event, columns[i].paths[k]);
        }
        if (i > 0) {
            buffer_char(out, ',');
        }
        if (value != NULL) {
            put_value(columns[i].type, value, out);
        }
    }
    buffer_text(out, "\r\n");
    return RESULT_OK;
}

struct slice event_csv_stamp(struct slice row)
{
    struct slice rest = row;
    return slice_cut(&rest, ',');
}
