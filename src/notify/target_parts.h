/* What the drivers share. Private to this folder. */
#ifndef NOTIFY_TARGET_PARTS_H
#define NOTIFY_TARGET_PARTS_H

#include "notify/target.h"

struct http_answer;
struct http_call;
struct http_client;

enum {
    TARGET_RECORD_BYTES_MAX = 64 * 1024 * 1024,             /* one record of any format */
    TARGET_RECORD_MEMORY_MAX = 4 * TARGET_RECORD_BYTES_MAX, /* what making one may use */
    TARGET_NUMBER_BYTES = 24,
};

/* What is set, or else what the driver's table says is usual. NULL without memory; NUL-terminated, for free(). */
char *target_setting_copy(const struct target_driver *driver,
                          const struct target_settings *settings, const char *name);
/* The number that is set or usual; the table's check came before. */
int64_t target_setting_number(const struct target_driver *driver,
                              const struct target_settings *settings, const char *name);

/* http_client_call for a driver: an address that cannot be called, or an answer that is too long, is no fault of the record
   that was sent, so both are RESULT_DENIED. */
MUST_CHECK enum result target_call(struct http_client *client, const struct http_call *call,
                                   struct http_answer *out, struct error *error);

#endif
