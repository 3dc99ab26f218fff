/* The computers: they enrol, get a certificate, apply what their group has, are rejected or archived. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "resource/computers/computers.h"
#include "scene/cast.h"
#include "scene/dice.h"
#include "scene/month.h"
#include "scene/stage.h"
#include "store/store.h"

enum { CHUNK = 4000, FACTS_BYTES = 8 * 1024, IDS_AT_ONCE = 1000, ID_ROOM = 40 };

struct chunk {
    int64_t from, end;
    int64_t enrol_us;
};

static enum result in_chunks(struct stage *stage, int64_t at_us, const char *what, stage_work *work,
                             struct chunk *chunk)
{
    int64_t all = stage->options->computers;
    for (chunk->from = 0; chunk->from < all; chunk->from = chunk->end) {
        chunk->end = chunk->from + CHUNK < all ? chunk->from + CHUNK : all;
        TRY(stage_do(stage, at_us, SCENE_SYSTEM, work, chunk));
        stage_progress(stage, what, chunk->end, all);
    }
    return RESULT_OK;
}

/* --- enrolment ------------------------------------------------------------------------------------------- */

static enum result enrol_one(struct stage *stage, struct ctx *ctx, int64_t number)
{
    int64_t group = stage_group_of(stage, number);
    uint64_t seed = stage->options->seed;
    const struct machine_kind *kind = machine_kind(seed, number);
    const struct json *endpoint = NULL;
    struct computer computer;
    struct uuid id;
    struct buffer facts;
    char host[HOST_NAME_BYTES];
    stage_computer_id(stage, number, &id);
    machine_host(seed, number, host);
    buffer_init(&facts, FACTS_BYTES);
    machine_write(seed, number, ctx->now_us - (30 + number % 300) * US_PER_DAY, &facts);
    enum result result =
        json_parse(ctx->arena, buffer_slice(&facts), &json_limits_usual, &endpoint, ctx->error);
    if (result == RESULT_OK) {
        const struct computer_enrolment order = {
            .id = id.text,
            .host = slice_of(host),
            .host_type = kind->type,
            .group_id = group < 0 ? NULL : stage->groups[group].id,
            .public_key_pem = arena_printf(ctx->arena, "scene %s", id.text),
            .agent_version = slice_of(kind->agent),
            .endpoint = endpoint,
        };
        result = computer_enrol(ctx, &order, &computer);
    }
    buffer_done(&facts);
    return result;
}

static enum result enrol_chunk(struct stage *stage, struct ctx *ctx, void *argument)
{
    const struct chunk *chunk = argument;
    for (int64_t i = chunk->from; i < chunk->end; i++) {
        /* One after the other, so that lists have an order to show. */
        ctx->now_us = chunk->enrol_us + i % 1000000 * US_PER_SECOND;
        TRY(enrol_one(stage, ctx, i));
    }
    return RESULT_OK;
}

/* An operation on all computers of a life, at most IDS_AT_ONCE at a time, so that it is done at once. */
static enum result on_those(struct stage *stage, int64_t at_us, const char *operation,
                            enum machine_life life)
{
    char body[IDS_AT_ONCE * ID_ROOM + 64];
    int64_t all = stage->options->computers;
    size_t count = 0;
    size_t length = 0;
    for (int64_t i = 0; i < all; i++) {
        struct uuid id;
        if (machine_life(i) == life) {
            stage_computer_id(stage, i, &id);
            length += (size_t)snprintf(body + length, sizeof(body) - length, "%s\"%s\"",
                                       count == 0 ? "{\"computerIds\":[" : ",", id.text);
            count++;
        }
        if (count > 0 && (count == IDS_AT_ONCE || i == all - 1)) {
            (void)snprintf(body + length, sizeof(body) - length, "]}");
            const struct stage_call call = { operation, NULL, body, NULL };
            TRY(stage_api(stage, at_us, 1, &call, NULL));
            count = 0;
            length = 0;
        }
    }
    return RESULT_OK;
}

enum result act_enrolment(struct stage *stage, int64_t from_us)
{
    struct chunk chunk = { .enrol_us = from_us };
    /* No group is the default one yet: who comes without a group waits. */
    TRY(in_chunks(stage, from_us, "enrolled", enrol_chunk, &chunk));
    return on_those(stage, from_us + 2 * US_PER_DAY, "Computers_Reject", LIFE_REJECTED);
}

/* --- what they are today ------------------------------------------------------------------------------------ */

/* When it was heard of last: most of them just now. */
static int64_t contact_us(const struct stage *stage, int64_t number)
{
    enum { AGAIN_S = 600, AWAY_DAYS = 15, ARCHIVED_DAYS = 95 };
    struct dice dice = dice_for(stage->options->seed, DICE_SERIAL, (uint64_t)number * 2);
    int64_t now_us = stage->options->now_us;
    int64_t chance = (int64_t)dice_below(&dice, 1000);
    switch (machine_life(number)) {
    case LIFE_AWAY: return now_us - (1 + chance % AWAY_DAYS) * US_PER_DAY;
    case LIFE_ARCHIVED: return now_us - (ARCHIVED_DAYS + chance % AWAY_DAYS) * US_PER_DAY;
    case LIFE_CURRENT:
    case LIFE_BEHIND:
    case LIFE_PENDING:
    case LIFE_REJECTED: break;
    }
    return now_us - (1 + chance) * AGAIN_S * 1000;
}

static enum result report_one(struct stage *stage, struct ctx *ctx, int64_t number, const char *id)
{
    int64_t group = stage_group_of(stage, number);
    int64_t policy = group < 0 ? -1 : stage->groups[group].policy;
    bool current = machine_life(number) == LIFE_CURRENT;
    struct computer_report report = {
        .adapter_version = slice_of(machine_kind(stage->options->seed, number)->adapter),
    };
    if (policy >= 0) {
        report.applied_revision_id = current ? stage->policies[policy].newest_revision
                                             : stage->policies[policy].first_revision;
        report.applied_us = ctx->now_us;
    }
    return computer_report(ctx, id, &report);
}

/* What the CA signed for it. The certificate itself stayed with the agent, which no scene has. */
static enum result certify_one(struct stage *stage, struct ctx *ctx, int64_t number, const char *id)
{
    enum { LIFE_DAYS = 365 };
    struct dice dice = dice_for(stage->options->seed, DICE_SERIAL, (uint64_t)number * 2 + 1);
    char thumbprint[65];
    char serial[33];
    char subject[64];
    dice_hex(&dice, 64, thumbprint);
    dice_hex(&dice, 32, serial);
    (void)snprintf(subject, sizeof(subject), "CN=%s", id);
    return store_run(ctx->session, ctx->error,
                     "UPDATE computer_identity SET thumbprint = $2, subject = $3,"
                     " issuer = 'CN=Reeve CA', serial_number = $4, valid_from = $5, valid_to = $6"
                     " WHERE computer_id = $1",
                     "ttttii", id, thumbprint, subject, serial, ctx->now_us,
                     ctx->now_us + LIFE_DAYS * US_PER_DAY);
}

static enum result settle_chunk(struct stage *stage, struct ctx *ctx, void *argument)
{
    const struct chunk *chunk = argument;
    struct computer_seen seen[1];
    int64_t revised_us = stage->options->now_us - 19 * US_PER_DAY;
    for (int64_t i = chunk->from; i < chunk->end; i++) {
        struct uuid id;
        enum machine_life life = machine_life(i);
        bool current = life == LIFE_CURRENT;
        stage_computer_id(stage, i, &id);
        ctx->now_us = current ? revised_us + i % 400 * 3600 * US_PER_SECOND
                              : chunk->enrol_us + US_PER_DAY + i % 1000000 * US_PER_SECOND;
        if (life != LIFE_PENDING && life != LIFE_REJECTED) {
            TRY(report_one(stage, ctx, i, id.text));
            TRY(certify_one(stage, ctx, i, id.text));
        }
        seen[0] = (struct computer_seen){ .id = id.text, .at_us = contact_us(stage, i) };
        TRY(computers_seen(ctx, seen, 1));
    }
    return RESULT_OK;
}

enum result act_settling(struct stage *stage, int64_t enrolled_us)
{
    struct chunk chunk = { .enrol_us = enrolled_us };
    return in_chunks(stage, stage->options->now_us - 32 * US_PER_DAY, "settled", settle_chunk,
                     &chunk);
}

/* What the service desk wants of some computers just now, and they have not answered yet. */
static enum result ask_some(struct stage *stage, int64_t at_us)
{
    static const char *const wishes[] = { "Computers_RetrieveLogs", "Computers_RetrieveStatusInfo",
                                          "Computers_RenewCertificateById" };
    for (size_t i = 0; i < COUNT_OF(wishes) && stage->options->computers > 0; i++) {
        struct uuid id;
        stage_computer_id(stage, reporting_computer(stage, (int64_t)i * 5), &id);
        const struct stage_call call = { wishes[i], id.text, NULL, NULL };
        TRY(stage_api(stage, at_us, 2, &call, NULL));
    }
    return RESULT_OK;
}

enum result act_archiving(struct stage *stage)
{
    enum { ASKED_S = 300, ARCHIVED_S = 240 };
    int64_t now_us = stage->options->now_us;
    TRY(ask_some(stage, now_us - ASKED_S * US_PER_SECOND));
    return on_those(stage, now_us - ARCHIVED_S * US_PER_SECOND, "Computers_Archive", LIFE_ARCHIVED);
}
