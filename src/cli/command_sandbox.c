/* reeve sandbox fill: a sample fleet, the same ids for the same seed on every machine. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "cli/commands.h"
#include "cli/sandbox_fill.h"
#include "cli/sandbox_samples.h"
#include "json/read.h"
#include "resource/assignments/assignments.h"
#include "resource/computers/computers.h"
#include "resource/events/events.h"
#include "resource/groups/groups.h"
#include "resource/policies/policies.h"
#include "server/instance.h"
#include "store/store.h"

enum { CHUNK_COMPUTERS = 10000, EVENTS_A_BATCH = 20, EVENT_DAYS = 7, MADE_DAYS_AGO = 150 };

/* Ids of each kind count from their own start, so that more of one kind does not move the others. */
enum { ID_GROUP = 1 << 24, ID_POLICY = 2 << 24, ID_REVISION = 3 << 24, ID_COMPUTER = 1 << 30 };

struct fill {
    struct instance *instance;
    uint64_t seed;
    int64_t computers, groups, policies, events;
    int64_t from, count;
    int64_t now_us; /* of the whole fill */
    bool shows;     /* a progress line on a terminal */
};

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

static const char *endpoint_text(const struct fill *fill, struct ctx *ctx, const char *host,
                                 int64_t number)
{
    const struct sample_kind *kind = sample_kind(fill->seed, number);
    uint64_t random = sample_mix(fill->seed + 7, (uint64_t)number);
    return arena_printf(
        ctx->arena,
        "{\"macAddress\":\"02:%02x:%02x:%02x:%02x:%02x\",\"osArchitecture\":\"%s\",\"osCaption\":\"%s\","
        "\"osCountryCode\":\"44\",\"osManufacturer\":\"%s\",\"osSerialNumber\":\"%016" PRIx64 "\","
        "\"osVersion\":\"%s\",\"processorManufacturer\":\"%s\",\"processorName\":\"%s\","
        "\"systemDnsHostName\":\"%s.example.com\",\"systemDomain\":\"example.com\","
        "\"systemManufacturer\":\"%s\",\"systemModel\":\"%s\",\"systemName\":\"%s\","
        "\"systemSystemType\":\"%s\"}",
        (unsigned)(random & 255), (unsigned)(random >> 8 & 255), (unsigned)(random >> 16 & 255),
        (unsigned)(random >> 24 & 255), (unsigned)(random >> 32 & 255), kind->architecture,
        kind->os, kind->os_maker, random, kind->os_version, kind->cpu_maker, kind->cpu, host,
        kind->maker, kind->model, host,
        kind->type == HOST_MACOS ? "ARM64-based PC" : "x64-based PC");
}

/* When it was heard of last: most of them just now. */
static int64_t contact_us(const struct fill *fill, int64_t number)
{
    enum { AGAIN_S = 600, AWAY_DAYS = 40, ARCHIVED_DAYS = 95 };
    int64_t random = (int64_t)(sample_mix(fill->seed + 17, (uint64_t)number) % 1000);
    switch (sample_life(number)) {
    case SAMPLE_AWAY: return fill->now_us - (1 + random % AWAY_DAYS) * US_PER_DAY;
    case SAMPLE_ARCHIVED: return fill->now_us - (ARCHIVED_DAYS + random % AWAY_DAYS) * US_PER_DAY;
    case SAMPLE_CURRENT:
    case SAMPLE_BEHIND:
    case SAMPLE_PENDING:
    case SAMPLE_REJECTED:
    default: return fill->now_us - random * AGAIN_S / 1000 * US_PER_SECOND;
    }
}

/* What it says it runs: the revision of its group, or the first of that policy. */
static enum result report_policy(const struct fill *fill, struct ctx *ctx,
                                 const struct computer *computer, int64_t number)
{
    struct uuid first =
        id_of(fill, ID_REVISION + (uint64_t)(number % fill->groups % fill->policies) * 16);
    bool behind = sample_life(number) == SAMPLE_BEHIND;
    const struct computer_report report = {
        .applied_revision_id = behind ? first.text : computer->policy_revision_id,
        .applied_us = ctx->now_us - US_PER_DAY,
    };
    return computer->policy_revision_id == NULL ? RESULT_OK
                                                : computer_report(ctx, computer->id, &report);
}

/* Those that wait or were rejected have no group: enrolment put them in one, so it is taken back. */
static enum result take_out(struct ctx *ctx, const struct computer *computer, bool rejected)
{
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer SET authorisation_state = $2, authorised = NULL,"
                  " group_id = NULL WHERE id = $1",
                  "ti", computer->id, rejected ? INT64_C(2) : INT64_C(0)));
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM command WHERE computer_id = $1", "t",
                  computer->id));
    return group_count(ctx, computer->group_id, -1, -1);
}

static enum result settle_computer(const struct fill *fill, struct ctx *ctx,
                                   const struct computer *computer, int64_t number)
{
    enum sample_life life = sample_life(number);
    ctx->now_us = contact_us(fill, number);
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer_contact SET last_connected = $2 WHERE computer_id = $1", "ti",
                  computer->id, ctx->now_us));
    if (life == SAMPLE_PENDING || life == SAMPLE_REJECTED) {
        return take_out(ctx, computer, life == SAMPLE_REJECTED);
    }
    TRY(report_policy(fill, ctx, computer, number));
    if (life != SAMPLE_ARCHIVED) {
        return RESULT_OK;
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer SET archived = 1, archived_on = $2 WHERE id = $1", "ti",
                     computer->id, fill->now_us - US_PER_DAY);
}

static enum result make_computer(const struct fill *fill, struct ctx *ctx, int64_t number)
{
    struct uuid id = id_of(fill, ID_COMPUTER + (uint64_t)number);
    struct uuid group = id_of(fill, ID_GROUP + (uint64_t)(number % fill->groups));
    const char *host = sample_host(ctx->arena, fill->seed, number);
    const char *text = host == NULL ? NULL : endpoint_text(fill, ctx, host, number);
    const struct json *endpoint = NULL;
    struct computer computer;
    if (text == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a sample computer");
    }
    TRY(json_parse(ctx->arena, slice_of(text), &json_limits_usual, &endpoint, ctx->error));
    const struct computer_enrolment order = {
        .id = id.text,
        .host = slice_of(host),
        .host_type = sample_kind(fill->seed, number)->type,
        .group_id = group.text,
        .public_key_pem = arena_printf(ctx->arena, "sample %s", id.text),
        .agent_version = SLICE("24.8.98.0"),
        .endpoint = endpoint,
    };
    TRY(computer_enrol(ctx, &order, &computer));
    return settle_computer(fill, ctx, &computer, number);
}

static enum result fill_computers(struct ctx *ctx, void *argument)
{
    struct fill *fill = argument;
    int64_t now_us = ctx->now_us;
    enum result result = RESULT_OK;
    for (int64_t i = fill->from; result == RESULT_OK && i < fill->from + fill->count; i++) {
        /* Made one after the other, so that lists have an order to show. */
        ctx->now_us = fill->now_us - MADE_DAYS_AGO * US_PER_DAY + (i % 1000000) * US_PER_SECOND;
        result = make_computer(fill, ctx, i);
    }
    ctx->now_us = now_us;
    return result;
}

/* --- events ----------------------------------------------------------------------------------------------------------------- */

/* The next one that reports: who waits, was rejected or is away sends nothing. */
static int64_t reporting_computer(const struct fill *fill, int64_t number)
{
    int64_t at = number % fill->computers;
    for (int64_t i = 0; i < fill->computers && sample_life(at) > SAMPLE_BEHIND; i++) {
        at = (at + 1) % fill->computers;
    }
    return at;
}

static void write_events(const struct fill *fill, int64_t computer, const char *host,
                         struct buffer *out)
{
    int64_t apart_us = EVENT_DAYS * US_PER_DAY / (fill->events > 0 ? fill->events : 1);
    for (int64_t i = fill->from; i < fill->from + fill->count; i++) {
        const struct sample_event event = {
            .seed = fill->seed,
            .computer = computer,
            .number = i,
            .id = id_of(fill, (UINT64_C(1) << 40) + (uint64_t)i),
            .host = host,
            .at_us = fill->now_us - (fill->events - i) * apart_us,
        };
        sample_event_write(&event, out);
    }
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
    struct event_batch batch;
    struct event_stored stored;
    int64_t computer = reporting_computer(fill, fill->from / EVENTS_A_BATCH);
    struct uuid id = id_of(fill, ID_COMPUTER + (uint64_t)computer);
    const char *host = sample_host(ctx->arena, fill->seed, computer);
    struct event_source source = { .computer_id = id.text };
    if (host == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for sample events");
    }
    TRY(source_read(ctx, &source));
    buffer_init(&lines, 16 * 1024 * 1024);
    write_events(fill, computer, host, &lines);
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

enum result sandbox_fill_instance(struct instance *instance, const struct options *options,
                                  bool shows, struct error *error)
{
    struct fill fill = {
        .instance = instance,
        .seed = (uint64_t)option_number(options, "seed"),
        .computers = option_number(options, "computers"),
        .groups = option_number(options, "groups"),
        .policies = option_number(options, "policies"),
        .events = option_number(options, "events"),
        .now_us = time_now_us(),
        .shows = shows,
    };
    return fill_run(&fill, error);
}

enum result command_sandbox_fill(const struct options *options, struct error *error)
{
    struct instance instance;
    TRY(instance_open(option_text(options, "data"), option_text(options, "database"), &instance,
                      error));
    enum result result =
        sandbox_fill_instance(&instance, options, isatty(STDERR_FILENO) == 1, error);
    instance_close(&instance);
    if (result == RESULT_OK) {
        (void)printf("%s computers, %s groups, %s policies, %s events\n",
                     option_text(options, "computers"), option_text(options, "groups"),
                     option_text(options, "policies"), option_text(options, "events"));
    }
    return result;
}
