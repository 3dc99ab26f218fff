/* The kinds of target there are. */
#include "notify/file.h"
#include "notify/kafka.h"
#include "notify/s3.h"
#include "notify/syslog.h"
#include "notify/webhook.h"

const struct target_driver *const target_drivers[] = {
    &target_webhook, &target_syslog, &target_file, &target_s3, &target_kafka,
};
const size_t target_driver_count = COUNT_OF(target_drivers);

const struct target_driver *target_driver_find(struct slice kind)
{
    for (size_t i = 0; i < target_driver_count; i++) {
        if (slice_is(kind, target_drivers[i]->kind)) {
            return target_drivers[i];
        }
    }
    return NULL;
}
