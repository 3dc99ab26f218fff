#include "notify/target.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "http/client.h"
#include "notify/format_parts.h"
#include "notify/target_parts.h"

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

static const struct target_setting *setting_find(const struct target_driver *driver,
                                                 const char *name)
{
    const struct target_setting *setting = driver->settings;
    while (strcmp(setting->name, name) != 0) {
        setting++;
        assert(setting->name != NULL); /* drivers ask for what their tables have */
    }
    return setting;
}

static struct slice setting_text(const struct target_driver *driver,
                                 const struct target_settings *settings, const char *name)
{
    struct slice text = target_settings_text(settings, name);
    return text.length > 0 ? text : slice_of(setting_find(driver, name)->usual);
}

char *target_setting_copy(const struct target_driver *driver,
                          const struct target_settings *settings, const char *name)
{
    struct slice text = setting_text(driver, settings, name);
    return strndup(text.length == 0 ? "" : text.text, text.length);
}

int64_t target_setting_number(const struct target_driver *driver,
                              const struct target_settings *settings, const char *name)
{
    int64_t number = 0;
    bool is_number = slice_int64(setting_text(driver, settings, name), &number);
    assert(is_number);
    return number;
}

enum result target_call(struct http_client *client, const struct http_call *call,
                        struct http_answer *out, struct error *error)
{
    enum result result = http_client_call(client, call, out, error);
    return result == RESULT_INVALID || result == RESULT_TOO_LARGE ? RESULT_DENIED : result;
}

/* --- checks ------------------------------------------------------------------------------------------------------ */

static enum result choice_check(const struct target_setting *setting, struct slice text,
                                struct error *error)
{
    char names[128] = "";
    size_t used = 0;
    for (size_t i = 0; setting->choices[i] != NULL; i++) {
        if (slice_is(text, setting->choices[i])) {
            return RESULT_OK;
        }
        int wrote = snprintf(names + used, sizeof(names) - used, "%s%s", i == 0 ? "" : ", ",
                             setting->choices[i]);
        assert(wrote > 0 && used + (size_t)wrote < sizeof(names));
        used += (size_t)wrote;
    }
    return fail(error, RESULT_INVALID, setting->name, "%s must be one of %s", setting->name, names);
}

static enum result text_check(const struct target_setting *setting, struct slice text,
                              struct error *error)
{
    if ((int64_t)text.length < setting->min || (int64_t)text.length > setting->max) {
        return fail(error, RESULT_INVALID, setting->name,
                    "%s must have %" PRId64 " to %" PRId64 " bytes", setting->name, setting->min,
                    setting->max);
    }
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.text[i];
        bool line = setting->lines && (byte == '\n' || byte == '\r');
        if ((byte < ' ' && !line) || byte == 0x7F) {
            return fail(error, RESULT_INVALID, setting->name,
                        "%s must have no control characters%s", setting->name,
                        setting->lines ? " but line ends" : "");
        }
    }
    return RESULT_OK;
}

static enum result setting_check(const struct target_setting *setting, struct slice text,
                                 struct error *error)
{
    int64_t number = 0;
    switch (setting->type) {
    case SETTING_CHOICE: return choice_check(setting, text, error);
    case SETTING_FLAG:
        return slice_is(text, "true") || slice_is(text, "false")
                   ? RESULT_OK
                   : fail(error, RESULT_INVALID, setting->name, "%s must be true or false",
                          setting->name);
    case SETTING_NUMBER:
        return slice_int64(text, &number) && number >= setting->min && number <= setting->max
                   ? RESULT_OK
                   : fail(error, RESULT_INVALID, setting->name,
                          "%s must be a whole number from %" PRId64 " to %" PRId64, setting->name,
                          setting->min, setting->max);
    case SETTING_TEXT: break;
    }
    return text_check(setting, text, error);
}

static enum result pair_check(const struct target_driver *driver, const struct target_pair *pair,
                              struct error *error)
{
    const struct target_setting *setting = driver->settings;
    while (setting->name != NULL && !slice_is(pair->name, setting->name)) {
        setting++;
    }
    if (setting->name == NULL) {
        struct slice shown = format_cut(pair->name, 64);
        return fail(error, RESULT_INVALID, "settings", "targets of kind %s have no setting %.*s",
                    driver->kind, (int)shown.length, shown.text);
    }
    return pair->text.length == 0 ? RESULT_OK : setting_check(setting, pair->text, error);
}

enum result target_settings_check(const struct target_driver *driver,
                                  const struct target_settings *settings, struct error *error)
{
    for (size_t i = 0; i < settings->count; i++) {
        TRY(pair_check(driver, &settings->pairs[i], error));
    }
    const struct target_setting *setting = driver->settings;
    for (; setting->name != NULL; setting++) {
        if (setting->needed && target_settings_text(settings, setting->name).length == 0) {
            return fail(error, RESULT_INVALID, setting->name, "%s is needed", setting->name);
        }
    }
    return RESULT_OK;
}
