/* Delivers to a URL: one POST a batch, its body signed (docs/delivery.md). */
#ifndef NOTIFY_WEBHOOK_H
#define NOTIFY_WEBHOOK_H

#include "notify/target.h"

extern const struct target_driver target_webhook;

/* "t=1700000000,v1=<hex>": HMAC-SHA-256 under the secret over the seconds, a dot and the body; with a second secret another
   v1, so that secrets can be changed without a gap. False when `out` is too small. */
enum { WEBHOOK_SIGNATURE_BYTES = 256 };
bool webhook_signature(struct slice secret, struct slice second, int64_t seconds, struct slice body,
                       char out[WEBHOOK_SIGNATURE_BYTES]);

#endif
