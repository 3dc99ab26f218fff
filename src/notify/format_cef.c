/* Common Event Format, version 0: a head of seven parts, then key=value. Tables say which member becomes which key;
   rows of one key that follow each other are alternatives, the first that has a value counts. */
#include "notify/format_cef.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "json/read.h"
#include "json/write.h"

/* clang-format off */
#define ROW(cef_key, path, conversion, bytes) { .key = cef_key, .from = path, .how = conversion, .bytes_max = bytes }
#define CUSTOM(cef_key, text, path, conversion, bytes) { .key = cef_key, .label = text, .from = path, .how = conversion, .bytes_max = bytes }

static const struct cef_row event_rows[] = {
    ROW("rt", "@timestamp", CEF_TIME, 0),
    ROW("rt", NULL, CEF_ITEM_TIME, 0),
    ROW("externalId", "event.id", CEF_TEXT, 64),
    ROW("externalId", NULL, CEF_ITEM_ID, 64),
    ROW("cat", "event.category", CEF_TEXT, 1023),
    ROW("act", "EPMWinMac.Event.Action", CEF_TEXT, 63),
    ROW("act", "event.action", CEF_TEXT, 63),
    ROW("outcome", "event.outcome", CEF_TEXT, 63),
    ROW("reason", "EPMWinMac.Configuration.Message.UserReason", CEF_TEXT, 1023),
    ROW("msg", "message", CEF_TEXT, 1023),
    ROW("msg", "event.reason", CEF_TEXT, 1023),
    ROW("deviceExternalId", "agent.id", CEF_TEXT, 255),
    ROW("deviceExternalId", NULL, CEF_ITEM_COMPUTER, 255),
    ROW("dvchost", "host.name", CEF_TEXT, 100),
    ROW("dhost", "host.hostname", CEF_TEXT, 1023),
    ROW("dhost", "host.name", CEF_TEXT, 1023),
    ROW("dst", "host.ip", CEF_IPV4, 0),
    ROW("dmac", "host.mac", CEF_FIRST, 64),
    ROW("dntdom", "host.domain", CEF_TEXT, 255),
    ROW("dntdom", "host.DomainNetBIOSName", CEF_TEXT, 255),
    ROW("suser", "user.name", CEF_TEXT, 1023),
    ROW("suid", "user.id", CEF_TEXT, 1023),
    ROW("sntdom", "user.domain", CEF_TEXT, 255),
    ROW("sntdom", "user.DomainNetBIOSName", CEF_TEXT, 255),
    ROW("duser", "process.user.name", CEF_TEXT, 1023),
    ROW("duser", "EPMWinMac.AuthorizingUser.Name", CEF_TEXT, 1023),
    ROW("duid", "process.user.id", CEF_TEXT, 1023),
    ROW("duid", "EPMWinMac.AuthorizingUser.Identifier", CEF_TEXT, 1023),
    ROW("dproc", "process.executable", CEF_TEXT, 1023),
    ROW("dproc", "process.name", CEF_TEXT, 1023),
    ROW("dpid", "process.pid", CEF_NUMBER, 0),
    ROW("sproc", "process.parent.executable", CEF_TEXT, 1023),
    ROW("spid", "process.parent.pid", CEF_NUMBER, 0),
    ROW("start", "process.start", CEF_TIME, 0),
    ROW("fname", "file.name", CEF_TEXT, 1023),
    ROW("filePath", "file.path", CEF_TEXT, 1023),
    ROW("fileHash", "file.hash.sha256", CEF_TEXT, 255),
    ROW("fileHash", "file.hash.sha1", CEF_TEXT, 255),
    ROW("fileHash", "process.hash.sha256", CEF_TEXT, 255),
    ROW("fileHash", "file.hash.md5", CEF_TEXT, 255),
    ROW("fileType", "EPMWinMac.Configuration.Application.Type", CEF_TEXT, 1023),
    ROW("fileCreateTime", "file.created", CEF_TIME, 0),
    ROW("fileModificationTime", "file.mtime", CEF_TIME, 0),
    ROW("fsize", "file.size", CEF_NUMBER, 0),
    ROW("request", "file.SourceUrl", CEF_TEXT, 1023),
    ROW("destinationServiceName", "EPMWinMac.ServiceControl.Service.Name", CEF_TEXT, 1023),
    CUSTOM("c6a3", "Destination IPv6 Address", "host.ip", CEF_IPV6, 0),
    CUSTOM("cs1", "Policy", "EPMWinMac.Configuration.Name", CEF_TEXT, 4000),
    CUSTOM("cs2", "Workstyle", "EPMWinMac.Configuration.Workstyle.Name", CEF_TEXT, 4000),
    CUSTOM("cs3", "Application group", "EPMWinMac.Configuration.ApplicationGroup.Name", CEF_TEXT, 4000),
    CUSTOM("cs4", "Command line", "process.command_line", CEF_TEXT, 4000),
    CUSTOM("cs4", "Command line", "EPMWinMac.RemotePowerShell.Command", CEF_TEXT, 4000),
    CUSTOM("cs5", "Token", "EPMWinMac.Configuration.Token.Name", CEF_TEXT, 4000),
    CUSTOM("cs6", "Signed by", "file.code_signature.subject_name", CEF_TEXT, 4000),
    CUSTOM("cn1", "Event number", "event.sequence", CEF_NUMBER, 0),
    CUSTOM("flexString1", "Admin access request", "EPMWinMac.Session.JITAdmin.RequestIdentifier", CEF_TEXT, 1023),
    CUSTOM("flexString2", "Ticket", "EPMWinMac.Session.JITAdmin.TicketIdentifier", CEF_TEXT, 1023),
    CUSTOM("deviceCustomDate1", "Ingested", "event.ingested", CEF_TIME, 0),
};

static const struct cef_row audit_rows[] = {
    ROW("rt", "created", CEF_TIME, 0),
    ROW("rt", NULL, CEF_ITEM_TIME, 0),
    ROW("externalId", NULL, CEF_ITEM_ID, 64),
    ROW("cat", "entity", CEF_TEXT, 1023),
    ROW("act", "auditType", CEF_TEXT, 63),
    ROW("outcome", "success", CEF_CONSTANT, 63),
    ROW("msg", "details", CEF_TEXT, 1023),
    ROW("suser", "user", CEF_TEXT, 1023),
    ROW("suid", "userId", CEF_TEXT, 1023),
    CUSTOM("cs1", "Entity", "entityName", CEF_TEXT, 4000),
    CUSTOM("cs2", "Changed by", "changedBy", CEF_TEXT, 4000),
    CUSTOM("cs3", "Changes", NULL, CEF_CHANGES, 4000),
    CUSTOM("cn1", "Audit", "id", CEF_NUMBER, 0),
};

static const struct cef_row request_rows[] = {
    ROW("rt", NULL, CEF_ITEM_TIME, 0),
    ROW("externalId", NULL, CEF_ITEM_ID, 64),
    ROW("start", "requestInfo.created", CEF_TIME, 0),
    ROW("start", "timeOfRequest", CEF_TIME, 0),
    ROW("act", "change", CEF_TEXT, 63),
    ROW("act", "requestInfo.action", CEF_TEXT, 63),
    ROW("outcome", "accessDecision.decision", CEF_TEXT, 63),
    ROW("outcome", "decision", CEF_TEXT, 63),
    ROW("reason", "requestInfo.reason", CEF_TEXT, 1023),
    ROW("reason", "reason", CEF_TEXT, 1023),
    ROW("msg", "accessDecision.message", CEF_TEXT, 1023),
    ROW("deviceExternalId", "computerId", CEF_TEXT, 255),
    ROW("deviceExternalId", NULL, CEF_ITEM_COMPUTER, 255),
    ROW("dhost", "requestInfo.hostName", CEF_TEXT, 1023),
    ROW("dhost", "computerName", CEF_TEXT, 1023),
    ROW("suser", "requestInfo.user", CEF_TEXT, 1023),
    ROW("suser", "user", CEF_TEXT, 1023),
    ROW("duser", "accessDecision.decisionPerformedByUser", CEF_TEXT, 1023),
    ROW("duser", "decisionPerformedByUser", CEF_TEXT, 1023),
    ROW("duser", "changedBy", CEF_TEXT, 1023),
    ROW("fname", "requestInfo.fileName", CEF_TEXT, 1023),
    ROW("filePath", "requestInfo.filePath", CEF_TEXT, 1023),
    ROW("fileHash", "requestInfo.sha256Hash", CEF_TEXT, 255),
    ROW("fileHash", "requestInfo.sha1Hash", CEF_TEXT, 255),
    ROW("fileType", "requestInfo.applicationType", CEF_TEXT, 1023),
    ROW("request", "requestInfo.downloadSourceUrl", CEF_TEXT, 1023),
    ROW("request", "requestInfo.sourceUrl", CEF_TEXT, 1023),
    ROW("destinationServiceName", "requestInfo.serviceName", CEF_TEXT, 1023),
    CUSTOM("cs1", "Ticket", "serviceTicket.ticketId", CEF_TEXT, 4000),
    CUSTOM("cs1", "Ticket", "ticketId", CEF_TEXT, 4000),
    CUSTOM("cs2", "Workstyle", "requestInfo.workstyle", CEF_TEXT, 4000),
    CUSTOM("cs3", "Product", "requestInfo.productName", CEF_TEXT, 4000),
    CUSTOM("cs3", "Product", "productName", CEF_TEXT, 4000),
    CUSTOM("cs4", "Command line", "requestInfo.commandLine", CEF_TEXT, 4000),
    CUSTOM("cs5", "Duration", "accessDecision.duration", CEF_TEXT, 4000),
    CUSTOM("cs5", "Duration", "duration", CEF_TEXT, 4000),
    CUSTOM("cs6", "Signed by", "requestInfo.publisher", CEF_TEXT, 4000),
    CUSTOM("deviceCustomDate1", "Decided", "accessDecision.decisionTime", CEF_TIME, 0),
    CUSTOM("deviceCustomDate1", "Decided", "decisionTime", CEF_TIME, 0),
};

const struct cef_map cef_maps[FEED_COUNT] = {
    [FEED_EVENTS] = { event_rows, COUNT_OF(event_rows), { "event.code" }, "event", { "event.action", "event.reason" }, "Event" },
    [FEED_ACTIVITY_AUDITS] = { audit_rows, COUNT_OF(audit_rows), { "auditType" }, "audit", { "details", "auditType" }, "Activity audit" },
    [FEED_AUTHORIZATION_REQUESTS] = { request_rows, COUNT_OF(request_rows), { "change", "accessDecision.decision", "decision" }, "Pending", { NULL }, "Authorization request" },
};

/* By OCSF's severity_id: unknown, informational, low, medium, high. */
static const char severities[] = { '0', '1', '3', '5', '8' };
/* clang-format on */

const char *cef_source(const struct cef_row *row)
{
    switch (row->how) {
    case CEF_CHANGES: return "the object that says what changed, as JSON";
    case CEF_ITEM_TIME: return "when it happened, as the feed orders it";
    case CEF_ITEM_ID: return "the id of the record";
    case CEF_ITEM_COMPUTER: return "the id of the computer";
    case CEF_TEXT:
    case CEF_FIRST:
    case CEF_NUMBER:
    case CEF_TIME:
    case CEF_IPV4:
    case CEF_IPV6:
    case CEF_CONSTANT: break;
    }
    return row->from;
}

/* --- escapes ----------------------------------------------------------------------------------------------------- */

static void put_head(struct buffer *out, struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.text[i];
        if (byte == '\\' || byte == '|') {
            buffer_char(out, '\\');
        }
        buffer_char(out, (unsigned char)byte < ' ' || byte == 0x7F ? ' ' : byte);
    }
}

static void put_value(struct buffer *out, struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.text[i];
        switch (byte) {
        case '\n': buffer_text(out, "\\n"); break;
        case '\r': buffer_text(out, "\\r"); break;
        case '\\':
        case '=':
            buffer_char(out, '\\');
            buffer_char(out, byte);
            break;
        default: buffer_char(out, (unsigned char)byte < ' ' || byte == 0x7F ? ' ' : byte); break;
        }
    }
}

/* --- values ------------------------------------------------------------------------------------------------------ */

enum { SCALAR_BYTES = 64 };

/* The value itself, or the first of an array that pleases. */
static struct slice first_address(const struct json *value, int family)
{
    bool many = json_is(value, JSON_ARRAY);
    const struct json *at = many ? value->first : value;
    while (at != NULL && !format_is_address(json_text_of(at), family)) {
        at = many ? at->next : NULL;
    }
    return json_text_of(at);
}

static void put_time(struct buffer *out, const struct json *value)
{
    int64_t moment = 0;
    if (time_parse(json_text_of(value), &moment, NULL)) {
        buffer_print(out, "%" PRId64, format_milliseconds(moment));
    }
}

static void put_number(struct buffer *out, const struct json *value)
{
    int64_t number = 0;
    if (json_is(value, JSON_INT)) {
        buffer_print(out, "%" PRId64, value->integer);
    } else if (slice_int64(json_text_of(value), &number)) {
        buffer_print(out, "%" PRId64, number);
    }
}

/* A scalar as text; texts of an array one behind the other. */
static void put_text(struct buffer *out, const struct json *value, size_t bytes_max)
{
    if (json_is(value, JSON_TEXT)) {
        put_value(out, format_cut(value->text, bytes_max));
    } else if (json_is(value, JSON_BOOL)) {
        buffer_text(out, value->boolean ? "true" : "false");
    } else if (json_is(value, JSON_ARRAY)) {
        size_t start = out->length;
        for (const struct json *at = value->first; at != NULL; at = at->next) {
            struct slice text = json_text_of(at);
            size_t used = out->length - start;
            if (text.length > 0 && used + text.length + 1 <= bytes_max) {
                buffer_text(out, used == 0 ? "" : ",");
                put_value(out, text);
            }
        }
    } else {
        put_number(out, value);
    }
}

static void put_changes(struct buffer *out, const struct json *audit, size_t bytes_max)
{
    const struct json *changes = format_changes(audit);
    struct buffer text;
    struct json_writer writer;
    if (changes == NULL) {
        return;
    }
    buffer_init(&text, out->limit);
    json_writer_init(&writer, &text);
    json_put_value(&writer, changes);
    put_value(out, format_cut(buffer_slice(&text), bytes_max));
    buffer_done(&text);
}

static void put_row(struct buffer *out, const struct cef_row *row, const struct delivery_item *item,
                    const struct json *document)
{
    const struct json *value = row->from == NULL ? NULL : json_path(document, row->from);
    switch (row->how) {
    case CEF_TEXT: put_text(out, value, row->bytes_max); break;
    case CEF_FIRST:
        put_text(out, json_is(value, JSON_ARRAY) ? value->first : value, row->bytes_max);
        break;
    case CEF_NUMBER: put_number(out, value); break;
    case CEF_TIME: put_time(out, value); break;
    case CEF_IPV4: put_value(out, first_address(value, AF_INET)); break;
    case CEF_IPV6: put_value(out, first_address(value, AF_INET6)); break;
    case CEF_CONSTANT: buffer_text(out, row->from); break;
    case CEF_CHANGES: put_changes(out, document, row->bytes_max); break;
    case CEF_ITEM_TIME: buffer_print(out, "%" PRId64, format_milliseconds(item->time)); break;
    case CEF_ITEM_ID: put_value(out, format_cut(item->id, row->bytes_max)); break;
    case CEF_ITEM_COMPUTER: put_value(out, format_cut(item->computer, row->bytes_max)); break;
    }
}

/* --- the record -------------------------------------------------------------------------------------------------- */

static void head_part(struct buffer *out, const struct json *document,
                      const char *const paths[CEF_HEAD_PATHS], const char *otherwise)
{
    struct slice text = { 0 };
    for (size_t i = 0; i < CEF_HEAD_PATHS && text.length == 0 && paths[i] != NULL; i++) {
        text = json_text_of(json_path(document, paths[i]));
    }
    put_head(out, text.length == 0 ? slice_of(otherwise) : format_cut(text, CEF_HEAD_BYTES_MAX));
    buffer_char(out, '|');
}

/* Whether the row got a value; a key without one is taken back. */
static bool extension_part(struct buffer *out, const struct cef_row *row,
                           const struct delivery_item *item, const struct json *document)
{
    size_t before = out->length;
    buffer_print(out, "%s=", row->key);
    size_t start = out->length;
    put_row(out, row, item, document);
    if (out->length == start) {
        out->length = before;
        return false;
    }
    buffer_char(out, ' ');
    if (row->label != NULL) {
        buffer_print(out, "%sLabel=%s ", row->key, row->label);
    }
    return true;
}

enum result format_write_cef(struct arena *arena, const struct delivery_item *item,
                             struct buffer *out, struct error *error)
{
    const struct json *document = NULL;
    TRY(format_parse(arena, item, &document, error));
    const struct cef_map *map = &cef_maps[item->feed];
    uint8_t severity = record_class_of(item->feed, document)->severity_id;
    const char *done = "";
    buffer_text(out, "CEF:0|Reeve|Reeve|" REEVE_VERSION "|");
    head_part(out, document, map->signature, map->signature_otherwise);
    head_part(out, document, map->name, map->name_otherwise);
    buffer_char(out, severity < sizeof(severities) ? severities[severity] : '0');
    buffer_char(out, '|');
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->rows[i].key, done) != 0 &&
            extension_part(out, &map->rows[i], item, document)) {
            done = map->rows[i].key;
        }
    }
    if (!out->overflow && out->length > 0 && out->bytes[out->length - 1] == ' ') {
        out->bytes[--out->length] = '\0';
    }
    return format_end(out, error);
}
