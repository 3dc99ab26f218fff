#include "cli/sandbox_samples.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/write.h"

/* clang-format off */
static const struct sample_kind kinds[] = {
    { HOST_WINDOWS, "WKS", "Microsoft Windows 11 Enterprise", "10.0.22631", "64-bit", "Microsoft Corporation", "Dell Inc.", "Latitude 7440", "GenuineIntel", "13th Gen Intel Core i7-1365U" },
    { HOST_WINDOWS, "SRV", "Microsoft Windows Server 2022 Standard", "10.0.20348", "64-bit", "Microsoft Corporation", "HPE", "ProLiant DL360 Gen10", "GenuineIntel", "Intel Xeon Silver 4210" },
    { HOST_MACOS, "MAC", "macOS 14 Sonoma", "14.6.1", "arm64", "Apple Inc.", "Apple Inc.", "MacBookPro18,3", "Apple", "Apple M2 Pro" },
    { HOST_LINUX, "LNX", "Debian GNU/Linux 12 (bookworm)", "12", "x86_64", "Debian", "Lenovo", "ThinkPad T14", "AuthenticAMD", "AMD Ryzen 7 PRO 6850U" },
};

static const char *const people[] = { "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj", "olivia", "peggy", "rupert", "sybil" };

static const struct program {
    enum computer_host_type on;
    const char *path, *arguments, *type, *description;
} programs[] = {
    { HOST_WINDOWS, "C:\\Windows\\System32\\mmc.exe", "devmgmt.msc", "exe", "Microsoft Management Console" },
    { HOST_WINDOWS, "C:\\Windows\\System32\\msiexec.exe", "/i package.msi", "exe", "Windows Installer" },
    { HOST_WINDOWS, "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "-File setup.ps1", "exe", "Windows PowerShell" },
    { HOST_WINDOWS, "C:\\Windows\\System32\\services.msc", "", "msc", "Services" },
    { HOST_WINDOWS, "C:\\Program Files\\Notepad++\\notepad++.exe", "C:\\Windows\\System32\\drivers\\etc\\hosts", "exe", "Notepad++" },
    { HOST_WINDOWS, "C:\\Users\\Public\\Downloads\\toolbar-setup.exe", "/silent", "exe", "Toolbar Setup" },
    { HOST_MACOS, "/usr/sbin/softwareupdate", "--install --all", "bin", "Software Update" },
    { HOST_MACOS, "/Applications/Xcode.app/Contents/MacOS/Xcode", "", "app", "Xcode" },
    { HOST_MACOS, "/usr/sbin/installer", "-pkg tool.pkg -target /", "pkg", "Installer" },
    { HOST_MACOS, "/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal", "", "app", "Terminal" },
    { HOST_LINUX, "/usr/bin/apt", "upgrade", "bin", "Package manager" },
    { HOST_LINUX, "/usr/bin/systemctl", "restart nginx", "bin", "Service manager" },
    { HOST_LINUX, "/usr/bin/vim", "/etc/hosts", "bin", "Vim" },
    { HOST_LINUX, "/usr/sbin/tcpdump", "-i eth0", "bin", "tcpdump" },
    { HOST_LINUX, "/home/shared/tool.sh", "--all", "sh", "Shell script" },
};

/* How often each comes, of all that come. */
static const struct happening {
    unsigned weight;
    const char *code, *type, *action, *category, *kind, *outcome, *reason;
    bool of_program;
} happenings[] = {
    { 34, "100", "Process", "Elevated", "process", "start", "success", "Process started with admin rights added", true },
    { 26, "106", "Process", "Passive", "process", "start", "success", "Process started without change of its rights", true },
    { 12, "116", "Process", "Blocked", "process", "denied", "failure", "Process execution was blocked", true },
    { 6, "120", "Process", "Cancelled", "process", "denied", "failure", "Process was cancelled by the user", true },
    { 14, "300", "Session", "User Logon", "session", "start", "success", "User logged on", false },
    { 5, "200", "Configuration", "Loaded", "configuration", "change", "success", "Policy loaded", false },
    { 3, "400", "Agent", "Started", "process", "start", "success", "Agent service started", false },
};

static const enum sample_life lives[] = {
    SAMPLE_CURRENT, SAMPLE_CURRENT, SAMPLE_BEHIND,  SAMPLE_CURRENT, SAMPLE_CURRENT,
    SAMPLE_PENDING, SAMPLE_CURRENT, SAMPLE_AWAY,    SAMPLE_CURRENT, SAMPLE_CURRENT,
    SAMPLE_CURRENT, SAMPLE_BEHIND,  SAMPLE_CURRENT, SAMPLE_ARCHIVED, SAMPLE_CURRENT,
    SAMPLE_CURRENT, SAMPLE_AWAY,    SAMPLE_CURRENT, SAMPLE_REJECTED, SAMPLE_CURRENT,
    SAMPLE_CURRENT, SAMPLE_PENDING, SAMPLE_CURRENT, SAMPLE_BEHIND,  SAMPLE_CURRENT,
};
/* clang-format on */

uint64_t sample_mix(uint64_t a, uint64_t b)
{
    uint64_t z = (a + UINT64_C(0x9E3779B97F4A7C15)) ^ (b * UINT64_C(0xBF58476D1CE4E5B9));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

const struct sample_kind *sample_kind(uint64_t seed, int64_t number)
{
    return &kinds[sample_mix(seed, (uint64_t)number) % COUNT_OF(kinds)];
}

enum sample_life sample_life(int64_t number)
{
    return lives[(uint64_t)number % COUNT_OF(lives)];
}

const char *sample_host(struct arena *arena, uint64_t seed, int64_t number)
{
    return arena_printf(arena, "%s-%06" PRId64, sample_kind(seed, number)->prefix, number + 1);
}

/* --- events --------------------------------------------------------------------------------------------------------------- */

static const struct happening *happening_of(uint64_t random)
{
    uint64_t all = 0;
    for (size_t i = 0; i < COUNT_OF(happenings); i++) {
        all += happenings[i].weight;
    }
    uint64_t left = random % all;
    const struct happening *at = happenings;
    while (left >= at->weight) {
        left -= at->weight;
        at++;
    }
    return at;
}

static const struct program *program_of(enum computer_host_type on, uint64_t random)
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        count += programs[i].on == on ? 1 : 0;
    }
    size_t left = random % count;
    const struct program *at = programs;
    while (at->on != on || left-- > 0) {
        at++;
    }
    return at;
}

/* Two of all people use a computer, one of them mostly. */
static const char *person_of(const struct sample_event *event, uint64_t random)
{
    uint64_t owner = sample_mix(event->seed + 13, (uint64_t)event->computer);
    uint64_t which = random % 4 == 0 ? owner >> 32 : owner;
    return people[which % COUNT_OF(people)];
}

static void write_list(struct json_writer *writer, const char *name, const char *text)
{
    json_key(writer, name);
    json_begin_array(writer);
    json_put_text(writer, text);
    json_end_array(writer);
}

static void write_what(struct json_writer *writer, const struct happening *what, const char *id)
{
    json_key(writer, "event");
    json_begin_object(writer);
    json_member_text(writer, "id", id);
    json_member_text(writer, "code", what->code);
    json_member_text(writer, "kind", "event");
    write_list(writer, "category", what->category);
    write_list(writer, "type", what->kind);
    json_member_text(writer, "action", what->action);
    json_member_text(writer, "outcome", what->outcome);
    json_member_text(writer, "reason", what->reason);
    json_member_text(writer, "provider", "EPM");
    json_end_object(writer);
}

static void write_host(struct json_writer *writer, const struct sample_kind *kind, const char *host)
{
    static const char *const types[] = { "unknown", "windows", "macos", "linux" };
    const char *type = kind->type == HOST_WINDOWS ? types[1]
                       : kind->type == HOST_MACOS ? types[2]
                                                  : types[3];
    json_key(writer, "host");
    json_begin_object(writer);
    json_member_text(writer, "hostname", host);
    json_member_text(writer, "name", host);
    json_member_text(writer, "domain", "example.com");
    json_member_text(writer, "architecture", kind->architecture);
    json_key(writer, "os");
    json_begin_object(writer);
    json_member_text(writer, "type", type);
    json_member_text(writer, "full", kind->os);
    json_member_text(writer, "version", kind->os_version);
    json_end_object(writer);
    json_end_object(writer);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *backslash = strrchr(path, '\\');
    const char *last = slash == NULL ? backslash : slash;
    return last == NULL ? path : last + 1;
}

static void write_program(struct json_writer *writer, const struct program *program,
                          uint64_t random)
{
    char line[512];
    (void)snprintf(line, sizeof(line), "\"%s\" %s", program->path, program->arguments);
    json_key(writer, "process");
    json_begin_object(writer);
    json_member_int(writer, "pid", (int64_t)(1000 + random % 30000));
    json_member_text(writer, "executable", program->path);
    json_member_text(writer, "command_line", line);
    json_end_object(writer);
    json_key(writer, "file");
    json_begin_object(writer);
    json_member_text(writer, "name", file_name(program->path));
    json_member_text(writer, "path", program->path);
    json_end_object(writer);
}

static void write_name(struct json_writer *writer, const char *member, const char *name)
{
    json_key(writer, member);
    json_begin_object(writer);
    json_member_text(writer, "Name", name);
    json_end_object(writer);
}

/* Which rule of the policy it was. */
static void write_rule(const struct sample_event *event, struct json_writer *writer)
{
    static const char *const workstyles[] = { "High Flexibility", "Medium Flexibility",
                                              "Low Flexibility" };
    static const char *const application_groups[] = { "Administration tools", "Installers",
                                                      "Browsers" };
    uint64_t chance = sample_mix(event->seed + 13, (uint64_t)event->number);
    write_name(writer, "Workstyle", workstyles[chance % COUNT_OF(workstyles)]);
    write_name(writer, "ApplicationGroup",
               application_groups[chance / 8 % COUNT_OF(application_groups)]);
    json_key(writer, "Rule");
    json_begin_object(writer);
    json_member_text(writer, "Action", "Allow");
    json_member_bool(writer, "OnDemand", chance / 512 % 5 == 0);
    json_end_object(writer);
}

static void write_product(struct json_writer *writer, const struct sample_event *event,
                          const struct happening *what, const struct program *program)
{
    json_key(writer, "EPMWinMac");
    json_begin_object(writer);
    json_member_text(writer, "SchemaVersion", "1.0");
    json_key(writer, "Event");
    json_begin_object(writer);
    json_member_text(writer, "Type", what->type);
    json_member_text(writer, "Action", what->action);
    json_end_object(writer);
    if (program != NULL) {
        json_key(writer, "Configuration");
        json_begin_object(writer);
        write_rule(event, writer);
        json_key(writer, "Application");
        json_begin_object(writer);
        json_member_text(writer, "Type", program->type);
        json_member_text(writer, "Description", program->description);
        json_end_object(writer);
        json_end_object(writer);
    }
    json_end_object(writer);
}

void sample_event_write(const struct sample_event *event, struct buffer *out)
{
    uint64_t random = sample_mix(event->seed + 11, (uint64_t)event->number);
    const struct sample_kind *kind = sample_kind(event->seed, event->computer);
    const struct happening *what = happening_of(random);
    const struct program *program = what->of_program ? program_of(kind->type, random >> 16) : NULL;
    struct json_writer writer;
    char moment[TIME_TEXT_BYTES];
    (void)time_format(event->at_us, TIME_ZULU, moment);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_member_text(&writer, "@timestamp", moment);
    json_key(&writer, "ecs");
    json_put_raw(&writer, SLICE("{\"version\":\"8.11.0\"}"));
    write_what(&writer, what, event->id.text);
    write_host(&writer, kind, event->host);
    json_key(&writer, "user");
    json_begin_object(&writer);
    json_member_text(&writer, "name", person_of(event, random >> 32));
    json_member_text(&writer, "domain", "example.com");
    json_end_object(&writer);
    if (program != NULL) {
        write_program(&writer, program, random >> 40);
    }
    write_product(&writer, event, what, program);
    json_end_object(&writer);
    buffer_char(out, '\n');
}
