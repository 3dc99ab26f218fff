/* What a target's thread reads of its feeds and sends to the receiver. */
#include <stdio.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "notify/delivery_filter.h"
#include "server/delivery_sender_parts.h"
#include "server/feeds.h"

enum {
    ITEMS_AT_ONCE = 500,
    BYTES_AT_ONCE = 4 * 1024 * 1024,
    GATHER_ITEMS_MAX = 20000, /* of events, for drivers that want large batches */
    GATHER_BYTES_MAX = 32 * 1024 * 1024,
    GATHER_LOOKS = 10,
};

/* What an attempt has come to. */
struct sent {
    enum result result;
    size_t delivered;
};

static struct sent batch_send(struct sender *sender, const struct delivery_item *items,
                              size_t count)
{
    struct sent sent = { .delivered = 0 };
    const struct delivery_batch batch = { items, count };
    sender->error = (struct error){ .field = NULL };
    sent.result = sender->driver->send(sender->state, &batch, &sent.delivered, &sender->error);
    return sent;
}

static bool is_for_good(enum result result)
{
    return result == RESULT_INVALID || result == RESULT_TOO_LARGE;
}

/* What cannot be looked at is let through: to send too much is better than to lose it. */
static bool item_fits(struct sender *sender, const struct delivery_item *item)
{
    const struct json *document = NULL;
    struct error ignored;
    arena_reset(sender->work); /* for each: many values take many times their text */
    enum result result =
        json_parse(sender->work, item->json, &json_limits_usual, &document, &ignored);
    return result != RESULT_OK || delivery_filter_fits(sender->filter, document);
}

/* The items of a feed's batch that the filter lets through, in place. */
static size_t items_filter(struct sender *sender, struct delivery_item *items, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count && sender->filter != NULL; i++) {
        if (item_fits(sender, &items[i])) {
            items[kept++] = items[i];
        }
    }
    return sender->filter == NULL ? count : kept;
}

/* Where the feed is once `delivered` of the kept items are out: before the first one that is not. */
static int64_t position_behind(const struct sender *sender, enum feed feed,
                               const struct delivery_item *kept, size_t count, size_t delivered,
                               int64_t all)
{
    if (delivered == count) {
        return all;
    }
    int64_t next = (int64_t)kept[delivered].position;
    size_t i = delivered;
    while (i > 0 && (int64_t)kept[i - 1].position >= next) {
        i--; /* they came together and are one position */
    }
    return i > 0 ? (int64_t)kept[i - 1].position : sender->position[feed];
}

/* Sends the items; dead letters are left behind. *out_done: how many are out or put aside; *out_delivered: are out. */
static enum result items_send(struct sender *sender, const struct delivery_item *items,
                              size_t count, size_t *out_done, size_t *out_delivered)
{
    while (*out_done < count && !sender_is_stopping(sender)) {
        struct sent sent = batch_send(sender, &items[*out_done], count - *out_done);
        *out_done += sent.delivered;
        *out_delivered += sent.delivered;
        if (is_for_good(sent.result) && *out_done < count) {
            TRY(sender_item_bury(sender, &items[*out_done]));
            (*out_done)++;
        } else if (sent.result != RESULT_OK) {
            return sent.result;
        }
    }
    return RESULT_OK;
}

/* How much is read of a feed, and what of it is enough to be sent at once. */
struct portion {
    struct feed_bounds read;
    size_t items, bytes;
    uint32_t seconds; /* after which less is enough */
};

/* A read that was cut off at its bound has more than is enough, whatever the next document's size. */
static struct portion portion_of(const struct sender *sender, enum feed feed)
{
    struct portion portion = { .read = { feed == FEED_EVENTS ? ITEMS_AT_ONCE : FEED_ITEMS_MAX,
                                         BYTES_AT_ONCE },
                               .items = ITEMS_AT_ONCE };
    if (sender->driver->gather != NULL) {
        struct target_gather wanted = sender->driver->gather(sender->state);
        portion.bytes = wanted.bytes < GATHER_BYTES_MAX ? wanted.bytes : GATHER_BYTES_MAX;
        portion.read.bytes_max =
            portion.bytes * 2 > BYTES_AT_ONCE ? portion.bytes * 2 : BYTES_AT_ONCE;
        portion.read.items_max = feed == FEED_EVENTS ? GATHER_ITEMS_MAX : FEED_ITEMS_MAX;
        portion.items = feed == FEED_EVENTS ? GATHER_ITEMS_MAX : ITEMS_AT_ONCE;
        portion.seconds = wanted.seconds;
    }
    return portion;
}

/* Is there enough, or has the oldest waited long enough, for the driver to make something good of it? What the filter
   leaves out counts, since nothing behind it is read before. */
static bool is_gathered(struct sender *sender, enum feed feed, const struct portion *portion,
                        const struct delivery_item *items, size_t count)
{
    size_t bytes = 0;
    int64_t now_us = time_monotonic_us();
    for (size_t i = 0; i < count; i++) {
        bytes += items[i].json.length;
    }
    if (sender->gathering_since_us[feed] == 0) {
        sender->gathering_since_us[feed] = now_us;
    }
    int64_t waited_us = now_us - sender->gathering_since_us[feed];
    sender->look_again_us[feed] = now_us + (int64_t)portion->seconds * US_PER_SECOND / GATHER_LOOKS;
    return sender->is_late[feed] || count >= portion->items || bytes >= portion->bytes ||
           waited_us >= (int64_t)portion->seconds * US_PER_SECOND;
}

/* Sends what was read, and moves the position behind what is out. */
static enum result portion_send(struct sender *sender, enum feed feed, struct delivery_item *items,
                                size_t count)
{
    size_t done = 0;
    size_t delivered = 0;
    int64_t all = (int64_t)items[count - 1].position;
    size_t kept = items_filter(sender, items, count);
    enum result result = items_send(sender, items, kept, &done, &delivered);
    int64_t position = position_behind(sender, feed, items, kept, done, all);
    if (position <= sender->position[feed]) {
        return result;
    }
    const struct error failure = sender->error;
    const struct delivery_item *last = done == 0 ? NULL : &items[done - 1];
    TRY(sender_position_save(sender, feed, position, last, delivered, true));
    sender->error = failure;
    return result;
}

/* A batch of a feed. *out_worked: there may be more. */
enum result sender_feed_turn(struct sender *sender, enum feed feed, bool *out_worked)
{
    size_t count = 0;
    if (time_monotonic_us() < sender->look_again_us[feed]) {
        return RESULT_OK;
    }
    struct delivery_item *items = NULL;
    const struct portion portion = portion_of(sender, feed);
    TRY(sender_store_result(sender, feed_read(&sender->ctx, feed, sender->position[feed],
                                              &portion.read, &items, &count)));
    if (count == 0) {
        return sender->behind[feed]
                   ? sender_position_save(sender, feed, sender->position[feed], NULL, 0, false)
                   : RESULT_OK;
    }
    if (!is_gathered(sender, feed, &portion, items, count)) {
        return RESULT_OK;
    }
    sender->look_again_us[feed] = 0;
    *out_worked = true;
    sender->gathering_since_us[feed] = 0;
    enum result result = portion_send(sender, feed, items, count);
    sender->is_late[feed] = result != RESULT_OK;
    return result;
}

/* Dead letters that are wanted again go one by one: what they came to is noted for each. */
enum result sender_letters_turn(struct sender *sender, bool *out_worked)
{
    size_t count = 0;
    struct delivery_item *items = arena_alloc(sender->arena, ITEMS_AT_ONCE * sizeof(*items));
    if (items == NULL) {
        return fail(&sender->error, RESULT_NO_MEMORY, NULL, "no memory for a batch");
    }
    TRY(sender_store_result(sender, delivery_replays(&sender->ctx, sender->target_id, BYTES_AT_ONCE,
                                                     items, ITEMS_AT_ONCE, &count)));
    for (size_t i = 0; i < count && !sender_is_stopping(sender); i++) {
        struct sent sent = batch_send(sender, &items[i], 1);
        char why[ERROR_TEXT_BYTES];
        (void)snprintf(why, sizeof(why), "%s", sender->error.text);
        if (sent.result != RESULT_OK && !is_for_good(sent.result)) {
            return sent.result;
        }
        TRY(sender_letter_done(sender, &items[i], sent.result == RESULT_OK ? NULL : why));
        *out_worked = true;
    }
    return RESULT_OK;
}
