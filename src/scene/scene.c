#include "scene/scene.h"

#include <inttypes.h>

#include "audit/audit.h"
#include "base/time.h"
#include "base/uuid.h"
#include "resource/events/events.h"
#include "scene/stage.h"
#include "server/instance.h"
#include "store/dialect.h"
#include "store/store.h"

enum { FOUNDED_DAYS = 170, ENROLLED_DAYS = 150, ASSIGNED_DAYS = 145 };

void scene_begin(uint64_t seed, int64_t now_us)
{
    time_hold(now_us);
    uuid_replay(&seed);
}

void scene_end(void)
{
    uuid_replay(NULL);
    time_hold(0);
}

static enum result is_empty(struct ctx *ctx, void *argument)
{
    int64_t *out = argument;
    return store_int(ctx->session, out, ctx->error,
                     "SELECT (SELECT COUNT(*) FROM policy) + (SELECT COUNT(*) FROM computer_group)",
                     "");
}

static enum result tell(struct stage *stage, struct ctx *ctx, void *argument)
{
    const struct scene_options *options = stage->options;
    const struct audit_entry entry = {
        .entity = "Settings",
        .type = "FillSandbox",
        .details = audit_sentence(ctx,
                                  "Fill the store with a sample fleet: %" PRId64
                                  " computers, %" PRId64 " groups, %" PRId64 " policies",
                                  options->computers, options->groups, options->policies),
    };
    (void)argument;
    return audit_write(ctx, &entry);
}

static enum result play(struct stage *stage)
{
    int64_t now_us = stage->options->now_us;
    int64_t enrolled_us = now_us - ENROLLED_DAYS * US_PER_DAY;
    TRY(stage_do(stage, now_us - FOUNDED_DAYS * US_PER_DAY, SCENE_SYSTEM, tell, NULL));
    TRY(act_organisation(stage, now_us - FOUNDED_DAYS * US_PER_DAY));
    TRY(act_enrolment(stage, enrolled_us));
    TRY(act_revisions(stage, now_us - ASSIGNED_DAYS * US_PER_DAY));
    TRY(act_settling(stage, enrolled_us));
    TRY(act_month(stage));
    return act_archiving(stage);
}

static enum result count_all(struct stage *stage, struct ctx *ctx, void *argument)
{
    struct scene_counts *out = argument;
    const struct {
        int64_t *count;
        const char *sql;
    } rows[] = {
        { &out->users, "SELECT COUNT(*) FROM user_account" },
        { &out->requests, "SELECT (SELECT COUNT(*) FROM authorization_request) +"
                          " (SELECT COUNT(*) FROM admin_access_request)" },
        { &out->audits, "SELECT amount FROM tally WHERE name = 'activity_audit'" },
    };
    /* So that the commit has something to bring to the disk: rush. */
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE tally SET amount = amount WHERE name = 'computer'", ""));
    *out = (struct scene_counts){ .computers = stage->options->computers,
                                  .groups = stage->options->groups,
                                  .policies = stage->options->policies,
                                  .events = stage->events };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TRY(store_int(ctx->session, rows[i].count, ctx->error, rows[i].sql, ""));
    }
    return RESULT_OK;
}

/* Half a scene is of no use to anybody, so its many small transactions need not be on the disk one by one: SQLite brings them there
   together, with the last commit and the checkpoint behind it. */
static enum result rush(struct stage *stage, bool begins)
{
    if (!store_dialect(stage->instance->store)->one_server) {
        return RESULT_OK;
    }
    return session_run_script(stage->session,
                              begins ? "PRAGMA synchronous = OFF" : "PRAGMA synchronous = FULL",
                              stage->error);
}

static enum result join_some(struct stage *stage, struct ctx *ctx, void *argument)
{
    (void)stage;
    return events_index_merge(ctx, argument);
}

/* What a server does while events come: a month of them leaves more pieces than a search is made for. */
static enum result index_join(struct stage *stage)
{
    bool more = true;
    while (more) {
        TRY(stage_do(stage, stage->options->now_us, SCENE_SYSTEM, join_some, &more));
    }
    return RESULT_OK;
}

static enum result settle(struct stage *stage, struct scene_counts *out)
{
    TRY(index_join(stage));
    TRY(rush(stage, false));
    TRY(stage_do(stage, stage->options->now_us, SCENE_SYSTEM, count_all, out));
    return store_dialect(stage->instance->store)->one_server
               ? session_run_script(stage->session, "PRAGMA wal_checkpoint(FULL)", stage->error)
               : RESULT_OK;
}

enum result scene_fill(struct instance *instance, const struct scene_options *options,
                       struct scene_counts *out, struct error *error)
{
    struct stage stage;
    int64_t there = 0;
    TRY(instance_read(instance, is_empty, &there, error));
    if (there > 0) {
        return fail(
            error, RESULT_CONFLICT, NULL,
            "the store has groups or policies already; the sample fleet goes into an empty one");
    }
    TRY(stage_open(instance, options, &stage, error));
    enum result result = rush(&stage, true);
    if (result == RESULT_OK) {
        result = play(&stage);
    }
    if (result == RESULT_OK) {
        result = settle(&stage, out);
    }
    time_hold(options->now_us);
    stage_close(&stage);
    return result;
}
