#include "agent/happening.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/facts.h"
#include "base/time.h"
#include "base/uuid.h"
#include "json/write.h"

struct kind_row {
    const char *code, *type, *action; /* of EPMWinMac.Event */
    const char *categories[2];
    const char *event_type, *outcome, *reason;
};

/* clang-format off */
static const struct kind_row kinds[] = {
    [HAPPENING_ELEVATED]              = { "100", "Process",       "Elevated",    { "process" },                   "start",  "success", "Process started with admin rights added" },
    [HAPPENING_REFUSED]               = { "116", "Process",       "Blocked",     { "process" },                   "denied", "failure", "Process execution was blocked" },
    [HAPPENING_LOGON]                 = { "300", "Session",       "User Logon",  { "session", "authentication" }, "start",  "success", "User logged on" },
    [HAPPENING_LOGOFF]                = { "300", "Session",       "User Logoff", { "session" },                   "end",    "success", "User logged off" },
    [HAPPENING_POLICY_DOWNLOADED]     = { "210", "Configuration", "Downloaded",  { "configuration" },             "change", "success", "Policy downloaded" },
    [HAPPENING_POLICY_NOT_DOWNLOADED] = { "211", "Configuration", "Error",       { "configuration" },             "change", "failure", "Policy could not be downloaded" },
    [HAPPENING_POLICY_LOADED]         = { "200", "Configuration", "Loaded",      { "configuration" },             "change", "success", "Policy loaded" },
    [HAPPENING_POLICY_NOT_LOADED]     = { "202", "Configuration", "Error",       { "configuration" },             "change", "failure", "Policy could not be loaded" },
    [HAPPENING_AGENT_STARTED]         = { "400", "Agent",         "Started",     { "process" },                   "start",  "success", "Agent service started" },
    [HAPPENING_AGENT_STOPPED]         = { "401", "Agent",         "Stopped",     { "process" },                   "end",    "success", "Agent service stopped" },
};
/* clang-format on */

static void member_some(struct json_writer *writer, const char *name, struct slice text)
{
    if (text.length > 0) {
        json_member_slice(writer, name, text);
    }
}

static void member_moment(struct json_writer *writer, const char *name, int64_t moment_us)
{
    char text[TIME_TEXT_BYTES];
    (void)time_format(moment_us, TIME_ZULU, text);
    json_member_text(writer, name, text);
}

static void put_list(struct json_writer *writer, const char *name, const char *const *texts,
                     size_t count)
{
    json_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++) {
        if (texts[i] != NULL && texts[i][0] != '\0') {
            json_put_text(writer, texts[i]);
        }
    }
    json_end_array(writer);
}

static void put_addresses(struct json_writer *writer, const struct facts *facts)
{
    json_begin_array(writer);
    for (size_t i = 0; i < facts->address_count; i++) {
        json_put_text(writer, facts->addresses[i]);
    }
    json_end_array(writer);
}

/* --- parts ----------------------------------------------------------------------------------------------------------------- */

static void put_event(struct json_writer *writer, const struct happening *happening)
{
    const struct kind_row *row = &kinds[happening->kind];
    struct uuid id;
    char action[64];
    bool whole = row->type[0] != 'S'; /* "User Logon" says it all */
    (void)snprintf(action, sizeof(action), "%s%s%s", whole ? row->type : "", whole ? " " : "",
                   row->action);
    uuid_make(time_now_us(), &id);
    json_key(writer, "event");
    json_begin_object(writer);
    json_member_text(writer, "id", id.text);
    json_member_text(writer, "code", row->code);
    json_member_text(writer, "kind", "event");
    put_list(writer, "category", row->categories, COUNT_OF(row->categories));
    put_list(writer, "type", &row->event_type, 1);
    json_member_text(writer, "action", action);
    json_member_text(writer, "outcome", row->outcome);
    json_member_text(writer, "provider", "Reeve");
    if (happening->reason != NULL) {
        json_member_text(writer, "reason", happening->reason);
    } else if (happening->line != NULL && happening->line->reason.length > 0) {
        json_member_slice(writer, "reason", happening->line->reason);
    } else {
        json_member_text(writer, "reason", row->reason);
    }
    json_end_object(writer);
}

static void put_host(struct json_writer *writer, const struct facts *facts)
{
    json_key(writer, "host");
    json_begin_object(writer);
    json_member_text(writer, "hostname", facts->host);
    json_member_text(writer, "name", facts->full_host[0] == '\0' ? facts->host : facts->full_host);
    member_some(writer, "id", slice_of(facts->machine_id));
    member_some(writer, "domain", slice_of(facts->domain));
    member_some(writer, "architecture", slice_of(facts->architecture));
    json_key(writer, "ip");
    put_addresses(writer, facts);
    if (facts->mac[0] != '\0') {
        const char *mac = facts->mac;
        put_list(writer, "mac", &mac, 1);
    }
    json_key(writer, "os");
    json_begin_object(writer);
    json_member_text(writer, "type", "linux");
    member_some(writer, "platform", slice_of(facts->os_id));
    member_some(writer, "name", slice_of(facts->os_name));
    member_some(writer, "version", slice_of(facts->os_version));
    member_some(writer, "family", slice_of(facts->os_family));
    member_some(writer, "kernel", slice_of(facts->kernel));
    member_some(writer, "full", slice_of(facts->os_full));
    json_end_object(writer);
    json_end_object(writer);
}

/* Empty when this machine does not know the name. */
static void user_number(struct slice name, char out[24])
{
    enum { NAME_BYTES = 257, RECORD_BYTES = 4096 };
    char text[NAME_BYTES];
    char record[RECORD_BYTES];
    struct passwd found;
    struct passwd *result = NULL;
    out[0] = '\0';
    if (name.length == 0 || name.length >= sizeof(text)) {
        return;
    }
    memcpy(text, name.text, name.length);
    text[name.length] = '\0';
    if (getpwnam_r(text, &found, record, sizeof(record), &result) == 0 && result != NULL) {
        (void)snprintf(out, 24, "%u", (unsigned)found.pw_uid);
    }
}

static void put_user(struct json_writer *writer, struct slice name)
{
    char id[24];
    if (name.length == 0) {
        return;
    }
    user_number(name, id);
    json_key(writer, "user");
    json_begin_object(writer);
    member_some(writer, "id", slice_of(id));
    json_member_slice(writer, "name", name);
    json_end_object(writer);
}

static struct slice base_name(struct slice path)
{
    struct slice rest = path;
    while (memchr(rest.text, '/', rest.length) != NULL) {
        (void)slice_cut(&rest, '/');
    }
    return rest;
}

static void put_process(struct json_writer *writer, const struct happening *happening)
{
    const struct auth_line *line = happening->line;
    struct slice rest = line->command;
    struct slice executable = slice_cut(&rest, ' ');
    json_key(writer, "process");
    json_begin_object(writer);
    if (executable.length > 0) {
        member_some(writer, "name", base_name(executable));
        json_member_slice(writer, "executable", executable);
        json_member_slice(writer, "command_line", line->command);
    }
    member_some(writer, "working_directory", line->folder);
    member_moment(writer, "start", happening->moment_us);
    put_user(writer, line->target);
    json_key(writer, "parent");
    json_begin_object(writer);
    if (line->pid > 0) {
        json_member_int(writer, "pid", line->pid);
    }
    json_member_slice(writer, "name", line->program);
    json_end_object(writer);
    json_end_object(writer);
    if (executable.length > 1 && executable.text[0] == '/') {
        json_key(writer, "file");
        json_begin_object(writer);
        member_some(writer, "name", base_name(executable));
        json_member_slice(writer, "path", executable);
        json_end_object(writer);
    }
}

static void put_related(struct json_writer *writer, const struct happening *happening,
                        const struct facts *facts)
{
    const struct auth_line *line = happening->line;
    const char *host = facts->host;
    json_key(writer, "related");
    json_begin_object(writer);
    json_key(writer, "ip");
    put_addresses(writer, facts);
    put_list(writer, "hosts", &host, 1);
    if (line != NULL && line->user.length > 0) {
        json_key(writer, "user");
        json_begin_array(writer);
        json_put_slice(writer, line->user);
        if (line->target.length > 0) {
            json_put_slice(writer, line->target);
        }
        json_end_array(writer);
    }
    json_end_object(writer);
}

static void put_own(struct json_writer *writer, const struct happening *happening)
{
    const struct kind_row *row = &kinds[happening->kind];
    json_key(writer, "EPMWinMac");
    json_begin_object(writer);
    json_member_text(writer, "SchemaVersion", "1.0");
    json_member_text(writer, "AdapterVersion", REEVE_VERSION);
    json_key(writer, "Event");
    json_begin_object(writer);
    json_member_text(writer, "Type", row->type);
    json_member_text(writer, "Action", row->action);
    json_end_object(writer);
    if (happening->policy_id != NULL && happening->policy_id[0] != '\0') {
        char number[24];
        (void)snprintf(number, sizeof(number), "%lld", (long long)happening->policy_revision);
        json_key(writer, "Configuration");
        json_begin_object(writer);
        json_member_text(writer, "Identifier", happening->policy_id);
        json_member_text(writer, "Name", happening->policy_name);
        json_member_text(writer, "RevisionNumber", number);
        json_member_text(writer, "Source", "Reeve");
        json_end_object(writer);
    }
    if (happening->line != NULL && happening->line->session.length > 0) {
        json_key(writer, "Session");
        json_begin_object(writer);
        json_member_slice(writer, "Identifier", happening->line->session);
        json_end_object(writer);
    }
    json_end_object(writer);
}

/* --- whole ----------------------------------------------------------------------------------------------------------------- */

void happening_write(const struct happening *happening, const struct happening_source *source,
                     struct buffer *out)
{
    static const char *const tags[] = { "AgentEventAudit" };
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    member_moment(&writer, "@timestamp", happening->moment_us);
    put_list(&writer, "tags", tags, COUNT_OF(tags));
    json_key(&writer, "ecs");
    json_begin_object(&writer);
    json_member_text(&writer, "version", "8.11.0");
    json_end_object(&writer);
    json_key(&writer, "agent");
    json_begin_object(&writer);
    json_member_text(&writer, "id", source->computer_id);
    json_member_text(&writer, "version", REEVE_VERSION);
    json_member_text(&writer, "ephemeral_id", source->run_id);
    json_end_object(&writer);
    put_event(&writer, happening);
    put_host(&writer, source->facts);
    if (happening->line != NULL) {
        put_user(&writer, happening->line->user);
        if (happening->kind == HAPPENING_ELEVATED || happening->kind == HAPPENING_REFUSED) {
            put_process(&writer, happening);
        }
        if (happening->line->source_address.length > 0) {
            json_key(&writer, "source");
            json_begin_object(&writer);
            json_member_slice(&writer, "ip", happening->line->source_address);
            json_end_object(&writer);
        }
    }
    put_related(&writer, happening, source->facts);
    put_own(&writer, happening);
    json_end_object(&writer);
}
