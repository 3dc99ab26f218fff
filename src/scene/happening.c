#include "scene/happening.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "json/write.h"
#include "scene/dice.h"
#include "scene/rulebook.h"

enum { LINE_BYTES = 640 };
#define EVENT_IDS (UINT64_C(1) << 40)

struct telling { /* one event while it is written */
    const struct happening *what;
    const struct app *app; /* NULL: of no program */
    struct dice dice;
    struct json_writer writer;
    char moment[TIME_TEXT_BYTES];
};

static void object(struct telling *telling, const char *name)
{
    json_key(&telling->writer, name);
    json_begin_object(&telling->writer);
}

static void end(struct telling *telling)
{
    json_end_object(&telling->writer);
}

static void text(struct telling *telling, const char *name, const char *value)
{
    json_member_text(&telling->writer, name, value);
}

/* Words with blanks between, as an array. */
static void list(struct telling *telling, const char *name, const char *words)
{
    struct slice rest = slice_of(words);
    json_key(&telling->writer, name);
    json_begin_array(&telling->writer);
    while (rest.length > 0) {
        json_put_slice(&telling->writer, slice_cut(&rest, ' '));
    }
    json_end_array(&telling->writer);
}

static void list_of(struct telling *telling, const char *name, const char *first,
                    const char *second)
{
    json_key(&telling->writer, name);
    json_begin_array(&telling->writer);
    json_put_text(&telling->writer, first);
    if (second != NULL) {
        json_put_text(&telling->writer, second);
    }
    json_end_array(&telling->writer);
}

static bool on_windows(const struct telling *telling)
{
    return telling->what->kind->type == HOST_WINDOWS;
}

/* --- ECS ---------------------------------------------------------------------------------------------- */

static void tell_event(struct telling *telling)
{
    const struct event_code *code = telling->what->code;
    struct uuid id;
    char action[64];
    uuid_seeded(telling->what->seed, EVENT_IDS + (uint64_t)telling->what->number, &id);
    (void)snprintf(action, sizeof(action), "%s%s%s", code->subject == ABOUT_LOGON ? "" : code->type,
                   code->subject == ABOUT_LOGON ? "" : " ", code->action);
    object(telling, "event");
    text(telling, "id", id.text);
    text(telling, "code", code->code);
    text(telling, "kind", "event");
    list(telling, "category", code->category);
    list(telling, "type", code->kind);
    text(telling, "action", action);
    text(telling, "outcome", code->outcome);
    text(telling, "provider", "EPM");
    text(telling, "reason", code->reason);
    end(telling);
}

static void tell_os(struct telling *telling)
{
    static const char *const types[] = { [HOST_WINDOWS] = "windows",
                                         [HOST_MACOS] = "macos",
                                         [HOST_LINUX] = "linux",
                                         [HOST_UNKNOWN] = "unknown" };
    const struct machine_kind *kind = telling->what->kind;
    char full[160];
    (void)snprintf(full, sizeof(full), "%s %s", kind->os, kind->os_text);
    object(telling, "os");
    text(telling, "type", types[kind->type]);
    text(telling, "platform", kind->platform);
    text(telling, "name", kind->os);
    text(telling, "full", full);
    text(telling, "family", kind->family);
    text(telling, "version", kind->os_version);
    text(telling, "ProductType", kind->server ? "Server" : "Workstation");
    end(telling);
}

static void tell_host(struct telling *telling)
{
    const struct happening *what = telling->what;
    char name[HOST_NAME_BYTES + sizeof(SCENE_DOMAIN) + 1];
    (void)snprintf(name, sizeof(name), "%s." SCENE_DOMAIN, what->host);
    object(telling, "host");
    text(telling, "hostname", what->host);
    text(telling, "name", name);
    text(telling, "id", what->computer_id);
    list_of(telling, "ip", what->address, NULL);
    text(telling, "architecture", what->kind->architecture);
    text(telling, "domain", SCENE_DOMAIN);
    text(telling, "DomainIdentifier", SCENE_SID);
    text(telling, "NetBIOSName", what->host);
    text(telling, "DomainNetBIOSName", SCENE_NETBIOS);
    text(telling, "ChassisType", what->kind->chassis);
    text(telling, "DefaultLocale", "en-GB");
    text(telling, "DefaultUILanguage", "en-GB");
    tell_os(telling);
    end(telling);
}

/* What the machine does by itself it does as its system account. */
static bool is_of_system(const struct telling *telling)
{
    enum subject subject = telling->what->code->subject;
    return subject == ABOUT_POLICY || subject == ABOUT_AGENT || subject == ABOUT_LICENCE;
}

static const char *user_name(const struct telling *telling)
{
    if (is_of_system(telling)) {
        return on_windows(telling) ? "SYSTEM" : "root";
    }
    return telling->what->person->login;
}

static const char *user_id(const struct telling *telling, char out[64])
{
    if (on_windows(telling)) {
        (void)snprintf(out, 64, "%s",
                       is_of_system(telling) ? "S-1-5-18" : telling->what->person->sid);
    } else {
        (void)snprintf(out, 64, "%u", is_of_system(telling) ? 0U : telling->what->person->uid);
    }
    return out;
}

static void tell_user(struct telling *telling)
{
    char id[64];
    object(telling, "user");
    text(telling, "id", user_id(telling, id));
    text(telling, "name", user_name(telling));
    text(telling, "domain", SCENE_DOMAIN);
    text(telling, "DomainIdentifier", SCENE_SID);
    text(telling, "DomainNetBIOSName", SCENE_NETBIOS);
    end(telling);
}

static void tell_process(struct telling *telling)
{
    static const char *const parents[] = { [HOST_WINDOWS] = "C:\\Windows\\explorer.exe",
                                           [HOST_MACOS] = "/sbin/launchd",
                                           [HOST_LINUX] = "/usr/bin/bash",
                                           [HOST_UNKNOWN] = "/sbin/init" };
    const struct happening *what = telling->what;
    const struct app *app = telling->app;
    char line[LINE_BYTES];
    int64_t pid = 1000 + (int64_t)dice_below(&telling->dice, 30000) * 4;
    object(telling, "process");
    json_member_int(&telling->writer, "pid", pid);
    (void)snprintf(line, sizeof(line), "%" PRId64 "-%" PRId64, pid, what->at_us);
    text(telling, "entity_id", line);
    text(telling, "executable", app->path);
    (void)snprintf(line, sizeof(line), "\"%s\"%s%s", app->path,
                   app->arguments[0] == '\0' ? "" : " ", app->arguments);
    text(telling, "command_line", line);
    text(telling, "start", telling->moment);
    json_member_bool(&telling->writer, "ElevationRequired",
                     app->group == GROUP_ADMIN || app->group == GROUP_INSTALLERS);
    object(telling, "parent");
    json_member_int(&telling->writer, "pid", 400 + (int64_t)dice_below(&telling->dice, 600));
    text(telling, "executable", parents[what->kind->type]);
    text(telling, "command_line", parents[what->kind->type]);
    end(telling);
    end(telling);
}

static void tell_hashes(struct telling *telling)
{
    char hash[65];
    object(telling, "hash");
    app_hash(telling->app, 32, hash);
    text(telling, "md5", hash);
    app_hash(telling->app, 40, hash);
    text(telling, "sha1", hash);
    app_hash(telling->app, 64, hash);
    text(telling, "sha256", hash);
    end(telling);
}

static void tell_signature(struct telling *telling)
{
    const struct app *app = telling->app;
    bool is = app->publisher[0] != '\0';
    object(telling, "code_signature");
    json_member_bool(&telling->writer, "exists", is);
    if (is) {
        text(telling, "subject_name", app->publisher);
        json_member_bool(&telling->writer, "valid", true);
        json_member_bool(&telling->writer, "trusted", true);
    }
    end(telling);
    if (!on_windows(telling)) {
        return;
    }
    object(telling, "pe");
    text(telling, "company", app->publisher);
    text(telling, "description", app->description);
    text(telling, "product", app->product);
    text(telling, "file_version", app->version);
    text(telling, "original_file_name", path_name(app->path));
    end(telling);
}

/* `owner` before `Owner`: who ignores letter case takes the last one. */
static void tell_owner(struct telling *telling)
{
    bool windows = on_windows(telling);
    text(telling, "owner", windows ? "BUILTIN\\Administrators" : "root");
    object(telling, "Owner");
    text(telling, "Identifier", windows ? "S-1-5-32-544" : "0");
    text(telling, "Name", windows ? "Administrators" : "root");
    text(telling, "DomainName", windows ? "BUILTIN" : telling->what->host);
    end(telling);
}

static void tell_path(struct telling *telling, const char *path)
{
    const char *name = path_name(path);
    const char *dot = strrchr(name, '.');
    size_t folder = (size_t)(name - path);
    text(telling, "name", name);
    text(telling, "path", path);
    json_member_slice(&telling->writer, "directory",
                      (struct slice){ path, folder > 1 ? folder - 1 : folder });
    if (dot != NULL) {
        text(telling, "extension", dot + 1);
    }
    if (on_windows(telling)) {
        text(telling, "drive_letter", "C");
    }
    text(telling, "DriveType", "Fixed");
}

static void tell_file(struct telling *telling)
{
    const struct app *app = telling->app;
    enum subject subject = telling->what->code->subject;
    object(telling, "file");
    if (subject == ABOUT_CONTENT) {
        tell_path(telling, "C:\\Windows\\System32\\drivers\\etc\\hosts");
        tell_owner(telling);
    } else if (subject == ABOUT_DLL) {
        tell_path(telling, "C:\\Users\\Public\\Downloads\\helper.dll");
        tell_owner(telling);
    } else {
        tell_path(telling, app->path);
        tell_hashes(telling);
        text(telling, "ProductVersion", app->version);
        if (app->url != NULL) {
            text(telling, "SourceUrl", app->url);
        }
        tell_signature(telling);
        tell_owner(telling);
    }
    end(telling);
}

static void tell_related(struct telling *telling)
{
    char id[64];
    char hash[41];
    object(telling, "related");
    list_of(telling, "ip", telling->what->address, NULL);
    list_of(telling, "user", user_name(telling), user_id(telling, id));
    list_of(telling, "hosts", telling->what->host, NULL);
    if (telling->app != NULL) {
        app_hash(telling->app, 40, hash);
        list_of(telling, "hash", hash, NULL);
    }
    end(telling);
}

/* --- the product's own ----------------------------------------------------------------------------------- */

static void tell_named(struct telling *telling, const char *member, int part, const char *name)
{
    struct uuid id;
    rule_part_id(telling->what->seed, telling->what->policy, part, &id);
    object(telling, member);
    text(telling, "Identifier", id.text);
    text(telling, "Name", name);
    text(telling, "Description", "");
    end(telling);
}

static int message_of(const struct telling *telling)
{
    const struct happening *what = telling->what;
    if (what->request_id != NULL) {
        return MESSAGE_REQUEST;
    }
    if (strcmp(what->code->action, "Blocked") == 0) {
        return MESSAGE_BLOCKED;
    }
    enum app_group group = telling->app->group;
    return group == GROUP_ADMIN ? MESSAGE_REASON : group == GROUP_INSTALLERS ? MESSAGE_REQUEST : -1;
}

static void tell_message(struct telling *telling)
{
    static const char *const reasons[] = { "Needed for the quarterly report",
                                           "My printer is gone again",
                                           "Ticket from the service desk",
                                           "Update of the build tools" };
    struct uuid id;
    int message = message_of(telling);
    if (message < 0) {
        return;
    }
    rule_part_id(telling->what->seed, telling->what->policy, PART_MESSAGE + message, &id);
    object(telling, "Message");
    text(telling, "Identifier", id.text);
    text(telling, "Name", message_names[message]);
    text(telling, "Type", message == MESSAGE_BLOCKED ? "Block" : "Prompt");
    if (message != MESSAGE_BLOCKED) {
        text(telling, "UserReason", reasons[dice_below(&telling->dice, COUNT_OF(reasons))]);
    }
    if (telling->what->request_id != NULL) {
        text(telling, "UserRequestManagementId", telling->what->request_id);
    }
    end(telling);
}

static void tell_rule(struct telling *telling)
{
    const struct happening *what = telling->what;
    const struct app *app = telling->app;
    struct uuid id;
    int style = (int)dice_below(&telling->dice, WORKSTYLES);
    int group = (int)app->group;
    tell_named(telling, "Workstyle", PART_WORKSTYLE + style, workstyle_names[style]);
    tell_named(telling, "ApplicationGroup", PART_APP_GROUP + group, app_group_names[group]);
    rule_part_id(what->seed, what->policy, PART_APP + (int)(app - apps), &id);
    object(telling, "Application");
    text(telling, "Identifier", id.text);
    text(telling, "Type", what->code->subject == ABOUT_SERVICE ? "svc" : app->type);
    text(telling, "Description", app->description);
    end(telling);
    rule_part_id(what->seed, what->policy, PART_ASSIGNMENT + style * APP_GROUPS + group, &id);
    object(telling, "Rule");
    text(telling, "Identifier", id.text);
    text(telling, "Action", strcmp(what->code->outcome, "failure") == 0 ? "Block" : "Allow");
    json_member_bool(&telling->writer, "OnDemand", what->code->shell);
    json_member_bool(&telling->writer, "MatchedChild", false);
    end(telling);
    if (what->code->token != NULL) {
        tell_named(telling, "Token", PART_END - 1, what->code->token);
    }
    tell_message(telling);
}

static void tell_configuration(struct telling *telling)
{
    const struct happening *what = telling->what;
    char revision[24];
    if (what->policy < 0) {
        return;
    }
    (void)snprintf(revision, sizeof(revision), "%" PRId64, what->policy_revision);
    object(telling, "Configuration");
    text(telling, "Identifier", what->policy_id);
    text(telling, "Name", what->policy_name);
    text(telling, "RevisionNumber", revision);
    text(telling, "Source", "Cloud");
    if (telling->app != NULL) {
        tell_rule(telling);
    }
    end(telling);
}

/* Members that only some subjects have. */
static void tell_subject(struct telling *telling)
{
    static const char *const actions[] = { "Start", "Stop", "Pause", "Configure" };
    const struct happening *what = telling->what;
    if (what->code->subject == ABOUT_SERVICE) {
        const struct service *service = &services[dice_below(&telling->dice, service_count)];
        object(telling, "ServiceControl");
        object(telling, "Service");
        text(telling, "Name", service->name);
        text(telling, "DisplayName", service->display);
        /* 150 to 153, 154 to 157 and 159 to 162 are the same four. */
        int place = (what->code->code[1] - '0') * 10 + what->code->code[2] - '0';
        text(telling, "Action", actions[(place >= 59 ? place - 59 : place - 50) % 4]);
        end(telling);
        end(telling);
    } else if (what->code->subject == ABOUT_GROUP) {
        object(telling, "PrivilegedGroup");
        text(telling, "Name", "Administrators");
        text(telling, "RID", "544");
        text(telling, "Access", "AddMember");
        end(telling);
    } else if (what->code->subject == ABOUT_LICENCE) {
        object(telling, "License");
        text(telling, "InvalidReason", "Expired");
        end(telling);
    } else if (what->code->subject == ABOUT_DLL) {
        object(telling, "TrustedApplication");
        text(telling, "Name", telling->app->product);
        text(telling, "Version", telling->app->version);
        end(telling);
    }
}

static void tell_session(struct telling *telling)
{
    const struct happening *what = telling->what;
    char id[32];
    object(telling, "Session");
    (void)snprintf(id, sizeof(id), "0x%" PRIx64, 0x3e7 + what->session);
    text(telling, "Identifier", id);
    (void)snprintf(id, sizeof(id), "%" PRId64, 1 + what->session % 4);
    text(telling, "WindowsSessionId", id);
    json_member_bool(&telling->writer, "Administrator", what->admin_id != NULL);
    json_member_bool(&telling->writer, "PowerUser", false);
    text(telling, "Locale", "en-GB");
    text(telling, "UILanguage", "en-GB");
    if (what->admin_id != NULL) {
        object(telling, "JITAdmin");
        text(telling, "RequestIdentifier", what->admin_id);
        text(telling, "TicketIdentifier", what->admin_ticket);
        end(telling);
    }
    end(telling);
}

static void tell_product(struct telling *telling)
{
    const struct happening *what = telling->what;
    object(telling, "EPMWinMac");
    text(telling, "SchemaVersion", "1.0");
    text(telling, "AdapterVersion", what->kind->adapter);
    object(telling, "Event");
    text(telling, "Type", what->code->type);
    text(telling, "Action", what->code->action);
    end(telling);
    tell_configuration(telling);
    tell_session(telling);
    tell_subject(telling);
    end(telling);
}

static const struct app *app_of(struct telling *telling)
{
    const struct happening *what = telling->what;
    enum subject subject = what->code->subject;
    uint64_t chance = dice_roll(&telling->dice) >> 8;
    if (what->app != NULL) {
        return what->app;
    }
    if (is_of_system(telling) || subject == ABOUT_LOGON || subject == ABOUT_GROUP) {
        return NULL;
    }
    return app_pick(what->kind->type, what->code->group, chance);
}

void scene_happening_write(const struct happening *happening, struct buffer *out)
{
    struct telling telling = {
        .what = happening,
        .dice = dice_for(happening->seed, DICE_SESSION, EVENT_IDS + (uint64_t)happening->number),
    };
    telling.app = app_of(&telling);
    (void)time_format(happening->at_us, TIME_ZULU, telling.moment);
    json_writer_init(&telling.writer, out);
    json_begin_object(&telling.writer);
    text(&telling, "@timestamp", telling.moment);
    list(&telling, "tags", "AgentEventAudit");
    json_key(&telling.writer, "ecs");
    json_put_raw(&telling.writer, SLICE("{\"version\":\"8.11.0\"}"));
    json_key(&telling.writer, "agent");
    json_begin_object(&telling.writer);
    text(&telling, "version", happening->kind->agent);
    end(&telling);
    tell_event(&telling);
    tell_host(&telling);
    tell_user(&telling);
    if (telling.app != NULL) {
        tell_process(&telling);
        tell_file(&telling);
    }
    tell_related(&telling);
    tell_product(&telling);
    end(&telling);
    buffer_char(out, '\n');
}
