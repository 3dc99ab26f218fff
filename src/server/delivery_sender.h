/* One target's thread: reads its feeds, sends, and notes how far it got. Private to this folder. */
#ifndef SERVER_DELIVERY_SENDER_H
#define SERVER_DELIVERY_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"

struct api;
struct sender;
struct store;
struct writer;

/* `owner`: this server, for the lease. NULL without memory or a thread. */
struct sender *sender_start(struct store *store, struct writer *writer, struct api *api,
                            const char *target_id, const char *owner);
const char *sender_target(const struct sender *sender);
/* Its target is gone, switched off or changed, or it was told to end. */
bool sender_has_ended(const struct sender *sender);
/* Its target has this revision now: when that is not the one it works with, it waits no longer, and ends; from any thread. */
void sender_tell(struct sender *sender, int64_t revision);
/* It ends soon; from any thread. */
void sender_cancel(struct sender *sender);
/* Waits for its end. */
void sender_free(struct sender *sender);

#endif
