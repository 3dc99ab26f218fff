/* What the files of a target's thread share. Private to them. */
#ifndef SERVER_DELIVERY_SENDER_PARTS_H
#define SERVER_DELIVERY_SENDER_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "model/operation.h"
#include "notify/delivery.h"

struct api;
struct json;
struct session;
struct store;
struct writer;

enum { SENDER_ID_BYTES = 40 };

struct sender {
    struct store *store;
    struct writer *writer;
    struct api *api;
    char target_id[SENDER_ID_BYTES], owner[SENDER_ID_BYTES];
    pthread_t thread;
    pthread_mutex_t lock; /* over what follows */
    pthread_cond_t ending;
    bool stopping, running;
    int64_t opened_revision,
        told_revision; /* of the target: as it was loaded, and as it is; 0: not known */
    const struct target_driver *driver; /* with `state`: what is open */
    void *state;
    atomic_bool ended;
    /* The thread's own: */
    struct session *session;
    struct arena *arena; /* of a turn */
    struct arena *kept;  /* of the target as it was loaded */
    struct arena *work;  /* of a transaction */
    struct ctx ctx;
    struct error error;
    struct delivery_target target;
    const struct json *filter;
    int64_t leased_until_us; /* monotonic */
    bool lost; /* the store did not take what we said: another server may have gone on */
    int64_t gathering_since_us[FEED_COUNT];
    bool is_late[FEED_COUNT]; /* the last try failed: what did not go then has waited long enough */
    int64_t look_again_us[FEED_COUNT]; /* while it gathers: what waits is not read over and over */
    int64_t position[FEED_COUNT];
    bool behind[FEED_COUNT];
};

bool sender_is_stopping(struct sender *sender);
/* Or until it is to stop, or the target was changed. */
void sender_wait_ms(struct sender *sender, int64_t milliseconds);

/* What a call of the store came to. A failure is ours and no word of the receiver's, so it becomes RESULT_BUSY; only the log says
   what it was. */
MUST_CHECK enum result sender_store_result(struct sender *sender, enum result result);

/* --- what is written to the store: each holds the target's lease, or is RESULT_BUSY and changes nothing ------------------- */

MUST_CHECK enum result sender_lease_keep(struct sender *sender);
/* Lets another server go on at once; without it, when the lease ends. */
void sender_release(struct sender *sender);
/* Where a feed is now, and what of it went out; `last` of it, or NULL. */
MUST_CHECK enum result sender_position_save(struct sender *sender, enum feed feed, int64_t position,
                                            const struct delivery_item *last, size_t delivered,
                                            bool behind);
/* An item that will never go is put aside, for the reason that sender->error has. */
MUST_CHECK enum result sender_item_bury(struct sender *sender, const struct delivery_item *item);
/* A dead letter that was sent again: gone, or dead for the reason `why`. */
MUST_CHECK enum result sender_letter_done(struct sender *sender, const struct delivery_item *item,
                                          const char *why);
/* Notes a failure and waits for the next try. */
void sender_failure_note(struct sender *sender, enum result result);

/* --- what goes to the receiver: *out_worked: there may be more --------------------------------------------------------------- */

MUST_CHECK enum result sender_feed_turn(struct sender *sender, enum feed feed, bool *out_worked);
MUST_CHECK enum result sender_letters_turn(struct sender *sender, bool *out_worked);

#endif
