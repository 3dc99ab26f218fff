#include "notify/target.h"

const char *const feed_names[FEED_COUNT] = { "events", "activityAudits", "authorizationRequests" };

struct slice target_settings_text(const struct target_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (slice_is(settings->pairs[i].name, name)) {
            return settings->pairs[i].text;
        }
    }
    return (struct slice){ 0 };
}
