/* Sends the feeds to the delivery targets, each on a thread of its own: a receiver that hangs holds nobody else up. */
#ifndef SERVER_DELIVERER_H
#define SERVER_DELIVERER_H

#include "base/result.h"

struct api;
struct deliverer;
struct store;
struct writer;

MUST_CHECK enum result deliverer_start(struct store *store, struct writer *writer, struct api *api,
                                       struct deliverer **out, struct error *error);
/* Breaks off what is on its way; it is sent again by whoever delivers next. */
void deliverer_free(struct deliverer *deliverer);

#endif
