#include "sudo_log/sudo_event.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "json/write.h"

enum { NS_PER_US = 1000 };

struct kind_row {
    const char *code, *type, *action; /* of EPMWinMac.Event */
    const char *event_kind, *event_type, *outcome, *reason;
};

/* clang-format off */
/* The first two are those of agents. The end of a command has no code of the product's; an alert is a warning of a service. */
static const struct kind_row kinds[] = {
    [SUDO_ACCEPT] = { "100", "Process", "Elevated", "event", "start",  "success", "Process started with admin rights added" },
    [SUDO_REJECT] = { "116", "Process", "Blocked",  "event", "denied", "failure", "Process execution was blocked" },
    [SUDO_ALERT]  = { "2",   "Service", "Warning",  "alert", "info",   "failure", "sudo met something unusual" },
    [SUDO_EXIT]   = { NULL,  "Process", "Ended",    "event", "end",    "success", "Process with admin rights ended" },
};
/* clang-format on */

static const char *const transports[] = { "syslog", "sudo_logsrvd", "import" };

/* An alert about a command says that it does not run. */
static const struct kind_row *row_of(const struct sudo_record *record)
{
    bool blocked = record->kind == SUDO_ALERT && record->command.length > 0;
    return &kinds[blocked ? SUDO_REJECT : record->kind];
}

/* --- identity --------------------------------------------------------------------------------------------------- */

static void digest_add(struct sha256 *digest, struct slice part)
{
    uint64_t length = part.length; /* so that no two rows of parts look the same */
    sha256_add(digest, &length, sizeof(length));
    if (part.length > 0) {
        sha256_add(digest, part.text, part.length);
    }
}

void sudo_event_id(const struct sudo_event *event, const char *host_key, struct slice text,
                   char out[SUDO_EVENT_ID_BYTES])
{
    enum { UUID_BYTES = 16 };
    const struct sudo_record *record = event->record;
    const struct slice none = { .length = 0 };
    uint8_t bytes[SHA256_BYTES];
    char number[32];
    char hex[2 * UUID_BYTES + 1];
    struct sha256 *digest = sha256_new();
    memset(bytes, 0, sizeof(bytes));
    bool is_end = record->kind == SUDO_EXIT && record->run.length > 0;
    if (digest != NULL) {
        (void)snprintf(number, sizeof(number), "%d %lld", (int)record->kind,
                       (long long)(is_end ? 0 : record->moment_ns));
        digest_add(digest, SLICE("sudo 1"));
        digest_add(digest, slice_of(host_key));
        digest_add(digest, slice_of(number));
        digest_add(digest, record->run);
        /* A run ends once; what else is told of its end depends on who tells it. */
        digest_add(digest, is_end ? none : record->user);
        digest_add(digest, is_end ? none : record->target);
        digest_add(digest, is_end ? none : record->command);
        digest_add(digest, is_end ? none : record->reason);
        digest_add(digest, is_end ? none : text);
        sha256_finish(digest, bytes);
    } else {
        random_bytes(bytes, sizeof(bytes)); /* without memory: a repetition is better than a loss */
    }
    bytes[6] = (uint8_t)((bytes[6] & 0x0FU) | 0x80U);
    bytes[8] = (uint8_t)((bytes[8] & 0x3FU) | 0x80U);
    hex_encode(bytes, UUID_BYTES, hex);
    (void)snprintf(out, SUDO_EVENT_ID_BYTES, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                   hex + 16, hex + 20);
}

/* --- parts ------------------------------------------------------------------------------------------------------ */

static void member_some(struct json_writer *writer, const char *name, struct slice text)
{
    if (text.length > 0) {
        json_member_slice(writer, name, text);
    }
}

static void member_moment(struct json_writer *writer, const char *name, int64_t moment_ns)
{
    char text[TIME_TEXT_BYTES];
    if (moment_ns > 0) {
        (void)time_format(moment_ns / NS_PER_US, TIME_ZONED, text);
        json_member_text(writer, name, text);
    }
}

static void member_list(struct json_writer *writer, const char *name, struct slice first,
                        struct slice second)
{
    json_key(writer, name);
    json_begin_array(writer);
    if (first.length > 0) {
        json_put_slice(writer, first);
    }
    if (second.length > 0) {
        json_put_slice(writer, second);
    }
    json_end_array(writer);
}

static const char *outcome_of(const struct sudo_record *record)
{
    bool failed = record->kind == SUDO_EXIT && record->exit_value != 0;
    return failed ? "failure" : row_of(record)->outcome;
}

static void put_event(struct json_writer *writer, const struct sudo_event *event, const char *id)
{
    const struct sudo_record *record = event->record;
    const struct kind_row *row = row_of(record);
    char action[64];
    struct slice none = { .length = 0 };
    (void)snprintf(action, sizeof(action), "%s %s", row->type, row->action);
    json_key(writer, "event");
    json_begin_object(writer);
    json_member_text(writer, "id", id);
    member_some(writer, "code", slice_of(row->code));
    json_member_text(writer, "kind", row->event_kind);
    member_list(writer, "category", SLICE("process"), none);
    member_list(writer, "type", slice_of(row->event_type), none);
    json_member_text(writer, "action", action);
    json_member_text(writer, "outcome", outcome_of(record));
    json_member_text(writer, "provider", "sudo");
    json_member_text(writer, "module", transports[event->transport]);
    json_member_slice(writer, "reason",
                      record->reason.length > 0 ? record->reason : slice_of(row->reason));
    if (record->run_ns >= 0) {
        json_member_int(writer, "duration", record->run_ns);
    }
    json_end_object(writer);
}

static void put_host(struct json_writer *writer, const char *host)
{
    struct slice rest = slice_of(host);
    struct slice first = slice_cut(&rest, '.');
    bool is_address =
        memchr(host, ':', strlen(host)) != NULL || strspn(host, "0123456789.") == strlen(host);
    json_key(writer, "host");
    json_begin_object(writer);
    json_member_slice(writer, "hostname", is_address ? slice_of(host) : first);
    json_member_text(writer, "name", host);
    if (!is_address) {
        member_some(writer, "domain", rest);
    }
    json_key(writer, "os");
    json_begin_object(writer);
    json_member_text(writer, "type", "linux");
    json_end_object(writer);
    json_end_object(writer);
}

static void put_user(struct json_writer *writer, struct slice name, int64_t id)
{
    if (name.length == 0) {
        return;
    }
    json_key(writer, "user");
    json_begin_object(writer);
    if (id >= 0) {
        char number[24];
        (void)snprintf(number, sizeof(number), "%lld", (long long)id);
        json_member_text(writer, "id", number);
    }
    json_member_slice(writer, "name", name);
    json_end_object(writer);
}

static struct slice base_name(struct slice path)
{
    struct slice rest = path;
    while (rest.length > 0 && memchr(rest.text, '/', rest.length) != NULL) {
        (void)slice_cut(&rest, '/');
    }
    return rest;
}

static void put_end(struct json_writer *writer, const struct sudo_record *record)
{
    if (record->kind == SUDO_EXIT) {
        member_moment(writer, "end", record->moment_ns);
        if (record->exit_value >= 0) {
            json_member_int(writer, "exit_code", record->exit_value);
        }
    } else {
        member_moment(writer, "start", record->moment_ns);
    }
}

static void put_process(struct json_writer *writer, const struct sudo_record *record)
{
    json_key(writer, "process");
    json_begin_object(writer);
    member_some(writer, "entity_id", record->run);
    if (record->program.length > 0) {
        member_some(writer, "name", base_name(record->program));
        json_member_slice(writer, "executable", record->program);
    }
    member_some(writer, "command_line", record->command);
    member_some(writer, "working_directory", record->folder);
    member_some(writer, "tty", record->terminal);
    put_end(writer, record);
    put_user(writer, record->target, record->target_id);
    if (record->target_group.length > 0) {
        json_key(writer, "group");
        json_begin_object(writer);
        json_member_slice(writer, "name", record->target_group);
        json_end_object(writer);
    }
    json_key(writer, "parent");
    json_begin_object(writer);
    if (record->pid > 0) {
        json_member_int(writer, "pid", record->pid);
    }
    json_member_text(writer, "name", "sudo");
    json_end_object(writer);
    json_end_object(writer);
    if (record->program.length > 1 && record->program.text[0] == '/') {
        json_key(writer, "file");
        json_begin_object(writer);
        member_some(writer, "name", base_name(record->program));
        json_member_slice(writer, "path", record->program);
        json_end_object(writer);
    }
}

static void put_product(struct json_writer *writer, const struct kind_row *row)
{
    json_key(writer, "EPMWinMac");
    json_begin_object(writer);
    json_member_text(writer, "SchemaVersion", "1.0");
    json_key(writer, "Event");
    json_begin_object(writer);
    json_member_text(writer, "Type", row->type);
    json_member_text(writer, "Action", row->action);
    json_end_object(writer);
    json_end_object(writer);
}

/* --- whole ------------------------------------------------------------------------------------------------------ */

void sudo_event_write(const struct sudo_event *event, const char *id, struct buffer *out)
{
    const struct sudo_record *record = event->record;
    struct slice none = { .length = 0 };
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    member_moment(&writer, "@timestamp", record->moment_ns);
    member_list(&writer, "tags", SLICE("AgentEventAudit"), SLICE("sudo"));
    json_key(&writer, "ecs");
    json_begin_object(&writer);
    json_member_text(&writer, "version", "8.11.0");
    json_end_object(&writer);
    put_event(&writer, event, id);
    put_host(&writer, event->host);
    put_user(&writer, record->user, record->user_id);
    put_process(&writer, record);
    json_key(&writer, "related");
    json_begin_object(&writer);
    member_list(&writer, "hosts", slice_of(event->host), none);
    member_list(&writer, "user", record->user, record->target);
    json_end_object(&writer);
    put_product(&writer, row_of(record));
    json_end_object(&writer);
}
