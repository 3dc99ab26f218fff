/* What a target's thread writes to the store, one piece of work after the other. */
#include <stdio.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "server/delivery_sender_parts.h"
#include "store/writer.h"

enum { SPARE_S = DELIVERY_LEASE_S / 2 };

/* One piece of work in the writer. */
struct errand {
    struct sender *sender;
    enum result (*run)(struct ctx *ctx, const struct errand *errand);
    struct delivery_progress progress;
    const struct delivery_item *item; /* that is dead, or was sent again */
    const char *why;
    bool refused;
    int64_t retry_s;
};

static enum result errand_run(void *context, struct session *session, struct error *error)
{
    const struct errand *errand = context;
    struct sender *sender = errand->sender;
    struct ctx ctx;
    arena_reset(sender->work);
    api_system_ctx(sender->api, sender->work, session, error, &ctx);
    return errand->run(&ctx, errand);
}

enum result sender_store_result(struct sender *sender, enum result result)
{
    if (result == RESULT_OK || result == RESULT_BUSY) {
        return result;
    }
    log_line(LOG_WARN, "delivery", NULL, "%s: the store: %s: %s", sender->target_id,
             result_name(result), sender->error.text);
    return fail(&sender->error, RESULT_BUSY, NULL,
                "this server could not read or write its store; its log says why");
}

static enum result errand_do(struct errand *errand)
{
    struct sender *sender = errand->sender;
    sender->error = (struct error){ .field = NULL };
    enum result result = writer_wait(sender->writer, errand_run, errand, &sender->error);
    bool held = result == RESULT_OK;
    sender->lost = sender->lost || !held;
    sender->leased_until_us = held ? time_monotonic_us() + DELIVERY_LEASE_S * US_PER_SECOND : 0;
    /* Too many dead letters are for people to see. */
    return result == RESULT_TOO_LARGE ? result : sender_store_result(sender, result);
}

static enum result run_lease(struct ctx *ctx, const struct errand *errand)
{
    return delivery_lease(ctx, errand->sender->target_id, errand->sender->owner);
}

static enum result run_release(struct ctx *ctx, const struct errand *errand)
{
    return delivery_release(ctx, errand->sender->target_id, errand->sender->owner);
}

static enum result run_moved(struct ctx *ctx, const struct errand *errand)
{
    return delivery_moved(ctx, &errand->progress);
}

static enum result run_dead(struct ctx *ctx, const struct errand *errand)
{
    TRY(delivery_lease(ctx, errand->sender->target_id, errand->sender->owner));
    return delivery_dead_add(ctx, errand->sender->target_id, errand->item, errand->why);
}

static enum result run_replayed(struct ctx *ctx, const struct errand *errand)
{
    return delivery_dead_done(ctx, errand->sender->target_id, errand->sender->owner, errand->item,
                              errand->why);
}

static enum result run_failed(struct ctx *ctx, const struct errand *errand)
{
    return delivery_failed(ctx, errand->sender->target_id, errand->sender->owner, errand->why,
                           errand->refused, errand->retry_s);
}

enum result sender_lease_keep(struct sender *sender)
{
    struct errand errand = { .sender = sender, .run = run_lease };
    bool fresh = sender->leased_until_us - time_monotonic_us() > SPARE_S * US_PER_SECOND;
    return fresh ? RESULT_OK : errand_do(&errand);
}

void sender_release(struct sender *sender)
{
    struct errand errand = { .sender = sender, .run = run_release };
    (void)errand_do(&errand);
}

enum result sender_position_save(struct sender *sender, enum feed feed, int64_t position,
                                 const struct delivery_item *last, size_t delivered, bool behind)
{
    struct errand errand = {
        .sender = sender,
        .run = run_moved,
        .progress = { .id = sender->target_id,
                      .owner = sender->owner,
                      .feed = feed,
                      .from = sender->position[feed],
                      .position = position,
                      .item_time_us = last == NULL ? 0 : last->time,
                      .delivered = delivered,
                      .behind = behind },
    };
    TRY(errand_do(&errand));
    sender->position[feed] = position;
    sender->behind[feed] = behind;
    sender->target.attempts = 0;
    return RESULT_OK;
}

/* An item that will never go is put aside. */
enum result sender_item_bury(struct sender *sender, const struct delivery_item *item)
{
    char why[ERROR_TEXT_BYTES];
    (void)snprintf(why, sizeof(why), "%s", sender->error.text);
    struct errand errand = { .sender = sender, .run = run_dead, .item = item, .why = why };
    log_line(LOG_WARN, "delivery", NULL, "%s: %.*s is a dead letter: %s", sender->target.name,
             (int)item->id.length, item->id.text, why);
    return errand_do(&errand);
}

enum result sender_letter_done(struct sender *sender, const struct delivery_item *item,
                               const char *why)
{
    struct errand errand = { .sender = sender, .run = run_replayed, .item = item, .why = why };
    return errand_do(&errand);
}

/* Notes a failure and waits for the next try. */
void sender_failure_note(struct sender *sender, enum result result)
{
    uint8_t chance = 0;
    random_bytes(&chance, sizeof(chance));
    char why[ERROR_TEXT_BYTES];
    (void)snprintf(why, sizeof(why), "%s", sender->error.text);
    struct errand errand = {
        .sender = sender,
        .run = run_failed,
        .why = why,
        .refused = result != RESULT_BUSY && result != RESULT_NO_MEMORY,
        .retry_s = delivery_retry_s(sender->target.attempts, chance),
    };
    if (sender_is_stopping(sender)) {
        return;
    }
    log_line(LOG_WARN, "delivery", NULL, "%s: %s: again in %lld seconds: %s", sender->target.name,
             result_name(result), (long long)errand.retry_s, why);
    (void)errand_do(&errand);
    sender->target.attempts++;
    sender_wait_ms(sender, errand.retry_s * 1000);
}
