/* reeve sandbox fill: a sample fleet, the same ids for the same seed on every machine. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "cli/commands.h"
#include "json/read.h"
#include "json/write.h"
#include "resource/assignments/assignments.h"
#include "resource/computers/computers.h"
#include "resource/events/events.h"
#include "resource/groups/groups.h"
#include "resource/policies/policies.h"
#include "server/instance.h"
#include "store/store.h"

enum { CHUNK_COMPUTERS = 500, EVENTS_A_BATCH = 20 };

/* Ids of each kind count from their own start, so that more of one kind does not move the others. */
enum { ID_GROUP = 1 << 24, ID_POLICY = 2 << 24, ID_REVISION = 3 << 24, ID_COMPUTER = 1 << 30 };

struct fill {
    struct instance *instance;
    uint64_t seed;
    int64_t computers, groups, policies, events;
    int64_t from, count;
    bool shows; /* a progress line on a terminal */
};

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t z = (a + UINT64_C(0x9E3779B97F4A7C15)) ^ (b * UINT64_C(0xBF58476D1CE4E5B9));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static struct uuid id_of(const struct fill *fill, uint64_t number)
{
    struct uuid id;
    uuid_seeded(fill->seed, number, &id);
    return id;
}

static void progress(const struct fill *fill, const char *what, int64_t done, int64_t all)
{
    if (fill->shows) {
        (void)fprintf(stderr, "\r%-10s %" PRId64 " of %" PRId64 "   ", what, done, all);
    }
}

/* --- policies and groups --------------------------------------------------------------------------------------------- */

static const char *const policy_names[] = { "Workstations", "Servers", "Developers", "Kiosks" };
static const char *const group_names[] = { "Pilot", "Workstations", "Servers", "Developers" };

static const char *sample_name(struct ctx *ctx, const char *const *names, size_t count,
                               int64_t number)
{
    return (size_t)number < count
               ? names[number]
               : arena_printf(ctx->arena, "%s %" PRId64, names[(size_t)number % count], number);
}

/* A small policy of its own: one group of programs, one workstyle, which later revisions rename. */
static const char *policy_document(const struct fill *fill, struct ctx *ctx, int64_t number,
                                   int64_t revision)
{
    uint64_t base = (uint64_t)number * 16;
    struct uuid root = id_of(fill, ID_POLICY + base + 1);
    struct uuid programs = id_of(fill, ID_POLICY + base + 2);
    struct uuid message = id_of(fill, ID_POLICY + base + 3);
    struct uuid workstyle = id_of(fill, ID_POLICY + base + 4);
    struct uuid assignment = id_of(fill, ID_POLICY + base + 5);
    return arena_printf(
        ctx->arena,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<Configuration ID=\"%s\" Version=\"24.8.98.0\" ConfigRevision=\"%" PRId64
        "\" RevisionNumber=\"0\">\n"
        "  <ApplicationGroups>\n"
        "    <ApplicationGroup ID=\"%s\" Name=\"Administration tools\" Description=\"May run with raised rights\">\n"
        "      <Application Type=\"exe\" Description=\"Package manager\" CheckFileName=\"true\""
        " FileName=\"/usr/bin/apt\" FileStringMatchType=\"Exact\"/>\n"
        "    </ApplicationGroup>\n"
        "  </ApplicationGroups>\n"
        "  <MessagePolicies>\n"
        "    <MessagePolicy ID=\"%s\" Name=\"Ask for a reason\" Description=\"\"/>\n"
        "  </MessagePolicies>\n"
        "  <Policies>\n"
        "    <Policy ID=\"%s\" Name=\"Everyone, revision %" PRId64 "\" Description=\"\">\n"
        "      <ApplicationAssignments>\n"
        "        <ApplicationAssignment ID=\"%s\" Action=\"Allow\" TokenType=\"AddAdmin\" Audit=\"On\""
        " Message=\"%s\" ApplicationGroup=\"%s\"/>\n"
        "      </ApplicationAssignments>\n"
        "    </Policy>\n"
        "  </Policies>\n"
        "</Configuration>\n",
        root.text, revision, programs.text, message.text, workstyle.text, revision, assignment.text,
        message.text, programs.text);
}

static enum result make_policy(const struct fill *fill, struct ctx *ctx, int64_t number)
{
    struct uuid id = id_of(fill, ID_POLICY + (uint64_t)number * 16);
    struct uuid first = id_of(fill, ID_REVISION + (uint64_t)number * 16);
    const char *name = sample_name(ctx, policy_names, COUNT_OF(policy_names), number);
    const char *document = policy_document(fill, ctx, number, 1);
    const char *made = NULL;
    const char *revision_id = NULL;
    if (name == NULL || document == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a sample policy");
    }
    const struct policy_order order = { .id = id.text,
                                        .revision_id = first.text,
                                        .name = slice_of(name),
                                        .description = SLICE("Sample policy"),
                                        .document = slice_of(document) };
    TRY(policy_create(ctx, &order, &made, &revision_id));
    for (int64_t revision = 2; revision <= 2 + number % 2; revision++) {
        struct uuid next = id_of(fill, ID_REVISION + (uint64_t)(number * 16 + revision - 1));
        document = policy_document(fill, ctx, number, revision);
        if (document == NULL) {
            return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a sample policy");
        }
        TRY(policy_add_revision(ctx, id.text, next.text, slice_of(document),
                                SLICE("Sample revision"), &revision_id));
    }
    return RESULT_OK;
}

static enum result make_group(const struct fill *fill, struct ctx *ctx, int64_t number)
{
    struct uuid id = id_of(fill, ID_GROUP + (uint64_t)number);
    const char *name = sample_name(ctx, group_names, COUNT_OF(group_names), number);
    const char *made = NULL;
    struct policy_revision revision;
    if (name == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a sample group");
    }
    const struct group_order order = { .id = id.text,
                                       .name = slice_of(name),
                                       .description = SLICE("Sample group"),
                                       .is_default = number == 0 };
    TRY(group_create(ctx, &order, &made));
    if (fill->groups > 1 && number == fill->groups - 1) {
        return RESULT_OK; /* one group without a policy */
    }
    struct uuid policy = id_of(fill, ID_POLICY + (uint64_t)(number % fill->policies) * 16);
    TRY(policy_newest_revision(ctx, policy.text, &revision));
    return assign_revision(ctx, id.text, revision.id, NULL);
}

static enum result fill_base(struct ctx *ctx, void *argument)
{
    struct fill *fill = argument;
    for (int64_t i = 0; i < fill->policies; i++) {
        TRY(make_policy(fill, ctx, i));
    }
    for (int64_t i = 0; i < fill->groups; i++) {
        TRY(make_group(fill, ctx, i));
    }
    return RESULT_OK;
}

/* --- computers ----------------------------------------------------------------------------------------------------------- */

static const struct kind {
    enum computer_host_type type;
    const char *prefix, *os, *os_version, *architecture, *maker;
} kinds[] = {
    { HOST_WINDOWS, "WKS", "Microsoft Windows 11 Enterprise", "10.0.22631", "64-bit", "Dell Inc." },
    { HOST_WINDOWS, "SRV", "Microsoft Windows Server 2022 Standard", "10.0.20348", "64-bit",
      "HPE" },
    { HOST_MACOS, "MAC", "macOS 14 Sonoma", "14.6.1", "arm64", "Apple Inc." },
    { HOST_LINUX, "LNX", "Debian GNU/Linux 12 (bookworm)", "12", "x86_64", "Lenovo" },
};

static const struct kind *kind_of(const struct fill *fill, int64_t number)
{
    return &kinds[mix(fill->seed, (uint64_t)number) % COUNT_OF(kinds)];
}

static const char *host_of(const struct fill *fill, struct ctx *ctx, int64_t number)
{
    return arena_printf(ctx->arena, "%s-%06" PRId64, kind_of(fill, number)->prefix, number + 1);
}

static const char *endpoint_text(const struct fill *fill, struct ctx *ctx, const char *host,
                                 int64_t number)
{
    const struct kind *kind = kind_of(fill, number);
    uint64_t random = mix(fill->seed + 7, (uint64_t)number);
    return arena_printf(
        ctx->arena,
        "{\"macAddress\":\"02:%02x:%02x:%02x:%02x:%02x\",\"osArchitecture\":\"%s\",\"osCaption\":\"%s\","
        "\"osCountryCode\":\"44\",\"osManufacturer\":\"%s\",\"osSerialNumber\":\"%016" PRIx64 "\","
        "\"osVersion\":\"%s\",\"processorManufacturer\":\"GenuineIntel\",\"processorName\":\"Core i7\","
        "\"systemDnsHostName\":\"%s.example.com\",\"systemDomain\":\"example.com\","
        "\"systemManufacturer\":\"%s\",\"systemModel\":\"Model %u\",\"systemName\":\"%s\","
        "\"systemSystemType\":\"x64-based PC\"}",
        (unsigned)(random & 255), (unsigned)(random >> 8 & 255), (unsigned)(random >> 16 & 255),
        (unsigned)(random >> 24 & 255), (unsigned)(random >> 32 & 255), kind->architecture,
        kind->os, kind->type == HOST_WINDOWS ? "Microsoft Corporation" : kind->maker, random,
        kind->os_version, host, kind->maker, (unsigned)(random >> 40 & 15), host);
}

/* Most are authorised and run what their group has; some wait, some are behind, some are archived. */
static enum result settle_computer(struct ctx *ctx, const struct computer *computer, int64_t number)
{
    int64_t away_us =
        number % 5 == 4 ? (number % 40) * US_PER_DAY : (number % 10) * 60 * US_PER_SECOND;
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer_contact SET last_connected = $2 WHERE computer_id = $1", "ti",
                  computer->id, ctx->now_us - away_us));
    if (computer->policy_revision_id != NULL && number % 4 != 3) {
        const struct computer_report report = { .applied_revision_id = computer->policy_revision_id,
                                                .applied_us = ctx->now_us - US_PER_DAY };
        TRY(computer_report(ctx, computer->id, &report));
    }
    if (number % 12 != 11) {
        return RESULT_OK;
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer SET archived = 1, archived_on = $2 WHERE id = $1", "ti",
                     computer->id, ctx->now_us - US_PER_DAY);
}

static enum result make_computer(const struct fill *fill, struct ctx *ctx, int64_t number)
{
    struct uuid id = id_of(fill, ID_COMPUTER + (uint64_t)number);
    struct uuid group = id_of(fill, ID_GROUP + (uint64_t)(number % fill->groups));
    const char *host = host_of(fill, ctx, number);
    const char *text = host == NULL ? NULL : endpoint_text(fill, ctx, host, number);
    const struct json *endpoint = NULL;
    struct computer computer;
    bool pending = number % 10 == 9;
    if (text == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a sample computer");
    }
    TRY(json_parse(ctx->arena, slice_of(text), &json_limits_usual, &endpoint, ctx->error));
    const struct computer_enrolment order = {
        .id = id.text,
        .host = slice_of(host),
        .host_type = kind_of(fill, number)->type,
        .group_id = group.text,
        .public_key_pem = arena_printf(ctx->arena, "sample %s", id.text),
        .agent_version = SLICE("24.8.98.0"),
        .endpoint = endpoint,
    };
    TRY(computer_enrol(ctx, &order, &computer));
    if (!pending) {
        return settle_computer(ctx, &computer, number);
    }
    /* Pending ones have no group yet: enrolment put them in one, so it is taken back. */
    TRY(store_run(
        ctx->session, ctx->error,
        "UPDATE computer SET authorisation_state = 0, authorised = NULL, group_id = NULL WHERE id = $1",
        "t", id.text));
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM command WHERE computer_id = $1", "t",
                  id.text));
    return group_count(ctx, group.text, -1, -1);
}

static enum result fill_computers(struct ctx *ctx, void *argument)
{
    struct fill *fill = argument;
    int64_t now_us = ctx->now_us;
    for (int64_t i = fill->from; i < fill->from + fill->count; i++) {
        /* Made one after the other over the last weeks, so that lists have an order to show. */
        ctx->now_us = now_us - 30 * US_PER_DAY + (i % 1000000) * US_PER_SECOND;
        TRY(make_computer(fill, ctx, i));
    }
    ctx->now_us = now_us;
    return RESULT_OK;
}

/* --- events ----------------------------------------------------------------------------------------------------------------- */

static const struct sample_event {
    const char *code, *type, *action, *category, *kind, *outcome, *reason;
} sample_events[] = {
    { "100", "Process", "Elevated", "process", "start", "success",
      "Process started with admin rights added" },
    { "106", "Process", "Passive", "process", "start", "success",
      "Process started without change of its rights" },
    { "116", "Process", "Blocked", "process", "denied", "failure", "Process was blocked" },
    { "120", "Process", "Cancelled", "process", "denied", "failure",
      "Process was cancelled by the user" },
    { "300", "Session", "User Logon", "session", "start", "success", "User logged on" },
    { "400", "Agent", "Started", "process", "start", "success", "Agent service started" },
};

/* Where it happened and who did it: a system as the computer's row says, one of a few people. */
static void write_event_place(const struct fill *fill, struct json_writer *writer, const char *host,
                              int64_t computer, int64_t number)
{
    static const char *const people[] = { "alice", "bob", "carol", "dave", "erin" };
    static const char *const families[] = { [HOST_WINDOWS] = "windows",
                                            [HOST_MACOS] = "macos",
                                            [HOST_LINUX] = "linux",
                                            [HOST_UNKNOWN] = "unknown" };
    const struct kind *kind = kind_of(fill, computer);
    json_key(writer, "host");
    json_begin_object(writer);
    json_member_text(writer, "hostname", host);
    json_member_text(writer, "name", host);
    json_member_text(writer, "domain", "example.com");
    json_key(writer, "os");
    json_begin_object(writer);
    json_member_text(writer, "type", families[kind->type]);
    json_member_text(writer, "platform",
                     kind->type == HOST_MACOS ? "darwin" : families[kind->type]);
    json_member_text(writer, "name", kind->os);
    json_member_text(writer, "version", kind->os_version);
    json_end_object(writer);
    json_end_object(writer);
    json_key(writer, "user");
    json_begin_object(writer);
    json_member_text(writer, "name",
                     people[mix(fill->seed + 12, (uint64_t)number) % COUNT_OF(people)]);
    json_member_text(writer, "domain", "example.com");
    json_end_object(writer);
}

/* Which rule of the policy it was. */
static void write_event_rule(const struct fill *fill, struct json_writer *writer, int64_t number)
{
    static const char *const workstyles[] = { "High Flexibility", "Medium Flexibility",
                                              "Low Flexibility" };
    static const char *const programs[] = { "Administration tools", "Installers", "Browsers" };
    uint64_t chance = mix(fill->seed + 13, (uint64_t)number);
    json_key(writer, "Configuration");
    json_begin_object(writer);
    json_key(writer, "Workstyle");
    json_begin_object(writer);
    json_member_text(writer, "Name", workstyles[chance % COUNT_OF(workstyles)]);
    json_end_object(writer);
    json_key(writer, "ApplicationGroup");
    json_begin_object(writer);
    json_member_text(writer, "Name", programs[chance / 8 % COUNT_OF(programs)]);
    json_end_object(writer);
    json_key(writer, "Application");
    json_put_raw(writer,
                 chance / 64 % 4 == 0 ? SLICE("{\"Type\":\"msi\"}") : SLICE("{\"Type\":\"exe\"}"));
    json_key(writer, "Rule");
    json_begin_object(writer);
    json_member_text(writer, "Action", "Allow");
    json_member_bool(writer, "OnDemand", chance / 512 % 5 == 0);
    json_end_object(writer);
    json_end_object(writer);
}

struct event_at {
    const char *host;
    int64_t computer, number, at_us;
};

static void write_event(const struct fill *fill, struct json_writer *writer,
                        const struct event_at *at)
{
    int64_t number = at->number;
    const struct sample_event *event =
        &sample_events[mix(fill->seed + 11, (uint64_t)number) % COUNT_OF(sample_events)];
    char moment[TIME_TEXT_BYTES];
    struct uuid id = id_of(fill, (UINT64_C(1) << 40) + (uint64_t)number);
    (void)time_format(at->at_us, TIME_ZULU, moment);
    json_begin_object(writer);
    json_member_text(writer, "@timestamp", moment);
    json_key(writer, "ecs");
    json_put_raw(writer, SLICE("{\"version\":\"8.11.0\"}"));
    json_key(writer, "event");
    json_begin_object(writer);
    json_member_text(writer, "id", id.text);
    json_member_text(writer, "code", event->code);
    json_member_text(writer, "kind", "event");
    json_key(writer, "category");
    json_begin_array(writer);
    json_put_text(writer, event->category);
    json_end_array(writer);
    json_key(writer, "type");
    json_begin_array(writer);
    json_put_text(writer, event->kind);
    json_end_array(writer);
    json_member_text(writer, "action", event->action);
    json_member_text(writer, "outcome", event->outcome);
    json_member_text(writer, "reason", event->reason);
    json_member_text(writer, "provider", "EPM");
    json_end_object(writer);
    write_event_place(fill, writer, at->host, at->computer, number);
    json_key(writer, "EPMWinMac");
    json_begin_object(writer);
    json_member_text(writer, "SchemaVersion", "1.0");
    json_key(writer, "Event");
    json_begin_object(writer);
    json_member_text(writer, "Type", event->type);
    json_member_text(writer, "Action", event->action);
    json_end_object(writer);
    write_event_rule(fill, writer, number);
    json_end_object(writer);
    json_end_object(writer);
    buffer_char(writer->out, '\n');
    writer->comma = false;
}

/* The group and the next number of the computer. */
static enum result source_read(struct ctx *ctx, struct event_source *source)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT s.last_sequence + 1, c.group_id FROM computer_stream s"
                  " JOIN computer c ON c.id = s.computer_id WHERE s.computer_id = $1",
                  "t", source->computer_id));
    source->first_sequence = statement_int(row, 0);
    source->group_id =
        statement_is_null(row, 1) ? NULL : slice_dup(ctx->arena, statement_text(row, 1));
    statement_reset(row);
    return RESULT_OK;
}

static enum result fill_events(struct ctx *ctx, void *argument)
{
    struct fill *fill = argument;
    struct buffer lines;
    struct json_writer writer;
    struct event_batch batch;
    struct event_stored stored;
    int64_t computer = (fill->from / EVENTS_A_BATCH) % fill->computers;
    struct uuid id = id_of(fill, ID_COMPUTER + (uint64_t)computer);
    const char *host = host_of(fill, ctx, computer);
    struct event_source source = { .computer_id = id.text };
    TRY(source_read(ctx, &source));
    buffer_init(&lines, 16 * 1024 * 1024);
    for (int64_t i = fill->from; host != NULL && i < fill->from + fill->count; i++) {
        json_writer_init(&writer, &lines);
        const struct event_at at = { host, computer, i,
                                     ctx->now_us - (fill->events - i) * US_PER_SECOND };
        write_event(fill, &writer, &at);
    }
    enum result result = event_batch_make(ctx, &source, buffer_slice(&lines), &batch);
    buffer_done(&lines);
    TRY(result);
    return event_batch_store(ctx, &batch, &stored);
}

/* --- the command -------------------------------------------------------------------------------------------------------------- */

static enum result fill_chunks(struct fill *fill, const char *what, int64_t all, int64_t chunk,
                               instance_work *work, struct error *error)
{
    for (fill->from = 0; fill->from < all; fill->from += chunk) {
        int64_t left = all - fill->from;
        fill->count = left < chunk ? left : chunk;
        TRY(instance_write(fill->instance, work, fill, error));
        progress(fill, what, fill->from + fill->count, all);
    }
    if (fill->shows && all > 0) {
        (void)fprintf(stderr, "\n");
    }
    return RESULT_OK;
}

static enum result is_empty(struct ctx *ctx, void *argument)
{
    int64_t *out = argument;
    return store_int(ctx->session, out, ctx->error,
                     "SELECT (SELECT COUNT(*) FROM policy) + (SELECT COUNT(*) FROM computer_group)",
                     "");
}

static enum result audit_fill(struct ctx *ctx, void *argument)
{
    const struct fill *fill = argument;
    const struct audit_entry entry = {
        .entity = "Settings",
        .type = "FillSandbox",
        .details = audit_sentence(ctx,
                                  "Fill the store with a sample fleet: %" PRId64
                                  " computers, %" PRId64 " groups, %" PRId64 " policies",
                                  fill->computers, fill->groups, fill->policies),
    };
    return audit_write(ctx, &entry);
}

static enum result fill_run(struct fill *fill, struct error *error)
{
    int64_t there = 0;
    TRY(instance_read(fill->instance, is_empty, &there, error));
    if (there > 0) {
        return fail(
            error, RESULT_CONFLICT, NULL,
            "the store has groups or policies already; the sample fleet goes into an empty one");
    }
    TRY(instance_write(fill->instance, audit_fill, fill, error));
    TRY(instance_write(fill->instance, fill_base, fill, error));
    TRY(fill_chunks(fill, "computers", fill->computers, CHUNK_COMPUTERS, fill_computers, error));
    if (fill->computers == 0) {
        return RESULT_OK;
    }
    return fill_chunks(fill, "events", fill->events, EVENTS_A_BATCH, fill_events, error);
}

enum result command_sandbox_fill(const struct options *options, struct error *error)
{
    struct instance instance;
    TRY(instance_open(option_text(options, "data"), option_text(options, "database"), &instance,
                      error));
    struct fill fill = {
        .instance = &instance,
        .seed = (uint64_t)option_number(options, "seed"),
        .computers = option_number(options, "computers"),
        .groups = option_number(options, "groups"),
        .policies = option_number(options, "policies"),
        .events = option_number(options, "events"),
        .shows = isatty(STDERR_FILENO) == 1,
    };
    enum result result = fill_run(&fill, error);
    instance_close(&instance);
    if (result == RESULT_OK) {
        (void)printf("%" PRId64 " computers, %" PRId64 " groups, %" PRId64 " policies, %" PRId64
                     " events\n",
                     fill.computers, fill.groups, fill.policies, fill.events);
    }
    return result;
}
