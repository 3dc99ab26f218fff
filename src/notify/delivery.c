#include "notify/delivery.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "model/operation.h"
#include "store/store.h"

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a target");
}

int64_t delivery_retry_s(int64_t attempts, uint8_t chance)
{
    int64_t seconds = DELIVERY_RETRY_S_FIRST;
    for (int64_t i = 0; i < attempts && seconds < DELIVERY_RETRY_S_MAX; i++) {
        seconds *= 2;
    }
    seconds = seconds < DELIVERY_RETRY_S_MAX ? seconds : DELIVERY_RETRY_S_MAX;
    return seconds + seconds * chance / (4 * 255);
}

/* --- reading ------------------------------------------------------------------------------------------------ */

enum result delivery_enabled(struct ctx *ctx, struct delivery_enabled *out, size_t *out_count)
{
    struct statement *rows = NULL;
    bool row = false;
    *out_count = 0;
    TRY(store_rows(
        ctx->session, &rows, ctx->error,
        "SELECT id, revision FROM delivery_target WHERE enabled = 1 ORDER BY name_key LIMIT $1",
        "i", (int64_t)DELIVERY_TARGETS_MAX));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        const char *id = slice_dup(ctx->arena, statement_text(rows, 0));
        out[(*out_count)++] = (struct delivery_enabled){ id, statement_int(rows, 1) };
        result = id == NULL ? no_memory(ctx) : statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result;
}

static const char *text_of(struct ctx *ctx, const struct statement *row, uint32_t column,
                           bool *complete)
{
    const char *text = slice_dup(ctx->arena, statement_text(row, column));
    *complete = *complete && text != NULL;
    return text;
}

enum result delivery_target_load(struct ctx *ctx, const char *id, struct delivery_target *out)
{
    struct statement *row = NULL;
    bool complete = true;
    enum result result =
        store_row(ctx->session, &row, ctx->error,
                  "SELECT id, name, kind, format, filter, settings, feeds, enabled, revision,"
                  " next_try, attempts FROM delivery_target WHERE id = $1",
                  "t", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL,
                    "there is no delivery target with the id %s", id);
    }
    TRY(result);
    *out = (struct delivery_target){
        .id = text_of(ctx, row, 0, &complete),
        .name = text_of(ctx, row, 1, &complete),
        .kind = text_of(ctx, row, 2, &complete),
        .format = text_of(ctx, row, 3, &complete),
        .filter = statement_is_null(row, 4) ? NULL : text_of(ctx, row, 4, &complete),
        .settings = text_of(ctx, row, 5, &complete),
        .feeds = (unsigned)statement_int(row, 6),
        .enabled = statement_int(row, 7) != 0,
        .revision = statement_int(row, 8),
        .next_try_us = statement_int(row, 9),
        .attempts = statement_int(row, 10),
    };
    statement_reset(row);
    return complete ? RESULT_OK : no_memory(ctx);
}

enum result delivery_settings_read(struct ctx *ctx, const struct delivery_target *target,
                                   struct target_settings *out)
{
    const struct json *object = NULL;
    TRY(json_parse(ctx->arena, slice_of(target->settings), &json_limits_usual, &object,
                   ctx->error));
    struct target_pair *pairs =
        arena_alloc(ctx->arena, (object->count + 1) * sizeof(struct target_pair));
    *out = (struct target_settings){ .target = slice_of(target->id), .pairs = pairs };
    if (pairs == NULL) {
        return no_memory(ctx);
    }
    for (const struct json *at = object->first; at != NULL; at = at->next) {
        pairs[out->count++] = (struct target_pair){ at->key, json_text_of(at) };
    }
    return RESULT_OK;
}

enum result delivery_position_load(struct ctx *ctx, const char *id, enum feed feed,
                                   int64_t *out_position)
{
    return store_int(ctx->session, out_position, ctx->error,
                     "SELECT position FROM delivery_position WHERE target_id = $1 AND feed = $2",
                     "ti", id, (int64_t)feed);
}

enum result delivery_read_facts(struct ctx *ctx, struct delivery_facts *out)
{
    struct statement *row = NULL;
    TRY(store_row(
        ctx->session, &row, ctx->error,
        "SELECT (SELECT CAST(COALESCE(SUM(delivered), 0) AS BIGINT) FROM delivery_target),"
        " (SELECT COUNT(*) FROM delivery_dead),"
        " (SELECT COUNT(*) FROM delivery_target WHERE enabled = 1 AND attempts > 0),"
        " (SELECT COUNT(*) FROM delivery_position WHERE behind = 1),"
        " (SELECT CAST(COALESCE(SUM(missed_count), 0) AS BIGINT) FROM delivery_position)",
        ""));
    *out = (struct delivery_facts){ statement_int(row, 0), statement_int(row, 1),
                                    statement_int(row, 2), statement_int(row, 3),
                                    statement_int(row, 4) };
    statement_reset(row);
    return RESULT_OK;
}

struct behind {
    const char *id;
    int64_t position;
};

static enum result behind_read(struct ctx *ctx, const struct delivery_drop *drop,
                               struct behind *out, size_t *out_count)
{
    struct statement *rows = NULL;
    bool row = false;
    bool complete = true;
    *out_count = 0;
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT target_id, position FROM delivery_position WHERE feed = $1"
                   " AND position < $2 ORDER BY target_id LIMIT $3",
                   "iii", (int64_t)drop->feed, drop->last, (int64_t)DELIVERY_TARGETS_MAX));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && complete) {
        out[(*out_count)++] =
            (struct behind){ text_of(ctx, rows, 0, &complete), statement_int(rows, 1) };
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result == RESULT_OK && !complete ? no_memory(ctx) : result;
}

enum result delivery_missed(struct ctx *ctx, const struct delivery_drop *drop, size_t *out_count)
{
    struct behind behind[DELIVERY_TARGETS_MAX];
    /* First: from now on no sender moves these positions before we are done. */
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE delivery_position SET missed ="
                  " CASE WHEN missed > $2 THEN missed ELSE CAST($2 AS BIGINT) END"
                  " WHERE feed = $1 AND position < $2",
                  "ii", (int64_t)drop->feed, drop->last));
    TRY(behind_read(ctx, drop, behind, out_count));
    for (size_t i = 0; i < *out_count; i++) {
        int64_t count = 0;
        TRY(drop->count(ctx, behind[i].position, drop->context, &count));
        TRY(store_run(ctx->session, ctx->error,
                      "UPDATE delivery_position SET missed_count = missed_count + $3"
                      " WHERE target_id = $1 AND feed = $2",
                      "tii", behind[i].id, (int64_t)drop->feed, count));
    }
    return RESULT_OK;
}

/* --- the lease ------------------------------------------------------------------------------------------------ */

enum result delivery_lease(struct ctx *ctx, const char *id, const char *owner)
{
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE delivery_target SET lease_owner = $2, lease_until = $3"
                  " WHERE id = $1 AND (lease_owner = $2 OR lease_until < $4 OR lease_until > $5)",
                  "ttiii", id, owner, ctx->now_us + DELIVERY_LEASE_S * US_PER_SECOND, ctx->now_us,
                  ctx->now_us + (DELIVERY_LEASE_S + DELIVERY_SKEW_S) * US_PER_SECOND));
    return session_affected(ctx->session) > 0
               ? RESULT_OK
               : fail(ctx->error, RESULT_BUSY, NULL, "another server delivers to this target");
}

enum result delivery_leases_renew(struct ctx *ctx, const char *owner)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE delivery_target SET lease_until = $2 WHERE lease_owner = $1", "ti",
                     owner, ctx->now_us + DELIVERY_LEASE_S * US_PER_SECOND);
}

enum result delivery_leases_clear(struct ctx *ctx)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE delivery_target SET lease_owner = NULL, lease_until = 0"
                     " WHERE lease_until > 0",
                     "");
}

enum result delivery_release(struct ctx *ctx, const char *id, const char *owner)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE delivery_target SET lease_owner = NULL, lease_until = 0"
                     " WHERE id = $1 AND lease_owner = $2",
                     "tt", id, owner);
}

static enum result must_hold(struct ctx *ctx)
{
    return session_affected(ctx->session) > 0
               ? RESULT_OK
               : fail(ctx->error, RESULT_BUSY, NULL,
                      "the target is gone, or another server delivers to it by now");
}

/* A reason may have a receiver's own words, in any bytes, and may be cut anywhere; the store takes UTF-8. */
static const char *reason_of(struct ctx *ctx, const char *why)
{
    char *copy = arena_strdup(ctx->arena, why);
    bool whole = slice_is_utf8(slice_of(why));
    for (char *at = copy; at != NULL && *at != '\0' && !whole; at++) {
        *at = (unsigned char)*at < 0x80 ? *at : '?';
    }
    return copy == NULL ? "no memory for the reason" : copy;
}

/* --- what came of it -------------------------------------------------------------------------------------------- */

/* The receiver has answered, so all is well; `delivered` items are with it. */
static enum result target_is_well(struct ctx *ctx, const char *id, const char *owner,
                                  int64_t delivered)
{
    TRY(store_run(
        ctx->session, ctx->error,
        "UPDATE delivery_target SET delivered = delivered + CAST($3 AS BIGINT), attempts = 0, refused = 0,"
        " next_try = 0, last_error = NULL, lease_until = $4,"
        " last_delivered = CASE WHEN CAST($3 AS BIGINT) > 0 THEN CAST($5 AS BIGINT) ELSE last_delivered END"
        " WHERE id = $1 AND lease_owner = $2",
        "ttiii", id, owner, delivered, ctx->now_us + DELIVERY_LEASE_S * US_PER_SECOND,
        ctx->now_us));
    return must_hold(ctx);
}

enum result delivery_moved(struct ctx *ctx, const struct delivery_progress *progress)
{
    bool sent = progress->delivered > 0;
    TRY(target_is_well(ctx, progress->id, progress->owner, (int64_t)progress->delivered));
    return store_run(ctx->session, ctx->error,
                     "UPDATE delivery_position SET position = $3, behind = $4,"
                     " item_time = CASE WHEN CAST($5 AS BIGINT) > 0 THEN $5 ELSE item_time END"
                     " WHERE target_id = $1 AND feed = $2 AND position = $6",
                     "tiiiii", progress->id, (int64_t)progress->feed, progress->position,
                     progress->behind ? INT64_C(1) : INT64_C(0),
                     sent ? progress->item_time_us : INT64_C(0), progress->from);
}

enum result delivery_failed(struct ctx *ctx, const char *id, const char *owner, const char *why,
                            bool refused, int64_t retry_s)
{
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE delivery_target SET attempts = attempts + 1, refused = $3, next_try = $4,"
                  " last_error = $5, lease_until = $6 WHERE id = $1 AND lease_owner = $2",
                  "ttiiti", id, owner, refused ? INT64_C(1) : INT64_C(0),
                  ctx->now_us + retry_s * US_PER_SECOND, reason_of(ctx, why),
                  ctx->now_us + DELIVERY_LEASE_S * US_PER_SECOND));
    return must_hold(ctx);
}

/* --- dead letters ------------------------------------------------------------------------------------------------ */

enum result delivery_dead_add(struct ctx *ctx, const char *id, const struct delivery_item *item,
                              const char *why)
{
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT COUNT(*) FROM delivery_dead WHERE target_id = $1"
                  " AND NOT (feed = $2 AND item_id = $3)",
                  "tis", id, (int64_t)item->feed, item->id));
    if (count >= DELIVERY_DEAD_MAX) {
        return fail(ctx->error, RESULT_TOO_LARGE, NULL,
                    "the target has %d dead letters; send them again or drop them",
                    DELIVERY_DEAD_MAX);
    }
    return store_run(ctx->session, ctx->error,
                     "INSERT INTO delivery_dead (target_id, feed, position, item_id, computer_id,"
                     " item_time, document, reason, died, replay)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)"
                     " ON CONFLICT (target_id, feed, item_id) DO UPDATE SET reason = $8, died = $9,"
                     " replay = 0",
                     "tiissisti", id, (int64_t)item->feed, (int64_t)item->position, item->id,
                     item->computer, item->time, item->json, reason_of(ctx, why), ctx->now_us);
}

enum result delivery_dead_done(struct ctx *ctx, const char *id, const char *owner,
                               const struct delivery_item *item, const char *why)
{
    TRY(target_is_well(ctx, id, owner, why == NULL ? INT64_C(1) : INT64_C(0)));
    if (why == NULL) {
        return store_run(ctx->session, ctx->error,
                         "DELETE FROM delivery_dead WHERE target_id = $1 AND feed = $2"
                         " AND item_id = $3",
                         "tis", id, (int64_t)item->feed, item->id);
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE delivery_dead SET replay = 0, reason = $4, died = $5"
                     " WHERE target_id = $1 AND feed = $2 AND item_id = $3",
                     "tisti", id, (int64_t)item->feed, item->id, reason_of(ctx, why), ctx->now_us);
}

static bool replay_read(struct ctx *ctx, const struct statement *row, struct delivery_item *out)
{
    bool complete = true;
    *out = (struct delivery_item){
        .feed = (enum feed)statement_int(row, 0),
        .position = (uint64_t)statement_int(row, 1),
        .id = slice_of(text_of(ctx, row, 2, &complete)),
        .computer = slice_of(text_of(ctx, row, 3, &complete)),
        .time = statement_int(row, 4),
        .json = slice_of(text_of(ctx, row, 5, &complete)),
    };
    return complete;
}

/* A batch is of one feed: of that of the oldest letter. */
enum result delivery_replays(struct ctx *ctx, const char *id, size_t bytes_max,
                             struct delivery_item *out, size_t max, size_t *out_count)
{
    struct statement *rows = NULL;
    bool row = false;
    bool complete = true;
    size_t bytes = 0;
    *out_count = 0;
    TRY(store_rows(
        ctx->session, &rows, ctx->error,
        "SELECT feed, position, item_id, computer_id, item_time, document"
        " FROM delivery_dead WHERE target_id = $1 AND replay = 1"
        " AND feed = (SELECT MIN(feed) FROM delivery_dead WHERE target_id = $1 AND replay = 1)"
        " ORDER BY position, item_id LIMIT $2",
        "ti", id, (int64_t)max));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && complete && bytes < bytes_max) {
        complete = replay_read(ctx, rows, &out[*out_count]);
        bytes += out[(*out_count)++].json.length;
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result == RESULT_OK && !complete ? no_memory(ctx) : result;
}
