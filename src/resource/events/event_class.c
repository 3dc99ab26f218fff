#include "resource/events/event_class.h"

#include "json/read.h"

/* What the product itself calls passive: nothing was changed, blocked or asked. */
static const int64_t passive_codes[] = { 106, 107, 603, 706 };

enum event_class event_class_of(const struct json *event)
{
    const struct json *code = json_path(event, "event.code");
    int64_t number = 0;
    if (json_is(code, JSON_INT)) {
        number = code->integer;
    } else if (!slice_int64(slice_trim(json_text_of(code)), &number)) {
        return CLASS_OTHER;
    }
    for (size_t i = 0; i < sizeof(passive_codes) / sizeof(passive_codes[0]); i++) {
        if (number == passive_codes[i]) {
            return CLASS_PASSIVE;
        }
    }
    return CLASS_OTHER;
}
